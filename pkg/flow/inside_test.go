package flow

import (
	"errors"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestRebuild: when prices have crept to where sums might not be exact, Settle begins anew with those of a whole solution.
func TestRebuild(t *testing.T) {
	n := &Network{Supply: []int64{2, 0, -2}, Arcs: []Arc{
		{From: 0, To: 1, Upper: 2, Cost: 1}, {From: 1, To: 2, Upper: 1, Cost: 1}, {From: 0, To: 2, Upper: 2, Cost: 9},
	}}
	p, err := Solve(n)
	if err != nil {
		t.Fatal(err)
	}
	for v := range p.Potential {
		p.Potential[v] += SumMax - 100 // the same proof: only differences count
	}
	w, err := NewWarm(n, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.SetBounds(1, 0, 2); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Settle(0); err != nil {
		t.Fatal(err)
	}
	got, err := w.Proof()
	if err != nil {
		t.Fatal(err)
	}
	if err := Check(w.Network(), got); err != nil || got.Objective != 4 || !within(got.Potential[0], 1_000) {
		t.Fatalf("%+v, %v", got, err)
	}
}

// TestAdjacency: whatever is added and removed, each arc's halves know each other, and no place is lost or used twice.
func TestAdjacency(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const nodes = 4
		g := adjacency{runs: make([]run, nodes)}
		arcs := map[ArcID]Arc{}
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			id := ArcID(rapid.IntRange(0, 40).Draw(t, "arc"))
			if _, has := arcs[id]; has {
				g.remove(id)
				delete(arcs, id)
				continue
			}
			node := rapid.IntRange(0, nodes-1)
			a := Arc{From: Node(node.Draw(t, "from")), To: Node(node.Draw(t, "to")), Upper: int64(id) + 1, Cost: int64(id) * 7}
			for int(id) >= len(g.at) {
				g.at = append(g.at, 0)
			}
			g.add(id, &a)
			arcs[id] = a
			if rapid.IntRange(0, 20).Draw(t, "pack") == 0 {
				g.pack()
			}
		}
		total := int32(0)
		for v := range g.runs {
			total += g.runs[v].length
			for w := range g.runs[:v] {
				if a, b := g.runs[v], g.runs[w]; a.begin < b.begin+b.cap && b.begin < a.begin+a.cap {
					t.Fatalf("runs of %d and %d overlap: %v, %v", v, w, a, b)
				}
			}
		}
		if int(total) != 2*len(arcs) {
			t.Fatalf("%d halves of %d arcs", total, len(arcs))
		}
		for id, a := range arcs {
			out := g.at[id]
			h := g.halves[out]
			m := g.halves[h.mate]
			if g.arcOf[out] != int32(id)<<1 || g.arcOf[h.mate] != int32(id)<<1|1 || m.mate != out {
				t.Fatalf("halves of %d are not its own", id)
			}
			if h.to != int32(a.To) || m.to != int32(a.From) || h.room != a.Upper || m.back != a.Upper || h.cost != a.Cost || m.cost != -a.Cost {
				t.Fatalf("arc %d is %+v, its halves %+v and %+v", id, a, h, m)
			}
			if r := g.runs[a.From]; out < r.begin || out >= r.begin+r.length {
				t.Fatalf("arc %d is not at its node", id)
			}
		}
	})
}

