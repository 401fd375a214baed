package tally

import (
	"errors"
	"maps"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// ranks makes a ranking of single options.
func ranks(weight int64, options ...uint32) Ranking { return Rank(Ballot{Choices: options}, weight) }

// outcome is a run-off without the word on its ties.
type outcome struct {
	Winners []uint32
	Rounds  []Round
}

func TestInstantRunoff(t *testing.T) {
	t.Parallel()
	equal := func(weight int64, tiers ...[]uint32) Ranking { return Ranking{Tiers: tiers, Weight: weight} }
	cases := map[string]struct {
		options  uint32
		rankings []Ranking
		want     outcome
	}{
		"nobody voted": {2, nil, outcome{[]uint32{}, []Round{{Totals: []OptionTotal{{0, 0}, {1, 0}}}}}},
		"alone":        {1, []Ranking{ranks(3, 0), ranks(2)}, outcome{[]uint32{0}, []Round{{Totals: []OptionTotal{{0, 3}}, Resting: 2}}}},
		"alone and unwanted": {
			1, []Ranking{ranks(2)}, outcome{[]uint32{}, []Round{{Totals: []OptionTotal{{0, 0}}, Resting: 2}}},
		},
		"second choices decide": {
			3, []Ranking{ranks(4, 0), ranks(3, 1), ranks(2, 2, 1)},
			outcome{[]uint32{1}, []Round{
				{Totals: []OptionTotal{{0, 4}, {1, 3}, {2, 2}}, Out: []uint32{2}}, {Totals: []OptionTotal{{0, 4}, {1, 5}}},
			}},
		},
		"of equals at the bottom the highest id goes": {
			3, []Ranking{ranks(4, 0), ranks(2, 1, 0), ranks(2, 2, 1)},
			outcome{[]uint32{0}, []Round{
				{Totals: []OptionTotal{{0, 4}, {1, 2}, {2, 2}}, Out: []uint32{2}, Tied: []uint32{1, 2}},
				{Totals: []OptionTotal{{0, 4}, {1, 4}}, Tied: []uint32{0, 1}},
			}},
		},
		"equals rest and wake": {
			3, []Ranking{ranks(4, 0), equal(3, []uint32{1, 2}), ranks(2, 1)},
			outcome{[]uint32{1}, []Round{
				{Totals: []OptionTotal{{0, 4}, {1, 2}, {2, 0}}, Resting: 3, Out: []uint32{2}}, {Totals: []OptionTotal{{0, 4}, {1, 5}}},
			}},
		},
		"equals to the end count for nobody": {
			2, []Ranking{equal(9, []uint32{0, 1}), ranks(1, 1)},
			outcome{[]uint32{1}, []Round{{Totals: []OptionTotal{{0, 0}, {1, 1}}, Resting: 9}}},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := InstantRunoff(c.options, c.rankings, nil)
			if diff := cmp.Diff(c.want, outcome{got.Winners, got.Rounds}); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	}
}

func TestInstantRunoffRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		options  uint32
		rankings []Ranking
		want     error
	}{
		"no options":      {0, nil, ErrRuleMalformed},
		"unknown option":  {2, []Ranking{ranks(1, 2)}, ErrRuleMalformed},
		"ranked twice":    {2, []Ranking{{Tiers: [][]uint32{{1}, {0, 1}}, Weight: 1}}, ErrRuleMalformed},
		"negative weight": {2, []Ranking{ranks(-1, 0)}, ErrWeightNegative},
		"overflow":        {2, []Ranking{ranks(math.MaxInt64, 0), ranks(1, 1)}, ErrSumOverflow},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := InstantRunoff(c.options, c.rankings, nil); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// rankingCase draws rankings of strict orders, incomplete ones among them, with some options held equal.
func rankingCase(t *rapid.T) (options uint32, rankings []Ranking) {
	n := rapid.IntRange(1, 5).Draw(t, "options")
	for range rapid.IntRange(0, 8).Draw(t, "rankings") {
		order := rapid.Permutation([]uint32{0, 1, 2, 3, 4}[:n]).Draw(t, "order")
		order = order[:rapid.IntRange(0, n).Draw(t, "length")]
		r := Ranking{Weight: rapid.Int64Range(0, 3).Draw(t, "weight")}
		for len(order) > 0 {
			tier := min(len(order), rapid.SampledFrom([]int{1, 1, 1, 2}).Draw(t, "tier"))
			r.Tiers = append(r.Tiers, order[:tier])
			order = order[tier:]
		}
		rankings = append(rankings, r)
	}
	return uint32(n), rankings
}

// bruteRunoff answers the winner by deleting the eliminated from the ballots themselves and counting from nothing each round: another way
// to the same rule, with maps and recursion where the other has cursors.
func bruteRunoff(standing []uint32, ballots []Ranking) []uint32 {
	totals := map[uint32]int64{}
	for _, b := range ballots {
		if len(b.Tiers) > 0 && len(b.Tiers[0]) == 1 {
			totals[b.Tiers[0][0]] += b.Weight
		}
	}
	best, worst := standing[0], standing[0]
	for _, o := range standing {
		if totals[o] > totals[best] {
			best = o
		}
		if totals[o] <= totals[worst] {
			worst = o
		}
	}
	if len(standing) <= 2 {
		if totals[best] == 0 {
			return []uint32{}
		}
		return []uint32{best}
	}
	var rest []Ranking
	for _, b := range ballots {
		kept := Ranking{Weight: b.Weight}
		for _, tier := range b.Tiers {
			if tier = slices.DeleteFunc(slices.Clone(tier), func(o uint32) bool { return o == worst }); len(tier) > 0 {
				kept.Tiers = append(kept.Tiers, tier)
			}
		}
		rest = append(rest, kept)
	}
	return bruteRunoff(slices.DeleteFunc(slices.Clone(standing), func(o uint32) bool { return o == worst }), rest)
}

func TestInstantRunoffByBruteForce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options, rankings := rankingCase(t)
		all := []uint32{0, 1, 2, 3, 4}[:options]
		got, err := InstantRunoff(options, rankings, nil)
		if err != nil {
			t.Fatal(err)
		}
		if want := bruteRunoff(all, rankings); !slices.Equal(got.Winners, want) {
			t.Fatalf("got %v, brute force %v", got.Winners, want)
		}
		var weight int64
		for _, r := range rankings {
			weight += r.Weight
		}
		for i, round := range got.Rounds {
			sum := round.Resting
			for _, o := range round.Totals {
				sum += o.Total
			}
			if sum != weight || len(round.Totals) != int(options)-i {
				t.Fatalf("round %d counts %d of %d", i+1, sum, weight)
			}
		}
	})
}

func TestInstantRunoffIgnoresTheOrderOfBallots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options, rankings := rankingCase(t)
		first, err := InstantRunoff(options, rankings, nil)
		if err != nil {
			t.Fatal(err)
		}
		second, err := InstantRunoff(options, rapid.Permutation(rankings).Draw(t, "shuffled"), nil)
		if diff := cmp.Diff(first, second); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

// TestMajorityWins: whoever is first on more than half of all strict ballots wins.
func TestMajorityWins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		first, all := map[uint32]int64{}, int64(0)
		var rankings []Ranking
		for range rapid.IntRange(1, 9).Draw(t, "rankings") {
			order := rapid.Permutation([]uint32{0, 1, 2, 3}).Draw(t, "order")
			rankings = append(rankings, ranks(1, order...))
			first[order[0]]++
			all++
		}
		got, err := InstantRunoff(4, rankings, nil)
		if err != nil {
			t.Fatal(err)
		}
		for o := range maps.Keys(first) {
			if 2*first[o] > all && !slices.Equal(got.Winners, []uint32{o}) {
				t.Fatalf("%d has %d of %d first places, but %v won", o, first[o], all, got.Winners)
			}
		}
	})
}
