package trustee

import (
	"bytes"
	"slices"
	"testing"

	"filippo.io/edwards25519"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/secretballot/internal/group"
)

// forged lets a trustee reveal what they like: a polynomial of any secrets, shown as any elements, with the best proof that they can make.
// The commit is made to fit, so that what is refused is refused for what it is.
type forged struct {
	world   *world
	index   int
	secrets []*group.Scalar
}

func (f *forged) reveal() *Reveal {
	f.world.Helper()
	m := &Reveal{Trustee: f.index, Point: edwardsOf(f.secrets[0])}
	for _, s := range f.secrets {
		m.Coefficients = append(m.Coefficients, group.NewElement().ScalarBaseMult(s))
	}
	return f.prove(m)
}

// prove makes the proof for what the message shows, with the first secret.
func (f *forged) prove(m *Reveal) *Reveal {
	f.world.Helper()
	id, nonce := f.world.ceremony.ID(), group.ScalarOf(4711)
	p := &Possession{Ristretto: group.NewElement().ScalarBaseMult(nonce), Edwards: edwardsOf(nonce)}
	c := p.challenge(m.bind(id), m.Coefficients[0], m.Point)
	p.Response = group.NewScalar().Add(nonce, c.Multiply(c, f.secrets[0]))
	m.Proof = p
	return m
}

// publish commits to the reveal and to the other trustees', has those revealed that are named, and answers what becomes of this one.
func (w *world) publish(m *Reveal, before ...int) error {
	w.Helper()
	for i, d := range w.dealers {
		commit, err := d.Commit()
		w.must(err)
		if i+1 == m.Trustee {
			commit = &Commit{m.Trustee, m.hash(w.record.id)}
		}
		w.must(w.record.AddCommit(commit))
	}
	for _, i := range before {
		own, err := w.dealers[i-1].Reveal()
		w.must(err)
		w.must(w.record.AddReveal(own))
	}
	return w.record.AddReveal(m)
}

// Attack list, item 8: keys that bend or break the sum, each with a commit that fits.
func TestForgedReveals(t *testing.T) {
	t.Parallel()
	one, two := group.ScalarOf(1001), group.ScalarOf(1002)
	order8, err := edwards25519.NewIdentityPoint().SetBytes(smallOrder)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		make func(w *world, f *forged) *Reveal
		want *fault.Fault
	}{
		"honest":              {func(w *world, f *forged) *Reveal { return f.reveal() }, nil},
		"a threshold raised":  {func(w *world, f *forged) *Reveal { f.secrets = append(f.secrets, two); return f.reveal() }, ErrDegree},
		"a threshold lowered": {func(w *world, f *forged) *Reveal { f.secrets = f.secrets[:1]; return f.reveal() }, ErrDegree},
		"a rogue key": {func(w *world, f *forged) *Reveal { // a key of one's own, less all the others
			m := f.reveal()
			for _, i := range []int{0, 1} {
				other, _ := w.dealers[i].Reveal()
				m.Coefficients[0] = group.NewElement().Subtract(m.Coefficients[0], other.Coefficients[0])
				m.Point = edwards25519.NewIdentityPoint().Subtract(m.Point, other.Point)
			}
			return f.prove(m)
		}, ErrPossession},
		"another's proof": {func(w *world, f *forged) *Reveal {
			m, _ := w.dealers[0].Reveal()
			m.Trustee = 3
			return m
		}, ErrPossession},
		"a proof from another ceremony": {func(w *world, f *forged) *Reveal {
			other := *w.ceremony
			other.Context[0] ^= 1
			d, _ := NewDealer(&other, w.keys[2])
			m, _ := d.Reveal()
			return m
		}, ErrPossession},
		"a proof for another polynomial": {func(w *world, f *forged) *Reveal {
			m := f.reveal()
			m.Coefficients[1] = group.NewElement().ScalarBaseMult(group.ScalarOf(5))
			return m
		}, ErrPossession},
		"another point than the key": {func(w *world, f *forged) *Reveal {
			m := f.reveal()
			m.Point = edwardsOf(two)
			return f.prove(m)
		}, ErrPossession},
		"another key than the point": {func(w *world, f *forged) *Reveal {
			m := f.reveal()
			m.Coefficients[0] = group.NewElement().ScalarBaseMult(two)
			return f.prove(m)
		}, ErrPossession},
		"another's key": {func(w *world, f *forged) *Reveal { // by one who knows it
			f.secrets = w.dealers[0].coefficients
			return f.reveal()
		}, ErrKeyRepeated},
		"another's key negated": {func(w *world, f *forged) *Reveal {
			f.secrets = []*group.Scalar{group.NewScalar().Negate(w.dealers[0].coefficients[0]), one}
			return f.reveal()
		}, ErrKeyNegated},
		"a sum of zero": {func(w *world, f *forged) *Reveal {
			sum := group.NewScalar().Add(w.dealers[0].coefficients[0], w.dealers[1].coefficients[0])
			f.secrets = []*group.Scalar{sum.Negate(sum), one}
			return f.reveal()
		}, ErrKeyVoid},
		"a trustee's part of zero": {func(w *world, f *forged) *Reveal { // f(2) = 0 of the sum
			own := group.NewScalar().Add(evaluate(w.dealers[0].coefficients, 2), evaluate(w.dealers[1].coefficients, 2))
			own.Add(own, group.NewScalar().Multiply(group.ScalarOf(2), one))
			f.secrets = []*group.Scalar{own.Negate(own), one}
			return f.reveal()
		}, ErrKeyVoid},
	} {
		w := begin(t, Secret, 2, 3)
		m := c.make(w, &forged{w, 3, []*group.Scalar{one, two}})
		err := w.publish(m, 1, 2)
		if c.want == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		refused(t, name, err, c.want, "3")
		if w.record.Step() != Revealing || !slices.Equal(w.record.Waiting(), []int{3}) {
			t.Errorf("%s: step %d, waiting for %v", name, w.record.Step(), w.record.Waiting())
		}
	}
	// A point with something of small order in it: the decoder refuses it wherever it stands, the proof's own point included.
	w := begin(t, Secret, 2, 3)
	good := (&forged{w, 3, []*group.Scalar{one, two}}).reveal()
	m, _ := DecodeReveal(good.Bytes())
	m.Point.Add(m.Point, order8)
	_, err = DecodeReveal(m.Bytes())
	refused(t, "a point of order 8l", err, ErrPoint, "")
	m, _ = DecodeReveal(good.Bytes())
	m.Proof.Edwards.Add(m.Proof.Edwards, order8)
	_, err = DecodeReveal(m.Bytes())
	refused(t, "a proof's point of order 8l", err, ErrPoint, "")
}

