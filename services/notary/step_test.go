package notary_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"renlin.dev/pkg/merkle"
	"renlin.dev/services/notary"
)

var errBroken = errors.New("broken by the test")

func TestSignsOnlyGrowth(t *testing.T) {
	w := newWorld(t, 2)
	n := w.open(t)
	if err := n.Step(t.Context()); err != nil || len(w.shelf.notes) != 0 || signedOn(t, w.disk) != 0 {
		t.Fatalf("an empty log was signed, or: %v", err)
	}
	for _, size := range []uint64{1, 2, 100, 255, 256, 257, 300} {
		w.grow(t, n, size)
		ops := w.disk.Ops()
		if err := n.Step(t.Context()); err != nil || w.disk.Ops() != ops {
			t.Fatalf("%d entries: signed again without growth, or: %v", size, err)
		}
	}
	if len(w.shelf.notes) != 7 || len(w.told) != 7 || n.Refusal() != nil {
		t.Errorf("published %v, told %d times, refusal %v", w.shelf.sizes(t), len(w.told), n.Refusal())
	}
	log, witnesses := n.Keys()
	if log != signerOf(t, 1).VerifierKey() || len(witnesses) != 2 || witnesses[1] != w.friends[1].VerifierKey() {
		t.Error("other keys than its own")
	}
}

// sighting reads the only file below a directory of evidence.
func sighting(t *testing.T, w *world, dir string) map[string]any {
	t.Helper()
	files := w.disk.Files(dir + "/")
	if len(files) != 1 {
		t.Fatalf("files %v, want one in %s", w.disk.Files(""), dir)
	}
	raw, err := w.disk.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	if out["at"] != noon.UTC().Format(time.RFC3339) {
		t.Errorf("evidence without its time: %v", out)
	}
	return out
}

func TestRefusesAndKeepsEvidence(t *testing.T) {
	other := merkle.Hash{1}
	table := []struct {
		name string
		make func(t *testing.T, l *auditLog)
		want error
		kind string
	}{
		{"same size, other root", func(_ *testing.T, l *auditLog) { l.root = &other }, notary.ErrForked, "forked"},
		{"smaller", func(_ *testing.T, l *auditLog) { l.size = 99 }, notary.ErrShrunk, "shrunk"},
		{"empty", func(_ *testing.T, l *auditLog) { l.size = 0 }, notary.ErrShrunk, "shrunk"},
		{"a fork that went on", func(t *testing.T, l *auditLog) { l.tree, l.size = history(t, 50), 200 }, notary.ErrForked, "forked"},
		{"larger, other root", func(_ *testing.T, l *auditLog) { l.size, l.root = 200, &other }, notary.ErrForked, "forked"},
		{"no proof", func(_ *testing.T, l *auditLog) { l.size, l.forged = 200, true }, notary.ErrForked, "forked"},
		{"a proof too long", func(_ *testing.T, l *auditLog) {
			l.size, l.forged, l.proof = 200, true, make([]merkle.Hash, 5000)
		}, notary.ErrForked, "forked"},
		{"a size beyond all trees", func(_ *testing.T, l *auditLog) {
			l.size, l.root, l.forged, l.proof = 1<<63+5, &other, true, make([]merkle.Hash, 63)
		}, notary.ErrForked, "forked"},
	}
	for _, row := range table {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, 1)
			n := w.open(t)
			w.grow(t, n, 100)
			w.log.mu.Lock()
			row.make(t, w.log)
			w.log.mu.Unlock()
			for range 3 { // it goes on; the evidence is kept once
				err := n.Step(t.Context())
				if !errors.Is(err, row.want) || !errors.Is(n.Refusal(), row.want) {
					t.Fatalf("got %v", err)
				}
			}
			if len(w.shelf.notes) != 1 || signedOn(t, w.disk) != 100 {
				t.Fatal("signed or published all the same")
			}
			e := sighting(t, w, "seen")
			ours, _ := e["ours"].(string)
			if e["kind"] != row.kind || opened(t, []byte(ours)).Size != 100 || e["root"] == "" {
				t.Errorf("evidence %v", e)
			}
			// The same after a restart, and when the log is itself again it is signed on.
			n = w.open(t)
			if err := n.Step(t.Context()); !errors.Is(err, row.want) {
				t.Fatalf("after a restart: %v", err)
			}
			*w.log = auditLog{tree: history(t, 300)}
			w.grow(t, n, 250)
		})
	}
}

