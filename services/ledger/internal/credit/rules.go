package credit

import (
	"math"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/kin"
	"renlin.dev/services/ledger/internal/rulings"
)

const (
	minutesMax  = 24 * 60
	permilleMax = 1000
	weekMillis  = 7 * 24 * 60 * 60 * 1000
	// mondayMillis is what China's clock and the Thursday on which the epoch began are from a Monday's midnight.
	mondayMillis = (8 + 3*24) * 60 * 60 * 1000
)

// weekOf counts weeks that begin on Mondays, by China's clock.
func weekOf(now int64) int64 { return (now + mondayMillis) / weekMillis }

// Ends gives when credits made now end: at the end of the week in which the rules' days are over, so that an account has few lots.
func Ends(now int64, rules rulings.Rules) int64 {
	return (weekOf(now+rules.CreditMillis)+1)*weekMillis - mondayMillis
}

// About gives no matter and no poll: a mandate that is bounded to one does not reach here.
func About(*decider.View, proto.Message) (matter, poll string) { return "", "" }

// Report says that one has worked for somebody.
func Report(v *decider.View, cmd *decider.Command, body *ledgerv1.ReportWork) ([]decider.Change, error) {
	if body.GetMinutes() == 0 || body.GetMinutes() > minutesMax {
		return nil, ErrMinutes
	}
	if err := standing.CheckText(body.GetWhat()); err != nil {
		return nil, err
	}
	if _, err := standing.Active(v, body.GetCounterparty()); err != nil {
		return nil, err
	}
	if kin.Together(v, cmd.Actor, body.GetCounterparty()) {
		return nil, ErrOneself
	}
	if cmd.Mandate != "" && kin.Together(v, cmd.Through, body.GetCounterparty()) {
		return nil, ErrOneHand
	}
	return []decider.Change{decider.On(WorkPath(cmd.ID.NewAggregate()), &ledgerv1.WorkReported{
		Worker: cmd.Actor, Counterparty: body.GetCounterparty(), Minutes: body.GetMinutes(), What: body.GetWhat(),
		ConfirmBy: cmd.Time + rulings.Of(v).WorkMillis, Mandate: cmd.Mandate,
	})}, nil
}

// handOf gives who does something: a member themselves, or the helper who does it for them.
func handOf(cmd *decider.Command) string {
	if cmd.Mandate != "" {
		return cmd.Through
	}
	return cmd.Actor
}

// oneHand tells whether somebody with a hand in the one side of work has one, or lives with who has one, in the other.
func oneHand(v *decider.View, cmd *decider.Command, w *Work) bool {
	for _, hand := range []string{w.Counterparty, handOf(cmd)} {
		if kin.Together(v, hand, w.Worker, w.Hand) {
			return true
		}
	}
	return false
}

// asked finds work that waits for the actor's word, and holds the commit to its time.
func asked(v *decider.View, cmd *decider.Command, id string) (*Work, error) {
	w, ok := decider.Get[Work](v, WorkPath(id))
	switch {
	case !ok:
		return nil, ErrWork
	case w.Counterparty != cmd.Actor:
		return nil, ErrNotAsked
	case w.State != Reported:
		return nil, ErrEnded
	case cmd.Time >= w.ConfirmBy:
		return nil, ErrLate
	}
	v.Window(0, w.ConfirmBy)
	return w, nil
}

// Confirm makes credits of work, as far as the bounds go, and none of what the worker owes for a clawback.
func Confirm(v *decider.View, cmd *decider.Command, body *ledgerv1.ConfirmWork) ([]decider.Change, error) {
	w, err := asked(v, cmd, body.GetWork())
	if err != nil {
		return nil, err
	}
	if _, err := standing.Active(v, w.Worker); err != nil {
		return nil, err
	}
	if kin.Together(v, w.Worker, w.Counterparty) { // who moved together since
		return nil, ErrOneself
	}
	if (cmd.Mandate != "" || w.Hand != w.Worker) && oneHand(v, cmd, w) {
		return nil, ErrOneHand
	}
	if !kin.Housed(v, w.Worker, w.Counterparty) { // else whoever keeps off the register passes for another household
		return nil, ErrUnhoused
	}
	rules, week := rulings.Of(v), weekOf(cmd.Time)
	minted, bound := creditable(v, rules, w, week)
	confirmed := &ledgerv1.WorkConfirmed{
		Minted: minted, Bound: bound, Worker: w.Worker, Counterparty: w.Counterparty, Minutes: uint32(w.Minutes), Mandate: cmd.Mandate,
	}
	changes := []decider.Change{decider.On(WorkPath(body.GetWork()), confirmed)}
	if minted == 0 {
		return changes, nil
	}
	counted := &ledgerv1.EarningsCounted{Week: week, Minutes: minted}
	earnings := []proto.Message{counted}
	if s, ok := decider.Get[Earnings](v, EarningsPath(w.Worker)); ok && s.Owed > 0 {
		confirmed.Kept = min(s.Owed, minted)
		earnings = append(earnings, &ledgerv1.OwedCounted{Minutes: -confirmed.GetKept()})
	}
	entries := book.NewEntries(v)
	entries.Open(MintID, mint)
	entries.Open(AccountID(w.Worker), member(w.Worker))
	made := minted - confirmed.GetKept()
	lots := []*ledgerv1.Lot{{Amount: made, ExpiresAt: Ends(cmd.Time, rules)}}
	if err := entries.Move(MintID, AccountID(w.Worker), body.GetWork(), made, 0, nil, lots); err != nil {
		return nil, err
	}
	return append(append(changes, entries.Changes()...),
		decider.On(EarningsPath(w.Worker), earnings...), decider.On(FromPath(w.Worker, w.Counterparty), counted)), nil
}

