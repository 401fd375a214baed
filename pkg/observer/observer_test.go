package observer_test

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/observer"
	"renlin.dev/pkg/verify/forge"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TestUntrue: every lie about the record ends the work, for good, and by its name; the same record without the lie does not.
func TestUntrue(t *testing.T) {
	t.Parallel()
	whole := history(t, 6).Record
	for name, c := range map[string]struct {
		lie  func(r *forge.Record)
		want *fault.Fault
	}{
		"nothing": {func(*forge.Record) {}, nil},
		"an author's signature": {func(r *forge.Record) {
			r.EditCommand(3, func(s *chain.Signed) {
				s.Signatures[0].Sig = slices.Clone(s.Signatures[0].Sig)
				s.Signatures[0].Sig[5] ^= 1
			})
		}, observer.ErrUntrue},
		"another author": {func(r *forge.Record) {
			r.EditCommand(3, func(*chain.Signed) {}, forge.Key("somebody else"))
		}, observer.ErrUntrue},
		"a fact that was not decided": {func(r *forge.Record) {
			r.Edit(3, func(c *chain.Commit) { c.Changes[0].Events[0].Body = nil })
		}, observer.ErrUntrue},
		"another member than who signed": {func(r *forge.Record) {
			r.Edit(3, func(c *chain.Commit) { c.Changes[0].Aggregate = "member/" + forge.ID("planted") })
		}, observer.ErrUntrue},
		"a command done twice": {func(r *forge.Record) {
			c := r.Commit(3)
			r.Append(0, c)
			r.Renumber()
		}, observer.ErrUntrue},
		"a block signed by another key": {func(r *forge.Record) {
			r.Signer = func(n int) ed25519.PrivateKey {
				if n == 3 {
					return forge.Key("thief")
				}
				return forge.EpochKey
			}
		}, observer.ErrUntrue},
		"a root": {func(r *forge.Record) {
			r.Header = func(n int, h *chain.Header) {
				if n == 3 {
					h.Root[0] ^= 1
				}
			}
		}, observer.ErrUntrue},
		"an epoch that nobody opened": {func(r *forge.Record) {
			r.Header = func(n int, h *chain.Header) {
				if n == 3 {
					h.Epoch = 7
				}
			}
		}, observer.ErrUntrue},
		"a link": {func(r *forge.Record) {
			r.Header = func(n int, h *chain.Header) {
				if n == 3 {
					h.Prev[0] ^= 1
				}
			}
		}, observer.ErrForked},
		"rules that nobody here knows": {func(r *forge.Record) {
			r.Edit(3, func(c *chain.Commit) { c.Changes[0].Events = append(c.Changes[0].Events, activated(t, 9)) })
		}, observer.ErrUntrue},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := whole.In(t)
			c.lie(r)
			o := open(t, configOf(r, t.TempDir()), serve(t, r))
			err := o.Catch(t.Context())
			if c.want == nil {
				if n, looked := members(o); err != nil || looked != nil || n != 6 || o.Stopped() != nil {
					t.Errorf("%d members, %v, %v", n, err, looked)
				}
				return
			}
			refused(t, err, c.want)
			_, err = members(o)
			refused(t, err, c.want)
			refused(t, o.Sure(1), c.want)
			refused(t, o.Catch(t.Context()), c.want)
			refused(t, o.Stopped(), c.want)
		})
	}
}

func activated(t *testing.T, version uint32) chain.Event {
	t.Helper()
	return event(t, "renlin.chain.v1.RulesActivated", &chainv1.RulesActivated{Version: version})
}

// TestUnknownRules: a record that goes on lawfully under rules of a newer program is not called false; it is not judged any more.
func TestUnknownRules(t *testing.T) {
	t.Parallel()
	w := forge.NewWorld(t, club(1, 2)...)
	w.Found("community.found", &communityv1.Found{EpochKey: forge.Public("epoch")}, forge.Key("ann"))
	o := open(t, observer.Config{
		Community: chain.CommunityID(w.Genesis()), Models: club(2), Path: t.TempDir() + "/seen", Build: "old",
	}, serve(t, w.Record))
	refused(t, o.Catch(t.Context()), observer.ErrAbstains)
}

