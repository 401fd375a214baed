package ledger_test

import (
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/payment"
)

// checkers proposes a payment and tells how many checkers it takes.
func (b *books) checkers(p *ledgerv1.ProposeTransfer) (transfer string, n uint32) {
	b.Helper()
	transfer = b.Do("transfer", "olga", "ledger.propose", p)
	return transfer, decider.Peek[payment.Transfer](b.State, payment.Path(transfer)).Checkers
}

// TestSplitPayments: what goes out of one budget to the same payee, or for the same people, counts together; from two thousand yuan on it
// takes a third person.
func TestSplitPayments(t *testing.T) {
	t.Parallel()
	household := text("a household").GetCommitment()
	type part struct {
		to, beneficiary string
		fen             int64
		change          func(b *books, before string) // what happens to the part before
		want            uint32
	}
	void := func(b *books, before string) { b.void("olga", before) }
	pay := func(b *books, before string) { b.approve("oda", before) }
	later := func(b *books, before string) {
		pay(b, before)
		b.Now += 9 * dayMillis
		b.Settle()
	}
	for name, parts := range map[string][]part{
		"one":                         {{to: "company", fen: 1999_99, want: 1}, {to: "bob", fen: 1, want: 1}},
		"one that is large":           {{to: "company", fen: 2000_00, want: 2}},
		"two to one":                  {{to: "company", fen: 1000_00, want: 1}, {to: "company", fen: 1000_00, want: 2}},
		"two that stay below":         {{to: "company", fen: 1000_00, want: 1}, {to: "company", fen: 999_99, want: 1}},
		"the first is given up":       {{to: "company", fen: 1500_00, want: 1}, {to: "company", fen: 1500_00, change: void, want: 1}},
		"the first is paid":           {{to: "company", fen: 1500_00, want: 1}, {to: "company", fen: 1500_00, change: pay, want: 2}},
		"the first was paid days ago": {{to: "company", fen: 1500_00, want: 1}, {to: "company", fen: 1500_00, change: later, want: 2}},
		"two for one": {
			{to: "company", beneficiary: "dan", fen: 1500_00, want: 1}, {to: "bob", beneficiary: "dan", fen: 600_00, want: 2},
		},
		"one for and one to":         {{to: "company", beneficiary: "bob", fen: 1500_00, want: 1}, {to: "bob", fen: 600_00, want: 2}},
		"two who live together":      {{to: "bob", fen: 1500_00, want: 1}, {to: "company", beneficiary: "cat", fen: 600_00, want: 2}},
		"a household that is sealed": {{to: "unnamed", fen: 1500_00, want: 1}, {to: "another unnamed", fen: 600_00, want: 2}},
		"two with nothing in common": {{to: "bob", fen: 1500_00, want: 1}, {to: "ann", fen: 1500_00, want: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, before := newBooks(t), ""
			other := b.open(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: id("another unnamed")})
			accounts := map[string]string{
				"company": b.company, "bob": b.bob, "ann": b.ann, "unnamed": b.unnamed, "another unnamed": other,
			}
			for i, p := range parts {
				if p.change != nil {
					p.change(b, before)
				}
				body := b.proposal(true, line(b.envelope, accounts[p.to], p.fen))
				body.Beneficiary = named(p.beneficiary)
				if body.GetLines()[0].GetTo() == b.unnamed || body.GetLines()[0].GetTo() == other {
					body.Household = household
				}
				var n uint32
				if before, n = b.checkers(body); n != p.want {
					t.Errorf("part %d takes %d checkers, want %d", i, n, p.want)
				}
			}
			b.Replay()
		})
	}
}

// TestSplitPeriod: the rulebook says for how many days payments count together.
func TestSplitPeriod(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	r := rules()
	r.SplitDays = 3
	b.rulebook(r)
	parts := func(after int64) (n uint32) {
		b.Now += after
		b.Settle()
		transfer, n := b.checkers(b.proposal(true, line(b.envelope, b.company, 1100_00)))
		b.approve("oda", transfer)
		return n
	}
	if first, later, soon := parts(0), parts(3*dayMillis), parts(2*dayMillis); first != 1 || later != 1 || soon != 2 {
		t.Errorf("they take %d, %d and %d checkers", first, later, soon)
	}
	b.Replay()
}

// TestSplitAcrossEnvelopes: each budget is for a purpose of its own, and counts for itself.
func TestSplitAcrossEnvelopes(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	other := b.open(&ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "Paint", Fund: b.fund, From: start, Until: start + term,
	})
	moved := b.propose("olga", true, line(b.fund, other, 1900_00))
	b.approve("omar", moved)
	_, first := b.checkers(b.proposal(true, line(b.envelope, b.company, 1500_00)))
	_, second := b.checkers(b.proposal(true, line(other, b.company, 1500_00)))
	if first != 1 || second != 1 {
		t.Errorf("they take %d and %d checkers", first, second)
	}
}

// TestSplitNeverEscapes: however a sum is split, paid and given up, what one payee gets in a period on two words stays below the sum from
// which it takes three.
func TestSplitNeverEscapes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		b := newBooks(t)
		onTwo := int64(0)
		for range rapid.IntRange(1, 12).Draw(t, "payments") {
			fen := rapid.Int64Range(1, 900_00).Draw(t, "fen")
			if b.account(b.envelope).Free() < fen {
				return
			}
			transfer, n := b.checkers(b.proposal(true, line(b.envelope, b.company, fen)))
			switch {
			case rapid.IntRange(0, 3).Draw(t, "end") == 0:
				b.void("olga", transfer)
			case n == 1:
				b.approve("oda", transfer)
				onTwo += fen
			}
		}
		if onTwo >= 2000_00 {
			t.Fatalf("%d fen went to one payee on two words", onTwo)
		}
	})
}

// rulebook adopts other rules.
func (w *world) rulebook(r *communityv1.LedgerRules) {
	w.Helper()
	w.Adopt(&communityv1.Rulebook{Version: 2, Ledger: r})
}
