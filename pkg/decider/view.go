package decider

import (
	"iter"
	"reflect"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider/internal/flaw"
)

// View is the only way for a rule to look at the state. It notes what was looked at, absent things included.
type View struct {
	base     *State
	over     *overlay // nil outside a batch
	reacting bool     // React reads freely: it is exact to its position and has no read set
	reads    []chain.Read
	colls    []chain.Read
	noted    map[string]bool // of reads, once there are many
	from     int64
	until    int64
	fixed    bool // a derived value was looked at
}

// Get looks at one aggregate. The state must not be changed or kept. Reading a kind that the model did not register is a
// programming error and panics.
func Get[S any](v *View, aggregate string) (*S, bool) {
	e := v.look(aggregate)
	if e == nil {
		return nil, false
	}
	return e.state.(*S), true
}

// Exists looks whether an aggregate was ever written.
func (v *View) Exists(aggregate string) bool { return v.look(aggregate) != nil }

// Version gives the number of commits on an aggregate, 0 for none, and notes that it was looked at.
func (v *View) Version(aggregate string) uint64 {
	if e := v.look(aggregate); e != nil {
		return e.version
	}
	return 0
}

// All walks a collection in ascending order of id and notes the whole collection: a commit on any member of it makes the decision
// stale. Use it sparingly in Decide; what needs "all of them" belongs in React.
func All[S any](v *View, collection string) iter.Seq2[string, *S] {
	ids := v.members(collection)
	return func(yield func(string, *S) bool) {
		for _, id := range ids {
			if e := v.find(collection + "/" + id); e != nil && !yield(id, e.state.(*S)) {
				return
			}
		}
	}
}

// Count gives the number of aggregates in a collection and notes the collection.
func (v *View) Count(collection string) int { return len(v.members(collection)) }

// Window bounds the block time at which the commit may be written: refused before from and from until on; 0 for no bound. What guard and
// rule each set holds together: the later from, the earlier until. For a policy's command only its due time counts: it must be done
// however late.
func (v *View) Window(from, until int64) {
	v.from = max(v.from, from)
	if v.until == 0 || until != 0 && until < v.until {
		v.until = until
	}
}

// Rules gives the version of the rules that is active.
func (v *View) Rules() uint32 { return v.base.rules }

// Position gives how many commits have been folded. Only React may ask.
func (v *View) Position() uint64 {
	if !v.reacting {
		panic("only React may ask for the position")
	}
	return v.base.position
}

// DerivedOf gives a derived value, read-only. Only React may ask: it is in no read set.
func DerivedOf[D any](v *View) *D {
	if !v.reacting {
		panic("only React may read a derived value")
	}
	return derivedOf[D](v.base)
}

// FixedOf gives a derived value to a rule that needs what one commit on an aggregate fixed for good, such as a poll's sealed roll:
// too large to stand in an event, and computed alike by everyone from the record up to that commit. It notes the aggregate as
// looked at. The rule must use only what was fixed by a commit on that aggregate, and nothing that moves later. Where that commit
// is not durable yet, because it stands before this decision in the same request, the decision is put off until it is.
func FixedOf[D any](v *View, aggregate string) *D {
	v.look(aggregate)
	v.fixed = true
	if v.over != nil && v.over.aggs[aggregate] != nil {
		panic(putOff{})
	}
	return derivedOf[D](v.base)
}

// putOff is how FixedOf leaves a rule that came too early; Judge recovers it.
type putOff struct{}

func derivedOf[D any](s *State) *D {
	for i, d := range s.model.derived {
		if d.typ == reflect.TypeFor[D]() {
			return s.derived[i].(*D)
		}
	}
	panic("derived value is not registered: " + reflect.TypeFor[D]().String())
}

// look finds an aggregate and notes it. An ill-formed path, as an empty id in a body makes, is absent for ever.
func (v *View) look(aggregate string) *entry {
	v.mustKnow(aggregate)
	if v.gone(aggregate) || chain.CheckAggregate(aggregate) != nil {
		return nil
	}
	e := v.find(aggregate)
	if e == nil {
		v.note(aggregate, 0)
	} else {
		v.note(aggregate, e.version)
	}
	return e
}

// gone tells whether a path lies below something retired. Nothing is noted then: that it is gone never changes.
func (v *View) gone(path string) bool {
	return v.base.retiredAbove(path) || v.over != nil && retiredAbove(v.over.retired, path)
}

func (v *View) mustKnow(path string) {
	if v.base.model.kinds[chain.KindOf(path)] == nil {
		panic("rule reads an unregistered kind: " + chain.KindOf(path))
	}
}

func (v *View) find(aggregate string) *entry {
	if v.over != nil {
		if e := v.over.aggs[aggregate]; e != nil {
			return e
		}
	}
	return v.base.aggs[aggregate]
}

func (v *View) members(collection string) []string {
	v.mustKnow(collection)
	if v.gone(collection) || chain.CheckCollection(collection) != nil {
		return nil
	}
	c := v.base.colls[collection]
	ids, version := c.sorted(), c.count()
	if v.over != nil {
		if o := v.over.colls[collection]; o != nil {
			version = o.version
			ids = append(slices.Clone(ids), o.created...)
			slices.Sort(ids)
		}
	}
	noted := slices.ContainsFunc(v.colls, func(r chain.Read) bool { return r.Key == collection })
	if !noted && !v.reacting && !v.base.flaws.Has(flaw.CollectionsUnnoted) {
		v.colls = append(v.colls, chain.Read{Key: collection, Version: version})
	}
	return ids
}

// manyReads is from where a map finds what was noted before.
const manyReads = 24

// note remembers a version once; within one decision the state does not move.
func (v *View) note(key string, version uint64) {
	if v.reacting {
		return
	}
	if v.noted == nil {
		for i := range v.reads {
			if v.reads[i].Key == key {
				return
			}
		}
	} else if v.noted[key] {
		return
	}
	v.reads = append(v.reads, chain.Read{Key: key, Version: version})
	if len(v.reads) == manyReads {
		v.noted = make(map[string]bool, 2*manyReads)
		for _, r := range v.reads {
			v.noted[r.Key] = true
		}
	} else if v.noted != nil {
		v.noted[key] = true
	}
}

// noteRules rests the decision on the version of the rules.
func (v *View) noteRules() {
	s := v.base
	if s.rulesAt == "" {
		return
	}
	if v.over != nil && v.over.aggs[s.rulesAt] != nil {
		v.note(s.rulesAt, v.over.aggs[s.rulesAt].version)
		return
	}
	v.note(s.rulesAt, s.rulesCount)
}

// readSet gives what was looked at and is not changed, ascending.
func (v *View) readSet(changes []chain.Change) (reads, colls []chain.Read) {
	byKey := func(a, b chain.Read) int { return strings.Compare(a.Key, b.Key) }
	slices.SortFunc(v.reads, byKey)
	slices.SortFunc(v.colls, byKey)
	reads = slices.DeleteFunc(v.reads, func(r chain.Read) bool { // changes ascend
		_, changed := slices.BinarySearchFunc(changes, r.Key, func(c chain.Change, key string) int {
			return strings.Compare(c.Aggregate, key)
		})
		return changed
	})
	return reads, v.colls
}
