package casework

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/terms"
)

// About is what a mandate may be bounded to: help is in no matter and in no poll.
func About(*decider.View, proto.Message) (matter, poll string) { return "", "" }

// Request asks for help.
func Request(v *decider.View, cmd *decider.Command, body *aidv1.RequestAid) ([]decider.Change, error) {
	b, err := beneficiary.Find(v, body.GetBeneficiary())
	if err != nil {
		return nil, err
	}
	if !cameBy(v, cmd, b, body.GetChannel()) {
		return nil, ErrChannel
	}
	if err := standing.CheckText(body.GetText()); err != nil {
		return nil, err
	}
	requested, err := Open(v, cmd, b, body)
	if err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(Path(cmd.ID.NewAggregate()), requested)}, nil
}

// Open makes the fact of a request whose way is established.
func Open(v *decider.View, cmd *decider.Command, b *beneficiary.Beneficiary, body *aidv1.RequestAid) (*aidv1.AidRequested, error) {
	t := terms.Of(v)
	switch {
	case b.MergedInto != "":
		return nil, beneficiary.ErrMerged
	case !t.Category(body.GetCategory()):
		return nil, ErrCategory
	case !t.Unit(body.GetUnit()):
		return nil, ErrUnit
	case !terms.KnownUrgency(body.GetUrgency()):
		return nil, ErrUrgency
	case !terms.Quantity(body.GetQuantity()):
		return nil, ErrQuantity
	}
	return &aidv1.AidRequested{
		Beneficiary: body.GetBeneficiary(), Channel: body.GetChannel(), Category: body.GetCategory(), Urgency: body.GetUrgency(),
		Quantity: body.GetQuantity(), Unit: body.GetUnit(), Text: body.GetText(), By: cmd.Actor, Mandate: cmd.Mandate,
		AnswerBy: cmd.Time + t.Answer(body.GetUrgency()), ResolveBy: cmd.Time + t.Resolve(body.GetUrgency()),
	}, nil
}

// cameBy tells whether a request came the way that it says.
func cameBy(v *decider.View, cmd *decider.Command, b *beneficiary.Beneficiary, channel aidv1.RequestChannel) bool {
	_, works := beneficiary.Worker(v, cmd)
	switch channel {
	case aidv1.RequestChannel_REQUEST_CHANNEL_SELF:
		return cmd.Actor == b.Member && cmd.Mandate == ""
	case aidv1.RequestChannel_REQUEST_CHANNEL_HELPER:
		return cmd.Actor == b.Member && cmd.Mandate != "" || cmd.Actor == b.Proxy && cmd.Mandate == ""
	case aidv1.RequestChannel_REQUEST_CHANNEL_GRID_WORKER, aidv1.RequestChannel_REQUEST_CHANNEL_PHONE:
		return works
	}
	return false
}

// find gives a case with its person's file.
func find(v *decider.View, id string) (*Case, *beneficiary.Beneficiary, error) {
	c, ok := decider.Get[Case](v, Path(id))
	if !ok {
		return nil, nil, ErrUnknown
	}
	b, ok := decider.Get[beneficiary.Beneficiary](v, beneficiary.Path(c.Beneficiary))
	if !ok {
		return nil, nil, beneficiary.ErrUnknown
	}
	return c, b, nil
}

// moving refuses what has ended or waits for an appeal.
func (c *Case) moving() error {
	switch {
	case c.AppealedAt != 0:
		return ErrSuspended
	case c.Ended():
		return ErrEnded
	}
	return nil
}

// working finds a case that moves and that the author works on.
func working(v *decider.View, cmd *decider.Command, id string) (*Case, *beneficiary.Beneficiary, error) {
	c, b, err := find(v, id)
	if err != nil {
		return nil, nil, err
	}
	if org, works := beneficiary.Worker(v, cmd); !works || c.Worker != cmd.Actor || c.Org != org {
		return nil, nil, ErrNotWorker
	}
	return c, b, c.moving()
}

