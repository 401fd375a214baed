package charter_test

import (
	"slices"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

// slipsOfAid are of rules of help that are good but for one thing.
func slipsOfAid() []spoilt {
	row := func(name string, spoil func(a *communityv1.AidRules), want *fault.Fault, field string) spoilt {
		return spoilt{name, func(book *rulebook) {
			book.Aid = &communityv1.AidRules{
				Clocks: []*communityv1.AidClock{{Urgency: 1, AnswerSeconds: 60, ResolveSeconds: 366 * 24 * 3600}}, Categories: []string{"food"},
				Units: []string{"meal"}, ConfirmSeconds: 366 * 24 * 3600, QuietFromMinutes: 1439, SignalsPerHour: 3600, GroupMin: 1000,
			}
			spoil(book.Aid)
		}, want, "aid." + field}
	}
	type a = communityv1.AidRules
	const year = 366 * 24 * 3600
	return []spoilt{
		row("a clock of no urgency", func(a *a) { a.Clocks[0].Urgency = 0 }, charter.ErrChoice, "clocks.0.urgency"),
		row("a clock of a fifth urgency", func(a *a) { a.Clocks[0].Urgency = 5 }, charter.ErrChoice, "clocks.0.urgency"),
		row("two clocks of one urgency", func(a *a) { a.Clocks = slices.Repeat(a.Clocks, 2) }, charter.ErrChoice, "clocks.1.urgency"),
		row("an endless answer", func(a *a) { a.Clocks[0].AnswerSeconds = year + 1 }, charter.ErrDuration, "clocks.0.resolve_seconds"),
		row("endless help", func(a *a) { a.Clocks[0].ResolveSeconds = year + 1 }, charter.ErrDuration, "clocks.0.resolve_seconds"),
		row("confirmed never", func(a *a) { a.ConfirmSeconds = year + 1 }, charter.ErrDuration, "confirm_seconds"),
		row("appealed for ever", func(a *a) { a.AppealSeconds = year + 1 }, charter.ErrDuration, "appeal_seconds"),
		row("judged never", func(a *a) { a.AppealAnswerSeconds = year + 1 }, charter.ErrDuration, "appeal_answer_seconds"),
		row("looked at never", func(a *a) { a.TriageSeconds = year + 1 }, charter.ErrDuration, "triage_seconds"),
		row("quiet from tomorrow on", func(a *a) { a.QuietFromMinutes = 1440 }, charter.ErrNumber, "quiet_from_minutes"),
		row("quiet until tomorrow", func(a *a) { a.QuietUntilMinutes = 1440 }, charter.ErrNumber, "quiet_until_minutes"),
		row("a flood of signals", func(a *a) { a.SignalsPerHour = 3601 }, charter.ErrNumber, "signals_per_hour"),
		row("no group is large enough", func(a *a) { a.GroupMin = 1001 }, charter.ErrNumber, "group_min"),
		row("an empty kind of help", func(a *a) { a.Categories = []string{""} }, charter.ErrCode, "categories"),
		row("a kind of help twice", func(a *a) { a.Categories = []string{"food", "food"} }, charter.ErrCodeTwice, "categories"),
		row("too many units", func(a *a) { a.Units = slices.Repeat(a.Units, 101) }, charter.ErrRulebookLarge, "units"),
	}
}
