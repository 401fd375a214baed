package chain

import (
	"crypto/ed25519"
	"errors"
	"fmt"
)

// PathMax bounds a path inside one block: 2^20 commits never fit into BlockBytesMax.
const PathMax = 20

// Receipt proves to a command's author that its commit was given its place: the block's signed header and the commit's path
// under the block's root. It is issued only after the block is durable.
type Receipt struct {
	Sealed
	Index  uint64
	Commit Hash
	Path   []Hash // from the leaf's sibling upwards
}

// Position is index + 1: how far a reader must have come to have seen the commit.
func (r *Receipt) Position() uint64 { return r.Index + 1 }

// Encode gives the receipt's one encoding.
func (r *Receipt) Encode() []byte { return r.put(make([]byte, 0, r.size())) }

func (r *Receipt) size() int {
	return SealedHeaderBytes + 8 + len(r.Commit) + 1 + len(r.Path)*len(r.Commit)
}

func (r *Receipt) put(b []byte) []byte {
	b = r.Sealed.put(b)
	b = putU64(b, r.Index)
	b = append(b, r.Commit[:]...)
	b = append(b, byte(len(r.Path)))
	for _, h := range r.Path {
		b = append(b, h[:]...)
	}
	return b
}

// DecodeReceipt reads what Encode wrote. It checks no proof: see Check.
func DecodeReceipt(raw []byte) (*Receipt, error) {
	r := reader{rest: raw}
	out := &Receipt{Sealed: readSealed(&r), Index: r.u64(), Commit: r.hash()}
	n := int(r.u8())
	if n > PathMax {
		r.fail("path of %d hashes", n)
	}
	for i := 0; i < n && r.err == nil; i++ {
		out.Path = append(out.Path, r.hash())
	}
	if err := r.done(); err != nil {
		return nil, fmt.Errorf("decode receipt: %w", err)
	}
	return out, nil
}

// ErrReceipt says that a receipt's path does not lead to its header's root.
var ErrReceipt = errors.New("receipt's path does not lead to the block's root")

// Check verifies header signature and path.
func (r *Receipt) Check(epochKey ed25519.PublicKey) error {
	if err := r.CheckSignature(epochKey); err != nil {
		return err
	}
	return r.CheckPath()
}

// CheckPath verifies that the path leads from the commit at its index to the header's root. Who signed the header is left open.
func (r *Receipt) CheckPath() error {
	// An index outside the block, wrapped around or not, is no index of a tree of that size: the library refuses it.
	root, ok := rootFromPath(r.Commit, r.Index-r.First, uint64(r.Count), r.Path)
	if !ok || root != r.Root {
		return ErrReceipt
	}
	return nil
}
