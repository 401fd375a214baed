package trustee

import (
	"encoding/binary"
	"io"
	"slices"

	"renlin.dev/pkg/secretballot/internal/group"
)

// claimsMax: two thresholds make an interval; more of them would close in on the total.
const claimsMax = 2

// Claim is what is proved of a total T: that T >= Threshold, or that T < Threshold.
type Claim struct {
	Reached   bool
	Threshold uint64
}

// Holds tells whether the claim is true of a total.
func (c Claim) Holds(total uint64) bool { return (total >= c.Threshold) == c.Reached }

// Within answers the claims that say lo <= T <= hi, of a total that is at most bound. What the bound says already needs no claim.
func Within(lo, hi, bound uint64) []Claim {
	var out []Claim
	if lo > 0 {
		out = append(out, Claim{true, lo})
	}
	if hi < bound {
		out = append(out, Claim{false, hi + 1})
	}
	return out
}

// check: a threshold of 0 or above the bound says nothing about a total.
func (c Claim) check(total *Total) error {
	if c.Threshold < 1 || c.Threshold > total.Bound {
		return ErrBound
	}
	return nil
}

// Verdict proves claims of a sealed total, from the blinded parts of a quorum.
type Verdict struct {
	// Trustee is who put the parts together.
	Trustee int
	// Quorum are the t trustees whose parts were used, ascending.
	Quorum []int
	Proofs []*RangeProof
}

// RangeProof proves one claim.
type RangeProof struct {
	Claim Claim
	// Bits commit to the bits of the difference from the second up; the first follows from the total and the others.
	Bits      []*group.Element
	Challenge *group.Scalar
	Responses []BitProof
}

// OpenedTotal is what a reader of t openings knows, and nobody else may.
type OpenedTotal struct {
	Refused []Refusal
	// Value is T·G, whose exponent the caller finds below the bound.
	Value    *group.Element
	trustee  int
	quorum   []int
	seal     *Seal
	total    *Total
	parts    []*Blinded
	blinding *group.Scalar
}

// OpenTotal puts together t blinded parts that are right and open to this reader. What is not is named and left out; with fewer than t the
// error is ErrFew and the answer holds the refusals alone. Of a trustee's parts the first right one counts, as in Check: if that does not
// open, a later one that would is none, or else a trustee could have one opened and another one checked.
func OpenTotal(key *Key, c *Ceremony, seal *Seal, total *Total, list []*Blinded) (*OpenedTotal, error) {
	index, err := key.index(c)
	if err != nil {
		return nil, err
	}
	if err := total.check(); err != nil {
		return nil, err
	}
	o := &OpenedTotal{trustee: index, seal: seal, total: total}
	var openings [CountMax + 1]*opening
	var counts [CountMax + 1]*Blinded
	right := collect(list, func(m *Blinded) int { return m.Trustee }, func(m *Blinded) error {
		if err := m.Check(seal, total); err != nil {
			return err
		}
		if counts[m.Trustee] != nil {
			return ErrDuplicate.WithInt("trustee", int64(m.Trustee))
		}
		counts[m.Trustee] = m
		var err error
		openings[m.Trustee], err = m.open(key, index, seal, total)
		return err
	}, &o.Refused)
	o.parts = first(right, seal.Threshold)
	if len(o.parts) < seal.Threshold {
		return o, ErrFew
	}
	for _, m := range o.parts {
		o.quorum = append(o.quorum, m.Trustee)
	}
	// The sums run in constant time: what they add is not published.
	mask := group.NewElement()
	o.blinding = group.NewScalar()
	for i, weight := range lagrange(o.quorum) {
		opened := openings[o.quorum[i]]
		mask.Add(mask, group.NewElement().ScalarMult(weight, opened.part))
		o.blinding.Add(o.blinding, group.NewScalar().Multiply(weight, opened.blinding))
	}
	o.Value = group.NewElement().Subtract(total.Sum.B, mask)
	return o, nil
}

// Prove proves claims of the total, which is the exponent of Value. A claim that is not true is refused: it could not be proved.
func (o *OpenedTotal) Prove(rand io.Reader, value uint64, claims ...Claim) (*Verdict, error) {
	if len(claims) < 1 || len(claims) > claimsMax {
		return nil, ErrMalformed
	}
	if value > o.total.Bound || group.NewElement().ScalarBaseMult(group.ScalarOf(value)).Equal(o.Value) != 1 {
		return nil, ErrUntrue
	}
	v := &Verdict{Trustee: o.trustee, Quorum: slices.Clone(o.quorum)}
	sealed := commitment(o.total, o.parts)
	for _, claim := range claims {
		if err := claim.check(o.total); err != nil {
			return nil, err
		}
		if !claim.Holds(value) {
			return nil, ErrUntrue
		}
		distance, blinding := value-claim.Threshold, group.NewScalar().Negate(o.blinding)
		if !claim.Reached {
			distance, blinding = claim.Threshold-1-value, o.blinding
		}
		t := v.bind(o.seal, o.total, o.parts, claim)
		proof, err := proveRange(rand, t, claim.difference(sealed), o.total.Bits(), distance, blinding)
		if err != nil {
			return nil, err
		}
		proof.Claim = claim
		v.Proofs = append(v.Proofs, proof)
	}
	return v, nil
}

