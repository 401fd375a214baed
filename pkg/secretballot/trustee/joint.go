package trustee

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"

	"renlin.dev/pkg/secretballot/internal/group"
)

// togetherMax is how many totals are judged together: a poll has so many measures.
const togetherMax = 4

// Joint is one verdict about several sealed totals of the same ballots: that each of them reaches its threshold, or that not all do. Which
// one does not, it shows to nobody.
type Joint struct {
	// Trustee is who put the parts together, of every total.
	Trustee int
	Reached bool
	// Each says of a total, in the totals' order, whose parts were used and what it is held against.
	Each []Held
	// Proofs prove of each total that it reaches its threshold; nil if not all do.
	Proofs []*RangeProof
	// Short proves that not all do; nil if they do.
	Short *Shortfall
}

// Held is a threshold that a total is held against, and the t trustees, ascending, whose parts of it were used.
type Held struct {
	Quorum    []int
	Threshold uint64
}

// Shortfall proves that at least one of several totals is below its threshold. What some total lacks to one less than its threshold is
// committed to anew, as a number that is not negative, and for one of the totals, without saying which, it is proved that the new
// commitment and the total's own are to the same number (Cramer, Damgård, Schoenmakers).
type Shortfall struct {
	// Lack is V = v·G + s·H.
	Lack *group.Element
	// Range proves v >= 0.
	Range *RangeProof
	// Cases are, for each total, that V - ((threshold-1)·G - K) is a multiple of H. The challenges add up to that of all.
	Cases []CaseProof
}

// CaseProof is one case of several of which at least one is so.
type CaseProof struct{ Challenge, Response *group.Scalar }

// ProveTogether proves of totals that one trustee has opened, in the order of the list, whether each reaches its threshold. Values are
// the exponents of the opened totals' values. Not all being reached, it does the same work whichever it is that is not.
func ProveTogether(rand io.Reader, opened []*OpenedTotal, values, thresholds []uint64) (*Joint, error) {
	n := len(opened)
	if n < 1 || len(values) != n || len(thresholds) != n {
		return nil, ErrMalformed
	}
	j, totals := &Joint{Trustee: opened[0].trustee}, make([]*Total, n)
	parts := make([][]*Blinded, n)
	for i, o := range opened {
		if o.trustee != j.Trustee || !bytes.Equal(o.seal.Bytes(), opened[0].seal.Bytes()) {
			return nil, ErrTogether
		}
		if values[i] > o.total.Bound || group.NewElement().ScalarBaseMult(group.ScalarOf(values[i])).Equal(o.Value) != 1 {
			return nil, ErrUntrue
		}
		totals[i], parts[i] = o.total, o.parts
		j.Each = append(j.Each, Held{slices.Clone(o.quorum), thresholds[i]})
	}
	if err := j.checkTotals(totals); err != nil {
		return nil, err
	}
	below := uint64(0)
	for i, value := range values {
		below |= (value - thresholds[i]) >> 63 // both are far below 2^63
	}
	j.Reached = below == 0
	seal := opened[0].seal
	if !j.Reached {
		var err error
		j.Short, err = j.proveShort(rand, seal, totals, parts, opened, values)
		return j, err
	}
	for i, o := range opened {
		claim := Claim{true, thresholds[i]}
		difference, blinding := claim.difference(commitment(o.total, o.parts)), group.NewScalar().Negate(o.blinding)
		t := j.bind(seal, totals, parts)
		t.AppendInt("total", uint64(i))
		proof, err := proveRange(rand, t, difference, o.total.Bits(), values[i]-thresholds[i], blinding)
		if err != nil {
			return nil, err
		}
		j.Proofs = append(j.Proofs, proof)
	}
	return j, nil
}

