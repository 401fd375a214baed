package casework

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/terms"
)

// OrderWork asks somebody to bring a part of what was approved.
func OrderWork(v *decider.View, cmd *decider.Command, body *aidv1.OrderWork) ([]decider.Change, error) {
	c, b, err := working(v, cmd, body.GetCase())
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
	if c.committed()+body.GetQuantity() > c.Approved {
		return nil, ErrNotApproved
	}
	if err := checkDoer(v, b, body); err != nil {
		return nil, err
	}
	without, err := excused(c, b, aidv1.ConsentPurpose_CONSENT_PURPOSE_DELIVERY)
	if err != nil {
		return nil, err
	}
	due := cmp.Or(body.GetDue(), max(c.ResolveBy, cmd.Time+terms.Of(v).Resolve(c.Urgency)))
	if due <= cmd.Time {
		return nil, ErrDue
	}
	order := cmd.ID.NewAggregate()
	return []decider.Change{
		decider.On(OrderPath(order), &aidv1.WorkOrdered{
			Case: body.GetCase(), Beneficiary: c.Beneficiary, Member: body.GetMember(), Org: body.GetOrg(), Quantity: body.GetQuantity(),
			Due: due, WithoutConsent: without, AnswerBy: min(due, cmd.Time+terms.Of(v).Answer(c.Urgency)),
		}),
		decider.On(Path(body.GetCase()), &aidv1.WorkListed{Order: order, Quantity: body.GetQuantity(), Due: due}),
	}, nil
}

// checkDoer refuses an order to nobody, to two, or to the person.
func checkDoer(v *decider.View, b *beneficiary.Beneficiary, body *aidv1.OrderWork) error {
	member, org := body.GetMember(), body.GetOrg()
	if (member == "") == (org == "") {
		return ErrDoer
	}
	if org != "" {
		if !v.Exists("org/" + org) {
			return ErrDoer
		}
		return nil
	}
	if _, err := standing.Active(v, member); err != nil {
		return ErrDoer
	}
	if b.Speaks(member) {
		return ErrOneself
	}
	return nil
}

// findOrder gives an order that is open, with its case and the person's file.
func findOrder(v *decider.View, id string) (*Order, *Case, *beneficiary.Beneficiary, error) {
	o, ok := decider.Get[Order](v, OrderPath(id))
	if !ok {
		return nil, nil, nil, ErrOrderUnknown
	}
	c, b, err := find(v, o.Case)
	if err == nil && o.Ended {
		err = ErrOrderEnded
	}
	return o, c, b, err
}

// stale tells whether an order may be given up without whoever was asked: they have not answered, or their time is over.
func (o *Order) stale(now int64) bool { return !o.Accepted || now >= o.Due }

// worksOn tells whether the author works on the case, or is an officer of its organisation.
func (c *Case) worksOn(v *decider.View, cmd *decider.Command) bool {
	org, works := beneficiary.Worker(v, cmd)
	return works && c.Org != "" && org == c.Org && (c.Worker == cmd.Actor || officerOf(v, cmd, org))
}

// AnswerOrder accepts an order, which opens to whoever goes what it takes to get there, or declines it, also after it was accepted: nobody
// is held to it, and nobody loses by it. An order that nobody answers, or carries out in its time, is declined by who works on the case: it
// would hold it for ever.
func AnswerOrder(v *decider.View, cmd *decider.Command, body *aidv1.AnswerOrder) ([]decider.Change, error) {
	o, c, b, err := findOrder(v, body.GetOrder())
	if err != nil {
		return nil, err
	}
	org, officer := beneficiary.Officer(v, cmd)
	asked := o.Member == cmd.Actor || o.Org != "" && officer && org == o.Org
	if !asked && (body.GetAccept() || !o.stale(cmd.Time) || !c.worksOn(v, cmd)) {
		return nil, ErrNotYourOrder
	}
	if !body.GetAccept() {
		return []decider.Change{
			decider.On(OrderPath(body.GetOrder()), &aidv1.OrderDeclined{By: cmd.Actor}),
			decider.On(Path(o.Case), &aidv1.WorkEnded{Order: body.GetOrder()}),
			closed(c, body.GetOrder()),
		}, nil
	}
	if o.Accepted {
		return nil, ErrOrderAnswered
	}
	if err := c.moving(); err != nil {
		return nil, err
	}
	goes := o.Member
	if o.Org != "" {
		goes = body.GetMember()
		if !sends(v, o.Org, goes) {
			return nil, ErrDoer
		}
	} else if goes != cmp.Or(body.GetMember(), goes) {
		return nil, ErrDoer
	}
	if b.Speaks(goes) {
		return nil, ErrOneself
	}
	return []decider.Change{
		decider.On(OrderPath(body.GetOrder()), &aidv1.OrderAccepted{Member: goes}),
		decider.On(beneficiary.Path(c.Beneficiary), &aidv1.BeneficiaryOpened{Reader: goes, For: body.GetOrder(), Fields: doerFields}),
	}, nil
}

// sends tells whether an organisation may send somebody: an active member without an office at another, which would then have a hand in
// the case that nobody sees.
func sends(v *decider.View, org, member string) bool {
	m, err := standing.Active(v, member)
	return err == nil && !slices.ContainsFunc(officeRoles, func(r communityv1.Role) bool { return m.Roles[r] != "" && m.Roles[r] != org })
}

