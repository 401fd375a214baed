package flow_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/flow"
)

// shuffled answers the same network with nodes and arcs in another order, and where each arc is now.
func shuffled(t *rapid.T, n *flow.Network) (*flow.Network, []int) {
	count := func(k int) []int {
		list := make([]int, k)
		for i := range list {
			list[i] = i
		}
		return list
	}
	nodes := rapid.Permutation(count(len(n.Supply))).Draw(t, "nodes")
	order := rapid.Permutation(count(len(n.Arcs))).Draw(t, "arcs")
	m := &flow.Network{Supply: make([]int64, len(n.Supply)), Arcs: make([]flow.Arc, len(n.Arcs))}
	for v, b := range n.Supply {
		m.Supply[nodes[v]] = b
	}
	for i, a := range n.Arcs {
		a.From, a.To = flow.Node(nodes[a.From]), flow.Node(nodes[a.To])
		m.Arcs[order[i]] = a
	}
	return m, order
}

// TestCanonicalInAnyOrder: the same flow comes out in whatever order the network is written, and its proof is taken there too.
func TestCanonicalInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		p, err := flow.Solve(n)
		if err != nil {
			return
		}
		seed := rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "seed")
		c, err := flow.Canonical(n, p, seed, func(id flow.ArcID) string { return fmt.Sprint(id) })
		if err != nil {
			t.Fatal(err)
		}
		m, order := shuffled(t, n)
		q, err := flow.Solve(m)
		if err != nil {
			t.Fatal(err)
		}
		name := func(id flow.ArcID) string { return fmt.Sprint(slices.Index(order, int(id))) }
		d, err := flow.Canonical(m, q, seed, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := flow.CheckCanonical(m, d, seed, name); err != nil {
			t.Fatal(err)
		}
		if c.Objective != p.Objective || c.Round != d.Round {
			t.Fatalf("objective %d, want %d; rounds %d and %d", c.Objective, p.Objective, c.Round, d.Round)
		}
		for i := range n.Arcs {
			if c.Flow[i] != d.Flow[order[i]] {
				t.Fatalf("arc %d carries %d, and %d in another order", i, c.Flow[i], d.Flow[order[i]])
			}
		}
	})
}

// TestCanonicalIsPicked: a flow that is as cheap, and is not the one, is refused; the seed does pick among several.
func TestCanonicalIsPicked(t *testing.T) {
	// given two needs and two providers, everything at the same cost
	n := &flow.Network{Supply: []int64{1, 1, -1, -1}, Arcs: []flow.Arc{
		arc(0, 2, 0, 1, 5), arc(0, 3, 0, 1, 5), arc(1, 2, 0, 1, 5), arc(1, 3, 0, 1, 5),
	}}
	name := func(id flow.ArcID) string { return string(rune('a' + id)) }
	p, err := flow.Solve(n)
	if err != nil {
		t.Fatal(err)
	}
	picked, later := map[int64]int{}, 0
	for seed := range byte(64) {
		c, err := flow.Canonical(n, p, []byte{seed}, name)
		if err != nil {
			t.Fatal(err)
		}
		if err := flow.CheckCanonical(n, c, []byte{seed}, name); err != nil {
			t.Fatal(err)
		}
		picked[c.Flow[0]]++
		other := *c
		if other.Round++; errors.Is(flow.CheckCanonical(n, &other, []byte{seed}, name), flow.ErrNotCanonical) {
			later++
		}
		other.Round--
		other.Flow = []int64{1 - c.Flow[0], 1 - c.Flow[1], 1 - c.Flow[2], 1 - c.Flow[3]}
		if err := flow.CheckCanonical(n, &other, []byte{seed}, name); !errors.Is(err, flow.ErrNotCanonical) {
			t.Fatalf("the other flow: %v", err)
		}
		other.Objective++
		if err := flow.CheckCanonical(n, &other, []byte{seed}, name); !errors.Is(err, flow.ErrProofObjective) {
			t.Fatalf("another objective: %v", err)
		}
	}
	if picked[0] < 16 || picked[1] < 16 || later == 0 {
		t.Fatalf("64 seeds pick %v; %d proofs do not hold for the next round", picked, later)
	}
	// when two arcs have one name, nothing tells their flows apart
	same := &flow.Network{Supply: []int64{1, -1}, Arcs: []flow.Arc{arc(0, 1, 0, 1, 5), arc(0, 1, 0, 1, 5)}}
	if p, err = flow.Solve(same); err != nil {
		t.Fatal(err)
	}
	one := func(flow.ArcID) string { return "" }
	if _, err := flow.Canonical(same, p, nil, one); !errors.Is(err, flow.ErrTied) {
		t.Fatalf("got %v", err)
	}
}

