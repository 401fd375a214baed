package notary_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/services/notary"
)

func TestQuorum(t *testing.T) {
	w := newWorld(t, 3)
	w.quorum = 2
	n := w.open(t)
	w.friends[0].away, w.friends[1].away = errBroken, errBroken
	w.log.show(100)
	for range 2 {
		if err := n.Step(t.Context()); !errors.Is(err, notary.ErrQuorum) || !errors.Is(err, errBroken) || n.Checkpoint() != nil {
			t.Fatalf("one of three: %v", err)
		}
	}
	if len(w.shelf.notes) != 0 || signedOn(t, w.disk) != 100 {
		t.Fatal("published without a quorum, or not signed")
	}
	// It keeps what it has: the one who answered goes away, another comes.
	w.friends[2].away, w.friends[1].away = errBroken, nil
	if err := n.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	opened(t, n.Checkpoint(), w.friends[1].Verifier(), w.friends[2].Verifier())
	// The log goes on: what was cosigned before does not count for what comes after.
	w.friends[1].away = errBroken
	w.log.show(200)
	if err := n.Step(t.Context()); !errors.Is(err, notary.ErrQuorum) {
		t.Fatalf("old cosignatures were counted: %v", err)
	}
	// A late witness, at no size yet, joins at once.
	w.friends[0].away, w.friends[1].away, w.friends[2].away = nil, nil, nil
	w.grow(t, n, 300)
}

// TestLateIsNotLost: a checkpoint waits for its witness while the log goes on. What is published is the newest.
func TestLateIsNotLost(t *testing.T) {
	w := newWorld(t, 1)
	n := w.open(t)
	w.friends[0].away = errBroken
	for _, size := range []uint64{100, 150, 200} {
		w.log.show(size)
		if err := n.Step(t.Context()); !errors.Is(err, notary.ErrQuorum) {
			t.Fatal(err)
		}
	}
	w.friends[0].away = nil
	if err := n.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.expect(t, n, 200)
	if len(w.shelf.notes) != 1 {
		t.Errorf("published %v", w.shelf.sizes(t))
	}
}

func TestHangingWitness(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 2)
		w.quorum = 1
		n := w.open(t)
		w.friends[0].hang = true
		w.log.show(100)
		began := time.Now()
		if err := n.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(began); took > time.Second {
			t.Errorf("enough had answered, and it waited %v", took)
		}
		opened(t, n.Checkpoint(), w.friends[1].Verifier())
		// And if it is needed, the round ends all the same.
		w.friends[1].away = errBroken
		w.log.show(200)
		began = time.Now()
		if err := n.Step(t.Context()); !errors.Is(err, notary.ErrQuorum) || !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("it waited %v", took)
		}
	})
}

// TestClocks: a cosignature whose time no reader would count does not count here.
func TestClocks(t *testing.T) {
	for apart, counts := range map[time.Duration]bool{
		0: true, 4 * time.Minute: true, -4 * time.Minute: true, 6 * time.Minute: false, -6 * time.Minute: false,
	} {
		w := newWorld(t, 0)
		w.friends, w.quorum = []*friend{befriend(t, 50, durabletest.New(), apart)}, 1
		n := w.open(t)
		w.log.show(100)
		if err := n.Step(t.Context()); (err == nil) != counts || !counts && !errors.Is(err, notary.ErrQuorum) {
			t.Errorf("clock apart by %v: %v", apart, err)
		}
	}
}

// liar answers whatever it is told to.
type liar struct {
	*friend
	lines []byte
	err   error
}

func (l *liar) Cosign(context.Context, []byte, func(context.Context, uint64, uint64) ([]merkle.Hash, error)) ([]byte, error) {
	return l.lines, l.err
}

// claim is a refusal that brings notes.
type claim struct{ ours, theirs []byte }

func (c *claim) Error() string                              { return "a claim" }
func (c *claim) Evidence() (kind string, our, their []byte) { return "fork", c.ours, c.theirs }

func TestLyingWitness(t *testing.T) {
	honest := newWorld(t, 1)
	honest.grow(t, honest.open(t), 90)
	pasted := lastLine(honest.shelf.notes[0])
	stranger, err := merkle.Sign(merkle.Checkpoint{Origin: notary.Origin(community), Size: 500}, signerOf(t, 9))
	if err != nil {
		t.Fatal(err)
	}
	mine, err := merkle.Sign(merkle.Checkpoint{Origin: notary.Origin(community), Size: 100}, signerOf(t, 1))
	if err != nil {
		t.Fatal(err)
	}
	for name, l := range map[string]*liar{
		"nothing":                            {},
		"garbage":                            {lines: []byte("<html>")},
		"the cosignature of another":         {lines: pasted},
		"the log's own line":                 {lines: lastLine(mine)},
		"a claim under a stranger's key":     {err: &claim{ours: mine, theirs: stranger}},
		"a claim about a note of a stranger": {err: &claim{ours: stranger, theirs: mine}},
		"a claim of garbage":                 {err: &claim{ours: []byte("x"), theirs: []byte("y")}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 1)
			cfg := w.config(t)
			l.friend = w.friends[0]
			cfg.Witnesses = []notary.Witness{l}
			n, err := notary.Open(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			w.log.show(100)
			if err := n.Step(t.Context()); !errors.Is(err, notary.ErrQuorum) || errors.Is(err, notary.ErrStopped) {
				t.Fatalf("got %v", err)
			}
			if len(w.shelf.notes) != 0 || len(w.disk.Files("convicted/")) != 0 {
				t.Fatal("published, or convicted on nobody's word")
			}
		})
	}
}

func lastLine(signed []byte) []byte {
	lines := splitAfter(signed)
	return lines[len(lines)-1]
}

// TestRolledBackWitness: its own old cosignature is the evidence, and it does not count any more.
func TestRolledBackWitness(t *testing.T) {
	w := newWorld(t, 1)
	n := w.open(t)
	w.grow(t, n, 100)
	yesterday := w.friends[0].disk.Clone()
	w.grow(t, n, 200)
	back := befriend(t, 50, yesterday, 0)
	back.Remember(w.shelf.notes[1])
	w.friends[0].Client = back.Client
	w.log.show(300)
	if err := n.Step(t.Context()); !errors.Is(err, notary.ErrQuorum) || errors.Is(err, notary.ErrStopped) {
		t.Fatalf("got %v", err)
	}
	e := sighting(t, w, "seen")
	cosigned, _ := e["ours"].(string)
	if e["kind"] != "witness-rollback" || opened(t, []byte(cosigned), back.Verifier()).Size != 200 {
		t.Errorf("evidence %v", e)
	}
}
