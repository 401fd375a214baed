package group_test

import (
	"bytes"
	"slices"
	"testing"

	oracle "github.com/cloudflare/circl/group"
	"pgregory.net/rapid"

	"renlin.dev/pkg/secretballot/internal/group"
)

// theirs reads an element in the other implementation, which shares no code with ours.
func theirs(t *rapid.T, e *group.Element) oracle.Element {
	out := oracle.Ristretto255.NewElement()
	if err := out.UnmarshalBinary(e.Bytes()); err != nil {
		t.Fatalf("the other implementation does not read %x: %v", e.Bytes(), err)
	}
	return out
}

func same(t *rapid.T, what string, ours *group.Element, other oracle.Element) {
	b, err := other.MarshalBinary()
	if err != nil || !bytes.Equal(b, ours.Bytes()) {
		t.Fatalf("%s: %x, of the other implementation %x, %v", what, ours.Bytes(), b, err)
	}
}

// TestOracle: multiples, sums and sums of products agree with another implementation.
func TestOracle(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 6).Draw(t, "terms")
		var scalars []*group.Scalar
		var points []*group.Element
		sum := oracle.Ristretto255.Identity()
		for range n {
			wide := rapid.SliceOfN(rapid.Byte(), 64, 64).Draw(t, "scalar")
			s, err := group.NewScalar().SetUniformBytes(wide)
			if err != nil {
				t.Fatal(err)
			}
			seed := rapid.SliceOf(rapid.Byte()).Draw(t, "point")
			p := group.HashToElement("test", seed)
			scalars, points = append(scalars, s), append(points, p)
			other := oracle.Ristretto255.NewScalar()
			if err := other.UnmarshalBinary(s.Bytes()); err != nil {
				t.Fatal(err)
			}
			product := oracle.Ristretto255.NewElement().Mul(theirs(t, p), other)
			same(t, "product", mul(s, p), product)
			same(t, "multiple of the generator", group.NewElement().ScalarBaseMult(s), oracle.Ristretto255.NewElement().MulGen(other))
			sum.Add(sum, product)
		}
		same(t, "sum of products", group.MSM(scalars, points), sum)
		for len(points) < 300 { // and by the method for many terms
			scalars, points = append(scalars, group.NewScalar()), append(points, points[0])
		}
		same(t, "sum of many products", group.MSM(scalars, points), sum)
	})
}

// FuzzDecode: what decodes is what encodes, and the other implementation reads the same.
func FuzzDecode(f *testing.F) {
	f.Add(group.Base().Bytes())
	f.Add(group.Second().Bytes())
	f.Add(make([]byte, 32))
	f.Add(bytes.Repeat([]byte{0xff}, 32))
	f.Fuzz(func(t *testing.T, b []byte) {
		kept := slices.Clone(b)
		if e, err := group.DecodeAny(b); err == nil {
			other := oracle.Ristretto255.NewElement()
			if err := other.UnmarshalBinary(b); err != nil || !bytes.Equal(e.Bytes(), b) || !bytes.Equal(b, kept) {
				t.Errorf("%x decodes and encodes to %x: %v", b, e.Bytes(), err)
			}
			if nonzero, err := group.DecodeElement(b); (err == nil) == group.IsIdentity(e) || err == nil && nonzero.Equal(e) != 1 {
				t.Errorf("%x: %v", b, err)
			}
		}
		if s, err := group.DecodeScalar(b); err == nil && !bytes.Equal(s.Bytes(), b) {
			t.Errorf("scalar %x encodes to %x", b, s.Bytes())
		}
		if p, err := group.DecodeDLEQ(b, 1); err == nil && !bytes.Equal(p.Bytes(), b) {
			t.Errorf("proof %x encodes to %x", b, p.Bytes())
		}
	})
}
