package aid_test

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/decidertest"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/aid"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
)

// world is a record under this service's rules.
type world struct{ *decidertest.World }

const start = decidertest.Start

// What tests of every service say.
var id, keyOf, text, code = decidertest.ID, decidertest.KeyOf, decidertest.Text, decidertest.Code

const (
	hour = 3_600_000
	day  = 24 * hour
)

// The organisations, and who acts in which role for which. Ann is in need, pam her proxy, hal her helper; vic volunteers for nobody.
var officials = map[string]struct {
	role communityv1.Role
	org  string
}{
	"wes": {communityv1.Role_ROLE_GRID_WORKER, "committee"}, "wendy": {communityv1.Role_ROLE_GRID_WORKER, "committee"},
	"otto": {communityv1.Role_ROLE_OFFICER, "committee"}, "olga": {communityv1.Role_ROLE_OFFICER, "volunteers"},
	"odin": {communityv1.Role_ROLE_OFFICER, "street"}, "xena": {communityv1.Role_ROLE_GRID_WORKER, "volunteers"},
}

var residents = []string{"ann", "pam", "hal", "vic", "bob"}

func newWorld(t decidertest.TB) *world {
	w := &world{decidertest.New(t, aid.Model())}
	w.Fact("community/main", &communityv1.CommunityFounded{Name: "Example"}, &chainv1.RulesActivated{Version: 1})
	w.Fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: &communityv1.Rulebook{Version: 1}})
	for org, kind := range map[string]communityv1.OrgKind{
		"committee": communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, "volunteers": communityv1.OrgKind_ORG_KIND_VOLUNTEERS,
		"street": communityv1.OrgKind_ORG_KIND_GOVERNMENT,
	} {
		w.Fact("org/"+id(org), &communityv1.OrgAdmitted{Org: &communityv1.Org{Id: id(org), Kind: kind, Name: org}})
	}
	for _, name := range residents {
		w.admit(name, false)
	}
	for name, o := range officials {
		w.admit(name, false)
		w.Fact("member/"+id(name), &communityv1.RoleGranted{Role: o.role, Org: id(o.org)})
	}
	w.admit("hosted", true)
	w.Fact("member/"+id("hosted"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id("committee")})
	w.Fact("mandate/"+id("mandate"), &communityv1.MandateGranted{
		Principal: id("ann"), Helper: id("hal"), Acts: []communityv1.Act{communityv1.Act_ACT_AID}, From: start, Until: start + 900*day,
	})
	return w
}

// admit gives a person standing and a key.
func (w *world) admit(name string, hosted bool) {
	w.Fact("member/"+id(name), &communityv1.MemberAdmitted{AdmittedBy: id("street")})
	w.Enrol(name, hosted)
}

// send has a command judged that one or more sign.
func (w *world) send(operation string, body proto.Message, signers ...string) (*chain.Commit, error) {
	w.Helper()
	return w.Submit(w.Input(signers[0], operation, body, signers[1:]...))
}

// try sends a command and answers the fault's code, "" when it was written.
func (w *world) try(operation string, body proto.Message, signers ...string) string {
	w.Helper()
	_, err := w.send(operation, body, signers...)
	return code(err)
}

// do sends a command that must succeed, and answers the id of what it made.
func (w *world) do(operation string, body proto.Message, signers ...string) string {
	w.Helper()
	c, err := w.send(operation, body, signers...)
	if err != nil {
		w.Fatalf("%s by %v: %v", operation, signers, err)
	}
	return c.ID.NewAggregate()
}

// settle does what rules owe at this moment, oldest first, and answers what came of it.
func (w *world) settle() (facts []string) {
	w.Helper()
	before := len(w.Log)
	w.Settle()
	for _, c := range w.Log[before:] {
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				facts = append(facts, e.Type[strings.LastIndexByte(e.Type, '.')+1:])
			}
		}
	}
	return facts
}

