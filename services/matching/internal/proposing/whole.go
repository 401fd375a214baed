package proposing

import (
	"encoding/hex"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fullplan"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// whole gives the network of the needs that a part of the plan names, with all who could serve one of them, also those who have nothing
// free: whoever reads the record makes the same of it.
func (s *network) whole(part *matchingv1.AdoptPlan) fullplan.Skill {
	left := map[string]int64{}
	for _, m := range part.GetMatches() {
		left[m.GetNeed()] += 0
	}
	for _, u := range part.GetUnserved() {
		left[u.GetNeed()] = u.GetQuantity()
	}
	out, waits := fullplan.Skill{Skill: s.skill}, int64(0)
	for _, o := range s.offers {
		out.Offers = append(out.Offers, fullplan.Offer{Provider: o.ID, Party: o.Party(), Free: o.free})
	}
	for i, n := range s.needs {
		rest, named := left[n.ID]
		if !named {
			continue
		}
		at := int64(len(out.Needs))
		waits += n.Waiting
		out.Needs = append(out.Needs, fullplan.Need{
			Need: n.ID, Waiting: n.Waiting, Left: rest, Leaving: fullplan.Margin{supply.UnservedCost(n.Need, s.in.Now), supply.LeavingTie},
		})
		for j, o := range s.offers {
			if supply.Fits(n.Need, o.Supplier, s.in.Rules, s.in.Now) != nil || n.Willing(o.ID, s.in.Now) != nil {
				continue
			}
			flows, serving := int64(0), supply.Serving(s.in.Seed, n.ID, n.Need, o.Supplier, s.in.Now)
			if arc := s.arcs[i][j]; arc != none {
				flows = s.proof.Flow[arc]
			}
			out.Arcs = append(out.Arcs, fullplan.Arc{at, int64(j), serving.Cost, serving.Tie, flows})
		}
	}
	terms := fullplan.Terms{Prices: map[string]fullplan.Margin{}}
	for _, p := range part.GetPrices() {
		terms.Prices[p.GetProvider()] = fullplan.Margin{p.GetPrice(), p.GetTie()}
	}
	terms.Most, terms.Bounded = s.in.Rules.ShareMax(waits)
	out.Complete(terms)
	return out
}

// publish puts into the plan what is scarce and not among its prices, and the digest of the whole of it, unless that is too large.
func (p *Proposal) publish(in *Input) {
	head, err := chain.DecodeSealed(in.Block)
	if err != nil { // nothing rests on a block that is none; the rule refuses the plan
		return
	}
	p.Whole.Format, p.Whole.Base = fullplan.Format, head.First+uint64(head.Count)
	p.Whole.Seed, p.Whole.PlannedAt = hex.EncodeToString(in.Seed), in.Now
	p.Whole.Arrange()
	offers, shares := p.Whole.Scarce()
	for _, w := range offers {
		p.Plan.Scarce = append(p.Plan.Scarce, &matchingv1.ShadowPrice{Provider: w.Name, Skill: w.Skill, Price: w.Price[0], Tie: w.Price[1]})
	}
	for _, w := range shares {
		p.Plan.Shares = append(p.Plan.Shares, &matchingv1.SharePrice{Party: w.Name, Skill: w.Skill, Price: w.Price[0], Tie: w.Price[1]})
	}
	if _, digest, err := p.Whole.Encode(); err == nil {
		p.Plan.Digest = digest[:]
	}
}