// supervising finds a case that moves, for an officer of its organisation who neither asked for it, nor works on it, nor is
// the person or lives with them.
func supervising(v *decider.View, cmd *decider.Command, id string) (*Case, error) {
	c, b, err := find(v, id)
	if err != nil {
		return nil, err
	}
	if org, ok := beneficiary.Officer(v, cmd); !ok || c.Org == "" || c.Org != org || c.Worker == cmd.Actor || c.By == cmd.Actor {
		return nil, ErrNotSupervisor
	}
	if b.Speaks(cmd.Actor) {
		return nil, ErrOneself
	}
	if b.LivesWith(v, cmd.Actor) {
		return nil, ErrHousehold
	}
	return c, c.moving()
}

// speaking finds a case whose person the author is, or speaks for.
func speaking(v *decider.View, cmd *decider.Command, id string) (*Case, *beneficiary.Beneficiary, error) {
	c, b, err := find(v, id)
	if err != nil {
		return nil, nil, err
	}
	if !b.Speaks(cmd.Actor) || cmd.Mandate != "" && cmd.Actor != b.Member {
		return nil, nil, ErrNotPerson
	}
	return c, b, nil
}

// answering is speaking for what ends a case or leads to its end. Who has a hand in the case does not say that for the person, neither
// under a mandate nor as their proxy; they may appeal.
func answering(v *decider.View, cmd *decider.Command, id string) (*Case, error) {
	c, b, err := speaking(v, cmd, id)
	if err != nil {
		return nil, err
	}
	who := cmd.Actor
	if cmd.Mandate != "" {
		who = cmd.Through
	}
	if who != b.Member && c.involves(v, who) {
		return nil, ErrHandSpeaks
	}
	return c, nil
}

// Assign says who works on a case, and opens the person's file to them and nobody else.
func Assign(v *decider.View, cmd *decider.Command, body *aidv1.AssignCase) ([]decider.Change, error) {
	c, b, err := find(v, body.GetCase())
	if err != nil {
		return nil, err
	}
	if err := c.moving(); err != nil {
		return nil, err
	}
	org, works := beneficiary.Worker(v, cmd)
	officer := officerOf(v, cmd, org)
	switch {
	case !works:
		return nil, ErrAssign
	case c.Org != "" && c.Org != org:
		return nil, ErrOtherOrg
	case !officer && (body.GetWorker() != cmd.Actor || c.Worker != ""):
		return nil, ErrAssign
	case !employed(v, body.GetWorker(), org):
		return nil, ErrAssign
	case b.Speaks(body.GetWorker()):
		return nil, ErrOneself
	}
	return []decider.Change{
		decider.On(Path(body.GetCase()), &aidv1.CaseAssigned{Worker: body.GetWorker(), Org: org}),
		decider.On(beneficiary.Path(c.Beneficiary), opened(body.GetCase(), body.GetWorker(), c.Delivered > 0)...),
	}, nil
}

// Assess records what the worker found. A time always counts from the request, or from where the case began again.
func Assess(v *decider.View, cmd *decider.Command, body *aidv1.AssessCase) ([]decider.Change, error) {
	c, _, err := working(v, cmd, body.GetCase())
	if err != nil {
		return nil, err
	}
	if c.State != Requested && c.State != Assessed {
		return nil, ErrState
	}
	if !terms.KnownUrgency(body.GetUrgency()) {
		return nil, ErrUrgency
	}
	if err := standing.CheckText(body.GetFindings()); err != nil {
		return nil, err
	}
	resolve := c.ResolveBy
	if body.GetUrgency() != c.Urgency {
		t := terms.Of(v)
		resolve += t.Resolve(body.GetUrgency()) - t.Resolve(c.Urgency)
	}
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.CaseAssessed{
		Urgency: body.GetUrgency(), Findings: body.GetFindings(), ResolveBy: resolve,
	})}, nil
}

// excused tells whether something may be done for a purpose, and whether that is only because there is danger.
func excused(c *Case, b *beneficiary.Beneficiary, p aidv1.ConsentPurpose) (without bool, err error) {
	switch {
	case b.Agreed(p):
		return false, nil
	case c.Urgency == aidv1.Urgency_URGENCY_DANGER:
		return true, nil
	}
	return false, beneficiary.ErrNoConsent
}

