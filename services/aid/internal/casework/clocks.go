package casework

import (
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// OperationMiss is the policy that records a missed time.
const OperationMiss = "aid.miss_clock"

// timer demands that a time is looked at when it has come. A time that moves is another purpose; the old one lapses. A fact that some
// record has on anything but a case demands nothing.
func timer(e decider.Event, clock aidv1.ServiceClock, deadline int64) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "aid-case/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose:   "aid-clock/" + id + "/" + strconv.Itoa(int(clock)) + "/" + strconv.FormatInt(deadline, 10),
		Operation: OperationMiss, Due: deadline, Body: &aidv1.MissClock{Case: id, Clock: clock, Deadline: deadline},
	}}
}

const (
	answerClock  = aidv1.ServiceClock_SERVICE_CLOCK_ANSWER
	resolveClock = aidv1.ServiceClock_SERVICE_CLOCK_RESOLVE
	confirmClock = aidv1.ServiceClock_SERVICE_CLOCK_CONFIRM
	appealClock  = aidv1.ServiceClock_SERVICE_CLOCK_APPEAL
)

// both sets the two times of a case that begins or goes on.
func both(e decider.Event, answer, resolve int64) []decider.Demand {
	return append(timer(e, answerClock, answer), timer(e, resolveClock, resolve)...)
}

// OnRequested sets the times of a request.
func OnRequested(_ *decider.View, e decider.Event, b *aidv1.AidRequested) []decider.Demand {
	return both(e, b.GetAnswerBy(), b.GetResolveBy())
}

// OnReopened sets those of a case that begins again.
func OnReopened(_ *decider.View, e decider.Event, b *aidv1.CaseReopened) []decider.Demand {
	return both(e, b.GetAnswerBy(), b.GetResolveBy())
}

// OnUpheld does so too.
func OnUpheld(_ *decider.View, e decider.Event, b *aidv1.AppealUpheld) []decider.Demand {
	return both(e, b.GetAnswerBy(), b.GetResolveBy())
}

// OnRejected sets the times that stood still.
func OnRejected(_ *decider.View, e decider.Event, b *aidv1.AppealRejected) []decider.Demand {
	return both(e, b.GetAnswerBy(), b.GetResolveBy())
}

// OnAppealWithdrawn does so too.
func OnAppealWithdrawn(_ *decider.View, e decider.Event, b *aidv1.AppealWithdrawn) []decider.Demand {
	return both(e, b.GetAnswerBy(), b.GetResolveBy())
}

// OnTakenOver sets the time by which whoever took a case over must have looked.
func OnTakenOver(_ *decider.View, e decider.Event, b *aidv1.ReferralAccepted) []decider.Demand {
	if b.GetAnswerBy() == 0 { // what stood on a record before there was such a time
		return nil
	}
	return timer(e, answerClock, b.GetAnswerBy())
}

// OnAssessed sets the time that an assessment may have moved.
func OnAssessed(_ *decider.View, e decider.Event, b *aidv1.CaseAssessed) []decider.Demand {
	return timer(e, resolveClock, b.GetResolveBy())
}

// OnDelivered sets the time by which a delivery must be confirmed.
func OnDelivered(_ *decider.View, e decider.Event, b *aidv1.AidDelivered) []decider.Demand {
	return timer(e, confirmClock, b.GetConfirmBy())
}

// OnAppealed sets the time by which an appeal must be decided.
func OnAppealed(_ *decider.View, e decider.Event, b *aidv1.CaseAppealed) []decider.Demand {
	return timer(e, appealClock, b.GetDecideBy())
}

// runs tells whether a clock runs towards this very time.
func (c *Case) runs(clock aidv1.ServiceClock, deadline int64) bool {
	still := c.AppealedAt != 0
	switch clock {
	case answerClock:
		return !still && deadline == c.AnswerBy && (c.State == Requested || c.State == Referred && c.Before == Requested)
	case resolveClock:
		return !still && deadline == c.ResolveBy && !c.came() && !c.Ended()
	case confirmClock:
		return deadline == c.ConfirmBy && !c.Confirmed && !c.Ended()
	case appealClock:
		return still && deadline == c.DecideBy
	}
	return false
}

// came tells whether help has come, as far as anybody knows: what was brought waits to be confirmed, or the person has said that it is
// settled. Where they have said that it is not, it has not come.
func (c *Case) came() bool { return c.State == Visited || c.State == Acknowledged && c.Settled }

// Miss records that a time was not kept, whose it was, and to whom it goes up.
func Miss(v *decider.View, cmd *decider.Command, body *aidv1.MissClock) ([]decider.Change, error) {
	c, ok := decider.Get[Case](v, Path(body.GetCase()))
	if !ok {
		return nil, ErrUnknown
	}
	if !c.runs(body.GetClock(), body.GetDeadline()) || cmd.Time < body.GetDeadline() {
		return nil, ErrClock
	}
	org := c.Org
	if c.State == Referred {
		org = c.ReferredTo
	}
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.ServiceClockMissed{
		Clock: body.GetClock(), Deadline: body.GetDeadline(), Org: org, EscalatedTo: Above(v),
	})}, nil
}

// Above gives the organisation to which what was missed goes up: the first of the government.
func Above(v *decider.View) string {
	for id, org := range decider.All[standing.Org](v, "org") {
		if org.Kind == communityv1.OrgKind_ORG_KIND_GOVERNMENT {
			return id
		}
	}
	return ""
}
