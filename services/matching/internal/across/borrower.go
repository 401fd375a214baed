package across

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// BringLoan puts what another community lends before officers. What this community has no use for is given back at once: a skill, or
// languages, that its rulebook does not list, or a place outside its grid.
func BringLoan(v *decider.View, cmd *decider.Command, body *matchingv1.BringLoan) ([]decider.Change, error) {
	c, p, err := open(v, cmd, body.GetPeer(), body.GetCommit(), body.GetProof())
	if err != nil {
		return nil, err
	}
	made, loan, ok := carried[*matchingv1.LoanMade](c, "loan")
	id := BorrowingID(body.GetPeer(), loan)
	switch {
	case !ok || made.GetQuantity() < 1:
		return nil, ErrNotCarried
	case string(made.GetTo()) != string(foundingKey(v)):
		return nil, ErrElsewhere
	case v.Exists(BorrowingPath(id)):
		return nil, ErrBrought
	case cmd.Time >= made.GetUseBy():
		return nil, ErrLoanOver
	}
	v.Window(0, made.GetUseBy())
	reach := &matchingv1.Reach{
		Cell: &matchingv1.Cell{
			East: made.GetReach().GetCell().GetEast() + p.Middle.East, North: made.GetReach().GetCell().GetNorth() + p.Middle.North,
		},
		RadiusCells: made.GetReach().GetRadiusCells(), Languages: made.GetReach().GetLanguages(),
	}
	if supply.CheckOffered(v, made.GetSkill(), made.GetQuantity(), reach) != nil {
		return []decider.Change{decider.On(BorrowingPath(id), &matchingv1.LoanClosed{
			Peer: body.GetPeer(), Loan: loan, To: p.FoundingKey, Ending: matchingv1.Ending_ENDING_DECLINED,
		})}, nil
	}
	return []decider.Change{decider.On(BorrowingPath(id), &matchingv1.LoanBrought{
		Peer: body.GetPeer(), Loan: loan, Skill: made.GetSkill(), Quantity: made.GetQuantity(), Reach: reach, UseBy: made.GetUseBy(),
	})}, nil
}

// Borrow makes a provider of what another community lends, of that community as its organisation. Nobody is several, so who answers for one
// loan of a community answers for a second only when the first has ended.
func Borrow(v *decider.View, cmd *decider.Command, body *matchingv1.Borrow) ([]decider.Change, error) {
	l, err := findBorrowing(v, body.GetBorrowing())
	switch {
	case err != nil:
		return nil, err
	case l.Provider != "":
		return nil, ErrBorrowed
	case cmd.Time >= l.UseBy:
		return nil, ErrLoanOver
	}
	if _, err := peer(v, l.Peer); err != nil {
		return nil, err
	}
	if _, err := standing.Active(v, body.GetMember()); err != nil {
		return nil, err
	}
	reach := &matchingv1.Reach{
		Cell: &matchingv1.Cell{East: l.Cell.East, North: l.Cell.North}, RadiusCells: l.RadiusCells, Languages: l.Languages,
	}
	if err := supply.CheckOffered(v, l.Skill, l.Quantity, reach); err != nil {
		return nil, err
	}
	provider := supply.ProviderID(l.Peer, body.GetMember())
	if p, ok := decider.Get[supply.Provider](v, supply.ProviderPath(provider)); ok && !p.Retired {
		return nil, supply.ErrRegistered
	}
	v.Window(0, l.UseBy)
	return []decider.Change{
		decider.On(supply.ProviderPath(provider), &matchingv1.ProviderRegistered{
			Org: l.Peer, Member: body.GetMember(), Reach: reach, Borrowing: body.GetBorrowing(),
		}),
		decider.On(supply.OfferPath(provider, l.Skill), &matchingv1.OfferPublished{Capacity: l.Quantity, Until: l.UseBy}),
		decider.On(BorrowingPath(body.GetBorrowing()), &matchingv1.LoanTaken{
			Provider: provider, Member: body.GetMember(), By: cmd.Actor, Before: completed(v, provider),
		}),
	}, nil
}

