package leak

import (
	"math/big"
	"slices"
)

// Bounds on pass or fail.
//
// Say that a voter v weighs w, that the ballots "for" count toward every figure and no others do, and that a set is the others who vote
// for. Each set is weighed by how many ways there are to fill in its ballots. The poll passes with v's help wherever it passes without,
// and in the sets M that need just v. So the odds of v's ballot being for are (E+M)/E times what they were, E being the weight of the
// sets that pass without v. M is bounded by moves:
//
//   - Cut w into s equal parts, rounded up. M falls into s slices, by how many parts of the thresholds have to be let off.
//   - A move takes one voter u who weighs at least a part in every figure, and is not in a set of a slice, into it. It leads to a set
//     of the slices above, or of E. The heavier u, the more often is the move counted: by c(u), which is 1, or u's weight in a figure.
//   - From each set of the slice lead moves of at least D: it fails, so much weight is not in it, and the small ones have not all of it.
//   - To each set lead moves of at most what D leaves over, and the last move itself.
//
// Hence a slice weighs at most rho = odds·(all - D + the largest c)/D of what lies above, and (E+M)/E is at most (1+rho)^s. Which parts
// and which c are best is tried out. For a poll that fails, moves go the other way, out of the set.

// partsMax is into how many parts a weight is cut at most.
const partsMax = 6

// moves bounds the posteriors of a class given one pass or fail, or whichever tells most.
func (m *meter) moves(class int, only *state) *big.Rat {
	prior := big.NewRat(1, int64(m.p.Choices))
	if len(m.p.Figures) == 0 {
		return prior
	}
	forMany, ok := m.forMany()
	if !ok {
		return one
	}
	passed, failed := m.unanimous()
	var posterior *big.Rat
	switch {
	case only != nil && *only == passed:
		posterior = m.push(class, true, forMany)
	case only != nil && *only == failed:
		posterior = m.push(class, false, forMany)
	case only != nil || m.mixes():
		return one
	default:
		posterior = prior
		for _, pass := range []bool{true, false} {
			if !m.possible(pass) {
				continue
			}
			if other := m.push(class, pass, forMany); other.Cmp(posterior) > 0 {
				posterior = other
			}
		}
	}
	if posterior.Cmp(prior) < 0 {
		return prior
	}
	return posterior
}

// forMany answers how many choices count toward the figures; ok says that they are the same ones everywhere, and count alike.
func (m *meter) forMany() (many int64, ok bool) {
	for choice, points := range m.p.Figures[0].Points {
		if points > 0 {
			many++
		}
		for _, f := range m.p.Figures {
			if f.Points[choice] != 0 && f.Points[choice] != f.most() || (f.Points[choice] > 0) != (points > 0) {
				return 0, false
			}
		}
	}
	return many, many > 0 && many < int64(m.p.Choices)
}

// unanimous answers what is published when everything is reached, and when nothing is.
func (m *meter) unanimous() (passed, failed state) {
	passed[0] = 1
	if !m.p.Together {
		for f := range m.p.Figures {
			passed[f] = 1
		}
	}
	return passed, failed
}

// possible tells whether everything can be reached, or nothing.
func (m *meter) possible(passed bool) bool {
	reachable, sure := 0, 0
	for f, figure := range m.p.Figures {
		if figure.AtLeast <= m.whole[f] {
			reachable++
		}
		if figure.AtLeast == 0 {
			sure++
		}
	}
	switch {
	case passed:
		return reachable == len(m.p.Figures)
	case m.p.Together:
		return sure < len(m.p.Figures)
	}
	return sure == 0
}

// mixes tells whether some figures may be reached and others not. Where all weigh the same it shows when that cannot be.
func (m *meter) mixes() bool {
	if m.p.Together || len(m.p.Figures) == 1 {
		return false
	}
	var only *Class
	for i := range m.classes {
		if m.classes[i].Took == 0 {
			continue
		}
		if only != nil {
			return true
		}
		only = &m.classes[i]
	}
	ballots := int64(-1)
	for _, f := range m.p.Figures {
		each := f.most() * only.Weight.Of(f.Measure)
		if each == 0 {
			return true
		}
		need := f.AtLeast / each
		if f.AtLeast%each > 0 {
			need++
		}
		if ballots >= 0 && need != ballots {
			return true
		}
		ballots = need
	}
	return false
}

