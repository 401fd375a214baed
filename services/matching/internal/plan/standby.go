package plan

import "renlin.dev/pkg/flow"

// standby is network B. Of a need that is served with some units each organisation may stand by for so many, so that the standbys of a
// unit are of different organisations; organisations of its primaries may not. Where several providers of an organisation could, their
// arcs go through a node of need and organisation. What nobody stands by for goes past all to the sink, at a cost.
type standby struct {
	w    *flow.Warm
	sink flow.Node
	ends []arcEnds
}

// standbyNeed is a need's place in B.
type standbyNeed struct {
	node    flow.Node
	missing flow.ArcID
	ways    []way
	left    []offer // who may stand by and has no arc, the cheapest first
	total   int64   // units of standby that are wanted
}

// way is how a need gets standbys of one organisation.
type way struct {
	organisation string
	entry        flow.ArcID
	joint        flow.Node    // the node of need and organisation, or -1 where only one of it may serve, to whom entry leads
	arcs         []flow.ArcID // to providers, the entry where there is one only
}

// free is how much a provider can stand by for.
func (pl *Plan) free(p *provider) int64 { return max(0, p.place()-p.used) * pl.rules.Oversubscribed }

// table is where nodes and arcs are added: a network at first, a warm one later.
type table interface {
	addNode(supply int64) (flow.Node, error)
	addArc(a flow.Arc) (flow.ArcID, error)
}

type cold struct{ *flow.Network }

func (c cold) addNode(supply int64) (flow.Node, error)        { return c.AddNode(supply), nil }
func (c cold) addArc(a flow.Arc) (flow.ArcID, error)          { return c.AddArc(a), nil }
func (b *standby) addNode(supply int64) (flow.Node, error)    { return b.w.AddNode(supply) }
func (b *standby) addArc(a flow.Arc) (id flow.ArcID, _ error) { return b.w.AddArc(a) }

// newStandby lays out B behind what P has decided, and solves it.
func newStandby(pl *Plan) (*standby, error) {
	b, n := &standby{}, &flow.Network{}
	for _, pr := range pl.providers {
		pr.bNode = n.AddNode(0)
	}
	b.sink = n.AddNode(0)
	for _, pr := range pl.providers {
		pr.bArc = n.AddArc(flow.Arc{From: pr.bNode, To: b.sink, Upper: pl.free(pr)})
		note(&b.ends, pr.bArc, arcEnds{provider: pr})
	}
	for _, need := range pl.needs {
		if err := b.lay(cold{n}, pl, need); err != nil {
			return nil, err
		}
		n.Supply[b.sink] -= need.b.total
	}
	var err error
	if b.w, err = solve(n, &pl.rules, &b.ends, func(w *flow.Warm) (bool, error) {
		b.w = w
		return b.price(pl, pl.rules.tie())
	}); err != nil {
		return nil, err
	}
	return b, nil
}

// lay puts a need into B as P serves it.
func (b *standby) lay(t table, pl *Plan, n *need) (err error) {
	units := pl.p.served(n)
	n.b = standbyNeed{total: units * pl.rules.Backups}
	if n.b.node, err = t.addNode(n.b.total); err != nil {
		return err
	}
	if n.b.missing, err = t.addArc(flow.Arc{From: n.b.node, To: b.sink, Upper: n.b.total, Cost: n.missing()}); err != nil {
		return err
	}
	note(&b.ends, n.b.missing, arcEnds{need: n})
	groups, left := pl.groups(n)
	for _, g := range groups {
		if err := b.addWay(t, pl, n, g.first, g.count > 1); err != nil {
			return err
		}
		for _, c := range g.in {
			if err := b.addArcTo(t, pl, n, &n.b.ways[len(n.b.ways)-1], c); err != nil {
				return err
			}
		}
	}
	n.b.left = left
	return nil
}

// addWay gives a need a way to an organisation, whose cheapest is first. Where several of it may serve the need, it has a node, whether or
// not they all have arcs already: so the ways do not depend on who came in when.
func (b *standby) addWay(t table, pl *Plan, n *need, first *provider, several bool) (err error) {
	w := way{organisation: first.Organisation, joint: -1}
	if several {
		if w.joint, err = t.addNode(0); err != nil {
			return err
		}
		room := pl.entryRoom(n, first.Organisation, pl.p.served(n))
		if w.entry, err = t.addArc(flow.Arc{From: n.b.node, To: w.joint, Upper: room}); err != nil {
			return err
		}
		note(&b.ends, w.entry, arcEnds{need: n, provider: first, joint: true})
	}
	n.b.ways = append(n.b.ways, w)
	return nil
}

