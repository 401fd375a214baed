package flow_test

import "renlin.dev/pkg/flow"

// What a unit costs that has nobody to stand by for it; nobody to serve it at all costs what it does in a town without standbys.
const missingStandby = 8_000

// protected is the network of a town in which each unit of a need is to have a primary and a standby of another organisation, both found
// together: a need asks for twice its units, and no organisation takes more than its units of it. Where several providers of one may serve the need,
// their arcs go through a node of need and organisation. A place that stands by is a place that serves nobody else.
func (t *town) protected() *flow.Network {
	n := &flow.Network{}
	sink := t.layProviders(n, func(i int) int64 { return t.providers[i].capacity })
	for i := range t.needs {
		need := &t.needs[i]
		v := n.AddNode(2 * need.quantity)
		n.Supply[sink] -= 2 * need.quantity
		t.layOrganisations(n, need, v, func(int64) int64 { return need.quantity })
		n.AddArc(flow.Arc{From: v, To: sink, Upper: need.quantity, Cost: missingStandby * need.priority})
		n.AddArc(flow.Arc{From: v, To: sink, Upper: need.quantity, Cost: 100_000 * need.priority})
	}
	return n
}

// sharedBy is how many standbys a free place may be promised to, because not everybody fails at once.
const sharedBy = 3

// standby is the network of standbys behind primaries that stand, as the matching service has it: each served unit asks for one of another
// organisation than any that serves its need, and a place that is left free stands by for several.
func (t *town) standby() (*flow.Network, error) {
	primary, err := flow.Solve(&t.network)
	if err != nil {
		return nil, err
	}
	n := &flow.Network{}
	sink := t.layProviders(n, func(i int) int64 {
		return sharedBy * (t.providers[i].capacity - primary.Flow[t.providerArc+flow.ArcID(i)])
	})
	for i := range t.needs {
		need := &t.needs[i]
		served := need.quantity - primary.Flow[need.unserved]
		serving := map[int64]bool{}
		for id := need.firstArc; id < need.lastArcAfter; id++ {
			if primary.Flow[id] > 0 {
				serving[t.providers[t.network.Arcs[id].To-t.providers[0].node].organisation] = true
			}
		}
		v := n.AddNode(served)
		n.Supply[sink] -= served
		t.layOrganisations(n, need, v, func(organisation int64) int64 {
			if serving[organisation] {
				return 0
			}
			return served
		})
		n.AddArc(flow.Arc{From: v, To: sink, Upper: served, Cost: missingStandby * need.priority})
	}
	return n, nil
}

// layProviders puts providers and the sink into a network, providers first.
func (t *town) layProviders(n *flow.Network, capacity func(i int) int64) (sink flow.Node) {
	for range t.providers {
		n.AddNode(0)
	}
	sink = n.AddNode(0)
	for i := range t.providers {
		n.AddArc(flow.Arc{From: flow.Node(i), To: sink, Upper: capacity(i)})
	}
	return sink
}

// layOrganisations gives a need its ways to those who may serve it, organisation by organisation in the order of the first arc to each.
func (t *town) layOrganisations(n *flow.Network, need *townNeed, v flow.Node, room func(organisation int64) int64) {
	several, joint := map[int64]int{}, map[int64]flow.Node{}
	organisation := func(id flow.ArcID) (int64, flow.Node) {
		i := t.network.Arcs[id].To - t.providers[0].node
		return t.providers[i].organisation, i
	}
	for id := need.firstArc; id < need.lastArcAfter; id++ {
		o, _ := organisation(id)
		several[o]++
	}
	for id := need.firstArc; id < need.lastArcAfter; id++ {
		o, provider := organisation(id)
		a := flow.Arc{From: v, To: provider, Upper: room(o), Cost: t.network.Arcs[id].Cost}
		if several[o] > 1 {
			through, there := joint[o]
			if !there {
				through = n.AddNode(0)
				joint[o] = through
				n.AddArc(flow.Arc{From: v, To: through, Upper: room(o)})
			}
			a.From = through
		}
		n.AddArc(a)
	}
}
