package charter

import (
	"strconv"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

const (
	wordsMax      = 100
	dayMinutes    = 24 * 60
	signalsMax    = 3_600
	groupMax      = 1_000
	urgenciesMost = 4
)

// checkAid refuses rules of help by which nobody could be helped. What is left out has its default.
func checkAid(at string, a *communityv1.AidRules) error {
	seen := map[uint32]bool{}
	for i, c := range a.GetClocks() {
		here := at + "clocks." + strconv.Itoa(i) + "."
		if u := c.GetUrgency(); u == 0 || u > urgenciesMost || seen[u] {
			return ErrChoice.With("field", here+"urgency")
		}
		seen[c.GetUrgency()] = true
		if c.GetAnswerSeconds() > yearSeconds || c.GetResolveSeconds() > yearSeconds {
			return ErrDuration.With("field", here+"resolve_seconds")
		}
	}
	for _, d := range []struct {
		name  string
		value uint32
	}{
		{"confirm_seconds", a.GetConfirmSeconds()}, {"appeal_seconds", a.GetAppealSeconds()},
		{"appeal_answer_seconds", a.GetAppealAnswerSeconds()}, {"triage_seconds", a.GetTriageSeconds()},
	} {
		if d.value > yearSeconds {
			return ErrDuration.With("field", at+d.name)
		}
	}
	for _, n := range []struct {
		name       string
		value, max uint32
	}{
		{"quiet_from_minutes", a.GetQuietFromMinutes(), dayMinutes - 1}, {"quiet_until_minutes", a.GetQuietUntilMinutes(), dayMinutes - 1},
		{"signals_per_hour", a.GetSignalsPerHour(), signalsMax}, {"group_min", a.GetGroupMin(), groupMax},
	} {
		if n.value > n.max {
			return ErrNumber.With("field", at+n.name)
		}
	}
	if err := checkWords(at+"categories", a.GetCategories()); err != nil {
		return err
	}
	if err := checkWords(at+"notices", a.GetNotices()); err != nil {
		return err
	}
	return checkWords(at+"units", a.GetUnits())
}

// checkWords refuses a list with an empty word, or one twice.
func checkWords(at string, words []string) error {
	if len(words) > wordsMax {
		return ErrRulebookLarge.With("field", at)
	}
	seen := map[string]bool{}
	for _, w := range words {
		switch {
		case w == "":
			return ErrCode.With("field", at)
		case seen[w]:
			return ErrCodeTwice.With("field", at)
		}
		seen[w] = true
	}
	return nil
}
