package fault

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// ProblemType is the media type of a problem's body.
const ProblemType = "application/problem+json"

// typePrefix makes a problem's type URI out of a code (a tag URI, RFC 4151: a name, not an address).
const typePrefix = "tag:renlin.dev,2026:fault/"

// Document is an RFC 9457 problem, ready to be written: status, Content-Language and body.
type Document struct {
	// Status is the HTTP status code.
	Status int
	// Language is "en" or "zh", for Content-Language; send Vary: Accept-Language with it.
	Language string
	// Body is the JSON, of media type ProblemType.
	Body []byte
}

// problem is the body: the members of RFC 9457 and our extensions code, kind, lang, params, index, trace_id.
type problem struct {
	Type     string            `json:"type"`
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail"`
	Instance string            `json:"instance,omitempty"`
	Code     string            `json:"code"`
	Kind     string            `json:"kind"`
	Lang     string            `json:"lang"`
	Params   map[string]string `json:"params,omitempty"`
	Index    uint64            `json:"index,omitempty"`
	TraceID  string            `json:"trace_id,omitempty"`
}

var (
	instancePattern = regexp.MustCompile(`^[A-Za-z0-9._~:/?&=%+@-]{1,256}$`)
	tracePattern    = regexp.MustCompile(`^[0-9a-f]{32}$`)
)

// Problem builds the problem of f in the language that acceptLanguage (the request's header) prefers. The instance is a URI
// reference made by the service from ids; it and traceID are left out when they do not look like one. A fault out of bounds
// becomes ErrInternal, as in Marshal.
func Problem(f *Fault, acceptLanguage, instance, traceID string) Document {
	if f == nil || f.check() != nil {
		f = ErrInternal
	}
	lang := Language(acceptLanguage)
	p := problem{
		Type: typePrefix + f.Code, Title: f.Kind.Title(lang), Status: f.Kind.Status(), Detail: f.Sentence(lang),
		Code: f.Code, Kind: f.Kind.String(), Lang: lang, Params: f.Detail, Index: f.Index,
	}
	if instancePattern.MatchString(instance) {
		p.Instance = instance
	}
	if tracePattern.MatchString(traceID) {
		p.TraceID = traceID
	}
	body, err := encode(p)
	if err != nil {
		panic("fault.Problem: " + err.Error()) // strings, a map of strings and numbers: cannot fail
	}
	return Document{Status: p.Status, Language: lang, Body: body}
}

// FromProblem is the client's side: the fault that an HTTP answer with this status and body tells of. It never fails: what
// is not a problem of ours becomes a fault of the status's kind with the code "http." and the status. The sentence comes in one
// language only and stands in both fields.
func FromProblem(status int, body []byte) *Fault {
	fallback := &Fault{Kind: KindOfStatus(status), Code: "http." + strconv.Itoa(max(status, 0)),
		English: "The server answered without saying why.", Chinese: "服务器未说明原因。"}
	if len(body) > WireBytesMax {
		return fallback
	}
	var p problem
	if err := json.Unmarshal(body, &p); err != nil {
		return fallback
	}
	kind, ok := ParseKind(p.Kind)
	f := &Fault{Kind: kind, Code: p.Code, English: p.Detail, Chinese: p.Detail, Detail: p.Params, Index: p.Index}
	if !ok || kind.Status() != status || f.check() != nil {
		return fallback
	}
	return f
}

// Sentence answers the fault's sentence in lang, which is "en" or "zh".
func (f *Fault) Sentence(lang string) string {
	if lang == "zh" {
		return f.Chinese
	}
	return f.English
}

// Language picks "zh" or "en" by an Accept-Language header: the higher weight wins, the one named first at equal weight. Where
// neither is asked for it is "zh": a resident's phone that says nothing is likelier than a developer who cannot read the code.
func Language(acceptLanguage string) string {
	best, weightBest := "zh", 0
	if len(acceptLanguage) > 1024 {
		return best
	}
	for part := range strings.SplitSeq(acceptLanguage, ",") {
		tag, params, _ := strings.Cut(part, ";")
		primary, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if weight := weightOf(params); (primary == "zh" || primary == "en") && weight > weightBest {
			best, weightBest = primary, weight
		}
	}
	return best
}

// weightOf reads ";q=0.8" as 800 thousandths; no weight is 1000, an unreadable one is 0.
func weightOf(params string) int {
	params = strings.ReplaceAll(params, " ", "")
	if params == "" {
		return 1000
	}
	value, ok := strings.CutPrefix(strings.ToLower(params), "q=")
	whole, fraction, _ := strings.Cut(value, ".")
	if !ok || len(fraction) > 3 || (whole != "0" && whole != "1") {
		return 0
	}
	n, err := strconv.ParseUint(whole+(fraction + "000")[:3], 10, 16)
	if err != nil {
		return 0
	}
	return int(min(n, 1000))
}
