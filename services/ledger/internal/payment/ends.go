package payment

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
)

// release lets go of all that a hold has kept, and says why.
func release(v *decider.View, t *Transfer, id string, ended proto.Message) ([]decider.Change, error) {
	entries := book.NewEntries(v)
	for _, l := range t.Lines {
		if err := entries.Release(l.From, id, l.Amount); err != nil {
			return nil, err
		}
	}
	counts, err := uncount(entries, t, wanted(t))
	if err != nil {
		return nil, err
	}
	return append(append(entries.Changes(), counts...), decider.On(Path(id), ended)), nil
}

// Suspend has an envelope pay nobody when an emergency's checkers are late.
func Suspend(v *decider.View, cmd *decider.Command, body *ledgerv1.SuspendPayments) ([]decider.Change, error) {
	t, err := find(v, body.GetTransfer())
	if err != nil {
		return nil, err
	}
	switch {
	case t.Approved():
		return nil, ErrConfirmed
	case t.returned():
		return nil, ErrReturned
	case cmd.Time < t.ConfirmBy:
		return nil, ErrNotDue
	}
	entries := book.NewEntries(v)
	if err := entries.Note(t.Lines[0].From, &ledgerv1.PaymentsSuspended{Transfer: body.GetTransfer()}); err != nil {
		return nil, err
	}
	return append(entries.Changes(), decider.On(Path(body.GetTransfer()), &ledgerv1.ConfirmationMissed{})), nil
}
