package trustee

import (
	"encoding/binary"
	"errors"
	"io"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// sumsMax is how many ciphertexts are decrypted together: options times measures, with room.
const sumsMax = 1024

// Sums are what is decrypted together: the tally of one election. Election is the hash that ballots are bound to.
type Sums struct {
	Election [32]byte
	List     []secretballot.Ciphertext
}

// Partial is one trustee's part of a decryption: x_i·A for each sum that hides something, in order, with one proof that it is the same x_i
// throughout, that of Y_i.
type Partial struct {
	Trustee int
	Parts   []*group.Element
	Proof   *group.DLEQ
}

// Refusal says whose part was left out, and why.
type Refusal struct {
	Trustee int
	Err     error
}

// Opening is what comes of a decryption: for each sum v·G, whose exponent v is then searched for below the roll's bound.
type Opening struct {
	Values []*group.Element
	// Trustees are those whose parts were used, ascending; nobody's, if every sum is public.
	Trustees []int
	Refused  []Refusal
}

// Decrypt does a trustee's part. The caller has computed the sums from the record: a trustee who decrypts what they are handed
// decrypts single ballots.
func (s *Share) Decrypt(rand io.Reader, seal *Seal, sums *Sums) (*Partial, error) {
	if err := s.serves(seal, Secret); err != nil {
		return nil, err
	}
	bases, err := sums.bases()
	if err != nil {
		return nil, err
	}
	images := []*group.Element{seal.Keys[s.Trustee-1]}
	for _, a := range bases[1:] {
		images = append(images, group.NewElement().ScalarMult(s.secret, a))
	}
	proof, err := group.ProveDLEQ(rand, sums.bind(seal, s.Trustee), s.secret, bases, images)
	if err != nil {
		return nil, err
	}
	return &Partial{s.Trustee, images[1:], proof}, nil
}

// serves tells whether the share belongs to the seal, and the seal to the purpose.
func (s *Share) serves(seal *Seal, purpose Purpose) error {
	if seal.Purpose != purpose {
		return ErrPurpose
	}
	key, err := seal.keyOf(s.Trustee)
	if err != nil {
		return err
	}
	if group.NewElement().ScalarBaseMult(s.secret).Equal(key) != 1 {
		return ErrSeal
	}
	return nil
}

// bases are G and the A of every sum that hides something. A sum that is public needs no trustee: it stays in the statement, so that it
// is plain which ones are left out, and has no base. If none is left, ErrPublic says so.
func (s *Sums) bases() ([]*group.Element, error) {
	if len(s.List) < 1 || len(s.List) > sumsMax {
		return nil, ErrMalformed
	}
	out := []*group.Element{group.Base()}
	for _, sum := range s.List {
		if _, public := sum.Public(); !public {
			out = append(out, sum.A)
		}
	}
	if len(out) == 1 {
		return nil, ErrPublic
	}
	return out, nil
}

// bind says which key, which election and which sums, public ones among them.
func (s *Sums) bind(seal *Seal, index int) *group.Transcript {
	t := about("partial", seal.Ceremony, index)
	t.Append("seal", seal.Bytes())
	t.Append("election", s.Election[:])
	for _, sum := range s.List {
		t.AppendElements("sum", sum.A, sum.B)
	}
	return t
}

// Check tells whether a part is right for these sums.
func (m *Partial) Check(seal *Seal, sums *Sums) error {
	if seal.Purpose != Secret {
		return ErrPurpose
	}
	key, err := seal.keyOf(m.Trustee)
	if err != nil {
		return err
	}
	bases, err := sums.bases()
	if err != nil {
		return err
	}
	images := append([]*group.Element{key}, m.Parts...)
	if m.Proof.Verify(sums.bind(seal, m.Trustee), bases, images) != nil { // as many images as bases, too
		return ErrPartial.WithInt("trustee", int64(m.Trustee))
	}
	return nil
}

// Combine opens the sums with the first t right parts. What is wrong, repeated or somebody else's is named and left out, and
// nothing of it matters as long as t parts are right; with fewer the error is ErrFew and the Opening holds the refusals alone. Any
// t right parts give the same values. What is public needs no parts, and if all is, none is waited for.
func Combine(seal *Seal, sums *Sums, parts []*Partial) (*Opening, error) {
	out := &Opening{}
	right := collect(parts, func(m *Partial) int { return m.Trustee }, func(m *Partial) error { return m.Check(seal, sums) }, &out.Refused)
	right = first(right, seal.Threshold)
	if _, err := sums.bases(); len(right) < seal.Threshold && !errors.Is(err, ErrPublic) {
		return out, ErrFew
	}
	for _, m := range right {
		out.Trustees = append(out.Trustees, m.Trustee)
	}
	weights, k := lagrange(out.Trustees), 0
	for _, sum := range sums.List {
		if total, public := sum.Public(); public {
			out.Values = append(out.Values, total)
			continue
		}
		parts := make([]*group.Element, len(right))
		for i, m := range right {
			parts[i] = m.Parts[k]
		}
		k++
		mask := group.NewElement().VarTimeMultiScalarMult(weights, parts)
		out.Values = append(out.Values, group.NewElement().Subtract(sum.B, mask))
	}
	return out, nil
}

// collect answers the messages that pass their check, one a trustee, ascending, and notes the others. A wrong message does not keep
// out a right one of the same trustee.
func collect[M any](list []*M, trustee func(*M) int, check func(*M) error, refused *[]Refusal) []*M {
	var byTrustee [CountMax + 1]*M
	for _, m := range list {
		index := trustee(m)
		err := check(m)
		if err == nil && byTrustee[index] != nil {
			err = ErrDuplicate.WithInt("trustee", int64(index))
		}
		if err != nil {
			*refused = append(*refused, Refusal{index, err})
			continue
		}
		byTrustee[index] = m
	}
	var out []*M
	for _, m := range byTrustee {
		if m != nil {
			out = append(out, m)
		}
	}
	return out
}

// first answers the first n of a list, or all.
func first[M any](list []*M, n int) []*M { return list[:min(n, len(list))] }

// Bytes is the encoding.
func (m *Partial) Bytes() []byte {
	b := binary.BigEndian.AppendUint16(header(kindPartial, m.Trustee), uint16(len(m.Parts)))
	return append(appendElements(b, m.Parts...), m.Proof.Bytes()...)
}

// DecodePartial reads a part.
func DecodePartial(b []byte) (*Partial, error) {
	r, index := spoken(b, kindPartial)
	n := r.u16()
	if n < 1 || n > sumsMax {
		r.fail(ErrMalformed)
	}
	return whole(r, &Partial{index, r.elements(n), r.dleq(n + 1)})
}
