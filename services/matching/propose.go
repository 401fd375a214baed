package matching

import (
	"encoding/json"

	"google.golang.org/protobuf/encoding/protojson"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/matching/internal/proposing"
	"renlin.dev/services/matching/internal/supply"
)

// ProposalQuestion asks for a plan of what waits at a time.
type ProposalQuestion struct {
	Now int64 `json:"now"`
}

// ProposalAnswer is a plan to be looked at, and signed by whoever may: the body of matching.adopt_plan as it is signed, empty when there
// is nothing to plan, and why each match is as it is.
type ProposalAnswer struct {
	Plan string          `json:"plan,omitempty"`
	Why  []proposing.Why `json:"why"`
}

// standbysSought is how many standbys a proposed match gets, if there are so many organisations.
const standbysSought = 2

// AnswerProposal works out a plan of what waits, as JSON. It looks at the state and at nothing else, and changes nothing.
func AnswerProposal(s *decider.State, question []byte) ([]byte, error) {
	var q ProposalQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	proposal, err := proposing.Propose(inputOf(s, q.Now))
	if err != nil {
		return nil, err
	}
	out := ProposalAnswer{Why: []proposing.Why{}}
	if proposal != nil {
		body, err := protojson.Marshal(proposal.Plan)
		if err != nil {
			return nil, err
		}
		out.Plan, out.Why = string(body), proposal.Why
	}
	return json.Marshal(out)
}

// inputOf gathers what waits and who serves.
func inputOf(s *decider.State, now int64) *proposing.Input {
	in := &proposing.Input{Suppliers: map[string][]*supply.Supplier{}, Now: now, Standbys: standbysSought}
	if book := decider.Peek[standing.Rulebook](s, standing.RulebookPath); book != nil {
		in.Rules = supply.RulesOf(book.Book.GetMatching())
	}
	for _, id := range s.Members("need") {
		if n := decider.Peek[supply.Need](s, supply.NeedPath(id)); n != nil && n.State == supply.Open && n.Waiting > 0 {
			in.Needs = append(in.Needs, proposing.Need{ID: id, Need: n})
		}
	}
	for _, id := range s.Members("provider") {
		p := decider.Peek[supply.Provider](s, supply.ProviderPath(id))
		if p == nil || p.Retired {
			continue
		}
		conduct := decider.Peek[supply.Conduct](s, supply.ConductPath(id))
		if conduct == nil {
			conduct = &supply.Conduct{}
		}
		for _, skill := range s.Members(supply.ProviderPath(id) + "/offer") {
			if o := decider.Peek[supply.Offer](s, supply.OfferPath(id, skill)); o != nil {
				in.Suppliers[skill] = append(in.Suppliers[skill], &supply.Supplier{ID: id, Provider: p, Offer: o, Conduct: conduct})
			}
		}
	}
	return in
}
