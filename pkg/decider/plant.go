package decider

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The shapes of what a Model is made of, as Plant shows them.
type (
	// Rule decides one operation.
	Rule func(v *View, cmd *Command) ([]Change, error)
	// Fold takes an event into an aggregate's state or into a derived value, a pointer to which it is given.
	Fold func(into any, e Event)
	// Reaction says what an event demands.
	Reaction func(v *View, e Event) []Demand
)

// Plant puts bugs into a copy of a model, to see whether a simulation finds them; no service is ever made of one. The bugs are
// those that InRule, InKind, InDerived and InPolicy make. The copy's aggregates and operations are the model's own.
func Plant(m *Model, bugs ...Part) *Model {
	p := &Model{
		Service: m.Service, Rules: m.Rules, kinds: maps.Clone(m.kinds), ops: maps.Clone(m.ops), opOrder: m.opOrder,
		policies: map[protoreflect.FullName][]func(*View, Event) []Demand{}, derived: slices.Clone(m.derived), guard: m.guard,
	}
	for name, list := range m.policies { // any order: each list is copied under its own name
		p.policies[name] = slices.Clone(list)
	}
	for _, bug := range bugs {
		bug(p)
	}
	return p
}

// InRule plants a bug in the rule of an operation.
func InRule(operation string, bug func(right Rule) Rule) Part {
	return func(m *Model) {
		op := m.ops[operation]
		if op == nil {
			panic("no such operation to plant a bug in: " + operation)
		}
		wrong := *op
		wrong.decide = bug(op.decide)
		m.ops[operation] = &wrong
	}
}

// InKind plants a bug in how a kind's aggregates take events in.
func InKind(name string, bug func(right Fold) Fold) Part {
	return func(m *Model) {
		k := m.kinds[name]
		if k == nil {
			panic("no such kind to plant a bug in: " + name)
		}
		wrong := *k
		wrong.evolve = bug(k.evolve)
		m.kinds[name] = &wrong
	}
}

// InDerived plants a bug in how every derived value takes events in.
func InDerived(bug func(right Fold) Fold) Part {
	return func(m *Model) {
		for i := range m.derived {
			m.derived[i].fold = bug(m.derived[i].fold)
		}
	}
}

// InPolicy plants a bug in everything that the model demands upon one type of event.
func InPolicy[E proto.Message](bug func(right Reaction) Reaction) Part {
	return func(m *Model) {
		var zero E
		list := m.policies[zero.ProtoReflect().Descriptor().FullName()]
		if len(list) == 0 {
			panic("no policy to plant a bug in")
		}
		for i := range list {
			list[i] = bug(list[i])
		}
	}
}
