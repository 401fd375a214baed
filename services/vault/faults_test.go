package vault_test

import (
	"errors"
	"io"
	"testing"

	"renlin.dev/pkg/merkle/durable/durabletest"
	"renlin.dev/pkg/seal"
	"renlin.dev/services/vault"
)

// A source of chance that fails makes no weak key, nonce or salt.
func TestNoChanceNoText(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.put("ann", "a")
	for _, bytesLeft := range []int64{0, 31, 32, 40} { // none, or not enough for the salt, for the nonce
		keys, err := seal.OpenKeyring(disk{r.keys}, seal.Custody{Own: r.own, Entropy: r.entropy})
		if err != nil {
			t.Fatal(err)
		}
		short, err := vault.Open(vault.Config{
			Community: id("community"), Files: r.files, Keys: keys, Entropy: io.LimitReader(r.entropy, bytesLeft),
		})
		if err != nil {
			t.Fatal(err)
		}
		if s, err := short.Put(id("ann"), []byte("b")); err == nil {
			t.Errorf("%d bytes of chance make %+v", bytesLeft, s)
		}
	}
}

// A disk that does not answer is said to be that, and nobody's text is called damaged or unknown for it.
func TestDeadDisk(t *testing.T) {
	t.Parallel()
	off := func(d *durabletest.Disk) {
		d.Inject(durabletest.Fault{At: 1, PowerOff: true})
		_ = d.Mkdir("x") // takes the power away
	}
	r := newRig(t)
	s := r.put("ann", "a")
	off(r.files)
	r.reads(s, "ann", "a") // from the mirror
	off(r.mirror)
	if _, err := r.store.Get(s.Ref, id("ann")); !errors.Is(err, durabletest.ErrPower) {
		t.Errorf("read: %v", err)
	}
	if err := r.open(); !errors.Is(err, durabletest.ErrPower) {
		t.Errorf("start: %v", err)
	}
	r.files.Reboot(1)
	if err := r.open(); !errors.Is(err, durabletest.ErrPower) {
		t.Errorf("start without the mirror: %v", err)
	}
	r.mirror.Reboot(1)
	if err := r.open(); err != nil {
		t.Fatal(err)
	}
	// A start that cannot complete a copy is no start, whichever it is.
	for _, d := range []*durabletest.Disk{r.files, r.mirror} {
		d.Lose(s.Ref[:2] + "/" + s.Ref)
		d.Inject(durabletest.Fault{At: 1})
		if err := r.open(); !errors.Is(err, durabletest.ErrInjected) {
			t.Errorf("start with a copy that cannot be completed: %v", err)
		}
		if err := r.open(); err != nil || r.store.Repaired() != 1 {
			t.Errorf("the next start: %v, %d repaired", err, r.store.Repaired())
		}
	}
	r.reads(s, "ann", "a")
	if n := r.store.Repaired(); n != 1 {
		t.Errorf("reading a whole text repaired it: %d", n)
	}
}

// Every operation of a Put fails once, with no, half and all of its effect, with and without a power failure: what was answered is
// there in both copies, and what failed can be repeated.
func TestPutFailsAnywhere(t *testing.T) {
	t.Parallel()
	struck := 0
	for which := range 3 {
		for at := 1; at <= 6; at++ {
			for _, effect := range []durabletest.Effect{durabletest.None, durabletest.Half, durabletest.Whole} {
				for _, power := range []bool{false, true} {
					r := newRig(t)
					disks := []*durabletest.Disk{r.files, r.mirror, r.keys}
					disks[which].Inject(durabletest.Fault{At: at, Effect: effect, PowerOff: power})
					s, err := r.store.Put(id("ann"), []byte("one"))
					if hit := disks[which].Ops() >= at; hit {
						struck++
						if err == nil {
							t.Fatalf("disk %d, operation %d, effect %d: a failure was not told", which, at, effect)
						}
					}
					for _, d := range disks {
						d.Reboot(uint64(at))
					}
					if err := r.open(); err != nil {
						t.Fatal(err)
					}
					if err == nil {
						r.reads(s, "ann", "one")
					}
					r.reads(r.put("ann", "two"), "ann", "two")
				}
			}
		}
	}
	if struck < 60 {
		t.Errorf("only %d faults struck", struck)
	}
}
