package pollcheck

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"slices"
	"strings"

	"renlin.dev/pkg/ballot"
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

// methods are those that are counted here.
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
	case c.hidden.between(c.opened, c.closed):
		c.unchecked(notShown)
		return
	case c.onPaper():
		c.unchecked(notPaper)
		return
	}
	where := at(c.tallied)
	cast, _ := of[*votingv1.BallotCast](c.poll)
	ballots := uint32(len(c.voted))
	c.is(t.GetBallots() == ballots && t.GetReplaced() == uint32(len(cast))-ballots, whyCountBallots, where)
	if !slices.Contains(methods, c.rules.GetMethod()) || c.rules.GetMethod() == communityv1.Method_METHOD_SCORE {
		c.unchecked(notOurMethod)
		return
	}
	c.plain(t)
}

func (p *poll) onPaper() bool {
	_, cast := of[*votingv1.BallotCast](p)
	return slices.ContainsFunc(cast, func(b *votingv1.BallotCast) bool { return b.GetPaper() > 0 })
}

// plain counts open ballots of yes or no, of one option, and of several.
func (c *checking) plain(t *votingv1.Tally) {
	n, options := &count{shown: map[communityv1.Measure]bool{}}, len(c.question.GetOptions())
	if c.rules.GetMethod() == communityv1.Method_METHOD_YES_NO {
		options = 3
	}
	n.options = make([][2]weight, options)
	wrong, valid := &votingv1.InvalidBallots{}, uint32(0)
	var abstained uint32
	var validWeight weight
	for i, voter := range c.voted {
		w := c.weights[voter]
		n.participants = n.participants.plus(w)
		picked, good := c.picked(c.choices[i], wrong)
		switch {
		case !good:
			continue
		case len(picked) == 0:
			abstained++
			n.abstained = n.abstained.plus(w)
		default:
			validWeight = validWeight.plus(w)
		}
		valid++
		for _, o := range picked {
			n.options[o] = [2]weight{n.options[o][0].plus(w), n.options[o][0].plus(w)}
		}
	}
	if c.rules.GetMethod() == communityv1.Method_METHOD_YES_NO {
		n.options[2] = [2]weight{n.abstained, n.abstained}
	}
	n.valid = [2]weight{validWeight, validWeight}
	for m := range measureNames { // any order: each is set under its own key
		n.shown[m] = true
	}
	where := at(c.tallied)
	invalid := wrong.GetUnopened() + wrong.GetMisplaced() + wrong.GetMalformed() + wrong.GetOutsideRules()
	given := t.GetInvalidBallots()
	c.is(given.GetUnopened() == wrong.GetUnopened() && given.GetMisplaced() == wrong.GetMisplaced() &&
		given.GetMalformed() == wrong.GetMalformed() && given.GetOutsideRules() == wrong.GetOutsideRules() && given.GetUnequal() == 0 &&
		t.GetInvalid() == invalid, whyCountInvalid, where)
	c.is(t.GetValid() == valid && t.GetAbstained() == abstained && c.same(t.GetValidHeads(), t.GetValidAreaCentiM2(), t.GetValidMeasured(),
		validWeight), whyCountValid, where)
	c.count = n
	c.totals(t)
}

// picked gives the options that a ballot names, none for one that abstains, and whether it is within the poll's rules.
func (c *checking) picked(ch choice, wrong *votingv1.InvalidBallots) (options []uint32, good bool) {
	switch {
	case errors.Is(ch.fault, ballot.ErrUnopened):
		wrong.Unopened++
		return nil, false
	case errors.Is(ch.fault, ballot.ErrMisplaced):
		wrong.Misplaced++
		return nil, false
	case ch.fault != nil:
		wrong.Malformed++
		return nil, false
	}
	if !c.within(ch.GetOptions()) || len(ch.GetPoints()) > 0 {
		wrong.OutsideRules++
		return nil, false
	}
	if c.rules.GetMethod() == communityv1.Method_METHOD_YES_NO && len(ch.GetOptions()) == 1 && ch.GetOptions()[0] == 2 {
		return nil, true // to abstain is to say nothing
	}
	return ch.GetOptions(), true
}

// within tells whether a choice keeps to the poll's rules; a blank one does.
func (c *checking) within(picked []uint32) bool {
	options, rules := c.question.GetOptions(), c.rules.GetBallot()
	least, most, all := rules.GetOptionsMin(), rules.GetOptionsMax(), len(options)
	switch c.rules.GetMethod() {
	case communityv1.Method_METHOD_YES_NO:
		least, most, all = 0, 1, 3
	case communityv1.Method_METHOD_SINGLE:
		most = 1
	}
	if len(picked) == 0 {
		return true
	}
	if most == 0 {
		most = uint32(all)
	}
	sorted := slices.Sorted(slices.Values(picked))
	if uint32(len(picked)) < least || uint32(len(picked)) > most || int(sorted[len(sorted)-1]) >= all ||
		len(slices.Compact(sorted)) != len(picked) {
		return false
	}
	var cost int64
	for _, o := range picked {
		if int(o) < len(options) {
			cost += options[o].GetCostFen()
		}
	}
	return c.rules.GetMethod() == communityv1.Method_METHOD_YES_NO || rules.GetCostSumMaxFen() == 0 || cost <= rules.GetCostSumMaxFen()
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
	if c.rules.GetTurnout().GetAbstentionsAbsent() {
		part = part.minus(c.count.abstained)
	}
	if c.silence() {
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
		switch c.rules.GetMethod() {
		case communityv1.Method_METHOD_APPROVAL, communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP:
			score = w.heads
		case communityv1.Method_METHOD_SCORE: // how many gave an option points nobody knows; how many points it has, the sums say
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

// silence tells whether those who did not vote may count.
func (p *poll) silence() bool {
	n := p.rules.GetTurnout().GetNonVoters()
	return n == communityv1.NonVoters_NON_VOTERS_TAKE_PART || n == communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY
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
