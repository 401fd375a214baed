package rules_test

import (
	"strings"
	"testing"
	"unicode"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TestExplainLedger: everything that holds is told in both languages, and each rule that is changed changes what is told.
func TestExplainLedger(t *testing.T) {
	t.Parallel()
	told := func(r *communityv1.LedgerRules) string {
		var all []string
		for _, l := range rules.ExplainLedger(r) {
			if l.English == "" || !strings.ContainsFunc(l.Chinese, func(c rune) bool { return unicode.Is(unicode.Han, c) }) ||
				strings.Contains(l.English+l.Chinese, "%!") {
				t.Errorf("%s: %q, %q", l.Field, l.English, l.Chinese)
			}
			all = append(all, l.English, l.Chinese)
		}
		return strings.Join(all, "\n")
	}
	if text := told(nil); !strings.Contains(text, "50000 yuan") || !strings.Contains(text, "for 30 days") || !strings.Contains(text, "25%") {
		t.Errorf("nothing said:\n%s", text)
	}
	full := &communityv1.LedgerRules{
		HoldSeconds: 3600, ThirdFromFen: 1_000_01, EmergencyMaxFen: 200, EmergencyConfirmSeconds: 7200, WeekMinutesMax: 500,
		PairPermilleMax: 125, PairFreeMinutes: 60, CreditDays: 400, WorkConfirmSeconds: 86400, DividendPoolPermille: 300,
		DividendEqualPermille: 400, DividendDays: 20, SplitDays: 14, MoneyDividendPermille: 800, MoneyEqualPermille: 700,
		AppealSeconds: 864000, AppealDecideSeconds: 1728000,
	}
	all := told(full)
	fields := full.ProtoReflect().Descriptor().Fields()
	for i := range fields.Len() {
		one := proto.CloneOf(full)
		one.ProtoReflect().Clear(fields.Get(i))
		if told(one) == all {
			t.Errorf("%s is not told", fields.Get(i).Name())
		}
	}
}

// TestLintLedger: each contradiction is found where it is, and nowhere else.
func TestLintLedger(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		given *communityv1.LedgerRules
		want  string
	}{
		{nil, ""},
		{&communityv1.LedgerRules{EmergencyMaxFen: 49_999_99}, ""},
		{&communityv1.LedgerRules{EmergencyMaxFen: 50_000_00}, "error money.emergency_third"},
		{&communityv1.LedgerRules{DividendEqualPermille: 1}, "error dividend.no_share"},
		{&communityv1.LedgerRules{MoneyEqualPermille: 1}, "error dividend.no_money_share"},
		{&communityv1.LedgerRules{SplitDays: 6}, "warning money.split_short"},
		{&communityv1.LedgerRules{SplitDays: 7}, ""},
		{&communityv1.LedgerRules{HoldSeconds: 86399}, "warning money.hold_short"},
		{&communityv1.LedgerRules{EmergencyMaxFen: 1, EmergencyConfirmSeconds: 7*86400 + 1}, "warning money.confirm_long"},
		{&communityv1.LedgerRules{EmergencyConfirmSeconds: 7*86400 + 1}, ""},
		{&communityv1.LedgerRules{PairFreeMinutes: 601}, "warning credits.one_word"},
		{&communityv1.LedgerRules{PairPermilleMax: 1000}, "warning credits.one_word"},
		{&communityv1.LedgerRules{DividendPoolPermille: 500, CreditDays: 89}, "warning credits.end_early"},
		{&communityv1.LedgerRules{CreditDays: 89}, ""},
		{&communityv1.LedgerRules{DividendPoolPermille: 1000}, "warning dividend.all"},
		{&communityv1.LedgerRules{MoneyDividendPermille: 500}, "warning dividend.work_alone"},
		{&communityv1.LedgerRules{MoneyDividendPermille: 500, MoneyEqualPermille: 1}, ""},
		{&communityv1.LedgerRules{AppealSeconds: 3*86400 - 1}, "warning clawback.appeal_short"},
	} {
		var got []string
		for _, f := range rules.LintLedger(row.given) {
			got = append(got, string(f.Severity)+" "+f.Code)
		}
		if strings.Join(got, ", ") != row.want {
			t.Errorf("%v: %q, want %q", row.given, got, row.want)
		}
	}
}
