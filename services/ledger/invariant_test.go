package ledger_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger"
	"renlin.dev/services/ledger/internal/book"
	"renlin.dev/services/ledger/internal/credit"
	"renlin.dev/services/ledger/internal/payment"
)

// driver does random things and holds every commit to what always holds. A second state is folded from the commits' bytes alone.
type driver struct {
	*books
	r         *rand.Rand
	again     *decider.State
	accounts  []string
	transfers []string    // those of which something can still become, and some of the others
	work      [][2]string // reported: id, and by whom it is confirmed
	opened    string      // the last account that was opened
	dividend  string      // the envelope for dividends in money
	confirmed []string    // work that brought something, or may have
	mandates  map[string]string
	ended     map[string]int // how often a transfer's hold has ended
	done      map[string]int // operations, by name or by the code of their refusal
}

func newDriver(t decidertest.TB, seed uint64) *driver {
	d := &driver{
		books: newBooks(t), r: rand.New(rand.NewPCG(seed, 7)), again: decider.NewState(ledger.Model()), ended: map[string]int{},
		done: map[string]int{},
	}
	r := rules()
	r.CreditDays, r.DividendDays = 90, 10
	d.Fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: &communityv1.Rulebook{Version: 2, Ledger: r}})
	d.accounts = []string{d.source, d.fund, d.envelope, d.company, d.ann, d.bob, id("no account")}
	d.dividend = d.dividends(500_00)
	d.auditor("fay", "company")
	d.auditor("cat", "owners")
	d.mandates = map[string]string{}
	for _, who := range []string{"ann", "bob", "dan"} {
		mandate := id("eve helps " + who)
		d.mandates[who] = mandate
		d.Fact("mandate/"+mandate, &communityv1.MandateGranted{
			Principal: id(who), Helper: id("eve"), Acts: []communityv1.Act{communityv1.Act_ACT_CREDITS}, Until: 1 << 60,
			Grantor: communityv1.Grantor_GRANTOR_HOSTED,
		})
	}
	for _, c := range d.Log {
		d.fold(c)
	}
	return d
}

// fold takes a commit into the second state through its bytes.
func (d *driver) fold(c *chain.Commit) {
	d.Helper()
	stored, err := chain.DecodeCommit(d.Encode(c))
	if err != nil {
		d.Fatalf("decode commit: %v", err)
	}
	if err := d.again.Apply(stored, d.Now); err != nil {
		d.Fatalf("fold commit: %v", err)
	}
}

func pick[T any](d *driver, of []T) T { return of[d.r.IntN(len(of))] }

// amount draws a sum that is mostly reasonable.
func (d *driver) amount() int64 {
	switch d.r.IntN(20) {
	case 0:
		return pick(d, []int64{0, -1, book.AmountMax, book.AmountMax + 1})
	case 1:
		return d.r.Int64N(20_000_00)
	}
	return 1 + d.r.Int64N(300_00)
}

// transfer draws one of the last transfers, mostly one that still waits.
func (d *driver) transfer() (one string) {
	if len(d.transfers) == 0 {
		return id("no transfer")
	}
	for range 4 {
		one = pick(d, d.transfers[max(0, len(d.transfers)-40):])
		if d.ended[one] == 0 {
			break
		}
	}
	return one
}

// line draws a line, mostly along a way that is open.
func (d *driver) line() *ledgerv1.Line {
	switch d.r.IntN(10) {
	case 0:
		return line(pick(d, d.accounts), pick(d, d.accounts), d.amount())
	case 1, 2:
		return line(d.source, d.fund, d.amount())
	case 3:
		return line(d.fund, d.envelope, d.amount())
	case 4:
		return line(d.fund, pick(d, []string{d.envelope, d.dividend}), d.amount())
	}
	return line(d.envelope, pick(d, []string{d.company, d.ann, d.bob}), d.amount())
}

// renew opens another envelope when the last one has ended.
func (d *driver) renew() {
	if d.Now < d.account(d.envelope).Until {
		return
	}
	d.judge(d.Input("olga", "ledger.open", &ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "Lamps", Fund: d.fund, From: d.Now, Until: d.Now + term,
	}))
	d.envelope = d.opened
	d.judge(d.Input("olga", "ledger.open", &ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "Dividends", Fund: d.fund, From: d.Now, Until: d.Now + term, Dividend: true,
	}))
	d.dividend = d.opened
	d.accounts = append(d.accounts[:6], d.envelope, d.dividend, id("no account"))
}

