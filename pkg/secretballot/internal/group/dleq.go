package group

import (
	"io"

	"renlin.dev/pkg/fault"
)

// DLEQ is a Chaum–Pedersen proof that one secret x links all pairs of a statement: images[i] = x·bases[i] for every i. With one pair it
// is Schnorr's proof of knowledge. It is in commitment form, w·bases[i] and the response, so that many can be checked as one sum.
type DLEQ struct {
	Commitments []*Element
	Response    *Scalar
}

// ErrDLEQ says that such a proof does not hold.
var ErrDLEQ = fault.New(fault.Invalid, "proof.unequal",
	"A proof that two numbers were made with the same secret does not hold.", "“两个数值出自同一密钥”的证明不成立。")

// ProveDLEQ proves that images[i] = x·bases[i]. The transcript holds what the proof is bound to and goes on after it; the statement
// itself is appended here.
func ProveDLEQ(rand io.Reader, t *Transcript, x *Scalar, bases, images []*Element) (*DLEQ, error) {
	if len(bases) == 0 || len(bases) != len(images) {
		panic("group.ProveDLEQ: bases and images do not pair")
	}
	w, err := RandomScalar(rand)
	if err != nil {
		return nil, err
	}
	p := &DLEQ{Commitments: make([]*Element, len(bases))}
	for i, base := range bases {
		p.Commitments[i] = NewElement().ScalarMult(w, base)
	}
	c := p.challenge(t, bases, images)
	p.Response = NewScalar().Add(w, NewScalar().Multiply(c, x))
	return p, nil
}

// Verify checks the proof against a statement, with the transcript in the state in which the prover had it.
func (p *DLEQ) Verify(t *Transcript, bases, images []*Element) error {
	if len(bases) == 0 || len(bases) != len(images) || len(p.Commitments) != len(bases) || p.Response == nil {
		return ErrDLEQ
	}
	c := NewScalar().Negate(p.challenge(t, bases, images))
	for i, base := range bases {
		got := NewElement().VarTimeMultiScalarMult([]*Scalar{p.Response, c}, []*Element{base, images[i]})
		if got.Equal(p.Commitments[i]) != 1 {
			return ErrDLEQ
		}
	}
	return nil
}

// challenge says the whole statement and the commitments.
func (p *DLEQ) challenge(t *Transcript, bases, images []*Element) *Scalar {
	t.AppendElements("base", bases...)
	t.AppendElements("image", images...)
	t.AppendElements("commitment", p.Commitments...)
	return t.Challenge("dleq")
}

// Bytes is the encoding: the commitments in order and the response.
func (p *DLEQ) Bytes() []byte {
	out := make([]byte, 0, DLEQBytes(len(p.Commitments)))
	for _, c := range p.Commitments {
		out = append(out, c.Bytes()...)
	}
	return append(out, p.Response.Bytes()...)
}

// DLEQBytes is the size of the proof over that many pairs.
func DLEQBytes(pairs int) int { return pairs*ElementBytes + ScalarBytes }

// DecodeDLEQ reads a proof over that many pairs, and nothing else.
func DecodeDLEQ(b []byte, pairs int) (*DLEQ, error) {
	if len(b) != DLEQBytes(pairs) {
		return nil, ErrElement
	}
	p := &DLEQ{Commitments: make([]*Element, pairs)}
	var err error
	for i := range p.Commitments {
		if p.Commitments[i], err = DecodeElement(b[i*ElementBytes:][:ElementBytes]); err != nil {
			return nil, err
		}
	}
	if p.Response, err = DecodeScalar(b[pairs*ElementBytes:]); err != nil {
		return nil, err
	}
	return p, nil
}
