package tally

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plainOver compares two options on every ranking by their places.
func plainOver(options uint32, rankings []Ranking) [][]int64 {
	over := square(options)
	place := func(r Ranking, o uint32) int {
		for i, tier := range r.Tiers {
			if slices.Contains(tier, o) {
				return i
			}
		}
		return len(r.Tiers)
	}
	for _, r := range rankings {
		for a := range options {
			for b := range options {
				if place(r, a) < place(r, b) {
					over[a][b] += r.Weight
				}
			}
		}
	}
	return over
}

// bestPath finds the strongest way from a to b by trying every one.
func bestPath(over [][]int64, a, b uint32, strength int64, been []uint32) int64 {
	if a == b {
		return strength
	}
	var best int64
	for next := range uint32(len(over)) {
		if !slices.Contains(been, next) && over[a][next] > over[next][a] {
			best = max(best, bestPath(over, next, b, min(strength, over[a][next]), append(slices.Clone(been), next)))
		}
	}
	return best
}

// reaches is the second way to the same: a path of strength s exists if b is reached over victories of s votes at least.
func reaches(over [][]int64, a, b uint32, s int64) bool {
	seen := map[uint32]bool{a: true}
	for queue := []uint32{a}; len(queue) > 0; queue = queue[1:] {
		for next := range uint32(len(over)) {
			if won := over[queue[0]][next]; !seen[next] && won > over[next][queue[0]] && won >= s {
				seen[next] = true
				queue = append(queue, next)
			}
		}
	}
	return seen[b]
}

// TestSchulzeTwice holds the comparisons to plain ones, and the paths to two other ways of finding them.
func TestSchulzeTwice(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options, rankings := rankingCase(t)
		winners, p, ties, err := Schulze(options, rankings, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(plainOver(options, rankings), p.Over); diff != "" {
			t.Fatal(diff)
		}
		var unbeaten []uint32
		for a := range options {
			beaten := false
			for b := range options {
				if a == b {
					continue
				}
				there, back := bestPath(p.Over, a, b, math.MaxInt64, []uint32{a}), bestPath(p.Over, b, a, math.MaxInt64, []uint32{b})
				beaten = beaten || back > there
				if p.Paths[a][b] != there || (there > 0) != reaches(p.Over, a, b, max(there, 1)) || reaches(p.Over, a, b, there+1) {
					t.Fatalf("path from %d to %d: %d, by trying all %d", a, b, p.Paths[a][b], there)
				}
			}
			if !beaten {
				unbeaten = append(unbeaten, a)
			}
		}
		if !slices.Equal(unbeaten, p.Unbeaten) {
			t.Fatalf("unbeaten %v, want %v", p.Unbeaten, unbeaten)
		}
		if !silent(rankings) && (!slices.Equal(winners, unbeaten[:1]) || (len(ties) > 0) != (len(unbeaten) > 1)) {
			t.Fatalf("winners %v, ties %v of %v", winners, ties, unbeaten)
		}
		if len(ties) > 0 && !ties[0].Decisive {
			t.Fatal("a tie of the unbeaten decides who wins")
		}
	})
}

// TestCondorcetWinnerWins: who beats every other wins by Schulze and by Copeland.
func TestCondorcetWinnerWins(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options, rankings := rankingCase(t)
		_, p, _, err := Schulze(options, rankings, nil)
		if err != nil {
			t.Fatal(err)
		}
		best, exists := p.CondorcetWinner()
		if !exists || silent(rankings) {
			return
		}
		schulze, _, _, err1 := Schulze(options, rankings, nil)
		copeland, pairs, _, err2 := Copeland(options, rankings, nil)
		if err := errors.Join(err1, err2); err != nil || !slices.Equal(schulze, []uint32{best}) || !slices.Equal(copeland, []uint32{best}) {
			t.Fatalf("%d beats all, but %v and %v win, %v", best, schulze, copeland, err)
		}
		var sum int64
		for _, halves := range pairs.Halves {
			sum += halves
		}
		if sum != int64(options)*int64(options-1) {
			t.Fatalf("%d half points for %d options", sum, options)
		}
	})
}

