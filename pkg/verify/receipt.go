package verify

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/merkle"
)

// ErrReceipt says that the record is not what a receipt promised.
var ErrReceipt = errors.New("the record does not keep what the receipt promised")

// ReceiptInLog checks a receipt that somebody kept against a tlog-proof of today, offline: the sequencer gave the commit its place, and the
// log that log and witnesses sign still has it there. The policy says whom to believe. Without an epoch key the block's signature is not
// checked; the log's word on the commit stands without it.
func ReceiptInLog(r *chain.Receipt, epochKey ed25519.PublicKey, proof []byte, policy *merkle.Policy) (merkle.Checkpoint, error) {
	if err := checkReceipt(r, epochKey); err != nil {
		return merkle.Checkpoint{}, err
	}
	c, index, err := merkle.VerifyProof(proof, merkle.Hash(r.Commit), policy, merkle.Freshness{})
	switch {
	case err != nil:
		return merkle.Checkpoint{}, fmt.Errorf("%w: %w", ErrReceipt, err)
	case index != r.Index:
		return merkle.Checkpoint{}, fmt.Errorf("%w: the proof is for commit %d, the receipt for %d", ErrReceipt, index, r.Index)
	case c.Origin != originOf(chain.CommunityID(r.Genesis)):
		return merkle.Checkpoint{}, fmt.Errorf("%w: the proof is another community's", ErrReceipt)
	}
	return c, nil
}

// ReceiptInBundle finds what a receipt promised in a bundle, and gives the commit: nil if it is withheld. It reads the bundle's blocks,
// and takes the bundle for what it says it is: Run checks that.
func ReceiptInBundle(r *chain.Receipt, epochKey ed25519.PublicKey, b *Bundle) (commit []byte, err error) {
	if err := checkReceipt(r, epochKey); err != nil {
		return nil, err
	}
	for index := uint64(0); ; {
		block, err := b.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%w: the bundle ends before commit %d", ErrReceipt, r.Index)
		}
		if err != nil {
			return nil, err
		}
		if end := index + uint64(len(block.Hashes)); r.Index >= end {
			index = end
			continue
		}
		at := r.Index - index
		if block.Hash() != r.Sealed.Hash() || block.Hashes[at] != r.Commit {
			return nil, fmt.Errorf("%w: another block or commit stands at index %d", ErrReceipt, r.Index)
		}
		return block.Commits[at], nil
	}
}

// checkReceipt checks what a receipt says by itself.
func checkReceipt(r *chain.Receipt, epochKey ed25519.PublicKey) error {
	var err error
	if epochKey == nil {
		err = r.CheckPath()
	} else {
		err = r.Check(epochKey)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrReceipt, err)
	}
	return nil
}

// originOf names a community's log in its checkpoints.
func originOf(community string) string { return "renlin.dev/" + community }

// Policy gives the bundle's own keys as a policy: the log, and any one of the witnesses. They are claims until a policy from elsewhere
// names the same.
func (m *Manifest) Policy() (*merkle.Policy, error) { return ownPolicy(m) }