// row is a network in which each of so many nodes hands a unit to the next, or to the last at once for more.
func row(t *testing.T, nodes int) *Warm {
	n := &Network{Supply: make([]int64, nodes)}
	n.Supply[0], n.Supply[nodes-1] = 1, -1
	for v := range nodes - 1 {
		n.AddArc(Arc{From: Node(v), To: Node(v + 1), Upper: 1, Cost: 1})
	}
	p, err := Solve(n)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWarm(n, p)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// TestRoom: a new warm network takes an eighth more without one table being copied; when it has taken in more a whole Settle makes room
// again.
func TestRoom(t *testing.T) {
	const nodes = 400
	w := row(t, nodes)
	add := func(arcs int) {
		for i := range arcs {
			if _, err := w.AddArc(Arc{From: Node(i), To: nodes - 1, Upper: 1, Cost: 2 * nodes}); err != nil {
				t.Fatal(err)
			}
		}
	}
	halves, arcs := &w.halves[0], &w.n.Arcs[0]
	add(nodes / 8)
	if halves != &w.halves[0] || arcs != &w.n.Arcs[0] {
		t.Error("the first changes have copied what was there")
	}
	for range 20 {
		add(nodes / 8)
		if _, err := w.Settle(0); err != nil {
			t.Fatal(err)
		}
		for name, left := range map[string]int{
			"halves": cap(w.halves) - len(w.halves) - len(w.halves)/8, "arcs": cap(w.n.Arcs) - len(w.n.Arcs) - len(w.n.Arcs)/8,
			"positions": cap(w.at) - len(w.at) - len(w.at)/8,
		} {
			if left < 0 {
				t.Errorf("%s have %d places too few", name, -left)
			}
		}
	}
}

// TestWithinLimit: what has far to go is left by a Settle that may not look so far, says so, and is carried by the next.
func TestWithinLimit(t *testing.T) {
	const nodes = 400
	for _, limit := range []int{1, 10, nodes, 5 * nodes} {
		w := row(t, nodes)
		if err := w.SetBounds(0, 0, 2); err != nil {
			t.Fatal(err)
		}
		for v, supply := range map[Node]int64{0: 2, nodes - 1: -2} {
			if err := w.SetSupply(v, supply); err != nil {
				t.Fatal(err)
			}
		}
		for id := range ArcID(nodes - 1) {
			if err := w.SetBounds(id, 0, 2); err != nil {
				t.Fatal(err)
			}
		}
		did, err := w.Settle(limit)
		short := limit <= nodes // each of them has two arcs
		if err != nil || did.Provisional != short || short && did.Left != 1 || did.Arcs > 2*limit+8 {
			t.Fatalf("within %d: %+v, %v", limit, did, err)
		}
		if _, err := w.Proof(); errors.Is(err, ErrProvisional) != short {
			t.Fatalf("within %d: %v", limit, err)
		}
		if _, err := w.Settle(0); err != nil {
			t.Fatal(err)
		}
		p, err := w.Proof()
		if err != nil {
			t.Fatal(err)
		}
		if err := Check(w.Network(), p); err != nil || p.Objective != 2*(nodes-1) {
			t.Fatalf("%d, %v", p.Objective, err)
		}
	}
}

// TestSearchCounterWraps: after very many searches marks of old ones are not taken for new.
func TestSearchCounterWraps(t *testing.T) {
	s := search{now: ^uint32(0) - 3}
	s.grow(2)
	s.begin()
	s.stamp[0] = s.now
	s.begin()
	if s.now < 2 || s.stamp[0] == s.now || s.stamp[0] == s.now+1 {
		t.Fatalf("now %d, stamp %d", s.now, s.stamp[0])
	}
}

// TestTiesAreNoProof: two arcs of one name have one second cost, so no flow on them is the only one, however it is shown.
func TestTiesAreNoProof(t *testing.T) {
	one := func(ArcID) string { return "" }
	for name, flow := range map[string][]int64{"one of them": {2, 0}, "the other": {0, 2}, "both in part": {1, 1}} {
		t.Run(name, func(t *testing.T) {
			n := &Network{Supply: []int64{2, -2}, Arcs: []Arc{{From: 0, To: 1, Upper: 2, Cost: 5}, {From: 0, To: 1, Upper: 2, Cost: 5}}}
			c := &Canon{Proof: Proof{Flow: flow, Potential: []int64{0, 5}, Objective: 10}}
			c.Second = []int64{0, secondCost(nil, 0, "")}
			if err := CheckCanonical(n, c, nil, one); !errors.Is(err, ErrNotCanonical) {
				t.Fatalf("got %v", err)
			}
			if _, err := Canonical(n, &c.Proof, nil, one); !errors.Is(err, ErrTied) {
				t.Fatalf("got %v", err)
			}
		})
	}
}

// shown answers what would show that a flow is picked in a round, whatever happened in the rounds before.
func shown(t *testing.T, n *Network, p *Proof, round int, name func(ArcID) string) *Canon {
	t.Helper()
	f := newFace(n, p, nil, round, name)
	second, err := Solve(&f.n)
	if err != nil {
		t.Fatal(err)
	}
	c := &Canon{Proof: *p, Round: round, Second: second.Potential}
	c.Flow = append([]int64(nil), p.Flow...)
	for i, id := range f.ids {
		c.Flow[id] = second.Flow[i]
	}
	return c
}

// TestRoundIsNoChoice: a later round is taken only when every one before it ended in a tie, and no round is counted twice, so that nobody
// picks a flow by picking a round.
func TestRoundIsNoChoice(t *testing.T) {
	// given two names whose second costs are the same in the first round only; among 2^31 costs that takes some ten thousand names
	seen, one, other := map[int64]string{}, "", ""
	for i := 0; other == ""; i++ {
		name := strconv.Itoa(i)
		cost := secondCost(nil, 0, name)
		if one = seen[cost]; one != "" {
			other = name
		}
		seen[cost] = name
	}
	n := &Network{Supply: []int64{1, -1}, Arcs: []Arc{{From: 0, To: 1, Upper: 1, Cost: 5}, {From: 0, To: 1, Upper: 1, Cost: 5}}}
	p, err := Solve(n)
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		names [2]string
		round int // the one that is taken
	}{"no tie": {[2]string{"a", "b"}, 0}, "a tie in the first round": {[2]string{one, other}, 1}} {
		t.Run(what, func(t *testing.T) {
			name := func(id ArcID) string { return c.names[id] }
			for round := -257; round < 600; round++ {
				err := CheckCanonical(n, shown(t, n, p, round, name), nil, name)
				if round == c.round && err != nil || round != c.round && !errors.Is(err, ErrNotCanonical) {
					t.Fatalf("round %d: got %v", round, err)
				}
			}
			if got, err := Canonical(n, p, nil, name); err != nil || got.Round != c.round {
				t.Fatalf("got %+v, %v", got, err)
			}
		})
	}
}