var (
	mint = &ledgerv1.AccountOpened{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_MINT, Currency: ledgerv1.Currency_CURRENCY_CREDIT}
	pool = &ledgerv1.AccountOpened{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_POOL, Currency: ledgerv1.Currency_CURRENCY_CREDIT}
)

func member(id string) *ledgerv1.AccountOpened {
	return &ledgerv1.AccountOpened{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_MEMBER, Currency: ledgerv1.Currency_CURRENCY_CREDIT,
		Owner: id, OwnerKind: ledgerv1.OwnerKind_OWNER_KIND_MEMBER,
	}
}

// OpenMember opens a member's account of credits, if they have none yet.
func OpenMember(entries *book.Entries, id string) { entries.Open(AccountID(id), member(id)) }

// creditable gives how many of the work's minutes bring credits, and what keeps the others from it.
func creditable(v *decider.View, rules rulings.Rules, w *Work, week int64) (int64, ledgerv1.Bound) {
	var all Earnings
	if s, ok := decider.Get[Earnings](v, EarningsPath(w.Worker)); ok {
		all = *s
	}
	if all.Week != week {
		all.WeekMinutes = 0
	}
	var pair int64
	if f, ok := decider.Get[From](v, FromPath(w.Worker, w.Counterparty)); ok {
		pair = f.Minutes
	}
	ofWeek, ofPair := max(0, rules.WeekMinutes-all.WeekMinutes), PairRoom(rules, all.Minutes, pair)
	switch minted := min(w.Minutes, ofWeek, ofPair); {
	case minted == w.Minutes:
		return minted, ledgerv1.Bound_BOUND_UNSPECIFIED
	case minted == ofWeek:
		return minted, ledgerv1.Bound_BOUND_WEEK
	default:
		return minted, ledgerv1.Bound_BOUND_PAIR
	}
}

// PairRoom gives how many more minutes may rest on one person's word, on which pair of all minutes rest so far: the free ones first, and
// then as many as leave their share, of what is then all, within the rules'. All are far below a million million, so nothing overflows.
func PairRoom(rules rulings.Rules, all, pair int64) int64 {
	if rules.PairPermille >= permilleMax {
		return math.MaxInt64
	}
	// (pair+m) * 1000 <= permille * (all+m), solved for m; below zero it is no room.
	share := rules.PairPermille*all - permilleMax*pair
	if share < 0 {
		share = 0
	}
	return max(rules.PairFree-pair, share/(permilleMax-rules.PairPermille))
}

// Decline says that there was no such work.
func Decline(v *decider.View, cmd *decider.Command, body *ledgerv1.DeclineWork) ([]decider.Change, error) {
	if _, err := asked(v, cmd, body.GetWork()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(WorkPath(body.GetWork()), &ledgerv1.WorkDeclined{Mandate: cmd.Mandate})}, nil
}

// Offer says for what an organisation takes credits.
func Offer(v *decider.View, cmd *decider.Command, body *ledgerv1.OfferTerms) ([]decider.Change, error) {
	if !book.Readable(body.GetTerms()) {
		return nil, ErrTermsText
	}
	m, err := standing.Active(v, cmd.Actor)
	if err != nil {
		return nil, err
	}
	if org := m.Roles[communityv1.Role_ROLE_OFFICER]; org == "" || org != body.GetOrg() {
		return nil, ErrTermsOrg
	}
	return []decider.Change{decider.On(TermsPath(body.GetOrg()), &ledgerv1.TermsOffered{Terms: body.GetTerms()})}, nil
}
