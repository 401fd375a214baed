package tally

import (
	"math/big"
	"slices"
)

// Stage is one step of a single transferable vote. Numbers are exact fractions, written as 7 or 22/7.
type Stage struct {
	// Totals are those of the options that are neither elected nor eliminated, and of those elected whose surplus is still to be
	// transferred, ascending by id.
	Totals []OptionValue
	// Resting is the weight that counts for nobody: rankings with no option left to count for, and those that hold several equal.
	Resting string
	// Elected are who is elected at this stage, the greatest total first.
	Elected []uint32
	// Surplus is whose surplus is transferred after this stage, and Kept the fraction of its value that each ranking carries on; Out is
	// who is eliminated instead. The last stage has neither.
	Surplus []uint32
	Kept    string
	Out     []uint32
}

// OptionValue is an option's total in a stage.
type OptionValue struct {
	Option uint32
	Value  string
}

// Transferable is the result of a single transferable vote.
type Transferable struct {
	// Winners are in the order in which they were elected.
	Winners []uint32
	// Quota is what an option must have more of to be elected: the valid weight divided by seats + 1, exactly. At most as many options
	// as there are seats can have more than that.
	Quota  string
	Stages []Stage
	Ties   []Tie
}

// SingleTransferable elects a committee from rankings: the weighted inclusive Gregory method in exact fractions, with the exact quota
// V/(seats+1) that must be exceeded (Hagenbach-Bischoff).
//
//   - V is the weight of the rankings that name anybody. A ranking counts for its best option that is neither elected nor eliminated; if
//     that is several held equal, it rests until one of them is left.
//   - Whoever has more than the quota is elected at once. While an elected option's surplus has not been transferred, the greatest is:
//     every ranking that counts for the option goes on with the fraction surplus/total of its value.
//   - Without a surplus, the option with the least total is eliminated, and its rankings go on at the value they have.
//   - When no more options are left than seats, all that anybody counts for are elected.
//   - Of equal surpluses the preferred option's is first, of equals at the bottom the least preferred option goes.
func SingleTransferable(options, seats uint32, rankings []Ranking, order Order) (Transferable, error) {
	if seats == 0 || seats > options {
		return Transferable{}, ErrRuleMalformed
	}
	if _, err := checkRankings(options, rankings); err != nil {
		return Transferable{}, err
	}
	if err := order.check(options); err != nil {
		return Transferable{}, err
	}
	var out Transferable
	out.Winners, out.Ties = settled(order, func(pick *picker) []uint32 {
		s := newSTV(options, seats, rankings, pick)
		for s.stage() {
		}
		if pick.at < 0 {
			out.Quota, out.Stages = s.quota.RatString(), s.stages
		}
		return s.elected
	})
	return out, nil
}

// stv is the state of a count.
type stv struct {
	*runoffCount // who stands (neither elected nor eliminated), where each ranking is, and who rests
	seats        uint32
	pick         *picker
	quota        *big.Rat
	values       []*big.Rat // what a unit of weight of each ranking counts for now
	sums         []*big.Rat // totals by option
	resting      *big.Rat   // of rankings that have no option left
	elected      []uint32
	surplus      []uint32 // elected options whose surplus is to be transferred
	stages       []Stage
}

func newSTV(options, seats uint32, rankings []Ranking, pick *picker) *stv {
	s := &stv{
		runoffCount: &runoffCount{
			standing: make([]bool, options), piles: make([][]int, options), at: make([]int, len(rankings)), rankings: rankings,
		},
		seats: seats, pick: pick, resting: new(big.Rat), elected: []uint32{},
	}
	one := big.NewRat(1, 1)
	for o := range s.standing {
		s.standing[o] = true
		s.sums = append(s.sums, new(big.Rat))
	}
	var valid int64
	var all []int
	for i, r := range rankings {
		s.values = append(s.values, one)
		if len(r.Tiers) > 0 {
			valid += r.Weight
			all = append(all, i)
		}
	}
	s.move(all)
	s.quota = big.NewRat(valid, int64(seats)+1)
	return s
}

// worth is what ranking i counts for.
func (s *stv) worth(i int) *big.Rat {
	return new(big.Rat).Mul(s.values[i], new(big.Rat).SetInt64(s.rankings[i].Weight))
}

// gathering is weight of one value that is not yet added to a sum: most rankings that move together have one value, and integers add
// up faster.
type gathering struct {
	value  *big.Rat
	weight int64
}

// gather adds ranking i to a sum, at once or with those that follow.
func (s *stv) gather(g *gathering, sum *big.Rat, i int) {
	if g.value != s.values[i] {
		g.settle(sum)
		g.value = s.values[i]
	}
	g.weight += s.rankings[i].Weight
}

// settle adds what was gathered.
func (g *gathering) settle(sum *big.Rat) {
	if g.weight > 0 {
		sum.Add(sum, new(big.Rat).Mul(g.value, new(big.Rat).SetInt64(g.weight)))
	}
	g.weight = 0
}

