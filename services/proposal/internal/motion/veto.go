package motion

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/proposal/internal/words"
)

// vetoMillis is how long a veto has force: seven days.
const vetoMillis = 7 * 24 * 60 * 60 * secondMillis

// veto gives the times that a veto sets. The execution and its expiry move together, so that a veto shortens neither.
func (m *Motion) veto(now int64) (lapses, executes, expires int64) {
	lapses = now + vetoMillis
	executes = max(m.ExecutesAt, lapses)
	return lapses, executes, m.expiry(executes)
}

// expiry gives the motion's expiry when its execution moves to another time.
func (m *Motion) expiry(executes int64) int64 {
	if m.ExpiresAt == 0 {
		return 0
	}
	return m.ExpiresAt + executes - m.ExecutesAt
}

// GiveVeto is a guardian's veto: once on a motion, once by one guardian in one matter.
func GiveVeto(v *decider.View, cmd *decider.Command, body *proposalv1.VetoMotion) ([]decider.Change, error) {
	m, err := find(v, body.GetMotion())
	if err != nil {
		return nil, err
	}
	switch {
	case m.State == Put, m.State == Rejected, m.State == Failed:
		return nil, ErrNotAdopted
	case m.State != Adopted && m.State != Vetoed && m.State != Stopped:
		return nil, ErrVetoLate
	case m.Veto != nil:
		return nil, ErrVetoGiven
	}
	right := VetoPath(cmd.Actor, m.Matter)
	switch {
	case cmd.Time >= m.VetoUntil:
		return nil, ErrVetoLate
	case v.Exists(right):
		return nil, ErrVetoUsed
	}
	if err := standing.CheckText(body.GetReason()); err != nil {
		return nil, err
	}
	v.Window(0, m.VetoUntil)
	lapses, executes, expires := m.veto(cmd.Time)
	return []decider.Change{
		decider.On(Path(body.GetMotion()), &proposalv1.MotionVetoed{
			Guardian: cmd.Actor, Reason: body.GetReason(), LapsesAt: lapses, ExecutesAt: executes, ExpiresAt: expires, Appeal: m.appeal(),
		}),
		decider.On(right, &proposalv1.VetoUsed{Motion: body.GetMotion()}),
	}, nil
}

// judged demands what an appeal's certificate says. Yes is for the veto; only a quorum can set one aside.
func judged(e decider.Event, motion string, result votingv1.Result) []decider.Demand {
	body := &proposalv1.ResolveAppeal{Motion: motion, Poll: e.Aggregate[len("poll/"):], DecidedAt: e.Time}
	switch result {
	case votingv1.Result_RESULT_PASSED:
		body.Outcome = proposalv1.AppealOutcome_APPEAL_OUTCOME_UPHELD
	case votingv1.Result_RESULT_REJECTED:
		body.Outcome = proposalv1.AppealOutcome_APPEAL_OUTCOME_OVERTURNED
	default:
		body.Outcome, body.Reason = proposalv1.AppealOutcome_APPEAL_OUTCOME_UNDECIDED, ErrAppealQuorum.Code
	}
	return resolveAppeal(body)
}

func undecided(e decider.Event, motion, poll, reason string) []decider.Demand {
	return resolveAppeal(&proposalv1.ResolveAppeal{
		Motion: motion, Poll: poll, Outcome: proposalv1.AppealOutcome_APPEAL_OUTCOME_UNDECIDED, Reason: reason, DecidedAt: e.Time,
	})
}

// resolveAppeal demands the one resolution of a motion's one appeal.
func resolveAppeal(body *proposalv1.ResolveAppeal) []decider.Demand {
	return []decider.Demand{{Purpose: "appeal/" + body.GetMotion(), Operation: "proposal.resolve_appeal", Body: body}}
}

// ResolveAppeal records what an appeal means for its motion. It had to be decided while the veto had force; when it was, only a motion
// that has come into force meanwhile is out of its reach.
func ResolveAppeal(v *decider.View, cmd *decider.Command, body *proposalv1.ResolveAppeal) ([]decider.Change, error) {
	m, err := find(v, body.GetMotion())
	if err != nil {
		return nil, err
	}
	switch {
	case m.Veto == nil || m.Veto.Appeal == nil:
		return nil, ErrNotVetoed
	case m.Veto.Appeal.Outcome != "":
		return nil, ErrAppealDecided
	case m.State != Vetoed || body.GetDecidedAt() >= m.Veto.LapsesAt:
		return nil, ErrVetoLapsed
	}
	path := Path(body.GetMotion())
	switch body.GetOutcome() {
	case proposalv1.AppealOutcome_APPEAL_OUTCOME_UPHELD:
		return []decider.Change{decider.On(path, &proposalv1.VetoUpheld{Poll: body.GetPoll()})}, nil
	case proposalv1.AppealOutcome_APPEAL_OUTCOME_OVERTURNED:
		executes := min(m.ExecutesAt, max(m.Veto.DelayUntil, cmd.Time)) // never later than under the veto
		return []decider.Change{decider.On(path, &proposalv1.VetoOverturned{
			Poll: body.GetPoll(), ExecutesAt: executes, ExpiresAt: m.expiry(executes),
		})}, nil
	}
	return []decider.Change{decider.On(path, &proposalv1.AppealUndecided{Poll: body.GetPoll(), Reason: body.GetReason()})}, nil
}

// evolveVeto follows a veto and its appeal.
func (m *Motion) evolveVeto(e decider.Event) {
	decide := func(outcome, poll, reason string) {
		if m.Veto != nil {
			m.Veto.Appeal = &Appeal{Poll: poll, Outcome: outcome, Reason: reason, DecidedAt: e.Time}
		}
	}
	switch b := e.Body.(type) {
	case *proposalv1.MotionVetoed:
		m.Veto = &Veto{
			Guardian: b.GetGuardian(), Reason: words.Of(b.GetReason()), VetoedAt: e.Time, LapsesAt: b.GetLapsesAt(), DelayUntil: m.ExecutesAt,
		}
		if b.GetAppeal() != nil {
			m.Veto.Appeal = &Appeal{}
		}
		m.State, m.ExecutesAt, m.ExpiresAt = Vetoed, b.GetExecutesAt(), b.GetExpiresAt()
	case *proposalv1.VetoUpheld:
		m.State = Stopped
		decide("upheld", b.GetPoll(), "")
	case *proposalv1.VetoOverturned:
		m.State, m.ExecutesAt, m.ExpiresAt = Adopted, b.GetExecutesAt(), b.GetExpiresAt()
		decide("overturned", b.GetPoll(), "")
	case *proposalv1.AppealUndecided:
		decide("undecided", b.GetPoll(), b.GetReason())
	}
}
