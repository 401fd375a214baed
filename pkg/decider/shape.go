package decider

import (
	"crypto/sha256"
	"encoding"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
)

// Shape is a fingerprint of what the model folds: kinds, derived values and their Go types, operations, policies, versions of the
// rules. It does not see a change inside a function.
func (m *Model) Shape() string {
	m.shapeOnce.Do(func() { m.shape = m.describe() })
	return m.shape
}

func (m *Model) describe() string {
	var b strings.Builder
	fmt.Fprintln(&b, m.Service, m.Rules)
	for _, name := range slices.Sorted(maps.Keys(m.kinds)) {
		k := m.kinds[name]
		fmt.Fprintln(&b, "kind", name, k.own, typeText(reflect.TypeOf(k.fresh()), nil))
	}
	for _, d := range m.derived {
		fmt.Fprintln(&b, "derived", typeText(d.typ, nil))
	}
	for _, name := range slices.Sorted(maps.Keys(m.ops)) {
		fmt.Fprintln(&b, "operation", name, m.ops[name].Contract, m.ops[name].Policy)
	}
	for _, name := range slices.Sorted(maps.Keys(m.policies)) {
		fmt.Fprintln(&b, "policy", name, len(m.policies[name]))
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}

var messageType = reflect.TypeFor[proto.Message]()

// typeText writes a type out with its fields. Contract messages are told by name: they only ever grow.
func typeText(t reflect.Type, above []reflect.Type) string {
	if t.Implements(messageType) || slices.Contains(above, t) {
		return t.String()
	}
	above = append(slices.Clone(above), t)
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		return t.Kind().String() + " " + typeText(t.Elem(), above)
	case reflect.Array:
		return fmt.Sprint(t.Len(), " ", typeText(t.Elem(), above))
	case reflect.Map:
		return "map " + typeText(t.Key(), above) + " " + typeText(t.Elem(), above)
	case reflect.Struct:
		var b strings.Builder
		for i := range t.NumField() {
			f := t.Field(i)
			fmt.Fprint(&b, f.Name, " ", f.Tag, " ", typeText(f.Type, above), ";")
		}
		return t.String() + "{" + b.String() + "}"
	}
	return t.String()
}

var (
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()
)

// lostInJSON names a part of a type that encoding/json would leave out or could not read back, or answers "".
func lostInJSON(t reflect.Type, above []reflect.Type) string {
	if slices.Contains(above, t) || t.Implements(jsonMarshaler) || t.Implements(textMarshaler) ||
		reflect.PointerTo(t).Implements(jsonMarshaler) || reflect.PointerTo(t).Implements(textMarshaler) {
		return ""
	}
	above = append(slices.Clone(above), t)
	switch t.Kind() {
	case reflect.Interface, reflect.Chan, reflect.Func, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return t.String()
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return lostInJSON(t.Elem(), above)
	case reflect.Map:
		return lostInJSON(t.Elem(), above)
	case reflect.Struct:
		message := reflect.PointerTo(t).Implements(messageType)
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() && message {
				continue // the message's bookkeeping
			}
			if !f.IsExported() && !f.Anonymous || f.Tag.Get("json") == "-" {
				return t.String() + "." + f.Name
			}
			if lost := lostInJSON(f.Type, above); lost != "" {
				return lost
			}
		}
	}
	return ""
}
