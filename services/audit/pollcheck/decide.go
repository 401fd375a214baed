package pollcheck

import (
	"math/big"
	"slices"
	"strconv"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyInequality = because("result.inequality",
		"A requirement is not written out with its own integers, or does not hold as it says.", "某条要求的数字或成立与否写得不对。")
	whyWinners = because("result.winners",
		"The winners are not those whom the totals give.", "当选项与合计得出的不符。").unless(ofPoll)
	whyTies = because("result.ties",
		"The ties that decided are not those that there were.", "决定结果的平局与实际不符。").unless(ofPoll)
	whySteps = because("steps.differ",
		"The steps of the count are not those that it took.", "计票步骤与实际不符。").unless(ofPoll)
	whyResult = because("result.differs",
		"The result is not the one that follows.", "结果与应得结果不符。")
)

// end is one end of what is known: the low one makes every requirement hardest, the high one easiest.
type end int

const (
	low end = iota
	high
)

// result works out every requirement from what was counted, then winners and result, and compares.
func (c *checking) result() {
	t := c.tally()
	switch {
	case t == nil:
		return
	case c.count == nil:
		if c.secret() && slices.Contains(methods, c.rules.GetMethod()) || !c.secret() && c.form() != formUnknown {
			c.unchecked(notEarlier)
		} else {
			c.unchecked(notOurMethod)
		}
		return
	}
	var chosen [2]outcome
	for _, e := range []end{low, high} {
		chosen[e] = c.outcome(e)
	}
	if chosen[low].long {
		c.unchecked(notInTime)
		return
	}
	c.inequalities(t, chosen)
	if c.together == votingv1.Together_TOGETHER_SHORT {
		chosen[high].result = chosen[low].result // something fails, and nobody knows what
	}
	want := chosen[low].result
	if chosen[low].result != chosen[high].result || chosen[low].unsure {
		want, chosen[low].ties = votingv1.Result_RESULT_WITHHELD, nil
	}
	where := at(c.tallied)
	c.is(t.GetResult() == want, whyResult, where)
	chosen[low].result = want
	c.is(slices.Equal(t.GetWinners(), chosen[low].won()) && t.GetCostFen() == chosen[low].spent(), whyWinners, where)
	ties := slices.EqualFunc(chosen[low].ties, t.GetTies(), broken.told)
	c.is(ties && t.GetTieBroken() == (len(chosen[low].ties) > 0), whyTies, where)
}

// cost is what the winners cost together, where a budget is spent.
func (c *checking) cost(winners []uint32) (cost int64) {
	for _, o := range winners {
		if c.buys() {
			cost += c.question.GetOptions()[o].GetCostFen()
		}
	}
	return cost
}

// outcome is what follows at one end.
type outcome struct {
	lines   []*votingv1.Inequality
	result  votingv1.Result
	winners []uint32
	ties    []broken
	cost    int64
	steps   []*votingv1.CountStep
	unsure  bool // who wins is not known
	long    bool // and nobody could wait for it
}

// won are the winners of what was chosen; of anything else there are none.
func (o outcome) won() []uint32 {
	if o.result != votingv1.Result_RESULT_CHOSEN {
		return nil
	}
	return o.winners
}

// spent is what they cost.
func (o outcome) spent() int64 {
	if o.result != votingv1.Result_RESULT_CHOSEN {
		return 0
	}
	return o.cost
}

// outcome judges the figures of one end. An empty room decides nothing.
func (c *checking) outcome(e end) outcome {
	var out outcome
	yesNo := c.rules.GetMethod() == communityv1.Method_METHOD_YES_NO
	var option weight
	if yesNo {
		option = c.count.options[0][e].plus(c.count.besides)
	} else {
		c.winners(e, &out)
		if len(out.winners) == 1 {
			option = c.count.options[out.winners[0]][e]
		}
		out.unsure = !c.count.shown[communityv1.Measure_MEASURE_HEADS] && c.count.participants != (weight{})
	}
	out.result = votingv1.Result_RESULT_PASSED
	for _, q := range c.rules.GetRequirements() {
		line := c.inequality(q, option, e)
		out.lines = append(out.lines, line)
		switch {
		case line.GetHolds():
		case q.GetQuorum():
			out.result = votingv1.Result_RESULT_NO_QUORUM
		case out.result == votingv1.Result_RESULT_PASSED:
			out.result = votingv1.Result_RESULT_REJECTED
		}
	}
	if c.count.participants == (weight{}) {
		out.result = votingv1.Result_RESULT_NO_QUORUM
	}
	if out.result != votingv1.Result_RESULT_PASSED || yesNo {
		out.unsure = false // the requirements decide, whoever would have won
		return out
	}
	out.result = votingv1.Result_RESULT_REJECTED
	if len(out.winners) > 0 && (c.buys() || c.count.options[out.winners[0]][e].heads >= c.scoreMin()) {
		out.result = votingv1.Result_RESULT_CHOSEN
	}
	return out
}

