package tally

import (
	"math/big"
	"slices"
)

// Roots is a sum of square roots of fractions, kept as it is: it is compared exactly, and written out as exactly as one likes. The
// zero Roots is zero.
type Roots struct {
	terms []rootTerm
	place map[string]int // of a radicand among the terms
}

// rootTerm is a radicand and how often its root is in the sum.
type rootTerm struct {
	radicand *big.Rat
	times    int64
}

// Add adds the square root of a fraction that is not negative.
func (r *Roots) Add(radicand *big.Rat) {
	if radicand.Sign() <= 0 {
		return
	}
	key := radicand.RatString()
	if at, known := r.place[key]; known {
		r.terms[at].times++
		return
	}
	if r.place == nil {
		r.place = map[string]int{}
	}
	r.place[key] = len(r.terms)
	r.terms = append(r.terms, rootTerm{new(big.Rat).Set(radicand), 1})
}

// Between answers two whole numbers of 2^-places that the sum lies between.
func (r Roots) Between(places uint) (low, top *big.Int) {
	low, top = new(big.Int), new(big.Int)
	for _, t := range r.terms {
		// √(p/q) is √(p·q·4^places)/q, in units of 2^-places.
		root := new(big.Int).Mul(t.radicand.Num(), t.radicand.Denom())
		root.Sqrt(root.Lsh(root, 2*places))
		times := big.NewInt(t.times)
		low.Add(low, new(big.Int).Quo(new(big.Int).Mul(root, times), t.radicand.Denom()))
		root.Add(root, big.NewInt(1))
		top.Add(top, new(big.Int).Quo(root.Mul(root, times), t.radicand.Denom()))
		top.Add(top, big.NewInt(1))
	}
	return low, top
}

// Compare orders two sums. Sums that are not equal are told apart by writing them out far enough; whether they are equal is decided
// beforehand, so that this ends.
func (r Roots) Compare(s Roots) int {
	equal := false
	for places := uint(128); ; places *= 2 {
		low1, top1 := r.Between(places)
		low2, top2 := s.Between(places)
		switch {
		case low1.Cmp(top2) > 0:
			return 1
		case low2.Cmp(top1) > 0:
			return -1
		case places == 128:
			equal = r.equals(s)
		}
		if equal {
			return 0
		}
	}
}

// equals tells whether two sums are equal. Roots of whole numbers of which no two have a product that is a square are linearly
// independent over the fractions; so the difference is zero if and only if it is zero in every class of radicands whose products are
// squares.
func (r Roots) equals(s Roots) bool {
	type class struct{ radicand, sum *big.Rat }
	var classes []class
	add := func(t rootTerm, sign int64) {
		times := big.NewRat(sign*t.times, 1)
		for _, c := range classes {
			// √t = √(t·c)/c · √c, and √(t·c) is a fraction if it is of this class.
			if ratio, square := squareRoot(new(big.Rat).Quo(t.radicand, c.radicand)); square {
				c.sum.Add(c.sum, times.Mul(times, ratio))
				return
			}
		}
		classes = append(classes, class{t.radicand, times})
	}
	for _, t := range r.terms {
		if at, both := s.place[t.radicand.RatString()]; both {
			t.times -= s.terms[at].times
		}
		if t.times != 0 {
			add(t, 1)
		}
	}
	for _, t := range s.terms {
		if _, both := r.place[t.radicand.RatString()]; !both {
			add(t, -1)
		}
	}
	return !slices.ContainsFunc(classes, func(c class) bool { return c.sum.Sign() != 0 })
}

// squareRoot answers the root of a positive fraction if that is a fraction.
func squareRoot(q *big.Rat) (*big.Rat, bool) {
	num, denom := new(big.Int).Sqrt(q.Num()), new(big.Int).Sqrt(q.Denom())
	root := new(big.Rat).SetFrac(num, denom)
	return root, new(big.Rat).Mul(root, root).Cmp(q) == 0
}
