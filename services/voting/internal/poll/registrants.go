package poll

import (
	"slices"

	"renlin.dev/pkg/decider"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Registrant is a voter who has registered, and what the row of their credential must say.
type Registrant struct {
	Voter       string             `json:"voter"`
	Commitment  []byte             `json:"commitment"`
	Heads       int64              `json:"heads"`
	AreaCentiM2 int64              `json:"area_centi_m2"`
	Measured    *votingv1.Measured `json:"measured,omitempty"` // as in CredentialRow
	Channel     votingv1.Channel   `json:"channel,omitempty"`  // likewise
}

// Registrations gives the collection of the registrations for a poll.
func Registrations(poll string) string { return Path(poll) + "/registration" }

// Registrants lists who has registered for a poll whose roster is not sealed yet, ascending by voter: those after a voter, at most so
// many.
func Registrants(s *decider.State, poll, after string, limit int) []Registrant {
	out := []Registrant{}
	p, sealed := decider.Peek[Poll](s, Path(poll)), decider.PeekDerived[Book](s).Polls[poll]
	if p == nil || p.Secret == nil || p.Secret.sealed() || sealed == nil {
		return out
	}
	voters := s.Members(Registrations(poll))
	from, found := slices.BinarySearch(voters, after)
	if found {
		from++
	}
	for _, voter := range voters[from:min(from+limit, len(voters))] {
		r := decider.Peek[Registration](s, registrationPath(poll, voter))
		weight := shownWeight(p.Rules, sealed.Roll[voter])
		registrant := Registrant{
			Voter: voter, Commitment: r.Commitment, Heads: weight.Heads, AreaCentiM2: weight.Area, Channel: shownChannel(r.Channel),
		}
		if measured(sealed.Rules) {
			registrant.Measured = measuredOf(weight)
		}
		out = append(out, registrant)
	}
	return out
}
