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
func Model() *decider.Model {
	return decider.NewModel(Name, []uint32{1}, slices.Concat([]decider.Part{
		decider.Guarded(standing.Guard),
		standing.Kinds(false),
		standing.UnitKind(false),
		standing.GroupKinds(false),
		standing.TrusteesKind(false),
		standing.RegistrarKind(false),
		poll.MotionKind(),
		poll.Kinds(),
		poll.BookPart(),
	}, commands(), notices(), papers(), registrations(), demanded(), policies())...)
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
		out = append(out, trustee.Poll{ID: id, Secrecy: p.Rules.GetSecrecy().GetSecrecy(), Ceremony: p.Ceremony, Closed: p.Closed})
	}
	return out
}

// ceremoniesMax is how many ceremonies one answer lists: each has some ten kilobytes at most.
const ceremoniesMax = 50

// CeremoniesPage is a part of what Ceremonies lists; the rest stands after Next, if that is not empty.
type CeremoniesPage struct {
	Polls []trustee.Poll `json:"polls"`
	Next  string         `json:"next,omitempty"`
}

// AnswerCeremonies gives the CeremoniesPage after an id, as JSON.
func AnswerCeremonies(s *decider.State, after []byte) ([]byte, error) {
	page := CeremoniesPage{Polls: Ceremonies(s, string(after), ceremoniesMax)}
	if len(page.Polls) == ceremoniesMax {
		page.Next = page.Polls[ceremoniesMax-1].ID
	}
	return json.Marshal(page)
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
