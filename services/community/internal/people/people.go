// Package people holds the rules of a community's organisations, members, roles, keys, units, households and channels.
//
// The rules, in plain words. An *officer* is a member with that role, acting by a device of their own; *two organisations* means that
// an officer signs and an officer of another organisation signs too.
//
//  1. Admitting. One officer admits a member, registers or assigns a unit, records a household, and imports a roster; a household that
//     they are in, or would be, takes two organisations, since it says to whom they move no money. What an import brings has no effect
//     before the import is complete, and it is complete only with every row that was announced.
//  2. Inviting. The one-time code for a member's first device comes from an officer of another organisation than the one that
//     admitted them, and never from the member: no single hand can make up a person and act as one. It is good once and until its
//     expiry. For a member who ever had a device it takes two organisations, or one officer could slip in beside them.
//  3. Keys. A device is enrolled by its own signature and the code's. A member without a device, and without an office, may have one
//     key hosted by the gateway, on the word of an officer of another organisation than the admitting one (of two organisations if
//     they ever had a device); it is revoked by the very commit that enrols a device. With a code such a member may instead bind a
//     platform's account, by which they sign in: that uses the code up on the record, which does not say what account. A key is
//     revoked by its member with another key, or by an officer; an officer's key only by an officer of the same organisation, or by
//     two organisations. Whoever has lost a device names its key by the id that the record has.
//  4. Roles. An officer grants the roles of their own organisation. The roles of another organisation, and those that watch over
//     others (guardian, auditor), take two organisations; a new organisation's first officer comes that way. Nobody grants
//     themselves a role, nor cosigns one for themselves. Taking back follows the same rule; anybody may lay down a role of their own.
//     Who holds polls' keys is fixed by the founding.
//  5. Ends. A member leaves by their own word, or is removed by two organisations. An id is never used again.
//  6. Organisations are admitted, the rulebook is amended, and trustees and the registrar are appointed, by two organisations. The
//     registrar is never one of those who hold polls' keys: together they would know who voted how. How dividends are shared, and how much
//     of the work one organisation may be given, changes only with a motion in force beside, which all members, owners or households have
//     voted on, whose text names just these rules by their digest, and which has changed no rulebook before. What the founding says was
//     agreed to by founding.
//  7. Mandates. A member lets a helper act for them: for which acts, in which matter or poll if not in all, from when, and until when at
//     the latest, within the rulebook's longest term. Their own key grants it, the hosted one too; for a member without any key two
//     organisations do, who have seen the written proxy, and never the helper. Ballots take a written proxy in any case, and a helper
//     without an office other than grid worker, now and when they cast. A helper acts by a device of their own, for as many principals at
//     once as the rulebook says. Where the rulebook asks for it, they accept the mandate by that device before they act under it, or
//     decline it. Either of the two ends it by their own word, or two organisations do; it ends by itself with its term and with the
//     membership of either. A key that is signed off takes no mandate with it: whoever lost their telephone needs
//     their helper most, and may revoke with the next key.
//  8. Groups. An officer says who votes for their own organisation in polls of organisations: any active member, whom a later word
//     replaces. An officer establishes a channel, a room for some subjects, by listing who belongs to it; only officers of the same
//     organisation replace the list.
package people

import (
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults that several rules share.
var (
	ErrMissing = fault.New(fault.Invalid, "field.missing", "A field that is needed is empty.", "缺少必填字段。")
	ErrTwoOrgs = fault.New(fault.Forbidden, "signature.second_org",
		"This needs the signature of a second organisation's officer.", "此操作还需要另一组织的负责人签名。")
	ErrMemberUnknown = fault.New(fault.NotFound, "member.unknown", "There is no such member.", "没有该成员。")
	ErrOrgUnknown    = fault.New(fault.NotFound, "org.unknown", "There is no such organisation.", "没有该组织。")
	ErrUnitUnknown   = fault.New(fault.NotFound, "unit.unknown", "There is no such unit.", "没有该房屋。")
)

// need refuses an empty field: pairs of name and value.
func need(pairs ...string) error {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			return ErrMissing.With("field", pairs[i])
		}
	}
	return nil
}

// officer gives the organisation for which the actor is an officer. A hosted key holds no office, see the guard of package standing.
func officer(v *decider.View, cmd *decider.Command) (org string, err error) {
	m, ok := decider.Get[standing.Member](v, "member/"+cmd.Actor)
	if !ok || cmd.Author != chain.AuthorDevice {
		return "", standing.ErrRole
	}
	org, ok = m.Roles[communityv1.Role_ROLE_OFFICER]
	if !ok {
		return "", standing.ErrRole
	}
	return org, nil
}

// twoOrganisations gives the actor's organisation once an officer of another one has signed too. A cosigner whom the matter itself
// concerns (not) does not count; that the author is not that person, the callers have seen to.
func twoOrganisations(v *decider.View, cmd *decider.Command, not ...string) (org string, err error) {
	org, err = officer(v, cmd)
	if err != nil {
		return "", err
	}
	for _, id := range cmd.Cosigners {
		m, ok := decider.Get[standing.Member](v, "member/"+id)
		if !ok || slices.Contains(not, id) {
			continue
		}
		if other, holds := m.Roles[communityv1.Role_ROLE_OFFICER]; holds && other != org {
			return org, nil
		}
	}
	return "", ErrTwoOrgs
}

// anyone tells whether a member signed the command, as author or cosigner.
func anyone(cmd *decider.Command, member string) bool {
	if cmd.Actor == member {
		return true
	}
	for _, id := range cmd.Cosigners {
		if id == member {
			return true
		}
	}
	return false
}
