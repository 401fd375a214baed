package supply

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/casework"
	"renlin.dev/services/aid/internal/terms"
)

// Promised is what of which stock is reserved for each work order, folded for policies.
type Promised struct {
	Orders map[string]map[string]int64 `json:"orders"`
}

// PromisedPart registers it.
func PromisedPart() decider.Part {
	return decider.Derived(func() *Promised { return &Promised{Orders: map[string]map[string]int64{}} }, (*Promised).fold)
}

func (p *Promised) fold(e decider.Event) {
	b, ok := e.Body.(*aidv1.StockMoved)
	id, at := strings.CutPrefix(e.Aggregate, "stock/")
	if !ok || !at || b.GetOrder() == "" || b.GetAssignment() != "" {
		return
	}
	n := -b.GetQuantity()
	if b.GetMove() == aidv1.StockMove_STOCK_MOVE_RESERVE {
		n = b.GetQuantity()
	}
	of := p.Orders[b.GetOrder()]
	if of == nil {
		of = map[string]int64{}
		p.Orders[b.GetOrder()] = of
	}
	if of[id] += n; of[id] == 0 {
		delete(of, id)
	}
	if len(of) == 0 {
		delete(p.Orders, b.GetOrder())
	}
}

// OnLapsed gives back what was reserved for an order that nobody has answered.
func OnLapsed(v *decider.View, e decider.Event, _ *aidv1.OrderLapsed) []decider.Demand {
	return releasing(v, e, strings.TrimPrefix(e.Aggregate, "work-order/"))
}

// OnDeclined gives back what was reserved for an order that was declined or given up.
func OnDeclined(v *decider.View, e decider.Event, _ *aidv1.OrderDeclined) []decider.Demand {
	return releasing(v, e, strings.TrimPrefix(e.Aggregate, "work-order/"))
}

// OnClosed gives back what the orders of a case left over.
func OnClosed(v *decider.View, e decider.Event, _ *aidv1.CaseClosed) []decider.Demand {
	return leftOver(v, e)
}

// OnRefused is OnClosed for a case that was refused.
func OnRefused(v *decider.View, e decider.Event, _ *aidv1.AidRefused) []decider.Demand {
	return leftOver(v, e)
}

// OnWithdrawn is OnClosed for a case that was withdrawn.
func OnWithdrawn(v *decider.View, e decider.Event, _ *aidv1.AidWithdrawn) []decider.Demand {
	return leftOver(v, e)
}

// bookingMillis is how long what was handed out for an order can still be booked that ends after its case has.
const bookingMillis = 24 * terms.Hour

// OnWorkEnded gives back what an order left over whose case had ended before it: whoever went brought nothing more, so the case stays as
// it is, and nothing else would.
func OnWorkEnded(v *decider.View, e decider.Event, b *aidv1.WorkEnded) []decider.Demand {
	c, ok := decider.Get[casework.Case](v, e.Aggregate)
	if !ok || !c.Ended() {
		return nil
	}
	demands := releasing(v, e, b.GetOrder())
	for i := range demands {
		demands[i].Due = e.Time + bookingMillis
	}
	return demands
}

// leftOver demands the release of what is still reserved for a case's orders that have ended. Until the case ends, what somebody has
// delivered can still be booked as handed out.
func leftOver(v *decider.View, e decider.Event) (demands []decider.Demand) {
	c, ok := decider.Get[casework.Case](v, e.Aggregate)
	if !ok {
		return nil
	}
	for _, w := range c.Works {
		if w.Ended {
			demands = append(demands, releasing(v, e, w.Order)...)
		}
	}
	return demands
}

// releasing demands that everything that is reserved for an order is released.
func releasing(v *decider.View, e decider.Event, order string) (demands []decider.Demand) {
	for _, id := range slices.Sorted(maps.Keys(decider.DerivedOf[Promised](v).Orders[order])) {
		because := e.Aggregate + "/" + strconv.FormatUint(v.Version(e.Aggregate), 10)
		demands = append(demands, decider.Demand{
			Purpose: "release-stock/" + id + "/" + order + "/" + because, Operation: OperationBook,
			Body: &aidv1.BookStock{Stock: id, Order: order},
		})
	}
	return demands
}

// released releases what is reserved for an order that has ended, however much that is by now.
func released(v *decider.View, s *stock.Stock, body *aidv1.BookStock) ([]decider.Change, error) {
	o, ok := decider.Get[casework.Order](v, casework.OrderPath(body.GetOrder()))
	n := s.For(body.GetOrder())
	if !ok || !o.Ended || n <= 0 {
		return nil, ErrUnreserved
	}
	return []decider.Change{decider.On(stock.Path(body.GetStock()), &aidv1.StockMoved{
		Move: aidv1.StockMove_STOCK_MOVE_RELEASE, Quantity: n, Order: body.GetOrder(),
	})}, nil
}
