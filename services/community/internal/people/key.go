package people

import (
	"bytes"
	"encoding/hex"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

// Faults of invitations and keys.
var (
	ErrInvites   = fault.New(fault.Invalid, "invite.count", "One request invites 1 to 200 members, each once.", "一次可邀请1至200名成员，不得重复。")
	ErrInviteOrg = fault.New(fault.Forbidden, "invite.same_org",
		"The code must come from another organisation than the one that admitted the member.", "验证码须由接纳该成员以外的另一组织发放。")
	ErrInviteSelf = fault.New(fault.Forbidden, "invite.oneself", "Nobody may open the way to a key for themselves.", "任何人不得为自己发放验证码或托管密钥。")
	ErrNotInvited = fault.New(fault.Forbidden, "invite.none", "No code is out for this member.", "该成员没有有效的验证码。")
	ErrCodeUsed   = fault.New(fault.Refused, "invite.used", "This code has been used already.", "该验证码已被使用。")
	ErrCodeLate   = fault.New(fault.Refused, "invite.expired", "This code has expired; please ask for a new one.", "该验证码已过期，请重新领取。")
	ErrEnrolSigns = fault.New(fault.Forbidden, "enrolment.signatures",
		"Enrolling takes the new device's signature and the code's, and no other.", "登记须由新设备与验证码共同签名，且不得有其他签名。")
	ErrRedeemSigns = fault.New(fault.Forbidden, "redemption.signatures",
		"Binding an account takes the signature of the code, and no other.", "绑定账号须由验证码签名，且不得有其他签名。")
	ErrNotHosted = fault.New(fault.Refused, "redemption.no_hosted_key",
		"This code is for enrolling a device; an account is bound by a code only for a member whose key is hosted.",
		"该验证码用于登记设备；只有密钥由平台托管的成员才能用验证码绑定账号。")
	ErrKeyExists   = fault.New(fault.Refused, "key.exists", "This key has been enrolled already.", "该密钥已登记过。")
	ErrKeysMany    = fault.New(fault.Refused, "key.too_many", "The member has as many devices as anybody may have.", "该成员的设备数量已达上限。")
	ErrKeyNotFound = fault.New(fault.NotFound, "key.not_found", "There is no such key.", "没有该密钥。")
	ErrKeyGone     = fault.New(fault.Refused, "key.gone", "This key has been revoked already.", "该密钥已被注销。")
	ErrKeyItself   = fault.New(fault.Refused, "key.itself",
		"A device cannot sign itself off; use another one, or ask an officer.", "设备不能注销自身，请使用另一设备或联系负责人。")
	ErrHostDevice = fault.New(fault.Refused, "host.has_device",
		"The member has a device of their own; it must be signed off first.", "该成员已有自己的设备，须先注销。")
	ErrHostHosted = fault.New(fault.Refused, "host.has_hosted", "The member has a hosted key already.", "该成员已有托管密钥。")
	ErrHostOffice = fault.New(fault.Refused, "host.office",
		"Whoever holds an office needs a device of their own.", "担任职务者须使用本人设备。")
	ErrHostOrg = fault.New(fault.Forbidden, "host.same_org",
		"A key must be hosted on the word of another organisation than the one that admitted the member.", "托管须由接纳该成员以外的另一组织确认。")
)

const (
	invitesMax = 200
	devicesMax = 8
)

// vouch is who may open the way to a key for a member: for the first device an officer of another organisation than the one that
// admitted them, later two organisations; never the member.
func vouch(v *decider.View, cmd *decider.Command, org, member string, sameOrg *fault.Fault) (*standing.Member, *Keyring, error) {
	m, err := standing.Active(v, member)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case cmd.Actor == member:
		return nil, nil, ErrInviteSelf
	case m.AdmittedBy == org:
		return nil, nil, sameOrg
	}
	ring, ok := decider.Get[Keyring](v, "keyring/"+member)
	if !ok {
		return m, &Keyring{}, nil
	}
	if ring.HadDevice {
		// The member's own word, as an officer of the other organisation, is as good as anybody's here.
		if _, err := twoOrganisations(v, cmd, ""); err != nil {
			return nil, nil, err
		}
	}
	return m, ring, nil
}

