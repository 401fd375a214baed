package tally

import "math/big"

// exactMoney is what the blocs of a market have left, exactly: a unit of weight of bloc i has amounts[i]/unit. All amounts have one
// denominator, so that they are added and compared as integers.
type exactMoney struct {
	*market
	amounts []*big.Int
	unit    *big.Int
	booked  int // so many purchases are taken off
}

// price is what is paid for a point: over/(points*unit), with the option's worth beside it.
type price struct {
	over   *big.Int
	points int64
	worth  int64
}

// newExactMoney shares the money by weight.
func newExactMoney(m *market, money int64) *exactMoney {
	e := &exactMoney{market: m, unit: big.NewInt(max(m.weight, 1))}
	for range m.blocs {
		e.amounts = append(e.amounts, big.NewInt(money))
	}
	return e
}

// follow takes off what was bought since.
func (e *exactMoney) follow(bought []uint32) {
	for _, o := range bought[e.booked:] {
		p, _ := e.price(o)
		e.book(o, p)
	}
}

// price answers what the supporters of an option pay for a point, or that they cannot pay it.
func (e *exactMoney) price(option uint32) (price, bool) {
	cost := new(big.Int).Mul(big.NewInt(e.costs[option]), e.unit)
	var term big.Int
	sum := new(big.Int)
	for _, b := range e.buyers[option] {
		sum.Add(sum, term.Mul(e.amounts[b.bloc], big.NewInt(e.blocs[b.bloc].weight)))
	}
	if sum.Cmp(cost) < 0 {
		return price{}, false
	}
	p := price{over: cost, worth: e.worth(option)}
	for _, b := range e.buyers[option] {
		p.points += e.blocs[b.bloc].weight * b.points
	}
	// Whoever cannot pay what all would pay alike is poor. With the poor paying all they have the others pay more, and more are poor; the
	// payment only rises and never passes the true one, so some can always pay it.
	for poor := 0; ; {
		count, rest, points := 0, new(big.Int).Set(cost), int64(0)
		for _, b := range e.buyers[option] {
			weight := e.blocs[b.bloc].weight
			if e.exceeds(p, b) {
				count++
				rest.Sub(rest, term.Mul(e.amounts[b.bloc], big.NewInt(weight)))
			} else {
				points += weight * b.points
			}
		}
		if count == poor {
			return p, true
		}
		poor, p.over, p.points = count, rest, points
	}
}

// exceeds tells whether a buyer has less than the price asks of it.
func (e *exactMoney) exceeds(p price, b buyer) bool {
	var has, asked big.Int
	has.Mul(e.amounts[b.bloc], big.NewInt(p.points))
	asked.Mul(p.over, big.NewInt(b.points))
	return has.Cmp(&asked) < 0
}

// compare orders two prices by what they are for what the option is worth.
func (p price) compare(q price) int {
	a := new(big.Int).Mul(p.over, big.NewInt(q.points))
	b := new(big.Int).Mul(q.over, big.NewInt(p.points))
	a.Mul(a, big.NewInt(q.worth))
	b.Mul(b, big.NewInt(p.worth))
	return a.Cmp(b)
}

// payment is a price as a fraction of a unit of money.
func (e *exactMoney) payment(p price) *big.Rat {
	return new(big.Rat).SetFrac(p.over, new(big.Int).Mul(e.unit, big.NewInt(p.points)))
}

// bounds answers a payment between two integers of 2^-places of a unit of money.
func (e *exactMoney) bounds(p price, places uint) (low, top int64) {
	q := new(big.Int).Lsh(p.over, places)
	q.Quo(q, new(big.Int).Mul(e.unit, big.NewInt(p.points)))
	return q.Int64(), q.Int64() + 1
}

// book takes a purchase off the amounts and brings them all to the new denominator.
func (e *exactMoney) book(option uint32, p price) {
	over, points := p.over, big.NewInt(p.points)
	if over.Sign() > 0 {
		divisor := new(big.Int).GCD(nil, nil, over, points)
		over, points = new(big.Int).Quo(over, divisor), points.Quo(points, divisor)
	} else {
		points.SetInt64(1)
	}
	e.unit = new(big.Int).Mul(e.unit, points)
	for i := range e.amounts {
		e.amounts[i].Mul(e.amounts[i], points)
	}
	var paid big.Int
	for _, b := range e.buyers[option] {
		paid.Mul(over, big.NewInt(b.points))
		if e.amounts[b.bloc].Cmp(&paid) <= 0 {
			e.amounts[b.bloc].SetInt64(0)
		} else {
			e.amounts[b.bloc].Sub(e.amounts[b.bloc], &paid)
		}
	}
	e.booked++
}
