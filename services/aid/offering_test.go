package aid_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// depot makes a stock of twenty meals of the committee's, and a provider of theirs.
func (w *world) depot() (id, provider string) {
	w.Helper()
	w.Fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: &communityv1.Rulebook{
		Version: 2, Matching: &communityv1.MatchingRules{Skills: []*communityv1.Skill{{Code: "meal"}, {Code: "errand"}}},
	}})
	provider = w.registered("depot", "committee")
	id = w.do("aid.open_stock", &aidv1.OpenStock{Category: "food", Unit: "meal"}, "wes")
	w.do("aid.move_stock", &aidv1.MoveStock{Stock: id, Move: aidv1.StockMove_STOCK_MOVE_RECEIVE, Quantity: 20}, "wes")
	return id, provider
}

func (w *world) registered(name, org string) string {
	w.Helper()
	w.Fact("provider/"+id(name), &matchingv1.ProviderRegistered{Org: id(org), Member: id("vic")})
	return id(name)
}

// moved is what matching says of an offer.
func (w *world) moved(provider, assignment string, taken, handed int64) {
	w.Helper()
	w.Fact(stock.OfferPath(provider, "meal"), &matchingv1.CapacityMoved{Assignment: id(assignment), Taken: taken, Handed: handed})
}

// What assignments take of an offer is the stock's from that moment, and booked once, in whatever order that comes.
func TestAssignmentsTakeFromStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, order := w.ordered()
	at, provider := w.depot()
	w.do("aid.offer_stock", &aidv1.OfferStock{Stock: at, Provider: provider, Skill: "meal"}, "wes")
	w.moved(provider, "a", 12, 0)
	reserve := func(n int64) string {
		return w.try("aid.move_stock", &aidv1.MoveStock{
			Stock: at, Move: aidv1.StockMove_STOCK_MOVE_RESERVE, Quantity: n, Order: order,
		}, "wes")
	}
	if got := reserve(9); got != "stock.short" {
		t.Errorf("reserved what an assignment has, before it was booked: %q", got)
	}
	w.settle()
	if s := w.stock(at); s.Reserved != 12 || s.Held != 12 || s.OnHand != 20 {
		t.Errorf("booked %+v", s)
	}
	if got := []string{reserve(9), reserve(8)}; !slices.Equal(got, []string{"stock.short", ""}) {
		t.Errorf("beside what is booked: %q", got)
	}
	w.moved(provider, "a", -12, 10)
	if got := w.try("aid.count_stock", &aidv1.CountStock{Stock: at, Quantity: 10, Evidence: text("list")}, "wes"); got != "stock.booking" {
		t.Errorf("counted while something is being booked: %q", got)
	}
	w.settle()
	if s := w.stock(at); s.Reserved != 8 || s.Held != 0 || s.OnHand != 10 || s.Handed != 10 || s.Issued != 10 {
		t.Errorf("handed out %+v", s)
	}
	if done := w.settle(); len(done) != 0 {
		t.Errorf("booked again: %v", done)
	}
}

// What a counting had not found and was handed out all the same was there.
func TestHandedOutThoughNotCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at, provider := w.depot()
	w.do("aid.offer_stock", &aidv1.OfferStock{Stock: at, Provider: provider, Skill: "meal"}, "wes")
	w.moved(provider, "a", 12, 0)
	w.settle()
	w.do("aid.count_stock", &aidv1.CountStock{Stock: at, Quantity: 3, Evidence: text("list")}, "wes")
	w.moved(provider, "a", -12, 12)
	w.settle()
	if s := w.stock(at); s.OnHand != 0 || s.Corrected != -17+9 || s.Issued != 12 {
		t.Errorf("stock %+v", s)
	}
}

func TestOfferRefused(t *testing.T) {
	t.Parallel()
	offer := func(change func(w *world, body *aidv1.OfferStock)) func(*world) proto.Message {
		return func(w *world) proto.Message {
			at, provider := w.depot()
			body := &aidv1.OfferStock{Stock: at, Provider: provider, Skill: "meal"}
			change(w, body)
			return body
		}
	}
	as := func(*world, *aidv1.OfferStock) {}
	offered := func(w *world, body *aidv1.OfferStock) { w.do("aid.offer_stock", body, "wes") }
	refuse(t, []refusal{
		{"by another organisation", "olga", "aid.offer_stock", offer(as), "stock.other_org"},
		{"by a resident", "bob", "aid.offer_stock", offer(as), "role.missing"},
		{"of another organisation's provider", "wes", "aid.offer_stock", offer(func(w *world, b *aidv1.OfferStock) {
			b.Provider = w.registered("theirs", "volunteers")
		}), "stock.provider"},
		{"of nobody's", "wes", "aid.offer_stock", offer(func(_ *world, b *aidv1.OfferStock) { b.Provider = id("x") }), "stock.provider"},
		{"of one that has retired", "wes", "aid.offer_stock", offer(func(w *world, b *aidv1.OfferStock) {
			w.Fact("provider/"+b.GetProvider(), &matchingv1.ProviderRetired{By: id("vic")})
		}), "stock.provider"},
		{"of an unknown skill", "wes", "aid.offer_stock", offer(func(_ *world, b *aidv1.OfferStock) { b.Skill = "gold" }), "stock.skill"},
		{"of no skill", "wes", "aid.offer_stock", offer(func(_ *world, b *aidv1.OfferStock) { b.Skill = "" }), "stock.skill"},
		{"as a second offer", "wes", "aid.offer_stock", offer(func(w *world, b *aidv1.OfferStock) {
			offered(w, b)
			b.Skill = "errand"
		}), "stock.behind_another"},
		{"behind another's offer", "wes", "aid.offer_stock", offer(func(w *world, b *aidv1.OfferStock) {
			offered(w, b)
			b.Stock = w.do("aid.open_stock", &aidv1.OpenStock{Category: "food", Unit: "meal"}, "wes")
		}), "stock.behind_another"},
		{"of which something is taken", "wes", "aid.offer_stock", offer(func(w *world, b *aidv1.OfferStock) {
			w.moved(b.GetProvider(), "a", 1, 0)
		}), "stock.offer_taken"},
		{"again", "wes", "aid.offer_stock", offer(offered), ""},
		{"withheld, and not offered", "wes", "aid.withhold_stock", func(w *world) proto.Message {
			at, _ := w.depot()
			return &aidv1.WithholdStock{Stock: at}
		}, "stock.not_offered"},
		{"withheld by another organisation", "olga", "aid.withhold_stock", func(w *world) proto.Message {
			at, _ := w.depot()
			return &aidv1.WithholdStock{Stock: at}
		}, "stock.other_org"},
	})
}

