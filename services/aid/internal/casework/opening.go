package casework

import (
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/aid/internal/beneficiary"
)

// The parts of a file that are opened: to who works on a case all of it, as far as consent goes; to who brings help, and to who calls back,
// what it takes to get there.
var (
	workerFields = []aidv1.Field{
		aidv1.Field_FIELD_IDENTITY, aidv1.Field_FIELD_CONTACT, aidv1.Field_FIELD_HOME, aidv1.Field_FIELD_HEALTH, aidv1.Field_FIELD_NEEDS,
	}
	doerFields     = []aidv1.Field{aidv1.Field_FIELD_CONTACT, aidv1.Field_FIELD_HOME}
	callBackFields = []aidv1.Field{aidv1.Field_FIELD_CONTACT}
)

// opened opens the file to a case's worker, whoever had it before, and again to call-backs once something was brought.
func opened(id, worker string, delivered bool) []proto.Message {
	out := []proto.Message{
		&aidv1.BeneficiaryClosed{For: id}, &aidv1.BeneficiaryOpened{Reader: worker, For: id, Fields: workerFields},
	}
	if delivered {
		out = append(out, &aidv1.BeneficiaryOpened{For: id, Fields: callBackFields})
	}
	return out
}

// closed closes the file to everybody who read it for a case or an order.
func closed(c *Case, ground string) decider.Change {
	return decider.On(beneficiary.Path(c.Beneficiary), &aidv1.BeneficiaryClosed{For: ground})
}

// employed tells whether somebody is an active grid worker or officer of an organisation.
func employed(v *decider.View, member, org string) bool {
	m, err := standing.Active(v, member)
	if err != nil {
		return false
	}
	for _, r := range []communityv1.Role{communityv1.Role_ROLE_GRID_WORKER, communityv1.Role_ROLE_OFFICER} {
		if of, ok := m.Roles[r]; ok && of == org {
			return true
		}
	}
	return false
}
