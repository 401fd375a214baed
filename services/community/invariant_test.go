package community_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
)

func modelOperations() []*decider.Operation { return community.Model().Operations() }

// history is what the invariants are checked against: it is kept beside the rules, from accepted commands alone, and knows nothing of
// how they are decided.
type history struct {
	t         *rapid.T
	dice      *rand.Rand // even, where rapid's own draws lean to the small; its seed is rapid's, so a failure can be had again
	w         *world
	admitted  map[string]string // member -> organisation
	inImport  map[string]string // member -> import
	complete  map[string]bool
	announced map[string]uint32
	staged    map[string]uint32
	codes     map[string]string // code key -> member, while it is out and unused
	enrolled  map[string]bool   // members who ever had a device of their own
	gone      map[string]bool
	officers  map[string]string // member -> organisation
}

// pool are the people and things that random commands speak of: few, so that they meet.
var (
	pool = []string{ann, bob, cat, eve, fay, gus, "hal", "ian", "joy", "kay"}
	// hands sign; officers more often than others, or most commands would fall to the guard.
	hands = slices.Concat(slices.Repeat([]string{ann, bob}, 8), pool)
	orgs  = []string{"residents", "owners", "street"}
	// often has the numbers of command's cases, each as often as it needs to come to something; what ends much of a history is rare.
	often = slices.Concat([]int{1, 3, 8, 12}, slices.Repeat([]int{0, 2, 6, 7, 7, 9}, 3), slices.Repeat([]int{4, 5, 10, 11}, 8))
	units = []string{"u1", "u2", "u3", "u4", "u5"}
	lists = []string{"i1", "i2"}
)

// command draws a random command, sensible or not.
func (h *history) command() (op string, body proto.Message, signers []string) {
	pick := func(from []string) string { return from[h.dice.IntN(len(from))] }
	m, org, list, role := pick(pool), id(pick(orgs)), id(pick(lists)), communityv1.Role(h.dice.IntN(10))
	if h.dice.IntN(2) == 0 {
		role = communityv1.Role_ROLE_OFFICER
	}
	signers = []string{pick(hands)}
	if h.dice.IntN(3) == 0 {
		signers = append(signers, pick(hands))
	}
	switch often[h.dice.IntN(len(often))] {
	case 0:
		return community.OpAdmitMember, &admitMember{Member: id(m)}, signers
	case 1:
		return community.OpRevokeMember, &revokeMember{Member: id(m)}, signers
	case 2:
		return community.OpGrantRole, &grantRole{Member: id(m), Role: role, Org: org}, signers
	case 3:
		return community.OpWithdrawRole, &withdrawRole{Member: id(m), Role: role}, signers
	case 4:
		return community.OpInviteMembers, invites(m), signers
	case 5:
		device, code := m, m
		if h.dice.IntN(5) == 0 {
			code = pick(pool)
		}
		if h.dice.IntN(2) == 0 {
			device = fmt.Sprintf("%s%d", m, 2+h.dice.IntN(3))
		}
		return community.OpEnrolKey, &enrolKey{Member: id(m), Key: public(device)}, []string{device, code + "code"}
	case 6:
		for _, hosted := range pool { // few are, and only they can
			if k := decider.Peek[standing.Key](h.w.state, "key/"+keyID(hosted+"hosted")); k != nil && !k.Revoked && h.dice.IntN(2) == 0 {
				m = hosted
			}
		}
		return community.OpRedeemInvite, &redeemInvite{Member: id(m), Ticket: make([]byte, 32)}, []string{m + "code"}
	case 7:
		return community.OpHostKey, &hostKey{Member: id(m), Key: public(m + "hosted")}, signers
	case 8:
		return community.OpRevokeKey, &revokeKey{Key: public(m)}, signers
	case 9:
		return community.OpBeginImport, &beginImport{Import: list, Rows: 1 + uint32(h.dice.IntN(2)), Org: org}, signers
	case 10:
		row := &importRow{Member: id(m), Unit: id(pick(units)), AreaCentiM2: 1, FurtherUnit: h.dice.IntN(3) == 0}
		return community.OpImportRows, &importRows{Import: list, Rows: []*importRow{row}}, signers
	case 11:
		return community.OpCompleteImport, &communityv1.CompleteImport{Import: list}, signers
	}
	return community.OpAbandonImport, &communityv1.AbandonImport{Import: list}, signers
}

