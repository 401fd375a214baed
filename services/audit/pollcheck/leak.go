package pollcheck

import (
	"cmp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyLeakMissing = because("leak.missing",
		"The record does not say what the publication was found to tell of single voters.", "记录未载明公布内容对个人投票的泄露测算。")
	whyLeakLevels = because("leak.levels",
		"Other levels were considered than the rules allow, or in another order.", "所考虑的公开级别或其次序与规则不符。").unless(ofPoll)
	whyLeakHidden = because("leak.hidden",
		"Among how many a voter is hidden is not what follows from the roster and from who took part.",
		"投票人所隐藏的人数与凭证名册及参与情况不符。").unless(ofPoll)
	whyLeakFigures = because("leak.figures",
		"How much the publication tells of a voter is not what follows, or is more than it says.",
		"公布内容对个人投票的泄露程度与应得结果不符，或高于所述。").unless(ofPoll)
	whyLeakRefused = because("leak.refused",
		"A level was let pass that tells too much of single voters, or was refused though it does not.",
		"允许了泄露过多的公开级别，或拒绝了并未泄露过多的级别。").unless(ofPoll)
	whyLeakTold = because("leak.told",
		"What the tally says that the result has told of single voters is not what follows.", "计票所载对个人投票的泄露程度与应得结果不符。").unless(ofPoll)
)

var notReckoned = Words{
	"What the publication tells of single voters is too much work to reckon exactly here; of its figures only what is cheap was checked.",
	"公布内容对个人投票的泄露程度在此难以精确计算，仅核对了易于核对的部分。",
}

// intervalsMax is in how many intervals a total may lie.
const intervalsMax = 1000

// published is a level, and what becomes known by it; nothing if that is more than anybody looks at.
type published struct {
	level communityv1.Secrecy
	*publication
}

// leak reckons what the meter is said to have found: before the opening, of levels after the close, and of the result.
func (c *checking) leak() {
	if !c.secret() || c.opened == nil && c.lapsed == nil && c.encrypted == nil {
		return
	}
	if c.weights == nil {
		c.unchecked(notEarlier)
		return
	}
	c.leakExpected()
	if c.encrypted == nil {
		return
	}
	if c.hidden.between(c.opened, c.closed) {
		c.unchecked(notShown)
		return
	}
	c.leakConsidered()
	c.leakTold()
}

// leakExpected is about the poll's own level, if all took part.
func (c *checking) leakExpected() {
	var all crowd
	var whole weight
	for _, w := range c.weights { // any order: sums do not depend on it
		all, whole = all.with(w), whole.plus(w)
	}
	all.sort()
	levels := c.levelsFor(whole)
	at0 := slices.IndexFunc(levels, func(p published) bool { return p.level == c.level() })
	switch {
	case at0 < 0: // it cannot be asked
	case c.opened != nil:
		report := c.opened.body.(*votingv1.PollOpened).GetLeak()
		if c.is(report != nil, whyLeakMissing, at(c.opened)) {
			c.measured(levels[at0], all, report, at(c.opened))
			c.is(report.GetRefused() == "", whyLeakRefused, at(c.opened))
		}
	case c.lapsed != nil && strings.HasPrefix(c.lapsed.body.(*votingv1.OpeningLapsed).GetReason(), "leak."):
		c.lapsedFor(levels[at0], all)
	}
}

// lapsedFor holds the meter's reason against the figures.
func (c *checking) lapsedFor(p published, who crowd) {
	if p.publication == nil || !p.fits() {
		return
	}
	r := p.reckon(who, nil)
	if r == nil {
		c.unchecked(notReckoned)
		return
	}
	want := p.report(who, r, c.hiddenMin(), !p.coarse()).GetRefused()
	c.is(want != "", whyLeakRefused, at(c.lapsed))
}

// hiddenMin is among how many a voter must be hidden.
func (p *poll) hiddenMin() int64 {
	return cmp.Or(int64(p.rules.GetSecrecy().GetAnonymityMin()), anonymous)
}

