package charter_test

import (
	"errors"
	"testing"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

type ledgerRules = communityv1.LedgerRules

func TestLedgerAccepted(t *testing.T) {
	t.Parallel()
	for name, rules := range map[string]*ledgerRules{
		"none": nil, "nothing of it": {},
		"all at their bounds": {
			HoldSeconds: 366 * 86400, ThirdFromFen: 1_000_000_000_000_000, EmergencyMaxFen: 999_999_999_999_999,
			EmergencyConfirmSeconds: 366 * 86400, WeekMinutesMax: 10080, PairPermilleMax: 1000, PairFreeMinutes: 10080, CreditDays: 3660,
			WorkConfirmSeconds: 366 * 86400, DividendPoolPermille: 1000, DividendEqualPermille: 1000, DividendDays: 3660,
			SplitDays: 366, MoneyDividendPermille: 1000, MoneyEqualPermille: 1000, AppealSeconds: 366 * 86400,
			AppealDecideSeconds: 366 * 86400,
		},
	} {
		b := good()
		b.Ledger = rules
		if err := charter.CheckRulebook(b, 1, orgKnown); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestLedgerRefused(t *testing.T) {
	t.Parallel()
	for field, row := range map[string]struct {
		rules *ledgerRules
		want  *fault.Fault
	}{
		"hold_seconds":              {&ledgerRules{HoldSeconds: 366*86400 + 1}, charter.ErrDuration},
		"third_from_fen":            {&ledgerRules{ThirdFromFen: 1_000_000_000_000_001}, charter.ErrNumber},
		"emergency_max_fen":         {&ledgerRules{EmergencyMaxFen: 1_000_000_000_000_001}, charter.ErrNumber},
		"emergency_confirm_seconds": {&ledgerRules{EmergencyConfirmSeconds: 366*86400 + 1}, charter.ErrDuration},
		"week_minutes_max":          {&ledgerRules{WeekMinutesMax: 10081}, charter.ErrNumber},
		"pair_permille_max":         {&ledgerRules{PairPermilleMax: 1001}, charter.ErrNumber},
		"pair_free_minutes":         {&ledgerRules{PairFreeMinutes: 10081}, charter.ErrNumber},
		"credit_days":               {&ledgerRules{CreditDays: 3661}, charter.ErrDuration},
		"work_confirm_seconds":      {&ledgerRules{WorkConfirmSeconds: 366*86400 + 1}, charter.ErrDuration},
		"dividend_pool_permille":    {&ledgerRules{DividendPoolPermille: 1001}, charter.ErrNumber},
		"dividend_equal_permille":   {&ledgerRules{DividendEqualPermille: 1001}, charter.ErrNumber},
		"dividend_days":             {&ledgerRules{DividendDays: 3661}, charter.ErrDuration},
		"split_days":                {&ledgerRules{SplitDays: 367}, charter.ErrDuration},
		"money_dividend_permille":   {&ledgerRules{MoneyDividendPermille: 1001}, charter.ErrNumber},
		"money_equal_permille": {
			&ledgerRules{MoneyDividendPermille: 1, MoneyEqualPermille: 1001}, charter.ErrNumber,
		},
		"appeal_seconds":        {&ledgerRules{AppealSeconds: 366*86400 + 1}, charter.ErrDuration},
		"appeal_decide_seconds": {&ledgerRules{AppealDecideSeconds: 366*86400 + 1}, charter.ErrDuration},
	} {
		b := good()
		b.Ledger = row.rules
		err := charter.CheckRulebook(b, 1, orgKnown)
		if !errors.Is(err, row.want) || fault.Of(err).Detail["field"] != "ledger."+field {
			t.Errorf("%s: %v", field, err)
		}
	}
	for _, rules := range []*ledgerRules{{ThirdFromFen: -1}, {EmergencyMaxFen: -1}} {
		b := good()
		b.Ledger = rules
		if charter.CheckRulebook(b, 1, orgKnown) == nil {
			t.Errorf("%v was taken", rules)
		}
	}
}

// TestLedgerContradictions: what the rules' own check finds wrong is not adopted.
func TestLedgerContradictions(t *testing.T) {
	t.Parallel()
	for _, rules := range []*ledgerRules{{EmergencyMaxFen: 5, ThirdFromFen: 5}, {DividendEqualPermille: 1}, {MoneyEqualPermille: 1}} {
		b := good()
		b.Ledger = rules
		if err := charter.CheckRulebook(b, 1, orgKnown); !errors.Is(err, charter.ErrContradiction) {
			t.Errorf("%v: %v", rules, err)
		}
	}
}
