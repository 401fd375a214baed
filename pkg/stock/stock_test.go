package stock_test

import (
	"testing"

	"renlin.dev/pkg/stock"
)

// What is there for assignments is what is on hand that no work order has, less what was handed out and is not booked yet.
func TestThere(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name           string
		stock          stock.Stock
		handed         int64
		there, offered int64
	}{
		{"nothing is offered", stock.Stock{OnHand: 9}, 0, 9, 0},
		{"all of it", stock.Stock{OnHand: 9, Provider: "p"}, 0, 9, 9},
		{"less what work orders have", stock.Stock{OnHand: 9, Reserved: 5, Held: 3, Provider: "p"}, 0, 7, 7},
		{"less what is not booked", stock.Stock{OnHand: 9, Handed: 1, Provider: "p"}, 4, 6, 6},
		{"less than was promised", stock.Stock{OnHand: 2, Reserved: 5, Provider: "p"}, 0, -3, 0},
		{"withheld", stock.Stock{OnHand: 9, Provider: "p", Withheld: true}, 0, 9, 0},
	} {
		if there, offered := row.stock.There(row.handed), row.stock.Offered(row.handed); there != row.there || offered != row.offered {
			t.Errorf("%s: %d there, %d offered, want %d and %d", row.name, there, offered, row.there, row.offered)
		}
	}
}

func TestOfferOf(t *testing.T) {
	t.Parallel()
	if p, s, ok := stock.OfferOf(stock.OfferPath("p", "meal")); p != "p" || s != "meal" || !ok {
		t.Errorf("%q, %q, %v", p, s, ok)
	}
	for _, path := range []string{"", "provider/p", "provider/p/offer", "org/p/offer/meal", "provider/p/price/meal", "a/b/c/d/e"} {
		if _, _, ok := stock.OfferOf(path); ok {
			t.Errorf("%q is taken for an offer", path)
		}
	}
	if stock.ClaimPath("a", "b") == stock.ClaimPath("b", "a") {
		t.Error("two offers have one name")
	}
}
