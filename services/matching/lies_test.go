package matching_test

import (
	"testing"

	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// optimal has olga adopt a plan that says that it is optimal.
func (w *world) optimal(matches ...*matchingv1.Match) string {
	w.Helper()
	p := w.plan(matches...)
	p.Claim = matchingv1.Claim_CLAIM_OPTIMAL
	return w.try("olga", "matching.adopt_plan", p)
}

// TestIdleOffer: what a plan takes itself is no load yet, however long the offer has been idle: neither does that hide the cheaper offer
// from the proof, nor does it stop an honest proposal.
func TestIdleOffer(t *testing.T) {
	t.Parallel()
	idle := func() (w *world, many, one string) {
		w = newWorld(t)
		many, one = w.need("ann", 19), w.need("dan", 1)
		w.do("", "gwen", "matching.assess_need", &matchingv1.AssessNeed{Need: many, Priority: 5})
		return w, many, one
	}
	w, many, one := idle()
	bob, cat := w.provider("bob", 0, 20), w.provider("cat", 9, 5)
	w.later(120 * minute)
	if got := w.optimal(match(many, 19, bob), match(one, 1, cat)); got != "plan.not_optimal" {
		t.Errorf("the far one in place of the near one, which has room: %q", got)
	}
	w, _, _ = idle()
	w.provider("bob", 0, 20)
	w.later(120 * minute)
	plan, _ := w.proposed()
	if got := w.try("olga", "matching.adopt_plan", plan); got != "" || len(plan.GetMatches()) != 2 {
		t.Errorf("an honest proposal: %q, %v", got, plan)
	}
}
