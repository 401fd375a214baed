package tally

import (
	"math/big"
	"slices"
)

// Pick is one seat or project that was given out.
type Pick struct {
	Option uint32
	// Value is the exact figure by which the option was chosen, as 7 or 22/7. Equal shares: what a supporter pays at most, for one unit of
	// weight (and one point, where ballots have points). Sequential Phragmén: the load its supporters then carry. Sequential
	// proportional approval: what it adds. Maximin support: the least support of the committee with it. Completion by approval: its score.
	Value string
	// Supporters is the weight of those who support it.
	Supporters int64
	// Completion says that the method itself had come to an end, and that the completion gave the seat.
	Completion bool
}

// committee is an election of some options from approvals.
type committee struct {
	options, seats uint32
	blocs          []bloc
	// supporters[o] are the blocs that approve option o, and support[o] their weight.
	supporters [][]int
	support    []int64
}

// newCommittee sorts the supporters. What weighs nothing adds nothing to anything.
func newCommittee(options, seats uint32, blocs []bloc) committee {
	c := committee{options: options, seats: seats, blocs: blocs, supporters: make([][]int, options), support: make([]int64, options)}
	for i, b := range blocs {
		for _, o := range b.choices {
			c.supporters[o] = append(c.supporters[o], i)
			c.support[o] += b.weight
		}
	}
	return c
}

// open answers the options that are not yet elected and that anybody supports.
func (c committee) open(elected []Pick) []uint32 {
	var open []uint32
	for o, weight := range c.support {
		if weight > 0 && !slices.ContainsFunc(elected, func(p Pick) bool { return p.Option == uint32(o) }) {
			open = append(open, uint32(o))
		}
	}
	return open
}

// full tells whether every seat is given, or nobody is left whom anybody supports.
func (c committee) full(elected []Pick) bool {
	return len(elected) == int(c.seats) || len(c.open(elected)) == 0
}

// won answers the options in the order in which they were picked.
func won(picks []Pick) []uint32 {
	winners := make([]uint32, len(picks))
	for i, p := range picks {
		winners[i] = p.Option
	}
	return winners
}

// phragmen fills the seats that are left by sequential Phragmén. Every seat is a load of one that its supporters carry; the option whose
// supporters would then carry the least, all of them alike, is elected. loads are what a unit of weight of each bloc carries already;
// nil for nothing. completion marks the picks.
func (c committee) phragmen(elected []Pick, loads []*big.Rat, pick *picker, completion bool) []Pick {
	if loads == nil {
		loads = slices.Repeat([]*big.Rat{new(big.Rat)}, len(c.blocs))
	}
	for !c.full(elected) {
		var tied []uint32
		var least *big.Rat
		for _, o := range c.open(elected) {
			load := c.load(o, loads)
			by := -1
			if least != nil {
				by = load.Cmp(least)
			}
			switch by {
			case -1:
				tied, least = []uint32{o}, load
			case 0:
				tied = append(tied, o)
			}
		}
		o := pick.first(tied, Tie{Value: least.RatString()})
		for _, b := range c.supporters[o] {
			loads[b] = least
		}
		elected = append(elected, Pick{Option: o, Value: least.RatString(), Supporters: c.support[o], Completion: completion})
	}
	return elected
}

// load is what the supporters of an option would carry with it: what they carry together, and one more, shared by weight. Weights with the
// same load are added up in integers first; there are not many loads, for all who elect an option carry the same.
func (c committee) load(option uint32, loads []*big.Rat) *big.Rat {
	place := map[*big.Rat]int{}
	var distinct []*big.Rat
	var weights []int64
	for _, b := range c.supporters[option] {
		at, known := place[loads[b]]
		if !known {
			at = len(distinct)
			place[loads[b]] = at
			distinct, weights = append(distinct, loads[b]), append(weights, 0)
		}
		weights[at] += c.blocs[b].weight
	}
	sum := big.NewRat(1, 1)
	for i, load := range distinct {
		sum.Add(sum, new(big.Rat).Mul(load, new(big.Rat).SetInt64(weights[i])))
	}
	return sum.Quo(sum, new(big.Rat).SetInt64(c.support[option]))
}

// equalShares gives every voter an equal share of the seats by weight, lets an option cost one seat, and completes by the completion: by
// sequential Phragmén, in which what voters have left is taken as a load below zero, or by the most approvals. weight is that of all
// voters.
func (c committee) equalShares(weight int64, completion Completion, pick *picker) []Pick {
	costs, considered := make([]int64, c.options), make([]bool, c.options)
	for o := range costs {
		costs[o], considered[o] = 1, c.support[o] > 0
	}
	s := newMarket(costs, considered, false, c.blocs, weight).spend(int64(c.seats), pick)
	picks, purses := s.accounts()
	switch completion {
	case CompletionPhragmen:
		loads, below := make([]*big.Rat, len(purses)), map[*big.Rat]*big.Rat{}
		for i, purse := range purses {
			if below[purse] == nil {
				below[purse] = new(big.Rat).Neg(purse)
			}
			loads[i] = below[purse]
		}
		return c.phragmen(picks, loads, pick, true)
	case CompletionApproval:
		return c.byApproval(picks, pick)
	}
	return picks
}

// byApproval fills the seats that are left with the options of the most support.
func (c committee) byApproval(picks []Pick, pick *picker) []Pick {
	for !c.full(picks) {
		var tied []uint32
		var most int64
		for _, o := range c.open(picks) {
			if c.support[o] > most {
				tied, most = nil, c.support[o]
			}
			if c.support[o] == most {
				tied = append(tied, o)
			}
		}
		o := pick.first(tied, Tie{Total: most})
		value := new(big.Rat).SetInt64(most).RatString()
		picks = append(picks, Pick{Option: o, Value: value, Supporters: most, Completion: true})
	}
	return picks
}
