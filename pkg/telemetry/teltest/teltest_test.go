package teltest_test

import (
	"testing"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	oteltrace "go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/teltest"
)

// failing notes that a helper failed its test, and stops only the helper.
type failing struct {
	testing.TB
	failed bool
}

func (f *failing) Helper() {}

func (f *failing) Fatalf(string, ...any) {
	f.failed = true
	panic(f)
}

// fails tells whether fn fails its test.
func fails(t *testing.T, fn func(tb testing.TB)) bool {
	t.Helper()
	tb := &failing{TB: t}
	func() {
		defer func() {
			if r := recover(); r != nil && !tb.failed {
				panic(r)
			}
		}()
		fn(tb)
	}()
	return tb.failed
}

// stub makes an ended span by hand.
func stub(name string, id byte, parent byte, links ...byte) trace.ReadOnlySpan {
	at := func(n byte) oteltrace.SpanContext {
		if n == 0 {
			return oteltrace.SpanContext{}
		}
		return oteltrace.NewSpanContext(oteltrace.SpanContextConfig{TraceID: oteltrace.TraceID{1}, SpanID: oteltrace.SpanID{n}})
	}
	s := tracetest.SpanStub{Name: name, SpanContext: at(id), Parent: at(parent)}
	for _, link := range links {
		s.Links = append(s.Links, trace.Link{SpanContext: at(link)})
	}
	return s.Snapshot()
}

func TestTree(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		given []trace.ReadOnlySpan
		want  string
	}{
		{"nothing", nil, ""},
		{"order does not matter", []trace.ReadOnlySpan{stub("b", 3, 1), stub("a", 2, 1), stub("root", 1, 0)}, "root\n  a\n  b\n"},
		{"parent elsewhere", []trace.ReadOnlySpan{stub("alone", 2, 9)}, "alone\n"},
		{"linked", []trace.ReadOnlySpan{stub("fold", 2, 0, 1), stub("cast", 1, 0), stub("write", 3, 2)}, "cast\n  ~ fold\n    write\n"},
		{"a child with a link is a child", []trace.ReadOnlySpan{stub("x", 1, 0), stub("y", 2, 0), stub("z", 3, 2, 1)}, "x\ny\n  z\n"},
		{"equal names", []trace.ReadOnlySpan{stub("f", 1, 0), stub("f", 2, 0), stub("deep", 3, 1)}, "f\nf\n  deep\n"},
	} {
		if got := teltest.Tree(t, c.given); got != c.want {
			t.Errorf("%s:\n%swant\n%s", c.name, got, c.want)
		}
	}
}

func TestTreeFails(t *testing.T) {
	t.Parallel()
	if !fails(t, func(tb testing.TB) { teltest.Tree(tb, []trace.ReadOnlySpan{stub("a", 1, 0), stub("b", 1, 0)}) }) {
		t.Error("two spans with one id pass")
	}
	if !fails(t, func(tb testing.TB) { teltest.Tree(tb, []trace.ReadOnlySpan{stub("a", 1, 0, 2), stub("b", 2, 0, 1)}) }) {
		t.Error("a circle of links passes")
	}
}

func TestWaitSeesSpansOfOtherGoroutines(t *testing.T) {
	t.Parallel()
	rec := teltest.New(t)
	ctx := rec.Context(t.Context())
	for range 3 {
		go func() {
			_, span := telemetry.Start(ctx, "late")
			telemetry.End(span, nil)
		}()
	}
	rec.Wait(t, "late", 3)
	if n := len(rec.Spans()); n != 3 {
		t.Errorf("%d spans", n)
	}
	rec.Reset()
	if n := len(rec.Spans()); n != 0 {
		t.Errorf("%d spans after Reset", n)
	}
}
