package poll

import (
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// Rejudge tells what a certificate's totals would have been by other rules: the requirements written out, and the result. It speaks of
// yes-or-no votes with ballots of the same electorate only; whether it may be asked, Comparable says. Of those who did not vote it knows
// what the certificate proves, which is nothing unless its poll's rules asked for it.
func Rejudge(r *communityv1.PollRules, c *votingv1.CertificateIssued) ([]*votingv1.Inequality, votingv1.Result, error) {
	rejudged, err := newCount(nil, r, c.GetRoll(), nil)
	if err != nil {
		return nil, 0, err
	}
	t := c.GetTally()
	totals := tally.Totals{Options: make([]tally.Weight, 3)}
	for i, o := range t.GetTotals() {
		totals.Options[i] = weightIn(o.GetHeads(), o.GetAreaCentiM2(), o.GetMeasured())
	}
	totals.Abstained = totals.Options[tally.Abstain]
	if totals.Valid, err = totals.Options[tally.Yes].Plus(totals.Options[tally.No]); err != nil {
		return nil, 0, err
	}
	took := weightIn(t.GetParticipantsHeads(), t.GetParticipantsAreaCentiM2(), t.GetParticipantsMeasured())
	if totals.Participants, err = cast(took, totals.Abstained, t.GetTurnout()); err != nil {
		return nil, 0, err
	}
	rejudged.poll.Turnout.Silent = silentIn(t.GetTurnout())
	res, err := rejudged.poll.Judge(totals)
	if err != nil {
		return nil, 0, err
	}
	lines, result := rejudged.verdict(res)
	return lines, result, nil
}

// cast takes out of those who took part what the poll's own rules had put in beside the ballots, and puts in what they had left out.
func cast(took, abstained tally.Weight, t *votingv1.Turnout) (tally.Weight, error) {
	if s := silences[t.GetNonVoters()]; took != (tally.Weight{}) && (s == tally.SilenceTakesPart || s == tally.SilenceJoins) {
		took = took.Minus(silentIn(t))
	}
	if t.GetAbstentionsAbsent() {
		return took.Plus(abstained)
	}
	return took, nil
}

func silentIn(t *votingv1.Turnout) tally.Weight {
	return weightIn(t.GetHeads(), t.GetAreaCentiM2(), t.GetMeasured())
}

func weightIn(heads, area int64, m *votingv1.Measured) tally.Weight {
	return tally.Weight{Heads: heads, Area: area, Households: m.GetHouseholds(), Classes: m.GetWeight()}
}

// Comparable tells whether a certificate of a poll by some rules says enough to be judged by others.
func Comparable(was, would *communityv1.PollRules) bool {
	yesNo := communityv1.Method_METHOD_YES_NO
	same := was.GetMethod() == yesNo && would.GetMethod() == yesNo && was.GetElectorate() == would.GetElectorate()
	return same && was.GetTurnout().GetChannel() == would.GetTurnout().GetChannel() && (measured(was) || !measured(would))
}
