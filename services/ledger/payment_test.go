package ledger_test

import (
	"bytes"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger/internal/payment"
)

func TestProposing(t *testing.T) {
	t.Parallel()
	household := bytes.Repeat([]byte{7}, 32)
	row := func(name, who, refused string, lines func(b *books) []*ledgerv1.Line, change func(p *ledgerv1.ProposeTransfer)) scenario {
		return scenario{name: name, who: who, operation: "ledger.propose", refused: refused, given: func(b *books) proto.Message {
			p := b.proposal(true, lines(b)...)
			if change != nil {
				change(p)
			}
			return p
		}}
	}
	pay := func(to func(b *books) string, fen int64) func(b *books) []*ledgerv1.Line {
		return func(b *books) []*ledgerv1.Line { return []*ledgerv1.Line{line(b.envelope, to(b), fen)} }
	}
	company := func(b *books) string { return b.company }
	ann := func(b *books) string { return b.ann }
	unnamed := func(b *books) string { return b.unnamed }
	many := make([]*ledgerv1.Line, 17)
	rows := []scenario{
		row("a payment", "olga", "", pay(company, 100), nil),
		row("no officer", "ann", "role.missing", pay(company, 100), nil),
		row("to one's own organisation", "pia", "transfer.own_org", pay(company, 100), nil),
		row("to whom one lives with", "omar", "transfer.related", pay(ann, 100), nil),
		row("to a neighbour", "olga", "", pay(ann, 100), nil),
		row("nothing", "olga", "amount.out_of_bounds", pay(company, 0), nil),
		row("less than nothing", "olga", "amount.out_of_bounds", pay(company, -5), nil),
		row("more than can be counted", "olga", "amount.out_of_bounds", pay(company, 1_000_000_000_000_001), nil),
		row("more than there is", "olga", "account.short", pay(company, 5_000_01), nil),
		row("all that there is", "olga", "", pay(company, 5_000_00), nil),
		row("no lines", "olga", "transfer.lines_malformed", func(*books) []*ledgerv1.Line { return nil }, nil),
		row("too many lines", "olga", "transfer.lines_malformed", func(*books) []*ledgerv1.Line { return many }, nil),
		row("to itself", "olga", "transfer.lines_malformed", func(b *books) []*ledgerv1.Line {
			return []*ledgerv1.Line{line(b.fund, b.fund, 1)}
		}, nil),
		row("a pair twice", "olga", "transfer.lines_malformed", func(b *books) []*ledgerv1.Line {
			return []*ledgerv1.Line{line(b.envelope, b.company, 1), line(b.envelope, b.company, 2)}
		}, nil),
		row("two lines that are too much together", "olga", "account.short", func(b *books) []*ledgerv1.Line {
			return []*ledgerv1.Line{line(b.envelope, b.company, 3_000_00), line(b.envelope, b.bob, 3_000_00)}
		}, nil),
		row("from the fund to who is paid", "olga", "account.way_closed", func(b *books) []*ledgerv1.Line {
			return []*ledgerv1.Line{line(b.fund, b.company, 1)}
		}, nil),
		row("to a source", "olga", "account.way_closed", func(b *books) []*ledgerv1.Line {
			return []*ledgerv1.Line{line(b.fund, b.source, 1)}
		}, nil),
		row("to nobody", "olga", "account.unknown", func(b *books) []*ledgerv1.Line {
			return []*ledgerv1.Line{line(b.fund, id("no account"), 1)}
		}, nil),
		row("without words", "olga", "text.malformed", pay(company, 100), func(p *ledgerv1.ProposeTransfer) { p.Purpose = nil }),
		row("for somebody one lives with", "omar", "transfer.related", pay(company, 100), func(p *ledgerv1.ProposeTransfer) {
			p.Beneficiary = id("ann")
		}),
		row("a pseudonym without a household", "olga", "transfer.household", pay(unnamed, 100), nil),
		row("a pseudonym", "olga", "", pay(unnamed, 100), func(p *ledgerv1.ProposeTransfer) { p.Household = household }),
		row("for a pseudonym", "olga", "transfer.household", pay(company, 100), func(p *ledgerv1.ProposeTransfer) {
			p.Beneficiary = id("whoever")
		}),
		row("a household of nobody", "olga", "transfer.household_unneeded", pay(company, 100), func(p *ledgerv1.ProposeTransfer) {
			p.Household = household
		}),
		row("an emergency to whom one has opened the account for", "olga", "transfer.emergency_opener", pay(company, 100_00),
			func(p *ledgerv1.ProposeTransfer) { p.Emergency = true }),
		row("an emergency", "otto", "", pay(company, 100_00), func(p *ledgerv1.ProposeTransfer) { p.Emergency = true }),
		row("too large an emergency", "otto", "transfer.emergency_exceeded", pay(company, 100_01), func(p *ledgerv1.ProposeTransfer) {
			p.Emergency = true
		}),
		row("an emergency within the books", "olga", "transfer.emergency_malformed", func(b *books) []*ledgerv1.Line {
			return []*ledgerv1.Line{line(b.fund, b.envelope, 1)}
		}, func(p *ledgerv1.ProposeTransfer) { p.Emergency = true }),
		row("a correction of nothing", "olga", "transfer.unknown", pay(company, 100), func(p *ledgerv1.ProposeTransfer) {
			p.Corrects = id("none")
		}),
	}
	for i := range rows {
		if rows[i].refused == "" {
			rows[i].then = []string{"account: Reserved", "paid-to: PaymentCounted", "transfer: TransferProposed"}
		}
		switch rows[i].name {
		case "a pseudonym": // and for the household that the commitment stands for
			rows[i].then = []string{
				"account: Reserved", "paid-to: PaymentCounted", "paid-to: PaymentCounted", "transfer: TransferProposed",
			}
		case "an emergency":
			rows[i].then = []string{
				"account: Debited, EmergencyOpened", "paid-to: PaymentCounted", "account: Credited", "transfer: TransferProposed, TransferPosted",
			}
		}
	}
	play(t, rows)
}