// proveShort proves that some total is below its threshold. Which one is a number here that is used as an index and decides no branch.
func (j *Joint) proveShort(
	rand io.Reader, seal *Seal, totals []*Total, parts [][]*Blinded, opened []*OpenedTotal, values []uint64,
) (*Shortfall, error) {
	n := len(totals)
	drawn, err := scalars(rand, 2+2*n)
	if err != nil {
		return nil, err
	}
	is := 0 // the last that is below; another one would do as well
	for i := range values {
		below := int((values[i] - j.Each[i].Threshold) >> 63) // 1 or 0
		is += below * (i - is)
	}
	blinding, nonce := drawn[0], drawn[1]
	lack := j.Each[is].Threshold - 1 - values[is]
	s := &Shortfall{Lack: pedersen(group.NewElement().ScalarBaseMult(group.ScalarOf(lack)), blinding)}
	if s.Range, err = proveRange(rand, j.bindRange(seal, totals, parts, s), s.Lack, bitsOf(totals), lack, blinding); err != nil {
		return nil, err
	}
	cases := j.casesOf(s, totals, parts)
	announced, others := make([]*group.Element, n), group.NewScalar()
	for i, c := range cases { // each made up backwards, from a challenge and a response
		s.Cases = append(s.Cases, CaseProof{drawn[2+2*i], drawn[3+2*i]})
		others.Add(others, drawn[2+2*i])
		made := group.NewElement().ScalarMult(drawn[2+2*i], c)
		announced[i] = made.Subtract(pedersen(group.NewElement(), drawn[3+2*i]), made)
	}
	announced[is] = pedersen(group.NewElement(), nonce)
	own := j.challenge(seal, totals, parts, s, announced)
	own.Subtract(own, others.Subtract(others, s.Cases[is].Challenge))
	// V - ((threshold-1)·G - K) = (s - R)·H, R being the blinding of the total.
	difference := group.NewScalar().Subtract(blinding, opened[is].blinding)
	s.Cases[is] = CaseProof{own, nonce.Add(nonce, difference.Multiply(difference, own))}
	return s, nil
}

// bitsOf covers what any of the totals can lack.
func bitsOf(totals []*Total) int {
	most := 0
	for _, t := range totals {
		most = max(most, t.Bits())
	}
	return most
}

// casesOf are V - ((threshold-1)·G - K) for each total.
func (j *Joint) casesOf(s *Shortfall, totals []*Total, parts [][]*Blinded) []*group.Element {
	out := make([]*group.Element, len(totals))
	for i, total := range totals {
		lacks := Claim{false, j.Each[i].Threshold}.difference(commitment(total, parts[i]))
		out[i] = lacks.Subtract(s.Lack, lacks)
	}
	return out
}

// checkTotals refuses totals that are not different ones of one election, and thresholds that say nothing about theirs.
func (j *Joint) checkTotals(totals []*Total) error {
	if len(totals) < 1 || len(totals) > togetherMax {
		return ErrMalformed
	}
	if len(totals) != len(j.Each) {
		return ErrTogether
	}
	for i, total := range totals {
		if err := total.check(); err != nil {
			return err
		}
		same := func(other *Total) bool { return other.Measure == total.Measure }
		if total.Election != totals[0].Election || slices.ContainsFunc(totals[:i], same) {
			return ErrTogether
		}
		if err := (Claim{true, j.Each[i].Threshold}).check(total); err != nil {
			return err
		}
	}
	return nil
}

// bind says who says it, what of, of all totals and all parts, and against which thresholds.
func (j *Joint) bind(seal *Seal, totals []*Total, parts [][]*Blinded) *group.Transcript {
	t := about("joint", seal.Ceremony, j.Trustee)
	reached := uint64(0)
	if j.Reached {
		reached = 1
	}
	t.AppendInt("reached", reached)
	t.AppendInt("totals", uint64(len(totals)))
	for i, total := range totals {
		subject := total.subject(seal)
		t.Append("subject", subject[:])
		for _, m := range parts[i] {
			t.AppendInt("quorum", uint64(m.Trustee))
			t.AppendElements("part", m.Part)
		}
		t.AppendInt("threshold", j.Each[i].Threshold)
	}
	return t
}

// bindRange begins the transcript of the proof that V is to a number that is not negative.
func (j *Joint) bindRange(seal *Seal, totals []*Total, parts [][]*Blinded, s *Shortfall) *group.Transcript {
	t := j.bind(seal, totals, parts)
	t.AppendElements("lack", s.Lack)
	return t
}

// challenge is that of all cases together. The proof of the range is in it, so neither can be taken for another.
func (j *Joint) challenge(seal *Seal, totals []*Total, parts [][]*Blinded, s *Shortfall, announced []*group.Element) *group.Scalar {
	t := j.bindRange(seal, totals, parts, s)
	t.AppendElements("bit", s.Range.Bits...)
	t.AppendScalars("range", s.Range.Challenge)
	t.AppendElements("second generator", group.Second())
	t.AppendElements("commitment", announced...)
	return t.Challenge("short")
}

