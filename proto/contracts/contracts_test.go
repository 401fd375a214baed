package contracts

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	aidv1 "renlin.dev/proto/renlin/aid/v1"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	fieldv1 "renlin.dev/proto/renlin/field/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestInStep: the descriptor set tells of the very messages that the generated code has.
func TestInStep(t *testing.T) {
	all, err := unpack(set)
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]*descriptorpb.FileDescriptorProto{}
	for _, f := range all.GetFile() {
		f.SourceCodeInfo = nil
		f.ProtoReflect().SetUnknown(nil) // notes of the builder
		held[f.GetName()] = f
	}
	for _, f := range []protoreflect.FileDescriptor{
		chainv1.File_renlin_chain_v1_chain_proto, communityv1.File_renlin_community_v1_community_proto,
		communityv1.File_renlin_community_v1_channel_proto, votingv1.File_renlin_voting_v1_turnout_proto,
		communityv1.File_renlin_community_v1_trustee_proto, votingv1.File_renlin_voting_v1_trustee_proto,
		fieldv1.File_renlin_field_v1_field_proto, proposalv1.File_renlin_proposal_v1_proposal_proto,
		vaultv1.File_renlin_vault_v1_vault_proto, votingv1.File_renlin_voting_v1_voting_proto,
		votingv1.File_renlin_voting_v1_paper_proto, votingv1.File_renlin_voting_v1_notice_proto,
		votingv1.File_renlin_voting_v1_secret_proto, votingv1.File_renlin_voting_v1_secret_report_proto,
		votingv1.File_renlin_voting_v1_sheet_proto,
		communityv1.File_renlin_community_v1_registrar_proto,
		communityv1.File_renlin_community_v1_ledger_proto, ledgerv1.File_renlin_ledger_v1_ledger_proto,
		ledgerv1.File_renlin_ledger_v1_credit_proto, ledgerv1.File_renlin_ledger_v1_holding_proto,
		ledgerv1.File_renlin_ledger_v1_clawback_proto,
		communityv1.File_renlin_community_v1_aid_proto, aidv1.File_renlin_aid_v1_aid_proto,
		aidv1.File_renlin_aid_v1_alert_proto, aidv1.File_renlin_aid_v1_supply_proto,
		aidv1.File_renlin_aid_v1_notice_proto, aidv1.File_renlin_aid_v1_round_proto,
		aidv1.File_renlin_aid_v1_wellbeing_proto,
		communityv1.File_renlin_community_v1_matching_proto,
		matchingv1.File_renlin_matching_v1_supply_proto, matchingv1.File_renlin_matching_v1_dispatch_proto,
		matchingv1.File_renlin_matching_v1_suggestion_proto, matchingv1.File_renlin_matching_v1_across_proto,
		matchingv1.File_renlin_matching_v1_intake_proto, matchingv1.File_renlin_matching_v1_loans_proto,
	} {
		if !proto.Equal(held[f.Path()], protodesc.ToFileDescriptorProto(f)) {
			t.Errorf("%s is another one here; run the command at the head of the package", f.Path())
		}
		delete(held, f.Path())
	}
	for name := range held {
		t.Errorf("%s has no generated code in this test", name)
	}
}

func TestComments(t *testing.T) {
	all, err := Comments()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[protoreflect.FullName]string{
		"renlin.community.v1.AmendRulebook":    "AmendRulebook is signed by two officers of different organisations.",
		"renlin.community.v1.Text.commitment":  "Salted commitment to the plaintext.",
		"renlin.community.v1.ROLE_KEY_HOLDER":  "Holds a copy of polls' keys.",
		"renlin.community.v1.Requirement.base": "",
	} {
		if got := all[name]; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, err := read([]byte("no descriptors")); err == nil {
		t.Error("something else was read as a descriptor set")
	}
}
