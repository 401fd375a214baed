package decider

import (
	"iter"
	"reflect"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
)

// View is the only way for a rule to look at the state. It notes what was looked at, absent things included.
type View struct {
	base     *State
	over     *overlay // nil outside a batch
	reacting bool     // React reads freely: it is exact to its position and has no read set
	reads    []chain.Read
	colls    []chain.Read
	from     int64
	until    int64
}

// Get looks at one aggregate. The state must not be changed or kept. Reading a kind that the model did not register is a
// programming error and panics.
func Get[S any](v *View, aggregate string) (*S, bool) {
	k := v.base.model.kinds[chain.KindOf(aggregate)]
	if k == nil {
		panic("rule reads an unregistered kind: " + chain.KindOf(aggregate))
	}
	e := v.find(aggregate)
	if e == nil {
		v.note(&v.reads, aggregate, 0)
		return nil, false
	}
	v.note(&v.reads, aggregate, e.version)
	return e.state.(*S), true
}

// Exists looks whether an aggregate was ever written.
func (v *View) Exists(aggregate string) bool { return v.Version(aggregate) > 0 }

// Version gives the number of commits on an aggregate, 0 for none, and notes that it was looked at.
func (v *View) Version(aggregate string) uint64 {
	var version uint64
	if e := v.find(aggregate); e != nil {
		version = e.version
	}
	v.note(&v.reads, aggregate, version)
	return version
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

// Window bounds the block time at which the commit may be written: refused before from and from until on; 0 for no bound.
func (v *View) Window(from, until int64) { v.from, v.until = from, until }

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
	for i, d := range v.base.model.derived {
		if d.typ == reflect.TypeFor[D]() {
			return v.base.derived[i].(*D)
		}
	}
	panic("derived value is not registered: " + reflect.TypeFor[D]().String())
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
	if v.base.model.kinds[chain.KindOf(collection)] == nil {
		panic("rule reads an unregistered kind: " + chain.KindOf(collection))
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
	v.note(&v.colls, collection, version)
	return ids
}

// note keeps the first version seen; within one decision the state does not move.
func (v *View) note(set *[]chain.Read, key string, version uint64) {
	if v.reacting {
		return
	}
	for i := range *set {
		if (*set)[i].Key == key {
			return
		}
	}
	*set = append(*set, chain.Read{Key: key, Version: version})
}

// readSet gives what was looked at and is not changed, ascending.
func (v *View) readSet(changes []chain.Change) (reads, colls []chain.Read) {
	reads = slices.DeleteFunc(v.reads, func(r chain.Read) bool {
		return slices.ContainsFunc(changes, func(c chain.Change) bool { return c.Aggregate == r.Key })
	})
	byKey := func(a, b chain.Read) int { return strings.Compare(a.Key, b.Key) }
	slices.SortFunc(reads, byKey)
	slices.SortFunc(v.colls, byKey)
	return reads, v.colls
}
