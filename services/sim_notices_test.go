package services_test

import (
	"bytes"
	"slices"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// noticeOf are the rules of notices that one matter of a play has: a second before the opening, and a reminder a second before the close.
func noticeOf() *communityv1.NoticeRules {
	return &communityv1.NoticeRules{NoticeSeconds: 1, ReminderSeconds: []uint32{1}, Warning: "Whoever stays away stays away."}
}

// announced is what became of a poll's notice.
type announced struct {
	digest   []byte
	at       uint64 // position
	time     int64
	opensAt  int64
	reminded int64                                  // the closing instant before which people were reminded; 0 for none
	proved   map[string][]*votingv1.NoticeDelivered // by voter
	failed   map[string][]*votingv1.DeliveryFailed
}

// notices takes the facts of a poll's notice. It tells whether the fact was one.
func (l *ledger) notices(f *fact, p *poll) bool {
	switch b := f.body.(type) {
	case *votingv1.NoticeIssued:
		l.must(f, p.rules.GetNotice() != nil && p.notice == nil && p.heldBy != "" && !p.opened && f.Author == chain.AuthorPolicy &&
			f.Cause == p.readyAt(), "a notice that no rule asks for, or twice")
		opens := f.Time + 1000*int64(p.rules.GetNotice().GetNoticeSeconds())
		l.must(f, b.GetOpensAt() == opens && b.GetClosesAt() == opens+1000*int64(p.rules.GetVotingSeconds()), "a notice of other hours")
		l.must(f, b.GetWarning() == p.rules.GetNotice().GetWarning() && bytes.Equal(b.GetRoll().GetRoot(), l.rollRoot(p.roll)),
			"a notice with another warning, or to others than are on the roll")
		p.notice = &announced{
			digest: b.GetNotice(), at: f.at, time: f.Time, opensAt: opens,
			proved: map[string][]*votingv1.NoticeDelivered{}, failed: map[string][]*votingv1.DeliveryFailed{},
		}
	case *votingv1.NoticeDelivered:
		l.delivered(f, p, b)
	case *votingv1.DeliveryFailed:
		l.bringsIt(f, p, b.GetNotice(), b.GetBy())
		p.notice.failed[f.id] = append(p.notice.failed[f.id], b)
	case *votingv1.VotersReminded:
		l.must(f, p.notice != nil && p.opened && !p.closed && f.Author == chain.AuthorPolicy, "a reminder without a poll to vote in")
		l.must(f, b.GetClosesAt() == p.closesAt && f.Time >= p.closesAt-1000*int64(p.rules.GetNotice().GetReminderSeconds()[0]) &&
			p.notice.reminded != p.closesAt, "a reminder out of its time, or twice")
		p.notice.reminded = p.closesAt
	default:
		return false
	}
	return true
}

// readyAt is the position of what a notice follows from: the key, or that voters can register.
func (p *poll) readyAt() uint64 {
	if p.secret != nil {
		return p.secret.begunAt
	}
	return p.sealedAt
}

// bringsIt: a notice is brought while the poll waits or runs, to somebody on the roll, by whoever signs, and by nobody to themselves.
func (l *ledger) bringsIt(f *fact, p *poll, digest []byte, by []string) {
	if p.notice == nil {
		l.complain(f, "what was never announced is delivered")
		p.notice = &announced{}
		return
	}
	_, listed := p.roll[f.id]
	l.must(f, listed && bytes.Equal(digest, p.notice.digest), "another's notice, or to nobody on the roll")
	l.must(f, !p.closed && !p.dead && (!p.opened || f.Time < p.closesAt && f.block < p.closesAt), "a notice comes after the close")
	l.must(f, len(by) > 0 && by[0] == f.Actor || by[0] == f.Through, "brought by another than says so")
}

// delivered: the voter's own word by a key as old as the roll, once; or what others say, who are officers or grid workers: two of them
// where nothing is left behind, and on the board only where two had failed to find the voter.
func (l *ledger) delivered(f *fact, p *poll, b *votingv1.NoticeDelivered) {
	l.bringsIt(f, p, b.GetNotice(), b.GetBy())
	n := p.notice
	lead := 1000 * int64(min(p.rules.GetNotice().GetNoticeSeconds(), p.rules.GetVotingSeconds()))
	l.must(f, b.GetInTime() == (!p.opened || f.Time+lead <= p.closesAt), "in time is not so")
	if b.GetChannel() <= votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER {
		l.must(f, f.id == f.Actor, "an acknowledgement for another")
		l.must(f, !slices.ContainsFunc(n.proved[f.id], func(d *votingv1.NoticeDelivered) bool {
			return d.GetChannel() <= votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER
		}), "acknowledged twice")
		if k := l.keys[string(f.signed.Signatures[0].Key)]; k != nil && b.GetMandate() == "" {
			l.must(f, k.position <= p.sealedAt, "acknowledged by a key that came after the roll")
		}
		l.marked(f, b.GetMandate())
	} else {
		two := len(b.GetBy()) == 2
		l.must(f, !slices.Contains(b.GetBy(), f.id), "somebody brings themselves a notice")
		switch b.GetChannel() {
		case votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR, votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE:
			l.must(f, two, "one person's word for a door or a telephone call")
		case votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED:
			l.must(f, slices.ContainsFunc(n.failed[f.id], func(d *votingv1.DeliveryFailed) bool { return len(d.GetBy()) == 2 }),
				"on the board for somebody whom nobody looked for")
		}
		l.must(f, !slices.ContainsFunc(n.proved[f.id], (*votingv1.NoticeDelivered).GetInTime), "delivered again")
	}
	n.proved[f.id] = append(n.proved[f.id], b)
}

// delivers has a voter say that a notice came, or officers bring it, or try to.
func (c *crowd) delivers() *deed {
	id, ok := anyOf(c, c.polls, func(_ string, p *poll) bool { return p.notice != nil && !p.closed && !p.dead })
	if !ok {
		return nil
	}
	p := c.polls[id]
	if p.notice == nil {
		return nil
	}
	voter, ok := pick(c, ids(p.roll, func(m string, _ voter) bool { return c.active(m) }))
	if !ok {
		return nil
	}
	if c.hasKey(voter) && c.chance(400) {
		return c.by(voter, "voting.acknowledge_notice", &votingv1.AcknowledgeNotice{Poll: id, Notice: p.notice.digest})
	}
	first, second, ok := c.officers("")
	if !ok {
		return nil
	}
	row := &votingv1.DeliveryRow{
		Voter: voter, At: p.notice.time, Failed: c.chance(500),
		Channel: votingv1.DeliveryChannel(int32(votingv1.DeliveryChannel_DELIVERY_CHANNEL_IN_PERSON) + int32(c.r.IntN(5))),
	}
	if !row.Failed && row.Channel != votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE {
		row.Evidence = textFor("a receipt")
	}
	body := &votingv1.RecordDeliveries{Poll: id, Notice: p.notice.digest, Rows: []*votingv1.DeliveryRow{row}}
	if c.chance(300) {
		return c.by(first, "voting.record_deliveries", body)
	}
	return c.by(first, "voting.record_deliveries", body, second)
}
