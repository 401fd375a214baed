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
	return Begin(BeginProposal).answer(s, question)
}

// BeginProposal begins one.
func BeginProposal(s *decider.State, question []byte) (things int, finish func() ([]byte, error), err error) {
	var q ProposalQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return 0, nil, err
	}
	in, position := inputOf(s, q.Now), s.Position()
	return in.Things(), func() ([]byte, error) {
		made, err := work(in, position)
		if err != nil {
			return nil, err
		}
		return made.answer, nil
	}, nil
}

// work makes a plan of what was gathered at a position of the record, and the answer that shows it.
func work(in *proposing.Input, position uint64) (*ready, error) {
	proposal, err := proposing.Propose(in)
	if err != nil {
		return nil, err
	}
	r, out := &ready{position: position, at: in.Now}, ProposalAnswer{Why: []proposing.Why{}}
	if proposal != nil {
		body, err := protojson.Marshal(proposal.Plan)
		if err != nil {
			return nil, err
		}
		r.plan, out.Plan, out.Why = proposal.Plan, string(body), proposal.Why
	}
	r.answer, err = json.Marshal(out)
	return r, err
}

// inputOf gathers what waits and who serves, in copies: the state goes on changing.
func inputOf(s *decider.State, now int64) *proposing.Input {
	in := &proposing.Input{Suppliers: map[string][]*supply.Supplier{}, Now: now, Standbys: standbysSought}
	if head := s.Head(); head != nil {
		seed := head.Hash()
		in.Block, in.Seed = head.Encode(), seed[:]
	}
	if book := decider.Peek[standing.Rulebook](s, standing.RulebookPath); book != nil {
		in.Rules = supply.RulesOf(book.Book.GetMatching())
	}
	for _, id := range s.Members("need") {
		if n := decider.Peek[supply.Need](s, supply.NeedPath(id)); n != nil && n.State == supply.Open && n.Waiting > 0 {
			in.Needs = append(in.Needs, proposing.Need{ID: id, Need: n.Clone()})
		}
	}
	for _, id := range s.Members("provider") {
		p := decider.Peek[supply.Provider](s, supply.ProviderPath(id))
		if p == nil || p.Retired {
			continue
		}
		p = p.Clone()
		conduct := &supply.Conduct{}
		if c := decider.Peek[supply.Conduct](s, supply.ConductPath(id)); c != nil {
			*conduct = *c
		}
		for _, skill := range s.Members(supply.ProviderPath(id) + "/offer") {
			if o := decider.Peek[supply.Offer](s, supply.OfferPath(id, skill)); o != nil {
				own := *o
				in.Suppliers[skill] = append(in.Suppliers[skill], &supply.Supplier{ID: id, Provider: p, Offer: &own, Conduct: conduct})
			}
		}
	}
	return in
}
