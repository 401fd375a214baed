package book_test

import (
	"errors"
	"testing"

	"renlin.dev/pkg/decider/decidertest"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
)

// tenYears is how long an envelope may be open, ms.
const tenYears = 10 * 366 * 24 * 60 * 60 * 1000

// TestOpeningAccounts: of each kind what it has, no less and no more.
func TestOpeningAccounts(t *testing.T) {
	t.Parallel()
	source := func() *ledgerv1.OpenAccount {
		return &ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "Fees"}
	}
	payee := func() *ledgerv1.OpenAccount {
		return &ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: decidertest.ID("company")}
	}
	envelope := func() *ledgerv1.OpenAccount {
		return &ledgerv1.OpenAccount{
			Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "Lamps", Fund: decidertest.ID("fund"), From: start, Until: start + 10,
		}
	}
	for name, row := range map[string]struct {
		of     func() *ledgerv1.OpenAccount
		change func(b *ledgerv1.OpenAccount)
		want   error
	}{
		"a source":                   {source, func(*ledgerv1.OpenAccount) {}, nil},
		"a payee":                    {payee, func(*ledgerv1.OpenAccount) {}, nil},
		"an envelope":                {envelope, func(*ledgerv1.OpenAccount) {}, nil},
		"a kind that rules open":     {source, func(b *ledgerv1.OpenAccount) { b.Kind = ledgerv1.AccountKind_ACCOUNT_KIND_MEMBER }, book.ErrKind},
		"a payee who is nobody":      {payee, func(b *ledgerv1.OpenAccount) { b.Owner = "" }, book.ErrKind},
		"a source that is owned":     {source, func(b *ledgerv1.OpenAccount) { b.Owner = decidertest.ID("ann") }, book.ErrKind},
		"an envelope of no fund":     {envelope, func(b *ledgerv1.OpenAccount) { b.Fund = "" }, book.ErrKind},
		"a source in a fund":         {source, func(b *ledgerv1.OpenAccount) { b.Fund = decidertest.ID("fund") }, book.ErrKind},
		"a source with a beginning":  {source, func(b *ledgerv1.OpenAccount) { b.From = 1 }, book.ErrKind},
		"a source with an end":       {source, func(b *ledgerv1.OpenAccount) { b.Until = start + 1 }, book.ErrKind},
		"a source for dividends":     {source, func(b *ledgerv1.OpenAccount) { b.Dividend = true }, book.ErrKind},
		"a payee with a name":        {payee, func(b *ledgerv1.OpenAccount) { b.Name = "Ann" }, book.ErrName},
		"a source without a name":    {source, func(b *ledgerv1.OpenAccount) { b.Name = "" }, book.ErrName},
		"a name nobody sees":         {source, func(b *ledgerv1.OpenAccount) { b.Name = " \u3000" }, book.ErrName},
		"from the beginning of time": {envelope, func(b *ledgerv1.OpenAccount) { b.From = 0 }, nil},
		"from before time":           {envelope, func(b *ledgerv1.OpenAccount) { b.From = -1 }, book.ErrTerm},
		"ends as it begins":          {envelope, func(b *ledgerv1.OpenAccount) { b.From = b.Until }, book.ErrTerm},
		"ends before it begins":      {envelope, func(b *ledgerv1.OpenAccount) { b.From = b.Until + 1 }, book.ErrTerm},
		"ends now":                   {envelope, func(b *ledgerv1.OpenAccount) { b.From, b.Until = start-1, start }, book.ErrTerm},
		"has ended":                  {envelope, func(b *ledgerv1.OpenAccount) { b.From, b.Until = start-2, start-1 }, book.ErrTerm},
		"for ten years":              {envelope, func(b *ledgerv1.OpenAccount) { b.Until = start + tenYears }, nil},
		"for longer":                 {envelope, func(b *ledgerv1.OpenAccount) { b.Until = start + tenYears + 1 }, book.ErrTerm},
		"of a fund that is not":      {envelope, func(b *ledgerv1.OpenAccount) { b.Fund = decidertest.ID("none") }, book.ErrFund},
		"of what is no fund":         {envelope, func(b *ledgerv1.OpenAccount) { b.Fund = decidertest.ID("source") }, book.ErrFund},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			body := row.of()
			row.change(body)
			if _, err := d.Submit(d.Input("ann", "ledger.open", body)); !errors.Is(err, row.want) {
				t.Errorf("%v, want %v", err, row.want)
			}
		})
	}
}

