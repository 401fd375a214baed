package ledger_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/holding"
)

func (b *books) wall() string {
	b.Helper()
	return b.Do("holding", "olga", "ledger.register_holding", &ledgerv1.RegisterHolding{
		Kind: ledgerv1.HoldingKind_HOLDING_KIND_RESOURCE, Name: "The wall by the gate", Papers: text("deed"),
	})
}

func TestHoldings(t *testing.T) {
	t.Parallel()
	register := func(kind ledgerv1.HoldingKind, name string) func(b *books) proto.Message {
		return func(*books) proto.Message {
			return &ledgerv1.RegisterHolding{Kind: kind, Name: name, Papers: text("deed")}
		}
	}
	report := func(kind ledgerv1.ReportKind, change func(b *books, r *ledgerv1.ReportHolding)) func(b *books) proto.Message {
		return func(b *books) proto.Message {
			r := &ledgerv1.ReportHolding{Holding: b.wall(), Kind: kind, Evidence: text("photograph")}
			if change != nil {
				change(b, r)
			}
			return r
		}
	}
	asset := ledgerv1.HoldingKind_HOLDING_KIND_ASSET
	condition, lease := ledgerv1.ReportKind_REPORT_KIND_CONDITION, ledgerv1.ReportKind_REPORT_KIND_LEASE
	income, disposal := ledgerv1.ReportKind_REPORT_KIND_INCOME, ledgerv1.ReportKind_REPORT_KIND_DISPOSAL
	worn := func(_ *books, r *ledgerv1.ReportHolding) { r.Condition = ledgerv1.Condition_CONDITION_WORN }
	paid := func(b *books, r *ledgerv1.ReportHolding) {
		r.Transfer = b.propose("olga", true, line(b.source, b.fund, 50_00))
	}
	told := []string{"holding: HoldingReported"}
	rows := []scenario{
		{name: "an asset", given: register(asset, "Lift 3"), then: []string{"holding: HoldingRegistered"}},
		{name: "of no kind", given: register(0, "Lift 3"), refused: "holding.malformed"},
		{name: "without a name", given: register(asset, " "), refused: "holding.malformed"},
		{name: "its condition", given: report(condition, worn), then: told},
		{name: "no condition", given: report(condition, nil), refused: "holding.report_malformed"},
		{name: "of no report", given: report(0, nil), refused: "holding.report_malformed"},
		{name: "a lease", then: told, given: report(lease, func(b *books, r *ledgerv1.ReportHolding) { r.Until = b.Now + 1 })},
		{name: "a lease that is over", refused: "holding.report_malformed",
			given: report(lease, func(b *books, r *ledgerv1.ReportHolding) { r.Until = b.Now })},
		{name: "a condition of a lease", refused: "holding.report_malformed", given: report(lease, func(b *books, r *ledgerv1.ReportHolding) {
			r.Until = b.Now + 1
			worn(b, r)
		})},
		{name: "an income that has come", then: []string{"holding: HoldingReported", "income: IncomeShown"},
			given: report(income, func(b *books, r *ledgerv1.ReportHolding) {
				paid(b, r)
				b.approve("omar", r.GetTransfer())
			})},
		{name: "an income that has not come", given: report(income, paid), refused: "holding.income_unshown"},
		{name: "an income that went from a fund", refused: "holding.income_unshown",
			given: report(income, func(b *books, r *ledgerv1.ReportHolding) {
				r.Transfer = b.propose("olga", true, line(b.fund, b.envelope, 1))
				b.approve("omar", r.GetTransfer())
			})},
		{name: "an income that went back", refused: "holding.income_unshown",
			given: report(income, func(b *books, r *ledgerv1.ReportHolding) {
				paid(b, r)
				b.approve("omar", r.GetTransfer())
				b.back(r.GetTransfer(), 50_00)
			})},
		{name: "an income without a transfer", given: report(income, nil), refused: "holding.report_malformed"},
		{name: "a disposal by one", given: report(disposal, nil), refused: "holding.second_org"},
		{name: "without evidence", refused: "text.malformed", given: report(condition, func(b *books, r *ledgerv1.ReportHolding) {
			worn(b, r)
			r.Evidence = nil
		})},
		{name: "of nothing", refused: "holding.unknown",
			given: report(condition, func(_ *books, r *ledgerv1.ReportHolding) { r.Holding = id("none") })},
	}
	for i := range rows {
		rows[i].who, rows[i].operation = "olga", "ledger.report_holding"
		if i < 3 {
			rows[i].operation = "ledger.register_holding"
		}
	}
	play(t, rows)
}

// back takes some of what came into the fund back.
func (b *books) back(transfer string, fen int64) {
	b.Helper()
	p := b.proposal(true, line(b.fund, b.source, fen))
	p.Corrects = transfer
	b.approve("omar", b.Do("transfer", "olga", "ledger.propose", p))
}

// TestIncomeIsWhatIsLeft: of an income that was taken back in part the rest is shown.
func TestIncomeIsWhatIsLeft(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	wall, paid := b.wall(), b.propose("olga", true, line(b.source, b.fund, 50_00))
	b.approve("omar", paid)
	b.back(paid, 20_00)
	b.Do("holding", "olga", "ledger.report_holding", &ledgerv1.ReportHolding{
		Holding: wall, Kind: ledgerv1.ReportKind_REPORT_KIND_INCOME, Evidence: text("receipt"), Transfer: paid,
	})
	if h := decider.Peek[holding.Holding](b.State, holding.Path(wall)); h.IncomeFen != 30_00 {
		t.Errorf("the register says %d", h.IncomeFen)
	}
	b.Replay()
}

func TestHoldingTellsItsLife(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	wall := b.wall()
	paid := b.propose("olga", true, line(b.source, b.fund, 50_00))
	b.approve("omar", paid)
	income := &ledgerv1.ReportHolding{
		Holding: wall, Kind: ledgerv1.ReportKind_REPORT_KIND_INCOME, Evidence: text("receipt"), Transfer: paid,
	}
	b.Do("holding", "olga", "ledger.report_holding", income)
	b.expect("the same income again", b.Try("olga", "ledger.report_holding", income), "holding.income_unshown")
	gone := &ledgerv1.ReportHolding{Holding: wall, Kind: ledgerv1.ReportKind_REPORT_KIND_DISPOSAL, Evidence: text("deed")}
	b.expect("by two of one organisation", b.together("ledger.report_holding", gone, "olga", "otto"), "holding.second_org")
	b.expect("by an officer and a resident", b.together("ledger.report_holding", gone, "olga", "ann"), "holding.second_org")
	b.expect("by two organisations", b.together("ledger.report_holding", gone, "olga", "omar"), "")
	b.expect("afterwards", b.Try("olga", "ledger.report_holding", gone), "holding.disposed")
	h := decider.Peek[holding.Holding](b.State, holding.Path(wall))
	if h.IncomeFen != 50_00 || h.DisposedAt != b.Now || len(h.Reports) != 2 {
		t.Errorf("the register says %+v", h)
	}
	b.Replay()
}
