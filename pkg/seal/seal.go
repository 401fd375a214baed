// Package seal is how personal data and texts are kept apart from a record that is for ever: sealed with a key of the person they are
// about, named by the hash of what was sealed, tied to the record by a salted commitment. Erasing a person is destroying one key.
//
// Its rules, in plain words:
//
//   - The primitives are XChaCha20-Poly1305, HMAC-SHA-256, SHA-256 and age (X25519); nothing here invents one. Every use has a domain of
//     its own, so that bytes made for one purpose are never good for another.
//   - Randomness comes from the caller (crypto/rand's Reader in a main, a seeded one in a test), except inside age, which takes its own.
//   - A commitment is salted with 16 to 32 random bytes that are kept in the vault and erased with the text. Never commit to a phone
//     number without one: all phone numbers can be tried.
//   - A key is wrapped to several custodians; each of them alone can open it, so that one lost secret loses nobody's data.
//   - A destroyed key stays destroyed: a gravestone is durable before the key is overwritten, and no key is made for that person again.
//   - A key is never printed, logged or put into JSON.
package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"golang.org/x/crypto/chacha20poly1305"

	"renlin.dev/pkg/fault"
)

// The domains. They are hashed or authenticated before what they separate and are part of stored bytes: never change one.
const (
	domainSeal       = "renlin/seal/1\n"
	domainRef        = "renlin/sealed/1\n"
	domainCommitment = "renlin/commitment/1\n"
)

// The sizes of what is stored.
const (
	// KeyBytes is the size of a data key.
	KeyBytes = chacha20poly1305.KeySize
	// Overhead is how much longer sealed bytes are than the plaintext: format, nonce, tag.
	Overhead = 1 + chacha20poly1305.NonceSizeX + chacha20poly1305.Overhead
	// PlaintextBytesMax bounds what is sealed at once; larger evidence is sealed in parts.
	PlaintextBytesMax = 16 << 20
	// RefBytes is the length of a reference in text.
	RefBytes = 2 * sha256.Size
	// SaltBytesMin and SaltBytesMax bound the salt of a commitment.
	SaltBytesMin, SaltBytesMax = 16, 32
)

// sealFormat is the first byte of everything sealed.
const sealFormat = 1

// What can be wrong with something sealed, or with a person's key.
var (
	// ErrBroken says that sealed bytes, or a wrapped key, are damaged, forged, or were sealed for something else.
	ErrBroken = fault.New(fault.Internal, "seal.broken",
		"A sealed text cannot be opened; this has been recorded.", "密封内容无法打开，已经记录下来。")
	// ErrErased says that the person's key was destroyed, for ever.
	ErrErased = fault.New(fault.Gone, "subject.erased",
		"This person's data has been erased and cannot be brought back.", "此人的资料已被删除，无法恢复。")
	// ErrNoKey says that nothing was ever sealed for that person here.
	ErrNoKey = fault.New(fault.NotFound, "subject.unknown", "There is no data of this person here.", "这里没有此人的资料。")
	// ErrTooLarge says that a plaintext passes PlaintextBytesMax.
	ErrTooLarge = fault.New(fault.TooLarge, "seal.too_large", "The text or file is too large.", "文本或文件过大。")
)

// Key seals and opens what belongs to one person. It is a secret: it prints as a word and does not become JSON.
type Key [KeyBytes]byte

// NewKey draws a key from entropy.
func NewKey(entropy io.Reader) (Key, error) {
	var k Key
	if _, err := io.ReadFull(entropy, k[:]); err != nil {
		return Key{}, fmt.Errorf("draw key: %w", err)
	}
	return k, nil
}

// Format keeps a key out of every fmt verb, %x included.
func (Key) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "seal.Key(secret)") }

// MarshalText refuses: a key leaves the process wrapped or not at all.
func (Key) MarshalText() ([]byte, error) { return nil, errors.New("marshal key: it is a secret") }

// Seal encrypts plaintext under key, with a random nonce from entropy, and binds it to context: Open needs the same. The context
// says what the bytes are and whose (community, subject, kind), so that one sealed text cannot be passed off as another. Sealed bytes are
// format (1) ‖ nonce (24) ‖ XChaCha20-Poly1305 ciphertext with the domain and the context as additional data.
func Seal(entropy io.Reader, key Key, plaintext, context []byte) ([]byte, error) {
	if len(plaintext) > PlaintextBytesMax {
		return nil, ErrTooLarge.WithInt("bytes_max", PlaintextBytesMax)
	}
	sealed := make([]byte, 1+chacha20poly1305.NonceSizeX, len(plaintext)+Overhead)
	sealed[0] = sealFormat
	if _, err := io.ReadFull(entropy, sealed[1:]); err != nil {
		return nil, fmt.Errorf("draw nonce: %w", err)
	}
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	return aead.Seal(sealed, sealed[1:], plaintext, additional(context)), nil
}

// Open is the inverse of Seal. Every failure is ErrBroken: who damaged what cannot be told apart.
func Open(key Key, sealed, context []byte) ([]byte, error) {
	if len(sealed) < Overhead || len(sealed) > PlaintextBytesMax+Overhead || sealed[0] != sealFormat {
		return nil, ErrBroken
	}
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		return nil, fmt.Errorf("make cipher: %w", err)
	}
	nonce, box := sealed[1:1+chacha20poly1305.NonceSizeX], sealed[1+chacha20poly1305.NonceSizeX:]
	plaintext, err := aead.Open(nil, nonce, box, additional(context))
	if err != nil {
		return nil, ErrBroken
	}
	return plaintext, nil
}

// additional puts the domain before a context.
func additional(context []byte) []byte { return append([]byte(domainSeal), context...) }

// Ref names sealed bytes by their hash: 64 characters of lower-case hex. Whoever holds the bytes can check the name, and learns
// nothing from it without the key.
func Ref(sealed []byte) string {
	h := sha256.New()
	h.Write([]byte(domainRef))
	h.Write(sealed)
	return hex.EncodeToString(h.Sum(nil))
}

// IsRef tells whether s has the form of a reference.
func IsRef(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(s) == RefBytes && hex.EncodeToString(b) == s
}

// NewSalt draws a salt of 32 bytes from entropy.
func NewSalt(entropy io.Reader) ([]byte, error) {
	salt := make([]byte, SaltBytesMax)
	if _, err := io.ReadFull(entropy, salt); err != nil {
		return nil, fmt.Errorf("draw salt: %w", err)
	}
	return salt, nil
}

// Commit ties a record to a plaintext without telling it: HMAC-SHA-256 with the salt as key over the domain, one byte with the
// salt's length, and the plaintext. It hides the plaintext while the salt is secret, for ever once the salt is erased, and binds
// whoever made it to that plaintext. A salt of another length than 16 to 32 bytes is a programming error and panics.
func Commit(salt, plaintext []byte) [sha256.Size]byte {
	if len(salt) < SaltBytesMin || len(salt) > SaltBytesMax {
		panic("seal.Commit: salt is not 16 to 32 bytes")
	}
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(domainCommitment))
	mac.Write([]byte{byte(len(salt))}) // HMAC pads short keys with zeros: without it two salts could stand for each other
	mac.Write(plaintext)
	return [sha256.Size]byte(mac.Sum(nil))
}

// Check tells whether commitment was made from salt and plaintext, which may come from anybody.
func Check(commitment, salt, plaintext []byte) bool {
	if len(salt) < SaltBytesMin || len(salt) > SaltBytesMax {
		return false
	}
	want := Commit(salt, plaintext)
	return subtle.ConstantTimeCompare(want[:], commitment) == 1
}
