package matching_test

import (
	"encoding/json"
	"fmt"
	"testing"

	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/internal/dispatch"
)

// board asks what goes on.
func (w *world) board(limit int) (out matching.BoardAnswer) {
	w.Helper()
	answer, err := matching.AnswerBoard(w.State, fmt.Appendf(nil, `{"limit":%d}`, limit))
	if err == nil {
		err = json.Unmarshal(answer, &out)
	}
	if err != nil {
		w.Fatalf("board: %v", err)
	}
	return out
}

// A need is on the board until it is served, an assignment until it is over; a refusal shows who holds it now.
func TestBoard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob, cat := w.provider("bob", 1, 5), w.provider("cat", 2, 5)
	n := w.need("ann", 3)
	if b := w.board(9); len(b.Needs) != 1 || b.Needs[0].Waiting != 3 || len(b.Providers) != 2 || b.Needs[0].WaitingSince == 0 {
		t.Fatalf("%+v", b)
	}
	a := w.assigned(match(n, 3, bob, cat))
	w.Do("", "bob", "matching.refuse", &matchingv1.RefuseAssignment{Assignment: a, Provider: bob, Reason: matchingv1.Reason_REASON_BUSY})
	w.Settle()
	b := w.board(9)
	if len(b.Assignments) != 1 {
		t.Fatalf("%+v", b)
	}
	if c := b.Assignments[0].Candidates; c[0].Part != dispatch.Refused || c[1].Part != dispatch.Asked {
		t.Errorf("who holds it: %+v", c)
	}
	if len(b.Needs) != 1 || b.Needs[0].Waiting != 0 || b.Needs[0].Matched != 3 {
		t.Errorf("the need is taken on: %+v", b.Needs)
	}
	for _, p := range b.Providers {
		if want := map[string]int64{bob: 0, cat: 3}[p.Provider]; p.Offers[0].Taken != want {
			t.Errorf("%s has %d taken, want %d", p.Provider, p.Offers[0].Taken, want)
		}
	}
	w.Do("", "cat", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: cat})
	w.Do("", "cat", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 3})
	w.Do("", "ann", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: 3})
	if b := w.board(9); len(b.Needs)+len(b.Assignments) != 0 {
		t.Errorf("all is done: %+v", b)
	}
}

// The most urgent come first, and what does not fit is counted.
func TestBoardOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.need("ann", 1)
	urgent := w.need("ann", 2)
	w.Do("", "olga", "matching.assess_need", &matchingv1.AssessNeed{Need: urgent, Priority: 8})
	if b := w.board(1); len(b.Needs) != 1 || b.Needs[0].Need != urgent || !b.Needs[0].Assessed || b.MoreNeeds != 1 {
		t.Errorf("%+v", b)
	}
}