// Check holds the verdict against totals, and against the blinded parts of each in the order of the record, of which each trustee's first
// right one counts. It answers the thresholds that the totals are held against, in their order; j.Reached says what is proved of them.
// Whether these are the thresholds of the poll's rules, and these all the totals, the caller must compare.
func (j *Joint) Check(seal *Seal, totals []*Total, lists [][]*Blinded) ([]uint64, error) {
	if err := j.checkTotals(totals); err != nil {
		return nil, err
	}
	if len(lists) != len(totals) {
		return nil, ErrTogether
	}
	if _, err := seal.keyOf(j.Trustee); err != nil {
		return nil, err
	}
	parts, thresholds := make([][]*Blinded, len(totals)), make([]uint64, len(totals))
	for i, held := range j.Each {
		var err error
		if parts[i], err = quorumOf(held.Quorum, lists[i], seal, totals[i]); err != nil {
			return nil, err
		}
		thresholds[i] = held.Threshold
	}
	if !j.holds(seal, totals, parts) {
		return nil, ErrVerdict
	}
	return thresholds, nil
}

func (j *Joint) holds(seal *Seal, totals []*Total, parts [][]*Blinded) bool {
	if !j.Reached {
		return len(j.Proofs) == 0 && j.Short != nil && j.Short.holds(j, seal, totals, parts)
	}
	if len(j.Proofs) != len(totals) || j.Short != nil {
		return false
	}
	for i, total := range totals {
		t := j.bind(seal, totals, parts)
		t.AppendInt("total", uint64(i))
		difference := Claim{true, j.Each[i].Threshold}.difference(commitment(total, parts[i]))
		if !j.Proofs[i].holds(t, difference, total.Bits()) {
			return false
		}
	}
	return true
}

func (s *Shortfall) holds(j *Joint, seal *Seal, totals []*Total, parts [][]*Blinded) bool {
	if len(s.Cases) != len(totals) || !s.Range.holds(j.bindRange(seal, totals, parts, s), s.Lack, bitsOf(totals)) {
		return false
	}
	announced, sum := make([]*group.Element, len(totals)), group.NewScalar()
	for i, c := range j.casesOf(s, totals, parts) {
		p := s.Cases[i]
		sum.Add(sum, p.Challenge)
		minus := group.NewScalar().Negate(p.Challenge)
		announced[i] = group.NewElement().VarTimeMultiScalarMult([]*group.Scalar{p.Response, minus}, []*group.Element{group.Second(), c})
	}
	return j.challenge(seal, totals, parts, s, announced).Equal(sum) == 1
}

// Bytes is the encoding.
func (j *Joint) Bytes() []byte {
	reached := byte(0)
	if j.Reached {
		reached = 1
	}
	b := append(header(kindJoint, j.Trustee), reached, byte(len(j.Each)))
	for _, held := range j.Each {
		b = append(b, byte(len(held.Quorum)))
		for _, index := range held.Quorum {
			b = append(b, byte(index))
		}
		b = binary.BigEndian.AppendUint64(b, held.Threshold)
	}
	for _, p := range j.Proofs {
		b = p.append(b)
	}
	if s := j.Short; s != nil {
		b = s.Range.append(append(b, s.Lack.Bytes()...))
		for _, p := range s.Cases {
			b = append(append(b, p.Challenge.Bytes()...), p.Response.Bytes()...)
		}
	}
	return b
}

// DecodeJoint reads a joint verdict.
func DecodeJoint(b []byte) (*Joint, error) {
	r, index := spoken(b, kindJoint)
	j := &Joint{Trustee: index, Reached: r.count(0, 1) == 1}
	n := r.count(1, togetherMax)
	for range n {
		j.Each = append(j.Each, Held{r.quorum(), r.u64()})
	}
	if j.Reached {
		for range n {
			j.Proofs = append(j.Proofs, r.rangeProof())
		}
		return whole(r, j)
	}
	j.Short = &Shortfall{Lack: r.element(), Range: r.rangeProof()}
	for range n {
		j.Short.Cases = append(j.Short.Cases, CaseProof{r.scalar(), r.scalar()})
	}
	return whole(r, j)
}