// TestExplain: what an arc's unit more or less is said to cost is what the least cost of the changed network differs by.
func TestExplain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		p, err := flow.Solve(n)
		if err != nil || len(n.Arcs) == 0 {
			return
		}
		e, err := flow.NewExplainer(n, p)
		if err != nil {
			t.Fatal(err)
		}
		id := flow.ArcID(rapid.IntRange(0, len(n.Arcs)-1).Draw(t, "arc"))
		f, a := p.Flow[id], n.Arcs[id]
		changed := func(lower, upper int64) *flow.Network {
			m := &flow.Network{Supply: n.Supply, Arcs: slices.Clone(n.Arcs)}
			m.Arcs[id].Lower, m.Arcs[id].Upper = lower, upper
			return m
		}
		for _, c := range []struct {
			ask     func(flow.ArcID) (*flow.Marginal, error)
			network *flow.Network
		}{{e.More, changed(f+1, max(a.Upper, f+1))}, {e.Less, changed(min(a.Lower, f-1), f-1)}} {
			m, err := c.ask(id)
			q, none := flow.Solve(c.network)
			if none != nil {
				if !errors.Is(err, flow.ErrNoWay) {
					t.Fatalf("got %v of what is %v", err, none)
				}
				continue
			}
			if err != nil || m.Cost != q.Objective-p.Objective || m.Bound > m.Cost {
				t.Fatalf("got %+v, %v, the least cost differs by %d", m, err, q.Objective-p.Objective)
			}
			checkSteps(t, n, m)
		}
		q, err := flow.Solve(changed(a.Lower, a.Upper+1))
		if err != nil || e.Shadow(id) != p.Objective-q.Objective {
			t.Fatalf("shadow price %d, a place more saves %d (%v)", e.Shadow(id), p.Objective-q.Objective, err)
		}
	})
}

// checkSteps: the steps leave all nodes balanced and cost what they are said to.
func checkSteps(t *rapid.T, n *flow.Network, m *flow.Marginal) {
	left, cost := make([]int64, len(n.Supply)), int64(0)
	for _, s := range m.Steps {
		left[n.Arcs[s.Arc].From] -= s.By
		left[n.Arcs[s.Arc].To] += s.By
		cost += s.By * n.Arcs[s.Arc].Cost
	}
	if cost != m.Cost || slices.ContainsFunc(left, func(b int64) bool { return b != 0 }) {
		t.Fatalf("steps %v cost %d and leave %v, want %d", m.Steps, cost, left, m.Cost)
	}
}

// TestScarce: two needs that only one full provider can serve are short of that provider, and of nothing else.
func TestScarce(t *testing.T) {
	// given needs 0, 1, 2, providers 3, 4, the sink 5; 0 and 1 may go to 3 only, 2 to 4 only, and 3 has one place
	n := &flow.Network{Supply: []int64{1, 1, 1, 0, 0, -3}, Arcs: []flow.Arc{
		arc(0, 3, 0, 1, 1), arc(1, 3, 0, 1, 2), arc(2, 4, 0, 1, 1), arc(3, 5, 0, 1, 0), arc(4, 5, 0, 5, 0),
		arc(0, 5, 0, 1, 100), arc(1, 5, 0, 1, 100), arc(2, 5, 0, 1, 100),
	}}
	p, err := flow.Solve(n)
	if err != nil {
		t.Fatal(err)
	}
	e, err := flow.NewExplainer(n, p)
	if err != nil {
		t.Fatal(err)
	}
	nodes, full := e.Scarce([]flow.Node{1}, func(id flow.ArcID) bool { return id >= 5 })
	if !slices.Equal(nodes, []flow.Node{0, 1, 3}) || !slices.Equal(full, []flow.ArcID{3}) {
		t.Fatalf("short of %v between %v", full, nodes)
	}
	if got := e.Shadow(3); got != 98 {
		t.Fatalf("a place more saves %d, want 98", got)
	}
	p.Objective++
	if _, err := flow.NewExplainer(n, p); !errors.Is(err, flow.ErrProofObjective) {
		t.Fatalf("got %v", err)
	}
}
