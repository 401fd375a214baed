package fullplan

import (
	"cmp"
	"slices"
	"strings"
)

// Terms are what a plan says of a skill beside who serves whom.
type Terms struct {
	// Prices are those that the plan names, by provider.
	Prices map[string]Margin
	// Most is what one organisation may be given, where the rulebook bounds it.
	Most    int64
	Bounded bool
}

// Complete brings needs, offers and arcs with what flows into their order, leaves out offers that could serve none of the needs, and
// gives every node its potential:
//
//   - An organisation has its share when it is given the most; what one more unit of that is worth is the least price of its offers of
//     which the plan names a price or takes.
//   - An offer is worth what the plan says, or nothing if it takes from it and says nothing, or else what its organisation's share is
//     worth.
//   - A unit of a need costs at the margin what its first match costs and the offer's price, or else what leaving it costs.
//   - An offer that has nothing free, and that the plan does not name, is worth what one more unit of it would save at these margins.
func (s *Skill) Complete(t Terms) {
	s.arrange()
	used := make([]int64, len(s.Offers))
	for _, a := range s.Arcs {
		used[a.offer()] += a.flow()
	}
	s.share(t, used)
	floors := s.floors()
	for i := range s.Offers {
		o := &s.Offers[i]
		price, named := t.Prices[o.Provider]
		if !named && used[i] == 0 {
			price = floors[o.Party]
		}
		o.Price = price
	}
	s.Objective = Margin{}
	valued := make([]bool, len(s.Needs))
	for i := range s.Needs {
		n := &s.Needs[i]
		n.Value = n.Leaving
		s.Objective = s.Objective.Plus(n.Leaving.times(n.Left))
	}
	for _, a := range s.Arcs {
		if a.flow() == 0 {
			continue
		}
		s.Objective = s.Objective.Plus(a.cost().times(a.flow()))
		if i := a.need(); !valued[i] {
			s.Needs[i].Value, valued[i] = a.cost().Plus(s.Offers[a.offer()].Price), true
		}
	}
	for _, a := range s.Arcs {
		o := &s.Offers[a.offer()]
		if _, named := t.Prices[o.Provider]; named || o.Free > 0 || used[a.offer()] > 0 {
			continue
		}
		if worth := s.Needs[a.need()].Value.minus(a.cost()); o.Price.Less(worth) {
			o.Price = worth
		}
	}
}

// arrange sorts what there is. Arcs point to needs and offers in any order.
func (s *Skill) arrange() {
	served := make([]bool, len(s.Offers))
	for _, a := range s.Arcs {
		served[a.offer()] = true
	}
	needs, offers := places(s.Needs, func(n Need) string { return n.Need }), places(s.Offers, func(o Offer) string { return o.Provider })
	at, left := make([]int64, len(s.Offers)), []Offer{}
	for _, i := range offers {
		if served[i] {
			at[i] = int64(len(left))
			left = append(left, s.Offers[i])
		}
	}
	sorted := make([]Need, len(s.Needs))
	place := make([]int64, len(s.Needs))
	for to, from := range needs {
		sorted[to], place[from] = s.Needs[from], int64(to)
	}
	arcs := make([]Arc, len(s.Arcs))
	for i, a := range s.Arcs {
		arcs[i] = Arc{place[a.need()], at[a.offer()], a[2], a[3], a[4]}
	}
	slices.SortFunc(arcs, func(a, b Arc) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) })
	s.Needs, s.Offers, s.Shares, s.Arcs = sorted, left, []Share{}, arcs
}

// places gives the order of a list by name.
func places[T any](list []T, name func(T) string) []int {
	out := make([]int, len(list))
	for i := range out {
		out[i] = i
	}
	slices.SortFunc(out, func(a, b int) int { return strings.Compare(name(list[a]), name(list[b])) })
	return out
}

// share lists who has all that a plan may give them.
func (s *Skill) share(t Terms, used []int64) {
	if !t.Bounded {
		return
	}
	given, least := map[string]int64{}, map[string]Margin{}
	for i, o := range s.Offers {
		given[o.Party] += used[i]
		price, named := t.Prices[o.Provider]
		if !named && used[i] == 0 {
			continue
		}
		if before, seen := least[o.Party]; !seen || price.Less(before) {
			least[o.Party] = price
		}
	}
	for party, units := range given { // any order: it is sorted
		if units >= t.Most {
			s.Shares = append(s.Shares, Share{Party: party, Most: t.Most, Price: least[party]})
		}
	}
	slices.SortFunc(s.Shares, func(a, b Share) int { return strings.Compare(a.Party, b.Party) })
}

func (s *Skill) floors() map[string]Margin {
	out := map[string]Margin{}
	for _, h := range s.Shares {
		out[h.Party] = h.Price
	}
	return out
}

// Arrange brings the skills into their order.
func (p *Plan) Arrange() {
	slices.SortFunc(p.Skills, func(a, b Skill) int { return strings.Compare(a.Skill, b.Skill) })
}
