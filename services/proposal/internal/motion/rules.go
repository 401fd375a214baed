package motion

import (
	"strconv"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

const secondMillis = 1000

func find(v *decider.View, id string) (*Motion, error) {
	m, ok := decider.Get[Motion](v, Path(id))
	if !ok {
		return nil, ErrUnknown
	}
	return m, nil
}

// OnCertificate demands that the motion of a certified poll is resolved, or the appeal. Any other poll concerns nobody here.
func OnCertificate(_ *decider.View, e decider.Event, body *votingv1.CertificateIssued) []decider.Demand {
	if body.GetAppeal() != "" {
		result := body.GetTally().GetResult()
		if doubtful(body) {
			result = votingv1.Result_RESULT_NO_QUORUM // it decides as little
		}
		return judged(e, body.GetAppeal(), result)
	}
	if body.GetMotion() == "" {
		return nil
	}
	poll := e.Aggregate[len("poll/"):]
	return []decider.Demand{{
		Purpose: "resolve/" + body.GetMotion(), Operation: "proposal.resolve",
		Body: &proposalv1.ResolveMotion{Motion: body.GetMotion(), Poll: poll, Adopted: body.GetAdopted()},
	}}
}

// doubtful tells whether the checks after a count have left its result in doubt.
func doubtful(c *votingv1.CertificateIssued) bool {
	return c.GetRecount() != nil && !c.GetRecount().GetSame() ||
		c.GetPaperAudit().GetVerdict() == votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL
}

// OnOpeningLapsed demands that the motion of a poll that will never open fails, or that the appeal remains undecided.
func OnOpeningLapsed(_ *decider.View, e decider.Event, body *votingv1.OpeningLapsed) []decider.Demand {
	return unheld(e, body.GetMotion(), body.GetAppeal(), e.Aggregate[len("poll/"):], body.GetReason())
}

// OnPollLapsed demands the same when the poll could not be called at all, or cannot be counted. What else lapses in voting, such as the
// timer of a poll that closed before, is no motion's end.
func OnPollLapsed(v *decider.View, e decider.Event, body *chainv1.Lapsed) []decider.Demand {
	if chain.KindOf(e.Aggregate) != pollLapse {
		return nil
	}
	kind, id, _ := strings.Cut(body.GetPurpose(), "/")
	switch kind {
	case "poll":
		return unheld(e, id, "", "", body.GetReason())
	case "appeal":
		return unheld(e, "", id, "", body.GetReason())
	case "tally":
		if p, ok := decider.Get[Poll](v, "poll/"+id); ok {
			return unheld(e, p.Motion, p.Appeal, id, body.GetReason())
		}
	}
	return nil
}

// unheld demands what follows when a poll on a motion or an appeal will not be held.
func unheld(e decider.Event, motion, appeal, poll, reason string) []decider.Demand {
	if appeal != "" {
		return undecided(e, appeal, poll, reason)
	}
	return fail(motion, poll, reason)
}

// fail demands a motion's failure. A poll without a motion concerns nobody here.
func fail(motion, poll, reason string) []decider.Demand {
	if motion == "" {
		return nil
	}
	return []decider.Demand{{
		Purpose: "fail/" + motion, Operation: "proposal.fail",
		Body: &proposalv1.FailMotion{Motion: motion, Poll: poll, Reason: reason},
	}}
}

// Fail records that there will be no vote on a motion, and why.
func Fail(v *decider.View, _ *decider.Command, body *proposalv1.FailMotion) ([]decider.Change, error) {
	m, err := find(v, body.GetMotion())
	if err != nil {
		return nil, err
	}
	if m.State != Put {
		return nil, ErrResolved
	}
	return []decider.Change{decider.On(Path(body.GetMotion()), &proposalv1.MotionFailed{Poll: body.GetPoll(), Reason: body.GetReason()})}, nil
}

// Resolve records what a certificate means for its motion, with all times that follow from the rules that the motion was put under.
// A veto is possible until the motion comes into force and no longer, whatever the rules grant.
func Resolve(v *decider.View, cmd *decider.Command, body *proposalv1.ResolveMotion) ([]decider.Change, error) {
	m, err := find(v, body.GetMotion())
	if err != nil {
		return nil, err
	}
	if m.State != Put {
		return nil, ErrResolved
	}
	if !body.GetAdopted() {
		return []decider.Change{decider.On(Path(body.GetMotion()), &proposalv1.MotionRejected{Poll: body.GetPoll()})}, nil
	}
	executes := cmd.Time + int64(m.Rules.GetExecutionDelaySeconds())*secondMillis
	expires := int64(0)
	if seconds := m.Rules.GetExecutionExpirySeconds(); seconds > 0 {
		expires = executes + int64(seconds)*secondMillis
	}
	return []decider.Change{decider.On(Path(body.GetMotion()), &proposalv1.MotionAdopted{
		Poll: body.GetPoll(), ExecutesAt: executes, ExpiresAt: expires,
		VetoUntil: min(executes, cmd.Time+int64(m.Rules.GetVetoSeconds())*secondMillis),
	})}, nil
}

// executeAt demands the nth opening of a motion's execution. When a veto or its appeal sets another time, the other timers still come due,
// find that it is too early, or that another was first, and lapse.
func executeAt(e decider.Event, n int, due int64) []decider.Demand {
	id := e.Aggregate[len("motion/"):]
	return []decider.Demand{{
		Purpose: "execute/" + id + "/" + strconv.Itoa(n), Operation: "proposal.execute",
		Body: &proposalv1.OpenExecution{Motion: id}, Due: due,
	}}
}

// OnAdopted sets the timer of the execution.
func OnAdopted(_ *decider.View, e decider.Event, body *proposalv1.MotionAdopted) []decider.Demand {
	return executeAt(e, 1, body.GetExecutesAt())
}

// OnVetoed sets the timer of the execution after the veto.
func OnVetoed(_ *decider.View, e decider.Event, body *proposalv1.MotionVetoed) []decider.Demand {
	return executeAt(e, 2, body.GetExecutesAt())
}

// OnOverturned sets the timer of the execution of a motion whose veto was set aside.
func OnOverturned(_ *decider.View, e decider.Event, body *proposalv1.VetoOverturned) []decider.Demand {
	return executeAt(e, 3, body.GetExecutesAt())
}

// Execute brings an adopted motion into force.
func Execute(v *decider.View, cmd *decider.Command, body *proposalv1.OpenExecution) ([]decider.Change, error) {
	m, err := find(v, body.GetMotion())
	if err != nil {
		return nil, err
	}
	switch m.State {
	case Adopted, Vetoed:
	case Put, Rejected, Failed:
		return nil, ErrNotAdopted
	case Stopped:
		return nil, ErrStopped
	default:
		return nil, ErrOpened
	}
	if cmd.Time < m.ExecutesAt {
		return nil, ErrNotDue
	}
	return []decider.Change{decider.On(Path(body.GetMotion()), &proposalv1.ExecutionOpened{})}, nil
}

// OnOpened sets the timer of the expiry, which nothing can move any more.
func OnOpened(v *decider.View, e decider.Event, _ *proposalv1.ExecutionOpened) []decider.Demand {
	m, ok := decider.Get[Motion](v, e.Aggregate)
	if !ok || m.ExpiresAt == 0 {
		return nil
	}
	id := e.Aggregate[len("motion/"):]
	return []decider.Demand{{
		Purpose: "expire/" + id, Operation: "proposal.expire",
		Body: &proposalv1.ExpireExecution{Motion: id}, Due: m.ExpiresAt,
	}}
}

// mustBeInForce refuses what only a motion in force allows, saying why.
func (m *Motion) mustBeInForce() error {
	switch m.State {
	case InForce:
		return nil
	case Done:
		return ErrDone
	case Expired:
		return ErrExpired
	case Adopted, Vetoed:
		return ErrNotOpen
	case Stopped:
		return ErrStopped
	}
	return ErrNotAdopted
}

// Tell records an attempt to carry a motion out.
func Tell(v *decider.View, cmd *decider.Command, body *proposalv1.ReportExecution) ([]decider.Change, error) {
	m, err := find(v, body.GetMotion())
	if err != nil {
		return nil, err
	}
	if err := m.mustBeInForce(); err != nil {
		return nil, err
	}
	if m.ExpiresAt > 0 {
		if cmd.Time >= m.ExpiresAt {
			return nil, ErrExpired
		}
		v.Window(0, m.ExpiresAt)
	}
	switch body.GetOutcome() {
	case proposalv1.Outcome_OUTCOME_DONE, proposalv1.Outcome_OUTCOME_FAILED:
	default:
		return nil, ErrOutcome
	}
	if err := standing.CheckText(body.GetEvidence()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(Path(body.GetMotion()), &proposalv1.ExecutionReported{
		Outcome: body.GetOutcome(), Evidence: body.GetEvidence(), By: cmd.Actor,
	})}, nil
}

// Expire ends a motion that nobody carried out in time.
func Expire(v *decider.View, _ *decider.Command, body *proposalv1.ExpireExecution) ([]decider.Change, error) {
	m, err := find(v, body.GetMotion())
	if err != nil {
		return nil, err
	}
	if err := m.mustBeInForce(); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(Path(body.GetMotion()), &proposalv1.ExecutionExpired{})}, nil
}
