package dispatch

import (
	"renlin.dev/services/matching/internal/supply"
)

// share is what a plan gives one organisation, or a volunteer of their own, of one skill.
type share struct{ skill, party string }

// shareMax is how much of a skill any of them may be given by this plan, and whether there is a bound. It rests on what waits of the needs
// that the plan names, as it was before: so it does not depend on what the plan makes of them.
func (a *adoption) shareMax(skill string) (int64, bool) {
	waits := int64(0)
	for _, id := range a.order {
		if n := a.needs[id].need; n.Skill == skill {
			waits += n.Waiting
		}
	}
	return a.rules.ShareMax(waits)
}

// checkShares refuses a plan that gives one organisation more of a skill than its share.
func (a *adoption) checkShares() error {
	for _, m := range a.body.GetMatches() {
		skill := a.needs[m.GetNeed()].need.Skill
		s, err := a.supplier(m.GetProviders()[0], skill)
		if err != nil {
			return err
		}
		if most, bounded := a.shareMax(skill); bounded && a.given[share{skill, s.Party()}] > most {
			return ErrPlanShare.With("need", m.GetNeed()).With("provider", s.ID)
		}
	}
	return nil
}

// floor is what a unit of an offer costs at least beside its own cost: nothing, but where its organisation has all of its share,
// what another unit of that would save. This is the least price of those of its offers that the plan names: of one with room left
// it is just that.
func (a *adoption) floor(s *supply.Supplier, skill string) (supply.Margin, error) {
	most, bounded := a.shareMax(skill)
	if !bounded || a.given[share{skill, s.Party()}] < most {
		return supply.Margin{}, nil
	}
	var least supply.Margin
	seen := false
	for _, path := range a.touched {
		provider, of := partsOf(path)
		if of != skill {
			continue
		}
		other, err := a.supplier(provider, of)
		if err != nil {
			return least, err
		}
		if price := a.prices[path]; other.Party() == s.Party() && (!seen || price.Less(least)) {
			least, seen = price, true
		}
	}
	return least, nil
}
