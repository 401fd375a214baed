// Package payment holds the rules of transfers of money: nobody moves any of it alone.
//
// A transfer is proposed by an officer, the maker, and the sums of all its lines are kept for it from then on. It takes the word of a
// checker, an officer of another organisation; from the rulebook's sum on that of two, of different organisations. None of them may live
// with another of them, nor live with, or be, whoever is paid or whom it is for, nor have a role in an organisation that is paid. Then
// it is carried out: at the last approval, or when an officer posts it with evidence, wholly or in part; what was not taken is free again.
// Whoever proposed it, or an officer of the organisation, may give it up at any time until then; one of another organisation, whom the
// money does not go to, may refuse it until it is approved. If nothing happens in time, the hold ends by rule. So every hold ends once, in
// one of three ways: posted, voided or lapsed.
//
// In an emergency an officer pays from an envelope at once, up to the rulebook's sum of what is unconfirmed in that envelope. The checkers
// then have the rulebook's time. If they have not given their word by then, the envelope pays nobody until they do, or until a correction
// has taken all of it back, which is as good as their word. Nobody pays so to an account that they have opened themselves.
//
// A mistake is corrected by a transfer that takes lines of another back, and no more than is left of them; it takes two persons like any
// other, and is carried out when they agree.
//
// Where whoever is paid is known by a pseudonym, nobody but the case worker can tell their household. Maker and checkers then sign the same
// salted commitment to it, which they have opened and which is not theirs; an auditor who is given the salt can tell whether that was true.
package payment

import (
	"slices"

	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/words"
)

// State is where a transfer stands.
type State string

// The states of a transfer. All but Held are final.
const (
	Held   State = "held"
	Posted State = "posted"
	Voided State = "voided"
	Lapsed State = "lapsed"
)

// Transfer is aggregate transfer/<id>. Times are milliseconds since the Unix epoch.
type Transfer struct {
	Lines            []Line     `json:"lines"`
	Purpose          words.Text `json:"purpose"`
	Beneficiary      string     `json:"beneficiary,omitempty"`
	Household        []byte     `json:"household,omitempty"`
	PostWhenApproved bool       `json:"post_when_approved,omitempty"`
	Emergency        bool       `json:"emergency,omitempty"`
	Corrects         string     `json:"corrects,omitempty"`

	ProposedBy string     `json:"proposed_by"`
	Org        string     `json:"org"` // the maker's
	ProposedAt int64      `json:"proposed_at"`
	ExpiresAt  int64      `json:"expires_at,omitempty"`
	ConfirmBy  int64      `json:"confirm_by,omitempty"`
	Checkers   uint32     `json:"checkers"` // how many it takes
	Approvals  []Approval `json:"approvals,omitempty"`

	State    State      `json:"state"`
	Evidence words.Text `json:"evidence"`
	Reason   words.Text `json:"reason"`
	EndedAt  int64      `json:"ended_at,omitempty"`
	EndedBy  string     `json:"ended_by,omitempty"` // empty when the rule itself ended it
	// Missed says that an emergency's checkers were late.
	Missed bool `json:"missed,omitempty"`
}

// Line is one amount on its way.
type Line struct {
	From      string `json:"from"`
	To        string `json:"to"`
	Amount    int64  `json:"amount"`    // what is asked for
	Posted    int64  `json:"posted"`    // what was carried out
	Corrected int64  `json:"corrected"` // what was taken back of that
}

// Approval is a checker's word.
type Approval struct {
	By  string `json:"by"`
	Org string `json:"org"`
	At  int64  `json:"at"`
}

// Clone copies what Evolve writes into.
func (t *Transfer) Clone() *Transfer {
	dup := *t
	dup.Lines, dup.Approvals = slices.Clone(t.Lines), slices.Clone(t.Approvals)
	return &dup
}

// Approved tells whether enough have given their word.
func (t *Transfer) Approved() bool { return len(t.Approvals) >= int(t.Checkers) }

// returned tells whether all that was carried out has been taken back.
func (t *Transfer) returned() bool {
	return t.State == Posted && !slices.ContainsFunc(t.Lines, func(l Line) bool { return l.Corrected < l.Posted })
}

// hands are the maker and the checkers so far.
func (t *Transfer) hands() []string {
	hands := []string{t.ProposedBy}
	for _, a := range t.Approvals {
		hands = append(hands, a.By)
	}
	return hands
}

// Path names a transfer's aggregate.
func Path(id string) string { return "transfer/" + id }

// Kinds registers the transfers, and what shows those that are parts of one.
func Kinds(m *decider.Model) {
	decider.Kind("transfer", true, evolve)(m)
	decider.Kind("paid-to", true, evolvePaidTo)(m)
}

func evolve(t *Transfer, e decider.Event) {
	end := func(s State) { t.State, t.EndedAt, t.EndedBy = s, e.Time, e.Actor }
	switch b := e.Body.(type) {
	case *ledgerv1.TransferProposed:
		*t = Transfer{
			Purpose: words.Of(b.GetPurpose()), Beneficiary: b.GetBeneficiary(), Household: b.GetHousehold(),
			PostWhenApproved: b.GetPostWhenApproved(), Emergency: b.GetEmergency(), Corrects: b.GetCorrects(), ProposedBy: e.Actor,
			Org: b.GetOrg(), ProposedAt: e.Time, ExpiresAt: b.GetExpiresAt(), ConfirmBy: b.GetConfirmBy(), Checkers: b.GetCheckers(),
			State: Held,
		}
		for _, l := range b.GetLines() {
			t.Lines = append(t.Lines, Line{From: l.GetFrom(), To: l.GetTo(), Amount: l.GetAmount()})
		}
	case *ledgerv1.TransferApproved:
		t.Approvals = append(t.Approvals, Approval{By: b.GetBy(), Org: b.GetOrg(), At: e.Time})
	case *ledgerv1.TransferPosted:
		end(Posted)
		t.Evidence = words.Of(b.GetEvidence())
		for i, amount := range b.GetAmounts() {
			if i < len(t.Lines) {
				t.Lines[i].Posted = amount
			}
		}
	case *ledgerv1.TransferVoided:
		end(Voided)
		t.Reason = words.Of(b.GetReason())
	case *ledgerv1.TransferLapsed:
		end(Lapsed)
	case *ledgerv1.TransferCorrected:
		for i, amount := range b.GetAmounts() {
			if i < len(t.Lines) {
				t.Lines[i].Corrected += amount
			}
		}
	case *ledgerv1.ConfirmationMissed:
		t.Missed = true
	}
}
