package matching_test

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
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
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
	heads []*chain.Sealed // each of a block of one commit
	// author is what kind of hand the given facts come from.
	author chain.Author
}

// The cast. Ann to fay have no roles; olga is an officer of the office, otto of the owners, gwen a grid worker, and robo a program of the
// operator's.
var residents = []string{"ann", "bob", "cat", "dan", "eve", "fay"}

var officials = map[string]*communityv1.RoleGranted{
	"olga": {Role: communityv1.Role_ROLE_OFFICER, Org: id("office")}, "otto": {Role: communityv1.Role_ROLE_OFFICER, Org: id("owners")},
	"gwen": {Role: communityv1.Role_ROLE_GRID_WORKER, Org: id("office")}, "robo": {Role: communityv1.Role_ROLE_OPERATOR, Org: id("office")},
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

// rulebook lists four skills, of which care requires that first aid was attested.
func rulebook() *communityv1.Rulebook {
	return &communityv1.Rulebook{Version: 1, OpenTopicsMax: 2, Matching: &communityv1.MatchingRules{
		Skills: []*communityv1.Skill{
			{Code: "meal", Title: "Meals"}, {Code: "errand", Title: "Errands"}, {Code: "medicine", Title: "Medicine"},
			{Code: "care", Title: "Care", Requires: []string{"first-aid"}},
		},
		Languages: []string{"zh", "ug"}, Attestations: []string{"first-aid", "female"},
	}}
}

// newWorld founds a community of the cast under the rulebook.
func newWorld(t tb) *world {
	w := &world{tb: t, state: decider.NewState(matching.Model()), now: start, author: chain.AuthorPolicy}
	founded := &communityv1.CommunityFounded{Name: "Example", EpochKey: chain.Public(device("sequencer"))}
	w.fact("community/main", founded, &chainv1.RulesActivated{Version: 1})
	w.adopt(rulebook())
	for _, name := range residents {
		w.admit(name)
	}
	for _, name := range []string{"olga", "otto", "gwen", "robo"} {
		w.admit(name)
		w.fact("member/"+id(name), officials[name])
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

func (w *world) adopt(book *communityv1.Rulebook) {
	w.fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: book})
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
	w.heads = append(w.heads, w.sealed())
	w.state.SetHead(w.heads[len(w.heads)-1])
}

// sealed gives the header of a block of the newest commit alone.
func (w *world) sealed() *chain.Sealed {
	n := uint64(len(w.log))
	s := chain.Seal(chain.Header{
		Epoch: 1, Number: n - 1, First: n - 1, Count: 1, Time: w.now, Root: sha256.Sum256(w.encode(w.log[n-1])),
	}, device("sequencer"))
	return &s
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
func (w *world) input(who, operation string, body proto.Message, cosigners ...string) *decider.Input {
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
	for _, name := range cosigners {
		signed.Signatures = append(signed.Signatures, chain.Signature{Key: keyOf(name), Sig: make([]byte, 64)})
	}
	raw, err := signed.Encode(nil)
	if err != nil {
		w.Fatalf("encode command: %v", err)
	}
	commandID, err := signed.ID(chain.AuthorDevice, "matching")
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
	cosigner  string
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
			var cosigners []string
			if s.cosigner != "" {
				cosigners = []string{s.cosigner}
			}
			c, err := w.submit(w.input(s.who, s.operation, command, cosigners...))
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

// need has somebody ask for some meals at the origin.
func (w *world) need(who string, quantity int64) string {
	w.Helper()
	return w.do("need", who, "matching.raise_need", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: quantity, Cell: &matchingv1.Cell{}, Text: text("soup"),
	})
}

// provider registers a volunteer of their own, who offers meals so many squares east of the origin.
func (w *world) provider(who string, east int32, capacity int64) string {
	w.Helper()
	p := w.do("provider", who, "matching.register_provider", &matchingv1.RegisterProvider{
		Member: id(who), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{East: east}, RadiusCells: 10, Languages: []string{"zh"}},
	})
	w.offer(who, p, "meal", capacity)
	return p
}

func (w *world) offer(who, provider, skill string, capacity int64) {
	w.Helper()
	w.do("offer", who, "matching.publish_offer", &matchingv1.PublishOffer{Provider: provider, Skill: skill, Capacity: capacity})
}

// match gives a line of a plan.
func match(need string, quantity int64, providers ...string) *matchingv1.Match {
	return &matchingv1.Match{Need: need, Quantity: quantity, Providers: providers}
}

// plan gives a provisional plan, whose author has a reason for whom they prefer.
func (w *world) plan(matches ...*matchingv1.Match) *matchingv1.AdoptPlan {
	for _, m := range matches {
		m.Reason = matchingv1.Reason_REASON_OTHER
	}
	return &matchingv1.AdoptPlan{Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: w.now, Matches: matches}
}

// assigned has olga adopt a plan of one match and answers the assignment.
func (w *world) assigned(m *matchingv1.Match) string {
	w.Helper()
	return w.do("assignment", "olga", "matching.adopt_plan", w.plan(m))
}

func (w *world) assignment(id string) *dispatch.Assignment {
	return decider.Peek[dispatch.Assignment](w.state, dispatch.Path(id))
}

func (w *world) needState(id string) *supply.Need {
	return decider.Peek[supply.Need](w.state, supply.NeedPath(id))
}

func (w *world) offerState(provider string) *supply.Offer {
	return decider.Peek[supply.Offer](w.state, supply.OfferPath(provider, "meal"))
}

// later lets time pass and does what is due then.
func (w *world) later(millis int64) []string {
	w.Helper()
	w.now += millis
	return w.settle()
}
