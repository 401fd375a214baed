package proposing

import "renlin.dev/services/matching/internal/supply"

// Pairs tells how many pairs of a need and an offer a plan of some needs of a skill would look at.
func (in *Input) Pairs(skill string, needs []Need) int { return len(needs) * len(in.Suppliers[skill]) }

// Things is how much a plan of everything that waits looks at: each need with each offer that might serve it.
func (in *Input) Things() int {
	n := len(in.Needs)
	for _, need := range in.Needs {
		n += len(in.Suppliers[need.Skill])
	}
	return n
}

// Placed tells how much of each of some needs of a skill the cheapest plan of all of them has served, by need, however many lines that
// takes. It is the plan that Propose would make if a plan had no bounds.
func Placed(in *Input, skill string, needs []Need) (map[string]int64, error) {
	s, err := solved(in, skill, needs)
	if err != nil {
		return nil, err
	}
	out := map[string]int64{}
	for i, n := range s.needs {
		for j := range s.offers {
			if arc := s.arcs[i][j]; arc != none {
				out[n.ID] += s.proof.Flow[arc]
			}
		}
	}
	return out, nil
}

// Without gives what there is when one organisation has failed, and others have taken so much more of what they offer of a skill.
func (in *Input) Without(org string, more func(provider, skill string) int64) *Input {
	out := &Input{Rules: in.Rules, Now: in.Now, Seed: in.Seed, Suppliers: map[string][]*supply.Supplier{}}
	for skill, suppliers := range in.Suppliers { // any order: each is written under its own name
		for _, s := range suppliers {
			if s.Party() == org {
				continue
			}
			s = s.Own(in.Now)
			s.Offer.Taken += more(s.ID, skill)
			out.Suppliers[skill] = append(out.Suppliers[skill], s)
		}
	}
	return out
}
