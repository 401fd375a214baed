package flow_test

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/flow"
)

// TestCheckRefuses: each way a proof can be wrong has its name.
func TestCheckRefuses(t *testing.T) {
	// given a network whose cheapest flow is {2, 1, 1}, at 1·2 + 5·1 + 2·1
	network := func() *flow.Network {
		return &flow.Network{Supply: []int64{3, -1, -2}, Arcs: []flow.Arc{
			arc(0, 1, 0, 2, 1), arc(0, 2, 0, 9, 5), arc(1, 2, 0, 1, 2), arc(2, 0, 0, 4, 0),
		}}
	}
	proof := func() *flow.Proof {
		return &flow.Proof{Flow: []int64{2, 1, 1, 0}, Potential: []int64{0, 2, 5}, Objective: 9}
	}
	if err := flow.Check(network(), proof()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		spoil func(n *flow.Network, p *flow.Proof)
		want  error
	}{
		"a flow too few":          {func(_ *flow.Network, p *flow.Proof) { p.Flow = p.Flow[:3] }, flow.ErrProofShape},
		"a flow too many":         {func(_ *flow.Network, p *flow.Proof) { p.Flow = append(p.Flow, 0) }, flow.ErrProofShape},
		"a potential too few":     {func(_ *flow.Network, p *flow.Proof) { p.Potential = p.Potential[:2] }, flow.ErrProofShape},
		"a potential too many":    {func(_ *flow.Network, p *flow.Proof) { p.Potential = append(p.Potential, 0) }, flow.ErrProofShape},
		"above a bound":           {func(n *flow.Network, _ *flow.Proof) { n.Arcs[0].Upper = 1 }, flow.ErrProofBounds},
		"below a bound":           {func(n *flow.Network, _ *flow.Proof) { n.Arcs[3].Lower = 1 }, flow.ErrProofBounds},
		"dear and used":           {func(n *flow.Network, _ *flow.Proof) { n.Arcs[1].Cost = 6 }, flow.ErrProofSlackness},
		"cheap and left":          {func(n *flow.Network, _ *flow.Proof) { n.Arcs[3].Cost = -6 }, flow.ErrProofSlackness},
		"cheap and not full":      {func(n *flow.Network, _ *flow.Proof) { n.Arcs[2].Upper, n.Arcs[2].Cost = 2, 1 }, flow.ErrProofSlackness},
		"something gets lost":     {func(_ *flow.Network, p *flow.Proof) { p.Flow[1] = 0 }, flow.ErrProofBalance},
		"another network's needs": {func(n *flow.Network, _ *flow.Proof) { n.Supply = []int64{4, -1, -3} }, flow.ErrProofBalance},
		"another sum":             {func(_ *flow.Network, p *flow.Proof) { p.Objective = 8 }, flow.ErrProofObjective},
		"the network is none":     {func(n *flow.Network, _ *flow.Proof) { n.Supply[0] = 4 }, flow.ErrUnbalanced},
		"prices that wrap round": {func(_ *flow.Network, p *flow.Proof) {
			p.Potential = []int64{math.MinInt64, math.MinInt64 + 2, math.MinInt64 + 5}
		}, flow.ErrProofPotential},
		"prices beyond": {func(_ *flow.Network, p *flow.Proof) {
			p.Potential = []int64{flow.SumMax, flow.SumMax + 2, flow.SumMax + 5}
		}, flow.ErrProofPotential},
	} {
		t.Run(name, func(t *testing.T) {
			n, p := network(), proof()
			c.spoil(n, p)
			err := flow.Check(n, p)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if _, named := fault.KindOf(err); !named {
				t.Fatalf("%v is no fault", err)
			}
		})
	}
}

// TestCutRefuses: a cut that shows nothing is no cut.
func TestCutRefuses(t *testing.T) {
	n := &flow.Network{Supply: []int64{3, 0, -3}, Arcs: []flow.Arc{arc(0, 1, 0, 2, 1), arc(1, 2, 0, 9, 1), arc(2, 0, 1, 2, 1)}}
	if err := flow.CheckCut(n, &flow.Infeasible{Cut: []flow.Node{0}, Excess: 2}); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]flow.Infeasible{
		"less than it is":  {Cut: []flow.Node{0}, Excess: 1},
		"all of it":        {Cut: []flow.Node{0, 1, 2}, Excess: 0},
		"what fits":        {Cut: []flow.Node{1}, Excess: -7},
		"a node twice":     {Cut: []flow.Node{0, 0}, Excess: 5},
		"a node below":     {Cut: []flow.Node{-1}, Excess: 2},
		"a node too far":   {Cut: []flow.Node{3}, Excess: 2},
		"nothing contrary": {Cut: nil, Excess: 0},
	} {
		t.Run(name, func(t *testing.T) {
			if err := flow.CheckCut(n, &c); !errors.Is(err, flow.ErrCut) {
				t.Fatalf("got %v", err)
			}
		})
	}
	n.Supply[0] = 9
	if err := flow.CheckCut(n, &flow.Infeasible{Cut: []flow.Node{0}, Excess: 8}); !errors.Is(err, flow.ErrUnbalanced) {
		t.Fatalf("got %v", err)
	}
}

// TestCheckBelievesNobody: a proof that Check takes is of a cheapest flow, whoever made it.
func TestCheckBelievesNobody(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		p, err := flow.Solve(n)
		if err != nil {
			return
		}
		best := p.Objective
		small := rapid.Int64Range(-3, 3)
		for range rapid.IntRange(1, 3).Draw(t, "changes") {
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				p.Objective += small.Draw(t, "by")
			case 1:
				p.Potential[rapid.IntRange(0, len(p.Potential)-1).Draw(t, "node")] += small.Draw(t, "by")
			case 2:
				if len(p.Flow) > 0 {
					p.Flow[rapid.IntRange(0, len(p.Flow)-1).Draw(t, "arc")] += small.Draw(t, "by")
				}
			case 3:
				for v := range p.Potential {
					p.Potential[v] += 5
				}
			}
		}
		if flow.Check(n, p) == nil && p.Objective != best {
			t.Fatalf("a proof of %d is taken, the least is %d", p.Objective, best)
		}
	})
}

// FuzzCheck: any bytes as network and proof are judged without panic, and what is taken is of a cheapest flow.
func FuzzCheck(f *testing.F) {
	f.Add([]byte{2, 1, 1, 0xff, 0, 1, 0, 2, 3, 1, 0, 3, 3})
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, raw []byte) {
		next := func() int64 {
			if len(raw) == 0 {
				return 0
			}
			b := raw[0]
			raw = raw[1:]
			if b != 0x80 || len(raw) < 8 {
				return int64(int8(b))
			}
			v := int64(binary.LittleEndian.Uint64(raw))
			raw = raw[8:]
			return v
		}
		n := &flow.Network{}
		for range next() & 7 {
			n.AddNode(next())
		}
		p := &flow.Proof{Objective: next()}
		for range next() & 7 {
			n.AddArc(flow.Arc{From: flow.Node(next()), To: flow.Node(next()), Lower: next(), Upper: next(), Cost: next()})
			p.Flow = append(p.Flow, next())
		}
		for range next() & 7 {
			p.Potential = append(p.Potential, next())
		}
		if flow.Check(n, p) != nil {
			return
		}
		best, err := flow.Solve(n)
		if err != nil || best.Objective != p.Objective {
			t.Fatalf("a proof of %d is taken, the solver says %v, %v", p.Objective, best, err)
		}
	})
}
