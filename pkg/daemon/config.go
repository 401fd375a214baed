package daemon

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"strings"
	"time"
)

// configBytesMax bounds a configuration file; a larger one is some other file.
const configBytesMax = 1 << 20

// Duration is a time.Duration that a configuration writes as text, such as "1.5s" or "10m".
type Duration time.Duration

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	if err != nil {
		return errors.New("not a duration such as 1.5s or 10m")
	}
	*d = Duration(v)
	return nil
}

// MarshalText writes what UnmarshalText reads.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// ReadConfig fills the struct that into points to from a JSON file. Its errors begin with file and line, and never show a
// value, which may be a secret.
func ReadConfig(file string, into any) error {
	f, err := os.Open(file)
	if err != nil {
		return fmt.Errorf("open configuration: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(f, configBytesMax+1))
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if len(data) > configBytesMax {
		return fmt.Errorf("%s: larger than %d bytes", file, configBytesMax)
	}
	return ParseConfig(file, data, into)
}

// ParseConfig is ReadConfig for bytes; name stands for the file in errors.
func ParseConfig(name string, data []byte, into any) error {
	at := func(offset int64) string {
		return fmt.Sprintf("%s:%d", name, 1+bytes.Count(data[:min(max(offset, 0), int64(len(data)))], []byte("\n")))
	}
	w := &walker{dec: json.NewDecoder(bytes.NewReader(data))}
	if err := w.value(reflect.TypeOf(into)); err != nil {
		return fmt.Errorf("%s: %w", at(w.dec.InputOffset()), err)
	}
	if _, err := w.dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%s: more than one value", at(w.dec.InputOffset()))
	}
	var wrongType *json.UnmarshalTypeError
	strict := json.NewDecoder(bytes.NewReader(data))
	strict.DisallowUnknownFields()
	switch err := strict.Decode(into); {
	case errors.As(err, &wrongType):
		return fmt.Errorf("%s: %s must be of type %s", at(wrongType.Offset), wrongType.Field, wrongType.Type)
	case err != nil:
		return fmt.Errorf("%s: %w", name, err) // a type's own UnmarshalJSON, which shows no value
	}
	return nil
}

// walker goes through JSON side by side with the type that it is meant for. encoding/json alone would take keys in any
// spelling and any number, and cannot say where an unknown one stands.
type walker struct {
	dec   *json.Decoder
	depth int
}

// depthMax bounds the nesting of a configuration.
const depthMax = 32

var (
	jsonUnmarshaler = reflect.TypeFor[json.Unmarshaler]()
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// value walks one value of type t; nil stands for a type that reads itself, in which any key may stand, once.
func (w *walker) value(t reflect.Type) error {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	var own encoding.TextUnmarshaler
	if t != nil && reflect.PointerTo(t).Implements(jsonUnmarshaler) {
		t = nil
	} else if t != nil && reflect.PointerTo(t).Implements(textUnmarshaler) {
		own = reflect.New(t).Interface().(encoding.TextUnmarshaler)
		t = nil
	}
	token, err := w.dec.Token()
	if err != nil {
		return errors.New("not well-formed JSON")
	}
	if text, isText := token.(string); isText && own != nil {
		return own.UnmarshalText([]byte(text)) // here the line is known; its error shows no value
	}
	delim, nested := token.(json.Delim)
	if !nested {
		return nil
	}
	if w.depth++; w.depth > depthMax {
		return errors.New("nested too deeply")
	}
	if delim == '{' {
		err = w.object(t)
	} else {
		err = w.array(t)
	}
	w.depth--
	if err != nil {
		return err
	}
	if _, err := w.dec.Token(); err != nil { // the closing delimiter
		return errors.New("not well-formed JSON")
	}
	return nil
}

// object walks the keys and values up to the closing brace.
func (w *walker) object(t reflect.Type) error {
	known := fieldsOf(t)
	seen := map[string]bool{}
	for w.dec.More() {
		token, err := w.dec.Token()
		key, isText := token.(string)
		if err != nil || !isText {
			return errors.New("not well-formed JSON")
		}
		field, ok := known[key]
		switch {
		case seen[key]:
			return fmt.Errorf("key %.40q stands twice", key)
		case t != nil && t.Kind() == reflect.Struct && !ok:
			return fmt.Errorf("unknown key %.40q", key)
		case t != nil && t.Kind() == reflect.Map:
			field = t.Elem()
		}
		seen[key] = true
		if err := w.value(field); err != nil {
			return err
		}
	}
	return nil
}

// array walks the elements up to the closing bracket.
func (w *walker) array(t reflect.Type) error {
	var elem reflect.Type
	if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
		elem = t.Elem()
	}
	for w.dec.More() {
		if err := w.value(elem); err != nil {
			return err
		}
	}
	return nil
}

// fieldsOf answers the keys of a struct with their types, those of embedded structs without a key of their own among them.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	fields := map[string]reflect.Type{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-":
		case f.Anonymous && name == "":
			maps.Copy(fields, fieldsOf(f.Type))
		case f.IsExported():
			fields[cmp.Or(name, f.Name)] = f.Type
		}
	}
	return fields
}
