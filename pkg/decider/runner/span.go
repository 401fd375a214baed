package runner

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
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

// below puts a request below the first of its commands, and lets it outlive that command's caller.
func below(ctx context.Context, o *decider.Outgoing) context.Context {
	if len(o.Tags) == 0 {
		return ctx
	}
	return trace.ContextWithSpan(ctx, trace.SpanFromContext(o.Tags[0].(context.Context)))
}

// appendOptions link a request to the rest of its commands: it may carry several.
func appendOptions(o *decider.Outgoing) []trace.SpanStartOption {
	options := []trace.SpanStartOption{
		trace.WithSpanKind(trace.SpanKindClient), trace.WithAttributes(keyCommits.Int(len(o.Request.Commits))),
	}
	for _, tag := range o.Tags[min(1, len(o.Tags)):] {
		if link, ok := linkTo(tag.(context.Context)); ok {
			options = append(options, trace.WithLinks(link))
		}
	}
	return options
}

func linkTo(ctx context.Context) (trace.Link, bool) {
	sc := trace.SpanContextFromContext(ctx)
	return trace.Link{SpanContext: sc}, sc.IsValid()
}
