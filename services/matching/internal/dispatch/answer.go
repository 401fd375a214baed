package dispatch

import (
	"slices"
	"strconv"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

func find(v *decider.View, id string) (*Assignment, error) {
	a, ok := decider.Get[Assignment](v, Path(id))
	if !ok {
		return nil, ErrUnknown
	}
	return a, nil
}

// mine finds an assignment, and sees to it that the actor may speak for a candidate of it. One who was asked and may no longer answer is
// told why.
func mine(v *decider.View, cmd *decider.Command, id, provider string) (*Assignment, *Candidate, error) {
	a, err := find(v, id)
	if err != nil {
		return nil, nil, err
	}
	c := a.candidate(provider)
	if c == nil {
		return nil, nil, ErrNotAsked
	}
	if _, err := supply.Speaks(v, cmd, provider); err != nil {
		return nil, nil, err
	}
	return a, c, nil
}

// Accept is a provider's yes. Whoever else was asked is thanked; the standbys go on standing by until it is done.
func Accept(v *decider.View, cmd *decider.Command, body *matchingv1.AcceptAssignment) ([]decider.Change, error) {
	a, c, err := mine(v, cmd, body.GetAssignment(), body.GetProvider())
	switch {
	case err != nil:
		return nil, err
	case c.Part == Thanked:
		return nil, ErrTaken
	case c.Part != Asked:
		return nil, ErrNotAsked
	case cmd.Time >= c.Until:
		return nil, ErrLate
	}
	if err := inTime(v, cmd, a); err != nil {
		return nil, err
	}
	v.Window(0, c.Until)
	f, id := newFacts(v, cmd.Time), body.GetAssignment()
	f.say(Path(id), &matchingv1.AssignmentAccepted{Provider: c.Provider, CheckInBy: checkInBy(v, cmd.Time, a)})
	for _, other := range a.Candidates {
		if other.Part == Asked && other.Provider != c.Provider {
			f.thank(id, a, other, matchingv1.Cause_CAUSE_TAKEN)
		}
	}
	f.count(id, c.Provider, matchingv1.Conduct_CONDUCT_ACCEPTED)
	return f.changes, nil
}

// Refuse is a provider's no, or that it gives up what it had accepted. A reaction asks the next.
func Refuse(v *decider.View, cmd *decider.Command, body *matchingv1.RefuseAssignment) ([]decider.Change, error) {
	a, c, err := mine(v, cmd, body.GetAssignment(), body.GetProvider())
	switch {
	case err != nil:
		return nil, err
	case !ValidReason(body.GetReason()):
		return nil, ErrReason
	case c.Part == Thanked:
		return nil, ErrTaken
	case c.Part != Asked && c.Part != Serving || a.State == Done || a.State == Confirmed:
		return nil, ErrNotAsked
	}
	f, id, givenUp := newFacts(v, cmd.Time), body.GetAssignment(), c.Part == Serving
	conduct := matchingv1.Conduct_CONDUCT_REFUSED
	if givenUp {
		conduct = matchingv1.Conduct_CONDUCT_FAILED
	}
	f.say(Path(id), &matchingv1.AssignmentRefused{Provider: c.Provider, Reason: body.GetReason(), GivenUp: givenUp})
	f.move(id, c.Provider, a.Skill, -a.Quantity, 0)
	f.count(id, c.Provider, conduct)
	return f.changes, nil
}

// ValidReason tells whether a reason is one of the list.
func ValidReason(r matchingv1.Reason) bool {
	_, known := matchingv1.Reason_name[int32(r)]
	return known && r != matchingv1.Reason_REASON_UNSPECIFIED
}

// serving finds an assignment that somebody serves for whom the actor may speak.
func serving(v *decider.View, cmd *decider.Command, id string) (*Assignment, *Candidate, error) {
	a, err := find(v, id)
	if err != nil {
		return nil, nil, err
	}
	c := a.holder()
	if c == nil || a.State != Accepted && a.State != Underway {
		return nil, nil, ErrNotServing
	}
	if _, err := supply.Speaks(v, cmd, c.Provider); err != nil {
		return nil, nil, err
	}
	return a, c, nil
}

// checkInBy is by when a sign of life is due: a period from now, or from when the need begins; and never later than a period after its
// end, so that nobody holds a need for ever by signs of life alone.
func checkInBy(v *decider.View, now int64, a *Assignment) int64 {
	period, from, until := supply.CurrentRules(v).CheckInMillis(), now, int64(0)
	if n, err := supply.FindNeed(v, a.Need); err == nil {
		from, until = max(now, n.From), n.Until
	}
	if until != 0 {
		return min(from, until) + period
	}
	return from + period
}

// Start says that a provider is on the way.
func Start(v *decider.View, cmd *decider.Command, body *matchingv1.StartAssignment) ([]decider.Change, error) {
	a, _, err := serving(v, cmd, body.GetAssignment())
	switch {
	case err != nil:
		return nil, err
	case a.State == Underway:
		return nil, ErrStarted
	}
	by := checkInBy(v, cmd.Time, a)
	return []decider.Change{decider.On(Path(body.GetAssignment()), &matchingv1.AssignmentStarted{CheckInBy: by})}, nil
}

// SignOfLife is one, of a provider who has accepted.
func SignOfLife(v *decider.View, cmd *decider.Command, body *matchingv1.CheckIn) ([]decider.Change, error) {
	a, _, err := serving(v, cmd, body.GetAssignment())
	if err != nil {
		return nil, err
	}
	by := checkInBy(v, cmd.Time, a)
	return []decider.Change{decider.On(Path(body.GetAssignment()), &matchingv1.CheckedIn{CheckInBy: by})}, nil
}

// Complete says what was brought. What is short waits again; nobody stands by any more. For whoever brought it, it counts when it has
// arrived.
func Complete(v *decider.View, cmd *decider.Command, body *matchingv1.CompleteAssignment) ([]decider.Change, error) {
	a, server, err := serving(v, cmd, body.GetAssignment())
	switch {
	case err != nil:
		return nil, err
	case body.GetQuantity() == 0: // nobody who stands by is let go for nothing
		return nil, ErrNothingDone
	case body.GetQuantity() < 0 || body.GetQuantity() > a.Quantity:
		return nil, ErrDelivered
	}
	if err := inTime(v, cmd, a); err != nil {
		return nil, err
	}
	if body.GetEvidence() != nil {
		if err := standing.CheckText(body.GetEvidence()); err != nil {
			return nil, err
		}
	}
	f, id := newFacts(v, cmd.Time), body.GetAssignment()
	f.say(Path(id), &matchingv1.AssignmentDone{
		Quantity: body.GetQuantity(), Evidence: body.GetEvidence(), ConfirmBy: cmd.Time + f.rules.ConfirmMillis(),
	})
	for _, c := range a.Candidates {
		if c.Provider == server.Provider {
			f.hand(id, a, c, body.GetQuantity())
			continue
		}
		f.thank(id, a, c, matchingv1.Cause_CAUSE_DONE)
	}
	f.say(supply.NeedPath(a.Need), &matchingv1.NeedServed{Assignment: id, Quantity: body.GetQuantity()})
	if short := a.Quantity - body.GetQuantity(); short > 0 {
		f.say(supply.NeedPath(a.Need), &matchingv1.NeedReturned{
			Assignment: id, Quantity: short, Cause: matchingv1.Cause_CAUSE_SHORT, Passed: f.passed(a, matchingv1.Cause_CAUSE_SHORT),
		})
	}
	return f.changes, nil
}

// Confirm says how much has arrived. What has not waits again, and counts against whoever said that it was there.
func Confirm(v *decider.View, cmd *decider.Command, body *matchingv1.ConfirmAssignment) ([]decider.Change, error) {
	a, err := find(v, body.GetAssignment())
	if err != nil {
		return nil, err
	}
	helped := cmd.Actor == a.Beneficiary
	switch {
	case !helped && !overseer(v, cmd):
		return nil, ErrNotHelped
	case a.State != Done:
		return nil, ErrNotDone
	case hands(v, cmd, a, Skipped, Standby):
		return nil, ErrOwnWork
	case body.GetQuantity() < 0 || body.GetQuantity() > a.Delivered:
		return nil, ErrDelivered
	}
	f, id, short := newFacts(v, cmd.Time), body.GetAssignment(), a.Delivered-body.GetQuantity()
	f.say(Path(id), &matchingv1.AssignmentConfirmed{
		Quantity: body.GetQuantity(), By: cmd.Actor, CalledBack: !helped, Mandate: cmd.Mandate,
	})
	f.say(supply.NeedPath(a.Need), &matchingv1.NeedAcknowledged{Assignment: id, Quantity: body.GetQuantity(), Short: short})
	conduct := matchingv1.Conduct_CONDUCT_COMPLETED
	if short > 0 {
		conduct = matchingv1.Conduct_CONDUCT_FAILED
	}
	if server := a.server(); server != nil {
		f.count(id, server.Provider, conduct)
	}
	return f.changes, nil
}

func overseer(v *decider.View, cmd *decider.Command) bool {
	return supply.Holds(v, cmd, communityv1.Role_ROLE_OFFICER) || supply.Holds(v, cmd, communityv1.Role_ROLE_GRID_WORKER)
}

// hands tells whether the actor, or who signs for them, has a hand in an assignment: answers for one of the parts that its candidates
// have, or is an officer or a grid worker of the organisation for which it serves. No organisation says of its own work that it was done.
func hands(v *decider.View, cmd *decider.Command, a *Assignment, idle ...Part) bool {
	orgs := slices.Concat(orgsOf(v, cmd.Actor), orgsOf(v, cmd.Through))
	for _, c := range a.Candidates {
		if slices.Contains(idle, c.Part) {
			continue
		}
		p, ok := decider.Get[supply.Provider](v, supply.ProviderPath(c.Provider))
		if ok && (p.Member == cmd.Actor || p.Member == cmd.Through || p.Org != "" && slices.Contains(orgs, p.Org)) {
			return true
		}
	}
	return false
}

// orgsOf gives the organisations for which a member is an officer or a grid worker, under whatever key.
func orgsOf(v *decider.View, member string) (orgs []string) {
	m, ok := decider.Get[standing.Member](v, "member/"+member)
	if !ok {
		return nil
	}
	for _, role := range []communityv1.Role{communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_GRID_WORKER} {
		if org := m.Roles[role]; org != "" {
			orgs = append(orgs, org)
		}
	}
	return orgs
}

// Overrule takes an assignment back that is not done; by nobody who stands to gain by it, as who stands by does.
func Overrule(v *decider.View, cmd *decider.Command, body *matchingv1.OverruleAssignment) ([]decider.Change, error) {
	a, err := find(v, body.GetAssignment())
	switch {
	case err != nil:
		return nil, err
	case !ValidReason(body.GetReason()):
		return nil, ErrReason
	case !a.live():
		return nil, ErrEnded
	case hands(v, cmd, a, Skipped):
		return nil, ErrOwnWork
	}
	need, err := supply.FindNeed(v, a.Need)
	if err != nil {
		return nil, err
	}
	f := newFacts(v, cmd.Time)
	f.releaseAs(body.GetAssignment(), a, &matchingv1.AssignmentReleased{
		Cause: matchingv1.Cause_CAUSE_OVERRULED, Reason: body.GetReason(), By: cmd.Actor, Overruled: f.overruled(a, need),
	})
	return f.changes, nil
}

// Withdraw takes a need back, and every assignment of it that is not done.
func Withdraw(v *decider.View, cmd *decider.Command, body *matchingv1.WithdrawNeed) ([]decider.Change, error) {
	n, err := supply.FindNeed(v, body.GetNeed())
	switch {
	case err != nil:
		return nil, err
	case n.By != cmd.Actor && n.Beneficiary != cmd.Actor && !supply.Holds(v, cmd, communityv1.Role_ROLE_OFFICER):
		return nil, ErrNotOwner
	}
	if err := n.MustBeOpen(); err != nil {
		return nil, err
	}
	if err := supply.CheckScreening(v, cmd, n, body); err != nil {
		return nil, err
	}
	f := newFacts(v, cmd.Time)
	for _, id := range n.Live {
		if a, err := find(v, id); err == nil {
			f.release(id, a, matchingv1.Cause_CAUSE_WITHDRAWN, 0, cmd.Actor)
		}
	}
	f.say(supply.NeedPath(body.GetNeed()), &matchingv1.NeedWithdrawn{
		By: cmd.Actor, Mandate: cmd.Mandate, Screening: body.GetScreening(), SameAs: body.GetSameAs(),
		Beneficiary: n.Beneficiary,
	})
	return f.changes, nil
}

// OnDone sets the timer of the confirmation.
func OnDone(_ *decider.View, e decider.Event, body *matchingv1.AssignmentDone) []decider.Demand {
	id, ok := idOf(e, "assignment/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: "confirm/" + id, Operation: "matching.miss_confirmation", Body: &matchingv1.MissConfirmation{Assignment: id},
		Due: body.GetConfirmBy(),
	}}
}

