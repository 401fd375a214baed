package voting

import (
	"encoding/json"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/voting/internal/poll"
)

// Registration is what a registrar must know of a secret poll.
type Registration struct {
	ID        string                 `json:"id"`
	Registrar *communityv1.Registrar `json:"registrar"` // whose poll it is; another may have been appointed since
	EndsAt    int64                  `json:"ends_at"`
	Ended     bool                   `json:"ended,omitempty"`     // nobody registers any more, and the credentials are to be listed
	ListedBy  int64                  `json:"listed_by,omitempty"` // until when, once it has ended
	// Registered is how many voters have registered, so far or in all; Listed is how many credentials are listed already, up to LastKey.
	Registered int    `json:"registered"`
	Listed     uint32 `json:"listed,omitempty"`
	LastKey    []byte `json:"last_key,omitempty"`
	// Over: the roster is sealed, and the registrar must forget whose credential is whose. A poll that is not listed any more is over, too.
	Over bool `json:"over,omitempty"`
}

// Registrations lists the secret polls that may want the registrar's hand, and those that do not any more and are not closed, ascending by
// id: those after an id, at most so many. It reads the state, so it must run where the state's owner runs.
func Registrations(s *decider.State, after string, limit int) []Registration {
	out := []Registration{}
	for _, id := range s.Members("poll") {
		p := decider.Peek[poll.Poll](s, poll.Path(id))
		if id <= after || p == nil || p.Secret == nil || p.Lapsed != "" || p.Closed {
			continue
		}
		if len(out) == limit {
			break
		}
		out = append(out, Registration{
			ID: id, Registrar: p.Secret.Registrar, EndsAt: p.Secret.EndsAt, Ended: p.Secret.Ended, ListedBy: p.Secret.ListedBy,
			Registered: len(s.Members(poll.Registrations(id))), Listed: p.Secret.Listed, LastKey: p.Secret.LastKey,
			Over: len(p.Secret.Root) > 0,
		})
	}
	return out
}

// registrationsMax is how many polls one answer lists.
const registrationsMax = 200

// RegistrationsPage is a part of what Registrations lists; the rest stands after Next, if that is not empty.
type RegistrationsPage struct {
	Polls []Registration `json:"polls"`
	Next  string         `json:"next,omitempty"`
}

// AnswerRegistrations gives the RegistrationsPage after an id, as JSON.
func AnswerRegistrations(s *decider.State, after []byte) ([]byte, error) {
	page := RegistrationsPage{Polls: Registrations(s, string(after), registrationsMax)}
	if len(page.Polls) == registrationsMax {
		page.Next = page.Polls[registrationsMax-1].ID
	}
	return json.Marshal(page)
}

// registrantsMax is how many voters one answer lists: that many fit into a message with room to spare.
const registrantsMax = 1000

// RegistrantsQuestion asks for the RegistrantsPage of a poll after a voter.
type RegistrantsQuestion struct {
	Poll  string `json:"poll"`
	After string `json:"after,omitempty"`
}

// RegistrantsPage is a part of those who have registered for a poll, ascending by voter; the rest stands after Next, if that is not empty.
// There are none where the poll is over.
type RegistrantsPage struct {
	Voters []poll.Registrant `json:"voters"`
	Next   string            `json:"next,omitempty"`
}

// AnswerRegistrants gives the RegistrantsPage of a RegistrantsQuestion, both as JSON. Until registration ends a voter may register again,
// so who lists credentials asks once it has.
func AnswerRegistrants(s *decider.State, question []byte) ([]byte, error) {
	var q RegistrantsQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, poll.ErrUnknown.Because(err)
	}
	page := RegistrantsPage{Voters: poll.Registrants(s, q.Poll, q.After, registrantsMax)}
	if len(page.Voters) == registrantsMax {
		page.Next = page.Voters[registrantsMax-1].Voter
	}
	return json.Marshal(page)
}
