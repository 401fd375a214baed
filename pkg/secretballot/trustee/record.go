package trustee

import (
	"slices"

	"renlin.dev/pkg/secretballot/internal/group"
)

// Step is how far a ceremony has come. A step begins when every trustee has done the one before.
type Step int

// The steps in order; Ended is where a liar was found.
const (
	Committing Step = iota + 1
	Revealing
	Dealing
	Acknowledging
	Sealed
	Ended
)

// Record is a ceremony and what its trustees have published, each message checked as it was added. Within a step the order of
// messages does not matter.
type Record struct {
	ceremony *Ceremony
	id       [32]byte
	commits  []*Commit
	reveals  []*Reveal
	deals    []*Deal
	acks     []*Ack
	liar     int
}

// NewRecord begins a ceremony's record.
func NewRecord(c *Ceremony) (*Record, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	n := len(c.Keys)
	return &Record{
		ceremony: c, id: c.ID(), commits: make([]*Commit, n), reveals: make([]*Reveal, n), deals: make([]*Deal, n), acks: make([]*Ack, n),
	}, nil
}

// Ceremony is what the record is of.
func (r *Record) Ceremony() *Ceremony { return r.ceremony }

// Step is the one that is due.
func (r *Record) Step() Step {
	switch {
	case r.liar != 0:
		return Ended
	case slices.Contains(r.commits, nil):
		return Committing
	case slices.Contains(r.reveals, nil):
		return Revealing
	case slices.Contains(r.deals, nil):
		return Dealing
	case slices.Contains(r.acks, nil):
		return Acknowledging
	}
	return Sealed
}

// Liar is the dealer whose false share ended the ceremony, or 0.
func (r *Record) Liar() int { return r.liar }

// Waiting names the trustees who have not yet done the step that is due.
func (r *Record) Waiting() []int {
	switch r.Step() {
	case Committing:
		return missing(r.commits)
	case Revealing:
		return missing(r.reveals)
	case Dealing:
		return missing(r.deals)
	case Acknowledging:
		return missing(r.acks)
	}
	return nil
}

func missing[M any](list []*M) []int {
	var out []int
	for i, m := range list {
		if m == nil {
			out = append(out, i+1)
		}
	}
	return out
}

// place finds where a message goes, if its step is due and the trustee has not done it yet. A message that is repeated is a duplicate in
// later steps, too.
func place[M any](r *Record, step Step, list []*M, index int) (**M, error) {
	switch {
	case index < 1 || index > len(list):
		return nil, ErrStranger.WithInt("trustee", int64(index))
	case list[index-1] != nil:
		return nil, ErrDuplicate.WithInt("trustee", int64(index))
	case r.Step() != step:
		return nil, ErrStep.WithInt("trustee", int64(index))
	}
	return &list[index-1], nil
}

// Add reads a message of any step, adds it, and tells which trustee it says to be from.
func (r *Record) Add(message []byte) (speaker int, err error) {
	if len(message) < 3 {
		return 0, ErrMalformed
	}
	switch kind(message[1]) {
	case kindCommit:
		err = add(message, DecodeCommit, r.AddCommit)
	case kindReveal:
		err = add(message, DecodeReveal, r.AddReveal)
	case kindDeal:
		err = add(message, DecodeDeal, r.AddDeal)
	case kindAck:
		err = add(message, DecodeAck, r.AddAck)
	case kindComplaint:
		err = add(message, DecodeComplaint, r.AddComplaint)
	default:
		err = ErrMalformed
	}
	return int(message[2]), err
}

func add[M any](message []byte, decode func([]byte) (*M, error), to func(*M) error) error {
	m, err := decode(message)
	if err != nil {
		return err
	}
	return to(m)
}

// AddCommit adds a commit.
func (r *Record) AddCommit(m *Commit) error {
	at, err := place(r, Committing, r.commits, m.Trustee)
	if err == nil {
		*at = m
	}
	return err
}

// AddReveal adds a reveal if it is what was committed to, has the agreed degree, and is proved. Whoever completes the step with a key
// that makes the sum worthless is refused.
func (r *Record) AddReveal(m *Reveal) error {
	at, err := place(r, Revealing, r.reveals, m.Trustee)
	if err != nil {
		return err
	}
	who := int64(m.Trustee)
	if m.hash(r.id) != r.commits[m.Trustee-1].Hash {
		return ErrUncommitted.WithInt("trustee", who)
	}
	if len(m.Coefficients) != r.ceremony.Threshold {
		return ErrDegree.WithInt("trustee", who)
	}
	if !m.Proof.holds(m.bind(r.id), m.Coefficients[0], m.Point) {
		return ErrPossession.WithInt("trustee", who)
	}
	constants := []*group.Element{}
	for _, other := range r.reveals {
		if other != nil {
			constants = append(constants, other.Coefficients[0])
		}
	}
	if err := distinct(append(constants, m.Coefficients[0])); err != nil {
		return err
	}
	*at = m
	if r.Step() != Revealing && r.isVoid() {
		*at = nil
		return ErrKeyVoid.WithInt("trustee", who)
	}
	return nil
}

