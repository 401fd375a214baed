package trustee

import (
	"bytes"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"renlin.dev/pkg/secretballot/internal/group"
)

// Envelope is a short secret for each of several trustees, under one ephemeral key: hashed ElGamal to their long-term keys, and
// ChaCha20-Poly1305. The sender proves to have chosen the ephemeral key. Without that, a cheat could copy the ephemeral key of
// somebody else's envelope, provoke complaints, and read from the values that these lay open what was in the other envelope.
type Envelope struct {
	Ephemeral *group.Element
	Proof     *group.DLEQ
	// Readers ascend; Boxes pair with them.
	Readers []int
	Boxes   [][]byte
}

// letter says what an envelope is part of: nothing can be taken from one place to another.
type letter struct {
	what     string
	ceremony [32]byte
	sender   int
	// subject is what the letter is about, beyond the ceremony: nothing for shares, the total for openings.
	subject [32]byte
}

func (l *letter) transcript(part string) *group.Transcript {
	t := about(l.what+"/"+part, l.ceremony, l.sender)
	t.Append("subject", l.subject[:])
	return t
}

// cipherKey hashes the Diffie–Hellman value to a key that is used once, so that the nonce can be zero.
func (l *letter) cipherKey(ephemeral, readerKey, shared *group.Element, readerIndex int) [32]byte {
	t := l.transcript("key")
	t.AppendInt("reader", uint64(readerIndex))
	t.AppendElements("ephemeral", ephemeral)
	t.AppendElements("reader key", readerKey)
	t.AppendElements("shared", shared)
	return short(t)
}

var zeroNonce [chacha20poly1305.NonceSize]byte

// seal closes an envelope. The ephemeral secret and the proof's nonce come from different readers, as they may be derived.
func (l *letter) seal(
	ephemeral *group.Scalar, nonce io.Reader, c *Ceremony, readers []int, plain func(reader int) []byte,
) (*Envelope, error) {
	e := &Envelope{Ephemeral: group.NewElement().ScalarBaseMult(ephemeral), Readers: readers}
	for _, j := range readers {
		readerKey := c.Keys[j-1]
		shared := group.NewElement().ScalarMult(ephemeral, readerKey)
		key := l.cipherKey(e.Ephemeral, readerKey, shared, j)
		aead, err := chacha20poly1305.New(key[:])
		if err != nil {
			return nil, err
		}
		e.Boxes = append(e.Boxes, aead.Seal(nil, zeroNonce[:], plain(j), nil))
	}
	var err error
	e.Proof, err = group.ProveDLEQ(nonce, e.bind(l), ephemeral, []*group.Element{group.Base()}, []*group.Element{e.Ephemeral})
	return e, err
}

// bind says everything in the envelope but the proof.
func (e *Envelope) bind(l *letter) *group.Transcript {
	t := l.transcript("envelope")
	for i, j := range e.Readers {
		t.AppendInt("reader", uint64(j))
		t.Append("box", e.Boxes[i])
	}
	return t
}

// check holds the proof.
func (e *Envelope) check(l *letter) error {
	if e.Proof.Verify(e.bind(l), []*group.Element{group.Base()}, []*group.Element{e.Ephemeral}) != nil {
		return ErrEnvelope
	}
	return nil
}

// open answers what is in a reader's box, given the Diffie–Hellman value, or false.
func (e *Envelope) open(l *letter, readerIndex int, readerKey, shared *group.Element) ([]byte, bool) {
	for i, j := range e.Readers {
		if j != readerIndex {
			continue
		}
		key := l.cipherKey(e.Ephemeral, readerKey, shared, j)
		aead, err := chacha20poly1305.New(key[:])
		if err != nil {
			return nil, false
		}
		plain, err := aead.Open(nil, zeroNonce[:], e.Boxes[i], nil)
		return plain, err == nil
	}
	return nil, false
}

func (e *Envelope) append(b []byte) []byte {
	b = append(append(b, e.Ephemeral.Bytes()...), e.Proof.Bytes()...)
	b = append(b, byte(len(e.Readers)))
	for i, j := range e.Readers {
		b = append(append(b, byte(j)), e.Boxes[i]...)
	}
	return b
}

// envelope reads one whose boxes hold plainBytes each.
func (r *reader) envelope(plainBytes int) *Envelope {
	e := &Envelope{Ephemeral: r.element(), Proof: r.dleq(1)}
	last := 0
	for range r.count(1, CountMax) {
		j := r.count(last+1, CountMax)
		last = j
		e.Readers = append(e.Readers, j)
		e.Boxes = append(e.Boxes, bytes.Clone(r.bytes(plainBytes+chacha20poly1305.Overhead)))
	}
	return e
}
