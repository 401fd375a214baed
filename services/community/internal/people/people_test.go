package people_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/people"
)

// rule registers one of the package's rules with nobody at the door.
func rule[C proto.Message](name string, decide func(*decider.View, *decider.Command, C) ([]decider.Change, error)) decider.Part {
	return decider.Op(decider.Operation{Name: name}, decide)
}

// What only an officer may do stays shut even where the guard was forgotten.
func TestRulesDoNotRestOnTheGuard(t *testing.T) {
	t.Parallel()
	m := decider.NewModel("test", []uint32{1}, standing.Kinds(true), standing.UnitKind(true), people.Kinds(),
		rule("admit_org", people.AdmitOrg), rule("amend", people.Amend), rule("admit", people.Admit), rule("invite", people.InviteMembers),
		rule("host", people.Host), rule("register", people.RegisterUnit), rule("assign", people.AssignUnit),
		rule("household", people.FormHousehold), rule("begin", people.BeginImport), rule("rows", people.ImportRows),
		rule("complete", people.CompleteImport), rule("abandon", people.AbandonImport))
	key := make([]byte, 32)
	state := decider.NewState(m)
	body, err := proto.Marshal(&communityv1.MemberAdmitted{})
	if err != nil {
		t.Fatal(err)
	}
	// Without a guard the actor is named after the key: a member, and no officer.
	for _, admitted := range []bool{false, true} {
		if admitted {
			err := state.Apply(&chain.Commit{Changes: []chain.Change{{
				Aggregate: "member/" + chain.KeyID(key), Version: 1,
				Events: []chain.Event{{Type: "renlin.community.v1.MemberAdmitted", Body: body}},
			}}}, 1)
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, op := range m.Operations() {
			s := &chain.Signed{Operation: op.Name, Contract: 1, Body: []byte("{}"), Signatures: []chain.Signature{{Key: key}}}
			if v := state.Judge(&decider.Input{Signed: s}); !errors.Is(v.Err, standing.ErrRole) {
				t.Errorf("%s: %v", op.Name, v.Err)
			}
		}
	}
}
