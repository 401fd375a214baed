package aid_test

import (
	"testing"

	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/supply"
)

func (w *world) reserves(stock, order string, n int64) string {
	w.Helper()
	return w.try("aid.move_stock", &aidv1.MoveStock{
		Stock: stock, Move: aidv1.StockMove_STOCK_MOVE_RESERVE, Quantity: n, Order: order,
	}, "wes")
}

// What was reserved for an order that came to nothing is free again by itself, once; and nothing more is reserved for it.
func TestEndedOrderGivesBack(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *world, aid, order string){
		"nobody answered": func(w *world, _, _ string) { w.pass(7 * day) },
		"declined": func(w *world, _, order string) {
			w.do("aid.answer_order", &aidv1.AnswerOrder{Order: order}, "olga")
		},
		"withdrawn": func(w *world, aid, _ string) { w.do("aid.withdraw", &aidv1.WithdrawAid{Case: aid}, "ann") },
	} {
		w := newWorld(t)
		aid := w.approved()
		at, _ := w.depot()
		other := w.do("aid.open_stock", &aidv1.OpenStock{Category: "food", Unit: "meal"}, "wes")
		w.do("aid.move_stock", &aidv1.MoveStock{Stock: other, Move: aidv1.StockMove_STOCK_MOVE_RECEIVE, Quantity: 9}, "wes")
		order := w.do("aid.order", &aidv1.OrderWork{Case: aid, Org: id("volunteers"), Quantity: 15}, "wes")
		if got := w.reserves(at, order, 12) + w.reserves(other, order, 3); got != "" {
			t.Fatal(got)
		}
		end(w, aid, order)
		w.settle()
		if a, b := w.stock(at), w.stock(other); a.Reserved != 0 || b.Reserved != 0 || a.OnHand != 20 || b.OnHand != 9 {
			t.Errorf("%s: still reserved: %+v, %+v", name, a, b)
		}
		if got := w.reserves(at, order, 1); got != "work_order.ended" {
			t.Errorf("%s: reserved for it again: %q", name, got)
		}
		if left := decider.PeekDerived[supply.Promised](w.State).Orders; len(left) != 0 {
			t.Errorf("%s: remembered for ever: %v", name, left)
		}
	}
}

// What was delivered can be booked as handed out until the case ends; what is left over then is free.
func TestEndedCaseGivesBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	aid, order := w.ordered()
	at, _ := w.depot()
	if got := w.reserves(at, order, 15); got != "" {
		t.Fatal(got)
	}
	w.do("aid.visit", visit(order, 15), "vic")
	w.settle()
	w.do("aid.move_stock", &aidv1.MoveStock{
		Stock: at, Move: aidv1.StockMove_STOCK_MOVE_ISSUE, Quantity: 12, Order: order,
	}, "wes")
	w.do("aid.acknowledge", &aidv1.AcknowledgeAid{Case: aid, Quantity: 15, Settled: true}, "ann")
	w.do("aid.close", &aidv1.CloseCase{Case: aid}, "wes")
	w.settle()
	if s := w.stock(at); s.Reserved != 0 || s.OnHand != 8 || s.Issued != 12 {
		t.Errorf("stock %+v", s)
	}
}

// An order that ends without anything brought, after its case was refused, gives back what it left over a day later; until then what was
// handed out can be booked.
func TestEndsAfterItsCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	aid, order := w.ordered()
	at, _ := w.depot()
	if got := w.reserves(at, order, 15); got != "" {
		t.Fatal(got)
	}
	w.do("aid.appeal", &aidv1.AppealCase{Case: aid, Text: text("too little")}, "ann") // it begins anew, with an order on the way
	w.do("aid.decide_appeal", &aidv1.DecideAppeal{Case: aid, Upheld: true, Reason: text("so it is")}, "odin")
	w.do("aid.refuse", &aidv1.RefuseAid{Case: aid, Reason: text("no")}, "otto")
	w.settle()
	w.do("aid.visit", &aidv1.RecordVisit{
		Order: order, Outcome: aidv1.VisitOutcome_VISIT_OUTCOME_ABSENT, Evidence: text("nobody there"), Last: true,
	}, "vic")
	w.settle()
	if s := w.stock(at); s.Reserved != 15 {
		t.Fatalf("given back before it can be booked: %+v", s)
	}
	w.do("aid.move_stock", &aidv1.MoveStock{
		Stock: at, Move: aidv1.StockMove_STOCK_MOVE_ISSUE, Quantity: 3, Order: order,
	}, "wes")
	w.pass(day)
	if s := w.stock(at); s.Reserved != 0 || s.OnHand != 17 || s.Issued != 3 {
		t.Errorf("still reserved: %+v", s)
	}
	if left := decider.PeekDerived[supply.Promised](w.State).Orders; len(left) != 0 {
		t.Errorf("remembered for ever: %v", left)
	}
}