// InviteMembers is the rule of giving out one-time codes.
func InviteMembers(v *decider.View, cmd *decider.Command, body *communityv1.InviteMembers) ([]decider.Change, error) {
	org, err := officer(v, cmd)
	if err != nil {
		return nil, err
	}
	if n := len(body.GetInvites()); n == 0 || n > invitesMax {
		return nil, ErrInvites
	}
	rules, _ := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	expires := cmd.Time + int64(rules.Book.GetInviteSeconds())*1000
	members, keys := map[string]bool{}, map[string]bool{}
	var out []decider.Change
	for _, i := range body.GetInvites() {
		if err := need("member", i.GetMember()); err != nil {
			return nil, err
		}
		if err := charter.CheckSigningKey(i.GetCodeKey()); err != nil {
			return nil, err
		}
		if members[i.GetMember()] || keys[string(i.GetCodeKey())] {
			return nil, ErrInvites
		}
		members[i.GetMember()], keys[string(i.GetCodeKey())] = true, true
		if _, _, err := vouch(v, cmd, org, i.GetMember(), ErrInviteOrg); err != nil {
			return nil, err
		}
		out = append(out, decider.On("invite/"+i.GetMember(),
			&communityv1.MemberInvited{CodeKey: i.GetCodeKey(), Org: org, ExpiresAt: expires}))
	}
	return out, nil
}

// Enrol is the rule of a new device: it signs first, the code second. The member is the one to whom the code was given.
func Enrol(v *decider.View, cmd *decider.Command, body *communityv1.EnrolKey) ([]decider.Change, error) {
	if err := need("member", body.GetMember()); err != nil {
		return nil, err
	}
	if err := charter.CheckSigningKey(body.GetKey()); err != nil {
		return nil, err
	}
	i, ok := decider.Get[Invite](v, "invite/"+body.GetMember())
	switch {
	case !ok:
		return nil, ErrNotInvited
	case len(cmd.Keys) != 2 || !bytes.Equal(cmd.Keys[0], body.GetKey()) || hex.EncodeToString(cmd.Keys[1]) != i.CodeKey:
		return nil, ErrEnrolSigns
	case i.Used:
		return nil, ErrCodeUsed
	case cmd.Time >= i.ExpiresAt:
		return nil, ErrCodeLate
	}
	v.Window(0, i.ExpiresAt) // the sequencer's clock, not only the deciding service's
	if _, err := standing.Active(v, body.GetMember()); err != nil {
		return nil, err
	}
	keyID := chain.KeyID(body.GetKey())
	if v.Exists("key/" + keyID) {
		return nil, ErrKeyExists
	}
	ring := decider.On("keyring/"+body.GetMember(), &communityv1.KeyKept{KeyId: keyID})
	out := []decider.Change{
		decider.On("key/"+keyID, &communityv1.KeyEnrolled{Member: body.GetMember(), Key: body.GetKey()}),
		decider.On("invite/"+body.GetMember(), &communityv1.InviteUsed{}),
	}
	if had, ok := decider.Get[Keyring](v, "keyring/"+body.GetMember()); ok {
		if len(had.Devices) >= devicesMax {
			return nil, ErrKeysMany
		}
		if had.Hosted != "" { // who has a device speaks for themselves from this commit on
			ring.Events = append(ring.Events, &communityv1.KeyDropped{KeyId: had.Hosted})
			out = append(out, decider.On("key/"+had.Hosted, &communityv1.KeyRevoked{}))
		}
	}
	cmd.Actor = body.GetMember()
	return append(out, ring), nil
}

