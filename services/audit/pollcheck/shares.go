package pollcheck

import (
	"math/big"
	"slices"

	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// sharing is a committee by equal shares: what each heap has left for a unit of its weight.
type sharing struct {
	heaps  []heap
	purses []*big.Rat
	seated []int
	n      int
	// completes: the method itself has come to an end.
	completes bool
}

// seated is the step by which an option is seated, and the figure for which it is.
func seated(o int, figure *big.Rat, completes bool) *votingv1.CountStep {
	return &votingv1.CountStep{
		Options: []uint32{uint32(o)}, Figures: []string{figure.RatString()}, Won: []uint32{uint32(o)}, Completion: completes,
	}
}

// share elects by equal shares: every unit of weight has as many seats to spend as there are for each, and a seat costs one. The option is
// seated whose supporters pay the least, all the same, but that who has less gives it all. Seats that nobody can pay for are filled by
// sequential Phragmén, what is left in a purse being a load below zero.
func share(heaps []heap, n, seats int, u *umpire) []int {
	s := &sharing{heaps: heaps, n: n}
	whole := int64(0)
	for _, h := range heaps {
		whole += h.weight
	}
	for range heaps {
		s.purses = append(s.purses, big.NewRat(int64(seats), whole))
	}
	s.fill(seats, u, s.payment, func(purse, by *big.Rat) *big.Rat {
		left := new(big.Rat).Sub(purse, by)
		if left.Sign() < 0 {
			left.SetInt64(0)
		}
		return left
	})
	s.completes = true
	s.fill(seats, u, s.load, func(_, by *big.Rat) *big.Rat { return new(big.Rat).Neg(by) })
	return s.seated
}

// fill seats the options with the least figure as long as any has one, and has its supporters' purses follow.
func (s *sharing) fill(seats int, u *umpire, figure func(option int) *big.Rat, after func(purse, by *big.Rat) *big.Rat) {
	for len(s.seated) < seats {
		figures := make([]*big.Rat, s.n)
		open := slices.DeleteFunc(upTo(s.n), func(o int) bool {
			if !slices.Contains(s.seated, o) {
				figures[o] = figure(o)
			}
			return figures[o] == nil
		})
		if len(open) == 0 {
			return
		}
		best := extreme(open, -1, func(a, b int) int { return figures[a].Cmp(figures[b]) })
		by := figures[best[0]]
		o := u.first(best, broken{value: by.RatString()})
		s.seated = append(s.seated, o)
		u.note(seated(o, by, s.completes))
		for i, h := range s.heaps {
			if slices.Contains(h.options, o) {
				s.purses[i] = after(s.purses[i], by)
			}
		}
	}
}

// supporters are the heaps that approve of an option.
func (s *sharing) supporters(option int) (list []int) {
	for i, h := range s.heaps {
		if slices.Contains(h.options, option) {
			list = append(list, i)
		}
	}
	return list
}

// payment is what a unit of weight pays at most for an option, or nil if its supporters have not one seat together: the poorest give all
// that they have, as long as that is not more than an equal part of what is still missing.
func (s *sharing) payment(option int) *big.Rat {
	poorest := sortedCopy(s.supporters(option), func(a, b int) int { return s.purses[a].Cmp(s.purses[b]) })
	missing, weight := big.NewRat(1, 1), int64(0)
	for _, i := range poorest {
		weight += s.heaps[i].weight
	}
	for _, i := range poorest {
		equal := new(big.Rat).Quo(missing, big.NewRat(weight, 1))
		if s.purses[i].Cmp(equal) >= 0 {
			return equal
		}
		missing.Sub(missing, new(big.Rat).Mul(s.purses[i], big.NewRat(s.heaps[i].weight, 1)))
		weight -= s.heaps[i].weight
	}
	return nil
}

// load is what a unit of weight of an option's supporters would carry with it, all of them alike; nil if it has none.
func (s *sharing) load(option int) *big.Rat {
	sum, weight := big.NewRat(1, 1), int64(0)
	for _, i := range s.supporters(option) {
		sum.Sub(sum, new(big.Rat).Mul(s.purses[i], big.NewRat(s.heaps[i].weight, 1)))
		weight += s.heaps[i].weight
	}
	if weight == 0 {
		return nil
	}
	return sum.Quo(sum, big.NewRat(weight, 1))
}

// proportional: seat by seat the option that adds the most, a ballot of which k are seated adding 1/(k+1) of its weight.
func proportional(heaps []heap, n, seats int, u *umpire) (elected []int) {
	sits := make([]bool, n)
	for len(elected) < seats {
		gains := make([]*big.Rat, n)
		for o := range gains {
			gains[o] = new(big.Rat)
		}
		for _, h := range heaps {
			k := int64(1)
			for _, o := range h.options {
				if sits[o] {
					k++
				}
			}
			for _, o := range h.options {
				gains[o].Add(gains[o], big.NewRat(h.weight, k))
			}
		}
		open := slices.DeleteFunc(upTo(n), func(o int) bool { return gains[o].Sign() == 0 || sits[o] })
		if len(open) == 0 {
			break
		}
		best := extreme(open, 1, func(a, b int) int { return gains[a].Cmp(gains[b]) })
		o := u.first(best, broken{value: gains[best[0]].RatString()})
		elected, sits[o] = append(elected, o), true
		u.note(seated(o, gains[o], false))
	}
	return elected
}
