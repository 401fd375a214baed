package trustee

import (
	"io"

	"filippo.io/edwards25519"
	"filippo.io/edwards25519/field"

	"renlin.dev/pkg/secretballot/internal/group"
)

// Sealed boxes are made for X25519, whose curve is that of Ed25519 in other coordinates; ristretto255 is another group, of the same
// order l. So a trustee shows the public half of one secret in both, and proves with one response that it is one secret. That is
// sound because both orders are l, and only if the Edwards point is in the subgroup of that order: otherwise something of order up
// to 8 could hide in it.

// minusOne is l-1 as a scalar of the Edwards group.
var minusOne = func() *edwards25519.Scalar {
	var one [32]byte
	one[0] = 1
	s, err := edwards25519.NewScalar().SetCanonicalBytes(one[:])
	if err != nil {
		panic("trustee.minusOne: " + err.Error())
	}
	return s.Negate(s)
}()

// decodePoint reads a point of prime order. The library also takes second spellings, with y at or above the field's prime or a sign
// where there is none; there are few, and none of a point of prime order.
func decodePoint(b []byte) (*edwards25519.Point, error) {
	p, err := edwards25519.NewIdentityPoint().SetBytes(b)
	if err != nil {
		return nil, ErrPoint
	}
	// (l-1)·P is -P exactly if l·P is the identity.
	product := edwards25519.NewIdentityPoint().VarTimeMultiScalarMult([]*edwards25519.Scalar{minusOne}, []*edwards25519.Point{p})
	if product.Add(product, p).Equal(edwards25519.NewIdentityPoint()) != 1 || p.Equal(edwards25519.NewIdentityPoint()) == 1 {
		return nil, ErrPoint
	}
	return p, nil
}

// edwardsScalar is the same integer as a scalar of the Edwards group.
func edwardsScalar(s *group.Scalar) *edwards25519.Scalar {
	out, err := edwards25519.NewScalar().SetCanonicalBytes(s.Bytes())
	if err != nil {
		panic("trustee.edwardsScalar: " + err.Error()) // both orders are l
	}
	return out
}

// edwardsOf is s times the base point of the Edwards group.
func edwardsOf(s *group.Scalar) *edwards25519.Point {
	return edwards25519.NewIdentityPoint().ScalarBaseMult(edwardsScalar(s))
}

// Possession proves that one secret is behind a ristretto key and a point on Edwards25519, and that who made it knows the secret. It is in
// commitment form: one nonce in both groups, and one response.
type Possession struct {
	Ristretto *group.Element
	Edwards   *edwards25519.Point
	Response  *group.Scalar
}

func provePossession(rand io.Reader, t *group.Transcript, secret *group.Scalar) (*Possession, error) {
	w, err := group.RandomScalar(rand)
	if err != nil {
		return nil, err
	}
	p := &Possession{Ristretto: group.NewElement().ScalarBaseMult(w), Edwards: edwardsOf(w)}
	c := p.challenge(t, group.NewElement().ScalarBaseMult(secret), edwardsOf(secret))
	p.Response = group.NewScalar().Add(w, group.NewScalar().Multiply(c, secret))
	return p, nil
}

// holds checks the proof. The point is known to be of prime order; the proof's own point then is, too, if the equation holds.
func (p *Possession) holds(t *group.Transcript, key *group.Element, point *edwards25519.Point) bool {
	c := group.NewScalar().Negate(p.challenge(t, key, point))
	got := group.NewElement().VarTimeDoubleScalarBaseMult(c, key, p.Response)
	gotPoint := edwards25519.NewIdentityPoint().VarTimeDoubleScalarBaseMult(edwardsScalar(c), point, edwardsScalar(p.Response))
	return got.Equal(p.Ristretto) == 1 && gotPoint.Equal(p.Edwards) == 1
}

func (p *Possession) challenge(t *group.Transcript, key *group.Element, point *edwards25519.Point) *group.Scalar {
	t.AppendElements("key", key)
	t.Append("point", point.Bytes())
	t.AppendElements("commitment", p.Ristretto)
	t.Append("commitment", p.Edwards.Bytes())
	return t.Challenge("possession")
}

func (p *Possession) append(b []byte) []byte {
	b = append(append(b, p.Ristretto.Bytes()...), p.Edwards.Bytes()...)
	return append(b, p.Response.Bytes()...)
}

func (r *reader) point() *edwards25519.Point {
	b := r.bytes(32)
	if r.err != nil {
		return edwards25519.NewIdentityPoint()
	}
	p, err := decodePoint(b)
	if err != nil {
		r.fail(err)
		return edwards25519.NewIdentityPoint()
	}
	return p
}

func (r *reader) possession() *Possession {
	return &Possession{Ristretto: r.element(), Edwards: r.point(), Response: r.scalar()}
}

// lift finds a point on Edwards25519 whose Montgomery coordinate is u (RFC 7748: the highest bit does not count, and u is taken
// modulo the field's prime). Which of the two it is does not matter: the other one is its negation, and multiples of both have the
// same u. For half of all u there is none: those belong to the curve's twist, and no X25519 public key that was made by the rules
// is among them.
func lift(u *[32]byte) (*edwards25519.Point, bool) {
	x, err := new(field.Element).SetBytes(u[:])
	if err != nil {
		return nil, false
	}
	one := new(field.Element).One()
	sum := new(field.Element).Add(x, one)
	if sum.Equal(new(field.Element)) == 1 {
		return nil, false // u = -1, where the map has no value
	}
	y := sum.Multiply(new(field.Element).Subtract(x, one), sum.Invert(sum))
	p, err := edwards25519.NewIdentityPoint().SetBytes(y.Bytes())
	return p, err == nil
}

// sharedSecret is what X25519 gives to who sealed for the point secret·B with the ephemeral key u. X25519 multiplies by a multiple of 8,
// which takes away what is not of prime order; here 8·P and secret/8 do the same for every P.
func sharedSecret(secret *group.Scalar, u *[32]byte) (shared [32]byte, ok bool) {
	p, ok := lift(u)
	if !ok {
		return shared, false
	}
	eighth := group.NewScalar().Multiply(secret, group.NewScalar().Invert(group.ScalarOf(8)))
	p.MultByCofactor(p)
	p.ScalarMult(edwardsScalar(eighth), p)
	return [32]byte(p.BytesMontgomery()), true
}