// Plan records what is to be done.
func Plan(v *decider.View, cmd *decider.Command, body *aidv1.PlanCase) ([]decider.Change, error) {
	c, b, err := working(v, cmd, body.GetCase())
	if err != nil {
		return nil, err
	}
	if c.State != Assessed && c.State != Planned {
		return nil, ErrState
	}
	if err := standing.CheckText(body.GetPlan()); err != nil {
		return nil, err
	}
	without, err := excused(c, b, aidv1.ConsentPurpose_CONSENT_PURPOSE_CASE_WORK)
	if err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.CasePlanned{Plan: body.GetPlan(), WithoutConsent: without})}, nil
}

// Approve grants an amount in all.
func Approve(v *decider.View, cmd *decider.Command, body *aidv1.ApproveAid) ([]decider.Change, error) {
	c, err := supervising(v, cmd, body.GetCase())
	if err != nil {
		return nil, err
	}
	switch c.State {
	case Planned, Ordered, Visited, Acknowledged:
	default:
		return nil, ErrState
	}
	if !terms.Quantity(body.GetQuantity()) {
		return nil, ErrQuantity
	}
	if body.GetQuantity() < c.committed() {
		return nil, ErrOrdered
	}
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.AidApproved{Quantity: body.GetQuantity(), By: cmd.Actor})}, nil
}

// Refuse refuses a request.
func Refuse(v *decider.View, cmd *decider.Command, body *aidv1.RefuseAid) ([]decider.Change, error) {
	c, err := supervising(v, cmd, body.GetCase())
	if err != nil {
		return nil, err
	}
	switch c.State {
	case Requested, Assessed, Planned:
	default:
		return nil, ErrState
	}
	if err := standing.CheckText(body.GetReason()); err != nil {
		return nil, err
	}
	return []decider.Change{
		decider.On(Path(body.GetCase()), &aidv1.AidRefused{
			Reason: body.GetReason(), By: cmd.Actor, AppealUntil: cmd.Time + terms.Of(v).Appeal(),
		}),
		closed(c, body.GetCase()),
	}, nil
}

// Refer asks another organisation to take the case over.
func Refer(v *decider.View, cmd *decider.Command, body *aidv1.ReferCase) ([]decider.Change, error) {
	c, b, err := working(v, cmd, body.GetCase())
	if err != nil {
		return nil, err
	}
	switch c.State {
	case Requested, Assessed, Planned:
	default:
		return nil, ErrState
	}
	if err := standing.CheckText(body.GetReason()); err != nil {
		return nil, err
	}
	if body.GetOrg() == c.Org || !v.Exists("org/"+body.GetOrg()) {
		return nil, ErrOrg
	}
	without, err := excused(c, b, aidv1.ConsentPurpose_CONSENT_PURPOSE_REFERRAL)
	if err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.CaseReferred{
		Org: body.GetOrg(), Reason: body.GetReason(), WithoutConsent: without,
	})}, nil
}

// AnswerReferral takes a case over, or leaves it where it is. Whoever takes it over has a time of their own to look; that for help goes on.
func AnswerReferral(v *decider.View, cmd *decider.Command, body *aidv1.AnswerReferral) ([]decider.Change, error) {
	c, _, err := find(v, body.GetCase())
	if err != nil {
		return nil, err
	}
	if err := c.moving(); err != nil {
		return nil, err
	}
	if c.State != Referred {
		return nil, ErrState
	}
	if org, ok := beneficiary.Officer(v, cmd); !ok || org != c.ReferredTo {
		return nil, ErrOtherOrg
	}
	if !body.GetAccept() {
		return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.ReferralDeclined{Org: c.ReferredTo})}, nil
	}
	return []decider.Change{
		decider.On(Path(body.GetCase()), &aidv1.ReferralAccepted{
			Org: c.ReferredTo, AnswerBy: cmd.Time + terms.Of(v).Answer(c.Urgency),
		}), closed(c, body.GetCase()),
	}, nil
}
