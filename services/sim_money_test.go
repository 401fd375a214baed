package services_test

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/community"
)

// books are what one knows of money and credits who does the sums oneself.
type books struct {
	accounts  map[string]*purse
	transfers map[string]*payment
	work      map[string]*ledgerv1.WorkReported // that waits for an answer
	patterns  map[string]bool                   // that wait for a finding
	holdings  map[string]bool                   // that the community has
	shown     map[string]bool                   // transfers that show an income
	jobs      map[string]*toil                  // work, by id
	owed      map[string]int64                  // by member, for clawbacks
	counted   map[string]int64                  // the same, as the record says
	shares    map[string]*shareout              // dividends
	flows     map[flow]int64
}

// flow is what an account got, or gave, for a cause.
type flow struct {
	account, cause string
	in             bool
}

// purse is an account.
type purse struct {
	kind       ledgerv1.AccountKind
	owner      string
	by         string // whoever opened it
	until      int64
	dividend   bool // it pays dividends and nothing else
	has, keeps int64
}

// payment is a transfer.
type payment struct {
	*ledgerv1.TransferProposed
	by       string
	approved map[string]bool
	ended    bool
	posted   []int64 // nil while nothing was
	back     []int64 // what corrections took back
}

func newBooks() *books {
	return &books{
		accounts: map[string]*purse{}, transfers: map[string]*payment{}, work: map[string]*ledgerv1.WorkReported{},
		patterns: map[string]bool{}, holdings: map[string]bool{}, shown: map[string]bool{},
		jobs: map[string]*toil{}, owed: map[string]int64{}, counted: map[string]int64{}, shares: map[string]*shareout{},
		flows: map[flow]int64{},
	}
}

// ledgerOf are the rules of a play: everything is over in moments, but for what the last leap brings about.
func ledgerOf() *communityv1.LedgerRules {
	return &communityv1.LedgerRules{
		HoldSeconds: 2, ThirdFromFen: 500_00, EmergencyMaxFen: 100_00, EmergencyConfirmSeconds: 1, WeekMinutesMax: 1500, PairFreeMinutes: 300,
		CreditDays: 1, WorkConfirmSeconds: 3, DividendPoolPermille: 500, DividendEqualPermille: 500, DividendDays: 1,
	}
}

// moved takes an entry in: what leaves one account comes to another in the same commit, and none but an origin stands below zero.
func (l *ledger) moved(f *fact) {
	a := l.books.accounts[f.id]
	if b, ok := f.body.(*ledgerv1.AccountOpened); ok {
		l.books.accounts[f.id] = &purse{kind: b.GetKind(), owner: b.GetOwner(), by: f.Actor, until: b.GetUntil(), dividend: b.GetDividend()}
		return
	}
	if a == nil {
		l.complain(f, "an entry in an account that nobody opened")
		return
	}
	switch b := f.body.(type) {
	case *ledgerv1.Reserved:
		a.keeps += b.GetAmount()
	case *ledgerv1.Released:
		a.keeps -= b.GetAmount()
	case *ledgerv1.Debited:
		a.has -= b.GetAmount()
		a.keeps -= b.GetReserved()
		l.onTheWay -= b.GetAmount()
		l.books.flows[flow{f.id, b.GetCause(), false}] += b.GetAmount()
	case *ledgerv1.Credited:
		a.has += b.GetAmount()
		l.onTheWay += b.GetAmount()
		l.books.flows[flow{f.id, b.GetCause(), true}] += b.GetAmount()
	}
	origin := a.kind == ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE || a.kind == ledgerv1.AccountKind_ACCOUNT_KIND_MINT
	l.must(f, a.keeps >= 0 && (origin || a.has >= a.keeps), "an account has %d and keeps %d", a.has, a.keeps)
}

