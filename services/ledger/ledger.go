// Package ledger is the service that keeps the community's books: its money, its credits, and what it owns. Nobody moves money alone, and
// no entry is ever changed.
//
// The rules, in plain words:
//
//  1. Every amount that leaves an account enters another in the same commit. All accounts of a currency together come to nothing. Money and
//     credits never meet in a transfer.
//  2. Money comes from a source into a fund, from a fund into an envelope, and only from an envelope to whoever is paid. Only a source
//     stands below zero. An envelope pays from its beginning to its end; what is left returns to its fund by rule.
//  3. A transfer is proposed by an officer, who puts the money on hold, and checked by an officer of another organisation, from the
//     rulebook's sum on by two of different ones. None of them is, lives with, or has a role in whoever is paid, and none lives with
//     another. It is carried out wholly or in part, given up, or ends by itself; each hold ends once.
//  4. In an emergency one officer pays from an envelope at once, up to the rulebook's sum; if the checkers have not given their word in the
//     rulebook's time, the envelope pays nobody until they have.
//  5. A mistake is corrected by a transfer that takes lines of another back, by two persons like any other.
//  6. Credits are minutes of work, and an hour counts alike whatever was done in it. They are made only of work that a member of another
//     household has confirmed, within bounds of a week and of one person's word; they are spent with members, and with organisations under
//     terms on record; they end, the oldest first, and go to the pool of all. They are never exchanged for money, and never needed to be
//     helped.
//  7. Where confirmed work looks as if it had not been, the auditors are told; that takes nothing from anybody.
//  8. A dividend gives out the rulebook's share of the pool by the rulebook's formula; all that an officer chooses is that it is time.
//  9. What the community owns besides is on a register, with what became of it and what shows that.
//
// The purposes, receipts and reasons are words in the vault.
package ledger

import (
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/credit"
	"renlin.dev/services/ledger/internal/disclosure"
	"renlin.dev/services/ledger/internal/dividend"
	"renlin.dev/services/ledger/internal/holding"
	"renlin.dev/services/ledger/internal/payment"
)

// Model gives the rules of this service, for its daemon, the pilot, and everyone who judges the record again.
func Model() *decider.Model {
	parts := []decider.Part{
		decider.Guarded(standing.Guard), standing.Kinds(false), standing.GroupKinds(false),
		standing.RosterPart(), standing.HelpedPart(), book.Kinds, payment.Kinds, credit.Kinds, dividend.Kinds, holding.Kinds,
		disclosure.Part(),
	}
	parts = append(parts, policies()...)
	return decider.NewModel("ledger", []uint32{1}, slices.Concat(parts, operations(), demanded())...)
}

// policies says which fact is followed by which rule.
func policies() []decider.Part {
	return []decider.Part{
		decider.Policy(book.OnOpened),
		decider.Policy(book.OnReleased),
		decider.Policy(book.OnCredited),
		decider.Policy(payment.OnProposed),
		decider.Policy(credit.OnCredited),
		decider.Policy(credit.OnConfirmed),
		decider.Policy(credit.OnClawbackProposed),
		decider.Policy(credit.OnClawbackAppealed),
		decider.Policy(dividend.OnDeclared),
	}
}
