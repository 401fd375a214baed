package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/teltest"
)

var (
	errClosed = fault.New(fault.Refused, "ballot.closed", "The poll is closed.", "表决已经截止。")
	errDisk   = errors.New("write /data/x: disk is full")
)

// succeed is work that goes well.
func succeed(context.Context) error { return nil }

func TestTraceTellsOutcomeWithoutText(t *testing.T) {
	t.Parallel()
	rec := teltest.New(t)
	ctx := rec.Context(t.Context())
	n, err := telemetry.Trace(ctx, "voting.cast", func(ctx context.Context) (int, error) {
		if err := telemetry.Do(ctx, "chain.append", succeed); err != nil {
			return 0, err
		}
		if err := telemetry.Do(ctx, "store.write", func(context.Context) error { return errDisk }); !errors.Is(err, errDisk) {
			t.Errorf("Do swallowed the error, answers %v", err)
		}
		return 7, errClosed
	})
	if n != 7 || !errors.Is(err, errClosed) {
		t.Errorf("Trace answers %d, %v", n, err)
	}
	want := "voting.cast !ballot.closed\n  chain.append\n  store.write !internal\n"
	if diff := cmp.Diff(want, teltest.Tree(t, rec.Spans())); diff != "" {
		t.Error(diff)
	}
	for _, span := range rec.Spans() {
		text := span.Status().Description
		if span.Name() == "store.write" && text != "internal" || strings.Contains(text, "disk") || len(span.Events()) > 0 {
			t.Errorf("span %s says %q with %d events", span.Name(), text, len(span.Events()))
		}
		if span.Name() == "voting.cast" && text != "" {
			t.Error("a refusal counts as our failure")
		}
	}
}

func TestTraceEndsSpanOnPanic(t *testing.T) {
	t.Parallel()
	rec := teltest.New(t)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		_ = telemetry.Do(rec.Context(t.Context()), "work", func(context.Context) error { panic("bug") })
	}()
	if got := teltest.Tree(t, rec.Spans()); got != "work !internal\n" {
		t.Errorf("tree after a panic: %q", got)
	}
}

func TestNothingIsRecordedUnasked(t *testing.T) {
	t.Parallel()
	rec := teltest.New(t)
	err := telemetry.Do(t.Context(), "no provider", func(ctx context.Context) error {
		if telemetry.TraceID(ctx) != "" || telemetry.Traceparent(ctx) != "" {
			t.Error("there is a trace without a provider")
		}
		return nil
	})
	quiet := telemetry.Quiet(rec.Context(t.Context()))
	if err := errors.Join(err, telemetry.Do(quiet, "quiet", succeed)); err != nil {
		t.Fatal(err)
	}
	if spans := rec.Spans(); len(spans) != 0 {
		t.Errorf("%d spans recorded", len(spans))
	}
}

func TestNewProviderSamplesByTraceIDAlone(t *testing.T) {
	t.Parallel()
	low, high := strings.Repeat("0", 31)+"1", strings.Repeat("f", 32)
	for _, c := range []struct {
		name  string
		ratio float64
		trace string
		want  int
	}{
		{"all", 1, high, 1},
		{"none", 0, low, 0},
		{"half, low id", 0.5, low, 1},
		{"half, high id, however the caller's flag stands", 0.5, high, 0},
	} {
		exporter := tracetest.NewInMemoryExporter()
		keep := &keeping{InMemoryExporter: exporter}
		provider, shutdown := telemetry.NewProvider("voting", keep, c.ratio)
		ctx := telemetry.WithTraceparent(t.Context(), "00-"+c.trace+"-00f067aa0ba902b7-01")
		if err := telemetry.Do(telemetry.WithProvider(ctx, provider), "work", succeed); err != nil {
			t.Fatal(err)
		}
		if err := shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(keep.spans) != c.want {
			t.Errorf("%s: %d spans, want %d", c.name, len(keep.spans), c.want)
		}
	}
}

