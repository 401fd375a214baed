package gateway

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/teltest"
)

// TestRequestIsTold asks in several ways and looks at the span and the line that are left.
func TestRequestIsTold(t *testing.T) {
	rec := teltest.New(t)
	var log bytes.Buffer
	now := func() time.Time { return time.UnixMilli(0) }
	sessions, _ := testSessions(rand.Reader)
	g := &Gateway{
		sessions: sessions, limits: newLimits(Limits{}, now),
		cfg: Config{Log: telemetry.NewLogger(&log, "gateway", nil), Now: now, Timeout: time.Minute}, mux: http.NewServeMux(),
		routes: map[string]bool{"GET /silent": true, "GET /refused": true, "GET /bug": true, "GET /half": true},
	}
	g.mux.HandleFunc("GET /silent", func(http.ResponseWriter, *http.Request) {})
	g.mux.HandleFunc("GET /refused", func(w http.ResponseWriter, r *http.Request) { op.WriteFault(w, r, ErrSession) })
	g.mux.HandleFunc("GET /bug", func(http.ResponseWriter, *http.Request) { panic("bug") })
	g.mux.HandleFunc("GET /half", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte("half"))
		panic("bug")
	})
	for path, want := range map[string]struct {
		status      int
		span, lines string
	}{
		"/silent":  {200, "http GET /silent\n", `"level":"INFO","msg":"request answered"`},
		"/refused": {401, "http GET /refused !session.missing\n", `"level":"INFO","msg":"request refused"`},
		"/bug":     {500, "http GET /bug !internal\n", `"level":"ERROR","msg":"request failed"`},
		"/half":    {200, "http GET /half !internal\n", `"level":"ERROR","msg":"request failed"`},
	} {
		rec.Reset()
		log.Reset()
		w := httptest.NewRecorder()
		cut := func() (cut any) {
			defer func() { cut = recover() }()
			g.ServeHTTP(w, httptest.NewRequestWithContext(rec.Context(t.Context()), http.MethodGet, path, nil))
			return nil
		}()
		if w.Code != want.status || (cut == http.ErrAbortHandler) != (path == "/half") || strings.Contains(w.Body.String(), "bug") {
			t.Errorf("%s: %d, cut off: %v, %s", path, w.Code, cut, w.Body)
		}
		if got := teltest.Tree(t, rec.Spans()); got != want.span {
			t.Errorf("%s: span %q", path, got)
		}
		trace := rec.Spans()[0].SpanContext().TraceID().String()
		line := log.String()
		if !strings.Contains(line, want.lines) || !strings.Contains(line, `"trace_id":"`+trace) || strings.Count(line, "\n") != 1 {
			t.Errorf("%s: log %s", path, line)
		}
	}
}
