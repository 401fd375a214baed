package decider

import (
	"iter"
	"reflect"
)

// Gathered gives what gather makes of a whole collection, such as who lives with whom, and notes the collection as All does: the decision
// is the same, and as soon stale, as if the rule had walked all of it. It is made once and kept until a commit touches a member, so
// that a rule which is asked for every payment need not walk ten thousand households for each. There is one gather for each G;
// what it gives must not be changed.
func Gathered[S, G any](v *View, collection string, gather func(all iter.Seq2[string, *S]) G) G {
	all := All[S](v, collection)
	c := v.base.colls[collection]
	if c == nil || v.gone(collection) || v.over != nil && v.over.colls[collection] != nil {
		return gather(all)
	}
	key := reflect.TypeFor[G]()
	if kept, ok := c.gathered[key]; ok && kept.version == c.version {
		return kept.what.(G)
	}
	what := gather(all)
	if !v.reacting { // then the rest of the commit may still change members, and the version stands already
		if c.gathered == nil {
			c.gathered = map[reflect.Type]gathered{}
		}
		c.gathered[key] = gathered{version: c.version, what: what}
	}
	return what
}

// gathered is what was made of a collection at one of its versions.
type gathered struct {
	version uint64
	what    any
}
