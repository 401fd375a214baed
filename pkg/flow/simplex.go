package flow

import (
	"math"
)

// wideMax bounds how many arcs are priced before the best is taken. The square root of all is what Kovács recommends; of millions, whose prices
// no longer lie in the processor's cache, a few less are looked at for a few more pivots.
const wideMax = 1_000

// endless is the capacity of the arcs that the solver adds: no sum of supplies reaches it.
const endless = math.MaxInt64

// priced is what pricing reads of an arc, packed so that a pass over all arcs reads as little memory as can be. An arc that is full is
// written the other way round, with its cost negated and what is left of it as its flow: so all arcs outside the tree are empty, and each
// is worth taking into it when its reduced cost is negative. Those in the tree have a reduced cost of zero.
type priced struct {
	cost     int64
	from, to int32
}

// room is what a pivot changes of an arc: its flow above the lower bound, and how much of that fits.
type room struct{ flow, cap int64 }

// simplex is the state of one solution: a spanning tree over the nodes and an artificial root, from which each node hangs at first by an
// artificial arc. Flow on arcs outside the tree is at a bound; potentials make the reduced cost of each arc in the tree zero.
//
// The basis is strongly feasible (Cunningham): from each node, more flow can be sent to the root along the tree. The choice of the
// leaving arc keeps it so, and therefore no sequence of pivots without progress can come back to where it was.
type simplex struct {
	arcs   []priced // the real ones in the order of place, then an artificial one for each node
	rooms  []room
	turned []bool // whether a real arc is written the other way round
	place  []int32

	price []int64 // potential of each node and the root
	tree
	root int32
	next int // where pricing goes on
	wide int // how many arcs are priced before the best is taken
}

// Solve answers a cheapest flow with its proof, or why there is none: what Network.Check says, or an *Infeasible.
func Solve(n *Network) (*Proof, error) {
	if err := n.Check(); err != nil {
		return nil, err
	}
	s := newSimplex(n)
	s.start(n)
	for {
		e := s.entering()
		if e < 0 {
			break
		}
		s.pivot(e)
	}
	if cut := s.cut(n); cut != nil {
		return nil, cut
	}
	return s.proof(n), nil
}

// newSimplex lays out the arcs and hangs each node on the root: by an arc of cost zero that takes away what it supplies, or by one that
// brings what it demands at a cost above that of any path.
func newSimplex(n *Network) *simplex {
	nodes, arcs := len(n.Supply), len(n.Arcs)
	s := &simplex{
		arcs: make([]priced, arcs+nodes), rooms: make([]room, arcs+nodes), turned: make([]bool, arcs), place: mixed(arcs, nodes),
		price: make([]int64, nodes+1), tree: newTree(nodes + 1), root: int32(nodes),
	}
	s.wide = min(max(root(arcs), 10), wideMax)
	left := append([]int64(nil), n.Supply...)
	costMax := int64(0)
	for i := range n.Arcs {
		a, p := &n.Arcs[i], s.place[i]
		if a.Upper > a.Lower { // or it is no arc at all, at no cost from one node to itself, and never worth anything
			s.arcs[p] = priced{a.Cost, int32(a.From), int32(a.To)}
			s.rooms[p] = room{0, a.Upper - a.Lower}
		}
		left[a.From] -= a.Lower
		left[a.To] += a.Lower
		costMax = max(costMax, magnitude(a.Cost))
	}
	dear := (costMax + 1) * int64(nodes)
	for v := range int32(nodes) {
		e := int32(arcs) + v
		if b := left[v]; b >= 0 {
			s.arcs[e] = priced{0, v, s.root}
			s.rooms[e] = room{b, endless}
			s.hang(v, e, true)
			continue
		}
		s.arcs[e] = priced{dear, s.root, v}
		s.rooms[e] = room{-left[v], endless}
		s.price[v] = dear
		s.hang(v, e, false)
	}
	return s
}

// root is the integer part of the square root.
func root(n int) int {
	r := 0
	for bit := 1 << 30; bit > 0; bit >>= 1 {
		if (r+bit)*(r+bit) <= n {
			r += bit
		}
	}
	return r
}

// mixed answers where each arc is put: neighbours in the caller's order far apart, so that the arcs that are priced together are of many
// nodes.
func mixed(arcs, nodes int) []int32 {
	place := make([]int32, arcs)
	stride := max(arcs/max(nodes, 1), 3)
	at, begin := 0, 0
	for i := range place {
		place[i] = int32(at)
		if at += stride; at >= arcs {
			begin++
			at = begin
		}
	}
	return place
}

