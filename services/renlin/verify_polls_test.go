package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestVerifyChecksPollsTwice: verify says what the second check of a poll covers, in two languages, and names what it finds.
func TestVerifyChecksPollsTwice(t *testing.T) {
	t.Parallel()
	w := newAccessWorld(t)
	poll := w.call()
	w.open(poll)
	opened := w.private
	w.by("hal", "voting.cast", &votingv1.CastBallot{Poll: poll, Voter: forge.ID("hal"), Box: w.ballot(poll, "hal")})
	w.Pass(60_000)
	w.by("hold1", "voting.publish_key", &votingv1.PublishKey{Poll: poll, PrivateKey: opened})
	w.Pass(1_000_001_000)
	w.Flush()
	file := func(r *forge.Record) string {
		name := filepath.Join(t.TempDir(), "record.renlin")
		if err := os.WriteFile(name, forge.NewPack(r).Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	good := file(w.Record)
	// This world leaps over times at which rules demand something, which is another check's finding.
	_, out, stderr := renlin(t, "verify", good)
	// Its papers are drawn by a header that the test signs as the sequencer would, and that is none of the record's blocks. That is found.
	found := strings.Count(out, "(poll.samples.seed)")
	told := strings.Contains(out, "second     poll "+poll+" (open_by_key_holders, certified)")
	if !told || found == 0 || strings.Count(out, "(poll.") != found {
		t.Errorf("%s\n%s", out, stderr)
	}
	_, out, _ = renlin(t, "verify", "-polls", good)
	if !strings.Contains(out, "holds     result") || !strings.Contains(out, "每条不等式") || !strings.Contains(out, "BAD       samples.seed") {
		t.Errorf("%s", out)
	}
	bad := w.Record.In(t)
	for _, at := range talliesIn(t, bad) {
		bad.Edit(at, func(c *chain.Commit) {
			for i := range c.Changes {
				for j := range c.Changes[i].Events {
					c.Changes[i].Events[j] = oneMore(t, c.Changes[i].Events[j])
				}
			}
		})
	}
	code, out, _ := renlin(t, "verify", "-json", file(bad))
	var said struct {
		OK       bool
		Findings []struct{ Check string }
		Polls    struct {
			OK    bool
			Polls []struct {
				Poll     string
				Findings []struct{ Code, English, Chinese string }
			}
		}
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != exitNo || said.OK || said.Polls.OK {
		t.Fatalf("exit %d, %v\n%s", code, err, out)
	}
	if !strings.Contains(out, `"check":"poll.count.totals"`) || !strings.Contains(out, `"code":"count.totals"`) {
		t.Errorf("%s", out)
	}
	if code, out, _ = renlin(t, "verify", "-polls", file(bad)); code != exitNo || !strings.Contains(out, "BAD       count.totals") {
		t.Errorf("exit %d\n%s", code, out)
	}
}

// talliesIn finds the commits that hold a tally.
func talliesIn(t *testing.T, r *forge.Record) (list []uint64) {
	t.Helper()
	index := uint64(0)
	for _, b := range r.Blocks {
		for _, raw := range b.Commits {
			c, err := chain.DecodeCommit(raw)
			if err != nil {
				t.Fatal(err)
			}
			for _, ch := range c.Changes {
				for _, e := range ch.Events {
					if strings.HasSuffix(e.Type, ".TallyRecorded") || strings.HasSuffix(e.Type, ".CertificateIssued") {
						list = append(list, index)
					}
				}
			}
			index++
		}
	}
	return list
}

// oneMore gives the first option of a tally a vote more.
func oneMore(t *testing.T, e chain.Event) chain.Event {
	t.Helper()
	var m proto.Message
	var tally *votingv1.Tally
	switch {
	case strings.HasSuffix(e.Type, ".TallyRecorded"):
		b := &votingv1.TallyRecorded{}
		m = b
		if err := proto.Unmarshal(e.Body, b); err != nil {
			t.Fatal(err)
		}
		tally = b.GetTally()
	case strings.HasSuffix(e.Type, ".CertificateIssued"):
		b := &votingv1.CertificateIssued{}
		m = b
		if err := proto.Unmarshal(e.Body, b); err != nil {
			t.Fatal(err)
		}
		tally = b.GetTally()
	default:
		return e
	}
	if len(tally.GetTotals()) > 0 {
		tally.Totals[0].Heads++
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return chain.Event{Type: e.Type, Body: raw}
}