// money takes the ledger's facts.
func (l *ledger) money(f *fact) {
	t := l.books.transfers[f.id]
	l.toiled(f)
	l.shared(f)
	switch b := f.body.(type) {
	case *ledgerv1.TransferProposed:
		l.books.transfers[f.id] = &payment{TransferProposed: b, by: f.Actor, approved: map[string]bool{}}
		l.must(f, l.officerOf(f.Actor) == b.GetOrg(), "the maker's organisation is another one")
	case *ledgerv1.TransferApproved:
		l.must(f, t != nil && b.GetOrg() != t.GetOrg() && l.officerOf(b.GetBy()) == b.GetOrg(), "it is approved by the maker's own")
		l.must(f, t == nil || !t.approved[b.GetBy()], "it is approved twice by one")
		l.must(f, t == nil || !l.together(b.GetBy(), append(slices.Collect(maps.Keys(t.approved)), t.by)...), "two hands of one household")
		if t != nil {
			t.approved[b.GetBy()] = true
		}
	case *ledgerv1.TransferPosted:
		l.must(f, t != nil && (t.GetEmergency() || len(t.approved) >= int(t.GetCheckers())), "it is carried out without enough words")
		l.end(f, t)
		if t != nil {
			t.posted, t.back = b.GetAmounts(), make([]int64, len(b.GetAmounts()))
		}
	case *ledgerv1.TransferCorrected:
		l.corrected(f, t, b)
	case *ledgerv1.TransferVoided, *ledgerv1.TransferLapsed:
		l.end(f, t)
	case *ledgerv1.WorkReported:
		l.books.work[f.id] = b
	case *ledgerv1.WorkConfirmed:
		l.must(f, l.books.work[f.id].GetCounterparty() == f.Actor, "work is confirmed by another")
		l.must(f, b.GetMinted() <= int64(b.GetMinutes()), "work brings more than it was")
		delete(l.books.work, f.id)
	case *ledgerv1.WorkDeclined:
		delete(l.books.work, f.id)
	case *ledgerv1.PatternFlagged:
		l.books.patterns[f.id] = true
	case *ledgerv1.PatternAssessed:
		delete(l.books.patterns, f.id)
	case *ledgerv1.HoldingRegistered:
		l.books.holdings[f.id] = true
	case *ledgerv1.HoldingReported:
		if b.GetKind() == ledgerv1.ReportKind_REPORT_KIND_DISPOSAL {
			delete(l.books.holdings, f.id)
		}
		l.books.shown[b.GetTransfer()] = true
	case *ledgerv1.AccountOpened, *ledgerv1.Reserved, *ledgerv1.Released, *ledgerv1.Debited, *ledgerv1.Credited:
		l.moved(f)
	}
}

// end says that a hold ends once.
func (l *ledger) end(f *fact, t *payment) {
	l.must(f, t != nil && !t.ended, "a hold ends twice")
	if t != nil {
		t.ended = true
	}
}

// kept lists accounts of a kind, in order.
func (c *crowd) kept(kind ledgerv1.AccountKind) []string {
	return ids(c.books.accounts, func(_ string, a *purse) bool { return a.kind == kind })
}

// opensAccount opens one of what a community needs, and a budget again when the last one is over.
func (c *crowd) opensAccount() *deed {
	officer, _, ok := c.officers("")
	if !ok {
		return nil
	}
	funds := c.kept(ledgerv1.AccountKind_ACCOUNT_KIND_FUND)
	budgets := ids(c.books.accounts, func(_ string, a *purse) bool { return a.until > c.now })
	body := &ledgerv1.OpenAccount{}
	switch {
	case len(c.kept(ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE)) == 0:
		body.Kind, body.Name = ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, "Fees"
	case len(funds) == 0:
		body.Kind, body.Name = ledgerv1.AccountKind_ACCOUNT_KIND_FUND, "Upkeep"
	case len(budgets) == 0:
		body.Kind, body.Name, body.Fund = ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, "Lamps", funds[0]
		body.Until = c.now + 4_000 + c.r.Int64N(4_000)
	case len(c.kept(ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE)) < 3:
		who, _ := c.member()
		body.Kind, body.Owner = ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, who
		if c.chance(500) {
			body.Owner = idFor(orgThree)
		}
	default:
		return nil
	}
	return c.by(officer, "ledger.open", body)
}

