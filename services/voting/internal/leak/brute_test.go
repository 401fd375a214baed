package leak

import (
	"errors"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/services/voting/internal/tally"
)

// attacker fills in the ballots of all who took part in every way, and knows nothing else of the meter.
type attacker struct {
	classes []Class
	p       Publication
	// ways of each publication, and those of them in which a voter of a class made a choice.
	ways map[state]int64
	made map[state][][]int64
	all  int64
}

func newAttacker(classes []Class, p Publication) *attacker {
	a := &attacker{classes: classes, p: p, ways: map[state]int64{}, made: map[state][][]int64{}}
	var voters []int
	for i, c := range classes {
		for range c.Took {
			voters = append(voters, i)
		}
	}
	choices := make([]int, len(voters))
	for {
		a.note(voters, choices)
		i := 0
		for ; i < len(choices); i++ {
			if choices[i]++; choices[i] < p.Choices {
				break
			}
			choices[i] = 0
		}
		if i == len(choices) {
			return a
		}
	}
}

// note books one way. The first voter of each class stands for all of it.
func (a *attacker) note(voters, choices []int) {
	var cell state
	together := true
	for f, figure := range a.p.Figures {
		sum := int64(0)
		for i, v := range voters {
			sum += figure.Points[choices[i]] * a.classes[v].Weight.Of(figure.Measure)
		}
		switch {
		case figure.Width > 0:
			cell[f] = sum / figure.Width
		case sum >= figure.AtLeast:
			cell[f] = 1
		default:
			together = false
		}
	}
	if a.p.Together {
		if cell = (state{}); together {
			cell[0] = 1
		}
	}
	if a.made[cell] == nil {
		for range a.classes {
			a.made[cell] = append(a.made[cell], make([]int64, a.p.Choices))
		}
	}
	a.ways[cell]++
	a.all++
	seen := make([]bool, len(a.classes))
	for i, v := range voters {
		if !seen[v] {
			a.made[cell][v][choices[i]]++
			seen[v] = true
		}
	}
}

// posterior is the greatest one of a class in a publication.
func (a *attacker) posterior(cell state, class int) *big.Rat {
	worst := int64(0)
	for _, n := range a.made[cell][class] {
		worst = max(worst, n)
	}
	return big.NewRat(worst, a.ways[cell])
}

// chance is how likely a publication is that pins the class, or any if class is below zero.
func (a *attacker) chance(class int, most *big.Rat) *big.Rat {
	sum := int64(0)
	for cell, n := range a.ways {
		pinned := false
		for i, c := range a.classes {
			pinned = pinned || c.Took > 0 && (i == class || class < 0) && a.posterior(cell, i).Cmp(most) > 0
		}
		if pinned {
			sum += n
		}
	}
	return big.NewRat(sum, a.all)
}

// result is a cell as After reads it.
func (a *attacker) result(cell state) []int64 {
	if a.p.Together {
		return cell[:1]
	}
	return cell[:len(a.p.Figures)]
}

// drawRoll draws a small roll of distinct weights.
func drawRoll(t *rapid.T, votersMax int) []Class {
	left := rapid.IntRange(0, votersMax).Draw(t, "voters")
	seen := map[tally.Weight]bool{}
	var classes []Class
	for left > 0 {
		w := tally.Weight{Heads: rapid.Int64Range(0, 2).Draw(t, "heads"), Area: rapid.Int64Range(0, 9).Draw(t, "area")}
		took := rapid.IntRange(0, left).Draw(t, "took")
		if !seen[w] {
			classes = append(classes, Class{w, int64(took) + 1, int64(took)})
		}
		seen[w], left = true, left-max(took, 1)
	}
	return classes
}

