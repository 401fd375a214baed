package plan

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/flow"
)

// Share is how many units of a need a provider serves, or stands by for.
type Share struct {
	Provider string
	Units    int64
}

// Assignment is what becomes of a need.
type Assignment struct {
	Need string
	// Primary and Standby are in the order of ids.
	Primary, Standby []Share
	// Unserved are units nobody serves, Bare those of standby that nobody stands by for.
	Unserved, Bare int64
}

// Totals are what a plan comes to.
type Totals struct {
	// Objective is the cost of P, what stays unserved included; StandbyObjective that of B.
	Objective, StandbyObjective int64
	// Served and Unserved are units of needs; Covered and Bare units of standby.
	Served, Unserved, Covered, Bare int64
}

// Totals adds up.
func (pl *Plan) Totals() Totals {
	t := Totals{Objective: pl.p.w.Plan().Objective}
	if pl.b != nil {
		t.StandbyObjective = pl.b.w.Plan().Objective
	}
	for _, n := range pl.needs {
		if !n.open {
			continue
		}
		unserved := pl.p.w.Flow(n.p.unserved)
		t.Served += n.Quantity - unserved
		t.Unserved += unserved
		if pl.b != nil {
			bare := pl.b.w.Flow(n.b.missing)
			t.Covered += n.b.total - bare
			t.Bare += bare
		}
	}
	return t
}

// Assignments answers what becomes of every open need, in the order in which they were opened.
func (pl *Plan) Assignments() []Assignment {
	var all []Assignment
	for _, n := range pl.needs {
		if !n.open {
			continue
		}
		a := Assignment{Need: n.ID, Unserved: pl.p.w.Flow(n.p.unserved)}
		a.Primary = shares(pl.p.w, n.p.arcs, pl.p.ends)
		if pl.b != nil {
			a.Bare = pl.b.w.Flow(n.b.missing)
			for _, w := range n.b.ways {
				a.Standby = append(a.Standby, shares(pl.b.w, w.arcs, pl.b.ends)...)
			}
			slices.SortFunc(a.Standby, byProvider)
		}
		all = append(all, a)
	}
	return all
}

func byProvider(a, b Share) int { return cmp.Compare(a.Provider, b.Provider) }

func shares(w *flow.Warm, arcs []flow.ArcID, ends []arcEnds) (found []Share) {
	for _, id := range arcs {
		if units := w.Flow(id); units > 0 {
			found = append(found, Share{ends[id].provider.ID, units})
		}
	}
	slices.SortFunc(found, byProvider)
	return found
}

// Check holds the plan's flows against their networks by their proofs, and the arcs that these leave out against the prices, without
// solving anything: nil when nothing costs less, whoever of all who may serves whom. Of a provisional plan there is no proof.
func (pl *Plan) Check() error {
	for _, w := range pl.networks() {
		p, err := w.Proof()
		if err != nil {
			return err
		}
		if err := flow.Check(w.Network(), p); err != nil {
			return err
		}
	}
	if !pl.p.whole(pl) || pl.b != nil && !pl.b.whole(pl) {
		return flow.ErrProofSlackness
	}
	return nil
}

// networks are P and, if there is one, B.
func (pl *Plan) networks() []*flow.Warm {
	if pl.b == nil {
		return []*flow.Warm{pl.p.w}
	}
	return []*flow.Warm{pl.p.w, pl.b.w}
}

// Primary answers network P as it is now with the plan's flow and prices, for publishing: who has both can check the plan, as far as the
// arcs go that the network has. Who wants to check that none of the others is worth using needs the needs and the providers as well.
func (pl *Plan) Primary() (*flow.Network, *flow.Proof) { return pl.p.w.Network(), pl.p.w.Plan() }

// Standby is Primary for B; nil without backups.
func (pl *Plan) Standby() (*flow.Network, *flow.Proof) {
	if pl.b == nil {
		return nil, nil
	}
	return pl.b.w.Network(), pl.b.w.Plan()
}
