package matching_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"renlin.dev/pkg/figures"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/internal/reporting"
)

func (w *world) report(t *testing.T) (out matching.ReportAnswer) {
	t.Helper()
	question, err := json.Marshal(matching.ProposalQuestion{Now: w.Now})
	if err != nil {
		t.Fatal(err)
	}
	raw, err := matching.AnswerReport(w.State, question)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// failure gives what would come of one provider's failing.
func (w *world) failure(t *testing.T, org string) reporting.Failure {
	t.Helper()
	for _, f := range w.report(t).Redundancy.Failures {
		if f.Org == org {
			return f
		}
	}
	return reporting.Failure{}
}

// TestFailing: what one organisation holds goes to standbys at once, and of the rest so much to others as the next plan would give them;
// what is more urgent and waits comes first there.
func TestFailing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, cat, eve := w.provider("bob", 1, 3), w.provider("cat", 2, 1), w.provider("eve", 3, 1)
	w.assigned(match(w.need("ann", 1), 1, bob, cat))
	sole := w.assigned(match(w.need("dan", 1), 1, bob))
	last := w.assigned(match(w.need("olga", 1), 1, bob))
	same := cmpopts.IgnoreUnexported(reporting.Failure{})
	want := reporting.Failure{Org: bob, Held: 3, Covered: 1, Replanned: 1, Sole: []string{min(sole, last), max(sole, last)}}
	if diff := cmp.Diff(want, w.failure(t, bob), same); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got := w.report(t).Redundancy; got.IndexPermille != 333 || got.ReplannedPermille != 666 {
		t.Errorf("indices: %+v", got)
	}
	w.offer("eve", eve, "meal", 2)
	if got := w.report(t).Redundancy; got.IndexPermille != 333 || got.ReplannedPermille != 1000 {
		t.Errorf("with room for all: %+v", got)
	}
	urgent := w.need("fay", 2)
	w.Do("need", "gwen", "matching.assess_need", &matchingv1.AssessNeed{Need: urgent, Priority: 9})
	if got := w.failure(t, bob); got.Replanned != 0 {
		t.Errorf("before what is more urgent: %+v", got)
	}
	w.Do("need", "fay", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: urgent})
	w.Do("provider", "eve", "matching.retire_provider", &matchingv1.RetireProvider{Provider: eve})
	if got := w.failure(t, bob); got.Covered != 1 || got.Replanned != 0 {
		t.Errorf("nobody else serves: %+v", got)
	}
}

// TestFewTold: of few people the report says nothing at all, and with one more of what the rulebook lets be told.
func TestFewTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.provider("bob", 1, 20)
	for _, who := range []string{"ann", "cat", "dan", "eve"} {
		a := w.assigned(match(w.need(who, 1), 1, bob))
		w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: bob})
		w.Do("", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1})
		w.need(who, 1)
	}
	r := w.report(t)
	if r.Least != 5 || len(r.Fairness.Groups) != 0 || r.Fairness.RatePermille != figures.Held || len(r.Unserved) != 0 ||
		r.HHIPermille["meal"] != figures.Held {
		t.Errorf("four are told: %+v", r)
	}
	a := w.assigned(match(w.need("fay", 1), 1, bob))
	w.need("fay", 1)
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: bob})
	w.Do("", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1})
	r = w.report(t)
	if len(r.Fairness.Groups) != 1 || r.Fairness.RatePermille != 500 || r.Unserved["waiting"] != 5 || r.HHIPermille["meal"] != 1000 {
		t.Errorf("five are not: %+v", r)
	}
}
