package trustee

import (
	"bytes"

	"filippo.io/edwards25519"

	"renlin.dev/pkg/secretballot/internal/group"
)

// Seal is what a ceremony gives: the poll's key in both forms, and each trustee's public part, against which what they do is checked.
type Seal struct {
	// Ceremony is the id of the ceremony that it follows from.
	Ceremony  [32]byte
	Purpose   Purpose
	Threshold int
	// Key is Y = x·G on ristretto255, to which secret ballots are encrypted.
	Key *group.Element
	// BoxKey is x·B on Curve25519, to which the boxes of open ballots are sealed.
	BoxKey [32]byte
	// Keys are Y_i = x_i·G; trustee i has Keys[i-1].
	Keys []*group.Element
}

// Seal computes the keys once every trustee has acknowledged.
func (r *Record) Seal() (*Seal, error) {
	if r.Step() != Sealed {
		return nil, ErrStep
	}
	s := &Seal{Ceremony: r.id, Purpose: r.ceremony.Purpose, Threshold: r.ceremony.Threshold, Key: r.verificationKey(0)}
	point := edwards25519.NewIdentityPoint()
	for i, m := range r.reveals {
		point.Add(point, m.Point)
		s.Keys = append(s.Keys, r.verificationKey(i+1))
	}
	s.BoxKey = [32]byte(point.BytesMontgomery())
	return s, nil
}

// CheckSeal compares a seal with the one that follows from the record.
func (r *Record) CheckSeal(s *Seal) error {
	own, err := r.Seal()
	if err != nil {
		return err
	}
	if !bytes.Equal(own.Bytes(), s.Bytes()) {
		return ErrSeal
	}
	return nil
}

// keyOf answers Y_i.
func (s *Seal) keyOf(index int) (*group.Element, error) {
	if index < 1 || index > len(s.Keys) {
		return nil, ErrStranger.WithInt("trustee", int64(index))
	}
	return s.Keys[index-1], nil
}

// Bytes is the encoding.
func (s *Seal) Bytes() []byte {
	b := append(header(kindSeal, 0), byte(s.Purpose), byte(s.Threshold), byte(len(s.Keys)))
	b = appendElements(append(b, s.Ceremony[:]...), s.Key)
	return appendElements(append(b, s.BoxKey[:]...), s.Keys...)
}

// DecodeSeal reads a seal. That it follows from a ceremony, CheckSeal tells.
func DecodeSeal(b []byte) (*Seal, error) {
	r, zero := read(b, kindSeal)
	s := &Seal{Purpose: Purpose(r.count(int(Open), int(Secret))), Threshold: r.count(1, CountMax)}
	n := r.count(1, CountMax)
	s.Ceremony, s.Key, s.BoxKey, s.Keys = r.hash(), r.element(), r.hash(), r.elements(n)
	if zero != 0 || s.Threshold > n {
		r.fail(ErrMalformed)
	}
	return whole(r, s)
}

// lagrange answers the coefficients with which the shares of these trustees add up to the secret: the products of j/(j-i) over the
// others j.
func lagrange(indices []int) []*group.Scalar {
	out := make([]*group.Scalar, len(indices))
	for k, i := range indices {
		above, below := group.ScalarOf(1), group.ScalarOf(1)
		for _, j := range indices {
			if j != i {
				above.Multiply(above, group.ScalarOf(uint64(j)))
				below.Multiply(below, group.ScalarOfInt(int64(j-i)))
			}
		}
		out[k] = above.Multiply(above, below.Invert(below))
	}
	return out
}
