package plancheck

import (
	"maps"
	"slices"

	"renlin.dev/pkg/chain"
)

// checking is the check of one plan.
type checking struct {
	*world
	plan *plan
	out  *Plan
	at   int64
	seed chain.Hash
	ids  []string // of all needs, ascending
}

// line is what a plan makes of one need.
type line struct {
	matched, left int64
	value         cost // of a unit at the margin
	valued        bool
}

func (k *checking) find(w why, need, offer string) {
	k.out.Findings = append(k.out.Findings, Finding{
		Code: w.code, Index: k.plan.index, Need: need, Offer: offer, English: w.english, Chinese: w.chinese,
	})
}

// run checks each skill that the plan names.
func (k *checking) run() {
	lines := map[string]*line{}
	of := func(id string) *line {
		if lines[id] == nil {
			lines[id] = &line{}
		}
		return lines[id]
	}
	skills := map[string]bool{}
	for _, u := range k.plan.asked.GetUnserved() {
		of(u.GetNeed()).left += u.GetQuantity()
	}
	for _, m := range k.plan.asked.GetMatches() {
		of(m.GetNeed()).matched += m.GetQuantity()
	}
	for id := range lines { // any order: a set is made of them
		if n := k.needs[id]; n != nil {
			skills[n.raised.GetSkill()] = true
		}
	}
	k.ids = slices.Sorted(maps.Keys(k.needs))
	sorted := slices.Sorted(maps.Keys(skills))
	for _, skill := range sorted {
		k.skill(skill, lines)
	}
	k.full(sorted, lines)
}

// skill checks what the plan makes of one skill.
func (k *checking) skill(skill string, lines map[string]*line) {
	sources := k.sources(skill, k.at)
	floors := k.values(skill, sources, lines)
	served := ""
	var left []string
	for _, id := range k.ids {
		n := k.needs[id]
		if n.raised.GetSkill() != skill || n.waiting <= 0 || n.over {
			continue
		}
		l := lines[id]
		if l == nil {
			if k.cheaper(id, n, n.leaving(k.at), sources) != "" {
				left = append(left, id)
			}
			continue
		}
		k.named(id, n, l, sources)
		if l.matched > 0 && (served == "" || before(k.needs[served], n, served, id, k.at)) {
			served = id // the least urgent that is served
		}
	}
	for _, s := range sources {
		if s.price != floors[s.party()] && s.used < s.free {
			k.find(whyPrice, "", s.id)
		}
	}
	k.leftOut(skill, left, served)
}

// values reads the plan's prices, and what a unit of each need costs at the margin by its matches. It answers what the offers cost at least
// of each organisation that has its share.
func (k *checking) values(skill string, sources []*source, lines map[string]*line) map[string]cost {
	by, named := map[string]*source{}, map[string]bool{}
	for _, s := range sources {
		by[s.id] = s
	}
	for _, p := range k.plan.asked.GetPrices() {
		if s := by[p.GetProvider()]; s != nil && p.GetSkill() == skill {
			s.price, named[s.id] = cost{p.GetPrice(), p.GetTie()}, true
		}
	}
	for _, m := range k.plan.asked.GetMatches() {
		n := k.needs[m.GetNeed()]
		if n == nil || n.raised.GetSkill() != skill || len(m.GetProviders()) == 0 {
			continue
		}
		s, l := by[m.GetProviders()[0]], lines[m.GetNeed()]
		if s == nil { // it was not free at the base; it may have become so since
			k.find(whyMargin, m.GetNeed(), m.GetProviders()[0])
			continue
		}
		s.used += m.GetQuantity()
		named[s.id] = true
		c, may := k.between(k.seed, m.GetNeed(), n, s, k.at)
		value := c.plus(s.price)
		if !may || l.valued && l.value != value {
			k.find(whyMargin, m.GetNeed(), s.id)
		}
		l.value, l.valued = value, true
	}
	return k.shares(skill, sources, named, lines)
}

// named checks a need that the plan names.
func (k *checking) named(id string, n *need, l *line, sources []*source) {
	leaving := n.leaving(k.at)
	if l.matched+l.left != n.waiting {
		k.find(whyWhole, id, "")
	}
	if !l.valued {
		l.value = leaving
	}
	if leaving.less(l.value) || l.left > 0 && l.value != leaving {
		k.find(whyMargin, id, "")
	}
	if offer := k.cheaper(id, n, l.value, sources); offer != "" {
		k.find(whyOffer, id, offer)
	}
}

// cheaper gives an offer that would serve a need cheaper than at a cost, its price included; "" for none.
func (k *checking) cheaper(id string, n *need, than cost, sources []*source) string {
	for _, s := range sources {
		c, may := k.between(k.seed, id, n, s, k.at)
		if !may {
			continue
		}
		k.out.Pairs++
		if c.plus(s.price).less(than) {
			return s.id
		}
	}
	return ""
}

// leftOut holds what the plan does not name, although somebody would have served it, against what it says of that. None of them is more
// urgent than the least urgent one that is served.
func (k *checking) leftOut(skill string, left []string, served string) {
	said := 0
	for _, l := range k.plan.said.GetLeftOut() {
		if l.GetSkill() == skill {
			said += int(l.GetNeeds())
		}
	}
	if said != len(left) {
		k.find(whyCount, "", "")
	}
	for _, id := range left {
		n := k.needs[id]
		if served != "" && n.waiting <= linesMost && before(n, k.needs[served], id, served, k.at) {
			k.find(whyOver, id, "")
		}
	}
}
