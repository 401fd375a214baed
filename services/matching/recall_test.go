package matching_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/across"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// recalls has dan serve no more, and answers what is carried of it.
func (s *shore) recalls(lent, loan string) *matchingv1.BringRecall {
	s.Helper()
	s.Do("provider", "dan", "matching.retire_provider", &matchingv1.RetireProvider{Provider: lent})
	s.Settle()
	raw, proof := s.carried(across.LoanPath(loan), "LoanRecalled")
	return &matchingv1.BringRecall{Peer: s.id, Commit: raw, Proof: proof}
}

// TestRecall: who serves no more at home is planned with no more where they were lent as soon as that is carried, whoever was promised them
// is helped by the next standby, and the word of it frees what was held.
func TestRecall(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	lent, loan := home.lends(office, 4, 3)
	borrowing, provider := office.borrows(home, loan)
	a := office.assigned(match(office.need("ann", 2), 2, provider, office.provider("cat", 1, 5)))
	office.Do("assignment", "eve", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider})
	recall := home.recalls(lent, loan)
	if l := home.loan(loan); !l.Recalled || l.State != across.Held {
		t.Fatalf("recalled as %+v", l)
	}
	office.Do("borrowing", "fay", "matching.bring_recall", recall)
	if l := office.borrowing(borrowing); !l.Closed || l.Ending != matchingv1.Ending_ENDING_RECALLED {
		t.Fatalf("it has not ended: %+v", l)
	}
	if p := decider.Peek[supply.Provider](office.State, supply.ProviderPath(provider)); !p.Retired {
		t.Errorf("it is still planned with: %+v", p)
	}
	office.Settle()
	if diff := cmp.Diff([]dispatch.Part{dispatch.LetGo, dispatch.Asked}, office.parts(a)); diff != "" {
		t.Errorf("who was promised it is not helped by another (-want +got):\n%s", diff)
	}
	if got := office.Try("ann", "matching.bring_recall", recall); got != "borrowing.ended" {
		t.Errorf("once more: %q", got)
	}
	home.Do("loan", "fay", "matching.settle_loan", home.freeing(office, loan))
	o, l := home.offerState(lent), home.loan(loan)
	if o.Taken != 0 || l.State != across.Settled || l.Ending != matchingv1.Ending_ENDING_RECALLED {
		t.Errorf("it is not free: %+v, %+v", o, l)
	}
	home.Do("provider", "dan", "matching.register_provider", &matchingv1.RegisterProvider{
		Member: id("dan"), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 40},
	})
	home.Do("provider", "dan", "matching.retire_provider", &matchingv1.RetireProvider{Provider: lent})
	if got := home.Settle(); len(got) != 0 {
		t.Errorf("what has ended is recalled again: %v", got)
	}
}

// TestRecallFirst: a recall that comes before its loan ends the loan before anybody is promised it.
func TestRecallFirst(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	lent, loan := home.lends(office, 4, 3)
	office.Do("borrowing", "fay", "matching.bring_recall", home.recalls(lent, loan))
	if got := office.Try("fay", "matching.bring_loan", office.bringing(home, loan)); got != "borrowing.made" {
		t.Errorf("the loan after its end: %q", got)
	}
	home.Do("loan", "fay", "matching.settle_loan", home.freeing(office, loan))
	if l := home.loan(loan); l.State != across.Settled {
		t.Errorf("it is not free: %+v", l)
	}
}

// TestRecallNotTaken: of what nobody had taken yet it ends as well; and what ended at home by its time is recalled by nobody.
func TestRecallNotTaken(t *testing.T) {
	t.Parallel()
	home, office := two(t)
	lent, loan := home.lends(office, 4, 1)
	over := home.Do("loan", "dan", "matching.lend", lending(home, office, lent, 1))
	borrowing := office.Do("borrowing", "fay", "matching.bring_loan", office.bringing(home, loan))
	office.Do("borrowing", "fay", "matching.bring_loan", office.bringing(home, over))
	office.Do("borrowing", "otto", "matching.return_loan", &matchingv1.ReturnLoan{Borrowing: across.BorrowingID(home.id, over)})
	home.Do("loan", "fay", "matching.settle_loan", home.freeing(office, over))
	office.Do("borrowing", "fay", "matching.bring_recall", home.recalls(lent, loan))
	if got := office.Try("otto", "matching.borrow", &matchingv1.Borrow{Borrowing: borrowing, Member: id("eve")}); got != "borrowing.taken" {
		t.Errorf("taken after its end: %q", got)
	}
	if home.loan(over).Recalled {
		t.Error("what had come back is recalled")
	}
}

// TestRecallsRefused: a recall counts with its proof alone.
func TestRecallsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		spoil func(home, office *shore, b *matchingv1.BringRecall)
		want  string
	}{
		{"well", func(_, _ *shore, _ *matchingv1.BringRecall) {}, ""},
		{"a forged proof", func(_, _ *shore, b *matchingv1.BringRecall) { b.Proof[len(b.Proof)/2] ^= 1 }, "proof.not_held"},
		{"of somebody else's", func(_, _ *shore, b *matchingv1.BringRecall) { b.Peer = id("third") }, "peer.unknown"},
		{"another fact", func(home, _ *shore, b *matchingv1.BringRecall) {
			b.Commit, b.Proof = home.carried("provider/"+supply.ProviderID("", id("dan")), "ProviderRetired")
		}, "proof.other_fact"},
		{"to another", func(_, office *shore, _ *matchingv1.BringRecall) {
			office.Fact("community/main", &communityv1.CommunityFounded{EpochKey: keyOf("another")})
		}, "proof.elsewhere"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			home, office := two(t)
			lent, loan := home.lends(office, 4, 3)
			office.borrows(home, loan)
			body := home.recalls(lent, loan)
			c.spoil(home, office, body)
			if got := office.Try("ann", "matching.bring_recall", proto.Message(body)); got != c.want {
				t.Errorf("refused as %q, want %q", got, c.want)
			}
		})
	}
}
