package matching_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
)

// patient is a world in which whoever is asked has an hour to answer, so that a load can grow meanwhile.
func patient(t *testing.T) *world {
	w := newWorld(t)
	book := rulebook()
	book.Version, book.Matching.OfferSeconds = 2, 3600
	w.Adopt(book)
	return w
}

func (w *world) parts(assignment string) (parts []dispatch.Part) {
	for _, c := range w.assignment(assignment).Candidates {
		parts = append(parts, c.Part)
	}
	return parts
}

// TestOverloaded: when the smoothed load comes to the upper mark that stands on the record, and whoever stands by is asked at once for what
// has not been answered; what was accepted stays. Down at the lower mark that is on the record too, and the provider is planned with again.
func TestOverloaded(t *testing.T) {
	t.Parallel()
	w := patient(t)
	bob, cat := w.provider("bob", 1, 4), w.provider("cat", 2, 4)
	n := w.need("dan", 1)
	first := w.assigned(match(w.need("ann", 3), 3, bob, cat))
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: first, Provider: bob})
	second := w.assigned(match(n, 1, bob, cat))
	if got := w.later(17 * minute); len(got) != 0 {
		t.Fatalf("before its time: %v", got)
	}
	if diff := cmp.Diff([]string{"matching.note_load", "matching.stand_in"}, w.later(minute)); diff != "" {
		t.Fatalf("at the upper mark (-want +got):\n%s", diff)
	}
	if a, b := w.parts(first), w.parts(second); a[0] != dispatch.Serving || !slices.Equal(b, []dispatch.Part{dispatch.LetGo, dispatch.Asked}) {
		t.Errorf("parts: %v, %v", a, b)
	}
	want := dispatch.Switch{At: w.Now, Provider: cat, Cause: matchingv1.Cause_CAUSE_OVERLOADED}
	if got := w.assignment(second).Switches; len(got) != 2 || got[1] != want {
		t.Errorf("the change of hands: %+v", got)
	}
	if got := w.Try("bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: second, Provider: bob}); got != "assignment.not_asked" {
		t.Errorf("a late yes: %q", got)
	}
	w.Do("", "cat", "matching.accept", &matchingv1.AcceptAssignment{Assignment: second, Provider: cat})
	w.Do("", "cat", "matching.complete", &matchingv1.CompleteAssignment{Assignment: second, Quantity: 1})
	if got := w.needState(n); got.Served != 1 || got.Waiting+got.Matched != 0 {
		t.Errorf("helped twice, or not: %+v", got)
	}
	// Three of four are more than the lower mark: it goes on being overloaded however long that lasts.
	w.later(40 * minute)
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(w.need("eve", 1), 1, bob))); got != "fit.overloaded" {
		t.Errorf("between the marks: %q", got)
	}
	w.Do("", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: first, Quantity: 3})
	if o := w.offerState(bob); !o.Noted {
		t.Errorf("at once: %+v", o)
	}
	if got := w.later(2 * minute); !slices.Contains(got, "matching.note_load") || w.offerState(bob).Noted {
		t.Errorf("at the lower mark: %v", got)
	}
	w.assigned(match(w.need("eve", 1), 1, bob))
}

// TestOverloadedAlone: the only thing that a provider is asked does not keep it from itself, and when nobody stands by, what an overloaded
// one has not answered waits for the next plan.
func TestOverloadedAlone(t *testing.T) {
	t.Parallel()
	w := patient(t)
	bob, cat := w.provider("bob", 1, 1), w.provider("cat", 2, 1)
	only := w.assigned(match(w.need("ann", 1), 1, bob, cat))
	if diff := cmp.Diff([]string{"matching.note_load"}, w.later(20*minute)); diff != "" {
		t.Errorf("its only thing (-want +got):\n%s", diff)
	}
	if got := w.parts(only); got[0] != dispatch.Asked {
		t.Errorf("taken from who has nothing else: %v", got)
	}
	w = patient(t)
	bob = w.provider("bob", 1, 2)
	older, n := w.assigned(match(w.need("ann", 1), 1, bob)), w.need("dan", 1)
	newer := w.assigned(match(n, 1, bob))
	w.later(20 * minute)
	if a, b := w.assignment(older), w.assignment(newer); a.State != dispatch.Offered || b.State != dispatch.Released ||
		b.ReleasedFor != matchingv1.Cause_CAUSE_OVERLOADED {
		t.Errorf("older and newer: %+v, %+v", a, b)
	}
	if got := w.needState(n); got.Waiting != 1 || got.Matched != 0 || len(got.Passed) != 0 {
		t.Errorf("it does not wait for the next plan: %+v", got)
	}
}

// TestOverloadedMeanwhile: a timer for what did not come about finds nothing to say.
func TestOverloadedMeanwhile(t *testing.T) {
	t.Parallel()
	w := patient(t)
	bob := w.provider("bob", 1, 1)
	a := w.assigned(match(w.need("ann", 1), 1, bob))
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: bob})
	w.Now += 10 * minute
	w.Do("", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1})
	if diff := cmp.Diff([]string{"lapsed offer.load_same"}, w.later(10*minute)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
