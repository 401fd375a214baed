package group_test

import (
	"crypto/rand"
	"errors"
	"testing"

	"renlin.dev/pkg/secretballot/internal/group"
)

// said is the transcript that a proof is bound to.
func said(context string) *group.Transcript {
	t := group.NewTranscript("renlin/vote/v1/test")
	t.Append("context", []byte(context))
	return t
}

// linked answers n pairs with one secret.
func linked(t testing.TB, x *group.Scalar, n int) (bases, images []*group.Element) {
	for range n {
		base := mul(random(t), group.Base())
		bases, images = append(bases, base), append(images, mul(x, base))
	}
	return bases, images
}

func TestDLEQ(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 4; n++ {
		x := random(t)
		bases, images := linked(t, x, n)
		p, err := group.ProveDLEQ(rand.Reader, said("c"), x, bases, images)
		if err != nil {
			t.Fatal(err)
		}
		p, err = group.DecodeDLEQ(p.Bytes(), n)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(said("c"), bases, images); err != nil {
			t.Errorf("%d pairs: %v", n, err)
		}
		after, again := said("c"), said("c")
		if _, err := group.ProveDLEQ(rand.Reader, after, x, bases, images); err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(again, bases, images); err != nil || after.Digest("x") == again.Digest("x") {
			t.Errorf("%d pairs: the transcript does not go on after the proof: %v", n, err)
		}
		refuseAll(t, p, bases, images)
	}
}

// refuseAll changes one thing at a time about a proof that holds.
func refuseAll(t *testing.T, p *group.DLEQ, bases, images []*group.Element) {
	t.Helper()
	refused := func(name string, p *group.DLEQ, tr *group.Transcript, bases, images []*group.Element) {
		t.Helper()
		if err := p.Verify(tr, bases, images); !errors.Is(err, group.ErrDLEQ) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("another context", p, said("d"), bases, images)
	for i := range bases {
		other := append([]*group.Element(nil), images...)
		other[i] = group.NewElement().Add(images[i], group.Base())
		refused("another image", p, said("c"), bases, other)
		other = append([]*group.Element(nil), bases...)
		other[i] = group.NewElement().Add(bases[i], group.Base())
		refused("another base", p, said("c"), other, images)
		changed := &group.DLEQ{Commitments: append([]*group.Element(nil), p.Commitments...), Response: p.Response}
		changed.Commitments[i] = group.NewElement().Add(p.Commitments[i], group.Base())
		refused("another commitment", changed, said("c"), bases, images)
	}
	refused("another response", &group.DLEQ{Commitments: p.Commitments, Response: group.NewScalar().Add(p.Response, group.ScalarOf(1))},
		said("c"), bases, images)
	refused("no response", &group.DLEQ{Commitments: p.Commitments}, said("c"), bases, images)
	refused("fewer commitments", &group.DLEQ{Commitments: p.Commitments[1:], Response: p.Response}, said("c"), bases, images)
	refused("fewer images", p, said("c"), bases, images[1:])
	refused("nothing", &group.DLEQ{Response: p.Response}, said("c"), nil, nil)
}

// TestDLEQWithoutSecret: images that no one secret links cannot be proved, not even by who knows both secrets and simulates.
func TestDLEQWithoutSecret(t *testing.T) {
	t.Parallel()
	x, y := random(t), random(t)
	bases, images := linked(t, x, 2)
	images[1] = mul(y, bases[1])
	for _, secret := range []*group.Scalar{x, y} {
		p, err := group.ProveDLEQ(rand.Reader, said("c"), secret, bases, images)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(said("c"), bases, images); !errors.Is(err, group.ErrDLEQ) {
			t.Errorf("a false statement is proved: %v", err)
		}
	}
}

// TestDLEQBindings: a prover who leaves one thing out of the challenge could change it afterwards. Its proofs must not hold; were the thing
// left out here, too, they would. The one who leaves nothing out is right.
func TestDLEQBindings(t *testing.T) {
	t.Parallel()
	for _, skip := range []string{"", "base", "image", "commitment"} {
		x, w := random(t), random(t)
		bases, images := linked(t, x, 2)
		p := &group.DLEQ{Commitments: []*group.Element{mul(w, bases[0]), mul(w, bases[1])}}
		tr := said("c")
		for _, part := range []struct {
			label    string
			elements []*group.Element
		}{{"base", bases}, {"image", images}, {"commitment", p.Commitments}} {
			if part.label != skip {
				tr.AppendElements(part.label, part.elements...)
			}
		}
		p.Response = group.NewScalar().Add(w, group.NewScalar().Multiply(tr.Challenge("dleq"), x))
		if err := p.Verify(said("c"), bases, images); (err == nil) != (skip == "") {
			t.Errorf("without %q: %v", skip, err)
		}
	}
}

func TestDecodeDLEQ(t *testing.T) {
	t.Parallel()
	x := random(t)
	bases, images := linked(t, x, 2)
	p, err := group.ProveDLEQ(rand.Reader, said("c"), x, bases, images)
	if err != nil {
		t.Fatal(err)
	}
	good := p.Bytes()
	with := func(at int, b []byte) []byte {
		c := append([]byte(nil), good...)
		copy(c[at:], b)
		return c
	}
	for _, c := range []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"whole", good, nil},
		{"trailing", append(append([]byte(nil), good...), 0), group.ErrElement},
		{"cut", good[:len(good)-1], group.ErrElement},
		{"identity commitment", with(32, make([]byte, 32)), group.ErrIdentity},
		{"response l", with(64, unhex(t, order)), group.ErrScalar},
	} {
		if _, err := group.DecodeDLEQ(c.bytes, 2); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
