package main

import ledgerv1 "renlin.dev/proto/renlin/ledger/v1"

// books publishes what accounts, terms and holdings are called.
func (l *life) books() {
	l.t.Helper()
	first := l.n.First
	l.do(first.Do(l.t.Context(), "ledger.open", "accounts", &ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: l.marks.mark("ledger.open", "name"),
	}))
	l.do(first.Do(l.t.Context(), "ledger.offer_terms", "terms/"+l.n.First.Org, &ledgerv1.OfferTerms{
		Org: l.n.First.Org, Terms: l.marks.mark("ledger.offer_terms", "terms"),
	}))
	l.do(first.Do(l.t.Context(), "ledger.register_holding", "holdings", &ledgerv1.RegisterHolding{
		Kind: ledgerv1.HoldingKind_HOLDING_KIND_ASSET, Name: l.marks.mark("ledger.register_holding", "name"),
		Papers: l.seal(first.Device, first.Member),
	}))
}
