package services_test

import (
	"slices"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// toil is work that somebody says they have done.
type toil struct {
	worker, counterparty string
	hand                 string // whoever reported it
	minted, kept         int64
	confirmedAt          int64 // time, 0 while it is not
	inCredits, inMoney   bool  // a dividend of the kind has paid for it
	back                 *clawback
}

// clawback is what became of an auditor's finding that work was not done.
type clawback struct {
	by, org            string
	appealBy, decideBy int64
	appealed, ended    bool
	posted             bool
	taken              int64
}

// together tells whether somebody is, or lives with, one of some people.
func (l *ledger) together(who string, people ...string) bool {
	if slices.Contains(people, who) {
		return true
	}
	for _, lodgers := range l.lodgers { // any order: one is enough
		if slices.Contains(lodgers, who) && slices.ContainsFunc(people, func(id string) bool { return slices.Contains(lodgers, id) }) {
			return true
		}
	}
	return false
}

// housed tells whether the register says where somebody lives.
func (l *ledger) housed(who string) bool {
	for _, lodgers := range l.lodgers { // any order: one is enough
		if slices.Contains(lodgers, who) {
			return true
		}
	}
	return false
}

// hand is whose hand did something: the member's own, or their helper's.
func (f *fact) hand() string {
	if f.asked().Mandate != "" {
		return f.Through
	}
	return f.Actor
}

// toiled takes the facts from work to what became of its credits.
func (l *ledger) toiled(f *fact) {
	j := l.books.jobs[f.id]
	switch b := f.body.(type) {
	case *ledgerv1.WorkReported:
		l.marked(f, b.GetMandate())
		l.must(f, b.GetWorker() == f.Actor && l.active(b.GetCounterparty()), "work of another, or for nobody")
		l.must(f, !l.together(b.GetWorker(), b.GetCounterparty()) && !l.together(f.hand(), b.GetCounterparty()), "work for one's own household")
		l.books.jobs[f.id] = &toil{worker: b.GetWorker(), counterparty: b.GetCounterparty(), hand: f.hand()}
	case *ledgerv1.WorkConfirmed:
		l.confirmed(f, j, b)
	case *ledgerv1.WorkDeclined:
		l.marked(f, b.GetMandate())
		l.must(f, j != nil && j.counterparty == f.Actor && j.confirmedAt == 0, "work is declined by another, or after it was confirmed")
	case *ledgerv1.CreditsSpent:
		l.marked(f, b.GetMandate())
		l.must(f, b.GetFrom() == f.Actor, "somebody gives another's credits")
		l.must(f, b.GetMandate() == "" || !l.together(f.Through, b.GetTo()), "a helper gives to themselves")
	case *ledgerv1.OwedCounted:
		l.books.counted[f.id] += b.GetMinutes()
		l.must(f, l.books.counted[f.id] >= 0, "less than nothing is owed")
	case *ledgerv1.ClawbackProposed:
		l.doubted(f, j, b)
	case *ledgerv1.ClawbackAppealed, *ledgerv1.AppealDecided, *ledgerv1.ClawbackPosted, *ledgerv1.ClawbackDropped:
		if j == nil || j.back == nil {
			l.complain(f, "what nobody found is appealed, decided or taken")
			return
		}
		l.clawed(f, j, j.back)
	}
}

// confirmed: by whom it was done for, who has no hand in the other side, and of another household on the register; what is owed is kept.
func (l *ledger) confirmed(f *fact, j *toil, b *ledgerv1.WorkConfirmed) {
	l.marked(f, b.GetMandate())
	if j == nil || j.confirmedAt != 0 {
		l.complain(f, "work is confirmed that nobody reported, or twice")
		return
	}
	l.must(f, b.GetWorker() == j.worker && b.GetCounterparty() == j.counterparty && l.active(j.worker), "other work is confirmed")
	l.must(f, l.housed(j.worker) && l.housed(j.counterparty), "work is confirmed by or for who lives nowhere")
	l.must(f, !l.together(j.worker, j.counterparty), "work is confirmed within one household")
	if b.GetMandate() != "" || j.hand != j.worker {
		for _, hand := range []string{j.counterparty, f.hand()} {
			l.must(f, !l.together(hand, j.worker, j.hand), "one hand on both sides of work")
		}
	}
	j.minted, j.kept, j.confirmedAt = b.GetMinted(), b.GetKept(), f.Time
	l.must(f, j.kept == min(l.books.owed[j.worker], j.minted), "%d of %d are kept of what is owed", j.kept, j.minted)
	l.books.owed[j.worker] -= j.kept
}

// judges: whoever says something of what concerns some people does so for an organisation in which none of these has a role, and neither is
// one of them nor lives with one.
func (l *ledger) judges(f *fact, org string, people []string, roles ...communityv1.Role) {
	holds := slices.ContainsFunc(roles, func(r communityv1.Role) bool { return l.people[f.Actor].roles[r] == org })
	l.must(f, org != "" && holds, "judged without an office")
	l.must(f, !l.together(f.Actor, people...), "judged by those whom it concerns")
	for _, who := range people {
		for _, of := range l.people[who].roles { // any order: each is looked at
			l.must(f, of != org, "judged for an organisation of those whom it concerns")
		}
	}
}

// doubted: an auditor's finding, once for each work, and never of more than it brought.
func (l *ledger) doubted(f *fact, j *toil, b *ledgerv1.ClawbackProposed) {
	if j == nil || j.back != nil {
		l.complain(f, "what nobody did is doubted, or once more")
		return
	}
	l.must(f, j.minted > 0 && b.GetMinutes() == j.minted && b.GetWorker() == j.worker && b.GetCounterparty() == j.counterparty,
		"%d are to be taken back of %d", b.GetMinutes(), j.minted)
	l.judges(f, b.GetOrg(), []string{j.worker, j.counterparty}, communityv1.Role_ROLE_AUDITOR)
	l.must(f, b.GetAppealBy() == f.Time+1000*int64(l.book.GetLedger().GetAppealSeconds()), "another time for an appeal than the rulebook's")
	j.back = &clawback{by: f.Actor, org: b.GetOrg(), appealBy: b.GetAppealBy()}
}

// clawed: an appeal of one of the two in its time, a decision by somebody else, and nothing taken before.
func (l *ledger) clawed(f *fact, j *toil, c *clawback) {
	l.must(f, !c.ended, "a clawback goes on after its end")
	switch b := f.body.(type) {
	case *ledgerv1.ClawbackAppealed:
		l.marked(f, b.GetMandate())
		l.must(f, f.Actor == j.worker || f.Actor == j.counterparty, "an appeal by whom it does not concern")
		l.must(f, !c.appealed && f.Time < c.appealBy && f.block < c.appealBy, "a second appeal, or a late one")
		c.appealed, c.decideBy = true, b.GetDecideBy()
	case *ledgerv1.AppealDecided:
		l.must(f, c.appealed && f.Time < c.decideBy && f.block < c.decideBy, "decided without an appeal, or too late")
		l.must(f, b.GetOrg() != c.org, "an appeal is decided by the finding's own")
		l.judges(f, b.GetOrg(), []string{j.worker, j.counterparty, c.by}, communityv1.Role_ROLE_AUDITOR, communityv1.Role_ROLE_OFFICER)
		c.ended = b.GetGranted()
	case *ledgerv1.ClawbackPosted:
		decided := f.signed.Operation == "ledger.decide_appeal"
		l.must(f, decided == c.appealed && (decided || f.Author == chain.AuthorPolicy && f.Time >= c.appealBy), "taken before its time")
		l.must(f, b.GetTaken() >= 0 && b.GetOwed() >= 0 && b.GetTaken()+b.GetOwed() == j.minted, "%d are taken and %d owed of %d",
			b.GetTaken(), b.GetOwed(), j.minted)
		l.books.owed[j.worker] += b.GetOwed()
		c.ended, c.posted, c.taken = true, true, b.GetTaken()
	case *ledgerv1.ClawbackDropped:
		l.must(f, c.appealed && f.Author == chain.AuthorPolicy && f.Time >= c.decideBy, "dropped by somebody, or before its time")
		c.ended = true
	}
}

// corrected: of each line no more comes back than was carried out.
func (l *ledger) corrected(f *fact, t *payment, b *ledgerv1.TransferCorrected) {
	by := l.books.transfers[b.GetBy()]
	if t == nil || by == nil || len(b.GetAmounts()) != len(t.posted) {
		l.complain(f, "a correction of what was not carried out, or by nothing")
		return
	}
	l.must(f, by.GetCorrects() == f.id, "a transfer corrects another than it says")
	for i, back := range b.GetAmounts() {
		t.back[i] += back
		l.must(f, back >= 0 && t.back[i] <= t.posted[i], "more is taken back than was paid: %d of %d", t.back[i], t.posted[i])
	}
}

// moneyRest holds what came to accounts and what left them to what it was for, each once.
func (l *ledger) moneyRest(f *fact, due int64) {
	want := map[flow]int64{}
	for id, t := range l.books.transfers { // any order: sums
		for i, amount := range t.posted {
			want[flow{t.GetLines()[i].GetFrom(), id, false}] += amount
			want[flow{t.GetLines()[i].GetTo(), id, true}] += amount
		}
	}
	for id, j := range l.books.jobs { // any order: sums
		want[flow{"mint", id, false}] += j.minted - j.kept
		want[flow{"credit." + j.worker, id, true}] += j.minted - j.kept
		c := j.back
		if c == nil {
			continue
		}
		want[flow{"credit." + j.worker, id, false}] += c.taken
		want[flow{"mint", id, true}] += c.taken
		l.must(f, c.ended || c.appealed && c.decideBy > due || !c.appealed && c.appealBy > due, "the clawback of %s comes to no end", id)
	}
	for id, s := range l.books.shares { // any order: sums
		l.must(f, s.paid == s.sum(), "of dividend %s %d were paid, not %d", id, s.paid, s.sum())
		for who, amount := range s.due { // any order: sums
			want[flow{s.from, id, false}] += amount
			want[flow{s.to(who), id, true}] += amount
		}
	}
	for of, amount := range l.books.flows { // any order: what is said is sorted
		known := l.books.transfers[of.cause] != nil || l.books.jobs[of.cause] != nil || l.books.shares[of.cause] != nil
		l.must(f, !known || want[of] == amount, "for %s account %s has %d, not %d (in: %v)", of.cause, of.account, amount, want[of], of.in)
	}
	for of, amount := range want { // any order: what is said is sorted
		l.must(f, l.books.flows[of] == amount, "for %s account %s should have %d (in: %v)", of.cause, of.account, amount, of.in)
	}
	for who, owed := range l.books.owed { // any order: what is said is sorted
		l.must(f, owed == l.books.counted[who], "%s owes %d, and the record says %d", who, owed, l.books.counted[who])
	}
}
