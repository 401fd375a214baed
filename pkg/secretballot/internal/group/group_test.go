package group_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/secretballot/internal/group"
)

// order is l, little-endian: the smallest number that is no scalar.
const order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010"

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func random(t testing.TB) *group.Scalar {
	t.Helper()
	s, err := group.RandomScalar(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mul(s *group.Scalar, e *group.Element) *group.Element {
	return group.NewElement().ScalarMult(s, e)
}

func TestRFC9496(t *testing.T) {
	t.Parallel()
	var vectors struct {
		Multiples   []string `json:"multiples_of_base"`
		Bad         []string `json:"bad_encodings"`
		FromUniform []struct {
			Text    string `json:"sha512_of"`
			Element string
		} `json:"from_uniform_bytes"`
	}
	raw, err := os.ReadFile("testdata/rfc9496.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Multiples) != 16 || len(vectors.Bad) != 29 || len(vectors.FromUniform) != 7 {
		t.Fatal("vectors are missing")
	}
	sum := group.NewElement()
	for i, want := range vectors.Multiples {
		e, err := group.DecodeAny(unhex(t, want))
		if err != nil || e.Equal(sum) != 1 || hex.EncodeToString(sum.Bytes()) != want {
			t.Errorf("%d times the generator is %x, %v", i, sum.Bytes(), err)
		}
		if mul(group.ScalarOf(uint64(i)), group.Base()).Equal(sum) != 1 {
			t.Errorf("%d as a scalar is another number", i)
		}
		sum.Add(sum, group.Base())
	}
	for _, bad := range vectors.Bad {
		if _, err := group.DecodeElement(unhex(t, bad)); !errors.Is(err, group.ErrElement) {
			t.Errorf("%s decodes: %v", bad, err)
		}
		if _, err := group.DecodeAny(unhex(t, bad)); !errors.Is(err, group.ErrElement) {
			t.Errorf("%s decodes as a sum: %v", bad, err)
		}
	}
	for _, v := range vectors.FromUniform {
		wide := sha512.Sum512([]byte(v.Text))
		e, err := group.NewElement().SetUniformBytes(wide[:])
		if err != nil || hex.EncodeToString(e.Bytes()) != v.Element {
			t.Errorf("%q maps to %x, %v", v.Text, e.Bytes(), err)
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	zero, long, short := make([]byte, 32), make([]byte, 33), make([]byte, 31)
	above := unhex(t, order)
	above[0]++
	topBit := group.ScalarOf(1).Bytes()
	topBit[31] |= 0x80
	below := unhex(t, order)
	below[0]--
	for _, c := range []struct {
		name   string
		decode func([]byte) error
		bytes  []byte
		want   error
	}{
		{"identity", element, zero, group.ErrIdentity},
		{"identity where it is allowed", anyElement, zero, nil},
		{"long element", element, long, group.ErrElement},
		{"short element", element, short, group.ErrElement},
		{"no element", element, nil, group.ErrElement},
		{"base", element, group.Base().Bytes(), nil},
		{"zero scalar", scalar, zero, nil},
		{"l-1", scalar, below, nil},
		{"l", scalar, unhex(t, order), group.ErrScalar},
		{"l+1", scalar, above, group.ErrScalar},
		{"top bit", scalar, topBit, group.ErrScalar},
		{"all ones", scalar, bytes.Repeat([]byte{0xff}, 32), group.ErrScalar},
		{"long scalar", scalar, long, group.ErrScalar},
		{"short scalar", scalar, short, group.ErrScalar},
	} {
		if err := c.decode(c.bytes); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func element(b []byte) error    { _, err := group.DecodeElement(b); return err }
func anyElement(b []byte) error { _, err := group.DecodeAny(b); return err }
func scalar(b []byte) error     { _, err := group.DecodeScalar(b); return err }

func TestScalars(t *testing.T) {
	t.Parallel()
	if s := group.ScalarOfInt(-3); group.NewScalar().Add(s, group.ScalarOf(3)).Equal(group.NewScalar()) != 1 {
		t.Error("-3 and 3 are not 0")
	}
	if !group.IsZero(group.ScalarOf(0)) || group.IsZero(group.ScalarOf(1)) {
		t.Error("zero is not seen")
	}
	wide := append(unhex(t, order), make([]byte, 32)...)
	if s, err := group.RandomScalar(bytes.NewReader(wide)); err != nil || !group.IsZero(s) {
		t.Errorf("l reduces to %v, %v", s, err)
	}
	if _, err := group.RandomScalar(bytes.NewReader(wide[:63])); err == nil {
		t.Error("a scalar of too few random bytes")
	}
}

func TestGenerators(t *testing.T) {
	t.Parallel()
	g, h := group.Base(), group.Second()
	if g.Equal(h) == 1 || group.IsIdentity(g) || group.IsIdentity(h) {
		t.Error("the generators are no generators")
	}
	h.Add(h, g)
	g.Add(g, g)
	if group.Second().Equal(h) == 1 || group.Base().Equal(g) == 1 {
		t.Error("a caller can change a generator")
	}
	const want = "285725264193015b054a9b0de5baf560066041409a9440f5c5bb7afd31eea30c"
	if got := hex.EncodeToString(group.Second().Bytes()); got != want {
		t.Errorf("H is %s", got)
	}
	a, b := group.HashToElement("d", []byte("ab"), []byte("c")), group.HashToElement("d", []byte("a"), []byte("bc"))
	if a.Equal(b) == 1 || a.Equal(group.HashToElement("e", []byte("ab"), []byte("c"))) == 1 {
		t.Error("two inputs map to one element")
	}
}

func TestTranscript(t *testing.T) {
	t.Parallel()
	digest := func(say func(*group.Transcript)) string {
		tr := group.NewTranscript("renlin/vote/v1/test")
		say(tr)
		d := tr.Digest("end")
		return hex.EncodeToString(d[:])
	}
	seen := map[string]int{}
	for i, say := range []func(*group.Transcript){
		func(*group.Transcript) {},
		func(tr *group.Transcript) { tr.Append("a", nil) },
		func(tr *group.Transcript) { tr.Append("", []byte("a")) },
		func(tr *group.Transcript) { tr.Append("a", []byte("b")) },
		func(tr *group.Transcript) { tr.Append("ab", nil) },
		func(tr *group.Transcript) { tr.Append("a", nil); tr.Append("b", nil) },
		func(tr *group.Transcript) { tr.Append("b", nil); tr.Append("a", nil) },
		func(tr *group.Transcript) { tr.AppendInt("a", 1) },
		func(tr *group.Transcript) { tr.AppendInt("a", 1<<56) },
		func(tr *group.Transcript) { tr.Digest("a") },
		func(tr *group.Transcript) { tr.Digest("b") },
		func(tr *group.Transcript) { tr.AppendElements("a", group.Base(), group.Second()) },
		func(tr *group.Transcript) { tr.AppendElements("a", group.Second(), group.Base()) },
		func(tr *group.Transcript) { tr.AppendScalars("a", group.ScalarOf(7)) },
	} {
		d := digest(say)
		if other, twice := seen[d]; twice {
			t.Errorf("transcripts %d and %d hash alike", other, i)
		}
		seen[d] = i
	}
	// The bytes, spelled out once.
	by := sha512.Sum512([]byte("\x00\x13renlin/vote/v1/test\x00\x01a\x00\x00\x00\x02bc\x00\x03end"))
	if got := digest(func(tr *group.Transcript) { tr.Append("a", []byte("bc")) }); got != hex.EncodeToString(by[:]) {
		t.Errorf("hashes other bytes: %s", got)
	}
	chained := group.NewTranscript("renlin/vote/v1/test")
	first := chained.Digest("c")
	second := chained.Digest("c")
	by = sha512.Sum512([]byte("\x00\x13renlin/vote/v1/test\x00\x01c\x00\x00\x00\x40" + string(first[:]) + "\x00\x01c"))
	if diff := cmp.Diff(by, second); diff != "" {
		t.Errorf("the second challenge hashes other bytes: %s", diff)
	}
}
