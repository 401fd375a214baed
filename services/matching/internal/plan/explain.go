package plan

import "renlin.dev/pkg/flow"

// Parts are what a unit of a need costs with a provider, by reason; their sum is the cost.
type Parts struct{ Distance, Reliability, Language, Window int64 }

// Alternative is a provider who may serve a need.
type Alternative struct {
	Provider string
	Units    int64 // served now
	Parts    Parts
	// AtLeast is what one unit more with this provider would cost everybody together, at the prices of now; Exact is what it would cost
	// after the cheapest rearrangement of all others, by the arcs that the network has. Zero where that is as cheap, and where the provider
	// serves all.
	AtLeast, Exact int64
	// Impossible says that no rearrangement makes it possible.
	Impossible bool
}

// Shortage is what is short where units stay unserved.
type Shortage struct {
	// Needs compete for Providers, who are all full, or have failed.
	Needs, Providers []string
}

// Reasons answers questions about a plan as it was when it was asked for them.
type Reasons struct {
	pl      *Plan
	network *flow.Network
	proof   *flow.Proof
	e       *flow.Explainer
}

// Reasons makes them; of a provisional plan there are none. The plan may not change while they are used.
func (pl *Plan) Reasons() (*Reasons, error) {
	proof, err := pl.p.w.Proof()
	if err != nil {
		return nil, err
	}
	r := &Reasons{pl: pl, network: pl.p.w.Network(), proof: proof}
	if r.e, err = flow.NewExplainer(r.network, proof); err != nil {
		return nil, err
	}
	return r, nil
}

// Need answers who may serve a need and has an arc in the network, those that had one from the beginning first, and what it would take.
func (r *Reasons) Need(id string) ([]Alternative, error) {
	n, err := r.pl.at(id)
	if err != nil {
		return nil, err
	}
	var all []Alternative
	for _, arc := range n.p.arcs {
		p := r.pl.p.ends[arc].provider
		a := Alternative{Provider: p.ID, Units: r.proof.Flow[arc], Parts: n.parts(&p.Provider)}
		if a.Units < n.Quantity { // there is no more to be had
			more, err := r.e.More(arc)
			if a.Impossible = err != nil; !a.Impossible {
				a.AtLeast, a.Exact = more.Bound, more.Cost
			}
		}
		all = append(all, a)
	}
	return all, nil
}

// Provider answers what one more unit of a provider's capacity would save everybody together: nothing while it is not full.
func (r *Reasons) Provider(id string) (int64, error) {
	p := r.pl.provideAt[id]
	if p == nil {
		return 0, ErrNoProvider
	}
	return r.e.Shadow(p.pArc), nil
}

// Shortage answers for a need with unserved units which needs compete with it, and for whom; nothing for one that is served.
func (r *Reasons) Shortage(id string) (Shortage, error) {
	n, err := r.pl.at(id)
	if err != nil || r.proof.Flow[n.p.unserved] == 0 {
		return Shortage{}, err
	}
	ends := r.pl.p.ends
	nodes, full := r.e.Scarce([]flow.Node{n.p.node}, func(arc flow.ArcID) bool { return ends[arc].provider == nil })
	inside := map[flow.Node]bool{}
	for _, v := range nodes {
		inside[v] = true
	}
	var s Shortage
	for _, other := range r.pl.needs {
		if other.open && inside[other.p.node] {
			s.Needs = append(s.Needs, other.ID)
		}
	}
	for _, arc := range full {
		s.Providers = append(s.Providers, ends[arc].provider.ID)
	}
	return s, nil
}
