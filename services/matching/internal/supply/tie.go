package supply

import (
	"crypto/sha256"
	"encoding/binary"
)

// Margin is what a unit costs at the margin: a cost, and a second one that decides where the first are the same. Second costs are drawn
// from a seed that nobody who plans has chosen, so who gets what among equals is nobody's favour.
type Margin struct{ Cost, Tie int64 }

// Plus adds two.
func (a Margin) Plus(b Margin) Margin { return Margin{a.Cost + b.Cost, a.Tie + b.Tie} }

// Less compares the costs, and where they are the same the second ones.
func (a Margin) Less(b Margin) bool { return a.Cost < b.Cost || a.Cost == b.Cost && a.Tie < b.Tie }

// The second cost of a pair has so many bits of a hash; that of leaving a need is more than any pair's.
const (
	tieBits    = 24
	LeavingTie = 1 << (tieBits + 1)
	domainTie  = "renlin/plan-tie/1\n"
)

// Tie gives the second cost of a need with a provider, as docs/format.md says.
func Tie(seed []byte, need, provider string) int64 {
	h := sha256.New()
	h.Write([]byte(domainTie))
	h.Write(seed)
	h.Write([]byte(need + "\n" + provider))
	return 1 + int64(binary.BigEndian.Uint32(h.Sum(nil))>>(32-tieBits))
}

// Serving gives what a supplier that fits costs for a unit of a need.
func Serving(seed []byte, id string, n *Need, s *Supplier, at int64) Margin {
	return Margin{CostOf(n, s, at).Sum(), Tie(seed, id, s.ID)}
}

// Leaving gives what leaving a unit of a need unserved costs.
func Leaving(n *Need, at int64) Margin { return Margin{UnservedCost(n, at), LeavingTie} }