// entering answers the arc that is most worth taking into the tree among the next that are priced, or -1 when none is: the flow is then
// optimal.
func (s *simplex) entering() int32 {
	price, count := s.price, len(s.turned)
	best, found := int64(0), -1
	for looked := 0; looked < count; {
		begin := s.next
		end := min(begin+s.wide, count)
		arcs := s.arcs[begin:end]
		for i := range arcs {
			a := &arcs[i]
			if c := a.cost + price[a.from] - price[a.to]; c < best {
				best, found = c, begin+i
			}
		}
		looked += end - begin
		if s.next = end; end == count {
			s.next = 0
		}
		if found >= 0 {
			return int32(found)
		}
	}
	return -1
}

// pivot takes an arc into the tree, sends as much as fits around the cycle that it closes, and takes out the arc that stopped it.
func (s *simplex) pivot(e int32) {
	a := s.arcs[e]
	join := s.join(a.from, a.to)
	delta, out, below := s.leaving(e, join)
	if delta > 0 {
		s.send(e, join, delta)
	}
	if out < 0 { // the arc itself was full first
		s.turn(e)
		return
	}
	if left := s.links[out].pred >> 1; int(left) < len(s.turned) && s.rooms[left].flow > 0 {
		s.turn(left) // an artificial arc is never full, and never comes back
	}
	in, on, sigma := a.to, a.from, s.price[a.from]-s.price[a.to]+a.cost
	if below {
		in, on, sigma = a.from, a.to, -sigma
	}
	s.move(in, on, out, join, e, below)
	s.raise(in, sigma)
}

// turn writes an arc the other way round.
func (s *simplex) turn(e int32) {
	a, r := &s.arcs[e], &s.rooms[e]
	a.cost, a.from, a.to = -a.cost, a.to, a.from
	r.flow = r.cap - r.flow
	s.turned[e] = !s.turned[e]
}

// leaving answers how much fits around the cycle, the node below the arc that stops it (-1: the entering arc), and whether that is where
// the entering arc begins, or above. Of several the last on the way along the cycle from the join is taken, which keeps the basis
// strongly feasible.
func (s *simplex) leaving(e, join int32) (delta int64, out int32, below bool) {
	links, rooms := s.links, s.rooms
	delta, out = rooms[e].cap, -1
	for v := s.arcs[e].from; v != join; {
		l := &links[v]
		r := &rooms[l.pred>>1]
		d := r.flow
		if l.pred&1 == 0 { // the arc comes down, and flow goes down it
			d = r.cap - r.flow
		}
		if d < delta {
			delta, out, below = d, v, true
		}
		v = l.parent
	}
	for v := s.arcs[e].to; v != join; {
		l := &links[v]
		r := &rooms[l.pred>>1]
		d := r.flow
		if l.pred&1 == 1 {
			d = r.cap - r.flow
		}
		if d <= delta {
			delta, out, below = d, v, false
		}
		v = l.parent
	}
	return delta, out, below
}

// send changes the flow around the cycle.
func (s *simplex) send(e, join int32, delta int64) {
	links, rooms := s.links, s.rooms
	rooms[e].flow += delta
	for v := s.arcs[e].from; v != join; {
		l := &links[v]
		r := &rooms[l.pred>>1]
		if l.pred&1 == 1 {
			r.flow -= delta
		} else {
			r.flow += delta
		}
		v = l.parent
	}
	for v := s.arcs[e].to; v != join; {
		l := &links[v]
		r := &rooms[l.pred>>1]
		if l.pred&1 == 1 {
			r.flow += delta
		} else {
			r.flow -= delta
		}
		v = l.parent
	}
}

// raise adds to the potentials of a subtree.
func (s *simplex) raise(v int32, sigma int64) {
	if sigma == 0 {
		return
	}
	thread, price := s.thread, s.price
	end := thread[s.links[v].last]
	for u := v; u != end; u = thread[u] {
		price[u] += sigma
	}
}

// proof reads off flow and potentials.
func (s *simplex) proof(n *Network) *Proof {
	p := &Proof{Flow: make([]int64, len(n.Arcs)), Potential: s.price[:len(n.Supply)]}
	for i := range n.Arcs {
		a := &n.Arcs[i]
		at := s.place[i]
		f := s.rooms[at].flow
		if s.turned[at] {
			f = s.rooms[at].cap - f
		}
		p.Flow[i] = a.Lower + f
		p.Objective += a.Cost * p.Flow[i]
	}
	return p
}