// An arrival that nobody can take in goes to whoever has most room, at once where somebody has it, later where somebody says so.
func TestArrivalIsPlaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	load := func(n int64) *aidv1.Capacity { return &aidv1.Capacity{Category: "food", Unit: "meal", Quantity: n} }
	declare := func(who string, n int64) {
		w.do("aid.declare_capacity", &aidv1.DeclareCapacity{Capacities: []*aidv1.Capacity{load(n)}}, who)
	}
	announce := func(n int64, org string) string {
		body := &aidv1.AnnounceArrival{Load: load(n), Due: w.Now + day}
		if org != "" {
			body.Receiver = id(org)
		}
		return w.do("aid.announce_arrival", body, "odin")
	}
	is := func(what, arrival, org string) {
		t.Helper()
		w.settle()
		want := ""
		if org != "" {
			want = id(org)
		}
		if got := w.arrival(arrival).Receiver; got != want {
			t.Errorf("%s: %q, want %s", what, got, org)
		}
	}
	first := announce(30, "")
	is("nobody has said anything", first, "")
	declare("otto", 20)
	is("there is not enough room", first, "")
	declare("olga", 40)
	is("somebody has said that there is room", first, "volunteers")
	declare("otto", 50)
	second := announce(15, "volunteers")
	is("who was named has no room, and another has", second, "committee")
	declare("otto", 10)
	is("who has less room now than was promised, and nobody has any", second, "committee")
	if a := w.arrival(second); len(a.Alarms) != 2 {
		t.Errorf("alarms %v", a.Alarms)
	}
	w.do("aid.receive_arrival", &aidv1.ReceiveArrival{Arrival: first, Quantity: 30, Evidence: text("note")}, "olga")
	is("whose room became free takes it over", second, "volunteers")
}

// What is received goes into a stock of the same thing, and nobody else's.
func TestArrivalIsStocked(t *testing.T) {
	t.Parallel()
	receive := func(w *world, change func(*aidv1.ReceiveArrival)) proto.Message {
		at, _ := w.depot()
		load := &aidv1.Capacity{Category: "food", Unit: "meal", Quantity: 9}
		w.do("aid.declare_capacity", &aidv1.DeclareCapacity{Capacities: []*aidv1.Capacity{load}}, "otto")
		arrival := w.do("aid.announce_arrival", &aidv1.AnnounceArrival{Load: load, Due: w.Now + day, Receiver: id("committee")}, "odin")
		body := &aidv1.ReceiveArrival{Arrival: arrival, Quantity: 8, Evidence: text("note"), Stock: at}
		change(body)
		return body
	}
	as := func(*aidv1.ReceiveArrival) {}
	refuse(t, []refusal{
		{"into no stock that there is", "wes", "aid.receive_arrival", func(w *world) proto.Message {
			return receive(w, func(b *aidv1.ReceiveArrival) { b.Stock = id("x") })
		}, "stock.unknown"},
		{"into one of another thing", "wes", "aid.receive_arrival", func(w *world) proto.Message {
			other := w.do("aid.open_stock", &aidv1.OpenStock{Category: "medicine", Unit: "piece"}, "wes")
			return receive(w, func(b *aidv1.ReceiveArrival) { b.Stock = other })
		}, "arrival.other_thing"},
		{"into one of another organisation's", "wes", "aid.receive_arrival", func(w *world) proto.Message {
			theirs := w.do("aid.open_stock", &aidv1.OpenStock{Category: "food", Unit: "meal"}, "olga")
			return receive(w, func(b *aidv1.ReceiveArrival) { b.Stock = theirs })
		}, "stock.other_org"},
		{"nothing of it", "wes", "aid.receive_arrival", func(w *world) proto.Message {
			return receive(w, func(b *aidv1.ReceiveArrival) { b.Quantity = 0 })
		}, ""},
	})
	w := newWorld(t)
	body := receive(w, as).(*aidv1.ReceiveArrival)
	w.do("aid.receive_arrival", body, "wes")
	if s := w.stock(body.GetStock()); s.OnHand != 28 || s.Received != 28 {
		t.Errorf("stock %+v", s)
	}
}
