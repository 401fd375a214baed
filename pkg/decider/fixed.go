package decider

import "reflect"

// FixedOf gives a derived value to a rule that needs what one commit on an aggregate fixed for good, such as a poll's sealed roll:
// too large to stand in an event, and computed alike by everyone from the record up to that commit. It notes the aggregate as
// looked at. The rule must use only what was fixed by a commit on that aggregate, and nothing that moves later.
func FixedOf[D any](v *View, aggregate string) *D {
	v.Version(aggregate)
	for i, d := range v.base.model.derived {
		if d.typ == reflect.TypeFor[D]() {
			return v.base.derived[i].(*D)
		}
	}
	panic("derived value is not registered: " + reflect.TypeFor[D]().String())
}
