package people

import (
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

// ErrRegistrarDevice refuses a key by which somebody else could sign what the registrar answers for.
var ErrRegistrarDevice = fault.New(fault.Refused, "registrar.device",
	"The registrar signs with a device of their own; this key is not one of theirs.", "登记人须使用本人设备签名；该密钥不是其本人设备的密钥。")

// AppointRegistrar is the rule of replacing the registrar, by two organisations: an active member with a device of their own who holds no
// poll's key. Polls whose registration has begun keep the registrar that they have.
func AppointRegistrar(v *decider.View, cmd *decider.Command, body *communityv1.AppointRegistrar) ([]decider.Change, error) {
	r := body.GetRegistrar()
	if _, err := twoOrganisations(v, cmd, ""); err != nil {
		return nil, err
	}
	if err := v.Expect(standing.RegistrarPath, body.GetExpectedVersion()); err != nil {
		return nil, err
	}
	if err := charter.CheckRegistrar(r, func(org string) bool { return v.Exists("org/" + org) }); err != nil {
		return nil, err
	}
	m, err := standing.Active(v, r.GetMember())
	if err != nil {
		return nil, err
	}
	if _, holds := m.Roles[communityv1.Role_ROLE_KEY_HOLDER]; holds { // trustees have that role, too, and nobody loses it
		return nil, charter.ErrRegistrarKeys
	}
	key, ok := decider.Get[standing.Key](v, "key/"+chain.KeyID(r.GetKey()))
	if !ok || key.Member != r.GetMember() || key.Hosted || key.Revoked {
		return nil, ErrRegistrarDevice
	}
	return []decider.Change{decider.On(standing.RegistrarPath, &communityv1.RegistrarAppointed{Registrar: r})}, nil
}

// registers tells whether a member is the registrar, if there is one.
func registers(v *decider.View, member string) bool {
	r, ok := decider.Get[standing.Registrar](v, standing.RegistrarPath)
	return ok && r.Registrar.GetMember() == member
}
