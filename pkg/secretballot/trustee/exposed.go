package trustee

import (
	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// Exposed is a trustee's share of an open roll call, published after the close.
type Exposed struct {
	Trustee int
	Secret  *group.Scalar
}

// Expose publishes the share. Of a secret poll it never is.
func (s *Share) Expose(seal *Seal) (*Exposed, error) {
	if err := s.serves(seal, Open); err != nil {
		return nil, err
	}
	return &Exposed{s.Trustee, group.NewScalar().Set(s.secret)}, nil
}

// Check tells whether the share is this trustee's.
func (m *Exposed) Check(seal *Seal) error {
	if seal.Purpose != Open {
		return ErrPurpose
	}
	key, err := seal.keyOf(m.Trustee)
	if err != nil {
		return err
	}
	if group.NewElement().ScalarBaseMult(m.Secret).Equal(key) != 1 {
		return ErrExposed.WithInt("trustee", int64(m.Trustee))
	}
	return nil
}

// BoxSecret is the private half of a poll's key, rebuilt. It is published by then, in parts.
type BoxSecret struct {
	secret  *group.Scalar
	Refused []Refusal
}

// Rebuild adds up the first t right shares. Wrong ones are named and left out; with fewer than t right ones the error is ErrFew and
// the answer holds the refusals alone.
func Rebuild(seal *Seal, shares []*Exposed) (*BoxSecret, error) {
	out := &BoxSecret{}
	right := collect(shares, func(m *Exposed) int { return m.Trustee }, func(m *Exposed) error { return m.Check(seal) }, &out.Refused)
	right = first(right, seal.Threshold)
	if len(right) < seal.Threshold {
		return out, ErrFew
	}
	var indices []int
	for _, m := range right {
		indices = append(indices, m.Trustee)
	}
	sum := group.NewScalar()
	for i, weight := range lagrange(indices) {
		sum.Add(sum, weight.Multiply(weight, right[i].Secret))
	}
	if group.NewElement().ScalarBaseMult(sum).Equal(seal.Key) != 1 || [32]byte(edwardsOf(sum).BytesMontgomery()) != seal.BoxKey {
		return out, ErrSeal // a seal that does not follow from a ceremony
	}
	out.secret = sum
	return out, nil
}

// Opener opens the boxes of a poll.
func (s *BoxSecret) Opener(pollID string) *ballot.Opener {
	return ballot.NewSharedOpener(func(ephemeral *[ballot.KeyBytes]byte) ([ballot.KeyBytes]byte, bool) {
		return sharedSecret(s.secret, ephemeral)
	}, pollID)
}

// Bytes is the encoding.
func (m *Exposed) Bytes() []byte { return append(header(kindExposed, m.Trustee), m.Secret.Bytes()...) }

// DecodeExposed reads a share.
func DecodeExposed(b []byte) (*Exposed, error) {
	r, index := spoken(b, kindExposed)
	return whole(r, &Exposed{index, r.scalar()})
}
