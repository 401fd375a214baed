// Package decider runs rules that are pure functions over a hash-linked record.
//
// In plain words: Decide looks at the state through a View, which writes down everything it looked at, and answers with facts or
// with a refusal. Evolve takes a fact into the state and cannot fail. React says what a fact must trigger. None of them has a
// clock, randomness or I/O, so anyone who holds the record can run them again and must come to the same commits with the same
// read sets; that is how a forgery, an unlawful step and an omission are found.
//
// A Model is the rules of one service. A State is what folding the record under a Model gives. Judge makes a commit out of a
// command and a State. An Instance adds lanes, retries and policies around it, still without goroutines or I/O; a Runner connects
// an Instance to a community's stream.
package decider

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"sync"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/chain"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
)

// Meta is what every fact of one commit shares. In an overlay, where a commit has no place yet, Position is 0: rules must not
// compare positions of their own service's aggregates. So that nobody can, Evolve of an own kind always sees Position 0, and
// the commit's time as BlockTime; foreign kinds, derived values and policies see where and when the commit stands.
type Meta struct {
	Position  uint64 // index + 1
	Time      int64  // the commit's: what Decide was given
	BlockTime int64
	Author    chain.Author
	Actor     string
	Through   string
	Service   string
	ID        chain.CommandID
}

// Event is one fact on one aggregate. Its body is shared by everyone who folds it: nobody changes it.
type Event struct {
	*Meta
	Aggregate string
	Body      proto.Message
}

// Change is what Decide wants on the record for one aggregate.
type Change struct {
	Aggregate string
	Events    []proto.Message
}

// On makes a Change.
func On(aggregate string, events ...proto.Message) Change {
	return Change{Aggregate: aggregate, Events: events}
}

// Demand is what a fact must trigger: a policy command of the demanding model's own service.
type Demand struct {
	// Purpose names what is wanted, "convene/<topic>/<round>"; many facts may demand it, it is done once and never comes round
	// again.
	Purpose   string
	Operation string
	Body      proto.Message
	// Due is the earliest time, in ms since the Unix epoch; 0 for at once.
	Due int64
}

// Command is what Decide is asked: a decoded body, and who asks. Guard has filled Author, Actor, Through and Mandate.
type Command struct {
	ID        chain.CommandID
	Operation string
	Author    chain.Author
	Actor     string
	Through   string
	Mandate   string   // under which Through acts for Actor; empty for what Actor does themselves
	Keys      [][]byte // every signer's public key, author first
	Cosigners []string // members of the further keys, as the guard found them
	Time      int64
	NotAfter  int64 // until when its author lets it be recorded; 0 where nobody signs
	Body      proto.Message
}

// Guard establishes from the keys who acts and whether the operation is open to them at all. It reads through the view, so what
// it rests on is in the read set.
type Guard func(v *View, cmd *Command, op *Operation) error

// Operation is one entry of a service's contract.
type Operation struct {
	Name     string // "service.verb"
	Contract uint16
	// Route is the HTTP method and pattern, "POST topics/{topic}/seconds", below the community's path; empty for policies.
	Route string
	// Policy operations are demanded by rules and never accepted from outside.
	Policy bool
	// Access is what the guard reads; its meaning is the guard's.
	Access any
	// Lane names the aggregate whose waiting commands are decided one upon another; by default the author's key.
	Lane func(body proto.Message) string

	fresh  func() proto.Message
	decide func(v *View, cmd *Command) ([]Change, error)
}

// Nameless tells whether nobody stands on the record as its author. Then nothing that could name them may be kept beside it either: no
// address, no session and no trace.
func (o *Operation) Nameless() bool {
	access, ok := o.Access.(interface{ Nameless() bool })
	return ok && access.Nameless()
}

// Fresh makes an empty body.
func (o *Operation) Fresh() proto.Message { return o.fresh() }

// Decode reads a body: strict JSON as a client sent it, or protobuf for what a policy or the founding process made.
func (o *Operation) Decode(author chain.Author, body []byte) (proto.Message, error) {
	m := o.fresh()
	if author == chain.AuthorPolicy {
		return m, proto.Unmarshal(body, m)
	}
	return m, protojson.Unmarshal(body, m)
}

// Part is one piece of a Model: a kind, an operation, a policy, a derived value, a guard.
type Part func(m *Model)

// Model is the rules of one service; immutable once made.
type Model struct {
	Service string
	// Rules are the versions of the rules that this code can judge.
	Rules    []uint32
	kinds    map[string]*kind
	ops      map[string]*Operation
	opOrder  []string
	policies map[protoreflect.FullName][]func(v *View, e Event) []Demand
	derived  []derived
	guard    Guard

	shapeOnce sync.Once
	shape     string
}

// NewModel puts a service's rules together. A contradiction in them is a programming error and panics.
func NewModel(service string, rules []uint32, parts ...Part) *Model {
	m := &Model{
		Service: service, Rules: rules,
		kinds: map[string]*kind{}, ops: map[string]*Operation{},
		policies: map[protoreflect.FullName][]func(*View, Event) []Demand{},
	}
	Kind(m.lapseKind(), true, func(s *lapse, e Event) {
		if l, ok := e.Body.(*chainv1.Lapsed); ok {
			s.Reason = l.GetReason()
		}
	})(m)
	for _, part := range parts {
		part(m)
	}
	return m
}

func (m *Model) lapseKind() string { return m.Service + "-lapse" }

