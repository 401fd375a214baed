package book

import (
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// AmountMax bounds one amount: ten million million yuan, so that no sum of a transfer's lines leaves an int64.
const AmountMax int64 = 1_000_000_000_000_000

// Entries are what one commit does to accounts. Each account is looked at once, and its balance goes along, so that several lines on one
// account are held to it together.
type Entries struct {
	v        *decider.View
	accounts map[string]*Account
	events   map[string][]proto.Message
}

// NewEntries begins a commit's entries.
func NewEntries(v *decider.View) *Entries {
	return &Entries{v: v, accounts: map[string]*Account{}, events: map[string][]proto.Message{}}
}

// Account finds an account as it stands after the entries so far. Read-only.
func (e *Entries) Account(id string) (*Account, error) {
	if a := e.accounts[id]; a != nil {
		return a, nil
	}
	a, ok := decider.Get[Account](e.v, Path(id))
	if !ok {
		return nil, ErrUnknown
	}
	e.accounts[id] = a.Clone()
	return e.accounts[id], nil
}

// Open makes an account that is not there yet, for what the rules themselves need; one that is there is left as it is.
func (e *Entries) Open(id string, opened *ledgerv1.AccountOpened) {
	if _, err := e.Account(id); err == nil {
		return
	}
	e.accounts[id] = &Account{}
	e.note(id, opened)
}

// note adds an event and takes it into the balance that the next entry is held to.
func (e *Entries) note(id string, event proto.Message) {
	e.events[id] = append(e.events[id], event)
	evolve(e.accounts[id], decider.Event{Meta: &decider.Meta{}, Aggregate: Path(id), Body: event})
}

// Note adds an event that moves nothing.
func (e *Entries) Note(id string, event proto.Message) error {
	if _, err := e.Account(id); err != nil {
		return err
	}
	e.note(id, event)
	return nil
}

// Reserve keeps an amount for a transfer.
func (e *Entries) Reserve(id, transfer string, amount int64) error {
	a, err := e.Account(id)
	if err != nil {
		return err
	}
	if amount <= 0 || amount > AmountMax {
		return ErrAmount
	}
	if !a.below() && a.Free() < amount || a.Held > math.MaxInt64-amount {
		return ErrShort
	}
	e.note(id, &ledgerv1.Reserved{Transfer: transfer, Amount: amount})
	return nil
}

// Release lets go of what a transfer did not take. Zero is nothing.
func (e *Entries) Release(id, transfer string, amount int64) error {
	if _, err := e.Account(id); err != nil || amount == 0 {
		return err
	}
	e.note(id, &ledgerv1.Released{Transfer: transfer, Amount: amount})
	return nil
}

// Move takes an amount from one account to another. Of it, reserved was kept for this before. Zero is nothing. Of credits, out are the lots
// that leave, where the payer has any, and in those that come: what goes to the pool ends there, and what comes from it begins anew.
func (e *Entries) Move(from, to, cause string, amount, reserved int64, out, in []*ledgerv1.Lot) error {
	if amount == 0 {
		return nil
	}
	if amount > AmountMax || reserved < 0 || reserved > amount { // less than nothing is less than what was kept for it
		return ErrAmount
	}
	payer, err := e.Account(from)
	if err != nil {
		return err
	}
	payee, err := e.Account(to)
	if err != nil {
		return err
	}
	switch {
	case payer.Currency != payee.Currency:
		return ErrCurrency
	case !payer.below() && payer.Free() < amount-reserved:
		return ErrShort
	// Below zero there is room for as much as above; what has come and gone only grows, and bounds both.
	case payer.Out > math.MaxInt64-amount || payee.In > math.MaxInt64-amount:
		return ErrFull
	}
	e.note(from, &ledgerv1.Debited{Cause: cause, Amount: amount, Reserved: reserved, Lots: out})
	e.note(to, &ledgerv1.Credited{Cause: cause, Amount: amount, Lots: in})
	return nil
}

// Changes gives what was entered, by account.
func (e *Entries) Changes() []decider.Change {
	out := make([]decider.Change, 0, len(e.events))
	for _, id := range slices.Sorted(maps.Keys(e.events)) {
		out = append(out, decider.On(Path(id), e.events[id]...))
	}
	return out
}
