package services_test

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	fieldv1 "renlin.dev/proto/renlin/field/v1"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/aid"
	"renlin.dev/services/community"
	money "renlin.dev/services/ledger"
	"renlin.dev/services/matching"
	"renlin.dev/services/proposal"
	"renlin.dev/services/vault"
	"renlin.dev/services/voting"
)

var updateEvents = flag.Bool("update-events", false, "write docs/EVENTS.md anew")

const eventsHead = `# Events

Every fact that can stand on the record, by service. Generated from the contracts
(` + "`go test ./services -run TestEvents -update-events`" + `); the meaning of each, and of its
fields, stands in the comments of the named .proto file.

An event is a protobuf message on one aggregate, inside a commit (format.md section 4). Its type on the record is its full name. Events
are only ever added to and never change meaning: fields are added with new numbers, none is reused (` + "`buf breaking`" + `), and golden
events of every release are decoded and folded for ever. Each string and bytes field has a class; only *published* fields hold text.

So is judgement: ` + "`services/testdata/streams`" + ` holds records that released rules have made, frozen by
` + "`.ci/run release-stream`" + `, and every later program decides each of their commands again and must come to the same facts and
reactions. Until the first release a stream may be replaced together with the rules; afterwards rules that judge otherwise need
a version of their own.

`

func files() []protoreflect.FileDescriptor {
	return []protoreflect.FileDescriptor{
		chainv1.File_renlin_chain_v1_chain_proto, communityv1.File_renlin_community_v1_community_proto,
		proposalv1.File_renlin_proposal_v1_proposal_proto, votingv1.File_renlin_voting_v1_voting_proto,
		votingv1.File_renlin_voting_v1_paper_proto, votingv1.File_renlin_voting_v1_trustee_proto,
		communityv1.File_renlin_community_v1_trustee_proto, votingv1.File_renlin_voting_v1_notice_proto,
		communityv1.File_renlin_community_v1_channel_proto, votingv1.File_renlin_voting_v1_turnout_proto,
		communityv1.File_renlin_community_v1_registrar_proto, votingv1.File_renlin_voting_v1_secret_proto,
		votingv1.File_renlin_voting_v1_secret_report_proto, votingv1.File_renlin_voting_v1_sheet_proto, vaultv1.File_renlin_vault_v1_vault_proto,
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
	}
}

func models() []*decider.Model {
	return []*decider.Model{
		community.Model(), proposal.Model(), voting.Model(), vault.Model(), money.Model(), aid.Model(),
		matching.Model(),
	}
}

// notEvents names commands, and messages that stand inside others.
func notEvents() map[protoreflect.FullName]bool {
	out := map[protoreflect.FullName]bool{(&votingv1.Choice{}).ProtoReflect().Descriptor().FullName(): true}
	for _, m := range models() {
		for _, o := range m.Operations() {
			out[o.Fresh().ProtoReflect().Descriptor().FullName()] = true
		}
	}
	for _, f := range files() {
		for i := range f.Messages().Len() {
			fields := f.Messages().Get(i).Fields()
			for j := range fields.Len() {
				if inner := fields.Get(j).Message(); inner != nil {
					out[inner.FullName()] = true
				}
			}
		}
	}
	return out
}

func eventsPage() []byte {
	var b bytes.Buffer
	b.WriteString(eventsHead)
	skip := notEvents()
	for _, f := range files() {
		fmt.Fprintf(&b, "## %s\n\n`proto/%s`\n\n| event | fields |\n|---|---|\n", f.Package(), f.Path())
		rows := map[string]string{}
		for i := range f.Messages().Len() {
			m := f.Messages().Get(i)
			if !skip[m.FullName()] {
				rows[string(m.Name())] = fieldList(m)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(rows)) {
			fmt.Fprintf(&b, "| %s | %s |\n", name, rows[name])
		}
		b.WriteString("\n")
	}
	return append(bytes.TrimRight(b.Bytes(), "\n"), '\n')
}

func fieldList(m protoreflect.MessageDescriptor) string {
	var out []string
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		kind := fd.Kind().String()
		switch {
		case fd.Message() != nil:
			kind = string(fd.Message().Name())
		case fd.Enum() != nil:
			kind = string(fd.Enum().Name())
		case fd.Kind() == protoreflect.StringKind || fd.Kind() == protoreflect.BytesKind:
			class := proto.GetExtension(fd.Options(), fieldv1.E_Class).(fieldv1.Class)
			kind = strings.ToLower(strings.TrimPrefix(class.String(), "CLASS_"))
		}
		if fd.IsList() {
			kind = "list of " + kind
		}
		out = append(out, fmt.Sprintf("%s: %s", fd.Name(), kind))
	}
	return strings.Join(out, ", ")
}

// TestEvents keeps docs/EVENTS.md in step with the contracts, and sees to it that every field has a class.
func TestEvents(t *testing.T) {
	path := filepath.Join("..", "docs", "EVENTS.md")
	got := eventsPage()
	if bytes.Contains(got, []byte(": unspecified")) {
		t.Error("a field has no class")
	}
	if *updateEvents {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/EVENTS.md does not say what the contracts say; run the command at its head")
	}
}