func TestChecking(t *testing.T) {
	t.Parallel()
	approve := func(transfer string) proto.Message { return &ledgerv1.ApproveTransfer{Transfer: transfer} }
	proposed := func(fen int64) func(b *books) proto.Message {
		return func(b *books) proto.Message {
			return approve(b.propose("olga", false, line(b.envelope, b.company, fen)))
		}
	}
	household := bytes.Repeat([]byte{7}, 32)
	unnamed := func(b *books, given []byte) proto.Message {
		p := b.proposal(false, line(b.envelope, b.unnamed, 100))
		p.Household = household
		return &ledgerv1.ApproveTransfer{Transfer: b.Do("transfer", "olga", "ledger.propose", p), Household: given}
	}
	play(t, []scenario{
		{name: "another organisation's", who: "omar", operation: "ledger.approve", given: proposed(100),
			then: []string{"transfer: TransferApproved"}},
		{name: "one's own", who: "olga", operation: "ledger.approve", given: proposed(100), refused: "transfer.own"},
		{name: "a colleague's", who: "otto", operation: "ledger.approve", given: proposed(100), refused: "transfer.same_org"},
		{name: "whoever is paid", who: "pia", operation: "ledger.approve", given: proposed(100), refused: "transfer.own_org"},
		{name: "a resident", who: "bob", operation: "ledger.approve", given: proposed(100), refused: "role.missing"},
		{name: "of nothing", who: "omar", operation: "ledger.approve", refused: "transfer.unknown",
			given: func(*books) proto.Message { return approve(id("none")) }},
		{name: "to whom the checker lives with", who: "omar", operation: "ledger.approve", refused: "transfer.related",
			given: func(b *books) proto.Message { return approve(b.propose("olga", false, line(b.envelope, b.ann, 100))) }},
		{name: "who came to live with the payee since", who: "oda", operation: "ledger.approve", refused: "transfer.related",
			given: func(b *books) proto.Message {
				transfer := b.propose("olga", false, line(b.envelope, b.bob, 100))
				b.household("three", "oda", "bob")
				return approve(transfer)
			}},
		{name: "twice", who: "omar", operation: "ledger.approve", refused: "transfer.approved", given: func(b *books) proto.Message {
			transfer := b.propose("olga", false, line(b.envelope, b.company, 2_000_00))
			b.approve("omar", transfer)
			return approve(transfer)
		}},
		{name: "a third", who: "pia", operation: "ledger.approve", then: []string{"transfer: TransferApproved"},
			given: func(b *books) proto.Message {
				transfer := b.propose("olga", false, line(b.envelope, b.bob, 2_000_00))
				b.approve("omar", transfer)
				return approve(transfer)
			}},
		{name: "a third of the second's organisation", who: "oda", operation: "ledger.approve", refused: "transfer.checked_by_org",
			given: func(b *books) proto.Message {
				transfer := b.propose("olga", false, line(b.envelope, b.bob, 2_000_00))
				b.approve("omar", transfer)
				return approve(transfer)
			}},
		{name: "more than it takes", who: "oda", operation: "ledger.approve", refused: "transfer.approved",
			given: func(b *books) proto.Message {
				transfer := b.propose("olga", false, line(b.envelope, b.company, 1_999_99))
				b.approve("omar", transfer)
				return approve(transfer)
			}},
		{name: "too late", who: "omar", operation: "ledger.approve", refused: "transfer.lapsed", given: func(b *books) proto.Message {
			transfer := b.propose("olga", false, line(b.envelope, b.company, 100))
			b.Now += 1_000_000
			return approve(transfer)
		}},
		{name: "a pseudonym's", who: "omar", operation: "ledger.approve", then: []string{"transfer: TransferApproved"},
			given: func(b *books) proto.Message { return unnamed(b, household) }},
		{name: "a pseudonym's, undeclared", who: "omar", operation: "ledger.approve", refused: "transfer.household",
			given: func(b *books) proto.Message { return unnamed(b, nil) }},
		{name: "a pseudonym's, another household", who: "omar", operation: "ledger.approve", refused: "transfer.household",
			given: func(b *books) proto.Message { return unnamed(b, bytes.Repeat([]byte{8}, 32)) }},
	})
}

