package flow

import "math"

// patch is a way along which something was sent to make a provisional flow feasible; it is taken back before anything else is done.
type patch struct {
	halves   []int32
	from, to int32
	amount   int64
}

// easeMax is the largest degree of a node whose price is looked at to spare a search.
const easeMax = 512

// SoonArcs is a limit for Settle that is meant to give an answer within 50 ms: an arc that is looked at costs about ten nanoseconds, and
// several times that where the network is much larger than the cache. What an event changes of the network itself is not counted; it takes
// long only where a table has no place left, which a Settle without a limit sees to in time.
const SoonArcs = 500_000

// Settle makes the flow a cheapest one again. When its searches have looked at more than limit arcs (0: no limit), it stops, makes the
// flow feasible in the quickest way, and says that this is provisional; called again without a limit, or with a larger one, it finishes.
// Making it feasible looks at no more than limit arcs either, so that the whole is bounded: what has no way by then is Left, and unbalanced
// it stays until the next Settle. Without a limit there is also made room for changes to come.
//
// When supplies do not add up to zero it answers ErrUnbalanced, when nothing fits an *Infeasible; nothing is lost by either, and after
// changes that put it right the next Settle goes on.
func (w *Warm) Settle(limit int) (Settled, error) {
	w.unpatch()
	w.priceFresh()
	w.mend()
	var done Settled
	total := int64(0)
	for _, list := range []*nodeList{&w.surplus, &w.lack} {
		for _, v := range list.nodes {
			if list == &w.surplus || !w.surplus.listed[v] {
				total += w.excess[v]
			}
		}
	}
	if total != 0 {
		return done, ErrUnbalanced
	}
	for {
		v, backward := w.choose()
		if v < 0 {
			break
		}
		left := math.MaxInt
		if limit > 0 {
			left = limit - done.Arcs
		}
		target, distance, over := w.nearest(v, backward, left)
		done.Nodes, done.Arcs = done.Nodes+len(w.search.settled), done.Arcs+w.search.looked
		if over {
			err := w.patchUp(&done, limit)
			return done, err
		}
		if target < 0 {
			return done, w.infeasible(backward)
		}
		w.reprice(distance, backward)
		w.carry(v, target, backward)
		done.Ways++
	}
	if limit <= 0 {
		w.makeRoom()
	}
	if w.drifted {
		return done, w.rebuild()
	}
	return done, nil
}

// choose answers where to search from, and which way: from the end with fewer arcs, because a search from a hub looks at all of them
// first.
func (w *Warm) choose() (Node, bool) {
	from, to := w.surplus.pick(w.excess, 1), w.lack.pick(w.excess, -1)
	if from < 0 || to < 0 {
		return -1, false
	}
	if w.runs[to].length < w.runs[from].length {
		return to, true
	}
	return from, false
}

// reprice makes the reduced costs of the cheapest way zero, and leaves none negative: what was settled nearer than the target comes as
// much nearer to it in price.
func (w *Warm) reprice(distance int64, backward bool) {
	for _, v := range w.search.settled {
		d := w.search.dist[v] - distance
		if backward {
			d = -d
		}
		w.price[v] += d
		w.drifted = w.drifted || !within(w.price[v], SumMax/4)
	}
}

// carry sends as much as fits along the way that was found.
func (w *Warm) carry(start Node, target int32, backward bool) {
	from, to := int32(start), target
	if backward {
		from, to = to, from
	}
	amount := min(w.excess[from], -w.excess[to])
	for v := target; v != int32(start); {
		h := &w.halves[w.search.via[v]]
		room := h.room
		if backward {
			room = h.back
		}
		amount = min(amount, room)
		v = w.halves[h.mate].to
	}
	sent := amount
	if backward {
		sent = -amount
	}
	for v := target; v != int32(start); {
		h := w.search.via[v]
		w.send(h, sent)
		v = w.halves[w.halves[h].mate].to
	}
	w.give(Node(from), -amount)
	w.give(Node(to), amount)
}

// bounds answers between what a node's price may be so that no arc at it is worth using more: from the arcs with room out of it and into
// it.
func (w *Warm) bounds(v int32) (low, high int64) {
	low, high = -SumMax, SumMax
	halves := w.of(v)
	for i := range halves {
		h := &halves[i]
		if h.to == v {
			continue
		}
		price := w.price[h.to] - h.cost
		if h.room > 0 {
			low = max(low, price)
		}
		if h.back > 0 {
			high = min(high, price)
		}
	}
	return low, high
}

// priceFresh gives new nodes a price at which no arc is worth using, or if there is none the one that fewer of the arcs contradict.
func (w *Warm) priceFresh() {
	for _, v := range w.fresh {
		low, high := w.bounds(int32(v))
		switch {
		case low <= high && low > -SumMax:
			w.price[v] = low
		case low <= high && high < SumMax:
			w.price[v] = high
		case low <= high:
			w.price[v] = 0
		case w.enters(int32(v)):
			w.price[v] = high
		default:
			w.price[v] = low
		}
	}
	w.fresh = w.fresh[:0]
}

// enters tells whether at least as many arcs come in at a node as go out.
func (w *Warm) enters(v int32) bool {
	in, halves := 0, w.of(v)
	for i := range halves {
		if halves[i].back > 0 {
			in++
		}
	}
	return 2*in >= len(halves)
}

