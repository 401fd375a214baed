package community_test

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
	charters "renlin.dev/services/community/internal/charter"
	"renlin.dev/services/community/internal/people"
)

type (
	inviteMembers = communityv1.InviteMembers
	enrolKey      = communityv1.EnrolKey
	hostKey       = communityv1.HostKey
	revokeKey     = communityv1.RevokeKey
	redeemInvite  = communityv1.RedeemInvite
)

// invites makes a request for members, with the codes of their names.
func invites(names ...string) *inviteMembers {
	body := &inviteMembers{}
	for _, n := range names {
		body.Invites = append(body.Invites, &communityv1.Invite{Member: id(n), CodeKey: public(n + "code")})
	}
	return body
}

func TestInviteMembers(t *testing.T) {
	t.Parallel()
	const op = community.OpInviteMembers
	admit := func(w *world) { w.admit(gus) }
	two := invites(gus, gus)
	two.Invites[1].Member = id(eve)
	weak := invites(gus)
	weak.Invites[0].CodeKey = make([]byte, 32)
	missing := invites(gus)
	missing.Invites[0].Member = ""
	run(t, []attempt{
		{name: "by another organisation", given: admit, op: op, body: invites(gus), by: []string{bob},
			facts: []string{"invite/" + id(gus) + ": MemberInvited"}},
		{name: "a new code for the old", given: func(w *world) { w.invited(gus) }, op: op, body: invites(gus), by: []string{bob},
			facts: []string{"invite/" + id(gus) + ": MemberInvited"}},
		{name: "by the same organisation", given: admit, op: op, body: invites(gus), by: []string{ann}, want: people.ErrInviteOrg},
		{name: "by a colleague of the admitting officer", given: func(w *world) { w.admit(gus).officer(eve, "residents") }, op: op,
			body: invites(gus),
			by:   []string{eve}, want: people.ErrInviteOrg},
		{name: "by a member", given: admit, op: op, body: invites(gus), by: []string{eve}, want: standing.ErrRole},
		{name: "oneself", given: func(w *world) { w.officer(eve, "street") }, op: op, body: invites(eve), by: []string{eve},
			want: people.ErrInviteSelf},
		{name: "nobody", op: op, body: invites(gus), by: []string{bob}, want: standing.ErrNotActive},
		{name: "no member", op: op, body: missing, by: []string{bob}, want: people.ErrMissing},
		{name: "no one", op: op, body: invites(), by: []string{bob}, want: people.ErrInvites},
		{name: "one twice", given: admit, op: op, body: invites(gus, gus), by: []string{bob}, want: people.ErrInvites},
		{name: "one code for two", given: func(w *world) { w.admit(gus, "hal") }, op: op,
			body: &inviteMembers{Invites: []*communityv1.Invite{
				{Member: id(gus), CodeKey: public("code")}, {Member: id("hal"), CodeKey: public("code")},
			}}, by: []string{bob}, want: people.ErrInvites},
		{name: "a weak code", given: admit, op: op, body: weak, by: []string{bob}, want: charters.ErrKeyWeak},
		{name: "a member with a device, alone", op: op, body: invites(eve), by: []string{bob}, want: people.ErrTwoOrgs},
		{name: "a member with a device, by two", op: op, body: invites(eve), by: []string{bob, ann},
			facts: []string{"invite/" + id(eve) + ": MemberInvited"}},
		// Revoking the device first does not open a way around.
		{name: "a member who had a device, alone", op: op, body: invites(eve), by: []string{bob}, want: people.ErrTwoOrgs,
			given: func(w *world) { w.do(community.OpRevokeKey, &revokeKey{Key: public(eve)}, bob) }},
		{name: "gone", op: op, body: invites(eve), by: []string{bob}, want: standing.ErrNotActive,
			given: func(w *world) { w.do(community.OpRevokeMember, &revokeMember{Member: id(eve)}, eve) }},
		{name: "an officer's second device", op: op, body: invites(ann), by: []string{bob, ann},
			facts: []string{"invite/" + id(ann) + ": MemberInvited"}},
	})
}

