package flow_test

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/flow"
	"renlin.dev/pkg/realdata"
)

func arc(from, to flow.Node, lower, upper, cost int64) flow.Arc {
	return flow.Arc{From: from, To: to, Lower: lower, Upper: upper, Cost: cost}
}

// TestSolve: networks that show one thing each.
func TestSolve(t *testing.T) {
	arcs := func(a ...flow.Arc) []flow.Arc { return a }
	for name, c := range map[string]struct {
		supply []int64
		arcs   []flow.Arc
		want   int64
		err    error
	}{
		"nothing at all":             {nil, nil, 0, nil},
		"one node":                   {[]int64{0}, nil, 0, nil},
		"a node that needs itself":   {[]int64{0}, arcs(arc(0, 0, 0, 3, -2)), -6, nil},
		"the cheaper of two arcs":    {[]int64{2, -2}, arcs(arc(0, 1, 0, 1, 5), arc(0, 1, 0, 4, 3)), 6, nil},
		"both where one is full":     {[]int64{2, -2}, arcs(arc(0, 1, 0, 1, 5), arc(0, 1, 0, 1, 3)), 8, nil},
		"a lower bound is met":       {[]int64{2, -2}, arcs(arc(0, 1, 1, 1, 5), arc(0, 1, 0, 4, 3)), 8, nil},
		"less than nothing":          {[]int64{0, 0}, arcs(arc(0, 1, -3, -1, 5), arc(1, 0, -9, 9, 4)), -27, nil},
		"a negative cycle runs full": {[]int64{0, 0}, arcs(arc(0, 1, 0, 7, -3), arc(1, 0, 0, 5, 2)), -5, nil},
		"an arc of no room":          {[]int64{1, -1}, arcs(arc(0, 1, 0, 0, -9), arc(0, 1, 0, 1, 9)), 9, nil},
		"more than fits":             {[]int64{2, -2}, arcs(arc(0, 1, 0, 1, 5)), 0, flow.ErrInfeasible},
		"nothing leads there":        {[]int64{1, 0, -1}, arcs(arc(0, 1, 0, 9, 5)), 0, flow.ErrInfeasible},
		"what must come cannot go":   {[]int64{0, 0}, arcs(arc(0, 1, 1, 2, 5)), 0, flow.ErrInfeasible},
		"unbalanced":                 {[]int64{2, -1}, arcs(arc(0, 1, 0, 9, 5)), 0, flow.ErrUnbalanced},
		"unbalanced by 2^64":         {[]int64{math.MaxInt64, math.MaxInt64, 2}, nil, 0, flow.ErrLarge},
		"an arc from nowhere":        {[]int64{0}, arcs(arc(-1, 0, 0, 1, 1)), 0, flow.ErrArc},
		"an arc to nowhere":          {[]int64{0}, arcs(arc(0, 1, 0, 1, 1)), 0, flow.ErrArc},
		"bounds the wrong way":       {[]int64{0, 0}, arcs(arc(0, 1, 2, 1, 1)), 0, flow.ErrArc},
		"an amount beyond":           {[]int64{0, 0}, arcs(arc(0, 1, 0, flow.AmountMax+1, 1)), 0, flow.ErrLarge},
		"an amount below":            {[]int64{0, 0}, arcs(arc(0, 1, math.MinInt64, 0, 1)), 0, flow.ErrLarge},
		"an amount just below":       {[]int64{0, 0}, arcs(arc(0, 1, -flow.AmountMax-1, 0, 0)), 0, flow.ErrLarge},
		"a supply beyond":            {[]int64{flow.AmountMax + 1, -flow.AmountMax - 1}, nil, 0, flow.ErrLarge},
		"a path beyond":              {make([]int64, 1<<14), arcs(arc(0, 1, 0, 1, flow.CostMax)), 0, flow.ErrLarge},
		"amounts beyond together":    {[]int64{0, 0}, slices.Repeat(arcs(arc(0, 1, 0, flow.AmountMax, 0)), 1<<20+1), 0, flow.ErrLarge},
		"a product below":            {[]int64{0, 0}, arcs(arc(0, 1, -flow.AmountMax, 0, 1<<21)), 0, flow.ErrLarge},
		"a cost beyond":              {[]int64{0, 0}, arcs(arc(0, 1, 0, 1, flow.CostMax+1)), 0, flow.ErrLarge},
		"a product beyond":           {[]int64{0, 0}, arcs(arc(0, 1, 0, flow.AmountMax, 1<<21)), 0, flow.ErrLarge},
		"the most that is exact":     {[]int64{0, 0}, arcs(arc(0, 1, 0, flow.AmountMax, 1<<20)), 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			n := &flow.Network{Supply: c.supply, Arcs: c.arcs}
			p, err := flow.Solve(n)
			if c.err != nil || err != nil {
				if !errors.Is(err, c.err) {
					t.Fatalf("got %v, want %v", err, c.err)
				}
				checkCut(t, n, err)
				return
			}
			if err := flow.Check(n, p); err != nil || p.Objective != c.want {
				t.Fatalf("objective %d, want %d; check: %v", p.Objective, c.want, err)
			}
		})
	}
}

