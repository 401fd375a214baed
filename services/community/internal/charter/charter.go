// Package charter holds what a community begins with and is judged by: its founding and its rulebook.
//
// The rules, in plain words.
//
//  1. A community is founded once, by two to four founders of at least two different organisations. Every founder signs, nobody
//     else does, and every founder is an officer of an organisation that the founding lists.
//  2. Two holders of different organisations keep the keys of polls. A holder may be one of the founders, of the same organisation
//     then. Nobody's key is another's, and the key of the first epoch is no person's.
//     A registrar, who lists the credentials of secret polls' voters, may be named as well; never somebody who holds polls' keys.
//  3. The founding names the suite of signatures, the first rulebook, and random bytes that make it differ from every other.
//  4. A rulebook is refused for any slip, with the field's name: a code that stands twice, a share that is no share, a duration out of
//     bounds, a method and a ballot that do not fit, a majority that nobody could reach.
//  5. Rulebooks count up by one. Amending takes officers of two different organisations, which is the people package's to see.
package charter

import (
	"bytes"
	"crypto/sha256"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/curve25519"

	"renlin.dev/pkg/fault"
)

// Faults of a key and of a published text, wherever one is given.
var (
	// ErrKeyWeak: bytes that are no public key, or one for which anybody can make signatures.
	ErrKeyWeak = fault.New(fault.Invalid, "key.weak", "This key cannot be used.", "该密钥不可用。")
	// ErrPublished: a published name or title is empty or has characters that cannot be seen.
	ErrPublished = fault.New(fault.Invalid, "name.malformed", "A name is missing or has invisible characters.", "名称缺失或含有不可见字符。")
)

// smallOrder are the y coordinates, sign bit cleared, of the points of Ed25519 whose order divides eight, in every encoding that
// some library accepts. A signature under such a key says nothing, and libraries differ on whether to accept it.
var smallOrder = [][32]byte{
	{},
	{0: 1},
	{
		0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
		0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
	},
	{
		0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
		0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
	},
	fieldPrime(0xec), fieldPrime(0xed), fieldPrime(0xee),
}

// fieldPrime gives 2^255-19 with another lowest byte.
func fieldPrime(lowest byte) [32]byte {
	var p [32]byte
	for i := range p {
		p[i] = 0xff
	}
	p[0], p[31] = lowest, 0x7f
	return p
}

// CheckSigningKey refuses what is no key that signs for one person.
func CheckSigningKey(key []byte) error {
	if len(key) != 32 {
		return ErrKeyWeak
	}
	y := bytes.Clone(key)
	y[31] &= 0x7f
	for _, weak := range smallOrder {
		if bytes.Equal(y, weak[:]) {
			return ErrKeyWeak
		}
	}
	return nil
}

// CheckBoxKey refuses an X25519 key with which every shared secret is known beforehand.
func CheckBoxKey(key []byte) error {
	one := sha256.Sum256(nil) // any scalar finds a point of small order
	if _, err := curve25519.X25519(one[:], key); err != nil {
		return ErrKeyWeak
	}
	return nil
}

// CheckPublished refuses a name or title that a reader could not see as it stands: empty, with controls, or with marks that turn
// the direction of writing.
func CheckPublished(text string) error {
	seen := false
	for _, r := range text {
		if r == utf8.RuneError || unicode.Is(unicode.C, r) {
			return ErrPublished
		}
		seen = seen || !unicode.IsSpace(r)
	}
	if !seen {
		return ErrPublished
	}
	return nil
}
