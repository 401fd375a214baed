package projection_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/projection"
)

func TestWriteFollowsTheState(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.agrees("empty")
	w.fold(written("shelf/a", "one"))
	w.fold(written("shelf/a", "two"), written("shelf/a/box/x", "a box"), written("shelf/b", "three"))
	w.fold(written("note/n", "of no kind that is registered"), written("shelf/a/box/x/sheet/s", "a foreign sheet"))
	w.agrees("after three blocks", "shelf", "shelf/a/box", "shelf/a/box/x/sheet")
	if got := rows(t, w.store, "shelf", "note")["note/n"]; got != "" {
		t.Errorf("a kind that nobody registered: %s", got)
	}
	if got := rows(t, w.store, "shelf")["shelf/a"]; got != `2 {"Title":"two","Text":"two"}` {
		t.Errorf("shelf/a: %s", got)
	}
}

// TestRetiredIsGone: what lies below something retired has no rows, whatever its depth and kind, and nothing else is lost.
func TestRetiredIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fold(written("shelf/a", "a"), written("shelf/a/box/x", "x"), written("shelf/a/box/x/sheet/s", "s"),
		written("shelf/a/sheet/t", "t"), written("shelf/a0", "a look-alike"), written("shelf/a0/box/x", "x"))
	w.fold(written("shelf/b/box/x", "x"))
	w.fold(written("shelf/a"))
	w.agrees("after the retirement", "shelf", "shelf/a0/box", "shelf/b/box")
	if left := rows(t, w.store, "shelf/a/box", "shelf/a/box/x/sheet", "shelf/a/sheet"); len(left) != 0 {
		t.Errorf("what was below is still there: %v", left)
	}
	for _, path := range []string{"shelf/a/box/x", "shelf/a/box/x/sheet/s", "shelf/a/sheet/t"} {
		if _, err := w.store.Query(t.Context(), &op.Query{Path: path}); !errors.Is(err, projection.ErrNoRecord) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if got := rows(t, w.store, "shelf")["shelf/a"]; !strings.HasPrefix(got, "2 ") {
		t.Errorf("the retired shelf itself: %q", got)
	}
	if err := w.store.Rebuild(t.Context(), w.again()); err != nil {
		t.Fatal(err)
	}
	w.agrees("rebuilt", "shelf", "shelf/a0/box", "shelf/b/box")
}

// TestRebuildGoesBack: a snapshot may be older than the rows; nothing of what came after it may stay.
func TestRebuildGoesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fold(written("shelf/a", "one"))
	before := w.again()
	w.fold(written("shelf/a", "two"), written("shelf/b", "one"))
	w.state = before
	if err := w.store.Rebuild(t.Context(), before); err != nil {
		t.Fatal(err)
	}
	w.agrees("gone back", "shelf")
	if err := w.store.Rebuild(t.Context(), decider.NewState(testModel())); err != nil {
		t.Fatal(err)
	}
	w.state = decider.NewState(testModel())
	w.agrees("gone back to nothing", "shelf")
}

// TestRetiredInTheBlockOfItsChildren: a row that was never written need not be deleted.
func TestRetiredInTheBlockOfItsChildren(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.block(written("shelf/a", "a"), written("shelf/a/box/x", "x"))
	second := w.block(written("shelf/a"))
	b.Commits, b.Count = append(b.Commits, second.Commits...), 2
	w.state = decider.NewState(testModel())
	if err := w.state.ApplyBlock(b); err != nil {
		t.Fatal(err)
	}
	if err := w.store.Write(t.Context(), w.state, w.state.Changed()); err != nil {
		t.Fatal(err)
	}
	w.agrees("one block", "shelf", "shelf/a/box")
}

