package decider

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"renlin.dev/pkg/chain"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
)

// State is what folding a record under a model gives. It has one owner; nothing in it is safe for concurrent use.
type State struct {
	model    *Model
	position uint64 // commits folded
	head     *chain.Sealed
	rules    uint32
	aggs     map[string]*entry
	colls    map[string]*collection
	derived  []any
	owed     map[chain.CommandID]*Owed
	done     map[chain.CommandID]uint64  // policy ids on the record, with their position
	ids      map[chain.CommandID]Written // other commands of this service on the record
	retired  map[string]bool
}

type entry struct {
	version uint64
	state   any
}

type collection struct {
	version uint64
	ids     []string
	counted uint64 // position at which version was last raised
	dirty   bool   // ids are not sorted
}

func (c *collection) count() uint64 {
	if c == nil {
		return 0
	}
	return c.version
}

func (c *collection) sorted() []string {
	if c == nil {
		return nil
	}
	if c.dirty {
		slices.Sort(c.ids)
		c.dirty = false
	}
	return c.ids
}

// Owed is a demand that is not on the record yet.
type Owed struct {
	ID        chain.CommandID
	Purpose   string
	Operation string
	Body      []byte // protobuf
	Due       int64  // ms since the Unix epoch; 0 for at once
	Cause     uint64 // position of the commit whose fact demanded it
	Since     int64  // block time of the cause; from there, or from Due if later, lateness is measured
}

// Written is where a command stands on the record, and a digest of what it was, to tell a repeat from a reused key.
type Written struct {
	Position uint64
	Body     uint64
}

// NewState gives the state of an empty record.
func NewState(m *Model) *State {
	s := &State{
		model: m, aggs: map[string]*entry{}, colls: map[string]*collection{},
		owed: map[chain.CommandID]*Owed{}, done: map[chain.CommandID]uint64{}, ids: map[chain.CommandID]Written{},
		retired: map[string]bool{},
	}
	for _, d := range m.derived {
		s.derived = append(s.derived, d.fresh())
	}
	return s
}

// Position is the number of commits folded: index of the last one plus one.
func (s *State) Position() uint64 { return s.position }

// Rules is the version of the rules that is active; 0 before the founding.
func (s *State) Rules() uint32 { return s.rules }

// Head is the last block folded, nil for none.
func (s *State) Head() *chain.Sealed { return s.head }

// Written finds a command of this service on the record.
func (s *State) Written(id chain.CommandID) (Written, bool) {
	w, ok := s.ids[id]
	return w, ok
}

// Done tells whether a demanded command is on the record.
func (s *State) Done(id chain.CommandID) bool { return s.done[id] > 0 }

// OwedNow lists what is demanded and due at a time, oldest cause first.
func (s *State) OwedNow(now int64) []*Owed {
	var due []*Owed
	for _, o := range s.owed {
		if o.Due <= now {
			due = append(due, o)
		}
	}
	slices.SortFunc(due, func(a, b *Owed) int {
		return cmp.Or(cmp.Compare(a.Cause, b.Cause), strings.Compare(a.Purpose, b.Purpose))
	})
	return due
}

// Owes finds a demand by its id.
func (s *State) Owes(id chain.CommandID) *Owed { return s.owed[id] }

// Peek looks at an aggregate from outside a rule, for queries and tests; nil when there is none. Read-only.
func Peek[S any](s *State, aggregate string) *S {
	if e := s.aggs[aggregate]; e != nil {
		return e.state.(*S)
	}
	return nil
}

// Version gives an aggregate's version from outside a rule.
func (s *State) Version(aggregate string) uint64 {
	if e := s.aggs[aggregate]; e != nil {
		return e.version
	}
	return 0
}

// Members lists a collection's ids from outside a rule, ascending.
func (s *State) Members(collection string) []string { return s.colls[collection].sorted() }

// Aggregates lists all aggregates of the registered kinds, ascending; for projections' rebuilds and tests.
func (s *State) Aggregates() []string { return slices.Sorted(maps.Keys(s.aggs)) }

// Raw gives an aggregate's state and version for encoding; nil when there is none.
func (s *State) Raw(aggregate string) (state any, version uint64) {
	if e := s.aggs[aggregate]; e != nil {
		return e.state, e.version
	}
	return nil, 0
}

// ErrRules says that the record was judged by rules that this code does not have: the process must stop, an observer abstains.
var ErrRules = errors.New("the active version of the rules is not known to this program")

// ErrRecord says that the record contradicts itself.
var ErrRecord = errors.New("the record contradicts itself")

// ApplyBlock folds a block whose links the caller has checked.
func (s *State) ApplyBlock(b *chain.Block) error {
	if b.First != s.position {
		return fmt.Errorf("fold block %d: begins at index %d, want %d: %w", b.Number, b.First, s.position, ErrRecord)
	}
	for i, raw := range b.Commits {
		c, err := chain.DecodeCommit(raw)
		if err != nil {
			return fmt.Errorf("fold index %d: %w", b.First+uint64(i), err)
		}
		if err := s.Apply(c, b.Time); err != nil {
			return fmt.Errorf("fold index %d: %w", b.First+uint64(i), err)
		}
	}
	head := b.Sealed
	s.head = &head
	return nil
}

