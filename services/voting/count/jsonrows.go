package count

import (
	"bytes"
	"encoding/json"
	"strings"
)

// jsonFile is a JSON file that is read value by value, so that every broken one can be named by its line.
type jsonFile struct {
	data []byte
	bad  rowList
}

// objects answers the one object that the file is, or the values of its list.
func (f *jsonFile) objects() (objects []jsonValue, list bool, err error) {
	switch trimmed := bytes.TrimLeft(f.data, " \t\r\n"); {
	case bytes.HasPrefix(trimmed, []byte("{")):
		objects = []jsonValue{{raw: f.data}}
	case bytes.HasPrefix(trimmed, []byte("[")):
		list = true
		objects, err = elements(f.data, 0)
	default:
		err = ErrFileUnreadable
	}
	if err != nil || !json.Valid(f.data) {
		return nil, list, ErrFileUnreadable.WithInt("line", int64(f.brokenLine()))
	}
	return objects, list, nil
}

// jsonValue is a JSON value and where it starts in the file.
type jsonValue struct {
	raw json.RawMessage
	at  int64
}

// line answers the line of a place in the file. When no more rows are listed it is not looked for, and 0.
func (f *jsonFile) line(at int64) int {
	if f.bad.total >= RowErrorsMax {
		return 0
	}
	at = min(at, int64(len(f.data)))
	return 1 + bytes.Count(f.data[:at], []byte("\n"))
}

// brokenLine answers the line at which the file stops being JSON.
func (f *jsonFile) brokenLine() int {
	var syntax *json.SyntaxError
	var any json.RawMessage
	if err := json.Unmarshal(f.data, &any); err != nil {
		if s, is := err.(*json.SyntaxError); is {
			syntax = s
		}
	}
	if syntax == nil {
		return 1
	}
	return f.line(syntax.Offset)
}

// elements splits a JSON array, whose first byte is at base, into its values.
func elements(raw []byte, base int64) ([]jsonValue, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('[') {
		return nil, ErrFileUnreadable
	}
	var values []jsonValue
	for dec.More() {
		value, err := next(dec, base)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	return values, nil
}

// next reads the next value of dec.
func next(dec *json.Decoder, base int64) (jsonValue, error) {
	var value jsonValue
	if err := dec.Decode(&value.raw); err != nil {
		return jsonValue{}, ErrFileUnreadable
	}
	value.at = base + dec.InputOffset() - int64(len(value.raw))
	return value, nil
}

// members splits a JSON object, whose first byte is at base. twice are the values of members that were there before. ok is false for
// what is no object.
func members(raw []byte, base int64) (values map[string]jsonValue, twice []jsonValue, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, nil, false
	}
	values = map[string]jsonValue{}
	for dec.More() {
		t, err := dec.Token()
		key, is := t.(string)
		if err != nil || !is {
			return nil, nil, false
		}
		value, err := next(dec, base)
		if err != nil {
			return nil, nil, false
		}
		if _, before := values[key]; before {
			twice = append(twice, value)
		}
		values[key] = value
	}
	return values, twice, true
}

// fields splits a JSON object; a field that is there twice, or needed and not there, is noted.
func (f *jsonFile) fields(object jsonValue, needed []string) (map[string]jsonValue, bool) {
	fields, twice, ok := members(object.raw, object.at)
	if !ok {
		f.bad.add(f.line(object.at), "", whyValue)
		return nil, false
	}
	for _, value := range twice {
		f.bad.add(f.line(value.at), "", whyRepeated)
		ok = false
	}
	for _, name := range needed {
		if _, has := fields[name]; !has {
			f.bad.add(f.line(object.at), name, whyMissing)
			ok = false
		}
	}
	return fields, ok
}

// number reads a whole number.
func (f *jsonFile) number(v jsonValue, field string, most int64) int64 {
	n, why := parseCount(strings.TrimSpace(string(v.raw)), most)
	if why != nil {
		f.bad.add(f.line(v.at), field, *why)
	}
	return n
}
