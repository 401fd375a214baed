package poll

import (
	"bytes"
	"crypto/sha256"
	"strconv"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// movable tells whether the rules may move the close. Only then does the deadline stand on the record by itself: what follows from it rests
// on who has voted until that very instant, which no command can carry beforehand.
func movable(r *communityv1.PollRules) bool {
	t := r.GetTurnout()
	return t.GetLateQuorumWithinSeconds() > 0 || t.GetExtensionRoundsMax() > 0
}

// demandDeadline demands what happens at a closing instant.
func demandDeadline(id string, p *Poll) []decider.Demand {
	if !movable(p.Rules) {
		return []decider.Demand{{
			Purpose: "close/" + id + "/deadline", Operation: "voting.close", Body: &votingv1.ClosePoll{Poll: id}, Due: p.ClosesAt,
		}}
	}
	return []decider.Demand{{
		Purpose: "deadline/" + id + "/" + p.extensions(), Operation: "voting.reach_deadline",
		Body: &votingv1.ReachDeadline{Poll: id, ClosesAt: p.ClosesAt}, Due: p.ClosesAt,
	}}
}

// OnExtended demands what happens at the new closing instant, and the reminders before it.
func OnExtended(v *decider.View, e decider.Event, _ *votingv1.PollExtended) []decider.Demand {
	p := pollAt(v, e)
	return append(demandDeadline(pollOf(e.Aggregate), p), demandReminders(pollOf(e.Aggregate), p, e.Time)...)
}

// ReachDeadline notes a closing instant, unless the close has been moved or has come already.
func ReachDeadline(v *decider.View, _ *decider.Command, b *votingv1.ReachDeadline) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Closed:
		return nil, ErrClosed
	case p.ClosesAt != b.GetClosesAt():
		return nil, ErrExtended
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.DeadlineReached{ClosesAt: b.GetClosesAt()})}, nil
}

// OnDeadlineReached demands the extension that the rules give, or else the close.
func OnDeadlineReached(v *decider.View, e decider.Event, _ *votingv1.DeadlineReached) []decider.Demand {
	id := pollOf(e.Aggregate)
	p, sealed := pollAt(v, e), decider.DerivedOf[Book](v).Polls[id]
	if sealed == nil {
		return nil
	}
	switch {
	case sealed.lateQuorum(p):
		return demandExtension(id, p, votingv1.Extension_EXTENSION_LATE_QUORUM)
	case p.Rounds < p.Rules.GetTurnout().GetExtensionRoundsMax() && !sealed.quorate(p):
		return demandExtension(id, p, votingv1.Extension_EXTENSION_NO_QUORUM)
	}
	return []decider.Demand{{
		Purpose: "close/" + id + "/deadline", Operation: "voting.close", Body: &votingv1.ClosePoll{Poll: id},
		Due: p.ClosesAt, // the clock that judges it may be behind the one that judged the deadline
	}}
}

// extensions numbers the closing instants of a poll, so that each has a purpose of its own.
func (p *Poll) extensions() string { return strconv.FormatUint(uint64(p.moved()), 10) }

// moved gives how often the close was moved.
func (p *Poll) moved() uint32 { return p.Rounds + one(p.Late) }

func demandExtension(id string, p *Poll, why votingv1.Extension) []decider.Demand {
	purpose := "extend/" + id + "/late"
	if why == votingv1.Extension_EXTENSION_NO_QUORUM {
		purpose = "extend/" + id + "/" + p.extensions()
	}
	return []decider.Demand{{
		Purpose: purpose, Operation: "voting.extend", Body: &votingv1.ExtendPoll{Poll: id, Reason: why},
	}}
}

// Extend moves the close. Whoever was kept from voting meanwhile has the whole time: it runs from now if the old close has passed.
func Extend(v *decider.View, cmd *decider.Command, b *votingv1.ExtendPoll) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Closed:
		return nil, ErrClosed
	}
	extended := &votingv1.PollExtended{Reason: b.GetReason(), Rounds: p.Rounds}
	from := max(cmd.Time, p.ClosesAt)
	if b.GetReason() == votingv1.Extension_EXTENSION_LATE_QUORUM {
		extended.ClosesAt = after(from, p.Rules.GetTurnout().GetLateQuorumExtensionSeconds())
	} else {
		extended.Rounds++
		extended.ClosesAt = after(from, p.Rules.GetTurnout().GetExtensionSeconds())
	}
	return []decider.Change{decider.On(Path(b.GetPoll()), extended)}, nil
}

// lateQuorum tells whether a quorum was first reached so shortly before the close that the rules move it, which they do once.
func (s *Sealed) lateQuorum(p *Poll) bool {
	within := p.Rules.GetTurnout().GetLateQuorumWithinSeconds()
	return within > 0 && !p.Late && s.QuorumAt > 0 && after(s.QuorumAt, within) >= p.ClosesAt
}

