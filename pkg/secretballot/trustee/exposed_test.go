package trustee

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"filippo.io/edwards25519"
	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot/internal/group"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	pollID  = strings.Repeat("a", ballot.IDBytes)
	voterID = strings.Repeat("b", ballot.IDBytes)
)

func (w *world) exposed(trustees ...int) []*Exposed {
	w.Helper()
	var out []*Exposed
	for _, i := range trustees {
		m, err := w.shares[i-1].Expose(w.seal)
		w.must(err)
		out = append(out, m)
	}
	return out
}

// Boxes that voters seal, as ever, to the trustees' key open with any t of the published shares.
func TestOpenRollCall(t *testing.T) {
	t.Parallel()
	w := sealed(t, Open, 2, 3)
	if ballot.Weak(w.seal.BoxKey[:]) {
		t.Fatal("the box key is weak")
	}
	choice := &votingv1.Choice{Options: []uint32{2}}
	sealedBox, err := ballot.Seal(w.rand, w.seal.BoxKey[:], pollID, voterID, choice)
	if err != nil {
		t.Fatal(err)
	}
	for _, quorum := range [][]int{{1, 2}, {3, 1}, {2, 3}, {1, 2, 3}} {
		secret, err := Rebuild(w.seal, w.exposed(quorum...))
		if err != nil {
			t.Fatal(err)
		}
		o := secret.Opener(pollID)
		if got, err := o.Open(voterID, sealedBox); err != nil || !proto.Equal(got, choice) {
			t.Errorf("%v: opens to %v, %v", quorum, got, err)
		}
		if _, err := o.Open(pollID, sealedBox); !errors.Is(err, ballot.ErrMisplaced) {
			t.Errorf("%v: moved to another voter: %v", quorum, err)
		}
		flipped := bytes.Clone(sealedBox)
		flipped[len(flipped)-1] ^= 1
		if _, err := o.Open(voterID, flipped); !errors.Is(err, ballot.ErrUnopened) {
			t.Errorf("%v: flipped: %v", quorum, err)
		}
	}
}

func TestRebuildRefuses(t *testing.T) {
	t.Parallel()
	w := sealed(t, Open, 2, 3)
	secretPoll := sealed(t, Secret, 2, 3)
	good := w.exposed(1, 2, 3)
	for name, c := range map[string]struct {
		bad   *Exposed
		want  *fault.Fault
		index string
	}{
		"a false share":   {&Exposed{2, group.ScalarOf(5)}, ErrExposed, "2"},
		"another's share": {&Exposed{2, good[2].Secret}, ErrExposed, "2"},
		"zero":            {&Exposed{2, group.NewScalar()}, ErrExposed, "2"},
		"index 0":         {&Exposed{0, good[2].Secret}, ErrStranger, "0"},
		"index 4":         {&Exposed{4, good[2].Secret}, ErrStranger, "4"},
		"once more":       {good[0], ErrDuplicate, "1"},
	} {
		s, err := Rebuild(w.seal, []*Exposed{good[0], c.bad})
		refused(t, name, err, ErrFew, "")
		if len(s.Refused) != 1 {
			t.Fatalf("%s: %v", name, s.Refused)
		}
		refused(t, name, s.Refused[0].Err, c.want, c.index)
		if _, err := Rebuild(w.seal, []*Exposed{good[0], c.bad, good[2]}); err != nil {
			t.Errorf("%s, with two right ones: %v", name, err)
		}
	}
	_, err := secretPoll.shares[0].Expose(secretPoll.seal)
	refused(t, "a secret poll's share", err, ErrPurpose, "")
	_, err = Rebuild(secretPoll.seal, []*Exposed{{1, secretPoll.shares[0].secret}, {2, secretPoll.shares[1].secret}})
	refused(t, "a secret poll's shares", err, ErrFew, "")
	for name, change := range map[string]func(*Seal){
		"a box key of nobody": func(s *Seal) { s.BoxKey[0] ^= 1 },
		"a key of nobody":     func(s *Seal) { s.Key = group.Base() },
	} {
		forged := *w.seal
		change(&forged)
		_, err = Rebuild(&forged, good)
		refused(t, name, err, ErrSeal, "")
	}
}

