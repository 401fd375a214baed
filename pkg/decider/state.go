package decider

import (
	"maps"
	"reflect"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider/internal/flaw"
)

// State is what folding a record under a model gives. It has one owner; nothing in it is safe for concurrent use.
type State struct {
	model    *Model
	position uint64 // commits folded
	head     *chain.Sealed
	rules    uint32
	// rulesAt is the aggregate on which the active rules' version was recorded, and rulesCount the commits on it: every decision
	// rests on it, so that none made under old rules enters the record after new ones.
	rulesAt    string
	rulesCount uint64
	aggs       map[string]*entry
	colls      map[string]*collection
	below      map[string][]string // aggregate -> collections below it; only to drop them when it is retired
	derived    []any
	owed       map[chain.CommandID]*Owed
	due        dueHeap
	done       map[chain.CommandID]uint64  // policy ids on the record, with their position
	ids        map[chain.CommandID]Written // other commands of this service on the record
	retired    map[string]bool
	changed    []string // aggregates that the last block changed or dropped
	audited    bool     // an auditor keeps the commands' ids itself
	partial    bool     // commits before this were withheld: versions are those that the record says, contents may be short
	flaws      flaw.Set
	late       []func() // only for the flaw of that name
	// Of the commit that is being folded: where its changes go, whether it retired something, and what a policy looks through.
	places   []place
	retiring bool
	looking  View
}

type entry struct {
	version uint64
	state   any
	in      *collection // nil in an overlay, and after a snapshot until the next commit on it
}

// place is where the facts of one change go: found once for all of them.
type place struct {
	kind *kind // nil when the model does not know it
	at   *entry
}

// Written is where a command stands on the record, and a digest of what it was, to tell a repeat from a reused key.
type Written struct {
	Position uint64
	Body     uint64
}

// NewState gives the state of an empty record.
func NewState(m *Model) *State {
	s := &State{
		model: m, aggs: map[string]*entry{}, colls: map[string]*collection{}, below: map[string][]string{},
		owed: map[chain.CommandID]*Owed{}, done: map[chain.CommandID]uint64{}, ids: map[chain.CommandID]Written{},
		retired: map[string]bool{},
	}
	for _, d := range m.derived {
		s.derived = append(s.derived, d.fresh())
	}
	return s
}

// Model gives the rules that the state is folded by.
func (s *State) Model() *Model { return s.model }

// Position is the number of commits folded: index of the last one plus one.
func (s *State) Position() uint64 { return s.position }

// Rules is the version of the rules that is active; 0 before the founding.
func (s *State) Rules() uint32 { return s.rules }

// Head is the last block folded, nil for none.
func (s *State) Head() *chain.Sealed { return s.head }

// Changed lists the aggregates of registered kinds that the last block changed, and those that it dropped because something above
// them was retired, which Raw does not find any more; each once, ascending. It is overwritten by the next block.
func (s *State) Changed() []string { return s.changed }

// Written finds a command of this service on the record.
func (s *State) Written(id chain.CommandID) (Written, bool) {
	w, ok := s.ids[id]
	return w, ok
}

// Done tells whether a demanded command is on the record.
func (s *State) Done(id chain.CommandID) bool { return s.done[id] > 0 }

// Peek looks at an aggregate from outside a rule, for queries and tests; nil when there is none. Read-only.
func Peek[S any](s *State, aggregate string) *S {
	if e := s.aggs[aggregate]; e != nil {
		return e.state.(*S)
	}
	return nil
}

// PeekDerived looks at a derived value from outside a rule, for queries. Read-only.
func PeekDerived[D any](s *State) *D { return derivedOf[D](s) }

// Version gives an aggregate's version from outside a rule.
func (s *State) Version(aggregate string) uint64 {
	if e := s.aggs[aggregate]; e != nil {
		return e.version
	}
	return 0
}

// Members lists a collection's ids from outside a rule, ascending. Read-only.
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

// collection is the aggregates directly below one path and kind.
type collection struct {
	kind    *kind
	version uint64 // commits that touched a member
	counted uint64 // position at which version was last raised
	ids     []string
	ordered int // so many of ids are in ascending order; the rest came later and waits for somebody to look
	// gathered is what rules have made of all members, by its type; in no snapshot.
	gathered map[reflect.Type]gathered
}

func (c *collection) count() uint64 {
	if c == nil {
		return 0
	}
	return c.version
}

func (c *collection) add(id string) {
	if c.ordered == len(c.ids) && (c.ordered == 0 || c.ids[c.ordered-1] < id) {
		c.ordered++
	}
	c.ids = append(c.ids, id)
}

// fewLate is how many late ids are put in by moving the rest up; more are sorted and merged.
const fewLate = 8

// sorted gives the ids in ascending order. A rule that looks at a large collection after every commit must not sort it anew each
// time, so the few that came since are put in their place.
func (c *collection) sorted() []string {
	if c == nil {
		return nil
	}
	if late := len(c.ids) - c.ordered; late > fewLate {
		slices.Sort(c.ids)
	} else if late > 0 {
		for ; c.ordered < len(c.ids); c.ordered++ {
			id := c.ids[c.ordered]
			at, _ := slices.BinarySearch(c.ids[:c.ordered], id)
			copy(c.ids[at+1:c.ordered+1], c.ids[at:c.ordered])
			c.ids[at] = id
		}
	}
	c.ordered = len(c.ids)
	return c.ids
}
