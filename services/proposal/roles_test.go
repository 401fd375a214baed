package proposal_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal"
)

// cell prepares, for one operation, a command that only the role can still stop.
type cell struct {
	operation string
	roles     []communityv1.Role // that the operation is open to
	given     func(w *world) proto.Message
}

func cells() []cell {
	everyone := []communityv1.Role{communityv1.Role_ROLE_MEMBER}
	return []cell{
		{"proposal.post", everyone, func(*world) proto.Message { return postIn("greening") }},
		{"proposal.second", everyone, func(w *world) proto.Message {
			return &proposalv1.SecondTopic{Topic: w.post("ann", "greening")}
		}},
		{"proposal.withdraw", everyone, func(w *world) proto.Message {
			return &proposalv1.WithdrawTopic{Topic: w.post("ann", "greening")}
		}},
		{"proposal.propose_merge", everyone, func(w *world) proto.Message {
			return mergeOf(w.post("bob", "greening"), w.post("ann", "greening"))
		}},
		{"proposal.consent_to_merge", everyone, func(w *world) proto.Message {
			return &proposalv1.ConsentToMerge{Merge: w.proposed()}
		}},
		{"proposal.decline_merge", everyone, func(w *world) proto.Message { return &proposalv1.DeclineMerge{Merge: w.proposed()} }},
		{"proposal.withdraw_merge", everyone, func(w *world) proto.Message { return &proposalv1.WithdrawMerge{Merge: w.proposed()} }},
		{"proposal.submit", everyone, func(w *world) proto.Message {
			d, _ := w.convened("greening")
			return statementIn(d)
		}},
		{"proposal.react", everyone, func(w *world) proto.Message {
			d, s := said(w)
			return &proposalv1.React{Deliberation: d, Statement: s, Attitude: agree}
		}},
		{"proposal.close", []communityv1.Role{communityv1.Role_ROLE_CONVENER}, func(w *world) proto.Message {
			d, _ := w.convened("greening")
			return closing(d, "greening")
		}},
		{"proposal.veto", []communityv1.Role{communityv1.Role_ROLE_GUARDIAN}, func(w *world) proto.Message {
			return vetoOn(w.adopted("greening"))
		}},
		{"proposal.report", []communityv1.Role{communityv1.Role_ROLE_OFFICER}, func(w *world) proto.Message {
			return reportOn(w.inForce("greening"), succeeded)
		}},
	}
}

// strangers are what those are told who have nothing to do with a topic or a merge.
var strangers = map[string]string{
	"proposal.withdraw": "topic.not_yours", "proposal.propose_merge": "merge.proposer_refused",
	"proposal.consent_to_merge": "merge.not_asked", "proposal.decline_merge": "merge.not_asked", "proposal.withdraw_merge": "merge.not_yours",
}

