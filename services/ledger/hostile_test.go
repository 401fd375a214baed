package ledger_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// TestFactsOfOthersKindsAreFolded: a record that says of something else what is said of accounts is nothing to stumble over.
func TestFactsOfOthersKindsAreFolded(t *testing.T) {
	t.Parallel()
	for _, e := range []proto.Message{
		&ledgerv1.AccountOpened{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE}, &ledgerv1.Reserved{}, &ledgerv1.Released{Transfer: id("x")},
		&ledgerv1.Credited{Cause: id("x"), Lots: []*ledgerv1.Lot{{Amount: 1, ExpiresAt: start}}}, &ledgerv1.Debited{},
		&ledgerv1.TransferProposed{ExpiresAt: start}, &ledgerv1.TransferProposed{Emergency: true}, &ledgerv1.TransferPosted{Amounts: []int64{1}},
		&ledgerv1.WorkReported{}, &ledgerv1.WorkConfirmed{Worker: id("a"), Counterparty: id("b"), Minutes: 1000},
		&ledgerv1.EarningsCounted{}, &ledgerv1.DividendDeclared{Amount: 10}, &ledgerv1.SharesPaid{}, &ledgerv1.HoldingReported{},
		&ledgerv1.PatternFlagged{}, &ledgerv1.IncomeShown{},
	} {
		for _, aggregate := range []string{"org/x", "member/" + id("ann"), "account/x", "transfer/x", "pattern/x", "holding/x"} {
			w := newWorld(t, rules())
			w.Fact(aggregate, e)
			w.Settle()
		}
	}
}
