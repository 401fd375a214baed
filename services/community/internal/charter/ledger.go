package charter

import (
	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Bounds of what a rulebook says about money, credits and dividends.
const (
	amountFenMax    = 1_000_000_000_000_000
	weekMinutesMax  = 7 * 24 * 60
	creditDaysMax   = 3660
	dividendDaysMax = 3660
	splitDaysMax    = 366
)

// checkLedger refuses rules by which no transfer could be checked, or more would be given out than there is.
func checkLedger(r *communityv1.LedgerRules) error {
	switch {
	case r.GetHoldSeconds() > yearSeconds:
		return ErrDuration.With("field", "ledger.hold_seconds")
	case r.GetThirdFromFen() < 0 || r.GetThirdFromFen() > amountFenMax:
		return ErrNumber.With("field", "ledger.third_from_fen")
	case r.GetEmergencyMaxFen() < 0 || r.GetEmergencyMaxFen() > amountFenMax:
		return ErrNumber.With("field", "ledger.emergency_max_fen")
	case r.GetEmergencyConfirmSeconds() > yearSeconds:
		return ErrDuration.With("field", "ledger.emergency_confirm_seconds")
	case r.GetWeekMinutesMax() > weekMinutesMax:
		return ErrNumber.With("field", "ledger.week_minutes_max")
	case r.GetPairPermilleMax() > permilleMax:
		return ErrNumber.With("field", "ledger.pair_permille_max")
	case r.GetPairFreeMinutes() > weekMinutesMax:
		return ErrNumber.With("field", "ledger.pair_free_minutes")
	case r.GetCreditDays() > creditDaysMax:
		return ErrDuration.With("field", "ledger.credit_days")
	case r.GetWorkConfirmSeconds() > yearSeconds:
		return ErrDuration.With("field", "ledger.work_confirm_seconds")
	case r.GetDividendPoolPermille() > permilleMax:
		return ErrNumber.With("field", "ledger.dividend_pool_permille")
	case r.GetDividendEqualPermille() > permilleMax:
		return ErrNumber.With("field", "ledger.dividend_equal_permille")
	case r.GetDividendDays() > dividendDaysMax:
		return ErrDuration.With("field", "ledger.dividend_days")
	case r.GetSplitDays() > splitDaysMax:
		return ErrDuration.With("field", "ledger.split_days")
	case r.GetMoneyDividendPermille() > permilleMax:
		return ErrNumber.With("field", "ledger.money_dividend_permille")
	case r.GetMoneyEqualPermille() > permilleMax:
		return ErrNumber.With("field", "ledger.money_equal_permille")
	case r.GetAppealSeconds() > yearSeconds:
		return ErrDuration.With("field", "ledger.appeal_seconds")
	case r.GetAppealDecideSeconds() > yearSeconds:
		return ErrDuration.With("field", "ledger.appeal_decide_seconds")
	}
	for _, f := range rules.LintLedger(r) {
		if f.Severity == rules.Error {
			return ErrContradiction.With("field", "ledger."+f.Field).With("finding", f.Code)
		}
	}
	return nil
}
