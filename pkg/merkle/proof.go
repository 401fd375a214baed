package merkle

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/transparency-dev/formats/proof"
)

// ProofBytesMax bounds the text of a proof.
const ProofBytesMax = NoteBytesMax + 1<<16

// ErrProofText says that a text is not a tlog-proof.
var ErrProofText = errors.New("merkle: malformed proof text")

// Proof is a tlog-proof in parts: that the entry at Index lies under the root of the signed checkpoint.
type Proof struct {
	// Index is the entry's place in the log.
	Index uint64
	// Path is the inclusion path, from the leaf's sibling up.
	Path []Hash
	// Checkpoint is the signed note, verbatim, with its cosignatures.
	Checkpoint []byte
	// Extra is nobody's word: no signature covers it. Our proofs have none.
	Extra []byte
}

// FormatProof returns the tlog-proof text for an entry.
func FormatProof(index uint64, path []Hash, checkpoint []byte) []byte {
	return proof.TLogProof{Index: index, Hashes: path, Checkpoint: checkpoint}.Marshal()
}

// ParseProof reads a tlog-proof. It accepts exactly the texts that can be written, and checks nothing but form.
func ParseProof(text []byte) (Proof, error) {
	if len(text) > ProofBytesMax {
		return Proof{}, fmt.Errorf("%w: %d bytes", ErrProofText, len(text))
	}
	var p proof.TLogProof
	err := p.Unmarshal(text)
	if err != nil {
		return Proof{}, fmt.Errorf("%w: header, index or hashes", ErrProofText)
	}
	if !bytes.Equal(p.Marshal(), text) { // leading zeros, CRLF, loose base64, a missing newline
		return Proof{}, fmt.Errorf("%w: not in canonical form", ErrProofText)
	}
	if len(p.Hashes) > pathMax {
		return Proof{}, fmt.Errorf("%w: %d hashes", ErrProofText, len(p.Hashes))
	}
	return Proof{Index: p.Index, Path: p.Hashes, Checkpoint: p.Checkpoint, Extra: p.ExtraData}, nil
}

// VerifyProof checks offline that entry is in a log that the policy trusts, and returns the checkpoint that
// says so together with the entry's index. With a zero fresh no cosignature is too old.
func VerifyProof(text []byte, entry Hash, policy *Policy, fresh Freshness) (Checkpoint, uint64, error) {
	p, err := ParseProof(text)
	if err != nil {
		return Checkpoint{}, 0, err
	}
	c, err := policy.Check(p.Checkpoint, fresh)
	if err != nil {
		return Checkpoint{}, 0, err
	}
	err = CheckPath(c.Root, c.Size, p.Index, entry, p.Path)
	if err != nil {
		return Checkpoint{}, 0, err
	}
	return c, p.Index, nil
}

// FutureMax is how far ahead of the reader's clock a cosignature may be.
const FutureMax = 5 * time.Minute

// Freshness says how old a cosignature may be. The zero value asks for no particular age.
type Freshness struct {
	// Now is the reader's clock. When it is zero, times are not looked at.
	Now time.Time
	// AgeMax is the greatest age that still counts. When it is zero, only times ahead of Now by more than
	// FutureMax are refused.
	AgeMax time.Duration
}

// Accepts reports whether a cosignature of time t counts.
func (f Freshness) Accepts(t time.Time) bool {
	if f.Now.IsZero() {
		return true
	}
	return !t.After(f.Now.Add(FutureMax)) && (f.AgeMax == 0 || !t.Before(f.Now.Add(-f.AgeMax)))
}
