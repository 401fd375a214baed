package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// probe is the kind of request that an operation was driven with.
type probe string

const (
	goodProbe         probe = "good"
	badProbe          probe = "bad"
	unauthorisedProbe probe = "unauthorised"
	repeatedProbe     probe = "repeated"
	oversizedProbe    probe = "oversized"
)

// prober makes of an operation's good call, from the document, those that must be refused.
type prober struct {
	*speaker
	resident *dweller // an active member without any role
	driven   map[string]map[probe]int
}

func (p *prober) drove(op string, kind probe) {
	if p.driven[op] == nil {
		p.driven[op] = map[probe]int{}
	}
	p.driven[op][kind]++
}

// refused sends a call that must be refused with one of some statuses.
func (p *prober) refused(kind probe, what string, c call, statuses ...int) *sent {
	p.Helper()
	out := p.send(c)
	p.drove(c.op, kind)
	if !slices.Contains(statuses, out.status) {
		p.Errorf("%s: %s, %s: answered %d %s, want %v", c.op, kind, what, out.status, out.code, statuses)
	}
	return out
}

// before drives an operation with what must be refused, before it is done well: that must not be in the way.
func (p *prober) before(c call) {
	p.Helper()
	o := p.ops[c.op]
	p.badBodies(o, c)
	p.badParams(o, c)
	p.unauthorised(o, c)
	p.oversized(o, c)
}

// variant is a body and what is wrong with it.
type variant struct {
	what string
	body any
}

// variants gives every body that differs from a good one in one place.
func variants(v any, path string) (out []variant) {
	for what, other := range map[string]any{"an object": map[string]any{"x": 1}, "a text": "?!", "below zero": -1, "a list": []any{[]any{}}} {
		out = append(out, variant{path + " is " + what, other})
	}
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			for _, inner := range variants(v[name], path+"."+name) {
				dup := maps.Clone(v)
				dup[name] = inner.body
				out = append(out, variant{inner.what, dup})
			}
			dup := maps.Clone(v)
			delete(dup, name)
			out = append(out, variant{path + "." + name + " is missing", dup})
		}
		dup := maps.Clone(v)
		dup["nonesuch"] = 1
		out = append(out, variant{path + " has an unknown field", dup})
	case []any:
		for i := range v[:min(1, len(v))] {
			for _, inner := range variants(v[i], fmt.Sprintf("%s[%d]", path, i)) {
				dup := slices.Clone(v)
				dup[i] = inner.body
				out = append(out, variant{inner.what, dup})
			}
		}
	}
	return out
}

// badBodies sends whatever the document calls no body of the operation, signed as well as a good one.
func (p *prober) badBodies(o *documented, c call) {
	p.Helper()
	if o.media != "application/json" {
		return
	}
	good := parsed(p, c.bytesOf(p))
	for _, v := range variants(good, "") {
		if p.check(o.body, parsed(p, v.body)) == nil {
			continue // the document takes it; what the rules say is not the document's
		}
		bad := c
		bad.body = v.body
		statuses := []int{http.StatusBadRequest}
		switch {
		case strings.HasSuffix(v.what, "is missing"): // then path and body differ
			statuses = append(statuses, http.StatusUnprocessableEntity)
		case strings.HasSuffix(v.what, "below zero"): // numbers are taken for enums and 64-bit texts too; then the rule refuses this one
			statuses = append(statuses, http.StatusForbidden, http.StatusConflict)
		}
		p.refused(badProbe, v.what, bad, statuses...)
	}
	for what, raw := range map[string]string{"no JSON": "{", "two values": "{}{}", "empty": ""} {
		bad := c
		bad.raw = []byte(raw)
		p.refused(badProbe, what, bad, http.StatusBadRequest)
	}
}

