package decidertest

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

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
)

// update writes the golden files that are missing. It never touches one that exists: what was once on a record stays readable.
var update = flag.Bool("update", false, "write missing golden events")

// Sample is an event where it stands.
type Sample struct {
	Aggregate string
	Event     proto.Message
}

// sample is what a service's tests may call a Sample of their own, so that each can be written in one line.
type sample interface {
	~struct {
		Aggregate string
		Event     proto.Message
	}
}

// golden is one event as it was once stored.
type golden struct {
	Aggregate string          `json:"aggregate"`
	Type      string          `json:"type"`
	Hex       string          `json:"hex"`
	JSON      json.RawMessage `json:"json"`
}

func goldenPath(name string) string { return filepath.Join("testdata", "golden", name+".json") }

func deterministic(t *testing.T, m proto.Message) []byte {
	t.Helper()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// GoldenSamples holds that today's code writes each event as it was written when its file, testdata/golden/NAME.json, was added.
// A new field is a new sample under a new name.
func GoldenSamples[S sample](t *testing.T, samples map[string]S) {
	t.Helper()
	for name, own := range samples { // any order: each is held alone
		s := Sample(own)
		want := golden{
			Aggregate: s.Aggregate, Type: string(s.Event.ProtoReflect().Descriptor().FullName()), Hex: hex.EncodeToString(deterministic(t, s.Event)),
		}
		raw, err := os.ReadFile(goldenPath(name))
		if errors.Is(err, fs.ErrNotExist) && *update {
			writeGolden(t, goldenPath(name), want, s.Event)
			continue
		}
		var got golden
		if err != nil || json.Unmarshal(raw, &got) != nil {
			t.Errorf("%s: %v", name, err)
			continue
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

// GoldenEvents holds that every event that was ever stored is read as what it was and written back as it was, and gives each to fold, which
// is to fold it. There are at least as many files as wanted.
func GoldenEvents(t *testing.T, wanted int, fold func(path, aggregate string, event proto.Message)) {
	t.Helper()
	paths, err := filepath.Glob(goldenPath("*"))
	if err != nil || len(paths) < wanted {
		t.Fatalf("%d golden files, want %d: %v", len(paths), wanted, err)
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
		event, err := decider.DecodeEvent(chain.Event{Type: g.Type, Body: body})
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
		fold(path, g.Aggregate, event)
	}
}

// GoldenIsComplete holds that every message of the contract is a command's, a part of another, or an event with a sample; and that every
// field of an event is set in some sample.
func GoldenIsComplete[S sample](
	t *testing.T, model *decider.Model, samples map[string]S, parts []string, files ...protoreflect.FileDescriptor,
) {
	t.Helper()
	known := slices.Clone(parts)
	for _, op := range model.Operations() {
		known = append(known, string(op.Fresh().ProtoReflect().Descriptor().Name()))
	}
	filled := map[protoreflect.FullName]bool{}
	for name, own := range samples { // any order: each is held alone
		s := Sample(own)
		known = append(known, strings.SplitN(name, "-", 2)[0])
		s.Event.ProtoReflect().Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
			filled[fd.FullName()] = true
			return true
		})
	}
	for _, file := range files {
		for i := range file.Messages().Len() {
			if m := file.Messages().Get(i); !slices.Contains(known, string(m.Name())) {
				t.Errorf("%s has no golden event", m.Name())
			}
		}
	}
	for name, own := range samples { // any order: each is held alone
		s := Sample(own)
		fields := s.Event.ProtoReflect().Descriptor().Fields()
		for i := range fields.Len() {
			if fd := fields.Get(i); !filled[fd.FullName()] {
				t.Errorf("%s leaves %s empty: add a sample that has it", name, fd.Name())
			}
		}
	}
}
