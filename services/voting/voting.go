// Package voting is the voting service: from the call of a poll to its certificate.
//
// In plain words: the rules stand in internal/poll and internal/tally, and are pure. This package says which operations there are, to
// whom they are open, and what an event must trigger; Model puts it together, for the daemon, the pilot and every observer alike. The
// key holders' keystore is package holder; it sees the polls through Polls and speaks to the service like everybody else, by signed
// commands. What a voter seals is package ballot, which any client may use.
package voting

import (
	"encoding/json"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/voting/holder"
	"renlin.dev/services/voting/internal/poll"
	"renlin.dev/services/voting/trustee"
)

// Name is the service's name: in commits, subjects and operations.
const Name = "voting"

// Model gives the rules of the voting service.
func Model() *decider.Model { return guarded(standing.Guard) }

func guarded(guard decider.Guard) *decider.Model {
	return decider.NewModel(Name, []uint32{1}, slices.Concat([]decider.Part{
		decider.Guarded(guard),
		standing.Kinds(false),
		standing.UnitKind(false),
		standing.GroupKinds(false),
		standing.TrusteesKind(false),
		standing.RegistrarKind(false),
		poll.MotionKind(),
		poll.Kinds(),
		poll.BookPart(),
		standing.HelpedPart(),
	}, commands(), notices(), papers(), sheets(), registrations(), demanded(), policies())...)
}

// Polls lists the polls whose key still needs a holder's hand, ascending by id, for the keystores: those after an id, at most so many.
// Polls with trustees are not among them; see Ceremonies. It reads the state, so it must run where the state's owner runs.
func Polls(s *decider.State, after string, limit int) []holder.Poll {
	out := []holder.Poll{}
	for _, id := range s.Members("poll") {
		p := decider.Peek[poll.Poll](s, poll.Path(id))
		if id <= after || p == nil || p.Published() || p.Lapsed != "" || p.Rules.GetSecrecy() != nil {
			continue
		}
		if len(out) == limit {
			break
		}
		out = append(out, holder.Poll{
			ID: id, BoxKey: p.BoxKey, Wrapped: p.Wrapped, OfferedBy: p.OfferedBy, HeldBy: p.HeldBy, Refused: p.Refused,
			Closed: p.Closed,
		})
	}
	return out
}

// Ceremonies lists the polls that may want a trustee's hand, ascending by id: those after an id, at most so many. It reads the state, so it
// must run where the state's owner runs.
func Ceremonies(s *decider.State, after string, limit int) []trustee.Poll {
	out := []trustee.Poll{}
	for _, id := range s.Members("poll") {
		p := decider.Peek[poll.Poll](s, poll.Path(id))
		if id <= after || p == nil || p.Ceremony == nil || p.Lapsed != "" || p.Certified {
			continue
		}
		if len(out) == limit {
			break
		}
		asked := trustee.Poll{ID: id, Secrecy: p.Rules.GetSecrecy().GetSecrecy(), Ceremony: p.Ceremony, Closed: p.Closed}
		if p.Secret != nil && p.Secret.Encrypted != nil {
			asked.Poll = p
		}
		out = append(out, asked)
	}
	return out
}

// ceremoniesMax is how many ceremonies one answer lists, each of some ten kilobytes, unless with secret polls, which have more, it would
// have more bytes than answerBytesMax.
const ceremoniesMax = 50

// answerBytesMax is how large an answer may be that has several parts.
const answerBytesMax = 256 << 10

// CeremoniesPage is a part of what Ceremonies lists; the rest stands after Next, if that is not empty.
type CeremoniesPage struct {
	Polls []trustee.Poll `json:"polls"`
	Next  string         `json:"next,omitempty"`
}

// AnswerCeremonies gives the CeremoniesPage after an id, as JSON.
func AnswerCeremonies(s *decider.State, after []byte) ([]byte, error) {
	page := CeremoniesPage{Polls: Ceremonies(s, string(after), ceremoniesMax)}
	full := len(page.Polls) == ceremoniesMax
	for {
		if full {
			page.Next = page.Polls[len(page.Polls)-1].ID
		}
		raw, err := json.Marshal(page)
		if err != nil || len(raw) <= answerBytesMax || len(page.Polls) == 1 {
			return raw, err
		}
		page.Polls, full = page.Polls[:len(page.Polls)/2], true
	}
}