func TestInviteTwoHundred(t *testing.T) {
	t.Parallel()
	w := founded(t)
	var names []string
	for i := range 201 {
		names = append(names, fmt.Sprintf("p%03d", i))
	}
	w.admit(names...)
	w.refuse(people.ErrInvites, community.OpInviteMembers, invites(names...), bob)
	c := w.do(community.OpInviteMembers, invites(names[:200]...), bob)
	if len(c.Changes) != 200 {
		t.Fatalf("%d invited", len(c.Changes))
	}
	if raw, err := c.Encode(); err != nil || len(raw) > chain.CommitBytesMax/2 {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
}

func TestEnrolKey(t *testing.T) {
	t.Parallel()
	const op = community.OpEnrolKey
	invited := func(w *world) { w.invited(gus) }
	body := &enrolKey{Member: id(gus), Key: public(gus)}
	fact := []string{"invite/" + id(gus) + ": InviteUsed", "key/" + keyID(gus) + ": KeyEnrolled", "keyring/" + id(gus) + ": KeyKept"}
	both := []string{gus, "guscode"}
	run(t, []attempt{
		{name: "enrolled", given: invited, op: op, body: body, by: both, facts: fact},
		{name: "at the last moment", given: func(w *world) { w.invited(gus); w.now += 3_600_000 - 1 }, op: op, body: body, by: both, facts: fact},
		{name: "too late", given: func(w *world) { w.invited(gus); w.now += 3_600_000 }, op: op, body: body, by: both, want: people.ErrCodeLate},
		{name: "code used", given: func(w *world) { w.enrolled(gus) }, op: op, body: &enrolKey{Member: id(gus), Key: public("gus2")},
			by: []string{"gus2", "guscode"}, want: people.ErrCodeUsed},
		{name: "older code", given: func(w *world) {
			again := &inviteMembers{Invites: []*communityv1.Invite{{Member: id(gus), CodeKey: public("new")}}}
			w.invited(gus).do(community.OpInviteMembers, again, bob)
		}, op: op, body: body, by: both, want: people.ErrEnrolSigns},
		{name: "not invited", given: func(w *world) { w.admit(gus) }, op: op, body: body, by: both, want: people.ErrNotInvited},
		{name: "another's code", given: func(w *world) { w.invited(gus, "hal") }, op: op, body: body, by: []string{gus, "halcode"},
			want: people.ErrEnrolSigns},
		{name: "without the code", given: invited, op: op, body: body, by: []string{gus}, want: people.ErrEnrolSigns},
		{name: "without the device", given: invited, op: op, body: body, by: []string{"guscode"}, want: people.ErrEnrolSigns},
		{name: "the wrong way round", given: invited, op: op, body: body, by: []string{"guscode", gus}, want: people.ErrEnrolSigns},
		{name: "signed by a third too", given: invited, op: op, body: body, by: []string{gus, "guscode", ann}, want: people.ErrEnrolSigns},
		{name: "another device than named", given: invited, op: op, body: body, by: []string{eve, "guscode"}, want: people.ErrEnrolSigns},
		{name: "a device that is somebody's", given: invited, op: op, body: &enrolKey{Member: id(gus), Key: public(eve)},
			by: []string{eve, "guscode"}, want: people.ErrKeyExists},
		{name: "a device that was signed off",
			given: func(w *world) { w.invited(gus).do(community.OpRevokeKey, &revokeKey{Key: public(eve)}, ann) },
			op:    op, body: &enrolKey{Member: id(gus), Key: public(eve)}, by: []string{eve, "guscode"}, want: people.ErrKeyExists},
		{name: "gone meanwhile", given: func(w *world) {
			w.invited(gus).do(community.OpRevokeMember, &revokeMember{Member: id(gus)}, ann, bob)
		}, op: op, body: body, by: both, want: standing.ErrNotActive},
		{name: "a weak key", given: invited, op: op, body: &enrolKey{Member: id(gus), Key: make([]byte, 32)}, by: both,
			want: charters.ErrKeyWeak},
		{name: "no key", given: invited, op: op, body: &enrolKey{Member: id(gus)}, by: both, want: charters.ErrKeyWeak},
		{name: "no member", given: invited, op: op, body: &enrolKey{Key: public(gus)}, by: both, want: people.ErrMissing},
	})
}

func TestRedeemInvite(t *testing.T) {
	t.Parallel()
	const op = community.OpRedeemInvite
	hosted := func(w *world) {
		w.invited(gus).do(community.OpHostKey, &hostKey{Member: id(gus), Key: public("hosted")}, bob)
	}
	body := &redeemInvite{Member: id(gus), Ticket: bytes.Repeat([]byte{7}, 32)}
	code, used := []string{"guscode"}, []string{"invite/" + id(gus) + ": InviteUsed"}
	run(t, []attempt{
		{name: "redeemed", given: hosted, op: op, body: body, by: code, facts: used},
		{name: "at the last moment", given: func(w *world) { hosted(w); w.now += 3_600_000 - 1 }, op: op, body: body, by: code, facts: used},
		{name: "too late", given: func(w *world) { hosted(w); w.now += 3_600_000 }, op: op, body: body, by: code, want: people.ErrCodeLate},
		{name: "twice", given: func(w *world) { hosted(w); w.do(op, body, code...) }, op: op, body: body, by: code, want: people.ErrCodeUsed},
		{name: "a device by the same code", given: func(w *world) { hosted(w); w.do(op, body, code...) }, op: community.OpEnrolKey,
			body: &enrolKey{Member: id(gus), Key: public(gus)}, by: []string{gus, "guscode"}, want: people.ErrCodeUsed},
		{name: "without a hosted key", given: func(w *world) { w.invited(gus) }, op: op, body: body, by: code, want: people.ErrNotHosted},
		{name: "by who has a device", given: func(w *world) { w.do(community.OpInviteMembers, invites(eve), bob, ann) }, op: op,
			body: &redeemInvite{Member: id(eve), Ticket: body.Ticket}, by: []string{"evecode"}, want: people.ErrNotHosted},
		{name: "when the hosted key is signed off", given: func(w *world) {
			hosted(w)
			w.do(community.OpRevokeKey, &revokeKey{Key: public("hosted")}, ann)
		}, op: op, body: body, by: code, want: people.ErrNotHosted},
		{name: "not invited", given: func(w *world) { w.admit(gus) }, op: op, body: body, by: code, want: people.ErrNotInvited},
		{name: "another's code", given: func(w *world) { hosted(w); w.invited("hal") }, op: op, body: body, by: []string{"halcode"},
			want: people.ErrRedeemSigns},
		{name: "signed by another too", given: hosted, op: op, body: body, by: []string{"guscode", ann}, want: people.ErrRedeemSigns},
		{name: "by an officer", given: hosted, op: op, body: body, by: []string{bob}, want: people.ErrRedeemSigns},
		{name: "gone meanwhile", given: func(w *world) {
			hosted(w)
			w.do(community.OpRevokeMember, &revokeMember{Member: id(gus)}, ann, bob)
		}, op: op, body: body, by: code, want: standing.ErrNotActive},
		{name: "nobody", op: op, body: &redeemInvite{Ticket: body.Ticket}, by: code, want: people.ErrMissing},
		{name: "no ticket", given: hosted, op: op, body: &redeemInvite{Member: id(gus)}, by: code, want: people.ErrMissing},
	})
}

// Who has lost a device does not have its key: the record's id of it is enough.
func TestRevokeKeyByID(t *testing.T) {
	t.Parallel()
	const op = community.OpRevokeKey
	gone := []string{"key/" + keyID(eve) + ": KeyRevoked", "keyring/" + id(eve) + ": KeyDropped"}
	second := func(w *world) {
		w.do(community.OpInviteMembers, invites(eve), bob, ann)
		w.do(community.OpEnrolKey, &enrolKey{Member: id(eve), Key: public("eve2")}, "eve2", "evecode")
	}
	run(t, []attempt{
		{name: "by an officer", op: op, body: &revokeKey{KeyId: keyID(eve)}, by: []string{ann}, facts: gone},
		{name: "by the member's other device", given: second, op: op, body: &revokeKey{KeyId: keyID(eve)}, by: []string{"eve2"}, facts: gone},
		{name: "by both names", op: op, body: &revokeKey{Key: public(eve), KeyId: keyID(eve)}, by: []string{ann}, facts: gone},
		{name: "by two names that differ", op: op, body: &revokeKey{Key: public(eve), KeyId: keyID(ann)}, by: []string{ann},
			want: people.ErrKeyNotFound},
		{name: "itself", op: op, body: &revokeKey{KeyId: keyID(eve)}, by: []string{eve}, want: people.ErrKeyItself},
		{name: "nobody's", op: op, body: &revokeKey{KeyId: id("x")}, by: []string{ann}, want: people.ErrKeyNotFound},
		{name: "another organisation's officer's, alone", op: op, body: &revokeKey{KeyId: keyID(bob)}, by: []string{ann},
			want: people.ErrTwoOrgs},
		{name: "unnamed", op: op, body: &revokeKey{}, by: []string{ann}, want: people.ErrMissing},
	})
}

// A device that is enrolled takes over from a hosted key in the same commit, and the window holds against the sequencer's clock.
func TestEnrolTakesOverFromHosted(t *testing.T) {
	t.Parallel()
	w := founded(t).invited(gus)
	w.do(community.OpHostKey, &hostKey{Member: id(gus), Key: public("hosted")}, bob)
	c := w.do(community.OpEnrolKey, &enrolKey{Member: id(gus), Key: public(gus)}, gus, "guscode")
	want := []string{
		"invite/" + id(gus) + ": InviteUsed", "key/" + keyID("hosted") + ": KeyRevoked", "key/" + keyID(gus) + ": KeyEnrolled",
		"keyring/" + id(gus) + ": KeyKept KeyDropped",
	}
	slices.Sort(want)
	if got := facts(c); !slices.Equal(got, want) {
		t.Fatalf("facts %v", got)
	}
	if c.Actor != id(gus) || c.Author != chain.AuthorDevice || c.WindowUntil != w.now+3_600_000 || c.WindowFrom != 0 {
		t.Errorf("actor %q, author %d, window %d to %d", c.Actor, c.Author, c.WindowFrom, c.WindowUntil)
	}
	ring := decider.Peek[people.Keyring](w.state, "keyring/"+id(gus))
	if ring.Hosted != "" || !slices.Equal(ring.Devices, []string{keyID(gus)}) || !ring.HadDevice {
		t.Errorf("keyring %+v", ring)
	}
	w.refuse(standing.ErrKeyRevoked, community.OpRevokeMember, &revokeMember{Member: id(gus)}, "hosted")
	w.again()
}

func TestDevicesAreBounded(t *testing.T) {
	t.Parallel()
	w := founded(t).enrolled(eve)
	for i := 2; i <= 9; i++ {
		code := fmt.Sprintf("code%d", i)
		w.do(community.OpInviteMembers, &inviteMembers{Invites: []*communityv1.Invite{{Member: id(eve), CodeKey: public(code)}}}, bob, ann)
		device := fmt.Sprintf("eve%d", i)
		_, err := w.try(community.OpEnrolKey, &enrolKey{Member: id(eve), Key: public(device)}, device, code)
		if i <= 8 && err != nil {
			t.Fatal(err)
		}
		if i == 9 {
			checkRefusal(t, err, people.ErrKeysMany)
		}
	}
	w.do(community.OpRevokeKey, &revokeKey{Key: public("eve5")}, "eve6")
	w.do(community.OpEnrolKey, &enrolKey{Member: id(eve), Key: public("eve9")}, "eve9", "code9")
	w.again()
}

func TestHostKey(t *testing.T) {
	t.Parallel()
	const op = community.OpHostKey
	admit := func(w *world) { w.admit(gus) }
	body := &hostKey{Member: id(gus), Key: public(gus)}
	fact := []string{"key/" + keyID(gus) + ": KeyEnrolled", "keyring/" + id(gus) + ": KeyKept"}
	of := func(name string) *hostKey { return &hostKey{Member: id(name), Key: public("hosted")} }
	signedOff := func(w *world) { w.do(community.OpRevokeKey, &revokeKey{Key: public(eve)}, ann) }
	run(t, []attempt{
		{name: "hosted", given: admit, op: op, body: body, by: []string{bob}, facts: fact},
		{name: "by the admitting organisation", given: admit, op: op, body: body, by: []string{ann}, want: people.ErrHostOrg},
		{name: "by a member", given: admit, op: op, body: body, by: []string{eve}, want: standing.ErrRole},
		{name: "has a device", op: op, body: of(eve), by: []string{bob, ann}, want: people.ErrHostDevice},
		{name: "had a device, alone", given: signedOff, op: op, body: of(eve), by: []string{bob}, want: people.ErrTwoOrgs},
		{name: "had a device, by two", given: signedOff, op: op, body: of(eve), by: []string{bob, ann},
			facts: []string{"key/" + keyID("hosted") + ": KeyEnrolled", "keyring/" + id(eve) + ": KeyKept"}},
		{name: "has a hosted key", given: func(w *world) { w.admit(gus).do(op, body, bob) }, op: op, body: of(gus), by: []string{bob},
			want: people.ErrHostHosted},
		{name: "holds an office", given: func(w *world) {
			w.admit(gus).do(community.OpGrantRole, &grantRole{Member: id(gus), Role: communityv1.Role_ROLE_GRID_WORKER, Org: id("residents")}, ann)
		}, op: op, body: body, by: []string{bob}, want: people.ErrHostOffice},
		{name: "is an owner", given: func(w *world) {
			w.admit(gus).do(community.OpGrantRole, &grantRole{Member: id(gus), Role: communityv1.Role_ROLE_OWNER}, ann)
		}, op: op, body: body, by: []string{bob}, facts: fact},
		{name: "owner with an office", given: func(w *world) {
			w.admit(gus).do(community.OpGrantRole, &grantRole{Member: id(gus), Role: communityv1.Role_ROLE_OWNER}, ann)
			w.do(community.OpGrantRole, &grantRole{Member: id(gus), Role: communityv1.Role_ROLE_CONVENER, Org: id("residents")}, ann)
		}, op: op, body: body, by: []string{bob}, want: people.ErrHostOffice},
		{name: "somebody's key", given: admit, op: op, body: &hostKey{Member: id(gus), Key: public(eve)}, by: []string{bob},
			want: people.ErrKeyExists},
		{name: "weak key", given: admit, op: op, body: &hostKey{Member: id(gus), Key: make([]byte, 32)}, by: []string{bob},
			want: charters.ErrKeyWeak},
		{name: "nobody", op: op, body: body, by: []string{bob}, want: standing.ErrNotActive},
		{name: "no id", op: op, body: &hostKey{Key: public(gus)}, by: []string{bob}, want: people.ErrMissing},
		{name: "oneself", given: func(w *world) { w.officer(eve, "street") }, op: op, body: of(eve), by: []string{eve},
			want: people.ErrInviteSelf},
	})
	w := founded(t).admit(gus)
	w.do(op, body, bob)
	if c := w.do(community.OpRevokeMember, &revokeMember{Member: id(gus)}, gus); c.Author != chain.AuthorHosted || c.Actor != id(gus) {
		t.Errorf("author %d, actor %q", c.Author, c.Actor)
	}
}

func TestRevokeKey(t *testing.T) {
	t.Parallel()
	const op = community.OpRevokeKey
	second := func(w *world) {
		w.do(community.OpInviteMembers, &inviteMembers{Invites: []*communityv1.Invite{{Member: id(eve), CodeKey: public("c2")}}}, bob, ann)
		w.do(community.OpEnrolKey, &enrolKey{Member: id(eve), Key: public("eve2")}, "eve2", "c2")
	}
	off := []string{"key/" + keyID(eve) + ": KeyRevoked", "keyring/" + id(eve) + ": KeyDropped"}
	run(t, []attempt{
		{name: "with another device", given: second, op: op, body: &revokeKey{Key: public(eve)}, by: []string{"eve2"}, facts: off},
		{name: "itself", given: second, op: op, body: &revokeKey{Key: public(eve)}, by: []string{eve}, want: people.ErrKeyItself},
		{name: "by an officer", op: op, body: &revokeKey{Key: public(eve)}, by: []string{ann}, facts: off},
		{name: "by any officer", op: op, body: &revokeKey{Key: public(eve)}, by: []string{bob}, facts: off},
		{name: "by another member", op: op, body: &revokeKey{Key: public(eve)}, by: []string{fay}, want: standing.ErrRole},
		{name: "another organisation's officer", op: op, body: &revokeKey{Key: public(bob)}, by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "another organisation's officer, with their own hand", op: op, body: &revokeKey{Key: public(bob)},
			by: []string{ann, bob}, want: people.ErrTwoOrgs},
		{name: "another organisation's officer, by two", given: func(w *world) { w.officer(eve, "street") }, op: op,
			body: &revokeKey{Key: public(bob)},
			by:   []string{ann, eve}, facts: []string{"key/" + keyID(bob) + ": KeyRevoked", "keyring/" + id(bob) + ": KeyDropped"}},
		{name: "a colleague", given: func(w *world) { w.officer(eve, "residents") }, op: op, body: &revokeKey{Key: public(eve)},
			by: []string{ann}, facts: off},
		{name: "no such key", op: op, body: &revokeKey{Key: public(gus)}, by: []string{ann}, want: people.ErrKeyNotFound},
		{name: "no key", op: op, body: &revokeKey{}, by: []string{ann}, want: people.ErrMissing},
		{name: "gone", given: func(w *world) { w.do(op, &revokeKey{Key: public(eve)}, ann) }, op: op,
			body: &revokeKey{Key: public(eve)}, by: []string{bob},
			want: people.ErrKeyGone},
	})
}
