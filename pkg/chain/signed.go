package chain

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"unicode/utf8"
)

// Suite numbers the cryptographic algorithms of a signature. It stands in every signed record so that history made under one
// suite stays readable when another is adopted.
type Suite uint8

// SuiteIntl is Ed25519 (RFC 8032) with SHA-256. SuiteNone carries no signature: policies and simulations.
const (
	SuiteNone Suite = 0
	SuiteIntl Suite = 1
)

// IdempotencyKeyBytesMax bounds the client's part of a command id.
const IdempotencyKeyBytesMax = 128

// Signature is one signer's agreement to a command. The first signature of a command is its author's.
type Signature struct {
	Key []byte // public key
	Sig []byte
}

// Signed is a command exactly as its author sent it. Body holds the request's bytes untouched; nothing here is ever encoded
// again from a decoded form.
type Signed struct {
	Suite          Suite
	Operation      string // "service.verb"
	Contract       uint16 // version of the operation's contract
	IdempotencyKey string // the client's; a policy's purpose
	NotAfter       int64  // ms since the Unix epoch; 0 for policy and genesis
	Body           []byte
	Signatures     []Signature
}

// Encode appends the record to b.
func (s *Signed) Encode(b []byte) ([]byte, error) {
	if overlong(s.Operation) || len(s.IdempotencyKey) > IdempotencyKeyBytesMax || len(s.Signatures) > SignaturesMax {
		return nil, errors.New("encode command: a field is too long")
	}
	if !utf8.ValidString(s.Operation) || !utf8.ValidString(s.IdempotencyKey) {
		return nil, errors.New("encode command: text is not UTF-8")
	}
	b = append(b, byte(s.Suite))
	b = putStr(b, s.Operation)
	b = putU16(b, int(s.Contract))
	b = putStr(b, s.IdempotencyKey)
	b = putI64(b, s.NotAfter)
	b = putBlob(b, s.Body)
	b = append(b, byte(len(s.Signatures)))
	for _, sig := range s.Signatures {
		if len(sig.Key) > 0xffff || len(sig.Sig) > 0xffff {
			return nil, errors.New("encode command: a signature is too long")
		}
		b = putStr(b, string(sig.Key))
		b = putStr(b, string(sig.Sig))
	}
	return b, nil
}

// DecodeSigned reads a record that Encode wrote.
func DecodeSigned(raw []byte) (*Signed, error) {
	r := reader{rest: raw}
	s := &Signed{
		Suite:          Suite(r.u8()),
		Operation:      r.str(),
		Contract:       r.u16(),
		IdempotencyKey: r.str(),
		NotAfter:       r.i64(),
		Body:           r.blob(),
	}
	if len(s.IdempotencyKey) > IdempotencyKeyBytesMax {
		r.fail("idempotency key of %d bytes", len(s.IdempotencyKey))
	}
	n := int(r.u8())
	if n > SignaturesMax {
		r.fail("%d signatures", n)
	}
	for i := 0; i < n && r.err == nil; i++ {
		s.Signatures = append(s.Signatures, Signature{Key: r.take(int(r.u16())), Sig: r.take(int(r.u16()))})
	}
	if err := r.done(); err != nil {
		return nil, fmt.Errorf("decode command: %w", err)
	}
	return s, nil
}

// CommandIDOf derives the id of a command from its author's key and the key that the client chose, so that nobody can occupy
// another's id.
func CommandIDOf(publicKey []byte, idempotencyKey string) CommandID {
	b := putStr([]byte(domainCommandID), string(publicKey))
	return sha256.Sum256(putStr(b, idempotencyKey))
}

// PolicyID derives the id of what a rule demands from the service that owes it and its purpose.
func PolicyID(service, purpose string) CommandID {
	b := putStr([]byte(domainPolicyID), service)
	return sha256.Sum256(putStr(b, purpose))
}

// GenesisID derives the id of the founding command from its body.
func GenesisID(body []byte) CommandID {
	sum := sha256.Sum256(body)
	return sha256.Sum256(append([]byte(domainGenesisID), sum[:]...))
}

// FoundingSalt derives the salt of the founding commit from its command, as encoded: so the same founding gives the same commit.
func FoundingSalt(command []byte) (salt [16]byte) {
	sum := sha256.Sum256(append([]byte(domainSalt), command...))
	return [16]byte(sum[:16])
}

// ID derives the command's id as its kind of author demands.
func (s *Signed) ID(author Author, service string) (CommandID, error) {
	switch {
	case author == AuthorPolicy:
		return PolicyID(service, s.IdempotencyKey), nil
	case author == AuthorGenesis:
		return GenesisID(s.Body), nil
	case len(s.Signatures) == 0:
		return CommandID{}, errors.New("command has no signature")
	}
	return CommandIDOf(s.Signatures[0].Key, s.IdempotencyKey), nil
}

// SigningInput is what every signer of a command signs. It binds suite, community, operation, contract, id, expiry and body,
// so a signature can be moved to nothing else. The founding command is signed with a zero genesis hash.
func (s *Signed) SigningInput(genesis Hash, id CommandID) []byte {
	b := make([]byte, 0, 160)
	b = append(b, domainCommand...)
	b = append(b, byte(s.Suite))
	b = append(b, genesis[:]...)
	b = putStr(b, s.Operation)
	b = putU16(b, int(s.Contract))
	b = append(b, id[:]...)
	b = putI64(b, s.NotAfter)
	body := sha256.Sum256(s.Body)
	return append(b, body[:]...)
}

// Sign appends a signature by key. The first call makes the author.
func (s *Signed) Sign(genesis Hash, author Author, key ed25519.PrivateKey) error {
	public := key.Public().(ed25519.PublicKey)
	s.Signatures = append(s.Signatures, Signature{Key: public})
	id, err := s.ID(author, "")
	if err != nil {
		return err
	}
	s.Signatures[len(s.Signatures)-1].Sig = ed25519.Sign(key, s.SigningInput(genesis, id))
	return nil
}

// Named failures of a signature check.
var (
	ErrSuite     = errors.New("command's suite is not known")
	ErrUnsigned  = errors.New("command is not signed")
	ErrSignature = errors.New("command's signature does not hold")
)

// CheckSignatures verifies every signature over the command as a member of the community with that genesis hash would have
// signed it. The same key twice is refused: two signatures must mean two keys. So is a key of small order, under which anybody can sign.
func (s *Signed) CheckSignatures(genesis Hash, id CommandID) error {
	if s.Suite != SuiteIntl {
		return ErrSuite
	}
	if len(s.Signatures) == 0 {
		return ErrUnsigned
	}
	input := s.SigningInput(genesis, id)
	for i, sig := range s.Signatures {
		for _, other := range s.Signatures[:i] {
			if bytes.Equal(other.Key, sig.Key) {
				return ErrSignature
			}
		}
		if WeakKey(sig.Key) || !ed25519.Verify(sig.Key, input, sig.Sig) {
			return ErrSignature
		}
	}
	return nil
}

// Public gives the public half of a private key.
func Public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }
