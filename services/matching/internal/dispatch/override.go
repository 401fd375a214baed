package dispatch

import (
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// preferred says what it costs that the first of a match is not the cheapest of those that it names and that have room: a human may prefer
// another one for a reason, and that stands on the record with its cost. In an optimal plan the prices say why, and there is nothing to
// prefer. What somebody else would have cost whom the plan does not name, nobody can say here.
func (a *adoption) preferred(need *supply.Need, m *matchingv1.Match, cost int64) (*matchingv1.Preferred, error) {
	if a.optimal() {
		if m.GetReason() != 0 {
			return nil, ErrPlanReason
		}
		return nil, nil
	}
	var least *supply.Supplier
	for _, id := range m.GetProviders()[1:] {
		s, err := a.supplier(id, need.Skill)
		if err != nil {
			return nil, err
		}
		other := supply.CostOf(need, s, a.body.GetPlannedAt()).Sum()
		if s.Free() < m.GetQuantity() || supply.Serves(need, s, a.rules, a.now) != nil || other >= cost {
			continue
		}
		least, cost = s, other
	}
	switch {
	case least == nil:
		return nil, nil
	case !validReason(m.GetReason()):
		return nil, ErrPlanReason.With("provider", least.ID)
	}
	first, err := a.supplier(m.GetProviders()[0], need.Skill)
	if err != nil {
		return nil, err
	}
	at := a.body.GetPlannedAt()
	return &matchingv1.Preferred{
		Instead: least.ID, Reason: m.GetReason(), MoreMetres: supply.Metres(need, first) - supply.Metres(need, least),
		MoreWindowCost: supply.CostOf(need, first, at).Window - supply.CostOf(need, least, at).Window,
	}, nil
}

// overruled says what it costs that an assignment is taken back.
func (f *facts) overruled(a *Assignment, need *supply.Need) *matchingv1.Overruled {
	out := &matchingv1.Overruled{DelayMillis: f.now - a.PlannedAt}
	metres := func(provider string) int64 {
		s, err := f.supplier(provider, a.Skill)
		if err != nil {
			return 0
		}
		return supply.Metres(need, s)
	}
	for _, c := range a.Candidates {
		switch {
		case c.Part == Standby && out.Next == "":
			out.Next = c.Provider
		case out.Provider == "" && (c.Part == Reserved || c.Part == Asked || c.Part == Serving):
			out.Provider = c.Provider
		}
	}
	if out.Next != "" && out.Provider != "" {
		out.MoreMetres = metres(out.Next) - metres(out.Provider)
	}
	return out
}
