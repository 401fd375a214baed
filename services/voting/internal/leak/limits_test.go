package leak

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"renlin.dev/services/voting/internal/tally"
)

// byArea publishes the exact area that says yes, of yes and no.
func byArea() Publication {
	return Publication{Choices: 2, Figures: []Figure{{tally.Area, []int64{1, 0}, 1, 0}}}
}

// Given a question as large as may be, when it is asked, then it is not refused; and what is larger, or below nothing, is.
func TestLimitsOfQuestions(t *testing.T) {
	t.Parallel()
	good, l := []Class{flats(5, 10)}, DefaultLimits()
	figures := func(n int) (p Publication) {
		p.Choices = 2
		for range n {
			p.Figures = append(p.Figures, byArea().Figures[0])
		}
		return p
	}
	for name, c := range map[string]struct {
		classes []Class
		p       Publication
		want    error
	}{
		"as many choices as may be":         {good, Publication{Choices: ChoicesMax}, nil},
		"a choice more":                     {good, Publication{Choices: ChoicesMax + 1}, ErrPublication},
		"as many figures as may be":         {good, figures(FiguresMax), nil},
		"a figure more":                     {good, figures(FiguresMax + 1), ErrPublication},
		"as many classes as may be":         {distinct(ClassesMax, 1, 1), byArea(), nil},
		"as many voters as may be":          {[]Class{flats(VotersMax-1, 1), flats(1, 2)}, byArea(), nil},
		"heads below zero, by area":         {[]Class{{tally.Weight{Heads: -1, Area: 1}, 5, 5}}, byArea(), ErrRoll},
		"area below zero, by heads":         {[]Class{{tally.Weight{Heads: 1, Area: -1}, 5, 5}}, headsOnly(), ErrRoll},
		"less than nobody, who has nothing": {[]Class{{tally.Weight{Area: 5}, 5, -1}}, headsOnly(), ErrRoll},
		"a class that does not fit":         {[]Class{flats(VotersMax, 1<<50)}, byArea(), ErrRoll},
		"two that fit":                      {[]Class{flats(1, 1<<61), flats(1, 1<<61-1)}, byArea(), nil},
		"two that just do not":              {[]Class{flats(1, 1<<61-1), flats(1, 1<<61+1)}, byArea(), ErrRoll},
		"two that do not":                   {[]Class{flats(1, 1<<61), flats(1, 1<<61+1)}, byArea(), ErrRoll},
	} {
		if _, err := newMeter(c.classes, c.p, l); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := Choose(good, []Publication{{Choices: 1}}, l); !errors.Is(err, ErrPublication) {
		t.Errorf("a ladder with a rung of nothing: %v", err)
	}
	if _, err := After([]Class{good[0], good[0]}, byArea(), []int64{0}, l); !errors.Is(err, ErrRoll) {
		t.Errorf("a result of a class that stands there twice: %v", err)
	}
	for _, c := range []struct {
		a, b int64
		ok   bool
	}{{1 << 31, 1<<31 - 1, true}, {1 << 31, 1 << 31, false}, {1 << 31, 1<<31 + 1, false}, {1 << 40, 1 << 40, false}} {
		if _, ok := product(c.a, c.b); ok != c.ok {
			t.Errorf("%d times %d: %v", c.a, c.b, ok)
		}
	}
}

// Given a roll too large to be counted, when a result is read that it cannot have, then it is refused all the same.
func TestImpossibleResultOfManyIsRefused(t *testing.T) {
	t.Parallel()
	many := []Class{flats(20_000, 9000)}
	for _, n := range []int64{-1, 20_001} {
		if _, err := After(many, headsOnly(), []int64{n}, DefaultLimits()); !errors.Is(err, ErrResult) {
			t.Errorf("%d of 20,000: %v", n, err)
		}
	}
}

// Given a posterior that is just what is allowed, when it is judged, then nobody is pinned; and a chance is never more than certainty.
func TestAtTheLimit(t *testing.T) {
	t.Parallel()
	m, err := newMeter([]Class{flats(5, 10)}, headsOnly(), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if f := m.judged(big.NewRat(19, 20)); f.chance.Sign() != 0 {
		t.Errorf("at the limit: %v", f.chance)
	}
	if f := m.judged(big.NewRat(191, 200)); f.chance.Cmp(one) != 0 {
		t.Errorf("above it: %v", f.chance)
	}
	if chance := m.lopsided(1); chance.Cmp(one) != 0 {
		t.Errorf("one voter agrees with themself: %v", chance)
	}
}

// Given more sums than are counted, when a voter is added, then the count gives up.
func TestTooManySums(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		many int64
		ok   bool
	}{{waysMax / 2, true}, {waysMax/2 + 1, false}} {
		var ways []way
		for i := range c.many {
			ways = append(ways, way{state{2 * i}, big.NewInt(1)})
		}
		steps := []step{{state{}, big.NewInt(1)}, {state{1}, big.NewInt(1)}}
		if got, ok := times(ways, steps); ok != c.ok || ok && len(got) != waysMax {
			t.Errorf("%d sums: %d, %v", c.many, len(got), ok)
		}
	}
}

// Given somebody who counts in one figure alone, when a climb is tried, then there is none; somebody who counts in none is in nobody's way.
func TestClimbIsSpoilt(t *testing.T) {
	t.Parallel()
	homes := []Class{flats(3, 10), flats(3, 20), flats(2, 30)}
	for _, c := range []struct {
		more Class
		ok   bool
	}{
		{flats(1, 40), true}, {Class{tally.Weight{}, 2, 2}, true}, {Class{tally.Weight{Heads: 1}, 2, 2}, false},
		{Class{tally.Weight{Area: 7}, 2, 2}, false}, {Class{tally.Weight{Heads: 1, Area: 0}, 2, 0}, true},
	} {
		classes := append(homes[:3:3], c.more)
		p := Publication{Choices: 3, Together: true, Figures: []Figure{
			{tally.Area, []int64{1, 0, 0}, 0, 80}, {tally.Heads, []int64{1, 0, 0}, 0, 4},
		}}
		if _, ok := climbing(asked(t, classes, p)).up(0); ok != c.ok {
			t.Errorf("%+v: %v", c.more.Weight, ok)
		}
	}
}

// Given steps, when the lightest voter is lighter than one, then a price would rest on itself, and there is no bound.
func TestClimbByTooLargeSteps(t *testing.T) {
	t.Parallel()
	for least, want := range map[int64]bool{1: false, 2: false, 3: true, 4: true} { // any order: they do not depend on each other
		homes := []Class{flats(2, 7), flats(3, least), flats(3, 5)}
		c := climbing(asked(t, homes, verdicts(true, 3, [][]int64{{1, 0, 0}, {1, 0, 0}}, 20, 4)))
		c.step[0] = 3
		if _, ok := c.up(0); ok != want {
			t.Errorf("the lightest weighs %d: %v", least, ok)
		}
	}
}

// Given bands that will be looked at 22 times, when as many looks are left, then the climb is tried; with one less it is not.
func TestClimbThatCannotBeAfforded(t *testing.T) {
	t.Parallel()
	homes := []Class{flats(3, 10), flats(3, 20), flats(2, 30), flats(1, 40)}
	c := climbing(asked(t, homes, verdicts(true, 3, [][]int64{{1, 0, 0}, {1, 0, 0}}, 80, 4)))
	if _, ok := c.up(0); !ok {
		t.Fatal("no bound")
	}
	const times = (1+4)*4 + (1+1)*1 // by area and by heads: steps of the voter's and of the heaviest's weight, and bands
	for less, want := range []bool{true, false} {
		if c.m.looked = lookedMax - times + int64(less); c.affordable() != want {
			t.Errorf("%d looks left: %v", times-less, !want)
		}
	}
}

// Given ever more homes that all differ, when their sums are counted, then that is given up in time, the removal of each included.
func TestTooMuchWork(t *testing.T) {
	t.Parallel()
	for many, want := range map[int]bool{120: true, 180: false} { // any order: they do not depend on each other
		if _, ok := asked(t, distinct(many, 1, 1), byArea()).all(); ok != want {
			t.Errorf("%d homes: %v", many, ok)
		}
	}
	// Of 3,000 homes of one size it is plain before a third of the work is done that all of it is too much.
	m := asked(t, []Class{flats(3000, 1)}, byArea())
	if _, ok := m.all(); ok || m.work < workMax/5 || m.work > workMax/3 {
		t.Errorf("3,000 equal homes: %v after %d", ok, m.work)
	}
}

// climbing is a climb by single steps for a voter of the first class.
func climbing(m *meter) *climb {
	c := &climb{m: m, odds: big.NewRat(2, 1), order: []int{0, 1}}
	c.scale(0)
	c.step = state{1, 1}
	return c
}

// Given bands of one price, when it is asked what is moved into a set, then it is the price times what the set weighs for each of what is
// needed, nothing where the set weighs nothing, and no number beyond the dearest price.
func TestWhatIsMoved(t *testing.T) {
	t.Parallel()
	homes := []Class{flats(3, 10), flats(3, 20), flats(2, 30), flats(1, 40)}
	c := climbing(asked(t, homes, verdicts(true, 3, [][]int64{{1, 0, 0}, {1, 0, 0}}, 10, 4)))
	if _, ok := c.up(0); !ok || c.need[0] != 1 || c.all[0] != 18 {
		t.Fatalf("need %d of %d", c.need[0], c.all[0])
	}
	for _, x := range []struct {
		lacks, worth, want int64
		ok                 bool
	}{
		{0, 7, 7, true}, {-1, 7, 14, true}, {-100, 7, 18 * 7, true}, {1, 7, 0, true}, {9, 7, 0, true}, {0, 0, 0, true},
		{0, priceMax, priceMax, true}, {-1, priceMax, priceMax, false}, {-100, priceMax, priceMax, false},
	} {
		c.lost = false
		if n := c.moved(0, x.lacks, func(*band) int64 { return x.worth }); c.lost == x.ok || n != x.want {
			t.Errorf("lacks %d, worth %d: %d, lost %v", x.lacks, x.worth, n, c.lost)
		}
	}
	// As much as all the others have together is enough of them.
	for least, want := range map[int64]bool{180: true, 190: false} { // any order: they do not depend on each other
		if _, ok := climbing(asked(t, homes, verdicts(true, 3, [][]int64{{1, 0, 0}, {1, 0, 0}}, least, 4))).up(0); ok != want {
			t.Errorf("%d of 180: %v", least, ok)
		}
	}
}

// Given prices up to the dearest that is reckoned with, when they are rounded up, then they are; and beyond it the bound is lost.
func TestDearestPrice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		x  *big.Rat
		ok bool
	}{
		{big.NewRat(priceMax, 1), true}, {big.NewRat(2*priceMax-1, 2), true}, {big.NewRat(priceMax+1, 1), false},
		{big.NewRat(2*priceMax+1, 2), false}, {new(big.Rat).SetFrac(new(big.Int).Lsh(big.NewInt(1), 64), big.NewInt(1)), false},
	} {
		var climb climb
		if n := climb.ceil(c.x); climb.lost == c.ok || n != priceMax {
			t.Errorf("%v: %d, lost %v", c.x, n, climb.lost)
		}
	}
}

