package pollcheck

import (
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// openCount is a count of open ballots.
type openCount struct {
	count
	heaper    heaper // of ballots that name something, by heads, the measure by which options are ordered
	wrong     votingv1.InvalidBallots
	good      uint32 // ballots within the rules, and how many of them abstain
	abstained uint32
	scores    []int64 // by option; nil of methods that have none
	chosen    *selected
	joined    bool // those who did not vote were counted for the second option, or for the first
	forYes    bool
}

// countOpen counts the ballots of those voters whose ballots are to be counted.
func (c *checking) countOpen(counts func(voter string) bool) *openCount {
	n := &openCount{}
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
			n.heaper.add(picked, points, w.heads)
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
	n.scores = c.scoredBy(n, given)
	if c.rules.GetTurnout().GetAbstentionsAbsent() {
		n.participants = n.participants.minus(abstained)
	}
	c.withSilent(n)
	return n
}

// scoredBy gives what the method orders options by, where that is not who named them.
func (c *checking) scoredBy(n *openCount, given []int64) []int64 {
	switch c.rules.GetMethod() {
	case communityv1.Method_METHOD_YES_NO, communityv1.Method_METHOD_SINGLE, communityv1.Method_METHOD_INSTANT_RUNOFF,
		communityv1.Method_METHOD_SCHULZE, communityv1.Method_METHOD_STV:
		return nil
	case communityv1.Method_METHOD_BORDA:
		return bordered(n.heaper.heaps, len(n.options))
	}
	return given
}

// decide finds the winners of open ballots, once.
func (c *checking) decide(n *openCount) *selected {
	if n.chosen == nil {
		e := election{heaps: n.heaper.heaps, named: n.heaper.named, scores: n.scores}
		if e.scores == nil {
			for _, o := range n.options {
				e.scores = append(e.scores, o[0].heads)
			}
		}
		n.chosen = c.choose(e)
	}
	return n.chosen
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
