package aid_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/decider/decidertest"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	fieldv1 "renlin.dev/proto/renlin/field/v1"
	"renlin.dev/services/aid"
)

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

// samples names each event, with every field set, after its kind and how many fields that has: a new field is a new file.
func samples() map[string]decidertest.Sample {
	out := map[string]decidertest.Sample{}
	for aggregate, events := range standsOn() { // any order: each name comes once
		for _, event := range events {
			m := event.ProtoReflect()
			fill(m)
			out[fmt.Sprintf("%s-%d", m.Descriptor().Name(), m.Descriptor().Fields().Len())] = decidertest.Sample{Aggregate: aggregate, Event: event}
		}
	}
	return out
}

func TestGoldenSamples(t *testing.T) {
	t.Parallel()
	decidertest.GoldenSamples(t, samples())
}

// TestGoldenEvents: every event that was ever stored is read, written back and folded.
func TestGoldenEvents(t *testing.T) {
	t.Parallel()
	decidertest.GoldenEvents(t, 30, func(path, aggregate string, event proto.Message) {
		w := newWorld(t)
		w.Fact(aggregate, event)
		if w.State.Version(aggregate) != 1 {
			t.Errorf("%s is not folded", path)
		}
	})
}

func TestGoldenIsComplete(t *testing.T) {
	t.Parallel()
	decidertest.GoldenIsComplete(
		t, aid.Model(), samples(), []string{"FileField", "Capacity", "ListEntry", "NoticeAttempt"},
		aidv1.File_renlin_aid_v1_aid_proto, aidv1.File_renlin_aid_v1_alert_proto, aidv1.File_renlin_aid_v1_supply_proto,
		aidv1.File_renlin_aid_v1_notice_proto, aidv1.File_renlin_aid_v1_round_proto, aidv1.File_renlin_aid_v1_wellbeing_proto,
	)
}
