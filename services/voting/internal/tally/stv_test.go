package tally

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plainPaper is a ballot in the plain count: what is left of its ranking is found anew each time.
type plainPaper struct {
	tiers [][]uint32
	value *big.Rat
}

// plainSTV counts from nothing at every stage: papers carry their value, and go to the first option that is still in the running.
func plainSTV(options, seats uint32, rankings []Ranking) []uint32 {
	var papers []plainPaper
	valid := new(big.Rat)
	for _, r := range rankings {
		if len(r.Tiers) > 0 {
			papers = append(papers, plainPaper{r.Tiers, big.NewRat(r.Weight, 1)})
			valid.Add(valid, big.NewRat(r.Weight, 1))
		}
	}
	quota := new(big.Rat).Quo(valid, big.NewRat(int64(seats)+1, 1))
	running, elected, waiting := map[uint32]bool{}, []uint32{}, []uint32{}
	for o := range options {
		running[o] = true
	}
	// at answers for whom a paper counts when those in the running and one more are looked at.
	at := func(p plainPaper, more ...uint32) (uint32, bool) {
		for _, tier := range p.tiers {
			in := slices.DeleteFunc(slices.Clone(tier), func(o uint32) bool { return !running[o] && !slices.Contains(more, o) })
			if len(in) > 0 {
				return in[0], len(in) == 1
			}
		}
		return 0, false
	}
	// An elected option keeps the papers it had when it was elected, until its surplus is transferred.
	held := map[uint32][]int{}
	for {
		totals := map[uint32]*big.Rat{}
		for o := range options {
			totals[o] = new(big.Rat)
		}
		piles := map[uint32][]int{}
		for i, p := range papers {
			if slices.ContainsFunc(elected, func(o uint32) bool { return slices.Contains(held[o], i) }) {
				continue
			}
			if o, counts := at(p); counts {
				totals[o].Add(totals[o], p.value)
				piles[o] = append(piles[o], i)
			}
		}
		for _, o := range waiting {
			for _, i := range held[o] {
				totals[o].Add(totals[o], papers[i].value)
			}
		}
		var over, rest []uint32
		for o := range options {
			if running[o] && totals[o].Sign() > 0 {
				rest = append(rest, o)
			}
			if running[o] && totals[o].Cmp(quota) > 0 {
				over = append(over, o)
			}
		}
		if len(runningOf(running))+len(elected) <= int(seats) {
			over = rest
		}
		slices.SortStableFunc(over, func(a, b uint32) int { return totals[b].Cmp(totals[a]) })
		for _, o := range over {
			delete(running, o)
			elected = append(elected, o)
			held[o] = piles[o]
			if totals[o].Cmp(quota) > 0 {
				waiting = append(waiting, o)
			}
		}
		if len(elected) == int(seats) || len(running) == 0 {
			return elected
		}
		if len(waiting) > 0 {
			best := waiting[0]
			for _, o := range waiting {
				if by := totals[o].Cmp(totals[best]); by > 0 || by == 0 && o < best {
					best = o
				}
			}
			keep := new(big.Rat).Sub(totals[best], quota)
			keep.Quo(keep, totals[best])
			for _, i := range held[best] {
				papers[i].value = new(big.Rat).Mul(papers[i].value, keep)
			}
			waiting = slices.DeleteFunc(waiting, func(o uint32) bool { return o == best })
			delete(held, best)
			continue
		}
		in := runningOf(running)
		worst := in[0]
		for _, o := range in {
			if totals[o].Cmp(totals[worst]) <= 0 {
				worst = o
			}
		}
		delete(running, worst)
	}
}

// runningOf answers the options in the running, ascending.
func runningOf(running map[uint32]bool) []uint32 {
	var in []uint32
	for o := range uint32(10) {
		if running[o] {
			in = append(in, o)
		}
	}
	return in
}

func TestSingleTransferableByPlainCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options, rankings := rankingCase(t)
		seats := rapid.Uint32Range(1, options).Draw(t, "seats")
		got, err := SingleTransferable(options, seats, rankings, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := plainSTV(options, seats, rankings); !slices.Equal(want, got.Winners) {
			t.Fatalf("got %v, plainly %v", got.Winners, want)
		}
		// Nothing is lost: what stands, what is kept by the elected, and what rests make up the valid weight.
		valid, kept := new(big.Rat), new(big.Rat)
		for _, r := range rankings {
			if len(r.Tiers) > 0 {
				valid.Add(valid, big.NewRat(r.Weight, 1))
			}
		}
		quota, _ := new(big.Rat).SetString(got.Quota)
		for _, s := range got.Stages {
			sum := new(big.Rat).Set(kept)
			for _, text := range append(slices.Clone(valuesOf(s)), s.Resting) {
				v, _ := new(big.Rat).SetString(text)
				sum.Add(sum, v)
			}
			if sum.Cmp(valid) != 0 {
				t.Fatalf("a stage counts %s of %s", sum, valid)
			}
			if len(s.Surplus) > 0 {
				kept.Add(kept, quota)
			}
			for _, o := range s.Elected { // with no surplus it keeps what it has
				at := slices.IndexFunc(s.Totals, func(v OptionValue) bool { return v.Option == o })
				if v, _ := new(big.Rat).SetString(s.Totals[at].Value); v.Cmp(quota) <= 0 {
					kept.Add(kept, v)
				}
			}
		}
	})
}

func valuesOf(s Stage) []string {
	var out []string
	for _, t := range s.Totals {
		out = append(out, t.Value)
	}
	return out
}

// TestSolidCoalitions: voters who all put the same options first, in whatever order, and are more than k quotas, elect k of them.
func TestSolidCoalitions(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seats := rapid.Uint32Range(1, 3).Draw(t, "seats")
		var rankings []Ranking
		var solid, all int64
		for range rapid.IntRange(1, 10).Draw(t, "rankings") {
			weight := rapid.Int64Range(1, 9).Draw(t, "weight")
			ours, theirs := rapid.Permutation([]uint32{0, 1, 2}).Draw(t, "ours"), rapid.Permutation([]uint32{3, 4}).Draw(t, "theirs")
			if all += weight; rapid.Bool().Draw(t, "solid") {
				solid += weight
				rankings = append(rankings, ranks(weight, append(ours, theirs...)...))
			} else {
				rankings = append(rankings, ranks(weight, append(theirs, ours...)...))
			}
		}
		got, err := SingleTransferable(5, seats, rankings, nil)
		if err != nil {
			t.Fatal(err)
		}
		won := int64(len(slices.DeleteFunc(slices.Clone(got.Winners), func(o uint32) bool { return o > 2 })))
		for k := int64(1); k <= min(3, int64(seats)); k++ {
			if solid*(int64(seats)+1) > k*all && won < k {
				t.Fatalf("%d of %d are solid for three options, but %d of them are elected", solid, all, won)
			}
		}
	})
}

func TestSingleTransferableStepByStep(t *testing.T) {
	t.Parallel()
	// 20 ballots, two seats, quota 20/3: 0 is elected with 12, and its surplus of 16/3 goes on, 4/9 of each ballot.
	got, err := SingleTransferable(4, 2, []Ranking{ranks(4, 0, 1), ranks(8, 0, 2), ranks(5, 3), ranks(3, 1)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Transferable{
		Winners: []uint32{0, 3}, Quota: "20/3",
		Stages: []Stage{
			{
				Totals: []OptionValue{{0, "12"}, {1, "3"}, {2, "0"}, {3, "5"}}, Resting: "0", Elected: []uint32{0},
				Surplus: []uint32{0}, Kept: "4/9",
			},
			{Totals: []OptionValue{{1, "43/9"}, {2, "32/9"}, {3, "5"}}, Resting: "0", Elected: []uint32{}, Out: []uint32{2}},
			{Totals: []OptionValue{{1, "43/9"}, {3, "5"}}, Resting: "32/9", Elected: []uint32{}, Out: []uint32{1}},
			{Totals: []OptionValue{{3, "5"}}, Resting: "25/3", Elected: []uint32{3}},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, c := range map[string]struct {
		options, seats uint32
		order          Order
	}{
		"no seats": {2, 0, nil}, "more seats than options": {2, 3, nil}, "an order that is none": {2, 1, Order{1, 1}},
		"no options": {0, 0, nil},
	} {
		if _, err := SingleTransferable(c.options, c.seats, nil, c.order); !errors.Is(err, ErrRuleMalformed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestSingleTransferableEnds: once every seat is given nothing goes on: no surplus, and nobody out.
func TestSingleTransferableEnds(t *testing.T) {
	t.Parallel()
	got, err := SingleTransferable(3, 1, []Ranking{ranks(6, 0, 1), ranks(3, 1), ranks(2, 2)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := Transferable{Winners: []uint32{0}, Quota: "11/2", Stages: []Stage{
		{Totals: []OptionValue{{0, "6"}, {1, "3"}, {2, "2"}}, Resting: "0", Elected: []uint32{0}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
