// Package otlptest is a collector for tests: it takes what an exporter sends by OTLP/HTTP, as strictly as a real one, or fails as a test
// wants it to.
package otlptest

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collectorv1 "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	tracev1 "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"
)

// Collector is one collector. It is safe for concurrent use.
type Collector struct {
	// URL is its address, without a path.
	URL string

	t    testing.TB
	mu   sync.Mutex // guards what follows, and is what wait waits on
	wait *sync.Cond
	fail func(w http.ResponseWriter, r *http.Request)
	asks int
	raw  bytes.Buffer
	got  []*tracev1.ResourceSpans
}

// bodyBytesMax bounds a request.
const bodyBytesMax = 16 << 20

// mediaType is what OTLP/HTTP sends and answers.
const mediaType = "application/x-protobuf"

// New runs a collector until the test ends.
func New(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{t: t}
	c.wait = sync.NewCond(&c.mu)
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

// Fail has it answer by fail from now on; nil takes spans again.
func (c *Collector) Fail(fail func(w http.ResponseWriter, r *http.Request)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fail = fail
}

// ServeHTTP implements http.Handler.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	fail := c.fail
	c.asks++
	c.wait.Broadcast()
	c.mu.Unlock()
	if fail != nil {
		fail(w, r)
		return
	}
	body, err := read(r)
	var request collectorv1.ExportTraceServiceRequest
	if err == nil {
		err = proto.Unmarshal(body, &request)
	}
	if err != nil || r.Method != http.MethodPost || r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != mediaType {
		c.t.Errorf("collector: %s %s of %s: %v", r.Method, r.URL.Path, r.Header.Get("Content-Type"), err)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	c.raw.Write(body)
	c.got = append(c.got, request.GetResourceSpans()...)
	c.wait.Broadcast()
	c.mu.Unlock()
	w.Header().Set("Content-Type", mediaType)
	_, _ = w.Write(nil) // an empty answer: everything was taken
}

func read(r *http.Request) ([]byte, error) {
	in := io.LimitReader(r.Body, bodyBytesMax)
	if r.Header.Get("Content-Encoding") != "gzip" {
		return io.ReadAll(in)
	}
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, bodyBytesMax))
}

// AwaitAsks waits until it was asked so often, whatever it answered.
func (c *Collector) AwaitAsks(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.asks < n {
		c.wait.Wait()
	}
}

// Spans gives the spans taken so far.
func (c *Collector) Spans() (out []*tracev1.Span) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, resource := range c.got {
		for _, scope := range resource.GetScopeSpans() {
			out = append(out, scope.GetSpans()...)
		}
	}
	return out
}

// Services gives the names of the services that sent something.
func (c *Collector) Services() map[string]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]bool{}
	for _, resource := range c.got {
		for _, a := range resource.GetResource().GetAttributes() {
			if a.GetKey() == "service.name" {
				out[a.GetValue().GetStringValue()] = true
			}
		}
	}
	return out
}

// Raw gives everything that was sent, as bytes.
func (c *Collector) Raw() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Clone(c.raw.Bytes())
}
