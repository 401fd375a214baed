package leak

import (
	"cmp"
	"math/big"
	"slices"

	"renlin.dev/services/voting/internal/tally"
)

// state is a value for each figure; unused ones are zero. States are ordered as their numbers are, the first first.
type state [FiguresMax]int64

func (s state) compare(t state) int { return slices.Compare(s[:], t[:]) }

func (s state) plus(t state) state {
	for i := range s {
		s[i] += t[i]
	}
	return s
}

func (s state) minus(t state) state {
	for i := range s {
		s[i] -= t[i]
	}
	return s
}

// step is what a ballot adds, and how many choices add just this.
type step struct {
	by   state
	many *big.Int
}

// meter is a question, checked.
type meter struct {
	classes []Class
	p       Publication
	limits  Limits
	// steps of each class, ascending.
	steps [][]step
	// weight is what a voter of each class adds to the figures at most, whole what all who took part do.
	weight []state
	whole  state
	// heaviest are the places of the classes by what a voter adds to each figure, the most first.
	heaviest [][]int
	// took took part.
	took int64
	// work is how many additions the last exact count has made, as workMax counts them.
	work int64
	// climbs are what was found by climbed, by class.
	climbs map[int]*big.Rat
	// looked is at how many bands the climbs have looked.
	looked int64
}

// finding is what was found about one class.
type finding struct{ posterior, chance *big.Rat }

func newMeter(classes []Class, p Publication, limits Limits) (*meter, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	if err := limits.check(); err != nil {
		return nil, err
	}
	if len(classes) > ClassesMax {
		return nil, ErrRoll
	}
	m := &meter{classes: classes, p: p, limits: limits, climbs: map[int]*big.Rat{}}
	seen := map[tally.Weight]bool{}
	for _, c := range classes {
		if c.Weight.Heads < 0 || c.Weight.Area < 0 || c.Took < 0 || c.Took > c.Voters || c.Took > VotersMax-m.took || seen[c.Weight] {
			return nil, ErrRoll
		}
		seen[c.Weight] = true
		m.took += c.Took
		steps, err := m.stepsOf(c)
		if err != nil {
			return nil, err
		}
		m.steps = append(m.steps, steps)
	}
	for f := range p.Figures {
		m.heaviest = append(m.heaviest, byPlace(len(classes), func(i int) int64 { return m.weight[i][f] }))
	}
	return m, nil
}

// stepsOf gives the steps of a class, and adds the class's most to the whole.
func (m *meter) stepsOf(c Class) ([]step, error) {
	steps := make([]step, m.p.Choices)
	for i := range steps {
		steps[i].many = big.NewInt(1)
		for f, figure := range m.p.Figures {
			by, ok := product(figure.Points[i], c.Weight.Of(figure.Measure))
			if !ok {
				return nil, ErrRoll
			}
			steps[i].by[f] = by
		}
	}
	var weight state
	for f, figure := range m.p.Figures {
		weight[f], _ = product(figure.most(), c.Weight.Of(figure.Measure)) // one of the steps
		all, ok := product(weight[f], c.Took)
		if m.whole[f] += all; !ok || m.whole[f] >= 1<<62 {
			return nil, ErrRoll
		}
	}
	m.weight = append(m.weight, weight)
	slices.SortFunc(steps, func(a, b step) int { return a.by.compare(b.by) })
	grouped := steps[:1]
	for _, s := range steps[1:] {
		if last := &grouped[len(grouped)-1]; last.by == s.by {
			last.many = new(big.Int).Add(last.many, s.many)
			continue
		}
		grouped = append(grouped, s)
	}
	return grouped, nil
}

// cell is the publication to which sums lead.
func (m *meter) cell(sums state) state {
	together := int64(1)
	for f, figure := range m.p.Figures {
		if figure.Width > 0 {
			sums[f] /= figure.Width
			continue
		}
		reached := int64(0)
		if sums[f] >= figure.AtLeast {
			reached = 1
		}
		sums[f], together = reached, together*reached
	}
	if m.p.Together {
		return state{together}
	}
	return sums
}

