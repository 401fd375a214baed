package dispatch

import (
	"slices"

	"renlin.dev/services/matching/internal/supply"
)

// checkSlack holds the claim that a plan is optimal against everything that the plan touches. The prices are those of a minimum-cost flow
// from needs to offers, where a unit may also stay unserved at its own cost: what a unit of a need costs at the margin is the cost of its
// match and the price of the offer, or the cost of leaving it. A plan is a cheapest one if, and only if, there are prices such that
//
//   - all that waits of a need is matched or left, and its margin is no dearer than leaving it, and just that where some of it is left;
//   - no offer would serve it cheaper than its margin, the offer's price included;
//   - an offer with a price has nothing left; or its organisation has all of its share, and then those of its offers that have anything
//     left have one and the same price, which is the least of them.
//
// Costs are compared with the second costs that the seed gives each pair, in that order, so among plans that cost the same only the one
// that the seed picks passes. All of this is asked of the needs and offers that the plan names: whoever read all would conflict with
// everybody. Auditors ask it of all that waited and was free at the plan's base. Costs are as of the plan's own time, so a plan may be a
// few minutes old.
func (a *adoption) checkSlack() error {
	for _, id := range a.order {
		t := a.needs[id]
		if t.matched+t.unserved != t.need.Waiting {
			return ErrNotOptimal.With("condition", "whole_need").With("need", id)
		}
		leaving := supply.Leaving(t.need, a.body.GetPlannedAt())
		if !t.valued {
			t.value, t.valued = leaving, true
		}
		if leaving.Less(t.value) || t.unserved > 0 && t.value != leaving {
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
		floor, err := a.floor(s, skill)
		if err != nil {
			return err
		}
		if a.prices[path] != floor && s.Free() > 0 && s.Answers(a.now) == nil {
			return ErrNotOptimal.With("condition", "price_of_the_free").With("provider", provider)
		}
	}
	return nil
}

// checkAlternatives refuses a plan by which another offer that it names would have been cheaper for a need; one that it has stand by and
// that has room left counts too, at no price, or at that of its organisation's share.
func (a *adoption) checkAlternatives(id string, t *touched) error {
	for i, path := range slices.Concat(a.touched, a.beside) {
		provider, skill := partsOf(path)
		if skill != t.need.Skill {
			continue
		}
		s, err := a.supplier(provider, skill)
		if err != nil {
			return err
		}
		if supply.Serves(t.need, s, a.rules, a.now) != nil || i >= len(a.touched) && s.Free() == 0 {
			continue
		}
		price, named := a.prices[path]
		if !named {
			if price, err = a.floor(s, skill); err != nil {
				return err
			}
		}
		if supply.Serving(a.seed, id, t.need, s, a.body.GetPlannedAt()).Plus(price).Less(t.value) {
			return ErrNotOptimal.With("condition", "cheaper_offer").With("need", id).With("provider", provider)
		}
	}
	return nil
}