// scoreMin is the least that a winner must have. Of points in secret nobody knows how many gave them, so rules of scores have none.
func (c *checking) scoreMin() int64 {
	if c.secret() && c.rules.GetMethod() == communityv1.Method_METHOD_SCORE {
		return 0
	}
	return c.rules.GetBallot().GetScoreMin()
}

// inequality writes one requirement out.
func (c *checking) inequality(q *communityv1.Requirement, option weight, e end) *votingv1.Inequality {
	part, base := c.count.participants.of(q.GetMeasure()), wholeOf(c.rollOrNil()).of(q.GetMeasure())
	if q.GetOf() == communityv1.Of_OF_YES {
		part = option.of(q.GetMeasure())
	}
	switch q.GetBase() {
	case communityv1.Base_BASE_PARTICIPANTS:
		base = c.count.participants.of(q.GetMeasure())
	case communityv1.Base_BASE_VALID:
		base = c.count.valid[1-e].of(q.GetMeasure()) // a share is hardest to have of the most
	}
	left := new(big.Int).Mul(big.NewInt(q.GetDenominator()), big.NewInt(part))
	right := new(big.Int).Mul(big.NewInt(q.GetNumerator()), big.NewInt(base))
	line := &votingv1.Inequality{
		Left: product(q.GetDenominator(), part), Sign: ">=", Right: product(q.GetNumerator(), base),
		Requirement: q, BaseZero: base == 0, Holds: left.Cmp(right) >= 0,
	}
	if q.GetStrict() {
		line.Sign, line.Holds = ">", left.Cmp(right) > 0
	}
	line.Holds = line.GetHolds() && base != 0
	return line
}

func product(a, b int64) string { return strconv.FormatInt(a, 10) + "*" + strconv.FormatInt(b, 10) }

func (p *poll) rollOrNil() *votingv1.Roll {
	r, _ := p.published()
	return r
}

// inequalities compares the tally's requirements, in their order. One whose figures are hidden has its sign alone; one of which nothing
// was opened that would tell is left out.
func (c *checking) inequalities(t *votingv1.Tally, ends [2]outcome) {
	var want []*votingv1.Inequality
	for i, line := range ends[low].lines {
		other := ends[high].lines[i]
		if line.GetHolds() != other.GetHolds() {
			continue
		}
		if line.GetLeft() != other.GetLeft() || line.GetRight() != other.GetRight() {
			line.Left, line.Right = "", ""
		}
		want = append(want, line)
	}
	where := at(c.tallied)
	if !c.is(len(t.GetInequalities()) == len(want), whyInequality, where) {
		return
	}
	for i, line := range t.GetInequalities() {
		c.is(proto.Equal(line, want[i]), whyInequality, where.of("requirement %d", i+1))
	}
}

// winners are who would win, by open ballots or by what is known of the sums of secret ones.
func (c *checking) winners(e end, out *outcome) {
	if !c.secret() {
		c.take(c.decide(c.open), out)
		return
	}
	totals := func(o int) int64 {
		if c.rules.GetMethod() == communityv1.Method_METHOD_SCORE {
			return c.count.points[o][e].heads
		}
		return c.count.options[o][e].heads
	}
	switch {
	case c.count.choice != nil:
		c.take(c.count.choice, out)
	case c.byFilling(): // nothing was opened
	default:
		e := election{}
		for o := range c.count.options {
			e.scores = append(e.scores, totals(o))
		}
		c.take(c.choose(e), out)
		if c.spends() && !c.count.shown[communityv1.Measure_MEASURE_HEADS] {
			out.ties = nil // of totals that nobody has opened
		}
	}
}

func (c *checking) take(s *selected, out *outcome) {
	out.winners, out.ties, out.cost, out.steps, out.long = s.winners, s.ties, c.cost(s.winners), s.steps, s.long
}

func numbers(list []int) []uint32 {
	out := make([]uint32, len(list))
	for i, n := range list {
		out[i] = uint32(n)
	}
	return out
}

// stepsOptionsMax bounds the options of counts whose steps are told.
const stepsOptionsMax = 60

// steps compares the steps of a count of ballots, or of how secret ones were filled in, in its order.
func (c *checking) steps() {
	t := c.tally()
	if c.count == nil {
		return
	}
	var want []*votingv1.CountStep
	if len(c.question.GetOptions()) <= stepsOptionsMax {
		end := c.outcome(low)
		if end.long {
			c.unchecked(notInTime)
			return
		}
		want = end.steps
	}
	if len(want) == 0 && len(t.GetSteps()) == 0 {
		return
	}
	same := slices.EqualFunc(want, t.GetSteps(), func(a, b *votingv1.CountStep) bool { return proto.Equal(a, b) })
	c.is(same, whySteps, at(c.tallied))
}