// Given a histogram, when everybody weighs the same, then what is said is exact; and figures that come round, or a bad roll, are refused.
func TestHistogramAtItsLimits(t *testing.T) {
	t.Parallel()
	roll, h := []Class{flats(10, 9000)}, Histogram{tally.Heads, 3}
	if r, err := BeforeHistogram(roll, h, DefaultLimits()); err != nil || !r.Exact {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := AfterHistogram(roll, h, []int64{4, 3, 3}, DefaultLimits()); err != nil || !r.Exact {
		t.Errorf("%+v, %v", r, err)
	}
	for _, result := range [][]int64{{-1, 11, 0}, {math.MaxInt64, math.MaxInt64, 12}} {
		if _, err := AfterHistogram(roll, h, result, DefaultLimits()); !errors.Is(err, ErrResult) {
			t.Errorf("%v: %v", result, err)
		}
	}
	bad := []Class{{tally.Weight{Heads: 1}, 1, 2}}
	if _, err := BeforeHistogram(bad, h, DefaultLimits()); !errors.Is(err, ErrRoll) {
		t.Errorf("more than the roll: %v", err)
	}
	// The heavy ones have chosen one way: of a light one nothing more than certainty can be known.
	joint := []Class{flats(5, 9000), {tally.Weight{Heads: 9}, 5, 5}}
	r, err := AfterHistogram(joint, h, []int64{46, 2, 2}, DefaultLimits())
	if err != nil || r.Classes[0].PosteriorMicros != 1_000_000 || r.PosteriorMicros != 1_000_000 {
		t.Errorf("%+v, %v", r, err)
	}
}
