// Package teltest asserts the shape of traces: a test records the spans of one story in memory and compares their tree with the
// one it expects.
//
// Its rules: a tree shows names, parenthood, links and fault codes, and no times or ids, so that it is the same on every run;
// spans that end in other goroutines are waited for by name, never by sleeping.
package teltest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/telemetry"
)

// waitMax bounds Wait, in place of the far longer time limit of a whole test binary.
const waitMax = 20 * time.Second

// Recorder keeps every ended span in memory. It is safe for concurrent use.
type Recorder struct {
	provider *sdktrace.TracerProvider

	mu    sync.Mutex
	spans []sdktrace.ReadOnlySpan // in the order of their end; guarded by mu
	more  chan struct{}           // closed and replaced when a span is added; guarded by mu
}

// New makes a recorder that samples everything and is shut down when the test ends.
func New(tb testing.TB) *Recorder {
	tb.Helper()
	r := &Recorder{more: make(chan struct{})}
	r.provider = sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter{r}), sdktrace.WithSampler(sdktrace.AlwaysSample()))
	ctx := context.WithoutCancel(tb.Context())
	tb.Cleanup(func() {
		if err := r.provider.Shutdown(ctx); err != nil {
			tb.Errorf("teltest: shut down: %v", err)
		}
	})
	return r
}

// Provider answers what a service under test is given.
func (r *Recorder) Provider() trace.TracerProvider { return r.provider }

// Context answers ctx in which this recorder records.
func (r *Recorder) Context(ctx context.Context) context.Context {
	return telemetry.WithProvider(ctx, r.provider)
}

// Spans answers the spans that have ended so far.
func (r *Recorder) Spans() []sdktrace.ReadOnlySpan {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.spans)
}

// Reset forgets the spans so far.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.spans = nil
}

// Wait answers as soon as n spans of that name have ended, and fails the test if they do not.
func (r *Recorder) Wait(tb testing.TB, name string, n int) {
	tb.Helper()
	late := time.After(waitMax)
	for {
		r.mu.Lock()
		seen, more := 0, r.more
		for _, span := range r.spans {
			if span.Name() == name {
				seen++
			}
		}
		r.mu.Unlock()
		if seen >= n {
			return
		}
		select {
		case <-more:
		case <-late:
			tb.Fatalf("teltest: %d of %d spans %q ended within %v", seen, n, name, waitMax)
		}
	}
}

// exporter puts ended spans into its recorder, synchronously.
type exporter struct{ r *Recorder }

// ExportSpans is called by the SDK at each span's end.
func (e exporter) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	e.r.mu.Lock()
	defer e.r.mu.Unlock()
	e.r.spans = append(e.r.spans, spans...)
	close(e.r.more)
	e.r.more = make(chan struct{})
	return nil
}

// Shutdown has nothing to send.
func (e exporter) Shutdown(context.Context) error { return nil }

// Tree draws spans as a tree, one a line, two spaces deeper for each level, siblings by name. A span that was caused and not
// asked for (it links to another) stands under the one it links to, with "~ " before its name; a failed one shows its fault's code
// after "!". A span whose parent is not among spans is a root. Two spans with one id, or a circle of links, fail the test.
func Tree(tb testing.TB, spans []sdktrace.ReadOnlySpan) string {
	tb.Helper()
	known := map[trace.SpanID]bool{}
	for _, span := range spans {
		if known[span.SpanContext().SpanID()] {
			tb.Fatalf("teltest: two spans with one id, the second is %q", span.Name())
		}
		known[span.SpanContext().SpanID()] = true
	}
	below := map[trace.SpanID][]sdktrace.ReadOnlySpan{}
	for _, span := range spans {
		above := aboveOf(span)
		if !known[above] {
			above = trace.SpanID{}
		}
		below[above] = append(below[above], span)
	}
	var drawn int
	lines := draw(below, trace.SpanID{}, "", &drawn)
	if drawn != len(spans) {
		tb.Fatalf("teltest: %d of %d spans hang in a circle", len(spans)-drawn, len(spans))
	}
	return strings.Join(lines, "")
}

// aboveOf answers the span under which this one is drawn: its parent, else the first that it links to.
func aboveOf(span sdktrace.ReadOnlySpan) trace.SpanID {
	if span.Parent().SpanID().IsValid() {
		return span.Parent().SpanID()
	}
	for _, link := range span.Links() {
		return link.SpanContext.SpanID()
	}
	return trace.SpanID{}
}

// draw answers the lines of everything below one span. Subtrees are sorted as text, so equal names do not depend on time.
func draw(below map[trace.SpanID][]sdktrace.ReadOnlySpan, above trace.SpanID, indent string, drawn *int) []string {
	var subtrees []string
	for _, span := range below[above] {
		*drawn++
		line := indent + nameOf(span) + "\n"
		deeper := draw(below, span.SpanContext().SpanID(), indent+"  ", drawn)
		subtrees = append(subtrees, line+strings.Join(deeper, ""))
	}
	slices.Sort(subtrees)
	return subtrees
}

// nameOf answers a span's line: how it came about, its name, how it failed.
func nameOf(span sdktrace.ReadOnlySpan) string {
	name := span.Name()
	if !span.Parent().SpanID().IsValid() && len(span.Links()) > 0 {
		name = "~ " + name
	}
	for _, a := range span.Attributes() {
		if a.Key == "fault.code" {
			name += " !" + a.Value.AsString()
		}
	}
	return name
}