func (b *books) post(who, transfer string, amounts ...int64) string {
	b.Helper()
	return b.Try(who, "ledger.post", &ledgerv1.PostTransfer{Transfer: transfer, Amounts: amounts, Evidence: text("receipt")})
}

func (b *books) void(who, transfer string) string {
	b.Helper()
	return b.Try(who, "ledger.void", &ledgerv1.VoidTransfer{Transfer: transfer, Reason: text("no lamps")})
}

// told compares what an account holds.
func (b *books) told(account string, balance, held int64) {
	b.Helper()
	if a := b.account(account); a.Balance != balance || a.Held != held {
		b.Errorf("the account %s holds %d, of it %d for transfers, want %d and %d", a.Kind, a.Balance, a.Held, balance, held)
	}
}

func (b *books) expect(what, got, want string) {
	b.Helper()
	if got != want {
		b.Errorf("%s: refused as %q, want %q", what, got, want)
	}
}

func TestHoldIsPostedInPart(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.told(b.source, -10_000_00, 0)
	b.told(b.fund, 5_000_00, 0)
	transfer := b.propose("olga", false, line(b.envelope, b.company, 1_000_00), line(b.envelope, b.bob, 500_00))
	b.told(b.envelope, 5_000_00, 1_500_00)
	b.expect("unapproved", b.post("olga", transfer), "transfer.unapproved")
	b.approve("omar", transfer)
	b.expect("one amount for two lines", b.post("olga", transfer, 1), "transfer.amounts_malformed")
	b.expect("nothing at all", b.post("olga", transfer, 0, 0), "transfer.amounts_malformed")
	b.expect("more than is held", b.post("olga", transfer, 1_000_01, 0), "transfer.amounts_malformed")
	b.expect("less than nothing", b.post("olga", transfer, -1, 1), "transfer.amounts_malformed")
	b.expect("by whoever is paid", b.post("pia", transfer), "transfer.own_org")
	b.expect("in part", b.post("otto", transfer, 700_00, 0), "")
	b.told(b.envelope, 4_300_00, 0)
	b.told(b.company, 700_00, 0)
	b.told(b.bob, 0, 0)
	b.expect("again", b.post("olga", transfer), "transfer.posted")
	b.expect("voiding what is posted", b.void("olga", transfer), "transfer.posted")
	b.Now += 1_000_000
	if done := b.Settle(); len(done) != 3 || done[2] != "lapsed transfer.posted" {
		b.Errorf("the timers of three holds that were posted did %v", done)
	}
	b.Replay()
}

