package dividend

import (
	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/payment"
	"renlin.dev/services/ledger/internal/rulings"
)

// PayeeID is the id of the account in which a member's shares in money stand. It is not of the form that a command's field may hold: no
// transfer can name it, and what was shared out stays so.
func PayeeID(member string) string { return "money." + member }

func openPayee(entries *book.Entries, member string) string {
	entries.Open(PayeeID(member), &ledgerv1.AccountOpened{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Currency: ledgerv1.Currency_CURRENCY_FEN,
		Owner: member, OwnerKind: ledgerv1.OwnerKind_OWNER_KIND_MEMBER,
	})
	return PayeeID(member)
}

// inMoney has the rulebook's share of what is free in an envelope for dividends given out. Nobody chooses who gets what, so it matters
// little that the hands get a share like everybody.
func inMoney(v *decider.View, cmd *decider.Command, rules rulings.Rules, envelope, id string) ([]decider.Change, error) {
	if rules.MoneyPermille == 0 {
		return nil, ErrNone
	}
	if early(v, MoneyPath, cmd.Time, rules) {
		return nil, ErrEarly
	}
	entries := book.NewEntries(v)
	a, err := entries.Account(envelope)
	switch {
	case err != nil:
		return nil, err
	case !a.Dividend:
		return nil, ErrEnvelope
	}
	if err := a.Pays(cmd.Time); err != nil {
		return nil, err
	}
	v.Window(a.From, a.Until)
	amount := min(Permille(a.Free(), rules.MoneyPermille), book.AmountMax)
	if amount == 0 {
		return nil, book.ErrShort
	}
	checkers := 1
	if amount >= rules.ThirdFromFen {
		checkers = 2
	}
	if err := payment.Signed(v, cmd, checkers); err != nil {
		return nil, err
	}
	if err := entries.Reserve(envelope, id, amount); err != nil {
		return nil, err
	}
	return append(entries.Changes(),
		decider.On(Path(id), &ledgerv1.DividendDeclared{
			Amount: amount, Equal: Permille(amount, rules.MoneyEqual), Envelope: envelope,
		}),
		decider.On(MoneyPath, &ledgerv1.DividendCounted{Dividend: id})), nil
}
