package plan

import (
	"math"
	"slices"

	"renlin.dev/pkg/flow"
)

// An arc that is left out of a network may be left out of its proof as well, if at the prices of the proof it is not worth using: then the
// same flow is a cheapest one of the network that has all arcs. So after each solution the arcs that are left out are held against the
// prices, those that are worth using get in, and the network is settled again, until there are none. In a town of 10,000 needs that is
// short of standbys the searches of an event look at about twice as many nodes as without that, most in B.

// offer is a provider who may serve a need, or stand by for it, and has no arc: where it stands in the plan's table, and its cost, which
// is within 32 bits because places are.
type offer struct{ at, cost int32 }

// offersRound is how many arcs a need gets in one round: one who is short of places seldom needs many more.
const offersRound = 8

func offers(found []candidate) []offer {
	var left []offer
	for _, c := range found {
		left = append(left, offer{int32(c.at), int32(c.cost)})
	}
	return left
}

// tie is 1 where arcs that would be as cheap must get in too, because the seed picks among all cheapest flows, and not only among those of
// the arcs that happen to be in.
func (r *Rules) tie() int64 {
	if r.Seed == nil {
		return 0
	}
	return 1
}

// settled settles a network and lets price add arcs until none is worth it. Limit is for all rounds together.
func settled(w *flow.Warm, limit int, price func() (added bool, err error)) (done flow.Settled, err error) {
	for {
		left := limit
		if limit > 0 {
			left = max(1, limit-done.Arcs)
		}
		round, err := w.Settle(left)
		done.Nodes, done.Arcs = done.Nodes+round.Nodes, done.Arcs+round.Arcs
		done.Ways, done.Provisional, done.Left = done.Ways+round.Ways, round.Provisional, round.Left
		if err != nil || done.Provisional {
			return done, err
		}
		if added, err := price(); err != nil || !added {
			return done, err
		}
	}
}

// bids are for each provider the highest that a unit may come to at its node, in prices, if it is to be worth sending there; most is the
// highest of all. Who has no place takes nothing. Who is not used may have any price from that of the sink on, and is taken at the least.
func bids(w *flow.Warm, sink flow.Node, nodes func(i int) (flow.Node, flow.ArcID, bool)) (all []int64, most int64) {
	most = math.MinInt64 / 2
	for i := 0; ; i++ {
		node, arc, ok := nodes(i)
		if !ok {
			return all, most
		}
		bid := int64(math.MinInt64 / 2)
		if w.Arc(arc).Upper > 0 {
			bid = min(w.Potential(node), w.Potential(sink))
		}
		all, most = append(all, bid), max(most, bid)
	}
}

// bids are those of P.
func (p *primary) bids(pl *Plan) ([]int64, int64) {
	return bids(p.w, p.sink, func(i int) (flow.Node, flow.ArcID, bool) {
		if i == len(pl.providers) {
			return 0, 0, false
		}
		return pl.providers[i].pNode, pl.providers[i].pArc, true
	})
}

// worth answers where in a list the first offers stand that are worth using, at most so many: those whose cost and the price from which
// they are reached are together below the bid, or with tie not above it.
func worth(left []offer, price int64, bids []int64, most, tie int64, atMost int) (found []int) {
	for i, o := range left {
		if int64(o.cost)+price >= most+tie || len(found) == atMost {
			return found
		}
		if int64(o.cost)+price < bids[o.at]+tie {
			found = append(found, i)
		}
	}
	return found
}

// price adds the arcs of P that are worth using.
func (p *primary) price(pl *Plan, tie int64) (added bool, err error) {
	bids, most := p.bids(pl)
	for _, n := range pl.needs {
		if !n.open {
			continue
		}
		found := worth(n.p.left, p.w.Potential(n.p.node), bids, most, tie, offersRound)
		for _, i := range found {
			o := n.p.left[i]
			to := pl.providers[o.at]
			id, err := p.w.AddArc(flow.Arc{From: n.p.node, To: to.pNode, Upper: n.Quantity, Cost: int64(o.cost)})
			if err != nil {
				return false, err
			}
			p.take(id, arcEnds{need: n, provider: to})
		}
		n.p.left = without(n.p.left, found)
		added = added || len(found) > 0
	}
	return added, nil
}

