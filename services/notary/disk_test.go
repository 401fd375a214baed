package notary_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/merkle/durable"
	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/services/notary"
)

func TestRestart(t *testing.T) {
	w := newWorld(t, 1)
	n := w.open(t)
	w.grow(t, n, 100)
	w.disk.Reboot(1)
	n = w.open(t)
	if !bytes.Equal(n.Checkpoint(), w.shelf.notes[0]) {
		t.Error("it does not answer what is published")
	}
	if err := n.Step(t.Context()); err != nil || len(w.shelf.notes) != 1 {
		t.Errorf("published again after a restart: %v, %v", w.shelf.sizes(t), err)
	}
	w.grow(t, n, 200)
	// The disk alone binds, too: the stream is new and empty.
	*w.shelf = shelf{}
	n = w.open(t)
	w.log.show(150)
	if err := n.Step(t.Context()); !errors.Is(err, notary.ErrShrunk) {
		t.Fatalf("shorter than what the disk remembers: %v", err)
	}
	w.grow(t, n, 250)
}

func TestDamagedState(t *testing.T) {
	w := newWorld(t, 1)
	w.grow(t, w.open(t), 100)
	good, err := w.disk.ReadFile("signed")
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := merkle.Sign(merkle.Checkpoint{Origin: notary.Origin(community), Size: 1}, signerOf(t, 9))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"empty": {}, "cut": good[:len(good)-3], "a stranger's": stranger, "garbage": []byte("garbage"),
		"another size": bytes.Replace(good, []byte("\n100\n"), []byte("\n101\n"), 1),
	} {
		disk := durabletest.New()
		disk.Damage("signed", data)
		cfg := w.config(t)
		cfg.Files = disk
		if _, err := notary.Open(t.Context(), cfg); !errors.Is(err, merkle.ErrSignature) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOldDiskOrOldStream restores one of the two without the other. Whichever remembers more binds.
func TestOldDiskOrOldStream(t *testing.T) {
	for _, row := range []struct {
		name        string
		disk, shelf int // which of three generations is restored; 0 is nothing
	}{
		{"an old disk", 1, 2}, {"no disk", 0, 2}, {"an old stream", 2, 1}, {"no stream", 2, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t, 1)
			disks, shelves := []*durabletest.Disk{w.disk.Clone()}, []shelf{{}}
			n := w.open(t)
			for _, size := range []uint64{100, 200} {
				w.grow(t, n, size)
				disks = append(disks, w.disk.Clone())
				shelves = append(shelves, shelf{notes: bytes.Split(bytes.Join(w.shelf.notes, []byte{0}), []byte{0})})
			}
			w.disk, *w.shelf = disks[row.disk], shelves[row.shelf]
			n = w.open(t)
			w.log.show(150)
			if err := n.Step(t.Context()); !errors.Is(err, notary.ErrShrunk) {
				t.Fatalf("shorter than what one of them remembers: %v", err)
			}
			w.log.mu.Lock()
			w.log.tree, w.log.size = history(t, 150), 250 // it continues the older one, not the newer
			w.log.mu.Unlock()
			if err := n.Step(t.Context()); !errors.Is(err, notary.ErrForked) {
				t.Fatalf("a fork from what one of them remembers: %v", err)
			}
			w.log.tree = history(t, 300)
			w.grow(t, n, 200) // published again where the stream forgot, left alone where it did not
			w.grow(t, n, 250)
		})
	}
}

// TestOlderOneBindsToo: the disk holds 100, the stream 200, and they are not of one history. No log can continue both.
func TestOlderOneBindsToo(t *testing.T) {
	w := newWorld(t, 1)
	w.grow(t, w.open(t), 100)
	forked := newWorld(t, 1)
	forked.log.tree = history(t, 50)
	forked.grow(t, forked.open(t), 200)
	w.shelf = forked.shelf
	n := w.open(t)
	for _, tree := range []int{300, 50} {
		w.log.tree, w.log.size = history(t, tree), 250
		if err := n.Step(t.Context()); !errors.Is(err, notary.ErrForked) {
			t.Errorf("a log that continues only one of them: %v", err)
		}
	}
}

