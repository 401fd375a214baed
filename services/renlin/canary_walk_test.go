package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	fieldv1 "renlin.dev/proto/renlin/field/v1"
)

// leaf is one field of a command, by its path through the command's messages.
type leaf struct {
	path string
	fd   protoreflect.FieldDescriptor
}

// class and size are what the contract says of a string or bytes field.
func (l leaf) class() (fieldv1.Class, int) {
	o := l.fd.Options()
	return proto.GetExtension(o, fieldv1.E_Class).(fieldv1.Class), int(proto.GetExtension(o, fieldv1.E_Size).(uint32))
}

// leaves lists every field of a message and of the messages inside it.
func leaves(d protoreflect.MessageDescriptor, below string) (out []leaf) {
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		path := below + string(fd.Name())
		out = append(out, leaf{path, fd})
		if fd.Message() != nil {
			out = append(out, leaves(fd.Message(), path+".")...)
		}
	}
	return out
}

// typedText tells whether the field is a string or bytes.
func (l leaf) typedText() bool {
	return l.fd.Kind() == protoreflect.StringKind || l.fd.Kind() == protoreflect.BytesKind
}

// form makes a command's body in which every field is well-formed, but for the one at the path, which holds the value.
func form(d protoreflect.MessageDescriptor, below, path string, value any) map[string]any {
	out := map[string]any{}
	for i := range d.Fields().Len() {
		fd := d.Fields().Get(i)
		at := below + string(fd.Name())
		var v any
		switch {
		case at == path:
			v = value
		case fd.Message() != nil:
			v = form(fd.Message(), at+".", path, value)
		default:
			v = wellFormed(leaf{at, fd})
		}
		if fd.IsList() && at != path {
			v = []any{v}
		} else if _, isText := v.(string); fd.IsList() && isText {
			v = []any{v}
		}
		out[string(fd.Name())] = v
	}
	return out
}

// wellFormed gives a value that the field's type and class allow.
func wellFormed(l leaf) any {
	class, size := l.class()
	switch l.fd.Kind() {
	case protoreflect.StringKind, protoreflect.BytesKind:
		switch class {
		case fieldv1.Class_CLASS_ID:
			return client.NewID()
		case fieldv1.Class_CLASS_CODE:
			return "greening"
		case fieldv1.Class_CLASS_REF:
			return strings.Repeat("0a", 32)
		case fieldv1.Class_CLASS_AGGREGATE:
			return "topic/" + client.NewID()
		case fieldv1.Class_CLASS_PUBLISHED:
			return "text"
		}
		return base64.StdEncoding.EncodeToString(make([]byte, min(size, 64)))
	case protoreflect.EnumKind:
		return string(l.fd.Enum().Values().Get(l.fd.Enum().Values().Len() - 1).Name())
	case protoreflect.BoolKind:
		return true
	}
	return 1
}

// typing is one value to be typed into a field.
type typing struct {
	what    string
	value   any
	refused bool // before any rule sees it
}

// typings gives what is typed into a field: what its class refuses holds the closed family, what it lets pass the open one.
func typings(l leaf, n int) []typing {
	mark, published := closed.mark(n), open.mark(n)
	out := []typing{
		{"object", map[string]any{mark: mark}, true}, {"list of objects", []any{map[string]any{mark: mark}}, true},
	}
	if !l.typedText() {
		return append(out, typing{"text", mark, true}, typing{"list of texts", []any{mark}, true})
	}
	class, size := l.class()
	encoded := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	long := strings.Repeat(mark, size/len(mark)+1)
	switch class {
	case fieldv1.Class_CLASS_PUBLISHED:
		out = append(out, typing{"too long", long, true}, typing{"published", published[:min(len(published), size)], false})
	case fieldv1.Class_CLASS_SEALED, fieldv1.Class_CLASS_PROOF: // a proof is held against its signatures by the rule
		out = append(out, typing{"too long", encoded(long), true}, typing{"sealed", encoded(published[:min(len(published), size)]), false})
	case fieldv1.Class_CLASS_DIGEST:
		exact := (published + strings.Repeat(".", size))[:size]
		out = append(out, typing{"text", mark, true}, typing{"too long", encoded(mark + strings.Repeat(".", size)), true},
			typing{"short", encoded(closed.phone), true}, typing{"digest", encoded(exact), false})
	case fieldv1.Class_CLASS_CODE:
		word := closed.word
		if l.fd.FullName() == "renlin.community.v1.Matter.code" {
			word = open.word // a rulebook defines its words
		}
		out = append(out, typing{"text", mark, true}, typing{"number", json.Number(closed.phone), true}, typing{"word", word, false})
	default:
		out = append(out, typing{"text", mark, true}, typing{"number", json.Number(closed.phone), true}, typing{"phone", closed.phone, true},
			typing{"in a path", "topic/" + closed.phone + closed.card, class != fieldv1.Class_CLASS_AGGREGATE})
	}
	return out
}

// walker types marks into every field of every operation.
type walker struct {
	t      *testing.T
	device *client.Device
	n      int
	walked map[string]int // operation -> requests
}

