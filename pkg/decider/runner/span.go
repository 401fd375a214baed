package runner

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/telemetry"
)

// askNames name the spans of requests.
var askNames = map[chain.Ask]string{chain.AskAppend: "append", chain.AskCheck: "check", chain.AskReceipt: "recall"}

// The attributes of spans: ids and numbers only.
const (
	keyCommand = attribute.Key("command")
	keyCommits = attribute.Key("commits")
)

func commandAttributes(a *decider.Admitted) []attribute.KeyValue {
	return []attribute.KeyValue{keyCommand.String(chain.ShortID(a.ID[:]))}
}

// below puts a request below the first of its commands, and lets it outlive that command's caller. One with a command that must not be
// traced is not traced at all.
func below(ctx context.Context, o *decider.Outgoing) context.Context {
	for _, tag := range o.Tags {
		if telemetry.IsUntraced(tag.(context.Context)) {
			return telemetry.Untraced(ctx)
		}
	}
	if len(o.Tags) == 0 {
		return ctx
	}
	return trace.ContextWithSpan(ctx, trace.SpanFromContext(o.Tags[0].(context.Context)))
}

// appendOptions link a request to the rest of its commands, of which it may carry several, and to the folds in which the facts were seen
// that demanded it.
func appendOptions(o *decider.Outgoing, causes []trace.SpanContext) []trace.SpanStartOption {
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(keyCommits.Int(len(o.Request.Commits))),
	}
	for _, tag := range o.Tags[min(1, len(o.Tags)):] {
		if link, ok := linkTo(tag.(context.Context)); ok {
			options = append(options, trace.WithLinks(link))
		}
	}
	for _, cause := range causes {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: cause}))
	}
	return options
}

// folded is the span in which a block was folded that begins after a position and ends with another.
type folded struct {
	from, to uint64
	span     trace.SpanContext
}

// foldsMax bounds how many recorded folds are remembered. What a rule demands at once is submitted a moment later; what it demands for
// next week is not traced back.
const foldsMax = 256

// remember keeps a recorded fold. It belongs to the owner.
func (r *Runner) remember(first, count uint64, span trace.Span) {
	if !span.SpanContext().IsSampled() {
		return
	}
	if len(r.folds) >= foldsMax {
		r.folds = append(r.folds[:0], r.folds[foldsMax/2:]...)
	}
	r.folds = append(r.folds, folded{from: first, to: first + count, span: span.SpanContext()})
}

// causes finds the folds of the facts that demanded what is in a request. It belongs to the owner.
func (r *Runner) causes(o *decider.Outgoing) (out []trace.SpanContext) {
	for _, position := range o.Causes {
		for _, f := range r.folds {
			if f.from < position && position <= f.to {
				out = append(out, f.span)
				break
			}
		}
	}
	return out
}

func linkTo(ctx context.Context) (trace.Link, bool) {
	sc := trace.SpanContextFromContext(ctx)
	return trace.Link{SpanContext: sc}, sc.IsValid()
}
