package fullplan

import (
	"errors"
	"fmt"
)

// ErrNotOptimal says that a full plan is not one, or does not show that it is the cheapest.
var ErrNotOptimal = errors.New("full plan is not shown to be optimal")

// Check looks at each arc once and answers nil if what flows is possible, costs what is said, and no cheaper flow exists: no arc is cheaper
// than the potentials at its ends, those that something flows through cost just that, and only what is used up has a price. It says nothing
// of whether the network is the record's; that whoever has the record says.
func (p *Plan) Check() error {
	for i := range p.Skills {
		if err := p.Skills[i].check(); err != nil {
			return fmt.Errorf("%s: %w", p.Skills[i].Skill, err)
		}
	}
	return nil
}

func (s *Skill) check() error {
	flows, used, given := make([]int64, len(s.Needs)), make([]int64, len(s.Offers)), map[string]int64{}
	objective := Margin{}
	for _, a := range s.Arcs {
		n, o := &s.Needs[a.need()], &s.Offers[a.offer()]
		flows[a.need()] += a.flow()
		used[a.offer()] += a.flow()
		given[o.Party] += a.flow()
		objective = objective.Plus(a.cost().times(a.flow()))
		price := a.cost().Plus(o.Price)
		if price.Less(n.Value) || a.flow() > 0 && price != n.Value {
			return fmt.Errorf("%w: need %s, offer of %s", ErrNotOptimal, n.Need, o.Provider)
		}
	}
	for i, n := range s.Needs {
		objective = objective.Plus(n.Leaving.times(n.Left))
		if flows[i]+n.Left != n.Waiting || n.Leaving.Less(n.Value) || n.Left > 0 && n.Value != n.Leaving {
			return fmt.Errorf("%w: need %s", ErrNotOptimal, n.Need)
		}
	}
	for _, h := range s.Shares {
		if given[h.Party] > h.Most || given[h.Party] < h.Most && h.Price != (Margin{}) || h.Price.Less(Margin{}) {
			return fmt.Errorf("%w: share of %s", ErrNotOptimal, h.Party)
		}
	}
	floors := s.floors()
	for i, o := range s.Offers {
		floor := floors[o.Party]
		if used[i] > o.Free || o.Price.Less(floor) || o.Price != floor && used[i] < o.Free {
			return fmt.Errorf("%w: offer of %s", ErrNotOptimal, o.Provider)
		}
	}
	if objective != s.Objective {
		return fmt.Errorf("%w: it costs %v", ErrNotOptimal, objective)
	}
	return nil
}

// Why says why a need is served by a provider.
type Why struct {
	Skill string
	// Price is what one more unit of the provider's offer would save.
	Price int64
	// Next is the provider that would serve it if this one did not, Extra what a unit would cost more then, others' matches included as far as
	// the prices tell. Nobody: Next is empty, and Extra is what leaving it unserved would cost more.
	Next  string
	Extra int64
}

// Why explains one match; false if the plan has none such.
func (p *Plan) Why(need, provider string) (*Why, bool) {
	for i := range p.Skills {
		s := &p.Skills[i]
		for at := range s.Needs {
			if s.Needs[at].Need == need {
				return s.why(int64(at), provider)
			}
		}
	}
	return nil, false
}

func (s *Skill) why(need int64, provider string) (*Why, bool) {
	var out *Why
	margin := int64(0)
	for _, a := range s.Arcs {
		if o := &s.Offers[a.offer()]; a.need() == need && o.Provider == provider && a.flow() > 0 {
			margin = a.cost().Plus(o.Price)[0]
			out = &Why{Skill: s.Skill, Price: o.Price[0], Extra: s.Needs[need].Leaving[0] - margin}
		}
	}
	if out == nil {
		return nil, false
	}
	for _, a := range s.Arcs {
		o := &s.Offers[a.offer()]
		if a.need() != need || o.Provider == provider || o.Free == 0 {
			continue
		}
		if extra := a.cost().Plus(o.Price)[0] - margin; extra < out.Extra {
			out.Next, out.Extra = o.Provider, extra
		}
	}
	return out, true
}
