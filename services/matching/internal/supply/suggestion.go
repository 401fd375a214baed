package supply

import (
	"crypto/sha256"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// Fate is where a suggestion stands.
type Fate string

// The fates of a suggestion. One at which nobody looked in time awaits somebody all the same.
const (
	Suggested Fate = "suggested"
	Overdue   Fate = "overdue"
	Taken     Fate = "taken"
	Dismissed Fate = "dismissed"
)

// Suggestion is aggregate suggestion/<id>: that there may be a need of a person, and the sign of it.
type Suggestion struct {
	Sign   matchingv1.Sign `json:"sign"`
	Member string          `json:"member,omitempty"`
	File   string          `json:"file,omitempty"` // the pseudonym of a file of aid's
	Source string          `json:"source"`         // the aggregate on which the sign is
	At     int64           `json:"at"`
	Until  int64           `json:"until"`
	Fate   Fate            `json:"fate"`
	// ClosedAt is when it was dealt with, or when nobody had looked in time.
	ClosedAt    int64                `json:"closed_at,omitempty"`
	Need        string               `json:"need,omitempty"`
	Reason      matchingv1.Dismissal `json:"reason,omitempty"`
	By          string               `json:"by,omitempty"`
	EscalatedTo string               `json:"escalated_to,omitempty"`
}

// Person gives whom it is about.
func (s *Suggestion) Person() string {
	if s.File != "" {
		return s.File
	}
	return s.Member
}

// Awaits tells whether somebody must still decide.
func (s *Suggestion) Awaits() bool { return s.Fate == Suggested || s.Fate == Overdue }

// Rests tells whether no other is made yet of the same person and sign.
func (s *Suggestion) Rests(now int64, rules Rules) bool {
	return s.Fate == Suggested || now < s.ClosedAt+rules.SuggestAgainMillis()
}

// SuggestionID names the one suggestion of a person and a sign.
func SuggestionID(person string, sign matchingv1.Sign) string {
	sum := sha256.Sum256([]byte("suggestion/" + person + "/" + sign.String()))
	return chain.ShortID(sum[:])
}

// SuggestionPath names a suggestion's aggregate.
func SuggestionPath(id string) string { return "suggestion/" + id }

// AwaitedSuggestion finds a suggestion on which the actor may decide, and nobody has.
func AwaitedSuggestion(v *decider.View, cmd *decider.Command, id string) (*Suggestion, error) {
	s, ok := decider.Get[Suggestion](v, SuggestionPath(id))
	switch {
	case !ok:
		return nil, ErrSuggestionUnknown
	case s.Member == cmd.Actor:
		return nil, ErrSuggestionOwn
	case !s.Awaits():
		return nil, ErrSuggestionOver
	}
	return s, nil
}

func evolveSuggestion(s *Suggestion, e decider.Event) {
	switch b := e.Body.(type) {
	case *matchingv1.NeedSuggested:
		*s = Suggestion{
			Sign: b.GetSign(), Member: b.GetMember(), File: b.GetFile(), Source: b.GetSource(), At: e.Time, Until: b.GetUntil(), Fate: Suggested,
		}
	case *matchingv1.SuggestionTaken:
		s.Fate, s.Need, s.By, s.ClosedAt = Taken, b.GetNeed(), b.GetBy(), e.Time
	case *matchingv1.SuggestionDismissed:
		s.Fate, s.Reason, s.By, s.ClosedAt = Dismissed, b.GetReason(), b.GetBy(), e.Time
	case *matchingv1.SuggestionLapsed:
		s.Fate, s.EscalatedTo, s.ClosedAt = Overdue, b.GetEscalatedTo(), e.Time
	}
}
