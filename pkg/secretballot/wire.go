package secretballot

import (
	"renlin.dev/pkg/secretballot/internal/group"
)

// Ballot is a ballot as it was cast: its bytes, and its ciphertexts decoded. The proofs stay bytes; they are decoded when they are checked.
type Ballot struct {
	raw  []byte
	a, b []*group.Element
	plan *plan
}

// Ciphertext hides a number: A = r·G, B = v·G + r·Y.
type Ciphertext struct{ A, B *group.Element }

// DecodeCiphertext reads what Ciphertext.Bytes wrote. A sum's elements may be the identity; a ballot's never are, and Decode refuses those.
func DecodeCiphertext(b []byte) (Ciphertext, error) {
	if len(b) != 2*group.ElementBytes {
		return Ciphertext{}, ErrSum
	}
	a, err := group.DecodeAny(b[:group.ElementBytes])
	if err != nil {
		return Ciphertext{}, err
	}
	c, err := group.DecodeAny(b[group.ElementBytes:])
	return Ciphertext{a, c}, err
}

// Decode reads a ballot's ciphertexts, for who has checked the ballot before or will. It refuses a size, a version and ciphertexts that no
// ballot of the election has, and does not look at the proofs.
func (e *Election) Decode(raw []byte) (*Ballot, error) {
	if len(raw) != e.plan.ballotBytes {
		return nil, ErrSize.WithInt("bytes", int64(len(raw))).WithInt("bytes_wanted", int64(e.plan.ballotBytes))
	}
	if raw[0] != version {
		return nil, ErrVersion.WithInt("version", int64(raw[0]))
	}
	b := &Ballot{raw: raw, plan: e.plan, a: make([]*group.Element, e.plan.ciphertexts), b: make([]*group.Element, e.plan.ciphertexts)}
	r := reader{rest: b.ciphertexts()}
	for i := range b.a {
		b.a[i], b.b[i] = r.element(), r.element()
	}
	if r.err != nil {
		return nil, r.err
	}
	return b, nil
}

// Bytes are the ballot's bytes, which the caller may not change.
func (b *Ballot) Bytes() []byte { return b.raw }

// Ciphertexts are what the ballot encrypts: the selections of the shape, in order, and then what fills sums up.
func (b *Ballot) Ciphertexts() []Ciphertext {
	out := make([]Ciphertext, len(b.a))
	for i := range out {
		out[i] = Ciphertext{b.a[i], b.b[i]}
	}
	return out
}

// The three parts of a ballot after its version.
func (b *Ballot) ciphertexts() []byte { return b.raw[1:][:2*b.plan.ciphertexts*group.ElementBytes] }

func (b *Ballot) commitments() []byte {
	return b.raw[1+len(b.ciphertexts()):][:b.plan.commitments*group.ElementBytes]
}

func (b *Ballot) scalars() []byte { return b.raw[1+len(b.ciphertexts())+len(b.commitments()):] }

// reader takes numbers off bytes whose length was checked. The first error stays.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) element() *group.Element {
	e, err := group.DecodeElement(r.rest[:group.ElementBytes])
	r.rest = r.rest[group.ElementBytes:]
	if err != nil && r.err == nil {
		r.err = err
	}
	return e
}

func (r *reader) scalar() *group.Scalar {
	s, err := group.DecodeScalar(r.rest[:group.ScalarBytes])
	r.rest = r.rest[group.ScalarBytes:]
	if err != nil && r.err == nil {
		r.err = err
	}
	return s
}
