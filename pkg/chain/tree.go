package chain

import (
	"crypto/sha256"
	"math/bits"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
)

// LeafHash gives the RFC 6962 leaf hash of a log entry, which is a commit hash. The block's root and the community's log hash
// the same leaves, so it is computed once.
func LeafHash(commit Hash) (leaf Hash) {
	var b [1 + len(leaf)]byte
	b[0] = rfc6962.RFC6962LeafHashPrefix
	copy(b[1:], commit[:])
	return sha256.Sum256(b[:])
}

func nodeHash(left, right *Hash) (node Hash) {
	var b [1 + 2*len(node)]byte
	b[0] = rfc6962.RFC6962NodeHashPrefix
	copy(b[1:], left[:])
	copy(b[1+len(left):], right[:])
	return sha256.Sum256(b[:])
}

// RootOfLeaves gives the RFC 6962 root over leaf hashes. It works in place: leaves is overwritten.
func RootOfLeaves(leaves []Hash) Hash {
	if len(leaves) == 0 {
		var empty Hash
		copy(empty[:], rfc6962.DefaultHasher.EmptyRoot())
		return empty
	}
	// Pairing level by level and carrying an odd last node up unchanged gives the same tree as RFC 6962's split at the largest
	// power of two.
	for n := len(leaves); n > 1; n = (n + 1) / 2 {
		for i := 0; i < n/2; i++ {
			leaves[i] = nodeHash(&leaves[2*i], &leaves[2*i+1])
		}
		if n%2 == 1 {
			leaves[n/2] = leaves[n-1]
		}
	}
	return leaves[0]
}

// Paths holds every level of one block's tree, from which each commit's path is read.
type Paths struct {
	levels [][]Hash
}

// NewPaths builds the levels over leaf hashes, which it keeps.
func NewPaths(leaves []Hash) *Paths {
	p := &Paths{levels: [][]Hash{leaves}}
	for level := leaves; len(level) > 1; {
		next := make([]Hash, (len(level)+1)/2)
		for i := range len(level) / 2 {
			next[i] = nodeHash(&level[2*i], &level[2*i+1])
		}
		if len(level)%2 == 1 {
			next[len(next)-1] = level[len(level)-1]
		}
		p.levels, level = append(p.levels, next), next
	}
	return p
}

// Root gives the tree's root; there must be a leaf.
func (p *Paths) Root() Hash { return p.levels[len(p.levels)-1][0] }

// Path gives the inclusion path of leaf i, from its sibling upwards.
func (p *Paths) Path(i int) []Hash {
	path := make([]Hash, 0, bits.Len(uint(len(p.levels[0]))))
	for _, level := range p.levels[:len(p.levels)-1] {
		if sibling := i ^ 1; sibling < len(level) {
			path = append(path, level[sibling])
		}
		i /= 2
	}
	return path
}

// rootFromPath runs a path with the library's verifier, so that the check does not share the code that made it.
func rootFromPath(commit Hash, index, size uint64, path []Hash) (root Hash, ok bool) {
	slices := make([][]byte, len(path))
	for i := range path {
		slices[i] = path[i][:]
	}
	got, err := proof.RootFromInclusionProof(rfc6962.DefaultHasher, index, size, rfc6962.DefaultHasher.HashLeaf(commit[:]), slices)
	if err != nil {
		return root, false
	}
	copy(root[:], got)
	return root, true
}