// TestRoles walks every operation for every single role, and for everyone who has no standing.
func TestRoles(t *testing.T) {
	t.Parallel()
	for _, c := range cells() {
		t.Run(c.operation, func(t *testing.T) {
			t.Parallel()
			for number, name := range communityv1.Role_name {
				role := communityv1.Role(number)
				w := newWorld(t)
				w.Admit("rita")
				if role > communityv1.Role_ROLE_MEMBER {
					w.Fact("member/"+id("rita"), &communityv1.RoleGranted{Role: role})
				}
				want := "role.missing"
				if slices.Contains(c.roles, communityv1.Role_ROLE_MEMBER) || slices.Contains(c.roles, role) {
					want = ""
				}
				if want == "" {
					want = strangers[c.operation] // the role let it pass
					if role == communityv1.Role_ROLE_CONVENER && c.operation == "proposal.propose_merge" {
						want = ""
					}
				}
				if got := w.Try("rita", c.operation, c.given(w)); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			for _, outsider := range []struct {
				name  string
				given func(w *world)
				want  string
			}{
				{"a device that nobody enrolled", func(*world) {}, "key.unknown"},
				{"a device that was signed off", func(w *world) {
					w.Admit("rita")
					w.Fact("key/"+chain.KeyID(keyOf("rita")), &communityv1.KeyRevoked{})
				}, "key.revoked"},
				{"a revoked member", func(w *world) {
					w.Admit("rita")
					w.revoke("rita")
				}, "member.not_active"},
				{"a member of an incomplete import", func(w *world) {
					w.Fact("member/"+id("rita"), &communityv1.MemberAdmitted{Import: id("import")})
					w.Enrol("rita", false)
				}, "member.not_active"},
				{"a device of nobody", func(w *world) { w.Enrol("rita", false) }, "member.not_active"},
			} {
				w := newWorld(t)
				outsider.given(w)
				if got := w.Try("rita", c.operation, c.given(w)); got != outsider.want {
					t.Errorf("%s: %q, want %q", outsider.name, got, outsider.want)
				}
			}
		})
	}
}

// TestRolesAreComplete: every operation that can be sent has its cells, and every other one is a policy that nobody can send.
func TestRolesAreComplete(t *testing.T) {
	t.Parallel()
	var tested []string
	for _, c := range cells() {
		tested = append(tested, c.operation)
	}
	w := newWorld(t)
	for _, op := range proposal.Model().Operations() {
		if op.Policy {
			if got := w.Try("olga", op.Name, op.Fresh()); got != "operation.unknown" || op.Route != "" {
				t.Errorf("%s is a policy, but sending it answers %q, at %q", op.Name, got, op.Route)
			}
			continue
		}
		if !slices.Contains(tested, op.Name) {
			t.Errorf("%s has no cells", op.Name)
		}
		if op.Route == "" || op.Access == nil {
			t.Errorf("%s has no route or is open to nobody", op.Name)
		}
	}
}

// TestHosted: a member without a device takes part by the key that is held for them, and the commit says so.
func TestHosted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fact("member/"+id("hal"), &communityv1.MemberAdmitted{})
	w.Enrol("hal", true)
	c, err := w.Submit(w.Input("hal", "proposal.post", postIn("greening")))
	if err != nil || c.Author != chain.AuthorHosted || c.Actor != id("hal") {
		t.Errorf("post by a hosted key: %v, %+v", err, c)
	}
}

// TestHostedGuardian: what the gateway signs for somebody is no veto.
func TestHostedGuardian(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Fact("member/"+id("hal"), &communityv1.MemberAdmitted{})
	w.Fact("member/"+id("hal"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_GUARDIAN})
	w.Enrol("hal", true)
	if got := w.Try("hal", "proposal.veto", vetoOn(w.adopted("greening"))); got != "role.missing" {
		t.Errorf("a veto by a hosted key: %q", got)
	}
}

// TestLanes: commands that would rival for one aggregate wait behind each other.
func TestLanes(t *testing.T) {
	t.Parallel()
	m := proposal.Model()
	for name, want := range map[string]string{
		"proposal.withdraw": "topic/x", "proposal.close": "deliberation/x", "proposal.veto": "motion/x", "proposal.report": "motion/x",
		"proposal.decline_merge": "merge/x", "proposal.withdraw_merge": "merge/x",
	} {
		body := map[string]proto.Message{
			"proposal.withdraw": &proposalv1.WithdrawTopic{Topic: "x"}, "proposal.close": &proposalv1.CloseDeliberation{Deliberation: "x"},
			"proposal.veto": &proposalv1.VetoMotion{Motion: "x"}, "proposal.report": &proposalv1.ReportExecution{Motion: "x"},
			"proposal.decline_merge": &proposalv1.DeclineMerge{Merge: "x"}, "proposal.withdraw_merge": &proposalv1.WithdrawMerge{Merge: "x"},
		}[name]
		if op := m.Operation(name); op.Lane == nil || op.Lane(body) != want {
			t.Errorf("%s does not wait at %s", name, want)
		}
	}
}
