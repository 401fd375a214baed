package ledger_test

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/disclosure"
	"renlin.dev/services/ledger/internal/payment"
)

// disclosed holds what is told of all to the accounts themselves.
func (d *driver) disclosed() {
	d.Helper()
	told, members, holders := decider.PeekDerived[disclosure.Books](d.State), int64(0), int64(0)
	paid := map[string]int64{}
	for _, one := range d.State.Members("account") {
		a := d.account(one)
		if a.Kind == book.Payee {
			paid[a.Owner] += a.Balance
		}
		if a.Kind == book.Member && a.Balance != 0 {
			members, holders = members+a.Balance, holders+1
		}
	}
	if told.Members != members || told.Holders != holders {
		d.Errorf("%d members are told to have %d, and %d have %d", told.Holders, told.Members, holders, members)
	}
	for _, list := range told.Paid { // any order: sums
		for who, fen := range list { // any order: sums
			paid[who] -= fen
		}
	}
	for who, fen := range paid { // any order: each is compared
		if fen != 0 {
			d.Errorf("%s was paid %d more than is told", who, fen)
		}
	}
}

// counted holds what shows split payments to the transfers themselves.
func (d *driver) counted() {
	d.Helper()
	want := map[string]int64{}
	for _, one := range d.State.Members("transfer") {
		t := decider.Peek[payment.Transfer](d.State, payment.Path(one))
		for _, l := range t.Lines {
			to := d.account(l.To)
			if to.Kind != book.Payee || t.State == payment.Voided || t.State == payment.Lapsed {
				continue
			}
			fen := l.Amount
			if t.State == payment.Posted {
				fen = l.Posted - l.Corrected
			}
			if t.ProposedAt > d.Now-300*dayMillis {
				want[payment.PaidToPath(l.From, to.Owner)] += fen
			}
		}
	}
	for path, fen := range want { // any order: each is compared
		have := int64(0)
		if p := decider.Peek[payment.PaidTo](d.State, path); p != nil {
			for _, day := range p.Days {
				if day.Amount <= 0 {
					d.Errorf("%s has %d on a day", path, day.Amount)
				}
				have += day.Amount
			}
		}
		if have < fen {
			d.Errorf("%s counts %d, its transfers %d", path, have, fen)
		}
	}
}
