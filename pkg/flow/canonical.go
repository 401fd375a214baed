package flow

import (
	"crypto/sha256"
	"encoding/binary"

	"renlin.dev/pkg/fault"
)

// roundsMax is how often other second costs are tried when two cheapest flows tie in them as well: that has a chance of about one in 2^31
// for each arc and round.
const roundsMax = 4

// ErrTied says that the seed picks no one flow; another seed will.
var ErrTied = fault.New(fault.Conflict, "flow.tied",
	"The seed does not single out one plan; another seed is needed.", "该种子无法从并列的最优方案中选出唯一方案，请更换种子。")

// ErrNotCanonical says that a flow is a cheapest one, but not the one that the seed picks.
var ErrNotCanonical = fault.New(fault.Invalid, "flow_proof.canonical",
	"The plan is one of the cheapest, but not the one that the seed picks.", "该方案虽为最优之一，但不是种子所选定的方案。")

// Canon is the one among the cheapest flows that a seed picks, with what shows it. Each arc has a second cost, a number between 1 and
// 2^31 that is derived from seed, round and the arc's name; the flow picked is the one cheapest flow whose second cost is least.
type Canon struct {
	Proof
	// Second are the potentials that show that no cheapest flow has a smaller second cost.
	Second []int64
	// Round is the first round in which one flow alone has the least.
	Round int
}

// Canonical answers the cheapest flow that the seed picks; the proof may be of any cheapest flow of the network. Names must be different,
// and stay with an arc wherever it stands in the table: the answer depends on them and the seed, not on the order of arcs or on who has
// solved the network.
func Canonical(n *Network, p *Proof, seed []byte, name func(ArcID) string) (*Canon, error) {
	if err := Check(n, p); err != nil {
		return nil, err
	}
	for round := range roundsMax {
		f := newFace(n, p, seed, round, name)
		second, err := Solve(&f.n)
		if err != nil {
			return nil, err
		}
		if !f.alone(second) {
			continue
		}
		c := &Canon{Proof: Proof{Flow: append([]int64(nil), p.Flow...), Potential: p.Potential, Objective: p.Objective}, Round: round}
		c.Second = second.Potential
		for i, id := range f.ids {
			c.Flow[id] = second.Flow[i]
		}
		return c, nil
	}
	return nil, ErrTied
}

// CheckCanonical answers nil when the flow is the one that the seed picks. In the first round it solves nothing. Whoever states a later one
// could choose among the cheapest flows by the round, so the rounds before it are solved here, and each must have ended in a tie; that
// there is a later round at all has a chance of about one in 2^31 for each arc.
func CheckCanonical(n *Network, c *Canon, seed []byte, name func(ArcID) string) error {
	if err := Check(n, &c.Proof); err != nil {
		return err
	}
	if c.Round < 0 || c.Round >= roundsMax {
		return ErrNotCanonical.WithInt("round", int64(c.Round))
	}
	f := newFace(n, &c.Proof, seed, c.Round, name)
	second := &Proof{Potential: c.Second}
	for i, id := range f.ids {
		second.Flow = append(second.Flow, c.Flow[id])
		second.Objective += f.n.Arcs[i].Cost * c.Flow[id]
	}
	if err := Check(&f.n, second); err != nil {
		return ErrNotCanonical.Because(err)
	}
	if !f.alone(second) {
		return ErrNotCanonical
	}
	for round := range c.Round {
		earlier := newFace(n, &c.Proof, seed, round, name)
		least, err := Solve(&earlier.n)
		if err != nil {
			return err
		}
		if earlier.alone(least) {
			return ErrNotCanonical.WithInt("round", int64(round))
		}
	}
	return nil
}

// face is the network of all cheapest flows: what one proof shows to be at a bound in each of them is left out, and costs are the second
// ones.
type face struct {
	n   Network
	ids []ArcID // of its arcs, in the network
}

func newFace(n *Network, p *Proof, seed []byte, round int, name func(ArcID) string) *face {
	f := &face{n: Network{Supply: append([]int64(nil), n.Supply...)}}
	for i := range n.Arcs {
		a, id := n.Arcs[i], ArcID(i)
		if p.Reduced(n, id) != 0 || a.Lower == a.Upper {
			f.n.Supply[a.From] -= p.Flow[i]
			f.n.Supply[a.To] += p.Flow[i]
			continue
		}
		a.Cost = secondCost(seed, round, name(id))
		f.n.AddArc(a)
		f.ids = append(f.ids, id)
	}
	return f
}

// secondCost is a number between 1 and 2^31 that nobody can choose without choosing the seed.
func secondCost(seed []byte, round int, name string) int64 {
	h := sha256.New()
	var head [9]byte
	binary.BigEndian.PutUint64(head[:8], uint64(len(seed))) // so that seed and name cannot be cut elsewhere
	head[8] = byte(round)
	h.Write(head[:])
	h.Write(seed)
	h.Write([]byte(name))
	var digest [sha256.Size]byte
	return 1 + int64(binary.BigEndian.Uint32(h.Sum(digest[:0]))>>1)
}

// alone tells whether no other flow of the face has the same second cost. Another one would differ by cycles whose arcs all have room and
// a reduced cost of zero. Arcs with room both ways must therefore make no cycle, and neither the others when what those join is taken for
// one node.
func (f *face) alone(p *Proof) bool {
	parts := newParts(len(f.n.Supply))
	var oneWay [][2]int32
	for i := range f.n.Arcs {
		a, flow := &f.n.Arcs[i], p.Flow[i]
		if p.Reduced(&f.n, ArcID(i)) != 0 {
			continue
		}
		switch from, to := int32(a.From), int32(a.To); {
		case flow == a.Lower:
			oneWay = append(oneWay, [2]int32{from, to})
		case flow == a.Upper:
			oneWay = append(oneWay, [2]int32{to, from})
		case !parts.join(from, to):
			return false
		}
	}
	for i := range oneWay {
		oneWay[i] = [2]int32{parts.of(oneWay[i][0]), parts.of(oneWay[i][1])}
	}
	return acyclic(len(f.n.Supply), oneWay)
}

// acyclic takes away nodes that nothing enters until none is left, or only cycles and what they lead to.
func acyclic(nodes int, arcs [][2]int32) bool {
	enters, begin := make([]int32, nodes), make([]int32, nodes+1)
	for _, a := range arcs {
		enters[a[1]]++
		begin[a[0]+1]++
	}
	for v := range nodes {
		begin[v+1] += begin[v]
	}
	place, to := append([]int32(nil), begin...), make([]int32, len(arcs))
	for _, a := range arcs {
		to[place[a[0]]] = a[1]
		place[a[0]]++
	}
	var queue []int32
	for v := range enters {
		if enters[v] == 0 {
			queue = append(queue, int32(v))
		}
	}
	for next := 0; next < len(queue); next++ {
		for _, w := range to[begin[queue[next]]:begin[queue[next]+1]] {
			if enters[w]--; enters[w] == 0 {
				queue = append(queue, w)
			}
		}
	}
	return len(queue) == nodes
}

// parts says which nodes are joined.
type parts []int32

func newParts(nodes int) parts {
	p := make(parts, nodes)
	for v := range p {
		p[v] = int32(v)
	}
	return p
}

// of answers the node that stands for a node's part.
func (p parts) of(v int32) int32 {
	for p[v] != v {
		p[v] = p[p[v]]
		v = p[v]
	}
	return v
}

// join joins two parts, and tells whether they were two.
func (p parts) join(u, v int32) bool {
	u, v = p.of(u), p.of(v)
	p[u] = v
	return u != v
}
