package flow

import "renlin.dev/pkg/fault"

// The refusals of changes to a warm network.
var (
	// ErrAbsent says that a change is to a node or an arc that is not there, or is there no longer.
	ErrAbsent = fault.New(fault.NotFound, "flow.absent",
		"There is no such node or connection in the network.", "网络中没有这个节点或弧。")
	// ErrProvisional says that there is no proof, because the plan has not been finished: Settle it.
	ErrProvisional = fault.New(fault.Conflict, "flow.provisional",
		"The plan is provisional; it will be finished shortly.", "该方案为临时方案，稍后将完成优化。")
)

// Warm keeps a cheapest flow of a network that changes. Changes are noted at once and cost next to nothing; Settle then makes the flow a
// cheapest one again. What a change leaves undone is an imbalance at a few nodes, and each is carried away along a cheapest way, found
// from the side that has fewer arcs: forward from where there is too much, backward from where something lacks.
//
// A Warm belongs to one goroutine. Positions of nodes and arcs stay as they are; those of removed ones are given out again.
type Warm struct {
	n Network // as it is now; removed arcs are Arc{}, removed nodes supply nothing
	adjacency
	price  []int64
	excess []int64 // what each node still has to send away; negative: what it lacks

	gone     []bool  // removed nodes
	goneArcs []bool  // removed arcs
	freeN    []Node  // positions to give out again
	freeA    []ArcID // likewise
	fresh    []Node  // new nodes, whose price may be anything
	dirty    []ArcID // arcs whose reduced cost may contradict their flow

	amounts, costs sum // as in Network.Check, kept up to date
	costMax        int64
	drifted        bool     // a price has left the range in which all sums are exact by far
	surplus, lack  nodeList // nodes of positive and negative excess, and perhaps some that are balanced by now
	search         search
	patches        []patch
	changed        []ArcID // arcs whose flow may be another than when Changed was last asked, each once
	isNoted        []bool
}

// Settled says what Settle did.
type Settled struct {
	// Nodes and Arcs are how many the searches looked at: the work, in units that are the same on every machine.
	Nodes, Arcs int
	// Ways is how many ways something was sent along.
	Ways int
	// Provisional says that the limit was reached: the flow is not yet a cheapest. Settle with a larger limit.
	Provisional bool
	// Left is how much a provisional flow leaves where it is: no way for it was found within the limit, and it may be that there is none.
	// With nothing left the flow is feasible.
	Left int64
}

// NewWarm begins with a network and a proof of its flow, which it does not take on trust. Both may be changed by the caller afterwards.
func NewWarm(n *Network, p *Proof) (*Warm, error) {
	if err := Check(n, p); err != nil {
		return nil, err
	}
	nodes, arcs := len(n.Supply), len(n.Arcs)
	w := &Warm{
		n:         Network{Supply: copied(n.Supply), Arcs: copied(n.Arcs)},
		adjacency: newAdjacency(n, p.Flow), price: copied(p.Potential), excess: blank[int64](nodes),
		gone: blank[bool](nodes), goneArcs: blank[bool](arcs), isNoted: blank[bool](arcs),
	}
	w.surplus.listed, w.lack.listed = blank[bool](nodes), blank[bool](nodes)
	w.search = search{stamp: blank[uint32](nodes), dist: blank[int64](nodes), via: blank[int32](nodes)}
	for _, b := range n.Supply {
		w.amounts.add(magnitude(b))
	}
	for i := range n.Arcs {
		w.count(&n.Arcs[i], 1)
		w.costMax = max(w.costMax, magnitude(n.Arcs[i].Cost))
	}
	return w, nil
}

// Network answers the network as it is now, with removed arcs of no capacity. It is the caller's.
func (w *Warm) Network() *Network {
	return &Network{Supply: append([]int64(nil), w.n.Supply...), Arcs: append([]Arc(nil), w.n.Arcs...)}
}

// Arc answers an arc as it is now.
func (w *Warm) Arc(id ArcID) Arc { return w.n.Arcs[id] }

// Supply answers what a node supplies now.
func (w *Warm) Supply(v Node) int64 { return w.n.Supply[v] }

// Flow answers what an arc carries. Between a change and the next Settle it may leave nodes unbalanced.
func (w *Warm) Flow(id ArcID) int64 {
	if w.goneArcs[id] {
		return 0
	}
	return w.n.Arcs[id].Upper - w.halves[w.at[id]].room
}

// Potential answers a node's price.
func (w *Warm) Potential(v Node) int64 { return w.price[v] }

// Plan answers the flow with its price and cost, whatever it is: of a provisional one the proof does not hold yet.
func (w *Warm) Plan() *Proof {
	p := &Proof{Flow: make([]int64, len(w.n.Arcs)), Potential: append([]int64(nil), w.price...)}
	for i := range w.n.Arcs {
		p.Flow[i] = w.Flow(ArcID(i))
		p.Objective += w.n.Arcs[i].Cost * p.Flow[i]
	}
	return p
}

