package flow

// residual lists, for each node, the halves of the arcs at it: an arc doubled where it leaves, plus one where it enters.
type residual struct {
	begin []int32
	half  []int32
}

func newResidual(n *Network) residual {
	r := residual{begin: make([]int32, len(n.Supply)+1), half: make([]int32, 2*len(n.Arcs))}
	for i := range n.Arcs {
		r.begin[n.Arcs[i].From]++
		r.begin[n.Arcs[i].To]++
	}
	total := int32(0)
	for v := range r.begin {
		total, r.begin[v] = total+r.begin[v], total
	}
	place := append([]int32(nil), r.begin...)
	for i := range n.Arcs {
		a := &n.Arcs[i]
		r.half[place[a.From]] = int32(i) << 1
		place[a.From]++
		r.half[place[a.To]] = int32(i)<<1 | 1
		place[a.To]++
	}
	return r
}

// at answers the halves at a node.
func (r *residual) at(v Node) []int32 { return r.half[r.begin[v]:r.begin[v+1]] }

// step answers where a half leads, how much more fits on it under the flow, and at what cost.
func step(n *Network, flow []int64, half int32) (to Node, room, cost int64) {
	a := &n.Arcs[half>>1]
	if half&1 == 0 {
		return a.To, a.Upper - flow[half>>1], a.Cost
	}
	return a.From, flow[half>>1] - a.Lower, -a.Cost
}

// reach answers, ascending, the nodes to which more can be sent from the given ones under the flow, those included. Arcs for which
// without answers true are left out.
func reach(n *Network, flow []int64, from []Node, without func(ArcID) bool) []Node {
	r := newResidual(n)
	seen := make([]bool, len(n.Supply))
	queue := append([]Node(nil), from...)
	for _, v := range queue {
		seen[v] = true
	}
	for len(queue) > 0 {
		v := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, h := range r.at(v) {
			if to, room, _ := step(n, flow, h); room > 0 && !seen[to] && !without(ArcID(h>>1)) {
				seen[to] = true
				queue = append(queue, to)
			}
		}
	}
	var found []Node
	for v, in := range seen {
		if in {
			found = append(found, Node(v))
		}
	}
	return found
}

// cut answers nil when no artificial arc carries anything; otherwise the nodes that can still be reached from where supply is left over.
// No node that lacks anything is among them, or the way there would have been cheaper than the artificial one.
func (s *simplex) cut(n *Network) *Infeasible {
	var from []Node
	excess := int64(0)
	for v := range n.Supply {
		e := len(n.Arcs) + v
		if s.arcs[e].to == s.root && s.rooms[e].flow > 0 {
			from = append(from, Node(v))
			excess += s.rooms[e].flow
		}
	}
	if len(from) == 0 {
		return nil
	}
	flow := s.proof(n).Flow
	return &Infeasible{Cut: reach(n, flow, from, func(ArcID) bool { return false }), Excess: excess}
}
