package matching_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/across"
	"renlin.dev/services/matching/internal/supply"
)

// lends has dan's meals, of which there are so many, lent to another community for a day; it answers provider and loan.
func (s *shore) lends(to *shore, capacity, quantity int64) (provider, loan string) {
	s.Helper()
	provider = s.Do("provider", "dan", "matching.register_provider", &matchingv1.RegisterProvider{
		Member: id("dan"), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 40, Languages: []string{"zh"}},
	})
	s.offer("dan", provider, "meal", capacity)
	return provider, s.Do("loan", "dan", "matching.lend", lending(s, to, provider, quantity))
}

func lending(s, to *shore, provider string, quantity int64) *matchingv1.Lend {
	return &matchingv1.Lend{Provider: provider, Skill: "meal", Peer: to.id, Quantity: quantity, UseBy: s.Now + day}
}

// bringing carries a loan to whom it is for.
func (s *shore) bringing(lender *shore, loan string) *matchingv1.BringLoan {
	s.Helper()
	raw, proof := lender.carried(across.LoanPath(loan), "LoanMade")
	return &matchingv1.BringLoan{Peer: lender.id, Commit: raw, Proof: proof}
}

// borrows has a loan brought, and eve answer for it; it answers borrowing and provider.
func (s *shore) borrows(lender *shore, loan string) (borrowing, provider string) {
	s.Helper()
	borrowing = s.Do("borrowing", "fay", "matching.bring_loan", s.bringing(lender, loan))
	return borrowing, s.Do("provider", "otto", "matching.borrow", &matchingv1.Borrow{Borrowing: borrowing, Member: id("eve")})
}

// freeing carries back that a loan has ended.
func (s *shore) freeing(borrower *shore, loan string) *matchingv1.SettleLoan {
	s.Helper()
	raw, proof := borrower.carried(across.BorrowingPath(across.BorrowingID(s.id, loan)), "LoanClosed")
	return &matchingv1.SettleLoan{Loan: loan, Commit: raw, Proof: proof}
}

func (s *shore) loan(id string) *across.Loan {
	return decider.Peek[across.Loan](s.State, across.LoanPath(id))
}

func (s *shore) borrowing(id string) *across.Borrowing {
	return decider.Peek[across.Borrowing](s.State, across.BorrowingPath(id))
}

// TestLoan: what is offered in one community serves in the other one, and is free again when the word has come back.
func TestLoan(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	lent, loan := home.lends(office, 4, 3)
	if o := home.offerState(lent); o.Taken != 3 {
		t.Fatalf("what is lent is not held: %+v", o)
	}
	if got := home.Try("olga", "matching.adopt_plan", home.plan(match(home.need("ann", 2), 2, lent))); got != "fit.full" {
		t.Errorf("it is promised here as well: %q", got)
	}
	borrowing, provider := office.borrows(home, loan)
	if got := office.Try("gwen", "matching.bring_loan", office.bringing(home, loan)); got != "borrowing.made" {
		t.Errorf("brought once more: %q", got)
	}
	p := decider.Peek[supply.Provider](office.State, supply.ProviderPath(provider))
	if p.Org != home.id || p.Cell.East != 10 || p.Borrowing != borrowing {
		t.Fatalf("borrowed as something else: %+v", p)
	}
	a := office.assigned(match(office.need("ann", 3), 3, provider))
	office.Do("assignment", "eve", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider})
	office.Do("assignment", "eve", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 3})
	office.Do("assignment", "gwen", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: 3})
	office.Do("borrowing", "olga", "matching.return_loan", &matchingv1.ReturnLoan{Borrowing: borrowing})
	freeing := home.freeing(office, loan)
	home.Do("loan", "fay", "matching.settle_loan", freeing)
	if o, l := home.offerState(lent), home.loan(loan); o.Taken != 0 || l.Completed != 1 || l.State != across.Settled {
		t.Errorf("it is not free again: %+v, %+v", o, l)
	}
	if got := home.Try("fay", "matching.settle_loan", freeing); got != "loan.settled" {
		t.Errorf("once more: %q", got)
	}
	pass(10*day, home, office)
	if o := home.offerState(lent); o.Taken != 0 {
		t.Errorf("later it is something else: %+v", o)
	}
	next := home.Do("loan", "dan", "matching.lend", lending(home, office, lent, 1))
	if again, same := office.borrows(home, next); same != provider || office.borrowing(again).Before != 1 {
		t.Errorf("who answered for one loan is another for the next: %+v", office.borrowing(again))
	}
}

