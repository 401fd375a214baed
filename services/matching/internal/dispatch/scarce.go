package dispatch

import (
	"slices"

	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// scarceMax is how many scarce offers, and how many shares, a plan may name.
const scarceMax = 50

// checkScarce refuses prices of what is scarce that cannot be any. Whether they are right an auditor reckons: who looked at those offers
// here would conflict with everybody who changes them, and nothing rests on it.
func (a *adoption) checkScarce() error {
	named := map[string]bool{}
	for _, id := range a.order {
		named[a.needs[id].need.Skill] = true
	}
	var said []string
	sound := func(kind, name, skill string, p supply.Margin) bool {
		key := kind + "/" + skill + "/" + name
		_, priced := a.prices[supply.OfferPath(name, skill)]
		if slices.Contains(said, key) || name == "" || !named[skill] || kind == "offer" && priced {
			return false
		}
		said = append(said, key)
		return supply.Margin{}.Less(p) && p.Cost <= priceMax && p.Tie <= tieMax && p.Tie >= -tieMax
	}
	offers := !slices.ContainsFunc(a.body.GetScarce(), func(p *matchingv1.ShadowPrice) bool {
		return !sound("offer", p.GetProvider(), p.GetSkill(), supply.Margin{Cost: p.GetPrice(), Tie: p.GetTie()})
	})
	shares := !slices.ContainsFunc(a.body.GetShares(), func(p *matchingv1.SharePrice) bool {
		return !sound("share", p.GetParty(), p.GetSkill(), supply.Margin{Cost: p.GetPrice(), Tie: p.GetTie()})
	})
	if !offers || !shares || len(a.body.GetScarce()) > scarceMax || len(a.body.GetShares()) > scarceMax {
		return ErrPlanPrice
	}
	return nil
}
