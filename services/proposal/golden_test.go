package proposal_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/proposal"
)

// update writes the golden files that are missing. It never touches one that exists: what was once on a record stays readable.
var update = flag.Bool("update", false, "write missing golden events")

// golden is one event as it was once stored.
type golden struct {
	Aggregate string          `json:"aggregate"`
	Type      string          `json:"type"`
	Hex       string          `json:"hex"`
	JSON      json.RawMessage `json:"json"`
}

// samples has each event of this service once, with every field set, under the name of its file. A new field is a new sample.
func samples() map[string]struct {
	aggregate string
	event     proto.Message
} {
	t, d, s, m, a, g := id("topic"), id("deliberation"), id("statement"), id("motion"), id("ann"), id("gus")
	type sample = struct {
		aggregate string
		event     proto.Message
	}
	topics, authors, merge := []string{t, id("topic 2")}, []string{a, g}, id("merge")
	asked := question("works")
	return map[string]sample{
		"TopicPosted-1":   {"topic/" + t, &proposalv1.TopicPosted{Matter: "greening", Author: a, Text: text("lamps")}},
		"TopicPosted-2":   {"topic/" + t, &proposalv1.TopicPosted{Matter: "greening", Author: a, Text: text("lamps"), Mandate: id("mandate")}},
		"TopicSeconded-2": {"topic/" + t + "/second/" + a, &proposalv1.TopicSeconded{Matter: "greening", Mandate: id("mandate")}},
		"StatementSubmitted-2": {
			"deliberation/" + d + "/statement/" + s,
			&proposalv1.StatementSubmitted{Author: a, Text: text("light"), Mandate: id("mandate")},
		},
		"ReactionGiven-2": {
			"deliberation/" + d + "/statement/" + s + "/reaction/" + a,
			&proposalv1.ReactionGiven{Attitude: proposalv1.Attitude_ATTITUDE_DISAGREE, Mandate: id("mandate")},
		},
		"OpenTopicsListed-1": {"member/" + a + "/posts/greening", &proposalv1.OpenTopicsListed{Topics: topics}},
		"TopicSeconded-1":    {"topic/" + t + "/second/" + a, &proposalv1.TopicSeconded{Matter: "greening"}},
		"TopicWithdrawn-1":   {"topic/" + t, &proposalv1.TopicWithdrawn{}},
		"TopicWithdrawn-2":   {"topic/" + t, &proposalv1.TopicWithdrawn{Mandate: id("mandate")}},
		"MergeProposed-1": {"merge/" + merge, &proposalv1.MergeProposed{
			Matter: "greening", Into: id("topic 3"), Topics: topics, Authors: authors, ExpiresAt: start,
		}},
		"OpenMergeListed-1": {"member/" + a + "/merging/" + t, &proposalv1.OpenMergeListed{Merge: merge}},
		"MergeConsented-1":  {"merge/" + merge + "/merge-consent/" + a, &proposalv1.MergeConsented{}},
		"MergeDeclined-1":   {"merge/" + merge, &proposalv1.MergeDeclined{By: a}},
		"MergeWithdrawn-1":  {"merge/" + merge, &proposalv1.MergeWithdrawn{}},
		"MergeCompleted-1":  {"merge/" + merge, &proposalv1.MergeCompleted{}},
		"MergeFailed-1":     {"merge/" + merge, &proposalv1.MergeFailed{Reason: "topic.taken"}},
		"MergeExpired-1":    {"merge/" + merge, &proposalv1.MergeExpired{}},
		"TopicMerged-1":     {"topic/" + t, &proposalv1.TopicMerged{Into: id("topic 3"), Merge: merge}},
		"TopicsJoined-1":    {"topic/" + t, &proposalv1.TopicsJoined{Merge: merge, Topics: topics, Authors: authors}},
		"DeliberationConvened-1": {"deliberation/" + d, &proposalv1.DeliberationConvened{
			Matter: "greening", Round: 2, Topics: topics, Supporters: 4, Threshold: 3, ActiveMembers: 15, ClosesAt: start,
		}},
		"TopicTaken-1":         {"topic/" + t, &proposalv1.TopicTaken{Deliberation: d}},
		"NoticeGiven-1":        {"deliberation/" + d, &proposalv1.NoticeGiven{Recipients: 15}},
		"StatementSubmitted-1": {"deliberation/" + d + "/statement/" + s, &proposalv1.StatementSubmitted{Author: a, Text: text("light")}},
		"ReactionGiven-1": {
			"deliberation/" + d + "/statement/" + s + "/reaction/" + a,
			&proposalv1.ReactionGiven{Attitude: proposalv1.Attitude_ATTITUDE_DISAGREE},
		},
		"DeliberationClosed-1": {"deliberation/" + d, &proposalv1.DeliberationClosed{Minutes: "纪要 minutes", Motion: m, Overdue: true}},
		"MotionPut-1": {"motion/" + m, &proposalv1.MotionPut{
			Matter: "works", Deliberation: d, Topics: topics, Motion: asked, Rules: pollRules(communityv1.Method_METHOD_BUDGET_GREEDY),
		}},
		"MotionAdopted-1": {"motion/" + m, &proposalv1.MotionAdopted{
			Poll: id("poll"), ExecutesAt: start + 1, ExpiresAt: start + 2, VetoUntil: start + 3,
		}},
		"MotionRejected-1": {"motion/" + m, &proposalv1.MotionRejected{Poll: id("poll")}},
		"MotionFailed-1":   {"motion/" + m, &proposalv1.MotionFailed{Poll: id("poll"), Reason: "poll_key.not_held"}},
		"MotionVetoed-2": {"motion/" + m, &proposalv1.MotionVetoed{
			Guardian: g, Reason: text("law"), LapsesAt: start + 1, ExecutesAt: start + 2, ExpiresAt: start + 3,
			Appeal: &proposalv1.Appeal{Matter: "works", Question: asked, Rules: pollRules(communityv1.Method_METHOD_YES_NO)},
		}},
		"VetoUpheld-1": {"motion/" + m, &proposalv1.VetoUpheld{Poll: id("poll")}},
		"VetoOverturned-1": {"motion/" + m, &proposalv1.VetoOverturned{
			Poll: id("poll"), ExecutesAt: start + 1, ExpiresAt: start + 2,
		}},
		"AppealUndecided-1": {"motion/" + m, &proposalv1.AppealUndecided{Poll: id("poll"), Reason: "poll_key.not_held"}},
		"VetoUsed-1":        {"member/" + g + "/veto/works", &proposalv1.VetoUsed{Motion: m}},
		"ExecutionOpened-1": {"motion/" + m, &proposalv1.ExecutionOpened{}},
		"ExecutionReported-1": {"motion/" + m, &proposalv1.ExecutionReported{
			Outcome: proposalv1.Outcome_OUTCOME_FAILED, Evidence: text("photograph"), By: id("olga"),
		}},
		"ExecutionExpired-1": {"motion/" + m, &proposalv1.ExecutionExpired{}},
	}
}

