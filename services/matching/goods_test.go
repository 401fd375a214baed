package matching_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// goods makes a depot of the owners' for which bob answers, with so many meals in a stock that stands as its offer.
func (w *world) goods(there int64) (at, provider string) {
	w.Helper()
	provider = supply.ProviderID(id("owners"), id("bob"))
	w.Do("provider", "otto", "matching.register_provider", &matchingv1.RegisterProvider{
		Org: id("owners"), Member: id("bob"), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 10},
	})
	at = id("stock")
	w.Fact(stock.Path(at), &aidv1.StockOpened{Org: id("owners"), Category: "food", Unit: "meal"})
	w.stocked(at, aidv1.StockMove_STOCK_MOVE_RECEIVE, there, "")
	w.Fact(stock.ClaimPath(provider, "meal"), &aidv1.OfferClaimed{Stock: at})
	w.Fact(stock.Path(at), &aidv1.StockOffered{Provider: provider, Skill: "meal"})
	w.Settle()
	return at, provider
}

func (w *world) stocked(at string, m aidv1.StockMove, n int64, order string) {
	w.Helper()
	w.Fact(stock.Path(at), &aidv1.StockMoved{Move: m, Quantity: n, Order: order})
}

// An offer of goods says what lies in its stock, and follows whatever moves it.
func TestOfferFollowsStock(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at, provider := w.goods(9)
	says := func(what string, want int64) {
		t.Helper()
		w.Settle()
		if o := w.offerState(provider); o.Capacity != want || o.Stock != at {
			t.Errorf("%s: %+v, want %d", what, o, want)
		}
	}
	says("as it was offered", 9)
	w.stocked(at, aidv1.StockMove_STOCK_MOVE_RESERVE, 2, id("order"))
	says("a work order has reserved", 7)
	w.stocked(at, aidv1.StockMove_STOCK_MOVE_EXPIRE, 3, "")
	says("something was thrown away", 4)
	w.Fact(stock.Path(at), &aidv1.StockCounted{Quantity: 5, Difference: -1})
	says("less was counted", 3)
	w.Fact(stock.Path(at), &aidv1.StockWithheld{})
	says("it is withheld", 0)
	w.Fact(stock.Path(at), &aidv1.StockOffered{Provider: provider, Skill: "meal"})
	says("it is offered again", 3)
	w.stocked(at, aidv1.StockMove_STOCK_MOVE_RECEIVE, 1_000_000, "")
	says("there is more than an offer can say", 100_000)
	more := &matchingv1.PublishOffer{Provider: provider, Skill: "meal", Capacity: 9}
	if got := w.Try("bob", "matching.publish_offer", more); got != "offer.of_goods" {
		t.Errorf("the provider says another number: %q", got)
	}
	w.Do("provider", "bob", "matching.retire_provider", &matchingv1.RetireProvider{Provider: provider})
	w.stocked(at, aidv1.StockMove_STOCK_MOVE_EXPIRE, 1_000_000, "")
	if done := w.Settle(); !slices.Equal(done, []string{"lapsed provider.retired"}) {
		t.Errorf("of a provider that has retired: %v", done)
	}
}

// A plan takes what lies there at that moment, be it not yet said; what is served is gone, and what is refused is there again.
func TestGoodsAreServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at, provider := w.goods(9)
	w.stocked(at, aidv1.StockMove_STOCK_MOVE_EXPIRE, 6, "")
	plan := func(n int64) proto.Message { return w.plan(match(w.need("ann", n), n, provider)) }
	if got := w.Try("olga", "matching.adopt_plan", plan(4)); got != "fit.full" {
		t.Errorf("a plan took what was thrown away a moment ago: %q", got)
	}
	w.Settle()
	a := w.Do("assignment", "olga", "matching.adopt_plan", plan(3))
	w.Do("assignment", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider})
	w.Do("assignment", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 2})
	if o := w.offerState(provider); o.Capacity != 1 || o.Taken != 0 || o.Handed != 2 {
		t.Errorf("served: %+v", o)
	}
	if got := w.Try("olga", "matching.adopt_plan", plan(2)); got != "fit.full" {
		t.Errorf("a plan took what was handed out and is not booked yet: %q", got)
	}
	w.Fact(stock.Path(at), &aidv1.StockMoved{Move: aidv1.StockMove_STOCK_MOVE_ISSUE, Quantity: 2, Assignment: a})
	if done := w.Settle(); len(done) != 0 {
		t.Errorf("what is booked is nothing new: %v", done)
	}
	b := w.Do("assignment", "olga", "matching.adopt_plan", plan(1))
	w.Do("assignment", "bob", "matching.refuse", &matchingv1.RefuseAssignment{
		Assignment: b, Provider: provider, Reason: matchingv1.Reason_REASON_ILL,
	})
	w.Settle()
	if o := w.offerState(provider); o.Capacity != 1 || o.Taken != 0 {
		t.Errorf("refused: %+v", o)
	}
}

// What is thrown away under what was promised is asked of others, as far as nobody has said yes.
func TestLostGoodsAreAskedOfOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at, provider := w.goods(4)
	other := w.provider("cat", 1, 4)
	a := w.assigned(match(w.need("ann", 4), 4, provider, other))
	w.stocked(at, aidv1.StockMove_STOCK_MOVE_EXPIRE, 2, "")
	w.Settle()
	if s := w.assignment(a); s.Candidates[0].Part != "let_go" || s.Candidates[1].Part != "asked" {
		t.Errorf("candidates %+v", s.Candidates)
	}
}