func TestHoldIsVoided(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	transfer := b.propose("olga", false, line(b.envelope, b.company, 1_000_00))
	b.expect("without words", b.Try("olga", "ledger.void", &ledgerv1.VoidTransfer{Transfer: transfer}), "text.malformed")
	b.approve("omar", transfer)
	b.expect("approved, by the checker", b.void("omar", transfer), "transfer.not_yours")
	b.expect("approved, by a colleague", b.void("otto", transfer), "")
	b.told(b.envelope, 5_000_00, 0)
	b.expect("posting it", b.post("olga", transfer), "transfer.voided")
	refused := b.propose("olga", false, line(b.envelope, b.company, 1_000_00))
	b.expect("unapproved, by another organisation", b.void("omar", refused), "")
	b.Replay()
}

func TestHoldLapses(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	transfer := b.propose("olga", false, line(b.envelope, b.company, 1_000_00))
	b.approve("omar", transfer)
	b.Now += 1_000_000 - 1
	b.Settle()
	b.told(b.envelope, 5_000_00, 1_000_00)
	b.Now++
	b.expect("too late", b.post("olga", transfer), "transfer.lapsed")
	b.Settle()
	b.told(b.envelope, 5_000_00, 0)
	if got := decider.Peek[payment.Transfer](b.State, payment.Path(transfer)); got.State != payment.Lapsed || got.EndedBy != "" {
		t.Errorf("the transfer is %s, ended by %q", got.State, got.EndedBy)
	}
	b.Replay()
}

func TestEmergencyUnconfirmedSuspends(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	urgent := func(fen int64) *ledgerv1.ProposeTransfer {
		p := b.proposal(false, line(b.envelope, b.company, fen))
		p.Emergency = true
		return p
	}
	first := b.Do("transfer", "otto", "ledger.propose", urgent(60_00))
	b.told(b.company, 60_00, 0)
	b.expect("more than the rest", b.Try("otto", "ledger.propose", urgent(40_01)), "transfer.emergency_exceeded")
	second := b.Do("transfer", "otto", "ledger.propose", urgent(40_00))
	b.approve("omar", second)
	waiting := b.propose("olga", false, line(b.envelope, b.bob, 1_00))
	b.approve("omar", waiting)
	b.Now += 60_000 - 1
	b.Settle()
	if len(b.account(b.envelope).Suspending) != 0 {
		t.Error("suspended before the time")
	}
	b.Now++
	b.Settle()
	b.expect("a payment", b.Try("olga", "ledger.propose", b.proposal(false, line(b.envelope, b.bob, 1))), "envelope.suspended")
	b.expect("one that was on hold", b.post("olga", waiting), "envelope.suspended")
	if code := b.Try("olga", "ledger.propose", b.proposal(false, line(b.fund, b.envelope, 1))); code != "" {
		t.Errorf("money into a suspended envelope was refused: %s", code)
	}
	b.approve("oda", first)
	b.expect("one that was on hold, after the word", b.post("olga", waiting), "")
	if a := b.account(b.envelope); a.Unconfirmed != 0 || len(a.Suspending) != 0 {
		t.Errorf("unconfirmed %d, suspending %v", a.Unconfirmed, a.Suspending)
	}
	b.Replay()
}

