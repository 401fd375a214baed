package casework

import (
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
)

// OperationMissOrder is the policy by which an order that nobody answers ends.
const OperationMissOrder = "aid.miss_order"

// OnOrdered demands that an order is looked at when the time for answering it has come.
func OnOrdered(_ *decider.View, e decider.Event, b *aidv1.WorkOrdered) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "work-order/")
	if !ok || b.GetAnswerBy() == 0 { // what stood on a record before there was such a time
		return nil
	}
	return []decider.Demand{{
		Purpose: "aid-order/" + id + "/" + strconv.FormatInt(b.GetAnswerBy(), 10), Operation: OperationMissOrder, Due: b.GetAnswerBy(),
		Body: &aidv1.MissOrder{Order: id, Deadline: b.GetAnswerBy()},
	}}
}

// MissOrder ends an order that nobody has answered, so that somebody else can be asked, and names whose case it is and to whom it goes up.
func MissOrder(v *decider.View, cmd *decider.Command, body *aidv1.MissOrder) ([]decider.Change, error) {
	o, ok := decider.Get[Order](v, OrderPath(body.GetOrder()))
	switch {
	case !ok:
		return nil, ErrOrderUnknown
	case o.Ended:
		return nil, ErrOrderEnded
	case o.Accepted:
		return nil, ErrOrderAnswered
	case o.AnswerBy != body.GetDeadline() || cmd.Time < o.AnswerBy:
		return nil, ErrClock
	}
	c, ok := decider.Get[Case](v, Path(o.Case))
	if !ok {
		return nil, ErrUnknown
	}
	return []decider.Change{
		decider.On(OrderPath(body.GetOrder()), &aidv1.OrderLapsed{Deadline: o.AnswerBy, Org: c.Org, EscalatedTo: Above(v)}),
		decider.On(Path(o.Case), &aidv1.WorkEnded{Order: body.GetOrder()}),
	}, nil
}
