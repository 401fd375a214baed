package credential

import (
	"crypto/ed25519"
	"fmt"
	"io"

	"golang.org/x/crypto/nacl/box"

	"renlin.dev/pkg/ballot"
	"renlin.dev/services/voting/internal/poll"
)

// Registration is what the registrar is told of a credential: everything but the private key.
type Registration struct {
	Poll  string
	Voter string
	Salt  [SaltBytes]byte
	Key   []byte // Ed25519 public key
}

// registration is what Bytes begins with.
const registration = 1

// Sizes of a registration: plain and sealed. All are of one size, so that it tells nothing.
const (
	RegistrationBytes = 1 + 2*ballot.IDBytes + SaltBytes + ed25519.PublicKeySize
	SealedBytes       = RegistrationBytes + box.AnonymousOverhead
)

// Commitment is what the registrar's receipt is about.
func (r *Registration) Commitment() []byte {
	return poll.CommitCredential(r.Poll, r.Voter, r.Salt[:], r.Key)
}

// ReceiptInput is what the registrar signs.
func (r *Registration) ReceiptInput() []byte {
	return poll.ReceiptInput(r.Poll, r.Voter, r.Commitment())
}

// Bytes is the registration's one encoding, as docs/format.md says.
func (r *Registration) Bytes() []byte { return encode(registration, r.Poll, r.Voter, r.Salt, r.Key) }

// ReadRegistration reads what Bytes wrote, and nothing else.
func ReadRegistration(raw []byte) (*Registration, error) { return decode(registration, raw) }

// Seal makes the registration that only the registrar can read: a NaCl anonymous box to its X25519 key.
func (c *Credential) Seal(rand io.Reader, boxKey []byte) ([]byte, error) {
	if ballot.Weak(boxKey) {
		return nil, fmt.Errorf("seal registration: %w", ballot.ErrKey)
	}
	r := Registration{Poll: c.Poll, Voter: c.Voter, Salt: c.Salt, Key: c.Public()}
	sealed, err := box.SealAnonymous(nil, r.Bytes(), (*[ballot.KeyBytes]byte)(boxKey), rand)
	if err != nil {
		return nil, fmt.Errorf("seal registration: %w", err)
	}
	return sealed, nil
}

// Open reads a sealed registration with the registrar's keys.
func Open(sealed []byte, public, private *[ballot.KeyBytes]byte) (*Registration, error) {
	if len(sealed) != SealedBytes {
		return nil, ErrMalformed
	}
	plain, ok := box.OpenAnonymous(nil, sealed, public, private)
	if !ok {
		return nil, ErrMalformed
	}
	return ReadRegistration(plain)
}

// encode writes a form's number, the ids, the salt and the key: every part has its one size.
func encode(form byte, pollID, voter string, salt [SaltBytes]byte, key []byte) []byte {
	out := append(make([]byte, 0, RegistrationBytes), form)
	out = append(out, pollID...)
	out = append(out, voter...)
	out = append(out, salt[:]...)
	return append(out, key...)
}

func decode(form byte, raw []byte) (*Registration, error) {
	if len(raw) != RegistrationBytes || raw[0] != form {
		return nil, ErrMalformed
	}
	rest := raw[1:]
	take := func(n int) []byte {
		part := rest[:n:n]
		rest = rest[n:]
		return part
	}
	r := &Registration{Poll: string(take(ballot.IDBytes)), Voter: string(take(ballot.IDBytes))}
	if !opaque(r.Poll) || !opaque(r.Voter) {
		return nil, ErrMalformed
	}
	r.Salt, r.Key = [SaltBytes]byte(take(SaltBytes)), take(ed25519.PublicKeySize)
	return r, nil
}