// Host is the rule of a key that the gateway holds for a member without a device.
func Host(v *decider.View, cmd *decider.Command, body *communityv1.HostKey) ([]decider.Change, error) {
	org, err := officer(v, cmd)
	if err != nil {
		return nil, err
	}
	if err := need("member", body.GetMember()); err != nil {
		return nil, err
	}
	if err := charter.CheckSigningKey(body.GetKey()); err != nil {
		return nil, err
	}
	m, ring, err := vouch(v, cmd, org, body.GetMember(), ErrHostOrg)
	if err != nil {
		return nil, err
	}
	_, owner := m.Roles[communityv1.Role_ROLE_OWNER]
	keyID := chain.KeyID(body.GetKey())
	switch {
	case len(ring.Devices) > 0:
		return nil, ErrHostDevice
	case ring.Hosted != "":
		return nil, ErrHostHosted
	case len(m.Roles) > 1 || (len(m.Roles) == 1 && !owner):
		return nil, ErrHostOffice
	case v.Exists("key/" + keyID):
		return nil, ErrKeyExists
	}
	return []decider.Change{
		decider.On("key/"+keyID, &communityv1.KeyEnrolled{Member: body.GetMember(), Key: body.GetKey(), Hosted: true}),
		decider.On("keyring/"+body.GetMember(), &communityv1.KeyKept{KeyId: keyID, Hosted: true}),
	}, nil
}

// Redeem is the rule of using a code up without a new device: whoever has the code shows that the member wants an account bound by which
// they sign in. What they do there is done with the hosted key, so there must be one.
func Redeem(v *decider.View, cmd *decider.Command, body *communityv1.RedeemInvite) ([]decider.Change, error) {
	if err := need("member", body.GetMember(), "ticket", string(body.GetTicket())); err != nil {
		return nil, err
	}
	i, ok := decider.Get[Invite](v, "invite/"+body.GetMember())
	switch {
	case !ok:
		return nil, ErrNotInvited
	case len(cmd.Keys) != 1 || hex.EncodeToString(cmd.Keys[0]) != i.CodeKey:
		return nil, ErrRedeemSigns
	case i.Used:
		return nil, ErrCodeUsed
	case cmd.Time >= i.ExpiresAt:
		return nil, ErrCodeLate
	}
	v.Window(0, i.ExpiresAt)
	if _, err := standing.Active(v, body.GetMember()); err != nil {
		return nil, err
	}
	if ring, ok := decider.Get[Keyring](v, "keyring/"+body.GetMember()); !ok || ring.Hosted == "" {
		return nil, ErrNotHosted
	}
	cmd.Actor = body.GetMember()
	return []decider.Change{decider.On("invite/"+body.GetMember(), &communityv1.InviteUsed{})}, nil
}

// RevokeKey is the rule of signing a key off. It is named itself or by its id, and if both, they must agree.
func RevokeKey(v *decider.View, cmd *decider.Command, body *communityv1.RevokeKey) ([]decider.Change, error) {
	keyID := body.GetKeyId()
	if len(body.GetKey()) > 0 {
		if keyID != "" && keyID != chain.KeyID(body.GetKey()) {
			return nil, ErrKeyNotFound
		}
		keyID = chain.KeyID(body.GetKey())
	}
	if keyID == "" {
		return nil, ErrMissing.With("field", "key")
	}
	k, ok := decider.Get[standing.Key](v, "key/"+keyID)
	if !ok {
		return nil, ErrKeyNotFound
	}
	if k.Member == cmd.Actor {
		if chain.KeyID(cmd.Keys[0]) == keyID {
			return nil, ErrKeyItself
		}
	} else if err := mayRevokeOf(v, cmd, k.Member); err != nil {
		return nil, err
	}
	if k.Revoked {
		return nil, ErrKeyGone
	}
	return []decider.Change{
		decider.On("key/"+keyID, &communityv1.KeyRevoked{}),
		decider.On("keyring/"+k.Member, &communityv1.KeyDropped{KeyId: keyID}),
	}, nil
}

// mayRevokeOf is who may sign off another's key: an officer, but not alone that of another organisation's officer, or one
// organisation could silence the rest.
func mayRevokeOf(v *decider.View, cmd *decider.Command, member string) error {
	mine, err := officer(v, cmd)
	if err != nil {
		return err
	}
	m, ok := decider.Get[standing.Member](v, "member/"+member)
	if !ok {
		return ErrMemberUnknown
	}
	if org, isOfficer := m.Roles[communityv1.Role_ROLE_OFFICER]; isOfficer && org != mine {
		_, err = twoOrganisations(v, cmd, member)
	}
	return err
}
