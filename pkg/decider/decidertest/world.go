// Package decidertest is a community's record for tests of a service's rules, written by hand.
//
// Facts of other services are given, commands are judged, commits go through their bytes, and what rules owe is done when the test says so.
// It plays the sequencer's part: windows and the order of changes are held against the state. People and things have short names, from
// which their opaque ids and keys are made. The package is for tests only.
package decidertest

import (
	"bytes"
	"crypto/ed25519"
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
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TB is what testing.T and rapid.T have in common.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// Start is when each record begins.
const Start int64 = 1_800_000_000_000

// World is one record. A service's tests embed it beside what is theirs alone. It is used by one goroutine.
type World struct {
	TB
	State *decider.State
	Now   int64
	// Holds is for how many milliseconds the next command may wait; 1,000 where it is 0.
	Holds int64
	Log   []*chain.Commit
	// Heads are those of the blocks, each of one commit.
	Heads []*chain.Sealed
	// Author is what kind of hand the given facts come from.
	Author chain.Author

	model *decider.Model
	sent  int
}

// New begins a record under the rules. Its first fact is the founding. When the test ends, the record is folded again with restarts.
func New(t TB, model *decider.Model) *World {
	w := &World{TB: t, State: decider.NewState(model), Now: Start, Author: chain.AuthorPolicy, model: model}
	if test, ok := t.(testing.TB); ok {
		test.Cleanup(func() {
			if !test.Failed() {
				w.restart()
			}
		})
	}
	return w
}

// Admit gives a person standing and a device.
func (w *World) Admit(name string) {
	w.Helper()
	w.Fact("member/"+ID(name), &communityv1.MemberAdmitted{AdmittedBy: ID("street office")})
	w.Enrol(name, false)
}

// Enrol gives a person a key: that of a device, or one that is hosted.
func (w *World) Enrol(name string, hosted bool) {
	w.Helper()
	w.Fact("key/"+chain.KeyID(KeyOf(name)), &communityv1.KeyEnrolled{Member: ID(name), Key: KeyOf(name), Hosted: hosted})
}

// Adopt has another rulebook.
func (w *World) Adopt(book *communityv1.Rulebook) {
	w.Helper()
	w.Fact(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: book})
}

// Fact writes what another service decided.
func (w *World) Fact(aggregate string, events ...proto.Message) {
	w.Helper()
	ch := chain.Change{Aggregate: aggregate, Version: w.State.Version(aggregate) + 1}
	for _, e := range events {
		ch.Events = append(ch.Events, chain.Event{Type: string(e.ProtoReflect().Descriptor().FullName()), Body: w.stored(e)})
	}
	w.sent++
	raw, err := (&chain.Signed{
		Suite: chain.SuiteNone, Operation: "other.fact", Contract: 1, IdempotencyKey: fmt.Sprint(w.sent),
	}).Encode(nil)
	if err != nil {
		w.Fatalf("encode command: %v", err)
	}
	c := &chain.Commit{
		Author: w.Author, Time: w.Now, ID: chain.PolicyID("other", fmt.Sprint(w.sent)), Service: "other",
		Command: raw, Changes: []chain.Change{ch},
	}
	if len(w.Log) == 0 {
		c.Author, c.ID = chain.AuthorGenesis, chain.GenesisID(nil)
	}
	w.Apply(c)
}

func (w *World) stored(m proto.Message) []byte {
	w.Helper()
	raw, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		w.Fatalf("encode event: %v", err)
	}
	return raw
}

// Apply takes a commit through its bytes into the state.
func (w *World) Apply(c *chain.Commit) {
	w.Helper()
	raw := w.Encode(c)
	stored, err := chain.DecodeCommit(raw)
	if err != nil {
		w.Fatalf("decode commit: %v", err)
	}
	if err := w.State.Apply(stored, w.Now); err != nil {
		w.Fatalf("fold commit: %v", err)
	}
	n := uint64(len(w.Log))
	head := chain.Seal(chain.Header{Epoch: 1, Number: n, First: n, Count: 1, Time: w.Now, Root: sha256.Sum256(raw)}, Epoch)
	w.Log, w.Heads = append(w.Log, stored), append(w.Heads, &head)
	w.State.SetHead(&head)
}

// Encode gives a commit's bytes.
func (w *World) Encode(c *chain.Commit) []byte {
	w.Helper()
	raw, err := c.Encode()
	if err != nil {
		w.Fatalf("encode commit: %v", err)
	}
	return raw
}

// Input makes a command as its author's device would; its signatures stand for ones that were checked.
func (w *World) Input(who, operation string, body proto.Message, others ...string) *decider.Input {
	w.Helper()
	return w.InputOf(chain.AuthorDevice, who, operation, body, others...)
}

