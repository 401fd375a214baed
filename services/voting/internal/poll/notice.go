package poll

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"strconv"

	"renlin.dev/pkg/decider"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Notice is how a poll was announced: what its voters were told, and since when.
type Notice struct {
	Digest    []byte         `json:"digest"`
	Question  []byte         `json:"question"`
	Warning   string         `json:"warning,omitempty"`
	Roll      *votingv1.Roll `json:"roll"`
	IssuedAt  int64          `json:"issued_at"`
	OpensAt   int64          `json:"opens_at"`
	ClosesAt  int64          `json:"closes_at"`           // at the earliest
	Reminders uint32         `json:"reminders,omitempty"` // how often those who had not voted were reminded
	Reminded  int64          `json:"reminded,omitempty"`  // when last; 0 for never
}

// evolveNotice books the notice and its reminders, on a copy: Evolve must not write into what an older state still shows. It tells whether
// the event was one of these.
func (p *Poll) evolveNotice(e decider.Event) bool {
	switch b := e.Body.(type) {
	case *votingv1.NoticeIssued:
		p.Notice = &Notice{
			Digest: b.GetNotice(), Question: b.GetQuestion(), Warning: b.GetWarning(), Roll: b.GetRoll(),
			IssuedAt: e.Time, OpensAt: b.GetOpensAt(), ClosesAt: b.GetClosesAt(),
		}
	case *votingv1.VotersReminded:
		if p.Notice != nil {
			n := *p.Notice
			n.Reminders, n.Reminded = n.Reminders+1, e.Time
			p.Notice = &n
		}
	default:
		return false
	}
	return true
}

const domainNotice = "renlin/notice/1\n"

// noticeDigest names a notice, as docs/format.md says: whoever has it knows which question is put, when, and what becomes of silence.
func noticeDigest(poll string, b *votingv1.NoticeIssued) []byte {
	h := appendStr([]byte(domainNotice), poll)
	h = append(h, b.GetRoll().GetRoot()...)
	h = append(h, b.GetQuestion()...)
	h = appendStr(h, b.GetWarning())
	h = binary.BigEndian.AppendUint64(h, uint64(b.GetOpensAt()))
	h = binary.BigEndian.AppendUint64(h, uint64(b.GetClosesAt()))
	sum := sha256.Sum256(h)
	return sum[:]
}

// demandNotice demands the notice to those on a sealed roll.
func demandNotice(id string, roll *votingv1.Roll) decider.Demand {
	return decider.Demand{Purpose: "notice/" + id, Operation: "voting.issue_notice", Body: &votingv1.IssueNotice{Poll: id, Roll: roll}}
}

// IssueNotice announces a poll whose roll is sealed. One that nobody is on, or that cannot be counted, is announced to nobody: the poll
// will never open.
func IssueNotice(v *decider.View, cmd *decider.Command, b *votingv1.IssueNotice) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Roll != nil:
		return nil, ErrOpened
	case p.Notice != nil:
		return nil, ErrNoticeIssued
	case p.Lapsed != "":
		return nil, ErrLapsed
	}
	if why := p.unfit(b.GetRoll()); why != nil {
		return []decider.Change{decider.On(Path(b.GetPoll()), p.lapse(why))}, nil
	}
	opens := after(cmd.Time, p.Rules.GetNotice().GetNoticeSeconds())
	question := questionDigest(p.Matter, p.Question)
	issued := &votingv1.NoticeIssued{
		Roll: b.GetRoll(), Question: question[:], Warning: p.Rules.GetNotice().GetWarning(),
		OpensAt: opens, ClosesAt: after(opens, p.Rules.GetVotingSeconds()),
	}
	issued.Notice = noticeDigest(b.GetPoll(), issued)
	return []decider.Change{decider.On(Path(b.GetPoll()), issued)}, nil
}

// OnNoticeIssued demands the opening for when the notice's time is over. A secret poll waits for its roster, too.
func OnNoticeIssued(v *decider.View, e decider.Event, b *votingv1.NoticeIssued) []decider.Demand {
	id := pollOf(e.Aggregate)
	if pollAt(v, e).secret() {
		return afterRoster(v, e)
	}
	return []decider.Demand{{
		Purpose: "open/" + id, Operation: "voting.open", Body: &votingv1.OpenPoll{Poll: id, Roll: b.GetRoll()}, Due: b.GetOpensAt(),
	}}
}

// demandReminders demands those reminders before a closing instant whose time is still to come. Each instant has reminders of its own.
func demandReminders(id string, p *Poll, now int64) (demands []decider.Demand) {
	for i, seconds := range p.Rules.GetNotice().GetReminderSeconds() {
		due := p.ClosesAt - int64(seconds)*msPerSecond
		if due <= now {
			continue
		}
		demands = append(demands, decider.Demand{
			Purpose: "remind/" + id + "/" + p.extensions() + "/" + strconv.Itoa(i), Operation: "voting.remind",
			Body: &votingv1.RemindVoters{Poll: id, ClosesAt: p.ClosesAt}, Due: due,
		})
	}
	return demands
}

// RemindVoters reminds those who have not voted, unless the poll has closed or its close was moved: then the new one has reminders of its
// own. Who they are is not said here: it follows from the roll and the ballots, to which everybody else has as much access as before.
func RemindVoters(v *decider.View, _ *decider.Command, b *votingv1.RemindVoters) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Closed:
		return nil, ErrClosed
	case p.ClosesAt != b.GetClosesAt():
		return nil, ErrExtended
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.VotersReminded{ClosesAt: b.GetClosesAt()})}, nil
}

// noticed finds a poll whose notice can still be delivered. After the close nothing is recorded: who was told would then depend on the
// result.
func noticed(v *decider.View, cmd *decider.Command, id string, digest []byte) (*Poll, error) {
	p, err := find(v, id)
	switch {
	case err != nil:
		return nil, err
	case p.Notice == nil:
		return nil, ErrNoticeNone
	case p.Lapsed != "":
		return nil, ErrLapsed
	case p.Closed || p.Roll != nil && cmd.Time >= p.ClosesAt:
		return nil, ErrNoticeClosed
	case !bytes.Equal(digest, p.Notice.Digest):
		return nil, ErrNoticeOther
	}
	if p.Roll != nil {
		v.Window(0, p.ClosesAt)
	}
	return p, nil
}

// inTime tells whether a notice that is proved now came early enough for silence to be an answer: at most as long before the close as
// the rules give between notice and opening, and before the opening in any case.
func (p *Poll) inTime(now int64) bool {
	lead := min(p.Rules.GetNotice().GetNoticeSeconds(), p.Rules.GetVotingSeconds())
	return p.Roll == nil || after(now, lead) <= p.ClosesAt
}
