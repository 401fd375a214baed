package decider

import (
	"fmt"
	"strings"

	"renlin.dev/pkg/chain"
)

// overlay holds commits that were decided in one request and are not durable yet: what they changed, over a state that it does
// not touch.
type overlay struct {
	aggs    map[string]*entry
	colls   map[string]*overCollection
	retired map[string]bool
	// full says that nothing more may be decided over it: the rules' version changes, and who decides next must have folded that.
	full bool
	// shared plants a bug: the state itself is changed.
	shared bool
}

type overCollection struct {
	version uint64
	created []string
}

func newOverlay() *overlay {
	return &overlay{aggs: map[string]*entry{}, colls: map[string]*overCollection{}, retired: map[string]bool{}}
}

// apply takes a decided commit into the overlay, cloning what it changes. The own kinds see the same Meta as when the commit is
// folded at its place later.
func (o *overlay) apply(s *State, c *chain.Commit) error {
	meta := &Meta{Time: c.Time, BlockTime: c.Time, Author: c.Author, Actor: c.Actor, Through: c.Through, Service: c.Service, ID: c.ID}
	counted := map[string]bool{}
	for _, ch := range c.Changes {
		e := o.touch(s, ch.Aggregate, counted)
		for _, raw := range ch.Events {
			switch raw.Type {
			case typeRulesActivated:
				o.full = true
			case typeRetired:
				o.retired[ch.Aggregate] = true
			}
			body, err := DecodeEvent(raw)
			if err != nil {
				return err
			}
			s.model.kinds[chain.KindOf(ch.Aggregate)].evolve(e.state, Event{Meta: meta, Aggregate: ch.Aggregate, Body: body})
		}
	}
	return nil
}

// applySafely turns a panic of a rule into an error: what cannot be folded must not come onto the record, and is nobody else's trouble.
// After an error the overlay is not to be used.
func (o *overlay) applySafely(s *State, c *chain.Commit) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrFold, p)
		}
	}()
	return o.apply(s, c)
}

// touch raises an aggregate's version, and its collection's once a commit.
func (o *overlay) touch(s *State, aggregate string, counted map[string]bool) *entry {
	at := strings.LastIndexByte(aggregate, '/')
	coll := aggregate[:at]
	oc := o.colls[coll]
	if oc == nil {
		oc = &overCollection{version: s.colls[coll].count()}
		o.colls[coll] = oc
	}
	if !counted[coll] {
		counted[coll] = true
		oc.version++
	}
	e := o.aggs[aggregate]
	if e == nil {
		k := s.model.kinds[chain.KindOf(aggregate)]
		if base := s.aggs[aggregate]; base != nil {
			e = &entry{version: base.version, state: base.state}
			if !o.shared {
				e.state = k.clone(base.state)
			}
		} else {
			e = &entry{state: k.fresh()}
			oc.created = append(oc.created, aggregate[at+1:])
		}
		o.aggs[aggregate] = e
	}
	e.version++
	return e
}
