// Package disclosure folds what is told of the books: to everybody the sum of each source, fund and budget, and to each member their own
// entries. No rule reads it.
//
// What a budget has paid in all is always told. How much of it went to people and how much to organisations is told only where so many
// people were paid that none of them can be found in it: where it is held back for the people, it is held back for the organisations too,
// for the one is the whole without the other.
package disclosure

import (
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
)

// Entry is one thing that the books say of somebody.
type Entry struct {
	Position uint64 `json:"position"` // of its commit, whose index is one less
	At       int64  `json:"at"`       // ms since the Unix epoch
	// Account is theirs; empty where something was paid to somebody else for them.
	Account  string `json:"account,omitempty"`
	Currency string `json:"currency"`
	Cause    string `json:"cause"` // the transfer, work, dividend or expiry
	Amount   int64  `json:"amount"`
}

// entriesKept is how many of somebody's entries are shown; all of them are on the record.
const entriesKept = 500

// Books are what is told.
type Books struct {
	// Owners are the accounts that somebody owns, and Named, in the order of their opening, all others.
	Owners map[string]Owner `json:"owners"`
	Named  []string         `json:"named"`
	// Changed is where the record last changed each of the named.
	Changed map[string]uint64 `json:"changed"`
	// Own are the entries of each owner and of each whom something was paid for, the newest last.
	Own map[string][]Entry `json:"own"`
	// Paid is how much each budget has paid to whom, without what was taken back.
	Paid map[string]map[string]int64 `json:"paid"`
	// Open are the transfers that have not ended, and Dividends the budgets of those in money.
	Open      map[string]Transfer `json:"open"`
	Dividends map[string]string   `json:"dividends"`
	// Holders is how many members have credits.
	Holders  int64            `json:"holders"`
	Balances map[string]int64 `json:"balances"` // of members, in credits
	Members  int64            `json:"members"`  // all of them together
}

// Owner is whose an account is.
type Owner struct {
	ID       string `json:"id"`
	Org      bool   `json:"org,omitempty"`
	Currency string `json:"currency"`
	Member   bool   `json:"member,omitempty"` // it holds a member's credits
}

// Transfer is what is remembered of one until it ends.
type Transfer struct {
	Lines       [][2]string `json:"lines"` // from and to
	Beneficiary string      `json:"beneficiary,omitempty"`
	Correction  bool        `json:"correction,omitempty"`
}

// Part registers the fold.
func Part() decider.Part {
	return decider.Derived(func() *Books {
		return &Books{
			Owners: map[string]Owner{}, Changed: map[string]uint64{}, Own: map[string][]Entry{}, Paid: map[string]map[string]int64{},
			Open: map[string]Transfer{}, Dividends: map[string]string{}, Balances: map[string]int64{},
		}
	}, (*Books).fold)
}

func (b *Books) fold(e decider.Event) {
	switch body := e.Body.(type) {
	case *ledgerv1.Debited:
		b.enter(e, body.GetCause(), -body.GetAmount())
	case *ledgerv1.Credited:
		b.enter(e, body.GetCause(), body.GetAmount())
	case *ledgerv1.AccountOpened:
		b.open(e, body)
	case *ledgerv1.TransferProposed:
		t := Transfer{Beneficiary: body.GetBeneficiary(), Correction: body.GetCorrects() != ""}
		for _, l := range body.GetLines() {
			t.Lines = append(t.Lines, [2]string{l.GetFrom(), l.GetTo()})
		}
		b.Open[strings.TrimPrefix(e.Aggregate, "transfer/")] = t
	case *ledgerv1.TransferPosted:
		b.posted(e, body)
	case *ledgerv1.TransferVoided, *ledgerv1.TransferLapsed:
		delete(b.Open, strings.TrimPrefix(e.Aggregate, "transfer/"))
	case *ledgerv1.DividendDeclared:
		if body.GetEnvelope() != "" {
			b.Dividends[strings.TrimPrefix(e.Aggregate, "dividend/")] = body.GetEnvelope()
		}
	}
}

func (b *Books) open(e decider.Event, body *ledgerv1.AccountOpened) {
	id, ok := book.ID(e.Aggregate)
	switch {
	case !ok:
	case body.GetOwner() == "":
		b.Named = append(b.Named, id)
		b.Changed[id] = e.Position
	default:
		o := Owner{
			ID: body.GetOwner(), Org: body.GetOwnerKind() == ledgerv1.OwnerKind_OWNER_KIND_ORG, Currency: string(book.Fen),
			Member: body.GetKind() == ledgerv1.AccountKind_ACCOUNT_KIND_MEMBER,
		}
		if body.GetCurrency() == ledgerv1.Currency_CURRENCY_CREDIT {
			o.Currency = string(book.Credit)
		}
		b.Owners[id] = o
	}
}

// enter takes an entry in an account.
func (b *Books) enter(e decider.Event, cause string, amount int64) {
	id, _ := book.ID(e.Aggregate)
	owner, owned := b.Owners[id]
	if !owned {
		if _, named := b.Changed[id]; named {
			b.Changed[id] = e.Position
		}
		return
	}
	b.own(owner.ID, Entry{Position: e.Position, At: e.Time, Account: id, Currency: owner.Currency, Cause: cause, Amount: amount})
	if envelope := b.Dividends[cause]; envelope != "" {
		b.pay(envelope, owner.ID, amount)
	}
	if !owner.Member {
		return
	}
	before := b.Balances[id]
	if b.Members += amount; before+amount == 0 {
		delete(b.Balances, id)
		b.Holders--
		return
	}
	if b.Balances[id] = before + amount; before == 0 {
		b.Holders++
	}
}

// own adds an entry to somebody's.
func (b *Books) own(who string, one Entry) {
	list := append(b.Own[who], one)
	if n := len(list); n > 2*entriesKept { // twice as many, so that they are seldom moved
		list = slices.Clone(list[n-entriesKept:])
	}
	b.Own[who] = list
}

func (b *Books) pay(envelope, who string, amount int64) {
	if b.Paid[envelope] == nil {
		b.Paid[envelope] = map[string]int64{}
	}
	if b.Paid[envelope][who] += amount; b.Paid[envelope][who] == 0 {
		delete(b.Paid[envelope], who)
	}
}

// posted counts what a transfer paid, or took back, and for whom.
func (b *Books) posted(e decider.Event, body *ledgerv1.TransferPosted) {
	id := strings.TrimPrefix(e.Aggregate, "transfer/")
	t, known := b.Open[id]
	if !known || len(t.Lines) != len(body.GetAmounts()) {
		return
	}
	delete(b.Open, id)
	sum := int64(0)
	for i, l := range t.Lines {
		envelope, payee, amount := l[0], l[1], body.GetAmounts()[i]
		if t.Correction {
			envelope, payee, amount = l[1], l[0], -amount
		}
		if owner, owned := b.Owners[payee]; owned {
			b.pay(envelope, owner.ID, amount)
			sum += amount
		}
	}
	if t.Beneficiary != "" && sum != 0 {
		b.own(t.Beneficiary, Entry{Position: e.Position, At: e.Time, Currency: string(book.Fen), Cause: id, Amount: sum})
	}
}
