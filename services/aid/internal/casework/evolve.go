package casework

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/aid/internal/beneficiary"
)

func evolve(c *Case, e decider.Event) {
	if b, ok := e.Body.(*aidv1.AidRequested); ok {
		*c = Case{
			Beneficiary: b.GetBeneficiary(), Channel: b.GetChannel(), By: b.GetBy(), Category: b.GetCategory(), Urgency: b.GetUrgency(),
			Unit: b.GetUnit(), State: Requested, Asked: b.GetQuantity(), RequestedAt: e.Time, AnswerBy: b.GetAnswerBy(),
			ResolveBy: b.GetResolveBy(), Rounds: 1,
		}
		c.say(b.GetText())
	}
	c.evolveWork(e)
	c.evolveDelivery(e)
	c.evolveEnd(e)
	c.evolveAppeal(e)
	c.Involved, c.InvolvedOrgs = ids(c.By, c.Worker), ids(c.Org, c.ReferredTo)
}

// ids gives those that are there, ascending, each once.
func ids(some ...string) []string {
	all := slices.DeleteFunc(some, func(id string) bool { return id == "" })
	slices.Sort(all)
	return append([]string{}, slices.Compact(all)...)
}

// say adds what was said.
func (c *Case) say(t *communityv1.Text) {
	if t.GetRef() != "" {
		c.Texts = append(slices.Clone(c.Texts), beneficiary.Words(t))
	}
}

func (c *Case) evolveWork(e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.CaseAssigned:
		c.Worker = b.GetWorker()
		c.given(b.GetOrg())
		c.took(b.GetWorker())
	case *aidv1.CaseAssessed:
		c.State, c.Urgency, c.ResolveBy = Assessed, b.GetUrgency(), b.GetResolveBy()
		c.say(b.GetFindings())
	case *aidv1.CasePlanned:
		c.State, c.WithoutConsent = Planned, c.WithoutConsent || b.GetWithoutConsent()
		c.say(b.GetPlan())
	case *aidv1.AidApproved:
		c.Approved, c.ApprovedBy, c.Judged = b.GetQuantity(), b.GetBy(), false
		c.took(b.GetBy())
	case *aidv1.CaseReferred:
		c.Before, c.State, c.ReferredTo = c.State, Referred, b.GetOrg()
		c.WithoutConsent = c.WithoutConsent || b.GetWithoutConsent()
		c.say(b.GetReason())
	case *aidv1.ReferralAccepted:
		c.State, c.Before, c.ReferredTo, c.Worker = Requested, "", "", ""
		c.AnswerBy = cmp.Or(b.GetAnswerBy(), c.AnswerBy)
		c.given(b.GetOrg())
		c.Hops++
	case *aidv1.ReferralDeclined:
		c.State, c.Before, c.ReferredTo = c.Before, "", ""
	case *aidv1.ServiceClockMissed:
		c.Missed = append(slices.Clone(c.Missed), Missed{Clock: b.GetClock(), Deadline: b.GetDeadline()})
		c.Judged = false
	}
}

func (c *Case) evolveDelivery(e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.WorkListed:
		c.Works = append(slices.Clone(c.Works), Work{Order: b.GetOrder(), Quantity: b.GetQuantity()})
		c.State = Ordered
	case *aidv1.WorkEnded:
		c.work(b.GetOrder(), func(w *Work) { w.Ended = true })
		if c.State == Ordered && !c.onTheWay() {
			c.State = c.idle()
		}
	case *aidv1.AidDelivered:
		c.work(b.GetOrder(), func(w *Work) { w.Delivered += b.GetQuantity() })
		c.Delivered += b.GetQuantity()
		c.State, c.Confirmed, c.Settled, c.Spoken, c.ConfirmBy = Visited, false, false, false, b.GetConfirmBy()
		c.took(e.Actor) // whoever went says what they brought
		if b.GetOrg() != "" && !slices.Contains(c.Deliverers, b.GetOrg()) {
			c.Deliverers = append(slices.Clone(c.Deliverers), b.GetOrg())
		}
	case *aidv1.AidAcknowledged:
		c.confirm(b.GetQuantity(), b.GetSettled())
		c.Spoken = true
	case *aidv1.CallBackRecorded:
		c.confirm(b.GetQuantity(), b.GetSettled())
		c.say(b.GetText())
	}
}

