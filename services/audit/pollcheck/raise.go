package pollcheck

import (
	"math"
	"math/bits"
	"slices"
)

// Limits of looking for the last raise.
const (
	glancesMax  = 600_000_000 // at purses that are known between bounds
	branchesMax = 64          // of one band
)

// raised is how much money is shared in the end, where every raise adds a step; negative if that would take too long to find out. It is the
// first with which nothing that is for sale fits into what is left, or the last before one with which more is bought than can be paid.
// Raises are looked at many at a time, in bands, which are halved where the count may end.
func (c *checking) raised(m *market, step int64) int64 {
	if step == 0 {
		return m.till.money
	}
	s := search{market: m, umpire: c.umpire, step: step}
	for from, to := int64(0), int64(0); to <= (moneyMax-m.till.money)/step && !s.long(); from, to = to+1, 2*to+1 {
		if raises, ends := s.first(from, to); ends {
			return s.money(raises)
		}
	}
	return -1
}

// search looks for the raise with which a count ends.
type search struct {
	*market
	umpire  func() *umpire
	step    int64
	glances int
}

func (s *search) long() bool { return s.glances > glancesMax || s.market.looked > pursesMax }

func (s *search) money(raises int64) int64 { return s.till.money + raises*s.step }

// first is the number of raises, of those from one to another, with which the count ends for the first time.
func (s *search) first(from, to int64) (raises int64, ends bool) {
	if s.long() {
		return 0, false
	}
	b := s.band(s.money(from), s.money(to))
	if !b.mayEnd() {
		return 0, false
	}
	if from < to {
		if raises, ends = s.first(from, from+(to-from)/2); ends {
			return raises, true
		}
		return s.first(from+(to-from)/2+1, to)
	}
	bought := s.run(s.money(from), s.umpire())
	switch {
	case s.cost(bought) > s.till.money:
		return from - 1, true // without a raise no more is bought than there is money for
	case !s.fits(bought):
		return from, true
	}
	return 0, false
}

// fits tells whether anything that is for sale and not bought fits into what is left.
func (m *market) fits(bought []int) bool {
	left := m.till.money - m.cost(bought)
	return slices.ContainsFunc(upTo(len(m.buyers)), func(o int) bool {
		return len(m.buyers[o]) > 0 && m.till.cost(o) <= left && !slices.Contains(bought, o)
	})
}

// band is every run of the market with money between two amounts, as far as they are alike: purses lie between two bounds, in a fraction of
// a fen, and where it is not certain what is bought next it branches.
type band struct {
	*search
	places    uint
	low, high []int64 // purses, of a unit of weight
	bought    []int
	open      []int
	least     []int64 // by project, what it costs a point at least; of an earlier time, and it only rises
	branches  *int
}

func (s *search) band(from, to int64) *band {
	b := &band{search: s, places: uint(61 - max(1, bits.Len64(uint64(to)))), least: make([]int64, len(s.buyers)), branches: new(int)}
	for range s.heaps {
		b.low = append(b.low, from<<b.places/s.weight)
		b.high = append(b.high, (to<<b.places-1)/s.weight+1)
	}
	if to == 0 {
		clear(b.high)
	}
	b.open = slices.DeleteFunc(upTo(len(s.buyers)), func(o int) bool { return len(s.buyers[o]) == 0 })
	return b
}

// mayEnd tells whether the count may end with any money of the band; it does where too much is uncertain to tell. Where none of those that
// may be next can be paid, the count ends if none fits into what is left, and then each is more than there is money for.
func (b *band) mayEnd() bool {
	for {
		if b.cost(b.bought) > b.till.money || *b.branches > branchesMax || b.glances > glancesMax {
			return true
		}
		next := b.next()
		switch len(next) {
		case 0:
			return !b.fits(b.bought)
		case 1:
			b.buy(next[0])
			continue
		}
		for _, o := range next {
			*b.branches++
			other := *b
			other.low, other.high, other.least = slices.Clone(b.low), slices.Clone(b.high), slices.Clone(b.least)
			other.bought, other.open = slices.Clone(b.bought), slices.Clone(b.open)
			if other.buy(o); other.mayEnd() {
				return true
			}
		}
		return false
	}
}

// next lists the projects that may be bought next.
func (b *band) next() []int {
	best, worth := int64(math.MaxInt64), int64(1) // what the cheapest that can surely be paid costs a point at most
	var may []int
	for _, o := range slices.SortedFunc(slices.Values(b.open), func(x, y int) int {
		return per(b.least[x], b.worth(x), b.least[y], b.worth(y))
	}) {
		if per(b.least[o], b.worth(o), best, worth) > 0 {
			break
		}
		cost := b.till.cost(o) << b.places
		poorest, richest := int64(0), int64(0)
		for _, x := range b.buyers[o] {
			poorest += x.weight * b.low[x.heap]
			richest += x.weight * b.high[x.heap]
		}
		b.glances += len(b.buyers[o])
		if richest < cost {
			b.open = without(b.open, o) // never again
			continue
		}
		b.least[o] = max(b.least[o], b.payment(o, cost, b.high, false))
		may = append(may, o)
		if poorest < cost {
			continue
		}
		if most := b.payment(o, cost, b.low, true); per(most, b.worth(o), best, worth) < 0 {
			best, worth = most, b.worth(o)
		}
	}
	return slices.DeleteFunc(may, func(o int) bool { return per(b.least[o], b.worth(o), best, worth) > 0 })
}

// per compares a/b with c/d; none is below zero, and b and d are above.
func per(a, b, c, d int64) int {
	h1, l1 := bits.Mul64(uint64(a), uint64(d))
	h2, l2 := bits.Mul64(uint64(c), uint64(b))
	if h1 == h2 {
		h1, h2 = l1, l2
	}
	switch {
	case h1 < h2:
		return -1
	case h1 > h2:
		return 1
	}
	return 0
}

// payment is what is paid a point for a project out of some purses, rounded up or down. It begins with what all would pay alike; whoever
// has less than that pays all, so that the others pay more, until nobody else has less.
func (b *band) payment(o int, cost int64, purses []int64, up bool) (paid int64) {
	for {
		missing, points := cost, int64(0)
		for _, x := range b.buyers[o] {
			if per(paid, 1, purses[x.heap], x.points) > 0 {
				missing -= x.weight * purses[x.heap]
			} else {
				points += x.weight * x.points
			}
		}
		b.glances += len(b.buyers[o])
		if points == 0 {
			return paid
		}
		next := missing / points
		if up && missing%points > 0 {
			next++
		}
		if next <= paid {
			return paid
		}
		paid = next
	}
}

// buy has a project paid for.
func (b *band) buy(o int) {
	cost := b.till.cost(o) << b.places
	poorest, least, most := int64(0), b.payment(o, cost, b.high, false), int64(math.MaxInt64)
	for _, x := range b.buyers[o] {
		poorest += x.weight * b.low[x.heap]
	}
	if poorest >= cost { // otherwise it is only if they have more that it can be paid, and nobody knows who has
		most = b.payment(o, cost, b.low, true)
	}
	for _, x := range b.buyers[o] {
		b.low[x.heap], b.high[x.heap] = left(b.low[x.heap], most, x.points), left(b.high[x.heap], least, x.points)
	}
	b.bought, b.open = append(b.bought, o), without(b.open, o)
}

// left is what is left of a purse.
func left(purse, payment, points int64) int64 {
	if per(payment, 1, purse, points) >= 0 {
		return 0
	}
	return purse - payment*points
}
