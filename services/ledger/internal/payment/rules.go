package payment

import (
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/kin"
)

func find(v *decider.View, id string) (*Transfer, error) {
	t, ok := decider.Get[Transfer](v, Path(id))
	if !ok {
		return nil, ErrUnknown
	}
	return t, nil
}

// held refuses a transfer whose hold has ended, and holds the commit to its time.
func held(v *decider.View, t *Transfer, now int64) error {
	switch {
	case t.State == Posted:
		return ErrPosted
	case t.State == Voided:
		return ErrVoided
	case t.State == Lapsed, now >= t.ExpiresAt:
		return ErrLapsed
	}
	v.Window(0, t.ExpiresAt)
	return nil
}

// Approve is a checker's word, and the last one carries out what waits for nothing else.
func Approve(v *decider.View, cmd *decider.Command, body *ledgerv1.ApproveTransfer) ([]decider.Change, error) {
	t, err := find(v, body.GetTransfer())
	if err != nil {
		return nil, err
	}
	if !t.Emergency {
		if err := held(v, t, cmd.Time); err != nil {
			return nil, err
		}
	}
	org, err := Officer(v, cmd.Actor)
	if err != nil {
		return nil, err
	}
	entries := book.NewEntries(v)
	who, err := concernedBy(v, entries, t.Lines, t.Beneficiary)
	if err != nil {
		return nil, err
	}
	switch {
	case t.ProposedBy == cmd.Actor:
		return nil, ErrMaker
	case t.Org == org:
		return nil, ErrSameOrg
	case t.Emergency && t.returned():
		return nil, ErrReturned
	case t.Approved() || slices.ContainsFunc(t.Approvals, func(a Approval) bool { return a.By == cmd.Actor }):
		return nil, ErrApproved
	case slices.ContainsFunc(t.Approvals, func(a Approval) bool { return a.Org == org }):
		return nil, ErrCheckedByOrg
	}
	if err := who.declared(body.GetHousehold(), t.Household); err != nil {
		return nil, err
	}
	if err := who.clear(v, append(t.hands(), cmd.Actor)...); err != nil {
		return nil, err
	}
	if kin.Together(v, cmd.Actor, t.hands()...) {
		return nil, ErrTogether
	}
	approved := &ledgerv1.TransferApproved{By: cmd.Actor, Org: org}
	last := len(t.Approvals)+1 >= int(t.Checkers)
	switch {
	case last && t.Emergency:
		if err := confirm(entries, t, body.GetTransfer()); err != nil {
			return nil, err
		}
		return append(entries.Changes(), decider.On(Path(body.GetTransfer()), approved)), nil
	case last && t.PostWhenApproved:
		return post(v, cmd, entries, t, body.GetTransfer(), wanted(t), approved, &ledgerv1.TransferPosted{})
	}
	return []decider.Change{decider.On(Path(body.GetTransfer()), approved)}, nil
}

// confirm ends what an emergency has left open in its envelope.
func confirm(entries *book.Entries, t *Transfer, id string) error {
	sum := int64(0)
	for _, l := range t.Lines {
		sum += l.Posted
	}
	envelope := t.Lines[0].From
	if err := entries.Note(envelope, &ledgerv1.EmergencyClosed{Transfer: id, Amount: sum}); err != nil {
		return err
	}
	if !t.Missed {
		return nil
	}
	return entries.Note(envelope, &ledgerv1.PaymentsResumed{Transfer: id})
}

// confirmReturned ends what an emergency has left open once the last of it is taken back: two have agreed to that, too.
func confirmReturned(v *decider.View, entries *book.Entries, id string, back []int64) error {
	was, err := find(v, id)
	if err != nil || !was.Emergency || was.Approved() {
		return err
	}
	after := was.Clone()
	for i := range after.Lines {
		after.Lines[i].Corrected += back[i]
	}
	if !after.returned() {
		return nil
	}
	return confirm(entries, was, id)
}

// wanted are the whole amounts of a transfer.
func wanted(t *Transfer) (amounts []int64) { return wantedOf(t.Lines) }

func wantedOf(lines []Line) (amounts []int64) {
	for _, l := range lines {
		amounts = append(amounts, l.Amount)
	}
	return amounts
}

// Post carries an approved transfer out.
func Post(v *decider.View, cmd *decider.Command, body *ledgerv1.PostTransfer) ([]decider.Change, error) {
	t, err := find(v, body.GetTransfer())
	if err != nil {
		return nil, err
	}
	if err := held(v, t, cmd.Time); err != nil {
		return nil, err
	}
	if !t.Approved() {
		return nil, ErrUnapproved
	}
	if err := standing.CheckText(body.GetEvidence()); err != nil {
		return nil, err
	}
	amounts := body.GetAmounts()
	if len(amounts) == 0 {
		amounts = wanted(t)
	}
	if len(amounts) != len(t.Lines) || !slices.ContainsFunc(amounts, func(n int64) bool { return n != 0 }) {
		return nil, ErrAmounts
	}
	for i, l := range t.Lines {
		if amounts[i] < 0 || amounts[i] > l.Amount {
			return nil, ErrAmounts
		}
	}
	if _, err := Officer(v, cmd.Actor); err != nil {
		return nil, err
	}
	entries := book.NewEntries(v)
	who, err := concernedBy(v, entries, t.Lines, t.Beneficiary)
	if err != nil {
		return nil, err
	}
	if err := who.clear(v, append(t.hands(), cmd.Actor)...); err != nil {
		return nil, err
	}
	return post(v, cmd, entries, t, body.GetTransfer(), amounts, nil, &ledgerv1.TransferPosted{Evidence: body.GetEvidence()})
}

