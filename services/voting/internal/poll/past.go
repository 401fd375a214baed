package poll

import (
	"slices"

	"renlin.dev/pkg/fault"
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

// Why a certificate of the past says nothing of other rules.
var (
	ErrUnlikeMethod = fault.New(fault.Refused, "dryrun.method",
		"One of the two is not a vote on yes or no: how voters filled in one kind of ballot does not say how they would fill in another.",
		"两者并非都是赞成与否的表决：选民如何填写一种选票，不能说明其会如何填写另一种。")
	ErrUnlikePeople = fault.New(fault.Refused, "dryrun.electorate",
		"Other people had a vote in that poll than these rules give one.", "该次表决的投票人与此规则规定的投票人不同。")
	ErrUnlikeMeasures = fault.New(fault.Refused, "dryrun.measures",
		"These rules count by a measure that the certificate does not have.", "此规则所依据的计量未载于结果证书。")
	ErrUnlikeHidden = fault.New(fault.Refused, "dryrun.hidden",
		"That poll was secret, and its totals were never opened.", "该次表决为秘密表决，各项合计从未公开。")
)

// Comparable tells whether a certificate of a poll by some rules says enough to be judged by others, or why not.
func Comparable(was, would *communityv1.PollRules, t *votingv1.Tally) error {
	const yesNo = communityv1.Method_METHOD_YES_NO
	secret := was.GetSecrecy().GetSecrecy() > communityv1.Secrecy_SECRECY_OPEN
	switch {
	case was.GetMethod() != yesNo || would.GetMethod() != yesNo:
		return ErrUnlikeMethod
	case was.GetElectorate() != would.GetElectorate(), was.GetTurnout().GetChannel() != would.GetTurnout().GetChannel():
		return ErrUnlikePeople
	case measured(would) && !measured(was):
		return ErrUnlikeMeasures
	case secret && (len(t.GetTotals()) == 0 || !opened(was, would)):
		return ErrUnlikeHidden
	}
	return nil
}

// opened tells whether a secret poll opened its totals in every measure by which other rules count the yes; of no other anything is known.
func opened(was, would *communityv1.PollRules) bool {
	had := openedMeasures(was)
	return !slices.ContainsFunc(openedMeasures(would), func(m communityv1.Measure) bool { return !slices.Contains(had, m) })
}
