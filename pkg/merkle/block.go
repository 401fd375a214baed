package merkle

// Block is a whole small tree in memory, such as the commits of one block: every node once, so that the path
// of each entry costs no further hashing.
type Block struct {
	// levels[0] are the leaf hashes, the last level is the root alone. A node without a right sibling stands
	// unchanged in the level above, which is the same tree as RFC 6962's.
	levels [][]Hash
}

// NewBlock builds the tree over the given leaf hashes, which it keeps and never changes.
func NewBlock(leaves []Hash) *Block {
	b := &Block{}
	if len(leaves) == 0 {
		return b
	}
	b.levels = append(b.levels, leaves)
	nodes := make([]Hash, 0, len(leaves)+8)
	for row := leaves; len(row) > 1; {
		start := len(nodes)
		for i := 0; i+1 < len(row); i += 2 {
			nodes = append(nodes, NodeHash(row[i], row[i+1]))
		}
		if len(row)%2 == 1 {
			nodes = append(nodes, row[len(row)-1])
		}
		row = nodes[start:len(nodes):len(nodes)]
		b.levels = append(b.levels, row)
	}
	return b
}

// Size returns the number of leaves.
func (b *Block) Size() int {
	if len(b.levels) == 0 {
		return 0
	}
	return len(b.levels[0])
}

// Root returns the root of the tree.
func (b *Block) Root() Hash {
	if len(b.levels) == 0 {
		return EmptyRoot()
	}
	return b.levels[len(b.levels)-1][0]
}

// Node returns the root of the subtree over the leaves from i·2^level on, 2^level of them or as many as there are.
// A node outside the tree is a programming error.
func (b *Block) Node(level, i int) Hash { return b.levels[level][i] }

// Leaves returns the leaf hashes, which the caller must not change.
func (b *Block) Leaves() []Hash {
	if len(b.levels) == 0 {
		return nil
	}
	return b.levels[0]
}

// Path returns the inclusion path of leaf i, from its sibling up. An i outside the tree is a programming error.
func (b *Block) Path(i int) []Hash {
	if i < 0 || i >= b.Size() {
		panic("merkle: path of a leaf outside the tree")
	}
	path := make([]Hash, 0, len(b.levels)-1)
	for _, row := range b.levels {
		if sibling := i ^ 1; sibling < len(row) {
			path = append(path, row[sibling])
		}
		i >>= 1
	}
	return path
}

// PathIn returns the inclusion path of entry i among entries. Who needs several paths of one tree builds a Block.
func PathIn(entries []Hash, i int) []Hash {
	return NewBlock(LeafHashes(nil, entries)).Path(i)
}

// LeafHashes appends the leaf hash of every entry to dst.
func LeafHashes(dst, entries []Hash) []Hash {
	for i := range entries {
		dst = append(dst, LeafHash(entries[i]))
	}
	return dst
}
