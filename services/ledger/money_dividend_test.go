package ledger_test

import (
	"testing"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/dividend"
)

// dividends opens a budget for dividends and puts money into it.
func (b *books) dividends(fen int64) string {
	b.Helper()
	envelope := b.open(&ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "Dividends", Fund: b.fund, From: start, Until: start + term, Dividend: true,
	})
	moved := b.propose("olga", true, line(b.fund, envelope, fen))
	b.approve("omar", moved)
	if fen >= 2000_00 {
		b.approve("pia", moved)
	}
	return envelope
}

func declared(envelope string) *ledgerv1.DeclareDividend {
	return &ledgerv1.DeclareDividend{Envelope: envelope}
}

// gets compares what somebody got of dividends in money.
func (b *books) gets(who string, fen int64) {
	b.Helper()
	have := int64(0)
	if a := decider.Peek[book.Account](b.State, book.Path(dividend.PayeeID(id(who)))); a != nil {
		have = a.Balance
	}
	if have != fen {
		b.Errorf("%s got %d fen, want %d", who, have, fen)
	}
}

// TestMoneyDividend: four fifths of the budget are given out, half of them to all alike and half by work.
func TestMoneyDividend(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	envelope := b.dividends(1000_00)
	b.worked("dan", "ann", 90)
	b.worked("eve", "ann", 30)
	b.Fact("member/"+id("cat"), &communityv1.MemberRevoked{})
	const op = "ledger.declare_dividend"
	b.expects("olga", op, declared(id("none")), "account.unknown")
	b.expects("olga", op, declared(b.envelope), "dividend.envelope")
	b.expects("olga", op, declared(envelope), "transfer.signers")
	for _, row := range []struct {
		second, want string
	}{{"otto", "transfer.signers"}, {"ann", "transfer.signers"}, {"omar", ""}} {
		if got := b.together(op, declared(envelope), "olga", row.second); got != row.want {
			t.Errorf("with %s: %q, want %q", row.second, got, row.want)
		}
	}
	b.Settle()
	b.gets("bob", 40_000/10)
	b.gets("cat", 0)
	b.gets("dan", 40_000/10+30_000)
	b.gets("eve", 40_000/10+10_000)
	if a := b.account(envelope); a.Balance != 20_000 || a.Held != 0 {
		t.Errorf("the budget has %d, of it %d on hold", a.Balance, a.Held)
	}
	d := decider.Peek[dividend.Dividend](b.State, dividend.Path(b.State.Members("dividend")[0]))
	if d.Paid != 80_000 || d.Members != 10 || d.Envelope != envelope {
		t.Errorf("the dividend is %+v", d)
	}
	if got := b.together(op, declared(envelope), "olga", "omar"); got != "dividend.early" {
		t.Errorf("once more: %q", got)
	}
	b.Replay()
}

// TestMoneyDividendHands: a large sum takes three organisations, and who lives together is one hand.
func TestMoneyDividendHands(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	envelope := b.dividends(2500_00)
	b.household("of the officers", "olga", "oda")
	for _, row := range []struct {
		want string
		with []string
	}{
		{"transfer.signers", []string{"omar"}}, {"transfer.signers", []string{"oda", "pia"}}, {"transfer.signers", []string{"omar", "oda"}},
		{"", []string{"omar", "pia"}},
	} {
		if got := b.together("ledger.declare_dividend", declared(envelope), append([]string{"olga"}, row.with...)...); got != row.want {
			t.Errorf("with %v: %q, want %q", row.with, got, row.want)
		}
	}
	b.Settle()
	b.Replay()
}

// TestDividendEnvelopePaysNothingElse: what was set aside for all goes to nobody by an officer's word.
func TestDividendEnvelopePaysNothingElse(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	envelope := b.dividends(1000_00)
	b.expects("olga", "ledger.propose", b.proposal(true, line(envelope, b.company, 100)), "envelope.dividends_only")
	back := b.propose("olga", true, line(envelope, b.fund, 100))
	b.approve("omar", back)
	b.expects("olga", "ledger.open", &ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "Dividends", Dividend: true,
	}, "account.malformed")
	b.Now = start + term
	b.Settle()
	if a := b.account(envelope); a.Balance != 0 {
		t.Errorf("an ended budget keeps %d", a.Balance)
	}
	if got := b.together("ledger.declare_dividend", declared(envelope), "olga", "omar"); got != "envelope.not_paying" {
		t.Errorf("after its end: %q", got)
	}
	b.Replay()
}

// TestMoneyDividendNotInRules: a rulebook that knows none has none.
func TestMoneyDividendNotInRules(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	envelope := b.dividends(1000_00)
	b.rulebook(&communityv1.LedgerRules{DividendPoolPermille: 500})
	if got := b.together("ledger.declare_dividend", declared(envelope), "olga", "omar"); got != "dividend.not_in_rules" {
		t.Errorf("declared: %q", got)
	}
}
