package ring

import (
	"math"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"renlin.dev/pkg/telemetry"
)

// spanOf keeps of an SDK's span what is kept.
func spanOf(s sdktrace.ReadOnlySpan) *Span {
	out := &Span{
		Trace: TraceID(s.SpanContext().TraceID()), ID: SpanID(s.SpanContext().SpanID()), Name: s.Name(), Start: s.StartTime(), End: s.EndTime(),
		Failed: s.Status().Code == codes.Error, Block: -1,
	}
	if p := s.Parent(); p.IsValid() {
		out.Parent = SpanID(p.SpanID())
	}
	for _, l := range s.Links() {
		out.Links = append(out.Links, Link{TraceID(l.SpanContext.TraceID()), SpanID(l.SpanContext.SpanID())})
	}
	if v, ok := s.Resource().Set().Value("service.name"); ok {
		out.Service = v.AsString()
	}
	for _, a := range s.Attributes() {
		out.note(string(a.Key), text(a.Value), number(a.Value))
	}
	return out
}

func text(v attribute.Value) string {
	if v.Type() == attribute.STRING {
		return v.AsString()
	}
	return ""
}

func number(v attribute.Value) int64 {
	if v.Type() == attribute.INT64 {
		return v.AsInt64()
	}
	return -1
}

// note takes one attribute, if it is one of those that are kept. A number below 0 stands for none.
func (s *Span) note(key, text string, number int64) {
	switch {
	case key == string(telemetry.KeyFaultCode) && isCode(text):
		s.Fault = text
	case key == string(telemetry.KeyCommunity) && isCode(text):
		s.Community = text
	case key == string(telemetry.KeyIndex) && number >= 0:
		s.Index = uint64(number)
	case key == string(telemetry.KeyAppended) && number > 0 && number <= math.MaxInt32:
		s.Commits = int(number)
	case key == string(telemetry.KeyBlock) && number >= 0:
		s.Block = number
	}
}

// isCode tells whether a text is made like a code or an id of ours: no sentence is, and no name in another script.
func isCode(text string) bool {
	if text == "" || len(text) > textMax {
		return false
	}
	for _, c := range []byte(text) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}