func TestProviderWithoutExporterGivesIDs(t *testing.T) {
	t.Parallel()
	provider, shutdown := telemetry.NewProvider("voting", nil, 1)
	ctx, span := telemetry.Start(telemetry.WithProvider(t.Context(), provider), "work")
	if telemetry.TraceID(ctx) == "" || span.IsRecording() || trace.SpanContextFromContext(ctx).IsSampled() {
		t.Errorf("trace %q, recording: %v", telemetry.TraceID(ctx), span.IsRecording())
	}
	telemetry.End(span, errDisk)
	if err := shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFoldIsSampledWithItsCause(t *testing.T) {
	t.Parallel()
	high := strings.Repeat("f", 32) // by its id never sampled
	for name, c := range map[string]struct {
		flag string
		want int
	}{"cause sampled": {"01", 1}, "cause not sampled": {"00", 0}} {
		keep := &keeping{InMemoryExporter: tracetest.NewInMemoryExporter()}
		provider, shutdown := telemetry.NewProvider("voting", keep, 1e-18) // nothing by its id
		ctx := telemetry.WithProvider(t.Context(), provider)
		header := nats.Header{"traceparent": {"00-" + high + "-00f067aa0ba902b7-" + c.flag}}
		_, span := telemetry.Start(ctx, "fold", telemetry.Follows(ctx, header)...)
		telemetry.End(span, nil)
		// A link does not change what a parent's id has decided.
		below := telemetry.WithTraceparent(ctx, header["traceparent"][0])
		_, span = telemetry.Start(below, "append", trace.WithLinks(trace.LinkFromContext(below)))
		telemetry.End(span, nil)
		if err := shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		if len(keep.spans) != c.want || len(keep.spans) == 1 && keep.spans[0].Name != "fold" {
			t.Errorf("%s: %d spans", name, len(keep.spans))
		}
	}
}

// keeping keeps what the in-memory exporter forgets at shutdown.
type keeping struct {
	*tracetest.InMemoryExporter
	spans tracetest.SpanStubs
}

func (k *keeping) Shutdown(ctx context.Context) error {
	k.spans = k.GetSpans()
	return k.InMemoryExporter.Shutdown(ctx)
}

func TestContextTravelsOverNATSAndHTTP(t *testing.T) {
	t.Parallel()
	rec := teltest.New(t)
	nc := natstest.Run(t).Connect(t)
	_, err := nc.Subscribe("svc", func(msg *nats.Msg) {
		if _, has := msg.Header["traceparent"]; !has {
			t.Errorf("no raw lower-case key in %v", msg.Header)
		}
		ctx := telemetry.ExtractNATS(rec.Context(t.Context()), msg.Header)
		_ = telemetry.Do(ctx, "serve", succeed)
		_, span := telemetry.Start(ctx, "fold", telemetry.Follows(ctx, msg.Header)...)
		telemetry.End(span, nil)
		_ = msg.Respond(nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	outside := http.Header{"Traceparent": {"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}, "Tracestate": {"her=name"}}
	ctx := telemetry.ExtractHTTP(rec.Context(t.Context()), outside)
	err = telemetry.Do(ctx, "gateway", func(ctx context.Context) error {
		if strings.Contains(trace.SpanContextFromContext(ctx).TraceState().String(), "name") {
			t.Error("a stranger's tracestate came in")
		}
		if got := telemetry.TraceID(ctx); got != "0af7651916cd43dd8448eb211c80319c" {
			t.Errorf("trace id %s", got)
		}
		onward := http.Header{}
		telemetry.InjectHTTP(ctx, onward)
		if got := onward.Get("traceparent"); got != telemetry.Traceparent(ctx) {
			t.Errorf("HTTP carries %q", got)
		}
		msg := &nats.Msg{Subject: "svc"}
		telemetry.InjectNATS(ctx, msg)
		_, err := nc.RequestMsgWithContext(ctx, msg)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	rec.Wait(t, "gateway", 1)
	if diff := cmp.Diff("gateway\n  serve\n  ~ fold\n", teltest.Tree(t, rec.Spans())); diff != "" {
		t.Error(diff)
	}
}

func TestIllFormedContextIsIgnored(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"", "00", "00-xyz-b7ad6b7169203331-01", strings.Repeat("0", 4096), "00-0af7651916cd43dd8448eb211c80319c"} {
		if id := telemetry.TraceID(telemetry.WithTraceparent(t.Context(), bad)); id != "" {
			t.Errorf("%.20q gives trace %s", bad, id)
		}
	}
	msg := &nats.Msg{}
	telemetry.InjectNATS(t.Context(), msg)
	if msg.Header != nil {
		t.Errorf("a message without a trace got the header %v", msg.Header)
	}
	if options := telemetry.Follows(t.Context(), nil); len(options) != 2 {
		t.Errorf("a span that follows nothing has a link: %d options", len(options))
	}
}

func TestLogger(t *testing.T) {
	t.Parallel()
	type person struct{ Name string }
	var out bytes.Buffer
	log := telemetry.NewLogger(&out, "voting", nil)
	rec := teltest.New(t)
	err := telemetry.Do(rec.Context(t.Context()), "work", func(ctx context.Context) error {
		log.DebugContext(ctx, "not shown")
		log.With("a", 1).WithGroup("g").With("b", true).InfoContext(ctx, "ballot cast",
			"poll", "p1", "err", errDisk, "person", person{"Li"}, "roll", map[string]string{"n": "Li"}, "raw", []byte("Li"),
			"long", strings.Repeat("x", 2000), "took", 3*time.Second, "at", time.Unix(0, 0).In(time.FixedZone("CST", 8*3600)))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("not one JSON line: %v in %s", err, out.String())
	}
	span := rec.Spans()[0].SpanContext()
	delete(got, "time")
	want := map[string]any{
		"level": "INFO", "msg": "ballot cast", "service": "voting", "a": 1.0,
		"trace_id": span.TraceID().String(), "span_id": span.SpanID().String(),
		"g": map[string]any{"b": true, "poll": "p1", "err": errDisk.Error(), "person": "(telemetry_test.person)",
			"roll": "(map[string]string)", "raw": "([]uint8)", "long": strings.Repeat("x", 512) + "…", "took": "3s", "at": "1970-01-01T00:00:00Z"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	telemetry.NewLogger(&out, "voting", slog.LevelDebug).Debug("outside any span")
	if s := out.String(); !strings.Contains(s, "outside") || strings.Contains(s, "trace_id") {
		t.Errorf("line outside a span: %s", s)
	}
}

func FuzzWithTraceparent(f *testing.F) {
	f.Add("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	f.Add("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x")
	f.Fuzz(func(t *testing.T, s string) {
		got := telemetry.Traceparent(telemetry.WithTraceparent(t.Context(), s))
		if got != "" && (len(got) != 55 || !strings.HasPrefix(got, "00-")) {
			t.Errorf("%q goes on as %q", s, got)
		}
	})
}
