package charter_test

import (
	"errors"
	"strings"
	"testing"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

func matchingGood() *communityv1.MatchingRules {
	return &communityv1.MatchingRules{
		Skills: []*communityv1.Skill{
			{Code: "meal", Title: "Meals"}, {Code: "care", Title: "Care", Requires: []string{"first-aid"}},
		},
		Languages: []string{"zh"}, Attestations: []string{"first-aid"}, OfferSeconds: 60, StandbyFactor: 10,
	}
}

// TestMatchingRules: what a rulebook may say of matching. To say nothing is allowed, as in all rulebooks of before.
func TestMatchingRules(t *testing.T) {
	t.Parallel()
	type rules = *communityv1.MatchingRules
	for name, c := range map[string]struct {
		spoil func(r rules)
		want  *fault.Fault
		field string
	}{
		"well":                     {func(rules) {}, nil, ""},
		"an answer takes too long": {func(r rules) { r.OfferSeconds = 7*86400 + 1 }, charter.ErrDuration, "offer_seconds"},
		"a mode without end":       {func(r rules) { r.ModeSecondsMax = 31 * 86400 }, charter.ErrDuration, "mode_seconds_max"},
		"standing by for too much": {func(r rules) { r.StandbyFactor = 11 }, charter.ErrNumber, "standby_factor"},
		"once is no repetition":    {func(r rules) { r.SuggestTimes = 1 }, charter.ErrNumber, "suggest_times"},
		"repeated for ever":        {func(r rules) { r.SuggestTimes = 21 }, charter.ErrNumber, "suggest_times"},
		"nobody looks":             {func(r rules) { r.SuggestionSeconds = 30*86400 + 1 }, charter.ErrDuration, "suggestion_seconds"},
		"all and more":             {func(r rules) { r.ShareMaxThousandths = 1001 }, charter.ErrNumber, "share_max_thousandths"},
		"free of what bound":       {func(r rules) { r.ShareFreeUnits = 1 }, charter.ErrNumber, "share_free_units"},
		"too much is free": {
			func(r rules) { r.ShareMaxThousandths, r.ShareFreeUnits = 1, 1_000_001 }, charter.ErrNumber, "share_free_units",
		},
		"a bound":                   {func(r rules) { r.ShareMaxThousandths, r.ShareFreeUnits = 1000, 1_000_000 }, nil, ""},
		"a skill twice":             {func(r rules) { r.Skills[1].Code = "meal" }, charter.ErrCodeTwice, "skills.1"},
		"a skill without a code":    {func(r rules) { r.Skills[0].Code = "" }, charter.ErrCode, "skills.0"},
		"a skill without a title":   {func(r rules) { r.Skills[0].Title = "" }, charter.ErrTitle, "skills.0.title"},
		"what nobody attests":       {func(r rules) { r.Attestations = nil }, charter.ErrRequired, "skills.1.requires"},
		"a language twice":          {func(r rules) { r.Languages = []string{"zh", "zh"} }, charter.ErrCodeTwice, "languages.1"},
		"too long a code":           {func(r rules) { r.Languages = []string{strings.Repeat("z", 65)} }, charter.ErrCode, "languages.0"},
		"more languages than there": {func(r rules) { r.Languages = make([]string, 51) }, charter.ErrRulebookLarge, ""},
	} {
		b := good()
		b.Matching = matchingGood()
		c.spoil(b.Matching)
		err := charter.CheckRulebook(b, 1, orgKnown)
		switch {
		case c.want == nil && err != nil, c.want != nil && !errors.Is(err, c.want):
			t.Errorf("%s: %v, want %v", name, err, c.want)
		case c.field != "" && !strings.Contains(err.Error(), "matching."+c.field):
			t.Errorf("%s: %v names another field than %s", name, err, c.field)
		}
	}
}
