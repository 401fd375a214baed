package ledger_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger"
	"renlin.dev/services/ledger/internal/credit"
	"renlin.dev/services/ledger/internal/disclosure"
)

// public gives the open books.
func (w *world) public() (out ledger.OpenBooks) {
	w.Helper()
	raw, err := ledger.AnswerBooks(w.State, nil)
	if err != nil {
		w.Fatalf("answer: %v", err)
	}
	if err := json.Unmarshal(raw, &out); err != nil {
		w.Fatalf("decode: %v", err)
	}
	return out
}

// pays has two persons pay somebody at once.
func (b *books) pays(account string, fen int64) {
	b.Helper()
	b.approve("oda", b.propose("olga", true, line(b.envelope, account, fen)))
}

// TestOpenBooks: the sums of every budget are always told; those of few people are not, nor what would tell them.
func TestOpenBooks(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.pays(b.company, 1000)
	of := func() ledger.OpenAccount {
		t.Helper()
		told := b.public()
		if len(told.Envelopes) != 1 || len(told.Funds) != 1 || len(told.Sources) != 1 {
			t.Fatalf("told: %+v", told)
		}
		return told.Envelopes[0]
	}
	if e := of(); e.Paid != 1000 || e.PaidOrgs != 1000 || e.PaidPeople != 0 || e.Name != "Lamps" || e.Position != b.State.Position() {
		t.Errorf("an organisation was paid: %+v", e)
	}
	b.pays(b.ann, 300)
	if e := of(); e.Paid != 1300 || e.PaidOrgs != -1 || e.PaidPeople != -1 || e.Balance != 5_000_00-1300 {
		t.Errorf("one person was paid: %+v", e)
	}
	if told := b.public(); told.People.Total != -1 || told.People.Cells[0][0] != -1 {
		t.Errorf("one person is told of: %+v", told.People)
	}
	for i := range 4 {
		name := fmt.Sprint("neighbour ", i)
		b.Admit(name)
		account := b.open(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: id(name)})
		if e := of(); e.PaidPeople != -1 {
			t.Errorf("%d people are told of", i+1)
		}
		b.pays(account, 100)
	}
	if e := of(); e.Paid != 1700 || e.PaidOrgs != 1000 || e.PaidPeople != 700 {
		t.Errorf("five people were paid: %+v", e)
	}
	if told := b.public(); told.People.Total != 5 || told.People.Cells[0][0] != 5 {
		t.Errorf("the people: %+v", told.People)
	}
	// What is taken back from one leaves four, of whom nothing is told.
	back := b.proposal(true, line(b.ann, b.envelope, 300))
	back.Corrects = decider.PeekDerived[disclosure.Books](b.State).Own[id("ann")][0].Cause
	b.approve("pia", b.Do("transfer", "olga", "ledger.propose", back))
	if e := of(); e.Paid != 1400 || e.PaidPeople != -1 {
		t.Errorf("four people: %+v", e)
	}
	b.Replay()
}

// TestManyBudgets: the table of people has a bound of rows, whatever was opened. Budgets that paid nobody have none, and the oldest stand
// together, with nobody left out.
func TestManyBudgets(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	for range 102 {
		b.envelope = b.open(&ledgerv1.OpenAccount{
			Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "Lamps", Fund: b.fund, From: start, Until: start + term,
		})
		b.approve("omar", b.propose("olga", true, line(b.fund, b.envelope, 2)))
		b.pays(b.ann, 1)
		b.pays(b.bob, 1)
	}
	told := b.public()
	if len(told.Envelopes) != 103 || len(told.People.Rows) != 101 || told.People.Rows[0] != "earlier" || told.People.Rows[100] != b.envelope {
		t.Errorf("%d budgets in %d rows, the first of them %s", len(told.Envelopes), len(told.People.Rows), told.People.Rows[0])
	}
	if told.People.Total != 204 || told.People.Cells[1][0] != -1 || told.Envelopes[1].PaidPeople != -1 {
		t.Errorf("of %d people, one each is told: %+v", told.People.Total, told.People.Cells[:2])
	}
	b.Replay()
}

