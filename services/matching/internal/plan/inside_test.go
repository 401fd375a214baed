package plan

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/flow"
)

// TestNoRoom: a need for which the network has no room is refused, half way in, and nothing of it stays.
func TestNoRoom(t *testing.T) {
	want := func(id string) Need { return Need{ID: id, Quantity: 1, Skill: "meals", Priority: 9} }
	by := []Provider{{ID: "p", Organisation: "p", Capacity: 2, Skills: []string{"meals"}, Reliability: ReliabilityMax}}
	pl, err := New([]Need{want("first")}, by, Rules{Backups: 1})
	if err != nil {
		t.Fatal(err)
	}
	// given costs so near the limit that the arc of a unit that stays unserved is too much
	for _, a := range []flow.Arc{
		{From: pl.p.sink, To: pl.p.sink, Upper: flow.AmountMax, Cost: flow.SumMax/flow.AmountMax - 1},
		{From: pl.p.sink, To: pl.p.sink, Upper: flow.AmountMax - 10_000_000, Cost: 1},
	} {
		id, err := pl.p.w.AddArc(a)
		if err != nil {
			t.Fatal(err)
		}
		note(&pl.p.ends, id, arcEnds{})
	}
	if _, err := pl.Finish(); err != nil {
		t.Fatal(err)
	}
	totals, all := pl.Totals(), pl.Assignments()
	much := want("second")
	much.Quantity = QuantityMax
	for range 2 {
		if _, err := pl.Apply(Event{Open: &much}, 0); !errors.Is(err, flow.ErrLarge) {
			t.Fatalf("got %v", err)
		}
		if err := pl.Check(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(totals, pl.Totals()) + cmp.Diff(all, pl.Assignments()); diff != "" {
			t.Fatal(diff)
		}
	}
	if _, err := pl.Apply(Event{Close: much.ID}, 0); !errors.Is(err, ErrNoNeed) {
		t.Fatalf("got %v", err)
	}
	if _, err := pl.Apply(Event{Open: &Need{ID: much.ID, Quantity: 1, Skill: "meals", Priority: 9}}, 0); err != nil {
		t.Fatal(err)
	}
}
