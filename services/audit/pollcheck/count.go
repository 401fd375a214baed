package pollcheck

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyCountBallots = because("count.ballots",
		"The tally has more or fewer ballots, or replaced ones, than the record.", "计票的选票数或被替换数与记录不符。").unless(ofPoll)
	whyCountInvalid = because("count.invalid",
		"The tally calls other ballots invalid, or for other reasons, than those that are.", "计票所列无效票或其原因与实际不符。")
	whyCountParticipants = because("count.participants",
		"What those weigh who took part is not what the tally says.", "参与者的权重合计与计票不符。")
	whyCountValid = because("count.valid",
		"The valid ballots or those that abstain are not what the tally says.", "有效票或弃权票与计票不符。")
	whyCountTotals = because("count.totals",
		"What an option received is not what the tally says.", "某选项所得与计票不符。")
	whyCountSecret = because("count.secret",
		"What the tally says of the secret ballots is not what the record shows.", "计票中关于秘密选票的说明与记录不符。").unless(ofPoll)
	whySeed = because("seed.differs",
		"The seed that broke ties is not the one that follows from the trustees' numbers.", "决定平局的种子与保管人公开的数不符。").unless(ofPoll)
)

// methods are those that are counted here in secret polls; of open ones, those that have a form.
var methods = []communityv1.Method{
	communityv1.Method_METHOD_YES_NO, communityv1.Method_METHOD_SINGLE, communityv1.Method_METHOD_APPROVAL, communityv1.Method_METHOD_SCORE,
}

// count is what was counted, or what is known of it: each figure lies between two ends, which are the same where it is known.
type count struct {
	participants, abstained weight
	valid                   [2]weight
	options                 [][2]weight // by the question's index; yes, no, abstain for yes or no
	points                  [][2]weight // of methods that score, as above
	shown                   map[communityv1.Measure]bool
	scores                  []int64   // where they are no totals of the options
	choice                  *selected // where it follows from more than totals
	besides                 weight    // of those who did not vote and count for yes
}

// checkCount counts, or takes what was opened, and holds the tally against it.
func (c *checking) checkCount() {
	t := c.tally()
	if t == nil {
		return
	}
	switch {
	case c.secret():
		c.countSecret(t)
		return
	case c.choices == nil || c.weights == nil:
		c.unchecked(notEarlier)
		return
	case c.hidden.between(c.opened, c.closed), c.silence() && c.hidden.between(c.facts[0], c.closed):
		c.unchecked(notShown)
		return
	}
	where := at(c.tallied)
	cast, _ := of[*votingv1.BallotCast](c.poll)
	ballots := uint32(len(c.voted))
	c.is(t.GetBallots() == ballots && t.GetReplaced() == uint32(len(cast))-ballots, whyCountBallots, where)
	if c.form() == formUnknown {
		c.unchecked(notOurMethod)
		return
	}
	c.plain(t)
}

// same compares figures of the tally with what was counted. Of measures that do not count the tally says nothing.
func (c *checking) same(heads, area int64, measured *votingv1.Measured, w weight) bool {
	if !measuredRules(c.rules) {
		w.households, w.classes = 0, 0
	}
	return weight{heads, area, measured.GetHouseholds(), measured.GetWeight()} == w
}

// totals holds the tally's participants, and each option's totals, against what was counted.
func (c *checking) totals(t *votingv1.Tally) {
	where := at(c.tallied)
	part := c.count.participants
	if c.secret() && c.rules.GetTurnout().GetAbstentionsAbsent() { // of open ones that is in it
		part = part.minus(c.count.abstained)
	}
	if c.secret() && c.silence() {
		c.unchecked(notSilence)
	} else {
		c.is(c.same(t.GetParticipantsHeads(), t.GetParticipantsAreaCentiM2(), t.GetParticipantsMeasured(), part), whyCountParticipants, where)
	}
	c.count.participants = part
	if !c.is(len(t.GetTotals()) == len(c.count.options), whyCountTotals, where) {
		return
	}
	for i, total := range t.GetTotals() {
		w, score := c.count.options[i][0], int64(0)
		switch m := c.rules.GetMethod(); {
		case !c.secret():
			if c.open.scores != nil {
				score = c.open.scores[i]
			}
		case m == communityv1.Method_METHOD_APPROVAL, c.spends():
			score = w.heads
		case m == communityv1.Method_METHOD_SCORE: // how many gave an option points nobody knows; how many points it has, the sums say
			w, score = weight{}, c.count.points[i][0].heads
		}
		if c.count.scores != nil {
			score = c.count.scores[i]
		}
		w = c.only(w)
		ok := total.GetOption() == uint32(i) && total.GetScore() == score
		c.is(ok && c.same(total.GetHeads(), total.GetAreaCentiM2(), total.GetMeasured(), w), whyCountTotals, where.of("option %d", i))
	}
}

// only leaves out the measures of which nothing is told.
func (c *checking) only(w weight) weight {
	if !c.count.shown[communityv1.Measure_MEASURE_HEADS] {
		w.heads = 0
	}
	if !c.count.shown[communityv1.Measure_MEASURE_AREA] {
		w.area = 0
	}
	if !c.count.shown[communityv1.Measure_MEASURE_HOUSEHOLDS] {
		w.households = 0
	}
	if !c.count.shown[communityv1.Measure_MEASURE_WEIGHT] {
		w.classes = 0
	}
	return w
}

// checkSeed compares the seed with the one that follows from what the trustees revealed.
func (c *checking) checkSeed() {
	t := c.tally()
	if t == nil || c.rules.GetTieRule() != communityv1.TieRule_TIE_RULE_SEED && len(t.GetTieSeed()) == 0 {
		return
	}
	if !c.secret() && c.rules.GetSecrecy() != nil && c.seal == nil {
		c.unchecked(notEarlier)
		return
	}
	c.is(bytes.Equal(t.GetTieSeed(), c.seed), whySeed, at(c.tallied))
}

// preferred orders options that stand equal: by the seed where there is one, and by code.
func (c *checking) preferred() []int {
	order := make([]int, len(c.question.GetOptions()))
	for i := range order {
		order[i] = i
	}
	return sortedCopy(order, func(a, b int) int {
		x, y := c.question.GetOptions()[a].GetCode(), c.question.GetOptions()[b].GetCode()
		if len(c.seed) > 0 {
			hx, hy := sha256.Sum256(append(slices.Clone(c.seed), x...)), sha256.Sum256(append(slices.Clone(c.seed), y...))
			return cmp.Or(bytes.Compare(hx[:], hy[:]), compareCodes(x, y))
		}
		return compareCodes(x, y)
	})
}

// compareCodes: numbers by value, before everything else.
func compareCodes(a, b string) int {
	number := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	switch {
	case number(a) && !number(b):
		return -1
	case number(b) && !number(a):
		return 1
	case !number(a):
		return strings.Compare(a, b)
	}
	x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(x, y), strings.Compare(a, b))
}
