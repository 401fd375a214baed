package book

import (
	"unicode"
	"unicode/utf8"

	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// termMax is how long an envelope may be open: ten years.
const termMax = 10 * 366 * 24 * 60 * 60 * 1000

// Open opens an account for money. It holds nothing yet, so one officer's word is enough. Which fund an envelope is part of, and who is
// paid, is fixed by this for good.
func Open(v *decider.View, cmd *decider.Command, body *ledgerv1.OpenAccount) ([]decider.Change, error) {
	opened := &ledgerv1.AccountOpened{
		Kind: body.GetKind(), Currency: ledgerv1.Currency_CURRENCY_FEN, Name: body.GetName(), Owner: body.GetOwner(), Fund: body.GetFund(),
		From: body.GetFrom(), Until: body.GetUntil(), Dividend: body.GetDividend(),
	}
	kind := kindOf[body.GetKind()]
	envelope, payee := kind == Envelope, kind == Payee
	switch {
	case kind != Source && kind != Fund && !envelope && !payee,
		payee != (body.GetOwner() != ""), envelope != (body.GetFund() != ""),
		!envelope && (body.GetFrom() != 0 || body.GetUntil() != 0 || body.GetDividend()):
		return nil, ErrKind
	case payee != (body.GetName() == "") || !payee && !Readable(body.GetName()):
		return nil, ErrName
	}
	if envelope {
		if body.GetFrom() < 0 || body.GetUntil() <= body.GetFrom() || body.GetUntil() <= cmd.Time || body.GetUntil() > cmd.Time+termMax {
			return nil, ErrTerm
		}
		if fund, ok := decider.Get[Account](v, Path(body.GetFund())); !ok || fund.Kind != Fund {
			return nil, ErrFund
		}
	}
	if payee {
		opened.OwnerKind = ownerKind(v, body.GetOwner())
	}
	return []decider.Change{decider.On(Path(cmd.ID.NewAggregate()), opened)}, nil
}

// ownerKind tells whom an id names. What the record does not know is a pseudonym.
func ownerKind(v *decider.View, owner string) ledgerv1.OwnerKind {
	switch {
	case v.Exists("org/" + owner):
		return ledgerv1.OwnerKind_OWNER_KIND_ORG
	case v.Exists("member/" + owner):
		return ledgerv1.OwnerKind_OWNER_KIND_MEMBER
	}
	return ledgerv1.OwnerKind_OWNER_KIND_PSEUDONYM
}

// Readable tells whether a name can be seen as it stands.
func Readable(name string) bool {
	seen := false
	for _, r := range name {
		if r == utf8.RuneError || unicode.Is(unicode.C, r) {
			return false
		}
		seen = seen || !unicode.IsSpace(r)
	}
	return seen
}

// ways are from which kinds of accounts money goes to which.
var ways = map[[2]Kind]bool{
	{Source, Fund}: true, {Fund, Fund}: true, {Fund, Envelope}: true, {Envelope, Fund}: true, {Envelope, Payee}: true,
}

// Way refuses a line between accounts that nothing goes between. A correction goes the other way.
func Way(from, to *Account, correction bool) error {
	if from.Currency != Fen || to.Currency != Fen {
		return ErrCurrency
	}
	if correction {
		from, to = to, from
	}
	if !ways[[2]Kind{from.Kind, to.Kind}] {
		return ErrWay
	}
	if from.Dividend && to.Kind == Payee {
		return ErrDividend
	}
	return nil
}

// Pays refuses to pay from an envelope outside its time, or while it waits for a checker's word.
func (a *Account) Pays(now int64) error {
	switch {
	case a.Kind != Envelope:
		return nil
	case now < a.From || now >= a.Until:
		return ErrNotPaying
	case len(a.Suspending) > 0:
		return ErrSuspended
	}
	return nil
}

// OnOpened sets the timer of an envelope's end.
func OnOpened(_ *decider.View, e decider.Event, body *ledgerv1.AccountOpened) []decider.Demand {
	id, ok := ID(e.Aggregate)
	if !ok || body.GetKind() != ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE {
		return nil
	}
	return []decider.Demand{sweep(id, "end", body.GetUntil())}
}

// OnReleased has an ended envelope emptied again when something comes free in it.
func OnReleased(v *decider.View, e decider.Event, body *ledgerv1.Released) []decider.Demand {
	return leftover(v, e, body.GetTransfer())
}

// OnCredited has an ended envelope emptied again when something comes back to it.
func OnCredited(v *decider.View, e decider.Event, body *ledgerv1.Credited) []decider.Demand {
	return leftover(v, e, body.GetCause())
}

func leftover(v *decider.View, e decider.Event, cause string) []decider.Demand {
	id, ok := ID(e.Aggregate)
	if !ok {
		return nil
	}
	a, ok := decider.Get[Account](v, e.Aggregate)
	if !ok || a.Kind != Envelope || e.Time < a.Until {
		return nil
	}
	return []decider.Demand{sweep(id, cause, 0)}
}

func sweep(envelope, cause string, due int64) decider.Demand {
	return decider.Demand{
		Purpose: "sweep/" + envelope + "/" + cause, Operation: "ledger.sweep", Body: &ledgerv1.SweepEnvelope{Envelope: envelope}, Due: due,
	}
}

// Sweep returns what is free in an ended envelope to its fund.
func Sweep(v *decider.View, cmd *decider.Command, body *ledgerv1.SweepEnvelope) ([]decider.Change, error) {
	entries := NewEntries(v)
	a, err := entries.Account(body.GetEnvelope())
	if err != nil {
		return nil, err
	}
	switch {
	case cmd.Time < a.Until:
		return nil, ErrNotEnded
	case a.Free() == 0:
		return nil, ErrEmpty
	}
	// More than one transfer can hold stays where it is; nobody else can have it.
	if err := entries.Move(body.GetEnvelope(), a.Fund, cmd.ID.NewAggregate(), min(a.Free(), AmountMax), 0, nil, nil); err != nil {
		return nil, err
	}
	return entries.Changes(), nil
}