// mend looks at the arcs that were changed: where one is worth using more, or less, a price may put it right; otherwise it is used to the
// full, or not at all, and the imbalance that this makes is carried away by what follows.
func (w *Warm) mend() {
	for _, id := range w.dirty {
		if w.goneArcs[id] {
			continue
		}
		i := w.at[id]
		if !w.contradicts(i) {
			continue
		}
		to := w.halves[i].to
		from := w.halves[w.halves[i].mate].to
		if w.ease(from) && !w.contradicts(i) || w.ease(to) && !w.contradicts(i) {
			continue
		}
		h := w.halves[i]
		sent := h.room
		if w.reduced(i) > 0 {
			sent = -h.back
		}
		w.send(i, sent)
		w.give(Node(from), -sent)
		w.give(Node(to), sent)
	}
	w.dirty = w.dirty[:0]
}

// reduced is the reduced cost of a half.
func (w *Warm) reduced(i int32) int64 {
	h := &w.halves[i]
	return h.cost + w.price[w.halves[h.mate].to] - w.price[h.to]
}

// contradicts tells whether an arc's reduced cost and flow do.
func (w *Warm) contradicts(i int32) bool {
	c, h := w.reduced(i), &w.halves[i]
	return c < 0 && h.room > 0 || c > 0 && h.back > 0
}

// ease moves a node's price to the nearest that contradicts none of its arcs, and tells whether there is one.
func (w *Warm) ease(v int32) bool {
	if w.runs[v].length > easeMax {
		return false
	}
	low, high := w.bounds(v)
	if low > high {
		return false
	}
	w.price[v] = min(max(w.price[v], low), high)
	return true
}

// patchUp makes the flow feasible without regard to cost: what is left over anywhere is sent to where it lacks by the fewest arcs. When
// that has looked at more than limit arcs the rest is left.
func (w *Warm) patchUp(done *Settled, limit int) error {
	done.Provisional = true
	for {
		from := w.surplus.pick(w.excess, 1)
		if from < 0 {
			return nil
		}
		target, over := w.fewest(int32(from), limit)
		done.Nodes, done.Arcs, limit = done.Nodes+len(w.search.settled), done.Arcs+w.search.looked, limit-w.search.looked
		if over {
			done.Left = w.leftOver()
			return nil
		}
		if target < 0 {
			err := w.infeasible(false)
			w.unpatch()
			return err
		}
		p := patch{from: int32(from), to: target, amount: min(w.excess[from], -w.excess[target])}
		for v := target; v != int32(from); {
			h := w.search.via[v]
			p.halves = append(p.halves, h)
			p.amount = min(p.amount, w.halves[h].room)
			v = w.halves[w.halves[h].mate].to
		}
		w.apply(&p, 1)
		w.patches = append(w.patches, p)
	}
}

// leftOver is how much there is to be carried.
func (w *Warm) leftOver() (total int64) {
	for _, v := range w.surplus.nodes {
		total += max(w.excess[v], 0)
	}
	return total
}

// apply sends what a patch sends, or with -1 takes it back.
func (w *Warm) apply(p *patch, sign int64) {
	for _, h := range p.halves {
		w.send(h, sign*p.amount)
	}
	w.give(Node(p.from), -sign*p.amount)
	w.give(Node(p.to), sign*p.amount)
}

// unpatch takes all patches back, so that flow and prices agree again wherever something was not changed since. Halves do not move as
// long as there are patches, because every change calls it first.
func (w *Warm) unpatch() {
	for i := len(w.patches) - 1; i >= 0; i-- {
		w.apply(&w.patches[i], -1)
	}
	w.patches = w.patches[:0]
}

// fewest answers the first node that lacks something, in breadth, or -1: then what was settled is what can be reached, or when over is true
// it has looked at more than limit arcs and would have to go on.
func (w *Warm) fewest(from int32, limit int) (target int32, over bool) {
	s := &w.search
	s.begin()
	s.stamp[from] = s.now + 1
	s.settled = append(s.settled, from)
	for next := 0; next < len(s.settled); next++ {
		if s.looked > limit {
			return -1, true
		}
		r := w.runs[s.settled[next]]
		for i := r.begin; i < r.begin+r.length; i++ {
			h := &w.halves[i]
			s.looked++
			if h.room == 0 || s.stamp[h.to] == s.now+1 {
				continue
			}
			s.stamp[h.to], s.via[h.to] = s.now+1, i
			if w.excess[h.to] < 0 {
				return h.to, false
			}
			s.settled = append(s.settled, h.to)
		}
	}
	return -1, false
}

// infeasible answers the cut that the last search has found: all it could reach, or what could not reach it.
func (w *Warm) infeasible(backward bool) *Infeasible {
	e := &Infeasible{}
	for v := range w.n.Supply {
		if (w.search.stamp[v] == w.search.now+1) != backward {
			e.Cut = append(e.Cut, Node(v))
			e.Excess += w.excess[v]
		}
	}
	return e
}

// rebuild begins anew with the prices of a whole solution. It is needed when prices have crept, over very many changes, to where sums
// might not be exact.
func (w *Warm) rebuild() error {
	p, err := Solve(&w.n)
	if err != nil {
		return err
	}
	for i := range w.n.Arcs {
		if a := &w.n.Arcs[i]; !w.goneArcs[i] {
			w.set(ArcID(i), a.Upper-p.Flow[i], p.Flow[i]-a.Lower)
			w.note(ArcID(i))
		}
	}
	copy(w.price, p.Potential)
	w.drifted = false
	return nil
}
