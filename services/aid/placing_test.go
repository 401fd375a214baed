package aid_test

import (
	"slices"
	"testing"

	aidv1 "renlin.dev/proto/renlin/aid/v1"
)

func meals(n int64) *aidv1.Capacity {
	return &aidv1.Capacity{Category: "food", Unit: "meal", Quantity: n}
}

// announced announces so many meals, and gives the refusal.
func (w *world) announced(who string, n int64, receiver string) string {
	w.Helper()
	body := &aidv1.AnnounceArrival{Load: meals(n), Due: w.Now + day}
	if receiver != "" {
		body.Receiver = id(receiver)
	}
	return w.try("aid.announce_arrival", body, who)
}

func (w *world) declared(who string, rooms ...*aidv1.Capacity) {
	w.Helper()
	w.do("aid.declare_capacity", &aidv1.DeclareCapacity{Capacities: rooms}, who)
}

// Rooms that nothing fits have the rule do nothing, however often they are declared; where there is room, all that fits is placed, one
// after the other, and nothing is looked for that has been missed.
func TestPlacingIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 100 {
		if got := w.announced("odin", 10, ""); got != "" {
			t.Fatal(got)
		}
	}
	if done := w.settle(); len(done) != 0 {
		t.Fatalf("with no room anywhere: %v", done)
	}
	if got := w.announced("odin", 10, ""); got != "arrival.waiting" {
		t.Errorf("more than a hundred that have nobody: %q", got)
	}
	if got := w.announced("otto", 10, ""); got != "" {
		t.Errorf("another organisation's: %q", got)
	}
	for i := range 100 {
		w.declared("olga", meals(int64(1+i%9)))
	}
	if owed := w.State.OwedNow(w.Now); len(owed) != 0 {
		t.Errorf("rooms that are too small owe %d commands", len(owed))
	}
	w.declared("olga", meals(35))
	if owed := w.State.OwedNow(w.Now); len(owed) != 1 {
		t.Errorf("a room for three owes %d commands at once", len(owed))
	}
	done := w.settle()
	if got := len(slices.DeleteFunc(done, func(e string) bool { return e != "ReceiverNamed" })); got != 3 {
		t.Errorf("%d were placed", got)
	}
	w.pass(day)
	w.declared("olga", meals(2_000))
	if done := w.settle(); len(done) != 0 {
		t.Errorf("looked for after their time: %v", done)
	}
}

// One organisation is promised five hundred arrivals at most, by whatever way, and can say of all of them at once that it has no room.
func TestReceiversAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.declared("otto", meals(10_000))
	for range 500 {
		if got := w.announced("odin", 1, "committee"); got != "" {
			t.Fatal(got)
		}
	}
	more := w.do("aid.announce_arrival", &aidv1.AnnounceArrival{Load: meals(1), Due: w.Now + day, Receiver: id("committee")}, "odin")
	if a := w.arrival(more); a.Receiver != "" || len(a.Alarms) != 1 {
		t.Errorf("one more: %+v", a)
	}
	if got := w.try("aid.name_receiver", &aidv1.NameReceiver{Arrival: more, Org: id("committee")}, "odin"); got != "arrival.full" {
		t.Errorf("named to it: %q", got)
	}
	if done := w.settle(); len(done) != 0 || w.arrival(more).Receiver != "" {
		t.Errorf("placed there by the rule: %v", done)
	}
	w.declared("otto")
	if owed := w.State.OwedNow(w.Now); len(owed) != 0 {
		t.Errorf("nobody has room, and the rule owes %d commands", len(owed))
	}
	w.declared("olga", meals(3))
	done := w.settle()
	if got := len(slices.DeleteFunc(done, func(e string) bool { return e != "ReceiverNamed" })); got != 3 {
		t.Errorf("%d were taken over by who has room for three", got)
	}
}
