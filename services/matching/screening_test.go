package matching_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// TestScreening: who may say what came of looking into a need, and of which other need it may be a duplicate.
func TestScreening(t *testing.T) {
	t.Parallel()
	const op = "matching.withdraw_need"
	why := func(s matchingv1.Screening) func(w *world) proto.Message {
		return func(w *world) proto.Message { return &matchingv1.WithdrawNeed{Need: w.need("ann", 1), Screening: s} }
	}
	same := func(other func(w *world) string) func(w *world) proto.Message {
		return func(w *world) proto.Message {
			return &matchingv1.WithdrawNeed{
				Need: w.need("ann", 1), Screening: matchingv1.Screening_SCREENING_DUPLICATE, SameAs: other(w),
			}
		}
	}
	facts := []string{"need: NeedWithdrawn"}
	play(t, []scenario{
		{name: "by an officer", given: why(matchingv1.Screening_SCREENING_UNFOUNDED), who: "olga", operation: op, then: facts},
		{name: "by the person", given: why(matchingv1.Screening_SCREENING_UNFOUNDED), who: "ann", operation: op, refused: "need.screening_by"},
		{name: "by the person, without", given: why(0), who: "ann", operation: op, then: facts},
		{name: "no such word", given: why(99), who: "olga", operation: op, refused: "need.screening"},
		{name: "a duplicate of nothing", given: why(matchingv1.Screening_SCREENING_DUPLICATE), who: "olga", operation: op,
			refused: "need.screening"},
		{name: "a duplicate", given: same(func(w *world) string { return w.need("bob", 3) }), who: "olga", operation: op, then: facts},
		{name: "of none", given: same(func(*world) string { return id("none") }), who: "olga", operation: op, refused: "need.unknown"},
		{name: "of another kind", given: same(func(w *world) string {
			return w.Do("need", "bob", "matching.raise_need", &matchingv1.RaiseNeed{
				Skill: "errand", Quantity: 1, Cell: &matchingv1.Cell{}, Text: text("bread"),
			})
		}), who: "olga", operation: op, refused: "need.same_as"},
		{name: "of one that is withdrawn", given: same(func(w *world) string {
			other := w.need("bob", 3)
			w.Do("", "bob", op, &matchingv1.WithdrawNeed{Need: other})
			return other
		}), who: "olga", operation: op, refused: "need.same_as"},
		{name: "of itself", given: func(w *world) proto.Message {
			n := w.need("ann", 1)
			return &matchingv1.WithdrawNeed{Need: n, Screening: matchingv1.Screening_SCREENING_DUPLICATE, SameAs: n}
		}, who: "olga", operation: op, refused: "need.same_as"},
	})
	w := newWorld(t)
	first, second := w.need("ann", 1), w.need("bob", 1)
	w.Do("", "olga", op, &matchingv1.WithdrawNeed{Need: second, Screening: matchingv1.Screening_SCREENING_DUPLICATE, SameAs: first})
	if n := w.needState(second); n.State != supply.Withdrawn || n.SameAs != first || n.Dropped != 1 {
		t.Errorf("need: %+v", n)
	}
}