// TestLoanOver: from the loan's time on nobody there is promised it, and whoever was is helped by a standby; here it is free without a word
// only after that, and a late word changes nothing.
func TestLoanOver(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	lent, loan := home.lends(office, 4, 3)
	borrowing, provider := office.borrows(home, loan)
	standby := office.provider("cat", 1, 5)
	useBy := home.loan(loan).UseBy
	office.Now = useBy - minute
	a := office.assigned(match(office.need("ann", 2), 2, provider, standby))
	office.Do("assignment", "eve", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider})
	home.Now, office.Now = useBy, useBy
	if got := office.Try("olga", "matching.adopt_plan", office.plan(match(office.need("bob", 1), 1, provider))); got != "fit.time" {
		t.Errorf("promised after its time: %q", got)
	}
	office.Settle()
	if l := office.borrowing(borrowing); !l.Closed || l.Ending != matchingv1.Ending_ENDING_OVER {
		t.Fatalf("it is not closed: %+v", l)
	}
	if c := office.assignment(a).Candidates; c[0].Part != "let_go" || c[1].Part != "asked" {
		t.Errorf("who was promised it is not helped by another: %+v", c)
	}
	home.Settle()
	if o := home.offerState(lent); o.Taken != 3 {
		t.Fatalf("free before the word can have come: %+v", o)
	}
	freeing := home.freeing(office, loan)
	if diff := cmp.Diff([]string{"matching.lapse_loan"}, home.later(day)); diff != "" {
		t.Fatalf("it does not lapse (-want +got):\n%s", diff)
	}
	home.Do("loan", "ann", "matching.settle_loan", freeing)
	if o, l := home.offerState(lent), home.loan(loan); o.Taken != 0 || l.State != across.Settled {
		t.Errorf("a late word: %+v, %+v", o, l)
	}
}

