package otlp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"renlin.dev/pkg/telemetry"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/otlp"
	"renlin.dev/pkg/telemetry/teltest/otlptest"
)

// sender is a process that sends its spans.
type sender struct {
	*testing.T
	ctx  context.Context
	stop func(context.Context) error
	m    *metrics.Registry
	log  bytes.Buffer
}

func newSender(t *testing.T, c otlp.Config) *sender {
	t.Helper()
	s := &sender{T: t, m: metrics.New("test")}
	exporter, err := otlp.New(t.Context(), c, telemetry.NewLogger(&s.log, "test", slog.LevelInfo), s.m)
	if err != nil {
		t.Fatal(err)
	}
	provider, stop := telemetry.NewProvider("test", exporter, 1)
	s.ctx, s.stop = telemetry.WithProvider(t.Context(), provider), stop
	return s
}

// spans makes so many.
func (s *sender) spans(n int) {
	for range n {
		_, span := telemetry.Start(s.ctx, "voting.cast")
		telemetry.End(span, nil)
	}
}

// count reads one outcome from the metrics.
func (s *sender) count(outcome string) string {
	s.Helper()
	w := httptest.NewRecorder()
	s.m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(context.WithoutCancel(s.Context()), http.MethodGet, "/metrics", nil))
	_, after, _ := strings.Cut(w.Body.String(), `renlin_trace_spans_total{outcome="`+outcome+`"} `)
	value, _, _ := strings.Cut(after, "\n")
	return value
}

func TestSendsSpans(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "headers")
	if err := os.WriteFile(file, []byte("Authorization: Bearer secret\n\n X-Tenant : a \n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := otlptest.New(t)
	var mu sync.Mutex // guards header
	var header http.Header
	gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		header = r.Header.Clone()
		mu.Unlock()
		c.ServeHTTP(w, r)
	}))
	t.Cleanup(gate.Close)
	s := newSender(t, otlp.Config{Endpoint: gate.URL + "/", HeadersFile: file})
	s.spans(1000)
	if err := s.stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	spans := c.Spans()
	if len(spans) != 1000 || spans[0].GetName() != "voting.cast" || !c.Services()["test"] || s.count("sent") != "1000" {
		t.Errorf("%d spans of %v arrived, %s counted", len(spans), c.Services(), s.count("sent"))
	}
	if header.Get("Authorization") != "Bearer secret" || header.Get("X-Tenant") != "a" {
		t.Errorf("headers: %v", header)
	}
	if s.log.Len() > 0 {
		t.Errorf("all is well, and the log says %s", s.log.String())
	}
}

// TestCollectorInTrouble: whatever a collector does, ending a span takes no longer, the stop ends in its time, and what is lost is counted
// and said once.
func TestCollectorInTrouble(t *testing.T) {
	t.Parallel()
	status := func(code int) func(w http.ResponseWriter, r *http.Request) {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(code)
			fmt.Fprint(w, "no more")
		}
	}
	for name, fail := range map[string]func(w http.ResponseWriter, r *http.Request){
		"refuses": status(http.StatusBadRequest), "wants a password": status(http.StatusUnauthorized),
		"is overloaded": status(http.StatusServiceUnavailable),
		"breaks off":    func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"never answers": func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body) // only then does the server see that the sender has gone
			<-r.Context().Done()
		},
		"answers nonsense": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/x-protobuf")
			fmt.Fprint(w, "\xff\xff\xff")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := otlptest.New(t)
			c.Fail(fail)
			s := newSender(t, otlp.Config{Endpoint: c.URL})
			s.spans(20_000) // ten times what waits at most: whoever ends them must not wait
			c.AwaitAsks(1)
			ctx, cancel := context.WithCancel(t.Context())
			cancel() // the stop's time is over
			_ = s.stop(ctx)
			if len(c.Spans()) > 0 {
				t.Errorf("%d spans were taken", len(c.Spans()))
			}
		})
	}
}

// TestLossIsSaidOnce: the first loss is said, and so is that it is over, each once, in lines that are ours.
func TestLossIsSaidOnce(t *testing.T) {
	t.Parallel()
	c := otlptest.New(t)
	c.Fail(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	var log bytes.Buffer
	m := metrics.New("test")
	exporter, err := otlp.New(t.Context(), otlp.Config{Endpoint: c.URL}, telemetry.NewLogger(&log, "test", slog.LevelInfo), m)
	if err != nil {
		t.Fatal(err)
	}
	s := &sender{T: t, m: m}
	send := func() {
		provider, stop := telemetry.NewProvider("test", keep{exporter}, 1)
		s.ctx = telemetry.WithProvider(t.Context(), provider)
		s.spans(3)
		if err := stop(t.Context()); err != nil {
			t.Errorf("trouble with spans is nobody else's: %v", err)
		}
	}
	send()
	send()
	c.Fail(nil)
	send()
	send()
	var said []string
	for line := range bytes.Lines(log.Bytes()) {
		var is struct {
			Message string `json:"msg"`
		}
		if err := json.Unmarshal(line, &is); err != nil {
			t.Errorf("no line of ours: %s", line)
		}
		said = append(said, is.Message)
	}
	if got := strings.Join(said, "; "); got != "spans are being lost; spans are sent again" {
		t.Errorf("the log says %s", got)
	}
	if s.count("lost") != "6" || s.count("sent") != "6" || len(c.Spans()) != 6 {
		t.Errorf("%s lost, %s sent, %d arrived", s.count("lost"), s.count("sent"), len(c.Spans()))
	}
}

// keep is an exporter that outlives its provider.
type keep struct{ sdktrace.SpanExporter }

// Shutdown implements sdktrace.SpanExporter.
func (keep) Shutdown(context.Context) error { return nil }

func TestConfig(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad")
	if err := os.WriteFile(bad, []byte("A: b\nmysecret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for endpoint, good := range map[string]bool{
		"": true, "http://127.0.0.1:4318": true, "https://c.example/otlp/v1/traces": true, "127.0.0.1:4318": false, "ftp://x": false,
		"http://": false, "http://user:secret@host": false, "http://host?token=secret": false, "http://host/%zz": false,
	} {
		err := otlp.Config{Endpoint: endpoint}.Check()
		if (err == nil) != good {
			t.Errorf("%q: %v", endpoint, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("an error shows a secret: %v", err)
		}
	}
	if err := (otlp.Config{HeadersFile: bad}).Check(); err == nil {
		t.Error("headers for nobody are taken")
	}
	for _, file := range []string{bad, filepath.Join(dir, "none")} {
		_, err := otlp.New(t.Context(), otlp.Config{Endpoint: "http://x", HeadersFile: file}, slog.New(slog.DiscardHandler), nil)
		if err == nil || strings.Contains(err.Error(), "mysecret") || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", file, err)
		}
	}
	if exporter, err := otlp.New(t.Context(), otlp.Config{}, nil, nil); exporter != nil || err != nil {
		t.Errorf("nothing asked for gives %v, %v", exporter, err)
	}
}
