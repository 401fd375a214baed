package matching_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
)

const minute = 60_000

// TestLife follows one need from asking to the confirmation, and what each step leaves on offers.
func TestLife(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, bob, cat := w.need("ann", 2), w.provider("bob", 1, 3), w.provider("cat", 2, 3)
	w.Do("need", "gwen", "matching.assess_need", &matchingv1.AssessNeed{Need: n, Priority: 5, Vulnerable: true})
	a := w.assigned(match(n, 2, bob, cat))
	if o, s := w.offerState(bob), w.offerState(cat); o.Taken != 2 || o.Standby != 0 || s.Taken != 0 || s.Standby != 2 {
		t.Errorf("taken and standing by: %+v, %+v", o, s)
	}
	if got := w.needState(n); got.Waiting != 0 || got.Matched != 2 || got.Priority != 5 {
		t.Errorf("need: %+v", got)
	}
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: bob})
	w.Do("", "bob", "matching.start", &matchingv1.StartAssignment{Assignment: a})
	if got := w.later(59 * minute); len(got) != 1 || got[0] != "lapsed assignment.answered" { // the timer of the answer
		t.Errorf("done by rules: %v", got)
	}
	w.Do("", "bob", "matching.check_in", &matchingv1.CheckIn{Assignment: a})
	if got := w.later(59 * minute); len(got) != 1 || got[0] != "lapsed assignment.alive" { // of the acceptance and of the start at once
		t.Errorf("done by rules: %v", got)
	}
	w.Do("", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 2})
	if o, s := w.offerState(bob), w.offerState(cat); o.Taken != 0 || s.Standby != 0 {
		t.Errorf("still held after it was done: %+v, %+v", o, s)
	}
	w.Do("", "ann", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: 1})
	if got := w.needState(n); got.Waiting != 1 || got.Served != 1 || got.Acknowledged != 1 || got.Matched != 0 || len(got.Live) != 0 {
		t.Errorf("need after half of it arrived: %+v", got)
	}
	if got := w.assignment(a); got.State != dispatch.Confirmed || got.Delivered != 2 || got.Acknowledged != 1 {
		t.Errorf("assignment: %+v", got)
	}
}

// TestFailover: on no, silence and a missed sign of life the next one is asked at once; when nobody is left the need waits again. Each
// change has its cause.
func TestFailover(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, bob, cat := w.need("ann", 1), w.provider("bob", 1, 1), w.provider("cat", 2, 1)
	dan, eve := w.provider("dan", 3, 1), w.provider("eve", 4, 1)
	a := w.assigned(match(n, 1, bob, cat, dan, eve))
	w.Do("", "bob", "matching.refuse", &matchingv1.RefuseAssignment{Assignment: a, Provider: bob, Reason: matchingv1.Reason_REASON_BUSY})
	w.Settle() // cat is asked
	w.later(10 * minute)
	w.Do("", "dan", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: dan})
	if got := w.Try("cat", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: cat}); got != "assignment.not_asked" {
		t.Errorf("who was late: %s", got)
	}
	w.later(60 * minute)
	w.later(10 * minute)
	want := []dispatch.Switch{
		{At: start, Provider: bob, Cause: matchingv1.Cause_CAUSE_PLANNED}, {At: start, Provider: cat, Cause: matchingv1.Cause_CAUSE_REFUSED},
		{At: start + 10*minute, Provider: dan, Cause: matchingv1.Cause_CAUSE_LAPSED},
		{At: start + 70*minute, Provider: eve, Cause: matchingv1.Cause_CAUSE_MISSED},
	}
	got := w.assignment(a)
	if diff := cmp.Diff(want, got.Switches); diff != "" {
		t.Error(diff)
	}
	if got.State != dispatch.Released || got.ReleasedFor != matchingv1.Cause_CAUSE_LAPSED {
		t.Errorf("assignment: %+v", got)
	}
	if got := w.needState(n); got.Waiting != 1 || got.Matched != 0 {
		t.Errorf("need: %+v", got)
	}
	for _, p := range []string{bob, cat, dan, eve} {
		if o := w.offerState(p); o.Taken != 0 || o.Standby != 0 {
			t.Errorf("still held: %+v", o)
		}
	}
}