// push bounds the posteriors of a choice of v by moves, given that all figures are reached, or that not.
func (m *meter) push(class int, passed bool, forMany int64) *big.Rat {
	against := int64(m.p.Choices) - forMany
	mine, other := forMany, against
	if !passed {
		mine, other = against, forMany
	}
	odds, best := big.NewRat(other, mine), one
	for parts := int64(1); parts <= partsMax; parts++ {
		rho := m.slice(class, passed, parts)
		if rho == nil {
			continue
		}
		ratio, step := big.NewRat(1, 1), rho.Add(rho.Mul(rho, odds), one)
		for range parts {
			ratio.Mul(ratio, step)
		}
		below := new(big.Rat).Mul(ratio, big.NewRat(mine, 1))
		if posterior := ratio.Quo(ratio, below.Add(below, big.NewRat(other, 1))); posterior.Cmp(best) < 0 {
			best = posterior
		}
		if best.Cmp(m.limits.PosteriorMax.rat()) <= 0 {
			return best
		}
	}
	if passed && m.p.Together {
		if ratio := m.climbed(m.heavier(class), odds); ratio != nil {
			below := new(big.Rat).Mul(ratio, big.NewRat(mine, 1))
			if posterior := below.Quo(ratio, below.Add(below, big.NewRat(other, 1))); posterior.Cmp(best) < 0 {
				best = posterior
			}
		}
	}
	return best
}

// heavier is a class of who took part that weighs at least as much as another in every figure. Who weighs more is the more likely to be for
// what has passed: in each set with the lighter one alone the two can be exchanged, and it passes still.
func (m *meter) heavier(class int) int {
	for i, w := range m.weight {
		heavier, as := m.classes[i].Took > 0, true
		for f := range m.p.Figures {
			heavier = heavier && w[f] >= m.weight[class][f]
			as = as && w[f] == m.weight[class][f]
		}
		if heavier && !as {
			class = i
		}
	}
	return class
}

// movers are those others who weigh at least a part in every figure: how many of each class, how many in all, what they add to the
// figures, and the greatest that one of them adds.
type movers struct {
	many         []int64
	count        int64
	sum, largest state
}

// slice bounds, but for the odds, what a slice weighs of what lies above; nil if it cannot.
func (m *meter) slice(class int, passed bool, parts int64) *big.Rat {
	v := m.weight[class]
	var part, need state
	for f, figure := range m.p.Figures {
		part[f] = (v[f] + parts - 1) / parts
		if passed {
			need[f] = m.whole[f] - v[f] - figure.AtLeast + 1
		} else {
			need[f] = figure.AtLeast - parts*part[f]
		}
	}
	movers := m.movers(class, part)
	for f := range m.p.Figures {
		need[f] -= m.whole[f] - v[f] - movers.sum[f] // what the small ones may have of it
	}
	var best *big.Rat
	for c := -1; c < len(m.p.Figures); c++ {
		if rho := m.moved(movers, need, c, !passed && m.p.Together); rho != nil && (best == nil || rho.Cmp(best) < 0) {
			best = rho
		}
	}
	return best
}

// moved is slice for one c: 1 (-1), or the weight in a figure. Sets of a slice have what at least one figure needs, or every one.
func (m *meter) moved(movers movers, need state, c int, every bool) *big.Rat {
	all, largest := movers.count, int64(1)
	if c >= 0 {
		all, largest = movers.sum[c], movers.largest[c]
	}
	least, some := int64(0), false
	for f := range m.p.Figures {
		if need[f] > movers.sum[f] {
			if every {
				return new(big.Rat) // there is no such set
			}
			continue
		}
		d := m.least(movers, f, need[f], c)
		switch {
		case !some, every && d > least, !every && d < least:
			least, some = d, true
		}
	}
	switch {
	case !some:
		return new(big.Rat)
	case least <= 0:
		return nil
	}
	return big.NewRat(all-least+largest, least)
}

// movers gathers who weighs at least a part in every figure, without one voter of the class.
func (m *meter) movers(class int, part state) movers {
	out := movers{many: make([]int64, len(m.classes))}
	for i, c := range m.classes {
		w, many := &m.weight[i], c.Took
		if i == class {
			many--
		}
		light := many <= 0
		for f := range m.p.Figures {
			light = light || w[f] < part[f]
		}
		if light {
			continue
		}
		out.many[i] = many
		out.count += many
		for f := range m.p.Figures {
			out.sum[f] += many * w[f]
			out.largest[f] = max(out.largest[f], w[f])
		}
	}
	return out
}

// least is the least c of movers who have need in a figure.
func (m *meter) least(o movers, f int, need int64, c int) int64 {
	if need <= 0 || c == f {
		return max(need, 0)
	}
	count := int64(0) // the heaviest first make it with the fewest
	for _, i := range m.heaviest[f] {
		w := m.weight[i][f]
		if o.many[i]*w >= need {
			count += (need + w - 1) / w
			break
		}
		need, count = need-o.many[i]*w, count+o.many[i]
	}
	if c < 0 {
		return count
	}
	sum := int64(0) // of so many, the lightest in c
	for _, i := range slices.Backward(m.heaviest[c]) {
		sum += min(count, o.many[i]) * m.weight[i][c]
		count -= min(count, o.many[i])
	}
	return sum
}