// fatal is what testing.T and rapid.T have in common.
type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkCut: whoever is told that nothing fits is shown why.
func checkCut(t fatal, n *flow.Network, err error) {
	t.Helper()
	var cut *flow.Infeasible
	if !errors.As(err, &cut) {
		return
	}
	if err := flow.CheckCut(n, cut); err != nil {
		t.Fatalf("cut %v of %+v: %v", cut, n, err)
	}
	worse := *cut
	worse.Excess++
	if flow.CheckCut(n, &worse) == nil {
		t.Fatalf("a cut of another excess is taken")
	}
}

// drawNetwork draws a small balanced network that most often is feasible.
func drawNetwork(t *rapid.T) *flow.Network {
	n := &flow.Network{Supply: make([]int64, rapid.IntRange(1, 7).Draw(t, "nodes"))}
	node := rapid.IntRange(0, len(n.Supply)-1)
	for range rapid.IntRange(0, 16).Draw(t, "arcs") {
		lower := rapid.SampledFrom([]int64{0, 0, 0, 1, -2}).Draw(t, "lower")
		a := flow.Arc{
			From: flow.Node(node.Draw(t, "from")), To: flow.Node(node.Draw(t, "to")), Lower: lower,
			Upper: lower + rapid.Int64Range(0, 4).Draw(t, "width"), Cost: rapid.Int64Range(-4, 9).Draw(t, "cost"),
		}
		f := rapid.Int64Range(a.Lower, a.Upper).Draw(t, "some flow")
		n.Supply[a.From] += f
		n.Supply[a.To] -= f
		n.AddArc(a)
	}
	if rapid.IntRange(0, 4).Draw(t, "spoil") == 0 {
		n.Supply[0]++
		n.Supply[len(n.Supply)-1]--
	}
	return n
}

// TestSolveLikeAPlainSolver: the same objective as successive shortest paths by Bellman and Ford, and infeasible exactly when that is.
func TestSolveLikeAPlainSolver(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		want, feasible := plain(n)
		p, err := flow.Solve(n)
		if !feasible {
			if !errors.Is(err, flow.ErrInfeasible) {
				t.Fatalf("got %v of what no flow fits", err)
			}
			checkCut(t, n, err)
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := flow.Check(n, p); err != nil || p.Objective != want {
			t.Fatalf("objective %d, want %d; check: %v", p.Objective, want, err)
		}
	})
}

// plain solves a network in the plainest way: what is negative runs full, then one unit at a time along the cheapest way, found by
// Bellman and Ford.
func plain(n *flow.Network) (objective int64, feasible bool) {
	left := append([]int64(nil), n.Supply...)
	f := make([]int64, len(n.Arcs))
	for i, a := range n.Arcs {
		f[i] = a.Lower
		if a.Cost < 0 {
			f[i] = a.Upper
		}
		left[a.From] -= f[i]
		left[a.To] += f[i]
	}
	for {
		dist, by := plainDistances(n, f, left)
		target := -1
		for v := range left {
			if left[v] < 0 && dist[v] < math.MaxInt64 && (target < 0 || dist[v] < dist[target]) {
				target = v
			}
		}
		if target < 0 {
			break
		}
		left[target]++
		for by[target] != 0 {
			i, d := int(max(by[target], -by[target]))-1, int64(1)
			from := n.Arcs[i].From
			if by[target] < 0 {
				from, d = n.Arcs[i].To, -1
			}
			f[i] += d
			target = int(from)
		}
		left[target]--
	}
	for i, a := range n.Arcs {
		objective += a.Cost * f[i]
	}
	for _, b := range left {
		if b != 0 {
			return 0, false
		}
	}
	return objective, true
}

