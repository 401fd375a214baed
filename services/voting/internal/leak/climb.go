package leak

import (
	"math"
	"math/big"
	"math/bits"
	"slices"
)

// A sharper bound on a poll that passes, for figures that are published together.
//
// As in moves.go, E are the sets of the others who vote for that pass without v, M those that pass with v's help alone, and o the odds of a
// ballot against to one for. What a set lacks in a figure is its threshold less its weight; of a set of M it is at most v's weight in every
// figure, and in some figure it is more than nothing. The figures are put in an order; the kind of a set of M is the first in which it
// lacks something.
//
//   - A move adds a voter who is not in the set. It leads to a set of M, of the same kind or a later one, or to a set of E, and o times
//     what it leads to is what it comes from. A move from a set of kind f by u is counted w(u) times, u's weight in f.
//   - From a set of kind f that lacks d lead moves of D(d) together: all that the others weigh in f, less the threshold, and d more.
//   - Give a set of kind f that lacks d the price y(f,d). Then the prices times D of all of M are o times the prices of what is moved into
//     the sets of M and E. So if y·D is at least 1 and o times what is moved into a set, for each set of M, and what is moved into a set
//     of E is at most K, all of M weighs at most o·K times E.
//   - What is moved into a set is the sum, over its voters u, of w(u) times the price of the set without u, which lacks w(u) more. All
//     voters of the set together weigh the threshold less what it lacks. So it is at most what that weight gives where the dearest voters
//     come first. If u's going makes a set of another kind, w is u's weight in that one, and the dearest price of that kind is taken.
//
// Prices are worked out from what lacks most down, in steps, each for the whole step and rounded up. Where few weights differ a step is 1.

const (
	// steps are so many at least, and so many with all bands of weights together.
	stepsMin = 300
	stepsMax = 60_000
	// priceOne is 1, and priceMax the dearest that is reckoned with: beyond it there is no bound.
	priceOne = 1 << 32
	priceMax = 1 << 60
	// lookedMax is how many bands are looked at for one question. Rolls of homes take a few hundred thousand; where one voter is worth
	// thousands of others in a figure, a step is too small for them, and no bound is sought.
	lookedMax = 10_000_000
)

// band is the others of about one weight in a figure.
type band struct {
	least, most int64 // of one voter
	all         int64 // of all of them
	// ratio is, for every figure, the most that one of them weighs there for what they weigh here.
	ratio []*big.Rat
	// elsewhere is, for every kind that is priced, the dearest that one of them is for that kind, for what they weigh here.
	elsewhere []int64
}

// climb is a bound in the making, for one voter of a class and one order of the figures.
type climb struct {
	m     *meter
	order []int
	odds  *big.Rat
	// weight is that of each class in units, v that of the voter.
	weight []state
	v      state
	// need and all are, by figure, the threshold and what the others weigh, in units.
	need, all state
	step      state
	bands     [][]band
	// prices are, by figure, those of a step times the threshold, and dearest the greatest of them.
	prices  [][]int64
	dearest []int64
	// lost says that some price would rest on itself, or is beyond priceMax, where it is left at: there is no bound then.
	lost bool
}

// climbed bounds (E+M)/E for a voter of a class; nil if it cannot. It is worked out once.
func (m *meter) climbed(class int, odds *big.Rat) *big.Rat {
	best, known := m.climbs[class]
	if known {
		return best
	}
	defer func() { m.climbs[class] = best }()
	for first := range m.p.Figures {
		c := &climb{m: m, odds: odds}
		for i := range m.p.Figures {
			if f := (first + i) % len(m.p.Figures); m.p.Figures[f].AtLeast > 0 {
				c.order = append(c.order, f)
			}
		}
		if k, ok := c.run(class); ok {
			ratio := new(big.Rat).Mul(odds, big.NewRat(k, priceOne))
			if ratio.Add(ratio, one); best == nil || ratio.Cmp(best) < 0 {
				best = ratio
			}
		}
	}
	return best
}

