package openapi

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"renlin.dev/pkg/fault"
)

// problems makes the schemas of RFC 9457 problems, and of all codes with their sentences.
func (d *document) problems() {
	all := map[string]*fault.Fault{}
	for _, list := range d.Faults { // any order: each stands under its own code
		note(all, list)
	}
	note(all, d.Sessions)
	for _, r := range d.Routes {
		note(all, d.faultsOf(r))
	}
	var codes []any
	for _, code := range slices.Sorted(maps.Keys(all)) {
		f := all[code]
		codes = append(codes, object{
			"const": code, "title": f.Kind.String(), "description": f.English, "x-description-zh": f.Chinese,
		})
	}
	d.schemas["Code"] = object{
		"type": "string", "description": "What programs compare. Each has one sentence in each language, which is a problem's detail.",
		"oneOf": codes,
	}
	var kinds []string
	for _, k := range statuses() {
		kinds = append(kinds, k.String())
	}
	slices.Sort(kinds)
	d.schemas["Problem"] = object{
		"type":        "object",
		"description": "Why a request was refused: a problem of RFC 9457, in the language that Accept-Language prefers.",
		"required":    []string{"type", "title", "status", "detail", "code", "kind", "lang"},
		"properties": object{
			"type":     object{"type": "string", "format": "uri", "description": "A name for the code, not an address."},
			"title":    object{"type": "string", "description": "The heading of the kind."},
			"status":   object{"type": "integer"},
			"detail":   object{"type": "string", "description": "One sentence that a resident can read."},
			"instance": object{"type": "string"},
			"code":     ref("schemas", "Code"),
			"kind":     object{"type": "string", "enum": slices.Compact(kinds), "description": "What the caller can do about it."},
			"lang":     object{"type": "string", "enum": []string{"en", "zh"}},
			"params": object{
				"type": "object", "additionalProperties": object{"type": "string"},
				"description": "Ids and numbers that make the sentence precise, such as the name of a field.",
			},
			"index":    object{"type": "integer", "minimum": 0, "description": "Of a conflict: the commit that must be known before the next try."},
			"trace_id": object{"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "Tell it to the operator."},
		},
		"additionalProperties": false,
	}
}

func note(all map[string]*fault.Fault, list []*fault.Fault) {
	for _, f := range list {
		all[f.Code] = f
	}
}

// statuses are the kinds of faults.
func statuses() (all []fault.Kind) {
	for k := fault.Internal; k <= fault.Timeout; k++ {
		all = append(all, k)
	}
	return all
}

// refusals describes what faults look like, by status. What several operations or routes have alike is written once, under the name of the
// first who has it.
func (d *document) refusals(owner string, faults []*fault.Fault) object {
	out := object{}
	for status, list := range byStatus(faults) { // any order: each entry has its own key
		codes := strings.Join(codesOf(list), " ")
		name := d.refused[codes]
		if name == "" {
			name = owner + "." + strconv.Itoa(status)
			d.refused[codes], d.answers[name] = name, refusal(status, list)
		}
		out[strconv.Itoa(status)] = ref("responses", name)
	}
	return out
}

func byStatus(faults []*fault.Fault) map[int][]*fault.Fault {
	out := map[int][]*fault.Fault{}
	for _, f := range faults {
		out[f.Kind.Status()] = append(out[f.Kind.Status()], f)
	}
	return out
}

// codesOf lists the codes of faults, ascending, each once.
func codesOf(faults []*fault.Fault) []string {
	codes := map[string]bool{}
	for _, f := range faults {
		codes[f.Code] = true
	}
	return slices.Sorted(maps.Keys(codes))
}

// refusal describes one status.
func refusal(status int, list []*fault.Fault) object {
	titles, zh := map[string]bool{}, map[string]bool{}
	all := object{"Content-Language": ref("headers", "Content-Language"), "Vary": ref("headers", "Vary")}
	for _, f := range list {
		titles[f.Kind.Title("en")], zh[f.Kind.Title("zh")] = true, true
		if f.Kind == fault.TooMany {
			all["RateLimit"], all["RateLimit-Policy"] = ref("headers", "RateLimit"), ref("headers", "RateLimit-Policy")
		}
		if f.Kind == fault.TooMany || f.Kind == fault.Unavailable {
			all["Retry-After"] = ref("headers", "Retry-After")
		}
	}
	join := func(words map[string]bool, with string) string {
		return strings.Join(slices.Sorted(maps.Keys(words)), with)
	}
	return object{
		"description": join(titles, "; ") + ".", "x-description-zh": join(zh, "；") + "。", "headers": all,
		"content": object{fault.ProblemType: object{"schema": object{
			"$ref":       "#/components/schemas/Problem",
			"properties": object{"status": object{"const": status}, "code": object{"enum": codesOf(list)}},
		}}},
	}
}
