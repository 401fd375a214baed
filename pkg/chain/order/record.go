package order

import (
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

// record is the Merkle tree over the hashes of all durable commits, as far as it must be known to go on with it, and to begin again at an
// earlier place: the roots of all whole parts, and the right edge behind them.
type record struct {
	parts []part
	edge  merkle.Tree // over what lies behind the last whole part
}

// part is partLen leaves that follow one another.
type part struct {
	root  chain.Hash
	block uint64 // number of the block that holds its last leaf
}

// partLen is a power of two, so that a part is a node of the tree.
const partLen = 4096

// add appends the leaves of the next block.
func (r *record) add(leaves []chain.Hash, block uint64) {
	for _, leaf := range leaves {
		r.edge.Append(merkle.Hash(leaf))
		if r.edge.Size() == partLen {
			r.parts = append(r.parts, part{root: chain.Hash(r.edge.Root()), block: block})
			r.edge = merkle.Tree{}
		}
	}
}

// treeOf gives the tree over whole parts, with an edge behind them.
func treeOf(parts []part, edge *merkle.Tree) merkle.Tree {
	above := merkle.Tree{}
	for i := range parts {
		above.Append(merkle.Hash(parts[i].root))
	}
	size := uint64(len(parts)) * partLen
	peaks := above.Peaks()
	if edge != nil {
		size, peaks = size+edge.Size(), append(peaks, edge.Peaks()...)
	}
	tree, err := merkle.NewTree(size, peaks)
	if err != nil {
		panic("order: peaks of a tree do not fit its size: " + err.Error())
	}
	return *tree
}

// Tree gives the Merkle tree over the durable commits.
func (m *Machine) Tree() merkle.Tree { return treeOf(m.record.parts, &m.record.edge) }

// Before gives the latest place at which the record may be read again so that a block of that number, and the leaf that makes the tree that
// large, are still to come: the tree as it was there, and the number of the block in which its last leaf stands; an empty tree and 0 for
// the beginning. That block's leaves are in the tree already up to its size.
func (m *Machine) Before(size, block uint64) (tree merkle.Tree, from uint64) {
	whole := min((max(size, 1)-1)/partLen, uint64(len(m.record.parts)))
	parts := m.record.parts[:whole]
	// The parts' blocks ascend.
	at, _ := slices.BinarySearchFunc(parts, block, func(p part, block uint64) int {
		if p.block <= block {
			return -1
		}
		return 1
	})
	if parts = parts[:at]; at > 0 {
		from = parts[at-1].block
	}
	return treeOf(parts, nil), from
}
