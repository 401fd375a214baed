package community_test

import (
	"bytes"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

var variablePattern = regexp.MustCompile(`\{([a-z_]+)\}`)

// variables gives the names in a route's braces.
func variables(route string) []string {
	var out []string
	for _, m := range variablePattern.FindAllStringSubmatch(route, -1) {
		out = append(out, m[1])
	}
	return out
}

// input makes an empty command.
func input(w *world, op *decider.Operation, keys [][]byte) *decider.Input {
	s := &chain.Signed{Suite: chain.SuiteIntl, Operation: op.Name, Contract: op.Contract, Body: []byte("{}")}
	for _, key := range keys {
		s.Signatures = append(s.Signatures, chain.Signature{Key: key})
	}
	return &decider.Input{Signed: s, Time: w.now, ID: chain.CommandID{1}}
}

// golden has one example of every event that the service has ever written. A file holds the stored bytes in hex, a line break, and
// what they say. Files are only added: a record with such bytes may be anywhere.
var golden = map[string]proto.Message{
	"community_founded": &communityv1.CommunityFounded{
		Suite: 1, Name: "韧邻", EpochKey: make([]byte, 32),
		Holders: []*communityv1.Holder{{Member: id("m"), Org: id("o"), Key: make([]byte, 32), BoxKey: make([]byte, 32)}},
	},
	"rules_activated":  &chainv1.RulesActivated{Version: 1},
	"rulebook_adopted": &communityv1.RulebookAdopted{Rulebook: rulebook(1)},
	"rulebook_appeal":  &communityv1.RulebookAdopted{Rulebook: appealing()},
	"org_admitted":     &communityv1.OrgAdmitted{Org: charter().Orgs[0]},
	"unit_registered":  &communityv1.UnitRegistered{AreaCentiM2: 8950, Label: text("label"), Import: id("i")},
	"unit_assigned":    &communityv1.UnitAssigned{Owner: id("m")},
	"household_formed": &communityv1.HouseholdFormed{Unit: id("u"), Members: []string{id("m"), id("n")}},
	"delegate_named":   &communityv1.DelegateNamed{Member: id("m")},
	"channel_established": &communityv1.ChannelEstablished{
		Title: "七号楼", Members: []string{id("m"), id("n")}, Org: id("o"),
	},
	"member_admitted":  &communityv1.MemberAdmitted{Profile: text("profile"), AdmittedBy: id("o"), Import: id("i")},
	"member_revoked":   &communityv1.MemberRevoked{},
	"role_granted":     &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id("o")},
	"role_withdrawn":   &communityv1.RoleWithdrawn{Role: communityv1.Role_ROLE_OFFICER},
	"member_invited":   &communityv1.MemberInvited{CodeKey: make([]byte, 32), Org: id("o"), ExpiresAt: 1_700_000_000_000},
	"key_enrolled":     &communityv1.KeyEnrolled{Member: id("m"), Key: make([]byte, 32), Hosted: true},
	"invite_used":      &communityv1.InviteUsed{},
	"key_revoked":      &communityv1.KeyRevoked{},
	"key_kept":         &communityv1.KeyKept{KeyId: id("k"), Hosted: true},
	"key_dropped":      &communityv1.KeyDropped{KeyId: id("k")},
	"import_begun":     &communityv1.ImportBegun{Rows: 2, Org: id("o"), By: id("m")},
	"rows_imported":    &communityv1.RowsImported{Rows: 2},
	"import_completed": &communityv1.ImportCompleted{},
	"import_abandoned": &communityv1.ImportAbandoned{},
	"mandate_granted": &communityv1.MandateGranted{
		Principal: id("p"), Helper: id("h"), Acts: []communityv1.Act{communityv1.Act_ACT_BALLOTS, communityv1.Act_ACT_OBJECTIONS},
		Matter: "works", Poll: id("poll"), Proxy: text("proxy"), From: 1_700_000_000_000, Until: 1_700_000_600_000,
		Grantor: communityv1.Grantor_GRANTOR_ORGANISATIONS, Key: id("k"),
	},
	"mandates_listed": &communityv1.MandatesListed{Mandates: []string{id("one"), id("two")}},
	"mandate_revoked": &communityv1.MandateRevoked{},
	"mandate_granted_awaiting": &communityv1.MandateGranted{
		Principal: id("p"), Helper: id("h"), Acts: []communityv1.Act{communityv1.Act_ACT_SECONDS}, From: 1_700_000_000_000,
		Until: 1_700_000_600_000, Grantor: communityv1.Grantor_GRANTOR_DEVICE, Key: id("k"), AwaitsAcceptance: true,
	},
	"mandate_accepted": &communityv1.MandateAccepted{},
	"mandate_declined": &communityv1.MandateDeclined{},
	"trustees_appointed": &communityv1.TrusteesAppointed{Trustees: []*communityv1.Trustee{
		{Member: id("t"), Org: id("o"), Key: bytes.Repeat([]byte{5}, 32), TrusteeKey: bytes.Repeat([]byte{6}, 32)},
	}},
	"registrar_appointed": &communityv1.RegistrarAppointed{Registrar: &communityv1.Registrar{
		Member: id("r"), Org: id("o"), Key: bytes.Repeat([]byte{7}, 32), BoxKey: bytes.Repeat([]byte{8}, 32),
	}},
	"motion_used": &communityv1.MotionUsed{Version: 3},
	"rulebook_adopted_mandates": &communityv1.RulebookAdopted{Rulebook: &communityv1.Rulebook{
		Version: 2, HelperPrincipalsMax: 5, MandateSecondsMax: 600,
	}},
	"rulebook_adopted_acceptance": &communityv1.RulebookAdopted{Rulebook: &communityv1.Rulebook{Version: 3, HelpersAccept: true}},
}

