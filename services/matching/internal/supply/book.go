package supply

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Rules are the rulebook's, with what they mean where they say nothing.
type Rules struct{ book *communityv1.MatchingRules }

// What the rules mean where they say nothing.
const (
	secondMillis          = 1000
	offerSeconds          = 600
	emergencyOfferSeconds = 90
	checkInSeconds        = 3600
	confirmSeconds        = 3 * 24 * 3600
	vetoSeconds           = 30 * 60
	modeSecondsMax        = 72 * 3600
	standbyFactor         = 3
	suggestTimes          = 5
	suggestWithinSeconds  = 7 * 24 * 3600
	suggestionSeconds     = 3 * 24 * 3600
	suggestAgainSeconds   = 7 * 24 * 3600
	referralSeconds       = 2 * 24 * 3600
	referralGraceSeconds  = 24 * 3600
)

// RulesOf wraps a rulebook's rules, which may be absent.
func RulesOf(book *communityv1.MatchingRules) Rules { return Rules{book: book} }

// CurrentRules gives those that hold now.
func CurrentRules(v *decider.View) Rules {
	book, ok := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	if !ok {
		return Rules{}
	}
	return Rules{book: book.Book.GetMatching()}
}

// Knows tells whether a skill can be asked for.
func (r Rules) Knows(skill string) bool { return r.skill(skill) != nil }

func (r Rules) skill(code string) *communityv1.Skill {
	for _, s := range r.book.GetSkills() {
		if s.GetCode() == code {
			return s
		}
	}
	return nil
}

// Requires gives what must be attested of whoever serves a skill.
func (r Rules) Requires(skill string) []string { return r.skill(skill).GetRequires() }

// OfferMillis is how long a provider has to answer.
func (r Rules) OfferMillis(emergency bool) int64 {
	if emergency {
		return millis(r.book.GetEmergencyOfferSeconds(), emergencyOfferSeconds)
	}
	return millis(r.book.GetOfferSeconds(), offerSeconds)
}

// CheckInMillis is how long an accepted assignment may be silent.
func (r Rules) CheckInMillis() int64 { return millis(r.book.GetCheckInSeconds(), checkInSeconds) }

// ConfirmMillis is how long the person helped has to confirm.
func (r Rules) ConfirmMillis() int64 { return millis(r.book.GetConfirmSeconds(), confirmSeconds) }

// VetoMillis is how long a plan that no human signed waits for an objection.
func (r Rules) VetoMillis() int64 { return millis(r.book.GetVetoSeconds(), vetoSeconds) }

// ModeMillisMax is the longest time that a mode without humans holds.
func (r Rules) ModeMillisMax() int64 { return millis(r.book.GetModeSecondsMax(), modeSecondsMax) }

// StandbyFactor is how often the same capacity may stand by.
func (r Rules) StandbyFactor() int64 {
	return int64(cmp.Or(r.book.GetStandbyFactor(), standbyFactor))
}

// SuggestTimes is how often something repeats before it is put to a human.
func (r Rules) SuggestTimes() int { return int(cmp.Or(r.book.GetSuggestTimes(), suggestTimes)) }

// SuggestWithinMillis is the time in which it repeats.
func (r Rules) SuggestWithinMillis() int64 {
	return millis(r.book.GetSuggestWithinSeconds(), suggestWithinSeconds)
}

// SuggestionMillis is how long a human has to look at a suggestion.
func (r Rules) SuggestionMillis() int64 {
	return millis(r.book.GetSuggestionSeconds(), suggestionSeconds)
}

// SuggestAgainMillis is how long after one suggestion there is no other of the same person and cause.
func (r Rules) SuggestAgainMillis() int64 {
	return millis(r.book.GetSuggestAgainSeconds(), suggestAgainSeconds)
}

// ReferAfterMillis is after how long what waits of a need is referred to another community, 0 for never.
func (r Rules) ReferAfterMillis() int64 { return millis(r.book.GetReferAfterSeconds(), 0) }

// ReferTo is to which.
func (r Rules) ReferTo() string { return r.book.GetReferTo() }

// ReferralMillis is how long another community has to serve what was referred to it.
func (r Rules) ReferralMillis() int64 { return millis(r.book.GetReferralSeconds(), referralSeconds) }

// ReferralGraceMillis is how long its word on that is awaited after that.
func (r Rules) ReferralGraceMillis() int64 {
	return millis(r.book.GetReferralGraceSeconds(), referralGraceSeconds)
}

func millis(seconds, otherwise uint32) int64 { return int64(cmp.Or(seconds, otherwise)) * secondMillis }

// checkCodes refuses codes that the rulebook does not list, and one that is there twice.
func checkCodes(known, codes []string, field string) error {
	for i, code := range codes {
		if !slices.Contains(known, code) || slices.Contains(codes[:i], code) {
			return ErrCode.With("field", field)
		}
	}
	return nil
}
