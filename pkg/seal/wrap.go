package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"filippo.io/age"
)

// The bounds of a wrapped secret.
const (
	secretBytesMax  = 1 << 10
	labelBytesMax   = 255
	custodianMax    = 16
	wrappedBytesMax = 16 << 10
)

// Custodian is who may open what is wrapped to them: an age X25519 recipient, public.
type Custodian struct{ to *age.X25519Recipient }

// ParseCustodian reads a custodian's public key as age writes it ("age1…").
func ParseCustodian(text string) (Custodian, error) {
	to, err := age.ParseX25519Recipient(text)
	if err != nil {
		return Custodian{}, errors.New("read custodian: not an age X25519 recipient") // age's own text quotes its input
	}
	return Custodian{to}, nil
}

// String answers the public key as age writes it.
func (c Custodian) String() string { return c.to.String() }

// Identity is a custodian's secret. It prints as a word.
type Identity struct{ secret *age.X25519Identity }

// NewIdentity makes a custodian's secret with age's own randomness.
func NewIdentity() (Identity, error) {
	secret, err := age.GenerateX25519Identity()
	if err != nil {
		return Identity{}, fmt.Errorf("make identity: %w", err)
	}
	return Identity{secret}, nil
}

// ParseIdentity reads a custodian's secret as age writes it ("AGE-SECRET-KEY-1…").
func ParseIdentity(text string) (Identity, error) {
	secret, err := age.ParseX25519Identity(text)
	if err != nil {
		return Identity{}, errors.New("read identity: not an age X25519 identity")
	}
	return Identity{secret}, nil
}

// Custodian answers the public half.
func (i Identity) Custodian() Custodian { return Custodian{i.secret.Recipient()} }

// Reveal answers the secret as age writes it, to be stored in a file that only its owner reads.
func (i Identity) Reveal() string { return i.secret.String() }

// Format keeps the secret out of every fmt verb.
func (Identity) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "seal.Identity(secret)") }

// MarshalText refuses, as that of Key does.
func (Identity) MarshalText() ([]byte, error) {
	return nil, errors.New("marshal identity: it is a secret")
}

// Wrap encrypts a small secret so that each custodian alone can open it. The label says what it is and whose; Unwrap needs the same,
// so that one wrapped secret cannot be put in the place of another.
func Wrap(secret []byte, label string, to ...Custodian) ([]byte, error) {
	if len(secret) > secretBytesMax || len(label) > labelBytesMax || len(to) == 0 || len(to) > custodianMax {
		return nil, errors.New("wrap secret: size or number of custodians out of bounds")
	}
	recipients := make([]age.Recipient, len(to))
	for i, custodian := range to {
		recipients[i] = custodian.to
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, recipients...)
	if err != nil {
		return nil, fmt.Errorf("wrap secret: %w", err)
	}
	payload := append(append([]byte{byte(len(label))}, label...), secret...)
	if _, err := w.Write(payload); err != nil {
		return nil, fmt.Errorf("wrap secret: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("wrap secret: %w", err)
	}
	return out.Bytes(), nil
}

// Unwrap is the inverse of Wrap, for one of its custodians. Every failure is ErrBroken.
func Unwrap(wrapped []byte, label string, with Identity) ([]byte, error) {
	if len(wrapped) > wrappedBytesMax {
		return nil, ErrBroken
	}
	r, err := age.Decrypt(bytes.NewReader(wrapped), with.secret)
	if err != nil {
		return nil, ErrBroken
	}
	payload, err := io.ReadAll(io.LimitReader(r, 1+labelBytesMax+secretBytesMax+1))
	if err != nil || len(payload) < 1 || len(payload) < 1+int(payload[0]) {
		return nil, ErrBroken
	}
	inside, secret := payload[1:1+int(payload[0])], payload[1+int(payload[0]):]
	if string(inside) != label || len(secret) > secretBytesMax {
		return nil, ErrBroken
	}
	return secret, nil
}
