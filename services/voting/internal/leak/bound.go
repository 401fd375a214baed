package leak

import "math/big"

// Upper bounds for when counting all ways is too dear.
//
// Totals and intervals before the opening. Give the attacker how many of each class made each choice. Whatever is published follows from
// that, so the attacker knows more, and the posterior of a choice is the share x of the class that made it. The posterior under the
// publication is the mean of x over what leads to it. Where this mean is above t, x is above s = 2t-1 with a chance of at least
// (t-s)/(1-s) = 1/2. So the chance that a class is pinned is at most twice the chance that x is above s, which is a binomial tail.
//
// Totals and intervals after the close. The means of the posteriors, each times weight and points, add up to the sum, since they do so in
// each way to fill in the ballots. A class alone cannot have more than everybody.
//
// Pass or fail: moves.go, and climb.go.

// boundBefore answers bounds over all publications.
func (m *meter) boundBefore() []finding {
	findings := make([]finding, len(m.classes))
	tails := map[int64]*big.Rat{}
	for i, c := range m.classes {
		switch {
		case c.Took == 0:
		case len(m.steps[i]) == 1:
			findings[i] = m.unmoved()
		case m.p.coarse():
			findings[i] = m.judged(m.moves(i, nil))
		default:
			if tails[c.Took] == nil {
				tails[c.Took] = m.lopsided(c.Took)
			}
			findings[i] = finding{one, tails[c.Took]} // everybody may agree, and then each choice is known
		}
	}
	return findings
}

// boundAfter answers bounds for one publication.
func (m *meter) boundAfter(cell state) []finding {
	findings := make([]finding, len(m.classes))
	for i, c := range m.classes {
		switch {
		case c.Took == 0:
		case len(m.steps[i]) == 1:
			findings[i] = m.unmoved()
		case m.p.coarse():
			findings[i] = m.judged(m.moves(i, &cell))
		default:
			findings[i] = m.judged(m.mean(c, cell))
		}
	}
	return findings
}

// unmoved is the finding about voters whose ballots add the same whatever they choose.
func (m *meter) unmoved() finding { return m.judged(big.NewRat(1, int64(m.p.Choices))) }

// judged says of a bound whether it pins.
func (m *meter) judged(posterior *big.Rat) finding {
	if posterior.Cmp(m.limits.PosteriorMax.rat()) > 0 {
		return finding{posterior, one}
	}
	return finding{posterior, new(big.Rat)}
}

// lopsided is twice the chance that more than 2·PosteriorMax - 1 of n voters make the same choice, at most one.
func (m *meter) lopsided(n int64) *big.Rat {
	most := m.limits.PosteriorMax
	share := new(big.Int).Mul(big.NewInt(2*most.Numerator-most.Denominator), big.NewInt(n))
	chance := m.agree(n, share, most.Denominator)
	if chance.Add(chance, chance); chance.Cmp(one) > 0 {
		return one
	}
	return chance
}

// agree sums up, over the choices, the chance that more than a fraction of n voters make it.
func (m *meter) agree(n int64, numerator *big.Int, denominator int64) *big.Rat {
	k := int64(m.p.Choices)
	least := new(big.Int).Quo(numerator, big.NewInt(denominator)).Int64() + 1
	ways, term, factor := new(big.Int), big.NewInt(1), new(big.Int)
	for j := n; j >= least; j-- { // term is how many ways there are for just j to make this choice
		ways.Add(ways, term)
		term.Mul(term, factor.SetInt64(j*(k-1)))
		term.Quo(term, factor.SetInt64(n-j+1))
	}
	ways.Mul(ways, factor.SetInt64(k))
	return new(big.Rat).SetFrac(ways, new(big.Int).Exp(big.NewInt(k), big.NewInt(n), nil))
}

// mean is the bound on the posteriors of a class by sums whose greatest and least value is known.
func (m *meter) mean(c Class, cell state) *big.Rat {
	worst := new(big.Rat)
	for choice := range m.p.Choices {
		bound := one
		for f, figure := range m.p.Figures {
			lo, hi := figure.within(cell[f], m.whole[f])
			if bound2 := share(hi, c, figure, figure.Points[choice]); bound2.Cmp(bound) < 0 {
				bound = bound2
			}
			// The same of what the ballots leave out of the greatest sum.
			if bound2 := share(m.whole[f]-lo, c, figure, figure.most()-figure.Points[choice]); bound2.Cmp(bound) < 0 {
				bound = bound2
			}
		}
		if bound.Cmp(worst) > 0 {
			worst = bound
		}
	}
	return worst
}

// share is a sum divided by what a class would add if all of it added so many points, at most one.
func share(sum int64, c Class, f Figure, points int64) *big.Rat {
	alone := new(big.Int).Mul(big.NewInt(c.Took), big.NewInt(c.Weight.Of(f.Measure)))
	alone.Mul(alone, big.NewInt(points))
	if alone.Cmp(big.NewInt(sum)) <= 0 {
		return one
	}
	return new(big.Rat).SetFrac(big.NewInt(sum), alone)
}

// within is between what values, both possible, the sum of a figure lies if n is published.
func (f Figure) within(n, whole int64) (lo, hi int64) {
	switch {
	case f.Width > 0:
		lo = n * f.Width
		return lo, lo + min(f.Width-1, whole-lo)
	case n == 1:
		return f.AtLeast, whole
	}
	return 0, min(f.AtLeast-1, whole)
}

// most is the greatest number of points.
func (f Figure) most() int64 {
	most := int64(0)
	for _, p := range f.Points {
		most = max(most, p)
	}
	return most
}
