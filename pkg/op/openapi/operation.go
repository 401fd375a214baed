package openapi

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/standing"
)

func lower(method string) string { return strings.ToLower(method) }

// tagOf gives the service of "service.verb".
func tagOf(name string) string {
	service, _, _ := strings.Cut(name, ".")
	return service
}

// addressOf gives the method and the path of an operation of a model.
func addressOf(o *decider.Operation) (method, path string) {
	method, path, _ = strings.Cut(op.Pattern(o), " ")
	return lower(method), path
}

// operation describes an operation of a model.
func (d *document) operation(m *decider.Model, o *decider.Operation) object {
	body := o.Fresh().ProtoReflect().Descriptor()
	words := d.words[body.FullName()]
	summary, _, _ := strings.Cut(words, ". ")
	schema := d.message(body)
	if named := variables(o.Route); len(named) > 0 {
		schema = object{"$ref": schema["$ref"], "required": d.jsonNames(o, named)}
	}
	_, path := addressOf(o)
	params := append(d.variables(path, nil),
		ref("parameters", op.HeaderIdempotencyKey), ref("parameters", op.HeaderNotAfter), ref("parameters", op.HeaderSignature),
		d.contract(o.Contract), ref("parameters", "Accept-Language"))
	if body.Fields().ByName(op.FieldExpected) != nil {
		params = append(params, ref("parameters", "If-Match"))
	}
	out := object{
		"operationId": o.Name, "tags": []string{m.Service}, "summary": strings.TrimSuffix(summary, "."),
		"description": strings.TrimSpace(words + "\n\n" + openTo(o)),
		"parameters":  params,
		"security":    securityOfOperation(o),
		"requestBody": object{
			"required": true, "content": object{"application/json": object{"schema": schema}},
			"description": bounded(op.BodyBytesMax), "x-bytes-max": op.BodyBytesMax,
		},
		"x-access": rolesOf(o), "x-signed-as": o.Name,
	}
	responses := d.refusals(m.Service, d.Faults[m.Service])
	for status, of := range map[string]string{"201": "done", "200": "repeated"} { // any order: each has its own key
		name := of
		if extra, ok := d.Extras[o.Name]; ok {
			name += "." + o.Name
			d.answered(of, name, d.value(reflect.TypeOf(extra), elsewhere))
		} else {
			d.answered(of, name, nil)
		}
		responses[status] = ref("responses", name)
	}
	out["responses"] = responses
	return out
}

// securityOfOperation says how a request shows whose it is: a session is for those whose key is hosted, and what is nameless has none.
func securityOfOperation(o *decider.Operation) []any {
	device := object{"device": []string{}}
	if o.Nameless() {
		return []any{device}
	}
	return []any{device, object{"session": []string{}}}
}

// answered describes what a command is answered, with what comes beside the receipt.
func (d *document) answered(of, name string, extra object) {
	answer := d.value(reflect.TypeFor[op.Answer](), elsewhere)
	if extra != nil {
		answer = object{"$ref": answer["$ref"], "properties": object{"extra": extra}}
	}
	text := Words{"Done, and durable.", "已完成并持久保存。"}
	if of == "repeated" {
		text = Words{"Done before, under the same Idempotency-Key: the receipt of the first time.", "此前已用同一键完成，返回首次的回执。"}
	}
	d.answers[name] = object{
		"description": text.English, "x-description-zh": text.Chinese, "content": object{"application/json": object{"schema": answer}},
	}
}

