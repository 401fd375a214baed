package people

import (
	"strconv"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

// AppointTrustees is the rule of replacing the trustees, by two organisations. Each is an active member, who holds polls' keys for the
// organisation that they are named for from now on, and is not the registrar. Polls that are called already keep the trustees that they
// have, which is why nobody loses that office by this. Whoever has a hosted key alone is refused, as for any office: the gateway could
// speak for them.
func AppointTrustees(v *decider.View, cmd *decider.Command, body *communityv1.AppointTrustees) ([]decider.Change, error) {
	if _, err := twoOrganisations(v, cmd, ""); err != nil {
		return nil, err
	}
	if err := v.Expect(standing.TrusteesPath, body.GetExpectedVersion()); err != nil {
		return nil, err
	}
	known := func(org string) bool { return v.Exists("org/" + org) }
	if err := charter.CheckTrustees(body.GetTrustees(), known); err != nil {
		return nil, err
	}
	changes := []decider.Change{decider.On(standing.TrusteesPath, &communityv1.TrusteesAppointed{Trustees: body.GetTrustees()})}
	for i, t := range body.GetTrustees() {
		m, err := standing.Active(v, t.GetMember())
		if err != nil {
			return nil, err
		}
		ring, ok := decider.Get[Keyring](v, "keyring/"+t.GetMember())
		org, holds := m.Roles[communityv1.Role_ROLE_KEY_HOLDER]
		switch {
		case registers(v, t.GetMember()):
			return nil, charter.ErrRegistrarKeys
		case len(t.GetKey()) > 0: // enrolling a device is another operation
			return nil, charter.ErrTrustee.With("field", "trustees."+strconv.Itoa(i)+".key")
		case ok && ring.Hosted != "":
			return nil, ErrRoleHosted.With("field", "trustees."+strconv.Itoa(i)+".member")
		case holds && org != t.GetOrg():
			return nil, charter.ErrTrustee.With("field", "trustees."+strconv.Itoa(i)+".org")
		case !holds:
			changes = append(changes, decider.On("member/"+t.GetMember(), &communityv1.RoleGranted{
				Role: communityv1.Role_ROLE_KEY_HOLDER, Org: t.GetOrg(),
			}))
		}
	}
	return changes, nil
}