// post moves what is taken of each line and lets go of the rest, all in one commit.
func post(
	v *decider.View, cmd *decider.Command, entries *book.Entries, t *Transfer, id string, amounts []int64,
	approved *ledgerv1.TransferApproved, posted *ledgerv1.TransferPosted,
) ([]decider.Change, error) {
	if _, err := open(entries, cmd.Time, t.Lines, t.Corrects != ""); err != nil {
		return nil, err
	}
	dropped := make([]int64, len(t.Lines))
	for i, l := range t.Lines {
		if err := entries.Move(l.From, l.To, id, amounts[i], amounts[i], nil, nil); err != nil {
			return nil, err
		}
		dropped[i] = l.Amount - amounts[i]
		if err := entries.Release(l.From, id, dropped[i]); err != nil {
			return nil, err
		}
	}
	posted.Amounts = amounts
	counts, err := uncount(entries, t, dropped)
	if t.Corrects != "" && err == nil {
		counts, err = takeBack(v, entries, t, id)
	}
	if err != nil {
		return nil, err
	}
	changes := append(entries.Changes(), counts...)
	if approved != nil {
		return append(changes, decider.On(Path(id), approved, posted)), nil
	}
	return append(changes, decider.On(Path(id), posted)), nil
}

// takeBack notes at the transfer that a correction corrects what was taken back of it.
func takeBack(v *decider.View, entries *book.Entries, t *Transfer, id string) ([]decider.Change, error) {
	back, err := taken(v, t.Corrects, t.Lines)
	if err != nil {
		return nil, err
	}
	if err := confirmReturned(v, entries, t.Corrects, back); err != nil {
		return nil, err
	}
	was, err := find(v, t.Corrects)
	if err != nil {
		return nil, err
	}
	counts, err := uncount(entries, was, back)
	return append(counts, decider.On(Path(t.Corrects), &ledgerv1.TransferCorrected{By: id, Amounts: back})), err
}

// Void gives a hold up.
func Void(v *decider.View, cmd *decider.Command, body *ledgerv1.VoidTransfer) ([]decider.Change, error) {
	t, err := find(v, body.GetTransfer())
	if err != nil {
		return nil, err
	}
	if err := held(v, t, cmd.Time); err != nil {
		return nil, err
	}
	if err := standing.CheckText(body.GetReason()); err != nil {
		return nil, err
	}
	org, err := Officer(v, cmd.Actor)
	if err != nil {
		return nil, err
	}
	if org != t.Org {
		if err := mayRefuse(v, t, cmd.Actor); err != nil {
			return nil, err
		}
	}
	return release(v, t, body.GetTransfer(), &ledgerv1.TransferVoided{Reason: body.GetReason()})
}

// mayRefuse lets an officer of another organisation refuse what is not approved yet, but nobody whom the money goes to or comes back from:
// who was paid by mistake would keep it by refusing its correction for ever.
func mayRefuse(v *decider.View, t *Transfer, who string) error {
	if t.Approved() {
		return ErrNotYours
	}
	concerned, err := concernedBy(v, book.NewEntries(v), t.Lines, t.Beneficiary)
	if err != nil {
		return err
	}
	return concerned.clear(v, who)
}

// OnProposed sets the timer of a hold, or of an emergency's confirmation.
func OnProposed(_ *decider.View, e decider.Event, body *ledgerv1.TransferProposed) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "transfer/")
	if !ok {
		return nil
	}
	if body.GetEmergency() {
		return []decider.Demand{{
			Purpose: "suspend/" + id, Operation: "ledger.suspend", Body: &ledgerv1.SuspendPayments{Transfer: id}, Due: body.GetConfirmBy(),
		}}
	}
	return []decider.Demand{{
		Purpose: "lapse/" + id, Operation: "ledger.lapse", Body: &ledgerv1.LapseTransfer{Transfer: id}, Due: body.GetExpiresAt(),
	}}
}

// Lapse ends a hold whose time is over.
func Lapse(v *decider.View, cmd *decider.Command, body *ledgerv1.LapseTransfer) ([]decider.Change, error) {
	t, err := find(v, body.GetTransfer())
	if err != nil {
		return nil, err
	}
	switch {
	case t.State == Posted:
		return nil, ErrPosted
	case t.State == Voided:
		return nil, ErrVoided
	case t.State == Lapsed:
		return nil, ErrLapsed
	case cmd.Time < t.ExpiresAt:
		return nil, ErrNotDue
	}
	return release(v, t, body.GetTransfer(), &ledgerv1.TransferLapsed{})
}
