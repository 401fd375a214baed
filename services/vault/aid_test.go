package vault_test

import (
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/vault"
	"renlin.dev/services/vault/internal/reading"
)

// A file of ann's, a case of it that grid works on for org, an order that bob brings, a visit of his.
var (
	needPath  = "beneficiary/" + id("file")
	casePath  = "aid-case/" + id("case")
	alertPath = "alert/" + id("alert")
	visitPath = "work-order/" + id("order") + "/visit/" + id("visit")
)

func needWorld(t testing.TB) *world {
	w := newWorld(t)
	w.fact(needPath, &aidv1.BeneficiaryRegistered{Member: id("ann"), By: id("grid")})
	w.fact(needPath, &aidv1.ProxyNamed{Proxy: id("guard")})
	for field, words := range map[aidv1.Field]string{
		aidv1.Field_FIELD_CONTACT: "contact", aidv1.Field_FIELD_HOME: "home", aidv1.Field_FIELD_HEALTH: "health",
	} {
		w.fact(needPath, &aidv1.FileAmended{File: &aidv1.FileField{Field: field, Text: text(words)}})
	}
	w.fact(casePath, &aidv1.AidRequested{Beneficiary: id("file"), Urgency: aidv1.Urgency_URGENCY_ORDINARY, Text: text("request")})
	w.fact(casePath, &aidv1.CaseAssigned{Worker: id("grid"), Org: id("org")})
	w.opens("case", "grid", aidv1.Field_FIELD_CONTACT, aidv1.Field_FIELD_HOME, aidv1.Field_FIELD_HEALTH)
	w.fact("work-order/"+id("order"), &aidv1.WorkOrdered{Case: id("case"), Beneficiary: id("file"), Member: id("bob")})
	w.opens("order", "bob", aidv1.Field_FIELD_CONTACT, aidv1.Field_FIELD_HOME)
	w.fact(visitPath, &aidv1.VisitRecorded{Beneficiary: id("file"), By: id("bob"), Evidence: text("shown")})
	w.fact(alertPath, &aidv1.AlertRaised{Beneficiary: id("file"), Text: text("alert")})
	w.fact(alertPath, &aidv1.AlertTriaged{Text: text("looked")})
	return w
}

func (w *world) opens(ground, reader string, fields ...aidv1.Field) {
	w.fact(needPath, &aidv1.BeneficiaryOpened{For: id(ground), Reader: id(reader), Fields: fields})
}

func (w *world) agrees(p aidv1.ConsentPurpose) { w.fact(needPath, &aidv1.ConsentGiven{Purpose: p}) }

// needRead is a row: after some facts somebody reads, and is refused with something or nothing.
type needRead struct {
	name, who, words, namedBy string
	given                     func(w *world)
	want                      *fault.Fault
}

