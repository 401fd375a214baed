package proposing

import (
	"cmp"
	"slices"
	"strings"

	"renlin.dev/services/matching/internal/supply"
)

// standbys chooses who stands by for a match of a need, the cheapest first. Of those who could serve it now the arcs know what they cost.
func (s *network) standbys(i, primary int, quantity int64) []string {
	type candidate struct {
		*offer
		cost, tie int64
	}
	var all []candidate
	for j, o := range s.offers {
		if j == primary || o.stands < quantity || o.Offer.Capacity < quantity {
			continue
		}
		if arc := s.arcs[i][j]; arc != none {
			all = append(all, candidate{o, s.n.Arcs[arc].Cost, s.ties[arc]})
			continue
		}
		n := s.needs[i]
		if n.Willing(o.ID, s.in.Now) != nil || supply.Fits(n.Need, o.Supplier, s.in.Rules, s.in.Now) != nil {
			continue
		}
		serving := supply.Serving(s.in.Seed, n.ID, n.Need, o.Supplier, s.in.Now)
		all = append(all, candidate{o, serving.Cost, serving.Tie})
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.tie, b.tie), strings.Compare(a.ID, b.ID))
	})
	parties, members, out := []string{s.offers[primary].Party()}, []string{s.offers[primary].Provider.Member}, []string(nil)
	for _, c := range all {
		if len(out) == s.in.Standbys {
			break
		}
		if slices.Contains(parties, c.Party()) || slices.Contains(members, c.Provider.Member) {
			continue
		}
		parties, members = append(parties, c.Party()), append(members, c.Provider.Member)
		c.stands -= quantity
		out = append(out, c.ID)
	}
	return out
}
