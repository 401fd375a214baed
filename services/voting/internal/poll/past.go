package poll

import (
	"slices"

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

// Likeness tells whether a certificate of the past says something of other rules, or why not.
type Likeness int

// The likenesses.
const (
	Like           Likeness = iota
	UnlikeMethod            // ballots are filled in in another way
	UnlikePeople            // others had a vote
	UnlikeMeasures          // a measure is asked for that was not counted
	UnlikeHidden            // something is asked for that was not opened
	UnlikeLimits            // ballots are kept within other bounds, and some that were good would be spoilt
	UnlikeQuestion          // the question is none that these rules could have decided
	UnlikeTie               // a tie would be broken by a seed that nobody was asked for
	UnlikeWithheld          // the ballots are not there to be counted
)

// Comparable tells whether a certificate of a poll by some rules says enough to be judged by others, or why not. Of what is no vote on yes
// or no it tells whether the same people had a vote; the rest is for Recount.
func Comparable(was, would *communityv1.PollRules, t *votingv1.Tally) Likeness {
	const yesNo = communityv1.Method_METHOD_YES_NO
	secret := was.GetSecrecy().GetSecrecy() > communityv1.Secrecy_SECRECY_OPEN
	switch {
	case (was.GetMethod() == yesNo) != (would.GetMethod() == yesNo):
		return UnlikeMethod
	case was.GetElectorate() != would.GetElectorate(), was.GetTurnout().GetChannel() != would.GetTurnout().GetChannel():
		return UnlikePeople
	case measured(would) && !measured(was):
		return UnlikeMeasures
	case was.GetMethod() == yesNo && secret && (len(t.GetTotals()) == 0 || !opened(was, would)):
		return UnlikeHidden
	}
	return Like
}

// opened tells whether a secret poll opened its totals in every measure by which other rules count the yes; of no other anything is known.
func opened(was, would *communityv1.PollRules) bool {
	had := openedMeasures(was)
	return !slices.ContainsFunc(openedMeasures(would), func(m communityv1.Measure) bool { return !slices.Contains(had, m) })
}
