package dispatch

import (
	"renlin.dev/services/matching/internal/supply"
)

// checkSlack holds the claim that a plan is optimal against everything that the plan touches. The prices are those of a minimum-cost flow
// from needs to offers, where a unit may also stay unserved at its own cost: what a unit of a need costs at the margin is the cost of its
// match and the price of the offer, or the cost of leaving it. A plan is a cheapest one if, and only if, there are prices such that
//
//   - all that waits of a need is matched or left, and its margin is no dearer than leaving it, and just that where some of it is left;
//   - no offer would serve it cheaper than its margin, the offer's price included;
//   - an offer with a price has nothing left.
//
// Here that is asked of the needs and offers that the plan names. For the others the whole network stands in the plan's blob, and
// auditors ask it of all. Costs are as of the plan's own time, so a plan may be a few minutes old.
func (a *adoption) checkSlack() error {
	for _, id := range a.order {
		t := a.needs[id]
		if t.matched+t.unserved != t.need.Waiting {
			return ErrNotOptimal.With("condition", "whole_need").With("need", id)
		}
		leaving := supply.UnservedCost(t.need, a.body.GetPlannedAt())
		if !t.valued {
			t.value, t.valued = leaving, true
		}
		if t.value > leaving || t.unserved > 0 && t.value != leaving {
			return ErrNotOptimal.With("condition", "left_unserved").With("need", id)
		}
		if err := a.checkAlternatives(id, t); err != nil {
			return err
		}
	}
	for _, path := range a.touched {
		provider, skill := partsOf(path)
		s, err := a.supplier(provider, skill)
		if err != nil {
			return err
		}
		if a.prices[path] > 0 && s.Free() > 0 && s.Answers(a.now) == nil {
			return ErrNotOptimal.With("condition", "price_of_the_free").With("provider", provider)
		}
	}
	return nil
}

// checkAlternatives refuses a plan by which another offer that it names would have been cheaper for a need.
func (a *adoption) checkAlternatives(id string, t *touched) error {
	for _, path := range a.touched {
		provider, skill := partsOf(path)
		if skill != t.need.Skill {
			continue
		}
		s, err := a.supplier(provider, skill)
		if err != nil {
			return err
		}
		if supply.Serves(t.need, s, a.rules, a.now) != nil {
			continue
		}
		if supply.CostOf(t.need, s, a.body.GetPlannedAt()).Sum()+a.prices[path] < t.value {
			return ErrNotOptimal.With("condition", "cheaper_offer").With("need", id).With("provider", provider)
		}
	}
	return nil
}