// run answers K times priceOne.
func (c *climb) run(class int) (int64, bool) {
	c.scale(class)
	for _, f := range c.order {
		steps := max(stepsMin, stepsMax/max(1, c.weights(f)))
		c.step[f] = max(1, (c.v[f]+steps-1)/steps)
	}
	return c.up(class)
}

// up is run with steps that are given.
func (c *climb) up(class int) (int64, bool) {
	n := len(c.m.p.Figures)
	c.bands, c.prices, c.dearest = make([][]band, n), make([][]int64, n), make([]int64, n)
	for _, f := range c.order {
		if !c.gather(class, f) || c.all[f] < c.need[f] {
			return 0, false
		}
	}
	if !c.affordable() {
		return 0, false
	}
	for i := range c.order {
		c.price(i)
	}
	k := int64(0)
	for i := range c.order {
		k = max(k, c.enough(i))
	}
	return k, !c.lost
}

// affordable tells whether no more bands will be looked at than may be, together with those that were.
func (c *climb) affordable() bool {
	left := lookedMax - c.m.looked
	for _, f := range c.order {
		last := c.bands[f][len(c.bands[f])-1] // the heaviest; somebody has something, or nobody could reach what is needed
		times := (c.v[f]+c.step[f]-1)/c.step[f] + (last.most+c.step[f]-1)/c.step[f]
		if times > left/int64(len(c.bands[f])) {
			return false
		}
		left -= times * int64(len(c.bands[f]))
	}
	return true
}

// scale weighs in units: in each figure the greatest number that divides the weights of all who took part.
func (c *climb) scale(class int) {
	var unit state
	for i, w := range c.m.weight {
		for f := range w {
			if a, b := unit[f], w[f]; c.m.classes[i].Took > 0 {
				for b > 0 {
					a, b = b, a%b
				}
				unit[f] = a
			}
		}
	}
	c.weight = slices.Clone(c.m.weight)
	for i := range c.weight {
		for f := range c.weight[i] {
			c.weight[i][f] /= max(1, unit[f])
		}
	}
	for f, figure := range c.m.p.Figures {
		c.need[f] = (figure.AtLeast + max(1, unit[f]) - 1) / max(1, unit[f])
	}
	c.v = c.weight[class]
}

// weights counts how many weights there are in a figure.
func (c *climb) weights(f int) (n int64) {
	last := int64(-1)
	for _, i := range c.m.heaviest[f] {
		if w := c.weight[i][f]; c.m.classes[i].Took > 0 && w != last {
			n, last = n+1, w
		}
	}
	return n
}

// gather puts the others into bands of a figure, the lightest first. Who weighs something elsewhere and nothing here spoils the bound.
func (c *climb) gather(class, f int) bool {
	for _, i := range slices.Backward(c.m.heaviest[f]) {
		w, many := c.weight[i], c.m.classes[i].Took
		if i == class {
			many--
		}
		if many == 0 || w == (state{}) {
			continue
		}
		if w[f] == 0 {
			return false
		}
		last := len(c.bands[f]) - 1
		if last < 0 || w[f]-c.bands[f][last].least >= c.step[f] {
			c.bands[f] = append(c.bands[f], band{least: w[f], ratio: make([]*big.Rat, len(w)), elsewhere: make([]int64, len(w))})
			last++
		}
		b := &c.bands[f][last]
		b.most, b.all, c.all[f] = w[f], b.all+many*w[f], c.all[f]+many*w[f]
		for g := range b.ratio {
			if b.ratio[g] == nil || big.NewRat(w[g], w[f]).Cmp(b.ratio[g]) > 0 {
				b.ratio[g] = big.NewRat(w[g], w[f])
			}
		}
	}
	return true
}

