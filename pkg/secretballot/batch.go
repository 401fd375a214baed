package secretballot

import (
	"crypto/sha512"
	"encoding/binary"

	"renlin.dev/pkg/secretballot/internal/group"
)

// coefficientBytes is the size of a coefficient: a wrong batch passes with probability 2^-128, and a proof that is made to pass
// needs as many attempts.
const coefficientBytes = 16

// coefficients are the random numbers of one batch. They are hashed from the ballots' digests, so that they were fixed only after all
// equations were, and are the same for everybody who checks the same ballots in the same order.
type coefficients struct {
	seed  [sha512.Size + 8]byte // and a counter
	block [sha512.Size]byte
	left  []byte
	count uint64
}

func newCoefficients(all []*stated) *coefficients {
	t := group.NewTranscript("renlin/vote/v1/batch")
	for _, s := range all {
		t.Append("ballot", s.digest)
	}
	digest := t.Digest("coefficients")
	c := &coefficients{}
	copy(c.seed[:], digest[:])
	return c
}

// next draws a coefficient.
func (c *coefficients) next() *group.Scalar {
	if len(c.left) == 0 {
		binary.BigEndian.PutUint64(c.seed[sha512.Size:], c.count)
		c.count++
		c.block = sha512.Sum512(c.seed[:])
		c.left = c.block[:]
	}
	var b [group.ScalarBytes]byte
	copy(b[:], c.left[:coefficientBytes])
	c.left = c.left[coefficientBytes:]
	s, err := group.DecodeScalar(b[:])
	if err != nil {
		panic("secretballot.coefficients: 128 bits are below the order: " + err.Error())
	}
	return s
}

// sums collects one large sum: terms of its own points, and the weights of G and of the election's key.
type sums struct {
	scalars   []*group.Scalar
	points    []*group.Element
	base, key *group.Scalar
}

func newSums(points int) *sums {
	return &sums{
		scalars: make([]*group.Scalar, 0, points+2), points: make([]*group.Element, 0, points+2),
		base: group.NewScalar(), key: group.NewScalar(),
	}
}

// term adds a copy of the weight times the point.
func (m *sums) term(weight *group.Scalar, point *group.Element) {
	m.scalars, m.points = append(m.scalars, group.NewScalar().Set(weight)), append(m.points, point)
}

// terms adds points whose weights, zero for now, the caller goes on to change.
func (m *sums) terms(points []*group.Element) []*group.Scalar {
	first := len(m.scalars)
	for _, p := range points {
		m.term(group.NewScalar(), p)
	}
	return m.scalars[first:len(m.scalars):len(m.scalars)]
}

// isZero tells whether the whole sum is the neutral element.
func (m *sums) isZero(key *group.Element) bool {
	m.scalars, m.points = append(m.scalars, m.base, m.key), append(m.points, group.Base(), key)
	return group.IsIdentity(group.MSM(m.scalars, m.points))
}
