package community

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
	"renlin.dev/services/community/internal/people"
)

// The operations' names.
const (
	OpFound          = charter.OpFound
	OpAdmitOrg       = "community.admit_org"
	OpAmendRulebook  = "community.amend_rulebook"
	OpAppoint        = "community.appoint_trustees"
	OpRegistrar      = "community.appoint_registrar"
	OpAdmitMember    = "community.admit_member"
	OpRevokeMember   = "community.revoke_member"
	OpGrantRole      = "community.grant_role"
	OpWithdrawRole   = "community.withdraw_role"
	OpInviteMembers  = "community.invite_members"
	OpEnrolKey       = "community.enrol_key"
	OpRedeemInvite   = "community.redeem_invite"
	OpHostKey        = "community.host_key"
	OpRevokeKey      = "community.revoke_key"
	OpGrantMandate   = "community.grant_mandate"
	OpRevokeMandate  = "community.revoke_mandate"
	OpAcceptMandate  = "community.accept_mandate"
	OpDeclineMandate = "community.decline_mandate"
	OpRegisterUnit   = "community.register_unit"
	OpAssignUnit     = "community.assign_unit"
	OpFormHousehold  = "community.form_household"
	OpNameDelegate   = "community.name_delegate"
	OpEstablish      = "community.establish_channel"
	OpBeginImport    = "community.begin_import"
	OpImportRows     = "community.import_rows"
	OpCompleteImport = "community.complete_import"
	OpAbandonImport  = "community.abandon_import"
)

var (
	founding = standing.Access{Founding: true}
	newcomer = standing.Access{Newcomer: true}
	officers = standing.To(communityv1.Role_ROLE_OFFICER)
	// members is for what a member may do to themselves; the rule asks for an officer where it concerns another.
	members = standing.To(communityv1.Role_ROLE_MEMBER)
)

// operations lists every operation of the service, one row each.
func operations() []decider.Part {
	return []decider.Part{
		op(OpFound, "", founding, charter.Found, func(*communityv1.Found) string { return standing.CommunityPath }),
		op(OpAdmitOrg, "POST orgs", officers, people.AdmitOrg, nil),
		op(OpAmendRulebook, "POST rulebook", officers, people.Amend, func(*communityv1.AmendRulebook) string { return standing.RulebookPath }),
		op(OpAppoint, "POST trustees", officers, people.AppointTrustees,
			func(*communityv1.AppointTrustees) string { return standing.TrusteesPath }),
		op(OpRegistrar, "POST registrar", officers, people.AppointRegistrar,
			func(*communityv1.AppointRegistrar) string { return standing.RegistrarPath }),
		op(OpAdmitMember, "POST members", officers, people.Admit, nil),
		op(OpRevokeMember, "POST members/{member}/revocation", members, people.Revoke, nil),
		op(OpGrantRole, "POST members/{member}/roles", officers, people.Grant, nil),
		op(OpWithdrawRole, "POST members/{member}/roles/withdrawal", members, people.Withdraw, nil),
		op(OpInviteMembers, "POST invites", officers, people.InviteMembers, nil),
		op(OpEnrolKey, "POST members/{member}/keys", newcomer, people.Enrol, nil),
		op(OpRedeemInvite, "POST members/{member}/bound-accounts", newcomer, people.Redeem, nil),
		op(OpHostKey, "POST members/{member}/hosted-keys", officers, people.Host, nil),
		op(OpRevokeKey, "POST keys/revocation", members, people.RevokeKey, nil),
		op(OpGrantMandate, "POST mandates", members, people.GrantMandate, nil),
		op(OpRevokeMandate, "POST mandates/{mandate}/revocation", members, people.RevokeMandate, nil),
		op(OpAcceptMandate, "POST mandates/{mandate}/acceptance", members, people.AcceptMandate, nil),
		op(OpDeclineMandate, "POST mandates/{mandate}/refusal", members, people.DeclineMandate, nil),
		op(OpRegisterUnit, "POST units", officers, people.RegisterUnit, nil),
		op(OpAssignUnit, "POST units/{unit}/owner", officers, people.AssignUnit, nil),
		op(OpFormHousehold, "POST households", officers, people.FormHousehold, nil),
		op(OpNameDelegate, "POST orgs/{org}/delegate", officers, people.NameDelegate, nil),
		op(OpEstablish, "POST channels", officers, people.EstablishChannel, nil),
		op(OpBeginImport, "POST imports", officers, people.BeginImport, nil),
		op(OpImportRows, "POST imports/{import}/rows", officers, people.ImportRows,
			func(b *communityv1.ImportRows) string { return "import/" + b.GetImport() }),
		op(OpCompleteImport, "POST imports/{import}/completion", officers, people.CompleteImport,
			func(b *communityv1.CompleteImport) string { return "import/" + b.GetImport() }),
		op(OpAbandonImport, "POST imports/{import}/abandonment", officers, people.AbandonImport,
			func(b *communityv1.AbandonImport) string { return "import/" + b.GetImport() }),
	}
}

// op makes one row; lane is nil where commands wait by their author.
func op[C proto.Message](name, route string, access standing.Access,
	rule func(*decider.View, *decider.Command, C) ([]decider.Change, error), lane func(C) string,
) decider.Part {
	spec := decider.Operation{Name: name, Route: route, Access: access}
	if lane != nil {
		spec.Lane = func(body proto.Message) string { return lane(body.(C)) }
	}
	return decider.Op(spec, rule)
}
