// Package trustee makes a poll's key that nobody holds alone, and opens with it what the poll's rules say, and no more.
//
// Its rules, in plain words:
//
//   - Of n trustees any t can open, and fewer learn nothing (1 <= t <= n <= 9). Each deals a share of a secret of their own to
//     every other; the poll's key is the sum. Nobody ever has the whole secret, not even while it is made.
//   - A ceremony has four steps, and a step begins when every trustee has done the one before. Commit: a hash of what will be
//     shown. Reveal: what was committed to, so that nobody can choose their part after seeing the others' and bend the key. Deal:
//     the shares, each sealed to one trustee. Ack: a proof of holding one's share. Then anyone computes the Seal: the key and each
//     trustee's part of it.
//   - Whoever got a false share complains by opening that one envelope in public, with a proof. Anyone then sees who lied, dealer
//     or accuser. A false deal ends the ceremony and names the liar: going on without them would let a liar choose between two
//     keys. Those who remain begin again, with another context.
//   - A trustee's only secret is their long-term key. What they say in a ceremony follows from it, so a process that starts anew
//     says the same again, and finds its share on the record. A context is used once.
//   - Open ballots (purpose Open): after the close trustees publish their shares; any t give the private key of the boxes (package
//     ballot). Before that, a share that is published is a leak, and it stands on the record whose.
//   - Secret ballots (purpose Secret): shares are never published. A trustee decrypts sums only, with a proof, or blinds their part
//     of a sum (sealed totals), so that the board learns that a total reaches a threshold and nothing else. Parts that are wrong
//     are named and left out; t right ones suffice.
//   - Every proof is bound to the ceremony, the speaker and the whole statement; see docs/SECRET-BALLOTS.md for what follows from
//     that and what does not. The bytes are in docs/format.md.
//
// Everything is a function of its input; randomness comes in as a reader. Secrets go only through operations of constant time, but
// for shares that are about to be published anyway. A trustee recomputes the sums from the record before it touches them: this
// package cannot know whether a ciphertext is a sum or somebody's ballot.
package trustee

import (
	"bytes"
	"crypto/hkdf"
	"crypto/sha512"
	"fmt"
	"io"

	"renlin.dev/pkg/secretballot/internal/group"
)

// CountMax is the largest number of trustees.
const CountMax = 9

// domain begins every hash of this package.
const domain = "renlin/vote/v1/trustee/"

// Purpose is what a ceremony's key is for. The two are kept apart because the first one ends with its shares in public.
type Purpose uint8

// The purposes: open roll calls, whose boxes are opened after the close, and secret ballots, of which only sums are.
const (
	Open Purpose = iota + 1
	Secret
)

// Ceremony is what the trustees agree on before they begin. It is public and does not change.
type Ceremony struct {
	// Context is a hash of what the key is for: the poll and the attempt. It is used once.
	Context [32]byte
	Purpose Purpose
	// Threshold is t, how many trustees it takes.
	Threshold int
	// Keys are the trustees' long-term public keys; trustee i has Keys[i-1].
	Keys []*group.Element
}

// Check holds the numbers and keys to their rules.
func (c *Ceremony) Check() error {
	n := len(c.Keys)
	if n > CountMax || c.Threshold < 1 || c.Threshold > n || c.Purpose != Open && c.Purpose != Secret {
		return ErrParameters
	}
	return distinct(c.Keys)
}

// distinct refuses keys of which one is another, or another's negation.
func distinct(keys []*group.Element) error {
	for i, key := range keys {
		negated := group.NewElement().Negate(key)
		for _, other := range keys[:i] {
			switch {
			case other.Equal(key) == 1:
				return ErrKeyRepeated.WithInt("trustee", int64(i+1))
			case other.Equal(negated) == 1:
				return ErrKeyNegated.WithInt("trustee", int64(i+1))
			}
		}
	}
	return nil
}

