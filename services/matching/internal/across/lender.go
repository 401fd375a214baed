package across

import (
	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// Lend holds what a provider offers here, so that another community can plan with it. The hold is taken of the offer like an assignment's,
// so that nobody here is promised the same.
func Lend(v *decider.View, cmd *decider.Command, body *matchingv1.Lend) ([]decider.Change, error) {
	p, err := supply.Speaks(v, cmd, body.GetProvider())
	if err != nil {
		return nil, err
	}
	to, err := peer(v, body.GetPeer())
	if err != nil {
		return nil, err
	}
	s, err := supply.FindSupplier(v, body.GetProvider(), body.GetSkill())
	if err != nil {
		return nil, err
	}
	switch {
	case p.Borrowing != "":
		return nil, ErrLendOnward
	case supply.OfGoods(v, body.GetProvider(), body.GetSkill()):
		return nil, ErrLendGoods
	case s.Offer.Capacity <= 0 || s.Offer.PublishedAt < p.RegisteredAt:
		return nil, supply.ErrNotOffered
	case body.GetQuantity() < 1 || body.GetQuantity() > s.Free():
		return nil, ErrLendQuantity
	}
	until := body.GetUseBy()
	if until <= cmd.Time || until > cmd.Time+referMillisMax || s.Offer.Until != 0 && until > s.Offer.Until {
		return nil, ErrLendTime
	}
	id := cmd.ID.NewAggregate()
	return []decider.Change{
		decider.On(LoanPath(id), &matchingv1.LoanMade{
			Provider: body.GetProvider(), Peer: body.GetPeer(), To: to.FoundingKey, Skill: body.GetSkill(), Quantity: body.GetQuantity(),
			Reach: &matchingv1.Reach{
				Cell: &matchingv1.Cell{East: p.Cell.East, North: p.Cell.North}, RadiusCells: p.RadiusCells, Languages: p.Languages,
			},
			UseBy: until, HoldUntil: until + supply.CurrentRules(v).ReferralGraceMillis(), By: cmd.Actor,
		}),
		held(body.GetProvider(), body.GetSkill(), body.GetQuantity()),
	}, nil
}

// held takes from an offer for a loan, or gives back.
func held(provider, skill string, quantity int64) decider.Change {
	return decider.On(supply.OfferPath(provider, skill), &matchingv1.CapacityMoved{Taken: quantity})
}

// OnLent sets the timer of the hold.
func OnLent(_ *decider.View, e decider.Event, body *matchingv1.LoanMade) []decider.Demand {
	id, ok := idOf(e, "loan/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: "lapse-loan/" + id, Operation: "matching.lapse_loan", Body: &matchingv1.LapseLoan{Loan: id}, Due: body.GetHoldUntil(),
	}}
}

// LapseLoan frees what was lent, without the other community's word.
func LapseLoan(v *decider.View, cmd *decider.Command, body *matchingv1.LapseLoan) ([]decider.Change, error) {
	l, ok := decider.Get[Loan](v, LoanPath(body.GetLoan()))
	if !ok || l.State != Held || cmd.Time < l.HoldUntil {
		return nil, ErrLoanNotHeld
	}
	return []decider.Change{
		decider.On(LoanPath(body.GetLoan()), &matchingv1.LoanLapsed{}), held(l.Provider, l.Skill, -l.Quantity),
	}, nil
}

// SettleLoan frees what was lent by the other community's word, once; if it is free already, the word is noted.
func SettleLoan(v *decider.View, cmd *decider.Command, body *matchingv1.SettleLoan) ([]decider.Change, error) {
	id := body.GetLoan()
	l, ok := decider.Get[Loan](v, LoanPath(id))
	switch {
	case !ok:
		return nil, ErrLoanUnknown
	case l.State == Settled:
		return nil, ErrLoanSettled
	}
	c, _, err := open(v, cmd, l.Peer, body.GetCommit(), body.GetProof())
	if err != nil {
		return nil, err
	}
	closed, _, ok := carried[*matchingv1.LoanClosed](c, "borrowing")
	switch {
	case !ok || closed.GetLoan() != id || closed.GetCompleted() < 0:
		return nil, ErrNotCarried
	case string(closed.GetTo()) != string(foundingKey(v)):
		return nil, ErrElsewhere
	}
	settled := decider.On(LoanPath(id), &matchingv1.LoanSettled{
		Completed: closed.GetCompleted(), Ending: closed.GetEnding(), Late: l.State == Lapsed,
	})
	if l.State == Lapsed {
		return []decider.Change{settled}, nil
	}
	return []decider.Change{settled, held(l.Provider, l.Skill, -l.Quantity)}, nil
}
