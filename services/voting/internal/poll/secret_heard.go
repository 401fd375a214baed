package poll

import (
	"slices"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// heard is a count of which not everything is known: every total that the ballots can have lies from low to high, and between what
// follows from the one and what follows from the other lies the truth. Where both say the same, it is known.
type heard struct {
	low, high tally.Totals
	// exact tells of which measures all totals are known. Nothing of the others is published.
	exact map[tally.Measure]bool
	valid bool // and what the valid ballots weigh in them
	// opened: some totals were, or there are none to open because nobody took part.
	opened bool
	// judged is the result where ballots are counted by how they are filled in, and not by the options' totals.
	judged *tally.Result
}

var allMeasures = []tally.Measure{tally.Heads, tally.Area, tally.Households, tally.Classes}

// hear turns what is known into totals, by the count's numbers of options.
func (c *count) hear(e *votingv1.EncryptedTally, known *found, part tally.Weight) *heard {
	n := len(c.number)
	if c.poll.Method == tally.MethodYesNo {
		n = 3
	}
	h := &heard{exact: map[tally.Measure]bool{}, valid: c.poll.Method != tally.MethodScore, opened: part == tally.Weight{}}
	h.opened = h.opened || e.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS && len(e.GetTotals()) > 0
	several := c.poll.Method == tally.MethodApproval || c.poll.Method == tally.MethodBudget
	h.valid = h.valid && (!several || c.poll.Form.ChoicesMin > 0)
	for _, t := range []*tally.Totals{&h.low, &h.high} {
		t.Options, t.Scores, t.Participants = make([]tally.Weight, n), make([]tally.Weight, n), part
	}
	for _, m := range allMeasures {
		spans := make([]span, n)
		exact := 0
		for i := range spans {
			spans[i] = span{0, c.most(part.Of(m))}
		}
		for i, t := range e.GetTotals() {
			if o := int(t.GetOption()); measures[t.GetMeasure()] == m && o < n {
				s := known.spans[i]
				spans[c.numbered(o)] = span{min(s.low, c.most(part.Of(m))), min(s.high, c.most(part.Of(m)))}
			}
		}
		for o, s := range spans {
			h.low.Options[o].Set(m, s.low)
			h.high.Options[o].Set(m, s.high)
			exact += int(one(s.exact()))
		}
		h.exact[m] = exact == n
		h.bounds(c, m, part.Of(m))
	}
	for _, t := range []*tally.Totals{&h.low, &h.high} {
		copy(t.Scores, t.Options)
		if c.poll.Method == tally.MethodScore {
			clear(t.Options) // how many named an option nobody knows
		}
	}
	return h
}

// most is the largest total of an option of which a part of that weight can have cast ballots.
func (c *count) most(part int64) int64 {
	if c.poll.Method == tally.MethodScore {
		return part * max(1, c.poll.Form.PointsMax) // the roll's was found to fit
	}
	return part
}

// numbered is the count's number of an option of the question.
func (c *count) numbered(option int) uint32 {
	if c.poll.Method == tally.MethodYesNo {
		return uint32(option)
	}
	return c.number[option]
}

// bounds fills in what the valid ballots weigh in a measure, and those that abstain. A share of the valid is least where most are valid.
func (h *heard) bounds(c *count, m tally.Measure, part int64) {
	var valid int64
	switch {
	case !h.exact[m]:
		yes := h.high.Options[tally.Yes].Of(m)
		h.low.Valid.Set(m, part)
		h.high.Valid.Set(m, yes)
		if c.poll.Method != tally.MethodYesNo || yes == 0 {
			h.high.Valid.Set(m, part)
		}
		return
	case c.poll.Method == tally.MethodYesNo:
		valid = h.low.Options[tally.Yes].Of(m) + h.low.Options[tally.No].Of(m)
	case c.poll.Method == tally.MethodSingle:
		for _, o := range h.low.Options {
			valid += o.Of(m)
		}
	default:
		valid = part
	}
	for _, t := range []*tally.Totals{&h.low, &h.high} {
		t.Valid.Set(m, valid)
		t.Abstained.Set(m, part-valid)
	}
}

// decide writes what is known of the result.
func (h *heard) decide(c *count, out *votingv1.Tally, level communityv1.Secrecy, together votingv1.Together) error {
	low, err := h.judge(c, h.low)
	if err != nil {
		return err
	}
	high, err := h.judge(c, h.high)
	if err != nil {
		return err
	}
	lines, least := c.verdict(low)
	others, most := c.verdict(high)
	if together == votingv1.Together_TOGETHER_SHORT {
		most = least // something fails, and nobody knows what
	}
	for i, line := range lines {
		other := others[i]
		if line.GetHolds() != other.GetHolds() {
			continue // nothing was opened that would tell
		}
		if line.GetLeft() != other.GetLeft() || line.GetRight() != other.GetRight() {
			line.Left, line.Right = "", ""
		}
		out.Inequalities = append(out.Inequalities, line)
	}
	h.publish(c, out, low)
	passed := votingv1.Result_RESULT_PASSED
	switch chosen := c.poll.Method == tally.MethodYesNo || h.exact[tally.Heads]; {
	case least == most && (most != passed || chosen):
		out.Result = most
		if !h.exact[tally.Heads] {
			low.Ties = nil // of totals that nobody has opened
		}
		c.choose(out, low)
	case level == communityv1.Secrecy_SECRECY_UNSPECIFIED:
		out.Result = votingv1.Result_RESULT_WITHHELD
	default:
		return ErrUncounted
	}
	return nil
}

// judge says what follows from totals, or what was counted already.
func (h *heard) judge(c *count, t tally.Totals) (tally.Result, error) {
	if h.judged != nil {
		return *h.judged, nil
	}
	return c.poll.Judge(t)
}

// publish writes the figures that are known.
func (h *heard) publish(c *count, out *votingv1.Tally, res tally.Result) {
	if !h.opened {
		return
	}
	shown := tally.Totals{
		Options: slices.Clone(h.low.Options), Scores: slices.Clone(h.low.Scores), Valid: h.low.Valid, Abstained: h.low.Abstained,
	}
	for _, m := range allMeasures {
		if h.exact[m] {
			continue
		}
		for i := range shown.Options {
			shown.Options[i].Set(m, 0)
			shown.Scores[i].Set(m, 0)
		}
		shown.Valid.Set(m, 0)
		shown.Abstained.Set(m, 0)
	}
	out.Totals = c.totals(shown, res.Points)
	if h.judged != nil {
		out.Steps = c.steps(res)
	}
	if c.measured && !h.exact[tally.Households] && !h.exact[tally.Classes] {
		for _, t := range out.Totals {
			t.Measured = nil
		}
	}
	if !h.valid {
		return
	}
	out.ValidHeads, out.ValidAreaCentiM2 = shown.Valid.Heads, shown.Valid.Area
	if c.measured {
		out.ValidMeasured = measuredOf(shown.Valid)
	}
}

// abstained counts the ballots that abstain, where everybody who took part is one head; otherwise it is not known, and 0.
func (h *heard) abstained(rows []Credential) uint32 {
	several := func(r Credential) bool { return r.Weight.Heads != 1 }
	if !h.valid || !h.exact[tally.Heads] || slices.ContainsFunc(rows, several) {
		return 0
	}
	return uint32(h.low.Abstained.Heads)
}
