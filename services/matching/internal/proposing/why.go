package proposing

import "renlin.dev/services/matching/internal/supply"

// why explains a match by the prices.
func (s *network) why(i, j int, quantity int64) Why {
	n, o := s.needs[i], s.offers[j]
	cost := supply.CostOf(n.Need, o.Supplier, s.in.Now)
	margin := cost.Sum() + o.price.Cost
	w := Why{Need: n.ID, Provider: o.ID, Quantity: quantity, Cost: cost, Extra: supply.UnservedCost(n.Need, s.in.Now) - margin}
	for k, other := range s.offers {
		if s.arcs[i][k] == none || k == j {
			continue
		}
		extra := supply.CostOf(n.Need, other.Supplier, s.in.Now).Sum() + other.price.Cost - margin
		if extra < w.Extra {
			w.Next, w.Extra = other.ID, extra
		}
	}
	if o.Party() == o.ID { // how a volunteer of their own has answered so far is told to nobody
		w.Cost.Reliability = 0
	}
	return w
}
