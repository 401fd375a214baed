package charter

import (
	"strconv"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/rules"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of the rules around a poll's close, and of rules that contradict each other.
var (
	ErrContradiction = fault.New(fault.Invalid, "rulebook.contradiction",
		"Two of the rules contradict each other; the finding says which.", "规则自相矛盾，详见所列问题。")
	ErrClasses = fault.New(fault.Invalid, "rulebook.weight_classes",
		"Weight classes must ascend by area, with weights from 0 to 1,000,000.", "权重档次须按面积递增，权重须在0至1000000之间。")
)

const (
	roundsMax     = 12
	objectionsMax = 10_000_000
	classesMax    = 32
	weightMax     = 1_000_000
)

// checkTurnout holds the rules around the close against bounds, and everything against everything else.
func checkTurnout(at string, p *communityv1.PollRules) error {
	t, in := p.GetTurnout(), at+"turnout."
	if _, known := communityv1.NonVoters_name[int32(t.GetNonVoters())]; !known {
		return ErrChoice.With("field", in+"non_voters")
	}
	for _, d := range []struct {
		name      string
		value, up uint32
	}{
		{"late_quorum_within_seconds", t.GetLateQuorumWithinSeconds(), yearSeconds},
		{"late_quorum_extension_seconds", t.GetLateQuorumExtensionSeconds(), yearSeconds},
		{"extension_seconds", t.GetExtensionSeconds(), yearSeconds},
		{"resubmission_seconds", t.GetResubmissionSeconds(), 10 * yearSeconds},
	} {
		if d.value > d.up {
			return ErrDuration.With("field", in+d.name)
		}
	}
	if t.GetExtensionRoundsMax() > roundsMax {
		return ErrNumber.With("field", in+"extension_rounds_max")
	}
	if t.GetRecountObjectionsMin() > objectionsMax {
		return ErrNumber.With("field", in+"recount_objections_min")
	}
	if num, den := t.GetProxyShareNumerator(), t.GetProxyShareDenominator(); den < 0 || den > denominatorMax || num < 0 || num > den ||
		(den > 0 && num == 0) {
		return ErrShare.With("field", in+"proxy_share_numerator")
	}
	if err := checkClasses(in+"weight_classes", t.GetWeightClasses()); err != nil {
		return err
	}
	for _, f := range rules.Lint(p) {
		if f.Severity == rules.Error {
			return ErrContradiction.With("field", at+f.Field).With("finding", f.Code)
		}
	}
	return nil
}

func checkClasses(at string, classes []*communityv1.WeightClass) error {
	if len(classes) > classesMax {
		return ErrRulebookLarge.With("field", at)
	}
	for i, c := range classes {
		bad := c.GetAreaFromCentiM2() < 0 || c.GetAreaFromCentiM2() > standing.AreaCentiM2Max || c.GetWeight() < 0 || c.GetWeight() > weightMax
		if bad || i > 0 && c.GetAreaFromCentiM2() <= classes[i-1].GetAreaFromCentiM2() {
			return ErrClasses.With("field", at+"."+strconv.Itoa(i))
		}
	}
	return nil
}
