package openapi

import (
	"encoding"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/op"
)

var (
	bytesType   = reflect.TypeFor[[]byte]()
	rawType     = reflect.TypeFor[json.RawMessage]()
	timeType    = reflect.TypeFor[time.Time]()
	textType    = reflect.TypeFor[encoding.TextMarshaler]()
	marshalType = reflect.TypeFor[json.Marshaler]()
	enumType    = reflect.TypeFor[protoreflect.Enum]()
)

// nullable says whether what is empty in Go may be null in JSON: so it is in records, while other answers have none.
type nullable bool

const (
	inRecords nullable = true
	elsewhere nullable = false
)

// or gives a type's name, with null beside it where that may be.
func (n nullable) or(name string) any {
	if n {
		return []string{name, "null"}
	}
	return name
}

// value gives the schema of the JSON that encoding/json makes of a Go type.
func (d *document) value(t reflect.Type, null nullable) object {
	switch {
	case t == rawType:
		return object{}
	case t == timeType:
		return object{"type": "string", "format": "date-time"}
	case t.Implements(textType):
		return object{"type": "string"}
	case t.Implements(marshalType):
		d.fail("%s has a JSON of its own", t)
		return object{}
	case t.ConvertibleTo(bytesType) && t.Kind() == reflect.Slice:
		return object{"type": null.or("string"), "contentEncoding": "base64"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		out := object{"type": "integer"}
		if t.Implements(enumType) {
			out["description"] = d.numbers(reflect.Zero(t).Interface().(protoreflect.Enum).Descriptor())
		}
		return out
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer", "minimum": 0}
	case reflect.Pointer:
		if !null {
			return d.value(t.Elem(), null)
		}
		return object{"anyOf": []any{d.value(t.Elem(), null), object{"type": "null"}}}
	case reflect.Slice:
		return object{"type": null.or("array"), "items": d.value(t.Elem(), null)}
	case reflect.Array:
		return object{"type": "array", "items": d.value(t.Elem(), null), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return object{"type": null.or("object"), "additionalProperties": d.value(t.Elem(), null)}
	case reflect.Struct:
		return d.structure(t, null)
	}
	d.fail("%s has no JSON", t)
	return object{}
}

// numbers says which number is which word: records keep enums as numbers.
func (d *document) numbers(e protoreflect.EnumDescriptor) string {
	var out []string
	for i := range e.Values().Len() {
		out = append(out, fmt.Sprintf("%d %s", e.Values().Get(i).Number(), e.Values().Get(i).Name()))
	}
	return strings.Join(out, ", ")
}

// structure gives a reference to the schema of a struct, and makes it at the first call; one without a name stands where it is used.
func (d *document) structure(t reflect.Type, null nullable) object {
	if name, ok := d.states[t]; ok {
		return ref("schemas", name)
	}
	schema := object{"type": "object", "additionalProperties": false}
	name := typeName(t)
	if t.Name() != "" {
		if d.schemas[name] != nil {
			d.fail("two types are called %s", name)
		}
		d.states[t], d.schemas[name] = name, schema // before its fields: one may hold itself
	}
	properties, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		tag, tagged := f.Tag.Lookup("json")
		key, options, _ := strings.Cut(tag, ",")
		if f.Anonymous && !tagged || !f.IsExported() || key == "-" { // the fields of an embedded struct come by themselves
			continue
		}
		one := d.value(f.Type, null)
		switch {
		case strings.Contains(options, "string"):
			d.fail("%s.%s is written as a text", t, f.Name)
		case strings.Contains(options, "omitempty"), strings.Contains(options, "omitzero"):
			one = present(one)
		default:
			required = append(required, key)
		}
		properties[key] = one
	}
	schema["properties"] = properties
	if len(required) > 0 {
		slices.Sort(required)
		schema["required"] = required
	}
	if m, ok := reflect.New(t).Interface().(proto.Message); ok {
		d.fields(schema, properties, m.ProtoReflect().Descriptor())
	}
	if t.Name() == "" {
		return schema
	}
	return ref("schemas", name)
}

// fields adds the contract's words to a message that a record keeps as encoding/json writes it.
func (d *document) fields(schema, properties object, m protoreflect.MessageDescriptor) {
	d.describe(schema, m.FullName())
	for i := range m.Fields().Len() {
		fd := m.Fields().Get(i)
		if one, ok := properties[string(fd.Name())].(object); ok {
			d.describe(one, fd.FullName())
		}
	}
}

// present takes null away from what is left out when it is empty.
func present(schema object) object {
	out := maps.Clone(schema)
	if types, ok := out["type"].([]string); ok {
		out["type"] = types[0]
	}
	if either, ok := out["anyOf"].([]any); ok {
		return either[0].(object)
	}
	return out
}

// typeName tells types of one name apart by the end of their package's path.
func typeName(t reflect.Type) string {
	segments := strings.Split(t.PkgPath(), "/")
	segments = slices.DeleteFunc(segments, func(s string) bool {
		return strings.Contains(s, ".") || slices.Contains([]string{"internal", "pkg", "services", "proto", "renlin"}, s)
	})
	return strings.Join(append(segments, t.Name()), ".")
}

// records adds to the schema of a record what its state looks like, by its kind.
func (d *document) records() {
	d.value(reflect.TypeFor[op.Record](), elsewhere)
	record := d.schemas[typeName(reflect.TypeFor[op.Record]())].(object)
	var kinds []any
	for _, m := range d.Models {
		for _, kind := range m.OwnKinds() {
			readers := d.Readers[kind]
			if readers == "" {
				continue
			}
			state := d.value(m.States()[kind], inRecords)
			kinds = append(kinds, object{
				"if":   object{"properties": object{"path": object{"pattern": "(^|/)" + kind + "/[^/]+$"}}},
				"then": object{"properties": object{"state": state}, "title": kind, "x-access": readers},
			})
		}
	}
	record["allOf"] = kinds
	record["description"] = "A record. What its state looks like follows from its kind, the last but one part of its path; " +
		"x-access says who may read it."
}
