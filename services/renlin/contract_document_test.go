package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract is the API document as a stranger has it, who knows nothing else of the program than its address.
type contract struct {
	t        testing.TB
	whole    any
	compiler *jsonschema.Compiler
	compiled map[string]*jsonschema.Schema
	ops      map[string]*documented
	codes    map[string]sentences
}

// sentences are what the document says that a code is told in.
type sentences struct{ en, zh string }

// documented is one operation of the document. Pointers name places in the document.
type documented struct {
	id, method, path string
	signedAs         string
	contract         uint16
	params           []documentedParam
	body, media      string // pointer to the body's schema, and its type; empty without a body
	bytesMax         int
	answers          map[int]string // status -> pointer
	access           []string
	open             bool // to whoever asks, at least for some of it
	session          bool // asks for a session
}

type documentedParam struct {
	name, in, schema string
	required         bool
}

// param gives a parameter of an operation; nil when the document has none.
func (d *documented) param(name string) *documentedParam {
	for i := range d.params {
		if d.params[i].name == name {
			return &d.params[i]
		}
	}
	return nil
}

const documentURL = "https://renlin.example/openapi.json"

// readContract takes a document apart.
func readContract(t testing.TB, raw []byte) *contract {
	t.Helper()
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	c := &contract{
		t: t, whole: whole, compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}, ops: map[string]*documented{},
		codes: map[string]sentences{},
	}
	if err := c.compiler.AddResource(documentURL, whole); err != nil {
		t.Fatal(err)
	}
	paths, _ := c.at("/paths").(map[string]any)
	for path, item := range paths {
		for method := range item.(map[string]any) {
			o := c.operation(path, method)
			c.ops[o.id] = o
		}
	}
	for _, code := range c.at("/components/schemas/Code/oneOf").([]any) {
		one := code.(map[string]any)
		c.codes[one["const"].(string)] = sentences{one["description"].(string), one["x-description-zh"].(string)}
	}
	return c
}

// escape makes one step of a pointer.
func escape(step string) string { return "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(step) }

// at gives what stands at a pointer; nil where nothing does.
func (c *contract) at(pointer string) any {
	value := c.whole
	for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(v) {
				return nil
			}
			value = v[i]
		default:
			return nil
		}
	}
	return value
}

// follow gives the place that a pointer leads to by way of references.
func (c *contract) follow(pointer string) string {
	m, _ := c.at(pointer).(map[string]any)
	if to, ok := m["$ref"].(string); ok {
		return c.follow(strings.TrimPrefix(to, "#"))
	}
	return pointer
}

// text gives a text at a pointer, empty where there is none.
func (c *contract) text(pointer string) string {
	s, _ := c.at(pointer).(string)
	return s
}

// operation reads one operation.
func (c *contract) operation(path, method string) *documented {
	here := "/paths" + escape(path) + escape(method)
	o := &documented{
		id: c.text(here + "/operationId"), method: strings.ToUpper(method), path: path, signedAs: c.text(here + "/x-signed-as"), contract: 1,
		answers: map[int]string{},
	}
	params, _ := c.at(here + "/parameters").([]any)
	for i := range params {
		at := c.follow(here + "/parameters/" + strconv.Itoa(i))
		required, _ := c.at(at + "/required").(bool)
		p := documentedParam{name: c.text(at + "/name"), in: c.text(at + "/in"), schema: at + "/schema", required: required}
		o.params = append(o.params, p)
		if v, err := strconv.ParseUint(c.text(at+"/schema/enum/0"), 10, 16); p.name == "Renlin-Contract" && err == nil {
			o.contract = uint16(v)
		}
	}
	if body, _ := c.at(here + "/requestBody/content").(map[string]any); body != nil {
		o.media = slices.Sorted(maps.Keys(body))[0]
		o.body = here + "/requestBody/content" + escape(o.media) + "/schema"
		n, err := c.at(here + "/requestBody/x-bytes-max").(json.Number).Int64()
		if err != nil {
			c.t.Errorf("%s: no bound of its body", o.id)
		}
		o.bytesMax = int(n)
	}
	for status := range c.at(here + "/responses").(map[string]any) {
		n, err := strconv.Atoi(status)
		if err != nil {
			c.t.Errorf("%s: an answer of status %s", o.id, status)
		}
		o.answers[n] = c.follow(here + "/responses" + escape(status))
	}
	c.security(o, here)
	return o
}

// security reads who may ask.
func (c *contract) security(o *documented, here string) {
	switch who := c.at(here + "/x-access").(type) {
	case string:
		o.access = []string{who}
	case []any:
		for _, w := range who {
			o.access = append(o.access, w.(string))
		}
	}
	all, _ := c.at(here + "/security").([]any)
	o.open = len(all) == 0
	for _, one := range all {
		names := one.(map[string]any)
		o.open = o.open || len(names) == 0
		_, ok := names["session"]
		o.session = o.session || ok
	}
}

// check holds a value against the schema at a pointer.
func (c *contract) check(pointer string, value any) error {
	schema := c.compiled[pointer]
	if schema == nil {
		var fragment strings.Builder
		for step := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			fragment.WriteString("/" + url.PathEscape(step))
		}
		var err error
		if schema, err = c.compiler.Compile(documentURL + "#" + fragment.String()); err != nil {
			c.t.Fatalf("schema at %s: %v", pointer, err)
		}
		c.compiled[pointer] = schema
	}
	return schema.Validate(value)
}

// checkText holds what stands in a path, a question or a header against a schema.
func (c *contract) checkText(pointer, text string) error {
	if c.text(c.follow(pointer)+"/type") != "integer" {
		return c.check(pointer, text)
	}
	if _, err := strconv.ParseInt(text, 10, 64); err != nil {
		return fmt.Errorf("no whole number: %w", err)
	}
	return c.check(pointer, json.Number(text))
}

// parsed reads JSON as the schemas want it.
func parsed(t testing.TB, v any) any {
	t.Helper()
	raw, ok := v.([]byte)
	if !ok {
		var err error
		if raw, err = json.Marshal(v); err != nil {
			t.Fatal(err)
		}
	}
	out, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatalf("no JSON: %v in %.200s", err, raw)
	}
	return out
}
