package gateway

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/teltest"
)

// TestMeasuresRequests: requests are counted by their route's pattern, whatever the address was, and by what became of them; a stream
// counts as quick as its beginning, and what leads nowhere has one name.
func TestMeasuresRequests(t *testing.T) {
	t.Parallel()
	clock := time.UnixMilli(0)
	now := func() time.Time { return clock }
	sessions, _ := testSessions(rand.Reader)
	m := metrics.New("test")
	g := &Gateway{
		sessions: sessions, limits: newLimits(Limits{}, now),
		cfg: Config{Log: slog.New(slog.DiscardHandler), Now: now, Timeout: time.Minute, Metrics: m}, mux: http.NewServeMux(),
		routes: map[string]bool{"GET /a/{id}": true, "GET /stream": true, "GET /silent": true, "GET /refused": true},
	}
	g.measure()
	pass := func(d time.Duration) { clock = clock.Add(d) }
	g.mux.HandleFunc("GET /a/{id}", func(w http.ResponseWriter, _ *http.Request) {
		pass(2 * time.Second)
		w.WriteHeader(http.StatusCreated)
	})
	g.mux.HandleFunc("GET /stream", func(w http.ResponseWriter, _ *http.Request) {
		pass(time.Second)
		_, _ = w.Write([]byte("event"))
		pass(time.Hour)
	})
	g.mux.HandleFunc("GET /silent", func(http.ResponseWriter, *http.Request) { pass(3 * time.Second) })
	g.mux.HandleFunc("GET /refused", func(w http.ResponseWriter, r *http.Request) { op.WriteFault(w, r, ErrSession) })
	for _, path := range []string{"/a/wang", "/a/13911729981", "/stream", "/silent", "/refused", "/wangxiaoming", "/a/b/c"} {
		g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	}
	want := `renlin_http_request_duration_seconds_sum{route="GET /a/{id}"} 4
renlin_http_request_duration_seconds_sum{route="GET /refused"} 0
renlin_http_request_duration_seconds_sum{route="GET /silent"} 3
renlin_http_request_duration_seconds_sum{route="GET /stream"} 1
renlin_http_request_duration_seconds_sum{route="nowhere"} 0
renlin_http_requests_total{kind="not_found",outcome="operation.unknown",route="nowhere"} 2
renlin_http_requests_total{kind="ok",outcome="ok",route="GET /a/{id}"} 2
renlin_http_requests_total{kind="ok",outcome="ok",route="GET /silent"} 1
renlin_http_requests_total{kind="ok",outcome="ok",route="GET /stream"} 1
renlin_http_requests_total{kind="unauthenticated",outcome="session.missing",route="GET /refused"} 1
`
	if diff := cmp.Diff(want, teltest.Shown(t, m, definitionDuration.Name+"_sum", definitionRequests.Name)); diff != "" {
		t.Error(diff)
	}
}
