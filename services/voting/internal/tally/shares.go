package tally

import (
	"container/heap"
	"math"
	"math/big"
	"math/bits"
)

// market is a participatory budget, or a committee whose seats cost one each, in which every voter has an equal share of the money and
// pays for what it supports (method of equal shares). Blocs pay together, so a bloc stands for its voters.
//
// An option can be bought while those who support it can pay its cost. They pay alike, the same for every point, and who has less left
// pays all of that. The option is bought next whose utility is the cheapest for the one who pays the most for it: the greatest payment
// a point, divided by what the option is worth a point (its cost, or one).
//
// Every comparison is exact. Most are decided by bounds: what a voter has left is known between two integers of 2^-places of a unit of
// money, so that a payment is found in machine words. Where bounds leave a comparison open, and there alone, it is made with the exact
// amounts (see exactMoney), which are brought up to date for it.
type market struct {
	costs []int64
	// considered[o] says that an option takes part: somebody supports it, and it is neither below a threshold nor dearer than all there is.
	considered []bool
	perCost    bool // what an option is worth a point: its cost, or one
	blocs      []bloc
	buyers     [][]buyer
	weight     int64 // of all voters, those who support nothing too
}

// buyer is a bloc that supports an option, with so many points.
type buyer struct {
	bloc   int
	points int64
}

// newMarket sorts the supporters. weight is that of all voters, blocs that say nothing among them.
func newMarket(costs []int64, considered []bool, perCost bool, blocs []bloc, weight int64) *market {
	m := &market{costs: costs, considered: considered, perCost: perCost, blocs: blocs, buyers: make([][]buyer, len(costs)), weight: weight}
	for i, b := range blocs {
		for j, o := range b.choices {
			if points := b.given(j); points > 0 && b.weight > 0 && considered[o] {
				m.buyers[o] = append(m.buyers[o], buyer{i, points})
			}
		}
	}
	return m
}

// worth is what an option is worth a point.
func (m *market) worth(option uint32) int64 {
	if m.perCost {
		return max(m.costs[option], 1) // what costs nothing is paid with nothing, whatever it is worth
	}
	return 1
}

// spree is one run of the market with a given amount of money.
type spree struct {
	*market
	pick   *picker
	bought []uint32
	// money is all there is, in units; the bounds of what a unit of weight has left are in 2^-places of a unit.
	money    int64
	places   uint
	low, top []int64
	exact    *exactMoney
	queue    offers
}

// offer is an option and bounds of its payment a point. low of an option in the queue may be of an earlier time: payments only rise.
type offer struct {
	option   uint32
	low, top int64
	worth    int64
	sure     bool // it can surely be paid
}

// offers is a heap, the least bound first.
type offers []offer

func (q offers) Len() int           { return len(q) }
func (q offers) Less(i, j int) bool { return less(q[i].low, q[i].worth, q[j].low, q[j].worth) }
func (q offers) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *offers) Push(x any)        { *q = append(*q, x.(offer)) }
func (q *offers) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}

// less tells whether a/b < c/d; none is negative, and b and d are not zero.
func less(a, b, c, d int64) bool {
	hi1, lo1 := bits.Mul64(uint64(a), uint64(d))
	hi2, lo2 := bits.Mul64(uint64(c), uint64(b))
	return hi1 < hi2 || (hi1 == hi2 && lo1 < lo2)
}

// spend runs the market with so much money, shared by weight. There must be less than 2^60 of both money and weight.
func (m *market) spend(money int64, pick *picker) *spree {
	s := &spree{market: m, pick: pick, money: money, bought: []uint32{}}
	// The sum of all purses stays below 2^61, and so does every sum of what some have left.
	s.places = uint(61 - max(bits.Len64(uint64(money)), 1))
	if m.weight == 0 {
		return s
	}
	share, rest := money<<s.places/m.weight, money<<s.places%m.weight
	s.low, s.top = make([]int64, len(m.blocs)), make([]int64, len(m.blocs))
	for i := range m.blocs {
		s.low[i], s.top[i] = share, share
		if rest > 0 {
			s.top[i]++
		}
	}
	for o, in := range m.considered {
		if in && m.costs[o] <= money {
			s.queue = append(s.queue, offer{option: uint32(o), worth: m.worth(uint32(o))})
		}
	}
	heap.Init(&s.queue)
	for s.buy() {
	}
	return s
}

// buy buys the next option and tells whether there was one.
func (s *spree) buy() bool {
	var open []offer // may be the next, as far as the bounds tell
	best := offer{top: math.MaxInt64, worth: 1}
	for len(s.queue) > 0 && !less(best.top, best.worth, s.queue[0].low, s.queue[0].worth) {
		o := heap.Pop(&s.queue).(offer)
		if !s.assess(&o) {
			continue
		}
		open = append(open, o)
		if o.sure && less(o.top, o.worth, best.top, best.worth) {
			best = o
		}
	}
	var rivals []uint32
	for _, o := range open {
		if !less(best.top, best.worth, o.low, o.worth) {
			rivals = append(rivals, o.option)
		}
	}
	if len(rivals) == 0 {
		return false
	}
	next := rivals[0]
	exact := len(rivals) > 1 || !best.sure
	if exact {
		if rivals = s.cheapest(rivals); len(rivals) == 0 {
			return false // none can be paid; with no sure one among them, they were all there was
		}
		next = s.choose(rivals)
	}
	for _, o := range open {
		if o.option != next {
			heap.Push(&s.queue, o)
			continue
		}
		if exact {
			p, _ := s.exact.price(next)
			o.low, o.top = s.exact.bounds(p, s.places)
		}
		s.pay(o)
	}
	s.bought = append(s.bought, next)
	return true
}