// Who has seen the others' parts cannot choose their own: it is not what they committed to. Nor can a commit be copied.
func TestRushing(t *testing.T) {
	t.Parallel()
	w := begin(t, Secret, 2, 3)
	early, err := w.dealers[0].Reveal()
	w.must(err)
	for _, i := range []int{1, 2} {
		refused(t, "a reveal before the last commit", w.record.AddReveal(early), ErrStep, "1")
		m, err := w.dealers[i].Commit()
		w.must(err)
		w.must(w.record.AddCommit(m))
	}
	copied, err := w.dealers[1].Commit()
	w.must(err)
	copied.Trustee = 1
	w.must(w.record.AddCommit(copied))
	refused(t, "a second commit", w.record.AddCommit(copied), ErrDuplicate, "1")
	refused(t, "what was not committed to", w.record.AddReveal(early), ErrUncommitted, "1")
	same, err := w.dealers[1].Reveal()
	w.must(err)
	same.Trustee = 1
	refused(t, "what another committed to", w.record.AddReveal(same), ErrUncommitted, "1")

	w = begin(t, Secret, 2, 3)
	w.commit()
	chosen := (&forged{w, 3, []*group.Scalar{group.ScalarOf(1), group.ScalarOf(2)}}).reveal()
	refused(t, "a part chosen after the commit", w.record.AddReveal(chosen), ErrUncommitted, "3")
	again := *w.ceremony
	again.Context[5] ^= 1
	other, err := NewDealer(&again, w.keys[2])
	w.must(err)
	m, err := other.Reveal()
	w.must(err)
	refused(t, "another attempt's part", w.record.AddReveal(m), ErrUncommitted, "3")
}

// badDeal makes a deal whose box for the reader holds something else.
func (w *world) badDeal(dealer, reader int, plain []byte) *Deal {
	w.Helper()
	d := w.dealers[dealer-1]
	readers := []int{}
	for i := range w.keys {
		readers = append(readers, i+1)
	}
	e, err := dealLetter(d.id, dealer).seal(group.ScalarOf(99), w.rand, w.ceremony, readers, func(j int) []byte {
		if j == reader {
			return plain
		}
		return evaluate(d.coefficients, j).Bytes()
	})
	w.must(err)
	return &Deal{dealer, e}
}