// send posts a body to an operation as the device, signed well. Headers are put over those that a device sends.
func (w *walker) send(model *decider.Model, o *decider.Operation, body []byte, query string, header http.Header) (status int, code string) {
	w.t.Helper()
	s := &chain.Signed{
		Suite: chain.SuiteIntl, Operation: o.Name, Contract: o.Contract, IdempotencyKey: client.IdempotencyKey(),
		NotAfter: time.Now().Add(5 * time.Minute).UnixMilli(), Body: body,
	}
	genesis, author, address := w.device.Genesis, chain.AuthorDevice, "/v1/communities/"+w.device.Community+"/"+w.path(o, body)
	if o.Route == "" {
		genesis, author, address = chain.Hash{}, chain.AuthorGenesis, "/v1/communities"
		s.IdempotencyKey, s.NotAfter = "", 0
	}
	if key := header.Get(op.HeaderIdempotencyKey); key != "" {
		s.IdempotencyKey = key // a client signs what it sends
	}
	if err := s.Sign(genesis, author, w.device.Key); err != nil {
		w.t.Fatal(err)
	}
	if header == nil { // the deciding service must refuse by itself what the edge refuses
		w.admit(model, genesis, s)
	}
	w.walked[o.Name]++
	return w.post(address+query, s, header)
}

func (w *walker) post(address string, s *chain.Signed, over http.Header) (status int, code string) {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.device.URL+address, bytes.NewReader(s.Body))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if s.IdempotencyKey != "" {
		r.Header.Set(op.HeaderIdempotencyKey, s.IdempotencyKey)
		r.Header.Set(op.HeaderNotAfter, strconv.FormatInt(s.NotAfter, 10))
	}
	r.Header.Set(op.HeaderSignature, op.FormatSignature(s.Signatures[0]))
	for name, values := range over {
		r.Header[name] = values
	}
	got := exchange(w.t, w.device.HTTP, r)
	return got.status, got.code
}

func jsonText(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("encode test data: " + err.Error()) // made of strings, numbers and maps of them
	}
	return string(raw)
}

// path fills the variables of an operation's route from the body, as a client would.
func (w *walker) path(o *decider.Operation, body []byte) string {
	var fields map[string]any
	_ = json.Unmarshal(body, &fields) // what cannot be read leaves the variables empty
	_, path, _ := strings.Cut(o.Route, " ")
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		if name, variable := strings.CutPrefix(segment, "{"); variable {
			text, _ := fields[strings.TrimSuffix(name, "}")].(string)
			segments[i] = url.PathEscape(text)
			if text == "" {
				segments[i] = client.NewID()
			}
		}
	}
	return strings.Join(segments, "/")
}

// admit holds what the deciding service says against the same rules.
func (w *walker) admit(model *decider.Model, genesis chain.Hash, s *chain.Signed) {
	w.t.Helper()
	raw, err := s.Encode(nil)
	if err != nil {
		return // over every limit
	}
	if genesis.IsZero() {
		_, err = model.AdmitGenesis(raw, nil)
	} else {
		_, err = model.Admit(genesis, raw, nil)
	}
	if err == nil {
		return
	}
	closed.absent(w.t, s.Operation+": the service's refusal", fault.Marshal(fault.Of(err)))
	open.absent(w.t, s.Operation+": the service's refusal", fault.Marshal(fault.Of(err)))
}

// operation walks one operation: every field, then the body as a whole, then the headers and the address.
func (w *walker) operation(model *decider.Model, o *decider.Operation) {
	w.t.Helper()
	d := o.Fresh().ProtoReflect().Descriptor()
	for _, l := range leaves(d, "") {
		w.n++
		for _, typed := range typings(l, w.n) {
			body := jsonText(form(d, "", l.path, typed.value))
			status, code := w.send(model, o, []byte(body), "", nil)
			if typed.refused && status != http.StatusBadRequest || status >= 500 {
				w.t.Errorf("%s: %s typed into %s: answered %d %s", o.Name, typed.what, l.path, status, code)
			}
		}
	}
	good := jsonText(form(d, "", "", nil))
	mark := closed.mark(9000)
	bodies := map[string]string{
		"unknown field": `{"` + mark + `":1}`, "value of an unknown field": `{"note":"` + mark + `"}`, "behind the body": good + mark,
		"no JSON": mark, "a text": `"` + mark + `"`, "a list": `["` + mark + `"]`, "null": `{"` + mark + `":null}`,
		"an extension": `{"[` + closed.word + `.x]":"` + mark + `"}`, "a comment": good + "//" + mark, "broken UTF-8": "{\"" + mark + "\xff\":1}",
	}
	if d.Fields().Len() > 0 { // some commands say all by being sent
		bodies["twice"] = strings.TrimSuffix(good, "}") + `,"` + string(d.Fields().Get(0).Name()) + `":"` + mark + `"}`
	}
	for what, body := range bodies {
		if status, code := w.send(model, o, []byte(body), "", nil); status != http.StatusBadRequest {
			w.t.Errorf("%s: %s: answered %d %s", o.Name, what, status, code)
		}
	}
	for _, name := range []string{
		op.HeaderIdempotencyKey, op.HeaderSignature, op.HeaderNotAfter, op.HeaderContract, "Content-Type", "Authorization", "User-Agent",
		"Cookie", "Referer", "Accept-Language", "X-Forwarded-For", "X-Request-Id", "Traceparent", "Tracestate", "Baggage", "If-Match",
	} {
		w.send(model, o, []byte(good), "", http.Header{name: {mark}})
	}
	w.send(model, o, []byte(good), "?name="+url.QueryEscape(mark), http.Header{})
	if o.Route == "" {
		return
	}
	for _, key := range []string{closed.phone, closed.card + "0000", closed.word, closed.phone + "-" + closed.word} {
		status, code := w.send(model, o, []byte(good), "", http.Header{op.HeaderIdempotencyKey: {key}})
		if status != http.StatusBadRequest || code != op.ErrIdempotencyKey.Code {
			w.t.Errorf("%s: typed for an idempotency key: answered %d %s", o.Name, status, code)
		}
	}
}
