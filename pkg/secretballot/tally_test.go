package secretballot_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// TestWeights: which weights a roll may have, and how large totals can then be.
func TestWeights(t *testing.T) {
	t.Parallel()
	const most = secretballot.TotalMax
	yesNo, scores := shapeOf(secretballot.Approval(2, 1, 1)), shapeOf(secretballot.Score(2, 5))
	owner300 := make([]int64, 300)
	for i := range owner300 {
		owner300[i] = 8_950
	}
	for _, c := range []struct {
		name    string
		shape   secretballot.Shape
		weights []int64
		want    []int64
		err     error
	}{
		{"nobody", yesNo, nil, []int64{0, 0}, nil},
		{"no area at all", yesNo, []int64{0, 0}, []int64{0, 0}, nil},
		{"300 units", yesNo, owner300, []int64{2_685_000, 2_685_000}, nil},
		{"below nothing", yesNo, []int64{5, -1}, nil, secretballot.ErrWeight},
		{"the least number", yesNo, []int64{math.MinInt64}, nil, secretballot.ErrWeight},
		{"all that can be counted", yesNo, []int64{most - 1, 1}, []int64{most, most}, nil},
		{"one more", yesNo, []int64{most, 1}, nil, secretballot.ErrOverflow},
		{"one much more", yesNo, []int64{math.MaxInt64}, nil, secretballot.ErrOverflow},
		{"a sum that wraps around", yesNo, []int64{math.MaxInt64, math.MaxInt64, 2}, nil, secretballot.ErrOverflow},
		{"scores, all that can be counted", scores, []int64{most / 5}, []int64{most, most}, nil},
		{"scores, more", scores, []int64{most/5 + 1}, nil, secretballot.ErrOverflow},
	} {
		w := newWorld(t, c.shape)
		got, err := w.Bounds(c.weights)
		if diff := cmp.Diff(c.want, got); diff != "" || !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v %s", c.name, err, c.err, diff)
		}
		if c.err == nil {
			continue
		}
		casts := make([]*secretballot.Ballot, len(c.weights))
		if _, _, err := w.Tally(casts, c.weights); !errors.Is(err, c.err) {
			t.Errorf("%s: counted: %v, want %v", c.name, err, c.err)
		}
	}
}

func TestTallyRefusals(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t, shapeOf(secretballot.Approval(2, 1, 1))), newWorld(t, shapeOf(secretballot.Approval(2, 1, 1)))
	b, err := w.Decode(w.cast(voter(1), 1, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.Tally([]*secretballot.Ballot{b}, nil); !errors.Is(err, secretballot.ErrWeight) {
		t.Errorf("a ballot without weight: %v", err)
	}
	if _, _, err := w.Tally(nil, []int64{1}); !errors.Is(err, secretballot.ErrWeight) {
		t.Errorf("a weight without ballot: %v", err)
	}
	if _, _, err := other.Tally([]*secretballot.Ballot{b}, []int64{1}); !errors.Is(err, secretballot.ErrForeign) {
		t.Errorf("a ballot of another election: %v", err)
	}
	if _, _, err := w.Tally([]*secretballot.Ballot{nil}, []int64{1}); !errors.Is(err, secretballot.ErrForeign) {
		t.Errorf("a ballot that was bad: %v", err)
	}
}

// TestCancellingTotal: ballots whose weighted random numbers cancel are ballots like others. Their total is there for everyone to see,
// and it is what they chose; the totals beside it stay hidden.
func TestCancellingTotal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Score(2, 3)))
	r := group.ScalarOf(99)
	var ballots []*secretballot.Ballot
	first, second := group.NewScalar().Multiply(r, group.ScalarOf(5)), group.NewScalar().Multiply(r, group.ScalarOfInt(-2))
	for i, chosen := range []*group.Scalar{first, second} {
		v := voter(uint64(i))
		draws := io.MultiReader(bytes.NewReader(append(chosen.Bytes(), make([]byte, group.ScalarBytes)...)), rand.Reader)
		raw, _, err := w.Encrypt(draws, v, []int64{int64(i + 1), 3})
		if err != nil {
			t.Fatal(err)
		}
		b, err := w.Verify(v, raw)
		if err != nil {
			t.Fatal(err)
		}
		ballots = append(ballots, b)
	}
	hidden, bounds, err := w.Tally(ballots, []int64{2, 5})
	if err != nil {
		t.Fatal(err)
	}
	search, err := secretballot.NewTotals(bounds[0])
	if err != nil {
		t.Fatal(err)
	}
	total, public := hidden[0].Public()
	if !public {
		t.Fatal("the random numbers do not cancel")
	}
	if n, err := search.Find(total); err != nil || n != 2*1+5*2 {
		t.Errorf("the total is %d, %v", n, err)
	}
	if total.Add(total, group.Base()); hidden[0].B.Equal(total) == 1 {
		t.Error("who changes the answer changes the sum")
	}
	if total, public := hidden[1].Public(); public || total != nil {
		t.Error("a total that is hidden is public")
	}
	none, _, err := w.Tally(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if total, public := none[0].Public(); !public || !group.IsIdentity(total) {
		t.Error("the total of no ballot is not 0")
	}
}