// leakConsidered is about every level that was considered, by who took part.
func (c *checking) leakConsidered() {
	e, part, where := c.encryptedTally(), c.part(), at(c.encrypted)
	if part == (weight{}) || c.hopeless(part, true) {
		c.is(len(e.GetLeak()) == 0, whyLeakLevels, where)
		return
	}
	levels := c.levelsFor(part)
	who := c.tookPart()
	for i, step := range e.GetLeak() {
		if !c.is(i < len(levels) && levels[i].level == step.GetSecrecy(), whyLeakLevels, where) {
			return
		}
		c.measured(levels[i], who, step.GetReport(), where.of("level %s", word(step.GetSecrecy().String(), "SECRECY_")))
	}
	passed := len(e.GetLeak()) > 0 && e.GetLeak()[len(e.GetLeak())-1].GetReport().GetRefused() == ""
	c.is(passed || len(e.GetLeak()) == len(levels), whyLeakLevels, where)
}

// tookPart is who has a ballot that counts.
func (c *checking) tookPart() (who crowd) {
	for _, b := range c.counting() {
		who = who.with(c.weights[chain.KeyID(b.key)])
	}
	who.sort()
	return who
}

// with adds a voter.
func (who crowd) with(w weight) crowd {
	for i := range who {
		if who[i].weight == w {
			who[i].took++
			return who
		}
	}
	return append(who, kind{w, 1})
}

func (who crowd) sort() {
	slices.SortFunc(who, func(a, b kind) int {
		return cmp.Or(cmp.Compare(a.heads, b.heads), cmp.Compare(a.area, b.area), cmp.Compare(a.households, b.households),
			cmp.Compare(a.classes, b.classes))
	})
}

// measured holds a report against what a publication tells. Where that is too much work, its figures are taken as they are, and it is only
// looked at whether they let it pass, and among how many a voter is hidden.
func (c *checking) measured(p published, who crowd, got *votingv1.LeakReport, where place) {
	if p.publication == nil || !p.fits() {
		c.is(got.GetRefused() != "", whyLeakRefused, where) // nobody has measured it
		return
	}
	byChance := !p.coarse()
	c.is(got.GetAnonymityMin() == p.hidden(who), whyLeakHidden, where)
	c.is((p.refused(got, c.hiddenMin(), byChance) != "") == (got.GetRefused() != ""), whyLeakRefused, where)
	r := p.reckon(who, nil)
	if r == nil {
		c.unchecked(notReckoned)
		return
	}
	want := p.report(who, r, c.hiddenMin(), byChance)
	if got.GetExact() {
		c.is(proto.Equal(got, want), whyLeakFigures, where)
		return
	}
	bounds := got.GetPosteriorMicros() >= want.GetPosteriorMicros() && got.GetChanceMicros() >= want.GetChanceMicros()
	c.is(bounds, whyLeakFigures, where)
}

// levelsFor are the levels at which the poll may be published, the one that tells most first.
func (c *checking) levelsFor(part weight) (list []published) {
	declared := c.level()
	if declared == communityv1.Secrecy_SECRECY_TOTALS {
		list = append(list, published{declared, c.ofTotals()})
	}
	known := !slices.ContainsFunc(c.rules.GetRequirements(), func(q *communityv1.Requirement) bool {
		_, known := c.least(q, part)
		return q.GetOf() == communityv1.Of_OF_YES && !known
	})
	if c.rules.GetMethod() != communityv1.Method_METHOD_YES_NO || !known {
		return list
	}
	if declared <= communityv1.Secrecy_SECRECY_INTERVAL && c.rules.GetSecrecy().GetIntervalWidth() > 0 {
		list = append(list, published{communityv1.Secrecy_SECRECY_INTERVAL, c.ofYes(communityv1.Secrecy_SECRECY_INTERVAL, part)})
	}
	return append(list, published{communityv1.Secrecy_SECRECY_PASS_FAIL, c.ofYes(communityv1.Secrecy_SECRECY_PASS_FAIL, part)})
}