// A bad share: its reader complains, anyone sees who lied, and the ceremony ends.
func TestComplaints(t *testing.T) {
	t.Parallel()
	high := bytes.Repeat([]byte{0xff}, 32)
	for name, plain := range map[string][]byte{"another number": group.ScalarOf(5).Bytes(), "no scalar": high} {
		w := begin(t, Secret, 2, 3)
		w.commit()
		w.reveal()
		for _, i := range []int{3, 1} {
			m, err := w.dealers[i-1].Deal()
			w.must(err)
			w.must(w.record.AddDeal(m))
		}
		w.must(w.record.AddDeal(w.badDeal(2, 3, plain)))
		for _, i := range []int{1, 2} { // theirs are right
			if share, complaint, err := Receive(w.rand, w.record, w.keys[i-1]); err != nil || complaint != nil || share.Trustee != i {
				t.Fatalf("%s: trustee %d: %v, %v", name, i, complaint, err)
			}
		}
		share, complaint, err := Receive(w.rand, w.record, w.keys[2])
		if err != nil || share != nil || complaint == nil || complaint.Dealer != 2 || complaint.Trustee != 3 {
			t.Fatalf("%s: %v, %v, %v", name, share, complaint, err)
		}
		forgedShare := group.NewScalar()
		for _, d := range w.dealers { // even who knows their right share from elsewhere has not been dealt it; the record says nothing of this
			forgedShare.Add(forgedShare, evaluate(d.coefficients, 3))
		}
		complaint, err = DecodeComplaint(complaint.Bytes())
		w.must(err)
		w.must(w.record.AddComplaint(complaint))
		if w.record.Step() != Ended || w.record.Liar() != 2 || w.record.Waiting() != nil {
			t.Errorf("%s: step %d, liar %d", name, w.record.Step(), w.record.Liar())
		}
		ack, err := (&Share{3, forgedShare}).Ack(w.rand, w.record)
		w.must(err)
		refused(t, "an ack after the end", w.record.AddAck(ack), ErrStep, "3")
		refused(t, "a complaint after the end", w.record.AddComplaint(complaint), ErrStep, "3")
		_, err = w.record.Seal()
		refused(t, "a seal after the end", err, ErrStep, "")
		_, _, err = Receive(w.rand, w.record, w.keys[0])
		refused(t, "a share after the end", err, ErrStep, "1")
	}
}

// False complaints are refused, name the accuser, and do not stop anything.
func TestFalseComplaints(t *testing.T) {
	t.Parallel()
	w := begin(t, Secret, 2, 3)
	w.commit()
	w.reveal()
	w.deal()
	deal := w.record.deals[0]
	shared := group.NewElement().ScalarMult(w.keys[2].secret, deal.Envelope.Ephemeral)
	unfounded, err := complain(w.rand, w.record, w.keys[2], 3, deal, shared)
	w.must(err)
	lying := *unfounded
	lying.Shared = group.NewElement().Add(shared, group.Base())
	proved, err := complain(w.rand, w.record, w.keys[2], 3, deal, lying.Shared)
	w.must(err)
	other := *unfounded
	other.Dealer = 2
	impostor := *unfounded
	impostor.Trustee = 2
	for name, c := range map[string]struct {
		complaint *Complaint
		want      *fault.Fault
		index     string
	}{
		"a right share":         {unfounded, ErrComplaintUnfounded, "3"},
		"another value":         {&lying, ErrComplaintFalse, "3"},
		"another value, proved": {proved, ErrComplaintFalse, "3"},
		"about another dealer":  {&other, ErrComplaintFalse, "3"},
		"by another":            {&impostor, ErrComplaintFalse, "2"},
		"by nobody":             {&Complaint{Trustee: 4, Dealer: 1}, ErrStranger, "4"},
		"by index 0":            {&Complaint{Trustee: 0, Dealer: 1}, ErrStranger, "0"},
		"about nobody":          {&Complaint{Trustee: 1, Dealer: 4}, ErrStranger, "1"},
		"about index 0":         {&Complaint{Trustee: 1, Dealer: 0}, ErrStranger, "1"},
	} {
		refused(t, name, w.record.AddComplaint(c.complaint), c.want, c.index)
	}
	share, _, err := Receive(w.rand, w.record, w.keys[2])
	w.must(err)
	ack, err := share.Ack(w.rand, w.record)
	w.must(err)
	w.must(w.record.AddAck(ack))
	refused(t, "a complaint after the ack", w.record.AddComplaint(unfounded), ErrStep, "3")
}

// A deal must be for everyone, and its dealer must have chosen the envelope's key: else complaints about copied envelopes would
// open those of others.
func TestForgedDeals(t *testing.T) {
	t.Parallel()
	w := begin(t, Secret, 2, 3)
	w.commit()
	early, err := w.dealers[0].Deal()
	w.must(err)
	refused(t, "a deal before the reveals", w.record.AddDeal(early), ErrStep, "1")
	w.reveal()
	victim, err := w.dealers[1].Deal()
	w.must(err)
	w.must(w.record.AddDeal(victim))
	copied := &Deal{1, victim.Envelope}
	refused(t, "another's envelope", w.record.AddDeal(copied), ErrEnvelope, "1")
	rekeyed, err := DecodeDeal(early.Bytes())
	w.must(err)
	rekeyed.Envelope.Ephemeral = victim.Envelope.Ephemeral
	refused(t, "another's ephemeral key", w.record.AddDeal(rekeyed), ErrEnvelope, "1")
	again := *w.ceremony
	again.Context[0] ^= 1
	d, err := NewDealer(&again, w.keys[0])
	w.must(err)
	replayed, err := d.Deal()
	w.must(err)
	refused(t, "an envelope of another ceremony", w.record.AddDeal(replayed), ErrEnvelope, "1")
	boxes, err := DecodeDeal(early.Bytes())
	w.must(err)
	boxes.Envelope.Boxes[1][0] ^= 1
	refused(t, "a box changed", w.record.AddDeal(boxes), ErrEnvelope, "1")
	for _, readers := range [][]int{{1, 2}, {1, 3}, {1, 2, 4}} {
		fewer, err := DecodeDeal(early.Bytes())
		w.must(err)
		fewer.Envelope.Readers, fewer.Envelope.Boxes = readers, fewer.Envelope.Boxes[:len(readers)]
		refused(t, "a deal to others", w.record.AddDeal(fewer), ErrStranger, "1")
	}
	w.must(w.record.AddDeal(early))
	refused(t, "a second deal", w.record.AddDeal(early), ErrDuplicate, "1")
	refused(t, "index 0", w.record.AddDeal(&Deal{0, early.Envelope}), ErrStranger, "0")
	refused(t, "index 4", w.record.AddDeal(&Deal{4, early.Envelope}), ErrStranger, "4")
}

func TestAcks(t *testing.T) {
	t.Parallel()
	w := begin(t, Secret, 2, 3)
	w.commit()
	w.reveal()
	_, _, err := Receive(w.rand, w.record, w.keys[0])
	refused(t, "a share before the deals", err, ErrStep, "1")
	w.deal()
	stranger, err := NewKey(w.rand)
	w.must(err)
	_, _, err = Receive(w.rand, w.record, stranger)
	refused(t, "a stranger's share", err, ErrStranger, "")
	share, _, err := Receive(w.rand, w.record, w.keys[0])
	w.must(err)
	ack, err := share.Ack(w.rand, w.record)
	w.must(err)
	refused(t, "another's ack", w.record.AddAck(&Ack{2, ack.Proof}), ErrAck, "2")
	wrong, err := (&Share{1, group.ScalarOf(3)}).Ack(w.rand, w.record)
	w.must(err)
	refused(t, "an ack without the share", w.record.AddAck(wrong), ErrAck, "1")
	other := *w.record
	other.deals = slices.Clone(w.record.deals)
	other.deals[1] = w.badDeal(2, 3, group.ScalarOf(5).Bytes())
	unseen, err := share.Ack(w.rand, &other)
	w.must(err)
	refused(t, "an ack of other deals", w.record.AddAck(unseen), ErrAck, "1")
	w.must(w.record.AddAck(ack))
	refused(t, "a second ack", w.record.AddAck(ack), ErrDuplicate, "1")
	if got := w.record.Waiting(); !slices.Equal(got, []int{2, 3}) {
		t.Errorf("waiting for %v", got)
	}
	_, err = w.record.Seal()
	refused(t, "a seal before the last ack", err, ErrStep, "")
}

// The seal follows from the record, and the same share from key and record, whenever a trustee's process starts.
func TestSeal(t *testing.T) {
	t.Parallel()
	w := sealed(t, Open, 2, 3)
	w.must(w.record.CheckSeal(w.seal))
	for name, change := range map[string]func(*Seal){
		"another key":        func(s *Seal) { s.Key = group.Base() },
		"another box key":    func(s *Seal) { s.BoxKey[3] ^= 1 },
		"another part":       func(s *Seal) { s.Keys[1] = group.Base() },
		"another threshold":  func(s *Seal) { s.Threshold = 1 },
		"another purpose":    func(s *Seal) { s.Purpose = Secret },
		"another ceremony":   func(s *Seal) { s.Ceremony[0] ^= 1 },
		"a trustee left out": func(s *Seal) { s.Keys = s.Keys[:2] },
	} {
		s, err := DecodeSeal(w.seal.Bytes())
		w.must(err)
		change(s)
		refused(t, name, w.record.CheckSeal(s), ErrSeal, "")
	}
	for i, key := range w.keys {
		restarted, err := DecodeKey(key.Bytes())
		w.must(err)
		share, _, err := Receive(w.rand, w.record, restarted)
		w.must(err)
		if share.secret.Equal(w.shares[i].secret) != 1 || share.Trustee != i+1 {
			t.Errorf("trustee %d finds another share", i+1)
		}
		d, err := NewDealer(w.ceremony, restarted)
		w.must(err)
		for name, pair := range map[string][2]func() ([]byte, error){
			"commit": {encoded(d.Commit), encoded(w.dealers[i].Commit)},
			"reveal": {encoded(d.Reveal), encoded(w.dealers[i].Reveal)},
			"deal":   {encoded(d.Deal), encoded(w.dealers[i].Deal)},
		} {
			a, err := pair[0]()
			w.must(err)
			b, err := pair[1]()
			w.must(err)
			if !bytes.Equal(a, b) {
				t.Errorf("trustee %d makes another %s", i+1, name)
			}
		}
	}
	early := begin(t, Secret, 1, 1)
	refused(t, "a seal of nothing", early.record.CheckSeal(w.seal), ErrStep, "")
}

// encoded makes a message and writes it.
func encoded[M interface{ Bytes() []byte }](make func() (M, error)) func() ([]byte, error) {
	return func() ([]byte, error) {
		m, err := make()
		if err != nil {
			return nil, err
		}
		return m.Bytes(), nil
	}
}

func TestCeremonyChecks(t *testing.T) {
	t.Parallel()
	w := begin(t, Secret, 2, 9)
	key := w.ceremony.Keys
	negated := group.NewElement().Negate(key[0])
	for name, c := range map[string]struct {
		purpose   Purpose
		threshold int
		keys      []*group.Element
		want      *fault.Fault
	}{
		"nobody":        {Secret, 1, nil, ErrParameters},
		"threshold 0":   {Secret, 0, key[:2], ErrParameters},
		"3 of 2":        {Secret, 3, key[:2], ErrParameters},
		"10 trustees":   {Secret, 1, append(slices.Clone(key), group.Base()), ErrParameters},
		"no purpose":    {0, 1, key[:2], ErrParameters},
		"third purpose": {3, 1, key[:2], ErrParameters},
		"a key twice":   {Secret, 1, []*group.Element{key[0], key[1], key[0]}, ErrKeyRepeated},
		"a key negated": {Secret, 1, []*group.Element{key[0], key[1], negated}, ErrKeyNegated},
	} {
		ceremony := &Ceremony{Purpose: c.purpose, Threshold: c.threshold, Keys: c.keys}
		refused(t, name, ceremony.Check(), c.want, "")
		_, err := NewRecord(ceremony)
		refused(t, name, err, c.want, "")
		_, err = NewDealer(ceremony, w.keys[0])
		refused(t, name, err, c.want, "")
	}
	_, err := NewDealer(&Ceremony{Purpose: Secret, Threshold: 1, Keys: key[1:]}, w.keys[0])
	refused(t, "a stranger", err, ErrStranger, "")
	_, err = DecodeKey(make([]byte, 32))
	refused(t, "a key of zero", err, group.ErrIdentity, "")
	_, err = DecodeKey(make([]byte, 31))
	refused(t, "a short key", err, group.ErrScalar, "")
	_, err = DecodePublic(make([]byte, 32))
	refused(t, "a public key of zero", err, group.ErrIdentity, "")
	_, err = NewKey(bytes.NewReader(make([]byte, 10)))
	if err == nil {
		t.Error("a key without chance")
	}
}