// TestSkipped: a standby who can no longer serve is passed over, with the reason.
func TestSkipped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, bob, cat, dan := w.need("ann", 1), w.provider("bob", 1, 1), w.provider("cat", 2, 1), w.provider("dan", 3, 1)
	a := w.assigned(match(n, 1, bob, cat, dan))
	w.Do("", "cat", "matching.retire_provider", &matchingv1.RetireProvider{Provider: cat})
	w.Do("", "bob", "matching.retire_provider", &matchingv1.RetireProvider{Provider: bob})
	if got := w.Settle(); len(got) != 1 || got[0] != "matching.stand_in" {
		t.Errorf("done by rules: %v", got)
	}
	got := w.assignment(a)
	parts := []dispatch.Part{got.Candidates[0].Part, got.Candidates[1].Part, got.Candidates[2].Part}
	if diff := cmp.Diff([]dispatch.Part{dispatch.LetGo, dispatch.Skipped, dispatch.Asked}, parts); diff != "" {
		t.Error(diff)
	}
}

// TestLessCapacity: what nobody has answered for goes to others when the capacity shrinks; what was accepted stays.
func TestLessCapacity(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, cat := w.provider("bob", 1, 3), w.provider("cat", 2, 3)
	first := w.assigned(match(w.need("ann", 1), 1, bob, cat))
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: first, Provider: bob})
	second, third := w.assigned(match(w.need("dan", 1), 1, bob, cat)), w.assigned(match(w.need("eve", 1), 1, bob, cat))
	w.offer("bob", bob, "meal", 2)
	w.Settle()
	if a, b, c := w.assignment(first), w.assignment(second), w.assignment(third); a.Candidates[0].Part != dispatch.Serving ||
		b.Candidates[0].Part != dispatch.Asked || c.Candidates[0].Part != dispatch.LetGo || c.Candidates[1].Part != dispatch.Asked {
		t.Errorf("parts: %+v, %+v, %+v", a.Candidates, b.Candidates, c.Candidates)
	}
	w.offer("bob", bob, "meal", 0)
	w.Settle()
	if a, b := w.assignment(first), w.assignment(second); a.Candidates[0].Part != dispatch.Serving || b.Candidates[1].Part != dispatch.Asked {
		t.Errorf("parts: %+v, %+v", a.Candidates, b.Candidates)
	}
}

// TestParallel: in an emergency two are asked at once for what is urgent, each for a minute and a half, and the first yes counts.
func TestParallel(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, bob, cat, dan := w.need("ann", 1), w.provider("bob", 1, 1), w.provider("cat", 2, 1), w.provider("dan", 3, 1)
	w.Do("need", "gwen", "matching.assess_need", &matchingv1.AssessNeed{Need: n, Priority: 8})
	mode := &matchingv1.SetMode{Mode: matchingv1.Mode_MODE_EMERGENCY, Until: start + 600*minute}
	if _, err := w.Submit(w.Input("olga", "matching.set_mode", mode, "otto")); err != nil {
		t.Fatal(err)
	}
	a := w.Do("assignment", "robo", "matching.adopt_plan", w.proven(match(n, 1, bob, cat, dan)))
	if got := w.assignment(a); got.Candidates[0].Until != start+90_000 || got.Candidates[1].Part != dispatch.Asked {
		t.Fatalf("candidates: %+v", got.Candidates)
	}
	w.Do("", "cat", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: cat})
	if got := w.Try("bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: bob}); got != "assignment.taken" {
		t.Errorf("the second yes: %s", got)
	}
	if o, s := w.offerState(bob), w.offerState(cat); o.Taken != 0 || s.Taken != 1 {
		t.Errorf("offers: %+v, %+v", o, s)
	}
	w.later(601 * minute)
	if got := w.Try("robo", "matching.adopt_plan", w.plan(match(w.need("eve", 1), 1, bob))); got != "plan.advice_only" {
		t.Errorf("a program's plan after the emergency: %s", got)
	}
}

