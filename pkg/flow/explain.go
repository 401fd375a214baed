package flow

import "renlin.dev/pkg/fault"

// ErrNoWay says that nothing can make up for a change: no flow fits with it.
var ErrNoWay = fault.New(fault.Invalid, "flow.no_way",
	"No plan fits with that change.", "作出该变动后不存在可行方案。")

// Explainer answers questions about a proven flow: why an arc is used or not, what it would cost to have it otherwise, what a place more
// is worth.
type Explainer struct {
	n *Network
	p *Proof
	r residual
	s search
}

// NewExplainer checks the proof first: what is no cheapest flow cannot be explained by its prices. Neither may change while the explainer
// is used.
func NewExplainer(n *Network, p *Proof) (*Explainer, error) {
	if err := Check(n, p); err != nil {
		return nil, err
	}
	e := &Explainer{n: n, p: p, r: newResidual(n)}
	e.s.grow(len(n.Supply))
	return e, nil
}

// Step is a part of a rearrangement: one unit more or less on an arc.
type Step struct {
	Arc ArcID
	By  int64
}

// Marginal is what a unit more, or less, on an arc comes to.
type Marginal struct {
	// Bound is the arc's reduced cost, or its negative for a unit less: the cost is at least this. It takes no search.
	Bound int64
	// Cost is by how much the least cost changes, exactly; negative if the unit would save something, which only a bound forbids.
	Cost int64
	// Steps are the cheapest rearrangement, the unit itself first. Only where it is made use of is what it costs.
	Steps []Step
}

// More answers what one unit more on the arc comes to, whatever its upper bound says. For an arc that could carry more it is what forcing
// it would cost; for one that is full, the negative is what one place more would save at most, see Shadow.
func (e *Explainer) More(id ArcID) (*Marginal, error) { return e.one(id, 1) }

// Less answers what one unit less on the arc comes to, whatever its lower bound says.
func (e *Explainer) Less(id ArcID) (*Marginal, error) { return e.one(id, -1) }

// Shadow answers what one unit more of capacity on the arc would save: nothing while it is not full.
func (e *Explainer) Shadow(id ArcID) int64 {
	if e.p.Flow[id] < e.n.Arcs[id].Upper {
		return 0
	}
	m, err := e.More(id)
	if err != nil {
		return 0
	}
	return max(0, -m.Cost)
}

// one closes the unit on the arc by the cheapest way back through all other arcs.
func (e *Explainer) one(id ArcID, by int64) (*Marginal, error) {
	a := &e.n.Arcs[id]
	from, to := a.From, a.To
	m := &Marginal{Bound: by * e.p.Reduced(e.n, id), Steps: []Step{{id, by}}}
	if by < 0 {
		from, to = to, from
	}
	if !e.back(to, from, id) {
		return nil, ErrNoWay.WithInt("arc", int64(id))
	}
	m.Cost = m.Bound + e.s.dist[from]
	for v := from; v != to; {
		h := e.s.via[v]
		step := Step{ArcID(h >> 1), 1 - 2*int64(h&1)}
		m.Steps = append(m.Steps, step)
		v = e.n.Arcs[h>>1].From
		if h&1 == 1 {
			v = e.n.Arcs[h>>1].To
		}
	}
	return m, nil
}

// back searches the cheapest way in reduced costs, which are not negative, without the arc.
func (e *Explainer) back(from, to Node, without ArcID) bool {
	s := &e.s
	s.begin()
	s.stamp[from], s.dist[from] = s.now, 0
	s.offer(entry{0, int32(from)})
	for {
		at, ok := s.next()
		if !ok {
			return false
		}
		if at.node == int32(to) {
			return true
		}
		for _, h := range e.r.at(Node(at.node)) {
			v, room, cost := step(e.n, e.p.Flow, h)
			if room == 0 || ArcID(h>>1) == without || s.stamp[v] == s.now+1 {
				continue
			}
			d := at.dist + cost + e.p.Potential[at.node] - e.p.Potential[v]
			if s.stamp[v] == s.now && d >= s.dist[v] {
				continue
			}
			s.stamp[v], s.dist[v], s.via[v] = s.now, d, h
			s.offer(entry{d, int32(v)})
		}
	}
}

// Scarce answers what is short where something goes unserved: the nodes to which what is left over at the given ones could still be sent,
// if it took the place of others, by all arcs but those that without names (those of going unserved); and the full arcs that lead out of
// these nodes. Unless one of the full arcs gets room, one of these nodes can only be served better at another's expense.
func (e *Explainer) Scarce(from []Node, without func(ArcID) bool) (nodes []Node, full []ArcID) {
	nodes = reach(e.n, e.p.Flow, from, without)
	inside := make([]bool, len(e.n.Supply))
	for _, v := range nodes {
		inside[v] = true
	}
	for i := range e.n.Arcs {
		a := &e.n.Arcs[i]
		if inside[a.From] && !inside[a.To] && !without(ArcID(i)) {
			full = append(full, ArcID(i))
		}
	}
	return nodes, full
}
