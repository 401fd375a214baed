package runner

import (
	"context"
	"strings"

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
	keyCommand  = attribute.Key("command")
	keyBlock    = attribute.Key("block")
	keyPosition = attribute.Key("position")
	keyCommits  = attribute.Key("commits")
)

func commandAttributes(a *decider.Admitted) []attribute.KeyValue {
	return []attribute.KeyValue{keyCommand.String(chain.ShortID(a.ID[:]))}
}

// foldOptions make a block's fold a trace of its own with a link to every traced request that the block was made of.
func foldOptions(ctx context.Context, b block) []trace.SpanStartOption {
	options := append(telemetry.Follows(ctx, nil), trace.WithAttributes(
		keyBlock.Int64(int64(b.Number)), keyPosition.Int64(int64(b.First)+int64(b.Count)), keyCommits.Int(int(b.Count))))
	for _, value := range b.header[chain.TraceHeader] {
		_, parent, _ := strings.Cut(value, " ")
		if link, ok := linkTo(telemetry.WithTraceparent(bare(ctx), parent)); ok {
			options = append(options, trace.WithLinks(link))
		}
	}
	return options
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

// bare hides the span around, which is not the cause.
func bare(ctx context.Context) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.SpanContext{})
}