// drawFigure draws a figure of any kind.
func drawFigure(t *rapid.T, choices int, coarse bool) Figure {
	f := Figure{Measure: rapid.SampledFrom([]tally.Measure{tally.Heads, tally.Area}).Draw(t, "measure")}
	for range choices {
		f.Points = append(f.Points, rapid.SampledFrom([]int64{0, 0, 1, 1, 3}).Draw(t, "points"))
	}
	if coarse || rapid.Bool().Draw(t, "threshold") {
		f.AtLeast = rapid.Int64Range(0, 40).Draw(t, "at_least")
		return f
	}
	f.Width = rapid.SampledFrom([]int64{1, 1, 2, 7}).Draw(t, "width")
	return f
}

// drawPublication draws totals and thresholds of all kinds.
func drawPublication(t *rapid.T, coarse bool) Publication {
	p := Publication{Choices: rapid.IntRange(2, 3).Draw(t, "choices")}
	for range rapid.IntRange(0, 3).Draw(t, "figures") {
		p.Figures = append(p.Figures, drawFigure(t, p.Choices, coarse))
	}
	p.Together = len(p.Figures) > 0 && p.coarse() && rapid.Bool().Draw(t, "together")
	return p
}

// drawVerdict draws thresholds for the same choices, as requirements are.
func drawVerdict(t *rapid.T) Publication {
	p := Publication{Choices: rapid.IntRange(2, 3).Draw(t, "choices"), Together: rapid.Bool().Draw(t, "together")}
	for i := range rapid.IntRange(1, 2).Draw(t, "figures") {
		f := Figure{Measure: []tally.Measure{tally.Area, tally.Heads}[i], Points: make([]int64, p.Choices)}
		f.Points[0] = rapid.Int64Range(1, 2).Draw(t, "points")
		f.AtLeast = rapid.Int64Range(0, 50).Draw(t, "at_least")
		p.Figures = append(p.Figures, f)
	}
	return p
}

// against compares the meter's findings with the attacker's.
func against(t *rapid.T, a *attacker, limits Limits) {
	m, err := newMeter(a.classes, a.p, limits)
	if err != nil {
		t.Fatal(err)
	}
	most := limits.PosteriorMax.rat()
	exact, ok := m.count(nil)
	if !ok {
		t.Fatal("a small roll was too dear")
	}
	bounds := m.boundBefore()
	for i, c := range a.classes {
		if c.Took == 0 {
			continue
		}
		worst := new(big.Rat)
		for cell := range a.ways {
			if p := a.posterior(cell, i); p.Cmp(worst) > 0 {
				worst = p
			}
		}
		if chance := a.chance(i, most); exact[i].posterior.Cmp(worst) != 0 || exact[i].chance.Cmp(chance) != 0 {
			t.Fatalf("class %d: counted %v and %v, the attacker %v and %v", i, exact[i].posterior, exact[i].chance, worst, chance)
		} else if bounds[i].posterior.Cmp(worst) < 0 || bounds[i].chance.Cmp(chance) < 0 {
			t.Fatalf("class %d: bounded by %v and %v, the attacker %v and %v", i, bounds[i].posterior, bounds[i].chance, worst, chance)
		}
	}
	if got := exact[len(a.classes)].chance; got.Cmp(a.chance(-1, most)) != 0 {
		t.Fatalf("chance of all %v, the attacker %v", got, a.chance(-1, most))
	}
	for cell := range a.ways {
		exact, _ := m.count(&cell)
		bounds := m.boundAfter(cell)
		for i, c := range a.classes {
			if c.Took == 0 {
				continue
			}
			p := a.posterior(cell, i)
			if exact[i].posterior.Cmp(p) != 0 || bounds[i].posterior.Cmp(p) < 0 {
				t.Fatalf("%v, class %d: counted %v, bounded by %v, the attacker %v", cell, i, exact[i].posterior, bounds[i].posterior, p)
			}
		}
		if _, err := After(a.classes, a.p, a.result(cell), limits); err != nil {
			t.Fatal(err)
		}
	}
}

// The attacker never knows more than the meter says, and the exact count says just what the attacker knows.
func TestAttackerBeatsNoBound(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := Ratio{rapid.Int64Range(11, 19).Draw(t, "most"), 20}
		limits := Limits{1, most, Ratio{1, 100}}
		against(t, newAttacker(drawRoll(t, 7), drawPublication(t, false)), limits)
	})
}

