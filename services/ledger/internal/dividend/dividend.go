// Package dividend holds the rules of dividends: what the pool gives out, and to whom.
//
// Any officer may have a dividend declared once the rulebook's days since the last one are over; that is all that anybody chooses. It gives
// out the rulebook's share of the pool: of that the rulebook's part goes to all active residents alike, and the rest by the minutes of work
// that brought them credits since the last dividend that gave them anything. Every share is rounded down, and what cannot be divided stays
// in the pool. Both are computed by the rule from the record exactly as it was when the dividend was declared, so anybody can compute them
// again. They are credits like others, and new: they end when credits made on that day end.
//
// Dividends in money are of the same make, out of an envelope that was opened for nothing else and that money came into as into any other,
// by two persons. They are declared by officers of two organisations who do not live together, from the third person's sum on by those of
// three. Each share stands in an account of the member's (money.<member>), from which it is handed out.
//
// A dividend is aggregate dividend/<id>; dividends/main holds the last one in credits, dividends/money the last one in money.
package dividend

import (
	"maps"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/credit"
	"renlin.dev/services/ledger/internal/rulings"
)

// Refusals about dividends. Policies lapse with the same codes.
var (
	// ErrUnknown: there is no such dividend.
	ErrUnknown = fault.New(fault.NotFound, "dividend.unknown", "There is no such dividend.", "没有该次红利。")
	// ErrNone: the rulebook knows no dividends.
	ErrNone = fault.New(fault.Refused, "dividend.not_in_rules", "The rulebook does not know dividends.", "规约未规定红利。")
	// ErrEarly: the last one is not long ago.
	ErrEarly = fault.New(fault.Refused, "dividend.early", "The time for the next dividend has not come.", "尚未到下次分红的时间。")
	// ErrEnvelope: the envelope pays something else.
	ErrEnvelope = fault.New(fault.Refused, "dividend.envelope",
		"A dividend in money is paid out of a budget that was opened for dividends.", "现金红利只能由专为分红设立的预算支付。")
	// ErrEmpty: the pool has nothing to give.
	ErrEmpty = fault.New(fault.Refused, "dividend.pool_empty", "There is nothing in the pool to give out.", "公共积分池中没有可分配的积分。")
)

// The aggregates that make two dividends of a kind at the same moment conflict.
const (
	MainPath  = "dividends/main"
	MoneyPath = "dividends/money"
)

// Path names a dividend's aggregate.
func Path(id string) string { return "dividend/" + id }

// Dividend is aggregate dividend/<id>.
type Dividend struct {
	Amount     int64  `json:"amount"`
	Equal      int64  `json:"equal"`
	DeclaredAt int64  `json:"declared_at"`
	ExpiresAt  int64  `json:"expires_at,omitempty"`
	Envelope   string `json:"envelope,omitempty"` // of one in money
	Paid       int64  `json:"paid"`
	Members    int64  `json:"members"`
	Rest       int64  `json:"rest"` // stayed in the pool or the envelope
}

// Last is aggregate dividends/main, and dividends/money.
type Last struct {
	Dividend string `json:"dividend"`
	At       int64  `json:"at"`
}

// Worked are the minutes that brought each member credits, folded for the policy: for dividends in credits, and for those in money.
type Worked struct {
	Credits Base `json:"credits"`
	Money   Base `json:"money"`
}

// Base is what dividends of a kind are computed from. Minutes are used up by being paid for, not by a dividend's being declared: else
// whoever has one declared of an almost empty pool takes everybody's from them.
type Base struct {
	Dividend string `json:"dividend"` // the last one
	// Since is each member's work since the last dividend that gave them anything, and the minutes that it brought.
	Since map[string]Minutes `json:"since"`
	// Until is what the last one was computed from, without the members whom it has paid.
	Until map[string]Minutes `json:"until"`
}

// Minutes are what each piece of work brought. They stand apart, so that one that was not done can be told from the others: by its time it
// cannot be, because times on the record do not ascend.
type Minutes map[string]int64

// Sum is what all of them brought.
func (m Minutes) Sum() (all int64) {
	for _, n := range m { // any order: they are added up
		all += n
	}
	return all
}

func newBase() Base { return Base{Since: map[string]Minutes{}, Until: map[string]Minutes{}} }

// Kinds registers the aggregates of this package, and what its policy looks at.
func Kinds(m *decider.Model) {
	decider.Kind("dividend", true, evolve)(m)
	decider.Kind("dividends", true, evolveLast)(m)
	decider.Derived(func() *Worked { return &Worked{Credits: newBase(), Money: newBase()} }, fold)(m)
}

