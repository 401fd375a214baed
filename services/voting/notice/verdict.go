package notice

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"renlin.dev/services/voting/internal/tally"
)

// classes answers the classes of the matter that have to be judged: one that the entry names, or both.
func (c *checker) classes() []string {
	class, item, from := classOf(c.matter, c.item)
	c.account.Class, c.account.Item, c.account.From = class, item, from
	if from == fromContradiction {
		item := referredItem(c.matter)
		if c.item != 0 {
			item = c.item
		}
		c.find("matter.contradicts", pathOf(c.path, "matter"), c.matter, fmt.Sprintf("item %d: %s", item, classOfItem(item)),
			"The item of art. 278 that is given and the words of the matter do not belong together.", "该事项所列第二百七十八条的项与其文字所指不一致。")
	}
	if class != Unknown {
		return []string{class}
	}
	c.note("matter.unknown", "The class of the matter is not named. Both an ordinary and a special matter are judged.",
		"未写明该事项属一般事项还是特别事项，两种均予核算。")
	return []string{ClassOrdinary, ClassSpecial}
}

// standing is what stands for the motion, and what it is measured against; area is nil where it is not known.
type standing struct {
	participants tally.Weight
	heads        int64
	area         *int64
}

// carried answers the category that has to carry the motion: those for it, or the published winner.
func (c *checker) carried() int {
	if c.entry.winner >= 0 {
		return c.entry.winner
	}
	return c.place(kindFor)
}

// asPublished answers what the notice puts to the vote's rules: its parts, and the published final area where they have none.
func (c *checker) asPublished() standing {
	carried := c.carried()
	s := standing{participants: tally.Weight{Heads: c.part.heads, Area: c.units(c.part.area)}}
	s.heads, s.area = c.expected(carried)
	for _, f := range c.entry.finals {
		if f.category == carried && s.area == nil && f.area != nil {
			area := c.units(f.area)
			s.area = &area
		}
	}
	return s
}

// verdict judges the matter and compares.
func (c *checker) verdict() error {
	published := c.asPublished()
	var verdicts []string
	for _, class := range c.classes() {
		j, err := c.judge(class, published)
		if err != nil {
			return err
		}
		c.account.Judgements = append(c.account.Judgements, j)
		verdicts = append(verdicts, j.Verdict)
	}
	c.account.Verdict = verdicts[0]
	if slices.ContainsFunc(verdicts, func(v string) bool { return v != verdicts[0] }) {
		c.account.Verdict = Unknown
	}
	if c.account.Verdict == Unknown {
		c.note("verdict.unknown", "The result cannot be recomputed with certainty: see the judgements and the other notes.",
			"无法确定地核算表决结果：见各项核算及其他说明。")
	}
	if !slices.Contains(verdicts, c.result) && !slices.Contains(verdicts, Unknown) {
		c.find("verdict.wrong", "published_final.result", c.result, strings.Join(slices.Compact(verdicts), " / "),
			fmt.Sprintf("Published as %s, but by Civil Code art. 278 it is %s.", c.result, strings.Join(slices.Compact(verdicts), " or ")),
			fmt.Sprintf("公布为“%s”，依民法典第二百七十八条应为“%s”。", chinese(c.result), chinese(slices.Compact(verdicts)...)))
	}
	return c.alternatives(published)
}

// chinese names verdicts.
func chinese(verdicts ...string) string {
	names := map[string]string{"passed": "通过", "rejected": "未通过", "no_quorum": "参与不足", Unknown: "无法核算"}
	var out []string
	for _, v := range verdicts {
		out = append(out, names[v])
	}
	return strings.Join(out, "”或“")
}

// judge writes the inequalities of a class out. Those of an area that is not known are left out, and can then only be failed by others.
func (c *checker) judge(class string, s standing) (Judgement, error) {
	requirements := tally.OwnersOrdinary()
	if class == ClassSpecial {
		requirements = tally.OwnersSpecial()
	}
	option := tally.Weight{Heads: s.heads}
	if s.area != nil {
		option.Area = *s.area
	} else {
		requirements = slices.DeleteFunc(requirements, func(r tally.Requirement) bool {
			return r.Of == tally.PartOption && r.Measure == tally.Area
		})
	}
	out, err := tally.Evaluate(requirements, tally.Figures{
		All: tally.Weight{Heads: c.all.heads, Area: c.units(c.all.area)}, Participants: s.participants, Valid: option, Option: option,
	})
	if errors.Is(err, tally.ErrFiguresImpossible) {
		// What contradicts what is among the findings.
		return Judgement{Class: class, Verdict: Unknown, Inequalities: []tally.Inequality{}}, nil
	}
	if err != nil {
		return Judgement{}, err
	}
	j := Judgement{Class: class, Verdict: string(out.Verdict), Inequalities: out.Inequalities}
	if s.area == nil && out.Verdict == tally.Passed {
		j.Verdict = Unknown
	}
	return j, nil
}

// alternatives says where the verdict hangs on what the notice leaves unexplained or in dispute.
func (c *checker) alternatives(published standing) error {
	if heads, _, _ := c.added(); heads != c.part.heads {
		other := published
		other.participants.Heads = heads
		if err := c.unless("verdict.rests_on_gap", other,
			"If those who took part are as many as the categories add up to", "若参与人数以各类之和为准"); err != nil {
			return err
		}
	}
	if c.silent == nil || c.silent.heads == 0 {
		return nil
	}
	without := published
	without.participants.Heads -= c.silent.heads
	carries := c.majority() == c.carried()
	if carries {
		without.heads = c.categories[c.carried()].heads
	}
	// Where their area is not published it stays on both sides, and only their heads can make another verdict.
	if c.silent.area != nil {
		without.participants.Area -= c.units(c.silent.area)
		if carries && without.area != nil {
			area := *without.area - c.units(c.silent.area)
			without.area = &area
		}
	}
	return c.unless("verdict.rests_on_silence", without, "If those who did not vote are not counted", "若不计入未表决者")
}

// unless notes a verdict that would be another under other figures.
func (c *checker) unless(code string, other standing, english, chineseText string) error {
	for _, j := range c.account.Judgements {
		o, err := c.judge(j.Class, other)
		if err != nil {
			return err
		}
		if o.Verdict != j.Verdict && o.Verdict != Unknown && j.Verdict != Unknown {
			c.note(code, fmt.Sprintf("%s, the result (%s matter) is %s and not %s.", english, j.Class, o.Verdict, j.Verdict),
				fmt.Sprintf("%s，结果为“%s”而非“%s”。", chineseText, chinese(o.Verdict), chinese(j.Verdict)))
		}
	}
	return nil
}