// TestDiskAgainstStream: two checkpoints of one size, each under the notary's key, need no log to be told apart.
func TestDiskAgainstStream(t *testing.T) {
	w := newWorld(t, 1)
	w.grow(t, w.open(t), 100)
	forked := newWorld(t, 1)
	forked.log.tree = history(t, 50)
	forked.grow(t, forked.open(t), 100)
	w.shelf = forked.shelf
	for range 2 { // also after a restart
		n := w.open(t)
		if err := n.Step(t.Context()); !errors.Is(err, notary.ErrStopped) {
			t.Fatal(err)
		}
		if !bytes.Equal(n.Checkpoint(), w.shelf.notes[0]) {
			t.Error("what is published is no longer answered")
		}
	}
	e := sighting(t, w, "convicted")
	ours, _ := e["ours"].(string)
	theirs, _ := e["theirs"].(string)
	if a, b := opened(t, []byte(ours)), opened(t, []byte(theirs)); a.Size != b.Size || a.Root == b.Root {
		t.Errorf("no two notes that exclude each other: %v", e)
	}
}

func TestForeignPublication(t *testing.T) {
	w := newWorld(t, 1)
	stranger, err := merkle.Sign(merkle.Checkpoint{Origin: notary.Origin(community), Size: 1}, signerOf(t, 9))
	if err != nil {
		t.Fatal(err)
	}
	for name, raw := range map[string][]byte{"a stranger's": stranger, "garbage": []byte("x"), "empty": {}} {
		w.shelf.notes = [][]byte{raw}
		if _, err := notary.Open(t.Context(), w.config(t)); !errors.Is(err, notary.ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// watched tells, at the moment of publication, whether the own disk already had the checkpoint.
type watched struct {
	notary.Store
	before func(checkpoint []byte)
}

func (s *watched) Publish(ctx context.Context, checkpoint []byte) error {
	s.before(checkpoint)
	return s.Store.Publish(ctx, checkpoint)
}

func TestOwnDiskFirst(t *testing.T) {
	w := newWorld(t, 1)
	cfg := w.config(t)
	seen := 0
	cfg.Store = &watched{cfg.Store, func(checkpoint []byte) {
		seen++
		safe := w.disk.Clone()
		safe.Reboot(uint64(seen))
		if got, want := signedOn(t, safe), opened(t, checkpoint, w.verifiers()...).Size; got != want {
			t.Errorf("published %d entries while the disk had %d", want, got)
		}
	}}
	cfg.Witnesses = []notary.Witness{&asked{w.friends[0], func(checkpoint []byte) {
		if got, want := signedOn(t, w.disk), opened(t, checkpoint).Size; got != want {
			t.Errorf("shown to a witness at %d entries while the disk had %d", want, got)
		}
	}}}
	n, err := notary.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.grow(t, n, 100)
	w.grow(t, n, 200)
	if seen != 2 {
		t.Errorf("published %d times", seen)
	}
}

// asked tells what a witness is shown.
type asked struct {
	*friend
	before func(checkpoint []byte)
}

func (a *asked) Cosign(
	ctx context.Context, checkpoint []byte, consistency func(ctx context.Context, from, to uint64) ([]merkle.Hash, error),
) ([]byte, error) {
	a.before(checkpoint)
	return a.friend.Cosign(ctx, checkpoint, consistency)
}

// TestEveryFault strikes at each operation on the notary's disk, without and with effect, with and without the power going. Nothing is
// shown that the disk does not hold, and the notary goes on.
func TestEveryFault(t *testing.T) {
	dry := newWorld(t, 1)
	n := dry.open(t)
	dry.grow(t, n, 100)
	dry.disk.Inject(durabletest.Fault{})
	dry.grow(t, n, 200)
	if dry.disk.Ops() < 4 {
		t.Fatalf("%d operations cannot make a file durable", dry.disk.Ops())
	}
	for at := 1; at <= dry.disk.Ops(); at++ {
		for _, effect := range []durabletest.Effect{durabletest.None, durabletest.Half, durabletest.Whole} {
			for _, power := range []bool{false, true} {
				for seed := range uint64(4) {
					fault := durabletest.Fault{At: at, Effect: effect, PowerOff: power}
					t.Run(fmt.Sprintf("%+v/%d", fault, seed), func(t *testing.T) { strike(t, fault, seed) })
				}
			}
		}
	}
}

func strike(t *testing.T, fault durabletest.Fault, seed uint64) {
	w := newWorld(t, 1)
	n := w.open(t)
	w.grow(t, n, 100)
	w.disk.Inject(fault)
	w.log.show(200)
	if err := n.Step(t.Context()); !errors.Is(err, durabletest.ErrInjected) && !errors.Is(err, durabletest.ErrPower) {
		t.Fatalf("signed though the write failed: %v", err)
	}
	if len(w.shelf.notes) != 1 || len(w.friends[0].disk.Files("")) != 1 {
		t.Fatal("shown to somebody though the write failed")
	}
	if fault.PowerOff {
		w.disk.Reboot(seed)
		n = w.open(t)
	}
	w.grow(t, n, 250) // the log has gone on meanwhile
	w.disk.Reboot(seed)
	if got := signedOn(t, w.disk); got != 250 {
		t.Fatalf("published 250, the disk has %d", got)
	}
	w.grow(t, w.open(t), 300)
}

// TestEvidenceFaults is the pair of faults at each write of evidence: the refusal stands, and the next step has the evidence on the disk,
// once.
func TestEvidenceFaults(t *testing.T) {
	prepared := func() (*world, *notary.Notary) {
		w := newWorld(t, 1)
		n := w.open(t)
		w.grow(t, n, 100)
		w.log.show(50)
		return w, n
	}
	dry, n := prepared()
	dry.disk.Inject(durabletest.Fault{})
	if err := n.Step(t.Context()); !errors.Is(err, notary.ErrShrunk) {
		t.Fatal(err)
	}
	for at := 1; at <= dry.disk.Ops(); at++ {
		for _, effect := range []durabletest.Effect{durabletest.None, durabletest.Whole} {
			w, n := prepared()
			w.disk.Inject(durabletest.Fault{At: at, Effect: effect})
			if err := n.Step(t.Context()); !errors.Is(err, notary.ErrShrunk) {
				t.Fatalf("fault %d: %v", at, err)
			}
			if err := n.Step(t.Context()); !errors.Is(err, notary.ErrShrunk) || errors.Is(err, durabletest.ErrInjected) {
				t.Fatalf("after fault %d: %v", at, err)
			}
			w.disk.Reboot(uint64(at))
			sighting(t, w, "seen")
			w.grow(t, w.open(t), 150)
		}
	}
}

// TestFullDisk: nothing can be written any more, evidence neither. The notary refuses all the same, and says both.
func TestFullDisk(t *testing.T) {
	w := newWorld(t, 1)
	n := w.open(t)
	w.grow(t, n, 100)
	w.disk.Inject(durabletest.Fault{At: 1, Lasting: true})
	w.log.show(50)
	if err := n.Step(t.Context()); !errors.Is(err, notary.ErrShrunk) || !errors.Is(err, durabletest.ErrInjected) {
		t.Errorf("got %v", err)
	}
	// The stream and the disk contradict each other, and that cannot be kept: it stops as long as it runs.
	forked := newWorld(t, 1)
	forked.log.tree = history(t, 50)
	forked.grow(t, forked.open(t), 100)
	w.shelf.notes = append(w.shelf.notes, forked.shelf.notes[0])
	n = w.open(t)
	for range 2 {
		if err := n.Step(t.Context()); !errors.Is(err, notary.ErrStopped) {
			t.Errorf("got %v", err)
		}
	}
}

// TestPublicationFails is the pair of faults at the stream: the checkpoint arrived, or it did not.
func TestPublicationFails(t *testing.T) {
	for _, whole := range []bool{false, true} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("arrived %v, restart %v", whole, restart), func(t *testing.T) {
				w := newWorld(t, 1)
				n := w.open(t)
				w.grow(t, n, 100)
				w.shelf.fail, w.shelf.whole = 2, whole
				w.log.show(200)
				if err := n.Step(t.Context()); !errors.Is(err, errBroken) || len(w.told) != 1 {
					t.Fatalf("got %v, told %d times", err, len(w.told))
				}
				if opened(t, n.Checkpoint(), w.verifiers()...).Size != 100 {
					t.Fatal("answers what may not be published")
				}
				if restart {
					n = w.open(t)
				}
				if err := n.Step(t.Context()); err != nil {
					t.Fatal(err)
				}
				if got := w.shelf.sizes(t); len(got) != 2 || got[1] != 200 {
					t.Fatalf("published %v", got)
				}
				w.grow(t, n, 300)
			})
		}
	}
}

func TestOneProcessOwnsTheDisk(t *testing.T) {
	w := newWorld(t, 1)
	cfg := w.config(t)
	cfg.Files, cfg.Dir = nil, t.TempDir()
	n, err := notary.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.grow(t, n, 100)
	if _, err := notary.Open(t.Context(), cfg); !errors.Is(err, durable.ErrLocked) {
		t.Errorf("a second notary on the same directory: %v", err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	n, err = notary.Open(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	w.grow(t, n, 200)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}
