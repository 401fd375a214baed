package credit

import (
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/kin"
)

// Spend gives credits of one's own to a member, an organisation or the pool. The oldest go first, and keep their age.
func Spend(v *decider.View, cmd *decider.Command, body *ledgerv1.SpendCredits) ([]decider.Change, error) {
	if body.GetAmount() <= 0 || body.GetAmount() > book.AmountMax {
		return nil, book.ErrAmount
	}
	taker, err := taker(v, cmd.Actor, body)
	if err != nil {
		return nil, err
	}
	if cmd.Mandate != "" && gains(v, cmd.Through, body.GetTo()) {
		return nil, ErrOneHand
	}
	entries, id := book.NewEntries(v), cmd.ID.NewAggregate()
	own, err := entries.Account(AccountID(cmd.Actor))
	if err != nil {
		return nil, book.ErrShort // who has no account yet has no credits
	}
	to, in := AccountID(body.GetTo()), []*ledgerv1.Lot(nil)
	if body.GetTo() == "" {
		to = PoolID
	}
	entries.Open(to, taker)
	lots, sum := oldest(own, body.GetAmount(), cmd.Time)
	if sum < body.GetAmount() {
		return nil, book.ErrShort
	}
	v.Window(0, lots[0].GetExpiresAt()) // what ends on the way ends at the payer's, where its timer is
	if to != PoolID {                   // there they end, and what the pool gives out is new
		in = lots
	}
	if err := entries.Move(AccountID(cmd.Actor), to, id, body.GetAmount(), 0, lots, in); err != nil {
		return nil, err
	}
	return append(entries.Changes(), decider.On("spending/"+id, &ledgerv1.CreditsSpent{
		From: cmd.Actor, To: body.GetTo(), Amount: body.GetAmount(), TermsVersion: body.GetTermsVersion(),
		Mandate: cmd.Mandate,
	})), nil
}

// gains tells whether a helper is, lives with, or has a role in whoever is to have credits.
func gains(v *decider.View, helper, to string) bool {
	if kin.Together(v, helper, to) {
		return true
	}
	m, ok := decider.Get[standing.Member](v, "member/"+helper)
	if !ok {
		return false
	}
	for _, org := range m.Roles { // any order: one is enough
		if to != "" && org == to {
			return true
		}
	}
	return false
}

// taker gives the account of whoever is to have credits: the pool, another active member, or an organisation whose terms the payer has
// read.
func taker(v *decider.View, payer string, body *ledgerv1.SpendCredits) (*ledgerv1.AccountOpened, error) {
	if body.GetTo() == "" && body.GetTermsVersion() == 0 {
		return pool, nil
	}
	if _, err := standing.Active(v, body.GetTo()); err == nil && body.GetTo() != payer {
		if body.GetTermsVersion() != 0 {
			return nil, ErrTaker
		}
		return member(body.GetTo()), nil
	}
	version := v.Version(TermsPath(body.GetTo()))
	switch {
	case body.GetTo() == payer || version == 0:
		return nil, ErrTaker
	case version != body.GetTermsVersion():
		return nil, ErrTerms
	}
	return &ledgerv1.AccountOpened{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENTERPRISE, Currency: ledgerv1.Currency_CURRENCY_CREDIT,
		Owner: body.GetTo(), OwnerKind: ledgerv1.OwnerKind_OWNER_KIND_ORG,
	}, nil
}

// oldest takes the lots that end first, but not those that have ended, until they make up an amount or there are no more.
func oldest(a *book.Account, amount, now int64) (lots []*ledgerv1.Lot, sum int64) {
	for _, l := range a.Lots {
		take := min(amount-sum, l.Amount)
		if take > 0 && l.ExpiresAt > now {
			lots, sum = append(lots, &ledgerv1.Lot{Amount: take, ExpiresAt: l.ExpiresAt}), sum+take
		}
	}
	return lots, sum
}

// OnCredited sets the timer of each lot that has come, one for all that end at the same time.
func OnCredited(_ *decider.View, e decider.Event, body *ledgerv1.Credited) (demands []decider.Demand) {
	id, _ := book.ID(e.Aggregate)
	owner, owned := strings.CutPrefix(id, ownerPrefix)
	if !owned {
		return nil
	}
	for _, l := range body.GetLots() {
		demands = append(demands, decider.Demand{
			Purpose: "expire/" + owner + "/" + strconv.FormatInt(l.GetExpiresAt(), 10), Operation: "ledger.expire",
			Body: &ledgerv1.ExpireCredits{Owner: owner}, Due: l.GetExpiresAt(),
		})
	}
	return demands
}

// Expire takes to the pool what has ended in an account.
func Expire(v *decider.View, cmd *decider.Command, body *ledgerv1.ExpireCredits) ([]decider.Change, error) {
	entries := book.NewEntries(v)
	a, err := entries.Account(AccountID(body.GetOwner()))
	if err != nil {
		return nil, err
	}
	var ended []*ledgerv1.Lot
	sum := int64(0)
	for _, l := range a.Lots {
		if l.ExpiresAt <= cmd.Time {
			ended, sum = append(ended, &ledgerv1.Lot{Amount: l.Amount, ExpiresAt: l.ExpiresAt}), sum+l.Amount
		}
	}
	if sum == 0 {
		return nil, ErrNone
	}
	entries.Open(PoolID, pool)
	if err := entries.Move(AccountID(body.GetOwner()), PoolID, cmd.ID.NewAggregate(), sum, 0, ended, nil); err != nil {
		return nil, err
	}
	return entries.Changes(), nil
}
