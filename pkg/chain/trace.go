package chain

import (
	"context"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/telemetry"
)

// TraceHeader carries, beside a block and never inside it, the trace context of the requests it was made of: one value
// "offset traceparent" for each request that is traced, where offset is that of its first commit in the block.
const TraceHeader = "Renlin-Trace"

// TraceValue makes one value of TraceHeader.
func TraceValue(offset int, traceparent string) string {
	return strconv.Itoa(offset) + " " + traceparent
}

// TraceOf gives the trace context of the request that the commit at this offset of the block came with, or "".
func TraceOf(header nats.Header, offset int) string {
	found := ""
	for _, value := range header[TraceHeader] {
		text, parent, _ := strings.Cut(value, " ")
		at, err := strconv.Atoi(text)
		if err != nil || at < 0 {
			continue // what stands beside a block is a convenience, so nonsense is passed over
		}
		if at > offset {
			break // ascending
		}
		found = parent
	}
	return found
}

// The attributes of spans about a block: numbers only.
const (
	keyBlock    = attribute.Key("block")
	keyPosition = attribute.Key("position")
	keyCommits  = attribute.Key("commits")
)

// StartPublish begins the span of a block on its way into the stream: below the first of the traced requests that it was made of, with
// links to the others. The values are those of TraceHeader.
func StartPublish(ctx context.Context, b *Sealed, values []string) trace.Span {
	options := []trace.SpanStartOption{trace.WithSpanKind(trace.SpanKindProducer), blockAttributes(b)}
	contexts := traced(ctx, values)
	for _, other := range contexts[min(1, len(contexts)):] {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: other}))
	}
	if len(contexts) > 0 {
		ctx = trace.ContextWithRemoteSpanContext(ctx, contexts[0])
	}
	_, span := telemetry.Start(ctx, "sequencer publish", options...)
	return span
}

// StartFold begins the span in which somebody takes a block in: a trace of its own, because nobody asked for it, with a link to every
// traced request that the block was made of. Without any there is nothing to tell, and no span.
func StartFold(ctx context.Context, name string, b *Sealed, header nats.Header) (context.Context, trace.Span) {
	causes := traced(ctx, header[TraceHeader])
	if len(causes) == 0 {
		ctx = telemetry.Quiet(ctx)
	}
	options := append(telemetry.Follows(ctx, nil), blockAttributes(b))
	for _, cause := range causes {
		options = append(options, trace.WithLinks(trace.Link{SpanContext: cause}))
	}
	return telemetry.Start(ctx, name, options...)
}

func blockAttributes(b *Sealed) trace.SpanStartEventOption {
	return trace.WithAttributes(
		keyBlock.Int64(int64(b.Number)), keyPosition.Int64(int64(b.First)+int64(b.Count)), keyCommits.Int(int(b.Count)))
}

// traced gives the trace contexts in values of TraceHeader; nonsense is passed over.
func traced(ctx context.Context, values []string) (out []trace.SpanContext) {
	bare := trace.ContextWithSpanContext(ctx, trace.SpanContext{}) // without the span around, which is no cause
	for _, value := range values {
		_, parent, _ := strings.Cut(value, " ")
		if sc := trace.SpanContextFromContext(telemetry.WithTraceparent(bare, parent)); sc.IsValid() {
			out = append(out, sc)
		}
	}
	return out
}