// pass lets time go by, doing what becomes due.
func (w *world) pass(ms int64) []string { w.Helper(); w.Now += ms; return w.settle() }

func (w *world) aidCase(id string) *casework.Case {
	w.Helper()
	c := decider.Peek[casework.Case](w.State, casework.Path(id))
	if c == nil {
		w.Fatalf("there is no such case")
	}
	return c
}

func (w *world) file(id string) *beneficiary.Beneficiary {
	w.Helper()
	return decider.Peek[beneficiary.Beneficiary](w.State, beneficiary.Path(id))
}

// file of ann's, by which she may be helped.
var annFile = id("file of ann")

func (w *world) register() {
	w.Helper()
	w.do("aid.register", &aidv1.RegisterBeneficiary{Beneficiary: annFile, Member: id("ann")}, "ann")
	w.do("aid.name_proxy", &aidv1.NameProxy{Beneficiary: annFile, Proxy: id("pam")}, "ann")
}

// asks is a request of ann's for twenty meals.
func asks(urgency aidv1.Urgency) *aidv1.RequestAid {
	return &aidv1.RequestAid{
		Beneficiary: annFile, Channel: aidv1.RequestChannel_REQUEST_CHANNEL_SELF, Category: "food", Urgency: urgency, Quantity: 20, Unit: "meal",
		Text: text("I cannot cook"),
	}
}

const (
	ordinary = aidv1.Urgency_URGENCY_ORDINARY
	danger   = aidv1.Urgency_URGENCY_DANGER
)

// agree gives consent to every purpose.
func (w *world) agree() {
	w.Helper()
	for p := aidv1.ConsentPurpose_CONSENT_PURPOSE_CASE_WORK; p <= aidv1.ConsentPurpose_CONSENT_PURPOSE_SENSORS; p++ {
		w.do("aid.give_consent", &aidv1.GiveConsent{Beneficiary: annFile, Purpose: p}, "ann")
	}
}

// The stages of a case, each with what leads there.
func (w *world) requested() string {
	w.Helper()
	w.register()
	return w.do("aid.request", asks(ordinary), "ann")
}

func (w *world) assessed() string {
	w.Helper()
	c := w.requested()
	w.agree()
	w.do("aid.assign", &aidv1.AssignCase{Case: c, Worker: id("wes")}, "wes")
	w.do("aid.assess", &aidv1.AssessCase{Case: c, Urgency: ordinary, Findings: text("alone")}, "wes")
	return c
}

func (w *world) approved() string {
	w.Helper()
	c := w.assessed()
	w.do("aid.plan", &aidv1.PlanCase{Case: c, Plan: text("meals")}, "wes")
	w.do("aid.approve", &aidv1.ApproveAid{Case: c, Quantity: 15}, "otto")
	return c
}

func (w *world) ordered() (caseID, order string) {
	w.Helper()
	caseID = w.approved()
	order = w.do("aid.order", &aidv1.OrderWork{Case: caseID, Org: id("volunteers"), Quantity: 15}, "wes")
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: order, Accept: true, Member: id("vic")}, "olga")
	return caseID, order
}

func (w *world) delivered() (caseID, order string) {
	w.Helper()
	caseID, order = w.ordered()
	w.do("aid.visit", visit(order, 15), "vic")
	return caseID, order
}

func visit(order string, quantity int64) *aidv1.RecordVisit {
	return &aidv1.RecordVisit{
		Order: order, Outcome: aidv1.VisitOutcome_VISIT_OUTCOME_DELIVERED, Quantity: quantity, Evidence: text("photograph"),
	}
}

func (w *world) closed() string {
	w.Helper()
	c, _ := w.delivered()
	w.do("aid.acknowledge", &aidv1.AcknowledgeAid{Case: c, Quantity: 14, Settled: true}, "ann")
	w.do("aid.close", &aidv1.CloseCase{Case: c}, "wes")
	return c
}
