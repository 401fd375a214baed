package ledger_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
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
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/ledger"
	"renlin.dev/services/ledger/internal/book"
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

// The cast. Olga and otto are officers of the committee, omar and oda of the owners, pia of the company; ann lives with omar, and bob with
// nobody of them.
var offices = map[string]string{"olga": "committee", "otto": "committee", "omar": "owners", "oda": "owners", "pia": "company"}

var residents = []string{"ann", "bob", "cat", "dan", "eve", "fay"}

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

// newWorld founds a community of the cast with rules for the ledger.
func newWorld(t tb, rules *communityv1.LedgerRules) *world {
	w := &world{tb: t, state: decider.NewState(ledger.Model()), now: start, author: chain.AuthorPolicy}
	w.fact("community/main", &communityv1.CommunityFounded{Name: "Example"}, &chainv1.RulesActivated{Version: 1})
	w.fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: &communityv1.Rulebook{Version: 1, Ledger: rules}})
	for _, org := range []string{"committee", "owners", "company"} {
		w.fact("org/"+id(org), &communityv1.OrgAdmitted{Org: &communityv1.Org{Id: id(org), Name: org}})
	}
	for _, name := range residents {
		w.admit(name)
	}
	for _, name := range slices.Sorted(maps.Keys(offices)) {
		w.admit(name)
		w.fact("member/"+id(name), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id(offices[name])})
	}
	w.household("one", "ann", "omar")
	w.household("two", "bob", "cat")
	for _, alone := range []string{"dan", "eve", "fay"} {
		w.household("of "+alone, alone)
	}
	return w
}

// adopt has another rulebook.
func (w *world) adopt(book *communityv1.Rulebook) {
	w.Helper()
	w.fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: book})
}

// household says who lives together.
func (w *world) household(name string, members ...string) {
	w.Helper()
	formed := &communityv1.HouseholdFormed{Unit: id("unit of " + name)}
	for _, m := range members {
		formed.Members = append(formed.Members, id(m))
	}
	w.fact("household/"+id(name), formed)
}

// admit gives a person standing and a device.
func (w *world) admit(name string) {
	w.fact("member/"+id(name), &communityv1.MemberAdmitted{AdmittedBy: id("street office")})
	w.enrol(name, false)
}

func (w *world) enrol(name string, hosted bool) {
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

// together sends a command that several sign, and answers the fault's code, "" when it was written.
func (w *world) together(operation string, body proto.Message, who ...string) string {
	w.Helper()
	_, err := w.submit(w.input(who[0], operation, body, who[1:]...))
	return code(err)
}

// input makes a command as its author's device would; its signatures stand for ones that were checked.
func (w *world) input(who, operation string, body proto.Message, others ...string) *decider.Input {
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
	for _, name := range others {
		signed.Signatures = append(signed.Signatures, chain.Signature{Key: keyOf(name), Sig: make([]byte, 64)})
	}
	raw, err := signed.Encode(nil)
	if err != nil {
		w.Fatalf("encode command: %v", err)
	}
	commandID, err := signed.ID(chain.AuthorDevice, "ledger")
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
	given     func(b *books) proto.Message
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
			w := newBooks(t)
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

// rules are those of the tests: two thousand yuan want a third person, a hundred may be paid at once.
func rules() *communityv1.LedgerRules {
	return &communityv1.LedgerRules{
		HoldSeconds: 1000, ThirdFromFen: 2000_00, EmergencyMaxFen: 100_00, EmergencyConfirmSeconds: 60, DividendPoolPermille: 500,
		DividendEqualPermille: 400, MoneyDividendPermille: 800, MoneyEqualPermille: 500, AppealSeconds: 1000, AppealDecideSeconds: 2000,
	}
}

// open opens an account for money.
func (w *world) open(body *ledgerv1.OpenAccount) string {
	w.Helper()
	return w.do("account", "olga", "ledger.open", body)
}

// account looks at an account.
func (w *world) account(id string) *book.Account {
	w.Helper()
	a := decider.Peek[book.Account](w.state, book.Path(id))
	if a == nil {
		w.Fatalf("there is no account %s", id)
	}
	return a
}

// books are the accounts of a community that has begun: a source, a fund with ten thousand yuan from it, an envelope with five thousand of
// these, and some who can be paid.
type books struct {
	*world
	source, fund, envelope     string
	company, ann, bob, unnamed string
}

// term is how long the envelope pays.
const term = 1_000_000_000

func newBooks(t tb) *books {
	b := &books{world: newWorld(t, rules())}
	b.source = b.open(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "Fees"})
	b.fund = b.open(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "Upkeep"})
	b.envelope = b.open(&ledgerv1.OpenAccount{
		Kind: ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, Name: "Lamps", Fund: b.fund, From: start, Until: start + term,
	})
	payee := func(owner string) string {
		return b.open(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, Owner: id(owner)})
	}
	b.company, b.ann, b.bob, b.unnamed = payee("company"), payee("ann"), payee("bob"), payee("somebody unnamed")
	for _, l := range []*ledgerv1.Line{line(b.source, b.fund, 10_000_00), line(b.fund, b.envelope, 5_000_00)} {
		t := b.propose("olga", true, l)
		b.approve("omar", t)
		b.approve("pia", t)
	}
	return b
}

func line(from, to string, amount int64) *ledgerv1.Line {
	return &ledgerv1.Line{From: from, To: to, Amount: amount}
}

func (b *books) proposal(whole bool, lines ...*ledgerv1.Line) *ledgerv1.ProposeTransfer {
	return &ledgerv1.ProposeTransfer{Lines: lines, Purpose: text("lamps"), PostWhenApproved: whole}
}

func (b *books) propose(who string, whole bool, lines ...*ledgerv1.Line) string {
	b.Helper()
	return b.do("transfer", who, "ledger.propose", b.proposal(whole, lines...))
}

func (b *books) approve(who, transfer string) {
	b.Helper()
	b.do("transfer", who, "ledger.approve", &ledgerv1.ApproveTransfer{Transfer: transfer})
}
