package pollcheck

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var (
	whyNotice = because("notice.differs",
		"The notice does not say what was put to the vote, or not the warning of the rules.",
		"通知内容与所表决事项或规则所定警示不符。")
	whyDelivered = because("notice.delivery",
		"A notice is said to have been delivered that is another one, or to somebody who is not on the roll.",
		"所称送达的是另一份通知，或收件人不在名册上。")
	whyEvidence = because("notice.evidence",
		"A notice is said to have been delivered, and what proves it is missing.", "称通知已送达，但缺少证明。")
	whyInTime = because("notice.time",
		"A delivery counts as early enough, or as too late, and is not.", "送达是否及时的认定与记录不符。")
	whyNoticeReport = because("notice.report",
		"How the notice came to the voters is not what the tally says.", "通知送达情况与计票所述不符。").unless(ofPoll)
)

// notices checks the notice of a poll, every delivery of it, and what the tally says of these. It finds out to whom it came in time.
func (c *checking) notices() {
	c.delivered = map[string]bool{}
	var notice *said
	for _, s := range c.facts {
		switch b := s.body.(type) {
		case *votingv1.NoticeIssued:
			notice = s
			question, digest := c.noticeDigest(b)
			right := bytes.Equal(b.GetNotice(), digest[:]) && bytes.Equal(b.GetQuestion(), question[:])
			c.is(right && b.GetWarning() == c.rules.GetNotice().GetWarning(), whyNotice, at(s))
		case *votingv1.NoticeDelivered:
			where := at(s).of("voter %s", s.last())
			c.named(notice, s, b.GetNotice())
			c.is(c.proves(s, b), whyEvidence, where)
			c.is(b.GetInTime() == c.inTime(s), whyInTime, where)
			if b.GetInTime() {
				c.delivered[s.last()] = true
			}
		case *votingv1.DeliveryFailed:
			c.named(notice, s, b.GetNotice())
		}
	}
	if t := c.tally(); t != nil && !c.secret() && (notice != nil || t.GetNotice() != nil) {
		c.noticed(notice, t)
	}
}

// named wants a delivery to be of the notice that was issued, to somebody on the roll.
func (c *checking) named(notice, s *said, digest []byte) {
	if notice == nil {
		c.unchecked(notShown)
		return
	}
	listed := true
	if c.roll != nil && !c.rollHidden {
		_, listed = c.roll.voters[s.last()]
	}
	c.is(listed && bytes.Equal(digest, notice.body.(*votingv1.NoticeIssued).GetNotice()), whyDelivered, at(s).of("voter %s", s.last()))
}

// noticeDigest is docs/format.md's, with that of the question in it.
func (c *checking) noticeDigest(b *votingv1.NoticeIssued) (question, digest [sha256.Size]byte) {
	call, _ := c.facts[0].body.(*votingv1.PollCalled)
	plain := func(h []byte, s string) []byte { return putStr(h, strings.Join(strings.Fields(s), " ")) }
	q := plain(plain(putStr([]byte("renlin/question/1\n"), call.GetMatter()), c.question.GetTitle()), c.question.GetText())
	q = binary.BigEndian.AppendUint64(q, uint64(c.question.GetBudgetFen()))
	q = binary.BigEndian.AppendUint32(q, uint32(len(c.question.GetOptions())))
	for _, o := range c.question.GetOptions() {
		q = binary.BigEndian.AppendUint64(plain(plain(q, o.GetCode()), o.GetTitle()), uint64(o.GetCostFen()))
	}
	question = sha256.Sum256(q)
	h := append(putStr([]byte("renlin/notice/1\n"), c.id), b.GetRoll().GetRoot()...)
	h = putStr(append(h, question[:]...), b.GetWarning())
	h = binary.BigEndian.AppendUint64(h, uint64(b.GetOpensAt()))
	return question, sha256.Sum256(binary.BigEndian.AppendUint64(h, uint64(b.GetClosesAt())))
}

