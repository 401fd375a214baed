package proposal_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/proposal"
	"renlin.dev/services/proposal/internal/topic"
)

// tb is what testing.T and rapid.T have in common.
type tb interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// world is a community's record under this service's rules, written by hand: facts of other services are given, commands are judged,
// commits go through their bytes, and what rules owe is done when the test says so. It plays the sequencer's part: read sets and windows
// are held against the state.
type world struct {
	tb
	state *decider.State
	now   int64
	sent  int
	log   []*chain.Commit
	// author is what kind of hand the given facts come from.
	author chain.Author
}

// The cast. Ann to fay have no roles; there are ten active members in all.
var residents = []string{"ann", "bob", "cat", "dan", "eve", "fay"}

var officials = map[string]communityv1.Role{
	"olga": communityv1.Role_ROLE_OFFICER, "conn": communityv1.Role_ROLE_CONVENER,
	"gus": communityv1.Role_ROLE_GUARDIAN, "gia": communityv1.Role_ROLE_GUARDIAN,
}

const start int64 = 1_800_000_000_000

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

// pollRules are those of a matter that is decided by the method.
func pollRules(method communityv1.Method) *communityv1.PollRules {
	return &communityv1.PollRules{
		Electorate: communityv1.Electorate_ELECTORATE_MEMBERS, Method: method, VotingSeconds: 600,
		ExecutionDelaySeconds: 1000, ExecutionExpirySeconds: 5000, VetoSeconds: 400,
	}
}

// rulebook has one matter for each kind of method. Greening needs three supporters, or a fifth of the active members if that is more.
// Works alone knows appeals against vetoes.
func rulebook() *communityv1.Rulebook {
	book := &communityv1.Rulebook{Version: 1, OpenTopicsMax: 2}
	for code, method := range map[string]communityv1.Method{
		"greening": communityv1.Method_METHOD_YES_NO, "naming": communityv1.Method_METHOD_SINGLE,
		"committee": communityv1.Method_METHOD_APPROVAL, "works": communityv1.Method_METHOD_BUDGET_GREEDY,
		"parking": communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP,
	} {
		book.Matters = append(book.Matters, &communityv1.Matter{
			Code: code, Title: code, ThresholdMembers: 3, ThresholdNumerator: 1, ThresholdDenominator: 5,
			DeliberationSeconds: 3600, Poll: pollRules(method),
		})
	}
	slices.SortFunc(book.Matters, func(a, b *communityv1.Matter) int { return strings.Compare(a.Code, b.Code) })
	matterOf(book, "works").Poll.AppealVotingSeconds = 300
	return book
}

// newWorld founds a community of the cast under the rulebook.
func newWorld(t tb) *world {
	w := &world{tb: t, state: decider.NewState(proposal.Model()), now: start, author: chain.AuthorPolicy}
	w.fact("community/main", &communityv1.CommunityFounded{Name: "Example"}, &chainv1.RulesActivated{Version: 1})
	w.adopt(rulebook())
	for _, name := range residents {
		w.admit(name)
	}
	for _, name := range []string{"olga", "conn", "gus", "gia"} {
		w.admit(name)
		w.fact("member/"+id(name), &communityv1.RoleGranted{Role: officials[name]})
	}
	return w
}

// admit gives a person standing and a device.
func (w *world) admit(name string) {
	w.fact("member/"+id(name), &communityv1.MemberAdmitted{AdmittedBy: id("street office")})
	w.enrol(name, false)
}

func (w *world) enrol(name string, hosted bool) {
	w.fact("key/"+chain.KeyID(keyOf(name)), &communityv1.KeyEnrolled{Member: id(name), Key: keyOf(name), Hosted: hosted})
}

// founders gives people a standing as the founding does.
func (w *world) founders(names ...string) {
	for _, name := range names {
		w.author = chain.AuthorGenesis
		w.fact("member/"+id(name), &communityv1.MemberAdmitted{AdmittedBy: id("street office")})
		w.author = chain.AuthorPolicy
		w.enrol(name, false)
	}
}

func (w *world) revoke(name string) { w.fact("member/"+id(name), &communityv1.MemberRevoked{}) }