// isVoid tells whether the key, or a trustee's part of it, is the identity. After a commit nobody can bring this about on purpose
// but all together.
func (r *Record) isVoid() bool {
	for j := range len(r.ceremony.Keys) + 1 { // at 0 it is the key
		if group.IsIdentity(r.verificationKey(j)) {
			return true
		}
	}
	return false
}

// verificationKey is Y_j = f(j)·G of the sum f of all polynomials; Y_0 is the poll's key.
func (r *Record) verificationKey(j int) *group.Element {
	sum := group.NewElement()
	for _, m := range r.reveals {
		sum.Add(sum, evaluatePublic(m.Coefficients, j))
	}
	return sum
}

// AddDeal adds a deal if it has a box for every trustee and its dealer made the envelope. Whether the shares are right, only their readers
// can tell.
func (r *Record) AddDeal(m *Deal) error {
	at, err := place(r, Dealing, r.deals, m.Trustee)
	if err != nil {
		return err
	}
	if len(m.Envelope.Readers) != len(r.deals) || m.Envelope.Readers[len(r.deals)-1] != len(r.deals) { // they ascend from 1 on
		return ErrStranger.WithInt("trustee", int64(m.Trustee))
	}
	if err := m.Envelope.check(dealLetter(r.id, m.Trustee)); err != nil {
		return ErrEnvelope.WithInt("trustee", int64(m.Trustee))
	}
	*at = m
	return nil
}

// AddAck adds a trustee's proof of holding the share that all deals together give them.
func (r *Record) AddAck(m *Ack) error {
	at, err := place(r, Acknowledging, r.acks, m.Trustee)
	if err != nil {
		return err
	}
	key := r.verificationKey(m.Trustee)
	if m.Proof.Verify(r.bindAck(m.Trustee), []*group.Element{group.Base()}, []*group.Element{key}) != nil {
		return ErrAck.WithInt("trustee", int64(m.Trustee))
	}
	*at = m
	return nil
}

// bindAck binds to every reveal and deal, so that an ack says that these were seen.
func (r *Record) bindAck(index int) *group.Transcript {
	t := about("ack", r.id, index)
	for _, m := range r.reveals {
		t.Append("reveal", m.Bytes())
	}
	for _, m := range r.deals {
		t.Append("deal", m.Bytes())
	}
	return t
}

// AddComplaint decides who lied. The answer is nil if it was the dealer: then the ceremony has ended. Otherwise the complaint is
// refused, and the accuser still owes their ack.
func (r *Record) AddComplaint(m *Complaint) error {
	if m.Trustee > len(r.deals) || m.Dealer > len(r.deals) || m.Trustee < 1 || m.Dealer < 1 {
		return ErrStranger.WithInt("trustee", int64(m.Trustee))
	}
	if r.Step() != Acknowledging || r.acks[m.Trustee-1] != nil {
		return ErrStep.WithInt("trustee", int64(m.Trustee))
	}
	accuser, deal := r.ceremony.Keys[m.Trustee-1], r.deals[m.Dealer-1]
	bases, images := []*group.Element{group.Base(), deal.Envelope.Ephemeral}, []*group.Element{accuser, m.Shared}
	if m.Proof.Verify(m.bind(r.id, deal), bases, images) != nil {
		return ErrComplaintFalse.WithInt("trustee", int64(m.Trustee))
	}
	if _, right := r.share(m.Dealer, m.Trustee, m.Shared); right {
		return ErrComplaintUnfounded.WithInt("trustee", int64(m.Trustee))
	}
	r.liar = m.Dealer
	return nil
}

// share opens what a dealer sent to a reader, with the value that both can compute, and tells whether it is what the dealer committed to.
func (r *Record) share(dealer, readerIndex int, shared *group.Element) (*group.Scalar, bool) {
	plain, ok := r.deals[dealer-1].Envelope.open(dealLetter(r.id, dealer), readerIndex, r.ceremony.Keys[readerIndex-1], shared)
	if !ok {
		return nil, false
	}
	share, err := group.DecodeScalar(plain)
	if err != nil {
		return nil, false
	}
	want := evaluatePublic(r.reveals[dealer-1].Coefficients, readerIndex)
	return share, group.NewElement().ScalarBaseMult(share).Equal(want) == 1
}