// variables are the names between the braces of a path.
func variables(path string) (names []string) {
	for segment := range strings.SplitSeq(path, "/") {
		if name, open := strings.CutPrefix(segment, "{"); open {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// jsonNames are the fields of the body that the path names, and that must equal it.
func (d *document) jsonNames(o *decider.Operation, named []string) (out []string) {
	fields := o.Fresh().ProtoReflect().Descriptor().Fields()
	for _, name := range named {
		for i := range fields.Len() {
			if string(fields.Get(i).Name()) == name {
				out = append(out, fields.Get(i).JSONName())
			}
		}
	}
	if len(out) != len(named) {
		d.fail("the route of %s names no field", o.Name)
	}
	return out
}

// openTo says to whom an operation is open.
func openTo(o *decider.Operation) string {
	roles := rolesOf(o)
	if len(roles) == 0 {
		return ""
	}
	return "Open to: " + strings.Join(roles, ", ") + ". Rules may ask for more; docs/ACCESS.md has every case."
}

// rolesOf lists the roles to which an operation is open, as the rules' words.
func rolesOf(o *decider.Operation) []string {
	access, _ := o.Access.(standing.Access)
	switch {
	case access.Newcomer:
		return []string{"newcomer"}
	case access.Credential:
		return []string{"credential"}
	}
	var out []string
	for _, r := range access.Roles {
		out = append(out, strings.ToLower(strings.TrimPrefix(r.String(), "ROLE_")))
	}
	return out
}

// bounded says how long a body may be.
func bounded(bytesMax int64) string { return fmt.Sprintf("At most %d bytes.", bytesMax) }

// route describes a route that is no operation of a model.
func (d *document) route(r Route) object {
	params := d.variables(r.Path, r.Params)
	for _, p := range r.Params {
		if p.In != "path" {
			params = append(params, parameter(p))
		}
	}
	out := object{
		"operationId": r.Name, "tags": []string{tagOf(r.Name)}, "summary": strings.TrimSuffix(r.English, "."),
		"x-summary-zh": strings.TrimSuffix(r.Chinese, "。"), "x-access": r.Access,
	}
	if r.Idempotent || r.Signing != nil {
		key := ref("parameters", op.HeaderIdempotencyKey)
		if r.Signing != nil && r.Signing.Optional {
			key = optionalKey()
		}
		params = append(params, key)
	}
	if r.Signing != nil {
		out["x-signed-as"] = r.Signing.Operation
		params = append(params, signingHeaders(*r.Signing)...)
	}
	out["parameters"] = append(params, ref("parameters", "Accept-Language"))
	out["security"] = securityOf(r)
	if r.Body != nil {
		content := object{r.Body.Media: object{"schema": d.shape(r.Body.Shape)}}
		for _, media := range r.Body.Also {
			content[media] = object{}
		}
		out["requestBody"] = object{
			"required": true, "content": content,
			"description": bounded(r.Body.BytesMax), "x-bytes-max": r.Body.BytesMax,
		}
	}
	responses := d.refusals(r.Name, d.faultsOf(r))
	for _, a := range r.Answers {
		one := object{"description": a.English}
		if a.English == "" {
			one["description"] = "As asked."
		}
		if a.Chinese != "" {
			one["x-description-zh"] = a.Chinese
		}
		if a.Media != "" {
			one["content"] = object{a.Media: object{"schema": d.shape(a.Shape)}}
		}
		if len(a.Headers) > 0 {
			all := object{}
			for _, h := range a.Headers {
				p := parameter(h)
				delete(p, "name")
				delete(p, "in")
				all[h.Name] = p
			}
			one["headers"] = all
		}
		responses[strconv.Itoa(a.Status)] = one
	}
	out["responses"] = responses
	return out
}

// shape gives the schema of a body; what is no JSON is any bytes.
func (d *document) shape(of any) object {
	switch m := of.(type) {
	case nil:
		return object{}
	case proto.Message:
		return d.message(m.ProtoReflect().Descriptor())
	}
	return d.value(reflect.TypeOf(of), elsewhere)
}

// faultsOf gives all faults of a route: those that it names, and those that follow from what it takes.
func (d *document) faultsOf(r Route) []*fault.Fault {
	out := append([]*fault.Fault(nil), r.Faults...)
	if strings.Contains(r.Path, "{community}") {
		out = append(out, op.ErrCommunity)
	}
	if r.Body != nil {
		out = append(out, op.ErrBodySize, fault.ErrMalformed)
	}
	if r.Idempotent || r.Signing != nil {
		out = append(out, op.ErrIdempotencyKey)
	}
	if r.Idempotent && r.Signing == nil {
		out = append(out, chain.ErrReused)
	}
	if r.Signing != nil {
		out = append(out, op.ErrSignatureHeader)
	}
	switch r.Access {
	case Members, Officers, Own, Self, Readers, Involved, Workers, Examiners:
		out = append(out, d.Sessions...)
	}
	return append(out, d.Faults[""]...)
}