// TestVeto: a program's plan waits for objections, and its assignments are offered when there was none.
func TestVeto(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, cat := w.provider("bob", 1, 1), w.provider("cat", 1, 1)
	kept, overruled := w.need("ann", 1), w.need("dan", 1)
	mode := &matchingv1.SetMode{Mode: matchingv1.Mode_MODE_VETO, Until: start + 600*minute}
	if _, err := w.Submit(w.Input("olga", "matching.set_mode", mode, "otto")); err != nil {
		t.Fatal(err)
	}
	first := w.Do("assignment", "robo", "matching.adopt_plan", w.proven(match(kept, 1, bob)))
	second := w.Do("assignment", "robo", "matching.adopt_plan", w.proven(match(overruled, 1, cat)))
	w.Do("", "gwen", "matching.overrule", &matchingv1.OverruleAssignment{Assignment: second, Reason: matchingv1.Reason_REASON_SAFETY})
	if got := w.needState(overruled); got.Waiting != 1 {
		t.Errorf("need: %+v", got)
	}
	w.later(30 * minute)
	if a, b := w.assignment(first), w.assignment(second); a.State != dispatch.Offered || b.State != dispatch.Released {
		t.Errorf("states: %s, %s", a.State, b.State)
	}
}

// TestWithdrawn: a need that is taken back takes its assignments with it, and expiry leaves what is being brought.
func TestWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, bob := w.need("ann", 3), w.provider("bob", 1, 2)
	a := w.assigned(match(n, 2, bob))
	w.Do("need", "ann", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: n})
	if got := w.needState(n); got.Dropped != 3 || got.Waiting+got.Matched != 0 || len(got.Live) != 0 {
		t.Errorf("need: %+v", got)
	}
	if o := w.offerState(bob); o.Taken != 0 || w.assignment(a).State != dispatch.Released {
		t.Errorf("offer: %+v", o)
	}
	timed := w.Do("need", "ann", "matching.raise_need", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 3, Cell: &matchingv1.Cell{}, Text: text("soup"), Until: w.Now + 20*minute,
	})
	b := w.assigned(match(timed, 2, bob))
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: b, Provider: bob})
	w.later(20 * minute)
	if got := w.needState(timed); got.Dropped != 1 || got.Matched != 2 || got.Waiting != 0 {
		t.Errorf("need: %+v", got)
	}
	w.Do("", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: b, Quantity: 1})
	if got := w.needState(timed); got.Dropped != 2 || got.Served != 1 || got.Matched != 0 {
		t.Errorf("need: %+v", got)
	}
}

// TestGivenUpAfterAll: a stand-in that came too late, because the one it was for had said yes meanwhile, keeps nobody from being asked
// when that one gives up after all.
func TestGivenUpAfterAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, cat := w.provider("bob", 1, 3), w.provider("cat", 2, 3)
	a := w.assigned(match(w.need("ann", 1), 1, bob, cat))
	w.offer("bob", bob, "meal", 0)
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: bob})
	if got := w.Settle(); len(got) != 1 || got[0] != "lapsed assignment.answered" {
		t.Errorf("done by rules: %v", got)
	}
	w.Do("", "bob", "matching.refuse", &matchingv1.RefuseAssignment{Assignment: a, Provider: bob, Reason: matchingv1.Reason_REASON_ILL})
	if got := w.Settle(); len(got) != 1 || got[0] != "matching.stand_in" || w.assignment(a).Candidates[1].Part != dispatch.Asked {
		t.Errorf("done by rules: %v: %+v", got, w.assignment(a))
	}
}
