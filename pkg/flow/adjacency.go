package flow

// half is an arc as one of its ends sees it.
type half struct {
	to, mate int32 // the other end, and where its half is
	cost     int64 // of a unit from here to there
	room     int64 // how much more fits from here to there
	back     int64 // and how much from there to here: the mate's room, kept here too, so that a search backward reads one place
}

// run is where a node's halves are; the places behind them up to cap are free.
type run struct{ begin, length, cap int32 }

// adjacency holds each node's halves next to each other. A run that is full moves to the end, twice as long; when more than half of all
// is free, all is packed anew.
type adjacency struct {
	halves []half
	arcOf  []int32 // of each half: the arc doubled, plus one at the end where it enters
	at     []int32 // of each arc: the half at the end where it leaves
	runs   []run
	waste  int // places in no run
}

// newAdjacency lays out a network under a flow, with room for a few arcs at each node.
func newAdjacency(n *Network, flow []int64) adjacency {
	g := adjacency{at: make([]int32, len(n.Arcs)), runs: make([]run, len(n.Supply))}
	for i := range n.Arcs {
		g.runs[n.Arcs[i].From].cap++
		g.runs[n.Arcs[i].To].cap++
	}
	end := int32(0)
	for v := range g.runs {
		g.runs[v].begin = end
		end += g.runs[v].cap
	}
	g.halves, g.arcOf = make([]half, end), make([]int32, end)
	for i := range n.Arcs {
		a := &n.Arcs[i]
		g.put(ArcID(i), a)
		g.set(ArcID(i), a.Upper-flow[i], flow[i]-a.Lower)
	}
	return g
}

// of answers a node's halves.
func (g *adjacency) of(v int32) []half {
	r := g.runs[v]
	return g.halves[r.begin : r.begin+r.length]
}

// add puts in an arc that carries its lower bound.
func (g *adjacency) add(id ArcID, a *Arc) {
	g.reserve(int32(a.From))
	g.reserve(int32(a.To))
	g.put(id, a)
}

// put is add where there is room.
func (g *adjacency) put(id ArcID, a *Arc) {
	out := g.place(int32(a.From))
	in := g.place(int32(a.To))
	g.halves[out] = half{to: int32(a.To), mate: in, cost: a.Cost, room: a.Upper - a.Lower}
	g.halves[in] = half{to: int32(a.From), mate: out, cost: -a.Cost, back: a.Upper - a.Lower}
	g.arcOf[out], g.arcOf[in] = int32(id)<<1, int32(id)<<1|1
	g.at[id] = out
}

// reserve sees to it that two halves fit in a node's run, which is what an arc from a node to itself needs. It never takes room from
// another run that has no more than that.
func (g *adjacency) reserve(v int32) {
	if r := &g.runs[v]; r.length+2 > r.cap {
		if g.waste > len(g.halves)/2 {
			g.pack()
		} else {
			g.move(r, 2*r.cap+4)
		}
	}
}

// place answers the next free place in a node's run.
func (g *adjacency) place(v int32) int32 {
	r := &g.runs[v]
	r.length++
	return r.begin + r.length - 1
}

// move gives a run another place at the end.
func (g *adjacency) move(r *run, size int32) {
	begin := int32(len(g.halves))
	g.halves = append(g.halves, make([]half, size)...)
	g.arcOf = append(g.arcOf, make([]int32, size)...)
	for i := range r.length {
		g.shift(r.begin+i, begin+i)
	}
	g.waste += int(r.cap)
	r.begin, r.cap = begin, size
}

// shift copies a half to another place and tells its mate and its arc.
func (g *adjacency) shift(from, to int32) {
	h := g.halves[from]
	g.halves[to], g.arcOf[to] = h, g.arcOf[from]
	g.halves[h.mate].mate = to
	if g.arcOf[to]&1 == 0 {
		g.at[g.arcOf[to]>>1] = to
	}
}

// pack puts all runs next to each other.
func (g *adjacency) pack() {
	old := *g
	total := int32(0)
	for v := range g.runs {
		total += g.runs[v].length + g.runs[v].length/4 + 2
	}
	place := make([]int32, len(old.halves))
	g.halves, g.arcOf, g.waste = make([]half, total), make([]int32, total), 0
	end := int32(0)
	for v := range g.runs {
		r := &g.runs[v]
		for i := range r.length {
			place[r.begin+i] = end + i
			g.halves[end+i], g.arcOf[end+i] = old.halves[r.begin+i], old.arcOf[r.begin+i]
		}
		r.begin, r.cap = end, r.length+r.length/4+2
		end += r.cap
	}
	for v := range g.runs {
		r := g.runs[v]
		for i := r.begin; i < r.begin+r.length; i++ {
			g.halves[i].mate = place[g.halves[i].mate]
			if g.arcOf[i]&1 == 0 {
				g.at[g.arcOf[i]>>1] = i
			}
		}
	}
}

// remove takes an arc out.
func (g *adjacency) remove(id ArcID) {
	out := g.at[id]
	in := g.halves[out].mate
	from, to := g.halves[in].to, g.halves[out].to
	g.take(from, out)
	if from == to && g.arcOf[out] == int32(id)<<1|1 { // a loop's second half may have come where the first was
		in = out
	}
	g.take(to, in)
}

// take closes the gap in a run with its last half.
func (g *adjacency) take(v, i int32) {
	r := &g.runs[v]
	r.length--
	if last := r.begin + r.length; last != i {
		g.shift(last, i)
	}
}

// set writes how much more fits on an arc, and how much of it could be taken back.
func (g *adjacency) set(id ArcID, room, back int64) {
	h := &g.halves[g.at[id]]
	h.room, h.back = room, back
	m := &g.halves[h.mate]
	m.room, m.back = back, room
}

// push sends d over a half; negative d takes it back.
func (g *adjacency) push(i int32, d int64) {
	h := &g.halves[i]
	h.room -= d
	h.back += d
	m := &g.halves[h.mate]
	m.room += d
	m.back -= d
}