func (w *world) adopt(book *communityv1.Rulebook) {
	w.fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: book})
}

// certify gives voting's certificate on a motion.
func (w *world) certify(motion string, adopted bool) {
	w.fact("poll/"+id("poll of "+motion), &votingv1.CertificateIssued{Motion: motion, Adopted: adopted})
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
		Author: w.author, Time: w.now, ID: chain.PolicyID("other", fmt.Sprint(w.sent)), Service: "other",
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

// input makes a command as its author's device would; its signature stands for one that was checked.
func (w *world) input(who, operation string, body proto.Message) *decider.Input {
	w.Helper()
	encoded, err := protojson.Marshal(body)
	if err != nil {
		w.Fatalf("encode body: %v", err)
	}
	w.sent++
	signed := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: fmt.Sprint(w.sent), NotAfter: w.now + 1000,
		Body: encoded, Signatures: []chain.Signature{{Key: keyOf(who), Sig: make([]byte, 64)}},
	}
	raw, err := signed.Encode(nil)
	if err != nil {
		w.Fatalf("encode command: %v", err)
	}
	commandID, err := signed.ID(chain.AuthorDevice, "proposal")
	if err != nil {
		w.Fatalf("name command: %v", err)
	}
	return &decider.Input{Raw: raw, Signed: signed, ID: commandID, Time: w.now}
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
	c := verdict.Commit
	if !bytes.Equal(w.encode(c), w.encode(again.Commit)) {
		w.Errorf("%s: judged twice with two results", in.Signed.Operation)
	}
	if w.now < c.WindowFrom || c.WindowUntil != 0 && w.now >= c.WindowUntil {
		w.Errorf("%s: decided at a time that its own window forbids", in.Signed.Operation)
	}
	if !slices.IsSortedFunc(c.Changes, func(a, b chain.Change) int { return strings.Compare(a.Aggregate, b.Aggregate) }) {
		w.Errorf("%s: changes are not in order", in.Signed.Operation)
	}
	w.apply(c)
	return c, nil
}

// try sends a command and answers the fault's code, "" when it was written.
func (w *world) try(who, operation string, body proto.Message) string {
	w.Helper()
	if _, err := w.submit(w.input(who, operation, body)); err != nil {
		return code(err)
	}
	return ""
}

// code is the code of a refusal, "" for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.Of(err).Code
}

// do sends a command that must succeed and answers the id of the last thing of the kind that it changed.
func (w *world) do(kind, who, operation string, body proto.Message) string {
	w.Helper()
	c, err := w.submit(w.input(who, operation, body))
	if err != nil {
		w.Fatalf("%s by %s: %v", operation, who, err)
	}
	found := ""
	for _, ch := range c.Changes {
		if chain.KindOf(ch.Aggregate) == kind {
			found = ch.Aggregate[strings.LastIndexByte(ch.Aggregate, '/')+1:]
		}
	}
	return found
}

func (w *world) post(who, matter string) string {
	w.Helper()
	return w.do("topic", who, "proposal.post", &proposalv1.PostTopic{Matter: matter, Text: text("lamps")})
}

func (w *world) second(who, topicID string) {
	w.Helper()
	w.do("second", who, "proposal.second", &proposalv1.SecondTopic{Topic: topicID})
}

// settle does what rules owe at this moment, oldest first, until nothing is owed, and answers the operations that were done.
func (w *world) settle() []string {
	w.Helper()
	var done []string
	for range 1000 {
		owed := w.state.OwedNow(w.now)
		if len(owed) == 0 {
			return done
		}
		done = append(done, w.pay(owed[0]))
	}
	w.Fatalf("rules owe without end")
	return nil
}

// pay does one thing that rules owe and answers its operation, or "lapsed <reason>".
func (w *world) pay(o *decider.Owed) string {
	w.Helper()
	raw, signed, err := decider.PolicyCommand(o, 1)
	if err != nil {
		w.Fatalf("encode policy command: %v", err)
	}
	c, err := w.submit(&decider.Input{Raw: raw, Signed: signed, ID: o.ID, Time: w.now, Policy: true})
	if err != nil {
		w.Fatalf("policy %s was refused: %v", o.Purpose, err)
	}
	if lapse, ok := lapseOf(c); ok {
		return "lapsed " + lapse
	}
	return o.Operation
}