// addArcTo gives a way an arc to a provider.
func (b *standby) addArcTo(t table, pl *Plan, n *need, w *way, c candidate) error {
	a := flow.Arc{From: w.joint, To: c.bNode, Upper: n.Quantity, Cost: c.cost}
	if w.joint < 0 {
		a.From, a.Upper = n.b.node, pl.entryRoom(n, c.Organisation, pl.p.served(n))
	}
	id, err := t.addArc(a)
	if err != nil {
		return err
	}
	note(&b.ends, id, arcEnds{need: n, provider: c.provider})
	w.arcs = append(w.arcs, id)
	if w.joint < 0 {
		w.entry = id
	}
	return nil
}

// group is the candidates of one organisation: who is cheapest, how many there are, and who has an arc from the beginning.
type group struct {
	first *provider
	count int
	in    []candidate
}

// groups answers the candidates for standing by, by organisation; that whose cheapest is cheapest comes first. The others are left.
func (pl *Plan) groups(n *need) (groups []*group, left []offer) {
	at, taken := map[string]*group{}, 0
	for _, c := range pl.skills.eligible(&n.Need) {
		g := at[c.Organisation]
		if g == nil {
			g = &group{first: c.provider}
			at[c.Organisation] = g
		}
		g.count++
		if taken == pl.rules.Candidates || len(g.in) == max(1, pl.rules.Candidates/standbyShareOfOneOrg) {
			left = append(left, offer{int32(c.at), int32(c.cost)})
			continue
		}
		if taken++; len(g.in) == 0 {
			groups = append(groups, g)
		}
		g.in = append(g.in, c)
	}
	return groups, left
}

// entryRoom is how many units of a need the organisation may stand by for: none if it is of a primary.
func (pl *Plan) entryRoom(n *need, organisation string, units int64) int64 {
	for _, id := range n.p.arcs {
		if pl.p.ends[id].provider.Organisation == organisation && pl.p.w.Flow(id) > 0 {
			return 0
		}
	}
	return units
}

// follow changes B as P has changed.
func (b *standby) follow(pl *Plan, needs []*need, providers []*provider) error {
	for _, p := range providers {
		if free := pl.free(p); b.w.Arc(p.bArc).Upper != free {
			if err := b.w.SetBounds(p.bArc, 0, free); err != nil {
				return err
			}
		}
	}
	for _, n := range needs {
		if !n.open {
			continue
		}
		units := pl.p.served(n)
		total := units * pl.rules.Backups
		if err := b.resize(n, total); err != nil {
			return err
		}
		for i := range n.b.ways {
			w := &n.b.ways[i]
			if room := pl.entryRoom(n, w.organisation, units); b.w.Arc(w.entry).Upper != room {
				if err := b.w.SetBounds(w.entry, 0, room); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// resize changes how many units of standby a need wants.
func (b *standby) resize(n *need, total int64) error {
	if total == n.b.total {
		return nil
	}
	if err := b.w.SetSupply(n.b.node, total); err != nil {
		return err
	}
	if err := b.w.SetSupply(b.sink, b.w.Supply(b.sink)+n.b.total-total); err != nil {
		return err
	}
	n.b.total = total
	return b.w.SetBounds(n.b.missing, 0, total)
}

// open puts a need into B.
func (b *standby) open(pl *Plan, n *need) error {
	if err := b.lay(b, pl, n); err != nil {
		return err
	}
	return b.w.SetSupply(b.sink, b.w.Supply(b.sink)-n.b.total)
}

// close takes a need out of B.
func (b *standby) close(n *need) error {
	if err := b.resize(n, 0); err != nil {
		return err
	}
	for _, w := range n.b.ways {
		if w.joint >= 0 {
			if err := b.w.RemoveNode(w.joint); err != nil {
				return err
			}
		}
	}
	n.b.ways, n.b.left = nil, nil
	return b.w.RemoveNode(n.b.node)
}