// proves tells whether a delivery has what proves it: the voter's own word, or their helper's; or a paper that was left; at a door and on
// the telephone two persons' signatures; and on the board somebody's who was not found before, by two.
func (c *checking) proves(s *said, b *votingv1.NoticeDelivered) bool {
	call, _ := c.facts[0].body.(*votingv1.PollCalled)
	by := b.GetBy()
	convener := call.GetConvener() != "" && slices.Contains(by, call.GetConvener())
	switch b.GetChannel() {
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_APP:
		return s.author == chain.AuthorDevice && s.actor == s.last() && slices.Equal(by, []string{s.last()}) && b.GetMandate() == ""
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_HOSTED:
		return s.author == chain.AuthorHosted && s.actor == s.last() && slices.Equal(by, []string{s.last()}) && b.GetMandate() == ""
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER:
		return s.actor == s.last() && len(by) == 1 && by[0] != s.last() && b.GetMandate() != "" && !convener
	}
	if convener || len(by) == 0 || len(by) > 2 || by[0] != s.actor || slices.Contains(by, s.last()) || len(s.keys) < len(by) {
		return false
	}
	two, paper := len(by) == 2 && by[0] != by[1], b.GetEvidence() != nil
	switch b.GetChannel() {
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_IN_PERSON, votingv1.DeliveryChannel_DELIVERY_CHANNEL_LETTER:
		return paper
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_DOOR:
		return paper && two
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_PHONE:
		return two
	case votingv1.DeliveryChannel_DELIVERY_CHANNEL_POSTED:
		return paper && c.sought(s)
	}
	return false
}

// sought tells whether two persons had looked for a voter before, and not found them. Where something before it is withheld, they may have.
func (c *checking) sought(posted *said) bool {
	return c.hidden.between(c.facts[0], posted) || slices.ContainsFunc(c.facts, func(s *said) bool {
		b, _ := s.body.(*votingv1.DeliveryFailed) // by nobody, if it is something else
		return s.index < posted.index && s.path == posted.path && len(b.GetBy()) == 2
	})
}

// inTime tells whether a delivery is as long before the close as the notice is before the opening, at the most, or before the opening.
func (c *checking) inTime(s *said) bool {
	if c.opened == nil || s.index < c.opened.index {
		return true
	}
	closes := c.opened.body.(*votingv1.PollOpened).GetClosesAt()
	for _, f := range c.facts {
		if b, extended := f.body.(*votingv1.PollExtended); extended && f.index < s.index {
			closes = b.GetClosesAt()
		}
	}
	lead := min(c.rules.GetNotice().GetNoticeSeconds(), c.rules.GetVotingSeconds())
	return s.time+int64(lead)*1000 <= closes
}

// noticed holds the tally's report against the deliveries.
func (c *checking) noticed(notice *said, t *votingv1.Tally) {
	if c.roll == nil || c.rollHidden {
		c.unchecked(notShown)
		return
	}
	var want *votingv1.NoticeReport
	if notice != nil {
		want = c.noticeReport(notice)
	}
	c.is(proto.Equal(want, t.GetNotice()), whyNoticeReport, at(c.tallied))
}

func (c *checking) noticeReport(notice *said) *votingv1.NoticeReport {
	out := &votingv1.NoticeReport{Notice: notice.body.(*votingv1.NoticeIssued).GetNotice(), IssuedAt: notice.time}
	first, tried := map[string]*votingv1.NoticeDelivered{}, map[string]bool{}
	for _, s := range c.facts {
		switch b := s.body.(type) {
		case *votingv1.VotersReminded:
			out.Reminders++
		case *votingv1.DeliveryFailed:
			tried[s.last()] = true
		case *votingv1.NoticeDelivered:
			if tried[s.last()] = true; first[s.last()] == nil {
				first[s.last()] = b
			}
		}
	}
	shares := map[votingv1.DeliveryChannel]*votingv1.DeliveryShare{}
	for voter := range c.roll.voters { // any order: sums, and the first and last of times, do not depend on it
		b := first[voter]
		switch {
		case b == nil && tried[voter]:
			out.Failed++
			continue
		case b == nil:
			out.Untried++
			continue
		}
		d := shares[b.GetChannel()]
		if d == nil {
			d = &votingv1.DeliveryShare{Channel: b.GetChannel(), FirstAt: b.GetAt(), LastAt: b.GetAt()}
			shares[b.GetChannel()] = d
		}
		d.Voters++
		if c.delivered[voter] {
			d.InTime++
		}
		d.FirstAt, d.LastAt = min(d.FirstAt, b.GetAt()), max(d.LastAt, b.GetAt())
	}
	for _, channel := range slices.Sorted(maps.Keys(shares)) {
		out.Deliveries = append(out.Deliveries, shares[channel])
	}
	return out
}
