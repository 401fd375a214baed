package teltest

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"renlin.dev/pkg/telemetry/metrics"
)

// Shown gives what a registry shows of some metrics, as Prometheus would collect it, one series a line; of a histogram its count alone.
func Shown(tb testing.TB, m *metrics.Registry, names ...string) string {
	tb.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(context.WithoutCancel(tb.Context()), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		tb.Fatalf("teltest: collect: %d %s", w.Code, w.Body)
	}
	var out strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		name, _, _ := strings.Cut(line, " ")
		name, _, _ = strings.Cut(name, "{")
		for _, wanted := range names {
			if name == wanted || name == wanted+"_count" {
				out.WriteString(line)
			}
		}
	}
	return out.String()
}
