package trustee

import (
	"io"
	"math/bits"
	"slices"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/secretballot/internal/group"
)

// boundBitsMax keeps every difference of totals and thresholds far below l/2, so that a negative one is no small number modulo l.
const boundBitsMax = 40

// Total is an encrypted sum of which the board shall learn only how it compares with a threshold. One that hides nothing (Sum.Public) is
// no matter for trustees: its threshold is decided in the open.
type Total struct {
	Election [32]byte
	// Measure names question, option and what is summed, such as "0/yes/area": a proof for one measure is none for another.
	Measure string
	Sum     secretballot.Ciphertext
	// Bound is what the whole roll sums up to: no total is larger.
	Bound uint64
}

// Bits is b: the number of bits of Bound, so that Bound < 2^b.
func (t *Total) Bits() int { return bits.Len64(t.Bound) }

// check refuses what cannot be proved, and what need not be: a total that is public is compared with the threshold by whoever likes.
func (t *Total) check() error {
	if t.Bound < 1 || t.Bits() > boundBitsMax {
		return ErrBound
	}
	if _, public := t.Sum.Public(); public {
		return ErrPublic
	}
	return nil
}

// subject is a hash of the total and of the keys under which it is encrypted. Everything that is said about the total is bound to it.
func (t *Total) subject(seal *Seal) [32]byte {
	s := group.NewTranscript(domain + "total")
	s.Append("seal", seal.Bytes())
	s.Append("election", t.Election[:])
	s.Append("measure", []byte(t.Measure))
	s.AppendElements("sum", t.Sum.A, t.Sum.B)
	s.AppendInt("bound", t.Bound)
	return short(s)
}

// Blinded is a trustee's part of a sealed total: C = x_i·A + r·H, which hides x_i·A perfectly, proved to be made with x_i. What r
// and x_i·A are goes in an envelope to the trustees who may put the parts together; whoever reads t of these learns the total.
type Blinded struct {
	Trustee int
	Part    *group.Element
	Proof   *Representation
	// Openings hold an opening for each reader.
	Openings *Envelope
}

// Representation proves knowledge of x and r with Y = x·G and C = x·A + r·H: a nonce in each place, and a response for each secret.
type Representation struct {
	Key, Part             *group.Element
	KeyResponse, Blinding *group.Scalar
}

// openingBytes are x_i·A, r, and a proof of equality over two pairs.
const openingBytes = group.ElementBytes + group.ScalarBytes + 3*32

// opening is what a reader finds.
type opening struct {
	part     *group.Element
	blinding *group.Scalar
}

func openingLetter(seal *Seal, trustee int, subject [32]byte) *letter {
	return &letter{what: "opening", ceremony: seal.Ceremony, sender: trustee, subject: subject}
}

// bindBlinded begins the transcripts of what a trustee says about a total.
func bindBlinded(what string, seal *Seal, trustee int, subject [32]byte) *group.Transcript {
	t := about(what, seal.Ceremony, trustee)
	t.Append("subject", subject[:])
	return t
}

// Blind does a trustee's part for a total that the caller has computed from the record. Readers, ascending, are the trustees who may put
// the parts together.
func (s *Share) Blind(rand io.Reader, c *Ceremony, seal *Seal, total *Total, readers []int) (*Blinded, error) {
	if err := s.serves(seal, Secret); err != nil {
		return nil, err
	}
	if err := total.check(); err != nil {
		return nil, err
	}
	if c.ID() != seal.Ceremony || !c.areReaders(readers) {
		return nil, ErrStranger
	}
	var drawn [4]*group.Scalar
	for i := range drawn {
		var err error
		if drawn[i], err = group.RandomScalar(rand); err != nil {
			return nil, err
		}
	}
	blinding, ephemeral, subject := drawn[0], drawn[1], total.subject(seal)
	part := group.NewElement().ScalarMult(s.secret, total.Sum.A)
	m := &Blinded{Trustee: s.Trustee, Part: pedersen(part, blinding)}
	key := seal.Keys[s.Trustee-1]
	m.Proof = &Representation{
		Key:  group.NewElement().ScalarBaseMult(drawn[2]),
		Part: pedersen(group.NewElement().ScalarMult(drawn[2], total.Sum.A), drawn[3]),
	}
	challenge := m.challenge(seal, key, subject)
	m.Proof.KeyResponse = drawn[2].Add(drawn[2], group.NewScalar().Multiply(challenge, s.secret))
	m.Proof.Blinding = drawn[3].Add(drawn[3], group.NewScalar().Multiply(challenge, blinding))
	bases, images := []*group.Element{group.Base(), total.Sum.A}, []*group.Element{key, part}
	proof, err := group.ProveDLEQ(rand, bindBlinded("opened", seal, s.Trustee, subject), s.secret, bases, images)
	if err != nil {
		return nil, err
	}
	plain := append(append(part.Bytes(), blinding.Bytes()...), proof.Bytes()...)
	sealed := func(int) []byte { return plain }
	m.Openings, err = openingLetter(seal, s.Trustee, subject).seal(ephemeral, rand, c, slices.Clone(readers), sealed)
	return m, err
}

