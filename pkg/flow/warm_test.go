package flow_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/flow"
)

// follower drives a Warm and looks after every step whether it is right.
type follower struct {
	t    *rapid.T
	w    *flow.Warm
	flow []int64 // what Changed has led to believe
}

// node draws a position, most often of a node that is there.
func (f *follower) node() flow.Node {
	return flow.Node(rapid.IntRange(-1, len(f.w.Network().Supply)).Draw(f.t, "node"))
}

func (f *follower) arc() flow.ArcID {
	return flow.ArcID(rapid.IntRange(-1, len(f.w.Network().Arcs)).Draw(f.t, "arc"))
}

// change makes one change; a refused one must change nothing, which the comparison with a whole solution shows.
func (f *follower) change() {
	lower := rapid.SampledFrom([]int64{0, 0, 0, 1, -2}).Draw(f.t, "lower")
	upper := lower + rapid.Int64Range(-1, 4).Draw(f.t, "width")
	cost := rapid.Int64Range(-4, 9).Draw(f.t, "cost")
	var err error
	switch rapid.IntRange(0, 8).Draw(f.t, "what") {
	case 0, 1:
		from, to, d := f.node(), f.node(), rapid.Int64Range(1, 3).Draw(f.t, "units")
		if n := f.w.Network(); from >= 0 && to >= 0 && int(max(from, to)) < len(n.Supply) && from != to {
			if err = f.w.SetSupply(from, n.Supply[from]+d); err == nil {
				if err = f.w.SetSupply(to, n.Supply[to]-d); err != nil {
					err = f.w.SetSupply(from, n.Supply[from])
				}
			}
		}
	case 2:
		err = f.w.SetBounds(f.arc(), lower, upper)
	case 3:
		err = f.w.SetCost(f.arc(), cost)
	case 4, 5:
		_, err = f.w.AddArc(flow.Arc{From: f.node(), To: f.node(), Lower: lower, Upper: upper, Cost: cost})
	case 6:
		err = f.w.RemoveArc(f.arc())
	case 7:
		_, err = f.w.AddNode(0)
	case 8:
		v := f.node()
		if n := f.w.Network(); v >= 0 && int(v) < len(n.Supply) {
			b := n.Supply[v]
			if err = f.w.RemoveNode(v); err == nil && b != 0 {
				other := f.node()
				if other < 0 || int(other) >= len(n.Supply) || f.w.SetSupply(other, f.w.Supply(other)+b) != nil {
					f.unbalanced()
					back, err := f.w.AddNode(b)
					if err != nil {
						f.t.Fatal(err)
					}
					_ = back
				}
			}
		}
	}
	if err != nil && !errors.Is(err, flow.ErrAbsent) && !errors.Is(err, flow.ErrArc) {
		f.t.Fatal(err)
	}
}

// unbalanced: what does not add up is refused, and spoils nothing.
func (f *follower) unbalanced() {
	if _, err := f.w.Settle(0); !errors.Is(err, flow.ErrUnbalanced) {
		f.t.Fatalf("got %v", err)
	}
	if _, err := f.w.Proof(); !errors.Is(err, flow.ErrProvisional) {
		f.t.Fatalf("got %v", err)
	}
}

// settled: after a Settle the flow is what a whole solution says, or provisional and feasible but for what it says is left, or there is
// none and the cut says why.
func (f *follower) settled(limit int) {
	n := f.w.Network()
	did, err := f.w.Settle(limit)
	for _, id := range f.w.Changed() {
		for int(id) >= len(f.flow) {
			f.flow = append(f.flow, 0)
		}
		f.flow[id] = f.w.Flow(id)
	}
	if plan := f.w.Plan(); !slices.Equal(plan.Flow, f.flow) {
		f.t.Fatalf("flow is %v, by the changes that were told %v", plan.Flow, f.flow)
	}
	want, none := flow.Solve(n)
	if err != nil {
		if !errors.Is(err, flow.ErrInfeasible) || !errors.Is(none, flow.ErrInfeasible) {
			f.t.Fatalf("settle: %v, solve: %v", err, none)
		}
		checkCut(f.t, n, err)
		return
	}
	if none != nil && did.Left == 0 {
		f.t.Fatalf("settled %+v what is %v", did, none)
	}
	if did.Provisional {
		p := f.w.Plan()
		if _, err := f.w.Proof(); !errors.Is(err, flow.ErrProvisional) {
			f.t.Fatalf("a provisional plan has a proof: %v", err)
		}
		if left := leftIn(n, p.Flow); left != did.Left {
			f.t.Fatalf("a provisional plan leaves %d and says %d", left, did.Left)
		}
		err := flow.Check(n, p)
		if errors.Is(err, flow.ErrProofBounds) || did.Left == 0 && (errors.Is(err, flow.ErrProofBalance) || p.Objective < want.Objective) {
			f.t.Fatalf("a provisional plan, best %+v, is %+v: %v", want, p, err)
		}
		return
	}
	p, err := f.w.Proof()
	if err != nil {
		f.t.Fatal(err)
	}
	if err := flow.Check(n, p); err != nil || p.Objective != want.Objective {
		f.t.Fatalf("objective %d, want %d: %v", p.Objective, want.Objective, err)
	}
}

// leftIn is how much a flow leaves at nodes that have more than they send.
func leftIn(n *flow.Network, carried []int64) (left int64) {
	excess := slices.Clone(n.Supply)
	for i, a := range n.Arcs {
		excess[a.From] -= carried[i]
		excess[a.To] += carried[i]
	}
	for _, b := range excess {
		left += max(b, 0)
	}
	return left
}

// TestWarmFollows: after any changes the flow is a cheapest one of the network as it then is.
func TestWarmFollows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t)
		p, err := flow.Solve(n)
		if err != nil {
			return
		}
		w, err := flow.NewWarm(n, p)
		if err != nil {
			t.Fatal(err)
		}
		f := &follower{t, w, p.Flow}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			for range rapid.IntRange(1, 3).Draw(t, "changes") {
				f.change()
			}
			f.settled(rapid.SampledFrom([]int{0, 0, 1, 3, 10, 30}).Draw(t, "limit"))
		}
		f.settled(0)
	})
}