func TestReadNeed(t *testing.T) {
	t.Parallel()
	none := func(*world) {}
	agreed := func(p aidv1.ConsentPurpose) func(*world) { return func(w *world) { w.agrees(p) } }
	fact := func(path string, e proto.Message) func(*world) {
		return func(w *world) { w.fact(path, e) }
	}
	health, delivery := aidv1.ConsentPurpose_CONSENT_PURPOSE_HEALTH, aidv1.ConsentPurpose_CONSENT_PURPOSE_DELIVERY
	alone := func(w *world) { // whoever asks for help in danger works on it too
		w.factBy(id("grid"), casePath, &aidv1.AidRequested{
			Beneficiary: id("file"), Urgency: aidv1.Urgency_URGENCY_DANGER, By: id("grid"), Text: text("request"),
		})
		w.factBy(id("grid"), casePath, &aidv1.CaseAssigned{Worker: id("grid"), Org: id("org")})
		w.factBy(id("grid"), casePath, &aidv1.CaseAssessed{Urgency: aidv1.Urgency_URGENCY_DANGER})
	}
	brought := func(has, brings string) func(*world) { // an officer of the organisation would call back
		return func(w *world) {
			w.fact("aid-case/"+id("second"), &aidv1.AidRequested{Beneficiary: id("file"), Text: text("request")})
			w.fact("aid-case/"+id("second"), &aidv1.CaseAssigned{Worker: id("x"), Org: id(has)})
			w.fact("aid-case/"+id("second"), &aidv1.AidDelivered{Org: id(brings), Quantity: 1})
			w.fact(needPath, &aidv1.BeneficiaryOpened{For: id("second"), Fields: []aidv1.Field{aidv1.Field_FIELD_CONTACT}})
		}
	}
	for _, r := range []needRead{
		{"the person reads theirs", "ann", "health", needPath, none, nil},
		{"the proxy too", "guard", "health", needPath, none, nil},
		{"a neighbour does not", "conv", "contact", needPath, none, reading.ErrPurpose},
		{"an officer without a part in it does not", "off", "contact", needPath, none, reading.ErrPurpose},
		{"whoever works on it may call before anything is agreed", "grid", "contact", needPath, none, nil},
		{"and reads no more", "grid", "health", needPath, none, reading.ErrNotAgreed},
		{"health when that is agreed", "grid", "health", needPath, agreed(health), nil},
		{"home not by that", "grid", "home", needPath, agreed(health), reading.ErrNotAgreed},
		{"nor when it is taken back", "grid", "health", needPath, func(w *world) {
			w.agrees(health)
			w.fact(needPath, &aidv1.ConsentWithdrawn{Purpose: health})
		}, reading.ErrNotAgreed},
		{"in danger nobody waits", "grid", "health", needPath, fact(casePath, &aidv1.CaseAssessed{
			Urgency: aidv1.Urgency_URGENCY_DANGER,
		}), nil},
		{"not on one's own word alone", "grid", "health", needPath, alone, reading.ErrNotAgreed},
		{"which shows the way there", "grid", "home", needPath, alone, nil},
		{"until another acts on it", "grid", "health", needPath, func(w *world) {
			alone(w)
			w.factBy(id("off"), casePath, &aidv1.AidApproved{Quantity: 1, By: id("off")})
		}, nil},
		{"until another gives it to them", "grid", "health", needPath, func(w *world) {
			alone(w)
			w.factBy(id("off"), casePath, &aidv1.CaseAssigned{Worker: id("grid"), Org: id("org")})
		}, nil},
		{"until the person agrees", "grid", "health", needPath, func(w *world) { alone(w); w.agrees(health) }, nil},
		{"whoever brings something asks first", "bob", "home", needPath, none, reading.ErrNotAgreed},
		{"and finds the way", "bob", "home", needPath, agreed(delivery), nil},
		{"but reads no health", "bob", "health", needPath, agreed(delivery), reading.ErrPurpose},
		{"nor after the order ended", "bob", "home", needPath, func(w *world) {
			w.agrees(delivery)
			w.fact(needPath, &aidv1.BeneficiaryClosed{For: id("order")})
		}, reading.ErrPurpose},
		{"an officer who calls back", "off", "contact", needPath, brought("other", "other"), nil},
		{"not one of who has the case", "off", "contact", needPath, brought("org", "other"), reading.ErrPurpose},
		{"nor of who brought something", "off", "contact", needPath, brought("other", "org"), reading.ErrPurpose},
		{"not by a hosted key", "hosted", "contact", needPath, fact(needPath, &aidv1.BeneficiaryOpened{
			For: id("case"), Fields: []aidv1.Field{aidv1.Field_FIELD_CONTACT},
		}), reading.ErrPurpose},
		{"what is said in a case: its worker", "grid", "request", casePath, none, nil},
		{"not a worker whose key is hosted", "hosted", "request", casePath, func(w *world) {
			w.fact(casePath, &aidv1.CaseAssigned{Worker: id("hosted"), Org: id("other")})
			w.opens("case", "hosted", aidv1.Field_FIELD_CONTACT)
		}, reading.ErrPurpose},
		{"an officer of its organisation", "off", "request", casePath, none, nil},
		{"an officer of no part in it", "off", "request", casePath, fact(casePath, &aidv1.CaseAssigned{Org: id("other")}), reading.ErrPurpose},
		{"any officer while it is appealed", "off", "request", casePath, func(w *world) {
			w.fact(casePath, &aidv1.CaseAssigned{Org: id("other")})
			w.fact(casePath, &aidv1.CaseAppealed{Text: text("appeal")})
		}, nil},
		{"whoever brings something does not", "bob", "request", casePath, none, reading.ErrPurpose},
		{"what shows a visit: who made it", "bob", "shown", visitPath, none, nil},
		{"who works on the case", "grid", "shown", visitPath, none, nil},
		{"of no order", "grid", "shown", "work-order/" + id("none") + "/visit/" + id("visit"), fact(
			"work-order/"+id("none")+"/visit/"+id("visit"), &aidv1.VisitRecorded{Beneficiary: id("file"), By: id("bob"), Evidence: text("shown")},
		), reading.ErrNotNamed},
		{"not a neighbour", "conv", "shown", visitPath, none, reading.ErrPurpose},
		{"what is said in an alert: any grid worker", "grid", "alert", alertPath, none, nil},
		{"an officer", "off", "looked", alertPath, none, nil},
		{"the person", "ann", "looked", alertPath, none, nil},
		{"a neighbour who brings something", "bob", "alert", alertPath, none, reading.ErrPurpose},
		{"a part of the file called an alert's words", "off", "health", alertPath, fact(alertPath, &aidv1.AlertTriaged{
			Text: text("health"),
		}), reading.ErrNotNamed},
		{"a part of the file called a request", "grid", "health", casePath, fact(casePath, &aidv1.CaseAssessed{
			Findings: text("health"),
		}), reading.ErrNotNamed},
		{"a replaced part called an alert's words", "off", "health", alertPath, func(w *world) {
			w.fact(needPath, &aidv1.FileAmended{File: &aidv1.FileField{Field: aidv1.Field_FIELD_HEALTH, Text: text("new")}})
			w.fact(alertPath, &aidv1.AlertTriaged{Text: text("health")})
		}, reading.ErrNotNamed},
		{"what shows a consent called a visit's", "grid", "signed", visitPath, func(w *world) {
			w.fact(needPath, &aidv1.ConsentGiven{Purpose: health, Evidence: text("signed")})
			w.fact(visitPath, &aidv1.VisitRecorded{Beneficiary: id("file"), By: id("grid"), Evidence: text("signed")})
		}, reading.ErrNotNamed},
		{"another's words called theirs", "ann", "ann profile", needPath, none, reading.ErrNotNamed},
		{"words of a case that is not named", "ann", "health", casePath, none, reading.ErrNotNamed},
		{"named nowhere", "ann", "health", "", none, reading.ErrNotNamed},
		{"named by another kind", "ann", "health", "member/" + id("ann"), none, reading.ErrNotNamed},
	} {
		w := needWorld(t)
		r.given(w)
		_, err := w.try(vault.OpRead, &vaultv1.ReadText{
			Ref: ref(r.words), Subject: id("file"), Purpose: vaultv1.Purpose_PURPOSE_AID, NamedBy: r.namedBy, ReaderKey: key("reader"),
		}, r.who)
		if r.want == nil && err != nil || r.want != nil && !errors.Is(err, r.want) {
			t.Errorf("%s: %v, want %v", r.name, err, r.want)
		}
	}
}