// Apply folds one commit: versions first, then each event with its policies.
func (s *State) Apply(c *chain.Commit, blockTime int64) error {
	s.position++
	meta := &Meta{
		Position: s.position, Time: c.Time, BlockTime: blockTime, Author: c.Author,
		Actor: c.Actor, Through: c.Through, Service: c.Service, ID: c.ID,
	}
	if err := s.touch(c.Changes); err != nil {
		return err
	}
	s.remember(c)
	for _, ch := range c.Changes {
		for _, e := range ch.Events {
			if err := s.fact(meta, ch.Aggregate, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// touch raises versions; a collection counts a commit once, however many of its members it changes.
func (s *State) touch(changes []chain.Change) error {
	for _, ch := range changes {
		k := s.model.kinds[chain.KindOf(ch.Aggregate)]
		if k == nil {
			continue
		}
		coll := chain.Collection(ch.Aggregate)
		c := s.colls[coll]
		if c == nil {
			c = &collection{}
			s.colls[coll] = c
		}
		if c.counted != s.position {
			c.counted = s.position
			c.version++
		}
		e := s.aggs[ch.Aggregate]
		if e == nil {
			e = &entry{state: k.fresh()}
			s.aggs[ch.Aggregate] = e
			id := ch.Aggregate[len(coll)+1:]
			c.dirty = c.dirty || (len(c.ids) > 0 && c.ids[len(c.ids)-1] > id)
			c.ids = append(c.ids, id)
		}
		e.version++
		if e.version != ch.Version {
			return fmt.Errorf("%s has version %d, the commit says %d: %w", k.name, e.version, ch.Version, ErrRecord)
		}
	}
	return nil
}

func (s *State) remember(c *chain.Commit) {
	if c.Service != s.model.Service {
		return
	}
	if c.Author == chain.AuthorPolicy {
		delete(s.owed, c.ID)
		s.done[c.ID] = s.position
		return
	}
	s.ids[c.ID] = Written{Position: s.position, Body: bodyDigest(c.Command)}
}

func (s *State) fact(meta *Meta, aggregate string, raw chain.Event) error {
	k := s.model.kinds[chain.KindOf(aggregate)]
	if k == nil && raw.Type != rulesActivated {
		return nil
	}
	body, err := DecodeEvent(raw)
	if err != nil {
		return err
	}
	if err := s.structural(aggregate, body); err != nil || k == nil {
		return err
	}
	e := Event{Meta: meta, Aggregate: aggregate, Body: body}
	if a := s.aggs[aggregate]; a != nil { // nil when it was retired a moment ago
		k.evolve(a.state, e)
	}
	for i, d := range s.model.derived {
		d.fold(s.derived[i], e)
	}
	for _, react := range s.model.policies[protoreflect.FullName(raw.Type)] {
		for _, d := range react(&View{base: s, reacting: true}, e) {
			s.demand(meta, d)
		}
	}
	return nil
}

var rulesActivated = string((&chainv1.RulesActivated{}).ProtoReflect().Descriptor().FullName())

// structural takes the facts that concern the record itself.
func (s *State) structural(aggregate string, body proto.Message) error {
	switch b := body.(type) {
	case *chainv1.RulesActivated:
		s.rules = b.GetVersion()
		if !slices.Contains(s.model.Rules, s.rules) {
			return fmt.Errorf("rules version %d: %w", s.rules, ErrRules)
		}
	case *chainv1.Retired:
		s.retired[aggregate] = true
		below := aggregate + "/"
		maps.DeleteFunc(s.aggs, func(path string, _ *entry) bool { return strings.HasPrefix(path, below) })
		maps.DeleteFunc(s.colls, func(path string, _ *collection) bool { return strings.HasPrefix(path, below) })
	}
	return nil
}

func (s *State) demand(meta *Meta, d Demand) {
	id := chain.PolicyID(s.model.Service, d.Purpose)
	if s.done[id] > 0 || s.owed[id] != nil {
		return
	}
	op := s.model.ops[d.Operation]
	if op == nil || !op.Policy {
		panic("policy demands an operation that is not one of its service's policies: " + d.Operation)
	}
	body, err := proto.MarshalOptions{Deterministic: true}.Marshal(d.Body)
	if err != nil {
		panic("policy's body cannot be encoded: " + err.Error())
	}
	s.owed[id] = &Owed{
		ID: id, Purpose: d.Purpose, Operation: d.Operation, Body: body, Due: d.Due, Cause: meta.Position, Since: meta.BlockTime,
	}
}

// DecodeEvent reads an event of a known type.
func DecodeEvent(raw chain.Event) (proto.Message, error) {
	t, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(raw.Type))
	if err != nil {
		return nil, fmt.Errorf("event type is not known: %w", ErrRecord)
	}
	m := t.New().Interface()
	if err := (proto.UnmarshalOptions{}).Unmarshal(raw.Body, m); err != nil {
		return nil, fmt.Errorf("decode event %s: %w", raw.Type, ErrRecord)
	}
	return m, nil
}
