package flow

import "slices"

// half is an arc as one of its ends sees it.
type half struct {
	to, mate int32 // the other end, and where its half is
	cost     int64 // of a unit from here to there
	room     int64 // how much more fits from here to there
	back     int64 // and how much from there to here: the mate's room, kept here too, so that a search backward reads one place
}

// run is where a node's halves are; the places behind them up to cap are free.
type run struct{ begin, length, cap int32 }

// adjacency holds each node's halves next to each other. A run that is full moves to the end, twice as long; where there is no end left and
// more than half of all is free, all is packed anew. Both what is packed and what is at the end have places to spare, because to copy
// everything takes as long as a hundred events, and one of them would have to wait for it.
type adjacency struct {
	halves []half
	arcOf  []int32 // of each half: the arc doubled, plus one at the end where it enters
	at     []int32 // of each arc: the half at the end where it leaves
	runs   []run
	waste  int // places in no run
}

// spare is a table's places with some to spare: a quarter as many again, which hundreds of events do not use up in a town where as much
// comes as goes. What is at the end of a table and not used yet takes address space and hardly any memory.
func spare(length int) int { return length + length/4 + 2 }

// blank answers a table of zeros, copied one of what another holds; both have places to spare.
func blank[T any](length int) []T { return make([]T, length, spare(length)) }
func copied[T any](table []T) []T { return append(make([]T, 0, spare(len(table))), table...) }

// roomy answers the table, with places to spare behind it where there are few left. To copy takes as long as the table is large.
func roomy[T any](table []T) []T {
	if cap(table)-len(table) < len(table)/8 {
		return slices.Grow(table, spare(len(table))-len(table))
	}
	return table
}

// newAdjacency lays out a network under a flow, with room for a few arcs at each node.
func newAdjacency(n *Network, flow []int64) adjacency {
	g := adjacency{at: blank[int32](len(n.Arcs)), runs: blank[run](len(n.Supply))}
	for i := range n.Arcs {
		g.runs[n.Arcs[i].From].cap++
		g.runs[n.Arcs[i].To].cap++
	}
	end := int32(0)
	for v := range g.runs {
		g.runs[v].begin, g.runs[v].cap = end, int32(spare(int(g.runs[v].cap)))
		end += g.runs[v].cap
	}
	g.room(int(end))
	for i := range n.Arcs {
		a := &n.Arcs[i]
		g.put(ArcID(i), a)
		g.set(ArcID(i), a.Upper-flow[i], flow[i]-a.Lower)
	}
	return g
}

// room makes new tables for halves.
func (g *adjacency) room(places int) {
	g.halves, g.arcOf, g.waste = blank[half](places), blank[int32](places), 0
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
		if size := 2*r.cap + 4; len(g.halves)+int(size) <= cap(g.halves) || g.waste <= len(g.halves)/2 {
			g.move(r, size)
		} else {
			g.pack()
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
	total := 0
	for v := range g.runs {
		total += spare(int(g.runs[v].length))
	}
	place := make([]int32, len(old.halves))
	g.room(total)
	end := int32(0)
	for v := range g.runs {
		r := &g.runs[v]
		for i := range r.length {
			place[r.begin+i] = end + i
			g.halves[end+i], g.arcOf[end+i] = old.halves[r.begin+i], old.arcOf[r.begin+i]
		}
		r.begin, r.cap = end, int32(spare(int(r.length)))
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

// makeRoom sees to it before it must be that there are places to spare.
func (g *adjacency) makeRoom() {
	if g.waste > len(g.halves)/2 {
		g.pack()
	}
	g.halves, g.arcOf, g.at, g.runs = roomy(g.halves), roomy(g.arcOf), roomy(g.at), roomy(g.runs)
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
