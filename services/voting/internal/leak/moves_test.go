package leak

import (
	"math/big"
	"testing"

	"renlin.dev/services/voting/internal/tally"
)

// verdicts publishes whether sums for the points are reached, in area and then in heads.
func verdicts(together bool, choices int, points [][]int64, least ...int64) Publication {
	p := Publication{Choices: choices, Together: together}
	for i, of := range points {
		p.Figures = append(p.Figures, Figure{[]tally.Measure{tally.Area, tally.Heads}[i%2], of, 0, least[i]})
	}
	return p
}

func asked(t *testing.T, classes []Class, p Publication) *meter {
	t.Helper()
	m, err := newMeter(classes, p, DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Given points of several kinds, when a bound by moves is sought, then there is one only where the same choices count in all figures, and
// count alike, and some do not count.
func TestMovesNeedChoicesThatCountAlike(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		points [][]int64
		many   int64
		ok     bool
	}{
		"one":               {[][]int64{{1, 0, 0}, {2, 0, 0}}, 1, true},
		"two":               {[][]int64{{0, 3, 3}}, 2, true},
		"halves":            {[][]int64{{2, 1, 0}}, 0, false},
		"halves of another": {[][]int64{{1, 1, 0}, {2, 1, 0}}, 0, false},
		"others":            {[][]int64{{1, 0, 0}, {0, 1, 0}}, 0, false},
		"more":              {[][]int64{{1, 0, 0}, {1, 1, 0}}, 0, false},
		"all":               {[][]int64{{1, 1, 1}}, 3, false},
		"none":              {[][]int64{{0, 0, 0}}, 0, false},
	} {
		m := asked(t, []Class{flats(5, 10)}, verdicts(false, 3, c.points, 1, 1))
		if many, ok := m.forMany(); ok != c.ok || ok && many != c.many {
			t.Errorf("%s: %d, %v", name, many, ok)
		}
	}
}

// Given thresholds, when it is asked whether everything can be reached, or nothing, then that is what the sums of all say.
func TestWhatIsPossible(t *testing.T) {
	t.Parallel()
	yes := []int64{1, 0}
	for name, c := range map[string]struct {
		together     bool
		area, heads  int64
		passes, fail bool
	}{
		"both by some":         {false, 20, 2, true, true},
		"just by all":          {false, 50, 5, true, true},
		"out of reach":         {false, 51, 5, false, true},
		"one is sure":          {false, 0, 2, true, false},
		"one is sure, jointly": {true, 0, 2, true, true},
		"all is sure, jointly": {true, 0, 0, true, false},
	} {
		m := asked(t, []Class{flats(5, 10)}, verdicts(c.together, 2, [][]int64{yes, yes}, c.area, c.heads))
		if passes, fails := m.possible(true), m.possible(false); passes != c.passes || fails != c.fail {
			t.Errorf("%s: %v, %v", name, passes, fails)
		}
	}
}

// Given figures that are published apart, when it is asked whether one may be reached and another not, then it cannot be where all weigh
// the same and as many ballots reach each; and then a result that says so bounds nothing.
func TestWhereFiguresMix(t *testing.T) {
	t.Parallel()
	yes := []int64{1, 0}
	equal, two := []Class{flats(5, 10)}, []Class{flats(5, 20), flats(5, 10)}
	absent := append(equal[:1:1], Class{tally.Weight{Heads: 1, Area: 99}, 5, 0})
	for name, c := range map[string]struct {
		classes     []Class
		area, heads int64
		want        bool
	}{
		"as many": {equal, 30, 3, false}, "as many, not by whole ballots": {equal, 21, 3, false}, "one more": {equal, 31, 3, true},
		"none for one": {equal, 0, 1, true}, "two sizes": {two, 30, 3, true}, "another who is absent": {absent, 30, 3, false},
	} {
		if got := asked(t, c.classes, verdicts(false, 2, [][]int64{yes, yes}, c.area, c.heads)).mixes(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for name, p := range map[string]Publication{
		"one figure": verdicts(false, 2, [][]int64{yes}, 30), "jointly": verdicts(true, 2, [][]int64{yes, yes}, 30, 4),
	} {
		if asked(t, two, p).mixes() {
			t.Error(name)
		}
	}
	m := asked(t, []Class{flats(5000, 10)}, verdicts(false, 2, [][]int64{yes, yes}, 30_000, 3000))
	if got := m.moves(0, &state{0, 1}); got.Cmp(one) != 0 {
		t.Errorf("a result that cannot be: %v", got)
	}
	if got := m.moves(0, nil); got.Cmp(one) >= 0 {
		t.Errorf("either of those that can: %v", got)
	}
	if got := asked(t, two, Publication{Choices: 4}).moves(0, nil); got.RatString() != "1/4" {
		t.Errorf("nothing is published: %v", got)
	}
}

// Given three who weigh 2 in area and 1 in heads, when sets are sought that lack more than all of them have, then there are none: of those
// that lack it in one figure or another, none in that figure, and of those that lack it in each, none at all.
func TestMovesIntoNoSet(t *testing.T) {
	t.Parallel()
	m := asked(t, []Class{flats(3, 2)}, verdicts(true, 3, [][]int64{{1, 0, 0}, {1, 0, 0}}, 4, 2))
	all := movers{many: []int64{3}, count: 3, sum: state{6, 3}, largest: state{2, 1}}
	for _, c := range []struct {
		need  state
		every bool
		want  *big.Rat
	}{
		{state{7, 2}, true, new(big.Rat)}, {state{7, 4}, false, new(big.Rat)}, {state{7, 4}, true, new(big.Rat)},
		{state{7, 2}, false, big.NewRat(3-2+1, 2)}, {state{6, 2}, true, big.NewRat(1, 3)}, {state{6, 2}, false, big.NewRat(3-2+1, 2)},
	} {
		if got := m.moved(all, c.need, -1, c.every); got == nil || got.Cmp(c.want) != 0 {
			t.Errorf("%v, every %v: %v", c.need, c.every, got)
		}
	}
	// What is needed of a figure is counted in that figure itself, and not in whole voters.
	for f, want := range []int64{3, 2} {
		if got := m.least(all, 0, 3, f); got != want {
			t.Errorf("3 of area by figure %d: %d", f, got)
		}
	}
}
