package services_test

import (
	"encoding/json"
	"math/big"
	"slices"
	"strings"

	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// shareout is a dividend, and what the formula gives to each.
type shareout struct {
	from  string
	money bool
	due   map[string]int64 // who gets something
	rest  int64            // what stays
	paid  int64
	of    []*toil // the work that it was computed from
}

// to is the account in which somebody's share stands.
func (s *shareout) to(who string) string {
	if s.money {
		return "money." + who
	}
	return "credit." + who
}

func (s *shareout) sum() (all int64) {
	for _, amount := range s.due { // any order: a sum
		all += amount
	}
	return all
}

// part is of * n / d, rounded down.
func part(of, n, d int64) int64 {
	x := new(big.Int).Mul(big.NewInt(of), big.NewInt(n))
	return x.Quo(x, big.NewInt(d)).Int64()
}

// counts tells whether a dividend of a kind has paid for work.
func (j *toil) counts(money bool) *bool {
	if money {
		return &j.inMoney
	}
	return &j.inCredits
}

// shared takes the facts of dividends, and computes each again by work that was done and not paid for.
func (l *ledger) shared(f *fact) {
	switch b := f.body.(type) {
	case *ledgerv1.DividendDeclared:
		l.declared(f, b)
	case *ledgerv1.SharesPaid:
		s := l.books.shares[f.id]
		if s == nil {
			l.complain(f, "shares of no dividend")
			return
		}
		l.must(f, s.paid == 0 && b.GetAmount() == s.sum() && int(b.GetMembers()) == len(s.due) && b.GetRest() == s.rest,
			"%d for %d, and %d stay; not %d for %d, and %d", b.GetAmount(), b.GetMembers(), b.GetRest(), s.sum(), len(s.due), s.rest)
		s.paid = b.GetAmount()
		for _, j := range s.of {
			if _, paid := s.due[j.worker]; paid {
				*j.counts(s.money) = true
			}
		}
	}
}

func (l *ledger) declared(f *fact, b *ledgerv1.DividendDeclared) {
	s := &shareout{from: "pool", money: b.GetEnvelope() != "", due: map[string]int64{}}
	r := l.book.GetLedger()
	share, alike := int64(r.GetDividendPoolPermille()), int64(r.GetDividendEqualPermille())
	if s.money {
		s.from, share, alike = b.GetEnvelope(), int64(r.GetMoneyDividendPermille()), int64(r.GetMoneyEqualPermille())
		orgs := map[string]bool{l.officerOf(f.Actor): true}
		for _, who := range l.cosigners(f) {
			orgs[l.officerOf(who)] = true
		}
		delete(orgs, "")
		l.must(f, len(orgs) > 1 && (b.GetAmount() < r.GetThirdFromFen() || len(orgs) > 2), "money is shared out by too few")
	}
	a := l.books.accounts[s.from]
	free := a.has - a.keeps + b.GetAmount() // it is on hold in the same commit
	l.must(f, b.GetAmount() > 0 && b.GetAmount() == part(free, share, 1000) && b.GetEqual() == part(b.GetAmount(), alike, 1000),
		"%d, of it %d alike, is not the rulebook's share of %d", b.GetAmount(), b.GetEqual(), free)
	worked, all, residents := map[string]int64{}, int64(0), int64(0)
	for _, j := range l.books.jobs { // any order: sums
		if j.minted > 0 && !*j.counts(s.money) && (j.back == nil || !j.back.posted) {
			s.of = append(s.of, j)
			worked[j.worker] += j.minted
		}
	}
	for who := range l.people { // any order: sums
		if l.counts(who) {
			all, residents = all+worked[who], residents+1
		}
	}
	for who := range l.people { // any order: each for itself
		if !l.counts(who) {
			continue
		}
		amount := b.GetEqual() / residents
		if all > 0 {
			amount += part(b.GetAmount()-b.GetEqual(), worked[who], all)
		}
		if amount > 0 {
			s.due[who] = amount
		}
	}
	s.rest = b.GetAmount() - s.sum()
	l.books.shares[f.id] = s
	if len(l.voted) > 0 {
		l.happened["a dividend by a formula that was voted on"]++
	}
}

// formula is all of a rulebook that only a vote changes.
func formula(book *communityv1.Rulebook) [5]uint32 {
	r := book.GetLedger()
	return [5]uint32{
		r.GetDividendPoolPermille(), r.GetDividendEqualPermille(), r.GetDividendDays(), r.GetMoneyDividendPermille(), r.GetMoneyEqualPermille(),
	}
}

// byVote: how dividends are shared is what the founding said, or a motion in force whose text names just that.
func (l *ledger) byVote(f *fact, next *communityv1.Rulebook) {
	if l.book == nil || formula(l.book) == formula(next) {
		return
	}
	var asked struct{ Motion string }
	_ = json.Unmarshal(f.signed.Body, &asked) // what was accepted can be read
	m := l.motions[asked.Motion]
	if m == nil {
		l.complain(f, "dividends are shared otherwise without a vote")
		return
	}
	inForce := m.inForce && !m.done && !m.expired && f.Time < m.expires && f.block < m.expires
	l.must(f, inForce, "a motion that is not in force changes the rulebook")
	l.must(f, slices.Contains(strings.Split(m.text, "\n"), rules.VoteOnlyPrefix+rules.VoteOnlyDigest(next)), "another motion's formula")
}
