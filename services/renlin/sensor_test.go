package main

import (
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/devices"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// TestSensor: the command makes a password, and the key that goes with it.
func TestSensor(t *testing.T) {
	t.Parallel()
	code, out, stderr := renlin(t, "sensor", "-json")
	var p devices.Password
	if err := json.Unmarshal([]byte(out), &p); code != exitDone || err != nil {
		t.Fatalf("exit %d, %v, %s", code, err, stderr)
	}
	if len(p.Password) != 64 || len(p.Key) != ed25519.PublicKeySize || p.Sensor != chain.KeyID(p.Key) {
		t.Errorf("made %+v", p)
	}
	if code, out, _ := renlin(t, "sensor"); code != exitDone || strings.Contains(out, p.Password) || strings.Count(out, "\n") != 3 {
		t.Errorf("exit %d, %s", code, out)
	}
}

// home is a community in which somebody is in need, and a grid worker who has opened their file.
type home struct {
	*testing.T
	*neighbourhood.Neighbourhood
	worker   *client.Device
	file     string
	position uint64 // of what was recorded last
}

func newHome(t *testing.T, address string, cfg pilotConfig) *home {
	t.Helper()
	g, err := gatewayAt(address, cfg.data+"/token")
	if err != nil {
		t.Fatal(err)
	}
	n, err := neighbourhood.Found(t.Context(), g, neighbourhood.Plan{
		Name:     "Village",
		First:    &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "Committee"},
		Second:   &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "Owners"},
		Rulebook: directRulebook, FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
	})
	if err != nil {
		t.Fatal(err)
	}
	member := client.NewID()
	if err := n.Admit(t.Context(), []*communityv1.ImportRow{{Member: member}}); err != nil {
		t.Fatal(err)
	}
	enrolled, err := n.Enrol(t.Context(), []string{member}, 1)
	if err != nil {
		t.Fatal(err)
	}
	h := &home{T: t, Neighbourhood: n, worker: enrolled[0], file: client.NewID()}
	h.does(n.First.Device, "member", "community.grant_role", "members/"+member+"/roles", &communityv1.GrantRole{
		Member: member, Role: communityv1.Role_ROLE_GRID_WORKER, Org: n.First.Org,
	})
	if err := h.worker.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.does(h.worker, "beneficiary", "aid.register", "beneficiaries", &aidv1.RegisterBeneficiary{Beneficiary: h.file})
	h.does(h.worker, "beneficiary", "aid.give_consent", "beneficiaries/"+h.file+"/consents", &aidv1.GiveConsent{
		Beneficiary: h.file, Purpose: aidv1.ConsentPurpose_CONSENT_PURPOSE_SENSORS, Evidence: h.words(),
	})
	return h
}

// does sends a command that must be taken, and answers the id of what it made or changed of a kind.
func (h *home) does(who *client.Device, kind, operation, route string, body proto.Message) string {
	h.Helper()
	answer, err := who.Do(h.Context(), operation, route, body)
	if err != nil {
		h.Fatalf("%s: %v", operation, err)
	}
	h.position = answer.Position
	return made(answer, kind)
}

func (h *home) words() *communityv1.Text {
	h.Helper()
	var sealed *client.Sealed
	err := neighbourhood.Eventually(h.Context(), "the gateway knows the file", func() (err error) {
		sealed, err = h.worker.PutText(h.Context(), h.file, "words")
		return err
	})
	if err != nil {
		h.Fatal(err)
	}
	return neighbourhood.Text(sealed)
}

// enrolled gives the words of a device that the listener lets in: it asks the rules, which follow the record a moment behind.
func (h *home) enrolled() devices.Password {
	h.Helper()
	p := devices.NewPassword()
	h.does(h.worker, "sensor", "aid.enrol_sensor", "sensors", &aidv1.EnrolSensor{Beneficiary: h.file, Key: p.Key, ByPassword: true})
	if _, err := h.worker.Records(h.Context(), "sensor/"+p.Sensor, "", h.position); err != nil {
		h.Fatal(err)
	}
	return p
}

// mat is a device at home that is enrolled by a password, connected, and listens to what it is told.
func (h *home) mat(address string) (c mqtt.Client, topic string, answers <-chan string) {
	h.Helper()
	p := h.enrolled()
	name := h.Community + "/" + p.Sensor
	c = mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + address).SetUsername(name).SetPassword(p.Password).SetClientID(p.Sensor))
	done(h.T, c.Connect())
	h.Cleanup(func() { c.Disconnect(0) })
	said := make(chan string, 64)
	done(h.T, c.Subscribe("answers/"+name, 0, func(_ mqtt.Client, m mqtt.Message) { said <- string(m.Payload()) }))
	return c, "signals/" + name, said
}

func done(t *testing.T, token mqtt.Token) {
	t.Helper()
	if !token.WaitTimeout(time.Minute) || token.Error() != nil {
		t.Fatalf("not done: %v", token.Error())
	}
}

// told waits for what a device is told.
func (h *home) told(answers <-chan string) (code string) {
	h.Helper()
	select {
	case said := <-answers:
		return h.reads(said)
	case <-time.After(time.Minute):
		h.Fatal("told nothing")
		return ""
	}
}

