package ring

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/otel/trace"
	"pgregory.net/rapid"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/telemetry"
)

var noon = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

func traceID(n int) (t TraceID) {
	binary.BigEndian.PutUint64(t[:], uint64(n)+1)
	return t
}

func spanID(n int) (s SpanID) {
	binary.BigEndian.PutUint64(s[:], uint64(n)+1)
	return s
}

// plain is a span that begins trace n, took so long, and says nothing.
func plain(n int, took time.Duration) *Span {
	at := noon.Add(time.Duration(n) * time.Second)
	return &Span{Trace: traceID(n), ID: spanID(n), Name: "http work", Service: "voting", Start: at, End: at.Add(took), Block: -1}
}

// TestRingKeepsWhatIsWorthLookingAt: when there are too many, the oldest go, and those that failed or were slow stay longer.
func TestRingKeepsWhatIsWorthLookingAt(t *testing.T) {
	t.Parallel()
	r := New(Config{TracesMax: 10})
	slow, failed := plain(0, time.Second), plain(1, time.Millisecond)
	failed.Failed, failed.Fault = true, "internal"
	r.Add(slow, failed)
	for n := 2; n < 40; n++ {
		r.Add(plain(n, time.Millisecond))
	}
	var kept []string
	for _, s := range r.List(nil, 100) {
		kept = append(kept, fmt.Sprint(binary.BigEndian.Uint64(s.Trace[:])-1))
	}
	if got := strings.Join(kept, " "); got != "39 38 37 36 35 34 33 32 1 0" {
		t.Errorf("kept are %s", got)
	}
	for n := 40; n < 60; n++ { // nothing but what is slow: of these too the oldest go
		r.Add(plain(n, time.Second))
	}
	if traces, _, lost := r.Held(); traces != 10 || lost != 50 {
		t.Errorf("%d traces, %d spans lost", traces, lost)
	}
	if _, ok := r.Story(traceID(0)); ok {
		t.Error("the first is still there")
	}
}

// TestRingKeepsNotWhatPartsAskAllTheTime: the questions that parts ask each other push out nothing else.
func TestRingKeepsNotWhatPartsAskAllTheTime(t *testing.T) {
	t.Parallel()
	r := New(Config{TracesMax: 20})
	r.Add(plain(0, time.Millisecond))
	for n := 1; n < 100; n++ {
		s := plain(n, time.Millisecond)
		s.Name = "audit head"
		r.Add(s)
	}
	for n := 100; n < 117; n++ {
		r.Add(plain(n, time.Millisecond))
	}
	if all := r.List(func(s *Summary) bool { return s.Idle }, 100); len(all) != 2 {
		t.Errorf("%d questions are kept", len(all))
	}
	if _, ok := r.Story(traceID(0)); !ok {
		t.Error("a request was pushed out")
	}
}

// TestRingIsBounded: whatever comes, in whatever order, the ring holds no more than it may, and its books are right.
func TestRingIsBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := New(Config{BytesMax: 20_000, TracesMax: 15})
		for i := range rapid.IntRange(1, 300).Draw(t, "spans") {
			s := plain(rapid.IntRange(0, 40).Draw(t, "trace"), time.Duration(rapid.IntRange(0, 1000).Draw(t, "ms"))*time.Millisecond)
			s.ID, s.Failed = spanID(i), rapid.IntRange(0, 9).Draw(t, "failed") == 0
			s.Name = rapid.SampledFrom([]string{"", "http ", "mqtt "}).Draw(t, "sort") + strings.Repeat("n", rapid.IntRange(0, 400).Draw(t, "name"))
			s.Links = make([]Link, rapid.IntRange(0, 100).Draw(t, "links"))
			r.Add(s)
			traces, bytes, _ := r.Held()
			if traces > 15 || bytes > 20_000 || bytes < 0 {
				t.Fatalf("%d traces, %d bytes", traces, bytes)
			}
		}
		bytes, count := map[*order]int{}, map[*order]int{}
		for _, k := range r.traces {
			bytes[k.in] += k.bytes
			count[k.in]++
		}
		for _, o := range []*order{&r.idle, &r.plain, &r.marked} {
			if o.bytes != bytes[o] || o.count != count[o] {
				t.Fatalf("books: %d traces of %d bytes, they are %d of %d", o.count, o.bytes, count[o], bytes[o])
			}
		}
	})
}

