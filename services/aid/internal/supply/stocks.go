package supply

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
	"renlin.dev/services/aid/internal/terms"
)

// Open opens a stock.
func Open(v *decider.View, cmd *decider.Command, body *aidv1.OpenStock) ([]decider.Change, error) {
	org, ok := beneficiary.Worker(v, cmd)
	if !ok {
		return nil, ErrOffice
	}
	if !knownRoom(v, body.GetCategory(), body.GetUnit(), 1) {
		return nil, ErrWords
	}
	return []decider.Change{decider.On(stock.Path(cmd.ID.NewAggregate()), &aidv1.StockOpened{
		Org: org, Category: body.GetCategory(), Unit: body.GetUnit(),
	})}, nil
}

// ours finds a stock of the author's organisation.
func ours(v *decider.View, cmd *decider.Command, id string) (*stock.Stock, error) {
	s, ok := decider.Get[stock.Stock](v, stock.Path(id))
	if !ok {
		return nil, ErrStock
	}
	if org, ok := beneficiary.Worker(v, cmd); !ok || org != s.Org {
		return nil, ErrOtherOrg
	}
	return s, nil
}

// roomFor tells whether more may come into a stock, so that no sum leaves 64 bits.
func roomFor(s *stock.Stock) bool { return s.Received <= 1_000*terms.QuantityMax }

// Move moves a part of a stock. What assignments have taken is reserved for nobody else; but what is no longer fit is thrown away, whoever
// was promised it among them.
func Move(v *decider.View, cmd *decider.Command, body *aidv1.MoveStock) ([]decider.Change, error) {
	s, err := ours(v, cmd, body.GetStock())
	if err != nil {
		return nil, err
	}
	n := body.GetQuantity()
	if !terms.Quantity(n) || !roomFor(s) {
		return nil, ErrMove
	}
	offer, bound := offerOf(v, s), false
	switch body.GetMove() {
	case aidv1.StockMove_STOCK_MOVE_RECEIVE:
	case aidv1.StockMove_STOCK_MOVE_EXPIRE:
		if n > s.There(offer.Handed) {
			return nil, ErrShort
		}
	case aidv1.StockMove_STOCK_MOVE_RESERVE:
		bound = true
		if n > s.There(offer.Handed)-offer.Taken {
			return nil, ErrShort
		}
	case aidv1.StockMove_STOCK_MOVE_RELEASE, aidv1.StockMove_STOCK_MOVE_ISSUE:
		bound = true
		if n > s.For(body.GetOrder()) {
			return nil, ErrUnreserved
		}
		if body.GetMove() == aidv1.StockMove_STOCK_MOVE_ISSUE && n > s.OnHand {
			return nil, ErrShort
		}
	default:
		return nil, ErrMove
	}
	order, known := decider.Get[casework.Order](v, casework.OrderPath(body.GetOrder()))
	switch {
	case bound != known:
		return nil, ErrMove
	case body.GetMove() == aidv1.StockMove_STOCK_MOVE_RESERVE && order.Ended:
		return nil, casework.ErrOrderEnded // nothing would ever give it back
	}
	return []decider.Change{decider.On(stock.Path(body.GetStock()), &aidv1.StockMoved{
		Move: body.GetMove(), Quantity: n, Order: body.GetOrder(), By: cmd.Actor,
	})}, nil
}

// Count says what really lies there, be it less than is promised: then nothing more is, until it is there again.
func Count(v *decider.View, cmd *decider.Command, body *aidv1.CountStock) ([]decider.Change, error) {
	s, err := ours(v, cmd, body.GetStock())
	if err != nil {
		return nil, err
	}
	if n := body.GetQuantity(); n < 0 || n > terms.QuantityMax {
		return nil, ErrMove
	}
	if err := standing.CheckText(body.GetEvidence()); err != nil {
		return nil, err
	}
	if s.Unbooked(offerOf(v, s).Handed) != 0 { // it is gone, and would be taken off what was found once more
		return nil, ErrBooking
	}
	return []decider.Change{decider.On(stock.Path(body.GetStock()), &aidv1.StockCounted{
		Quantity: body.GetQuantity(), Difference: body.GetQuantity() - s.OnHand, Evidence: body.GetEvidence(), By: cmd.Actor,
	})}, nil
}
