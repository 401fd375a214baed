package trustee

import (
	"filippo.io/edwards25519"

	"renlin.dev/pkg/secretballot/internal/group"
)

// Commit is the first step: a hash of what the trustee will reveal.
type Commit struct {
	Trustee int
	Hash    [32]byte
}

// Reveal is the second step: the dealer's polynomial in the exponent, with a proof for its constant term.
type Reveal struct {
	Trustee int
	// Coefficients are t commitments a_k·G, that of the constant term first.
	Coefficients []*group.Element
	// Point is the constant term times the base point of Edwards25519.
	Point *edwards25519.Point
	Proof *Possession
}

// Deal is the third step: a share for every trustee, the dealer's own among them, so that their key alone finds it again.
type Deal struct {
	Trustee  int
	Envelope *Envelope
}

// Dealer is one trustee's part in one ceremony. It follows from their key, so it says the same after every start.
type Dealer struct {
	ceremony     *Ceremony
	id           [32]byte
	index        int
	key          *Key
	coefficients []*group.Scalar
}

// NewDealer finds the trustee by their key.
func NewDealer(c *Ceremony, key *Key) (*Dealer, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	index, err := key.index(c)
	if err != nil {
		return nil, err
	}
	d := &Dealer{ceremony: c, id: c.ID(), index: index, key: key}
	for k := range c.Threshold {
		d.coefficients = append(d.coefficients, key.scalar(d.id, "coefficient", k))
	}
	return d, nil
}

// Trustee is the dealer's index.
func (d *Dealer) Trustee() int { return d.index }

// Commit is what the dealer publishes first.
func (d *Dealer) Commit() (*Commit, error) {
	m, err := d.Reveal()
	if err != nil {
		return nil, err
	}
	return &Commit{d.index, m.hash(d.id)}, nil
}

// Reveal is what the dealer publishes once every commit is on the record.
func (d *Dealer) Reveal() (*Reveal, error) {
	m := &Reveal{Trustee: d.index, Point: edwardsOf(d.coefficients[0])}
	for _, a := range d.coefficients {
		m.Coefficients = append(m.Coefficients, group.NewElement().ScalarBaseMult(a))
	}
	var err error
	m.Proof, err = provePossession(d.key.derive(d.id, "possession", 0), m.bind(d.id), d.coefficients[0])
	return m, err
}

// Deal is what the dealer publishes once every reveal is on the record.
func (d *Dealer) Deal() (*Deal, error) {
	everyone := make([]int, len(d.ceremony.Keys))
	for i := range everyone {
		everyone[i] = i + 1
	}
	ephemeral, nonce := d.key.scalar(d.id, "ephemeral", 0), d.key.derive(d.id, "envelope", 0)
	envelope, err := dealLetter(d.id, d.index).seal(ephemeral, nonce, d.ceremony, everyone, func(j int) []byte {
		return evaluate(d.coefficients, j).Bytes()
	})
	return &Deal{d.index, envelope}, err
}

func dealLetter(ceremony [32]byte, dealer int) *letter {
	return &letter{what: "deal", ceremony: ceremony, sender: dealer}
}

// evaluate is the polynomial at j: the share of trustee j.
func evaluate(coefficients []*group.Scalar, j int) *group.Scalar {
	at, sum := group.ScalarOf(uint64(j)), group.NewScalar()
	for k := len(coefficients) - 1; k >= 0; k-- {
		sum.Add(sum.Multiply(sum, at), coefficients[k])
	}
	return sum
}

// evaluatePublic is evaluate in the exponent, from what was revealed.
func evaluatePublic(coefficients []*group.Element, j int) *group.Element {
	at, power := group.ScalarOf(uint64(j)), group.ScalarOf(1)
	powers := make([]*group.Scalar, len(coefficients))
	for k := range powers {
		powers[k] = group.NewScalar().Set(power)
		power.Multiply(power, at)
	}
	return group.NewElement().VarTimeMultiScalarMult(powers, coefficients)
}

// hash is what Commit holds: over the ceremony and every byte of the reveal, its speaker among them, so that a copied hash opens to
// nothing.
func (m *Reveal) hash(ceremony [32]byte) [32]byte {
	t := about("commit", ceremony, m.Trustee)
	t.Append("reveal", m.Bytes())
	return short(t)
}

// bind begins the proof's transcript: a proof is good for this ceremony, this trustee and this polynomial alone.
func (m *Reveal) bind(ceremony [32]byte) *group.Transcript {
	t := about("possession", ceremony, m.Trustee)
	t.AppendElements("coefficient", m.Coefficients...)
	return t
}

// Bytes is the encoding.
func (m *Commit) Bytes() []byte { return append(header(kindCommit, m.Trustee), m.Hash[:]...) }

// DecodeCommit reads a commit.
func DecodeCommit(b []byte) (*Commit, error) {
	r, index := spoken(b, kindCommit)
	return whole(r, &Commit{index, r.hash()})
}

// Bytes is the encoding.
func (m *Reveal) Bytes() []byte {
	b := appendElements(append(header(kindReveal, m.Trustee), byte(len(m.Coefficients))), m.Coefficients...)
	return m.Proof.append(append(b, m.Point.Bytes()...))
}

// DecodeReveal reads a reveal.
func DecodeReveal(b []byte) (*Reveal, error) {
	r, index := spoken(b, kindReveal)
	return whole(r, &Reveal{Trustee: index, Coefficients: r.elements(r.count(1, CountMax)), Point: r.point(), Proof: r.possession()})
}

// Bytes is the encoding.
func (m *Deal) Bytes() []byte { return m.Envelope.append(header(kindDeal, m.Trustee)) }

// DecodeDeal reads a deal.
func DecodeDeal(b []byte) (*Deal, error) {
	r, index := spoken(b, kindDeal)
	return whole(r, &Deal{index, r.envelope(group.ScalarBytes)})
}