// by has somebody do what is about credits, one of those whom eve helps mostly by her hand.
func (d *driver) by(who, operation string, body proto.Message) *decider.Input {
	mandate := d.mandates[who]
	if mandate == "" || d.r.IntN(3) > 0 {
		return d.Input(who, operation, body)
	}
	set := func(field, value string) {
		m := body.ProtoReflect()
		m.Set(m.Descriptor().Fields().ByName(protoreflect.Name(field)), protoreflect.ValueOfString(value))
	}
	set("principal", id(who))
	set("mandate", mandate)
	return d.Input("eve", operation, body)
}

// doubts draws a step of taking back what was made of false work.
func (d *driver) doubts() *decider.Input {
	job := id("no work")
	if len(d.confirmed) > 0 {
		job = pick(d, d.confirmed)
	}
	switch d.r.IntN(4) {
	case 0:
		return d.Input(pick(d, []string{"fay", "cat"}), "ledger.propose_clawback", doubt(job))
	case 1:
		return d.by(pick(d, residents), "ledger.appeal_clawback", appeal(job))
	case 2:
		c := decider.Peek[credit.Clawback](d.State, credit.ClawbackPath(job))
		if c == nil || c.State != credit.Found {
			break
		}
		for _, name := range residents {
			if id(name) == c.Worker {
				return d.by(name, "ledger.appeal_clawback", appeal(job))
			}
		}
	}
	return d.Input(pick(d, []string{"fay", "cat", "olga", "pia"}), "ledger.decide_appeal", decide(job, d.r.IntN(2) == 0))
}

