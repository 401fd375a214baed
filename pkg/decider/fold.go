package decider

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider/internal/flaw"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
)

// ErrRules says that the record was judged by rules that this code does not have: the process must stop, an observer abstains.
var ErrRules = errors.New("the active version of the rules is not known to this program")

// ErrRecord says that the record contradicts itself.
var ErrRecord = errors.New("the record contradicts itself")

// The facts that concern the record itself.
var (
	typeRulesActivated = string((&chainv1.RulesActivated{}).ProtoReflect().Descriptor().FullName())
	typeRetired        = string((&chainv1.Retired{}).ProtoReflect().Descriptor().FullName())
)

// fresh decodes into a message that was made a moment ago, which need not be emptied first. No message here has required fields.
var fresh = proto.UnmarshalOptions{Merge: true, AllowPartial: true}

// Record is a commit that is read once for everyone who folds or judges it: its events are decoded when the first of them asks.
type Record struct {
	*chain.Commit
	bodies []proto.Message // of all changes, one behind the other
}

// NewRecord reads a commit as stored.
func NewRecord(raw []byte) (*Record, error) {
	c, err := chain.DecodeCommit(raw)
	if err != nil {
		return nil, err
	}
	return &Record{Commit: c}, nil
}

// body decodes one event, once.
func (r *Record) body(change, event int) (proto.Message, error) {
	at := event
	for i := range change {
		at += len(r.Changes[i].Events)
	}
	if r.bodies == nil {
		n := 0
		for i := range r.Changes {
			n += len(r.Changes[i].Events)
		}
		r.bodies = make([]proto.Message, n)
	}
	if b := r.bodies[at]; b != nil {
		return b, nil
	}
	b, err := DecodeEvent(r.Changes[change].Events[event])
	if err != nil {
		return nil, err
	}
	r.bodies[at] = b
	return b, nil
}

// NewRecords reads a block's commits.
func NewRecords(b *chain.Block) ([]*Record, error) {
	out := make([]*Record, len(b.Commits))
	for i, raw := range b.Commits {
		r, err := NewRecord(raw)
		if err != nil {
			return nil, fmt.Errorf("read index %d: %w", b.First+uint64(i), err)
		}
		out[i] = r
	}
	return out, nil
}

// ApplyBlock folds a block whose links the caller has checked. After an error the state is not to be used: part of the block may
// be in it.
func (s *State) ApplyBlock(b *chain.Block) error {
	records, err := NewRecords(b)
	if err != nil {
		return err
	}
	return s.ApplyRecords(b, records)
}

// ApplyRecords is ApplyBlock for whoever folds a block into several states, one after another, and reads its commits once.
func (s *State) ApplyRecords(b *chain.Block, records []*Record) error {
	if b.First != s.position {
		return fmt.Errorf("fold block %d: begins at index %d, want %d: %w", b.Number, b.First, s.position, ErrRecord)
	}
	s.changed = s.changed[:0]
	for i, r := range records {
		if err := s.ApplyRecord(r, b.Time); err != nil {
			return fmt.Errorf("fold index %d: %w", b.First+uint64(i), err)
		}
	}
	for _, react := range s.late {
		react()
	}
	s.late = nil
	s.SetHead(&b.Sealed)
	return nil
}

// SetHead notes the last block whose commits were folded one by one.
func (s *State) SetHead(h *chain.Sealed) {
	head := *h
	s.head = &head
	slices.Sort(s.changed)
	s.changed = slices.Compact(s.changed)
}

// Apply folds one commit.
func (s *State) Apply(c *chain.Commit, blockTime int64) error {
	return s.ApplyRecord(&Record{Commit: c}, blockTime)
}