// Bytes is the encoding.
func (c *Ceremony) Bytes() []byte {
	b := append(header(kindCeremony, 0), byte(c.Purpose), byte(c.Threshold), byte(len(c.Keys)))
	return appendElements(append(b, c.Context[:]...), c.Keys...)
}

// DecodeCeremony reads a ceremony and checks it.
func DecodeCeremony(b []byte) (*Ceremony, error) {
	r, zero := read(b, kindCeremony)
	c := &Ceremony{Purpose: Purpose(r.u8()), Threshold: r.u8()}
	n := r.count(1, CountMax)
	c.Context = r.hash()
	c.Keys = r.elements(n)
	if err := r.end(); err != nil {
		return nil, err
	}
	if zero != 0 {
		return nil, ErrMalformed
	}
	return c, c.Check()
}

// ID is a hash of the whole ceremony, to which every message is bound.
func (c *Ceremony) ID() [32]byte {
	t := group.NewTranscript(domain + "ceremony")
	t.Append("ceremony", c.Bytes())
	return short(t)
}

// short is the first half of a transcript's hash.
func short(t *group.Transcript) [32]byte {
	digest := t.Digest("hash")
	return [32]byte(digest[:32])
}

// about begins the transcript of what one trustee says in a ceremony.
func about(what string, ceremony [32]byte, index int) *group.Transcript {
	t := group.NewTranscript(domain + what)
	t.Append("ceremony", ceremony[:])
	t.AppendInt("trustee", uint64(index))
	return t
}

// Key is a trustee's long-term key: the only secret that they keep.
type Key struct {
	secret *group.Scalar
	public *group.Element
}

// NewKey draws a key.
func NewKey(rand io.Reader) (*Key, error) {
	secret, err := group.RandomScalar(rand)
	if err != nil {
		return nil, fmt.Errorf("draw trustee's key: %w", err)
	}
	return &Key{secret, group.NewElement().ScalarBaseMult(secret)}, nil
}

// DecodeKey reads what Bytes wrote.
func DecodeKey(b []byte) (*Key, error) {
	secret, err := group.DecodeScalar(b)
	if err != nil {
		return nil, err
	}
	if group.IsZero(secret) {
		return nil, group.ErrIdentity
	}
	return &Key{secret, group.NewElement().ScalarBaseMult(secret)}, nil
}

// Bytes is the secret, for the trustee's own keystore.
func (k *Key) Bytes() []byte { return k.secret.Bytes() }

// Public is the public half, which stands in a Ceremony.
func (k *Key) Public() *group.Element { return group.NewElement().Set(k.public) }

// DecodePublic reads a long-term public key.
func DecodePublic(b []byte) (*group.Element, error) { return group.DecodeElement(b) }

// index finds which trustee of the ceremony the key is.
func (k *Key) index(c *Ceremony) (int, error) {
	for i, public := range c.Keys {
		if public.Equal(k.public) == 1 {
			return i + 1, nil
		}
	}
	return 0, ErrStranger
}

// derive answers 64 bytes that only this key gives, for one thing in one ceremony. Said twice, the same thing is the same bytes: a
// nonce that is derived is used for one statement alone, because the statement follows from the same input. So whoever changes what
// a proof says changes the domain, too.
func (k *Key) derive(ceremony [32]byte, what string, number int) io.Reader {
	b, err := hkdf.Key(sha512.New, k.secret.Bytes(), ceremony[:], fmt.Sprintf("%s%s/%d", domain, what, number), 64)
	if err != nil {
		panic("trustee.derive: " + err.Error()) // 64 bytes are far below HKDF's limit
	}
	return bytes.NewReader(b)
}

// scalar is derive as a scalar.
func (k *Key) scalar(ceremony [32]byte, what string, number int) *group.Scalar {
	s, err := group.RandomScalar(k.derive(ceremony, what, number))
	if err != nil {
		panic("trustee.scalar: " + err.Error())
	}
	return s
}
