package poll

import (
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/voting/internal/tally"
)

// Taking is how many take part in a poll that is open, and what they weigh: never what for. Who has voted in an open poll stands on the
// record for members; of a secret poll nothing is told here, and neither of one that is not open.
type Taking struct {
	// Told says whether the rest is told.
	Told   bool `json:"told"`
	Voters int  `json:"voters"` // on the roll
	Cast   int  `json:"cast"`   // who have cast a ballot; that it is good the count will say
	// Silent are those whose silence takes part by the rules, because the notice provably came.
	Silent  int      `json:"silent,omitempty"`
	Quorums []Quorum `json:"quorums"`
}

// Quorum is one quorum of the rules, and how much of it there is.
type Quorum struct {
	Measure     communityv1.Measure `json:"measure"`
	Have        int64               `json:"have"`
	All         int64               `json:"all"`
	Numerator   int64               `json:"numerator"`
	Denominator int64               `json:"denominator"`
	Strict      bool                `json:"strict,omitempty"` // more than the share, not just as much
	Holds       bool                `json:"holds"`
}

// TakingPart gives that of a poll. It reads the state, so it must run where the state's owner runs.
func TakingPart(s *decider.State, id string) Taking {
	out := Taking{Quorums: []Quorum{}}
	p, sealed := decider.Peek[Poll](s, Path(id)), decider.PeekDerived[Book](s).Polls[id]
	if p == nil || sealed == nil || p.secret() || p.Roll == nil || p.Closed {
		return out
	}
	part := tally.Weight{}
	for voter, v := range sealed.Roll { // any order: sums do not depend on it, and the roll's were found to fit
		_, cast := sealed.Ballots[voter]
		switch {
		case cast:
			out.Cast++
		case sealed.counts(voter):
			out.Silent++
		default:
			continue
		}
		part, _ = part.Plus(weightOf(v))
	}
	out.Told, out.Voters = true, len(sealed.Roll)
	all := wholeOf(sealed.All)
	for _, r := range p.Rules.GetRequirements() {
		if !r.GetQuorum() {
			continue
		}
		q := requirementOf(r)
		judged, err := tally.Evaluate([]tally.Requirement{q}, tally.Figures{All: all, Participants: part})
		if err != nil { // what cannot be judged has no place on a meter
			continue
		}
		out.Quorums = append(out.Quorums, Quorum{
			Measure: r.GetMeasure(), Have: part.Of(q.Measure), All: all.Of(q.Measure), Numerator: r.GetNumerator(),
			Denominator: r.GetDenominator(), Strict: r.GetStrict(), Holds: judged.Verdict == tally.Passed,
		})
	}
	return out
}
