package notice

import (
	"fmt"
	"strconv"
	"strings"

	"renlin.dev/services/voting/count"
)

// checker gathers what is found in one entry.
type checker struct {
	*entry
	findings []Finding
	account  Account
}

// check recomputes an entry.
func (e *entry) check(index int) ([]Finding, Account, error) {
	c := &checker{entry: e, account: Account{
		Entry: e.name, Index: index, AreaPlaces: e.places, Published: e.result, Percentages: []Share{}, Notes: []Note{},
	}}
	c.channels()
	c.sums()
	c.whole()
	c.together()
	c.silence()
	c.finals()
	c.shares()
	c.winner()
	if err := c.verdict(); err != nil {
		return nil, Account{}, err
	}
	return c.findings, c.account, nil
}

// find notes a contradiction. The field is a path of the file.
func (c *checker) find(code, field, published, recomputed, english, chinese string) {
	c.findings = append(c.findings, Finding{c.name, c.account.Index, code, within(c.path, field), published, recomputed, english, chinese})
}

// note notes what is no contradiction.
func (c *checker) note(code, english, chinese string) {
	c.account.Notes = append(c.account.Notes, Note{code, english, chinese})
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// m2 writes units of area in m².
func (c *checker) m2(units int64) string { return count.FormatAmount(units, c.places) }

// channels adds up the channels of each category.
func (c *checker) channels() {
	for _, k := range c.categories {
		if k.channels == nil {
			continue
		}
		var sum int64
		for _, n := range k.channels {
			sum += n
		}
		if sum != k.heads {
			c.find("channels.sum", k.field+".heads", number(k.heads), number(sum),
				fmt.Sprintf("The channels of %s add up to %d heads, published are %d.", k.label, sum, k.heads),
				fmt.Sprintf("“%s”各渠道之和为 %d 人，公布为 %d 人。", k.label, sum, k.heads))
		}
	}
}

// parts answers every category, and the silent if they are counted.
func (c *checker) parts() []category {
	if c.silent == nil {
		return c.categories
	}
	return append(c.categories[:len(c.categories):len(c.categories)], *c.silent)
}

// added adds up the heads of all parts, and the areas as far as they are published.
func (c *checker) added() (heads, area int64, allAreas bool) {
	allAreas = true
	for _, p := range c.parts() {
		heads += p.heads
		if p.area == nil {
			allAreas = false
			continue
		}
		area += c.units(p.area)
	}
	return heads, area, allAreas
}

// sums adds the parts up to those who took part.
func (c *checker) sums() {
	heads, area, allAreas := c.added()
	if published := c.part.heads; heads != published {
		c.find("categories.sum", pathOf(c.path, c.part.names.heads), number(published), number(heads),
			fmt.Sprintf("The categories add up to %d heads, but %d are said to have taken part: %s.", heads, published, gap(published-heads)),
			fmt.Sprintf("各类人数之和为 %d，公布的参与表决人数为 %d：%s。", heads, published, gapChinese(published-heads)))
	}
	published := c.units(c.part.area)
	switch {
	case allAreas && area != published:
		c.find("categories.sum", pathOf(c.path, c.part.names.area), c.part.area.text, c.m2(area),
			fmt.Sprintf("The categories add up to %s m², but %s m² are said to have taken part.", c.m2(area), c.part.area.text),
			fmt.Sprintf("各类面积之和为 %s 平方米，公布的参与表决面积为 %s 平方米。", c.m2(area), c.part.area.text))
	case !allAreas && area > published:
		c.find("categories.exceed", pathOf(c.path, c.part.names.area), c.part.area.text, c.m2(area),
			fmt.Sprintf("Some of the categories alone have %s m², more than the %s m² that took part.", c.m2(area), c.part.area.text),
			fmt.Sprintf("仅部分类别的面积已达 %s 平方米，大于公布的参与表决面积 %s 平方米。", c.m2(area), c.part.area.text))
	case !allAreas:
		c.note("area.unpublished", "Not every category's area is published, so the areas cannot be added up.",
			"并非每一类都公布了面积，面积无法加总核对。")
	}
}

// gap says in words what is missing or too much.
func gap(heads int64) string {
	if heads > 0 {
		return fmt.Sprintf("%d unexplained", heads)
	}
	return fmt.Sprintf("%d too many", -heads)
}

func gapChinese(heads int64) string {
	if heads > 0 {
		return fmt.Sprintf("有 %d 人未说明去向", heads)
	}
	return fmt.Sprintf("多出 %d 人", -heads)
}

// whole holds those who took part to those who there are.
func (c *checker) whole() {
	if c.part.heads > c.all.heads {
		c.find("participating.exceeds", pathOf(c.path, c.part.names.heads), number(c.part.heads), "<= "+number(c.all.heads),
			fmt.Sprintf("%d heads took part, but there are only %d.", c.part.heads, c.all.heads),
			fmt.Sprintf("参与表决 %d 人，而业主总共只有 %d 人。", c.part.heads, c.all.heads))
	}
	if c.units(c.part.area) > c.units(c.all.area) {
		c.find("participating.exceeds", pathOf(c.path, c.part.names.area), c.part.area.text, "<= "+c.all.area.text,
			fmt.Sprintf("%s m² took part, but there are only %s m².", c.part.area.text, c.all.area.text),
			fmt.Sprintf("参与表决面积 %s 平方米，而总面积只有 %s 平方米。", c.part.area.text, c.all.area.text))
	}
}

// together holds heads and area of the same people to one another: nobody without area, no area without anybody, and the whole of the one
// goes with the whole of the other.
func (c *checker) together() {
	c.agree(c.part, c.all, pathOf(c.path, c.part.names.area))
	for _, p := range c.parts() {
		if p.area != nil {
			c.agree(p.measure, c.part, pathOf(p.field, p.names.area))
		}
	}
}

func (c *checker) agree(part, whole measure, field string) {
	area, wholeArea := c.units(part.area), c.units(whole.area)
	switch {
	case (part.heads == 0) != (area == 0):
		c.find("area.contradicts", field, part.area.text, fmt.Sprintf("%d heads", part.heads),
			fmt.Sprintf("%d heads with %s m²: one of the two is zero and the other is not.", part.heads, part.area.text),
			fmt.Sprintf("%d 人、%s 平方米：一项为零而另一项不为零。", part.heads, part.area.text))
	case part.heads > 0 && (part.heads == whole.heads) != (area == wholeArea):
		c.find("area.contradicts", field, part.area.text, fmt.Sprintf("%d of %d heads", part.heads, whole.heads),
			fmt.Sprintf("%d of %d heads with %s of %s m²: one is the whole and the other is not.",
				part.heads, whole.heads, part.area.text, whole.area.text),
			fmt.Sprintf("%d/%d 人、%s/%s 平方米：一项为全部而另一项不是。", part.heads, whole.heads, part.area.text, whole.area.text))
	}
}

// silence says what rests on those who did not vote.
func (c *checker) silence() {
	if c.silent == nil || c.silent.heads == 0 {
		return
	}
	c.note("silence.counted", fmt.Sprintf("%d who were notified and did not vote are counted with the majority. That holds only if the "+
		"owners' rules say so, with delivery and an express warning, and it is in dispute.", c.silent.heads),
		fmt.Sprintf("%d 名已送达未表决的业主被计入多数意见。仅当议事规则有此约定、确已送达并明确告知后果时方可如此，且存在争议。", c.silent.heads))
	if c.majority() < 0 {
		c.note("silence.tied", "Two categories have equally many heads, so there is no majority that the silent could be counted with.",
			"票数并列，没有可供未表决者计入的多数意见。")
	}
}

// expected answers what a category comes to with the silent where they belong; area is nil where it is not known.
func (c *checker) expected(category int) (heads int64, area *int64) {
	k := c.categories[category]
	heads = k.heads
	if k.area != nil {
		units := c.units(k.area)
		area = &units
	}
	if c.silent == nil || c.majority() != category {
		return heads, area
	}
	heads += c.silent.heads
	if area == nil || c.silent.area == nil && c.silent.heads > 0 {
		return heads, nil
	}
	if c.silent.area != nil {
		*area += c.units(c.silent.area)
	}
	return heads, area
}

// finals holds what came out to what went in.
func (c *checker) finals() {
	for _, f := range c.entry.finals {
		k := c.categories[f.category]
		heads, area := c.expected(f.category)
		field := pathOf(f.field, f.names.heads)
		switch {
		case f.heads < 0 || f.heads == heads:
		case c.silent != nil && c.silent.heads > 0 && f.heads == k.heads+c.silent.heads:
			c.find("silence.side", field, number(f.heads), number(heads),
				fmt.Sprintf("The silent are counted with %s, which is not what most of those who voted chose.", k.label),
				fmt.Sprintf("未表决者被计入“%s”，而这并非已表决者的多数意见。", k.label))
		default:
			c.find("final.sum", field, number(f.heads), number(heads),
				fmt.Sprintf("The final count of %s is %d heads, its parts add up to %d.", k.label, f.heads, heads),
				fmt.Sprintf("“%s”最终公布 %d 人，各部分之和为 %d 人。", k.label, f.heads, heads))
		}
		if f.area != nil && area != nil && c.units(f.area) != *area {
			c.find("final.sum", pathOf(f.field, f.names.area), f.area.text, c.m2(*area),
				fmt.Sprintf("The final area of %s is %s m², its parts add up to %s m².", k.label, f.area.text, c.m2(*area)),
				fmt.Sprintf("“%s”最终公布 %s 平方米，各部分之和为 %s 平方米。", k.label, f.area.text, c.m2(*area)))
		}
		if f.area != nil && f.heads >= 0 {
			c.agree(f.measure, c.part, pathOf(f.field, f.names.area))
		}
		if f.area != nil && c.units(f.area) > c.units(c.part.area) {
			c.find("categories.exceed", pathOf(f.field, f.names.area), f.area.text, "<= "+c.part.area.text,
				fmt.Sprintf("%s has %s m², more than the %s m² that took part.", k.label, f.area.text, c.part.area.text),
				fmt.Sprintf("“%s”的面积 %s 平方米大于参与表决面积 %s 平方米。", k.label, f.area.text, c.part.area.text))
		}
	}
}

// winner holds the published winner to having the most heads.
func (c *checker) winner() {
	if c.entry.winner < 0 {
		return
	}
	won := c.categories[c.entry.winner]
	best := won
	for _, k := range c.categories {
		if k.kind == kindOption && k.heads > best.heads {
			best = k
		}
	}
	if best.heads > won.heads {
		c.find("winner.wrong", c.winnerField, won.label, best.label,
			fmt.Sprintf("%s is said to have won with %d votes, but %s has %d.", won.label, won.heads, best.label, best.heads),
			fmt.Sprintf("公布“%s”以 %d 票胜出，而“%s”有 %d 票。", won.label, won.heads, best.label, best.heads))
		return
	}
	for i, k := range c.categories {
		if k.kind == kindOption && i != c.entry.winner && k.heads == won.heads {
			c.find("winner.tied", c.winnerField, won.label, won.label+" = "+k.label,
				fmt.Sprintf("%s is said to have won, but %s has as many votes: %d.", won.label, k.label, k.heads),
				fmt.Sprintf("公布“%s”胜出，而“%s”票数相同，均为 %d。", won.label, k.label, k.heads))
			return
		}
	}
}

// within answers a path of the file as a path of the entry.
func within(entry, field string) string {
	return strings.TrimPrefix(strings.TrimPrefix(field, entry), ".")
}
