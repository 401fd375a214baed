package openapi

import (
	"fmt"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/chain"
	fieldv1 "renlin.dev/proto/renlin/field/v1"
)

// The forms of the classes of proto/renlin/field, as regular expressions; TestClasses holds them against the code that checks.
const (
	patternID        = "^[a-z2-7]{26}$"
	patternCode      = "^[a-z][a-z-]{0,31}$"
	patternRef       = "^[0-9a-f]{64}$"
	patternAggregate = "^[a-z][a-z0-9-]*/[a-z0-9][a-z0-9._-]*(/[a-z][a-z0-9-]*/[a-z0-9][a-z0-9._-]*)*$"
	patternInt64     = "^-?(0|[1-9][0-9]{0,18})$"
	patternUint64    = "^(0|[1-9][0-9]{0,19})$"
)

// message gives a reference to the schema of a message in its JSON, and makes it at the first call.
func (d *document) message(m protoreflect.MessageDescriptor) object {
	name := string(m.FullName())
	if d.schemas[name] != nil {
		return ref("schemas", name)
	}
	properties := object{}
	schema := object{"type": "object", "properties": properties, "additionalProperties": false}
	d.schemas[name] = schema // before its fields: one may hold itself
	d.describe(schema, m.FullName())
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		one := d.single(fd)
		switch {
		case fd.IsMap(), fd.ContainingOneof() != nil:
			d.fail("%s is a map or one of several", fd.FullName())
		case fd.IsList():
			one = object{"type": "array", "items": one}
		}
		d.describe(one, fd.FullName())
		properties[fd.JSONName()] = one
	}
	return ref("schemas", name)
}

// describe adds what the contract says of a name, before what the schema says already.
func (d *document) describe(schema object, name protoreflect.FullName) {
	more, _ := schema["description"].(string)
	if text := strings.TrimSpace(d.words[name] + " " + more); text != "" {
		schema["description"] = text
	}
}

// single gives the schema of one value of a field.
func (d *document) single(fd protoreflect.FieldDescriptor) object {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		return d.message(fd.Message())
	case protoreflect.EnumKind:
		return d.enum(fd.Enum())
	case protoreflect.BoolKind:
		return object{"type": "boolean"}
	case protoreflect.Int32Kind:
		return object{"type": "integer", "minimum": -1 << 31, "maximum": 1<<31 - 1}
	case protoreflect.Uint32Kind:
		return object{"type": "integer", "minimum": 0, "maximum": 1<<32 - 1}
	case protoreflect.Int64Kind:
		return object{"type": "string", "format": "int64", "pattern": patternInt64}
	case protoreflect.Uint64Kind:
		return object{"type": "string", "format": "uint64", "pattern": patternUint64}
	case protoreflect.StringKind, protoreflect.BytesKind:
		size := proto.GetExtension(fd.Options(), fieldv1.E_Size).(uint32)
		if s := class(proto.GetExtension(fd.Options(), fieldv1.E_Class).(fieldv1.Class), int(size)); s != nil {
			return s
		}
	}
	d.fail("%s has a kind or a class that has no form", fd.FullName())
	return object{}
}

// class gives the schema of a text or of bytes by their class; nil for one that is not known.
func class(c fieldv1.Class, size int) object {
	switch c {
	case fieldv1.Class_CLASS_ID:
		return object{"type": "string", "pattern": patternID, "description": "An opaque id."}
	case fieldv1.Class_CLASS_CODE:
		return object{"type": "string", "pattern": patternCode, "description": "A word of the rulebook."}
	case fieldv1.Class_CLASS_REF:
		return object{"type": "string", "pattern": patternRef, "description": "A reference into the vault."}
	case fieldv1.Class_CLASS_AGGREGATE:
		return object{
			"type": "string", "pattern": patternAggregate, "maxLength": chain.AggregateBytesMax, "description": "The path of a record.",
		}
	case fieldv1.Class_CLASS_PUBLISHED:
		return object{
			"type": "string", "maxLength": size,
			"description": fmt.Sprintf("Published for ever. At most %d bytes of UTF-8.", size),
		}
	case fieldv1.Class_CLASS_SEALED:
		return object{
			"type": "string", "contentEncoding": "base64", "pattern": patternBase64, "maxLength": (size + 2) / 3 * 4,
			"description": fmt.Sprintf("Ciphertext, at most %d bytes.", size),
		}
	case fieldv1.Class_CLASS_PROOF:
		return object{
			"type": "string", "contentEncoding": "base64", "pattern": patternBase64, "maxLength": (size + 2) / 3 * 4,
			"description": fmt.Sprintf("A commit of another community, or a proof for one, at most %d bytes.", size),
		}
	case fieldv1.Class_CLASS_DIGEST:
		return object{
			"type": "string", "contentEncoding": "base64", "pattern": exactBase64(size), "description": fmt.Sprintf("%d bytes.", size),
		}
	}
	return nil
}

// patternBase64 is what bytes look like in JSON: the standard alphabet, padded.
const patternBase64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"

// exactBase64 is what so many bytes look like in JSON.
func exactBase64(size int) string {
	digits, padding := (size*8+5)/6, ""
	for (digits+len(padding))%4 != 0 {
		padding += "="
	}
	return "^[A-Za-z0-9+/]{" + strconv.Itoa(digits) + "}" + padding + "$"
}

// enum gives a reference to the schema of an enum: its names.
func (d *document) enum(e protoreflect.EnumDescriptor) object {
	name := string(e.FullName())
	if d.schemas[name] != nil {
		return ref("schemas", name)
	}
	var names, lines []string
	for i := range e.Values().Len() {
		v := e.Values().Get(i)
		names = append(names, string(v.Name()))
		if words := d.words[v.FullName()]; words != "" {
			lines = append(lines, fmt.Sprintf("%s: %s", v.Name(), words))
		}
	}
	schema := object{"type": "string", "enum": names}
	d.schemas[name] = schema
	d.describe(schema, e.FullName())
	if len(lines) > 0 {
		head, _ := schema["description"].(string)
		schema["description"] = strings.TrimSpace(head + "\n" + strings.Join(lines, "\n"))
	}
	return ref("schemas", name)
}
