package notary_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/services/notary"
)

// rival is a second notary with the same key and witnesses, and its own disk and shelf.
func (w *world) rival(tb testing.TB, common int) *world {
	tb.Helper()
	return &world{
		log: &auditLog{tree: history(tb, common)}, disk: durabletest.New(), shelf: &shelf{}, friends: w.friends, quorum: w.quorum,
	}
}

// TestTwoNotariesOneLog: two processes with one key share log, witnesses and stream. The stream grows and holds one history.
func TestTwoNotariesOneLog(t *testing.T) {
	w := newWorld(t, 1)
	r := w.rival(t, 300)
	r.shelf = w.shelf
	a, b := w.open(t), r.open(t)
	w.grow(t, a, 100)
	r.log.show(100)
	if err := b.Step(t.Context()); err != nil { // it finds the same one there
		t.Fatal(err)
	}
	if len(w.shelf.notes) != 1 || !bytes.Equal(b.Checkpoint(), a.Checkpoint()) {
		t.Fatalf("published %v", w.shelf.sizes(t))
	}
	w.grow(t, a, 150)
	r.log.show(200)
	if err := b.Step(t.Context()); !errors.Is(err, notary.ErrMoved) {
		t.Fatalf("published over what it had not seen: %v", err)
	}
	if err := b.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.log.show(180) // behind, and not yet aware of it
	if err := a.Step(t.Context()); err == nil {
		t.Fatal("published something shorter than what stands")
	}
	w.log.show(250)
	if err := a.Step(t.Context()); !errors.Is(err, notary.ErrMoved) { // now it knows
		t.Fatal(err)
	}
	w.grow(t, a, 250)
	if got := w.shelf.sizes(t); !slices.Equal(got, []uint64{100, 150, 200, 250}) {
		t.Errorf("published %v", got)
	}
	if len(w.disk.Files("convicted/"))+len(r.disk.Files("convicted/")) != 0 {
		t.Error("one history convicts nobody")
	}
}

// TestTwoNotariesTwoLogs: the second shows another history to the same witness. It gets no cosignature, and keeps the proof that this key
// signed two histories; it does not sign again until somebody has moved the proof away.
func TestTwoNotariesTwoLogs(t *testing.T) {
	for _, row := range []struct {
		name    string
		size    uint64 // what the second shows where the first has 200
		stopped bool
	}{
		{"the same size", 200, true}, {"a fork that went on", 250, true}, {"a fork that is behind", 150, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, 1)
			w.grow(t, w.open(t), 200)
			r := w.rival(t, 100)
			n := r.open(t)
			r.log.show(row.size)
			err := n.Step(t.Context())
			if err == nil || errors.Is(err, notary.ErrStopped) != row.stopped || len(r.shelf.notes) != 0 {
				t.Fatalf("got %v", err)
			}
			if !row.stopped {
				// The longer one binds now: as the fork goes on it is refused before anything is signed.
				r.log.show(250)
				if err := n.Step(t.Context()); !errors.Is(err, notary.ErrForked) || signedOn(t, r.disk) != row.size {
					t.Fatalf("got %v", err)
				}
				return
			}
			e := sighting(t, r, "convicted")
			ours, _ := e["ours"].(string)
			theirs, _ := e["theirs"].(string)
			if opened(t, []byte(ours)).Size != row.size || opened(t, []byte(theirs), w.verifiers()...).Size != 200 {
				t.Errorf("evidence %v", e)
			}
			n = r.open(t)
			r.log.tree = history(t, 300)
			r.log.show(300)
			if err := n.Step(t.Context()); !errors.Is(err, notary.ErrStopped) {
				t.Fatalf("after a restart: %v", err)
			}
			for _, name := range r.disk.Files("convicted/") {
				r.disk.Lose(name) // a person has looked at it
			}
			r.disk.Lose("signed")
			r.grow(t, r.open(t), 300)
		})
	}
}

// TestSetBackNotary: disk and stream were both restored from yesterday; only the witness remembers. What it shows binds.
func TestSetBackNotary(t *testing.T) {
	w := newWorld(t, 1)
	n := w.open(t)
	w.grow(t, n, 100)
	disk, notes := w.disk.Clone(), slices.Clone(w.shelf.notes)
	w.grow(t, n, 200)
	w.disk, *w.shelf = disk, shelf{notes: notes}
	n = w.open(t)
	w.log.show(150)
	if err := n.Step(t.Context()); !errors.Is(err, notary.ErrQuorum) {
		t.Fatal(err)
	}
	if err := n.Step(t.Context()); !errors.Is(err, notary.ErrShrunk) {
		t.Fatalf("it forgot what it was shown: %v", err)
	}
	w.grow(t, n, 250)
}
