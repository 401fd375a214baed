package community_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
)

// doors says to whom each operation is open, once more and by hand: the guard lets the roles of a row in and nobody else.
var doors = map[string][]communityv1.Role{
	community.OpFound:          nil, // only as the founding command
	community.OpEnrolKey:       {communityv1.Role_ROLE_UNSPECIFIED},
	community.OpRedeemInvite:   {communityv1.Role_ROLE_UNSPECIFIED},
	community.OpRevokeMember:   {communityv1.Role_ROLE_MEMBER},
	community.OpWithdrawRole:   {communityv1.Role_ROLE_MEMBER},
	community.OpRevokeKey:      {communityv1.Role_ROLE_MEMBER},
	community.OpGrantMandate:   {communityv1.Role_ROLE_MEMBER},
	community.OpRevokeMandate:  {communityv1.Role_ROLE_MEMBER},
	community.OpAcceptMandate:  {communityv1.Role_ROLE_MEMBER},
	community.OpDeclineMandate: {communityv1.Role_ROLE_MEMBER},
	community.OpAdmitOrg:       {communityv1.Role_ROLE_OFFICER},
	community.OpAmendRulebook:  {communityv1.Role_ROLE_OFFICER},
	community.OpAppoint:        {communityv1.Role_ROLE_OFFICER},
	community.OpRegistrar:      {communityv1.Role_ROLE_OFFICER},
	community.OpAdmitMember:    {communityv1.Role_ROLE_OFFICER},
	community.OpGrantRole:      {communityv1.Role_ROLE_OFFICER},
	community.OpInviteMembers:  {communityv1.Role_ROLE_OFFICER},
	community.OpHostKey:        {communityv1.Role_ROLE_OFFICER},
	community.OpRegisterUnit:   {communityv1.Role_ROLE_OFFICER},
	community.OpAssignUnit:     {communityv1.Role_ROLE_OFFICER},
	community.OpFormHousehold:  {communityv1.Role_ROLE_OFFICER},
	community.OpNameDelegate:   {communityv1.Role_ROLE_OFFICER},
	community.OpEstablish:      {communityv1.Role_ROLE_OFFICER},
	community.OpBeginImport:    {communityv1.Role_ROLE_OFFICER},
	community.OpImportRows:     {communityv1.Role_ROLE_OFFICER},
	community.OpCompleteImport: {communityv1.Role_ROLE_OFFICER},
	community.OpAbandonImport:  {communityv1.Role_ROLE_OFFICER},
}

// Every role knocks at every door.
func TestAccess(t *testing.T) {
	t.Parallel()
	w := founded(t)
	holders := map[communityv1.Role]string{communityv1.Role_ROLE_UNSPECIFIED: "stranger", communityv1.Role_ROLE_MEMBER: "plain"}
	w.enrolled("plain").admit("stranger")
	for n := range communityv1.Role_name {
		role := communityv1.Role(n)
		if holders[role] != "" {
			continue
		}
		name := fmt.Sprintf("r%d", n)
		w.enrolled(name)
		if role == communityv1.Role_ROLE_KEY_HOLDER {
			name = dan
		} else {
			body := &grantRole{Member: id(name), Role: role, Org: id("street")}
			if role == communityv1.Role_ROLE_OWNER {
				body.Org = ""
			}
			w.do(community.OpGrantRole, body, ann, bob)
		}
		holders[role] = name
	}
	model := community.Model()
	for _, op := range model.Operations() {
		want, listed := doors[op.Name]
		if !listed {
			t.Errorf("%s has no row in this test", op.Name)
		}
		for role, name := range holders {
			open := slices.Contains(want, role) || (role != 0 && slices.Contains(want, communityv1.Role_ROLE_MEMBER)) ||
				slices.Contains(want, communityv1.Role_ROLE_UNSPECIFIED)
			cmd := &decider.Command{Keys: [][]byte{public(name)}}
			err := guarded(w, cmd, op)
			if (err == nil) != open {
				t.Errorf("%s to %v: %v, want open %v", op.Name, role, err, open)
			}
		}
	}
	if len(doors) != len(model.Operations()) {
		t.Errorf("%d rows for %d operations", len(doors), len(model.Operations()))
	}
}

// guarded asks the guard alone, by judging an empty body: nil when what stopped the command, if anything, was its rule.
func guarded(w *world, cmd *decider.Command, op *decider.Operation) error {
	v := w.state.Judge(input(w, op, cmd.Keys))
	for _, refused := range []error{standing.ErrDirect, standing.ErrKeyUnknown, standing.ErrNotActive} {
		if errors.Is(v.Err, refused) {
			return v.Err
		}
	}
	if errors.Is(v.Err, standing.ErrRole) && !slices.Equal(doors[op.Name], []communityv1.Role{communityv1.Role_ROLE_MEMBER}) {
		return v.Err
	}
	return nil
}

// Routes name fields of the body, or the gateway could not hold one against the other.
func TestRoutes(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, op := range community.Model().Operations() {
		if op.Name == community.OpFound {
			if op.Route != "" {
				t.Errorf("a founding has the route %s below a community", op.Route)
			}
			continue
		}
		if op.Route == "" || seen[op.Route] {
			t.Errorf("%s has no route of its own", op.Name)
		}
		seen[op.Route] = true
		fields := op.Fresh().ProtoReflect().Descriptor().Fields()
		for _, name := range variables(op.Route) {
			found := false
			for i := range fields.Len() {
				found = found || string(fields.Get(i).Name()) == name
			}
			if !found {
				t.Errorf("%s: no field %s in the body", op.Name, name)
			}
		}
	}
}
