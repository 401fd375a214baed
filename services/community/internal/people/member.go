package people

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of membership and roles.
var (
	ErrMemberExists = fault.New(fault.Refused, "member.exists", "This member id is in use already.", "该成员编号已被使用。")
	ErrMemberGone   = fault.New(fault.Refused, "member.revoked", "This membership has ended already.", "该成员资格已经终止。")
	ErrRoleUnknown  = fault.New(fault.Invalid, "role.not_grantable", "This role cannot be granted.", "该角色不可授予。")
	ErrRoleOrg      = fault.New(fault.Invalid, "role.org",
		"The role needs an organisation, or must have none.", "该角色必须属于某一组织，或不得属于任何组织。")
	ErrRoleHeld    = fault.New(fault.Refused, "role.held", "The member has this role already.", "该成员已拥有此角色。")
	ErrRoleNotHeld = fault.New(fault.Refused, "role.not_held", "The member does not have this role.", "该成员没有此角色。")
	ErrRoleSelf    = fault.New(fault.Forbidden, "role.oneself", "Nobody may grant themselves a role.", "任何人不得为自己授予角色。")
	ErrRoleFixed   = fault.New(fault.Refused, "role.fixed", "Who holds polls' keys was fixed by the founding.", "表决密钥保管人由成立文件确定。")
	ErrRoleHosted  = fault.New(fault.Refused, "role.hosted",
		"An office needs a device of one's own; this member's key is held by the gateway.", "任职者须使用本人设备，该成员的密钥由平台托管。")
)

// Admit is the rule of admitting one member.
func Admit(v *decider.View, cmd *decider.Command, body *communityv1.AdmitMember) ([]decider.Change, error) {
	org, err := officer(v, cmd)
	if err != nil {
		return nil, err
	}
	if err := need("member", body.GetMember()); err != nil {
		return nil, err
	}
	if body.GetProfile() != nil {
		if err := standing.CheckText(body.GetProfile()); err != nil {
			return nil, err
		}
	}
	if v.Exists("member/" + body.GetMember()) {
		return nil, ErrMemberExists
	}
	return []decider.Change{decider.On("member/"+body.GetMember(),
		&communityv1.MemberAdmitted{Profile: body.GetProfile(), AdmittedBy: org})}, nil
}

// Revoke is the rule of ending a membership. It may end before it began: a member of a roster that is not complete.
func Revoke(v *decider.View, cmd *decider.Command, body *communityv1.RevokeMember) ([]decider.Change, error) {
	if err := need("member", body.GetMember()); err != nil {
		return nil, err
	}
	if cmd.Actor != body.GetMember() {
		if _, err := twoOrganisations(v, cmd, body.GetMember()); err != nil {
			return nil, err
		}
	}
	m, ok := decider.Get[standing.Member](v, "member/"+body.GetMember())
	switch {
	case !ok:
		return nil, ErrMemberUnknown
	case m.Revoked:
		return nil, ErrMemberGone
	}
	return []decider.Change{decider.On("member/"+body.GetMember(), &communityv1.MemberRevoked{})}, nil
}

// rolesGranted lists the roles that can be granted. ofOrg: the role is one of an organisation. watches: it watches over others, so two
// organisations give it and take it.
var rolesGranted = map[communityv1.Role]struct{ ofOrg, watches bool }{
	communityv1.Role_ROLE_OWNER:       {},
	communityv1.Role_ROLE_GRID_WORKER: {ofOrg: true},
	communityv1.Role_ROLE_OFFICER:     {ofOrg: true},
	communityv1.Role_ROLE_CONVENER:    {ofOrg: true},
	communityv1.Role_ROLE_GUARDIAN:    {ofOrg: true, watches: true},
	communityv1.Role_ROLE_AUDITOR:     {ofOrg: true, watches: true},
	communityv1.Role_ROLE_OPERATOR:    {ofOrg: true},
}

// mayTouchRole is who may grant or take back a role of an organisation.
func mayTouchRole(v *decider.View, cmd *decider.Command, member, org string, r communityv1.Role) error {
	mine, err := officer(v, cmd)
	if err != nil {
		return err
	}
	if rolesGranted[r].watches || (rolesGranted[r].ofOrg && org != mine) {
		_, err = twoOrganisations(v, cmd, member)
	}
	return err
}

// Grant is the rule of giving a role.
func Grant(v *decider.View, cmd *decider.Command, body *communityv1.GrantRole) ([]decider.Change, error) {
	if err := need("member", body.GetMember()); err != nil {
		return nil, err
	}
	kind, grantable := rolesGranted[body.GetRole()]
	switch {
	case body.GetRole() == communityv1.Role_ROLE_KEY_HOLDER:
		return nil, ErrRoleFixed
	case !grantable:
		return nil, ErrRoleUnknown
	case kind.ofOrg != (body.GetOrg() != ""):
		return nil, ErrRoleOrg
	case anyone(cmd, body.GetMember()):
		return nil, ErrRoleSelf
	}
	if err := mayTouchRole(v, cmd, body.GetMember(), body.GetOrg(), body.GetRole()); err != nil {
		return nil, err
	}
	if kind.ofOrg {
		if !v.Exists("org/" + body.GetOrg()) {
			return nil, ErrOrgUnknown
		}
		if ring, ok := decider.Get[Keyring](v, "keyring/"+body.GetMember()); ok && ring.Hosted != "" {
			return nil, ErrRoleHosted
		}
	}
	m, err := standing.Active(v, body.GetMember())
	if err != nil {
		return nil, err
	}
	if _, held := m.Roles[body.GetRole()]; held {
		return nil, ErrRoleHeld
	}
	return []decider.Change{decider.On("member/"+body.GetMember(),
		&communityv1.RoleGranted{Role: body.GetRole(), Org: body.GetOrg()})}, nil
}

// Withdraw is the rule of taking a role back, or laying one's own down.
func Withdraw(v *decider.View, cmd *decider.Command, body *communityv1.WithdrawRole) ([]decider.Change, error) {
	if err := need("member", body.GetMember()); err != nil {
		return nil, err
	}
	if body.GetRole() == communityv1.Role_ROLE_KEY_HOLDER {
		return nil, ErrRoleFixed
	}
	m, ok := decider.Get[standing.Member](v, "member/"+body.GetMember())
	if !ok {
		return nil, ErrMemberUnknown
	}
	org, held := m.Roles[body.GetRole()]
	if cmd.Actor != body.GetMember() {
		if err := mayTouchRole(v, cmd, body.GetMember(), org, body.GetRole()); err != nil {
			return nil, err
		}
	}
	if !held {
		return nil, ErrRoleNotHeld
	}
	return []decider.Change{decider.On("member/"+body.GetMember(), &communityv1.RoleWithdrawn{Role: body.GetRole()})}, nil
}
