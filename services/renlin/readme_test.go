package main

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"renlin.dev/pkg/client"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// root is the tree's root, seen from this package.
const root = "../.."

// shellLines gives the commands in a document's sh blocks, comments taken off.
func shellLines(t *testing.T, document string) (lines []string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, document))
	if err != nil {
		t.Fatal(err)
	}
	inside := false
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "```sh" && !inside:
			inside = true
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside && line != "":
			command, _, _ := strings.Cut(line, " #")
			lines = append(lines, strings.TrimSpace(command))
		}
	}
	return lines
}

// smallBudget is a budget with known winners: two of three approve the bench, and the pond costs more than there is.
const smallBudget = `META
key;value
description;A bench or a pond
country;Nowhere
unit;Nowhere
instance;2026
num_projects;2
num_votes;3
budget;10
vote_type;approval
rule;greedy
PROJECTS
project_id;cost;votes;name;selected
bench;8;2;A bench;1
pond;9;1;A pond;0
VOTES
voter_id;vote
a;bench
b;bench
c;pond
`

// TestREADME runs the commands of README.md, in its order, each as it stands there but for the gateway's port and the words that stand for
// a reader's own file and community. A command that this test does not know makes it fail: nothing in README goes unrun.
func TestREADME(t *testing.T) {
	lines := shellLines(t, "README.md")
	ci, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	t.Chdir(t.TempDir())
	if err := os.WriteFile("FILE.pb", []byte(smallBudget), 0o600); err != nil {
		t.Fatal(err)
	}
	var address string
	ran := map[string]bool{}
	for _, line := range lines {
		if line == "go test work" {
			// Not from inside itself. The whole check runs it, with no more than flags between.
			if !strings.Contains(string(ci), "tests() { go test -count=1 -timeout 25m work; }") {
				t.Error(".ci/run does not run README's own test command")
			}
			ran["test"] = true
			continue
		}
		args, ok := strings.CutPrefix(line, "go run ./services/renlin ")
		if !ok {
			t.Fatalf("README has a command that nobody runs: %s", line)
		}
		words := strings.Fields(args)
		ran[words[0]] = true
		if words[0] == "pilot" {
			address = startByHand(t, words)
			continue
		}
		readmeCommand(t, address, words)
	}
	for _, want := range []string{"pilot", "test", "demo", "import", "export", "verify"} {
		if !ran[want] {
			t.Errorf("README does not show %s", want)
		}
	}
}

// startByHand starts the pilot as a person does and reads from what it prints where it listens.
func startByHand(t *testing.T, words []string) (address string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	said := make(chan string, 1)
	done := make(chan int, 1)
	go func() {
		out := &firstURL{found: said}
		done <- run(ctx, streams{in: strings.NewReader(""), out: out, err: out}, append(words, "-http", "127.0.0.1:0"))
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != exitDone {
			t.Errorf("pilot: exit %d", code)
		}
	})
	select {
	case address = <-said:
	case code := <-done:
		done <- exitDone
		t.Fatalf("the pilot ended with %d and did not say where it listens", code)
	}
	if _, err := awaitCommunity(t.Context(), exportConfig{url: address}); err != nil {
		t.Fatalf("the pilot has no example community: %v", err)
	}
	return address
}

// firstURL waits for the first address in what is printed.
type firstURL struct {
	text  string
	found chan string
}

func (f *firstURL) Write(p []byte) (int, error) {
	f.text += string(p)
	if i := strings.Index(f.text, "http://"); i >= 0 && f.found != nil {
		if end := strings.IndexAny(f.text[i:], " \n,"); end > 0 {
			f.found <- strings.TrimRight(f.text[i:i+end], "/")
			f.found = nil
		}
	}
	return len(p), nil
}

// readmeCommand runs one command against the running pilot.
func readmeCommand(t *testing.T, address string, words []string) {
	t.Helper()
	for i, w := range words {
		switch {
		case w == "ID":
			words[i] = newestCommunity(t, address)
		case strings.HasPrefix(w, pilotURL):
			words[i] = strings.Replace(w, pilotURL, address, 1)
		}
	}
	if words[0] == "import" { // its kind stands before its flags
		words = append([]string{words[0], words[1], "-http", address}, words[2:]...)
	} else if words[0] == "export" {
		words = append(words, "-http", address)
	}
	if code, out, stderr := renlin(t, words...); code != exitDone {
		t.Fatalf("renlin %s: exit %d\n%s\n%s", strings.Join(words, " "), code, out, stderr)
	}
}

// newestCommunity names a community that has a checkpoint over all that its budget poll left.
func newestCommunity(t *testing.T, address string) string {
	t.Helper()
	d := &client.Device{Gateway: client.New(address)}
	var list struct{ Communities []string }
	if err := d.Get(t.Context(), "/v1/communities", &list); err != nil || len(list.Communities) != 3 {
		t.Fatalf("communities %v, %v", list.Communities, err)
	}
	id := list.Communities[len(list.Communities)-1]
	err := neighbourhood.Eventually(t.Context(), "checkpoint", func() error {
		_, err := d.Raw(t.Context(), "/log/"+id+"/checkpoint")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestVerifyGuide runs the commands of docs/VERIFY.md as somebody does who keeps what the guide says to keep: renlin's, and curl's by
// asking the same addresses.
func TestVerifyGuide(t *testing.T) {
	address, cfg := startPilot(t)
	n, voters := foundVoters(t, address, 2)
	poll, state := openPoll(t, n)
	answer, err := neighbourhood.Cast(t.Context(), voters[0], poll, state.BoxKey, yes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := awaitProof(t.Context(), n.First.Device, answer.Index); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(cfg.data, "token")
	lines := shellLines(t, "docs/VERIFY.md")
	raw, err := os.ReadFile(filepath.Join(root, ".ci", "run"))
	if err != nil {
		t.Fatal(err)
	}
	check := string(raw)
	t.Chdir(t.TempDir())
	keep := drawer{t, "."}
	keep.putPolicy(n.First.Device)
	keep.putAnswer("answer.json", answer)
	if code, _, stderr := renlin(t, "export", "-o", "record.renlin", "-http", address, "-token", token); code != exitDone {
		t.Fatal(stderr)
	}
	words := strings.NewReplacer("URL", address, "COMMUNITY", n.Community, "INDEX", strconv.FormatUint(answer.Index, 10))
	curls, checks := 0, 0
	for _, line := range lines {
		line = words.Replace(line)
		if args, ok := strings.CutPrefix(line, "renlin "); ok {
			if code, out, stderr := renlin(t, strings.Fields(args)...); code != exitDone {
				t.Errorf("%s: exit %d\n%s\n%s", line, code, out, stderr)
			}
			checks++
			continue
		}
		if command, ok := strings.CutPrefix(line, "cd docs/verifier && npm ci && "); ok { // needs what README's own command does without
			if !strings.Contains(check, command) {
				t.Errorf(".ci/run does not run %s", command)
			}
			continue
		}
		request, file, kept := strings.Cut(line, " > ")
		ask, ok := strings.CutPrefix(request, "curl -s "+address)
		if !ok {
			t.Fatalf("the guide has a command that nobody runs: %s", line)
		}
		raw, err := n.First.Raw(t.Context(), ask)
		if err != nil || len(raw) == 0 {
			t.Errorf("%s: %v", line, err)
		}
		if kept {
			keep.put(file, raw)
		}
		curls++
	}
	if curls < 3 || checks < 4 {
		t.Errorf("%d requests and %d checks", curls, checks)
	}
}