func TestEvidenceHoldsTheProof(t *testing.T) {
	w := newWorld(t, 1)
	n := w.open(t)
	w.grow(t, n, 100)
	w.log.size, w.log.forged, w.log.proof = 101, true, []merkle.Hash{{7}}
	if err := n.Step(t.Context()); !errors.Is(err, notary.ErrForked) {
		t.Fatal(err)
	}
	e := sighting(t, w, "seen")
	proof, _ := e["proof"].([]any)
	if len(proof) != 1 || proof[0] != hex.EncodeToString(w.log.proof[0][:]) || e["size"] != 101.0 {
		t.Errorf("evidence %v", e)
	}
}

// TestEvidenceIsBounded: a log that goes wrong in ever new ways must not fill the disk.
func TestEvidenceIsBounded(t *testing.T) {
	w := newWorld(t, 1)
	n := w.open(t)
	w.grow(t, n, 299)
	for i := range uint64(300) {
		*w.log = auditLog{tree: w.log.tree, size: i % 298}
		if err := n.Step(t.Context()); !errors.Is(err, notary.ErrShrunk) {
			t.Fatal(err)
		}
		*w.log = auditLog{tree: w.log.tree, size: 299, root: &merkle.Hash{byte(i), byte(i >> 8), 1}}
		if err := n.Step(t.Context()); !errors.Is(err, notary.ErrForked) {
			t.Fatal(err)
		}
	}
	if got := len(w.disk.Files("seen/")); got != 256 {
		t.Errorf("%d files of evidence", got)
	}
}

func TestLogAway(t *testing.T) {
	w := newWorld(t, 1)
	n := w.open(t)
	w.grow(t, n, 100)
	w.log.away = errBroken
	if err := n.Step(t.Context()); !errors.Is(err, errBroken) {
		t.Errorf("no head: %v", err)
	}
	w.log.away = nil
	w.log.show(300)
	w.log.tree = history(t, 300) // fresh; the proof is asked for and made
	asked := w.log.asked
	w.grow(t, n, 300)
	if w.log.asked == asked {
		t.Error("signed without a proof")
	}
	if len(w.disk.Files("seen/")) != 0 {
		t.Error("a log that is away is no evidence")
	}
}

// pass lets the bubble's clock go on, and everything in it come to rest.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func TestInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		cfg := w.config(t)
		cfg.Interval = 3 * time.Second
		n, err := notary.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- n.Run(ctx) }()
		for i := range 5 {
			w.log.show(uint64(10 * (i + 1)))
			pass(3*time.Second - 1)
			if got := w.timesTold(); got != i {
				t.Fatalf("published %d times before interval %d was over", got, i+1)
			}
			pass(1)
			if got := w.timesTold(); got != i+1 {
				t.Fatalf("published %d times after %d intervals", got, i+1)
			}
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
}

// TestTroubleIsSaidOnce: each kind of trouble is a line when it begins, and one when it is over; its going on is none.
func TestTroubleIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		cfg := w.config(t)
		lines := &lines{}
		cfg.Logger = lines.logger()
		n, err := notary.Open(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- n.Run(ctx) }()
		expect := func(want ...string) {
			t.Helper()
			pass(5 * time.Second)
			if got := strings.Join(lines.take(), ","); got != strings.Join(want, ",") {
				t.Fatalf("said %q, want %q", got, want)
			}
		}
		w.log.show(100)
		expect()
		w.log.show(50)
		expect("shrunk")
		w.log.mu.Lock()
		w.log.size, w.log.root = 100, &merkle.Hash{9}
		w.log.mu.Unlock()
		expect("forked")
		w.log.mu.Lock()
		w.log.root = nil
		w.log.mu.Unlock()
		w.friends[0].leave(errBroken)
		w.log.show(120)
		expect("quorum")
		w.friends[0].leave(nil)
		expect("again")
		cancel()
		<-ended
	})
}

func TestConfigIsJudged(t *testing.T) {
	for name, change := range map[string]func(*notary.Config){
		"no interval":            func(c *notary.Config) { c.Interval = 0 },
		"nobody needs to cosign": func(c *notary.Config) { c.QuorumMin = 0 },
		"more than there are":    func(c *notary.Config) { c.QuorumMin = 3 },
		"one witness twice":      func(c *notary.Config) { c.Witnesses[1] = c.Witnesses[0] },
		"a witness with the log's key": func(c *notary.Config) {
			c.Signer = signerOf(t, 50)
		},
	} {
		cfg := newWorld(t, 2).config(t)
		change(&cfg)
		if _, err := notary.Open(t.Context(), cfg); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