// pays proposes a transfer: into the fund, into a budget, or out of it.
func (c *crowd) pays() *deed {
	officer, _, ok := c.officers("")
	source, _ := pick(c, c.kept(ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE))
	fund, found := pick(c, c.kept(ledgerv1.AccountKind_ACCOUNT_KIND_FUND))
	if !ok || !found || source == "" {
		return nil
	}
	body := &ledgerv1.ProposeTransfer{Purpose: textFor("lamps"), PostWhenApproved: c.chance(600)}
	budget, open := pick(c, ids(c.books.accounts, func(_ string, a *purse) bool { return a.until > c.now }))
	payee, someone := pick(c, c.kept(ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE))
	l := &ledgerv1.Line{From: source, To: fund, Amount: 1 + c.r.Int64N(900_00)}
	switch {
	case c.books.accounts[fund].has > 100_00 && open && c.books.accounts[budget].has < 100_00:
		l.From, l.To, l.Amount = fund, budget, 1+c.r.Int64N(c.books.accounts[fund].has)
	case open && someone && c.books.accounts[budget].has > 0:
		l.From, l.To, l.Amount = budget, payee, 1+c.r.Int64N(min(150_00, c.books.accounts[budget].has))
		body.Emergency = c.chance(700)
		for range 8 { // somebody else than who opened the account, mostly
			if other, _, ok := c.officers(""); ok && body.Emergency && officer == c.books.accounts[payee].by {
				officer = other
			}
		}
	}
	body.Lines = append(body.Lines, l)
	return c.by(officer, "ledger.propose", body)
}

// settlesTransfer approves, carries out or gives up what waits.
func (c *crowd) settlesTransfer() *deed {
	id, ok := pick(c, ids(c.books.transfers, func(_ string, t *payment) bool {
		return len(t.approved) < int(t.GetCheckers()) && (t.GetEmergency() || !t.ended) || !t.ended
	}))
	if !ok || c.again("transfer "+id) {
		return nil
	}
	t := c.books.transfers[id]
	if c.now < t.GetConfirmBy() && c.chance(700) {
		return nil // what is done already nobody is in a hurry to look at
	}
	officer, _, _ := c.officers(t.GetOrg())
	switch {
	case len(t.approved) < int(t.GetCheckers()) && c.chance(900):
		return c.by(officer, "ledger.approve", &ledgerv1.ApproveTransfer{Transfer: id})
	case c.chance(700):
		return c.by(t.by, "ledger.post", &ledgerv1.PostTransfer{Transfer: id, Evidence: textFor("receipt"), Amounts: c.part(t)})
	}
	return c.by(t.by, "ledger.void", &ledgerv1.VoidTransfer{Transfer: id, Reason: textFor("no lamps")})
}

// part draws how much of a transfer is carried out, nothing for all of it.
func (c *crowd) part(t *payment) (amounts []int64) {
	if c.chance(500) {
		for _, l := range t.GetLines() {
			amounts = append(amounts, c.r.Int64N(l.GetAmount()+1))
		}
	}
	return amounts
}

// corrects takes something back that was carried out.
func (c *crowd) corrects() *deed {
	id, ok := pick(c, ids(c.books.transfers, func(_ string, t *payment) bool { return t.ended && t.GetCorrects() == "" }))
	officer, _, found := c.officers("")
	if !ok || !found {
		return nil
	}
	body := &ledgerv1.ProposeTransfer{Purpose: textFor("a mistake"), Corrects: id}
	for _, l := range c.books.transfers[id].GetLines() {
		body.Lines = append(body.Lines, &ledgerv1.Line{From: l.GetTo(), To: l.GetFrom(), Amount: 1 + c.r.Int64N(l.GetAmount())})
	}
	return c.by(officer, "ledger.propose", body)
}

// toils works for somebody, and two of the neighbours mostly for each other.
func (c *crowd) toils() *deed {
	worker, ok := c.resident()
	other, found := c.resident()
	if c.chance(400) {
		if pair := ids(c.people, func(id string, _ *person) bool { return c.counts(id) && c.hasKey(id) }); len(pair) > 1 {
			worker, other, ok, found = pair[0], pair[1], true, true
			if c.chance(500) {
				worker, other = other, worker
			}
		}
	}
	if !ok || !found {
		return nil
	}
	return c.by(worker, "ledger.report_work", &ledgerv1.ReportWork{
		Counterparty: other, Minutes: uint32(200 + c.r.IntN(1240)), What: textFor("shopping"),
	})
}