// ofYes: in which interval the yes lies, and whether it reaches what the requirements ask for where the interval does not tell.
func (c *checking) ofYes(level communityv1.Secrecy, part weight) *publication {
	p := &publication{choices: 3}
	yes, width := []int64{1, 0, 0}, c.rules.GetSecrecy().GetIntervalWidth()
	intervals := level == communityv1.Secrecy_SECRECY_INTERVAL
	for _, m := range c.decisive() {
		if intervals {
			if part.of(m)/width > intervalsMax {
				return nil
			}
			p.figures = append(p.figures, figure{measure: m, points: yes, width: width})
		}
		var asked []int64
		for _, q := range c.rules.GetRequirements() {
			if least, known := c.least(q, part); known && q.GetMeasure() == m && least >= 1 {
				asked = append(asked, least)
			}
		}
		slices.Sort(asked)
		if c.greatestOnly(communityv1.Secrecy_SECRECY_PASS_FAIL) && len(asked) > 0 {
			asked = asked[len(asked)-1:]
		}
		for _, least := range slices.Compact(asked) {
			if !intervals || least%width != 0 {
				p.figures = append(p.figures, figure{measure: m, points: yes, least: least})
			}
		}
	}
	p.together = c.greatestOnly(level) && len(p.figures) > 0
	return p
}

// ofTotals: every total, or how many filled their ballots in in each way. Where options do not depend on one another one is looked at.
func (c *checking) ofTotals() *publication {
	if c.byFilling() {
		all, err := c.fillings()
		if err != nil {
			return nil
		}
		return &publication{ways: len(all) + 1}
	}
	shape, err := c.shape()
	if err != nil {
		return nil
	}
	p := &publication{answers: 1}
	if len(shape.Sums) == 0 {
		p.answers = int64(len(shape.Selections))
		shape.Selections, shape.Totals = shape.Selections[:1], shape.Totals[:1]
	}
	p.tell(shape, c.decisive())
	return p
}

// tell has exact totals told. Where every ballot names just one option, the last one's follows from the others' and from who took part.
func (p *publication) tell(shape secretballot.Shape, in []communityv1.Measure) {
	choices, totals := choicesOf(shape), shape.Totals
	if p.choices = len(choices); p.choices > choicesMax {
		return
	}
	several := func(row []int64) bool {
		sum := int64(0)
		for _, n := range row {
			sum += n
		}
		return sum != 1
	}
	if len(totals) == len(shape.Selections) && !slices.ContainsFunc(choices, several) {
		totals = totals[:len(totals)-1]
	}
	for _, m := range in {
		for _, terms := range totals {
			f := figure{measure: m, width: 1}
			for _, choice := range choices {
				f.points = append(f.points, added(terms, choice))
			}
			p.figures = append(p.figures, f)
		}
	}
}

// choicesOf are the ways in which a ballot of a shape can be filled in, at most one more than anybody looks at.
func choicesOf(shape secretballot.Shape) (list [][]int64) {
	row := make([]int64, len(shape.Selections))
	tried := 0
	var from func(at int)
	from = func(at int) {
		if tried++; tried > 100_000 || len(list) > choicesMax {
			return
		}
		if at == len(row) {
			if !slices.ContainsFunc(shape.Sums, func(s secretballot.Sum) bool { n := added(s.Terms, row); return n < s.Lo || n > s.Hi }) {
				list = append(list, slices.Clone(row))
			}
			return
		}
		for row[at] = 0; row[at] <= shape.Selections[at]; row[at]++ {
			from(at + 1)
		}
		row[at] = 0
	}
	from(0)
	if tried > 100_000 {
		return make([][]int64, choicesMax+1)
	}
	return list
}

func added(terms []secretballot.Term, row []int64) (sum int64) {
	for _, t := range terms {
		sum += t.Coefficient * row[t.Selection]
	}
	return sum
}

