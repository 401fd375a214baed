package charter

import (
	"slices"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of the registrar; where a field is wrong the detail names it.
var (
	ErrRegistrar     = fault.New(fault.Invalid, "registrar.incomplete", "The registrar lacks something or has it wrong.", "登记人的信息有缺失或错误。")
	ErrRegistrarKeys = fault.New(fault.Refused, "registrar.holds_keys",
		"The registrar knows whose credential is whose, so whoever holds polls' keys cannot be the registrar.",
		"登记人知道每份投票凭证属于谁，因此表决密钥保管人和开票受托人不得兼任登记人。")
)

// CheckRegistrar refuses a registrar to whom nobody could send a credential. known tells whether an organisation is one of the community's.
func CheckRegistrar(r *communityv1.Registrar, known func(org string) bool) error {
	switch {
	case r.GetMember() == "":
		return ErrRegistrar.With("field", "registrar.member")
	case !known(r.GetOrg()):
		return ErrRegistrar.With("field", "registrar.org")
	case CheckSigningKey(r.GetKey()) != nil:
		return ErrRegistrar.With("field", "registrar.key")
	case CheckBoxKey(r.GetBoxKey()) != nil:
		return ErrRegistrar.With("field", "registrar.box_key")
	}
	return nil
}

// registrar is the founding's, if it has one: a member with a device as every keeper, but without any poll's key.
func (f *founding) registrar() error {
	r := f.body.GetRegistrar()
	if r == nil {
		return nil
	}
	if err := CheckRegistrar(r, func(org string) bool { return f.orgs[org] }); err != nil {
		return err
	}
	if err := f.device("registrar.", r.GetMember(), r.GetOrg(), r.GetKey()); err != nil {
		return err
	}
	if slices.Contains(f.people[r.GetMember()].roles, communityv1.Role_ROLE_KEY_HOLDER) {
		return ErrRegistrarKeys
	}
	return f.key("registrar.box_key", r.GetBoxKey(), CheckBoxKey)
}