// TestOpenCredits: where few members have credits, only what was made is told.
func TestOpenCredits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, rules())
	w.worked("dan", "ann", 60)
	if c := w.public().Credits; c.Made != 60 || c.Pool != -1 || c.Members != -1 || c.Holders != -1 {
		t.Errorf("one has credits: %+v", c)
	}
	for _, who := range []string{"ann", "bob", "eve", "fay"} {
		w.worked(who, "dan", 60)
	}
	w.Do("spending", "dan", "ledger.spend", &ledgerv1.SpendCredits{Amount: 10})
	if c := w.public().Credits; c.Made != 300 || c.Pool != 10 || c.Members != 290 || c.Holders != 5 {
		t.Errorf("five have credits: %+v", c)
	}
}

// TestOpenHoldings: assets and resources are counted with their income.
func TestOpenHoldings(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	pump := b.Do("holding", "olga", "ledger.register_holding", &ledgerv1.RegisterHolding{
		Kind: ledgerv1.HoldingKind_HOLDING_KIND_ASSET, Name: "Pump", Papers: text("deed"),
	})
	wall := b.Do("holding", "olga", "ledger.register_holding", &ledgerv1.RegisterHolding{
		Kind: ledgerv1.HoldingKind_HOLDING_KIND_RESOURCE, Name: "Wall", Papers: text("deed"),
	})
	b.Do("holding", "olga", "ledger.report_holding", &ledgerv1.ReportHolding{
		Holding: pump, Kind: ledgerv1.ReportKind_REPORT_KIND_CONDITION, Condition: ledgerv1.Condition_CONDITION_BROKEN, Evidence: text("photo"),
	})
	income := b.propose("olga", true, line(b.source, b.fund, 700))
	b.approve("omar", income)
	b.Do("holding", "olga", "ledger.report_holding", &ledgerv1.ReportHolding{
		Holding: wall, Kind: ledgerv1.ReportKind_REPORT_KIND_INCOME, Transfer: income, Evidence: text("receipt"),
	})
	b.Do("holding", "olga", "ledger.report_holding", &ledgerv1.ReportHolding{
		Holding: wall, Kind: ledgerv1.ReportKind_REPORT_KIND_LEASE, Until: b.Now + 1000, Evidence: text("contract"),
	})
	told := b.public()
	if want := (ledger.OpenHoldings{Registered: 1, Broken: 1}); told.Assets != want {
		t.Errorf("assets: %+v", told.Assets)
	}
	if want := (ledger.OpenHoldings{Registered: 1, Leased: 1, IncomeFen: 700}); told.Resources != want {
		t.Errorf("resources: %+v", told.Resources)
	}
}

// TestOwnEntries: each entry names its commit, what was paid to others for one is among them, and what concerns others is not.
func TestOwnEntries(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	of := func(who string, below uint64, limit int) (out []disclosure.Entry) {
		t.Helper()
		question, err := json.Marshal(ledger.OwnQuestion{Owner: id(who), Below: below, Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		raw, err := ledger.AnswerOwn(b.State, question)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	b.pays(b.bob, 300)
	first := b.State.Position()
	p := b.proposal(true, line(b.envelope, b.company, 500))
	p.Beneficiary = id("bob")
	paid := b.Do("transfer", "olga", "ledger.propose", p)
	b.approve("oda", paid)
	second := b.State.Position()
	b.worked("bob", "ann", 60)
	got := of("bob", 0, 10)
	if len(got) != 3 || got[0].Amount != 60 || got[0].Currency != "credit" || got[0].Account != credit.AccountID(id("bob")) {
		t.Fatalf("entries: %+v", got)
	}
	if got[1].Amount != 500 || got[1].Account != "" || got[1].Cause != paid || got[1].Position != second {
		t.Errorf("paid for bob: %+v", got[1])
	}
	if got[2].Amount != 300 || got[2].Account != b.bob || got[2].Position != first {
		t.Errorf("paid to bob: %+v", got[2])
	}
	if page := of("bob", second, 10); len(page) != 1 || page[0] != got[2] || len(of("bob", 0, 2)) != 2 {
		t.Errorf("a page: %+v", page)
	}
	if len(of("ann", 0, 10)) != 0 {
		t.Error("ann is shown what is not hers")
	}
	if _, err := ledger.AnswerOwn(b.State, []byte("{")); err == nil {
		t.Error("a question that cannot be read is answered")
	}
}