// RecordVisit is the word of whoever went. An appeal does not stop it: what was brought was brought.
func RecordVisit(v *decider.View, cmd *decider.Command, body *aidv1.RecordVisit) ([]decider.Change, error) {
	o, c, b, err := findOrder(v, body.GetOrder())
	switch {
	case err != nil:
		return nil, err
	case !o.Accepted:
		return nil, ErrOrderUnanswered
	case o.Member != cmd.Actor:
		return nil, ErrNotYourOrder
	case b.Speaks(cmd.Actor):
		return nil, ErrOneself
	}
	brought := body.GetOutcome() == aidv1.VisitOutcome_VISIT_OUTCOME_DELIVERED
	switch {
	case aidv1.VisitOutcome_name[int32(body.GetOutcome())] == "" || body.GetOutcome() == aidv1.VisitOutcome_VISIT_OUTCOME_UNSPECIFIED:
		return nil, ErrOutcome
	case brought != terms.Quantity(body.GetQuantity()) || !brought && body.GetQuantity() != 0:
		return nil, ErrOutcome
	case o.Delivered+body.GetQuantity() > o.Quantity:
		return nil, ErrQuantity
	}
	if err := standing.CheckText(body.GetEvidence()); err != nil {
		return nil, err
	}
	if err := standing.CheckPictures(body.GetEvidence(), body.GetPictures()); err != nil {
		return nil, err
	}
	ended := body.GetLast() || o.Delivered+body.GetQuantity() == o.Quantity
	changes := []decider.Change{
		decider.On(OrderPath(body.GetOrder())+"/visit/"+cmd.ID.NewAggregate(), &aidv1.VisitRecorded{
			Outcome: body.GetOutcome(), Quantity: body.GetQuantity(), Evidence: body.GetEvidence(), By: cmd.Actor, Beneficiary: c.Beneficiary,
			Pictures: body.GetPictures(),
		}),
		decider.On(OrderPath(body.GetOrder()), &aidv1.WorkDelivered{Quantity: body.GetQuantity(), Ended: ended}),
	}
	file, aid := decider.On(beneficiary.Path(c.Beneficiary)), decider.On(Path(o.Case))
	if brought {
		aid.Events = append(aid.Events, &aidv1.AidDelivered{
			Order: body.GetOrder(), Quantity: body.GetQuantity(), Org: deliveredFor(v, o), ConfirmBy: cmd.Time + terms.Of(v).Confirm(),
		})
		file.Events = append(file.Events, &aidv1.BeneficiaryOpened{For: o.Case, Fields: callBackFields})
	}
	if ended {
		aid.Events = append(aid.Events, &aidv1.WorkEnded{Order: body.GetOrder()})
		file.Events = append(file.Events, &aidv1.BeneficiaryClosed{For: body.GetOrder()})
	}
	if round, ok := kept(v, cmd, o, body); ok {
		changes = append(changes, round)
	}
	if len(aid.Events) > 0 {
		changes = append(changes, aid)
	}
	if len(file.Events) > 0 {
		changes = append(changes, file)
	}
	return changes, nil
}

// deliveredFor gives the organisation that brought something: the one that was asked, or the one for which whoever went works.
func deliveredFor(v *decider.View, o *Order) string {
	if o.Org != "" {
		return o.Org
	}
	m, err := standing.Active(v, o.Member)
	if err != nil {
		return ""
	}
	for _, r := range officeRoles {
		if org := m.Roles[r]; org != "" {
			return org
		}
	}
	return ""
}

// Acknowledge is the person's word on what has come in all.
func Acknowledge(v *decider.View, cmd *decider.Command, body *aidv1.AcknowledgeAid) ([]decider.Change, error) {
	c, err := answering(v, cmd, body.GetCase())
	if err != nil {
		return nil, err
	}
	if c.Ended() {
		return nil, ErrEnded
	}
	if n := body.GetQuantity(); n < 0 || n > c.Delivered {
		return nil, ErrQuantity
	}
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.AidAcknowledged{
		Quantity: body.GetQuantity(), Settled: body.GetSettled(), By: cmd.Actor, Mandate: cmd.Mandate,
	})}, nil
}

// CallBack is what the person said on the telephone to somebody who had no hand in it.
func CallBack(v *decider.View, cmd *decider.Command, body *aidv1.RecordCallBack) ([]decider.Change, error) {
	c, b, err := find(v, body.GetCase())
	if err != nil {
		return nil, err
	}
	org, ok := independent(v, cmd, c, b)
	switch {
	case !ok:
		return nil, ErrCallBack
	case b.LivesWith(v, cmd.Actor):
		return nil, ErrHousehold
	case c.Ended():
		return nil, ErrEnded
	case c.Spoken: // nobody is asked to say it for them again, and nobody says it otherwise
		return nil, ErrSpoken
	case body.GetQuantity() < 0 || body.GetQuantity() > c.Delivered:
		return nil, ErrQuantity
	}
	if err := standing.CheckText(body.GetText()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.CallBackRecorded{
		Quantity: body.GetQuantity(), Settled: body.GetSettled(), Text: body.GetText(), By: cmd.Actor, Org: org,
	})}, nil
}