// findBorrowing finds what is lent here and has not ended.
func findBorrowing(v *decider.View, id string) (*Borrowing, error) {
	l, ok := decider.Get[Borrowing](v, BorrowingPath(id))
	switch {
	case !ok:
		return nil, ErrBorrowingUnknown
	case l.Closed:
		return nil, ErrBorrowed
	}
	return l, nil
}

// ReturnLoan gives a loan back before its time.
func ReturnLoan(v *decider.View, cmd *decider.Command, body *matchingv1.ReturnLoan) ([]decider.Change, error) {
	l, err := findBorrowing(v, body.GetBorrowing())
	if err != nil {
		return nil, err
	}
	return l.close(v, cmd.Actor, body.GetBorrowing(), matchingv1.Ending_ENDING_DECLINED), nil
}

// CloseLoan ends a loan whose time is over, or whose provider has retired here.
func CloseLoan(v *decider.View, cmd *decider.Command, body *matchingv1.CloseLoan) ([]decider.Change, error) {
	l, err := findBorrowing(v, body.GetBorrowing())
	if err != nil {
		return nil, err
	}
	p, ok := decider.Get[supply.Provider](v, supply.ProviderPath(l.Provider))
	switch {
	case cmd.Time >= l.UseBy:
		return l.close(v, "", body.GetBorrowing(), matchingv1.Ending_ENDING_OVER), nil
	case l.Provider != "" && ok && p.Retired:
		return l.close(v, "", body.GetBorrowing(), matchingv1.Ending_ENDING_DECLINED), nil
	}
	return nil, ErrBorrowingOpen
}

// close says that nobody here plans with it any more. Its provider retires with it, so whoever was promised it is helped by the next
// standby.
func (l *Borrowing) close(v *decider.View, by, id string, ending matchingv1.Ending) []decider.Change {
	closed := &matchingv1.LoanClosed{Peer: l.Peer, Loan: l.Loan, To: keyOf(v, l.Peer), Ending: ending}
	var changes []decider.Change
	if l.Provider != "" {
		if p, ok := decider.Get[supply.Provider](v, supply.ProviderPath(l.Provider)); ok && !p.Retired {
			changes = append(changes, decider.On(supply.ProviderPath(l.Provider), &matchingv1.ProviderRetired{By: by}))
		}
		closed.Completed = completed(v, l.Provider) - l.Before
	}
	return append(changes, decider.On(BorrowingPath(id), closed))
}

// completed tells how often what a provider brought was confirmed.
func completed(v *decider.View, provider string) int64 {
	c, ok := decider.Get[supply.Conduct](v, supply.ConductPath(provider))
	if !ok {
		return 0
	}
	return c.Completed
}

// OnLoanBrought sets the timer of its end, be it taken or not.
func OnLoanBrought(_ *decider.View, e decider.Event, body *matchingv1.LoanBrought) []decider.Demand {
	id, ok := idOf(e, "borrowing/")
	if !ok {
		return nil
	}
	return ending(id, "over", body.GetUseBy())
}

// OnLenderRetired ends a loan whose provider has retired here by its own word.
func OnLenderRetired(v *decider.View, e decider.Event, _ *matchingv1.ProviderRetired) []decider.Demand {
	if _, ok := idOf(e, "provider/"); !ok {
		return nil
	}
	p, ok := decider.Get[supply.Provider](v, e.Aggregate)
	if !ok || p.Borrowing == "" {
		return nil
	}
	if l, ok := decider.Get[Borrowing](v, BorrowingPath(p.Borrowing)); !ok || l.Closed {
		return nil
	}
	return ending(p.Borrowing, "retired", 0)
}

// ending demands that a loan is closed here. What brings that about tells one demand from another.
func ending(id, because string, due int64) []decider.Demand {
	return []decider.Demand{{
		Purpose: "close-loan/" + id + "/" + because, Operation: "matching.close_loan", Body: &matchingv1.CloseLoan{Borrowing: id}, Due: due,
	}}
}
