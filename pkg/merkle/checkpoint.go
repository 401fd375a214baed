package merkle

import (
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/transparency-dev/formats/log"
	"golang.org/x/mod/sumdb/note"
)

// NoteBytesMax bounds a signed note: three lines and a hundred signatures of the largest kind fit.
const NoteBytesMax = 1 << 19

var (
	// ErrCheckpoint says that a text is not a tlog-checkpoint.
	ErrCheckpoint = errors.New("merkle: malformed checkpoint")
	// ErrSignature says that a note is malformed, is not signed by a key that it must be signed by, or
	// carries a false signature under a known key.
	ErrSignature = errors.New("merkle: checkpoint is not properly signed")
)

// Checkpoint is a tree head: the text that logs sign and witnesses cosign.
type Checkpoint struct {
	// Origin names the log for ever; the log's key has the same name.
	Origin string
	// Size is the number of entries.
	Size uint64
	// Root is the root over those entries.
	Root Hash
	// Extension holds further lines, each with its newline. Our logs write none, because nobody can audit
	// them; witnesses must carry those of others.
	Extension string
}

// Text returns the note text of the checkpoint, as it is signed.
func (c Checkpoint) Text() string {
	head := log.Checkpoint{Origin: c.Origin, Size: c.Size, Hash: c.Root[:]}
	return string(head.Marshal()) + c.Extension
}

// ParseCheckpoint reads a note text. It accepts exactly what Text writes.
func ParseCheckpoint(text string) (Checkpoint, error) {
	if len(text) > NoteBytesMax {
		return Checkpoint{}, fmt.Errorf("%w: %d bytes", ErrCheckpoint, len(text))
	}
	var head log.Checkpoint
	rest, err := head.Unmarshal([]byte(text))
	if err != nil || len(head.Hash) != HashBytes {
		return Checkpoint{}, fmt.Errorf("%w: origin, size or root", ErrCheckpoint)
	}
	c := Checkpoint{Origin: head.Origin, Size: head.Size, Root: Hash(head.Hash), Extension: string(rest)}
	if c.Text() != text {
		return Checkpoint{}, fmt.Errorf("%w: not in canonical form", ErrCheckpoint)
	}
	if !printable(text) {
		return Checkpoint{}, fmt.Errorf("%w: control character or not UTF-8", ErrCheckpoint)
	}
	ext := c.Extension
	if ext != "" && (!strings.HasSuffix(ext, "\n") || strings.HasPrefix(ext, "\n") || strings.Contains(ext, "\n\n")) {
		return Checkpoint{}, fmt.Errorf("%w: empty or unfinished extension line", ErrCheckpoint)
	}
	return c, nil
}

// printable reports whether text is UTF-8 without control characters other than newline, as signed notes demand.
func printable(text string) bool {
	return utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return r < 0x20 && r != '\n' }) < 0
}

// Sign returns the checkpoint as a note with the signers' signatures, in order. The first signer is the
// log's own, so its name must be the origin.
func Sign(c Checkpoint, first note.Signer, others ...note.Signer) ([]byte, error) {
	if first.Name() != c.Origin {
		return nil, errors.New("sign checkpoint: the key's name is not the log's origin")
	}
	text := c.Text()
	_, err := ParseCheckpoint(text)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, append([]note.Signer{first}, others...)...)
	if err != nil {
		return nil, fmt.Errorf("sign checkpoint: %w", err)
	}
	return signed, nil
}

// Open checks a signed checkpoint against a log's keys (several while the log changes its key). Every key's
// name is the origin; one good signature is needed, and a false one under any of the keys refuses the note.
// The note that comes back lists the good signatures in Sigs and strangers' in UnverifiedSigs.
func Open(signed []byte, logs ...note.Verifier) (Checkpoint, *note.Note, error) {
	n, err := open(signed, logs)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	c, err := ParseCheckpoint(n.Text)
	if err != nil {
		return Checkpoint{}, nil, err
	}
	for _, sig := range n.Sigs {
		if sig.Name == c.Origin {
			return c, n, nil
		}
	}
	return Checkpoint{}, nil, fmt.Errorf("%w: no key of this origin signed it", ErrSignature)
}

// open is note.Open with a bound on the size and our sentinel. A signature is written in one way only: note.Open lets the last letter of
// its base64 be several, and so one note would have several spellings.
func open(signed []byte, known []note.Verifier) (*note.Note, error) {
	if len(signed) > NoteBytesMax {
		return nil, fmt.Errorf("%w: %d bytes", ErrSignature, len(signed))
	}
	n, err := note.Open(signed, note.VerifierList(known...))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	for _, sig := range slices.Concat(n.Sigs, n.UnverifiedSigs) {
		if _, err := base64.StdEncoding.Strict().DecodeString(sig.Base64); err != nil {
			return nil, fmt.Errorf("%w: loose base64 of %s", ErrSignature, sig.Name)
		}
	}
	return n, nil
}

// Peek returns the checkpoint inside a note without checking any signature. What it returns is a claim: it
// serves to find out whose keys to ask, and for nothing else.
func Peek(signed []byte) (Checkpoint, error) {
	_, err := open(signed, nil)
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return Checkpoint{}, err
	}
	return ParseCheckpoint(unverified.Note.Text)
}

// Join returns the signed note with those signature lines added that the known keys verify; a newer
// signature of a key takes the place of its older one. Lines of strangers are left out; a false line under a
// known key is an error, and so is a lack of any good one. The note's own signatures are not checked here.
func Join(signed, lines []byte, known ...note.Verifier) ([]byte, []note.Signature, error) {
	_, err := open(signed, nil)
	var unverified *note.UnverifiedNoteError
	if !errors.As(err, &unverified) {
		return nil, nil, err
	}
	text := unverified.Note.Text
	added, err := open([]byte(text+"\n"+string(lines)), known)
	if err != nil {
		return nil, nil, err
	}
	if added.Text != text {
		return nil, nil, fmt.Errorf("%w: the lines hold more than signatures", ErrSignature)
	}
	var signers []note.Signer
	for _, sig := range added.Sigs {
		signers = append(signers, made{sig})
	}
	joined, err := note.Sign(unverified.Note, signers...)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrSignature, err)
	}
	return joined, added.Sigs, nil
}

// made is a signature that exists already, in the dress of its signer, so that note.Sign can place it.
type made struct{ sig note.Signature }

func (m made) Name() string    { return m.sig.Name }
func (m made) KeyHash() uint32 { return m.sig.Hash }

func (m made) Sign([]byte) ([]byte, error) {
	raw, err := base64.StdEncoding.DecodeString(m.sig.Base64)
	if err != nil || len(raw) < 4 {
		return nil, ErrSignature
	}
	return raw[4:], nil
}