func evolve(d *Dividend, e decider.Event) {
	switch b := e.Body.(type) {
	case *ledgerv1.DividendDeclared:
		*d = Dividend{Amount: b.GetAmount(), Equal: b.GetEqual(), DeclaredAt: e.Time, ExpiresAt: b.GetExpiresAt(), Envelope: b.GetEnvelope()}
	case *ledgerv1.SharesPaid:
		d.Paid += b.GetAmount()
		d.Members += int64(b.GetMembers())
		d.Rest += b.GetRest()
	}
}

func evolveLast(l *Last, e decider.Event) {
	if b, ok := e.Body.(*ledgerv1.DividendCounted); ok {
		*l = Last{Dividend: b.GetDividend(), At: e.Time}
	}
}

func fold(w *Worked, e decider.Event) {
	switch b := e.Body.(type) {
	case *ledgerv1.WorkConfirmed:
		if work, ok := strings.CutPrefix(e.Aggregate, credit.WorkPath("")); ok && b.GetMinted() > 0 {
			w.Credits.add(b.GetWorker(), work, b.GetMinted())
			w.Money.add(b.GetWorker(), work, b.GetMinted())
		}
	case *ledgerv1.ClawbackPosted:
		// Work that was not done counts for no dividend to come. One that it counted for is over.
		work, _ := strings.CutPrefix(e.Aggregate, credit.ClawbackPath(""))
		for _, minutes := range []map[string]Minutes{w.Credits.Since, w.Credits.Until, w.Money.Since, w.Money.Until} {
			take(minutes, b.GetWorker(), work)
		}
	case *ledgerv1.DividendDeclared:
		base := &w.Credits
		if b.GetEnvelope() != "" {
			base = &w.Money
		}
		base.Dividend, _ = strings.CutPrefix(e.Aggregate, "dividend/")
		base.Until = map[string]Minutes{}
		for worker, minutes := range base.Since { // any order: each is copied
			base.Until[worker] = maps.Clone(minutes)
		}
	case *ledgerv1.Credited:
		account, _ := book.ID(e.Aggregate)
		if member, ok := strings.CutPrefix(account, credit.AccountID("")); ok && b.GetCause() == w.Credits.Dividend {
			w.Credits.paid(member)
		}
		if member, ok := strings.CutPrefix(account, PayeeID("")); ok && b.GetCause() == w.Money.Dividend {
			w.Money.paid(member)
		}
	}
}

// paid uses up the minutes that a member was paid for.
func (b *Base) paid(member string) {
	for work := range b.Until[member] { // any order: each is taken out
		take(b.Since, member, work)
	}
	delete(b.Until, member)
}

func take(minutes map[string]Minutes, member, work string) {
	delete(minutes[member], work)
	if len(minutes[member]) == 0 {
		delete(minutes, member)
	}
}

func (b *Base) add(worker, work string, minutes int64) {
	if b.Since[worker] == nil {
		b.Since[worker] = Minutes{}
	}
	b.Since[worker][work] = minutes
}

// sums adds up what each member's work brought.
func sums(worked map[string]Minutes) map[string]int64 {
	out := map[string]int64{}
	for member, minutes := range worked { // any order: each for itself
		out[member] = minutes.Sum()
	}
	return out
}

// Permille is amount * share / 1000, rounded down, for amounts that are not below zero; with 128 bits in between.
func Permille(amount, share int64) int64 { return portion(amount, share, 1000) }

// portion is amount * part / whole, rounded down, for 0 <= part <= whole and 0 < whole.
func portion(amount, part, whole int64) int64 {
	hi, lo := bits.Mul64(uint64(amount), uint64(part))
	q, _ := bits.Div64(hi, lo, uint64(whole)) // part <= whole, so the quotient is at most amount
	return int64(q)
}

