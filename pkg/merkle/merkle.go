// Package merkle is the mathematics and the texts of a community's transparency log.
//
// The rules, in plain words:
//
//  1. Entry i of the log is the 32-byte hash of commit i. Its leaf hash is SHA-256(0x00 ‖ entry), an inner
//     node is SHA-256(0x01 ‖ left ‖ right), and the empty tree is SHA-256 of nothing: RFC 6962, section 2.1.
//  2. A block's root is the same tree over the block's own commit hashes, so a leaf hash is computed once
//     and serves both the block and the log.
//  3. A tree head is a C2SP tlog-checkpoint, signed as a C2SP signed note by the log's key, whose name is the
//     log's origin. Witnesses add C2SP cosignatures, which carry the time at which they had seen nothing larger.
//  4. Whom to believe is written in a C2SP tlog-policy: the logs, the witnesses, and which of them suffice.
//  5. A proof that leaves the house is a C2SP tlog-proof and can be checked offline.
//
// Every text is parsed strictly: what the parsers accept, the writers write back byte for byte. Proofs are
// checked by golang.org/x/mod/sumdb/tlog and transparency-dev/merkle, notes by sumdb/note, cosignatures by
// transparency-dev/formats; nothing here replaces them. Sub-package tiles keeps a log in files, durable
// replaces files so that a crash leaves the old or the new one.
package merkle

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Hash is a SHA-256 value: an entry, a leaf hash, a node or a root, by context.
type Hash = [sha256.Size]byte

// HashBytes is the length of a Hash.
const HashBytes = sha256.Size

// SizeMax bounds the trees that proofs are checked for; the libraries' arithmetic is safe below it.
const SizeMax = 1 << 62

// ErrProof says that a proof does not lead from the entry to the root.
var ErrProof = errors.New("merkle: proof does not hold")

// EmptyRoot returns the root of a tree without leaves.
func EmptyRoot() Hash { return sha256.Sum256(nil) }

// LeafHash returns the RFC 6962 leaf hash of an entry. It does not allocate.
func LeafHash(entry Hash) Hash {
	var buf [1 + HashBytes]byte // buf[0] is the leaf prefix 0x00
	copy(buf[1:], entry[:])
	return sha256.Sum256(buf[:])
}

// NodeHash returns the RFC 6962 hash of an inner node. It does not allocate.
func NodeHash(left, right Hash) Hash { return tlog.NodeHash(left, right) }

// Root returns the root of the tree whose entries are given. It does not allocate.
func Root(entries []Hash) Hash {
	var t Tree
	for i := range entries {
		t.Append(LeafHash(entries[i]))
	}
	return t.Root()
}

// RootOfLeaves returns the root of the tree whose leaf hashes are given. It neither allocates nor changes leaves.
func RootOfLeaves(leaves []Hash) Hash {
	switch len(leaves) {
	case 0:
		return EmptyRoot()
	case 1:
		return leaves[0]
	case 2:
		return NodeHash(leaves[0], leaves[1])
	}
	k := splitPoint(len(leaves))
	return NodeHash(RootOfLeaves(leaves[:k]), RootOfLeaves(leaves[k:]))
}

// splitPoint returns the largest power of two below n, where RFC 6962 splits a tree of n > 1 leaves.
func splitPoint(n int) int { return 1 << (bits.Len(uint(n-1)) - 1) }

// CheckPath reports whether path leads from entry at index i to the root of the tree of the given size.
// The error is ErrProof, possibly wrapped with what is wrong with its form.
func CheckPath(root Hash, size, i uint64, entry Hash, path []Hash) error {
	return CheckLeafPath(root, size, i, LeafHash(entry), path)
}

// CheckLeafPath is CheckPath for a caller who has the leaf hash already.
func CheckLeafPath(root Hash, size, i uint64, leaf Hash, path []Hash) error {
	switch {
	case size > SizeMax:
		return fmt.Errorf("%w: tree of %d entries is beyond the limit", ErrProof, size)
	case i >= size:
		return fmt.Errorf("%w: index %d in a tree of %d entries", ErrProof, i, size)
	case len(path) > pathMax:
		return fmt.Errorf("%w: %d hashes", ErrProof, len(path))
	}
	var buf [pathMax]tlog.Hash
	for j := range path {
		buf[j] = path[j]
	}
	err := tlog.CheckRecord(buf[:len(path)], int64(size), root, int64(i), leaf)
	if err != nil {
		return ErrProof
	}
	return nil
}

// pathMax is the longest path in a tree of at most SizeMax leaves.
const pathMax = 62
