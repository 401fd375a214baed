// Package ballot seals a voter's choice so that nobody can count early, and opens it once the poll's key is published.
//
// Its rules, in plain words: a box is 32 bytes of an ephemeral X25519 public key, 24 random bytes of nonce, and a NaCl box from
// the ephemeral key to the poll's key. What is inside begins with the poll's id and the voter's id, so a box that was copied to
// another poll or voter shows itself when it is opened. The choice follows as protobuf, filled up to a round size, so that the
// length of a box does not tell how much was chosen. Nothing here signs anything: the command that casts the box is signed.
//
// A box is exactly what tweetnacl's box makes and opens; like it, opening does not look for weak ephemeral keys. Whoever seals with
// one publishes their own choice early, and nobody else's.
//
// A poll's key may be of two kinds: one holder's X25519 key, or the key of trustees, whose private half any t of them rebuild after the
// close (package trustee). The bytes of a box are the same, and a voter need not know.
//
// The package is pure but for the random bytes, which the caller gives.
package ballot

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
	//lint:ignore SA1019 NaCl's box is defined by this step, and no other package has it for a secret that is not computed by X25519.
	"golang.org/x/crypto/salsa20/salsa"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Sizes of a box. No well-made box is smaller than BytesMin; one over BytesMax is refused when it is cast.
const (
	KeyBytes   = 32
	NonceBytes = 24
	IDBytes    = 26
	BytesMin   = KeyBytes + NonceBytes + box.Overhead + 2*IDBytes
	BytesMax   = 8192
)

// choiceBytesMin is the least size that a choice is filled up to; beyond it the next power of two.
const choiceBytesMin = 128

// Why a box is not a ballot. Each is an invalid ballot, never the count's failure.
var (
	// ErrUnopened: the poll's key does not open the box.
	ErrUnopened = errors.New("box does not open")
	// ErrMisplaced: the box was made for another poll or another voter.
	ErrMisplaced = errors.New("box belongs to another poll or voter")
	// ErrMalformed: what is in the box is no choice.
	ErrMalformed = errors.New("box does not hold a choice")
)

// ErrKey says that a key has the wrong size, or that a private key is not that of a public one.
var ErrKey = errors.New("key does not fit")

// Seal makes a voter's box for a poll. The ephemeral private key is forgotten at once, so not even the voter can open the box again.
func Seal(rand io.Reader, pollKey []byte, pollID, voterID string, choice *votingv1.Choice) ([]byte, error) {
	if len(pollKey) != KeyBytes {
		return nil, fmt.Errorf("seal ballot: %w", ErrKey)
	}
	if len(pollID) != IDBytes || len(voterID) != IDBytes {
		return nil, errors.New("seal ballot: an id has the wrong length")
	}
	plain, err := padded(choice)
	if err != nil {
		return nil, fmt.Errorf("seal ballot: %w", err)
	}
	plain = append([]byte(pollID+voterID), plain...)
	public, private, err := box.GenerateKey(rand)
	if err != nil {
		return nil, fmt.Errorf("seal ballot: %w", err)
	}
	var nonce [NonceBytes]byte
	if _, err := io.ReadFull(rand, nonce[:]); err != nil {
		return nil, fmt.Errorf("seal ballot: %w", err)
	}
	out := append(append(make([]byte, 0, BytesMin+len(plain)), public[:]...), nonce[:]...)
	out = box.Seal(out, plain, &nonce, (*[KeyBytes]byte)(pollKey), private)
	if len(out) > BytesMax {
		return nil, errors.New("seal ballot: the choice is too long")
	}
	return out, nil
}

// padded encodes a choice and fills it up. The caller's own padding is dropped.
func padded(choice *votingv1.Choice) ([]byte, error) {
	bare := &votingv1.Choice{Options: choice.GetOptions(), Points: choice.GetPoints()}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(bare)
	if err != nil {
		return nil, err
	}
	size := choiceBytesMin
	for size < len(b) || size == len(b)+1 { // a padding takes two bytes at least
		size *= 2
	}
	for gap := size - len(b); gap > 0; gap = size - len(b) {
		n := min(gap, 2+127)
		if gap-n == 1 {
			n--
		}
		b = protowire.AppendTag(b, 3, protowire.BytesType)
		b = protowire.AppendBytes(b, make([]byte, n-2))
	}
	return b, nil
}