// leakTold is about the result.
func (c *checking) leakTold() {
	t := c.tally()
	if t == nil || c.known == nil || c.count == nil {
		return
	}
	got, where := t.GetSecret().GetLeak(), at(c.tallied)
	if len(c.encryptedTally().GetTotals()) == 0 {
		c.is(got == nil, whyLeakTold, where)
		return
	}
	if !c.is(got != nil, whyLeakMissing, where) {
		return
	}
	who := c.tookPart()
	var worst *votingv1.LeakReport
	for _, p := range c.told() {
		if !p.fits() {
			c.is(got.GetRefused() != "", whyLeakTold, where)
			return
		}
		r := p.reckon(who, &p.cell)
		if r == nil {
			c.unchecked(notReckoned)
			return
		}
		if now := p.report(who, r, c.hiddenMin(), false); worst == nil || now.GetPosteriorMicros() > worst.GetPosteriorMicros() {
			worst = now
		}
	}
	if worst == nil {
		return
	}
	if got.GetExact() {
		c.is(proto.Equal(got, worst), whyLeakTold, where)
		return
	}
	c.is(got.GetAnonymityMin() == worst.GetAnonymityMin() && got.GetPosteriorMicros() >= worst.GetPosteriorMicros(), whyLeakTold, where)
}

// toldBy is what was published, and what it says.
type toldBy struct {
	*publication
	cell sums
}

// told is what the totals have told; where no and abstaining come to the same, also as if they were one choice.
func (c *checking) told() (list []toldBy) {
	e := c.encryptedTally()
	if c.byFilling() {
		most, left := int64(0), c.part().heads
		all, err := c.fillings()
		if err != nil {
			return nil
		}
		for i := range all {
			n := c.known[sumName{communityv1.Measure_MEASURE_HEADS, uint32(i)}].low
			most, left = max(most, n), left-n
		}
		return []toldBy{{&publication{ways: len(all) + 1}, sums{max(most, left)}}}
	}
	shape, err := c.shape()
	if err != nil {
		return nil
	}
	asked := [][][]int64{choicesOf(shape)}
	if e.GetSecrecy() != communityv1.Secrecy_SECRECY_TOTALS {
		asked = append(asked, [][]int64{{1}, {0}})
	}
	for _, choices := range asked {
		p, said := c.toldOf(e, choices)
		if !p.fits() {
			return []toldBy{{publication: p}}
		}
		t := toldBy{publication: p}
		copy(t.cell[:], said)
		list = append(list, t)
	}
	return list
}

// toldOf gives every figure, with what is known of it. Of yes, no and abstentions two tell the third.
func (c *checking) toldOf(e *votingv1.EncryptedTally, choices [][]int64) (p *publication, said []int64) {
	p = &publication{choices: len(choices), answers: 1}
	width := c.rules.GetSecrecy().GetIntervalWidth()
	intervals := e.GetSecrecy() == communityv1.Secrecy_SECRECY_INTERVAL && width > 0
	add := func(t *votingv1.EncryptedTotal, f figure, value int64) {
		f.measure = t.GetMeasure()
		for _, choice := range choices {
			f.points = append(f.points, choice[t.GetOption()])
		}
		p.figures, said = append(p.figures, f), append(said, value)
	}
	reached := true
	for _, t := range e.GetTotals() {
		low := c.known[nameOf(t)].low
		if e.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS {
			if c.rules.GetMethod() != communityv1.Method_METHOD_YES_NO || t.GetOption() != 2 {
				add(t, figure{width: 1}, low)
			}
			continue
		}
		if intervals {
			add(t, figure{width: width}, low/width)
		}
		for _, claim := range t.GetClaims() {
			if !intervals || claim.GetThreshold()%width != 0 {
				add(t, figure{least: claim.GetThreshold()}, int64(one(low >= claim.GetThreshold())))
				reached = reached && low >= claim.GetThreshold()
			}
		}
	}
	if e.GetTogether() {
		p.together, said = true, []int64{int64(one(reached))}
	}
	return p, said
}