// BallotsPage is a part of a secret poll's roster, with the ballots that count; the rest stands after the credential Next, if that is not
// empty.
type BallotsPage struct {
	Rows []poll.Row `json:"rows"`
	Next []byte     `json:"next,omitempty"`
}

// BallotsQuestion asks for the BallotsPage of a poll after a credential.
type BallotsQuestion struct {
	Poll  string `json:"poll"`
	After []byte `json:"after,omitempty"`
}

// Ballots gives a page of a secret poll's roster. It reads the state, so it must run where the state's owner runs; whoever follows the
// record themselves asks their own.
func Ballots(s *decider.State, q BallotsQuestion) BallotsPage {
	rows, rest := poll.Rows(s, q.Poll, q.After, answerBytesMax)
	page := BallotsPage{Rows: rows}
	if !rest {
		page.Next = rows[len(rows)-1].Key
	}
	return page
}

// AnswerBallots gives the BallotsPage of a BallotsQuestion, both as JSON. They are on the record, for everybody.
func AnswerBallots(s *decider.State, question []byte) ([]byte, error) {
	var q BallotsQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, poll.ErrUnknown.Because(err)
	}
	return json.Marshal(Ballots(s, q))
}

// pollsMax is how many polls one answer lists: that many fit into a message with room to spare.
const pollsMax = 500

// PollsPage is a part of what Polls lists; the rest stands after Next, if that is not empty.
type PollsPage struct {
	Polls []holder.Poll `json:"polls"`
	Next  string        `json:"next,omitempty"`
}

// AnswerPolls gives the PollsPage after an id, as JSON.
func AnswerPolls(s *decider.State, after []byte) ([]byte, error) {
	page := PollsPage{Polls: Polls(s, string(after), pollsMax)}
	if len(page.Polls) == pollsMax {
		page.Next = page.Polls[pollsMax-1].ID
	}
	return json.Marshal(page)
}

// noticesMax is how many notices one answer lists.
const noticesMax = 500

// VoterNotice is what a voter is told of a poll that they have a vote in: until they have voted, and no longer than the poll is open.
type VoterNotice struct {
	Poll      string `json:"poll"`
	Notice    []byte `json:"notice"` // the digest to acknowledge
	Warning   string `json:"warning,omitempty"`
	OpensAt   int64  `json:"opens_at"`
	ClosesAt  int64  `json:"closes_at"`             // until it opens: at the earliest
	Delivered bool   `json:"delivered,omitempty"`   // it is on the record that the notice came
	Reminded  int64  `json:"reminded_at,omitempty"` // when those who have not voted were last reminded; 0 for never
}

// Notices lists, ascending by poll, the polls that wait for a member's vote. It reads the state, so it must run where its owner runs.
func Notices(s *decider.State, member string) []VoterNotice {
	out := []VoterNotice{}
	for _, id := range s.Members("poll") {
		p := decider.Peek[poll.Poll](s, poll.Path(id))
		if p == nil || p.Notice == nil || p.Closed || p.Lapsed != "" || len(out) == noticesMax {
			continue
		}
		if !poll.Awaits(s, id, member) {
			continue
		}
		n := VoterNotice{
			Poll: id, Notice: p.Notice.Digest, Warning: p.Notice.Warning, OpensAt: p.Notice.OpensAt, ClosesAt: p.Notice.ClosesAt,
			Delivered: poll.Reached(s, id, member), Reminded: p.Notice.Reminded,
		}
		if p.Roll != nil {
			n.OpensAt, n.ClosesAt = p.OpenedAt, p.ClosesAt
		}
		out = append(out, n)
	}
	return out
}

// AnswerNotices gives the Notices of a member, as JSON.
func AnswerNotices(s *decider.State, member []byte) ([]byte, error) {
	return json.Marshal(Notices(s, string(member)))
}

// Holders gives the community's two key holders, in the order of the founding.
func Holders(s *decider.State) []*communityv1.Holder {
	if c := decider.Peek[standing.Community](s, standing.CommunityPath); c != nil {
		return c.Holders
	}
	return nil
}