// Proof answers the proof of the flow, or ErrProvisional while there is none.
func (w *Warm) Proof() (*Proof, error) {
	if len(w.patches) > 0 || len(w.dirty) > 0 || len(w.fresh) > 0 || w.unbalanced() {
		return nil, ErrProvisional
	}
	return w.Plan(), nil
}

// Changed answers the arcs whose flow may be another than when it was last asked, each once, those that have been removed among them.
func (w *Warm) Changed() []ArcID {
	changed := w.changed
	for _, id := range changed {
		w.isNoted[id] = false
	}
	w.changed = nil
	return changed
}

// note remembers that an arc's flow is another.
func (w *Warm) note(id ArcID) {
	if !w.isNoted[id] {
		w.isNoted[id] = true
		w.changed = append(w.changed, id)
	}
}

// send pushes over a half and remembers its arc.
func (w *Warm) send(half int32, amount int64) {
	w.push(half, amount)
	w.note(ArcID(w.arcOf[half] >> 1))
}

// unbalanced tells whether something is left to be carried.
func (w *Warm) unbalanced() bool {
	return w.surplus.pick(w.excess, 1) >= 0 || w.lack.pick(w.excess, -1) >= 0
}

// count adds an arc to the sums that must stay exact, or with -1 takes it away.
func (w *Warm) count(a *Arc, sign int64) {
	lower, upper := magnitude(a.Lower), magnitude(a.Upper)
	w.amounts.add(sign * (lower + upper))
	w.costs.addProduct(sign*magnitude(a.Cost), max(lower, upper))
}

// exact tells whether all sums are still exact.
func (w *Warm) exact() bool {
	var path sum
	path.addProduct(4*(w.costMax+1), int64(len(w.n.Supply))+2)
	return w.amounts.fits() && w.costs.fits() && path.fits()
}

// SetSupply changes what a node supplies. Until supplies add up to zero again, Settle refuses.
func (w *Warm) SetSupply(v Node, supply int64) error {
	switch {
	case v < 0 || int(v) >= len(w.n.Supply) || w.gone[v]:
		return ErrAbsent
	case !within(supply, AmountMax):
		return ErrLarge
	}
	before := w.n.Supply[v]
	w.amounts.add(magnitude(supply) - magnitude(before))
	if !w.exact() {
		w.amounts.add(magnitude(before) - magnitude(supply))
		return ErrLarge
	}
	w.unpatch()
	w.n.Supply[v] = supply
	w.give(v, supply-before)
	return nil
}

// AddNode adds a node without arcs. Its price is found when its arcs are known, at Settle.
func (w *Warm) AddNode(supply int64) (Node, error) {
	v := Node(len(w.n.Supply))
	if len(w.freeN) > 0 {
		v = w.freeN[len(w.freeN)-1]
	} else if len(w.n.Supply) == NodesMax {
		return 0, ErrLarge
	} else {
		w.grow()
		if !w.exact() { // the position stays, as a node that was removed
			w.gone[v] = true
			w.freeN = append(w.freeN, v)
			return 0, ErrLarge
		}
		w.freeN = append(w.freeN, v)
	}
	w.gone[v] = false
	if err := w.SetSupply(v, supply); err != nil {
		w.gone[v] = true
		return 0, err
	}
	w.freeN = w.freeN[:len(w.freeN)-1]
	w.fresh = append(w.fresh, v)
	return v, nil
}

// grow adds a position for a node to every table.
func (w *Warm) grow() {
	w.n.Supply, w.price, w.excess = append(w.n.Supply, 0), append(w.price, 0), append(w.excess, 0)
	w.gone, w.runs = append(w.gone, false), append(w.runs, run{})
	w.surplus.listed, w.lack.listed = append(w.surplus.listed, false), append(w.lack.listed, false)
	w.search.grow(len(w.n.Supply))
}

// makeRoom gives every table that has few places left some to spare, so that no change need wait for that.
func (w *Warm) makeRoom() {
	w.adjacency.makeRoom()
	w.n.Arcs, w.goneArcs, w.isNoted = roomy(w.n.Arcs), roomy(w.goneArcs), roomy(w.isNoted)
	w.n.Supply, w.price, w.excess, w.gone = roomy(w.n.Supply), roomy(w.price), roomy(w.excess), roomy(w.gone)
	w.surplus.listed, w.lack.listed = roomy(w.surplus.listed), roomy(w.lack.listed)
	s := &w.search
	s.stamp, s.dist, s.via = roomy(s.stamp), roomy(s.dist), roomy(s.via)
}

// RemoveNode takes a node away with all its arcs and what it supplies.
func (w *Warm) RemoveNode(v Node) error {
	if err := w.SetSupply(v, 0); err != nil {
		return err
	}
	for w.runs[v].length > 0 {
		if err := w.RemoveArc(ArcID(w.arcOf[w.runs[v].begin] >> 1)); err != nil {
			return err
		}
	}
	w.gone[v] = true
	w.freeN = append(w.freeN, v)
	return nil
}

