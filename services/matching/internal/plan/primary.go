package plan

import (
	"errors"

	"renlin.dev/pkg/flow"
)

// primary is network P: from each need to its candidates, from each provider to the sink as much as it can do, and past all of them to
// the sink what stays unserved. Others who may serve a need are left out until prices say that one of them is worth its arc.
type primary struct {
	w    *flow.Warm
	sink flow.Node
	// ends are what arcs mean; arcs to the sink have no provider or no need.
	ends []arcEnds
}

type arcEnds struct {
	need     *need
	provider *provider
	joint    bool // in B: to the node of need and organisation, not to the provider
}

// primaryNeed is a need's place in P.
type primaryNeed struct {
	node     flow.Node
	unserved flow.ArcID
	arcs     []flow.ArcID
	left     []offer // who may serve it and has no arc, the cheapest first
}

// name tells an arc from all others, wherever it stands.
func (e arcEnds) name() string {
	name := ""
	if e.joint {
		name = "\x00"
	}
	if e.need != nil {
		name += e.need.ID
	}
	name += "\x00"
	if e.provider != nil {
		name += e.provider.ID
	}
	return name
}

// note remembers what an arc means; positions of removed arcs are given out again.
func note(ends *[]arcEnds, id flow.ArcID, e arcEnds) {
	for int(id) >= len(*ends) {
		*ends = append(*ends, arcEnds{})
	}
	(*ends)[id] = e
}

// newPrimary lays out P and solves it.
func newPrimary(pl *Plan) (*primary, error) {
	p, n := &primary{}, &flow.Network{}
	for _, pr := range pl.providers {
		pr.pNode = n.AddNode(0)
	}
	total := int64(0)
	for _, need := range pl.needs {
		need.p.node = n.AddNode(need.Quantity)
		total += need.Quantity
	}
	p.sink = n.AddNode(-total)
	for _, pr := range pl.providers {
		pr.pArc = n.AddArc(flow.Arc{From: pr.pNode, To: p.sink, Upper: pr.place()})
		note(&p.ends, pr.pArc, arcEnds{provider: pr})
	}
	for _, need := range pl.needs {
		for _, a := range p.arcs(pl, need) {
			id := n.AddArc(a.Arc)
			p.take(id, a.arcEnds)
		}
	}
	var err error
	if p.w, err = solve(n, &pl.rules, &p.ends, func(w *flow.Warm) (bool, error) {
		p.w = w
		return p.price(pl, pl.rules.tie())
	}); err != nil {
		return nil, err
	}
	for _, pr := range pl.providers {
		pr.used = p.w.Flow(pr.pArc)
	}
	return p, nil
}

// solve makes a warm flow of a network to which price adds the arcs that are worth using: the one that the seed picks, if there is a seed.
// The note of what arcs mean is read when price has made it complete.
func solve(n *flow.Network, rules *Rules, ends *[]arcEnds, price func(*flow.Warm) (bool, error)) (*flow.Warm, error) {
	proof, err := flow.Solve(n)
	if err != nil {
		return nil, err
	}
	w, err := flow.NewWarm(n, proof)
	if err != nil {
		return nil, err
	}
	if _, err := settled(w, 0, func() (bool, error) { return price(w) }); err != nil || rules.Seed == nil {
		return w, err
	}
	// the prices stay, because others may not do for the arcs that are left out
	if proof, err = w.Proof(); err != nil {
		return nil, err
	}
	n = w.Network()
	c, err := flow.Canonical(n, proof, rules.Seed, func(id flow.ArcID) string { return (*ends)[id].name() })
	if err != nil {
		return nil, err
	}
	return flow.NewWarm(n, &c.Proof)
}

// meaning is an arc with what it means.
type meaning struct {
	flow.Arc
	arcEnds
}

// arcs answers the arcs of a need, that of staying unserved first.
func (p *primary) arcs(pl *Plan, n *need) []meaning {
	arcs := []meaning{{flow.Arc{From: n.p.node, To: p.sink, Upper: n.Quantity, Cost: n.unserved()}, arcEnds{need: n}}}
	found := pl.skills.eligible(&n.Need)
	first := min(len(found), pl.rules.Candidates)
	n.p.left = offers(found[first:])
	for _, c := range found[:first] {
		a := flow.Arc{From: n.p.node, To: c.pNode, Upper: n.Quantity, Cost: c.cost}
		arcs = append(arcs, meaning{a, arcEnds{need: n, provider: c.provider}})
	}
	return arcs
}

// take notes an arc of a need.
func (p *primary) take(id flow.ArcID, e arcEnds) {
	note(&p.ends, id, e)
	if e.provider == nil {
		e.need.p.unserved = id
		return
	}
	e.need.p.arcs = append(e.need.p.arcs, id)
}

// follow brings what providers are used for up to date, and answers the needs and providers of which something changed, in the order of
// change.
func (p *primary) follow() (needs []*need, providers []*provider) {
	seenN, seenP := map[*need]bool{}, map[*provider]bool{}
	see := func(e arcEnds) {
		if e.need != nil && !seenN[e.need] {
			seenN[e.need] = true
			needs = append(needs, e.need)
		}
		if e.provider != nil && !seenP[e.provider] {
			seenP[e.provider] = true
			providers = append(providers, e.provider)
		}
	}
	for _, id := range p.w.Changed() {
		see(p.ends[id])
	}
	for _, pr := range providers {
		pr.used = p.w.Flow(pr.pArc)
	}
	return needs, providers
}

// open puts a need into the network, or if it has no room for it leaves it as it was.
func (p *primary) open(pl *Plan, n *need) error {
	node, err := p.w.AddNode(n.Quantity)
	if err != nil {
		return err
	}
	n.p = primaryNeed{node: node}
	before := p.w.Supply(p.sink)
	if err = p.w.SetSupply(p.sink, before-n.Quantity); err == nil {
		err = p.add(pl, n)
	}
	if err == nil {
		return nil
	}
	if lost := errors.Join(p.w.RemoveNode(node), p.w.SetSupply(p.sink, before)); lost != nil {
		return lost
	}
	return err
}

// add gives a need its arcs.
func (p *primary) add(pl *Plan, n *need) error {
	for _, a := range p.arcs(pl, n) {
		id, err := p.w.AddArc(a.Arc)
		if err != nil {
			return err
		}
		p.take(id, a.arcEnds)
	}
	return nil
}

// close takes a need out of the network.
func (p *primary) close(n *need) error {
	if err := p.w.RemoveNode(n.p.node); err != nil {
		return err
	}
	n.p.left = nil
	return p.w.SetSupply(p.sink, p.w.Supply(p.sink)+n.Quantity)
}

// served answers how many units of a need are served.
func (p *primary) served(n *need) int64 { return n.Quantity - p.w.Flow(n.p.unserved) }