// Declare has the rulebook's share of the pool, or of an envelope for dividends, given out.
func Declare(v *decider.View, cmd *decider.Command, body *ledgerv1.DeclareDividend) ([]decider.Change, error) {
	rules, id := rulings.Of(v), cmd.ID.NewAggregate()
	if body.GetEnvelope() != "" {
		return inMoney(v, cmd, rules, body.GetEnvelope(), id)
	}
	if rules.PoolPermille == 0 {
		return nil, ErrNone
	}
	if early(v, MainPath, cmd.Time, rules) {
		return nil, ErrEarly
	}
	entries := book.NewEntries(v)
	pool, err := entries.Account(credit.PoolID)
	if err != nil {
		return nil, ErrEmpty
	}
	amount := Permille(pool.Free(), rules.PoolPermille)
	if amount == 0 {
		return nil, ErrEmpty
	}
	if err := entries.Reserve(credit.PoolID, id, amount); err != nil {
		return nil, err
	}
	return append(entries.Changes(),
		decider.On(Path(id), &ledgerv1.DividendDeclared{
			Amount: amount, Equal: Permille(amount, rules.EqualPermille), ExpiresAt: credit.Ends(cmd.Time, rules),
		}),
		decider.On(MainPath, &ledgerv1.DividendCounted{Dividend: id})), nil
}

// early tells whether the last dividend of a kind is not long ago.
func early(v *decider.View, path string, now int64, rules rulings.Rules) bool {
	last, ok := decider.Get[Last](v, path)
	return ok && now < last.At+rules.DividendMillis
}

// sharesMax is how many get their shares in one commit.
const sharesMax = 100

// OnDeclared computes everybody's share from the record as it is, and demands that they are paid.
func OnDeclared(v *decider.View, e decider.Event, body *ledgerv1.DividendDeclared) (demands []decider.Demand) {
	id, ok := strings.CutPrefix(e.Aggregate, "dividend/")
	if !ok {
		return nil
	}
	worked := decider.DerivedOf[Worked](v).Credits.Until
	if body.GetEnvelope() != "" {
		worked = decider.DerivedOf[Worked](v).Money.Until
	}
	shares := Shares(body.GetAmount(), body.GetEqual(), decider.DerivedOf[standing.Roster](v).Active, sums(worked))
	rest := body.GetAmount()
	for _, s := range shares {
		rest -= s.GetAmount()
	}
	for n := 0; n == 0 || len(shares) > 0; n++ {
		part := shares[:min(len(shares), sharesMax)]
		shares = shares[len(part):]
		demands = append(demands, decider.Demand{
			Purpose: "shares/" + id + "/" + strconv.Itoa(n), Operation: "ledger.share",
			Body: &ledgerv1.PayShares{Dividend: id, Shares: part, Rest: rest},
		})
		rest = 0
	}
	return demands
}

// Shares divides an amount, of it equal among all alike and the rest by work. Work of who is no longer active counts for nobody. Ascending
// by member; who would get nothing is left out.
func Shares(amount, equal int64, active map[string]bool, worked map[string]int64) (out []*ledgerv1.Share) {
	if len(active) == 0 {
		return nil
	}
	members, all := slices.Sorted(maps.Keys(active)), int64(0)
	for _, member := range members {
		all += worked[member]
	}
	each := equal / int64(len(active))
	for _, member := range members {
		share := each
		if all > 0 {
			share += portion(amount-equal, worked[member], all)
		}
		if share > 0 {
			out = append(out, &ledgerv1.Share{Member: member, Amount: share})
		}
	}
	return out
}

// Pay gives some their shares. That these are the right ones, anybody finds by computing them again.
func Pay(v *decider.View, _ *decider.Command, body *ledgerv1.PayShares) ([]decider.Change, error) {
	d, ok := decider.Get[Dividend](v, Path(body.GetDividend()))
	if !ok {
		return nil, ErrUnknown
	}
	entries, from, sum := book.NewEntries(v), credit.PoolID, int64(0)
	if d.Envelope != "" {
		from = d.Envelope
	}
	for _, s := range body.GetShares() {
		to, lots := credit.AccountID(s.GetMember()), []*ledgerv1.Lot{{Amount: s.GetAmount(), ExpiresAt: d.ExpiresAt}}
		if d.Envelope == "" {
			credit.OpenMember(entries, s.GetMember())
		} else {
			to, lots = openPayee(entries, s.GetMember()), nil
		}
		if err := entries.Move(from, to, body.GetDividend(), s.GetAmount(), s.GetAmount(), nil, lots); err != nil {
			return nil, err
		}
		sum += s.GetAmount()
	}
	if err := entries.Release(from, body.GetDividend(), body.GetRest()); err != nil {
		return nil, err
	}
	return append(entries.Changes(), decider.On(Path(body.GetDividend()), &ledgerv1.SharesPaid{
		Amount: sum, Members: uint32(len(body.GetShares())), Rest: body.GetRest(),
	})), nil
}