// TestEmergencyIsTakenBack: once all of it is back, nothing is left that anybody has to confirm.
func TestEmergencyIsTakenBack(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		b := newBooks(t)
		p := b.proposal(false, line(b.envelope, b.company, 60_00))
		p.Emergency = true
		paid := b.Do("transfer", "otto", "ledger.propose", p)
		back := func(fen int64) {
			c := b.proposal(true, line(b.company, b.envelope, fen))
			c.Corrects = paid
			b.approve("omar", b.Do("transfer", "olga", "ledger.propose", c))
		}
		back(20_00)
		if late {
			b.Now += 60_000
			b.Settle()
		}
		if a := b.account(b.envelope); a.Unconfirmed != 60_00 || (len(a.Suspending) > 0) != late {
			t.Errorf("a part is back: unconfirmed %d, suspending %v", a.Unconfirmed, a.Suspending)
		}
		back(40_00)
		b.expect("confirming what is back", b.approves("oda", paid), "transfer.returned")
		b.Now += 60_000
		b.Settle()
		if a := b.account(b.envelope); a.Unconfirmed != 0 || len(a.Suspending) != 0 {
			t.Errorf("all is back: unconfirmed %d, suspending %v", a.Unconfirmed, a.Suspending)
		}
		b.Replay()
	}
}

func TestCorrection(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	paid := b.propose("olga", true, line(b.envelope, b.company, 500_00))
	back := func(fen int64) *ledgerv1.ProposeTransfer {
		p := b.proposal(false, line(b.company, b.envelope, fen))
		p.Corrects = paid
		return p
	}
	b.expect("of what is not carried out", b.Try("olga", "ledger.propose", back(1)), "transfer.correction_exceeds")
	b.approve("omar", paid)
	b.expect("by an officer of who was paid", b.Try("pia", "ledger.propose", back(1)), "transfer.own_org")
	b.expect("more than was paid", b.Try("olga", "ledger.propose", back(500_01)), "transfer.correction_exceeds")
	one, two := b.Do("transfer", "olga", "ledger.propose", back(300_00)), ""
	other := b.propose("olga", true, line(b.envelope, b.company, 500_00)) // so that there is enough for the second
	b.approve("omar", other)
	two = b.Do("transfer", "olga", "ledger.propose", back(300_00))
	b.approve("omar", one)
	b.told(b.envelope, 4_300_00, 0)
	b.expect("more than is left", b.Try("omar", "ledger.approve", &ledgerv1.ApproveTransfer{Transfer: two}), "transfer.correction_exceeds")
	if l := decider.Peek[payment.Transfer](b.State, payment.Path(paid)).Lines[0]; l.Posted != 500_00 || l.Corrected != 300_00 {
		t.Errorf("the line says %d, of it taken back %d", l.Posted, l.Corrected)
	}
	b.Replay()
}

func TestEnvelopeEnds(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	paid := b.propose("olga", true, line(b.envelope, b.company, 500_00))
	b.approve("omar", paid)
	b.Now = start + term - 500_000
	held := b.propose("olga", false, line(b.envelope, b.company, 1_000_00))
	if got := decider.Peek[payment.Transfer](b.State, payment.Path(held)); got.ExpiresAt != start+term {
		t.Errorf("a hold goes on after its envelope: %d", got.ExpiresAt)
	}
	b.Now = start + term
	b.Settle()
	b.told(b.envelope, 0, 0)
	b.told(b.fund, 9_500_00, 0)
	late := b.proposal(true, line(b.envelope, b.company, 1))
	b.expect("paying after the end", b.Try("olga", "ledger.propose", late), "envelope.not_paying")
	correction := b.proposal(true, line(b.company, b.envelope, 200_00))
	correction.Corrects = paid
	b.approve("omar", b.Do("transfer", "olga", "ledger.propose", correction))
	b.Settle()
	b.told(b.envelope, 0, 0)
	b.told(b.fund, 9_700_00, 0)
	b.Replay()
}