// ApplyRecord folds one commit: versions first, then each event with its policies.
func (s *State) ApplyRecord(r *Record, blockTime int64) error {
	s.position++
	m := metas{outer: Meta{
		Position: s.position, Time: r.Time, BlockTime: blockTime, Author: r.Author,
		Actor: r.Actor, Through: r.Through, Service: r.Service, ID: r.ID,
	}}
	m.inner = m.outer
	m.inner.Position, m.inner.BlockTime = 0, r.Time
	if err := s.touch(r.Changes); err != nil {
		return err
	}
	s.remember(r.Commit)
	for i := range r.Changes {
		for j := range r.Changes[i].Events {
			if err := s.fact(&m, r, i, j); err != nil {
				return err
			}
		}
	}
	return nil
}

// metas are the two forms of a commit's meta: what foreign kinds, derived values and policies see, and what the service's own
// kinds see. An own aggregate may be folded in an overlay before it has a place, and must come out the same.
type metas struct{ outer, inner Meta }

// touch raises versions; a collection counts a commit once, however many of its members it changes.
func (s *State) touch(changes []chain.Change) error {
	s.places, s.retiring = s.places[:0], false
	for i := range changes {
		ch := &changes[i]
		if ch.Aggregate == s.rulesAt {
			s.rulesCount = ch.Version
		}
		e := s.entryOf(ch.Aggregate)
		if e == nil {
			s.places = append(s.places, place{})
			continue
		}
		s.places = append(s.places, place{kind: e.in.kind, at: e})
		if !s.audited {
			s.changed = append(s.changed, ch.Aggregate)
		}
		if e.in.counted != s.position {
			e.in.counted = s.position
			e.in.version++
		}
		e.version++
		if s.partial {
			e.version = ch.Version
		}
		if e.version != ch.Version {
			return fmt.Errorf("%s has version %d, the commit says %d: %w", e.in.kind.name, e.version, ch.Version, ErrRecord)
		}
	}
	return nil
}

// entryOf finds an aggregate or makes it; nil when the model does not know its kind.
func (s *State) entryOf(aggregate string) *entry {
	e := s.aggs[aggregate]
	if e != nil && e.in != nil {
		return e
	}
	k := s.model.kinds[chain.KindOf(aggregate)]
	if k == nil {
		return nil
	}
	at := strings.LastIndexByte(aggregate, '/')
	c := s.collection(aggregate[:at])
	c.kind = k
	if e == nil {
		e = &entry{state: k.fresh()}
		s.aggs[aggregate] = e
		c.add(aggregate[at+1:])
	}
	e.in = c
	return e
}

// collection finds or makes a collection, and lets the aggregate above it know.
func (s *State) collection(path string) *collection {
	c := s.colls[path]
	if c == nil {
		c = &collection{}
		s.colls[path] = c
		if above := strings.LastIndexByte(path, '/'); above > 0 {
			s.below[path[:above]] = append(s.below[path[:above]], path)
		}
	}
	return c
}

func (s *State) remember(c *chain.Commit) {
	if c.Service != s.model.Service {
		return
	}
	if c.Author == chain.AuthorPolicy {
		s.settle(c.ID)
		s.done[c.ID] = s.position
		return
	}
	if s.audited {
		return
	}
	s.ids[c.ID] = Written{Position: s.position, Body: bodyDigest(c.Command)}
}

func (s *State) fact(m *metas, r *Record, change, event int) error {
	ch := &r.Changes[change]
	kind := ch.Events[event].Type
	k, a := s.places[change].kind, s.places[change].at
	if k == nil && kind != typeRulesActivated && kind != typeRetired {
		return nil
	}
	body, err := r.body(change, event)
	if err != nil {
		return err
	}
	if err := s.structural(ch, body); err != nil || k == nil {
		return err
	}
	if s.partial {
		defer func() { _ = recover() }() // what came before may be missing; nothing is judged by what this leaves behind
	}
	e := Event{Meta: &m.outer, Aggregate: ch.Aggregate, Body: body}
	if s.retiring {
		a = s.aggs[ch.Aggregate]
	}
	if a != nil { // nil when it was retired a moment ago
		own := e
		if k.own {
			own.Meta = &m.inner
		}
		k.evolve(a.state, own)
	}
	for i, d := range s.model.derived {
		d.fold(s.derived[i], e)
	}
	if s.flaws.Has(flaw.ReactsAfterBlock) {
		s.late = append(s.late, func() { s.react(kind, e) })
		return nil
	}
	s.react(kind, e)
	return nil
}

