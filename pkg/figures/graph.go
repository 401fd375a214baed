package figures

import "math"

// graph is a table as a flow, with what meets at each node, so that a look at it costs what there is and not its square. Anybody may ask
// for a table, as often as they like: looked counts what that costs, for the test that bounds it.
type graph struct {
	edges  []edge
	meets  [][]int // by node, the numbers of the edges that begin or end there, ascending
	cells  int     // edges from here on are sums
	looked int
}

func newGraph(edges []edge, cells, nodes int) *graph {
	g := &graph{edges: edges, meets: make([][]int, nodes), cells: cells}
	for i, e := range edges {
		g.meets[e.from], g.meets[e.to] = append(g.meets[e.from], i), append(g.meets[e.to], i)
	}
	return g
}

// protect holds back the small groups, and then others until nothing that is held back is told.
func (g *graph) protect(least int64) {
	for i, e := range g.edges {
		g.edges[i].held = e.value > 0 && e.value < least
	}
	for told := g.told(); told >= 0 && g.holdAnother(told); { // through its sums there is always one to hold
		told = g.told()
	}
}

// over tells where an edge leads from one of its nodes, and whether one more can flow that way: forward through any, backward through what
// is more than one.
func (g *graph) over(i, at int) (to int, flows bool) {
	e := g.edges[i]
	if g.looked++; e.from == at {
		return e.to, true
	}
	return e.from, e.value > 1
}

// told finds the first number that is held back and can be nothing else than it is, -1 for none: no circle of others that are held back
// closes through it, neither one along which it grows nor one along which it shrinks. All are tried at once. A circle stays among nodes
// of which each is reached from each; a number that leads from one such part to another is told. Inside a part a number that flows one way
// is on a circle. One that flows both ways is on none exactly if the part falls in two without it: else it can be given either way so that
// each node still reaches each (Boesch and Tindell, 1980), and then a circle closes through it that does not turn back at once.
func (g *graph) told() int {
	part := g.parts()
	bridge := g.bridges(part)
	for i, e := range g.edges {
		if e.held && (part[e.from] != part[e.to] || bridge[i]) {
			return i
		}
	}
	return -1
}

// step is where a walk stands at a node.
type step struct {
	node, next int // and which of what meets there is looked at next
	by         int // the edge it was come by, -1 for none
}

// parts numbers the nodes so that those with one number reach each other through what is held back (Tarjan, 1972).
func (g *graph) parts() []int {
	nodes, clock, found := len(g.meets), 0, 0
	part, seen, low := make([]int, nodes), make([]int, nodes), make([]int, nodes) // 0: not yet
	var open []int
	for root := range nodes {
		if seen[root] > 0 {
			continue
		}
		walk := []step{{node: root}}
		for len(walk) > 0 {
			at := &walk[len(walk)-1]
			if n := at.node; seen[n] == 0 {
				clock++
				seen[n], low[n], open = clock, clock, append(open, n)
			}
			if at.next < len(g.meets[at.node]) {
				i := g.meets[at.node][at.next]
				at.next++
				to, flows := g.over(i, at.node)
				switch {
				case !g.edges[i].held || !flows:
				case seen[to] == 0:
					walk = append(walk, step{node: to})
				case part[to] == 0:
					low[at.node] = min(low[at.node], seen[to])
				}
				continue
			}
			n := at.node
			if walk = walk[:len(walk)-1]; len(walk) > 0 {
				before := walk[len(walk)-1].node
				low[before] = min(low[before], low[n])
			}
			if low[n] < seen[n] {
				continue
			}
			found++
			for last := -1; last != n; {
				last, open = open[len(open)-1], open[:len(open)-1]
				part[last] = found
			}
		}
	}
	return part
}

// bridges tells of each number that is held back inside a part whether the part falls in two without it.
func (g *graph) bridges(part []int) []bool {
	nodes, clock := len(g.meets), 0
	bridge, seen, low := make([]bool, len(g.edges)), make([]int, nodes), make([]int, nodes)
	for root := range nodes {
		if seen[root] > 0 {
			continue
		}
		walk := []step{{node: root, by: -1}}
		for len(walk) > 0 {
			at := &walk[len(walk)-1]
			n := at.node
			if seen[n] == 0 {
				clock++
				seen[n], low[n] = clock, clock
			}
			if at.next < len(g.meets[n]) {
				i := g.meets[n][at.next]
				at.next++
				to, _ := g.over(i, n)
				switch {
				case !g.edges[i].held || i == at.by || part[to] != part[n]:
				case seen[to] == 0:
					walk = append(walk, step{node: to, by: i})
				default:
					low[n] = min(low[n], seen[to])
				}
				continue
			}
			by := at.by
			if walk = walk[:len(walk)-1]; by < 0 {
				continue
			}
			before := walk[len(walk)-1].node
			low[before] = min(low[before], low[n])
			bridge[by] = low[n] > seen[before]
		}
	}
	return bridge
}

// The weights by which a circle is chosen: as few numbers as may be, sums last, and of what is left the smallest.
const (
	weightNumber = 1_000_000
	weightSum    = 1_000_000_000
)

// holdAnother holds back what closes the cheapest circle through a number that is told, and tells whether there is one.
func (g *graph) holdAnother(told int) bool {
	e := g.edges[told]
	path, price := g.cheapest(told, e.to, e.from)
	if e.value > 1 {
		if other, less := g.cheapest(told, e.from, e.to); other != nil && (path == nil || less < price) {
			path = other
		}
	}
	for _, i := range path {
		g.edges[i].held = true
	}
	return path != nil
}

// cheapest finds a way through the numbers that are not nought, without one of them, by which the least is held back that is not yet.
func (g *graph) cheapest(without, from, to int) (path []int, price int64) {
	const far = math.MaxInt64
	nodes := len(g.meets)
	distance, by, done := make([]int64, nodes), make([]int, nodes), make([]bool, nodes)
	for i := range distance {
		distance[i], by[i] = far, -1
	}
	distance[from] = 0
	for queue := (reached{{node: from}}); len(queue) > 0 && !done[to]; {
		at := queue.pop().node
		if done[at] {
			continue
		}
		done[at] = true
		for _, i := range g.meets[at] {
			next, flows := g.over(i, at)
			if i == without || g.edges[i].value == 0 || !flows {
				continue
			}
			if d := distance[at] + g.weight(i); d < distance[next] {
				distance[next], by[next] = d, i
				queue.push(place{distance: d, node: next})
			}
		}
	}
	if distance[to] == far {
		return nil, 0
	}
	for at := to; at != from; {
		i := by[at]
		path = append(path, i)
		if at = g.edges[i].from + g.edges[i].to - at; len(path) > nodes {
			panic("a way that goes in circles")
		}
	}
	return path, distance[to]
}

func (g *graph) weight(i int) int64 {
	switch x := g.edges[i]; {
	case x.held:
		return 0
	case i >= g.cells:
		return weightSum + x.value
	default:
		return weightNumber + min(x.value, weightNumber)
	}
}
