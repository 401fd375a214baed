package pollcheck

import (
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// vote is an open ballot that names something: the options in its order, what it gives to each, and what its voter weighs by heads, the
// measure by which options are ordered.
type vote struct {
	options []uint32
	points  []int64
	heads   int64
}

// openCount is a count of open ballots.
type openCount struct {
	count
	votes     []vote
	wrong     votingv1.InvalidBallots
	good      uint32 // ballots within the rules, and how many of them abstain
	abstained uint32
	scores    []int64 // by option; nil of methods that have none
	preferred []int   // options that stand equal, the preferred one first
	joined    bool    // those who did not vote were counted for the second option, or for the first
	forYes    bool
}

// countOpen counts the ballots of those voters whose ballots are to be counted.
func (c *checking) countOpen(counts func(voter string) bool) *openCount {
	n := &openCount{preferred: c.preferred()}
	options := len(c.question.GetOptions())
	if c.form() == formYesNo {
		options = 3
	}
	sums, given := make([]weight, options), make([]int64, options)
	var valid, abstained weight
	for i, voter := range c.voted {
		if !counts(voter) {
			continue
		}
		w := c.weights[voter]
		n.participants = n.participants.plus(w)
		picked, points, good := c.picked(c.choices[i], &n.wrong)
		switch {
		case !good:
			continue
		case len(picked) == 0:
			n.abstained++
			abstained = abstained.plus(w)
		default:
			valid = valid.plus(w)
			n.votes = append(n.votes, vote{picked, points, w.heads})
		}
		n.good++
		for k, o := range picked {
			sums[o] = sums[o].plus(w)
			given[o] += points[k] * w.heads
		}
	}
	if c.form() == formYesNo {
		sums[2] = abstained
	}
	n.count.abstained, n.valid = abstained, [2]weight{valid, valid}
	for _, w := range sums {
		n.options = append(n.options, [2]weight{w, w})
	}
	n.shown = map[communityv1.Measure]bool{}
	for m := range measureNames { // any order: each is set under its own key
		n.shown[m] = true
	}
	n.scores = c.scored(n, given)
	if c.rules.GetTurnout().GetAbstentionsAbsent() {
		n.participants = n.participants.minus(abstained)
	}
	c.withSilent(n)
	return n
}

// scored gives what the method orders options by, where that is not who named them.
func (c *checking) scored(n *openCount, given []int64) []int64 {
	switch c.rules.GetMethod() {
	case communityv1.Method_METHOD_YES_NO, communityv1.Method_METHOD_SINGLE, communityv1.Method_METHOD_INSTANT_RUNOFF:
		return nil
	case communityv1.Method_METHOD_BORDA: // a point for every option that a ballot puts below one
		points := make([]int64, len(n.options))
		for _, v := range n.votes {
			for place, o := range v.options {
				points[o] += int64(len(n.options)-1-place) * v.heads
			}
		}
		return points
	}
	return given
}

// plain holds the tally against what was counted.
func (c *checking) plain(t *votingv1.Tally) {
	n := c.countOpen(func(string) bool { return true })
	where, wrong, given := at(c.tallied), &n.wrong, t.GetInvalidBallots()
	invalid := wrong.GetUnopened() + wrong.GetMisplaced() + wrong.GetMalformed() + wrong.GetOutsideRules() + wrong.GetUnequal()
	c.is(given.GetUnopened() == wrong.GetUnopened() && given.GetMisplaced() == wrong.GetMisplaced() &&
		given.GetMalformed() == wrong.GetMalformed() && given.GetOutsideRules() == wrong.GetOutsideRules() &&
		given.GetUnequal() == wrong.GetUnequal() && t.GetInvalid() == invalid, whyCountInvalid, where)
	c.is(t.GetValid() == n.good && t.GetAbstained() == n.abstained && c.same(t.GetValidHeads(), t.GetValidAreaCentiM2(),
		t.GetValidMeasured(), n.valid[0]), whyCountValid, where)
	c.count, c.open = &n.count, n
	c.totals(t)
}