// TestWhoIsPaid: whom an id names is looked up when the account is opened.
func TestWhoIsPaid(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	for owner, want := range map[string]book.OwnerKind{"company": book.Org, "ann": book.Person, "somebody": book.Pseudonym} {
		before := len(d.Log)
		d.Do("account", "ann", "ledger.open", &ledgerv1.OpenAccount{
			Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: decidertest.ID(owner),
		})
		path := d.Log[before].Changes[0].Aggregate
		if a := d.at(path); a.OwnerKind != want {
			t.Errorf("%s is of kind %s", owner, a.OwnerKind)
		}
	}
}

func TestReadable(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"路灯": true, "Lamps 2": true, "": false, " \t": false, "Lamps\u200b": false, "Lamps\n2": false, "Lamps\xff": false, "\u3000": false,
	} {
		if got := book.Readable(name); got != want {
			t.Errorf("%q can be read: %v", name, got)
		}
	}
}

// TestWay: money goes its ways only, and no credits with it.
func TestWay(t *testing.T) {
	t.Parallel()
	account := func(kind book.Kind, currency book.Currency) *book.Account {
		return &book.Account{Kind: kind, Currency: currency}
	}
	envelope, payee := account(book.Envelope, book.Fen), account(book.Payee, book.Fen)
	dividends := &book.Account{Kind: book.Envelope, Currency: book.Fen, Dividend: true}
	for name, row := range map[string]struct {
		from, to   *book.Account
		correction bool
		want       error
	}{
		"paid":                  {envelope, payee, false, nil},
		"paid in credits":       {account(book.Envelope, book.Credit), payee, false, book.ErrCurrency},
		"paid for credits":      {envelope, account(book.Payee, book.Credit), false, book.ErrCurrency},
		"back":                  {payee, envelope, false, book.ErrWay},
		"corrected":             {payee, envelope, true, nil},
		"out of dividends":      {dividends, payee, false, book.ErrDividend},
		"dividends to the fund": {dividends, account(book.Fund, book.Fen), false, nil},
	} {
		if err := book.Way(row.from, row.to, row.correction); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}

// TestPays: an envelope pays in its time, while no checker's word is missing, and nothing else is bound to a time.
func TestPays(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.opened("late", ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, &ledgerv1.PaymentsSuspended{Transfer: "one"},
		&ledgerv1.PaymentsSuspended{Transfer: "two"}, &ledgerv1.PaymentsResumed{Transfer: "one"})
	late := d.account("late").Clone()
	late.Until = start
	fund := &book.Account{Kind: book.Fund, From: 10, Until: 20}
	envelope := &book.Account{Kind: book.Envelope, From: 10, Until: 20}
	for name, row := range map[string]struct {
		a    *book.Account
		now  int64
		want error
	}{
		"before":            {envelope, 9, book.ErrNotPaying},
		"from its start":    {envelope, 10, nil},
		"until its end":     {envelope, 19, nil},
		"at its end":        {envelope, 20, book.ErrNotPaying},
		"a fund":            {fund, 5, nil},
		"one of two is out": {late, 5, book.ErrSuspended},
	} {
		if err := row.a.Pays(row.now); !errors.Is(err, row.want) {
			t.Errorf("%s: %v, want %v", name, err, row.want)
		}
	}
}
