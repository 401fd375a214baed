package merkle

import (
	"fmt"
	"math/bits"
)

// Tree is the right edge of a growing tree: the roots of the perfect subtrees that cover it, and nothing
// else. The zero value is the empty tree. Appending does not allocate. A Tree is a value: copying it takes a
// snapshot. It is not safe for use by several goroutines at once.
type Tree struct {
	size uint64
	// peaks[l] is the root of the perfect subtree of 2^l leaves on the edge; it has meaning only when bit l
	// of size is set.
	peaks [64]Hash
}

// NewTree returns a tree of the given size from its peaks, as Peaks returns them.
func NewTree(size uint64, peaks []Hash) (*Tree, error) {
	if want := bits.OnesCount64(size); len(peaks) != want {
		return nil, fmt.Errorf("open tree of %d leaves: %d peaks, want %d", size, len(peaks), want)
	}
	t := &Tree{size: size}
	for rest := size; rest != 0; peaks = peaks[1:] {
		level := bits.Len64(rest) - 1
		t.peaks[level] = peaks[0]
		rest &^= 1 << level
	}
	return t, nil
}

// Append adds a leaf hash.
func (t *Tree) Append(leaf Hash) {
	level := 0
	for rest := t.size; rest&1 == 1; rest >>= 1 {
		leaf = NodeHash(t.peaks[level], leaf)
		level++
	}
	t.peaks[level] = leaf
	t.size++
}

// AppendAll adds leaf hashes in order.
func (t *Tree) AppendAll(leaves []Hash) {
	for i := range leaves {
		t.Append(leaves[i])
	}
}

// Size returns the number of leaves.
func (t *Tree) Size() uint64 { return t.size }

// Root returns the root over all leaves so far.
func (t *Tree) Root() Hash {
	if t.size == 0 {
		return EmptyRoot()
	}
	level := bits.TrailingZeros64(t.size)
	root := t.peaks[level]
	for rest := t.size >> level >> 1; rest != 0; rest >>= 1 {
		level++
		if rest&1 == 1 {
			root = NodeHash(t.peaks[level], root)
		}
	}
	return root
}

// Peaks returns the roots of the perfect subtrees that cover the tree, largest first: what a snapshot keeps.
func (t *Tree) Peaks() []Hash {
	peaks := make([]Hash, 0, bits.OnesCount64(t.size))
	for rest := t.size; rest != 0; {
		level := bits.Len64(rest) - 1
		peaks = append(peaks, t.peaks[level])
		rest &^= 1 << level
	}
	return peaks
}