// InputOf is Input for another kind of author.
func (w *World) InputOf(author chain.Author, who, operation string, body proto.Message, others ...string) *decider.Input {
	w.Helper()
	encoded, err := protojson.Marshal(body)
	if err != nil {
		w.Fatalf("encode body: %v", err)
	}
	w.sent++
	signed := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: fmt.Sprint(w.sent), NotAfter: w.Now + 1000, Body: encoded,
	}
	if w.Holds != 0 {
		signed.NotAfter = w.Now + w.Holds
	}
	for _, name := range append([]string{who}, others...) {
		signed.Signatures = append(signed.Signatures, chain.Signature{Key: KeyOf(name), Sig: make([]byte, ed25519.SignatureSize)})
	}
	raw, err := signed.Encode(nil)
	if err != nil {
		w.Fatalf("encode command: %v", err)
	}
	id, err := signed.ID(author, w.model.Service)
	if err != nil {
		w.Fatalf("name command: %v", err)
	}
	return &decider.Input{Raw: raw, Signed: signed, ID: id, Time: w.Now}
}

// Submit judges a command twice, which must come out the same, and writes it unless it was refused.
func (w *World) Submit(in *decider.Input) (*chain.Commit, error) {
	w.Helper()
	verdict, again := w.State.Judge(in), w.State.Judge(in)
	if Code(verdict.Err) != Code(again.Err) {
		w.Fatalf("%s: judged twice: %v, %v", in.Signed.Operation, verdict.Err, again.Err)
	}
	if verdict.Err != nil {
		return nil, verdict.Err
	}
	c := verdict.Commit
	if !bytes.Equal(w.Encode(c), w.Encode(again.Commit)) {
		w.Errorf("%s: judged twice with two results", in.Signed.Operation)
	}
	if w.Now < c.WindowFrom || c.WindowUntil != 0 && w.Now >= c.WindowUntil {
		w.Errorf("%s: decided at a time that its own window forbids", in.Signed.Operation)
	}
	if !slices.IsSortedFunc(c.Changes, func(a, b chain.Change) int { return strings.Compare(a.Aggregate, b.Aggregate) }) {
		w.Errorf("%s: changes are not in order", in.Signed.Operation)
	}
	w.Apply(c)
	return c, nil
}

// Try sends a command, which others may sign as well, and answers the fault's code, "" when it was written.
func (w *World) Try(who, operation string, body proto.Message, others ...string) string {
	w.Helper()
	_, err := w.Submit(w.Input(who, operation, body, others...))
	return Code(err)
}

// Do sends a command that must succeed and answers the id of the last thing of the kind that it changed.
func (w *World) Do(kind, who, operation string, body proto.Message, others ...string) string {
	w.Helper()
	c, err := w.Submit(w.Input(who, operation, body, others...))
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

// Expect sends a command and holds what comes of it: these facts, as EventsOf names them, or the refusal of this code.
func (w *World) Expect(in *decider.Input, facts []string, refused string) {
	w.Helper()
	c, err := w.Submit(in)
	switch {
	case refused != "" && err == nil:
		w.Fatalf("was done, want the refusal %s", refused)
	case refused != "" && Code(err) != refused:
		w.Fatalf("refused as %s, want %s", Code(err), refused)
	case refused == "" && err != nil:
		w.Fatalf("refused: %v", err)
	case refused == "":
		if diff := cmp.Diff(facts, EventsOf(c)); diff != "" {
			w.Errorf("facts (-want +got):\n%s", diff)
		}
	}
}

// Settle does what rules owe at this moment, oldest first, until nothing is owed, and answers what Pay did.
func (w *World) Settle() []string {
	w.Helper()
	var done []string
	for range 1000 {
		owed := w.State.OwedNow(w.Now)
		if len(owed) == 0 {
			return done
		}
		done = append(done, w.Pay(owed[0]))
	}
	w.Fatalf("rules owe without end")
	return nil
}

// Pay does one thing that rules owe and answers its operation, or "lapsed <reason>".
func (w *World) Pay(o *decider.Owed) string {
	w.Helper()
	raw, signed, err := decider.PolicyCommand(o, 1)
	if err != nil {
		w.Fatalf("encode policy command: %v", err)
	}
	c, err := w.Submit(&decider.Input{Raw: raw, Signed: signed, ID: o.ID, Time: w.Now, Policy: true})
	if err != nil {
		w.Fatalf("policy %s was refused: %v", o.Purpose, err)
	}
	if reason, ok := LapseOf(c); ok {
		return "lapsed " + reason
	}
	return o.Operation
}

// Purposes lists what is owed at any time, in order.
func (w *World) Purposes() []string { return purposesOf(w.State) }

func purposesOf(s *decider.State) []string {
	var all []string
	for _, o := range s.OwedNow(1 << 60) {
		all = append(all, o.Purpose)
	}
	slices.Sort(all)
	return all
}
