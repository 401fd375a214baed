package decider_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
)

// addStream adds the story as this version plays it, under a name that is not taken: go test -run Golden -add-stream NAME.
var addStream = flag.String("add-stream", "", "add a golden stream of this name")

const streams = "testdata/streams"

// TestGoldenStreams judges the streams of earlier versions again. They are only ever added: what was lawful stays so.
func TestGoldenStreams(t *testing.T) {
	if *addStream != "" {
		path := filepath.Join(streams, *addStream+".stream")
		if _, err := os.Stat(path); err == nil {
			t.Fatalf("%s is there already, and stays as it is", path)
		}
		if err := os.WriteFile(path, decider.EncodeStream(story(t).raws), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	paths, err := filepath.Glob(filepath.Join(streams, "*.stream"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no streams: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".stream"), func(t *testing.T) {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			blocks, err := decider.DecodeStream(raw)
			if err != nil {
				t.Fatal(err)
			}
			report, findings, err := decider.Reexecute(toy.Models(), blocks, decider.AuditConfig{})
			if err != nil || len(findings) > 0 || report.Judged != report.Commits || report.Commits == 0 {
				t.Errorf("%v, %+v, findings %+v", err, report, findings)
			}
		})
	}
}

func TestReexecuteRefusesABrokenChain(t *testing.T) {
	t.Parallel()
	w := story(t)
	left := append(w.raws[:3:3], w.raws[4:]...)
	report, _, err := decider.Reexecute(toy.Models(), left, decider.AuditConfig{})
	if err == nil || report.Commits != 3 {
		t.Errorf("a block is left out: %v after %d commits", err, report.Commits)
	}
}

// TestAuditorChecksSignaturesWhenAsked, with the founding's over a zero genesis hash.
func TestAuditorChecksSignaturesWhenAsked(t *testing.T) {
	t.Parallel()
	w := story(t)
	seen := map[chain.Hash]int{}
	bad := member("m3")
	verify := func(s *chain.Signed, genesis chain.Hash, _ chain.CommandID) error {
		seen[genesis]++
		if chain.KeyID(s.Signatures[0].Key) == bad {
			return chain.ErrSignature
		}
		return nil
	}
	_, findings, err := decider.Reexecute(toy.Models(), w.raws, decider.AuditConfig{Verify: verify})
	if err != nil || len(findings) != 2 || findings[0] != (decider.Finding{Index: 4, Why: "signature.invalid"}) {
		t.Errorf("%v, findings %+v", err, findings)
	}
	if seen[chain.Hash{}] != 1 || seen[w.machine.Genesis()] != 9 {
		t.Errorf("verified %v", seen)
	}
}
