package pollcheck

import (
	"slices"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// countSecret holds the tally of a secret poll against who took part, which everybody sees, and against what was opened. Of the rest it
// must say nothing.
func (c *checking) countSecret(t *votingv1.Tally) {
	e, where := c.encryptedTally(), at(c.tallied)
	if c.known == nil || c.weights == nil {
		c.unchecked(notEarlier)
		return
	}
	if c.hidden.between(c.opened, c.closed) {
		c.unchecked(notShown)
		return
	}
	counting := c.counting()
	n := uint32(len(counting))
	c.is(t.GetBallots() == n && t.GetReplaced() == e.GetReplaced(), whyCountBallots, where)
	c.is(t.GetValid() == n && t.GetInvalid() == 0 && t.GetHosted() == 0, whyCountInvalid, where)
	c.count = c.heard()
	if c.count.tells() {
		c.totals(t)
	} else {
		c.is(len(t.GetTotals()) == 0, whyCountTotals, where)
		c.is(c.same(t.GetParticipantsHeads(), t.GetParticipantsAreaCentiM2(), t.GetParticipantsMeasured(), c.count.participants),
			whyCountParticipants, where)
	}
	c.validSecret(t, counting)
	c.report(t, e)
	c.cameInSecret(t, counting)
}

// heard is what is known of every figure: what was opened, or proved, or nothing but that it is a part of those who took part.
func (c *checking) heard() *count {
	if c.byFilling() {
		return c.heardFillings()
	}
	n := &count{participants: c.part(), shown: map[communityv1.Measure]bool{}}
	options := len(c.question.GetOptions())
	if c.rules.GetMethod() == communityv1.Method_METHOD_YES_NO {
		options = 3
	}
	n.options, n.points = make([][2]weight, options), make([][2]weight, options)
	for m := range measureNames { // any order: each measure is set by itself
		most, exact := n.participants.of(m), true
		for o := range options {
			s, listed := c.known[sumName{m, uint32(o)}]
			if !listed {
				s = span{0, most * max(1, c.pointsMax())}
			}
			exact = exact && s.exact()
			n.points[o] = [2]weight{n.points[o][low].with(m, s.low), n.points[o][high].with(m, s.high)}
			n.options[o] = [2]weight{n.options[o][low].with(m, min(s.low, most)), n.options[o][high].with(m, min(s.high, most))}
		}
		n.shown[m] = exact
	}
	if c.rules.GetMethod() != communityv1.Method_METHOD_SCORE {
		n.points = n.options
	}
	c.validBounds(n)
	return n
}

// tells whether totals are published: those of a measure are known in which somebody weighs something, or nobody took part.
func (n *count) tells() bool {
	told := n.participants == weight{}
	for m := range measureNames { // any order: is there one
		told = told || n.shown[m] && n.participants.of(m) > 0
	}
	return told
}

func (c *checking) pointsMax() int64 {
	if c.rules.GetMethod() == communityv1.Method_METHOD_SCORE {
		return c.rules.GetBallot().GetPointsMax()
	}
	return 1
}

// validBounds are what the valid ballots weigh at least and at most. A blank ballot of several options looks like any other.
func (c *checking) validBounds(n *count) {
	for m := range measureNames { // any order: each measure is set by itself
		least, most := int64(0), n.participants.of(m)
		if n.shown[m] {
			switch c.rules.GetMethod() {
			case communityv1.Method_METHOD_YES_NO:
				least = n.options[0][low].of(m) + n.options[1][low].of(m)
				most = least
			case communityv1.Method_METHOD_SINGLE:
				for _, o := range n.options {
					least += o[low].of(m)
				}
				most = least
			case communityv1.Method_METHOD_APPROVAL, communityv1.Method_METHOD_BUDGET_GREEDY,
				communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP:
				if c.rules.GetBallot().GetOptionsMin() > 0 {
					least = most
				}
			}
		}
		n.valid = [2]weight{n.valid[low].with(m, least), n.valid[high].with(m, most)}
	}
}

// with gives a weight another amount in one measure.
func (w weight) with(m communityv1.Measure, n int64) weight {
	switch m {
	case communityv1.Measure_MEASURE_HEADS:
		w.heads = n
	case communityv1.Measure_MEASURE_AREA:
		w.area = n
	case communityv1.Measure_MEASURE_HOUSEHOLDS:
		w.households = n
	case communityv1.Measure_MEASURE_WEIGHT:
		w.classes = n
	}
	return w
}

// validSecret: what the tally says of valid ballots and abstentions must follow from the totals; it may leave it out.
func (c *checking) validSecret(t *votingv1.Tally, counting []*secretBallot) {
	said := weight{t.GetValidHeads(), t.GetValidAreaCentiM2(), t.GetValidMeasured().GetHouseholds(), t.GetValidMeasured().GetWeight()}
	right := true
	for m := range measureNames { // any order: each measure is looked at by itself
		known := c.count.shown[m] && c.count.valid[low].of(m) == c.count.valid[high].of(m)
		right = right && (said.of(m) == 0 || known && said.of(m) == c.count.valid[low].of(m))
	}
	if t.GetAbstained() > 0 {
		known := c.count.shown[communityv1.Measure_MEASURE_HEADS] && c.count.valid[low].heads == c.count.valid[high].heads
		for _, b := range counting {
			known = known && c.weights[chain.KeyID(b.key)].heads == 1
		}
		right = right && known && int64(t.GetAbstained()) == c.count.participants.heads-c.count.valid[low].heads
	}
	c.is(right, whyCountValid, at(c.tallied))
}

// report compares what the tally says of the opening.
func (c *checking) report(t *votingv1.Tally, e *votingv1.EncryptedTally) {
	where, r := at(c.tallied), t.GetSecret()
	right := r.GetSecrecy() == e.GetSecrecy() && r.GetChallenged() == e.GetChallenged() &&
		r.GetTogether() == c.together && r.GetCredentials() == c.roster.body.(*votingv1.RosterSealed).GetCredentials()
	c.is(right, whyCountSecret, where)
	exact := e.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS
	if exact && len(e.GetTotals()) > 0 && !c.nothing() {
		used := r.GetTrustees()
		right = len(used) == c.seal.Threshold && slices.IsSorted(used) && len(slices.Compact(slices.Clone(used))) == len(used)
		for _, n := range used {
			right = right && slices.ContainsFunc(c.partials, func(p *partial) bool { return p.Trustee == int(n) })
		}
		c.is(right, whyCountSecret, where.of("trustees"))
	} else {
		c.is(slices.Equal(r.GetTrustees(), c.used), whyCountSecret, where.of("trustees"))
	}
	var want []sumName
	if !exact {
		for _, total := range e.GetTotals() {
			want = append(want, nameOf(total))
		}
	}
	if !c.is(len(want) == len(r.GetRanges()), whyCountSecret, where.of("ranges")) {
		return
	}
	for i, g := range r.GetRanges() {
		s := c.known[want[i]]
		right = sumName{g.GetMeasure(), g.GetOption()} == want[i] && g.GetLow() == s.low && g.GetHigh() == s.high
		c.is(right, whyCountSecret, where.of("range %d", i+1))
	}
}