// without takes entries out of a list; their positions ascend.
func without(left []offer, found []int) []offer {
	for k := len(found) - 1; k >= 0; k-- {
		left = slices.Delete(left, found[k], found[k]+1)
	}
	return left
}

// whole tells whether no arc that P leaves out is worth using.
func (p *primary) whole(pl *Plan) bool {
	bids, most := p.bids(pl)
	return !slices.ContainsFunc(pl.needs, func(n *need) bool {
		return n.open && worth(n.p.left, p.w.Potential(n.p.node), bids, most, 0, 1) != nil
	})
}

// bids are those of B.
func (b *standby) bids(pl *Plan) ([]int64, int64) {
	return bids(b.w, b.sink, func(i int) (flow.Node, flow.ArcID, bool) {
		if i == len(pl.providers) {
			return 0, 0, false
		}
		return pl.providers[i].bNode, pl.providers[i].bArc, true
	})
}

// reached answers the price from which an offer is reached, and false where its organisation may not stand by. A node of need and
// organisation that sends nothing on may have any price up to that of the need, and is taken at the most; so is one that is not there yet.
func (b *standby) reached(pl *Plan, n *need, organisation string) (int64, bool) {
	price := b.w.Potential(n.b.node)
	for i := range n.b.ways {
		w := &n.b.ways[i]
		if w.organisation != organisation {
			continue
		}
		return max(price, b.w.Potential(w.joint)), b.w.Arc(w.entry).Upper > 0
	}
	return price, pl.entryRoom(n, organisation, pl.p.served(n)) > 0
}

// worth answers the offers of a need that are worth using in B.
func (b *standby) worth(pl *Plan, n *need, bids []int64, most, tie int64, atMost int) (found []int) {
	for _, i := range worth(n.b.left, b.w.Potential(n.b.node), bids, most, tie, len(n.b.left)) {
		o := n.b.left[i]
		price, may := b.reached(pl, n, pl.providers[o.at].Organisation)
		if may && int64(o.cost)+price < bids[o.at]+tie {
			found = append(found, i)
		}
		if len(found) == atMost {
			break
		}
	}
	return found
}

// price adds the arcs of B that are worth using, and where the need has no way to the organisation yet, that.
func (b *standby) price(pl *Plan, tie int64) (added bool, err error) {
	bids, most := b.bids(pl)
	for _, n := range pl.needs {
		if !n.open {
			continue
		}
		found := b.worth(pl, n, bids, most, tie, offersRound)
		for _, i := range found {
			if err := b.offer(pl, n, n.b.left[i]); err != nil {
				return false, err
			}
		}
		n.b.left = without(n.b.left, found)
		added = added || len(found) > 0
	}
	return added, nil
}

// offer gives an offer its arc.
func (b *standby) offer(pl *Plan, n *need, o offer) error {
	c := candidate{pl.providers[o.at], int64(o.cost)}
	at := slices.IndexFunc(n.b.ways, func(w way) bool { return w.organisation == c.Organisation })
	if at < 0 {
		// then all of the organisation are among what is left out
		var first *provider
		count := 0
		for _, o := range n.b.left {
			if p := pl.providers[o.at]; p.Organisation == c.Organisation {
				if count++; first == nil {
					first = p
				}
			}
		}
		at = len(n.b.ways)
		if err := b.addWay(b, pl, n, first, count > 1); err != nil {
			return err
		}
	}
	return b.addArcTo(b, pl, n, &n.b.ways[at], c)
}

// whole tells whether no arc that B leaves out is worth using.
func (b *standby) whole(pl *Plan) bool {
	bids, most := b.bids(pl)
	return !slices.ContainsFunc(pl.needs, func(n *need) bool { return n.open && b.worth(pl, n, bids, most, 0, 1) != nil })
}
