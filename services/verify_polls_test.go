package services_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/sim"
	"renlin.dev/pkg/verify"
	"renlin.dev/pkg/verify/forge"
	"renlin.dev/services/audit/pollcheck"
)

// secondHand checks the polls of a record by what runs no rule, and notes which checks held.
func secondHand(t *testing.T, blocks [][]byte, held map[string]int) {
	t.Helper()
	c := pollcheck.New(nil)
	for _, raw := range blocks {
		b, err := chain.DecodeBlock(raw)
		if err != nil {
			t.Fatal(err)
		}
		for i, commit := range b.Commits {
			c.Add(b.First+uint64(i), commit)
		}
		c.Block(b.First, b.Count, b.Hash())
	}
	for _, p := range c.Report().Polls {
		for _, f := range p.Findings {
			t.Errorf("poll %s (%s, %s, %s): %s, commit %d, %s %s", p.Poll, p.Method, p.Secrecy, p.Stage, f.Code, f.Index, f.At, f.Fault)
		}
		for _, check := range p.Checks {
			if check.State == pollcheck.Holds {
				held[check.Name]++
			}
		}
	}
}

// TestPollsBySecondHand: what the services' rules put on the record is found right by what was written from the format alone: the released
// streams, and polls of every kind as the simulation plays them.
func TestPollsBySecondHand(t *testing.T) {
	held := map[string]int{}
	paths, err := filepath.Glob(filepath.Join(releasedStreams, "*.stream"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no released streams: %v", err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := decider.DecodeStream(raw)
		if err != nil {
			t.Fatal(err)
		}
		secondHand(t, blocks, held)
	}
	for seed := uint64(1); seed <= 12; seed++ {
		secondHand(t, sim.Run(simulation(), seed).Raws, held)
	}
	for _, name := range []string{
		"course", "roll", "ceremony", "seal", "voters", "shares", "count", "seed", "result", "samples", "certificate", "leak",
	} {
		if held[name] == 0 {
			t.Errorf("check %s never held", name)
		}
	}
	t.Logf("held: %v", held)
}

var writeBundle = flag.Bool("write-bundle", false, "write the story to docs/format/record.renlin, if there is nothing")

// releasedBundle is a whole exported record, for readers in other languages.
const releasedBundle = "../docs/format/record.renlin"

// TestReleasedBundle: everything that an outsider can check of the released bundle holds.
func TestReleasedBundle(t *testing.T) {
	raw, err := os.ReadFile(releasedBundle)
	if err != nil && *writeBundle {
		raw = forge.NewPack(story(t).Record).Bytes()
		err = os.WriteFile(releasedBundle, raw, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := verify.Read(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if r := verify.Run(t.Context(), b, verify.Options{Judge: verify.NewJudge(models()...)}); !r.OK {
		t.Errorf("%+v", r)
	}
}
