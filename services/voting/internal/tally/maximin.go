package tally

import (
	"math/big"
	"math/bits"
	"slices"
)

// maximin fills seat by seat with the option under which the least supported of the elected has the most support, when all support is
// shared out as evenly as it can be. That least support is the minimum, over all parts of the committee, of the weight that approves
// anyone of the part, divided by how many are in it: no way of sharing can do better in a part, and one does as well (max-flow min-cut).
func (c committee) maximin(pick *picker) []Pick {
	var elected []Pick
	parts := make([]int, len(c.blocs)) // of each bloc, whom of the elected it approves: bit i is seat i
	for !c.full(elected) {
		var tied []uint32
		var most *big.Rat
		seat := 1 << len(elected)
		lying := make([]int64, seat) // the weight of the blocs that approve just this part of the elected
		for i, b := range c.blocs {
			lying[parts[i]] += b.weight
		}
		for _, o := range c.open(elected) {
			support := c.leastSupport(o, lying, parts)
			by := 1
			if most != nil {
				by = support.Cmp(most)
			}
			switch by {
			case 1:
				tied, most = []uint32{o}, support
			case 0:
				tied = append(tied, o)
			}
		}
		o := pick.first(tied, Tie{Value: most.RatString()})
		for _, b := range c.supporters[o] {
			parts[b] |= seat
		}
		elected = append(elected, Pick{Option: o, Value: most.RatString(), Supporters: c.support[o]})
	}
	return elected
}

// leastSupport is the support of the least supported of the elected and one more option, which is the last bit of the parts.
func (c committee) leastSupport(option uint32, lying []int64, parts []int) *big.Rat {
	seat := len(lying)
	// within[part] is the weight of the blocs whose approvals among the committee all lie in that part.
	within := append(slices.Clone(lying), make([]int64, seat)...)
	for _, b := range c.supporters[option] {
		within[parts[b]] -= c.blocs[b].weight
		within[parts[b]|seat] += c.blocs[b].weight
	}
	for bit := 1; bit <= seat; bit <<= 1 {
		for part := range within {
			if part&bit != 0 {
				within[part] += within[part^bit]
			}
		}
	}
	everybody := len(within) - 1
	whole := within[everybody]
	least, of := whole, int64(1)
	for part := 1; part <= everybody; part++ {
		support, n := whole-within[everybody^part], int64(bits.OnesCount(uint(part)))
		if less(support, n, least, of) {
			least, of = support, n
		}
	}
	return big.NewRat(least, of)
}
