package charter

import (
	"slices"
	"strconv"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// ErrRequired: a skill requires what no officer could attest, because the rulebook does not list it.
var ErrRequired = fault.New(fault.Invalid, "rulebook.attestation_unknown",
	"A skill requires something that the rulebook does not list as an attestation.", "某项服务所要求的证明未列入规约。")

// Bounds of what is matched.
const (
	skillsMax         = 200
	listedMax         = 50
	shareUnitsMax     = 1_000_000
	modeMax           = 30 * daySeconds
	confirmMax        = 90 * daySeconds
	standbyFactorMax  = 10
	suggestTimesMax   = 20
	matchingCodeBytes = 64
)

// checkMatching holds the rules of matching against bounds; a community may do without any.
func checkMatching(r *communityv1.MatchingRules) error {
	const at = "matching."
	if r == nil {
		return nil
	}
	if len(r.GetSkills()) > skillsMax || len(r.GetLanguages()) > listedMax || len(r.GetAttestations()) > listedMax {
		return ErrRulebookLarge.With("field", "matching")
	}
	for _, d := range []struct {
		name      string
		value, up uint32
	}{
		{"offer_seconds", r.GetOfferSeconds(), 7 * daySeconds},
		{"emergency_offer_seconds", r.GetEmergencyOfferSeconds(), daySeconds},
		{"check_in_seconds", r.GetCheckInSeconds(), 7 * daySeconds},
		{"confirm_seconds", r.GetConfirmSeconds(), confirmMax},
		{"veto_seconds", r.GetVetoSeconds(), 7 * daySeconds},
		{"mode_seconds_max", r.GetModeSecondsMax(), modeMax},
		{"suggest_within_seconds", r.GetSuggestWithinSeconds(), confirmMax},
		{"suggestion_seconds", r.GetSuggestionSeconds(), modeMax},
		{"suggest_again_seconds", r.GetSuggestAgainSeconds(), confirmMax},
		{"refer_after_seconds", r.GetReferAfterSeconds(), confirmMax},
		{"referral_seconds", r.GetReferralSeconds(), modeMax},
		{"referral_grace_seconds", r.GetReferralGraceSeconds(), modeMax},
	} {
		if d.value > d.up {
			return ErrDuration.With("field", at+d.name)
		}
	}
	if r.GetStandbyFactor() > standbyFactorMax {
		return ErrNumber.With("field", at+"standby_factor")
	}
	if r.GetSuggestTimes() == 1 || r.GetSuggestTimes() > suggestTimesMax { // once is nothing that repeats
		return ErrNumber.With("field", at+"suggest_times")
	}
	if r.GetShareMaxThousandths() > permilleMax {
		return ErrNumber.With("field", at+"share_max_thousandths")
	}
	if r.GetShareFreeUnits() > shareUnitsMax || r.GetShareFreeUnits() > 0 && r.GetShareMaxThousandths() == 0 { // free of what bound?
		return ErrNumber.With("field", at+"share_free_units")
	}
	for _, list := range []struct {
		name  string
		codes []string
	}{{"languages", r.GetLanguages()}, {"attestations", r.GetAttestations()}} {
		if err := checkCodes(at+list.name, list.codes); err != nil {
			return err
		}
	}
	return checkSkills(at+"skills", r)
}

// checkCodes refuses codes that are empty, too long, or there twice.
func checkCodes(at string, codes []string) error {
	for i, code := range codes {
		switch {
		case code == "" || len(code) > matchingCodeBytes:
			return ErrCode.With("field", at+"."+strconv.Itoa(i))
		case slices.Contains(codes[:i], code):
			return ErrCodeTwice.With("field", at+"."+strconv.Itoa(i))
		}
	}
	return nil
}

func checkSkills(at string, r *communityv1.MatchingRules) error {
	var codes []string
	for i, s := range r.GetSkills() {
		in := at + "." + strconv.Itoa(i) + "."
		if CheckPublished(s.GetTitle()) != nil {
			return ErrTitle.With("field", in+"title")
		}
		if err := checkCodes(in+"requires", s.GetRequires()); err != nil {
			return err
		}
		for _, code := range s.GetRequires() {
			if !slices.Contains(r.GetAttestations(), code) {
				return ErrRequired.With("field", in+"requires")
			}
		}
		codes = append(codes, s.GetCode())
	}
	return checkCodes(at, codes)
}
