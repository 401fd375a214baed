package chain

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
)

const blockFormat = 1

// HeaderBytes is the size of an encoded header without its signature.
const HeaderBytes = 1 + 32 + 4 + 8 + 8 + 4 + 8 + 32 + 32

// SealedHeaderBytes is the size of an encoded header with its signature, CommitOverheadBytes what a block adds to each commit.
const (
	SealedHeaderBytes   = HeaderBytes + ed25519.SignatureSize
	CommitOverheadBytes = 4
)

// Header is what links one block to the one before. A block promises order and nothing else.
type Header struct {
	Genesis Hash // hash of the founding commit: names the community
	Epoch   uint32
	Number  uint64 // 0 for the founding block
	First   uint64 // index of its first commit
	Count   uint32
	Time    int64 // ms since the Unix epoch; never before the previous block's
	Prev    Hash  // hash of the previous block; zero for the first
	Root    Hash  // RFC 6962 root over the commit hashes, each a 32-byte entry
}

// Encode gives the header's one encoding.
func (h *Header) Encode() []byte { return h.put(make([]byte, 0, HeaderBytes)) }

func (h *Header) put(b []byte) []byte {
	b = append(b, blockFormat)
	b = append(b, h.Genesis[:]...)
	b = putU32(b, h.Epoch)
	b = putU64(b, h.Number)
	b = putU64(b, h.First)
	b = putU32(b, h.Count)
	b = putI64(b, h.Time)
	b = append(b, h.Prev[:]...)
	return append(b, h.Root[:]...)
}

// Hash is the block's hash: what the next header names, and what the epoch's key signs the preimage of.
func (h *Header) Hash() Hash { return hashHeader(h.Encode()) }

func hashHeader(encoded []byte) Hash {
	b := make([]byte, 0, len(domainBlock)+HeaderBytes)
	return sha256.Sum256(append(append(b, domainBlock...), encoded...))
}

// SigningInput is what the epoch's key signs.
func (h *Header) SigningInput() []byte {
	return append([]byte(domainBlock), h.Encode()...)
}

// Sealed is a header with the signature of its epoch's key.
type Sealed struct {
	Header
	Sig [ed25519.SignatureSize]byte
}

// Seal signs a header.
func Seal(h Header, key ed25519.PrivateKey) Sealed {
	s := Sealed{Header: h}
	copy(s.Sig[:], ed25519.Sign(key, h.SigningInput()))
	return s
}

// ErrBlockSignature says that a header was not signed by the key that was asked for.
var ErrBlockSignature = errors.New("block's signature does not hold")

// CheckSignature verifies the header against its epoch's key.
func (s *Sealed) CheckSignature(epochKey ed25519.PublicKey) error {
	if len(epochKey) != ed25519.PublicKeySize || !ed25519.Verify(epochKey, s.SigningInput(), s.Sig[:]) {
		return ErrBlockSignature
	}
	return nil
}

// Encode gives header and signature.
func (s *Sealed) Encode() []byte { return s.put(make([]byte, 0, SealedHeaderBytes)) }

func (s *Sealed) put(b []byte) []byte { return append(s.Header.put(b), s.Sig[:]...) }

func readSealed(r *reader) Sealed {
	if f := r.u8(); r.err == nil && f != blockFormat {
		r.fail("block format %d is not known", f)
	}
	s := Sealed{Header: Header{
		Genesis: r.hash(), Epoch: r.u32(), Number: r.u64(), First: r.u64(), Count: r.u32(),
		Time: r.i64(), Prev: r.hash(), Root: r.hash(),
	}}
	copy(s.Sig[:], r.take(len(s.Sig)))
	return s
}

// DecodeSealed reads a signed header that stands alone.
func DecodeSealed(raw []byte) (Sealed, error) {
	r := reader{rest: raw}
	s := readSealed(&r)
	if err := r.done(); err != nil {
		return Sealed{}, fmt.Errorf("decode header: %w", err)
	}
	return s, nil
}

// Block is a signed header and the bytes of its commits, in order.
type Block struct {
	Sealed
	Commits [][]byte
}

// EncodeBlock appends a block to b. It does not check the root: see Builder of package order, which makes it.
func EncodeBlock(b []byte, s *Sealed, commits [][]byte) ([]byte, error) {
	start := len(b)
	b = s.put(b)
	for _, c := range commits {
		b = putBlob(b, c)
	}
	if int(s.Count) != len(commits) || len(commits) == 0 {
		return nil, errors.New("encode block: count does not fit")
	}
	if len(b)-start > BlockBytesMax {
		return nil, fmt.Errorf("encode block: over the limit of %d bytes", BlockBytesMax)
	}
	return b, nil
}

// DecodeBlock reads a block without looking into its commits: those are Outline's and DecodeCommit's to check. The commits
// alias raw.
func DecodeBlock(raw []byte) (*Block, error) {
	if len(raw) > BlockBytesMax {
		return nil, fmt.Errorf("decode block: %d bytes, over the limit of %d", len(raw), BlockBytesMax)
	}
	r := reader{rest: raw}
	b := &Block{Sealed: readSealed(&r)}
	if r.err == nil && (b.Count == 0 || uint64(b.Count)*4 > uint64(len(r.rest))) {
		r.fail("count of %d commits does not fit", b.Count)
	}
	if r.err == nil {
		b.Commits = make([][]byte, b.Count)
	}
	for i := range b.Commits {
		b.Commits[i] = r.blob()
	}
	if err := r.done(); err != nil {
		return nil, fmt.Errorf("decode block: %w", err)
	}
	return b, nil
}

// CheckNext verifies that s may follow prev: same community, next number, next index, link, time not running backwards. A nil
// prev means that s must be the founding block.
func (s *Sealed) CheckNext(prev *Sealed) error {
	if prev == nil {
		if s.Number != 0 || s.First != 0 || !s.Prev.IsZero() {
			return errors.New("first block does not begin the chain")
		}
		return nil
	}
	switch {
	case s.Genesis != prev.Genesis:
		return errors.New("block belongs to another community")
	case s.Epoch < prev.Epoch:
		return errors.New("block's epoch runs backwards")
	case s.Number != prev.Number+1:
		return fmt.Errorf("block %d follows block %d", s.Number, prev.Number)
	case s.First != prev.First+uint64(prev.Count):
		return fmt.Errorf("block %d begins at index %d, want %d", s.Number, s.First, prev.First+uint64(prev.Count))
	case s.Prev != prev.Hash():
		return fmt.Errorf("block %d does not name the block before it", s.Number)
	case s.Time < prev.Time:
		return fmt.Errorf("time runs backwards at block %d", s.Number)
	}
	return nil
}
