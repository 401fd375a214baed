package tally

import "slices"

// Ranking is a ranked answer: tiers from the best down, each of one option or of several held equal. Weight is in the one
// measure of the count.
type Ranking struct {
	Tiers  [][]uint32
	Weight int64
}

// RankedOptionsMax bounds the options of a poll of rankings: they are counted in as many rounds as there are options.
const RankedOptionsMax = 1000

// Rank makes a ranking of a ballot whose choices stand from the best down.
func Rank(b Ballot, weight int64) Ranking {
	r := Ranking{Weight: weight, Tiers: make([][]uint32, len(b.Choices))}
	for i := range b.Choices {
		r.Tiers[i] = b.Choices[i : i+1]
	}
	return r
}

// checkRankings refuses negative weights, unknown options, an option ranked twice and a sum that overflows. After it no sum of a
// round can overflow. It answers the whole weight.
func checkRankings(options uint32, rankings []Ranking) (sum int64, err error) {
	switch {
	case options == 0:
		return 0, ErrRuleMalformed
	case options > RankedOptionsMax:
		return 0, ErrOptionsMany.WithInt("options_max", RankedOptionsMax)
	}
	for _, r := range rankings {
		if r.Weight < 0 {
			return 0, ErrWeightNegative
		}
		var ok bool
		if sum, ok = addChecked(sum, r.Weight); !ok {
			return 0, ErrSumOverflow
		}
		all := slices.Concat(r.Tiers...)
		slices.Sort(all)
		if n := len(all); n > 0 && (all[n-1] >= options || len(slices.Compact(all)) != n) {
			return 0, ErrRuleMalformed
		}
	}
	return sum, nil
}

// OptionTotal is one option's weight in a round.
type OptionTotal struct {
	Option uint32
	Total  int64
}

// Round is one round of an instant run-off.
type Round struct {
	// Totals are those of the options still standing, ascending by id.
	Totals []OptionTotal
	// Resting is the weight that counts for nobody in this round: rankings with no option left standing, and those whose best
	// standing options are held equal.
	Resting int64
	// Out is who is eliminated after this round; the last round has none.
	Out []uint32
	// Tied are the options that stood equal at the bottom, or in the last round at the top, in the order that broke the tie.
	Tied []uint32
}

// Runoff is the result of an instant run-off.
type Runoff struct {
	// Winners has one option, or none if no ranking counted for anybody in the last round.
	Winners []uint32
	Rounds  []Round
	Ties    []Tie
}

// InstantRunoff eliminates the option with the least weight round by round until two stand; the greater of them wins. A ranking counts
// for its best option still standing. If that is several held equal, it rests and counts again once one of them is left, so no
// voter's ballot ever counts twice and none is split. There is no stop at a majority before two are left: a resting ranking may
// wake, so half of what counts now need not be half later. Of equals at the bottom the one that the order prefers least goes, of equals
// at the end the one that it prefers wins; either is reported in the round.
func InstantRunoff(options uint32, rankings []Ranking, order Order) (Runoff, error) {
	if _, err := checkRankings(options, rankings); err != nil {
		return Runoff{}, err
	}
	if err := order.check(options); err != nil {
		return Runoff{}, err
	}
	var out Runoff
	out.Winners, out.Ties = settled(order, func(p *picker) []uint32 {
		once := runoffOnce(options, rankings, p)
		if p.at < 0 {
			out.Rounds = once.Rounds
		}
		return once.Winners
	})
	return out, nil
}

// runoffOnce is one count, with the picker's word on ties.
func runoffOnce(options uint32, rankings []Ranking, pick *picker) Runoff {
	c := runoffCount{
		standing: make([]bool, options), totals: make([]int64, options), piles: make([][]int, options),
		at: make([]int, len(rankings)), rankings: rankings,
	}
	for o := range c.standing {
		c.standing[o] = true
	}
	for i := range rankings {
		c.place(i)
	}
	var out Runoff
	for left := int(options); ; left-- {
		round := c.round()
		before := len(pick.ties)
		if left <= 2 {
			out.Winners = last(round, pick)
			round.Tied = tiedSince(pick, before)
			out.Rounds = append(out.Rounds, round)
			return out
		}
		loser := least(round, pick)
		round.Out, round.Tied = []uint32{loser}, tiedSince(pick, before)
		out.Rounds = append(out.Rounds, round)
		c.drop(loser)
	}
}

// tiedSince answers the options of the tie that came after the first n, or nil.
func tiedSince(pick *picker, n int) []uint32 {
	if len(pick.ties) == n {
		return nil
	}
	return pick.ties[n].Options
}

// runoffCount is the state of a run-off: who stands, at which tier each ranking is, and which rankings count for whom.
type runoffCount struct {
	standing []bool
	totals   []int64
	piles    [][]int
	// equal are rankings that rest because several that stand are held equal; spent is the weight of those that rest for good.
	equal    []int
	spent    int64
	at       []int
	rankings []Ranking
}

// place puts ranking i on the pile of the option that it counts for now.
func (c *runoffCount) place(i int) {
	option, standing := c.best(i)
	switch standing {
	case 0:
		c.spent += c.rankings[i].Weight
	case 1:
		c.totals[option] += c.rankings[i].Weight
		c.piles[option] = append(c.piles[option], i)
	default:
		c.equal = append(c.equal, i)
	}
}

// drop eliminates an option and places again what counted for it or rested.
func (c *runoffCount) drop(loser uint32) {
	c.standing[loser] = false
	moved := append(c.piles[loser], c.equal...)
	c.piles[loser], c.equal = nil, nil
	for _, i := range moved {
		c.place(i)
	}
}

// round answers how the options stand.
func (c *runoffCount) round() Round {
	round := Round{Resting: c.spent}
	for _, i := range c.equal {
		round.Resting += c.rankings[i].Weight
	}
	for o, stands := range c.standing {
		if stands {
			round.Totals = append(round.Totals, OptionTotal{uint32(o), c.totals[o]})
		}
	}
	return round
}

// best answers how many options stand in the first tier of ranking i where any does, and one of them. Tiers with nobody standing are
// left behind for good.
func (c *runoffCount) best(i int) (option uint32, standing int) {
	for tiers := c.rankings[i].Tiers; c.at[i] < len(tiers); c.at[i]++ {
		for _, o := range tiers[c.at[i]] {
			if c.standing[o] {
				option = o
				standing++
			}
		}
		if standing > 0 {
			return option, standing
		}
	}
	return 0, 0
}

// least answers who goes: the least total.
func least(round Round, pick *picker) uint32 {
	lowest := round.Totals[0].Total
	for _, t := range round.Totals {
		lowest = min(lowest, t.Total)
	}
	var tied []uint32
	for _, t := range round.Totals {
		if t.Total == lowest {
			tied = append(tied, t.Option)
		}
	}
	return pick.last(tied, Tie{Total: lowest})
}

// last decides the round of at most two. Nobody wins with nothing.
func last(round Round, pick *picker) []uint32 {
	var highest int64
	for _, t := range round.Totals {
		highest = max(highest, t.Total)
	}
	if highest == 0 {
		return []uint32{}
	}
	var best []uint32
	for _, t := range round.Totals {
		if t.Total == highest {
			best = append(best, t.Option)
		}
	}
	return []uint32{pick.first(best, Tie{Total: highest})}
}
