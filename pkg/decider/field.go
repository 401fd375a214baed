package decider

import (
	"slices"
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	fieldv1 "renlin.dev/proto/renlin/field/v1"
)

// ErrField: a field holds what its class does not allow. The field's name is in the detail, never its content.
var ErrField = fault.New(fault.Invalid, "field.invalid", "A field of the request has a value that is not allowed.", "请求中有字段的值不符合要求。")

// fieldPlan is what must be checked in one message type, worked out once per type.
type fieldPlan struct {
	fields   []planned
	messages []protoreflect.FieldDescriptor
}

type planned struct {
	fd    protoreflect.FieldDescriptor
	class fieldv1.Class
	size  int
}

var plans sync.Map // protoreflect.FullName -> *fieldPlan

// checkClasses panics when a string or bytes field of a command has no class: a field nobody has thought about must not reach
// the record. A map's keys can have none.
func checkClasses(d protoreflect.MessageDescriptor, above ...protoreflect.FullName) {
	if slices.Contains(above, d.FullName()) {
		return // a message inside itself
	}
	above = append(above, d.FullName())
	plan := planOf(d)
	for _, p := range plan.fields {
		if p.class == fieldv1.Class_CLASS_UNSPECIFIED {
			panic("field without a class: " + string(p.fd.FullName()))
		}
	}
	for _, fd := range plan.messages {
		if fd.IsMap() {
			panic("a command has no maps: " + string(fd.FullName()))
		}
		checkClasses(fd.Message(), above...)
	}
}

func planOf(d protoreflect.MessageDescriptor) *fieldPlan {
	if p, ok := plans.Load(d.FullName()); ok {
		return p.(*fieldPlan)
	}
	plan := &fieldPlan{}
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		switch fd.Kind() {
		case protoreflect.StringKind, protoreflect.BytesKind:
			opts := fd.Options()
			plan.fields = append(plan.fields, planned{
				fd:    fd,
				class: proto.GetExtension(opts, fieldv1.E_Class).(fieldv1.Class),
				size:  int(proto.GetExtension(opts, fieldv1.E_Size).(uint32)),
			})
		case protoreflect.MessageKind:
			plan.messages = append(plan.messages, fd)
		}
	}
	plans.Store(d.FullName(), plan)
	return plan
}

// CheckFields refuses a message with a string or bytes field outside its class. Empty fields pass: whether they may be empty is
// for the rule to say.
func CheckFields(m proto.Message) error { return checkFields(m.ProtoReflect()) }

func checkFields(m protoreflect.Message) error {
	plan := planOf(m.Descriptor())
	for i := range plan.fields {
		p := &plan.fields[i]
		if !m.Has(p.fd) {
			continue
		}
		v := m.Get(p.fd)
		if !p.fd.IsList() {
			if !p.fits(v) {
				return ErrField.With("field", string(p.fd.Name()))
			}
			continue
		}
		for j := range v.List().Len() {
			if !p.fits(v.List().Get(j)) {
				return ErrField.With("field", string(p.fd.Name()))
			}
		}
	}
	for _, fd := range plan.messages {
		if err := checkNested(m, fd); err != nil {
			return err
		}
	}
	return nil
}

func checkNested(m protoreflect.Message, fd protoreflect.FieldDescriptor) error {
	if !m.Has(fd) {
		return nil
	}
	if !fd.IsList() {
		return checkFields(m.Get(fd).Message())
	}
	list := m.Get(fd).List()
	for i := range list.Len() {
		if err := checkFields(list.Get(i).Message()); err != nil {
			return err
		}
	}
	return nil
}

func (p *planned) fits(v protoreflect.Value) bool {
	switch p.class {
	case fieldv1.Class_CLASS_ID:
		return lowerBase32(v.String(), 26)
	case fieldv1.Class_CLASS_REF:
		return lowerHex(v.String(), 64)
	case fieldv1.Class_CLASS_CODE:
		return code(v.String())
	case fieldv1.Class_CLASS_DIGEST:
		return len(v.Bytes()) == p.size
	case fieldv1.Class_CLASS_SEALED, fieldv1.Class_CLASS_PROOF:
		return len(v.Bytes()) <= p.size
	case fieldv1.Class_CLASS_PUBLISHED:
		return len(v.String()) <= p.size
	case fieldv1.Class_CLASS_AGGREGATE:
		return chain.CheckAggregate(v.String()) == nil
	}
	return false
}

func lowerBase32(s string, size int) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return false
		}
	}
	return len(s) == size
}

func lowerHex(s string, size int) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'f') && (c < '0' || c > '9') {
			return false
		}
	}
	return len(s) == size
}

// code is a lower-case word with hyphens, without digits: too poor for a telephone or identity number.
func code(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c != '-' || i == 0) {
			return false
		}
	}
	return len(s) > 0 && len(s) <= 32
}