// TestBordaIsAllComparisons: the points of an option are what it has over all others together.
func TestBordaIsAllComparisons(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options, rankings := rankingCase(t)
		points, err := Borda(options, rankings)
		if err != nil {
			t.Fatal(err)
		}
		for a, row := range plainOver(options, rankings) {
			var sum int64
			for _, n := range row {
				sum += n
			}
			if sum != points[a] {
				t.Fatalf("option %d has %d points, and %d over the others", a, points[a], sum)
			}
		}
	})
}

// TestClones: an option that stands right behind another on every ranking takes its place or leaves it, and changes nothing else, by
// Schulze and by instant run-off.
func TestClones(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var rankings, cloned []Ranking
		const clone = 3 // of option 2
		for range rapid.IntRange(1, 9).Draw(t, "rankings") {
			order := rapid.Permutation([]uint32{0, 1, 2}).Draw(t, "order")
			weight := rapid.Int64Range(1, 50).Draw(t, "weight")
			rankings = append(rankings, ranks(weight, order...))
			cloned = append(cloned, ranks(weight, slices.Insert(slices.Clone(order), slices.Index(order, 2)+1, clone)...))
		}
		before, p, ties, err1 := Schulze(3, rankings, nil)
		after, q, _, err2 := Schulze(4, cloned, nil)
		if err := errors.Join(err1, err2); err != nil || (len(ties) == 0 && before[0] != after[0]) {
			t.Fatalf("%v without the clone, %v with it (%v, %v), %v", before, after, p, q, err)
		}
		one, err1 := InstantRunoff(3, rankings, nil)
		two, err2 := InstantRunoff(4, cloned, nil)
		if err := errors.Join(err1, err2); err != nil || (len(one.Ties) == 0 && one.Winners[0] != two.Winners[0]) {
			t.Fatalf("run-off: %v without the clone, %v with it, %v", one.Winners, two.Winners, err)
		}
	})
}

// TestTennessee is the textbook's: four cities, and what each rule makes of the same ballots.
func TestTennessee(t *testing.T) {
	t.Parallel()
	const memphis, nashville, chattanooga, knoxville = 0, 1, 2, 3
	rankings := []Ranking{
		ranks(42, memphis, nashville, chattanooga, knoxville), ranks(26, nashville, chattanooga, knoxville, memphis),
		ranks(15, chattanooga, knoxville, nashville, memphis), ranks(17, knoxville, chattanooga, nashville, memphis),
	}
	schulze, p, _, err1 := Schulze(4, rankings, nil)
	copeland, c, _, err2 := Copeland(4, rankings, nil)
	runoff, err3 := InstantRunoff(4, rankings, nil)
	borda, err4 := Borda(4, rankings)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(schulze, []uint32{nashville}) || !slices.Equal(copeland, schulze) || !slices.Equal(runoff.Winners, []uint32{knoxville}) {
		t.Errorf("%v, %v, %v", schulze, copeland, runoff.Winners)
	}
	if diff := cmp.Diff([]int64{126, 194, 173, 107}, borda) + cmp.Diff([]int64{0, 6, 4, 2}, c.Halves); diff != "" || p.Over[1][0] != 58 {
		t.Error(diff)
	}
}

func TestPairsRefuse(t *testing.T) {
	t.Parallel()
	if _, err := Compare(CondorcetOptionsMax+1, nil); !errors.Is(err, ErrOptionsMany) {
		t.Errorf("cubic work for %d options: %v", CondorcetOptionsMax+1, err)
	}
	if _, _, _, err := Schulze(2, []Ranking{ranks(1, 7)}, nil); !errors.Is(err, ErrRuleMalformed) {
		t.Errorf("an unknown option: %v", err)
	}
	if _, _, _, err := Copeland(2, nil, Order{0, 0}); !errors.Is(err, ErrRuleMalformed) {
		t.Errorf("an order that is none: %v", err)
	}
	if _, err := Borda(1000, []Ranking{ranks(math.MaxInt64/10, 3)}); !errors.Is(err, ErrSumOverflow) {
		t.Errorf("too many points: %v", err)
	}
	if _, err := Borda(RankedOptionsMax+1, nil); !errors.Is(err, ErrOptionsMany) {
		t.Errorf("too many options: %v", err)
	}
}
