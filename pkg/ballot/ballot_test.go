package ballot_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	mathrand "math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	"renlin.dev/pkg/ballot"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	pollID  = strings.Repeat("a", ballot.IDBytes)
	voterID = strings.Repeat("b", ballot.IDBytes)
)

func keys(t testing.TB) (public, private []byte) {
	t.Helper()
	pub, priv, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pub[:], priv[:]
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	public, private := keys(t)
	long := &votingv1.Choice{}
	for i := range uint32(700) {
		long.Options, long.Points = append(long.Options, i), append(long.Points, int64(i))
	}
	for name, choice := range map[string]*votingv1.Choice{
		"blank": {}, "yes": {Options: []uint32{0}}, "no": {Options: []uint32{1}}, "ranked": {Options: []uint32{3, 1, 2}},
		"points": {Options: []uint32{0, 5}, Points: []int64{1 << 40, 0}}, "long": long,
	} {
		sealed, err := ballot.Seal(rand.Reader, public, pollID, voterID, choice)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(sealed) < ballot.BytesMin || len(sealed) > ballot.BytesMax {
			t.Errorf("%s: %d bytes", name, len(sealed))
		}
		got, err := ballot.Open(private, public, pollID, voterID, sealed)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(choice, got, protocmp.Transform()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A box's length must not tell a yes from a no from a blank ballot, nor one choice from forty.
func TestLengthTellsNothing(t *testing.T) {
	t.Parallel()
	public, _ := keys(t)
	size := func(c *votingv1.Choice) int {
		sealed, err := ballot.Seal(rand.Reader, public, pollID, voterID, c)
		if err != nil {
			t.Fatal(err)
		}
		return len(sealed) - ballot.BytesMin
	}
	c := &votingv1.Choice{}
	for i := range uint32(600) { // every length of an encoding up to 1,000 bytes and more
		want := 128
		for n := proto.Size(c); want < n || want == n+1; {
			want *= 2
		}
		if got := size(c); got != want {
			t.Fatalf("%d options, %d bytes bare, take %d, want %d", i, proto.Size(c), got, want)
		}
		c.Options = append(c.Options, i)
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	public, private := keys(t)
	otherPublic, otherPrivate := keys(t)
	sealed, err := ballot.Seal(rand.Reader, public, pollID, voterID, &votingv1.Choice{Options: []uint32{1}})
	if err != nil {
		t.Fatal(err)
	}
	flipped := func(at int) []byte {
		b := bytes.Clone(sealed)
		b[at] ^= 1
		return b
	}
	plain := func(text string) []byte {
		pub, priv, err := box.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		var nonce [24]byte
		return box.Seal(append(pub[:], nonce[:]...), []byte(text), &nonce, (*[32]byte)(public), priv)
	}
	cases := map[string]struct {
		poll, voter string
		sealed      []byte
		want        error
	}{
		"good":                     {pollID, voterID, sealed, nil},
		"moved to another poll":    {strings.Repeat("c", 26), voterID, sealed, ballot.ErrMisplaced},
		"moved to another voter":   {pollID, strings.Repeat("c", 26), sealed, ballot.ErrMisplaced},
		"the ids the wrong way":    {voterID, pollID, sealed, ballot.ErrMisplaced},
		"ids run together":         {pollID + voterID[:1], voterID[1:], plain(pollID + voterID), ballot.ErrMisplaced},
		"ephemeral key flipped":    {pollID, voterID, flipped(0), ballot.ErrUnopened},
		"nonce flipped":            {pollID, voterID, flipped(40), ballot.ErrUnopened},
		"ciphertext flipped":       {pollID, voterID, flipped(len(sealed) - 1), ballot.ErrUnopened},
		"cut":                      {pollID, voterID, sealed[:len(sealed)-1], ballot.ErrUnopened},
		"lengthened":               {pollID, voterID, append(bytes.Clone(sealed), 0), ballot.ErrUnopened},
		"too short for a box":      {pollID, voterID, sealed[:71], ballot.ErrUnopened},
		"empty":                    {pollID, voterID, nil, ballot.ErrUnopened},
		"nothing inside":           {pollID, voterID, plain(""), ballot.ErrMisplaced},
		"half an id":               {pollID, voterID, plain(pollID + voterID[:25]), ballot.ErrMisplaced},
		"blank":                    {pollID, voterID, plain(pollID + voterID), nil},
		"no protobuf":              {pollID, voterID, plain(pollID + voterID + "\xff"), ballot.ErrMalformed},
		"a field that is unknown":  {pollID, voterID, plain(pollID + voterID + "\x20\x01"), ballot.ErrMalformed},
		"options that never end":   {pollID, voterID, plain(pollID + voterID + "\x0a\x05\x01"), ballot.ErrMalformed},
		"longer than a box may be": {pollID, voterID, plain(pollID + voterID + strings.Repeat("\x1a\x00", 4096)), ballot.ErrUnopened},
	}
	for name, c := range cases {
		if _, err := ballot.Open(private, public, c.poll, c.voter, c.sealed); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
	if _, err := ballot.Open(otherPrivate, public, pollID, voterID, sealed); !errors.Is(err, ballot.ErrKey) {
		t.Errorf("another private key: %v", err)
	}
	if _, err := ballot.Open(otherPrivate, otherPublic, pollID, voterID, sealed); !errors.Is(err, ballot.ErrUnopened) {
		t.Errorf("another poll's keys: %v", err)
	}
}

// Who can compute the shared secret opens like who has the private key, and an ephemeral key without a secret has no box.
func TestSharedOpener(t *testing.T) {
	t.Parallel()
	public, private := keys(t)
	choice := &votingv1.Choice{Options: []uint32{1}}
	sealed, err := ballot.Seal(rand.Reader, public, pollID, voterID, choice)
	if err != nil {
		t.Fatal(err)
	}
	for _, known := range []bool{true, false} {
		o := ballot.NewSharedOpener(func(ephemeral *[ballot.KeyBytes]byte) (secret [ballot.KeyBytes]byte, ok bool) {
			shared, err := curve25519.X25519(private, ephemeral[:])
			if err != nil {
				t.Error(err)
				return secret, false
			}
			return [ballot.KeyBytes]byte(shared), known
		}, pollID)
		got, err := o.Open(voterID, sealed)
		if known && (err != nil || !proto.Equal(got, choice)) || !known && !errors.Is(err, ballot.ErrUnopened) {
			t.Errorf("known %v: opens to %v, %v", known, got, err)
		}
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	public, _ := keys(t)
	large := &votingv1.Choice{Options: make([]uint32, ballot.BytesMax)}
	for name, err := range map[string]error{
		"a short key":  second(ballot.Seal(rand.Reader, public[:31], pollID, voterID, nil)),
		"no poll":      second(ballot.Seal(rand.Reader, public, "", voterID, nil)),
		"a long voter": second(ballot.Seal(rand.Reader, public, pollID, voterID+"x", nil)),
		"no chance":    second(ballot.Seal(strings.NewReader("too little"), public, pollID, voterID, nil)),
		"no nonce":     second(ballot.Seal(strings.NewReader(strings.Repeat("x", 40)), public, pollID, voterID, nil)),
		"too much":     second(ballot.Seal(rand.Reader, public, pollID, voterID, large)),
	} {
		if err == nil {
			t.Errorf("%s was sealed", name)
		}
	}
}

func second[A any](_ A, err error) error { return err }

func TestWeak(t *testing.T) {
	t.Parallel()
	public, private := keys(t)
	one := make([]byte, 32)
	one[0] = 1
	for name, key := range map[string][]byte{"zero": make([]byte, 32), "one": one, "short": public[:31], "none": nil} {
		if !ballot.Weak(key) {
			t.Errorf("%s is taken for a key", name)
		}
	}
	if ballot.Weak(public) {
		t.Error("a good key is refused")
	}
	if !ballot.Fits(private, public) || ballot.Fits(public, private) || ballot.Fits(nil, public) || ballot.Fits(private, nil) {
		t.Error("Fits does not tell keys apart")
	}
}

// The bytes are for ever, and for every other implementation: made from chance that is known, they never change.
func TestGolden(t *testing.T) {
	t.Parallel()
	source := mathrand.NewChaCha8([32]byte([]byte("renlin ballot golden vector 0001")))
	private := make([]byte, 32)
	if _, err := source.Read(private); err != nil {
		t.Fatal(err)
	}
	public, _, err := box.GenerateKey(bytes.NewReader(private))
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := ballot.Seal(source, public[:], pollID, voterID, &votingv1.Choice{Options: []uint32{2, 0}, Points: []int64{7, 3}})
	if err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "box.hex", private, public[:], sealed)
}

func FuzzOpen(f *testing.F) {
	public, private := keys(f)
	sealed, err := ballot.Seal(rand.Reader, public, pollID, voterID, &votingv1.Choice{Options: []uint32{1}})
	if err != nil {
		f.Fatal(err)
	}
	opener, err := ballot.NewOpener(private, public, pollID)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sealed, []byte{})
	f.Add([]byte{}, []byte("\x0a\x01\x00"))
	f.Add(make([]byte, 200), []byte("\x0a\x05\x01"))
	f.Add(sealed[:80], []byte("\x1a\x02\x00\x00\x12\x01\x05"))
	f.Fuzz(func(t *testing.T, b, inside []byte) {
		if c, err := opener.Open(voterID, b); err == nil && !bytes.Equal(b, sealed) {
			t.Errorf("a box that nobody sealed opens to %v", c)
		}
		var nonce [24]byte // what an ill-meaning voter may put inside a good box
		pub, priv, err := box.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		made := box.Seal(append(pub[:], nonce[:]...), append([]byte(pollID+voterID), inside...), &nonce, (*[32]byte)(public), priv)
		c, err := opener.Open(voterID, made)
		if err != nil {
			if !errors.Is(err, ballot.ErrMalformed) && len(made) <= ballot.BytesMax {
				t.Errorf("a good box does not open: %v", err)
			}
			return
		}
		again, err := ballot.Seal(rand.Reader, public, pollID, voterID, c)
		if err != nil {
			return // too long once it is padded
		}
		if got, err := opener.Open(voterID, again); err != nil || !proto.Equal(c, got) {
			t.Errorf("%v comes back as %v, %v", c, got, err)
		}
	})
}

func BenchmarkOpen(b *testing.B) {
	public, private := keys(b)
	sealed, err := ballot.Seal(rand.Reader, public, pollID, voterID, &votingv1.Choice{Options: []uint32{1}})
	if err != nil {
		b.Fatal(err)
	}
	opener, err := ballot.NewOpener(private, public, pollID)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := opener.Open(voterID, sealed); err != nil {
			b.Fatal(err)
		}
	}
}
