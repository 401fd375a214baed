package trustee

import (
	"io"

	"renlin.dev/pkg/secretballot/internal/group"
)

// BitProof is one bit's part of a range proof: that C is a commitment to 0, or to 1, without saying which (Cramer, Damgård,
// Schoenmakers). The challenges of the two cases add up to the proof's; that of the case 0 is kept.
type BitProof struct {
	Challenge *group.Scalar
	// Zero and One are the responses of the two cases.
	Zero, One *group.Scalar
}

// cases are C and C - G: the first is a multiple of H if the bit is 0, the second if it is 1.
func cases(bit *group.Element) [2]*group.Element {
	return [2]*group.Element{bit, group.NewElement().Subtract(bit, group.Base())}
}

// proveRange proves that difference = distance·G + blinding·H with distance below 2^bits. Bit by bit it does the same work whatever
// the bit is.
func proveRange(
	rand io.Reader, t *group.Transcript, difference *group.Element, bits int, distance uint64, blinding *group.Scalar,
) (*RangeProof, error) {
	p := &RangeProof{}
	blindings, err := scalars(rand, bits)
	if err != nil {
		return nil, err
	}
	// The blindings of the bits, weighted like them, add up to that of the whole: the first follows from the others.
	blindings[0].Set(blinding)
	for j := 1; j < bits; j++ {
		weight := group.ScalarOf(1 << j)
		blindings[0].Subtract(blindings[0], weight.Multiply(weight, blindings[j]))
		bit := group.NewElement().ScalarBaseMult(group.ScalarOf(distance >> j & 1))
		p.Bits = append(p.Bits, pedersen(bit, blindings[j]))
	}
	commitments := bitCommitments(difference, p.Bits)
	drawn, err := scalars(rand, 3*bits)
	if err != nil {
		return nil, err
	}
	announced := make([][2]*group.Element, bits)
	for j, bit := range commitments {
		nonce, otherChallenge, otherResponse := drawn[3*j], drawn[3*j+1], drawn[3*j+2]
		is := distance >> j & 1
		announced[j][is] = pedersen(group.NewElement(), nonce)
		// The case that is not so is made up backwards, from a challenge and a response.
		other := group.NewElement().ScalarMult(otherChallenge, cases(bit)[1-is])
		announced[j][1-is] = other.Subtract(pedersen(group.NewElement(), otherResponse), other)
	}
	p.Challenge = challengeBits(t, commitments, announced)
	for j := range commitments {
		nonce, otherChallenge, otherResponse := drawn[3*j], drawn[3*j+1], drawn[3*j+2]
		is := distance >> j & 1
		own := group.NewScalar().Subtract(p.Challenge, otherChallenge)
		response := group.NewScalar().Multiply(own, blindings[j])
		responses := [2]*group.Scalar{}
		responses[is], responses[1-is] = response.Add(response, nonce), otherResponse
		challenge := [2]*group.Scalar{own, otherChallenge}[is]
		p.Responses = append(p.Responses, BitProof{challenge, responses[0], responses[1]})
	}
	return p, nil
}

func scalars(rand io.Reader, n int) ([]*group.Scalar, error) {
	out := make([]*group.Scalar, n)
	for i := range out {
		var err error
		if out[i], err = group.RandomScalar(rand); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// bitCommitments puts the first bit's commitment before the others: it is what is missing from their weighted sum to the
// difference, so that no other sum can be proved.
func bitCommitments(difference *group.Element, others []*group.Element) []*group.Element {
	sum := group.NewElement()
	for j := len(others) - 1; j >= 0; j-- {
		sum.Add(sum, others[j])
		sum.Add(sum, sum)
	}
	return append([]*group.Element{sum.Subtract(difference, sum)}, others...)
}

// challengeBits says both generators, every commitment and every announcement.
func challengeBits(t *group.Transcript, commitments []*group.Element, announced [][2]*group.Element) *group.Scalar {
	t.AppendElements("second generator", group.Second())
	t.AppendElements("bit", commitments...)
	for _, a := range announced {
		t.AppendElements("commitment", a[0], a[1])
	}
	return t.Challenge("verdict")
}

// holds checks a proof of exactly that many bits.
func (p *RangeProof) holds(t *group.Transcript, difference *group.Element, bits int) bool {
	if len(p.Responses) != bits || len(p.Bits) != bits-1 {
		return false
	}
	commitments := bitCommitments(difference, p.Bits)
	announced := make([][2]*group.Element, bits)
	for j, bit := range commitments {
		r := p.Responses[j]
		challenges := [2]*group.Scalar{r.Challenge, group.NewScalar().Subtract(p.Challenge, r.Challenge)}
		responses := [2]*group.Scalar{r.Zero, r.One}
		for i, c := range cases(bit) {
			minus := group.NewScalar().Negate(challenges[i])
			announced[j][i] = group.NewElement().VarTimeMultiScalarMult([]*group.Scalar{responses[i], minus}, []*group.Element{group.Second(), c})
		}
	}
	return challengeBits(t, commitments, announced).Equal(p.Challenge) == 1
}

// append writes all but the claim.
func (p *RangeProof) append(b []byte) []byte {
	b = appendElements(append(b, byte(len(p.Responses))), p.Bits...)
	b = append(b, p.Challenge.Bytes()...)
	for _, r := range p.Responses {
		b = append(append(append(b, r.Challenge.Bytes()...), r.Zero.Bytes()...), r.One.Bytes()...)
	}
	return b
}

// rangeProof reads all but the claim.
func (r *reader) rangeProof() *RangeProof {
	bits := r.count(1, boundBitsMax)
	p := &RangeProof{Bits: r.elements(max(bits-1, 0)), Challenge: r.scalar()}
	for range bits {
		p.Responses = append(p.Responses, BitProof{r.scalar(), r.scalar(), r.scalar()})
	}
	return p
}