// move puts rankings where they count now.
func (s *stv) move(moved []int) {
	gathered, resting := make([]gathering, len(s.sums)), gathering{}
	for _, i := range moved {
		option, standing := s.best(i)
		switch standing {
		case 0:
			s.gather(&resting, s.resting, i)
		case 1:
			s.gather(&gathered[option], s.sums[option], i)
			s.piles[option] = append(s.piles[option], i)
		default:
			s.equal = append(s.equal, i)
		}
	}
	resting.settle(s.resting)
	for o := range gathered {
		gathered[o].settle(s.sums[o])
	}
}

// leave moves the rankings of an option that stands no longer, and those that rested because of equals.
func (s *stv) leave(option uint32) {
	moved := append(s.piles[option], s.equal...)
	s.piles[option], s.equal = nil, nil
	s.move(moved)
}

// stage does one step and tells whether another follows.
func (s *stv) stage() bool {
	stage := s.picture()
	defer func() { s.stages = append(s.stages, stage) }()
	var rest []uint32 // who stands with anything at all
	left := uint32(0)
	for o, stands := range s.standing {
		if stands {
			left++
			if s.sums[o].Sign() > 0 {
				rest = append(rest, uint32(o))
			}
		}
	}
	over := slices.DeleteFunc(slices.Clone(rest), func(o uint32) bool { return s.sums[o].Cmp(s.quota) <= 0 })
	if left+uint32(len(s.elected)) <= s.seats {
		over = rest
	}
	stage.Elected = s.elect(over)
	left -= uint32(len(over))
	switch {
	case uint32(len(s.elected)) == s.seats || left == 0:
		return false
	case len(s.surplus) > 0:
		option := s.greatestSurplus()
		stage.Surplus, stage.Kept = []uint32{option}, s.transfer(option)
	default:
		loser := s.weakest()
		stage.Out = []uint32{loser}
		s.standing[loser] = false
		s.leave(loser)
	}
	return true
}

// picture answers how the options stand.
func (s *stv) picture() Stage {
	var stage Stage
	for o := range uint32(len(s.standing)) {
		if s.standing[o] || slices.Contains(s.surplus, o) {
			stage.Totals = append(stage.Totals, OptionValue{o, s.sums[o].RatString()})
		}
	}
	resting := new(big.Rat).Set(s.resting)
	for _, i := range s.equal {
		resting.Add(resting, s.worth(i))
	}
	stage.Resting = resting.RatString()
	return stage
}

// elect elects options, the greatest total first. Their order is not a matter of who wins, so equals of it are no tie.
func (s *stv) elect(options []uint32) []uint32 {
	slices.SortFunc(options, func(a, b uint32) int {
		if by := s.sums[b].Cmp(s.sums[a]); by != 0 {
			return by
		}
		return s.pick.order.compare(a, b)
	})
	for _, o := range options {
		s.standing[o] = false
		s.elected = append(s.elected, o)
		if s.sums[o].Cmp(s.quota) > 0 {
			s.surplus = append(s.surplus, o)
		}
	}
	return options
}

// greatestSurplus takes the option out of the list whose surplus is the greatest.
func (s *stv) greatestSurplus() uint32 {
	best := s.surplus[:1:1]
	for _, o := range s.surplus[1:] {
		switch s.sums[o].Cmp(s.sums[best[0]]) {
		case 1:
			best = []uint32{o}
		case 0:
			best = append(best, o)
		}
	}
	option := s.pick.first(best, Tie{Value: s.sums[best[0]].RatString()})
	s.surplus = slices.DeleteFunc(s.surplus, func(o uint32) bool { return o == option })
	return option
}

// transfer passes an elected option's surplus on and answers the fraction that each of its rankings keeps.
func (s *stv) transfer(option uint32) string {
	total := s.sums[option]
	kept := new(big.Rat).Sub(total, s.quota)
	kept.Quo(kept, total)
	carried := map[*big.Rat]*big.Rat{} // those of one value keep one value
	for _, i := range s.piles[option] {
		value := s.values[i]
		if carried[value] == nil {
			carried[value] = new(big.Rat).Mul(value, kept)
		}
		s.values[i] = carried[value]
	}
	s.leave(option)
	return kept.RatString()
}

// weakest answers the option with the least total.
func (s *stv) weakest() uint32 {
	var worst []uint32
	for o, stands := range s.standing {
		if !stands {
			continue
		}
		by := -1
		if len(worst) > 0 {
			by = s.sums[o].Cmp(s.sums[worst[0]])
		}
		switch by {
		case -1:
			worst = []uint32{uint32(o)}
		case 0:
			worst = append(worst, uint32(o))
		}
	}
	return s.pick.last(worst, Tie{Value: s.sums[worst[0]].RatString()})
}
