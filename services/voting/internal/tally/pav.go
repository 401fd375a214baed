package tally

import (
	"math/big"
	"slices"

	"renlin.dev/pkg/fault"
)

// ErrCommitteeTooLarge refuses an exact optimum that would take too long to find.
var ErrCommitteeTooLarge = fault.New(fault.Invalid, "committee.too_large",
	"There are too many possible committees to compare them all; count by the sequential method instead.",
	"可能的委员会组合过多，无法逐一比较；请改用逐席产生的方法。")

// Limits of what looks at every committee, or at every part of one.
const (
	// PAVSeatsMax and PAVCommitteesMax bound the exact optimum of proportional approval.
	PAVSeatsMax      = 12
	PAVCommitteesMax = 10_000
	// MaximinSeatsMax bounds maximin support, which looks at every part of the committee.
	MaximinSeatsMax = 12
)

// committees answers how many committees there are, or PAVCommitteesMax+1 if more.
func committees(options, seats uint32) int64 {
	n := int64(1)
	seats = min(seats, options-seats) // as many choices of those outside
	for i := range int64(seats) {
		n = n * (int64(options) - i) / (i + 1) // exact: a product of i+1 successive numbers
		if n > PAVCommitteesMax {
			return PAVCommitteesMax + 1
		}
	}
	return n
}

// checkPAV refuses what would take too long.
func checkPAV(options, seats uint32) error {
	if seats > options {
		return ErrRuleMalformed
	}
	if seats > PAVSeatsMax || committees(options, seats) > PAVCommitteesMax {
		return ErrCommitteeTooLarge
	}
	return nil
}

// harmonics answers m/1, m/2, … m/n in integers, with m the least common multiple of 1..n: what the first, second, … elected option that a
// bloc approves is worth to it, in units of 1/m.
func harmonics(n uint32) (shares []int64, m int64) {
	m = 1
	for i := range int64(n) {
		m = m / new(big.Int).GCD(nil, nil, big.NewInt(m), big.NewInt(i+1)).Int64() * (i + 1)
	}
	for i := range int64(n) {
		shares = append(shares, m/(i+1))
	}
	return shares, m
}

// pav finds the committee with the greatest satisfaction: a bloc that approves n of the elected has 1 + 1/2 + … + 1/n of it, times its
// weight. It compares all committees. Of several that are best, the order prefers the one that holds the first option in which they
// differ.
func (c committee) pav(order Order) (picks []Pick, score string, ties []Tie, err error) {
	if err := checkPAV(c.options, c.seats); err != nil {
		return nil, "", nil, err
	}
	shares, m := harmonics(c.seats)
	var whole int64
	for _, b := range c.blocs {
		var ok bool
		if whole, ok = addChecked(whole, b.weight); !ok {
			return nil, "", nil, ErrSumOverflow
		}
	}
	// No satisfaction is more than the whole weight times 1 + 1/2 + … < 4.
	if _, ok := mulChecked(whole, 4*m); !ok {
		return nil, "", nil, ErrSumOverflow
	}
	s := pavSearch{committee: c, shares: shares, approved: make([]int, len(c.blocs)), best: -1}
	s.preferred = slices.SortedFunc(slices.Values(c.open(nil)), order.compare)
	s.seats = min(c.seats, uint32(len(s.preferred))) // whom nobody supports adds nothing
	s.search(0, 0)
	for _, o := range s.found[0] {
		picks = append(picks, Pick{Option: o, Value: big.NewRat(s.gain(o, picks), m).RatString(), Supporters: c.support[o]})
	}
	score = big.NewRat(s.best, m).RatString()
	if tied := s.differ(); len(tied) > 0 {
		ties = []Tie{{Options: tied, Value: score, Decisive: true}}
	}
	return picks, score, ties, nil
}

// pavSearch walks through all committees in the order of preference.
type pavSearch struct {
	committee
	preferred []uint32
	shares    []int64
	approved  []int // of each bloc, how many of the present committee it approves
	present   []uint32
	best      int64
	// found are the best committees, the preferred one first.
	found [][]uint32
}

// search extends the present committee, whose satisfaction is score, by options from place `from` on.
func (s *pavSearch) search(from int, score int64) {
	if len(s.present) == int(s.seats) {
		switch {
		case score > s.best:
			s.best, s.found = score, [][]uint32{slices.Clone(s.present)}
		case score == s.best:
			s.found = append(s.found, slices.Clone(s.present))
		}
		return
	}
	for i := from; i <= len(s.preferred)-(int(s.seats)-len(s.present)); i++ {
		o := s.preferred[i]
		var gain int64
		for _, b := range s.supporters[o] {
			gain += s.blocs[b].weight * s.shares[s.approved[b]]
			s.approved[b]++
		}
		s.present = append(s.present, o)
		s.search(i+1, score+gain)
		s.present = s.present[:len(s.present)-1]
		for _, b := range s.supporters[o] {
			s.approved[b]--
		}
	}
}

// gain is what an option adds to those picked before it.
func (s *pavSearch) gain(option uint32, before []Pick) int64 {
	var gain int64
	for _, b := range s.supporters[option] {
		n := 0
		for _, p := range before {
			if slices.Contains(s.blocs[b].choices, p.Option) {
				n++
			}
		}
		gain += s.blocs[b].weight * s.shares[n]
	}
	return gain
}

// differ answers the options that stand in some best committee and not in every one, in the order of preference.
func (s *pavSearch) differ() []uint32 {
	in := make([]int, s.options)
	for _, committee := range s.found {
		for _, o := range committee {
			in[o]++
		}
	}
	var tied []uint32
	for _, o := range s.preferred {
		if in[o] > 0 && in[o] < len(s.found) {
			tied = append(tied, o)
		}
	}
	return tied
}

// sequentialPAV fills seat by seat with the option that adds the most satisfaction, as pav has it.
func (c committee) sequentialPAV(pick *picker) []Pick {
	var elected []Pick
	approved := make([]int64, len(c.blocs))
	for !c.full(elected) {
		var tied []uint32
		var most *big.Rat
		for _, o := range c.open(elected) {
			gain := c.satisfaction(o, approved)
			by := 1
			if most != nil {
				by = gain.Cmp(most)
			}
			switch by {
			case 1:
				tied, most = []uint32{o}, gain
			case 0:
				tied = append(tied, o)
			}
		}
		o := pick.first(tied, Tie{Value: most.RatString()})
		for _, b := range c.supporters[o] {
			approved[b]++
		}
		elected = append(elected, Pick{Option: o, Value: most.RatString(), Supporters: c.support[o]})
	}
	return elected
}

// satisfaction is what an option adds where each bloc approves so many of the elected.
func (c committee) satisfaction(option uint32, approved []int64) *big.Rat {
	byCount := make([]int64, c.seats) // no bloc approves as many as there are seats while one is empty
	for _, b := range c.supporters[option] {
		byCount[approved[b]] += c.blocs[b].weight
	}
	sum := new(big.Rat)
	for n, weight := range byCount {
		if weight > 0 {
			sum.Add(sum, big.NewRat(weight, int64(n)+1))
		}
	}
	return sum
}
