package leak

import (
	"math/big"

	"renlin.dev/services/voting/internal/tally"
)

// Histogram is a publication that says how much, in a measure, chose each way to fill a ballot in: all but whose ballots they are. It
// is what Publication would be with an exact figure for each way, and is measured by itself because these are too many to count sums of.
//
// Where all who took part weigh the same in the measure, the answer is exact: each voter is as likely as any other to be one of those who
// chose a way, so its share is the posterior. More than PosteriorMax, which is above one half, can have chosen one way alone, so the chance
// of it is that of one way, times the ways.
//
// Otherwise the bounds of bound.go hold: before the opening for each weight by itself, and after the close because those of a weight who
// chose a way weigh no more together than all who did.
type Histogram struct {
	Measure tally.Measure
	// Ways is in how many ways a ballot can be filled in, a blank one included.
	Ways int
}

// WaysMax bounds the ways of a histogram.
const WaysMax = 121

// BeforeHistogram is Before of a histogram.
func BeforeHistogram(classes []Class, h Histogram, limits Limits) (Report, error) {
	m, alike, err := h.meter(classes, limits)
	if err != nil {
		return Report{}, err
	}
	chances, all := map[int64]*big.Rat{}, new(big.Rat)
	for weight, took := range alike { // any order: each is set under its own key, and sums do not depend on it
		if len(alike) == 1 {
			chances[weight] = m.unanimity(took)
		} else {
			chances[weight] = m.lopsided(took)
		}
		all.Add(all, chances[weight])
	}
	findings := make([]finding, len(classes)+1)
	for i, c := range classes {
		switch weight := c.Weight.Of(h.Measure); {
		case c.Took == 0:
		case weight == 0:
			findings[i] = m.unmoved()
		default:
			findings[i] = finding{one, chances[weight]} // everybody may agree, and then each choice is known
		}
	}
	findings[len(classes)].chance = all
	return m.report(findings, len(alike) <= 1, true), nil
}

// AfterHistogram is After of a histogram: result has what chose each way.
func AfterHistogram(classes []Class, h Histogram, result []int64, limits Limits) (Report, error) {
	m, alike, err := h.meter(classes, limits)
	if err != nil {
		return Report{}, err
	}
	most, whole := int64(0), m.whole[0]
	for _, n := range result {
		if n < 0 || n > whole {
			return Report{}, ErrResult
		}
		most, whole = max(most, n), whole-n
	}
	if len(result) != h.Ways || whole != 0 {
		return Report{}, ErrResult
	}
	for weight := range alike { // any order: there is one, or none is asked
		for _, n := range result {
			if len(alike) == 1 && n%weight != 0 {
				return Report{}, ErrResult
			}
		}
	}
	findings := make([]finding, len(classes)+1)
	chance := new(big.Rat)
	for i, c := range classes {
		weight := c.Weight.Of(h.Measure)
		switch {
		case c.Took == 0:
			continue
		case weight == 0:
			findings[i] = m.unmoved()
		case most >= weight*alike[weight]:
			findings[i] = m.judged(one)
		default:
			findings[i] = m.judged(atLeast(big.NewRat(most, weight*alike[weight]), big.NewRat(1, int64(h.Ways))))
		}
		chance = atLeast(chance, findings[i].chance)
	}
	findings[len(classes)].chance = chance
	return m.report(findings, len(alike) <= 1, false), nil
}

// meter checks the question, and gathers who took part by what they weigh in the measure, if anything.
func (h Histogram) meter(classes []Class, limits Limits) (m *meter, alike map[int64]int64, err error) {
	if h.Ways < 2 || h.Ways > WaysMax {
		return nil, nil, ErrPublication
	}
	// What is asked of a roll, and whom a publication hides among whom, is the same for one figure as for all of them.
	single := Publication{Choices: 2, Figures: []Figure{{Measure: h.Measure, Points: []int64{0, 1}, Width: 1}}}
	if m, err = newMeter(classes, single, limits); err != nil {
		return nil, nil, err
	}
	m.p.Choices, alike = h.Ways, map[int64]int64{}
	for _, c := range classes {
		if weight := c.Weight.Of(h.Measure); weight > 0 && c.Took > 0 {
			alike[weight] += c.Took
		}
	}
	return m, alike, nil
}

// unanimity is the chance that more than PosteriorMax of n voters choose the same way.
func (m *meter) unanimity(n int64) *big.Rat {
	most := m.limits.PosteriorMax
	return m.agree(n, new(big.Int).Mul(big.NewInt(most.Numerator), big.NewInt(n)), most.Denominator)
}

func atLeast(a, b *big.Rat) *big.Rat {
	if a.Cmp(b) < 0 {
		return b
	}
	return a
}