// purposes lists what is owed at any time, in order.
func (w *world) purposes() []string {
	var all []string
	for _, o := range w.state.OwedNow(1 << 60) {
		all = append(all, o.Purpose)
	}
	slices.Sort(all)
	return all
}

// convened raises a deliberation of the matter with a topic of ann's that bob and cat second, and answers both ids.
func (w *world) convened(matter string) (deliberationID, topicID string) {
	w.Helper()
	topicID = w.post("ann", matter)
	w.second("bob", topicID)
	w.second("cat", topicID)
	w.settle()
	deliberationID = decider.Peek[topic.Topic](w.state, topic.Path(topicID)).Deliberation
	if deliberationID == "" {
		w.Fatalf("no deliberation was convened")
	}
	return deliberationID, topicID
}

// question is a motion that fits the matter.
func question(matter string) *proposalv1.Motion {
	q := &proposalv1.Motion{Title: "Lamps", Text: "New lamps for the yard."}
	options := []*proposalv1.Option{{Code: "A-1", Title: "North"}, {Code: "A-2", Title: "South"}}
	switch matter {
	case "naming", "committee":
		q.Options = options
	case "works", "parking":
		q.Options, q.BudgetFen = options, 10_000
		options[0].CostFen, options[1].CostFen = 6_000, 7_000
	}
	return q
}

// put closes a deliberation of the matter with a motion and answers the motion's id.
func (w *world) put(matter string) string {
	w.Helper()
	d, _ := w.convened(matter)
	return w.do("motion", "conn", "proposal.close", &proposalv1.CloseDeliberation{
		Deliberation: d, Minutes: "We met.", Motion: question(matter),
	})
}

// adopted has a motion of the matter adopted.
func (w *world) adopted(matter string) string {
	w.Helper()
	m := w.put(matter)
	w.certify(m, true)
	w.settle()
	return m
}

// inForce has a motion of the matter in force.
func (w *world) inForce(matter string) string {
	w.Helper()
	m := w.adopted(matter)
	w.now += 1_000_000
	w.settle()
	return m
}

// eventsOf names what a commit says: "aggregate kind: fact, fact".
func eventsOf(c *chain.Commit) []string {
	var out []string
	for _, ch := range c.Changes {
		var names []string
		for _, e := range ch.Events {
			names = append(names, e.Type[strings.LastIndexByte(e.Type, '.')+1:])
		}
		out = append(out, chain.KindOf(ch.Aggregate)+": "+strings.Join(names, ", "))
	}
	return out
}

// lapseOf answers the reason when the commit is a lapse.
func lapseOf(c *chain.Commit) (string, bool) {
	for _, ch := range c.Changes {
		for _, e := range ch.Events {
			if strings.HasSuffix(e.Type, ".Lapsed") {
				body, err := decider.DecodeEvent(e)
				if err != nil {
					return "", false
				}
				return body.(interface{ GetReason() string }).GetReason(), true
			}
		}
	}
	return "", false
}

// scenario is one line of a given/when/then table.
type scenario struct {
	name string
	// given prepares the record and answers the command.
	given     func(w *world) proto.Message
	who       string
	operation string
	then      []string // facts, or
	refused   string   // the fault's code
}

func play(t *testing.T, scenarios []scenario) {
	t.Helper()
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			command := s.given(w)
			c, err := w.submit(w.input(s.who, s.operation, command))
			switch {
			case s.refused != "" && err == nil:
				t.Fatalf("was done, want the refusal %s", s.refused)
			case s.refused != "" && code(err) != s.refused:
				t.Fatalf("refused as %s, want %s", code(err), s.refused)
			case s.refused == "" && err != nil:
				t.Fatalf("refused: %v", err)
			case s.refused == "":
				if diff := cmp.Diff(s.then, eventsOf(c)); diff != "" {
					t.Errorf("facts (-want +got):\n%s", diff)
				}
			}
		})
	}
}

// wordless is the refusal of a command that refers to no words.
const wordless = "text.malformed"
