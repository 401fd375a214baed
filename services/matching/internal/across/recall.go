package across

import (
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// Lent lists, for each provider, the loans that are held of what it offers, the oldest first. It is folded for the policy.
type Lent struct {
	Loans map[string][]string `json:"loans"`
	Of    map[string]string   `json:"of"` // loan to provider
}

func lentPart() decider.Part {
	return decider.Derived(func() *Lent { return &Lent{Loans: map[string][]string{}, Of: map[string]string{}} }, (*Lent).fold)
}

func (l *Lent) fold(e decider.Event) {
	id, of := strings.CutPrefix(e.Aggregate, "loan/")
	if !of {
		return
	}
	switch b := e.Body.(type) {
	case *matchingv1.LoanMade:
		l.end(id)
		l.Of[id] = b.GetProvider()
		l.Loans[b.GetProvider()] = append(slices.Clone(l.Loans[b.GetProvider()]), id)
	case *matchingv1.LoanSettled, *matchingv1.LoanLapsed, *matchingv1.LoanRecalled:
		l.end(id)
	}
}

// end forgets a loan of which nothing is to be recalled any more.
func (l *Lent) end(id string) {
	provider := l.Of[id]
	delete(l.Of, id)
	left := slices.DeleteFunc(slices.Clone(l.Loans[provider]), func(other string) bool { return other == id })
	if len(left) == 0 {
		delete(l.Loans, provider)
		return
	}
	l.Loans[provider] = left
}

// OnRetired recalls everything that is lent of a provider who serves no more.
func OnRetired(v *decider.View, e decider.Event, _ *matchingv1.ProviderRetired) (demands []decider.Demand) {
	provider, ok := idOf(e, "provider/")
	if !ok {
		return nil
	}
	for _, id := range decider.DerivedOf[Lent](v).Loans[provider] {
		demands = append(demands, decider.Demand{
			Purpose: "recall-loan/" + id, Operation: "matching.recall_loan", Body: &matchingv1.RecallLoan{Loan: id},
		})
	}
	return demands
}

// RecallLoan says, for the other community, that who lent something serves no more. It stays held until the word from there: to be free
// here would tell nobody anything, for what it was held of is no offer any more.
func RecallLoan(v *decider.View, _ *decider.Command, body *matchingv1.RecallLoan) ([]decider.Change, error) {
	l, ok := decider.Get[Loan](v, LoanPath(body.GetLoan()))
	if !ok || l.State != Held || l.Recalled {
		return nil, ErrLoanNotHeld
	}
	return []decider.Change{decider.On(LoanPath(body.GetLoan()), &matchingv1.LoanRecalled{
		Peer: l.Peer, To: keyOf(v, l.Peer), UseBy: l.UseBy,
	})}, nil
}

// BringRecall ends what another community has lent, because who lent it serves no more. Whoever was promised it is helped by the next
// standby. If the recall comes before the loan itself, the loan has ended when it comes.
func BringRecall(v *decider.View, cmd *decider.Command, body *matchingv1.BringRecall) ([]decider.Change, error) {
	c, p, err := open(v, cmd, body.GetPeer(), body.GetCommit(), body.GetProof())
	if err != nil {
		return nil, err
	}
	recalled, loan, ok := carried[*matchingv1.LoanRecalled](c, "loan")
	switch {
	case !ok:
		return nil, ErrNotCarried
	case string(recalled.GetTo()) != string(foundingKey(v)):
		return nil, ErrElsewhere
	}
	id := BorrowingID(body.GetPeer(), loan)
	l, there := decider.Get[Borrowing](v, BorrowingPath(id))
	switch {
	case !there:
		return []decider.Change{decider.On(BorrowingPath(id), &matchingv1.LoanClosed{
			Peer: body.GetPeer(), Loan: loan, To: p.FoundingKey, Ending: matchingv1.Ending_ENDING_RECALLED,
		})}, nil
	case l.Closed:
		return nil, ErrBorrowingEnded
	}
	return l.close(v, "", id, matchingv1.Ending_ENDING_RECALLED), nil
}