// badParams leaves out what is required and sends what does not fit.
func (p *prober) badParams(o *documented, c call) {
	p.Helper()
	for _, q := range o.params {
		const wrong = "?? not this ??"
		if p.checkText(q.schema, wrong) == nil {
			continue // anything is taken
		}
		bad := c
		switch q.in {
		case "path":
			bad.path = maps.Clone(c.path)
			if bad.path == nil {
				bad.path = map[string]string{}
			}
			bad.path[q.name] = "Not.This"
			if q.name == "community" {
				saved := p.community
				p.community = "Not.This"
				p.refused(badProbe, "community", bad, http.StatusNotFound)
				p.community = saved
				continue
			}
			p.refused(badProbe, q.name, bad, 400, 401, 403, 404, 422)
		case "query":
			bad.query = maps.Clone(c.query)
			if bad.query == nil {
				bad.query = map[string]string{}
			}
			bad.query[q.name] = wrong
			p.refused(badProbe, q.name, bad, 400, 403)
		case "header":
			bad.header = map[string]string{q.name: wrong}
			status := map[string]int{"Renlin-Contract": http.StatusNotFound, "If-Match": http.StatusUnprocessableEntity}[q.name]
			p.refused(badProbe, q.name, bad, cmp.Or(status, http.StatusBadRequest))
			if q.required {
				bad.header = map[string]string{q.name: ""}
				p.refused(badProbe, q.name+" missing", bad, 400, 401, 403)
			}
		}
	}
}

// unauthorised sends a good call from those who may not.
func (p *prober) unauthorised(o *documented, c call) {
	p.Helper()
	has := func(who string) bool { return slices.Contains(o.access, who) }
	switch {
	case has("credential"):
		p.nameless(c)
	case c.by != nil && len(c.with) == 0 && o.param("Renlin-Contract") != nil, o.param("Renlin-Contract") != nil:
		unsigned, strange := c, c
		unsigned.by, unsigned.session = nil, nil
		p.refused(unauthorisedProbe, "unsigned", unsigned, http.StatusUnauthorized)
		strange.by, strange.with, strange.session = newDweller(), nil, nil
		p.refused(unauthorisedProbe, "a stranger", strange, http.StatusUnauthorized, http.StatusForbidden)
		if p.resident != nil && !has("member") && !has("newcomer") {
			low := c
			low.by, low.with = p.resident, nil
			p.refused(unauthorisedProbe, "a resident", low, http.StatusForbidden)
		}
	case has("founders"), has("signers"):
		far := c
		far.by, far.with, far.session = nil, nil, nil
		far.header = map[string]string{"X-Forwarded-For": "192.0.2.7"}
		p.refused(unauthorisedProbe, "from afar", far, http.StatusForbidden)
	case o.session && c.session != nil:
		for what, who := range map[string]*dweller{"no session": nil, "a made-up session": {token: "made-up"}} {
			strange := c
			strange.session = who
			p.refused(unauthorisedProbe, what, strange, http.StatusUnauthorized)
		}
		if has("officers") || has("own") {
			low := c
			low.session = p.resident
			p.refused(unauthorisedProbe, "a resident", low, http.StatusForbidden)
		}
	}
}

// nameless sends what a credential signs in ways that it must not be sent: by nobody, by two, and so that it is told who sends it; and
// signed by keys that are no credential's, of whom a resident's device is one.
func (p *prober) nameless(c call) {
	p.Helper()
	unsigned, two, told := c, c, c
	unsigned.by = nil
	two.with = []*dweller{p.resident}
	told.session = p.resident
	for what, bad := range map[string]call{"unsigned": unsigned, "signed by two": two, "within a session": told} {
		p.refused(unauthorisedProbe, what, bad, http.StatusBadRequest)
	}
	for what, who := range map[string]*dweller{"a stranger": newDweller(), "a resident": p.resident} {
		strange := c
		strange.by = who
		p.refused(unauthorisedProbe, what, strange, http.StatusForbidden)
	}
}

