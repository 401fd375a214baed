// Package deliberation holds the rules of deliberations: how one is convened, what is said in it, and how it ends.
//
// It is convened by the rule itself, takes the topics that called for it, and lasts as long as the rulebook says. Every active member can
// make statements and react to them; one's last reaction to a statement is the one that counts. A convener closes it before its end
// with minutes and a motion; if nobody does, its end closes it and the topics themselves are put to the vote. Each statement and each
// reaction is an aggregate of its own, so that nobody who speaks waits for anybody else.
package deliberation

import (
	"strings"

	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal/internal/words"
)

// State is where a deliberation stands.
type State string

// The states of a deliberation.
const (
	Open   State = "open"
	Closed State = "closed"
)

// Deliberation is aggregate deliberation/<id>. Times are milliseconds since the Unix epoch.
type Deliberation struct {
	Matter           string   `json:"matter"`
	Round            uint32   `json:"round"`
	Topics           []string `json:"topics"`
	Supporters       uint32   `json:"supporters"`
	Threshold        uint32   `json:"threshold"`
	ActiveMembers    uint32   `json:"active_members"`
	State            State    `json:"state"`
	ConvenedAt       int64    `json:"convened_at"`
	ClosesAt         int64    `json:"closes_at"`
	NoticeRecipients uint32   `json:"notice_recipients"`
	NoticeAt         int64    `json:"notice_at"`
	ClosedAt         int64    `json:"closed_at,omitempty"`
	ClosedBy         string   `json:"closed_by,omitempty"` // empty when its end closed it
	Overdue          bool     `json:"overdue,omitempty"`
	Minutes          string   `json:"minutes,omitempty"`
	Motion           string   `json:"motion,omitempty"`
}

// Clone is shallow: Evolve replaces the list whole.
func (d *Deliberation) Clone() *Deliberation { dup := *d; return &dup }

// Statement is aggregate deliberation/<id>/statement/<id>.
type Statement struct {
	Author      string     `json:"author"`
	Text        words.Text `json:"text"`
	SubmittedAt int64      `json:"submitted_at"`
	Helped      bool       `json:"helped,omitempty"` // made by a helper under a mandate
}

// Reaction is aggregate deliberation/<id>/statement/<id>/reaction/<member>: what the member thinks of the statement now.
type Reaction struct {
	Member   string `json:"member"`
	Attitude string `json:"attitude"` // agree, disagree or pass
	GivenAt  int64  `json:"given_at"`
	Helped   bool   `json:"helped,omitempty"` // given by a helper under a mandate
}

// Path names a deliberation's aggregate.
func Path(id string) string { return "deliberation/" + id }

// StatementPath names a statement's aggregate.
func StatementPath(id, statement string) string {
	return "deliberation/" + id + "/statement/" + statement
}

// ReactionPath names the aggregate of a member's reaction to a statement.
func ReactionPath(id, statement, member string) string {
	return "deliberation/" + id + "/statement/" + statement + "/reaction/" + member
}

// Kinds registers the aggregates of this package.
func Kinds(m *decider.Model) {
	decider.Kind("deliberation", true, evolveDeliberation)(m)
	decider.Kind("statement", true, evolveStatement)(m)
	decider.Kind("reaction", true, evolveReaction)(m)
}

func evolveDeliberation(d *Deliberation, e decider.Event) {
	switch b := e.Body.(type) {
	case *proposalv1.DeliberationConvened:
		*d = Deliberation{
			Matter: b.GetMatter(), Round: b.GetRound(), Topics: b.GetTopics(), Supporters: b.GetSupporters(),
			Threshold: b.GetThreshold(), ActiveMembers: b.GetActiveMembers(), State: Open, ConvenedAt: e.Time, ClosesAt: b.GetClosesAt(),
		}
	case *proposalv1.NoticeGiven:
		d.NoticeRecipients, d.NoticeAt = b.GetRecipients(), e.Time
	case *proposalv1.DeliberationClosed:
		d.State, d.ClosedAt, d.ClosedBy, d.Overdue = Closed, e.Time, e.Actor, b.GetOverdue()
		d.Minutes, d.Motion = b.GetMinutes(), b.GetMotion()
	}
}

func evolveStatement(s *Statement, e decider.Event) {
	if b, ok := e.Body.(*proposalv1.StatementSubmitted); ok {
		*s = Statement{Author: b.GetAuthor(), Text: words.Of(b.GetText()), SubmittedAt: e.Time, Helped: b.GetMandate() != ""}
	}
}

func evolveReaction(r *Reaction, e decider.Event) {
	if b, ok := e.Body.(*proposalv1.ReactionGiven); ok {
		member := e.Aggregate[strings.LastIndexByte(e.Aggregate, '/')+1:]
		*r = Reaction{Member: member, Attitude: attitude(b.GetAttitude()), GivenAt: e.Time, Helped: b.GetMandate() != ""}
	}
}

// attitude is the word of an attitude; empty for what is none.
func attitude(a proposalv1.Attitude) string {
	switch a {
	case proposalv1.Attitude_ATTITUDE_AGREE:
		return "agree"
	case proposalv1.Attitude_ATTITUDE_DISAGREE:
		return "disagree"
	case proposalv1.Attitude_ATTITUDE_PASS:
		return "pass"
	}
	return ""
}
