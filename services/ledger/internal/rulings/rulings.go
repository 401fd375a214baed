// Package rulings gives what the rulebook says about money and credits, with what holds where it says nothing: a community that adopted its
// rules before there was a ledger has rules all the same, and the strict ones.
package rulings

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

const (
	secondMillis = 1000
	dayMillis    = 24 * 60 * 60 * secondMillis
)

// Rules are the rulebook's, complete. Durations are milliseconds.
type Rules struct {
	HoldMillis     int64
	ThirdFromFen   int64
	EmergencyFen   int64 // 0: no payment on one person's word
	ConfirmMillis  int64
	WeekMinutes    int64
	PairPermille   int64
	PairFree       int64
	CreditMillis   int64
	WorkMillis     int64
	PoolPermille   int64 // 0: no dividends
	EqualPermille  int64
	DividendMillis int64
	SplitDays      int64
	MoneyPermille  int64 // 0: no dividends in money
	MoneyEqual     int64 // permille
	AppealMillis   int64
	DecideMillis   int64
}

// Of looks the rules up as they stand now.
func Of(v *decider.View) Rules {
	var given *communityv1.LedgerRules
	if book, ok := decider.Get[standing.Rulebook](v, standing.RulebookPath); ok {
		given = book.Book.GetLedger()
	}
	return Complete(given)
}

// Complete puts what holds by itself where the rulebook says nothing.
func Complete(given *communityv1.LedgerRules) Rules {
	r := rules.CompleteLedger(given)
	return Rules{
		HoldMillis:     int64(r.GetHoldSeconds()) * secondMillis,
		ThirdFromFen:   r.GetThirdFromFen(),
		EmergencyFen:   r.GetEmergencyMaxFen(),
		ConfirmMillis:  int64(r.GetEmergencyConfirmSeconds()) * secondMillis,
		WeekMinutes:    int64(r.GetWeekMinutesMax()),
		PairPermille:   int64(r.GetPairPermilleMax()),
		PairFree:       int64(r.GetPairFreeMinutes()),
		CreditMillis:   int64(r.GetCreditDays()) * dayMillis,
		WorkMillis:     int64(r.GetWorkConfirmSeconds()) * secondMillis,
		PoolPermille:   int64(r.GetDividendPoolPermille()),
		EqualPermille:  int64(r.GetDividendEqualPermille()),
		DividendMillis: int64(r.GetDividendDays()) * dayMillis,
		SplitDays:      int64(r.GetSplitDays()),
		MoneyPermille:  int64(r.GetMoneyDividendPermille()),
		MoneyEqual:     int64(r.GetMoneyEqualPermille()),
		AppealMillis:   int64(r.GetAppealSeconds()) * secondMillis,
		DecideMillis:   int64(r.GetAppealDecideSeconds()) * secondMillis,
	}
}
