// Package group is the arithmetic under secret ballots: ristretto255 (RFC 9496), a group of prime order l, over a well-kept library.
//
// Its rules, in plain words:
//
//   - Bytes become an element or a scalar in one place each, and only by their canonical encoding: 32 bytes, no second spelling, a
//     scalar below l. Prime order and canonical encodings take away the whole class of attacks with points of small order, and
//     make "is it a member of the group?" a question that decoding has already answered.
//   - The identity is refused wherever it would mean "nothing": as a key, in a ciphertext, as a commitment. DecodeElement refuses it; only
//     DecodeAny lets it pass, for sums, which may cancel.
//   - A challenge is the hash of everything that was said before it (Transcript). Whoever proves something appends the whole statement
//     first: a challenge that leaves out part of the statement lets a liar choose that part afterwards.
//   - Secrets go only through operations whose time does not depend on them: ScalarBaseMult, ScalarMult, scalar arithmetic. MSM and the
//     checks of proofs run in variable time and see published values only.
//   - Randomness comes from the caller. Nothing here keeps state, starts a goroutine or does I/O.
package group

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/gtank/ristretto255"

	"renlin.dev/pkg/fault"
)

// Element is a member of the group; Scalar is an integer modulo its order l. The zero value of an Element is not valid, that of a
// Scalar is 0.
type (
	Element = ristretto255.Element
	Scalar  = ristretto255.Scalar
)

// Sizes of encodings.
const (
	ElementBytes = 32
	ScalarBytes  = 32
	// uniformBytes are twice the size of a scalar, so that reducing them modulo l leaves no bias that anyone could see.
	uniformBytes = 64
)

// Why bytes are not what they should be.
var (
	// ErrElement: not the one encoding of a member of the group.
	ErrElement = fault.New(fault.Invalid, "element.malformed",
		"A number in this secret ballot's proof is not written the one way that is allowed.", "秘密表决证明中有一个数值的写法不符合规定。")
	// ErrIdentity: the neutral element, where it would mean that nothing was encrypted or promised.
	ErrIdentity = fault.New(fault.Invalid, "element.identity",
		"A number in this secret ballot's proof is the one value that hides nothing.", "秘密表决证明中有一个数值起不到任何隐藏作用。")
	// ErrScalar: not the one encoding of an integer below l.
	ErrScalar = fault.New(fault.Invalid, "scalar.malformed",
		"A number in this secret ballot's proof is too large or too short.", "秘密表决证明中有一个数值超出范围或长度不对。")
)

// DecodeElement reads a canonical encoding that is not the identity.
func DecodeElement(b []byte) (*Element, error) {
	e, err := DecodeAny(b)
	if err != nil {
		return nil, err
	}
	if IsIdentity(e) {
		return nil, ErrIdentity
	}
	return e, nil
}

// DecodeAny is DecodeElement for what may be the identity: sums of ciphertexts and what is computed from them.
func DecodeAny(b []byte) (*Element, error) {
	e, err := ristretto255.NewIdentityElement().SetCanonicalBytes(b)
	if err != nil {
		return nil, ErrElement
	}
	return e, nil
}

// DecodeScalar reads a canonical encoding. Zero is a scalar.
func DecodeScalar(b []byte) (*Scalar, error) {
	s, err := ristretto255.NewScalar().SetCanonicalBytes(b)
	if err != nil {
		return nil, ErrScalar
	}
	return s, nil
}

// RandomScalar draws a uniform scalar: 64 bytes of rand, reduced.
func RandomScalar(rand io.Reader) (*Scalar, error) {
	var wide [uniformBytes]byte
	if _, err := io.ReadFull(rand, wide[:]); err != nil {
		return nil, fmt.Errorf("draw scalar: %w", err)
	}
	return reduce(wide[:]), nil
}

// ScalarOf is the integer n as a scalar.
func ScalarOf(n uint64) *Scalar {
	var b [ScalarBytes]byte
	binary.LittleEndian.PutUint64(b[:], n)
	s, err := ristretto255.NewScalar().SetCanonicalBytes(b[:])
	if err != nil {
		panic("group.ScalarOf: 64 bits are below l: " + err.Error())
	}
	return s
}

// ScalarOfInt is the integer n, which may be negative, as a scalar. Its time does not depend on how large n is, only on its sign.
func ScalarOfInt(n int64) *Scalar {
	if n < 0 {
		return ristretto255.NewScalar().Negate(ScalarOf(-uint64(n)))
	}
	return ScalarOf(uint64(n))
}

// reduce reads 64 bytes as an integer, little-endian, modulo l.
func reduce(wide []byte) *Scalar {
	s, err := ristretto255.NewScalar().SetUniformBytes(wide)
	if err != nil {
		panic("group.reduce: " + err.Error())
	}
	return s
}

// NewElement answers the identity, NewScalar zero: where results are put.
func NewElement() *Element { return ristretto255.NewIdentityElement() }

// NewScalar answers zero.
func NewScalar() *Scalar { return ristretto255.NewScalar() }

// Base answers a copy of G, the generator of RFC 9496.
func Base() *Element { return ristretto255.NewGeneratorElement() }

// Second answers a copy of H, the second generator, to which nobody knows the exponent from G: it is hashed from its own name.
func Second() *Element { return ristretto255.NewIdentityElement().Set(second) }

var second = HashToElement("renlin/vote/v1/second-generator")

// HashToElement maps a domain and parts to an element to which nobody knows an exponent (RFC 9496's map from 64 uniform bytes). The parts
// are public.
func HashToElement(domain string, parts ...[]byte) *Element {
	t := NewTranscript(domain)
	for _, part := range parts {
		t.Append("part", part)
	}
	digest := t.Digest("element")
	e, err := ristretto255.NewIdentityElement().SetUniformBytes(digest[:])
	if err != nil {
		panic("group.HashToElement: " + err.Error())
	}
	return e
}

// IsIdentity tells whether e is the neutral element.
func IsIdentity(e *Element) bool { return e.Equal(identity) == 1 }

// IsZero tells whether s is zero.
func IsZero(s *Scalar) bool { return s.Equal(zero) == 1 }

var (
	identity = ristretto255.NewIdentityElement()
	zero     = ristretto255.NewScalar()
)