// plainDistances answers each node's distance from what has some left over, and the arc that leads there: one up, negative against its
// direction.
func plainDistances(n *flow.Network, f, left []int64) (dist []int64, by []int) {
	dist, by = make([]int64, len(left)), make([]int, len(left))
	for v := range dist {
		if dist[v] = math.MaxInt64; left[v] > 0 {
			dist[v] = 0
		}
	}
	relax := func(from, to flow.Node, cost int64, arc int) bool {
		if dist[from] == math.MaxInt64 || dist[from]+cost >= dist[to] {
			return false
		}
		dist[to], by[to] = dist[from]+cost, arc
		return true
	}
	for changed := true; changed; {
		changed = false
		for i, a := range n.Arcs {
			changed = f[i] < a.Upper && relax(a.From, a.To, a.Cost, i+1) || changed
			changed = f[i] > a.Lower && relax(a.To, a.From, -a.Cost, -i-1) || changed
		}
	}
	return dist, by
}

// TestSolveLikeBruteForce: no flow of a tiny network costs less.
func TestSolveLikeBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		n.Arcs = n.Arcs[:min(len(n.Arcs), 6)]
		best, found := int64(0), false
		f := make([]int64, len(n.Arcs))
		var try func(i int, left []int64, cost int64)
		try = func(i int, left []int64, cost int64) {
			if i == len(f) {
				for _, b := range left {
					if b != 0 {
						return
					}
				}
				if !found || cost < best {
					best, found = cost, true
				}
				return
			}
			a := n.Arcs[i]
			for v := a.Lower; v <= a.Upper; v++ {
				now := append([]int64(nil), left...)
				now[a.From] -= v
				now[a.To] += v
				try(i+1, now, cost+a.Cost*v)
			}
		}
		try(0, n.Supply, 0)
		p, err := flow.Solve(n)
		if found != (err == nil) || found && p.Objective != best {
			t.Fatalf("got %v, %v, want %d (found %v)", p, err, best, found)
		}
	})
}

// TestSolveTowns: what the solver says of whole towns is proved, not compared.
func TestSolveTowns(t *testing.T) {
	for _, s := range append(smallTowns, middleTowns...) {
		t.Run(s.name, func(t *testing.T) {
			town := s.make()
			p, err := flow.Solve(&town.network)
			if err != nil {
				t.Fatal(err)
			}
			if err := flow.Check(&town.network, p); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestSolveLibrary: the assignment of a hundred to a hundred whose least cost the OR-Library states.
func TestSolveLibrary(t *testing.T) {
	n := assignment(t, string(realdata.Read(t, "orlib", "assign100.txt")))
	p, err := flow.Solve(n)
	if err != nil {
		t.Fatal(err)
	}
	if err := flow.Check(n, p); err != nil || p.Objective != 305 {
		t.Fatalf("objective %d, want 305; check: %v", p.Objective, err)
	}
}

// assignment makes a network out of a size and a square of costs.
func assignment(t *testing.T, text string) *flow.Network {
	t.Helper()
	words := strings.Fields(text)
	size, err := strconv.Atoi(words[0])
	if err != nil || len(words) != 1+size*size {
		t.Fatalf("%d numbers for size %s", len(words)-1, words[0])
	}
	n := &flow.Network{}
	for v := range 2 * size {
		n.AddNode(int64(1 - v/size*2))
	}
	for i, word := range words[1:] {
		cost, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		n.AddArc(flow.Arc{From: flow.Node(i / size), To: flow.Node(size + i%size), Upper: 1, Cost: cost})
	}
	return n
}
