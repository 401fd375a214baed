// Package credit holds the rules of credits: how they come about, circulate, and end.
//
// Credits are minutes of work, and an hour counts alike whatever was done in it. They come about in one way only: a member says that they
// have worked for another, and that other, who lives in another household, confirms it in time; the register has to say in which household
// each of them lives. What is confirmed brings credits up to the rulebook's minutes in a calendar week, and no more of them from one and
// the same person than the rulebook's share of all that one has earned, beyond the first hours, which any pair has free; what goes beyond
// stands as confirmed and brings nothing. Nobody loses anything by a bound.
//
// Credits are spent with members, and with organisations under terms that stand on the record; what is spent keeps its age. They end after
// the rulebook's days, at the end of a week, the oldest first, and go to the pool, which belongs to all. They can never be exchanged for
// money, in neither direction: no transfer has both. And nobody needs any to be helped: no rule of aid asks for them.
//
// Whoever has no device of their own does all this by the hand of a helper under a mandate. But one hand does not do both sides: a helper
// neither reports nor confirms work between those whom they help and themselves or their own household, and gives them none of the credits.
//
// An auditor of an organisation that neither of the two holds an office in may find that confirmed work was not done, once. Both may
// appeal; then somebody with an office in a third organisation decides, and if nobody does in time, nothing follows. Else what the work
// brought goes back to where it came from; what is spent already stays with whoever took it in good faith, and is kept from what the worker
// earns next.
//
// Work is aggregate work/<id>, a clawback clawback/<work>. What the bounds are held by stands in earnings/<worker> and
// earnings/<worker>/earned-from/<counterparty>. A member's or an organisation's credits are in account/credit.<id>, which their first
// credits make; an expense is spending/<id>; an organisation's terms are terms/<org>.
package credit

import (
	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/words"
)

// The accounts of which there is one each.
const (
	MintID = "mint"
	PoolID = "pool"
)

// ownerPrefix stands before the owner's id in the id of an account of credits.
const ownerPrefix = "credit."

// AccountID is the id of a member's or an organisation's account of credits. It and the ids above are not of the form that a command's
// field may hold: no transfer of money can name one, whatever ids members are given.
func AccountID(owner string) string { return ownerPrefix + owner }

// State is where reported work stands.
type State string

// The states of work.
const (
	Reported  State = "reported"
	Confirmed State = "confirmed"
	Declined  State = "declined"
)

// Work is aggregate work/<id>. Times are milliseconds since the Unix epoch.
type Work struct {
	Worker       string     `json:"worker"`
	Counterparty string     `json:"counterparty"`
	Minutes      int64      `json:"minutes"`
	What         words.Text `json:"what"`
	State        State      `json:"state"`
	ReportedAt   int64      `json:"reported_at"`
	ConfirmBy    int64      `json:"confirm_by"`
	EndedAt      int64      `json:"ended_at,omitempty"`
	Minted       int64      `json:"minted"`          // minutes that became credits
	Bound        string     `json:"bound,omitempty"` // week or pair: what kept the others from it
	Hand         string     `json:"hand"`            // who reported it: the worker, or a helper of theirs
}

// Earnings is aggregate earnings/<worker>: what a member has earned in all, and in the last week in which they earned anything.
type Earnings struct {
	Minutes     int64 `json:"minutes"`
	Week        int64 `json:"week"`
	WeekMinutes int64 `json:"week_minutes"`
	Owed        int64 `json:"owed,omitempty"` // for what a clawback did not find any more
}

// From is aggregate earnings/<worker>/earned-from/<counterparty>: what of that rests on one person's word.
type From struct {
	Minutes int64 `json:"minutes"`
}

// Terms is aggregate terms/<org>: under what an organisation takes credits.
type Terms struct {
	Terms     string `json:"terms"`
	OfferedAt int64  `json:"offered_at"`
}

// Spending is aggregate spending/<id>.
type Spending struct {
	From         string `json:"from"`
	To           string `json:"to"`
	Amount       int64  `json:"amount"`
	TermsVersion uint64 `json:"terms_version,omitempty"`
	SpentAt      int64  `json:"spent_at"`
}

// WorkPath names the aggregate of work.
func WorkPath(id string) string { return "work/" + id }

// EarningsPath names the aggregate of a member's earnings.
func EarningsPath(worker string) string { return "earnings/" + worker }

// FromPath names the aggregate of what a member earned by one person's word.
func FromPath(worker, counterparty string) string {
	return "earnings/" + worker + "/earned-from/" + counterparty
}

// TermsPath names the aggregate of an organisation's terms.
func TermsPath(org string) string { return "terms/" + org }

// Kinds registers the aggregates of this package, and what its policies look at.
func Kinds(m *decider.Model) {
	decider.Kind("work", true, evolveWork)(m)
	decider.Kind("earnings", true, evolveEarnings)(m)
	decider.Kind("earned-from", true, evolveFrom)(m)
	decider.Kind("terms", true, evolveTerms)(m)
	decider.Kind("spending", true, evolveSpending)(m)
	decider.Kind("pattern", true, evolvePattern)(m)
	decider.Kind("clawback", true, evolveClawback)(m)
	decider.Derived(newFlows, fold)(m)
	ReportsPart()(m)
}

func evolveWork(w *Work, e decider.Event) {
	switch b := e.Body.(type) {
	case *ledgerv1.WorkReported:
		*w = Work{
			Worker: b.GetWorker(), Counterparty: b.GetCounterparty(), Minutes: int64(b.GetMinutes()), What: words.Of(b.GetWhat()),
			State: Reported, ReportedAt: e.Time, ConfirmBy: b.GetConfirmBy(), Hand: e.Actor,
		}
		if b.GetMandate() != "" {
			w.Hand = e.Through
		}
	case *ledgerv1.WorkConfirmed:
		w.State, w.EndedAt, w.Minted, w.Bound = Confirmed, e.Time, b.GetMinted(), boundOf[b.GetBound()]
	case *ledgerv1.WorkDeclined:
		w.State, w.EndedAt = Declined, e.Time
	}
}

var boundOf = map[ledgerv1.Bound]string{ledgerv1.Bound_BOUND_WEEK: "week", ledgerv1.Bound_BOUND_PAIR: "pair"}

func evolveEarnings(s *Earnings, e decider.Event) {
	switch b := e.Body.(type) {
	case *ledgerv1.EarningsCounted:
		if s.Week != b.GetWeek() {
			s.Week, s.WeekMinutes = b.GetWeek(), 0
		}
		s.Minutes += b.GetMinutes()
		s.WeekMinutes += b.GetMinutes()
	case *ledgerv1.OwedCounted:
		s.Owed += b.GetMinutes()
	}
}

func evolveFrom(f *From, e decider.Event) {
	if b, ok := e.Body.(*ledgerv1.EarningsCounted); ok {
		f.Minutes += b.GetMinutes()
	}
}

func evolveTerms(t *Terms, e decider.Event) {
	if b, ok := e.Body.(*ledgerv1.TermsOffered); ok {
		*t = Terms{Terms: b.GetTerms(), OfferedAt: e.Time}
	}
}

func evolveSpending(s *Spending, e decider.Event) {
	if b, ok := e.Body.(*ledgerv1.CreditsSpent); ok {
		*s = Spending{From: b.GetFrom(), To: b.GetTo(), Amount: b.GetAmount(), TermsVersion: b.GetTermsVersion(), SpentAt: e.Time}
	}
}
