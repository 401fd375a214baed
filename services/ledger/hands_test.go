package ledger_test

import (
	"bytes"
	"testing"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// TestPaidDoNotRefuse: whoever was paid cannot keep it by refusing its correction again and again.
func TestPaidDoNotRefuse(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	for _, row := range []struct{ account, who, refused string }{
		{b.company, "pia", "transfer.own_org"}, {b.ann, "omar", "transfer.related"}, {b.ann, "pia", ""},
	} {
		paid := b.propose("olga", true, line(b.envelope, row.account, 100))
		b.approve("oda", paid)
		back := b.proposal(true, line(row.account, b.envelope, 100))
		back.Corrects = paid
		correction := b.Do("transfer", "olga", "ledger.propose", back)
		b.expect("the correction, by "+row.who, b.void(row.who, correction), row.refused)
	}
	b.Replay()
}

// TestHandsLiveApart: two who live together are one hand.
func TestHandsLiveApart(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.household("of the officers", "olga", "oda")
	small := b.propose("olga", false, line(b.envelope, b.company, 100))
	b.expect("the maker's, by who lives with her", b.approves("oda", small), "transfer.hands_together")
	b.expect("the maker's, by another", b.approves("omar", small), "")
	b.Fact("member/"+id("bob"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id("company")})
	b.household("of the checkers", "omar", "bob")
	other := b.propose("olga", false, line(b.fund, b.envelope, 2_000_00))
	b.expect("the first word", b.approves("bob", other), "")
	b.expect("the second, by who lives with the first", b.approves("omar", other), "transfer.hands_together")
	b.Replay()
}

func (b *books) approves(who, transfer string) string {
	b.Helper()
	return b.Try(who, "ledger.approve", &ledgerv1.ApproveTransfer{Transfer: transfer})
}

// TestEveryRoleCounts: who works for the organisation that is paid has no hand in it, whatever they do there.
func TestEveryRoleCounts(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	b.Fact("member/"+id("omar"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_GRID_WORKER, Org: id("company")})
	transfer := b.propose("olga", true, line(b.envelope, b.company, 100))
	b.expect("the word of a grid worker of the company", b.approves("omar", transfer), "transfer.own_org")
	b.expect("the word of another", b.approves("oda", transfer), "")
	own := b.Try("omar", "ledger.propose", b.proposal(true, line(b.envelope, b.company, 100)))
	b.expect("a proposal of a grid worker of the company", own, "transfer.own_org")
	b.Replay()
}

// TestHandsAreAskedAgain: whoever has come to live with the payee, or into the paid organisation, since they gave their word stops it.
func TestHandsAreAskedAgain(t *testing.T) {
	t.Parallel()
	changes := map[string]func(b *books, who string){
		"transfer.related": func(b *books, who string) { b.household("new", who, "bob") },
		"transfer.own_org": func(b *books, who string) {
			b.Fact("member/"+id(who), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_AUDITOR, Org: id("company")})
		},
	}
	for want, change := range changes {
		for _, who := range []string{"olga", "oda"} {
			b := newBooks(t)
			transfer := b.propose("olga", false, line(b.envelope, b.bob, 100), line(b.envelope, b.company, 100))
			b.approve("oda", transfer)
			change(b, who)
			b.expect("posting after "+who+" came", b.post("otto", transfer), want)
		}
		b := newBooks(t)
		transfer := b.propose("olga", false, line(b.envelope, b.bob, 100), line(b.envelope, b.company, 100))
		change(b, "olga")
		b.expect("approving after the maker came", b.approves("oda", transfer), want)
		b.expect("giving it up", b.void("otto", transfer), "")
		b.Replay()
	}
}

// TestOwnersAreAskedAgain: who was unknown when the account was opened, and is a member or an organisation by now, is treated as one.
func TestOwnersAreAskedAgain(t *testing.T) {
	t.Parallel()
	b := newBooks(t)
	p := b.proposal(false, line(b.envelope, b.unnamed, 100))
	p.Household = bytes.Repeat([]byte{7}, 32)
	transfer := b.Do("transfer", "olga", "ledger.propose", p)
	b.Admit("somebody unnamed")
	b.household("found", "somebody unnamed", "oda")
	b.expect("by who lives with them", b.approves("oda", transfer), "transfer.related")
	b.expect("by another", b.approves("omar", transfer), "")
	b.expect("to themselves at home", b.Try("oda", "ledger.propose", b.proposal(false, line(b.envelope, b.unnamed, 100))), "transfer.related")
	later := b.open(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: id("agency")})
	b.Fact("org/"+id("agency"), &communityv1.OrgAdmitted{Org: &communityv1.Org{Id: id("agency"), Name: "agency"}})
	b.Fact("member/"+id("otto"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id("agency")})
	b.expect("to one's new organisation", b.Try("otto", "ledger.propose", b.proposal(false, line(b.envelope, later, 100))), "transfer.own_org")
	b.Replay()
}
