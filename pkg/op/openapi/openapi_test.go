package openapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	fieldv1 "renlin.dev/proto/renlin/field/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// TestClasses holds the patterns of texts against the check that a command meets: what the one takes the other takes.
func TestClasses(t *testing.T) {
	for c, put := range map[fieldv1.Class]func(string) proto.Message{
		fieldv1.Class_CLASS_ID:        func(s string) proto.Message { return &communityv1.RevokeMember{Member: s} },
		fieldv1.Class_CLASS_REF:       func(s string) proto.Message { return &communityv1.Text{Ref: s} },
		fieldv1.Class_CLASS_CODE:      func(s string) proto.Message { return &communityv1.Matter{Code: s} },
		fieldv1.Class_CLASS_AGGREGATE: func(s string) proto.Message { return &vaultv1.ReadText{NamedBy: s} },
	} {
		schema := class(c, 0)
		pattern := regexp.MustCompile(schema["pattern"].(string))
		most, bounded := schema["maxLength"].(int)
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.OneOf(
				rapid.StringMatching(schema["pattern"].(string)), rapid.StringMatching(`[a-z2-9._/-]{1,80}`), rapid.StringN(1, 40, 300),
				rapid.StringMatching(`[a-z2-7]{25,27}`), rapid.StringMatching(`[0-9a-f]{63,65}`),
			).Draw(t, "text")
			if text == "" {
				return // what is left out
			}
			fits := pattern.MatchString(text) && (!bounded || len(text) <= most)
			if took := decider.CheckFields(put(text)) == nil; took != fits {
				t.Fatalf("%v: %q: the check says %v, the document %v", c, text, took, fits)
			}
		})
	}
	if class(fieldv1.Class_CLASS_UNSPECIFIED, 0) != nil {
		t.Error("a form for a field that nobody has thought about")
	}
}

// TestBase64: bytes of each length have the form that their JSON has, and no other length's.
func TestBase64(t *testing.T) {
	for size := range 70 {
		raw, err := json.Marshal(make([]byte, size))
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Trim(string(raw), `"`)
		for other := range 70 {
			if regexp.MustCompile(exactBase64(other)).MatchString(text) != (other == size) {
				t.Errorf("%d bytes by the form of %d", size, other)
			}
		}
		if !regexp.MustCompile(patternBase64).MatchString(text) || regexp.MustCompile(patternBase64).MatchString(text+"A") {
			t.Errorf("%d bytes", size)
		}
	}
}

// TestWrite: the same value in lines, and nothing but.
func TestWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.MapOf(rapid.StringN(0, 20, 60), rapid.SliceOfN(rapid.StringN(0, 60, 200), 0, 9)).Draw(t, "words")
		v := map[string]any{"words": words, "n": 1, "none": nil, "list": []any{words, 2.5, "<a&b>"}, "empty": map[string]any{}}
		written, err := write(v)
		if err != nil {
			t.Fatal(err)
		}
		compact, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back bytes.Buffer
		if err := json.Compact(&back, written); err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(compact, &a) != nil || json.Unmarshal(back.Bytes(), &b) != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("another value: %s", written)
		}
		if !bytes.Contains(written, []byte("<a&b>")) || written[len(written)-1] != '\n' {
			t.Fatal("not as it is")
		}
	})
}

type inner struct {
	List []string `json:"list"`
}

type shape struct {
	inner
	ID      string            `json:"id"`
	Bytes   []byte            `json:"bytes,omitempty"`
	Map     map[string]uint32 `json:"map"`
	At      time.Time         `json:"at"`
	Pointer *inner            `json:"pointer,omitempty"`
	Itself  []shape           `json:"itself,omitempty"`
	Role    communityv1.Role  `json:"role"`
	Left    int               `json:"-"`
}

func emptyDocument() *document {
	return &document{schemas: object{}, states: map[reflect.Type]string{}}
}