// price works out the prices of the i-th kind; those of the earlier kinds are known.
func (c *climb) price(i int) {
	f := c.order[i]
	steps := (c.v[f] + c.step[f] - 1) / c.step[f]
	c.prices[f] = make([]int64, steps)
	for s := steps - 1; s >= 0; s-- {
		low, high := s*c.step[f]+1, min((s+1)*c.step[f], c.v[f])
		into := c.moved(f, low, func(b *band) int64 {
			from, to := low+b.least, min(high+b.most, c.v[f])
			if from > c.v[f] {
				return 0 // without such a voter v's help is not enough
			}
			c.lost = c.lost || from <= high // the price would rest on itself
			return c.worth(f, b, from, to, c.order[:i])
		})
		price := new(big.Rat).Mul(c.odds, big.NewRat(into, 1))
		price.Add(price, big.NewRat(priceOne, 1)).Mul(price, big.NewRat(c.need[f], c.all[f]-c.need[f]+low))
		c.prices[f][s] = c.ceil(price)
		c.dearest[f] = max(c.dearest[f], c.prices[f][s])
	}
	c.spread(f)
}

// spread works out what the dearest price of a kind is for what is weighed in each other figure.
func (c *climb) spread(kind int) {
	price := new(big.Rat).SetFrac(big.NewInt(c.dearest[kind]), big.NewInt(c.need[kind]))
	for _, f := range c.order {
		here := new(big.Rat).Mul(price, big.NewRat(c.need[f], 1))
		for i := range c.bands[f] {
			b := &c.bands[f][i]
			b.elsewhere[kind] = c.ceil(new(big.Rat).Mul(here, b.ratio[kind]))
		}
	}
}

// enough bounds what is moved into a set that passes, where the kinds before the i-th are out of reach of one voter.
func (c *climb) enough(i int) (k int64) {
	f := c.order[i]
	heaviest := int64(0)
	for _, b := range c.bands[f] {
		heaviest = max(heaviest, b.most)
	}
	for over := int64(0); over < heaviest; over += c.step[f] { // it has from over to over+step-1 more than it needs
		k = max(k, c.moved(f, -over-c.step[f]+1, func(b *band) int64 {
			from, to := b.least-over-c.step[f]+1, min(b.most-over, c.v[f])
			if from <= 0 {
				return c.worth(f, b, 1, to, c.order[i+1:])
			}
			return c.worth(f, b, from, to, nil)
		}))
	}
	return k
}

// worth is the dearest that a voter of a band is, if the set without them lacks from so much to so much in a figure, or is of one of the
// kinds.
func (c *climb) worth(f int, b *band, from, to int64, kinds []int) (worth int64) {
	for _, kind := range kinds {
		worth = max(worth, b.elsewhere[kind])
	}
	for s := (from - 1) / c.step[f]; to >= from && s <= (to-1)/c.step[f]; s++ {
		worth = max(worth, c.prices[f][s])
	}
	return worth
}

// moved is the most that is moved into a set which lacks at least so much in a figure: its weight there, the dearest bands first.
func (c *climb) moved(f int, lacks int64, worth func(*band) int64) int64 {
	type priced struct{ worth, all int64 }
	list := make([]priced, len(c.bands[f]))
	c.m.looked += int64(len(list))
	for i := range c.bands[f] {
		list[i] = priced{worth(&c.bands[f][i]), c.bands[f][i].all}
	}
	slices.SortFunc(list, func(a, b priced) int { return int(min(max(b.worth-a.worth, -1), 1)) })
	var high, low uint64
	left := c.need[f] - lacks
	for _, p := range list {
		if left <= 0 || p.worth == 0 {
			break
		}
		taken := min(left, p.all)
		h, l := bits.Mul64(uint64(taken), uint64(p.worth))
		var carry uint64
		low, carry = bits.Add64(low, l, 0)
		high += h + carry // the weights are below 2^62 together, and the prices below 2^60 each
		left -= taken
	}
	need := uint64(c.need[f])
	low, carry := bits.Add64(low, need-1, 0)
	n := uint64(math.MaxUint64)
	if high += carry; high < need {
		n, _ = bits.Div64(high, low, need)
	}
	c.lost = c.lost || n > priceMax
	return int64(min(n, priceMax))
}

// ceil rounds up to a price.
func (c *climb) ceil(x *big.Rat) int64 {
	n := new(big.Int).Add(x.Num(), x.Denom())
	n.Quo(n.Sub(n, big.NewInt(1)), x.Denom())
	if !n.IsInt64() || n.Int64() > priceMax {
		c.lost = true
		return priceMax
	}
	return n.Int64()
}
