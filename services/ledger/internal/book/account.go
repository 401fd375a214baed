// Package book is double entry: accounts, and how amounts go from one to another.
//
// In plain words: every amount that leaves one account enters another in the same commit, so all accounts of a currency together come to
// nothing at any time. Money and credits are currencies of their own; no transfer has both. Only where amounts come from, a source or the
// mint, stands below zero. What is reserved for a transfer is still there and can be given to nobody else. Nothing is ever taken off the
// record: a mistake is corrected by another transfer.
//
// Money goes from a source to a fund, from a fund to another or into an envelope and back, and from an envelope to whoever is paid; a
// correction goes the other way. An envelope is the budget for one purpose: it pays from its beginning until its end, and what is left then
// goes back to its fund by rule.
package book

import (
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// Kind is what an account is.
type Kind string

// The kinds of accounts; the contract says what each is for.
const (
	Source     Kind = "source"
	Fund       Kind = "fund"
	Envelope   Kind = "envelope"
	Payee      Kind = "payee"
	Member     Kind = "member"
	Enterprise Kind = "enterprise"
	Pool       Kind = "pool"
	Mint       Kind = "mint"
)

var kindOf = map[ledgerv1.AccountKind]Kind{
	ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE: Source, ledgerv1.AccountKind_ACCOUNT_KIND_FUND: Fund,
	ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE: Envelope, ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE: Payee,
	ledgerv1.AccountKind_ACCOUNT_KIND_MEMBER: Member, ledgerv1.AccountKind_ACCOUNT_KIND_ENTERPRISE: Enterprise,
	ledgerv1.AccountKind_ACCOUNT_KIND_POOL: Pool, ledgerv1.AccountKind_ACCOUNT_KIND_MINT: Mint,
}

// Currency is what an account counts.
type Currency string

// The currencies: fen, and minutes of work.
const (
	Fen    Currency = "fen"
	Credit Currency = "credit"
)

var currencyOf = map[ledgerv1.Currency]Currency{
	ledgerv1.Currency_CURRENCY_FEN: Fen, ledgerv1.Currency_CURRENCY_CREDIT: Credit,
}

// OwnerKind says who an owner's id names.
type OwnerKind string

// The kinds of owners.
const (
	Org       OwnerKind = "org"
	Person    OwnerKind = "member"
	Pseudonym OwnerKind = "pseudonym"
)

var ownerOf = map[ledgerv1.OwnerKind]OwnerKind{
	ledgerv1.OwnerKind_OWNER_KIND_ORG: Org, ledgerv1.OwnerKind_OWNER_KIND_MEMBER: Person,
	ledgerv1.OwnerKind_OWNER_KIND_PSEUDONYM: Pseudonym,
}

// Account is aggregate account/<id>. Amounts are fen or minutes of work, times milliseconds since the Unix epoch.
type Account struct {
	Kind      Kind      `json:"kind"`
	Currency  Currency  `json:"currency"`
	Name      string    `json:"name,omitempty"`
	Owner     string    `json:"owner,omitempty"`
	OwnerKind OwnerKind `json:"owner_kind,omitempty"`
	Fund      string    `json:"fund,omitempty"`
	From      int64     `json:"from,omitempty"`
	Until     int64     `json:"until,omitempty"`
	Dividend  bool      `json:"dividend,omitempty"` // it pays dividends and nothing else
	OpenedAt  int64     `json:"opened_at"`
	OpenedBy  string    `json:"opened_by,omitempty"` // empty for what the rules themselves opened

	Balance int64 `json:"balance"` // what is there; below zero only where amounts come from
	Held    int64 `json:"held"`    // part of the balance that waits for transfers
	In      int64 `json:"in"`      // all that ever came
	Out     int64 `json:"out"`     // all that ever went

	// Unconfirmed has left on one person's word; Suspending are the transfers whose checkers were late.
	Unconfirmed int64    `json:"unconfirmed,omitempty"`
	Suspending  []string `json:"suspending,omitempty"`
	// Lots are what a balance of credits is made of, the first to end first.
	Lots []Lot `json:"lots,omitempty"`
}

// Lot is credits that end at the same time.
type Lot struct {
	Amount    int64 `json:"amount"`
	ExpiresAt int64 `json:"expires_at"`
}

// Clone copies what Evolve writes into.
func (a *Account) Clone() *Account {
	dup := *a
	dup.Suspending, dup.Lots = slices.Clone(a.Suspending), slices.Clone(a.Lots)
	return &dup
}

// Free is what can still be promised to somebody.
func (a *Account) Free() int64 { return a.Balance - a.Held }

// below tells whether the account may stand below zero.
func (a *Account) below() bool { return a.Kind == Source || a.Kind == Mint }

// Path names an account's aggregate.
func Path(id string) string { return "account/" + id }

// ID gives the id in an account's path. A record may say of anything that it was credited; ok tells whether it is an account at all.
func ID(aggregate string) (id string, ok bool) { return strings.CutPrefix(aggregate, "account/") }

// Kinds registers the accounts.
func Kinds(m *decider.Model) { decider.Kind("account", true, evolve)(m) }

func evolve(a *Account, e decider.Event) {
	switch b := e.Body.(type) {
	case *ledgerv1.AccountOpened:
		*a = Account{
			Kind: kindOf[b.GetKind()], Currency: currencyOf[b.GetCurrency()], Name: b.GetName(), Owner: b.GetOwner(),
			OwnerKind: ownerOf[b.GetOwnerKind()], Fund: b.GetFund(), From: b.GetFrom(), Until: b.GetUntil(), OpenedAt: e.Time,
			OpenedBy: e.Actor, Dividend: b.GetDividend(),
		}
	case *ledgerv1.Reserved:
		a.Held += b.GetAmount()
	case *ledgerv1.Released:
		a.Held -= b.GetAmount()
	case *ledgerv1.Debited:
		a.Balance -= b.GetAmount()
		a.Held -= b.GetReserved()
		a.Out += b.GetAmount()
		a.takeLots(b.GetLots())
	case *ledgerv1.Credited:
		a.Balance += b.GetAmount()
		a.In += b.GetAmount()
		a.putLots(b.GetLots())
	case *ledgerv1.EmergencyOpened:
		a.Unconfirmed += b.GetAmount()
	case *ledgerv1.EmergencyClosed:
		a.Unconfirmed -= b.GetAmount()
	case *ledgerv1.PaymentsSuspended:
		a.Suspending = append(a.Suspending, b.GetTransfer())
	case *ledgerv1.PaymentsResumed:
		a.Suspending = slices.DeleteFunc(a.Suspending, func(id string) bool { return id == b.GetTransfer() })
	}
}

// takeLots takes credits out; which ones, the fact says.
func (a *Account) takeLots(lots []*ledgerv1.Lot) {
	for _, l := range lots {
		for i := range a.Lots {
			if a.Lots[i].ExpiresAt == l.GetExpiresAt() {
				a.Lots[i].Amount -= l.GetAmount()
			}
		}
	}
	a.Lots = slices.DeleteFunc(a.Lots, func(l Lot) bool { return l.Amount == 0 })
}

// putLots puts credits in, beside those that end at the same time.
func (a *Account) putLots(lots []*ledgerv1.Lot) {
	for _, l := range lots {
		i, found := slices.BinarySearchFunc(a.Lots, l.GetExpiresAt(), func(l Lot, at int64) int { return int(min(max(l.ExpiresAt-at, -1), 1)) })
		if found {
			a.Lots[i].Amount += l.GetAmount()
		} else {
			a.Lots = slices.Insert(a.Lots, i, Lot{Amount: l.GetAmount(), ExpiresAt: l.GetExpiresAt()})
		}
	}
}