// MissConfirmation notes that nobody has confirmed in time.
func MissConfirmation(v *decider.View, _ *decider.Command, body *matchingv1.MissConfirmation) ([]decider.Change, error) {
	a, err := find(v, body.GetAssignment())
	switch {
	case err != nil:
		return nil, err
	case a.State != Done:
		return nil, ErrNotDone
	}
	return []decider.Change{decider.On(Path(body.GetAssignment()), &matchingv1.ConfirmationMissed{})}, nil
}

// checkIn sets the timer of the next sign of life.
func checkIn(e decider.Event, by int64) []decider.Demand {
	id, ok := idOf(e, "assignment/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: "check-in/" + id + "/" + strconv.FormatInt(by, 10), Operation: "matching.miss_check_in",
		Body: &matchingv1.MissCheckIn{Assignment: id, CheckInBy: by}, Due: by,
	}}
}

// OnAccepted sets the timer of the first sign of life.
func OnAccepted(_ *decider.View, e decider.Event, body *matchingv1.AssignmentAccepted) []decider.Demand {
	return checkIn(e, body.GetCheckInBy())
}

// OnStarted sets the timer of the next one.
func OnStarted(_ *decider.View, e decider.Event, body *matchingv1.AssignmentStarted) []decider.Demand {
	return checkIn(e, body.GetCheckInBy())
}

// OnCheckedIn sets the timer of the next one.
func OnCheckedIn(_ *decider.View, e decider.Event, body *matchingv1.CheckedIn) []decider.Demand {
	return checkIn(e, body.GetCheckInBy())
}
