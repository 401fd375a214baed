package matching_test

import (
	"testing"

	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
)

// TestPreferred: an officer may have another one asked first than the cheapest of those named, says why, and what it costs stands on the
// record.
func TestPreferred(t *testing.T) {
	t.Parallel()
	const far, near = 5, 1
	for name, c := range map[string]struct {
		reason   matchingv1.Reason
		capacity int64 // of the near one
		want     *dispatch.Preferred
		refused  string
	}{
		"without a reason": {capacity: 1, refused: "plan.reason"},
		"with one": {
			matchingv1.Reason_REASON_SAFETY, 1, &dispatch.Preferred{Reason: matchingv1.Reason_REASON_SAFETY, MoreMetres: 2000}, "",
		},
		"the near one full": {capacity: 0, want: nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			bob, cat := w.provider("bob", near, 2), w.provider("cat", far, 1)
			if c.capacity == 0 {
				w.assigned(match(w.need("dan", 2), 2, bob))
			}
			m := match(w.need("ann", 1), 1, cat, bob)
			plan := w.plan(m)
			m.Reason = c.reason
			if got := w.Try("olga", "matching.adopt_plan", plan); got != c.refused {
				t.Fatalf("%q, want %q", got, c.refused)
			}
			if c.refused != "" {
				return
			}
			got := w.assignment(w.State.Members("assignment")[0])
			for _, id := range w.State.Members("assignment") {
				if a := w.assignment(id); a.Candidates[0].Provider == cat {
					got = a
				}
			}
			if c.want == nil {
				if got.Preferred != nil {
					t.Errorf("%+v", got.Preferred)
				}
				return
			}
			c.want.Instead = bob
			if got.Preferred == nil || *got.Preferred != *c.want {
				t.Errorf("%+v, want %+v", got.Preferred, c.want)
			}
		})
	}
}

// TestOverruled: what it costs to take an assignment back is how much later, and how much further the one is who stood by.
func TestOverruled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, bob, cat := w.need("ann", 1), w.provider("bob", 1, 1), w.provider("cat", 4, 1)
	a := w.assigned(match(n, 1, bob, cat))
	w.Now += minute
	w.Do("", "gwen", "matching.overrule", &matchingv1.OverruleAssignment{Assignment: a, Reason: matchingv1.Reason_REASON_SAFETY})
	want := dispatch.Overruled{Provider: bob, Next: cat, MoreMetres: 1500, DelayMillis: minute}
	if got := w.assignment(a); got.Overruled == nil || *got.Overruled != want || got.Reason != matchingv1.Reason_REASON_SAFETY {
		t.Errorf("%+v, want %+v", got.Overruled, want)
	}
	if passed := w.needState(n).Passed; len(passed) != 1 || passed[0].Provider != bob || passed[0].Until != 0 {
		t.Errorf("an optimal plan would ask %+v again", passed)
	}
}