// TestTallyAdds: totals of weighted ballots are the weighted totals, in whatever order.
func TestTallyAdds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, shapeOf(secretballot.Score(2, 3)))
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(rt, "ballots")
		want := []int64{0, 0}
		var casts []secretballot.Cast
		var weights []int64
		for i := range n {
			choice := []int64{rapid.Int64Range(0, 3).Draw(rt, "first"), rapid.Int64Range(0, 3).Draw(rt, "second")}
			weight := rapid.Int64Range(0, 20_000).Draw(rt, "weight")
			v := voter(uint64(i))
			casts, weights = append(casts, secretballot.Cast{Voter: v, Ballot: w.cast(v, choice...)}), append(weights, weight)
			want[0], want[1] = want[0]+weight*choice[0], want[1]+weight*choice[1]
		}
		if diff := cmp.Diff(want, w.totals(casts, weights)); diff != "" {
			rt.Fatalf("totals: %s", diff)
		}
	})
}

// Looking for a sealed total takes as many strides whatever it is, and for another one fewer if it is small.
func TestSealedTotalsTakeTheSame(t *testing.T) {
	t.Parallel()
	search, err := secretballot.NewTotals(100_000)
	if err != nil {
		t.Fatal(err)
	}
	strides := func(n int64, sealed bool) int {
		return search.Strides(times(group.ScalarOfInt(n), group.Base()), sealed)
	}
	all := strides(100_000, true)
	for _, n := range []int64{0, 1, 5_000, 50_000, 99_999, -1} {
		if got := strides(n, true); got != all {
			t.Errorf("%d takes %d strides, others %d", n, got, all)
		}
	}
	if few := strides(0, false); few != 1 || all < 2 {
		t.Errorf("0 takes %d strides, all are %d", few, all)
	}
}

func TestTotals(t *testing.T) {
	t.Parallel()
	for _, bound := range []int64{-1, secretballot.TotalMax + 1, math.MaxInt64} {
		if _, err := secretballot.NewTotals(bound); !errors.Is(err, secretballot.ErrOverflow) {
			t.Errorf("bound %d: %v", bound, err)
		}
	}
	for _, bound := range []int64{0, 1, 255, 256, 257, 65_536, 100_000, 3_000_001} {
		search, err := secretballot.NewTotals(bound)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int64{0, 1, 2, 255, 256, 257, bound/2 + 1, bound - 1, bound, bound + 1, bound + 300, -1, math.MaxInt64} {
			hidden := times(group.ScalarOfInt(n), group.Base())
			kept := hidden.Bytes()
			got, err := search.Find(hidden)
			switch {
			case n >= 0 && n <= bound && (err != nil || got != n):
				t.Errorf("%d of at most %d is %d, %v", n, bound, got, err)
			case (n < 0 || n > bound) && !errors.Is(err, secretballot.ErrTotal):
				t.Errorf("%d of at most %d is %d, %v", n, bound, got, err)
			case string(kept) != string(hidden.Bytes()):
				t.Errorf("%d is changed by looking for it", n)
			}
			if sealed, sealedErr := search.FindSealed(hidden); sealed != got || !errors.Is(sealedErr, err) {
				t.Errorf("%d of at most %d is sealed as %d, %v", n, bound, sealed, sealedErr)
			}
		}
	}
}

// TestDecodeCiphertext: a sum is read as it was written, the sum of nothing too, and other bytes are no sum.
func TestDecodeCiphertext(t *testing.T) {
	t.Parallel()
	one := secretballot.Ciphertext{A: group.Base(), B: group.Second()}
	nothing := secretballot.Ciphertext{A: group.NewElement(), B: group.NewElement()}
	for name, c := range map[string]struct {
		raw []byte
		err error
	}{
		"a sum":             {one.Bytes(), nil},
		"the sum of none":   {nothing.Bytes(), nil},
		"one element":       {one.Bytes()[:32], secretballot.ErrSum},
		"three elements":    {append(one.Bytes(), nothing.A.Bytes()...), secretballot.ErrSum},
		"no first element":  {append(bytes.Repeat([]byte{255}, 32), one.B.Bytes()...), group.ErrElement},
		"no second element": {append(one.A.Bytes(), bytes.Repeat([]byte{255}, 32)...), group.ErrElement},
	} {
		got, err := secretballot.DecodeCiphertext(c.raw)
		if !errors.Is(err, c.err) || c.err == nil && !bytes.Equal(got.Bytes(), c.raw) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