// Fits tells whether a private key is that of a public one.
func Fits(privateKey, publicKey []byte) bool {
	if len(privateKey) != KeyBytes || len(publicKey) != KeyBytes {
		return false
	}
	public, err := curve25519.X25519(privateKey, curve25519.Basepoint)
	return err == nil && bytes.Equal(public, publicKey)
}

// Weak tells whether a public key is one of the few with which every secret would be the same.
func Weak(publicKey []byte) bool {
	_, err := curve25519.X25519(bytes.Repeat([]byte{1}, KeyBytes), publicKey)
	return err != nil
}

// Opener opens the boxes of one poll.
type Opener struct {
	// boxKey answers the key of the box to an ephemeral key; ok is false if that key has none.
	boxKey func(ephemeral *[KeyBytes]byte) (key [KeyBytes]byte, ok bool)
	poll   string
}

// NewOpener checks that the private key is that of the poll's public key.
func NewOpener(privateKey, pollKey []byte, pollID string) (*Opener, error) {
	if !Fits(privateKey, pollKey) {
		return nil, ErrKey
	}
	private := [KeyBytes]byte(privateKey)
	return &Opener{boxKey: func(ephemeral *[KeyBytes]byte) (key [KeyBytes]byte, ok bool) {
		box.Precompute(&key, ephemeral, &private)
		return key, true
	}, poll: pollID}, nil
}

// NewSharedOpener opens boxes to a poll's key whose private half is not in the form that X25519 wants. The function answers the X25519
// shared secret of an ephemeral key and the poll's key, or says that the ephemeral key is not one that X25519 makes.
func NewSharedOpener(shared func(ephemeral *[KeyBytes]byte) (secret [KeyBytes]byte, ok bool), pollID string) *Opener {
	return &Opener{boxKey: func(ephemeral *[KeyBytes]byte) (key [KeyBytes]byte, ok bool) {
		if key, ok = shared(ephemeral); ok {
			salsa.HSalsa20(&key, &[16]byte{}, &key, &salsa.Sigma)
		}
		return key, ok
	}, poll: pollID}
}

// Open opens one voter's box. The error is ErrUnopened, ErrMisplaced or ErrMalformed.
func (o *Opener) Open(voterID string, sealed []byte) (*votingv1.Choice, error) {
	if len(sealed) < KeyBytes+NonceBytes+box.Overhead || len(sealed) > BytesMax {
		return nil, ErrUnopened
	}
	ephemeral, nonce := (*[KeyBytes]byte)(sealed), (*[NonceBytes]byte)(sealed[KeyBytes:])
	key, ok := o.boxKey(ephemeral)
	if !ok {
		return nil, ErrUnopened
	}
	plain, ok := box.OpenAfterPrecomputation(nil, sealed[KeyBytes+NonceBytes:], nonce, &key)
	if !ok {
		return nil, ErrUnopened
	}
	if len(plain) < 2*IDBytes || string(plain[:IDBytes]) != o.poll || string(plain[IDBytes:2*IDBytes]) != voterID {
		return nil, ErrMisplaced
	}
	choice := &votingv1.Choice{}
	if err := proto.Unmarshal(plain[2*IDBytes:], choice); err != nil || len(choice.ProtoReflect().GetUnknown()) > 0 {
		return nil, ErrMalformed
	}
	choice.Padding = nil
	return choice, nil
}

// Open opens one box: NewOpener and Opener.Open in one, for who has a single ballot to check.
func Open(privateKey, pollKey []byte, pollID, voterID string, sealed []byte) (*votingv1.Choice, error) {
	o, err := NewOpener(privateKey, pollKey, pollID)
	if err != nil {
		return nil, err
	}
	return o.Open(voterID, sealed)
}