// A file is erased at the wish of the person, by their proxy or by officers of two organisations, and is closed to everybody from then on.
func TestEraseNeed(t *testing.T) {
	t.Parallel()
	const alone, here, there = "off", "off with a colleague", "off with another organisation's"
	for who, want := range map[string]*fault.Fault{
		"ann": nil, "guard": nil, there: nil, alone: reading.ErrEraseFile, here: reading.ErrEraseFile, "grid": reading.ErrEraseFile,
	} {
		w := needWorld(t)
		by := []string{who}
		if org := map[string]string{here: "org", there: "other"}[who]; org != "" {
			w.fact("member/"+id("bob"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id(org)})
			by = []string{"off", "bob"}
		}
		_, err := w.try(vault.OpErase, &vaultv1.EraseSubject{Subject: id("file")}, by[0], by[1:]...)
		if want != nil {
			if !errors.Is(err, want) {
				t.Errorf("by %s: %v, want %v", who, err, want)
			}
			continue
		}
		if err != nil {
			t.Errorf("by %s: %v", who, err)
		}
		_, err = w.try(vault.OpRead, &vaultv1.ReadText{
			Ref: ref("contact"), Subject: id("file"), Purpose: vaultv1.Purpose_PURPOSE_AID, NamedBy: needPath, ReaderKey: key("reader"),
		}, "ann")
		if !errors.Is(err, reading.ErrErased) {
			t.Errorf("read after erasure by %s: %v", who, err)
		}
	}
}

// Nothing that was recorded under the id of a file opens it: neither a member, who would read it as their own and erase it, nor a unit.
func TestFileUnderAnotherKind(t *testing.T) {
	t.Parallel()
	w := needWorld(t)
	w.fact("unit/"+id("file"), &communityv1.UnitRegistered{Label: text("health")})
	w.fact("member/"+id("file"), &communityv1.MemberAdmitted{AdmittedBy: id("org"), Profile: text("health")})
	w.fact("key/"+chain.KeyID(key("file")), &communityv1.KeyEnrolled{Member: id("file"), Key: key("file")})
	for _, r := range []struct {
		who, at string
		purpose vaultv1.Purpose
	}{
		{"file", "", own}, {"file", "member/" + id("file"), own}, {"off", "unit/" + id("file"), service},
		{"grid", "member/" + id("file"), service},
	} {
		_, err := w.try(vault.OpRead, &vaultv1.ReadText{
			Ref: ref("health"), Subject: id("file"), Purpose: r.purpose, NamedBy: r.at, ReaderKey: key("reader"),
		}, r.who)
		if !errors.Is(err, reading.ErrPurpose) {
			t.Errorf("%s at %q: %v", r.who, r.at, err)
		}
	}
	if _, err := w.try(vault.OpErase, &vaultv1.EraseSubject{Subject: id("file")}, "file"); !errors.Is(err, reading.ErrEraseFile) {
		t.Errorf("erased by a member of that id: %v", err)
	}
}
