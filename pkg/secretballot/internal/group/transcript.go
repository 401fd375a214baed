package group

import (
	"crypto/sha512"
	"encoding/binary"
	"hash"
	"math"
)

// Transcript is what has been said in a proof so far. Its hash, SHA-512, runs over the domain as a str (u16 length and bytes) and then
// items, each a str label and a blob (u32 length and bytes) of data, all lengths big-endian, so that no two different lists of items
// are the same bytes.
//
// A challenge is drawn by hashing everything so far and then the challenge's label as a str; the digest is at once appended as that label's
// blob, so that a later challenge depends on an earlier one.
//
// It is not safe for use by several goroutines at once.
type Transcript struct{ h hash.Hash }

// NewTranscript begins a transcript in a domain, such as "renlin/vote/v1/ballot".
func NewTranscript(domain string) *Transcript {
	t := &Transcript{h: sha512.New()}
	t.str(domain)
	return t
}

// str writes a label or domain. They are constants of the source: one that is too long is a mistake of the programmer.
func (t *Transcript) str(s string) {
	if len(s) > math.MaxUint16 {
		panic("group.Transcript: label too long")
	}
	var n [2]byte
	binary.BigEndian.PutUint16(n[:], uint16(len(s)))
	t.h.Write(n[:])
	t.h.Write([]byte(s))
}

// blob writes what belongs to a label.
func (t *Transcript) blob(data []byte) {
	if uint64(len(data)) > math.MaxUint32 {
		panic("group.Transcript: item too long")
	}
	var n [4]byte
	binary.BigEndian.PutUint32(n[:], uint32(len(data)))
	t.h.Write(n[:])
	t.h.Write(data)
}

// Append says data under a label.
func (t *Transcript) Append(label string, data []byte) {
	t.str(label)
	t.blob(data)
}

// AppendInt says a number, as 8 bytes big-endian.
func (t *Transcript) AppendInt(label string, n uint64) {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], n)
	t.Append(label, b[:])
}

// AppendElements says elements in order, each an item of its own under the same label.
func (t *Transcript) AppendElements(label string, elements ...*Element) {
	for _, e := range elements {
		t.Append(label, e.Bytes())
	}
}

// AppendScalars says scalars in order, each an item of its own under the same label.
func (t *Transcript) AppendScalars(label string, scalars ...*Scalar) {
	for _, s := range scalars {
		t.Append(label, s.Bytes())
	}
}

// Digest hashes everything said so far, and the label; it is said itself from then on.
func (t *Transcript) Digest(label string) [sha512.Size]byte {
	var digest [sha512.Size]byte
	t.str(label)
	t.h.Sum(digest[:0])
	t.blob(digest[:])
	return digest
}

// Challenge is Digest as a scalar: the 64 bytes little-endian modulo l.
func (t *Transcript) Challenge(label string) *Scalar {
	digest := t.Digest(label)
	return reduce(digest[:])
}
