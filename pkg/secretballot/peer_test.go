package secretballot_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// peer is Belenios' own tool, with one election in a folder.
type peer struct {
	b       *testing.B
	dir     string
	options int
	secrets []string
	cpu     time.Duration // of the last command
}

// run runs the tool and answers what it prints.
func (p *peer) run(input string, args ...string) string {
	p.b.Helper()
	cmd := exec.CommandContext(p.b.Context(), "belenios-tool", args...)
	cmd.Dir, cmd.Stdin = p.dir, strings.NewReader(input)
	cmd.Env = append(os.Environ(), "BELENIOS_USE_URANDOM=1")
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		p.b.Fatalf("belenios-tool %v: %v\n%s", args, err, complaint.Bytes())
	}
	p.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return strings.TrimSpace(string(out))
}

func (p *peer) write(name, text string) string {
	p.b.Helper()
	name = filepath.Join(p.dir, name)
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		p.b.Fatal(err)
	}
	return name
}

// read answers the only file with an ending.
func (p *peer) read(ending string) string {
	p.b.Helper()
	names, err := filepath.Glob(filepath.Join(p.dir, "*"+ending))
	if err != nil || len(names) != 1 {
		p.b.Fatalf("files %s: %v, %v", ending, names, err)
	}
	text, err := os.ReadFile(names[0])
	if err != nil {
		p.b.Fatal(err)
	}
	return string(text)
}

// newPeer sets an election of one question up, in the group that Debian's tool has, with one answer of some options to be chosen.
func newPeer(b *testing.B, options, voters int) *peer {
	b.Helper()
	p := &peer{b: b, dir: b.TempDir(), options: options}
	group, uuid := []string{"--group", "BELENIOS-2048"}, []string{"--uuid", p.run("", "setup", "generate-token")}
	p.run("", slices.Concat([]string{"setup", "generate-credentials", "--count", strconv.Itoa(voters)}, group, uuid)...)
	p.write("public_creds.json", p.read(".pubcreds"))
	for _, line := range strings.Split(strings.TrimSpace(p.read(".privcreds")), "\n") {
		fields := strings.Fields(line)
		p.secrets = append(p.secrets, fields[len(fields)-1])
	}
	p.run("", slices.Concat([]string{"setup", "generate-trustee-key"}, group)...)
	p.write("public_keys.jsons", p.read(".pubkey"))
	p.run("", "setup", "make-trustees")
	var answers []string
	for i := range options {
		answers = append(answers, fmt.Sprint("option ", i))
	}
	template, err := json.Marshal(map[string]any{
		"name": "n", "description": "d",
		"questions": []any{map[string]any{"question": "q", "answers": answers, "min": 1, "max": 1}},
	})
	if err != nil {
		b.Fatal(err)
	}
	p.run("", slices.Concat([]string{"setup", "make-election", "--template", p.write("template.json", string(template))}, group, uuid)...)
	p.run("", "archive", "init")
	return p
}

// vote casts the ballots of some voters and answers the size of the last one.
func (p *peer) vote(secrets []string) (ballotBytes int) {
	choice := make([]int, p.options)
	choice[0] = 1
	vote, err := json.Marshal([][]int{choice})
	if err != nil {
		p.b.Fatal(err)
	}
	for _, secret := range secrets {
		ballot := p.run("", "election", "generate-ballot", "--privcred", p.write("secret", secret), "--ballot", p.write("vote", string(vote)))
		p.run(ballot+"\n", "archive", "add-event", "--type=Ballot")
		ballotBytes = len(ballot)
	}
	return ballotBytes
}

// cpuOf is the processor time that this process needs for something.
func cpuOf(b *testing.B, do func()) time.Duration {
	b.Helper()
	now := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	begin := now()
	do()
	return now() - begin
}

// BenchmarkPeer compares checking ballots with Belenios' tool, in processor time a ballot with its signature, in the same run. What the
// tool needs for an election of few ballots is taken off what it needs for one of more.
func BenchmarkPeer(b *testing.B) {
	if _, err := exec.LookPath("belenios-tool"); err != nil {
		b.Skip("NOT MEASURED: belenios-tool is not installed (Debian package belenios-tool)")
	}
	b.Log("Belenios 2.0 works in a 2048-bit group, which is held to be worth 112 bits, and looks at one ballot after the other; " +
		"ristretto255 is worth 126.")
	const few, more = 4, 44
	for _, options := range []int{2, 10} {
		b.Run("options="+strconv.Itoa(options), func(b *testing.B) {
			p := newPeer(b, options, more)
			p.vote(p.secrets[:few])
			p.run("", "election", "verify")
			base := p.cpu
			peerBytes := p.vote(p.secrets[few:])
			p.run("", "election", "verify")
			theirs := (p.cpu - base) / (more - few)
			x := fillBox(b, options, 512)
			for b.Loop() {
				single := cpuOf(b, func() {
					for i, c := range x.casts {
						if _, err := x.Verify(c.Voter, c.Ballot); err != nil || !x.checkSignature(i) {
							b.Fatal(err)
						}
					}
				}) / time.Duration(len(x.casts))
				batch := cpuOf(b, func() {
					if _, bad := x.VerifyAll(x.casts, nil); len(bad) > 0 {
						b.Fatal(bad)
					}
					for i := range x.casts {
						if !x.checkSignature(i) {
							b.Fatal(i)
						}
					}
				}) / time.Duration(len(x.casts))
				b.ReportMetric(float64(time.Second)/float64(theirs), "peer/s")
				b.ReportMetric(float64(time.Second)/float64(single), "one/s")
				b.ReportMetric(float64(time.Second)/float64(batch), "batch/s")
				b.ReportMetric(float64(theirs)/float64(single), "one:peer")
				b.ReportMetric(float64(theirs)/float64(batch), "batch:peer")
				b.ReportMetric(float64(x.BallotBytes())/float64(peerBytes), "bytes:peer")
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}
