package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/otlp"
	"renlin.dev/pkg/telemetry/teltest/otlptest"
)

// shownMetrics gives what Prometheus would collect. The walk must have been measured, or there would be nothing to find.
func shownMetrics(t *testing.T, m *metrics.Registry) []byte {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if text := w.Body.Bytes(); w.Code != http.StatusOK || !bytes.Contains(text, []byte(`outcome="body.malformed"`)) {
		t.Errorf("collect: %d, and %d bytes tell of no malformed body", w.Code, len(text))
	}
	return w.Body.Bytes()
}

// sentSpans gives what a collector gets of the spans.
func sentSpans(t *testing.T, spans []sdktrace.ReadOnlySpan) []byte {
	t.Helper()
	c := otlptest.New(t)
	exporter, err := otlp.New(t.Context(), otlp.Config{Endpoint: c.URL}, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := exporter.ExportSpans(t.Context(), spans); err != nil || len(c.Spans()) != len(spans) {
		t.Errorf("%d of %d spans arrived, %v", len(c.Spans()), len(spans), err)
	}
	return c.Raw()
}
