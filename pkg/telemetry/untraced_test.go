package telemetry_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/teltest"
)

// TestUntraced: what must not be joined to its request has no span and no id, in no line of a log and on no way out; and whoever takes it
// from the bus begins no trace either.
func TestUntraced(t *testing.T) {
	t.Parallel()
	rec, there := teltest.New(t), teltest.New(t)
	var log bytes.Buffer
	logger := telemetry.NewLogger(&log, "test", nil)
	err := telemetry.Do(rec.Context(t.Context()), "request", func(ctx context.Context) error {
		ctx = telemetry.Untraced(ctx)
		if !telemetry.IsUntraced(ctx) || telemetry.TraceID(ctx) != "" || telemetry.Traceparent(ctx) != "" {
			t.Errorf("it belongs to trace %q", telemetry.TraceID(ctx))
		}
		header := http.Header{}
		telemetry.InjectHTTP(ctx, header)
		if len(header) != 0 {
			t.Errorf("a request that it sends carries %v", header)
		}
		return telemetry.Do(ctx, "ballot", func(ctx context.Context) error {
			logger.InfoContext(ctx, "cast")
			msg := &nats.Msg{}
			telemetry.InjectNATS(ctx, msg)
			if msg.Header.Get(telemetry.HeaderParent) != "" {
				t.Errorf("a message carries %v", msg.Header)
			}
			onward := telemetry.ExtractNATS(there.Context(context.Background()), msg.Header)
			if !telemetry.IsUntraced(onward) {
				t.Error("it is not said across the bus")
			}
			return telemetry.Do(onward, "command", succeed)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := teltest.Tree(t, rec.Spans()); got != "request\n" || len(there.Spans()) != 0 {
		t.Errorf("recorded here: %q, there: %d spans", got, len(there.Spans()))
	}
	if line := log.String(); strings.Contains(line, "trace_id") || !strings.Contains(line, `"msg":"cast"`) {
		t.Errorf("the log says %s", line)
	}
	if plain := telemetry.ExtractNATS(t.Context(), nats.Header{}); telemetry.IsUntraced(plain) {
		t.Error("a message that says nothing is untraced")
	}
}