// TestAnyRecord folds records at random: after every block, and after a rebuild from the beginning, the rows are what the state holds.
func TestAnyRecord(t *testing.T) {
	t.Parallel()
	serial := 0
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		retired := map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(r, "blocks") {
			var changes []decider.Change
			for _, shelf := range []string{"shelf/a", "shelf/b"} {
				serial++
				switch {
				case retired[shelf]:
					changes = append(changes, written(shelf, fmt.Sprint(serial)))
				case rapid.IntRange(0, 5).Draw(r, "retire") == 0:
					retired[shelf] = true
					changes = append(changes, written(shelf))
				default:
					changes = append(changes, written(shelf, fmt.Sprint(serial)),
						written(shelf+"/box/"+string('p'+rune(rapid.IntRange(0, 3).Draw(r, "box"))), fmt.Sprint(serial)))
				}
			}
			w.fold(changes...)
			w.agrees("after a block", "shelf", "shelf/a/box", "shelf/b/box")
		}
		if err := w.store.Rebuild(t.Context(), w.again()); err != nil {
			t.Fatal(err)
		}
		w.agrees("rebuilt", "shelf", "shelf/a/box", "shelf/b/box")
		if t.Failed() {
			r.FailNow()
		}
		w.close()
	})
}

// TestPositionAndRowsTogether: a write that does not end leaves both as they were, in the open store and in the file.
func TestPositionAndRowsTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fold(written("shelf/a", "one"), written("shelf/b", "one"))
	before := w.again()
	w.block(written("shelf/a", "two"), written("shelf/b", "two"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.store.Write(ctx, w.state, w.state.Changed()); !errors.Is(err, context.Canceled) {
		t.Errorf("a write that was broken off: %v", err)
	}
	// One row cannot be encoded, after another has been written.
	spoilt := decider.NewState(decider.NewModel("test", []uint32{1},
		decider.Kind("shelf", true, write), decider.Kind("tank", true, func(c *struct{ F float64 }, _ decider.Event) { c.F = math.NaN() })))
	w.block(written("shelf/b", "three"), written("tank/t", "no JSON"))
	for _, b := range w.blocks {
		if err := spoilt.ApplyBlock(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.store.Write(t.Context(), spoilt, spoilt.Changed()); err == nil {
		t.Error("what is no JSON was written")
	}
	if err := w.store.Rebuild(t.Context(), spoilt); err == nil {
		t.Error("what is no JSON was written")
	}
	now := w.state
	w.state = before
	w.agrees("as before", "shelf")
	w.close()
	w.open()
	w.agrees("as before, opened again", "shelf")
	w.state = now
	if err := w.store.Rebuild(t.Context(), now); err != nil {
		t.Fatal(err)
	}
	w.agrees("and on", "shelf")
}

// TestCrash copies the files while a write is going on, as a crash would leave them: what is opened stands before or after it.
func TestCrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fold(written("shelf/a", "one"), written("shelf/b", "one"))
	for n := range 20 {
		words := fmt.Sprint("block ", n)
		b := w.block(written("shelf/a", words), written("shelf/b", words))
		before := crashCopy(t, w)
		if err := w.store.Write(t.Context(), w.state, w.state.Changed()); err != nil {
			t.Fatal(err)
		}
		after := crashCopy(t, w)
		for _, c := range []struct {
			dir      string
			position uint64
		}{{before, b.First}, {after, b.First + 1}, {torn(t, after), b.First}} {
			s, err := projection.Open(c.dir, genesis, shape)
			if err != nil {
				t.Fatal(err)
			}
			position, _, err := s.Head(t.Context())
			if err != nil || position != c.position {
				t.Errorf("block %d: at %d (%v), want %d", n, position, err, c.position)
			}
			got := rows(t, s, "shelf")
			if got["shelf/a"] != got["shelf/b"] || !strings.HasPrefix(got["shelf/a"], fmt.Sprint(c.position, " ")) {
				t.Errorf("block %d, at %d: %v", n, position, got)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}

// TestOpenKeepsOnlyItsOwn: another community's file, and one that other code wrote, are made anew.
func TestOpenKeepsOnlyItsOwn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		genesis chain.Hash
		shape   string
		keeps   bool
	}{
		{"the same", genesis, shape, true},
		{"another community", chain.Hash{8}, shape, false},
		{"other code", genesis, "test 2", false},
		{"a longer name", genesis, shape + "0", false},
	} {
		w := newWorld(t)
		w.fold(written("shelf/a", "one"))
		s, err := projection.Open(crashCopy(t, w), c.genesis, c.shape) // everything is in its log still
		if err != nil {
			t.Fatal(err)
		}
		position, _, err := s.Head(t.Context())
		if err != nil || (position == 1) != c.keeps || (len(rows(t, s, "shelf")) == 1) != c.keeps {
			t.Errorf("%s: at %d, %v", c.name, position, err)
		}
		if err := s.Rebuild(t.Context(), w.state); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
