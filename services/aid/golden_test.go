package aid_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	fieldv1 "renlin.dev/proto/renlin/field/v1"
	"renlin.dev/services/aid"
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

// standsOn is where each event of this service stands.
func standsOn() map[string][]proto.Message {
	b, c, o := "beneficiary/"+id("b"), "aid-case/"+id("c"), "work-order/"+id("o")
	return map[string][]proto.Message{
		b: {
			&aidv1.BeneficiaryRegistered{}, &aidv1.PossibleDuplicateFound{}, &aidv1.FileAmended{}, &aidv1.ProxyNamed{}, &aidv1.ConsentGiven{},
			&aidv1.ConsentWithdrawn{}, &aidv1.BeneficiaryOpened{}, &aidv1.BeneficiaryClosed{}, &aidv1.BeneficiaryMerged{},
			&aidv1.BeneficiaryUnmerged{},
		},
		"beneficiary-of/" + id("m"): {&aidv1.BeneficiaryLinked{}},
		"dedup/" + id("d"):          {&aidv1.DedupCodeListed{}},
		c: {
			&aidv1.AidRequested{}, &aidv1.CaseAssigned{}, &aidv1.CaseAssessed{}, &aidv1.CasePlanned{}, &aidv1.AidApproved{}, &aidv1.AidRefused{},
			&aidv1.CaseReferred{}, &aidv1.ReferralAccepted{}, &aidv1.ReferralDeclined{}, &aidv1.WorkListed{}, &aidv1.WorkEnded{},
			&aidv1.AidDelivered{}, &aidv1.AidAcknowledged{}, &aidv1.CallBackRecorded{}, &aidv1.CaseClosed{}, &aidv1.CaseAppealed{},
			&aidv1.AppealUpheld{}, &aidv1.AppealRejected{}, &aidv1.AppealWithdrawn{}, &aidv1.CaseReopened{}, &aidv1.AidWithdrawn{},
			&aidv1.ServiceClockMissed{},
		},
		o: {
			&aidv1.WorkOrdered{}, &aidv1.OrderAccepted{}, &aidv1.OrderDeclined{}, &aidv1.OrderLapsed{}, &aidv1.WorkDelivered{},
		},
		o + "/visit/" + id("v"): {&aidv1.VisitRecorded{}},
		"rounds/" + id("o"): {
			&aidv1.RoundsPlanned{}, &aidv1.RoundKept{}, &aidv1.RoundMissed{}, &aidv1.RoundsPaused{}, &aidv1.RoundsResumed{},
			&aidv1.RoundsEnded{},
		},
		"policy-notice/" + id("n"): {
			&aidv1.PolicyNoticePublished{}, &aidv1.AddresseesSealed{}, &aidv1.AddresseesMissed{},
		},
		"policy-notice/" + id("n") + "/addressee/" + id("m"): {
			&aidv1.PolicyNoticeReached{}, &aidv1.PolicyNoticeAttempted{},
		},
		"sensor/" + id("s"):   {&aidv1.SensorEnrolled{}, &aidv1.SensorRevoked{}, &aidv1.SignalCounted{}},
		"alert/" + id("a"):    {&aidv1.AlertRaised{}, &aidv1.AlertRepeated{}, &aidv1.AlertTriaged{}, &aidv1.TriageMissed{}},
		"check-in/" + id("b"): {&aidv1.CheckInArranged{}, &aidv1.WellSaid{}, &aidv1.CheckInMissed{}, &aidv1.CheckInEnded{}},
		"stock/" + id("t"): {
			&aidv1.StockOpened{}, &aidv1.StockMoved{}, &aidv1.StockCounted{}, &aidv1.StockOffered{}, &aidv1.StockWithheld{},
		},
		"announcing/" + id("y"):  {&aidv1.WaitingArrivalsListed{}},
		"publishing/" + id("y"):  {&aidv1.OpenNoticesListed{}},
		"stock-offer/" + id("o"): {&aidv1.OfferClaimed{}},
		"capacity/" + id("y"):    {&aidv1.CapacityDeclared{}, &aidv1.CapacityTaken{}, &aidv1.CapacityFreed{}},
		"arrival/" + id("r"): {
			&aidv1.ArrivalAnnounced{}, &aidv1.ReceiverNamed{}, &aidv1.ArrivalReceived{}, &aidv1.ArrivalAlarmRaised{},
		},
	}
}

