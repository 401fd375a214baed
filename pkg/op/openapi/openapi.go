// Package openapi writes the OpenAPI 3.1 document of an HTTP interface: of the operations that models declare, and of the routes that
// somebody describes beside them.
//
// In plain words: nobody writes the document. What an operation takes follows from its message and the class of each field, what it
// means from the words in the contract, what it answers from the Go types that are answered, what it refuses with from the faults that
// the program can make. So the document cannot say what the program does not do, and a test holds the rest against a running one. The
// same program writes the same bytes.
//
// Where a rule, and no form, demands a field, the document does not call it required: the rule's refusal tells.
package openapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/proto/contracts"
)

// Version is the version of OpenAPI that is spoken.
const Version = "3.1.1"

// Config is what a document is made of.
type Config struct {
	Title string
	Words // what stands at its head
	// Models declare the operations.
	Models []*decider.Model
	// Routes are all others.
	Routes []Route
	// Tags say what a service is for, by its name.
	Tags map[string]Words
	// Readers are the kinds of records that can be read, and by whom.
	Readers map[string]Access
	// Extras are values of what operations answer beside the receipt, by operation.
	Extras map[string]any
	// Faults are what the operations of a service may be refused with; those of "" may come at any route.
	Faults map[string][]*fault.Fault
	// Sessions are what a route refuses with that asks for a session.
	Sessions []*fault.Fault
}

// object is a JSON object; its members are written in the order of their names.
type object = map[string]any

// document is one document in the making.
type document struct {
	Config
	words   map[protoreflect.FullName]string
	schemas object
	answers object            // shared responses
	params  object            // shared parameters
	refused map[string]string // codes of a refusal -> its name among answers
	states  map[reflect.Type]string
	err     error // the first thing that cannot be described
}

// Build writes the document.
func Build(c Config) ([]byte, error) {
	words, err := contracts.Comments()
	if err != nil {
		return nil, err
	}
	d := &document{
		Config: c, words: words, schemas: object{}, answers: object{}, params: parameters(), refused: map[string]string{},
		states: map[reflect.Type]string{},
	}
	d.problems()
	d.refusals("every", c.Faults[""])
	paths := d.paths()
	d.records()
	if d.err != nil {
		return nil, d.err
	}
	return write(object{
		"openapi": Version,
		"info":    object{"title": c.Title, "version": "1", "description": c.English + "\n\n" + c.Chinese},
		"servers": []any{object{"url": "/"}},
		"tags":    d.tags(),
		"paths":   paths,
		"components": object{
			"schemas": d.schemas, "responses": d.answers, "parameters": d.params, "headers": headers(), "securitySchemes": schemes(),
		},
	})
}

// lineColumnsMax is how long a line may be before what stands on it gets lines of its own.
const lineColumnsMax = 120

// write gives JSON that people can read and compare line by line: members by name, what is short on one line.
func write(v any) ([]byte, error) {
	var compact, out bytes.Buffer
	e := json.NewEncoder(&compact)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return append(spread(&out, bytes.TrimSpace(compact.Bytes()), 0).Bytes(), '\n'), nil
}

// spread writes a compact value, over several lines where it is too long for one.
func spread(out *bytes.Buffer, compact json.RawMessage, depth int) *bytes.Buffer {
	if len(compact)+depth <= lineColumnsMax || compact[0] != '{' && compact[0] != '[' {
		out.Write(compact)
		return out
	}
	d := json.NewDecoder(bytes.NewReader(compact))
	open, _ := d.Token() // the encoder wrote it: nothing below can fail
	for first := true; d.More(); first = false {
		if !first {
			out.WriteByte(',')
		} else {
			out.WriteByte(compact[0])
		}
		out.WriteByte('\n')
		out.WriteString(strings.Repeat(" ", depth+1))
		var member json.RawMessage
		if open == json.Delim('{') {
			name, _ := d.Token()
			member, _ = json.Marshal(name)
			out.Write(member)
			out.WriteByte(':')
		}
		_ = d.Decode(&member)
		spread(out, member, depth+1)
	}
	out.WriteByte('\n')
	out.WriteString(strings.Repeat(" ", depth))
	out.WriteByte(compact[len(compact)-1])
	return out
}

// fail keeps the first thing that went wrong.
func (d *document) fail(format string, args ...any) {
	if d.err == nil {
		d.err = fmt.Errorf("describe interface: "+format, args...)
	}
}

func (d *document) tags() []any {
	var names []string
	for _, m := range d.Models {
		names = append(names, m.Service)
	}
	for _, r := range d.Routes {
		if tag := tagOf(r.Name); !slices.Contains(names, tag) {
			names = append(names, tag)
		}
	}
	var out []any
	for _, name := range names {
		tag := object{"name": name}
		if w, ok := d.Tags[name]; ok {
			tag["description"], tag["x-description-zh"] = w.English, w.Chinese
		}
		out = append(out, tag)
	}
	return out
}

// paths gives every address with its methods.
func (d *document) paths() object {
	out := object{}
	put := func(method, path string, operation object) {
		item, _ := out[path].(object)
		if item == nil {
			item = object{}
			out[path] = item
		}
		if item[method] != nil {
			d.fail("%s %s is there twice", method, path)
		}
		item[method] = operation
	}
	for _, m := range d.Models {
		for _, o := range m.Operations() {
			if o.Route != "" {
				method, path := addressOf(o)
				put(method, path, d.operation(m, o))
			}
		}
	}
	for _, r := range d.Routes {
		put(lower(r.Method), r.Path, d.route(r))
	}
	return out
}

func ref(section, name string) object { return object{"$ref": "#/components/" + section + "/" + name} }
