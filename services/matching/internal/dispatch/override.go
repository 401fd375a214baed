package dispatch

import (
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// preferred says what it costs that the first of a match is not the nearest in place and time of those that it names and that have room: a
// human may prefer another one for a reason, and that stands on the record with its cost. How reliable somebody has been is no part of it,
// for then the record would tell who is more so. In an optimal plan the prices say why, and there is nothing to prefer. What somebody else
// would have cost whom the plan does not name, nobody can say here.
func (a *adoption) preferred(need *supply.Need, m *matchingv1.Match) (*matchingv1.Preferred, error) {
	if a.optimal() {
		if m.GetReason() != 0 {
			return nil, ErrPlanReason
		}
		return nil, nil
	}
	at := a.body.GetPlannedAt()
	first, err := a.supplier(m.GetProviders()[0], need.Skill)
	if err != nil {
		return nil, err
	}
	apart := func(s *supply.Supplier) int64 {
		c := supply.CostOf(need, s, at)
		return c.Distance + c.Window
	}
	least := first
	for _, id := range m.GetProviders()[1:] {
		s, err := a.supplier(id, need.Skill)
		if err != nil {
			return nil, err
		}
		if s.Free() >= m.GetQuantity() && supply.Serves(need, s, a.rules, a.now) == nil && apart(s) < apart(least) {
			least = s
		}
	}
	switch {
	case least == first:
		return nil, nil
	case !ValidReason(m.GetReason()):
		return nil, ErrPlanReason.With("provider", least.ID)
	}
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