// TestRingForgetsNames: a trace that goes to another list leaves no name behind for good, though nothing is ever let go of.
func TestRingForgetsNames(t *testing.T) {
	t.Parallel()
	r := New(Config{TracesMax: 10})
	for n := range 20 * staleMax {
		question, answer := plain(n, time.Millisecond), plain(n, time.Millisecond)
		question.Name, answer.ID, answer.Failed = "audit head", spanID(n+1), true
		r.Add(question, answer) // among the idle, and then among those that failed
	}
	for _, o := range []*order{&r.idle, &r.plain, &r.marked} {
		if len(o.ids) > 3*staleMax {
			t.Errorf("%d names of %d traces", len(o.ids), o.count)
		}
	}
	if traces, _, _ := r.Held(); traces != 10 {
		t.Errorf("%d traces", traces)
	}
	for n := range 10 {
		if _, ok := r.Story(traceID(20*staleMax - 1 - n)); !ok {
			t.Errorf("the newest but %d is gone", n)
		}
	}
}

// TestStory: a trace is told with what it led to, each below its cause, and from the record one comes back to it.
func TestStory(t *testing.T) {
	t.Parallel()
	r := New(Config{})
	provider, shutdown := telemetry.NewProvider("voting", nil, 1, r)
	ctx := telemetry.WithProvider(t.Context(), provider)
	var cause trace.SpanContext
	err := telemetry.Do(ctx, "http POST /x", func(ctx context.Context) error {
		return telemetry.Do(ctx, "sequencer append", func(ctx context.Context) error {
			span := trace.SpanFromContext(ctx)
			cause = span.SpanContext()
			span.SetAttributes(
				telemetry.KeyCommunity.String("aaaaaaaaaaaaaaaaaaaaaaaaaa"), telemetry.KeyIndex.Int64(7), telemetry.KeyAppended.Int(2))
			return fault.ErrInternal
		})
	})
	if err == nil {
		t.Error("the fault was swallowed")
	}
	_, fold := telemetry.Start(ctx, "voting fold", trace.WithNewRoot(), trace.WithLinks(trace.Link{SpanContext: cause}))
	telemetry.End(fold, nil)
	if err := shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	id, ok := r.At("aaaaaaaaaaaaaaaaaaaaaaaaaa", 8)
	if !ok || id != TraceID(cause.TraceID()) {
		t.Fatalf("commit 8 came with %s, %v", id, ok)
	}
	for _, index := range []uint64{6, 9} {
		if _, ok := r.At("aaaaaaaaaaaaaaaaaaaaaaaaaa", index); ok {
			t.Errorf("commit %d has a trace", index)
		}
	}
	story, ok := r.Story(id)
	if !ok {
		t.Fatal("no story")
	}
	var out strings.Builder
	for _, row := range story.Rows {
		fmt.Fprintf(&out, "%s%s %s%v\n", strings.Repeat(" ", row.Depth), row.Name, row.Fault, row.Caused)
	}
	if got := out.String(); got != "http POST /x internalfalse\n sequencer append internalfalse\n  voting fold true\n" {
		t.Errorf("story:\n%s", got)
	}
	all := r.List(func(s *Summary) bool { return !s.Caused }, 10)
	if len(all) != 1 || !all[0].Failed || all[0].Name != "http POST /x" || all[0].Spans != 2 {
		t.Errorf("list: %+v", all)
	}
}

// TestStoryEnds: spans that name each other for parents, or themselves, are told once.
func TestStoryEnds(t *testing.T) {
	t.Parallel()
	r := New(Config{})
	a, b := plain(1, 0), plain(1, 0)
	a.ID, a.Parent, b.ID, b.Parent = spanID(1), spanID(2), spanID(2), spanID(1)
	own := plain(2, 0)
	own.Parent, own.Links = own.ID, []Link{{traceID(1), spanID(1)}}
	a.Links = []Link{{traceID(2), own.ID}}
	r.Add(a, b, own)
	for _, id := range []TraceID{traceID(1), traceID(2)} {
		if story, ok := r.Story(id); !ok || len(story.Rows) == 0 || len(story.Rows) > 6 {
			t.Errorf("%s: %d rows", id, len(story.Rows))
		}
	}
}