// The same where the bounds of pass and fail are at work, with more voters.
func TestAttackerBeatsNoMove(t *testing.T) {
	t.Parallel()
	shown := 0
	rapid.Check(t, func(t *rapid.T) {
		a := newAttacker(drawRoll(t, 8), drawVerdict(t))
		against(t, a, Limits{1, Ratio{rapid.Int64Range(11, 19).Draw(t, "most"), 20}, Ratio{0, 1}})
		m, _ := newMeter(a.classes, a.p, DefaultLimits())
		for i, b := range m.boundBefore() {
			if a.classes[i].Took > 0 && b.posterior.Cmp(one) < 0 {
				shown++
			}
		}
	})
	if shown < 20 {
		t.Errorf("the bound said something %d times only", shown)
	}
}

// A climb in any order, and by steps of any length, says no less than the attacker knows of a poll that has passed.
func TestAttackerBeatsNoClimb(t *testing.T) {
	t.Parallel()
	shown := 0
	rapid.Check(t, func(t *rapid.T) {
		var classes []Class
		for i := range rapid.IntRange(2, 4).Draw(t, "classes") {
			w := tally.Weight{Heads: rapid.Int64Range(1, 3).Draw(t, "heads"), Area: 100*int64(i) + rapid.Int64Range(1, 9).Draw(t, "area")}
			many := rapid.Int64Range(1, 3).Draw(t, "took")
			w.Area %= 10
			if slices.ContainsFunc(classes, func(c Class) bool { return c.Weight == w }) || w.Area == 0 {
				continue
			}
			classes = append(classes, Class{w, many, many})
		}
		p := Publication{Choices: rapid.IntRange(2, 3).Draw(t, "choices"), Together: true}
		yes := []int64{1, 0, 0}[:p.Choices]
		p.Figures = []Figure{
			{tally.Area, yes, 0, rapid.Int64Range(1, 30).Draw(t, "area")}, {tally.Heads, yes, 0, rapid.Int64Range(1, 12).Draw(t, "heads")},
		}
		m, err := newMeter(classes, p, DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		a, passed := newAttacker(classes, p), state{1}
		for class := range classes {
			for first := range 2 {
				c := &climb{m: m, odds: big.NewRat(int64(p.Choices-1), 1), order: []int{first, 1 - first}}
				c.scale(class)
				c.step = state{rapid.Int64Range(1, 3).Draw(t, "step"), rapid.Int64Range(1, 2).Draw(t, "step")}
				k, ok := c.up(class)
				if !ok || a.ways[passed] == 0 {
					continue
				}
				shown++
				ratio := new(big.Rat).Mul(c.odds, big.NewRat(k, priceOne))
				ratio.Add(ratio, one)
				bound := new(big.Rat).Quo(ratio, new(big.Rat).Add(ratio, c.odds))
				if knows := big.NewRat(a.made[passed][class][0], a.ways[passed]); knows.Cmp(bound) > 0 {
					t.Fatalf("class %d, first %d, steps %v: bounded by %v, the attacker %v", class, first, c.step, bound, knows)
				}
			}
		}
	})
	if shown < 50 {
		t.Errorf("the bound said something %d times only", shown)
	}
}

// What no ballots can give is refused.
func TestImpossibleResult(t *testing.T) {
	t.Parallel()
	classes := []Class{{tally.Weight{Heads: 1, Area: 10}, 6, 6}}
	area := Publication{Choices: 2, Figures: []Figure{{tally.Area, []int64{1, 0}, 1, 0}}}
	for _, result := range [][]int64{{5}, {-10}, {70}, {}, {10, 10}} {
		if _, err := After(classes, area, result, DefaultLimits()); !errors.Is(err, ErrResult) {
			t.Errorf("%v: %v", result, err)
		}
	}
}
