package casework

import (
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/terms"
)

// officeRoles are those in which somebody acts for an organisation.
var officeRoles = []communityv1.Role{communityv1.Role_ROLE_GRID_WORKER, communityv1.Role_ROLE_OFFICER}

// Close ends a case that is settled by the word of the person or of a call-back, and by no other.
func Close(v *decider.View, cmd *decider.Command, body *aidv1.CloseCase) ([]decider.Change, error) {
	c, b, err := find(v, body.GetCase())
	if err != nil {
		return nil, err
	}
	if org, works := beneficiary.Worker(v, cmd); !works || c.Org == "" || c.Org != org || c.Worker != cmd.Actor && !officerOf(v, cmd, org) {
		return nil, ErrNotWorker
	}
	switch err := c.moving(); {
	case err != nil:
		return nil, err
	case b.Speaks(cmd.Actor):
		return nil, ErrOneself
	case c.State == Referred:
		return nil, ErrState
	case c.onTheWay():
		return nil, ErrOnTheWay
	case !c.Confirmed || !c.Settled:
		return nil, ErrUnconfirmed
	}
	return []decider.Change{
		decider.On(Path(body.GetCase()), &aidv1.CaseClosed{By: cmd.Actor, AppealUntil: cmd.Time + terms.Of(v).Appeal()}),
		closed(c, body.GetCase()),
	}, nil
}

// officerOf tells whether the author is an officer of an organisation: whoever works for one and is an officer of another has no say there.
func officerOf(v *decider.View, cmd *decider.Command, org string) bool {
	of, ok := beneficiary.Officer(v, cmd)
	return ok && of == org
}

// independent gives the organisation of an officer who has no hand in a case: in no role of theirs do they act for one that has, and they
// neither asked for it nor speak for the person.
func independent(v *decider.View, cmd *decider.Command, c *Case, b *beneficiary.Beneficiary) (org string, ok bool) {
	org, ok = beneficiary.Officer(v, cmd)
	if !ok || c.hand(org) || b.Speaks(cmd.Actor) || c.By == cmd.Actor || c.involves(v, cmd.Actor) {
		return "", false
	}
	return org, true
}

// involves tells whether a member has a hand in a case: by what they did in it, by an order that they have, or by an office of theirs.
func (c *Case) involves(v *decider.View, member string) bool {
	if slices.Contains(c.Hands, member) {
		return true
	}
	for _, w := range c.Works {
		if o, ok := decider.Get[Order](v, OrderPath(w.Order)); ok && !o.Ended && o.Member == member {
			return true
		}
	}
	m, ok := decider.Get[standing.Member](v, "member/"+member)
	return ok && slices.ContainsFunc(officeRoles, func(r communityv1.Role) bool { return m.Roles[r] != "" && c.hand(m.Roles[r]) })
}

// appealable refuses where nothing was decided that is not judged yet, or its time is over.
func (c *Case) appealable(now int64) error {
	switch {
	case c.AppealedAt != 0:
		return ErrSuspended
	case c.State == Withdrawn:
		return ErrEnded
	case c.Ended() && now >= c.AppealUntil:
		return ErrNothingToAppeal
	case !c.Ended() && c.ApprovedBy == "" && len(c.Missed) == 0:
		return ErrNothingToAppeal
	case c.Judged:
		return ErrAppealed
	}
	return nil
}

// Appeal asks another organisation to look at it.
func Appeal(v *decider.View, cmd *decider.Command, body *aidv1.AppealCase) ([]decider.Change, error) {
	c, _, err := speaking(v, cmd, body.GetCase())
	if err != nil {
		return nil, err
	}
	if err := standing.CheckText(body.GetText()); err != nil {
		return nil, err
	}
	if err := c.appealable(cmd.Time); err != nil {
		return nil, err
	}
	if c.Ended() {
		v.Window(0, c.AppealUntil)
	}
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.CaseAppealed{
		Text: body.GetText(), DecideBy: cmd.Time + terms.Of(v).AppealAnswer(), By: cmd.Actor, Mandate: cmd.Mandate,
	})}, nil
}

// DecideAppeal upholds an appeal, and the case begins again, or rejects it, and the times go on where they stood.
func DecideAppeal(v *decider.View, cmd *decider.Command, body *aidv1.DecideAppeal) ([]decider.Change, error) {
	c, b, err := find(v, body.GetCase())
	if err != nil {
		return nil, err
	}
	if c.AppealedAt == 0 {
		return nil, ErrNoAppeal
	}
	if _, ok := independent(v, cmd, c, b); !ok {
		return nil, ErrJudge
	}
	if b.LivesWith(v, cmd.Actor) {
		return nil, ErrHousehold
	}
	if err := standing.CheckText(body.GetReason()); err != nil {
		return nil, err
	}
	if body.GetUpheld() {
		answer, resolve := anew(v, cmd, c)
		return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.AppealUpheld{
			Reason: body.GetReason(), By: cmd.Actor, AnswerBy: answer, ResolveBy: resolve,
		}), closed(c, body.GetCase())}, nil
	}
	stood := cmd.Time - c.AppealedAt
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.AppealRejected{
		Reason: body.GetReason(), By: cmd.Actor,
		AnswerBy: later(c.AnswerBy, c.AppealedAt, stood), ResolveBy: later(c.ResolveBy, c.AppealedAt, stood),
	})}, nil
}

