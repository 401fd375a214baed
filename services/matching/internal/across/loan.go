package across

import (
	"crypto/sha256"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// Loan is aggregate loan/<id>: what this community lends to another one.
type Loan struct {
	Provider  string `json:"provider"`
	Skill     string `json:"skill"`
	Peer      string `json:"peer"`
	Quantity  int64  `json:"quantity"`
	UseBy     int64  `json:"use_by"`
	HoldUntil int64  `json:"hold_until"`
	By        string `json:"by"`
	MadeAt    int64  `json:"made_at"`
	State     State  `json:"state"`
	Recalled  bool   `json:"recalled,omitempty"` // who lends it serves no more
	// Completed is how often somebody there has confirmed what it brought.
	Completed int64             `json:"completed,omitempty"`
	Ending    matchingv1.Ending `json:"ending,omitempty"`
	EndedAt   int64             `json:"ended_at,omitempty"`
}

// Borrowing is aggregate borrowing/<id>: what another community lends to this one.
type Borrowing struct {
	Peer        string      `json:"peer"`
	Loan        string      `json:"loan"`
	Skill       string      `json:"skill"`
	Quantity    int64       `json:"quantity"`
	Cell        supply.Cell `json:"cell"`
	RadiusCells uint32      `json:"radius_cells"`
	Languages   []string    `json:"languages,omitempty"`
	UseBy       int64       `json:"use_by"`
	BroughtAt   int64       `json:"brought_at"`
	// Provider is what it is here, and Member who answers for it; empty before somebody has taken it.
	Provider string `json:"provider,omitempty"`
	Member   string `json:"member,omitempty"`
	By       string `json:"by,omitempty"`
	// Before is how often what it brought had been confirmed when it was taken, Completed how often since then.
	Before    int64             `json:"before,omitempty"`
	Closed    bool              `json:"closed,omitempty"`
	Completed int64             `json:"completed,omitempty"`
	Ending    matchingv1.Ending `json:"ending,omitempty"`
}

// Clone is shallow: Evolve replaces the list whole.
func (l *Borrowing) Clone() *Borrowing { dup := *l; return &dup }

// LoanPath names a loan's aggregate.
func LoanPath(id string) string { return "loan/" + id }

// BorrowingPath names a borrowing's aggregate.
func BorrowingPath(id string) string { return "borrowing/" + id }

// BorrowingID names the one borrowing of another community's loan.
func BorrowingID(peer, loan string) string {
	sum := sha256.Sum256([]byte("borrowing/" + peer + "/" + loan))
	return chain.ShortID(sum[:])
}

func loanKinds(m *decider.Model) {
	lentPart()(m)
	decider.Kind("loan", true, func(l *Loan, e decider.Event) {
		switch b := e.Body.(type) {
		case *matchingv1.LoanMade:
			*l = Loan{
				Provider: b.GetProvider(), Skill: b.GetSkill(), Peer: b.GetPeer(), Quantity: b.GetQuantity(), UseBy: b.GetUseBy(),
				HoldUntil: b.GetHoldUntil(), By: b.GetBy(), MadeAt: e.Time, State: Held,
			}
		case *matchingv1.LoanSettled:
			l.State, l.Completed, l.Ending, l.EndedAt = Settled, b.GetCompleted(), b.GetEnding(), e.Time
		case *matchingv1.LoanLapsed:
			l.State, l.EndedAt = Lapsed, e.Time
		case *matchingv1.LoanRecalled:
			l.Recalled = true
		}
	})(m)
	decider.Kind("borrowing", true, func(l *Borrowing, e decider.Event) {
		switch b := e.Body.(type) {
		case *matchingv1.LoanBrought:
			*l = Borrowing{
				Peer: b.GetPeer(), Loan: b.GetLoan(), Skill: b.GetSkill(), Quantity: b.GetQuantity(), UseBy: b.GetUseBy(), BroughtAt: e.Time,
				Cell: supply.CellOf(b.GetReach().GetCell()), RadiusCells: b.GetReach().GetRadiusCells(), Languages: b.GetReach().GetLanguages(),
			}
		case *matchingv1.LoanTaken:
			l.Provider, l.Member, l.By, l.Before = b.GetProvider(), b.GetMember(), b.GetBy(), b.GetBefore()
		case *matchingv1.LoanClosed:
			l.Peer, l.Loan = b.GetPeer(), b.GetLoan()
			l.Closed, l.Completed, l.Ending = true, b.GetCompleted(), b.GetEnding()
		}
	})(m)
}
