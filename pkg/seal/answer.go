package seal

import (
	"bytes"
	"fmt"
	"io"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
)

// domainAnswer begins what is inside an answer. It is part of what devices open: never change it.
const domainAnswer = "renlin/answer/1\n"

// The sizes of an answer's parts.
const (
	ReaderKeyBytes   = 32
	answerNonceBytes = 24
)

// NewReaderKey makes the key pair of one read. Who asked forgets the private key with the answer, and uses it for no other.
func NewReaderKey(entropy io.Reader) (public, private []byte, err error) {
	pub, priv, err := box.GenerateKey(entropy)
	if err != nil {
		return nil, nil, fmt.Errorf("make reader's key: %w", err)
	}
	return pub[:], priv[:], nil
}

// IsReaderKey tells whether a public key can be sealed to: it has the size of one, and is none of the few with which every secret is the
// same.
func IsReaderKey(public []byte) bool {
	_, err := curve25519.X25519(bytes.Repeat([]byte{1}, ReaderKeyBytes), public)
	return err == nil
}

// SealAnswer seals an opened text and its salt to the key of the read that asked for it: an ephemeral X25519 public key (32) ‖ a random
// nonce (24) ‖ a NaCl box of domain ‖ length of the salt (1) ‖ salt ‖ text, as tweetnacl's box makes and opens them. The request for it may
// be seen and sent again by anybody, so nothing but the key protects the answer.
func SealAnswer(entropy io.Reader, reader, salt, text []byte) ([]byte, error) {
	if !IsReaderKey(reader) || len(salt) > SaltBytesMax {
		return nil, fmt.Errorf("seal answer: %w", ErrBroken)
	}
	public, private, err := box.GenerateKey(entropy)
	if err != nil {
		return nil, fmt.Errorf("seal answer: %w", err)
	}
	var nonce [answerNonceBytes]byte
	if _, err := io.ReadFull(entropy, nonce[:]); err != nil {
		return nil, fmt.Errorf("seal answer: %w", err)
	}
	plain := append(append([]byte(domainAnswer), byte(len(salt))), salt...)
	plain = append(plain, text...)
	return box.Seal(append(public[:], nonce[:]...), plain, &nonce, (*[ReaderKeyBytes]byte)(reader), private), nil
}

// OpenAnswer is the inverse of SealAnswer, with the private key of the read. Every failure is ErrBroken.
func OpenAnswer(private, sealed []byte) (salt, text []byte, err error) {
	if len(private) != ReaderKeyBytes || len(sealed) < ReaderKeyBytes+answerNonceBytes {
		return nil, nil, ErrBroken
	}
	from, nonce := (*[ReaderKeyBytes]byte)(sealed), (*[answerNonceBytes]byte)(sealed[ReaderKeyBytes:])
	plain, ok := box.Open(nil, sealed[ReaderKeyBytes+answerNonceBytes:], nonce, from, (*[ReaderKeyBytes]byte)(private))
	rest, mine := bytes.CutPrefix(plain, []byte(domainAnswer))
	if !ok || !mine || len(rest) == 0 || len(rest)-1 < int(rest[0]) {
		return nil, nil, ErrBroken
	}
	return rest[1 : 1+rest[0]], rest[1+rest[0]:], nil
}
