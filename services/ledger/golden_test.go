package ledger_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// golden has one example of every event that the service has ever written: a file holds the stored bytes in hex, a line break, and
// what they say. Files are only added: a record with such bytes may be anywhere.
var golden = map[string]proto.Message{
	"account_opened": &ledgerv1.AccountOpened{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Currency: ledgerv1.Currency_CURRENCY_FEN, Name: "路灯", Fund: id("fund"),
		From: start, Until: start + term,
	},
	"account_opened_payee": &ledgerv1.AccountOpened{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Currency: ledgerv1.Currency_CURRENCY_FEN, Owner: id("o"),
		OwnerKind: ledgerv1.OwnerKind_OWNER_KIND_PSEUDONYM,
	},
	"transfer_proposed": &ledgerv1.TransferProposed{
		Lines: []*ledgerv1.Line{line(id("a"), id("b"), 6500), line(id("a"), id("c"), 1)}, Purpose: text("lamps"), Beneficiary: id("o"),
		Household: bytes.Repeat([]byte{7}, 32), PostWhenApproved: true, Corrects: id("t"), Org: id("committee"), Checkers: 2,
		ExpiresAt: start + 1000,
	},
	"transfer_proposed_emergency": &ledgerv1.TransferProposed{
		Lines: []*ledgerv1.Line{line(id("a"), id("b"), 6500)}, Purpose: text("lamps"), Emergency: true, Org: id("committee"), Checkers: 1,
		ConfirmBy: start + 1000,
	},
	"reserved":            &ledgerv1.Reserved{Transfer: id("t"), Amount: 6500},
	"released":            &ledgerv1.Released{Transfer: id("t"), Amount: 500},
	"debited":             &ledgerv1.Debited{Cause: id("t"), Amount: 6000, Reserved: 6000},
	"debited_credits":     &ledgerv1.Debited{Cause: id("t"), Amount: 60, Lots: []*ledgerv1.Lot{{Amount: 60, ExpiresAt: start}}},
	"credited":            &ledgerv1.Credited{Cause: id("t"), Amount: 60, Lots: []*ledgerv1.Lot{{Amount: 60, ExpiresAt: start}}},
	"transfer_approved":   &ledgerv1.TransferApproved{By: id("omar"), Org: id("owners")},
	"transfer_posted":     &ledgerv1.TransferPosted{Amounts: []int64{6000, 0}, Evidence: text("receipt")},
	"transfer_voided":     &ledgerv1.TransferVoided{Reason: text("no lamps")},
	"transfer_lapsed":     &ledgerv1.TransferLapsed{},
	"transfer_corrected":  &ledgerv1.TransferCorrected{By: id("t"), Amounts: []int64{0, 1}},
	"emergency_opened":    &ledgerv1.EmergencyOpened{Transfer: id("t"), Amount: 6500},
	"emergency_closed":    &ledgerv1.EmergencyClosed{Transfer: id("t"), Amount: 6500},
	"confirmation_missed": &ledgerv1.ConfirmationMissed{},
	"payments_suspended":  &ledgerv1.PaymentsSuspended{Transfer: id("t")},
	"payments_resumed":    &ledgerv1.PaymentsResumed{Transfer: id("t")},
	"work_reported": &ledgerv1.WorkReported{
		Worker: id("dan"), Counterparty: id("ann"), Minutes: 90, What: text("shopping"), ConfirmBy: start,
	},
	"work_confirmed": &ledgerv1.WorkConfirmed{
		Minted: 60, Bound: ledgerv1.Bound_BOUND_PAIR, Worker: id("dan"), Counterparty: id("ann"), Minutes: 90,
	},
	"work_declined":    &ledgerv1.WorkDeclined{},
	"earnings_counted": &ledgerv1.EarningsCounted{Week: 2976, Minutes: 60},
	"terms_offered":    &ledgerv1.TermsOffered{Terms: "两个积分换一小时维修。"},
	"credits_spent":    &ledgerv1.CreditsSpent{From: id("dan"), To: id("company"), Amount: 120, TermsVersion: 3},
	"pattern_flagged": &ledgerv1.PatternFlagged{
		Kind: ledgerv1.PatternKind_PATTERN_KIND_PAIR, Members: []string{id("dan"), id("ann")}, Minutes: 1200,
	},
	"pattern_assessed":  &ledgerv1.PatternAssessed{Finding: ledgerv1.Finding_FINDING_HARMLESS, Reason: text("friends")},
	"dividend_declared": &ledgerv1.DividendDeclared{Amount: 300, Equal: 120, ExpiresAt: start},
	"dividend_counted":  &ledgerv1.DividendCounted{Dividend: id("d")},
	"shares_paid":       &ledgerv1.SharesPaid{Amount: 299, Members: 10, Rest: 1},
	"holding_registered": &ledgerv1.HoldingRegistered{
		Kind: ledgerv1.HoldingKind_HOLDING_KIND_ASSET, Name: "三号电梯", Papers: text("deed"), Org: id("o"),
	},
	"holding_reported": &ledgerv1.HoldingReported{
		Kind: ledgerv1.ReportKind_REPORT_KIND_INCOME, Evidence: text("receipt"), Transfer: id("t"), AmountFen: 5000, Org: id("o"),
	},
	"holding_reported_condition": &ledgerv1.HoldingReported{
		Kind: ledgerv1.ReportKind_REPORT_KIND_CONDITION, Condition: ledgerv1.Condition_CONDITION_WORN, Evidence: text("photograph"), Org: id("o"),
	},
	"holding_reported_lease": &ledgerv1.HoldingReported{
		Kind: ledgerv1.ReportKind_REPORT_KIND_LEASE, Until: start, Evidence: text("contract"), Org: id("o"),
	},
	"income_shown": &ledgerv1.IncomeShown{Holding: id("h")},
	"account_opened_dividend": &ledgerv1.AccountOpened{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Currency: ledgerv1.Currency_CURRENCY_FEN, Name: "分红", Fund: id("fund"),
		Until: start + term, Dividend: true,
	},
	"transfer_proposed_together": &ledgerv1.TransferProposed{
		Lines: []*ledgerv1.Line{line(id("a"), id("b"), 6500)}, Purpose: text("lamps"), Org: id("committee"), Checkers: 2,
		ExpiresAt: start + 1000, Together: 205000,
	},
	"payment_counted": &ledgerv1.PaymentCounted{Day: 20000, Amount: -6500},
	"work_reported_helped": &ledgerv1.WorkReported{
		Worker: id("dan"), Counterparty: id("ann"), Minutes: 90, What: text("shopping"), ConfirmBy: start, Mandate: id("m"),
	},
	"work_confirmed_helped": &ledgerv1.WorkConfirmed{
		Minted: 60, Worker: id("dan"), Counterparty: id("ann"), Minutes: 60, Kept: 20, Mandate: id("m"),
	},
	"work_declined_helped":    &ledgerv1.WorkDeclined{Mandate: id("m")},
	"credits_spent_helped":    &ledgerv1.CreditsSpent{From: id("dan"), Amount: 120, Mandate: id("m")},
	"dividend_declared_money": &ledgerv1.DividendDeclared{Amount: 30000, Equal: 12000, Envelope: id("e")},
	"clawback_proposed": &ledgerv1.ClawbackProposed{
		Worker: id("dan"), Counterparty: id("ann"), Minutes: 60, Reason: text("nobody was there"), Org: id("company"), AppealBy: start + 1000,
		ConfirmedAt: start,
	},
	"clawback_appealed": &ledgerv1.ClawbackAppealed{Reason: text("I was"), DecideBy: start + 2000, Mandate: id("m")},
	"appeal_decided":    &ledgerv1.AppealDecided{Granted: true, Reason: text("a photograph"), Org: id("owners")},
	"clawback_posted":   &ledgerv1.ClawbackPosted{Taken: 40, Owed: 20, Worker: id("dan"), ConfirmedAt: start},
	"clawback_dropped":  &ledgerv1.ClawbackDropped{},
	"owed_counted":      &ledgerv1.OwedCounted{Minutes: 20},
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, m := range golden {
		path := filepath.Join("testdata", "golden", name+".txt")
		raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if os.IsNotExist(err) && os.Getenv("RENLIN_GOLDEN_ADD") != "" {
			text = []byte(hex.EncodeToString(raw) + "\n" + protojson.MarshalOptions{Multiline: true}.Format(m) + "\n")
			err = os.WriteFile(path, text, 0o644)
		}
		if err != nil {
			t.Errorf("%s: %v (a new event: run with RENLIN_GOLDEN_ADD=1)", name, err)
			continue
		}
		stored, says, _ := strings.Cut(string(text), "\n")
		told := m.ProtoReflect().New().Interface()
		if err := protojson.Unmarshal([]byte(says), told); err != nil || !proto.Equal(told, m) || stored != hex.EncodeToString(raw) {
			t.Errorf("%s: would be written otherwise now, or said something else: %v", name, err)
		}
	}
}

// TestGoldenIsWhole: every event of the contract has an example.
func TestGoldenIsWhole(t *testing.T) {
	t.Parallel()
	have := map[string]bool{}
	for _, m := range golden {
		have[string(m.ProtoReflect().Descriptor().Name())] = true
	}
	page, err := os.ReadFile("../../docs/EVENTS.md")
	if err != nil {
		t.Fatal(err)
	}
	ours := false
	for row := range strings.Lines(string(page)) {
		if strings.HasPrefix(row, "## ") {
			ours = strings.TrimSpace(row) == "## renlin.ledger.v1"
		}
		name, _, ok := strings.Cut(strings.TrimPrefix(row, "| "), " |")
		if ours && ok && strings.HasPrefix(row, "| ") && name != "event" && !have[name] {
			t.Errorf("%s has no example", name)
		}
	}
}
