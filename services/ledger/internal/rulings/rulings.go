// Package rulings gives what the rulebook says about money and credits, with what holds where it says nothing: a community that adopted its
// rules before there was a ledger has rules all the same, and the strict ones.
package rulings

import (
	"cmp"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// What holds where the rulebook says nothing.
const (
	secondMillis = 1000
	dayMillis    = 24 * 60 * 60 * secondMillis

	holdSecondsDefault    = 30 * 24 * 60 * 60
	thirdFromFenDefault   = 50_000_00
	confirmSecondsDefault = 24 * 60 * 60
	weekMinutesDefault    = 600
	pairPermilleDefault   = 250
	pairFreeDefault       = 600
	creditDaysDefault     = 730
	workSecondsDefault    = 30 * 24 * 60 * 60
	dividendDaysDefault   = 90
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
	return Rules{
		HoldMillis:     int64(cmp.Or(given.GetHoldSeconds(), holdSecondsDefault)) * secondMillis,
		ThirdFromFen:   cmp.Or(given.GetThirdFromFen(), thirdFromFenDefault),
		EmergencyFen:   given.GetEmergencyMaxFen(),
		ConfirmMillis:  int64(cmp.Or(given.GetEmergencyConfirmSeconds(), confirmSecondsDefault)) * secondMillis,
		WeekMinutes:    int64(cmp.Or(given.GetWeekMinutesMax(), weekMinutesDefault)),
		PairPermille:   int64(cmp.Or(given.GetPairPermilleMax(), pairPermilleDefault)),
		PairFree:       int64(cmp.Or(given.GetPairFreeMinutes(), pairFreeDefault)),
		CreditMillis:   int64(cmp.Or(given.GetCreditDays(), creditDaysDefault)) * dayMillis,
		WorkMillis:     int64(cmp.Or(given.GetWorkConfirmSeconds(), workSecondsDefault)) * secondMillis,
		PoolPermille:   int64(given.GetDividendPoolPermille()),
		EqualPermille:  int64(given.GetDividendEqualPermille()),
		DividendMillis: int64(cmp.Or(given.GetDividendDays(), dividendDaysDefault)) * dayMillis,
	}
}
