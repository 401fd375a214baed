package flow

import "renlin.dev/pkg/fault"

// Proof is a flow together with what shows that no cheaper one exists. Potentials are prices of a unit at a node, up to a constant for
// each connected part: the reduced cost of an arc is its cost plus the price where it begins minus the price where it ends.
type Proof struct {
	// Flow has an entry for each arc, Potential for each node.
	Flow, Potential []int64
	// Objective is the sum of cost times flow.
	Objective int64
}

// The ways in which a proof can be wrong.
var (
	// ErrProofShape says that the proof is of another network: it has other numbers of arcs or nodes.
	ErrProofShape = fault.New(fault.Invalid, "flow_proof.shape",
		"The proof does not belong to this network.", "该证明与此网络不匹配。")
	// ErrProofBounds says that an arc carries less than its lower or more than its upper bound.
	ErrProofBounds = fault.New(fault.Invalid, "flow_proof.bounds",
		"The plan uses a connection more, or less, than its bounds allow.", "方案中某条弧的流量超出其上下限。")
	// ErrProofBalance says that what leaves a node is not what enters it and what it supplies.
	ErrProofBalance = fault.New(fault.Invalid, "flow_proof.balance",
		"At one node of the plan, what goes in and what goes out do not agree.", "方案中某个节点的流入与流出不平衡。")
	// ErrProofSlackness says that an arc is worth using more, or less, than the flow does: a cheaper flow may exist.
	ErrProofSlackness = fault.New(fault.Invalid, "flow_proof.slackness",
		"The plan is not shown to be the cheapest: a connection is used that should not be, or not used that should be.",
		"无法证明该方案成本最低：有弧该用未用，或不该用而用。")
	// ErrProofPotential says that a potential is beyond what is exact.
	ErrProofPotential = fault.New(fault.Invalid, "flow_proof.potential",
		"A price in the proof is too large to be added up exactly.", "证明中某个价格过大，无法精确计算。")
	// ErrProofObjective says that the flow costs something else than stated.
	ErrProofObjective = fault.New(fault.Invalid, "flow_proof.objective",
		"The plan costs something else than it says.", "方案的实际成本与所述不符。")
)

// Check answers nil when the proof shows its flow to be a cheapest one of the network, and otherwise the first thing that is wrong with
// the network (see Network.Check) or with the proof. It looks once at each arc and at each node.
//
// Why this suffices: add up the reduced costs of any other flow's difference. Each arc whose reduced cost is positive is at its lower
// bound, so the other flow can only have more on it; each whose reduced cost is negative is at its upper bound, so it can only have less;
// and around balanced nodes potentials cancel. So the other flow costs no less.
func Check(n *Network, p *Proof) error {
	if err := n.Check(); err != nil {
		return err
	}
	if len(p.Flow) != len(n.Arcs) || len(p.Potential) != len(n.Supply) {
		return ErrProofShape
	}
	for v, price := range p.Potential {
		if !within(price, SumMax) {
			return ErrProofPotential.WithInt("node", int64(v))
		}
	}
	left := make([]int64, len(n.Supply)) // what each node still has; within SumMax on the way, because each flow is within its arc's bounds
	copy(left, n.Supply)
	var cost sum
	for i := range n.Arcs {
		a, f := &n.Arcs[i], p.Flow[i]
		if f < a.Lower || f > a.Upper {
			return ErrProofBounds.WithInt("arc", int64(i))
		}
		reduced := a.Cost + p.Potential[a.From] - p.Potential[a.To]
		if reduced > 0 && f != a.Lower || reduced < 0 && f != a.Upper {
			return ErrProofSlackness.WithInt("arc", int64(i))
		}
		left[a.From] -= f
		left[a.To] += f
		cost.addProduct(a.Cost, f)
	}
	for v, b := range left {
		if b != 0 {
			return ErrProofBalance.WithInt("node", int64(v))
		}
	}
	if int64(cost.low) != p.Objective { // the network's own check has shown that the sum fits
		return ErrProofObjective
	}
	return nil
}

// Reduced is an arc's reduced cost: what one more unit on it costs more than the prices at its ends account for.
func (p *Proof) Reduced(n *Network, id ArcID) int64 {
	a := &n.Arcs[id]
	return a.Cost + p.Potential[a.From] - p.Potential[a.To]
}

// Infeasible shows that no flow fits: the nodes of Cut together must send Excess units more than the arcs that leave them can carry, less
// what the arcs that enter them must.
type Infeasible struct {
	Cut    []Node
	Excess int64
}

// Error is ErrInfeasible's text with the numbers.
func (e *Infeasible) Error() string { return e.fault().Error() }

// Unwrap makes errors.Is see ErrInfeasible.
func (e *Infeasible) Unwrap() error { return e.fault() }

func (e *Infeasible) fault() *fault.Fault {
	return ErrInfeasible.WithInt("cut_nodes", int64(len(e.Cut))).WithInt("excess", e.Excess)
}

// ErrCut says that a cut does not show what it says.
var ErrCut = fault.New(fault.Invalid, "flow_proof.cut",
	"The set of nodes does not show that no plan fits.", "该节点集合不能证明方案不可行。")

// CheckCut answers nil when the cut shows that no flow fits.
func CheckCut(n *Network, e *Infeasible) error {
	if err := n.Check(); err != nil {
		return err
	}
	inside := make([]bool, len(n.Supply))
	must := int64(0)
	for _, v := range e.Cut {
		if v < 0 || int(v) >= len(inside) || inside[v] {
			return ErrCut
		}
		inside[v] = true
		must += n.Supply[v]
	}
	for i := range n.Arcs {
		switch a := &n.Arcs[i]; {
		case inside[a.From] && !inside[a.To]:
			must -= a.Upper
		case inside[a.To] && !inside[a.From]:
			must += a.Lower
		}
	}
	if must <= 0 || must != e.Excess {
		return ErrCut
	}
	return nil
}
