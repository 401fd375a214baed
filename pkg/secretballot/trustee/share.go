package trustee

import (
	"io"

	"renlin.dev/pkg/secretballot/internal/group"
)

// Ack is the fourth step: the trustee has seen every reveal and deal and holds the share that they give.
type Ack struct {
	Trustee int
	Proof   *group.DLEQ
}

// Complaint opens one envelope's key in public: the Diffie–Hellman value of the dealer's ephemeral key and the accuser's long-term
// key, with a proof that it is theirs. It opens this one box and nothing else.
type Complaint struct {
	// Trustee is the accuser.
	Trustee int
	Dealer  int
	Shared  *group.Element
	Proof   *group.DLEQ
}

// Share is a trustee's part x_i of the poll's secret.
type Share struct {
	Trustee int
	secret  *group.Scalar
}

// Receive opens a trustee's boxes of all deals and adds up their share. If a dealer's is false, the answer is a complaint about the
// first such dealer instead. The same key and the same record give the same share whenever they are asked.
func Receive(rand io.Reader, r *Record, key *Key) (*Share, *Complaint, error) {
	index, err := key.index(r.ceremony)
	if err != nil {
		return nil, nil, err
	}
	if step := r.Step(); step != Acknowledging && step != Sealed {
		return nil, nil, ErrStep.WithInt("trustee", int64(index))
	}
	sum := group.NewScalar()
	for _, deal := range r.deals {
		shared := group.NewElement().ScalarMult(key.secret, deal.Envelope.Ephemeral)
		share, right := r.share(deal.Trustee, index, shared)
		if !right {
			complaint, err := complain(rand, r, key, index, deal, shared)
			return nil, complaint, err
		}
		sum.Add(sum, share)
	}
	return &Share{index, sum}, nil, nil
}

func complain(rand io.Reader, r *Record, key *Key, index int, deal *Deal, shared *group.Element) (*Complaint, error) {
	m := &Complaint{Trustee: index, Dealer: deal.Trustee, Shared: shared}
	bases, images := []*group.Element{group.Base(), deal.Envelope.Ephemeral}, []*group.Element{key.public, shared}
	var err error
	m.Proof, err = group.ProveDLEQ(rand, m.bind(r.id, deal), key.secret, bases, images)
	return m, err
}

// bind binds a complaint to the deal that it is about.
func (m *Complaint) bind(ceremony [32]byte, deal *Deal) *group.Transcript {
	t := about("complaint", ceremony, m.Trustee)
	t.AppendInt("dealer", uint64(m.Dealer))
	t.Append("deal", deal.Bytes())
	return t
}

// Ack proves that the share is held.
func (s *Share) Ack(rand io.Reader, r *Record) (*Ack, error) {
	key := group.NewElement().ScalarBaseMult(s.secret)
	proof, err := group.ProveDLEQ(rand, r.bindAck(s.Trustee), s.secret, []*group.Element{group.Base()}, []*group.Element{key})
	if err != nil {
		return nil, err
	}
	return &Ack{s.Trustee, proof}, nil
}

// Bytes is the encoding.
func (m *Ack) Bytes() []byte { return append(header(kindAck, m.Trustee), m.Proof.Bytes()...) }

// DecodeAck reads an ack.
func DecodeAck(b []byte) (*Ack, error) {
	r, index := spoken(b, kindAck)
	return whole(r, &Ack{index, r.dleq(1)})
}

// Bytes is the encoding.
func (m *Complaint) Bytes() []byte {
	b := append(header(kindComplaint, m.Trustee), byte(m.Dealer))
	return append(append(b, m.Shared.Bytes()...), m.Proof.Bytes()...)
}

// DecodeComplaint reads a complaint.
func DecodeComplaint(b []byte) (*Complaint, error) {
	r, index := spoken(b, kindComplaint)
	return whole(r, &Complaint{Trustee: index, Dealer: r.count(1, CountMax), Shared: r.element(), Proof: r.dleq(2)})
}