func deterministic(t *testing.T, m proto.Message) []byte {
	t.Helper()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestGoldenSamples: today's code writes each event as it was written when its file was added.
func TestGoldenSamples(t *testing.T) {
	t.Parallel()
	for name, s := range samples() {
		path := filepath.Join("testdata", "golden", name+".json")
		want := golden{
			Aggregate: s.aggregate, Type: string(s.event.ProtoReflect().Descriptor().FullName()),
			Hex: hex.EncodeToString(deterministic(t, s.event)),
		}
		raw, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) && *update {
			writeGolden(t, path, want, s.event)
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got golden
		if err := json.Unmarshal(raw, &got); err != nil {
			t.Fatal(err)
		}
		if got.Aggregate != want.Aggregate || got.Type != want.Type || got.Hex != want.Hex {
			t.Errorf("%s is not written as it was:\n%s %s %s\n%s %s %s", name, got.Aggregate, got.Type, got.Hex, want.Aggregate, want.Type, want.Hex)
		}
	}
}

func writeGolden(t *testing.T, path string, g golden, event proto.Message) {
	t.Helper()
	loose, err := protojson.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	var tight bytes.Buffer
	if err := json.Compact(&tight, loose); err != nil {
		t.Fatal(err)
	}
	g.JSON = tight.Bytes()
	raw, err := json.MarshalIndent(g, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(raw, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestGoldenEvents: every event that was ever stored is read as what it was, written back as it was, and folded.
func TestGoldenEvents(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob(filepath.Join("testdata", "golden", "*.json"))
	if err != nil || len(paths) < len(samples()) {
		t.Fatalf("%d golden files, %v", len(paths), err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var g golden
		if err := json.Unmarshal(raw, &g); err != nil {
			t.Fatal(err)
		}
		body, err := hex.DecodeString(g.Hex)
		if err != nil {
			t.Fatal(err)
		}
		stored := chain.Event{Type: g.Type, Body: body}
		event, err := decider.DecodeEvent(stored)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		meant := event.ProtoReflect().New().Interface()
		if err := protojson.Unmarshal(g.JSON, meant); err != nil || !proto.Equal(event, meant) {
			t.Errorf("%s is read as something else: %v, %v", path, event, err)
		}
		if !bytes.Equal(deterministic(t, event), body) {
			t.Errorf("%s is not written back as it was", path)
		}
		w := newWorld(t)
		if g.Aggregate != "topic/"+id("topic") { // so that a second has its topic above it
			w.fact("topic/"+id("topic"), &proposalv1.TopicPosted{Matter: "greening", Author: id("ann"), Text: text("lamps")})
		}
		w.fact(g.Aggregate, event)
		if state := string(w.shown(w.state, g.Aggregate)); len(state) < 3 {
			t.Errorf("%s leaves no trace in the state: %s", path, state)
		}
	}
}

// TestGoldenIsComplete: every message of the contract is a command's, a part of another, or an event with a golden file.
func TestGoldenIsComplete(t *testing.T) {
	t.Parallel()
	file, err := protoregistry.GlobalFiles.FindFileByPath("renlin/proposal/v1/proposal.proto")
	if err != nil {
		t.Fatal(err)
	}
	known := []string{"Option", "Motion", "Appeal"}
	for _, op := range proposal.Model().Operations() {
		known = append(known, string(op.Fresh().ProtoReflect().Descriptor().Name()))
	}
	for name := range samples() {
		known = append(known, strings.SplitN(name, "-", 2)[0])
	}
	for i := range file.Messages().Len() {
		if m := file.Messages().Get(i); !slices.Contains(known, string(m.Name())) {
			t.Errorf("%s has no golden event", m.Name())
		}
	}
	filled := map[protoreflect.FullName]bool{} // fields that some sample has
	for _, s := range samples() {
		s.event.ProtoReflect().Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
			filled[fd.FullName()] = true
			return true
		})
	}
	for name, s := range samples() {
		fields := s.event.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			if fd := fields.Get(i); !filled[fd.FullName()] {
				t.Errorf("%s leaves %s empty: add a sample that has it", name, fd.Name())
			}
		}
	}
}
