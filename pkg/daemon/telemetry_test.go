package daemon_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/teltest/otlptest"
)

// TestMainSendsSpans: what a daemon's services have recorded is with the collector when Main has returned, and their metrics are shown
// where its health is.
func TestMainSendsSpans(t *testing.T) {
	t.Parallel()
	collector := otlptest.New(t)
	ran := metrics.Definition{Name: "renlin_test_runs_total", Help: "Runs."}
	services := func(_ context.Context, env daemon.Env) ([]daemon.Service, error) {
		return []daemon.Service{{Name: "one", Run: func(ctx context.Context, ready func()) error {
			ready()
			_, span := telemetry.Start(ctx, "one run")
			telemetry.End(span, nil)
			env.Metrics.Counter(ran).With().Add(1)
			for path, want := range map[string]string{
				"/metrics": "renlin_test_runs_total 1\n", "/readyz": `"one":`, "/healthz": "alive", "/else": "not found",
			} {
				w := httptest.NewRecorder()
				env.Handler().ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, path, nil))
				if !strings.Contains(w.Body.String(), want) {
					t.Errorf("%s answers %d %s", path, w.Code, w.Body)
				}
			}
			return errBoom // the spans of what failed matter most
		}}}, nil
	}
	code, _, stderr := runMain(t, t.Context(), daemon.Program{Name: "clerk", Config: &testConfig{}, Services: services},
		`{"trace_ratio": 1, "otlp": {"endpoint": "`+collector.URL+`"}}`)
	if code != 1 || strings.Contains(stderr, "spans") {
		t.Errorf("code %d, %s", code, stderr)
	}
	if spans := collector.Spans(); len(spans) != 1 || spans[0].GetName() != "one run" || !collector.Services()["clerk"] {
		t.Errorf("%d spans arrived, of %v", len(spans), collector.Services())
	}
}

// TestMainStopsDespiteCollector: a collector that never answers holds up no stop for longer than the stop's share, and Main says so.
func TestMainStopsDespiteCollector(t *testing.T) {
	t.Parallel()
	c := otlptest.New(t)
	c.Fail(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	services := func(context.Context, daemon.Env) ([]daemon.Service, error) {
		return []daemon.Service{{Name: "one", Run: func(ctx context.Context, ready func()) error {
			ready()
			_, span := telemetry.Start(ctx, "one run")
			telemetry.End(span, nil)
			return errBoom
		}}}, nil
	}
	code, _, stderr := runMain(t, t.Context(), daemon.Program{Name: "clerk", Config: &testConfig{}, Services: services},
		`{"trace_ratio": 1, "otlp": {"endpoint": "`+c.URL+`"}}`) // it returns at all
	if code != 1 || !strings.Contains(stderr, "boom") || !strings.Contains(stderr, "lost") {
		t.Errorf("code %d, %s", code, stderr)
	}
}