// note takes an accepted command and says what must never have been accepted.
func (h *history) note(op string, body proto.Message, signers []string) {
	t := h.t
	author := h.memberOf(signers[0])
	two := len(signers) > 1 && h.officers[author] != "" && h.officers[h.memberOf(signers[1])] != "" &&
		h.officers[author] != h.officers[h.memberOf(signers[1])]
	switch b := body.(type) {
	case *admitMember:
		h.admitted[b.Member] = h.officers[author]
	case *revokeMember:
		if author != b.Member && !two {
			t.Fatalf("one organisation alone removed a member")
		}
		h.gone[b.Member] = true
	case *grantRole:
		if author == b.Member {
			t.Fatalf("somebody granted themselves a role")
		}
		if b.Org != h.officers[author] && !two {
			t.Fatalf("one organisation alone granted a role of another")
		}
		if b.Role == communityv1.Role_ROLE_OFFICER {
			h.officers[b.Member] = b.Org
		}
	case *withdrawRole:
		if b.Role == communityv1.Role_ROLE_OFFICER {
			delete(h.officers, b.Member)
		}
	case *inviteMembers:
		m := b.Invites[0].Member
		if h.admitted[m] == h.officers[author] || author == m {
			t.Fatalf("the admitting organisation, or the member, gave out a code")
		}
		if h.enrolled[m] && !two {
			t.Fatalf("one organisation alone invited a member who had a device")
		}
		for code, owner := range h.codes { // the newer code replaces the older
			if owner == m {
				delete(h.codes, code)
			}
		}
		h.codes[string(b.Invites[0].CodeKey)] = m
	case *enrolKey:
		code := string(public(signers[1]))
		if h.codes[code] != b.Member || !bytes.Equal(public(signers[0]), b.Key) {
			t.Fatalf("a device was enrolled without its own code, or by another hand")
		}
		delete(h.codes, code) // once
		h.enrolled[b.Member] = true
	case *redeemInvite:
		code := string(public(signers[0]))
		if h.codes[code] != b.Member || h.officers[b.Member] != "" {
			t.Fatalf("a code bound an account that is not its member's, or to an officer")
		}
		delete(h.codes, code)
	case *hostKey:
		if h.admitted[b.Member] == h.officers[author] || h.officers[b.Member] != "" {
			t.Fatalf("a key was hosted on the admitting organisation's word, or for an officer")
		}
	case *beginImport:
		h.announced[b.Import] = b.Rows
	case *importRows:
		h.staged[b.Import] += uint32(len(b.Rows))
		if !b.Rows[0].FurtherUnit {
			h.admitted[b.Rows[0].Member], h.inImport[b.Rows[0].Member] = h.officers[author], b.Import
		}
	case *communityv1.CompleteImport:
		if h.staged[b.Import] != h.announced[b.Import] {
			t.Fatalf("an import was completed with rows missing")
		}
		h.complete[b.Import] = true
	}
	h.standing(op, author)
}

// memberOf tells whose key signs, as the record has it.
func (h *history) memberOf(signer string) string {
	if k := decider.Peek[standing.Key](h.w.state, "key/"+keyID(signer)); k != nil {
		return k.Member
	}
	return ""
}

// standing: nobody acts whose membership has not begun or has ended.
func (h *history) standing(op, author string) {
	if op == community.OpEnrolKey || op == community.OpRedeemInvite || op == community.OpRevokeMember {
		return // the newcomer has no key before; who leaves is gone after
	}
	if _, ok := h.admitted[author]; !ok || h.gone[author] {
		h.t.Fatalf("%s by somebody without standing", op)
	}
	if i := h.inImport[author]; i != "" && !h.complete[i] {
		h.t.Fatalf("%s by somebody whose roster is not complete", op)
	}
}