// cellOf reads a published result.
func (m *meter) cellOf(result []int64) (state, error) {
	want := len(m.p.Figures)
	if m.p.Together {
		want = 1
	}
	var cell state
	if len(result) != want {
		return cell, ErrResult
	}
	for f, n := range result {
		most := int64(1)
		if width := m.p.Figures[f].Width; width > 0 {
			most = m.whole[f] / width
		}
		if n < 0 || n > most {
			return cell, ErrResult
		}
		cell[f] = n
	}
	return cell, nil
}

// hidden is how many took part with the same weight, as far as exact totals can tell weights apart.
func (m *meter) hidden() []int64 {
	exact := map[tally.Measure]bool{}
	for _, f := range m.p.Figures {
		exact[f.Measure] = exact[f.Measure] || f.Width == 1
	}
	seenAs := func(w tally.Weight) tally.Weight {
		if !exact[tally.Heads] {
			w.Heads = 0
		}
		if !exact[tally.Area] {
			w.Area = 0
		}
		return w
	}
	sets := map[tally.Weight]int64{}
	for _, c := range m.classes {
		sets[seenAs(c.Weight)] += c.Took
	}
	hidden := make([]int64, len(m.classes))
	for i, c := range m.classes {
		hidden[i] = sets[seenAs(c.Weight)]
	}
	return hidden
}

// report puts the findings together and judges them, by chance or by the greatest posterior. The chance of the whole is at most the sum
// of the classes' chances; the exact count knows better and leaves its own in the place after the last class.
func (m *meter) report(findings []finding, exact, byChance bool) Report {
	r := Report{Exact: exact}
	worst, chance := new(big.Rat), new(big.Rat)
	for i, hidden := range m.hidden() {
		c, f := ClassReport{Weight: m.classes[i].Weight}, findings[i]
		if m.classes[i].Took > 0 {
			c.AnonymityMin = hidden
			c.PosteriorMicros, c.ChanceMicros = micros(f.posterior), micros(f.chance)
			c.ShiftCentibits = centibits(c.PosteriorMicros, m.p.Choices)
			if r.AnonymityMin == 0 || hidden < r.AnonymityMin {
				r.AnonymityMin = hidden
			}
			chance.Add(chance, f.chance)
			if worst.Cmp(f.posterior) < 0 {
				worst = f.posterior
			}
		}
		r.Classes = append(r.Classes, c)
	}
	if len(findings) > len(m.classes) {
		chance = findings[len(m.classes)].chance
	}
	if chance.Cmp(one) > 0 {
		chance = one
	}
	r.PosteriorMicros, r.ChanceMicros = micros(worst), micros(chance)
	pinned := worst.Cmp(m.limits.PosteriorMax.rat()) > 0
	if byChance {
		pinned = chance.Cmp(m.limits.ChanceMax.rat()) > 0
	}
	switch {
	case m.took == 0:
	case r.AnonymityMin < m.limits.AnonymityMin:
		r.Refused = ErrFew.WithInt("voters", r.AnonymityMin).WithInt("voters_min", m.limits.AnonymityMin)
	case pinned && exact:
		r.Refused = ErrPinned.WithInt("posterior_micros", r.PosteriorMicros).WithInt("chance_micros", r.ChanceMicros)
	case pinned:
		r.Refused = ErrUnshown.WithInt("posterior_micros", r.PosteriorMicros).WithInt("chance_micros", r.ChanceMicros)
	}
	return r
}

var one = big.NewRat(1, 1)

// byPlace sorts places of classes by a number of each, the greatest first, and equal ones by place.
func byPlace(n int, of func(i int) int64) []int {
	places := make([]int, n)
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(a, b int) int { return cmp.Or(cmp.Compare(of(b), of(a)), cmp.Compare(a, b)) })
	return places
}