// areReaders tells whether the indices are of trustees, ascending, and at least one.
func (c *Ceremony) areReaders(indices []int) bool {
	for i, index := range indices {
		if index < 1 || index > len(c.Keys) || i > 0 && index <= indices[i-1] {
			return false
		}
	}
	return len(indices) > 0
}

// pedersen is p + r·H.
func pedersen(p *group.Element, r *group.Scalar) *group.Element {
	out := group.NewElement().ScalarMult(r, group.Second())
	return out.Add(out, p)
}

func (m *Blinded) challenge(seal *Seal, key *group.Element, subject [32]byte) *group.Scalar {
	t := bindBlinded("blinded", seal, m.Trustee, subject)
	t.AppendElements("second generator", group.Second())
	t.AppendElements("key", key)
	t.AppendElements("part", m.Part)
	t.AppendElements("commitment", m.Proof.Key, m.Proof.Part)
	return t.Challenge("blinded")
}

// Check tells whether a blinded part was made with the trustee's share for this total. What is in the envelope only its readers can tell.
func (m *Blinded) Check(seal *Seal, total *Total) error {
	if seal.Purpose != Secret {
		return ErrPurpose
	}
	if err := total.check(); err != nil {
		return err
	}
	key, err := seal.keyOf(m.Trustee)
	if err != nil {
		return err
	}
	if last := m.Openings.Readers[len(m.Openings.Readers)-1]; last > len(seal.Keys) { // they ascend from 1 on
		return ErrStranger.WithInt("trustee", int64(last))
	}
	subject := total.subject(seal)
	c := group.NewScalar().Negate(m.challenge(seal, key, subject))
	gotKey := group.NewElement().VarTimeDoubleScalarBaseMult(c, key, m.Proof.KeyResponse)
	gotPart := group.NewElement().VarTimeMultiScalarMult([]*group.Scalar{m.Proof.KeyResponse, m.Proof.Blinding, c},
		[]*group.Element{total.Sum.A, group.Second(), m.Part})
	if gotKey.Equal(m.Proof.Key) != 1 || gotPart.Equal(m.Proof.Part) != 1 {
		return ErrBlinded.WithInt("trustee", int64(m.Trustee))
	}
	if m.Openings.check(openingLetter(seal, m.Trustee, subject)) != nil {
		return ErrEnvelope.WithInt("trustee", int64(m.Trustee))
	}
	return nil
}

// open answers a reader's opening if it is one of this part.
func (m *Blinded) open(key *Key, index int, seal *Seal, total *Total) (*opening, error) {
	wrong := ErrOpening.WithInt("trustee", int64(m.Trustee))
	subject := total.subject(seal)
	shared := group.NewElement().ScalarMult(key.secret, m.Openings.Ephemeral)
	plain, ok := m.Openings.open(openingLetter(seal, m.Trustee, subject), index, key.public, shared)
	if !ok {
		return nil, wrong
	}
	r := &reader{rest: plain}
	o, proof := &opening{r.element(), r.scalar()}, r.dleq(2)
	if r.end() != nil {
		return nil, wrong
	}
	bases, images := []*group.Element{group.Base(), total.Sum.A}, []*group.Element{seal.Keys[m.Trustee-1], o.part}
	if proof.Verify(bindBlinded("opened", seal, m.Trustee, subject), bases, images) != nil {
		return nil, wrong
	}
	if pedersen(o.part, o.blinding).Equal(m.Part) != 1 {
		return nil, wrong
	}
	return o, nil
}

// Bytes is the encoding.
func (m *Blinded) Bytes() []byte {
	b := appendElements(header(kindBlinded, m.Trustee), m.Part, m.Proof.Key, m.Proof.Part)
	b = append(append(b, m.Proof.KeyResponse.Bytes()...), m.Proof.Blinding.Bytes()...)
	return m.Openings.append(b)
}

// DecodeBlinded reads a blinded part.
func DecodeBlinded(b []byte) (*Blinded, error) {
	r, index := spoken(b, kindBlinded)
	m := &Blinded{Trustee: index, Part: r.element()}
	m.Proof = &Representation{Key: r.element(), Part: r.element(), KeyResponse: r.scalar(), Blinding: r.scalar()}
	m.Openings = r.envelope(openingBytes)
	return whole(r, m)
}
