package aid_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/aid"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
)

// tb is what testing.T and rapid.T have in common.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// world is a record under this service's rules: facts of other services are given, commands are judged twice and go through their bytes,
// and what rules owe is done when the test says so.
type world struct {
	tb
	state *decider.State
	now   int64
	holds int64 // how far ahead the next command expires, where it matters
	sent  int
	log   []*chain.Commit
}

const start int64 = 1_800_000_000_000

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

// id gives a person's, or anything's, opaque id.
func id(name string) string {
	sum := sha256.Sum256([]byte(name))
	return chain.ShortID(sum[:])
}

// keyOf gives the public key of a person's device.
func keyOf(name string) []byte {
	sum := sha256.Sum256([]byte("key of " + name))
	return sum[:]
}

// text gives a reference to words in the vault.
func text(words string) *communityv1.Text {
	sum := sha256.Sum256([]byte(words))
	return &communityv1.Text{Ref: fmt.Sprintf("%x", sum), LengthBytes: uint32(len(words)), Commitment: sum[:]}
}

func newWorld(t tb) *world {
	w := &world{tb: t, state: decider.NewState(aid.Model()), now: start}
	w.fact("community/main", &communityv1.CommunityFounded{Name: "Example"}, &chainv1.RulesActivated{Version: 1})
	w.fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: &communityv1.Rulebook{Version: 1}})
	for org, kind := range map[string]communityv1.OrgKind{
		"committee": communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, "volunteers": communityv1.OrgKind_ORG_KIND_VOLUNTEERS,
		"street": communityv1.OrgKind_ORG_KIND_GOVERNMENT,
	} {
		w.fact("org/"+id(org), &communityv1.OrgAdmitted{Org: &communityv1.Org{Id: id(org), Kind: kind, Name: org}})
	}
	for _, name := range residents {
		w.admit(name, false)
	}
	for name, o := range officials {
		w.admit(name, false)
		w.fact("member/"+id(name), &communityv1.RoleGranted{Role: o.role, Org: id(o.org)})
	}
	w.admit("hosted", true)
	w.fact("member/"+id("hosted"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id("committee")})
	w.fact("mandate/"+id("mandate"), &communityv1.MandateGranted{
		Principal: id("ann"), Helper: id("hal"), Acts: []communityv1.Act{communityv1.Act_ACT_AID}, From: start, Until: start + 900*day,
	})
	return w
}

// admit gives a person standing and a key.
func (w *world) admit(name string, hosted bool) {
	w.fact("member/"+id(name), &communityv1.MemberAdmitted{AdmittedBy: id("street")})
	w.fact("key/"+chain.KeyID(keyOf(name)), &communityv1.KeyEnrolled{Member: id(name), Key: keyOf(name), Hosted: hosted})
}

// fact writes what another service decided.
func (w *world) fact(aggregate string, events ...proto.Message) {
	w.Helper()
	ch := chain.Change{Aggregate: aggregate, Version: w.state.Version(aggregate) + 1}
	for _, e := range events {
		body, err := proto.MarshalOptions{Deterministic: true}.Marshal(e)
		if err != nil {
			w.Fatalf("encode fact: %v", err)
		}
		ch.Events = append(ch.Events, chain.Event{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: body})
	}
	w.sent++
	raw, err := (&chain.Signed{
		Suite: chain.SuiteNone, Operation: "other.fact", Contract: 1, IdempotencyKey: fmt.Sprint(w.sent),
	}).Encode(nil)
	if err != nil {
		w.Fatalf("encode command: %v", err)
	}
	c := &chain.Commit{
		Author: chain.AuthorPolicy, Time: w.now, ID: chain.PolicyID("other", fmt.Sprint(w.sent)), Service: "other",
		Command: raw, Changes: []chain.Change{ch},
	}
	if len(w.log) == 0 {
		c.Author, c.ID = chain.AuthorGenesis, chain.GenesisID(nil)
	}
	w.apply(c)
}

