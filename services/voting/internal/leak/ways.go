package leak

import "math/big"

// Bounds of the exact count, which keep it to about a second.
const (
	// waysMax bounds the distinct sums.
	waysMax = 100_000
	// workMax bounds the additions of numbers of any size, each weighed by how many words it has.
	workMax = 6_000_000
)

// way is how many ways there are to fill in the ballots so that they add up to the state.
type way struct {
	at   state
	many *big.Int
}

// times adds one voter to ways, which ascend strictly and go on doing so. It gives up above waysMax.
func times(ways []way, steps []step) ([]way, bool) {
	next := make([]int, len(steps))
	product := make([]way, 0, 2*len(ways))
	term := new(big.Int)
	for {
		at, some := least(ways, steps, next)
		switch {
		case !some:
			return product, true
		case len(product) == waysMax:
			return nil, false
		}
		many := new(big.Int)
		for j, s := range steps {
			if next[j] < len(ways) && ways[next[j]].at.plus(s.by) == at {
				many.Add(many, term.Mul(ways[next[j]].many, s.many))
				next[j]++
			}
		}
		product = append(product, way{at, many})
	}
}

// least is the least state that the steps lead to from where each of them stands.
func least(ways []way, steps []step, next []int) (at state, some bool) {
	for j, s := range steps {
		if next[j] == len(ways) {
			continue
		}
		if to := ways[next[j]].at.plus(s.by); !some || to.compare(at) < 0 {
			at, some = to, true
		}
	}
	return at, some
}

// without takes one voter out of ways again: it undoes times, as one divides polynomials, the least state first. What the least step
// led to is what remains after the other steps, whose origins lie lower and are known already.
func without(ways []way, steps []step) []way {
	next := make([]int, len(steps))
	quotient := make([]way, 0, len(ways))
	term := new(big.Int)
	for _, w := range ways {
		rest := new(big.Int).Set(w.many)
		for j := 1; j < len(steps); j++ {
			from := w.at.minus(steps[j].by)
			for next[j] < len(quotient) && quotient[next[j]].at.compare(from) < 0 {
				next[j]++
			}
			if next[j] < len(quotient) && quotient[next[j]].at == from {
				rest.Sub(rest, term.Mul(quotient[next[j]].many, steps[j].many))
			}
		}
		if rest.Sign() != 0 {
			quotient = append(quotient, way{w.at.minus(steps[0].by), rest.Quo(rest, steps[0].many)})
		}
	}
	return quotient
}

// all counts all ways to fill in the ballots of those who took part. It gives up when that becomes too dear, the removal of one voter
// of each class (without) included.
func (m *meter) all() ([]way, bool) {
	ways, ok := []way{{state{}, big.NewInt(1)}}, true
	classes, movable, left := int64(0), int64(0), int64(0)
	m.work = 0
	for i, c := range m.classes {
		if c.Took > 0 {
			classes++
		}
		left += c.Took * int64(len(m.steps[i]))
		if len(m.steps[i]) > 1 {
			movable += c.Took
		}
	}
	if movable*movable/2 > workMax { // each of them brings at least one new sum
		return nil, false
	}
	for i, c := range m.classes {
		for range c.Took {
			if ways, ok = times(ways, m.steps[i]); !ok {
				return nil, false
			}
			// The sums never become fewer, so whoever is left costs at least as much as there are now.
			if left -= int64(len(m.steps[i])); m.work+int64(len(ways))*left > workMax {
				return nil, false
			}
			words := 1 + int64(ways[len(ways)/2].many.BitLen())/512
			cost := int64(len(ways)) * int64(len(m.steps[i])) * words
			if m.work += cost; m.work+classes*cost > workMax {
				return nil, false
			}
		}
	}
	return ways, true
}

// cells are publications with the number of ways that lead to each.
type cells struct {
	place map[state]int
	many  []*big.Int
}

// count answers the findings about each class, and a last one with the chance that any of them is pinned, or false if counting was too
// dear. With a cell it looks at this publication alone, and answers nil if nothing leads to it.
func (m *meter) count(only *state) ([]finding, bool) {
	ways, ok := m.all()
	if !ok {
		return nil, false
	}
	c := cells{place: map[state]int{}}
	total := new(big.Int)
	for _, w := range ways {
		at := m.cell(w.at)
		if only != nil && at != *only {
			continue
		}
		place, known := c.place[at]
		if !known {
			place = len(c.many)
			c.place[at], c.many = place, append(c.many, new(big.Int))
		}
		c.many[place].Add(c.many[place], w.many)
		total.Add(total, w.many)
	}
	if len(c.many) == 0 {
		return nil, true
	}
	findings := make([]finding, len(m.classes)+1)
	anybody := make([]bool, len(c.many))
	for i, class := range m.classes {
		if class.Took > 0 {
			findings[i] = m.look(c, without(ways, m.steps[i]), m.steps[i], anybody, total)
		}
	}
	findings[len(m.classes)].chance = c.share(anybody, total)
	return findings, true
}

// look finds out about one class: others are the ways without one of its voters.
func (m *meter) look(c cells, others []way, steps []step, anybody []bool, total *big.Int) finding {
	f := finding{posterior: new(big.Rat)}
	pinned := make([]bool, len(c.many))
	most := m.limits.PosteriorMax.rat()
	for _, s := range steps {
		made := make([]*big.Int, len(c.many))
		for _, o := range others {
			place, known := c.place[m.cell(o.at.plus(s.by))]
			if !known {
				continue
			}
			if made[place] == nil {
				made[place] = new(big.Int)
			}
			made[place].Add(made[place], o.many)
		}
		for place, n := range made {
			if n == nil {
				continue
			}
			posterior := new(big.Rat).SetFrac(n, c.many[place])
			if posterior.Cmp(f.posterior) > 0 {
				f.posterior = posterior
			}
			if posterior.Cmp(most) > 0 {
				pinned[place], anybody[place] = true, true
			}
		}
	}
	f.chance = c.share(pinned, total)
	return f
}

// share is the chance of the marked publications.
func (c cells) share(marked []bool, total *big.Int) *big.Rat {
	sum := new(big.Int)
	for place, n := range c.many {
		if marked[place] {
			sum.Add(sum, n)
		}
	}
	return new(big.Rat).SetFrac(sum, total)
}