// command draws what somebody does next.
func (d *driver) command() *decider.Input {
	switch d.r.IntN(14) {
	case 0:
		return d.by(pick(d, residents), "ledger.report_work", work(pick(d, residents), uint32(1+d.r.IntN(300))))
	case 1:
		if len(d.work) == 0 {
			return d.Input("olga", "ledger.declare_dividend", &ledgerv1.DeclareDividend{})
		}
		w := pick(d, d.work)
		return d.by(w[1], "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: w[0]})
	case 2:
		return d.by(pick(d, residents), "ledger.spend", &ledgerv1.SpendCredits{To: id(pick(d, residents)), Amount: 1 + d.r.Int64N(200)})
	case 3:
		return d.doubts()
	case 4:
		if d.r.IntN(2) == 0 {
			return d.Input("olga", "ledger.declare_dividend", declared(d.dividend), pick(d, []string{"omar", "otto", "pia"}))
		}
	}
	who, operation, body := d.payment()
	return d.Input(who, operation, body)
}

// payment draws what an officer does next with money.
func (d *driver) payment() (who, operation string, body proto.Message) {
	officer := pick(d, []string{"olga", "otto", "omar", "oda", "pia"})
	switch d.r.IntN(9) {
	case 0, 1, 2:
		p := d.proposal(d.r.IntN(2) == 0)
		for range 1 + d.r.IntN(3)*d.r.IntN(2) {
			p.Lines = append(p.Lines, d.line())
		}
		p.Emergency = d.r.IntN(10) == 0
		if d.r.IntN(6) == 0 {
			d.correcting(p)
		}
		return officer, "ledger.propose", p
	case 3, 4, 5:
		return officer, "ledger.approve", &ledgerv1.ApproveTransfer{Transfer: d.transfer()}
	case 6, 7:
		p := &ledgerv1.PostTransfer{Transfer: d.transfer(), Evidence: text("receipt")}
		if t := decider.Peek[payment.Transfer](d.State, payment.Path(p.GetTransfer())); t != nil && d.r.IntN(2) == 0 {
			for _, l := range t.Lines {
				p.Amounts = append(p.Amounts, d.r.Int64N(l.Amount+1))
			}
		}
		return officer, "ledger.post", p
	}
	return officer, "ledger.void", &ledgerv1.VoidTransfer{Transfer: d.transfer(), Reason: text("no")}
}

// correcting makes of a proposal one that takes lines of another transfer back, sometimes too much of them.
func (d *driver) correcting(p *ledgerv1.ProposeTransfer) {
	p.Corrects = d.transfer()
	if t := decider.Peek[payment.Transfer](d.State, payment.Path(p.GetCorrects())); t != nil {
		p.Lines = nil
		for _, l := range t.Lines {
			p.Lines = append(p.Lines, line(l.To, l.From, 1+d.r.Int64N(l.Amount)))
		}
	}
}

// step does one thing, and lets time pass now and then.
func (d *driver) step() {
	d.Helper()
	if d.r.IntN(8) == 0 {
		d.Now += d.r.Int64N(60_000)
		if d.r.IntN(50) == 0 {
			d.Now += d.r.Int64N(40 * dayMillis)
		}
		for {
			owed := d.State.OwedNow(d.Now)
			if len(owed) == 0 {
				break
			}
			raw, signed, err := decider.PolicyCommand(owed[0], 1)
			if err != nil {
				d.Fatalf("encode policy command: %v", err)
			}
			d.judge(&decider.Input{Raw: raw, Signed: signed, ID: owed[0].ID, Time: d.Now, Policy: true})
		}
	}
	d.renew()
	d.judge(d.command())
}

func (d *driver) judge(in *decider.Input) {
	d.Helper()
	verdict := d.State.Judge(in)
	if verdict.Err != nil {
		if in.Policy || fault.Of(verdict.Err).Kind == fault.Internal {
			d.Fatalf("%s: %v", in.Signed.Operation, verdict.Err)
		}
		d.done[code(verdict.Err)]++
		return
	}
	c := verdict.Commit
	before := d.sums(c)
	stored, err := chain.DecodeCommit(d.Encode(c))
	if err != nil {
		d.Fatalf("decode commit: %v", err)
	}
	if err := d.State.Apply(stored, d.Now); err != nil {
		d.Fatalf("fold commit: %v", err)
	}
	d.fold(c)
	if after := d.sums(c); after != before {
		d.Fatalf("%s: accounts came to %v and come to %v", in.Signed.Operation, before, after)
	}
	d.done[in.Signed.Operation]++
	d.note(in, c)
}

// sums adds up what a commit's accounts hold, by currency, and holds each to its bounds.
func (d *driver) sums(c *chain.Commit) (sums [2]int64) {
	d.Helper()
	for _, ch := range c.Changes {
		a := (*book.Account)(nil)
		if chain.KindOf(ch.Aggregate) == "account" {
			a = decider.Peek[book.Account](d.State, ch.Aggregate)
		}
		if a == nil {
			continue
		}
		d.bounded(ch.Aggregate, a)
		if a.Currency == book.Fen {
			sums[0] += a.Balance
		} else {
			sums[1] += a.Balance
		}
	}
	return sums
}

func (d *driver) bounded(path string, a *book.Account) {
	d.Helper()
	origin := a.Kind == book.Source || a.Kind == book.Mint
	if a.Held < 0 || !origin && a.Balance < a.Held || a.In-a.Out != a.Balance || a.Unconfirmed < 0 {
		d.Fatalf("%s: %+v", path, a)
	}
	if a.Kind != book.Member {
		return
	}
	sum := int64(0)
	for _, l := range a.Lots {
		if sum += l.Amount; l.Amount <= 0 {
			d.Fatalf("%s has an empty lot", path)
		}
	}
	if sum != a.Balance {
		d.Fatalf("%s: lots of %d for a balance of %d", path, sum, a.Balance)
	}
}

// note remembers what can be gone on with, and counts the ends of holds.
func (d *driver) note(in *decider.Input, c *chain.Commit) {
	d.Helper()
	for _, ch := range c.Changes {
		kind, one := chain.KindOf(ch.Aggregate), ch.Aggregate[strings.LastIndexByte(ch.Aggregate, '/')+1:]
		if in.Signed.Operation == "ledger.open" {
			d.opened = one
		}
		if in.Signed.Operation == "ledger.propose" && kind == "transfer" && ch.Version == 1 {
			d.transfers = append(d.transfers, one)
		}
		if in.Signed.Operation == "ledger.confirm_work" && kind == "work" {
			d.confirmed = append(d.confirmed[max(0, len(d.confirmed)-10):], one)
		}
		if in.Signed.Operation == "ledger.report_work" {
			w := decider.Peek[credit.Work](d.State, ch.Aggregate)
			for _, name := range residents {
				if id(name) == w.Counterparty {
					d.work = append(d.work[max(0, len(d.work)-30):], [2]string{one, name})
				}
			}
		}
		for _, e := range ch.Events {
			d.done[e.Type[strings.LastIndexByte(e.Type, '.')+1:]]++
			if slices.Contains(ends, e.Type[strings.LastIndexByte(e.Type, '.')+1:]) {
				if d.ended[one]++; d.ended[one] > 1 {
					d.Fatalf("the hold of %s ended twice", one)
				}
			}
		}
	}
}

var ends = []string{"TransferPosted", "TransferVoided", "TransferLapsed"}

// whole holds all books together at the end.
func (d *driver) whole() {
	d.Helper()
	held, sums := map[string]int64{}, map[book.Currency]int64{}
	for _, one := range d.State.Members("transfer") {
		t := decider.Peek[payment.Transfer](d.State, payment.Path(one))
		if (t.State == payment.Held) == (d.ended[one] == 1) && slices.Contains(d.transfers, one) {
			d.Errorf("the transfer %s is %s and its hold has ended %d times", one, t.State, d.ended[one])
		}
		for _, l := range t.Lines {
			if l.Corrected > l.Posted || l.Posted > l.Amount || l.Posted != 0 && t.State != payment.Posted {
				d.Errorf("a line of a transfer that is %s says %+v", t.State, l)
			}
			if t.State == payment.Held {
				held[l.From] += l.Amount
			}
		}
	}
	for _, one := range d.State.Members("account") {
		a := d.account(one)
		d.bounded(one, a)
		sums[a.Currency] += a.Balance
		if a.Held != held[one] && a.Kind != book.Pool && !a.Dividend {
			d.Errorf("the account %s keeps %d, its transfers %d", one, a.Held, held[one])
		}
	}
	d.counted()
	d.disclosed()
	if sums[book.Fen] != 0 || sums[book.Credit] != 0 {
		d.Errorf("all accounts together come to %v", sums)
	}
	var live, again bytes.Buffer
	for s, out := range map[*decider.State]*bytes.Buffer{d.State: &live, d.again: &again} { // any order: each has a buffer of its own
		s.SetHead(&chain.Sealed{Header: chain.Header{First: s.Position() - 1, Count: 1}})
		if err := s.WriteSnapshot(out, "test"); err != nil {
			d.Fatalf("write snapshot: %v", err)
		}
	}
	if !bytes.Equal(live.Bytes(), again.Bytes()) {
		d.Errorf("folding the record again gives another state")
	}
}

// TestRandomBooks does a great many random things to the books: ten thousand, or a million in the long run.
func TestRandomBooks(t *testing.T) {
	t.Parallel()
	steps := 10_000
	if os.Getenv("RENLIN_CI") != "" {
		steps = 1_000_000
	}
	d := newDriver(t, 20261129)
	for range steps {
		d.step()
	}
	d.whole()
	for _, operation := range []string{
		"ledger.propose", "ledger.approve", "ledger.post", "ledger.void", "ledger.lapse", "ledger.sweep", "ledger.confirm_work", "ledger.spend",
		"ledger.expire", "ledger.suspend",
		"ledger.propose_clawback", "ledger.appeal_clawback", "ledger.decide_appeal", "ledger.settle_clawback",
		"ledger.declare_dividend", "ledger.share", "work.one_hand", "transfer.signers", "transfer.correction_exceeds", "account.short",
		"transfer.related", "ClawbackPosted", "ClawbackDropped", "AppealDecided", "OwedCounted", "PaymentCounted",
	} {
		if d.done[operation] == 0 {
			t.Errorf("%s never happened", operation)
		}
	}
	t.Logf("%d steps, %d commits: %v", steps, d.State.Position(), d.done)
}