// apply takes a commit through its bytes into the state.
func (w *world) apply(c *chain.Commit) {
	w.Helper()
	stored, err := chain.DecodeCommit(w.encode(c))
	if err != nil {
		w.Fatalf("decode commit: %v", err)
	}
	if err := w.state.Apply(stored, w.now); err != nil {
		w.Fatalf("fold commit: %v", err)
	}
	w.log = append(w.log, stored)
}

func (w *world) encode(c *chain.Commit) []byte {
	w.Helper()
	raw, err := c.Encode()
	if err != nil {
		w.Fatalf("encode commit: %v", err)
	}
	return raw
}

// submit judges a command twice, which must come out the same, and writes it unless it was refused.
func (w *world) submit(in *decider.Input) (*chain.Commit, error) {
	w.Helper()
	verdict, again := w.state.Judge(in), w.state.Judge(in)
	if code(verdict.Err) != code(again.Err) {
		w.Fatalf("%s: judged twice: %v, %v", in.Signed.Operation, verdict.Err, again.Err)
	}
	if verdict.Err != nil {
		return nil, verdict.Err
	}
	if !bytes.Equal(w.encode(verdict.Commit), w.encode(again.Commit)) {
		w.Errorf("%s: judged twice with two results", in.Signed.Operation)
	}
	w.apply(verdict.Commit)
	return verdict.Commit, nil
}

// send signs a command with one or more keys and has it judged.
func (w *world) send(operation string, body proto.Message, signers ...string) (*chain.Commit, error) {
	w.Helper()
	encoded, err := protojson.Marshal(body)
	if err != nil {
		w.Fatalf("encode body: %v", err)
	}
	w.sent++
	signed := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: fmt.Sprint(w.sent), Body: encoded,
		NotAfter: w.now + cmp.Or(w.holds, 1000),
	}
	for _, who := range signers {
		signed.Signatures = append(signed.Signatures, chain.Signature{Key: keyOf(who), Sig: make([]byte, 64)})
	}
	raw, err := signed.Encode(nil)
	if err != nil {
		w.Fatalf("encode command: %v", err)
	}
	commandID, err := signed.ID(chain.AuthorDevice, aid.Service)
	if err != nil {
		w.Fatalf("name command: %v", err)
	}
	return w.submit(&decider.Input{Raw: raw, Signed: signed, ID: commandID, Time: w.now})
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

// code is the code of a refusal, "" for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

// settle does what rules owe at this moment, oldest first, and answers what came of each.
func (w *world) settle() (done []string) {
	w.Helper()
	for range 1000 {
		owed := w.state.OwedNow(w.now)
		if len(owed) == 0 {
			return done
		}
		raw, signed, err := decider.PolicyCommand(owed[0], 1)
		if err != nil {
			w.Fatalf("encode policy command: %v", err)
		}
		c, err := w.submit(&decider.Input{Raw: raw, Signed: signed, ID: owed[0].ID, Time: w.now, Policy: true})
		if err != nil {
			w.Fatalf("policy %s was refused: %v", owed[0].Purpose, err)
		}
		for _, ch := range c.Changes {
			for _, e := range ch.Events {
				done = append(done, e.Type[strings.LastIndexByte(e.Type, '.')+1:])
			}
		}
	}
	w.Fatalf("rules owe without end")
	return nil
}

// pass lets time go by, doing what becomes due.
func (w *world) pass(ms int64) []string { w.Helper(); w.now += ms; return w.settle() }

func (w *world) aidCase(id string) *casework.Case {
	w.Helper()
	c := decider.Peek[casework.Case](w.state, casework.Path(id))
	if c == nil {
		w.Fatalf("there is no such case")
	}
	return c
}

func (w *world) file(id string) *beneficiary.Beneficiary {
	w.Helper()
	return decider.Peek[beneficiary.Beneficiary](w.state, beneficiary.Path(id))
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
