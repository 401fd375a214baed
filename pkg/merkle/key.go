package merkle

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	formats "github.com/transparency-dev/formats/note"
	"golang.org/x/mod/sumdb/note"
)

// Signature types of C2SP signed-note that Renlin speaks. ML-DSA-44 cosignatures are verified, not yet made.
const (
	algEd25519     = 0x01
	algCosignature = 0x04
	algMLDSA44     = 0x06
)

// ErrKey says that a key's text is malformed, of a type that does not fit, or at odds with its own key id.
var ErrKey = errors.New("merkle: unusable key")

// Signer signs checkpoints as a log. It is a note.Signer.
type Signer struct {
	note.Signer
	vkey string
}

// NewSigner returns the signer of the log with this origin.
func NewSigner(origin string, key ed25519.PrivateKey) (*Signer, error) {
	vkey, err := VerifierKey(origin, publicOf(key))
	if err != nil {
		return nil, err
	}
	s, err := note.NewSigner(secretText(vkey, key))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return &Signer{Signer: s, vkey: vkey}, nil
}

// VerifierKey returns the text of the key that verifies this signer.
func (s *Signer) VerifierKey() string { return s.vkey }

// Cosigner cosigns checkpoints as a witness. Time is always the caller's, never a clock of its own.
type Cosigner struct {
	verifier note.Verifier
	key      ed25519.PrivateKey
	vkey     string
}

// NewCosigner returns a cosigner. One key serves one witness name: an Ed25519 cosignature does not commit to it.
func NewCosigner(name string, key ed25519.PrivateKey) (*Cosigner, error) {
	vkey, err := CosignerKey(name, publicOf(key))
	if err != nil {
		return nil, err
	}
	v, err := NewCosignatureVerifier(vkey)
	if err != nil {
		return nil, err
	}
	return &Cosigner{verifier: v, key: key, vkey: vkey}, nil
}

// VerifierKey returns the text of the key that verifies this cosigner.
func (c *Cosigner) VerifierKey() string { return c.vkey }

// Verifier returns what verifies this cosigner.
func (c *Cosigner) Verifier() note.Verifier { return c.verifier }

// At returns a signer that states what was seen as of t.
func (c *Cosigner) At(t time.Time) note.Signer { return cosignerAt{c, t.Unix()} }

type cosignerAt struct {
	*Cosigner
	unix int64
}

func (c cosignerAt) Name() string    { return c.verifier.Name() }
func (c cosignerAt) KeyHash() uint32 { return c.verifier.KeyHash() }

// Sign makes a timestamped_signature over the message that tlog-cosignature prescribes for Ed25519.
func (c cosignerAt) Sign(text []byte) ([]byte, error) {
	if c.unix <= 0 {
		return nil, errors.New("cosign checkpoint: the time is before 1970")
	}
	_, err := ParseCheckpoint(string(text))
	if err != nil {
		return nil, fmt.Errorf("cosign checkpoint: %w", err)
	}
	message := "cosignature/v1\ntime " + strconv.FormatInt(c.unix, 10) + "\n" + string(text)
	sig := binary.BigEndian.AppendUint64(nil, uint64(c.unix))
	return append(sig, ed25519.Sign(c.key, []byte(message))...), nil
}

// CosignatureTime returns the time that a verified cosignature states.
func CosignatureTime(sig note.Signature) (time.Time, error) {
	t, err := formats.CoSigV1Timestamp(sig)
	if err != nil {
		return time.Time{}, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	if t.Unix() <= 0 { // zero, or beyond what an int64 holds
		return time.Time{}, fmt.Errorf("%w: cosignature without a time", ErrSignature)
	}
	return t, nil
}

// VerifierKey returns the vkey text of a log's Ed25519 key.
func VerifierKey(origin string, key ed25519.PublicKey) (string, error) {
	vkey, err := note.NewEd25519VerifierKey(origin, key)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	_, err = note.NewVerifier(vkey) // refuses a name that no note can carry
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	return vkey, nil
}

// CosignerKey returns the vkey text of a witness's Ed25519 key.
func CosignerKey(name string, key ed25519.PublicKey) (string, error) {
	plain, err := VerifierKey(name, key)
	if err != nil {
		return "", err
	}
	vkey, err := formats.VKeyToCosignatureV1(plain)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrKey, err)
	}
	return vkey, nil
}

