package notice

import (
	"fmt"
	"math/big"

	"renlin.dev/services/voting/count"
)

// The ways of rounding that a notice may use.
const (
	byHalfUp     = "half_up"
	byTruncation = "truncation"
)

// shares recomputes every published percentage. Those who took part are a share of all; every category is one of those who took part.
func (c *checker) shares() {
	c.share(c.part, c.part.headsPct, c.part.areaPct, c.all, nil)
	for _, p := range c.parts() {
		c.share(p.measure, p.headsPct, p.areaPct, c.part, &c.all)
	}
	for _, f := range c.entry.finals {
		m := f.measure
		heads, area := c.expected(f.category)
		if m.heads < 0 {
			m.heads = heads
		}
		if m.area == nil && area != nil {
			m.area = &decimal{text: c.m2(*area), digits: *area, places: c.places}
		}
		c.share(m, m.headsPct, m.areaPct, c.part, &c.all)
	}
}

// share recomputes the two percentages of a measure; other is a base that a notice may have taken by mistake.
func (c *checker) share(part measure, headsPct, areaPct *decimal, base measure, other *measure) {
	if headsPct != nil {
		var wrong int64
		if other != nil {
			wrong = other.heads
		}
		c.quotient(pathOf(part.field, part.names.headsPct), headsPct, number, part.heads, base.heads, wrong)
	}
	switch {
	case areaPct == nil:
	case part.area == nil:
		c.note("area.unpublished", "A percentage of area is published without the area, so it cannot be recomputed.", "公布了面积百分比而未公布面积，无法核算。")
	default:
		var wrong int64
		if other != nil {
			wrong = c.units(other.area)
		}
		c.quotient(pathOf(part.field, part.names.areaPct), areaPct, c.m2, c.units(part.area), c.units(base.area), wrong)
	}
}

// quotient compares a published percentage with part/base, exactly; show writes the two for people.
func (c *checker) quotient(field string, published *decimal, show func(int64) string, part, base, wrong int64) {
	if base == 0 {
		c.find("percentage.of_nothing", field, published.text, "-",
			"This is a percentage of nothing: nobody took part, or there is nobody.", "这是对零的百分比：无人参与，或没有业主。")
		return
	}
	halfUp, truncated := rounded(part, base, published.places)
	s := Share{
		Field: field, Published: published.text, Part: part, Base: base, HalfUp: percent(halfUp, published.places),
		Truncated: percent(truncated, published.places), By: []string{},
	}
	if is(halfUp, published.digits) {
		s.By = append(s.By, byHalfUp)
	}
	if is(truncated, published.digits) {
		s.By = append(s.By, byTruncation)
	}
	if s.Field = within(c.path, field); len(s.By) == 0 {
		c.find("percentage.wrong", field, published.text, s.HalfUp,
			fmt.Sprintf("Published is %s %%, but %s of %s is %s %% rounded (%s %% cut off)%s.", published.text, show(part), show(base),
				s.HalfUp, s.Truncated, mistaken(published, part, wrong, ", and it is the share of all, not of those who took part")),
			fmt.Sprintf("公布为 %s%%，而 %s/%s 四舍五入为 %s%%（截断为 %s%%）%s。", published.text, show(part), show(base),
				s.HalfUp, s.Truncated, mistaken(published, part, wrong, "；所公布的是占全体而非占参与者的比例")))
	}
	c.account.Percentages = append(c.account.Percentages, s)
}

// mistaken answers say if the published percentage is right for the wrong base.
func mistaken(published *decimal, part, wrong int64, say string) string {
	if wrong == 0 {
		return ""
	}
	if halfUp, truncated := rounded(part, wrong, published.places); is(halfUp, published.digits) || is(truncated, published.digits) {
		return say
	}
	return ""
}

func is(n *big.Int, digits int64) bool { return n.IsInt64() && n.Int64() == digits }

// rounded answers 100*part/base in units of 10^-places: rounded half up, and cut off.
func rounded(part, base int64, places int) (halfUp, truncated *big.Int) {
	scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(places)+2), nil)
	scaled := scale.Mul(scale, big.NewInt(part))
	divisor := big.NewInt(base)
	truncated = new(big.Int).Quo(scaled, divisor)
	// floor(x + 1/2) = floor((2 * scaled + base) / (2 * base))
	halfUp = new(big.Int).Lsh(scaled, 1)
	halfUp.Add(halfUp, divisor)
	return halfUp.Quo(halfUp, new(big.Int).Lsh(divisor, 1)), truncated
}

// percent writes units of 10^-places.
func percent(units *big.Int, places int) string {
	if units.IsInt64() {
		return count.FormatAmount(units.Int64(), places)
	}
	text := units.String()
	return text[:len(text)-places] + "." + text[len(text)-places:]
}