// react asks the policies, on the state exactly after the event.
func (s *State) react(kind string, e Event) {
	for _, react := range s.model.policies[protoreflect.FullName(kind)] {
		s.looking = View{base: s, reacting: true} // nobody keeps it
		for _, d := range react(&s.looking, e) {
			s.demand(e.Meta, d)
		}
	}
}

// structural takes the facts that concern the record itself.
func (s *State) structural(ch *chain.Change, body proto.Message) error {
	switch b := body.(type) {
	case *chainv1.RulesActivated:
		s.rules, s.rulesAt, s.rulesCount = b.GetVersion(), ch.Aggregate, ch.Version
		if !slices.Contains(s.model.Rules, s.rules) {
			return fmt.Errorf("rules version %d: %w", s.rules, ErrRules)
		}
	case *chainv1.Retired:
		s.retired[ch.Aggregate], s.retiring = true, true
		s.drop(ch.Aggregate)
	}
	return nil
}

// drop forgets everything below a retired aggregate.
func (s *State) drop(aggregate string) {
	for _, path := range s.below[aggregate] {
		for _, id := range s.colls[path].ids {
			s.drop(path + "/" + id)
			delete(s.aggs, path+"/"+id)
			if !s.audited {
				s.changed = append(s.changed, path+"/"+id)
			}
		}
		delete(s.colls, path)
	}
	delete(s.below, aggregate)
}

// retiredAbove tells whether an aggregate or collection lies below something that was retired.
func (s *State) retiredAbove(path string) bool {
	return len(s.retired) > 0 && retiredAbove(s.retired, path)
}

func retiredAbove(retired map[string]bool, path string) bool {
	for above := range ancestors(path) {
		if retired[above] {
			return true
		}
	}
	return false
}

// ancestors walks the aggregates above an aggregate or collection, nearest first.
func ancestors(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		segments := strings.Count(path, "/") + 1
		if segments%2 == 1 { // a collection: drop the kind only
			path = path[:max(strings.LastIndexByte(path, '/'), 0)]
			if path != "" && !yield(path) {
				return
			}
		}
		for strings.Count(path, "/") > 1 {
			path = chain.Collection(path)
			path = path[:strings.LastIndexByte(path, '/')]
			if !yield(path) {
				return
			}
		}
	}
}

// types are those of the events that were read so far: the registry has a lock, and knows every message that there is. The map is never
// written into: who adds a type makes a larger one.
var types atomic.Pointer[map[string]protoreflect.MessageType]

// typeOf finds a type of events by its name; nil when there is none.
func typeOf(name string) protoreflect.MessageType {
	known := types.Load()
	if known != nil {
		if t := (*known)[name]; t != nil {
			return t
		}
	}
	t, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
	if err != nil {
		return nil
	}
	more := map[string]protoreflect.MessageType{}
	if known != nil {
		more = maps.Clone(*known)
	}
	more[string(t.Descriptor().FullName())] = t
	types.CompareAndSwap(known, &more) // if another was faster, the next one adds it
	return t
}

// DecodeEvent reads an event of a known type.
func DecodeEvent(raw chain.Event) (proto.Message, error) {
	t := typeOf(raw.Type)
	if t == nil {
		return nil, fmt.Errorf("event type is not known: %w", ErrRecord)
	}
	m := t.New().Interface()
	if err := fresh.Unmarshal(raw.Body, m); err != nil {
		return nil, fmt.Errorf("decode event %s: %w", raw.Type, ErrRecord)
	}
	return m, nil
}
