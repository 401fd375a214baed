// Package chain holds the bytes that Renlin's record is made of, and nothing that decides anything.
//
// In plain words: every command that was accepted becomes one commit, with the command exactly as its author signed it, the
// state that the decision looked at, and the facts that follow. Commits that arrive together are written as one block. A block's
// header names the block before it by hash, so that nobody can change, drop or insert one without every later header changing too.
// The normative text, with golden vectors and a second reader in another language, is docs/format.md.
//
// All decoders accept exactly one encoding of a value, refuse trailing bytes, and keep slices of their input: treat what they
// return as read-only for as long as the input lives.
package chain

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Limits of the format; a value beyond them is refused by the encoders and the decoders alike.
const (
	CommitBytesMax    = 256 << 10
	BlockBytesMax     = 768 << 10
	AggregateBytesMax = 255
	SignaturesMax     = 4
)

// Domain prefixes keep a hash or signature made for one purpose from being taken for another.
const (
	domainCommit    = "renlin/commit/1\n"
	domainBlock     = "renlin/block/1\n"
	domainCommand   = "renlin/command/1\n"
	domainCommandID = "renlin/command-id/1\n"
	domainPolicyID  = "renlin/policy-id/1\n"
	domainGenesisID = "renlin/genesis-id/1\n"
	domainSalt      = "renlin/founding-salt/1\n"
)

// Hash is a SHA-256 digest.
type Hash [sha256.Size]byte

// String gives the digest in lower-case hex.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// IsZero tells whether no digest was set.
func (h Hash) IsZero() bool { return h == Hash{} }

// CommandID names one command for ever. It is derived, never chosen: see Signed.ID and PolicyID.
type CommandID [sha256.Size]byte

// String gives the id in lower-case hex.
func (id CommandID) String() string { return hex.EncodeToString(id[:]) }

// NewAggregate gives the 26-character identifier that a command may use for what it creates, so that no chance enters a
// decision and a repeated command names the same thing.
func (id CommandID) NewAggregate() string { return ShortID(id[:]) }

var shortEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ShortID writes the first 16 bytes of a digest as 26 lower-case base-32 characters, the form of every opaque id in Renlin.
func ShortID(digest []byte) string { return shortEncoding.EncodeToString(digest[:16]) }

// KeyID names a public key: the ShortID of its SHA-256.
func KeyID(publicKey []byte) string {
	sum := sha256.Sum256(publicKey)
	return ShortID(sum[:])
}

// CommunityID names a community by its genesis hash.
func CommunityID(genesis Hash) string { return ShortID(genesis[:]) }

// Collection gives the collection that an aggregate belongs to: its path without the last segment. Aggregate paths alternate
// kind and id, "topic/x" or "topic/x/second/y", so a collection ends in a kind: "topic", "topic/x/second".
func Collection(aggregate string) string {
	return aggregate[:strings.LastIndexByte(aggregate, '/')]
}

// KindOf gives the kind of an aggregate or of a collection: the last kind in its path.
func KindOf(path string) string {
	last := path
	if strings.Count(path, "/")%2 == 1 {
		last = Collection(path)
	}
	return last[strings.LastIndexByte(last, '/')+1:]
}

// CheckAggregate refuses a path that is not kind/id(/kind/id)*. A kind is [a-z][a-z0-9-]*, an id [a-z0-9][a-z0-9._-]*.
func CheckAggregate(path string) error { return checkPath(path, 0) }

// CheckCollection refuses a path that is not kind(/id/kind)*.
func CheckCollection(path string) error { return checkPath(path, 1) }

// checkPath walks the segments; odd is 1 when the path must end in a kind. It refuses without echoing the path, which may
// come from outside.
func checkPath[T ~string | ~[]byte](path T, odd int) error {
	if len(path) == 0 || len(path) > AggregateBytesMax {
		return fmt.Errorf("path of %d bytes: want 1 to %d", len(path), AggregateBytesMax)
	}
	segments, start := 0, 0
	for i := 0; i <= len(path); i++ {
		if i < len(path) && path[i] != '/' {
			if !segmentByte(path[i], i == start, segments%2 == 0) {
				return fmt.Errorf("path has a byte that is not allowed at offset %d", i)
			}
			continue
		}
		if i == start {
			return fmt.Errorf("path has an empty segment at offset %d", i)
		}
		segments, start = segments+1, i+1
	}
	if segments%2 != odd {
		return fmt.Errorf("path has %d segments", segments)
	}
	return nil
}

func segmentByte(c byte, first, kind bool) bool {
	switch {
	case c >= 'a' && c <= 'z':
		return true
	case c >= '0' && c <= '9':
		return !first || !kind
	case c == '-':
		return !first
	case c == '.' || c == '_':
		return !first && !kind
	}
	return false
}

// ParseHash reads a digest in lower-case hex.
func ParseHash(s string) (h Hash, err error) {
	if len(s) != 2*len(h) {
		return Hash{}, fmt.Errorf("digest of %d characters, want %d", len(s), 2*len(h))
	}
	if _, err := hex.Decode(h[:], []byte(s)); err != nil {
		return Hash{}, fmt.Errorf("read digest: %w", err)
	}
	if h.String() != s {
		return Hash{}, errors.New("read digest: it is not in lower case")
	}
	return h, nil
}