// TestOtherCommunity: a record is followed under the name that its founding gives it, and under no other.
func TestOtherCommunity(t *testing.T) {
	t.Parallel()
	r := history(t, 1).Record
	cfg := configOf(r, t.TempDir())
	cfg.Community = chain.ShortID(make([]byte, 16))
	refused(t, open(t, cfg, serve(t, r)).Catch(t.Context()), observer.ErrUntrue)
}

// TestUnreadable: bytes that are no block end the work.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	r := history(t, 3).Record
	s := serve(t, r)
	s.blocks[2] = s.blocks[2][:100]
	refused(t, open(t, configOf(r, t.TempDir()), s).Catch(t.Context()), observer.ErrUntrue)
}

// forkedAt is another history of the same community, which parts from the first after so many blocks.
func forkedAt(t *testing.T, blocks int) (one, other *source, r *forge.Record) {
	t.Helper()
	w := history(t, blocks-1)
	base := w.Record.Clone()
	grow(w, 3)
	fork := history(t, blocks-1)
	if fork.Genesis() != base.Genesis() {
		t.Fatal("another community")
	}
	fork.Pass(5)
	grow(fork, 3)
	return serve(t, w.Record), serve(t, fork.Record), base
}

// TestForkWhileRunning: whoever has seen one history is shown another: it ends the work, whether there are more blocks, as many, or one
// that does not follow.
func TestForkWhileRunning(t *testing.T) {
	t.Parallel()
	for _, seen := range []int{4, 5, 6} {
		one, other, base := forkedAt(t, 3)
		changing := one.short(seen)
		o := open(t, configOf(base, t.TempDir()), changing)
		if err := o.Catch(t.Context()); err != nil {
			t.Fatal(err)
		}
		*changing = *other
		refused(t, o.Catch(t.Context()), observer.ErrForked)
	}
}

// TestForkAfterRestart: what was seen before the restart binds after it, wherever the histories part; where nothing was seen behind the
// fork, the other history is as good.
func TestForkAfterRestart(t *testing.T) {
	t.Parallel()
	for seen := 1; seen <= 6; seen++ {
		one, other, base := forkedAt(t, 3)
		cfg := configOf(base, t.TempDir())
		first := open(t, cfg, one.short(seen))
		if err := first.Catch(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := first.Sure(uint64(seen)); err != nil {
			t.Fatal(err)
		}
		again := open(t, cfg, other)
		err := again.Catch(t.Context())
		if seen <= 3 {
			if n, looked := members(again); err != nil || looked != nil || n != 5 {
				t.Errorf("seen %d: %d members, %v, %v", seen, n, err, looked)
			}
			continue
		}
		refused(t, err, observer.ErrForked)
		_, err = members(again)
		refused(t, err, observer.ErrForked)
	}
}

// TestRewound: a record that ends before what was seen of it ends the work, while it runs and after a restart; but not before it was looked
// at several times and for a while, for a sequencer that has been replaced may still answer.
func TestRewound(t *testing.T) {
	t.Parallel()
	const looks, long = observer.ShortLooksMax, observer.ShortTimeMax
	for name, c := range map[string]struct {
		looks int
		last  time.Duration // from the first to the last
		ends  bool
	}{
		"often and for long":               {looks, long, true},
		"often in a moment, and once more": {5 * looks, long, true},
		"not often enough":                 {looks - 1, 10 * long, false},
		"often, and in a moment":           {5 * looks, 0, false},
		"often, and not quite long enough": {looks, long - 1, false},
	} {
		for _, restart := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, restart %v", name, restart), func(t *testing.T) {
				t.Parallel()
				r := history(t, 5).Record
				cfg := configOf(r, t.TempDir())
				s := serve(t, r)
				whole := *s
				o := open(t, cfg, s)
				if err := errors.Join(o.Catch(t.Context()), o.Sure(6)); err != nil {
					t.Fatal(err)
				}
				if restart {
					o = open(t, cfg, s)
				}
				now := time.Unix(1, 0)
				o.At(func() time.Time { return now })
				for range 2 { // a whole look in between begins the count anew
					*s = *whole.short(4)
					for range c.looks - 1 {
						refused(t, o.Catch(t.Context()), observer.ErrBehind)
					}
					now = now.Add(c.last)
					if c.ends {
						break
					}
					refused(t, o.Catch(t.Context()), observer.ErrBehind)
					*s = whole
					if err := o.Catch(t.Context()); err != nil {
						t.Fatal(err)
					}
					now = now.Add(time.Hour)
				}
				if c.ends {
					refused(t, o.Catch(t.Context()), observer.ErrRewound)
					*s = whole
					refused(t, o.Catch(t.Context()), observer.ErrRewound)
				}
			})
		}
	}
}

// TestRestartAtEveryBlock: after each restart the record is read again to where it was seen, without checking an author's signature twice,
// nothing is shown before, and it goes on. Another program checks all of it again.
func TestRestartAtEveryBlock(t *testing.T) {
	t.Parallel()
	r := history(t, 5).Record
	all := serve(t, r)
	cfg := configOf(r, t.TempDir())
	signatures := uint64(0)
	for n := 1; n <= len(all.blocks); n++ {
		lagging := all.short(n - 1)
		lagging.head = n
		o := open(t, cfg, lagging)
		refused(t, o.Catch(t.Context()), observer.ErrBehind)
		if n > 1 {
			if _, err := members(o); err != nil {
				t.Errorf("block %d: what was seen is not shown: %v", n, err)
			}
		}
		*lagging = *all.short(n)
		if err := o.Catch(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := o.Sure(uint64(n)); err != nil {
			t.Fatal(err)
		}
		signatures += o.Counts().Signatures
	}
	whole := uint64(2 * len(all.blocks)) // each block's, and its one author's
	again := uint64(len(all.blocks) * (len(all.blocks) - 1) / 2)
	if signatures != whole+again { // the blocks' before each restart
		t.Errorf("%d signatures were checked, want %d", signatures, whole+again)
	}
	cfg.Build = "another"
	o := open(t, cfg, all)
	if err := o.Catch(t.Context()); err != nil || o.Counts().Signatures != whole {
		t.Errorf("another program: %v, %d signatures", err, o.Counts().Signatures)
	}
}

// TestThiefAfterRestart: a block that the epoch's key has not signed is found out where it stands, also where the record was seen before,
// and not only when it does not come to the remembered hash.
func TestThiefAfterRestart(t *testing.T) {
	t.Parallel()
	r := history(t, 5).Record
	cfg := configOf(r, t.TempDir())
	o := open(t, cfg, serve(t, r))
	if err := errors.Join(o.Catch(t.Context()), o.Sure(6)); err != nil {
		t.Fatal(err)
	}
	r = r.In(t)
	r.Signer = func(n int) ed25519.PrivateKey {
		if n == 3 {
			return forge.Key("thief")
		}
		return forge.EpochKey
	}
	s := serve(t, r).short(4)
	s.head = 6
	refused(t, open(t, cfg, s).Catch(t.Context()), observer.ErrUntrue)
}

// TestNothingBeforeTheRememberedHash: while the record has not come to what was seen before, nothing of it is shown.
func TestNothingBeforeTheRememberedHash(t *testing.T) {
	t.Parallel()
	r := history(t, 5).Record
	all := serve(t, r)
	cfg := configOf(r, t.TempDir())
	o := open(t, cfg, all)
	if err := errors.Join(o.Catch(t.Context()), o.Sure(6)); err != nil {
		t.Fatal(err)
	}
	for n := range 6 {
		s := all.short(n)
		s.head = 6
		o := open(t, cfg, s)
		refused(t, o.Catch(t.Context()), observer.ErrBehind)
		_, err := members(o)
		refused(t, err, observer.ErrBehind)
		refused(t, o.Sure(1), observer.ErrBehind)
	}
}

var errDied = errors.New("died")

// TestCrashWhileWriting: at whatever line the process dies, what is found afterwards is what was there before or what was to be there.
func TestCrashWhileWriting(t *testing.T) {
	t.Parallel()
	r := history(t, 5).Record
	all := serve(t, r)
	for _, line := range []string{"begin", "written", "synced", "renamed"} {
		cfg := configOf(r, t.TempDir())
		o := open(t, cfg, all.short(3))
		if err := errors.Join(o.Catch(t.Context()), o.Sure(3)); err != nil {
			t.Fatal(err)
		}
		o = open(t, cfg, all)
		died := 0
		o.Crash(func(at string) error {
			if at == line {
				died++
				return errDied
			}
			return nil
		})
		err := errors.Join(o.Catch(t.Context()), o.Sure(6))
		if !errors.Is(err, errDied) || died == 0 {
			t.Errorf("%s: it did not die: %v", line, err)
		}
		o = open(t, cfg, all)
		if err := errors.Join(o.Catch(t.Context()), o.Sure(6)); err != nil {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestDamagedMemory: a file that cannot be read is not taken for none.
func TestDamagedMemory(t *testing.T) {
	t.Parallel()
	r := history(t, 1).Record
	for _, content := range []string{"", "{", `{"format":2,"head":""}`, `{"format":1,"head":"00"}`} {
		cfg := configOf(r, t.TempDir())
		if err := os.WriteFile(cfg.Path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := observer.Open(cfg, serve(t, r)); !errors.Is(err, observer.ErrMemory) {
			t.Errorf("%q: %v", content, err)
		}
	}
}

// TestAway: a source that cannot be asked, or says nothing yet, is no reason to stop.
func TestAway(t *testing.T) {
	t.Parallel()
	r := history(t, 2).Record
	s := serve(t, r)
	o := open(t, configOf(r, t.TempDir()), s)
	s.away = true
	if err := o.Catch(t.Context()); !errors.Is(err, errAway) {
		t.Errorf("away: %v", err)
	}
	s.away, s.head = false, 0
	refused(t, o.Catch(t.Context()), observer.ErrBehind)
	s.head = -1
	if err := o.Catch(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestWhatIsAccepted: whatever is done to the record, read in whatever pieces and with whatever restarts, an observer accepts the true one
// whole and no other.
func TestWhatIsAccepted(t *testing.T) {
	t.Parallel()
	w := history(t, 8)
	rapid.Check(t, func(rt *rapid.T) {
		r := w.Record.In(rt)
		lie := rapid.SampledFrom([]string{"none", "signature", "drop", "time"}).Draw(rt, "lie")
		at := rapid.Uint64Range(1, r.Size()-1).Draw(rt, "at")
		switch lie {
		case "signature":
			r.EditCommand(at, func(s *chain.Signed) { s.Body = []byte(`{"x":1}`) })
		case "drop":
			r.Drop(at)
		case "time":
			r.Edit(at, func(c *chain.Commit) { c.Time += 10_000 })
		}
		dir := t.TempDir()
		cfg := configOf(w.Record, dir)
		cfg.Policy = policy(rt, w.Record)
		all := serve(rt, r)
		all.note = noteOf(w.Record.In(rt), nil)
		var err error
		for n := 0; n < len(all.blocks) && err == nil; {
			n += rapid.IntRange(1, len(all.blocks)-n).Draw(rt, "blocks")
			err = open(rt, cfg, all.short(n)).Catch(t.Context())
		}
		o := open(rt, cfg, all)
		if err == nil {
			err = o.Catch(t.Context())
		}
		if err == nil {
			err = o.Sure(w.Size())
		}
		if (err == nil) != (lie == "none") {
			rt.Fatalf("lie %s at %d: %v", lie, at, err)
		}
	})
}

// TestManyAtOnce: whoever looks while the record is read gets a whole state.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	r := history(t, 40).Record
	all := serve(t, r)
	growing := all.short(1)
	growing.page = 1
	o := open(t, configOf(r, t.TempDir()), growing)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 50 {
				_ = o.Catch(t.Context())
				_ = o.View("community", func(s *decider.State) error {
					if uint64(len(s.Members("member")))+1 != s.Position() {
						t.Error("half a block is shown")
					}
					return nil
				})
				_, _, _ = o.Sure(o.Counts().Position), o.Stopped(), o.Counts()
			}
		})
	}
	wg.Wait()
	*growing = *all
	if err := o.Catch(t.Context()); err != nil {
		t.Error(err)
	}
}
