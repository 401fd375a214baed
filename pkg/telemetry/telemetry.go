// Package telemetry is how Renlin's processes tell their operators what happens: logs with log/slog, traces with OpenTelemetry.
//
// Its rules, in plain words:
//
//   - A log line is JSON, its message a constant of the source, its attributes ids, numbers, durations, times and errors. The
//     handler writes the type's name in place of anything else, because a dumped message or map may hold personal data.
//   - A log line inside a span carries trace_id and span_id; lines and spans are joined by them.
//   - A span is named for its operation and carries ids only. A failed one carries the code of its fault, never a text.
//   - Trace context travels beside a commit (in headers), never inside it: what is on the stream is for ever.
//   - What must not be joined to who asked for it is not traced (Untraced), and says so across the bus: nobody begins a trace there.
//   - No provider is global. It is put into a context by the main or the test (WithProvider); without one nothing is recorded.
//   - Whether a trace is sampled follows from its id alone, so that all services agree and no outsider can switch it on; a fold, which
//     is a trace of its own, is sampled if a request that it points back to was. Ids are there whether or not anything is recorded.
//   - Facts that somebody may have to prove later are events on the stream. Logs and spans are only for operating.
package telemetry

import (
	"context"
	"errors"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"

	"renlin.dev/pkg/fault"
)

// scope names this code to OpenTelemetry.
const scope = "renlin.dev/pkg/telemetry"

// The attributes of a span that ended with an error.
const (
	keyFaultCode = attribute.Key("fault.code")
	keyFaultKind = attribute.Key("fault.kind")
)

type (
	providerKey struct{}
	quietKey    struct{}
	untracedKey struct{}
)

// NewProvider makes the provider of one service. A nil exporter, or a ratio of 0, gives one that records nothing, and still gives every
// request the id that joins its lines in the logs and stands in its refusals. The ratio (0 to 1) is decided by the trace id, whatever a
// caller's flag says: two services with the same ratio record the same traces. What is recorded goes to the exporter and, soon after it
// ended, to each of those within the process. Shutdown sends what is still waiting; call it once, at the end.
func NewProvider(service string, exporter sdktrace.SpanExporter, ratio float64, within ...sdktrace.SpanExporter) (
	provider trace.TracerProvider, shutdown func(context.Context) error,
) {
	options := []sdktrace.TracerProviderOption{
		sdktrace.WithSampler(caused{sdktrace.TraceIDRatioBased(ratio)}),
		sdktrace.WithResource(resource.NewSchemaless(attribute.String("service.name", service))),
	}
	if exporter != nil {
		options = append(options, sdktrace.WithBatcher(exporter))
	}
	for _, e := range within {
		options = append(options, sdktrace.WithBatcher(e, sdktrace.WithBatchTimeout(withinTimeout)))
	}
	if exporter == nil && len(within) == 0 || ratio <= 0 {
		options = []sdktrace.TracerProviderOption{sdktrace.WithSampler(sdktrace.NeverSample())}
	}
	sdk := sdktrace.NewTracerProvider(options...)
	return sdk, sdk.Shutdown
}

// withinTimeout is how long a span waits for others before an exporter within the process gets it: nobody pays for a message.
const withinTimeout = 200 * time.Millisecond

// caused samples what points back to a sampled trace, and else as the sampler inside says. Links come from our own services only: what
// an outsider sends is taken for a parent, and of a parent only the id counts.
type caused struct{ sdktrace.Sampler }

// ShouldSample implements sdktrace.Sampler.
func (s caused) ShouldSample(p sdktrace.SamplingParameters) sdktrace.SamplingResult {
	for _, link := range p.Links {
		if !trace.SpanContextFromContext(p.ParentContext).IsValid() && link.SpanContext.IsSampled() {
			return sdktrace.AlwaysSample().ShouldSample(p)
		}
	}
	return s.Sampler.ShouldSample(p)
}

// WithProvider answers a context in which spans are recorded by provider.
func WithProvider(ctx context.Context, provider trace.TracerProvider) context.Context {
	return context.WithValue(ctx, providerKey{}, provider)
}

// Quiet answers a context in which no span is started. A replay of the stream uses it, or its thousands of folds would be told
// as if they happened now.
func Quiet(ctx context.Context) context.Context { return context.WithValue(ctx, quietKey{}, true) }

// Untraced answers a context in which no span is started, and which belongs to no trace: no id stands in its log lines, and none goes on
// from it, here or over the bus. It is for what must not be joined to the request by which it came, such as a ballot that names nobody.
func Untraced(ctx context.Context) context.Context {
	return context.WithValue(trace.ContextWithSpanContext(ctx, trace.SpanContext{}), untracedKey{}, true)
}

// IsUntraced tells whether Untraced made ctx.
func IsUntraced(ctx context.Context) bool { return ctx.Value(untracedKey{}) != nil }

// tracer finds who records in ctx: nobody if it is quiet or untraced, else the provider put in, else the one of the span around.
func tracer(ctx context.Context) trace.Tracer {
	if ctx.Value(quietKey{}) != nil || IsUntraced(ctx) {
		return noop.Tracer{}
	}
	if provider, ok := ctx.Value(providerKey{}).(trace.TracerProvider); ok {
		return provider.Tracer(scope)
	}
	return trace.SpanFromContext(ctx).TracerProvider().Tracer(scope)
}

// Start begins a span below the one in ctx. Use Trace where the work is one function; Start is for work that begins in one
// place and ends in another. The caller ends it with End, on every path.
func Start(ctx context.Context, name string, options ...trace.SpanStartOption) (context.Context, trace.Span) {
	return tracer(ctx).Start(ctx, name, options...)
}

// End ends span and notes on it how the work came out: nothing for a nil err, otherwise the code and kind of the fault. Only
// what is our side's failure makes the span an error; a refusal is an answer.
func End(span trace.Span, err error) {
	if err != nil && span.IsRecording() {
		f := fault.Of(err)
		span.SetAttributes(keyFaultCode.String(f.Code), keyFaultKind.String(f.Kind.String()))
		if f.Kind.Status() >= 500 {
			span.SetStatus(codes.Error, f.Code)
		}
	}
	span.End()
}

// errPanic marks the span of a function that did not return; the panic itself goes on.
var errPanic = errors.New("panic")

// Trace runs fn inside a span of that name and answers what it answered. A panic ends the span too, and goes on.
func Trace[T any](ctx context.Context, name string, fn func(context.Context) (T, error), attrs ...attribute.KeyValue) (T, error) {
	ctx, span := Start(ctx, name, trace.WithAttributes(attrs...))
	err := errPanic
	defer func() { End(span, err) }()
	var value T
	value, err = fn(ctx)
	return value, err
}

// Do is Trace for work that answers an error only.
func Do(ctx context.Context, name string, fn func(context.Context) error, attrs ...attribute.KeyValue) error {
	_, err := Trace(ctx, name, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) }, attrs...)
	return err
}

// TraceID answers the id of the trace in ctx as 32 hex digits, or "" if there is none.
func TraceID(ctx context.Context) string {
	if sc := trace.SpanContextFromContext(ctx); sc.HasTraceID() {
		return sc.TraceID().String()
	}
	return ""
}
