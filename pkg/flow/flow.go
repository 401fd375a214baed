// Package flow solves minimum-cost flow problems exactly, and proves that it did. It is what decides who serves whom.
//
// Its rules, in plain words:
//
//   - Everything is an int64 and exact. A network whose sums could leave int64 anywhere on the way is refused by name before anything is
//     computed (ErrLarge); within the limits no step overflows.
//   - Solve finds a cheapest flow of a whole network (network simplex). Warm keeps one up to date, event by event (successive shortest
//     paths), at a cost that depends on what the event touches and not on how large the network is.
//   - A solution is a Proof: flow, potentials, objective. Check holds it against the network in one pass over the arcs, without a solver:
//     each arc within its bounds, each node balanced, no arc cheaper to use more (or less) than it is. Whoever believes Check need not
//     believe Solve.
//   - A network that no flow fits is refused with the set of nodes that shows it (Infeasible): what must leave the set is more than what
//     can.
//   - All cheapest flows cost the same; which one Solve answers is nobody's promise. Canonical answers the one among them that a seed
//     picks: it is the same on every machine, in whatever order the arcs stand, and cannot be chosen by who does not choose the seed.
//   - Capacities are finite, so a cycle of negative cost is used to the full and is no error.
//
// Nothing here has a clock, randomness, I/O or goroutines, and nothing depends on a map's order.
package flow

import (
	"math/bits"

	"renlin.dev/pkg/fault"
)

// The limits of a network. They are far above what any city needs; what they rule out is overflow.
const (
	// NodesMax and ArcsMax bound the tables.
	NodesMax = 1 << 24
	ArcsMax  = 1 << 27
	// AmountMax bounds supplies and bounds of arcs, either way.
	AmountMax = 1 << 40
	// CostMax bounds the cost of one unit on one arc, either way.
	CostMax = 1 << 45
	// SumMax bounds each sum that is formed on the way: of amounts, of cost times amount, of a path's costs.
	SumMax = 1 << 60
)

// The refusals of networks.
var (
	// ErrArc says that an arc names a node that is not there, or has a lower bound above the upper.
	ErrArc = fault.New(fault.Invalid, "flow.arc",
		"An arc of the network leads nowhere, or its bounds contradict each other.", "网络中有一条弧指向不存在的节点，或其上下限互相矛盾。")
	// ErrLarge says that numbers are so large that a sum of them might not be exact.
	ErrLarge = fault.New(fault.Invalid, "flow.large",
		"The network's numbers are too large to be added up exactly.", "网络中的数值过大，无法精确求和。")
	// ErrUnbalanced says that supplies do not add up to zero.
	ErrUnbalanced = fault.New(fault.Invalid, "flow.unbalanced",
		"What the network supplies is not what it demands.", "网络的供给总量与需求总量不相等。")
	// ErrInfeasible says that no flow fits; errors.As finds the *Infeasible that shows why.
	ErrInfeasible = fault.New(fault.Invalid, "flow.infeasible",
		"No assignment fits: some nodes must send away more than their arcs can carry.", "不存在可行方案：部分节点需要送出的量超过其弧的容量。")
)

// Node and ArcID are positions in a network's tables.
type (
	Node  int32
	ArcID int32
)

// Arc carries between Lower and Upper units, each at Cost.
type Arc struct {
	From, To           Node
	Lower, Upper, Cost int64
}

// Network is a problem: what each node supplies (negative: demands), and the arcs. Its tables are the caller's, who may fill them
// directly.
type Network struct {
	Supply []int64
	Arcs   []Arc
}

// AddNode adds a node and answers its position.
func (n *Network) AddNode(supply int64) Node {
	n.Supply = append(n.Supply, supply)
	return Node(len(n.Supply) - 1)
}

// AddArc adds an arc and answers its position.
func (n *Network) AddArc(a Arc) ArcID {
	n.Arcs = append(n.Arcs, a)
	return ArcID(len(n.Arcs) - 1)
}

// Check answers why the network is no problem that can be solved exactly: ErrArc, ErrLarge or ErrUnbalanced. Whether a flow fits is not
// asked.
func (n *Network) Check() error {
	if len(n.Supply) > NodesMax || len(n.Arcs) > ArcsMax {
		return ErrLarge.WithInt("nodes", int64(len(n.Supply))).WithInt("arcs", int64(len(n.Arcs)))
	}
	var balance, amounts, costs sum
	for v, b := range n.Supply {
		if !within(b, AmountMax) {
			return ErrLarge.WithInt("node", int64(v))
		}
		balance.add(b)
		amounts.add(magnitude(b))
	}
	costMax := int64(0)
	for i := range n.Arcs {
		a := &n.Arcs[i]
		if err := a.check(len(n.Supply)); err != nil {
			return err.WithInt("arc", int64(i))
		}
		costMax = max(costMax, magnitude(a.Cost))
		most := max(magnitude(a.Lower), magnitude(a.Upper))
		amounts.add(magnitude(a.Lower))
		amounts.add(magnitude(a.Upper))
		costs.addProduct(magnitude(a.Cost), most)
	}
	var path sum
	path.addProduct(4*(costMax+1), int64(len(n.Supply))+2) // potentials stay within a quarter of SumMax, and that a few times over
	if !amounts.fits() || !costs.fits() || !path.fits() {
		return ErrLarge
	}
	if balance.low != 0 || balance.high != 0 {
		return ErrUnbalanced
	}
	return nil
}

// check answers what is wrong with an arc by itself.
func (a *Arc) check(nodes int) *fault.Fault {
	switch {
	case a.From < 0 || int(a.From) >= nodes || a.To < 0 || int(a.To) >= nodes || a.Lower > a.Upper:
		return ErrArc
	case !within(a.Lower, AmountMax) || !within(a.Upper, AmountMax) || !within(a.Cost, CostMax):
		return ErrLarge
	}
	return nil
}

// within tells whether v is between -limit and limit.
func within(v, limit int64) bool { return -limit <= v && v <= limit }

// magnitude is |v|; v is never the least int64, because within has been asked.
func magnitude(v int64) int64 { return max(v, -v) }

// sum adds up in 128 bits, two's complement, so that overflow can be seen instead of suffered.
type sum struct{ high, low uint64 }

func (s *sum) add(v int64) {
	var carry uint64
	s.low, carry = bits.Add64(s.low, uint64(v), 0)
	s.high, _ = bits.Add64(s.high, uint64(v>>63), carry)
}

// addProduct adds a times b, either sign.
func (s *sum) addProduct(a, b int64) {
	high, low := bits.Mul64(uint64(a), uint64(b))
	high -= uint64(a>>63)&uint64(b) + uint64(b>>63)&uint64(a) // from the unsigned product to the signed one
	var carry uint64
	s.low, carry = bits.Add64(s.low, low, 0)
	s.high, _ = bits.Add64(s.high, high, carry)
}

// fits tells whether the sum is between -SumMax and SumMax.
func (s *sum) fits() bool {
	v := int64(s.low)
	return s.high == uint64(v>>63) && within(v, SumMax)
}
