package poll

import (
	"slices"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// silent notes what the rules make of those who did not vote, and of abstentions; nothing where they do not say.
func (c *count) silent(out *votingv1.Tally, r *communityv1.PollRules, sealed *Sealed) error {
	t := r.GetTurnout()
	if t.GetNonVoters() == communityv1.NonVoters_NON_VOTERS_UNSPECIFIED && !t.GetAbstentionsAbsent() {
		return nil
	}
	out.Turnout = &votingv1.Turnout{AbstentionsAbsent: t.GetAbstentionsAbsent(), NonVoters: t.GetNonVoters()}
	if t.GetNonVoters() == communityv1.NonVoters_NON_VOTERS_UNSPECIFIED {
		return nil
	}
	out.Turnout.Warning = r.GetNotice().GetWarning()
	var told []tally.Weight
	for voter, v := range sealed.Roll { // any order: sums do not depend on it
		if _, cast := sealed.Ballots[voter]; cast {
			continue
		}
		if sealed.delivered(voter) {
			told = append(told, weightOf(v))
		} else {
			out.Turnout.Undelivered++
		}
	}
	sum, err := tally.Sum(told)
	if err != nil {
		return err
	}
	c.poll.Turnout.Silent = sum
	out.Turnout.Delivered, out.Turnout.Heads, out.Turnout.AreaCentiM2 = uint32(len(told)), sum.Heads, sum.Area
	if c.measured {
		out.Turnout.Measured = measuredOf(sum)
	}
	return nil
}

// withoutSilent adds what the count would be if nobody who did not vote counted, where somebody may.
func (c *count) withoutSilent(out *votingv1.Tally, ballots []tally.Ballot, roll tally.Roll) error {
	counting := []tally.Silence{tally.SilenceTakesPart, tally.SilenceJoins}
	if !slices.Contains(counting, c.poll.Turnout.Silence) {
		return nil
	}
	bare := *c
	bare.poll.Turnout.Silence = tally.SilenceAbsent
	without := &votingv1.Tally{}
	if err := bare.decide(without, ballots, roll); err != nil {
		return err
	}
	out.Turnout.InequalitiesWithout, out.Turnout.ResultWithout = without.GetInequalities(), without.GetResult()
	return nil
}
