package poll

import (
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// The words of a requirement as data, in the rulebook's and in the count's spelling. What is in no table is refused by the check.
var (
	measures = map[communityv1.Measure]tally.Measure{
		communityv1.Measure_MEASURE_HEADS:      tally.Heads,
		communityv1.Measure_MEASURE_AREA:       tally.Area,
		communityv1.Measure_MEASURE_HOUSEHOLDS: tally.Households,
		communityv1.Measure_MEASURE_WEIGHT:     tally.Classes,
	}
	bases = map[communityv1.Base]tally.Base{
		communityv1.Base_BASE_ALL:          tally.BaseAll,
		communityv1.Base_BASE_PARTICIPANTS: tally.BaseParticipants,
		communityv1.Base_BASE_VALID:        tally.BaseValid,
	}
	parts = map[communityv1.Of]tally.Part{
		communityv1.Of_OF_PARTICIPANTS: tally.PartParticipants,
		communityv1.Of_OF_YES:          tally.PartOption,
	}
)

func requirementOf(r *communityv1.Requirement) tally.Requirement {
	return tally.Requirement{
		Measure: measures[r.GetMeasure()], Numerator: r.GetNumerator(), Denominator: r.GetDenominator(), Strict: r.GetStrict(),
		Base: bases[r.GetBase()], Of: parts[r.GetOf()], Quorum: r.GetQuorum(),
	}
}

var silences = map[communityv1.NonVoters]tally.Silence{
	communityv1.NonVoters_NON_VOTERS_ABSENT:        tally.SilenceAbsent,
	communityv1.NonVoters_NON_VOTERS_TAKE_PART:     tally.SilenceTakesPart,
	communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY: tally.SilenceJoins,
}

var results = map[tally.Verdict]votingv1.Result{
	tally.Passed:   votingv1.Result_RESULT_PASSED,
	tally.Rejected: votingv1.Result_RESULT_REJECTED,
	tally.NoQuorum: votingv1.Result_RESULT_NO_QUORUM,
}

// verdict writes every requirement out, and gives the result as far as requirements speak. A poll without any passes, unless
// nobody takes part: an empty room decides nothing.
func (c *count) verdict(res tally.Result) ([]*votingv1.Inequality, votingv1.Result) {
	var lines []*votingv1.Inequality
	for i, line := range res.Outcome.Inequalities {
		lines = append(lines, &votingv1.Inequality{
			Left: line.Left, Sign: line.Sign, Right: line.Right, Holds: line.Holds, Requirement: c.requirements[i], BaseZero: line.BaseZero,
		})
	}
	switch {
	case len(c.requirements) > 0:
		return lines, results[res.Outcome.Verdict]
	case res.Figures.Participants == (tally.Weight{}):
		return nil, votingv1.Result_RESULT_NO_QUORUM
	}
	return nil, votingv1.Result_RESULT_PASSED
}