// For every ephemeral key that X25519 makes, the shared secret is the one that the voter computed. Keys that nobody can have made by the
// rules give an unopened box or the same secret for everyone, never a crash.
func TestSharedSecret(t *testing.T) {
	t.Parallel()
	w := begin(t, Open, 1, 1)
	for range 50 {
		secret, err := group.RandomScalar(w.rand)
		w.must(err)
		boxKey := edwardsOf(secret).BytesMontgomery()
		public, private, err := box.GenerateKey(w.rand)
		w.must(err)
		want, err := curve25519.X25519(private[:], boxKey)
		w.must(err)
		for _, high := range []byte{0, 0x80} { // the highest bit does not count
			u := *public
			u[31] |= high
			if got, ok := sharedSecret(secret, &u); !ok || !bytes.Equal(got[:], want) {
				t.Fatalf("shared secret %x, %v, want %x", got, ok, want)
			}
		}
	}
	secret := group.ScalarOf(12345)
	minusOne := [32]byte(edwardsFieldMinus(1))
	two := [32]byte{2} // on the twist: no point of the curve has it
	for name, u := range map[string][32]byte{"-1": minusOne, "2": two} {
		if _, ok := sharedSecret(secret, &u); ok {
			t.Errorf("u = %s has a point", name)
		}
	}
	// Points of small order: all secrets are zero, as X25519 has it.
	for name, u := range map[string][32]byte{"0": {}, "1": {1}, "p": [32]byte(edwardsFieldMinus(0))} {
		got, ok := sharedSecret(secret, &u)
		if ok && got != [32]byte{} {
			t.Errorf("u = %s gives %x", name, got)
		}
	}
	// With something of small order added, the secret is that of the part of prime order, as X25519 has it.
	order8, err := edwards25519.NewIdentityPoint().SetBytes(smallOrder)
	w.must(err)
	p := edwardsOf(group.ScalarOf(77))
	clean, dirty := [32]byte(p.BytesMontgomery()), [32]byte(edwards25519.NewIdentityPoint().Add(p, order8).BytesMontgomery())
	a, okA := sharedSecret(secret, &clean)
	b, okB := sharedSecret(secret, &dirty)
	if clean == dirty || a != b || !okA || !okB {
		t.Errorf("%x and %x", a, b)
	}
}

// A point has one spelling. These are all second spellings that there can be: y plus the field's prime, where that fits into 255 bits, and
// the sign of x = 0, where y is 1 or -1. No point of prime order has one.
func TestPointsHaveOneSpelling(t *testing.T) {
	t.Parallel()
	for _, sign := range []byte{0, 0x80} {
		others := [][]byte{append([]byte{1}, make([]byte, 31)...), edwardsFieldMinus(1)}
		for n := range byte(19) {
			b := bytes.Repeat([]byte{0xff}, 32)
			b[0], b[31] = 0xed+n, 0x7f
			others = append(others, b)
		}
		for _, b := range others {
			b[31] |= sign
			_, err := decodePoint(b)
			refused(t, "a second spelling", err, ErrPoint, "")
		}
	}
	if _, err := decodePoint(edwardsOf(group.ScalarOf(1)).Bytes()); err != nil {
		t.Error(err)
	}
}

// edwardsFieldMinus is p - n, little-endian, for a small n; p itself is a second spelling of 0.
func edwardsFieldMinus(n byte) []byte {
	b := bytes.Repeat([]byte{0xff}, 32)
	b[0], b[31] = 0xed-n, 0x7f
	return b
}

// smallOrder is a point of order 8.
var smallOrder = []byte{
	0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
	0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
}