// TestValue: the schema of a Go value is that of its JSON; what is empty may be null in a record and nowhere else.
func TestValue(t *testing.T) {
	for null, want := range map[nullable]any{inRecords: []string{"array", "null"}, elsewhere: "array"} {
		d := emptyDocument()
		if got := d.value(reflect.TypeFor[shape](), null); got["$ref"] != "#/components/schemas/op.openapi.shape" || d.err != nil {
			t.Fatalf("%v, %v", got, d.err)
		}
		s := d.schemas["op.openapi.shape"].(object)
		properties := s["properties"].(object)
		if !reflect.DeepEqual(s["required"], []string{"at", "id", "list", "map", "role"}) {
			t.Errorf("required: %v", s["required"])
		}
		if got := properties["list"].(object)["type"]; !reflect.DeepEqual(got, want) {
			t.Errorf("a list: %v", got)
		}
		if got := properties["bytes"].(object)["type"]; got != "string" {
			t.Errorf("bytes that are left out: %v", got)
		}
		if role := properties["role"].(object); role["type"] != "integer" || !strings.Contains(role["description"].(string), "2 ROLE_OWNER") {
			t.Errorf("an enum: %v", role)
		}
		if properties["Left"] != nil || properties["-"] != nil || len(properties) != 8 {
			t.Errorf("fields: %v", properties)
		}
	}
}

// TestUndescribed: what has no schema is an error and not left out.
func TestUndescribed(t *testing.T) {
	for what, v := range map[string]any{
		"a function": struct {
			F func() `json:"f"`
		}{},
		"a float": struct {
			F float64 `json:"f"`
		}{},
		"anything": struct {
			A any `json:"a"`
		}{},
		"a JSON of its own": struct {
			N json.Number `json:"n,string"`
		}{},
	} {
		d := emptyDocument()
		if d.value(reflect.TypeOf(v), elsewhere); d.err == nil {
			t.Errorf("%s has a schema", what)
		}
	}
	twice := []Route{{Method: "GET", Path: "/a", Name: "a.b"}, {Method: "GET", Path: "/a", Name: "a.c"}}
	if _, err := Build(Config{Routes: twice}); err == nil {
		t.Error("an address that is there twice")
	}
}

// TestRoute: what follows from a route's row stands in the document.
func TestRoute(t *testing.T) {
	gone := fault.New(fault.Gone, "thing.gone", "It is gone.", "已不存在。")
	raw, err := Build(Config{
		Title: "T", Faults: map[string][]*fault.Fault{"": {fault.ErrBusy}},
		Sessions: []*fault.Fault{fault.New(fault.Unauthenticated, "sitting.missing", "Please come in.", "请进。")},
		Routes: []Route{{
			Method: "POST", Path: "/v1/{community}/things/{thing}", Name: "gateway.thing", Access: Members, Idempotent: true,
			Body: &Body{Media: "application/json", Shape: inner{}, BytesMax: 77}, Answers: []Answer{{Status: 201}}, Faults: []*fault.Fault{gone},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters  []map[string]any
			RequestBody map[string]any `json:"requestBody"`
			Responses   map[string]any
			Security    []map[string]any
		}
		Components struct {
			Schemas map[string]struct{ OneOf []map[string]string }
		}
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	o := doc.Paths["/v1/{community}/things/{thing}"]["post"]
	var statuses []string
	for _, status := range []string{"201", "400", "401", "404", "410", "413", "422", "429", "500"} {
		if o.Responses[status] != nil {
			statuses = append(statuses, status)
		}
	}
	if got := strings.Join(statuses, " "); got != "201 400 401 404 410 413 422 429" || len(o.Responses) != 8 {
		t.Errorf("answers: %s of %d", got, len(o.Responses))
	}
	if len(o.Parameters) != 4 || o.RequestBody["x-bytes-max"] != 77.0 || len(o.Security) != 2 {
		t.Errorf("%+v", o)
	}
	codes := map[string]string{}
	for _, c := range doc.Components.Schemas["Code"].OneOf {
		codes[c["const"]] = c["description"] + c["x-description-zh"]
	}
	for _, f := range []*fault.Fault{gone, fault.ErrBusy, op.ErrBodySize, op.ErrCommunity, op.ErrIdempotencyKey} {
		if codes[f.Code] != f.English+f.Chinese {
			t.Errorf("%s: %q", f.Code, codes[f.Code])
		}
	}
}
