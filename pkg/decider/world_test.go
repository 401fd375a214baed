package decider_test

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
)

// start is the time at which the tests' world begins, ms since the Unix epoch.
const start = int64(1_700_000_000_000)

// world is a community whose sequencer answers at once, and one instance of each toy service.
type world struct {
	tb      testing.TB
	now     int64
	machine *order.Machine
	blocks  []*chain.Block
	raws    [][]byte
	inst    map[string]*decider.Instance
	salts   uint64
	// held keeps the sequencer's replies and blocks back when set.
	deaf bool
	asks map[chain.Ask]int
}

// noSignature is the verifier of tests without cryptography.
func noSignature(*chain.Signed, chain.Hash, chain.CommandID) error { return nil }

func fakeSign(h chain.Header) chain.Sealed {
	s := chain.Sealed{Header: h}
	hash := h.Hash()
	copy(s.Sig[:], hash[:])
	return s
}

// newWorld makes an unfounded community.
func newWorld(tb testing.TB) *world {
	w := &world{tb: tb, now: start, inst: map[string]*decider.Instance{}, asks: map[chain.Ask]int{}}
	kinds := map[string][]string{}
	for _, m := range toy.Models() {
		kinds[m.Service] = m.OwnKinds()
		w.inst[m.Service] = w.instance(m)
	}
	w.machine = order.New(order.Config{Epoch: 1, Sign: fakeSign, Kinds: kinds})
	return w
}

func (w *world) instance(m *decider.Model) *decider.Instance {
	return decider.NewInstance(decider.Config{Model: m, Salt: w.salt}, decider.NewState(m))
}

func (w *world) salt() (s [16]byte) {
	w.salts++
	binary.BigEndian.PutUint64(s[:], w.salts)
	return s
}

// founded makes a community with so many members, m0, m1, …
func founded(tb testing.TB, members int) *world {
	tb.Helper()
	w := newWorld(tb)
	w.ok(w.do(toy.Register, w.found()))
	for i := range members {
		w.ok(w.do(toy.Register, w.command(fmt.Sprint("m", i), "join", "register.join", &toyv1.Join{})))
	}
	return w
}

func (w *world) found() *decider.Admitted {
	w.tb.Helper()
	s := w.signed("founder", "", "register.found", &toyv1.Found{Rules: 1})
	s.NotAfter = 0
	a, err := w.inst[toy.Register].State().Model().AdmitGenesis(w.encode(s), noSignature)
	if err != nil {
		w.tb.Fatal(err)
	}
	return a
}

// key is a person's public key, and member the id that it gives.
func key(name string) []byte { sum := sha256.Sum256([]byte(name)); return sum[:] }

func member(name string) string { return chain.KeyID(key(name)) }

func (w *world) signed(who, idem, operation string, body proto.Message) *chain.Signed {
	w.tb.Helper()
	raw, err := protojson.Marshal(body)
	if err != nil {
		w.tb.Fatal(err)
	}
	return &chain.Signed{
		Suite: chain.SuiteIntl, Operation: operation, Contract: 1, IdempotencyKey: idem, NotAfter: w.now + 600_000, Body: raw,
		Signatures: []chain.Signature{{Key: key(who), Sig: make([]byte, 64)}},
	}
}

func (w *world) encode(s *chain.Signed) []byte {
	w.tb.Helper()
	raw, err := s.Encode(nil)
	if err != nil {
		w.tb.Fatal(err)
	}
	return raw
}

// command makes a command of somebody, admitted by the service in its operation's name.
func (w *world) command(who, idem, operation string, body proto.Message) *decider.Admitted {
	w.tb.Helper()
	a, err := w.admit(w.encode(w.signed(who, idem, operation, body)))
	if err != nil {
		w.tb.Fatal(err)
	}
	return a
}

func (w *world) admit(raw []byte) (*decider.Admitted, error) {
	var err error
	for _, m := range toy.Models() {
		var a *decider.Admitted
		if a, err = m.Admit(w.machine.Genesis(), raw, noSignature); !errors.Is(err, decider.ErrOperation) {
			return a, err
		}
	}
	return nil, err
}

// do submits a command and runs the world until nothing moves; nil when there is no answer.
func (w *world) do(service string, a *decider.Admitted) *decider.Result {
	w.tb.Helper()
	got := w.submit(service, a)
	w.run()
	return *got
}

func (w *world) submit(service string, a *decider.Admitted) **decider.Result {
	w.tb.Helper()
	var got *decider.Result
	w.inst[service].Submit(w.now, decider.Submission{Command: a, Reply: func(r decider.Result) {
		if got != nil {
			w.tb.Error("answered twice")
		}
		got = &r
	}})
	return &got
}

func (w *world) ok(r *decider.Result) *decider.Result {
	w.tb.Helper()
	if r == nil || r.Fault != nil || r.Position == 0 {
		w.tb.Fatalf("want a receipt, got %+v", r)
	}
	return r
}

func (w *world) refused(r *decider.Result, want error) {
	w.tb.Helper()
	if r == nil || r.Fault == nil || !errors.Is(r.Fault, want) {
		w.tb.Fatalf("want %v, got %+v", want, r)
	}
}

// services are walked in a fixed order.
var services = []string{toy.Register, toy.Forum}

// run lets requests, blocks and policies go round until nothing is left to do.
func (w *world) run() {
	w.tb.Helper()
	for range 1000 {
		moved := false
		for _, name := range services {
			w.inst[name].Tick(w.now)
			moved = w.serve(name) || moved
		}
		if !moved {
			return
		}
	}
	w.tb.Fatal("the world does not come to rest")
}

// serve answers one instance's requests, each in a block of its own.
func (w *world) serve(name string) bool {
	out := w.inst[name].Outbox()
	for _, o := range out {
		w.asks[o.Request.Ask]++
		if w.deaf {
			continue
		}
		w.inst[name].Replied(w.now, o.Handle, w.sequence(name, o.Request))
	}
	return len(out) > 0 && !w.deaf
}

// sequence has a request judged and written.
func (w *world) sequence(service string, q *chain.Request) *chain.Reply {
	w.tb.Helper()
	if _, ok := w.machine.Admit(service, q, w.now); !ok {
		w.tb.Fatal("the machine puts a request off")
	}
	verdicts := w.machine.Release()
	if raw, ok := w.machine.Seal(nil); ok {
		verdicts = w.machine.Confirm()
		w.write(raw)
	}
	reply, err := verdicts[0].Reply(func(block uint64) ([]byte, error) { return w.raws[block], nil })
	if err != nil {
		w.tb.Fatal(err)
	}
	return reply
}

// write puts a block on the stream and lets everybody fold it.
func (w *world) write(raw []byte) {
	w.tb.Helper()
	b, err := chain.DecodeBlock(raw)
	if err != nil {
		w.tb.Fatal(err)
	}
	w.raws, w.blocks = append(w.raws, raw), append(w.blocks, b)
	for _, name := range services {
		if err := w.inst[name].ApplyBlock(w.now, b); err != nil {
			w.tb.Fatalf("%s: %v", name, err)
		}
	}
}