// oversized sends one byte more than the document allows, well signed; and as many as it allows, from a stranger, who is refused for that.
func (p *prober) oversized(o *documented, c call) {
	p.Helper()
	if o.bytesMax == 0 {
		return
	}
	pad := func(size int) []byte {
		raw := c.bytesOf(p)
		return append(bytes.Clone(raw), bytes.Repeat([]byte(" "), size-len(raw))...)
	}
	large := c
	large.raw = pad(o.bytesMax + 1)
	p.refused(oversizedProbe, "one byte too many", large, http.StatusRequestEntityTooLarge)
	if o.param("Renlin-Contract") == nil {
		return
	}
	full := c
	full.raw, full.by, full.with = pad(o.bytesMax), newDweller(), nil
	p.refused(unauthorisedProbe, "a stranger, at length", full, http.StatusUnauthorized, http.StatusForbidden)
}

// after repeats what was done: the same again is the same, and a key that was used does nothing else.
func (p *prober) after(c call, first *sent) {
	p.Helper()
	o := first.o
	p.drove(c.op, goodProbe)
	p.drove(c.op, repeatedProbe)
	r := first.request.Clone(p.Context())
	r.Body = http.NoBody
	if len(first.body) > 0 {
		r.Body = readCloser(first.body)
	}
	again := p.exchange(o, r, first.body)
	p.answered(again)
	key := o.param("Idempotency-Key")
	switch {
	case key == nil:
		if again.status != first.status {
			p.Errorf("%s: %d, and then %d", c.op, first.status, again.status)
		}
		return
	case !key.required: // each signature opens one session
		if again.status != http.StatusConflict {
			p.Errorf("%s: used twice: %d %s", c.op, again.status, again.code)
		}
		return
	}
	want := map[bool]int{true: http.StatusOK, false: first.status}[o.answers[http.StatusOK] != ""]
	if again.status != want || again.get("receipt") != first.get("receipt") || again.get("commitment") != first.get("commitment") {
		p.Errorf("%s: repeated: %d %s, first %s", c.op, again.status, again.raw, first.raw)
	}
	if o.answers[http.StatusOK] == "" {
		return
	}
	c.key = first.request.Header.Get("Idempotency-Key")
	c.raw = append(bytes.Clone(first.body), ' ')
	out := p.refused(repeatedProbe, "another body under the same key", c, http.StatusUnprocessableEntity)
	if !strings.HasSuffix(out.code, "reused") {
		p.Errorf("%s: another body under the same key: %s", c.op, out.code)
	}
}

// anew sends the same command under a new key: another command, which the rules take or refuse. Either way the document must know of it.
func (p *prober) anew(c call) (position string) {
	p.Helper()
	c.key = ""
	out := p.send(c)
	if out.status >= http.StatusInternalServerError {
		p.Errorf("%s: done once more: answered %d %s", c.op, out.status, out.code)
	}
	return out.get("position")
}

// sampled sends a body in which every field stands, made from the document alone: whatever the rules say, its form must pass.
func (p *prober) sampled(o *documented, c call) {
	p.Helper()
	body, _ := p.sample(o.body, 0).(map[string]any)
	for name := range c.path {
		if sample, _ := json.Marshal(c.path[name]); body[name] != nil {
			body[name] = json.RawMessage(sample)
		}
	}
	if err := p.check(o.body, parsed(p, body)); err != nil {
		p.Errorf("%s: a sample does not fit: %v", c.op, err)
	}
	full := c
	full.body, full.by, full.with = body, newDweller(), nil // a stranger: the form is looked at first
	out := p.refused(unauthorisedProbe, "a stranger with every field", full, http.StatusUnauthorized, http.StatusForbidden)
	if out.code == "body.malformed" || out.code == "field.invalid" || out.code == "path.mismatch" {
		p.Errorf("%s: a body by the document is refused: %s: %s", c.op, out.raw, out.body)
	}
}