// NewVerifier reads the vkey of a log.
func NewVerifier(vkey string) (note.Verifier, error) {
	v, err := note.NewVerifier(vkey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	return v, nil
}

// NewCosignatureVerifier reads the vkey of a witness: Ed25519 cosignature/v1 or ML-DSA-44. A plain Ed25519
// vkey is refused, because it would name another key id.
func NewCosignatureVerifier(vkey string) (note.Verifier, error) {
	id, raw, err := splitKey(vkey)
	if err != nil {
		return nil, err
	}
	if raw[0] != algCosignature && raw[0] != algMLDSA44 {
		return nil, fmt.Errorf("%w: not a cosignature key", ErrKey)
	}
	v, err := formats.NewVerifierForCosignatureV1(vkey)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKey, err)
	}
	if v.KeyHash() != id { // the library does not look
		return nil, fmt.Errorf("%w: key id does not match", ErrKey)
	}
	return v, nil
}

// splitKey returns the key id that a vkey states, and its type byte with the key.
func splitKey(vkey string) (uint32, []byte, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || len(parts[1]) != 8 {
		return 0, nil, fmt.Errorf("%w: not a vkey", ErrKey)
	}
	id, err := strconv.ParseUint(parts[1], 16, 32)
	if err != nil {
		return 0, nil, fmt.Errorf("%w: key id", ErrKey)
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) < 2 || len(raw) > math.MaxUint16 {
		return 0, nil, fmt.Errorf("%w: key bytes", ErrKey)
	}
	return uint32(id), raw, nil
}

// Renamed gives the vkey of the same Ed25519 key under another name. A notary has one key, and a log for each community.
func Renamed(vkey, name string) (string, error) {
	_, raw, err := splitKey(vkey)
	if err != nil {
		return "", err
	}
	if raw[0] != algEd25519 || len(raw) != 1+ed25519.PublicKeySize {
		return "", fmt.Errorf("%w: not a log's Ed25519 key", ErrKey)
	}
	return VerifierKey(name, raw[1:])
}

// DistinctKeys fails if two verifier keys, of whatever name and type, hold the same public key: one party must not count twice.
func DistinctKeys(vkeys ...string) error {
	seen := map[string]bool{}
	for _, vkey := range vkeys {
		_, raw, err := splitKey(vkey)
		if err != nil {
			return err
		}
		if seen[string(raw[1:])] {
			return fmt.Errorf("%w: the same public key stands twice", ErrKey)
		}
		seen[string(raw[1:])] = true
	}
	return nil
}

// SecretKey returns the text in which a log's or witness's Ed25519 key is kept in a file: C2SP's
// PRIVATE+KEY form. It is as secret as the key.
func SecretKey(name string, key ed25519.PrivateKey) (string, error) {
	vkey, err := VerifierKey(name, publicOf(key))
	if err != nil {
		return "", err
	}
	return secretText(vkey, key), nil
}

// ParseSecretKey reads what SecretKey writes, and the same with a cosignature's type byte, as other
// witnesses' tools write it.
func ParseSecretKey(text string) (name string, key ed25519.PrivateKey, err error) {
	body, ok := strings.CutPrefix(text, "PRIVATE+KEY+")
	if !ok {
		return "", nil, fmt.Errorf("%w: not a secret key", ErrKey)
	}
	id, raw, err := splitKey(body)
	if err != nil {
		return "", nil, err
	}
	if len(raw) != 1+ed25519.SeedSize {
		return "", nil, fmt.Errorf("%w: not an Ed25519 secret key", ErrKey)
	}
	name, _, _ = strings.Cut(body, "+")
	key = ed25519.NewKeyFromSeed(raw[1:])
	var vkey string
	switch raw[0] {
	case algEd25519:
		vkey, err = VerifierKey(name, publicOf(key))
	case algCosignature:
		vkey, err = CosignerKey(name, publicOf(key))
	default:
		err = fmt.Errorf("%w: unknown key type", ErrKey)
	}
	if err != nil {
		return "", nil, err
	}
	if want, _, _ := splitKey(vkey); want != id {
		return "", nil, fmt.Errorf("%w: key id does not match", ErrKey)
	}
	return name, key, nil
}

func secretText(vkey string, key ed25519.PrivateKey) string {
	parts := strings.SplitN(vkey, "+", 3)
	raw := append([]byte{algEd25519}, key.Seed()...)
	return "PRIVATE+KEY+" + parts[0] + "+" + parts[1] + "+" + base64.StdEncoding.EncodeToString(raw)
}

// publicOf returns the public half; a key of the wrong length is a programming error and panics in the library.
func publicOf(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }
