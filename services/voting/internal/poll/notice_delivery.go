package poll

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/delivery"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Delivery is aggregate poll/<id>/delivery/<voter>: how the notice came to a voter, and how it did not.
type Delivery struct {
	// Proofs are what proved it, in their order; the first one is counted.
	Proofs []*votingv1.NoticeDelivered `json:"proofs,omitempty"`
	Failed []*votingv1.DeliveryFailed  `json:"failed,omitempty"`
}

// Clone is shallow: Evolve replaces the lists whole.
func (d *Delivery) Clone() *Delivery { dup := *d; return &dup }

func evolveDelivery(d *Delivery, e decider.Event) {
	switch b := e.Body.(type) {
	case *votingv1.NoticeDelivered:
		d.Proofs = append(slices.Clone(d.Proofs), b)
	case *votingv1.DeliveryFailed:
		d.Failed = append(slices.Clone(d.Failed), b)
	}
}

// acknowledged tells whether the voter, or a helper of theirs, has said that the notice came.
func (d *Delivery) acknowledged() bool {
	return slices.ContainsFunc(d.Proofs, func(p *votingv1.NoticeDelivered) bool {
		return p.GetChannel() <= votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER
	})
}

// proved tells whether a proof is held that came in time, so that a further one could show nothing more.
func (d *Delivery) proved() bool {
	return slices.ContainsFunc(d.Proofs, (*votingv1.NoticeDelivered).GetInTime)
}

// sought tells whether two persons have looked for the voter and not found them. One alone could make silence of everybody count, by the
// board.
func (d *Delivery) sought() bool {
	signers := make([][]string, len(d.Failed))
	for i, f := range d.Failed {
		signers[i] = f.GetBy()
	}
	return delivery.Sought(signers)
}

// DeliveryPath gives the aggregate of how a notice came to a voter.
func DeliveryPath(poll, voter string) string { return Path(poll) + "/delivery/" + voter }

func deliveryOf(v *decider.View, poll, voter string) *Delivery {
	if d, ok := decider.Get[Delivery](v, DeliveryPath(poll, voter)); ok {
		return d
	}
	return &Delivery{}
}

// AboutNotice tells which matter and poll an acknowledgement is about, for the bounds of mandates.
func AboutNotice(v *decider.View, body proto.Message) (matter, poll string) {
	return about(v, body.(*votingv1.AcknowledgeNotice).GetPoll())
}

// AcknowledgeNotice takes a voter's word that the notice came. Because their silence may count from then on, it takes what casting a ballot
// takes: a device, or a mandate, that is as old as the roll.
func AcknowledgeNotice(v *decider.View, cmd *decider.Command, b *votingv1.AcknowledgeNotice) ([]decider.Change, error) {
	p, err := noticed(v, cmd, b.GetPoll(), b.GetNotice())
	if err != nil {
		return nil, err
	}
	d := deliveryOf(v, b.GetPoll(), cmd.Actor)
	switch {
	case !listed(v, b.GetPoll(), cmd.Actor):
		return nil, ErrRollUnlisted
	case d.acknowledged():
		return nil, ErrNoticeAcknowledged
	}
	channel, by, err := acknowledging(v, cmd, p)
	if err != nil {
		return nil, err
	}
	at := max(cmd.Time, p.Notice.IssuedAt) // clocks differ, and nobody has a notice before there is one
	return []decider.Change{decider.On(DeliveryPath(b.GetPoll(), cmd.Actor), &votingv1.NoticeDelivered{
		Channel: channel, Notice: b.GetNotice(), At: at, InTime: p.inTime(cmd.Time), Mandate: cmd.Mandate, By: []string{by},
	})}, nil
}

// acknowledging tells by which channel a voter's word comes and whose it is, and refuses what is younger than the roll.
func acknowledging(v *decider.View, cmd *decider.Command, p *Poll) (channel votingv1.DeliveryChannel, by string, err error) {
	sealed := p.Notice.Roll.GetPosition()
	if cmd.Mandate != "" {
		switch {
		case p.Convener == cmd.Through:
			return 0, "", ErrNoticeConvener
		case !standing.MandateBefore(v, cmd, sealed):
			return 0, "", ErrNoticeKey
		}
		return votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER, cmd.Through, nil
	}
	if k, ok := decider.Get[standing.Key](v, "key/"+chain.KeyID(cmd.Keys[0])); !ok || k.Position > sealed {
		return 0, "", ErrNoticeKey
	}
	if cmd.Author == chain.AuthorHosted {
		return votingv1.DeliveryChannel_DELIVERY_CHANNEL_HOSTED, cmd.Actor, nil
	}
	return votingv1.DeliveryChannel_DELIVERY_CHANNEL_APP, cmd.Actor, nil
}

// deliveriesMax is how many attempts one command records.
const deliveriesMax = 200

// RecordDeliveries puts attempts on the record, all or none. What leaves a paper behind rests on that, in the vault; what happened at a
// door or on the telephone rests on two persons' word. Who called the poll records nothing, and nobody anything of themselves.
func RecordDeliveries(v *decider.View, cmd *decider.Command, b *votingv1.RecordDeliveries) ([]decider.Change, error) {
	p, err := noticed(v, cmd, b.GetPoll(), b.GetNotice())
	if err != nil {
		return nil, err
	}
	if n := len(b.GetRows()); n == 0 || n > deliveriesMax {
		return nil, ErrDeliveryNone
	}
	by := append([]string{cmd.Actor}, cmd.Cosigners...)
	if err := bringers(v, p, by); err != nil {
		return nil, err
	}
	changes := make([]decider.Change, 0, len(b.GetRows()))
	seen := map[string]bool{}
	for i, row := range b.GetRows() {
		why := p.attempt(cmd, row, by)
		switch d := deliveryOf(v, b.GetPoll(), row.GetVoter()); {
		case why != nil:
		case seen[row.GetVoter()]:
			why = ErrDeliveryTwice
		case !listed(v, b.GetPoll(), row.GetVoter()):
			why = ErrDeliveryUnlisted
		case d.proved():
			why = ErrDelivered
		case row.GetFailed() && len(d.Failed) >= delivery.Max && (d.sought() || len(by) < 2):
			why = ErrDeliveryMany
		case row.GetChannel() == votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED && !d.sought():
			why = delivery.ErrPostedFirst
		}
		if why != nil {
			return nil, why.WithInt("row", int64(i))
		}
		seen[row.GetVoter()] = true
		changes = append(changes, p.recorded(cmd, b, row, by))
	}
	return changes, nil
}

// bringers refuses who may not say that a notice was brought: everybody who signs must be an officer or a grid worker.
func bringers(v *decider.View, p *Poll, by []string) error {
	if len(by) > 2 {
		return ErrDeliveryBringer
	}
	for i, id := range by {
		if _, err := operatorOrg(v, id); err != nil || slices.Contains(by[:i], id) {
			return ErrDeliveryBringer
		}
		if id == p.Convener {
			return ErrNoticeConvener
		}
	}
	return nil
}

// attempt refuses a row that proves nothing, whoever it is about; nobody proves anything of themselves.
func (p *Poll) attempt(cmd *decider.Command, row *votingv1.DeliveryRow, by []string) *fault.Fault {
	if slices.Contains(by, row.GetVoter()) {
		return ErrDeliveryOwn
	}
	return delivery.Attempt{
		Channel: row.GetChannel(), Failed: row.GetFailed(), At: row.GetAt(), Evidence: row.GetEvidence(),
	}.Check(p.Notice.IssuedAt, cmd.Time, len(by))
}

// recorded is what stands on the record of a row.
func (p *Poll) recorded(cmd *decider.Command, b *votingv1.RecordDeliveries, row *votingv1.DeliveryRow, by []string) decider.Change {
	path := DeliveryPath(b.GetPoll(), row.GetVoter())
	if row.GetFailed() {
		return decider.On(path, &votingv1.DeliveryFailed{Channel: row.GetChannel(), Notice: b.GetNotice(), At: row.GetAt(), By: by})
	}
	return decider.On(path, &votingv1.NoticeDelivered{
		Channel: row.GetChannel(), Notice: b.GetNotice(), At: row.GetAt(), Evidence: row.GetEvidence(), InTime: p.inTime(cmd.Time), By: by,
	})
}

// Reach is how a voter was reached, in the Book: by what proved it first; nothing did where the channel is unspecified.
type Reach struct {
	Channel votingv1.DeliveryChannel `json:"channel,omitempty"`
	At      int64                    `json:"at,omitempty"`
	InTime  bool                     `json:"in_time,omitempty"`
}

// Awaits tells whether a poll waits for a member's vote: they are on its roll, and have not voted.
func Awaits(s *decider.State, poll, member string) bool {
	sealed := decider.PeekDerived[Book](s).Polls[poll]
	if sealed == nil {
		return false
	}
	_, listed := sealed.Roll[member]
	_, cast := sealed.Ballots[member]
	return listed && !cast
}

// Reached tells whether it is on the record that a poll's notice came to a member.
func Reached(s *decider.State, poll, member string) bool {
	d := decider.Peek[Delivery](s, DeliveryPath(poll, member))
	return d != nil && len(d.Proofs) > 0
}

// reached books a proof. Only one that came in time makes something of the voter's silence.
func (s *Sealed) reached(voter string, b *votingv1.NoticeDelivered) {
	if s.Reached == nil {
		s.Reached = map[string]Reach{}
	}
	r := s.Reached[voter]
	if r.Channel == votingv1.DeliveryChannel_DELIVERY_CHANNEL_UNSPECIFIED {
		r.Channel, r.At = b.GetChannel(), b.GetAt()
	}
	r.InTime = r.InTime || b.GetInTime()
	s.Reached[voter] = r
	if b.GetInTime() {
		if s.Delivered == nil {
			s.Delivered = map[string]bool{}
		}
		s.Delivered[voter] = true
	}
}

// missed books an attempt that reached nobody.
func (s *Sealed) missed(voter string) {
	if s.Reached == nil {
		s.Reached = map[string]Reach{}
	}
	if _, tried := s.Reached[voter]; !tried {
		s.Reached[voter] = Reach{}
	}
}

// noticeReport says how the notice came to the voters; nil where the rules ask for none. It counts and names nobody.
func (s *Sealed) noticeReport(n *Notice) *votingv1.NoticeReport {
	if n == nil {
		return nil
	}
	out := &votingv1.NoticeReport{Notice: n.Digest, IssuedAt: n.IssuedAt, Reminders: n.Reminders}
	shares := map[votingv1.DeliveryChannel]*votingv1.DeliveryShare{}
	for voter := range s.Roll { // any order: sums, and the first and last of times, do not depend on it
		r, tried := s.Reached[voter]
		switch {
		case !tried:
			out.Untried++
			continue
		case r.Channel == votingv1.DeliveryChannel_DELIVERY_CHANNEL_UNSPECIFIED:
			out.Failed++
			continue
		}
		d := shares[r.Channel]
		if d == nil {
			d = &votingv1.DeliveryShare{Channel: r.Channel, FirstAt: r.At, LastAt: r.At}
			shares[r.Channel] = d
		}
		d.Voters++
		d.InTime += one(r.InTime)
		d.FirstAt, d.LastAt = min(d.FirstAt, r.At), max(d.LastAt, r.At)
	}
	for _, c := range slices.Sorted(maps.Keys(shares)) {
		out.Deliveries = append(out.Deliveries, shares[c])
	}
	return out
}