// commitment is K = B - sum of lambda_i·C_i = T·G - R·H: a Pedersen commitment to the total that anyone computes from the record.
func commitment(total *Total, parts []*Blinded) *group.Element {
	var quorum []int
	var points []*group.Element
	for _, m := range parts {
		quorum, points = append(quorum, m.Trustee), append(points, m.Part)
	}
	mask := group.NewElement().VarTimeMultiScalarMult(lagrange(quorum), points)
	return group.NewElement().Subtract(total.Sum.B, mask)
}

// difference turns a commitment to T into one to T - threshold, or to threshold - 1 - T: what the claim says is not negative.
func (c Claim) difference(sealed *group.Element) *group.Element {
	if c.Reached {
		return group.NewElement().Subtract(sealed, group.NewElement().ScalarBaseMult(group.ScalarOf(c.Threshold)))
	}
	return group.NewElement().Subtract(group.NewElement().ScalarBaseMult(group.ScalarOf(c.Threshold-1)), sealed)
}

// bind says everything that a proof of a claim rests on.
func (v *Verdict) bind(seal *Seal, total *Total, parts []*Blinded, claim Claim) *group.Transcript {
	t := bindBlinded("verdict", seal, v.Trustee, total.subject(seal))
	for _, m := range parts {
		t.AppendInt("quorum", uint64(m.Trustee))
		t.AppendElements("part", m.Part)
	}
	reached := uint64(0)
	if claim.Reached {
		reached = 1
	}
	t.AppendInt("reached", reached)
	t.AppendInt("threshold", claim.Threshold)
	return t
}

// Check holds the verdict against the blinded parts in the order of the record, of which each trustee's first right one counts, and answers
// what it proves of the total. Whether these are the thresholds that the poll's rules ask about, the caller must compare.
func (v *Verdict) Check(seal *Seal, total *Total, list []*Blinded) ([]Claim, error) {
	if err := total.check(); err != nil {
		return nil, err
	}
	if _, err := seal.keyOf(v.Trustee); err != nil {
		return nil, err
	}
	if len(v.Proofs) < 1 || len(v.Proofs) > claimsMax {
		return nil, ErrMalformed
	}
	parts, err := quorumOf(v.Quorum, list, seal, total)
	if err != nil {
		return nil, err
	}
	sealed := commitment(total, parts)
	var claims []Claim
	for _, p := range v.Proofs {
		if err := p.Claim.check(total); err != nil {
			return nil, err
		}
		t := v.bind(seal, total, parts, p.Claim)
		if !p.holds(t, p.Claim.difference(sealed), total.Bits()) {
			return nil, ErrVerdict
		}
		claims = append(claims, p.Claim)
	}
	return claims, nil
}

// quorumOf answers the parts of exactly t trustees, ascending.
func quorumOf(quorum []int, list []*Blinded, seal *Seal, total *Total) ([]*Blinded, error) {
	if len(quorum) != seal.Threshold {
		return nil, ErrFew
	}
	var parts []*Blinded
	for i, index := range quorum {
		if i > 0 && index <= quorum[i-1] {
			return nil, ErrStranger.WithInt("trustee", int64(index))
		}
		part, err := counted(list, index, seal, total)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
	}
	return parts, nil
}

// counted answers the first right part of a trustee. If none is right, the first one's fault is answered.
func counted(list []*Blinded, index int, seal *Seal, total *Total) (*Blinded, error) {
	var why error
	for _, m := range list {
		if m.Trustee != index {
			continue
		}
		err := m.Check(seal, total)
		if err == nil {
			return m, nil
		}
		if why == nil {
			why = err
		}
	}
	if why == nil {
		why = ErrStranger.WithInt("trustee", int64(index))
	}
	return nil, why
}

// Bytes is the encoding.
func (v *Verdict) Bytes() []byte {
	b := append(header(kindVerdict, v.Trustee), byte(len(v.Quorum)))
	for _, index := range v.Quorum {
		b = append(b, byte(index))
	}
	b = append(b, byte(len(v.Proofs)))
	for _, p := range v.Proofs {
		reached := byte(0)
		if p.Claim.Reached {
			reached = 1
		}
		b = binary.BigEndian.AppendUint64(append(b, reached), p.Claim.Threshold)
		b = p.append(b)
	}
	return b
}

// DecodeVerdict reads a verdict.
func DecodeVerdict(b []byte) (*Verdict, error) {
	r, index := spoken(b, kindVerdict)
	v := &Verdict{Trustee: index}
	v.Quorum = r.quorum()
	for range r.count(1, claimsMax) {
		claim := Claim{Reached: r.count(0, 1) == 1, Threshold: r.u64()}
		p := r.rangeProof()
		p.Claim = claim
		v.Proofs = append(v.Proofs, p)
	}
	return whole(r, v)
}

// quorum reads the indices of trustees, ascending.
func (r *reader) quorum() (quorum []int) {
	last := 0
	for range r.count(1, CountMax) {
		last = r.count(last+1, CountMax)
		quorum = append(quorum, last)
	}
	return quorum
}