// AddArc adds an arc.
func (w *Warm) AddArc(a Arc) (ArcID, error) {
	if err := a.check(len(w.n.Supply)); err != nil {
		return 0, err
	}
	if w.gone[a.From] || w.gone[a.To] {
		return 0, ErrAbsent
	}
	id := ArcID(len(w.n.Arcs))
	if len(w.freeA) > 0 {
		id = w.freeA[len(w.freeA)-1]
	} else if len(w.n.Arcs) == ArcsMax {
		return 0, ErrLarge
	}
	if err := w.admit(&Arc{}, &a); err != nil {
		return 0, err
	}
	w.unpatch()
	if len(w.freeA) > 0 {
		w.freeA = w.freeA[:len(w.freeA)-1]
	} else {
		w.n.Arcs, w.goneArcs, w.at = append(w.n.Arcs, a), append(w.goneArcs, false), append(w.at, 0)
		w.isNoted = append(w.isNoted, false)
	}
	w.n.Arcs[id], w.goneArcs[id] = a, false
	w.note(id)
	w.adjacency.add(id, &a)
	w.give(a.From, -a.Lower)
	w.give(a.To, a.Lower)
	w.dirty = append(w.dirty, id)
	return id, nil
}

// admit counts an arc instead of another, unless the sums would not be exact.
func (w *Warm) admit(before, now *Arc) error {
	costMax := w.costMax
	w.count(before, -1)
	w.count(now, 1)
	w.costMax = max(costMax, magnitude(now.Cost))
	if !w.exact() {
		w.count(now, -1)
		w.count(before, 1)
		w.costMax = costMax
		return ErrLarge
	}
	return nil
}

// has tells whether there is such an arc.
func (w *Warm) has(id ArcID) bool { return id >= 0 && int(id) < len(w.n.Arcs) && !w.goneArcs[id] }

// RemoveArc takes an arc away.
func (w *Warm) RemoveArc(id ArcID) error {
	if !w.has(id) {
		return ErrAbsent
	}
	w.unpatch()
	a, f := w.n.Arcs[id], w.Flow(id)
	w.count(&a, -1)
	w.adjacency.remove(id)
	w.note(id)
	w.give(a.From, f)
	w.give(a.To, -f)
	w.n.Arcs[id], w.goneArcs[id] = Arc{}, true
	w.freeA = append(w.freeA, id)
	return nil
}

// SetBounds changes how little and how much an arc may carry.
func (w *Warm) SetBounds(id ArcID, lower, upper int64) error {
	if !w.has(id) {
		return ErrAbsent
	}
	a := w.n.Arcs[id]
	a.Lower, a.Upper = lower, upper
	if err := a.check(len(w.n.Supply)); err != nil {
		return err
	}
	if err := w.admit(&w.n.Arcs[id], &a); err != nil {
		return err
	}
	w.unpatch()
	f := w.Flow(id)
	now := min(max(f, lower), upper)
	w.n.Arcs[id] = a
	w.adjacency.set(id, upper-now, now-lower)
	if now != f {
		w.note(id)
	}
	w.give(a.From, f-now)
	w.give(a.To, now-f)
	w.dirty = append(w.dirty, id)
	return nil
}

// SetCost changes what a unit on an arc costs.
func (w *Warm) SetCost(id ArcID, cost int64) error {
	if !w.has(id) {
		return ErrAbsent
	}
	a := w.n.Arcs[id]
	a.Cost = cost
	if err := a.check(len(w.n.Supply)); err != nil {
		return err
	}
	if err := w.admit(&w.n.Arcs[id], &a); err != nil {
		return err
	}
	w.unpatch()
	w.n.Arcs[id] = a
	h := &w.halves[w.at[id]]
	h.cost, w.halves[h.mate].cost = cost, -cost
	w.dirty = append(w.dirty, id)
	return nil
}

// give changes what a node has to send away.
func (w *Warm) give(v Node, d int64) {
	if d == 0 {
		return
	}
	w.excess[v] += d
	switch b := w.excess[v]; {
	case b > 0:
		w.surplus.put(v)
	case b < 0:
		w.lack.put(v)
	}
}

// nodeList is a stack of nodes, each in it at most once.
type nodeList struct {
	nodes  []Node
	listed []bool
}

func (l *nodeList) put(v Node) {
	if !l.listed[v] {
		l.listed[v] = true
		l.nodes = append(l.nodes, v)
	}
}

// pick answers the top node whose excess has the sign, after taking off those whose has not; -1 if there is none.
func (l *nodeList) pick(excess []int64, sign int64) Node {
	for len(l.nodes) > 0 {
		v := l.nodes[len(l.nodes)-1]
		if excess[v]*sign > 0 {
			return v
		}
		l.listed[v] = false
		l.nodes = l.nodes[:len(l.nodes)-1]
	}
	return -1
}