// assess finds the bounds of what an option's buyers pay, or that they can pay it no more.
func (s *spree) assess(o *offer) bool {
	cost := s.costs[o.option] << s.places
	var low, top int64
	for _, b := range s.buyers[o.option] {
		low += s.blocs[b.bloc].weight * s.low[b.bloc]
		top += s.blocs[b.bloc].weight * s.top[b.bloc]
	}
	if top < cost {
		return false
	}
	o.sure = low >= cost
	o.low = max(o.low, s.lowest(o.option, cost))
	if o.sure {
		o.top = s.highest(o.option, cost)
	}
	return true
}

// split answers what those pay who have less than the payment, and the weighted points of the others.
func (s *spree) split(option uint32, purses []int64, payment int64) (poor, points int64) {
	for _, b := range s.buyers[option] {
		weight := s.blocs[b.bloc].weight
		if dearer(payment, b.points, purses[b.bloc]) {
			poor += weight * purses[b.bloc]
		} else {
			points += weight * b.points
		}
	}
	return poor, points
}

// dearer tells whether points times the payment is more than a purse.
func dearer(payment, points, purse int64) bool {
	if points == 1 {
		return payment > purse
	}
	hi, lo := bits.Mul64(uint64(payment), uint64(points))
	return hi > 0 || lo > uint64(purse)
}

// lowest answers a payment that is surely not more than the true one, for an option that can perhaps be paid. Whoever is taken to pay all,
// the payment that fills up the cost is no more than the true one; the greatest of those found is the best bound. As long as it is not
// passed, some can pay it, and those who cannot do not fill up the cost.
func (s *spree) lowest(option uint32, cost int64) int64 {
	payment := int64(0)
	for {
		poor, points := s.split(option, s.top, payment)
		next := (cost - poor) / points
		if next <= payment {
			return payment
		}
		payment = next
	}
}

// highest answers a payment that is surely not less than the true one, for an option that can surely be paid. It ends where those who have
// less than the payment pay all and the others, paying it, fill up the cost.
func (s *spree) highest(option uint32, cost int64) int64 {
	payment := int64(0)
	for {
		poor, points := s.split(option, s.low, payment)
		if points == 0 {
			return payment
		}
		next := (cost-poor)/points + 1
		if next <= payment {
			return payment
		}
		payment = next
	}
}

// pay books a purchase on the bounds.
func (s *spree) pay(o offer) {
	for _, b := range s.buyers[o.option] {
		s.low[b.bloc] = left(s.low[b.bloc], o.top, b.points)
		s.top[b.bloc] = left(s.top[b.bloc], o.low, b.points)
	}
}

// left answers what is left of a purse.
func left(purse, payment, points int64) int64 {
	if dearer(payment, points, purse) {
		return 0
	}
	return purse - payment*points
}

// cheapest answers those of some options that the exact amounts make the cheapest; options that cannot be paid are dropped for good.
func (s *spree) cheapest(options []uint32) []uint32 {
	if s.exact == nil {
		s.exact = newExactMoney(s.market, s.money)
	}
	s.exact.follow(s.bought)
	var best []uint32
	var least price
	for _, o := range options {
		p, payable := s.exact.price(o)
		if !payable {
			continue
		}
		by := -1
		if best != nil {
			by = p.compare(least)
		}
		switch by {
		case -1:
			best, least = []uint32{o}, p
		case 0:
			best = append(best, o)
		}
	}
	return best
}

// choose breaks a tie of options that cost the same.
func (s *spree) choose(options []uint32) uint32 {
	if len(options) == 1 {
		return options[0]
	}
	p, _ := s.exact.price(options[0])
	return s.pick.first(options, Tie{Value: s.exact.payment(p).RatString()})
}

// accounts follows the whole spree with exact amounts and answers each purchase and what every bloc has left for a unit of weight; blocs
// that have the same left share one fraction, which is not to be changed.
func (s *spree) accounts() (picks []Pick, purses []*big.Rat) {
	exact := newExactMoney(s.market, s.money)
	for _, o := range s.bought {
		p, _ := exact.price(o)
		pick := Pick{Option: o, Value: exact.payment(p).RatString()}
		for _, b := range s.buyers[o] {
			pick.Supporters += s.blocs[b.bloc].weight
		}
		picks = append(picks, pick)
		exact.book(o, p)
	}
	same := map[string]*big.Rat{}
	for _, amount := range exact.amounts {
		key := string(amount.Bytes()) // none is below zero
		if same[key] == nil {
			same[key] = new(big.Rat).SetFrac(amount, exact.unit)
		}
		purses = append(purses, same[key])
	}
	return picks, purses
}
