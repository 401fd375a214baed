package pollcheck

import (
	"math/big"
	"slices"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// market is a budget by equal shares: every unit of weight has as much money as every other, and a project is bought by its supporters,
// who pay the same for each of their points, but that who has less gives it all. That one is bought next which is the cheapest a point, for
// what it is worth: its cost, or one.
type market struct {
	heaps  []heap
	till   till
	worth  func(o int) int64
	buyers [][]buyer // by project; none of projects that are not for sale
	weight int64     // of all ballots that name something
	looked int       // at purses
}

// buyer is a heap that supports a project.
type buyer struct {
	heap   int
	weight int64
	points int64
}

// Limits of a count here. A neighbourhood's budget is far from them; beyond, the count is not made again.
const (
	pursesMax = 3_000_000 // looked at, exactly
	moneyMax  = 1 << 55   // fen
	weightMax = 1 << 40
	pointsMax = 1 << 20
)

// bought are the projects that are bought, with the completion that the rules say: the money that is shared is raised, by a fen for every
// ballot and again, until nothing that anybody supports fits into what is left, as long as what is bought can be paid; and what is left is
// spent by the scores.
func (c *checking) bought(e election) *selected {
	m := c.market(e)
	completion := c.rules.GetBallot().GetCompletion()
	raises, greedy := false, false
	switch completion {
	case communityv1.Completion_COMPLETION_ADD_ONE:
		raises = true
	case communityv1.Completion_COMPLETION_GREEDY:
		greedy = true
	case communityv1.Completion_COMPLETION_ADD_ONE_GREEDY:
		raises, greedy = true, true
	}
	money, preferred := m.till.money, c.preferred()
	if !m.countable() {
		return &selected{long: true}
	}
	if raises {
		if money = c.raised(m, e.named); money < 0 {
			return &selected{long: true}
		}
	}
	var rest []group
	out := c.umpired(func(u *umpire) []int {
		funded := m.run(money, u)
		if !greedy {
			return funded
		}
		t, others := m.till, slices.DeleteFunc(slices.Clone(preferred), func(o int) bool { return slices.Contains(funded, o) })
		t.money, t.least = t.money-m.cost(funded), max(t.least, 1)
		more, groups := t.spend(others)
		if u.turn < 0 {
			rest = groups
		}
		return append(funded, more...)
	})
	for _, g := range rest { // their order is tried as the others' is, though what is answered there is known
		tried := out.trials+len(g.options) <= trialsMax
		out.trials = min(out.trials+len(g.options), trialsMax)
		if g.decided || !tried {
			out.ties = append(out.ties, g.broken)
		}
	}
	out.long = m.looked > pursesMax
	return out
}

// market offers what enough support, and what is not dearer than all the money.
func (c *checking) market(e election) *market {
	m := &market{heaps: e.heaps, till: c.till(func(o int) int64 { return e.scores[o] }), buyers: make([][]buyer, len(e.scores))}
	m.worth = func(int) int64 { return 1 }
	if c.rules.GetBallot().GetUtility() == communityv1.Utility_UTILITY_COST {
		m.worth = func(o int) int64 { return max(1, m.till.cost(o)) } // what costs nothing is paid with nothing
	}
	for i, h := range e.heaps {
		m.weight += h.weight
		for k, o := range h.options {
			if h.points[k] > 0 && e.scores[o] >= max(1, m.till.least) && m.till.cost(o) <= m.till.money {
				m.buyers[o] = append(m.buyers[o], buyer{i, h.weight, h.points[k]})
			}
		}
	}
	return m
}

// countable tells whether no sum is too large for its word.
func (m *market) countable() bool {
	fits := m.till.money >= 0 && m.till.money <= moneyMax && m.weight <= weightMax && len(m.heaps) <= weightMax
	for o, buyers := range m.buyers {
		fits = fits && (len(buyers) == 0 || m.till.cost(o) >= 0)
		for _, b := range buyers {
			fits = fits && b.points <= pointsMax
		}
	}
	return fits
}

func (m *market) cost(projects []int) (sum int64) {
	for _, o := range projects {
		sum += m.till.cost(o)
	}
	return sum
}

// run buys with so much money, shared by weight.
func (m *market) run(money int64, u *umpire) (bought []int) {
	purses := make([]*big.Rat, len(m.heaps))
	for i := range purses {
		purses[i] = big.NewRat(money, m.weight)
	}
	payments, rates := make([]*big.Rat, len(m.buyers)), make([]*big.Rat, len(m.buyers))
	open := upTo(len(m.buyers))
	for _, o := range open {
		rates[o] = new(big.Rat) // what is not known yet, and never less
	}
	for m.looked <= pursesMax {
		var best []int
		for _, o := range sortedCopy(open, func(a, b int) int { return rates[a].Cmp(rates[b]) }) {
			if len(best) > 0 && rates[o].Cmp(rates[best[0]]) > 0 {
				break // purses only become emptier, so what it costs a point only rises
			}
			if payments[o] = m.payment(o, purses); payments[o] == nil {
				open = without(open, o)
				continue
			}
			rates[o] = new(big.Rat).Quo(payments[o], big.NewRat(m.worth(o), 1))
			best = extreme(append(best, o), -1, func(a, b int) int { return rates[a].Cmp(rates[b]) })
		}
		if len(best) == 0 {
			break
		}
		had := broken{value: payments[best[0]].RatString()}
		for _, o := range best {
			had.values = append(had.values, payments[o].RatString())
		}
		o := u.first(best, had)
		bought, open = append(bought, o), without(open, o)
		u.note(seated(o, payments[o], false))
		for _, b := range m.buyers[o] {
			left := new(big.Rat).Mul(payments[o], big.NewRat(b.points, 1))
			if left.Sub(purses[b.heap], left); left.Sign() < 0 {
				left.SetInt64(0)
			}
			purses[b.heap] = left
		}
	}
	return bought
}

// payment is what is paid a point: the poorest, a point, give all that they have, as long as that is not more than an equal part of what is
// still missing. It is nil if all together have too little.
func (m *market) payment(o int, purses []*big.Rat) *big.Rat {
	type side struct {
		buyer
		each *big.Rat // what it has a point
	}
	var poorest []side
	missing, points := big.NewRat(m.till.cost(o), 1), new(big.Int)
	for _, b := range m.buyers[o] {
		each := purses[b.heap]
		if b.points > 1 {
			each = new(big.Rat).Quo(each, big.NewRat(b.points, 1))
		}
		poorest = append(poorest, side{b, each})
		points.Add(points, new(big.Int).Mul(big.NewInt(b.weight), big.NewInt(b.points)))
	}
	m.looked += len(poorest)
	slices.SortStableFunc(poorest, func(a, b side) int { return a.each.Cmp(b.each) })
	for _, b := range poorest {
		equal := new(big.Rat).SetFrac(missing.Num(), new(big.Int).Mul(missing.Denom(), points))
		if b.each.Cmp(equal) >= 0 {
			return equal
		}
		missing.Sub(missing, new(big.Rat).Mul(purses[b.heap], big.NewRat(b.weight, 1)))
		points.Sub(points, new(big.Int).Mul(big.NewInt(b.weight), big.NewInt(b.points)))
	}
	return nil
}