func TestInvariants(t *testing.T) {
	t.Parallel()
	accepted := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		w := founded(t)
		h := &history{
			t: rt, w: w, dice: rand.New(rand.NewPCG(1, rapid.Uint64().Draw(rt, "seed"))),
			inImport: map[string]string{}, complete: map[string]bool{}, announced: map[string]uint32{},
			staged: map[string]uint32{}, codes: map[string]string{}, gone: map[string]bool{},
			admitted: map[string]string{id(ann): id("residents"), id(bob): id("owners"), id(cat): id("residents"), id(dan): id("owners")},
			enrolled: map[string]bool{id(ann): true, id(bob): true, id(cat): true, id(dan): true},
			officers: map[string]string{id(ann): id("residents"), id(bob): id("owners")},
		}
		for range rapid.IntRange(150, 200).Draw(rt, "commands") {
			op, body, signers := h.command()
			if len(signers) > 1 && signers[0] == signers[1] {
				continue // the signature check refuses the same key twice
			}
			w.now += h.dice.Int64N(300_000)
			if _, err := w.try(op, body, signers...); err == nil {
				accepted[op]++
				h.note(op, body, signers)
			}
		}
		w.again()
	})
	for op := range accepted {
		t.Logf("%s was accepted %d times", op, accepted[op])
	}
	for _, op := range []string{
		community.OpAdmitMember, community.OpInviteMembers, community.OpEnrolKey, community.OpGrantRole, community.OpCompleteImport,
		community.OpRevokeMember, community.OpHostKey, community.OpRevokeKey, community.OpRedeemInvite,
	} {
		if accepted[op] == 0 {
			t.Errorf("no random history had a %s: the test says nothing about it", op)
		}
	}
}

// A code whose clock has run out never enrols and never binds, whatever the order of things; and it does one of the two, once.
func TestCodeIsGoodOnceAndInTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		w := founded(t).admit(gus)
		w.do(community.OpInviteMembers, invites(gus), bob)
		w.do(community.OpHostKey, &hostKey{Member: id(gus), Key: public("hosted")}, bob)
		expires := w.now + 3_600_000
		used := false
		for i := range rapid.IntRange(1, 5).Draw(rt, "tries") {
			w.now += rapid.Int64Range(0, 2_000_000).Draw(rt, "pause")
			device := fmt.Sprintf("gus%d", i)
			op, body, by := community.OpEnrolKey, proto.Message(&enrolKey{Member: id(gus), Key: public(device)}), []string{device, "guscode"}
			if rapid.Bool().Draw(rt, "redeem") {
				op, body, by = community.OpRedeemInvite, &redeemInvite{Member: id(gus), Ticket: make([]byte, 32)}, by[1:]
			}
			_, err := w.try(op, body, by...)
			if may := !used && w.now < expires; may != (err == nil) {
				rt.Fatalf("at %d of %d, used %v: %v", w.now, expires, used, err)
			}
			used = used || err == nil
		}
	})
}

// Strict JSON: what a command does not know is refused, and what it knows is kept as sent.
func FuzzBodies(f *testing.F) {
	for i, m := range []proto.Message{
		&admitMember{Member: id(gus), Profile: text("x")}, invites(eve), &importRows{Import: id("i"), Rows: []*importRow{{Member: id(eve)}}},
		&communityv1.AmendRulebook{Rulebook: rulebook(2)}, &grantRole{Member: id(eve), Role: communityv1.Role_ROLE_OFFICER, Org: id("street")},
	} {
		raw, err := protojson.Marshal(m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), raw)
	}
	f.Add(uint8(0), []byte(`{"unknown":1}`))
	w := founded(f).enrolled(eve)
	ops := modelOperations()
	f.Fuzz(func(t *testing.T, n uint8, raw []byte) {
		op := ops[int(n)%len(ops)]
		in := input(w, op, [][]byte{public(ann), public(bob)})
		in.Signed.Body = raw
		v := w.state.Judge(in)
		if v.Err != nil {
			return
		}
		if _, err := v.Commit.Encode(); err != nil {
			t.Fatalf("%s is accepted and cannot be written: %v", op.Name, err)
		}
	})
}
