package community_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
	charters "renlin.dev/services/community/internal/charter"
	"renlin.dev/services/community/internal/people"
)

// detail gives a fault's detail.
func detail(err error, key string) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Detail[key]
}

// attempt is one row of a table: given a world, when somebody does something, then it is refused or has these facts.
type attempt struct {
	name  string
	given func(w *world)
	op    string
	body  proto.Message
	by    []string
	want  error
	facts []string
}

// run plays each row in a world of its own, founded and with eve and fay enrolled; and everything accepted a second time.
func run(t *testing.T, rows []attempt) {
	t.Helper()
	for _, a := range rows {
		t.Run(a.name, func(t *testing.T) {
			w := founded(t).enrolled(eve, fay)
			if a.given != nil {
				a.given(w)
			}
			c, err := w.try(a.op, a.body, a.by...)
			if a.want != nil {
				checkRefusal(t, err, a.want)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			slices.Sort(a.facts)
			if got := facts(c); !slices.Equal(got, a.facts) {
				t.Fatalf("facts %v, want %v", got, a.facts)
			}
			w.again()
		})
	}
}

func checkRefusal(t *testing.T, err, want error) {
	t.Helper()
	got, wanted := fault.Of(err), fault.Of(want)
	if got == nil || got.Code != wanted.Code {
		t.Fatalf("got %v, want %v", err, want)
	}
}

type (
	admitMember  = communityv1.AdmitMember
	revokeMember = communityv1.RevokeMember
	grantRole    = communityv1.GrantRole
	withdrawRole = communityv1.WithdrawRole
)

func TestAdmitMember(t *testing.T) {
	t.Parallel()
	const op = community.OpAdmitMember
	bad := text("x")
	bad.Commitment = nil
	run(t, []attempt{
		{name: "admitted", op: op, body: &admitMember{Member: id(gus), Profile: text(gus)}, by: []string{ann},
			facts: []string{"member/" + id(gus) + ": MemberAdmitted"}},
		{name: "without a profile", op: op, body: &admitMember{Member: id(gus)}, by: []string{bob},
			facts: []string{"member/" + id(gus) + ": MemberAdmitted"}},
		{name: "by a member", op: op, body: &admitMember{Member: id(gus)}, by: []string{eve}, want: standing.ErrRole},
		{name: "no id", op: op, body: &admitMember{}, by: []string{ann}, want: people.ErrMissing},
		{name: "ill-formed id", op: op, body: &admitMember{Member: "gus"}, by: []string{ann}, want: decider.ErrField},
		{name: "half a profile", op: op, body: &admitMember{Member: id(gus), Profile: bad}, by: []string{ann}, want: standing.ErrText},
		{name: "there already", op: op, body: &admitMember{Member: id(eve)}, by: []string{bob}, want: people.ErrMemberExists},
		{name: "left before", op: op, body: &admitMember{Member: id(eve)}, by: []string{ann}, want: people.ErrMemberExists,
			given: func(w *world) { w.do(community.OpRevokeMember, &revokeMember{Member: id(eve)}, eve) }},
	})
	w := founded(t)
	w.do(op, &admitMember{Member: id(gus)}, bob)
	if m := decider.Peek[standing.Member](w.state, "member/"+id(gus)); m.AdmittedBy != id("owners") {
		t.Errorf("admitted by %q", m.AdmittedBy)
	}
}

func TestRevokeMember(t *testing.T) {
	t.Parallel()
	const op = community.OpRevokeMember
	gone := []string{"member/" + id(eve) + ": MemberRevoked"}
	run(t, []attempt{
		{name: "leaves", op: op, body: &revokeMember{Member: id(eve)}, by: []string{eve}, facts: gone},
		{name: "removed by two organisations", op: op, body: &revokeMember{Member: id(eve)}, by: []string{ann, bob}, facts: gone},
		{name: "by one officer", op: op, body: &revokeMember{Member: id(eve)}, by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "by two officers of one organisation", op: op, body: &revokeMember{Member: id(eve)}, by: []string{ann, fay},
			given: func(w *world) { w.officer(fay, "residents") }, want: people.ErrTwoOrgs},
		{name: "by an officer and a member", op: op, body: &revokeMember{Member: id(eve)}, by: []string{ann, fay}, want: people.ErrTwoOrgs},
		{name: "by another member", op: op, body: &revokeMember{Member: id(eve)}, by: []string{fay, bob}, want: standing.ErrRole},
		{name: "removing the second signer", op: op, body: &revokeMember{Member: id(bob)}, by: []string{ann, bob}, want: people.ErrTwoOrgs},
		{name: "no id", op: op, body: &revokeMember{}, by: []string{ann, bob}, want: people.ErrMissing},
		{name: "nobody", op: op, body: &revokeMember{Member: id(gus)}, by: []string{ann, bob}, want: people.ErrMemberUnknown},
		{name: "gone", op: op, body: &revokeMember{Member: id(eve)}, by: []string{ann, bob}, want: people.ErrMemberGone,
			given: func(w *world) { w.do(op, &revokeMember{Member: id(eve)}, eve) }},
		{name: "leaves twice", op: op, body: &revokeMember{Member: id(eve)}, by: []string{eve}, want: standing.ErrNotActive,
			given: func(w *world) { w.do(op, &revokeMember{Member: id(eve)}, eve) }},
	})
}

func TestGrantRole(t *testing.T) {
	t.Parallel()
	const op = community.OpGrantRole
	granted := []string{"member/" + id(eve) + ": RoleGranted"}
	role := func(member string, r communityv1.Role, org string) *grantRole {
		g := &grantRole{Member: id(member), Role: r}
		if org != "" {
			g.Org = id(org)
		}
		return g
	}
	const worker, officer, owner = communityv1.Role_ROLE_GRID_WORKER, communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_OWNER
	const auditor, guardian = communityv1.Role_ROLE_AUDITOR, communityv1.Role_ROLE_GUARDIAN
	run(t, []attempt{
		{name: "own organisation", op: op, body: role(eve, worker, "residents"), by: []string{ann}, facts: granted},
		{name: "a colleague", op: op, body: role(eve, officer, "residents"), by: []string{ann}, facts: granted},
		{name: "owner, of no organisation", op: op, body: role(eve, owner, ""), by: []string{bob}, facts: granted},
		{name: "another organisation, alone", op: op, body: role(eve, worker, "owners"), by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "another organisation, by two", op: op, body: role(eve, officer, "street"), by: []string{ann, bob}, facts: granted},
		{name: "auditor alone", op: op, body: role(eve, auditor, "residents"), by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "auditor by two", op: op, body: role(eve, auditor, "residents"), by: []string{ann, bob}, facts: granted},
		{name: "guardian alone", op: op, body: role(eve, guardian, "residents"), by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "oneself", op: op, body: role(ann, worker, "residents"), by: []string{ann}, want: people.ErrRoleSelf},
		{name: "oneself by cosigning", op: op, body: role(bob, auditor, "owners"), by: []string{ann, bob}, want: people.ErrRoleSelf},
		{name: "by a member", op: op, body: role(eve, worker, "residents"), by: []string{fay}, want: standing.ErrRole},
		{name: "no member", op: op, body: &grantRole{Role: owner}, by: []string{ann}, want: people.ErrMissing},
		{name: "no role", op: op, body: role(eve, 0, ""), by: []string{ann}, want: people.ErrRoleUnknown},
		{name: "member is no grant", op: op, body: role(eve, communityv1.Role_ROLE_MEMBER, ""), by: []string{ann}, want: people.ErrRoleUnknown},
		{name: "no such role", op: op, body: role(eve, 99, ""), by: []string{ann}, want: people.ErrRoleUnknown},
		{name: "key holder", op: op, body: role(eve, communityv1.Role_ROLE_KEY_HOLDER, "residents"), by: []string{ann, bob},
			want: people.ErrRoleFixed},
		{name: "officer of nothing", op: op, body: role(eve, officer, ""), by: []string{ann}, want: people.ErrRoleOrg},
		{name: "owner of an organisation", op: op, body: role(eve, owner, "owners"), by: []string{bob}, want: people.ErrRoleOrg},
		{name: "no such organisation", op: op, body: role(eve, officer, "x"), by: []string{ann, bob}, want: people.ErrOrgUnknown},
		{name: "not a member", op: op, body: role(gus, worker, "residents"), by: []string{ann}, want: standing.ErrNotActive},
		{name: "gone", op: op, body: role(eve, worker, "residents"), by: []string{ann}, want: standing.ErrNotActive,
			given: func(w *world) { w.do(community.OpRevokeMember, &revokeMember{Member: id(eve)}, eve) }},
		{name: "held", op: op, body: role(bob, officer, "street"), by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "held elsewhere", op: op, body: role(eve, officer, "street"), by: []string{ann, bob}, want: people.ErrRoleHeld,
			given: func(w *world) { w.officer(eve, "residents") }},
		{name: "office for a hosted key", op: op, body: role(gus, worker, "residents"), by: []string{ann}, want: people.ErrRoleHosted,
			given: func(w *world) {
				w.admit(gus).do(community.OpHostKey, &communityv1.HostKey{Member: id(gus), Key: public(gus)}, bob)
			}},
		{name: "owner with a hosted key", op: op, body: role(gus, owner, ""), by: []string{ann},
			facts: []string{"member/" + id(gus) + ": RoleGranted"},
			given: func(w *world) {
				w.admit(gus).do(community.OpHostKey, &communityv1.HostKey{Member: id(gus), Key: public(gus)}, bob)
			}},
	})
}

func TestWithdrawRole(t *testing.T) {
	t.Parallel()
	const op = community.OpWithdrawRole
	const worker, officer, auditor = communityv1.Role_ROLE_GRID_WORKER, communityv1.Role_ROLE_OFFICER, communityv1.Role_ROLE_AUDITOR
	taken := []string{"member/" + id(eve) + ": RoleWithdrawn"}
	is := func(r communityv1.Role, org string) func(*world) {
		return func(w *world) {
			w.do(community.OpGrantRole, &grantRole{Member: id(eve), Role: r, Org: id(org)}, ann, bob)
		}
	}
	of := func(r communityv1.Role) *withdrawRole { return &withdrawRole{Member: id(eve), Role: r} }
	run(t, []attempt{
		{name: "own organisation", op: op, given: is(worker, "residents"), body: of(worker), by: []string{ann}, facts: taken},
		{name: "lays it down", op: op, given: is(worker, "residents"), body: of(worker), by: []string{eve}, facts: taken},
		{name: "auditor lays it down", op: op, given: is(auditor, "residents"), body: of(auditor), by: []string{eve}, facts: taken},
		{name: "another organisation alone", op: op, given: is(worker, "residents"), body: of(worker), by: []string{bob},
			want: people.ErrTwoOrgs},
		{name: "another organisation by two", op: op, given: is(officer, "street"), body: of(officer), by: []string{ann, bob}, facts: taken},
		{name: "auditor alone", op: op, given: is(auditor, "residents"), body: of(auditor), by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "auditor cosigns and is not counted", op: op, given: is(officer, "street"), body: of(officer), by: []string{ann, eve},
			want: people.ErrTwoOrgs},
		{name: "by a member", op: op, given: is(worker, "residents"), body: of(worker), by: []string{fay}, want: standing.ErrRole},
		{name: "not held", op: op, body: of(communityv1.Role_ROLE_OWNER), by: []string{ann}, want: people.ErrRoleNotHeld},
		{name: "own, not held", op: op, body: of(officer), by: []string{eve}, want: people.ErrRoleNotHeld},
		{name: "nobody", op: op, body: &withdrawRole{Member: id(gus), Role: worker}, by: []string{ann}, want: people.ErrMemberUnknown},
		{name: "no id", op: op, body: &withdrawRole{Role: worker}, by: []string{ann}, want: people.ErrMissing},
		{name: "key holder", op: op, body: &withdrawRole{Member: id(dan), Role: communityv1.Role_ROLE_KEY_HOLDER},
			by: []string{ann, bob}, want: people.ErrRoleFixed},
	})
	// Who laid down the office has its power no longer.
	w := founded(t).enrolled(eve)
	w.officer(eve, "street").do(op, of(officer), eve)
	w.refuse(standing.ErrRole, community.OpAdmitMember, &admitMember{Member: id(gus)}, eve)
}

func TestOrgsAndRulebook(t *testing.T) {
	t.Parallel()
	property := &communityv1.Org{Id: id("property"), Kind: communityv1.OrgKind_ORG_KIND_COMPANY, Name: "物业公司"}
	again := proto.Clone(property).(*communityv1.Org)
	again.Id = id("street")
	nameless := proto.Clone(property).(*communityv1.Org)
	nameless.Name = ""
	named := rulebook(2)
	named.Matters[0].DirectConvener = id("street")
	stranger := rulebook(2)
	stranger.Matters[0].DirectConvener = id("x")
	const admit, amend = community.OpAdmitOrg, community.OpAmendRulebook
	type admitOrg = communityv1.AdmitOrg
	type amendRulebook = communityv1.AmendRulebook
	both, adopted := []string{ann, bob}, []string{"rulebook/main: RulebookAdopted"}
	run(t, []attempt{
		{name: "org by two", op: admit, body: &admitOrg{Org: property}, by: both, facts: []string{"org/" + id("property") + ": OrgAdmitted"}},
		{name: "org by one", op: admit, body: &admitOrg{Org: property}, by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "org by a member and an officer", op: admit, body: &admitOrg{Org: property}, by: []string{eve, bob}, want: standing.ErrRole},
		{name: "org by an officer and a member", op: admit, body: &admitOrg{Org: property}, by: []string{ann, eve}, want: people.ErrTwoOrgs},
		{name: "org there already", op: admit, body: &admitOrg{Org: again}, by: both, want: people.ErrOrgExists},
		{name: "org without a name", op: admit, body: &admitOrg{Org: nameless}, by: both, want: people.ErrOrgMalformed},
		{name: "no org", op: admit, body: &admitOrg{}, by: both, want: people.ErrOrgMalformed},
		{name: "rulebook by two", op: amend, body: &amendRulebook{Rulebook: rulebook(2)}, by: both, facts: adopted},
		{name: "rulebook as seen", op: amend, body: &amendRulebook{Rulebook: rulebook(2), ExpectedVersion: 1}, by: both, facts: adopted},
		{name: "rulebook as never was", op: amend, body: &amendRulebook{Rulebook: rulebook(2), ExpectedVersion: 2}, by: both,
			want: decider.ErrStale},
		{name: "rulebook names a convener", op: amend, body: &amendRulebook{Rulebook: named}, by: both, facts: adopted},
		{name: "rulebook names a stranger", op: amend, body: &amendRulebook{Rulebook: stranger}, by: both, want: charters.ErrConvener},
		{name: "rulebook by one", op: amend, body: &amendRulebook{Rulebook: rulebook(2)}, by: []string{bob}, want: people.ErrTwoOrgs},
		{name: "rulebook of the same organisation twice", op: amend, body: &amendRulebook{Rulebook: rulebook(2)}, by: []string{ann, eve},
			given: func(w *world) { w.officer(eve, "residents") }, want: people.ErrTwoOrgs},
		{name: "rulebook by a member", op: amend, body: &amendRulebook{Rulebook: rulebook(2)}, by: []string{eve, ann}, want: standing.ErrRole},
		{name: "rulebook of the same version", op: amend, body: &amendRulebook{Rulebook: rulebook(1)}, by: both, want: charters.ErrVersion},
		{name: "rulebook leaps", op: amend, body: &amendRulebook{Rulebook: rulebook(3)}, by: both, want: charters.ErrVersion},
		{name: "no rulebook", op: amend, body: &amendRulebook{}, by: both, want: charters.ErrRulebookEmpty},
	})
	w := founded(t)
	w.do(amend, &amendRulebook{Rulebook: rulebook(2)}, ann, bob)
	w.do(amend, &amendRulebook{Rulebook: rulebook(3)}, bob, ann)
	if v := decider.Peek[standing.Rulebook](w.state, standing.RulebookPath).Book.GetVersion(); v != 3 {
		t.Errorf("version %d", v)
	}
}

// An act by an office is recorded with both who signed.
func TestCosignerIsOnRecord(t *testing.T) {
	t.Parallel()
	w := founded(t).enrolled(eve)
	c := w.do(community.OpRevokeMember, &revokeMember{Member: id(eve)}, ann, bob)
	if c.Actor != id(ann) || c.Through != id(bob) || c.Author != chain.AuthorDevice {
		t.Errorf("actor %q through %q", c.Actor, c.Through)
	}
}
