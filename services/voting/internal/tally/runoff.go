package tally

import "slices"

// Ranking is a ranked answer: tiers from the best down, each of one option or of several held equal. Weight is in the one
// measure of the count.
type Ranking struct {
	Tiers  [][]uint32
	Weight int64
}

// Rank makes a ranking of a ballot whose choices stand from the best down.
func Rank(b Ballot, weight int64) Ranking {
	r := Ranking{Weight: weight, Tiers: make([][]uint32, len(b.Choices))}
	for i := range b.Choices {
		r.Tiers[i] = b.Choices[i : i+1]
	}
	return r
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
	// Tied are the options that stood equal at the bottom, or in the last round at the top, when the tie was broken by id.
	Tied []uint32
}

// Runoff is the result of an instant run-off.
type Runoff struct {
	// Winners has one option, or none if no ranking counted for anybody in the last round.
	Winners []uint32
	Rounds  []Round
}

// InstantRunoff eliminates the option with the least weight round by round until two stand; the greater of them wins. A ranking counts
// for its best option still standing. If that is several held equal, it rests and counts again once one of them is left, so no
// voter's ballot ever counts twice and none is split. There is no stop at a majority before two are left: a resting ranking may
// wake, so half of what counts now need not be half later. Of equals at the bottom the one with the highest id goes, of equals at
// the end the lowest id wins; either is reported in the round.
func InstantRunoff(options uint32, rankings []Ranking) (Runoff, error) {
	if options == 0 || options > OptionsMax {
		return Runoff{}, ErrRuleMalformed
	}
	c := runoffCount{standing: make([]bool, options), at: make([]int, len(rankings)), rankings: rankings}
	for o := range c.standing {
		c.standing[o] = true
	}
	if err := c.check(); err != nil {
		return Runoff{}, err
	}
	var out Runoff
	for left := int(options); ; left-- {
		round := c.round()
		if left <= 2 {
			out.Winners, round.Tied = last(round)
			out.Rounds = append(out.Rounds, round)
			return out, nil
		}
		loser, tied := least(round)
		round.Out, round.Tied = []uint32{loser}, tied
		c.standing[loser] = false
		out.Rounds = append(out.Rounds, round)
	}
}

// runoffCount is the state of a run-off: who stands, and at which tier each ranking is.
type runoffCount struct {
	standing []bool
	at       []int
	rankings []Ranking
}

// check refuses negative weights, unknown options, an option ranked twice and a sum that overflows. After it no sum of a round can
// overflow.
func (c *runoffCount) check() error {
	var sum int64
	for _, r := range c.rankings {
		if r.Weight < 0 {
			return ErrWeightNegative
		}
		var ok bool
		if sum, ok = addChecked(sum, r.Weight); !ok {
			return ErrSumOverflow
		}
		all := slices.Concat(r.Tiers...)
		slices.Sort(all)
		if n := len(all); n > 0 && (int(all[n-1]) >= len(c.standing) || len(slices.Compact(all)) != n) {
			return ErrRuleMalformed
		}
	}
	return nil
}

// round counts one round.
func (c *runoffCount) round() Round {
	totals := make([]int64, len(c.standing))
	var round Round
	for i, r := range c.rankings {
		if option, counts := c.best(i); counts {
			totals[option] += r.Weight
		} else {
			round.Resting += r.Weight
		}
	}
	for o, stands := range c.standing {
		if stands {
			round.Totals = append(round.Totals, OptionTotal{uint32(o), totals[o]})
		}
	}
	return round
}

// best answers the option that ranking i counts for now. Tiers with nobody standing are left behind for good.
func (c *runoffCount) best(i int) (option uint32, counts bool) {
	for tiers := c.rankings[i].Tiers; c.at[i] < len(tiers); c.at[i]++ {
		n := 0
		for _, o := range tiers[c.at[i]] {
			if c.standing[o] {
				option = o
				n++
			}
		}
		if n > 0 {
			return option, n == 1
		}
	}
	return 0, false
}

// least answers who goes: the least total, of equals the highest id. tied is nil if there were no equals.
func least(round Round) (loser uint32, tied []uint32) {
	lowest := round.Totals[0].Total
	for _, t := range round.Totals {
		lowest = min(lowest, t.Total)
	}
	for _, t := range round.Totals {
		if t.Total == lowest {
			tied = append(tied, t.Option)
		}
	}
	loser = tied[len(tied)-1]
	if len(tied) == 1 {
		tied = nil
	}
	return loser, tied
}

// last decides the round of at most two.
func last(round Round) (winners, tied []uint32) {
	best := round.Totals[0]
	for _, t := range round.Totals[1:] {
		switch {
		case t.Total > best.Total:
			best = t
		case t.Total == best.Total && t.Total > 0:
			tied = []uint32{best.Option, t.Option}
		}
	}
	if best.Total == 0 {
		return []uint32{}, nil
	}
	return []uint32{best.Option}, tied
}