// quorate tells whether every quorum holds, with those who take part without a vote if the rules count them.
func (s *Sealed) quorate(p *Poll) bool {
	part := tally.Weight{}
	for voter, v := range s.Roll { // any order: sums do not depend on it, and the roll's were found to fit
		_, cast := s.Ballots[voter]
		if cast || s.counts(voter) {
			part, _ = part.Plus(weightOf(v))
		}
	}
	return quorumHolds(p.Rules, part, wholeOf(s.All))
}

// noteQuorum notes when a quorum was first reached by ballots; the voter's weight is in already.
func (s *Sealed) noteQuorum(at int64) {
	if s.QuorumAt == 0 && quorumHolds(s.Rules, wholeOf(s.In), wholeOf(s.All)) {
		s.QuorumAt = at
	}
}

// counts tells whether somebody who has not voted takes part all the same.
func (s *Sealed) counts(voter string) bool {
	n := s.Rules.GetTurnout().GetNonVoters()
	return (n == communityv1.NonVoters_NON_VOTERS_TAKE_PART || n == communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY) && s.delivered(voter)
}

// delivered tells whether it is proved that a voter had the notice, with the warning of what becomes of those who do not vote.
func (s *Sealed) delivered(voter string) bool { return s.Delivered[voter] }

// quorumHolds judges the quorums alone. Rules without any have none to reach, so nothing is ever late or missing.
func quorumHolds(r *communityv1.PollRules, part, all tally.Weight) bool {
	var quorums []tally.Requirement
	for _, req := range r.GetRequirements() {
		if req.GetQuorum() {
			quorums = append(quorums, requirementOf(req))
		}
	}
	if len(quorums) == 0 {
		return true
	}
	out, _ := tally.Evaluate(quorums, tally.Figures{All: all, Participants: part}) // what cannot be judged has no verdict
	return out.Verdict == tally.Passed
}

// OnObjected demands the recount once so many have objected.
func OnObjected(v *decider.View, e decider.Event, _ *votingv1.ObjectionRaised) []decider.Demand {
	id := pollOf(e.Aggregate)
	p, ok := decider.Get[Poll](v, Path(id))
	if !ok || !p.recounts(v.Count(Path(id)+"/objection")) || p.Certified {
		return nil
	}
	again, err := Count(id, p, decider.DerivedOf[Book](v).Polls[id])
	if err != nil {
		again = nil // what cannot be counted any more is not the same
	}
	return []decider.Demand{{
		Purpose: "recount/" + id, Operation: "voting.recount", Body: &votingv1.RecountBallots{Poll: id, Tally: again},
	}}
}

// recounts tells whether so many objections are as many as the rules name.
func (p *Poll) recounts(objections int) bool {
	n := p.Rules.GetTurnout().GetRecountObjectionsMin()
	return n > 0 && objections >= int(n)
}

// Recount puts the second count on the record.
func Recount(v *decider.View, _ *decider.Command, b *votingv1.RecountBallots) ([]decider.Change, error) {
	p, err := find(v, b.GetPoll())
	switch {
	case err != nil:
		return nil, err
	case p.Recount != nil:
		return nil, ErrRecounted
	case p.Certified:
		return nil, ErrCertified
	}
	first, err := encodeTally(p.Tally)
	if err != nil {
		return nil, err
	}
	again, err := encodeTally(b.GetTally())
	if err != nil {
		return nil, err
	}
	digest := sha256.Sum256(again)
	return []decider.Change{decider.On(Path(b.GetPoll()), &votingv1.BallotsRecounted{Recount: &votingv1.Recount{
		Objections: uint32(v.Count(Path(b.GetPoll()) + "/objection")), Same: b.GetTally() != nil && bytes.Equal(first, again), Digest: digest[:],
	}})}, nil
}

func encodeTally(t *votingv1.Tally) ([]byte, error) {
	return proto.MarshalOptions{Deterministic: true}.Marshal(t)
}

// OnRecounted demands the certificate anew, because the one that was due may have lapsed for want of the recount. Which of the two comes
// first the clocks of those who judged cannot tell, so both are demanded, and the one that finds the certificate there lapses.
func OnRecounted(v *decider.View, e decider.Event, _ *votingv1.BallotsRecounted) []decider.Demand {
	id := pollOf(e.Aggregate)
	p := pollAt(v, e)
	tallied := p.ObjectionsUntil - int64(p.Rules.GetObjectionSeconds())*msPerSecond
	return []decider.Demand{{
		Purpose: "certify/" + id + "/recounted", Operation: "voting.certify", Body: &votingv1.IssueCertificate{Poll: id},
		Due: max(p.ObjectionsUntil, p.auditUntil(tallied)),
	}}
}