// TestLoanEnds: whatever ends a loan there is told once, and nothing is left of it.
func TestLoanEnds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		there func(office *shore, borrowing, provider string)
		ends  matchingv1.Ending
	}{
		{"given back", func(o *shore, borrowing, _ string) {
			o.Do("borrowing", "otto", "matching.return_loan", &matchingv1.ReturnLoan{Borrowing: borrowing})
		}, matchingv1.Ending_ENDING_DECLINED},
		{"who answers for it retires", func(o *shore, _, provider string) {
			o.Do("provider", "eve", "matching.retire_provider", &matchingv1.RetireProvider{Provider: provider})
		}, matchingv1.Ending_ENDING_DECLINED},
		{"its time is over", func(o *shore, _, _ string) { o.Now += day }, matchingv1.Ending_ENDING_OVER},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			home, office := two(t)
			_, loan := home.lends(office, 4, 3)
			borrowing, provider := office.borrows(home, loan)
			c.there(office, borrowing, provider)
			office.Settle()
			l, p := office.borrowing(borrowing), decider.Peek[supply.Provider](office.State, supply.ProviderPath(provider))
			if !l.Closed || l.Ending != c.ends || !p.Retired {
				t.Fatalf("ended as %+v, %+v", l, p)
			}
			home.Do("loan", "fay", "matching.settle_loan", home.freeing(office, loan))
			if diff := cmp.Diff([]string{"lapsed borrowing.taken"}, office.later(2*day)); diff != "" && c.ends != matchingv1.Ending_ENDING_OVER {
				t.Errorf("its timer (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLoansRefused: who lends, borrows and carries what.
func TestLoansRefused(t *testing.T) {
	t.Parallel()
	lend := func(spoil func(home, office *shore, body *matchingv1.Lend)) attempt {
		return func(home, office *shore) (*shore, string, string, proto.Message, []string) {
			body := lending(home, office, home.provider("bob", 0, 2), 2)
			spoil(home, office, body)
			return home, "bob", "matching.lend", body, nil
		}
	}
	bring := func(spoil func(home, office *shore, body *matchingv1.BringLoan)) attempt {
		return func(home, office *shore) (*shore, string, string, proto.Message, []string) {
			_, loan := home.lends(office, 4, 3)
			body := office.bringing(home, loan)
			spoil(home, office, body)
			return office, "ann", "matching.bring_loan", body, nil
		}
	}
	borrow := func(who string, spoil func(home, office *shore, body *matchingv1.Borrow)) attempt {
		return func(home, office *shore) (*shore, string, string, proto.Message, []string) {
			_, loan := home.lends(office, 4, 3)
			body := &matchingv1.Borrow{Member: id("eve")}
			body.Borrowing = office.Do("borrowing", "fay", "matching.bring_loan", office.bringing(home, loan))
			spoil(home, office, body)
			return office, who, "matching.borrow", body, nil
		}
	}
	same := func(_, _ *shore, _ *matchingv1.Borrow) {}
	for _, c := range slicesOf(
		[]crossing{
			{"lend", lend(func(_, _ *shore, _ *matchingv1.Lend) {}), ""},
			{"more than there is", lend(func(_, _ *shore, b *matchingv1.Lend) { b.Quantity = 3 }), "loan.quantity"},
			{"what is promised", lend(func(h, _ *shore, b *matchingv1.Lend) {
				h.assigned(match(h.need("ann", 1), 1, b.Provider))
			}), "loan.quantity"},
			{"nothing", lend(func(_, _ *shore, b *matchingv1.Lend) { b.Quantity = 0 }), "loan.quantity"},
			{"for yesterday", lend(func(h, _ *shore, b *matchingv1.Lend) { b.UseBy = h.Now }), "loan.time"},
			{"for ever", lend(func(_, _ *shore, b *matchingv1.Lend) { b.UseBy += 90 * day }), "loan.time"},
			{"to whom nobody knows", lend(func(_, _ *shore, b *matchingv1.Lend) { b.Peer = id("third") }), "peer.unknown"},
			{"what is not offered", lend(func(_, _ *shore, b *matchingv1.Lend) { b.Skill = "errand" }), "fit.not_offered"},
			{"of another's", lend(func(h, _ *shore, b *matchingv1.Lend) { b.Provider = h.provider("cat", 0, 2) }), "provider.not_yours"},
		},
		[]crossing{
			{"bring", bring(func(_, _ *shore, _ *matchingv1.BringLoan) {}), ""},
			{"a forged proof", bring(func(_, _ *shore, b *matchingv1.BringLoan) { b.Proof[len(b.Proof)/2] ^= 1 }), "proof.not_held"},
			{"of somebody else's", bring(func(_, _ *shore, b *matchingv1.BringLoan) { b.Peer = id("third") }), "peer.unknown"},
			{"another fact", bring(func(h, _ *shore, b *matchingv1.BringLoan) {
				b.Commit, b.Proof = h.carried("member/"+id("ann"), "MemberAdmitted")
			}), "proof.other_fact"},
			{"to another", bring(func(_, o *shore, _ *matchingv1.BringLoan) {
				o.Fact("community/main", &communityv1.CommunityFounded{EpochKey: keyOf("another")})
			}), "proof.elsewhere"},
			{"too late", bring(func(_, o *shore, _ *matchingv1.BringLoan) { o.Now += day }), "borrowing.over"},
		},
		[]crossing{
			{"borrow", borrow("otto", same), ""},
			{"by a resident", borrow("ann", same), "role.missing"},
			{"what there is not", borrow("otto", func(_, _ *shore, b *matchingv1.Borrow) { b.Borrowing = id("none") }), "borrowing.unknown"},
			{"in whose name nobody is", borrow("otto", func(_, _ *shore, b *matchingv1.Borrow) { b.Member = id("none") }), "member.not_active"},
			{"of who is not trusted any more", borrow("otto", func(h, o *shore, _ *matchingv1.Borrow) {
				o.Do("peer", "otto", "matching.forget_peer", &matchingv1.ForgetPeer{Peer: h.id})
			}), "peer.unknown"},
			{"when its time is over", borrow("otto", func(_, o *shore, _ *matchingv1.Borrow) { o.Now += day }), "borrowing.over"},
			{"twice", borrow("otto", func(_, o *shore, b *matchingv1.Borrow) { o.Do("provider", "olga", "matching.borrow", b) }), "borrowing.taken"},
			{"a second one by the same", borrow("otto", func(h, o *shore, b *matchingv1.Borrow) {
				_, p := home2(h, o)
				b.Member = p
			}), "provider.registered"},
		},
		[]crossing{
			{"more is said here than is lent", func(home, office *shore) (*shore, string, string, proto.Message, []string) {
				_, loan := home.lends(office, 4, 3)
				_, p := office.borrows(home, loan)
				return office, "eve", "matching.publish_offer", &matchingv1.PublishOffer{Provider: p, Skill: "meal", Capacity: 9}, nil
			}, "provider.lent"},
			{"it is lent onward", func(home, office *shore) (*shore, string, string, proto.Message, []string) {
				_, loan := home.lends(office, 4, 3)
				_, p := office.borrows(home, loan)
				return office, "eve", "matching.lend", lending(office, home, p, 1), nil
			}, "loan.onward"},
			{"settled by one's own word", func(home, office *shore) (*shore, string, string, proto.Message, []string) {
				_, loan := home.lends(office, 4, 3)
				raw, proof := home.carried(across.LoanPath(loan), "LoanMade")
				return home, "ann", "matching.settle_loan", &matchingv1.SettleLoan{Loan: loan, Commit: raw, Proof: proof}, nil
			}, "proof.not_held"},
		},
	) {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, who, operation, body, with := c.at(two(t))
			_, err := s.Submit(s.Input(who, operation, body, with...))
			if got := code(err); got != c.want {
				t.Errorf("refused as %q, want %q", got, c.want)
			}
		})
	}
}

// home2 has another loan of the same community borrowed, for which eve answers.
func home2(home, office *shore) (borrowing, member string) {
	p := home.provider("cat", 0, 2)
	loan := home.Do("loan", "cat", "matching.lend", lending(home, office, p, 1))
	borrowing, _ = office.borrows(home, loan)
	return borrowing, id("eve")
}

// TestUnknownIsDeclined: of what this community does not know nothing is put before anybody, and the other one is told at once.
func TestUnknownIsDeclined(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	need, referral := home.refers(office, 3)
	_, loan := home.lends(office, 4, 3)
	office.Adopt(&communityv1.Rulebook{Version: 2, Matching: &communityv1.MatchingRules{}})
	office.Do("uptake", "fay", "matching.bring_referral", office.bringingReferral(home, referral))
	office.Do("borrowing", "fay", "matching.bring_loan", office.bringing(home, loan))
	home.Do("referral", "ann", "matching.settle_referral", home.settling(office, referral))
	home.Do("loan", "ann", "matching.settle_loan", home.freeing(office, loan))
	if n := home.needState(need); n.Waiting != 3 {
		t.Errorf("it does not wait again: %+v", n)
	}
	if l := home.loan(loan); l.State != across.Settled || l.Ending != matchingv1.Ending_ENDING_DECLINED {
		t.Errorf("it is not free: %+v", l)
	}
}

// bringingReferral carries a referral to whom it is for, without taking it up.
func (s *shore) bringingReferral(home *shore, referral string) *matchingv1.BringReferral {
	s.Helper()
	raw, proof := home.carried(across.ReferralPath(referral), "ReferralMade")
	return &matchingv1.BringReferral{Peer: home.id, Commit: raw, Proof: proof}
}

// TestBrought: what a carrier has brought an officer takes up or declines by name; what nobody looks at is told when its time is over.
func TestBrought(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	var uptakes, referrals, needs []string
	for range 3 {
		need, referral := home.refers(office, 2)
		uptakes = append(uptakes, office.Do("uptake", "fay", "matching.bring_referral", office.bringingReferral(home, referral)))
		needs, referrals = append(needs, need), append(referrals, referral)
	}
	if got := office.Try("fay", "matching.bring_referral", office.bringingReferral(home, referrals[0])); got != "uptake.made" {
		t.Errorf("brought twice: %q", got)
	}
	if got := office.Try("fay", "matching.take_up", &matchingv1.TakeUp{Uptake: uptakes[0], Text: text("soup")}); got != "role.missing" {
		t.Errorf("taken up by who carried it: %q", got)
	}
	if got := office.Try("gwen", "matching.take_up", &matchingv1.TakeUp{Uptake: id("none"), Text: text("soup")}); got != "uptake.unknown" {
		t.Errorf("what nobody has brought: %q", got)
	}
	both := office.takingUp(home, referrals[0])
	both.Uptake = uptakes[0]
	if got := office.Try("gwen", "matching.take_up", both); got != "uptake.carried" {
		t.Errorf("named and carried: %q", got)
	}
	there := office.Do("need", "gwen", "matching.take_up", &matchingv1.TakeUp{Uptake: uptakes[0], Text: text("soup")})
	if n := office.needState(there); n.Cell.East != 10 || n.Quantity != 2 || n.Until != home.referral(referrals[0]).ServeBy {
		t.Errorf("taken up as %+v", n)
	}
	office.Do("uptake", "gwen", "matching.take_up", &matchingv1.TakeUp{Uptake: uptakes[1], Decline: matchingv1.Reason_REASON_BUSY})
	for i, want := range []string{"uptake.made", "uptake.made"} {
		if got := office.Try("gwen", "matching.take_up", &matchingv1.TakeUp{Uptake: uptakes[i], Text: text("soup")}); got != want {
			t.Errorf("%d once more: %q", i, got)
		}
	}
	office.serves(there, 2, 2)
	office.Settle()
	office.later(home.referral(referrals[2]).ServeBy - office.Now)
	for i, want := range []struct {
		served int64
		ending matchingv1.Ending
	}{{2, matchingv1.Ending_ENDING_SERVED}, {0, matchingv1.Ending_ENDING_DECLINED}, {0, matchingv1.Ending_ENDING_OVER}} {
		home.Do("referral", "fay", "matching.settle_referral", home.settling(office, referrals[i]))
		if r := home.referral(referrals[i]); r.Served != want.served || r.Ending != want.ending {
			t.Errorf("%d came to %+v", i, r)
		}
		if n := home.needState(needs[i]); n.Waiting != 2-want.served {
			t.Errorf("of %d waits %+v", i, n)
		}
	}
}

// TestLoansInvariant: whatever is lost, repeated, late or out of order, what is held of an offer is what its loans and assignments say, and
// in the end nothing is.
func TestLoansInvariant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		home, office := two(t)
		office.Now += rapid.Int64Range(-60*minute, 60*minute).Draw(t, "skew")
		lent := home.provider("dan", 0, 5)
		var loans []string
		deed := func() {
			switch loan := rapid.IntRange(-1, len(loans)-1).Draw(t, "which"); rapid.IntRange(0, 9).Draw(t, "deed") {
			case 0:
				body := lending(home, office, lent, rapid.Int64Range(1, 3).Draw(t, "quantity"))
				if c, err := home.Submit(home.Input("dan", "matching.lend", body)); err == nil {
					loans = append(loans, c.ID.NewAggregate())
				}
			case 1:
				if loan >= 0 {
					office.Try("fay", "matching.bring_loan", office.bringing(home, loans[loan]))
				}
			case 2:
				if loan >= 0 {
					who := rapid.SampledFrom(residents).Draw(t, "who answers")
					office.Try("otto", "matching.borrow", &matchingv1.Borrow{
						Borrowing: across.BorrowingID(home.id, loans[loan]), Member: id(who),
					})
				}
			case 3:
				if loan >= 0 {
					office.Try("otto", "matching.return_loan", &matchingv1.ReturnLoan{Borrowing: across.BorrowingID(home.id, loans[loan])})
				}
			case 4:
				for _, id := range loans {
					if l := office.borrowing(across.BorrowingID(home.id, id)); l != nil && l.Closed {
						home.Try("ann", "matching.settle_loan", home.freeing(office, id))
					}
				}
			case 5:
				home.Try("dan", "matching.retire_provider", &matchingv1.RetireProvider{Provider: lent})
				home.Settle()
			case 6:
				home.Try("dan", "matching.register_provider", &matchingv1.RegisterProvider{
					Member: id("dan"), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 10},
				})
				home.Try("dan", "matching.publish_offer", &matchingv1.PublishOffer{Provider: lent, Skill: "meal", Capacity: 5})
			case 7:
				if loan >= 0 && home.loan(loans[loan]).Recalled {
					raw, proof := home.carried(across.LoanPath(loans[loan]), "LoanRecalled")
					office.Try("fay", "matching.bring_recall", &matchingv1.BringRecall{Peer: home.id, Commit: raw, Proof: proof})
					if l := office.borrowing(across.BorrowingID(home.id, loans[loan])); l == nil || !l.Closed {
						t.Fatalf("recalled, and still lent: %+v", l)
					}
				}
			default:
				pass(rapid.SampledFrom([]int64{minute, 60 * minute, day}).Draw(t, "later"), home, office)
			}
		}
		holds := func() {
			held := int64(0)
			for _, id := range loans {
				if l := home.loan(id); l.State == across.Held {
					held += l.Quantity
				}
			}
			if o := home.offerState(lent); o.Taken != held || o.Taken > o.Capacity {
				t.Fatalf("held is %d of %d, the loans say %d", o.Taken, o.Capacity, held)
			}
		}
		for range rapid.IntRange(3, 25).Draw(t, "steps") {
			deed()
			holds()
		}
		pass(10*day, home, office)
		holds()
		if o := home.offerState(lent); o.Taken != 0 {
			t.Fatalf("held for ever: %+v", o)
		}
		for _, id := range office.State.Members("provider") {
			if p := decider.Peek[supply.Provider](office.State, supply.ProviderPath(id)); p.Borrowing != "" && !p.Retired {
				t.Fatalf("lent for ever: %+v", p)
			}
		}
	})
}