// fill gives every field of a message a value of its class, told by its name.
func fill(m protoreflect.Message) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		switch {
		case fd.IsList() && fd.Message() != nil:
			fill(m.Mutable(fd).List().AppendMutable().Message())
		case fd.IsList():
			m.Mutable(fd).List().Append(sampleOf(m, fd))
		default:
			m.Set(fd, sampleOf(m, fd))
		}
	}
}

func sampleOf(m protoreflect.Message, fd protoreflect.FieldDescriptor) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		inner := m.NewField(fd).Message()
		fill(inner)
		return protoreflect.ValueOfMessage(inner)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(lastOf(fd.Enum()))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(start + int64(fd.Number()))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(fd.Number()))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(keyOf(string(fd.Name())))
	}
	switch proto.GetExtension(fd.Options(), fieldv1.E_Class).(fieldv1.Class) {
	case fieldv1.Class_CLASS_REF:
		return protoreflect.ValueOfString(hex.EncodeToString(keyOf(string(fd.Name()))))
	case fieldv1.Class_CLASS_CODE:
		return protoreflect.ValueOfString(string(fd.Name()))
	}
	return protoreflect.ValueOfString(id(string(fd.Name())))
}

// lastOf gives the last value of an enumeration, as it was when the first sample of it was written.
func lastOf(e protoreflect.EnumDescriptor) protoreflect.EnumNumber {
	if e.FullName() == "renlin.aid.v1.SignalKind" {
		return aidv1.SignalKind_SIGNAL_KIND_TEMPERATURE.Number()
	}
	return e.Values().Get(e.Values().Len() - 1).Number()
}

func deterministic(t *testing.T, m proto.Message) []byte {
	t.Helper()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestGoldenSamples: today's code writes each event as it was written when its file was added. A new field is a new file.
func TestGoldenSamples(t *testing.T) {
	t.Parallel()
	for aggregate, events := range standsOn() {
		for _, event := range events {
			fill(event.ProtoReflect())
			name := fmt.Sprintf("%s-%d", event.ProtoReflect().Descriptor().Name(), event.ProtoReflect().Descriptor().Fields().Len())
			path := filepath.Join("testdata", "golden", name+".json")
			want := golden{
				Aggregate: aggregate, Type: string(event.ProtoReflect().Descriptor().FullName()), Hex: hex.EncodeToString(deterministic(t, event)),
			}
			raw, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) && *update {
				writeGolden(t, path, want, event)
				continue
			}
			var got golden
			if err != nil || json.Unmarshal(raw, &got) != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if got.Aggregate != want.Aggregate || got.Type != want.Type || got.Hex != want.Hex {
				t.Errorf("%s is not written as it was", name)
			}
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
	if err != nil || len(paths) < 30 {
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
		w := newWorld(t)
		w.fact(g.Aggregate, event)
		if w.state.Version(g.Aggregate) != 1 {
			t.Errorf("%s is not folded", path)
		}
	}
}

// TestGoldenIsComplete: every message of the contract is a command, a part of another, or an event that stands somewhere.
func TestGoldenIsComplete(t *testing.T) {
	t.Parallel()
	known := map[protoreflect.Name]bool{"FileField": true, "Capacity": true, "ListEntry": true, "NoticeAttempt": true}
	for _, op := range aid.Model().Operations() {
		known[op.Fresh().ProtoReflect().Descriptor().Name()] = true
	}
	for _, events := range standsOn() {
		for _, e := range events {
			known[e.ProtoReflect().Descriptor().Name()] = true
		}
	}
	for _, f := range []protoreflect.FileDescriptor{
		aidv1.File_renlin_aid_v1_aid_proto, aidv1.File_renlin_aid_v1_alert_proto, aidv1.File_renlin_aid_v1_supply_proto,
		aidv1.File_renlin_aid_v1_notice_proto, aidv1.File_renlin_aid_v1_round_proto, aidv1.File_renlin_aid_v1_wellbeing_proto,
	} {
		for i := range f.Messages().Len() {
			if m := f.Messages().Get(i); !known[m.Name()] {
				t.Errorf("%s has no golden event", m.Name())
			}
		}
	}
}