// appealing is a rulebook that knows appeals against vetoes and a time for merges.
func appealing() *communityv1.Rulebook {
	book := rulebook(2)
	book.Matters[0].MergeSeconds, book.Matters[0].Poll.AppealVotingSeconds = 86_400, 3*86_400
	return book
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, m := range golden {
		path := filepath.Join("testdata", "golden", name+".txt")
		if os.Getenv("RENLIN_GOLDEN_ADD") != "" {
			addGolden(t, path, m)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Errorf("%s: %v (a new event: run with RENLIN_GOLDEN_ADD=1)", name, err)
			continue
		}
		stored, says, _ := strings.Cut(string(text), "\n")
		raw, err := hex.DecodeString(stored)
		if err != nil {
			t.Fatal(err)
		}
		read, told := m.ProtoReflect().New().Interface(), m.ProtoReflect().New().Interface()
		if err := proto.Unmarshal(raw, read); err != nil || len(read.ProtoReflect().GetUnknown()) > 0 {
			t.Errorf("%s: the stored bytes are not read whole: %v", name, err)
		}
		if err := protojson.Unmarshal([]byte(says), told); err != nil || !proto.Equal(read, told) || !proto.Equal(read, m) {
			t.Errorf("%s: the stored bytes say something else than they did: %v", name, err)
		}
		if again, err := (proto.MarshalOptions{Deterministic: true}).Marshal(m); err != nil || hex.EncodeToString(again) != stored {
			t.Errorf("%s: would be written otherwise now", name)
		}
	}
}

// addGolden writes a file that is not there yet, and never another.
func addGolden(t *testing.T, path string, m proto.Message) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		return
	}
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	text := hex.EncodeToString(raw) + "\n" + protojson.MarshalOptions{Multiline: true}.Format(m) + "\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// Every event that a test writes has its golden example.
func TestGoldenIsComplete(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, m := range golden {
		known[string(m.ProtoReflect().Descriptor().FullName())] = true
	}
	commands := map[string]bool{}
	for _, op := range modelOperations() {
		commands[string(op.Fresh().ProtoReflect().Descriptor().FullName())] = true
	}
	parts := map[string]bool{}
	file := communityv1.File_renlin_community_v1_community_proto
	for i := range file.Messages().Len() {
		for j := range file.Messages().Get(i).Fields().Len() {
			if sub := file.Messages().Get(i).Fields().Get(j).Message(); sub != nil {
				parts[string(sub.FullName())] = true
			}
		}
	}
	for i := range file.Messages().Len() {
		name := string(file.Messages().Get(i).FullName())
		if !known[name] && !commands[name] && !parts[name] {
			t.Errorf("%s is neither a command nor a part nor has it a golden example", name)
		}
	}
}