// reads understands what a device was told; what h asks after that is answered out of a record that has it.
func (h *home) reads(said string) (code string) {
	h.Helper()
	var got struct {
		Recorded bool
		Index    uint64
		Code     string
	}
	if err := json.Unmarshal([]byte(said), &got); err != nil || got.Recorded != (got.Code == "") {
		h.Fatalf("told %s", said)
	}
	h.position = max(h.position, got.Index+1)
	return got.Code
}

// seesNone: who works for another organisation than the file's has no alerts to look at, nor has the operator.
func (h *home) seesNone(path string) {
	h.Helper()
	others, err := h.Second.Records(h.Context(), "alert", "", h.position)
	if err != nil || len(others.Records) != 0 {
		h.Errorf("another organisation sees %+v, %v", others, err)
	}
	operator := &client.Device{Gateway: h.Gateway, Community: h.Community, Token: h.Gateway.OperatorToken}
	for who, d := range map[string]*client.Device{"another organisation": h.Second.Device, "the operator": operator} { // any order
		if _, err := d.Records(h.Context(), path, "", h.position); fault.Of(err).Code != "role.missing" {
			h.Errorf("%s reads it: %v", who, err)
		}
	}
}

// TestDeviceToVisit: an ordinary MQTT client says that somebody has fallen; the alert stands on the record, a grid worker looks,
// somebody goes, and what came of it is on the record too. Once the device is signed off nothing of its is taken.
func TestDeviceToVisit(t *testing.T) {
	cfg := testPilot(t)
	cfg.mqtt.Listen = "127.0.0.1:0"
	listening := make(chan string, 1)
	cfg.listening = func(mqtt string) { listening <- mqtt }
	address, _ := watchPilot(t, t.Context(), cfg, t.Output())
	h := newHome(t, address, cfg)
	c, topic, answers := h.mat(<-listening)
	done(t, c.Publish(topic, 1, false, `{"kind":"fall","level":"alarm"}`))
	if code := h.told(answers); code != "" {
		t.Fatalf("refused: %s", code)
	}
	alerts, err := h.worker.Records(t.Context(), "alert", "", h.position)
	if err != nil || len(alerts.Records) != 1 {
		t.Fatalf("alerts %+v, %v", alerts, err)
	}
	id := strings.TrimPrefix(alerts.Records[0].Path, "alert/")
	h.seesNone(alerts.Records[0].Path)
	aCase := h.does(h.worker, "aid-case", "aid.triage", "alerts/"+id+"/triage", &aidv1.TriageAlert{
		Alert: id, Outcome: aidv1.TriageOutcome_TRIAGE_OUTCOME_EMERGENCY, Text: h.words(),
	})
	at := "aid-cases/" + aCase + "/"
	h.does(h.worker, "aid-case", "aid.assign", at+"assignment", &aidv1.AssignCase{Case: aCase, Worker: h.worker.Member})
	h.does(h.worker, "aid-case", "aid.assess", at+"assessment", &aidv1.AssessCase{
		Case: aCase, Urgency: aidv1.Urgency_URGENCY_DANGER, Findings: h.words(),
	})
	h.does(h.worker, "aid-case", "aid.plan", at+"plan", &aidv1.PlanCase{Case: aCase, Plan: h.words()})
	h.does(h.First.Device, "aid-case", "aid.approve", at+"approval", &aidv1.ApproveAid{Case: aCase, Quantity: 1})
	order := h.does(h.worker, "work-order", "aid.order", at+"work-orders", &aidv1.OrderWork{Case: aCase, Member: h.worker.Member, Quantity: 1})
	h.does(h.worker, "work-order", "aid.answer_order", "work-orders/"+order+"/answer", &aidv1.AnswerOrder{Order: order, Accept: true})
	h.does(h.worker, "visit", "aid.visit", "work-orders/"+order+"/visits", &aidv1.RecordVisit{
		Order: order, Outcome: aidv1.VisitOutcome_VISIT_OUTCOME_DELIVERED, Quantity: 1, Evidence: h.words(),
	})
	seen, err := h.worker.Records(t.Context(), "aid-case/"+aCase, "", h.position)
	if err != nil || !strings.Contains(string(seen.Records[0].State), `"state":"visited"`) {
		t.Errorf("case %+v, %v", seen, err)
	}
	done(t, c.Publish(topic, 0, false, `{"kind":"well"}`))
	if code := h.told(answers); code != "check_in.none" {
		t.Errorf("a word that nobody waits for: %q", code)
	}
	sensor := topic[strings.LastIndexByte(topic, '/')+1:]
	h.does(h.worker, "sensor", "aid.revoke_sensor", "sensors/"+sensor+"/revocation", &aidv1.RevokeSensor{Sensor: sensor})
	done(t, c.Publish(topic, 1, false, `{"kind":"fall","level":"alarm"}`))
	if code := h.told(answers); code != "sensor.unknown" {
		t.Errorf("signed off: %q", code)
	}
}