// lapse remembers why a demanded command had no effect.
type lapse struct {
	Reason string `json:"reason"`
}

// OwnKinds lists the kinds that the service may write, ascending.
func (m *Model) OwnKinds() []string {
	var own []string
	for name, k := range m.kinds {
		if k.own {
			own = append(own, name)
		}
	}
	slices.Sort(own)
	return own
}

// States gives the Go type of each kind's state. As JSON a state of an own kind is what queries are answered with, and every state
// is what snapshots hold.
func (m *Model) States() map[string]reflect.Type {
	out := make(map[string]reflect.Type, len(m.kinds))
	for name, k := range m.kinds { // any order: each entry is written under its own key
		out[name] = reflect.TypeOf(k.fresh()).Elem()
	}
	return out
}

// Operations lists the operations in the order in which they were declared.
func (m *Model) Operations() []*Operation {
	out := make([]*Operation, len(m.opOrder))
	for i, name := range m.opOrder {
		out[i] = m.ops[name]
	}
	return out
}

// Operation finds an operation by name; nil when there is none.
func (m *Model) Operation(name string) *Operation { return m.ops[name] }

type kind struct {
	name   string
	own    bool
	fresh  func() any
	evolve func(state any, e Event)
	clone  func(state any) any
	decode func(raw []byte) (any, error)
}

// Cloner is what a state must be when it holds maps or slices that Evolve writes into, because a batch is decided over copies.
type Cloner[S any] interface{ Clone() *S }

// Kind registers a kind of aggregate: own says that this service writes it; otherwise it is the service's small view of another's.
// Evolve changes the state in place and must accept every event ever stored. S must be encodable as JSON, for snapshots.
func Kind[S any](name string, own bool, evolve func(s *S, e Event)) Part {
	_, cloner := any(new(S)).(Cloner[S])
	if !cloner && holdsReferences(reflect.TypeFor[S]()) {
		panic(fmt.Sprintf("kind %s: its state holds maps or slices and has no Clone", name))
	}
	if lost := lostInJSON(reflect.TypeFor[S](), nil); lost != "" {
		panic(fmt.Sprintf("kind %s: a snapshot would lose %s", name, lost))
	}
	return func(m *Model) {
		if m.kinds[name] != nil {
			panic("kind registered twice: " + name)
		}
		m.kinds[name] = &kind{
			name: name, own: own,
			fresh:  func() any { return new(S) },
			evolve: func(state any, e Event) { evolve(state.(*S), e) },
			clone: func(state any) any {
				if c, ok := state.(Cloner[S]); ok {
					return c.Clone()
				}
				dup := *state.(*S)
				return &dup
			},
			decode: func(raw []byte) (any, error) {
				s := new(S)
				return s, json.Unmarshal(raw, s)
			},
		}
	}
}

func holdsReferences(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Map, reflect.Slice, reflect.Pointer, reflect.Interface, reflect.Chan, reflect.Func:
		return true
	case reflect.Array:
		return holdsReferences(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsReferences(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}

// Op registers an operation with its rule.
func Op[C proto.Message](spec Operation, decide func(v *View, cmd *Command, body C) ([]Change, error)) Part {
	return func(m *Model) {
		if m.ops[spec.Name] != nil {
			panic("operation registered twice: " + spec.Name)
		}
		op := spec
		var zero C
		op.fresh = func() proto.Message { return zero.ProtoReflect().New().Interface() }
		op.decide = func(v *View, cmd *Command) ([]Change, error) { return decide(v, cmd, cmd.Body.(C)) }
		if op.Contract == 0 {
			op.Contract = 1
		}
		checkClasses(zero.ProtoReflect().Descriptor())
		m.ops[op.Name] = &op
		m.opOrder = append(m.opOrder, op.Name)
	}
}

// Policy registers what an event must trigger. It runs inside the fold, on the state exactly after the event.
func Policy[E proto.Message](react func(v *View, e Event, body E) []Demand) Part {
	return func(m *Model) {
		var zero E
		name := zero.ProtoReflect().Descriptor().FullName()
		m.policies[name] = append(m.policies[name], func(v *View, e Event) []Demand { return react(v, e, e.Body.(E)) })
	}
}

// derived is a value folded from all events of the registered kinds; only React may read it.
type derived struct {
	typ    reflect.Type
	fresh  func() any
	fold   func(value any, e Event)
	decode func(raw []byte) (any, error)
}

// Derived registers a value that is folded from every event of the model's kinds, before policies see the event: counts, rolls,
// indexes. React reads it through DerivedOf; Decide cannot, because it is in no read set. D must be encodable as JSON, for
// snapshots.
func Derived[D any](fresh func() *D, fold func(d *D, e Event)) Part {
	if lost := lostInJSON(reflect.TypeFor[D](), nil); lost != "" {
		panic("derived value: a snapshot would lose " + lost)
	}
	return func(m *Model) {
		m.derived = append(m.derived, derived{
			typ:   reflect.TypeFor[D](),
			fresh: func() any { return fresh() },
			fold:  func(value any, e Event) { fold(value.(*D), e) },
			decode: func(raw []byte) (any, error) {
				d := fresh()
				return d, json.Unmarshal(raw, d)
			},
		})
	}
}

// Guarded sets the model's guard; without one, every signed command is judged with its first key's id as actor.
func Guarded(g Guard) Part { return func(m *Model) { m.guard = g } }
