package secretballot_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// indices are those of the bad ballots, which must all be unproved.
func indices(t testing.TB, bad []secretballot.Bad) []int {
	t.Helper()
	out := []int{}
	for _, b := range bad {
		if !errors.Is(b.Err, secretballot.ErrUnproved) {
			t.Errorf("ballot %d: %v", b.Index, b.Err)
		}
		out = append(out, b.Index)
	}
	return out
}

func TestSmallBatches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(2, 1, 1)))
	for _, spread := range []secretballot.Spread{nil, spread} {
		if ballots, bad := w.VerifyAll(nil, spread); len(ballots) != 0 || len(bad) != 0 {
			t.Errorf("no ballots: %v, %v", ballots, bad)
		}
		good := secretballot.Cast{Voter: voter(1), Ballot: w.cast(voter(1), 1, 0)}
		if ballots, bad := w.VerifyAll([]secretballot.Cast{good}, spread); len(ballots) != 1 || ballots[0] == nil || len(bad) != 0 {
			t.Errorf("one ballot: %v, %v", ballots, bad)
		}
		good.Voter.Sequence++
		if ballots, bad := w.VerifyAll([]secretballot.Cast{good}, spread); ballots[0] != nil || len(bad) != 1 {
			t.Errorf("one bad ballot: %v, %v", ballots, bad)
		}
	}
}

// TestCancelling: errors that would cancel if equations were just added up are seen, in two ballots and in two proofs of one.
func TestCancelling(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(2, 1, 1)))
	at := layoutOf(w.shape)
	subtractOne := func(b []byte) {
		copy(b, group.NewScalar().Subtract(must(group.DecodeScalar(b)), group.ScalarOf(1)).Bytes())
	}
	response := func(proof int) int { return at.scalars + 96*proof + 32 } // s0 of a selection's proof
	casts := []secretballot.Cast{}
	for i := range uint64(4) {
		casts = append(casts, secretballot.Cast{Voter: voter(i), Ballot: w.cast(voter(i), 0, 1)})
	}
	addOne(casts[1].Ballot[response(0):][:32])
	subtractOne(casts[2].Ballot[response(0):][:32])
	_, bad := w.VerifyAll(casts, nil)
	if diff := cmp.Diff([]int{1, 2}, indices(t, bad)); diff != "" {
		t.Errorf("two ballots: %s", diff)
	}
	one := w.cast(voter(9), 0, 1)
	addOne(one[response(0):][:32])
	subtractOne(one[response(1):][:32])
	if _, err := w.Verify(voter(9), one); !errors.Is(err, secretballot.ErrUnproved) {
		t.Errorf("two proofs of one ballot: %v", err)
	}
}

// TestBentEquations: each of a branch's two equations is held for itself. Commitments that are off by X in one and by -X in another
// equation, hashed as they are, leave everything else true; only different coefficients see it.
func TestBentEquations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(2, 1, 1)))
	x, minusX := group.Base(), group.NewElement().Negate(group.Base())
	at := func(statement, branch int, first, second *group.Element) func(int, int, *group.Element, *group.Element) {
		return func(i, j int, a, b *group.Element) {
			if i == statement && j == branch {
				a.Add(a, first)
				b.Add(b, second)
			}
		}
	}
	both := func(f, g func(int, int, *group.Element, *group.Element)) func(int, int, *group.Element, *group.Element) {
		return func(i, j int, a, b *group.Element) { f(i, j, a, b); g(i, j, a, b) }
	}
	none := group.NewElement()
	for name, bend := range map[string]func(int, int, *group.Element, *group.Element){
		"first equation":                  at(0, 0, x, none),
		"second equation":                 at(0, 0, none, x),
		"last branch":                     at(1, 1, x, none),
		"the sum":                         at(2, 0, none, x),
		"both equations of a branch":      at(0, 1, x, minusX),
		"first equations of two branches": both(at(0, 0, x, none), at(0, 1, minusX, none)),
		"first equations of two proofs":   both(at(0, 0, x, none), at(1, 0, minusX, none)),
		"second equations of two proofs":  both(at(0, 0, none, x), at(2, 0, none, minusX)),
	} {
		raw := (&liar{world: w, voter: voter(1), bend: bend}).ballot([]int64{1, 0})
		if _, err := w.Verify(voter(1), raw); !errors.Is(err, secretballot.ErrUnproved) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, bends := range map[string][2]func(int, int, *group.Element, *group.Element){
		"first equations":  {at(0, 0, x, none), at(0, 0, minusX, none)},
		"second equations": {at(0, 0, none, x), at(0, 0, none, minusX)},
		"either":           {at(0, 0, x, none), at(0, 0, none, minusX)},
	} {
		var casts []secretballot.Cast
		for i, bend := range bends {
			v := voter(uint64(i))
			casts = append(casts, secretballot.Cast{Voter: v, Ballot: (&liar{world: w, voter: v, bend: bend}).ballot([]int64{1, 0})})
		}
		_, bad := w.VerifyAll(casts, nil)
		if diff := cmp.Diff([]int{0, 1}, indices(t, bad)); diff != "" {
			t.Errorf("%s of two ballots: %s", name, diff)
		}
	}
}

// TestOneOfTenThousand: the one bad ballot is found and named.
func TestOneOfTenThousand(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(2, 0, 2)))
	casts := make([]secretballot.Cast, 10_000)
	for i := range casts {
		casts[i] = secretballot.Cast{Voter: voter(1)}
		if i < 100 {
			casts[i].Ballot = w.cast(voter(1), 1, 1)
		} else {
			casts[i].Ballot = casts[i%100].Ballot
		}
	}
	const at = 6_789
	casts[at].Voter = voter(2)
	ballots, bad := w.VerifyAll(casts, spread)
	if diff := cmp.Diff([]int{at}, indices(t, bad)); diff != "" {
		t.Errorf("bad: %s", diff)
	}
	if slices.Index(ballots, nil) != at || slices.Index(ballots[at+1:], nil) >= 0 {
		t.Error("not all other ballots are answered")
	}
}

// TestBisection: whichever ballots of a batch are bad, these are named, and no other.
func TestBisection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Approval(2, 0, 2)))
	raw := make([][]byte, 40)
	for i := range raw {
		raw[i] = w.cast(voter(uint64(i)), 1, 0)
	}
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, len(raw)).Draw(rt, "ballots")
		want := []int{}
		var casts []secretballot.Cast
		for i := range n {
			c := secretballot.Cast{Voter: voter(uint64(i)), Ballot: raw[i]}
			if rapid.IntRange(0, 5).Draw(rt, "luck") == 0 {
				c.Voter.Sequence, want = 2, append(want, i)
			}
			casts = append(casts, c)
		}
		ballots, bad := w.VerifyAll(casts, nil)
		if diff := cmp.Diff(want, indices(t, bad)); diff != "" {
			rt.Fatalf("bad: %s", diff)
		}
		for i, b := range ballots {
			if _, isBad := slices.BinarySearch(want, i); isBad != (b == nil) {
				rt.Fatalf("ballot %d: %v", i, b)
			}
		}
	})
}