// WithdrawAppeal takes an appeal back, and the times go on where they stood. Whoever has a hand in the case does not say that for the
// person; and it is not made again, or the times could be held up as often as somebody likes.
func WithdrawAppeal(v *decider.View, cmd *decider.Command, body *aidv1.WithdrawAppeal) ([]decider.Change, error) {
	c, err := answering(v, cmd, body.GetCase())
	if err != nil {
		return nil, err
	}
	if c.AppealedAt == 0 {
		return nil, ErrNoAppeal
	}
	stood := cmd.Time - c.AppealedAt
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.AppealWithdrawn{
		By: cmd.Actor, Mandate: cmd.Mandate,
		AnswerBy: later(c.AnswerBy, c.AppealedAt, stood), ResolveBy: later(c.ResolveBy, c.AppealedAt, stood),
	})}, nil
}

// later moves a time that had not come when everything stood still.
func later(deadline, since, stood int64) int64 {
	if deadline <= since {
		return deadline
	}
	return deadline + stood
}

// anew gives the times of a case that begins again.
func anew(v *decider.View, cmd *decider.Command, c *Case) (answer, resolve int64) {
	t := terms.Of(v)
	return cmd.Time + t.Answer(c.Urgency), cmd.Time + t.Resolve(c.Urgency)
}

// resumed gives a time that goes on where it stood when the case ended. One that was missed by then is on the record as missed: a fresh
// one begins, or nobody would have any.
func (c *Case) resumed(deadline, fresh, now int64) int64 {
	if deadline <= c.EndedAt {
		return fresh
	}
	return deadline + now - c.EndedAt
}

// Reopen begins a closed or refused case again.
func Reopen(v *decider.View, cmd *decider.Command, body *aidv1.ReopenCase) ([]decider.Change, error) {
	c, b, err := find(v, body.GetCase())
	if err != nil {
		return nil, err
	}
	speaks := b.Speaks(cmd.Actor)
	if _, officer := beneficiary.Officer(v, cmd); !speaks && !officer {
		return nil, ErrNotPerson
	}
	if err := standing.CheckText(body.GetReason()); err != nil {
		return nil, err
	}
	switch {
	case c.AppealedAt != 0:
		return nil, ErrSuspended
	case c.State != Closed && c.State != Refused:
		return nil, ErrState
	case c.State == Refused && speaks: // that is what an appeal is for
		return nil, ErrNotSupervisor
	case speaks && cmd.Time >= c.AppealUntil:
		return nil, ErrNothingToAppeal
	case speaks:
		v.Window(0, c.AppealUntil)
	}
	answer, resolve := anew(v, cmd, c)
	if c.State == Refused { // else refusing and reopening would be a way to have more time
		answer, resolve = c.resumed(c.AnswerBy, answer, cmd.Time), c.resumed(c.ResolveBy, resolve, cmd.Time)
	}
	return []decider.Change{decider.On(Path(body.GetCase()), &aidv1.CaseReopened{
		Reason: body.GetReason(), By: cmd.Actor, AnswerBy: answer, ResolveBy: resolve,
	})}, nil
}

// Withdraw takes a request back while nobody is on the way: who was asked and has not answered is not waited for.
func Withdraw(v *decider.View, cmd *decider.Command, body *aidv1.WithdrawAid) ([]decider.Change, error) {
	c, err := answering(v, cmd, body.GetCase())
	if err != nil {
		return nil, err
	}
	if err := c.moving(); err != nil {
		return nil, err
	}
	var events []proto.Message
	changes := []decider.Change{closed(c, body.GetCase())}
	for _, w := range c.Works {
		if w.Ended {
			continue
		}
		if o, ok := decider.Get[Order](v, OrderPath(w.Order)); !ok || !o.stale(cmd.Time) {
			return nil, ErrOnTheWay
		}
		changes[0].Events = append(changes[0].Events, &aidv1.BeneficiaryClosed{For: w.Order})
		changes = append(changes, decider.On(OrderPath(w.Order), &aidv1.OrderDeclined{By: cmd.Actor}))
		events = append(events, &aidv1.WorkEnded{Order: w.Order})
	}
	return append(changes, decider.On(Path(body.GetCase()), append(events, &aidv1.AidWithdrawn{By: cmd.Actor})...)), nil
}
