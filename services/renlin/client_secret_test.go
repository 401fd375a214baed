package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"renlin.dev/services/voting/credential"
)

// clientFolder is the TypeScript client, whose build the tests of CI make before.
const clientFolder = "../gateway/client"

// nodeClient answers the command that runs a script of the client's folder. Where there is no Node, or the client is not built, the test is
// left out, except in CI.
func nodeClient(t *testing.T, script string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("node")
	if err == nil {
		_, err = os.Stat(filepath.Join(clientFolder, "dist", "secret.js"))
	}
	if err == nil {
		_, err = os.Stat(filepath.Join(clientFolder, "node_modules", "@noble", "curves"))
	}
	switch {
	case err != nil && os.Getenv("RENLIN_CI") == "1":
		t.Fatal("the client is to be run here: ", err)
	case err != nil:
		t.Skip("no Node, or the client is not built: ", err)
	}
	c := exec.CommandContext(t.Context(), path, script)
	c.Dir = clientFolder
	return c
}

// TestClientSecretPoll: a device in JavaScript takes part in a secret poll of a pilot, beside eleven others. The record takes what it
// registers, opens and casts, and names it nowhere.
func TestClientSecretPoll(t *testing.T) {
	t.Parallel()
	command := nodeClient(t, "example-secret.mjs")
	p := openParish(t, 12)
	poll := callPoll(t, p.Neighbourhood)
	s := p.awaitSecret(poll, "registration", func(s *secret) bool { return s.Secret != nil })
	me := p.voters[0]
	input, err := json.Marshal(map[string]any{
		"address": p.shell.address, "community": p.Community, "member": me.Member, "seed": me.Key.Seed(), "poll": poll, "options": []int{0},
	})
	if err != nil {
		t.Fatal(err)
	}
	var wrong bytes.Buffer
	command.Stdin, command.Stderr = bytes.NewReader(input), &wrong
	out, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	said, lines := map[string]map[string]any{}, bufio.NewScanner(out)
	for lines.Scan() {
		var line map[string]any
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		said[line["what"].(string)] = line
		if line["what"] != "registered" {
			continue
		}
		for _, d := range p.voters[1:] { // registration ends when the last of them has registered
			c, err := credential.New(rand.Reader, poll, d.Member)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Post(t.Context(), d, s.Secret.Registrar); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := command.Wait(); err != nil {
		t.Fatalf("%v after %v\n%s", err, said, wrong.String())
	}
	p.hears(said)
}

// hears compares what the device said with what the record has.
func (p *parish) hears(said map[string]map[string]any) {
	p.Helper()
	cast := said["cast"]
	if said["registered"]["stands"] != true || cast["receipt"] != "holds" || cast["sequence"] != 2.0 || said["on the record"] == nil {
		p.Errorf("the device said %v", said)
	}
	weight, _ := said["listed"]["weight"].(map[string]any)
	if weight["heads"] != 1.0 || weight["area"] != 0.0 {
		p.Errorf("its ballot weighs %v", weight)
	}
	page, err := p.First.Raw(p.Context(), "/v1/communities/"+p.Community+"/blocks?from=0")
	if err != nil {
		p.Fatal(err)
	}
	for _, event := range []string{"renlin.voting.v1.SecretBallotChallenged", "renlin.voting.v1.SecretBallotCast"} {
		if n := strings.Count(string(page), event); n != 1 {
			p.Errorf("%d of %s on the record", n, event)
		}
	}
}
