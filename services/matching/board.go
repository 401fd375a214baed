package matching

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// BoardQuestion asks for what goes on now, so many of each at most.
type BoardQuestion struct {
	Limit int `json:"limit"`
}

// BoardAnswer is what whoever dispatches looks at: what waits, who serves, and who could. Whose a need is, it does not say.
type BoardAnswer struct {
	Mode        dispatch.Dispatching `json:"mode"`
	Needs       []BoardNeed          `json:"needs"`
	Assignments []BoardAssignment    `json:"assignments"`
	Providers   []BoardProvider      `json:"providers"`
	// MoreNeeds, MoreAssignments and MoreProviders are how many there are beside those that are shown.
	MoreNeeds       int64 `json:"more_needs"`
	MoreAssignments int64 `json:"more_assignments"`
	MoreProviders   int64 `json:"more_providers"`
}

// BoardNeed is a need of which something waits or is taken on. The most urgent come first, of these who waits longest.
type BoardNeed struct {
	Need         string              `json:"need"`
	Skill        string              `json:"skill"`
	Cell         supply.Cell         `json:"cell"`
	Priority     uint32              `json:"priority"`
	Vulnerable   bool                `json:"vulnerable,omitempty"`
	Assessed     bool                `json:"assessed,omitempty"`
	Waiting      int64               `json:"waiting"`
	Matched      int64               `json:"matched"`
	Served       int64               `json:"served"`
	WaitingSince int64               `json:"waiting_since"`
	Until        int64               `json:"until,omitempty"`
	Shortage     matchingv1.Shortage `json:"shortage,omitempty"`
}

// BoardAssignment is one that is not over: the most urgent first, of these the oldest.
type BoardAssignment struct {
	Assignment string               `json:"assignment"`
	Need       string               `json:"need"`
	Skill      string               `json:"skill"`
	Quantity   int64                `json:"quantity"`
	Delivered  int64                `json:"delivered"`
	Priority   uint32               `json:"priority"`
	State      dispatch.State       `json:"state"`
	PlannedAt  int64                `json:"planned_at"`
	OpensAt    int64                `json:"opens_at,omitempty"`
	CheckInBy  int64                `json:"check_in_by,omitempty"`
	ConfirmBy  int64                `json:"confirm_by,omitempty"`
	Candidates []dispatch.Candidate `json:"candidates"`
	Switches   []dispatch.Switch    `json:"switches"`
	Preferred  *dispatch.Preferred  `json:"preferred,omitempty"`
}

// BoardProvider is somebody who serves, with what they offer.
type BoardProvider struct {
	Provider string       `json:"provider"`
	Org      string       `json:"org,omitempty"`
	Cell     supply.Cell  `json:"cell"`
	Offers   []BoardOffer `json:"offers"`
}

// BoardOffer is how much of a skill somebody can serve, and how much of that is promised.
type BoardOffer struct {
	Skill      string `json:"skill"`
	Capacity   int64  `json:"capacity"`
	Taken      int64  `json:"taken"`
	Standby    int64  `json:"standby"`
	Overloaded bool   `json:"overloaded,omitempty"`
}

// AnswerBoard gives what goes on, as JSON.
func AnswerBoard(s *decider.State, question []byte) ([]byte, error) {
	return Begin(BeginBoard).answer(s, question)
}

// BeginBoard begins that.
func BeginBoard(s *decider.State, question []byte) (things int, finish func() ([]byte, error), err error) {
	var q BoardQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return 0, nil, err
	}
	out := BoardAnswer{Needs: boardNeeds(s), Assignments: boardAssignments(s), Providers: boardProviders(s)}
	if mode := decider.Peek[dispatch.Dispatching](s, dispatch.ModePath); mode != nil {
		out.Mode = *mode
	}
	out.Needs, out.MoreNeeds = firstOf(out.Needs, q.Limit)
	out.Assignments, out.MoreAssignments = firstOf(out.Assignments, q.Limit)
	out.Providers, out.MoreProviders = firstOf(out.Providers, q.Limit)
	answer, err := json.Marshal(out) // here, for it may share what the state changes
	things = len(s.Members("need")) + len(s.Members("assignment")) + len(s.Members("provider"))
	return things, func() ([]byte, error) { return answer, nil }, err
}

// firstOf cuts a list and says how many are left out.
func firstOf[T any](all []T, limit int) ([]T, int64) {
	if len(all) <= limit {
		return all, 0
	}
	return all[:limit], int64(len(all) - limit)
}

func boardNeeds(s *decider.State) []BoardNeed {
	out := []BoardNeed{}
	for _, id := range s.Members("need") {
		n := decider.Peek[supply.Need](s, supply.NeedPath(id))
		if n == nil || n.State != supply.Open || n.Waiting+n.Matched == 0 {
			continue
		}
		out = append(out, BoardNeed{
			Need: id, Skill: n.Skill, Cell: n.Cell, Priority: n.Priority, Vulnerable: n.Vulnerable, Assessed: n.AssessedBy != "",
			Waiting: n.Waiting, Matched: n.Matched, Served: n.Served, WaitingSince: cmp.Or(n.WaitingSince, n.RaisedAt), Until: n.Until,
			Shortage: n.Shortage,
		})
	}
	slices.SortFunc(out, func(a, b BoardNeed) int {
		return cmp.Or(
			cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.WaitingSince, b.WaitingSince), strings.Compare(a.Need, b.Need),
		)
	})
	return out
}

func boardAssignments(s *decider.State) []BoardAssignment {
	out := []BoardAssignment{}
	for _, id := range s.Members("assignment") {
		a := decider.Peek[dispatch.Assignment](s, dispatch.Path(id))
		if a == nil || a.State == dispatch.Confirmed || a.State == dispatch.Released {
			continue
		}
		out = append(out, BoardAssignment{
			Assignment: id, Need: a.Need, Skill: a.Skill, Quantity: a.Quantity, Delivered: a.Delivered, Priority: a.Priority, State: a.State,
			PlannedAt: a.PlannedAt, OpensAt: a.OpensAt, CheckInBy: a.CheckInBy, ConfirmBy: a.ConfirmBy, Preferred: a.Preferred,
			Candidates: append([]dispatch.Candidate{}, a.Candidates...), Switches: append([]dispatch.Switch{}, a.Switches...),
		})
	}
	slices.SortFunc(out, func(a, b BoardAssignment) int {
		return cmp.Or(
			cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.PlannedAt, b.PlannedAt), strings.Compare(a.Assignment, b.Assignment),
		)
	})
	return out
}

func boardProviders(s *decider.State) []BoardProvider {
	out := []BoardProvider{}
	for _, id := range s.Members("provider") {
		p := decider.Peek[supply.Provider](s, supply.ProviderPath(id))
		if p == nil || p.Retired {
			continue
		}
		one := BoardProvider{Provider: id, Org: p.Org, Cell: p.Cell, Offers: []BoardOffer{}}
		for _, skill := range s.Members(supply.ProviderPath(id) + "/offer") {
			if o := decider.Peek[supply.Offer](s, supply.OfferPath(id, skill)); o != nil {
				one.Offers = append(one.Offers, BoardOffer{
					Skill: skill, Capacity: o.Capacity, Taken: o.Taken, Standby: o.Standby, Overloaded: o.Overloaded,
				})
			}
		}
		out = append(out, one)
	}
	return out
}
