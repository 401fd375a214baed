package pollcheck

import (
	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var whyTurnout = because("turnout.differs",
	"What the tally makes of those who did not vote does not follow from the notices that were proved to be delivered, or from the rules.",
	"计票对未投票者的处理与已证明送达的通知或规则不符。").unless(ofPoll)

// silence tells whether those who did not vote may count.
func (p *poll) silence() bool {
	n := p.rules.GetTurnout().GetNonVoters()
	return n == communityv1.NonVoters_NON_VOTERS_TAKE_PART || n == communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY
}

// silent counts those on the roll who did not vote: to how many the notice is proved to have come in time, what these weigh, and how many
// others there are.
func (c *checking) silent() (told, untold uint32, w weight) {
	voted := map[string]bool{}
	for _, voter := range c.voted {
		voted[voter] = true
	}
	for voter, weighs := range c.weights { // any order: sums do not depend on it
		switch {
		case voted[voter]:
		case c.delivered[voter]:
			told, w = told+1, w.plus(weighs)
		default:
			untold++
		}
	}
	return told, untold, w
}

// withSilent adds those whose silence counts. Where nobody took part, nobody's does.
func (c *checking) withSilent(n *openCount) {
	_, _, silent := c.silent()
	if !c.silence() || c.absent || n.participants == (weight{}) || silent == (weight{}) {
		return
	}
	n.participants = n.participants.plus(silent)
	if c.rules.GetTurnout().GetNonVoters() == communityv1.NonVoters_NON_VOTERS_TAKE_PART {
		return
	}
	yes, no := n.options[0][0], n.options[1][0]
	n.forYes = c.more(yes, no)
	if n.joined = n.forYes || c.more(no, yes); !n.joined {
		return
	}
	n.valid[0] = n.valid[0].plus(silent)
	n.valid[1] = n.valid[0]
	if n.forYes {
		n.besides = silent
	}
}

// more tells whether a side has more in every measure in which a majority is asked for; in heads, if it is in none.
func (c *checking) more(side, other weight) bool {
	asked := false
	for _, q := range c.rules.GetRequirements() {
		if q.GetOf() != communityv1.Of_OF_YES {
			continue
		}
		asked = true
		if side.of(q.GetMeasure()) <= other.of(q.GetMeasure()) {
			return false
		}
	}
	return asked || side.heads > other.heads
}

// turnout holds what the tally says of those who did not vote against what follows, and what the result would be without them.
func (c *checking) turnout() {
	t, rules := c.tally(), c.rules.GetTurnout()
	if c.open == nil { // nothing is counted yet, or in secret, or it could not be
		if t.GetTurnout() != nil {
			c.unchecked(notEarlier)
		}
		return
	}
	var want *votingv1.Turnout
	says := rules.GetNonVoters() != communityv1.NonVoters_NON_VOTERS_UNSPECIFIED
	if says || rules.GetAbstentionsAbsent() {
		want = &votingv1.Turnout{AbstentionsAbsent: rules.GetAbstentionsAbsent(), NonVoters: rules.GetNonVoters()}
	}
	if says {
		told, untold, w := c.silent()
		want.Warning = c.rules.GetNotice().GetWarning()
		want.Delivered, want.Undelivered, want.Heads, want.AreaCentiM2 = told, untold, w.heads, w.area
		if measuredRules(c.rules) {
			want.Measured = &votingv1.Measured{Households: w.households, Weight: w.classes}
		}
	}
	if c.open.joined {
		want.Joined = true
		if !c.open.forYes {
			want.Option = 1
		}
	}
	if c.silence() {
		without := *c
		without.absent = true
		without.open = without.countOpen(everybody)
		without.results.count = &without.open.count
		end := without.outcome(low)
		if end.long {
			c.unchecked(notInTime)
			return
		}
		want.InequalitiesWithout, want.ResultWithout = end.lines, end.result
	}
	if want == nil && t.GetTurnout() == nil {
		return
	}
	c.is(proto.Equal(want, t.GetTurnout()), whyTurnout, at(c.tallied)) // nothing is not the same as nobody
}

func everybody(string) bool { return true }