// answersWork confirms work, or says that there was none.
func (c *crowd) answersWork() *deed {
	id, ok := pick(c, slices.Sorted(maps.Keys(c.books.work)))
	if !ok || c.again("work "+id) {
		return nil
	}
	w := c.books.work[id]
	for _, one := range []string{w.GetWorker(), w.GetCounterparty()} {
		if c.homes[one] {
			continue
		}
		if d := c.settlesIn(one); d != nil {
			delete(c.tried, "work "+id) // it is thought of again once they live somewhere
			return d
		}
	}
	who := w.GetCounterparty()
	if c.chance(100) {
		return c.by(who, "ledger.decline_work", &ledgerv1.DeclineWork{Work: id})
	}
	return c.by(who, "ledger.confirm_work", &ledgerv1.ConfirmWork{Work: id})
}

// settlesIn puts somebody on the register, alone.
func (c *crowd) settlesIn(member string) *deed {
	first, second, ok := c.officers("")
	unit, found := pick(c, ids(c.flats, func(string, *flat) bool { return true }))
	if !ok || !found {
		return nil
	}
	return c.by(first, community.OpFormHousehold, &communityv1.FormHousehold{
		Household: idFor("household of " + member), Unit: unit, Members: []string{member},
	}, second)
}

// spends gives credits to somebody, to an organisation, or to all.
func (c *crowd) spends() *deed {
	id, ok := pick(c, ids(c.books.accounts, func(_ string, a *purse) bool {
		return a.kind == ledgerv1.AccountKind_ACCOUNT_KIND_MEMBER && a.has > 0 && c.hasKey(a.owner)
	}))
	if !ok {
		return nil
	}
	a := c.books.accounts[id]
	body := &ledgerv1.SpendCredits{Amount: 1 + c.r.Int64N(a.has)}
	switch c.r.IntN(3) {
	case 0:
		body.To, _ = c.resident()
	case 1:
		body.To, body.TermsVersion = idFor(orgOne), 1
	}
	return c.by(a.owner, "ledger.spend", body)
}

// keepsBooks offers terms, gives dividends, looks into patterns, and tells what the community owns.
func (c *crowd) keepsBooks() *deed {
	officer, second, ok := c.officers("")
	if !ok {
		return nil
	}
	var body proto.Message
	operation := ""
	switch c.r.IntN(5) {
	case 0:
		operation, body = "ledger.offer_terms", &ledgerv1.OfferTerms{Org: idFor(orgOne), Terms: "An hour for two."}
	case 1:
		operation, body = "ledger.declare_dividend", &ledgerv1.DeclareDividend{}
	case 2:
		pattern, waits := pick(c, slices.Sorted(maps.Keys(c.books.patterns)))
		auditor, there := c.office(communityv1.Role_ROLE_AUDITOR)
		if !waits || !there {
			return nil
		}
		return c.by(auditor, "ledger.assess", &ledgerv1.AssessPattern{
			Pattern: pattern, Finding: ledgerv1.Finding_FINDING_HARMLESS, Reason: textFor("they are friends"),
		})
	case 3:
		if len(c.books.holdings) > 2 {
			return nil
		}
		operation, body = "ledger.register_holding", &ledgerv1.RegisterHolding{
			Kind: ledgerv1.HoldingKind_HOLDING_KIND_RESOURCE, Name: "The wall", Papers: textFor("deed"),
		}
	case 4:
		return c.tellsHolding(officer, second)
	}
	return c.by(officer, operation, body)
}

func (c *crowd) tellsHolding(officer, second string) *deed {
	holding, ok := pick(c, slices.Sorted(maps.Keys(c.books.holdings)))
	if !ok {
		return nil
	}
	body := &ledgerv1.ReportHolding{Holding: holding, Kind: ledgerv1.ReportKind_REPORT_KIND_CONDITION, Evidence: textFor("photograph")}
	body.Condition = ledgerv1.Condition_CONDITION_WORN
	transfer, paid := pick(c, ids(c.books.transfers, func(id string, t *payment) bool {
		from := c.books.accounts[t.GetLines()[0].GetFrom()]
		return t.ended && !c.books.shown[id] && from != nil && from.kind == ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE
	}))
	switch {
	case paid && c.chance(600):
		body.Kind, body.Condition, body.Transfer = ledgerv1.ReportKind_REPORT_KIND_INCOME, 0, transfer
	case c.chance(200):
		body.Kind, body.Condition = ledgerv1.ReportKind_REPORT_KIND_DISPOSAL, 0
		return c.by(officer, "ledger.report_holding", body, second)
	}
	return c.by(officer, "ledger.report_holding", body)
}
