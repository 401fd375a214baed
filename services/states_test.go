package services_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/op"
)

var (
	snakeCase     = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	jsonMarshaler = reflect.TypeFor[json.Marshaler]()
)

// misnamed lists the fields below a type that JSON would not name in snake case: those without a name of their own, and those with
// another. Fields of an embedded struct stand in the outer one.
func misnamed(t reflect.Type, at string, above ...reflect.Type) (out []string) {
	if slices.Contains(above, t) || t.Implements(jsonMarshaler) {
		return nil
	}
	above = append(slices.Clone(above), t)
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return misnamed(t.Elem(), at, above...)
	case reflect.Interface:
		return []string{at + " can hold anything"}
	case reflect.Struct:
	default:
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, tagged := f.Tag.Lookup("json")
		name, _, _ := strings.Cut(tag, ",")
		switch {
		case f.Anonymous && !tagged:
			out = append(out, misnamed(f.Type, at, above...)...)
			continue
		case !f.IsExported() || tag == "-": // not in the JSON
			continue
		case !snakeCase.MatchString(name):
			out = append(out, fmt.Sprintf("%s: %s.%s is called %q", at, t, f.Name, name))
		}
		out = append(out, misnamed(f.Type, at, above...)...)
	}
	return out
}

// TestServedNames walks the state of every kind of every service as queries answer it, and what they are wrapped into: every field has
// a name in snake case, so that who writes a client need not know Go.
func TestServedNames(t *testing.T) {
	kinds := 0
	for _, m := range models() {
		for _, kind := range slices.Sorted(maps.Keys(m.States())) {
			kinds++
			for _, finding := range misnamed(m.States()[kind], m.Service+" "+kind) {
				t.Error(finding)
			}
		}
	}
	if kinds < 30 {
		t.Errorf("only %d kinds were looked at", kinds)
	}
	for _, answer := range []any{op.Answer{}, op.Page{}, op.Query{}} {
		for _, finding := range misnamed(reflect.TypeOf(answer), "answer") {
			t.Error(finding)
		}
	}
}

// TestServedNamesSelf sees to it that the walk finds what it is for.
func TestServedNamesSelf(t *testing.T) {
	type inner struct {
		BadName int `json:"BadName"`
	}
	type embedded struct{ Promoted string }
	for name, c := range map[string]struct {
		of   any
		want int
	}{
		"no name": {struct{ Name string }{}, 1},
		"options only": {struct {
			Name string `json:",omitempty"`
		}{}, 1},
		"camel case": {struct {
			Name string `json:"boxKey"`
		}{}, 1},
		"deep": {struct {
			List []map[string]*inner `json:"list"`
		}{}, 1},
		"promoted": {struct{ embedded }{}, 1},
		"anything": {struct {
			Any any `json:"any"`
		}{}, 1},
		"good": {struct {
			A int64 `json:"area_centi_m2,omitempty"`
			b int
		}{}, 0},
		"left out": {struct {
			A int64 `json:"-"`
		}{}, 0},
		"two, side by side": {struct{ A, B inner }{}, 4},
	} {
		if got := misnamed(reflect.TypeOf(c.of), name); len(got) != c.want {
			t.Errorf("%s: found %q", name, got)
		}
	}
}