// idle is where a case stands when nobody is on the way any more: what came before still waits to be confirmed, or is.
func (c *Case) idle() State {
	switch {
	case c.ConfirmBy == 0: // nothing came in this round
		return Planned
	case c.Confirmed:
		return Acknowledged
	}
	return Visited
}

func (c *Case) work(order string, change func(*Work)) {
	c.Works = slices.Clone(c.Works)
	for i := range c.Works {
		if c.Works[i].Order == order {
			change(&c.Works[i])
		}
	}
}

func (c *Case) confirm(quantity int64, settled bool) {
	c.Acknowledged, c.Confirmed, c.Settled = quantity, true, settled
	if c.State == Visited {
		c.State = Acknowledged
	}
}

func (c *Case) evolveEnd(e decider.Event) {
	end := func(s State, appealUntil int64) {
		c.State, c.EndedAt, c.AppealUntil, c.Judged, c.Worker = s, e.Time, appealUntil, false, ""
	}
	switch b := e.Body.(type) {
	case *aidv1.AidRefused:
		end(Refused, b.GetAppealUntil())
		c.took(b.GetBy())
		c.say(b.GetReason())
	case *aidv1.CaseClosed:
		end(Closed, b.GetAppealUntil())
		c.took(b.GetBy())
	case *aidv1.AidWithdrawn:
		end(Withdrawn, 0)
	case *aidv1.CaseReopened:
		c.again(b.GetAnswerBy(), b.GetResolveBy())
		c.say(b.GetReason())
	}
}

// again begins a case anew: what was delivered and said stays.
func (c *Case) again(answerBy, resolveBy int64) {
	c.State, c.Rounds, c.AnswerBy, c.ResolveBy, c.EndedAt, c.AppealUntil = Requested, c.Rounds+1, answerBy, resolveBy, 0, 0
	c.Confirmed, c.Settled, c.Spoken, c.Judged, c.Worker, c.ConfirmBy = false, false, false, false, "", 0
}

func (c *Case) evolveAppeal(e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.CaseAppealed:
		c.AppealedAt, c.DecideBy = e.Time, b.GetDecideBy()
		c.say(b.GetText())
	case *aidv1.AppealUpheld:
		c.AppealedAt, c.DecideBy = 0, 0
		c.again(b.GetAnswerBy(), b.GetResolveBy())
		c.say(b.GetReason())
	case *aidv1.AppealRejected:
		c.AppealedAt, c.DecideBy, c.Judged, c.AnswerBy, c.ResolveBy = 0, 0, true, b.GetAnswerBy(), b.GetResolveBy()
		c.say(b.GetReason())
	case *aidv1.AppealWithdrawn:
		c.AppealedAt, c.DecideBy, c.Judged, c.AnswerBy, c.ResolveBy = 0, 0, true, b.GetAnswerBy(), b.GetResolveBy()
	}
}

func evolveOrder(o *Order, e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.WorkOrdered:
		*o = Order{
			Case: b.GetCase(), Beneficiary: b.GetBeneficiary(), Member: b.GetMember(), Org: b.GetOrg(), Quantity: b.GetQuantity(), Due: b.GetDue(),
			AnswerBy: b.GetAnswerBy(),
		}
		o.Involved, o.InvolvedOrgs = ids(e.Actor, o.Member), ids(o.Org)
	case *aidv1.OrderAccepted:
		o.Accepted, o.Member = true, b.GetMember()
		o.Involved = ids(append(slices.Clone(o.Involved), o.Member)...)
	case *aidv1.OrderDeclined:
		o.Ended = true
	case *aidv1.OrderLapsed:
		o.Ended, o.Lapsed = true, true
	case *aidv1.WorkDelivered:
		o.Delivered += b.GetQuantity()
		o.Ended = b.GetEnded()
	}
}

func evolveVisit(s *Visit, e decider.Event) {
	if b, ok := e.Body.(*aidv1.VisitRecorded); ok {
		*s = Visit{
			Outcome: b.GetOutcome(), Quantity: b.GetQuantity(), Evidence: beneficiary.Words(b.GetEvidence()), By: b.GetBy(), At: e.Time,
			Involved: ids(b.GetBy()), Pictures: standing.PicturesOf(b.GetPictures()),
		}
	}
}
