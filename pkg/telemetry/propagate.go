package telemetry

import (
	"context"
	"net/http"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// The header names of W3C Trace Context, lower case: a nats.Header is case-sensitive, and nats-server's own message tracing looks
// for exactly these. (propagation.HeaderCarrier would write "Traceparent".)
const (
	HeaderParent = "traceparent"
	headerState  = "tracestate"
)

// headerUntraced says across the bus that a context is untraced.
const headerUntraced = "renlin-untraced"

// w3c reads and writes the two headers. Baggage is not carried at all: it is free text.
var w3c propagation.TraceContext

// natsCarrier carries trace context in a NATS header under its raw keys.
type natsCarrier nats.Header

var _ propagation.TextMapCarrier = natsCarrier(nil)

// Get answers the first value under the raw key.
func (c natsCarrier) Get(key string) string {
	if values := c[key]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// Set replaces the values under the raw key.
func (c natsCarrier) Set(key, value string) { c[key] = []string{value} }

// Keys answers the two keys that can be carried, not what else the header holds.
func (c natsCarrier) Keys() []string { return []string{HeaderParent, headerState} }

// InjectNATS writes the trace context of ctx into the message's header, which it makes if need be, or that there is none and none may be
// begun. Without a span in ctx it leaves the message alone: every header costs throughput.
func InjectNATS(ctx context.Context, msg *nats.Msg) {
	if IsUntraced(ctx) {
		if msg.Header == nil {
			msg.Header = nats.Header{}
		}
		msg.Header[headerUntraced] = []string{"1"}
		return
	}
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return
	}
	if msg.Header == nil {
		msg.Header = nats.Header{}
	}
	w3c.Inject(ctx, natsCarrier(msg.Header))
}

// ExtractNATS answers ctx with the trace context of header as its remote parent, untraced if the sender's was, or ctx itself if there is
// none or it is ill-formed.
func ExtractNATS(ctx context.Context, header nats.Header) context.Context {
	if len(header[headerUntraced]) > 0 {
		return Untraced(ctx)
	}
	return w3c.Extract(ctx, natsCarrier(header))
}

// InjectHTTP writes the trace context of ctx into the header of a request that is about to be sent.
func InjectHTTP(ctx context.Context, header http.Header) {
	w3c.Inject(ctx, propagation.HeaderCarrier(header))
}

// ExtractHTTP is ExtractNATS for a request from outside. It takes over the trace's id only: tracestate is a stranger's text and
// would end up in our spans.
func ExtractHTTP(ctx context.Context, header http.Header) context.Context {
	return WithTraceparent(ctx, header.Get(HeaderParent))
}

// Traceparent answers the trace context of ctx in one string, to be kept beside something (never inside a commit), or "".
func Traceparent(ctx context.Context) string {
	if !trace.SpanContextFromContext(ctx).IsValid() {
		return ""
	}
	carrier := natsCarrier{}
	w3c.Inject(ctx, carrier)
	return carrier.Get(HeaderParent)
}

// WithTraceparent is the inverse of Traceparent; an empty or ill-formed string leaves ctx as it is.
func WithTraceparent(ctx context.Context, traceparent string) context.Context {
	return w3c.Extract(ctx, natsCarrier{HeaderParent: {traceparent}})
}

// Follows answers the options of a span that begins a trace of its own but points back to the one in header: for work that was
// caused and not asked for, such as folding a commit that somebody else appended.
func Follows(ctx context.Context, header nats.Header) []trace.SpanStartOption {
	return FollowsAll(ctx, natsCarrier(header).Get(HeaderParent))
}

// FollowsAll is Follows for work that several traces caused, given as Traceparent gives them; what is ill-formed is passed over.
func FollowsAll(ctx context.Context, traceparents ...string) []trace.SpanStartOption {
	options := []trace.SpanStartOption{trace.WithNewRoot(), trace.WithSpanKind(trace.SpanKindConsumer)}
	bare := trace.ContextWithSpanContext(ctx, trace.SpanContext{}) // without the span around, which is not the cause
	for _, traceparent := range traceparents {
		if cause := trace.SpanContextFromContext(WithTraceparent(bare, traceparent)); cause.IsValid() {
			options = append(options, trace.WithLinks(trace.Link{SpanContext: cause}))
		}
	}
	return options
}
