package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry/teltest"
	"renlin.dev/services/gateway"
	"renlin.dev/services/renlin/internal/bus"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

// wantProblem checks that an answer is a refusal with that status and code, in the language asked for, and names nothing typed.
func wantProblem(t testing.TB, what string, w *httptest.ResponseRecorder, status int, code string) {
	t.Helper()
	if got := outcome(t, what, w); w.Code != status || got != code {
		t.Errorf("%s: %d %s, want %d %s", what, w.Code, got, status, code)
	}
	var whole strings.Builder
	if err := w.Header().Write(&whole); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(whole.String()+w.Body.String(), "13800000000") {
		t.Errorf("%s: what was typed comes back: %s%s", what, whole.String(), w.Body)
	}
}

// TestEdgeNowhere: what is not exactly a route leads nowhere, whatever it resembles. The trace names patterns only.
func TestEdgeNowhere(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	recorder := teltest.New(t)
	here := "/v1/communities/" + v.Community
	nowhere := []string{
		"/c", "/c/", "/static", "/static/",
		"/v1", "/v1/", "/v2/communities", "/v1/Communities", "/v1/communities/", here + "/", here + "/topic", here + "/topics/",
		here + "//topics",
		"/v1//communities", "/v1/./communities", "/v1/x/../communities", here + "/records", here + "/records/", "/log/" + v.Community,
		"/log/" + v.Community + "/", "/log/" + typed, "/log//" + typed, here + "/records//" + typed, here + "/records/" + typed + "/",
		here + "/%2e%2e/" + typed, here + "/records/" + typed + "%2f%2f" + typed, "/" + typed + "?" + typed, "/index.html", "/.git/config",
	}
	request := func(method, target string) *httptest.ResponseRecorder {
		return ask(t, g, method, target, "", "", func(r *http.Request) { *r = *r.WithContext(recorder.Context(r.Context())) })
	}
	for _, target := range nowhere {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			wantProblem(t, method+" "+target, request(method, target), 404, decider.ErrOperation.Code)
		}
	}
	for target, methods := range map[string][]string{
		here + "/topics": {"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", "X-" + typed},
		here + "/inbox":  {"POST", "PUT", "OPTIONS", "DELETE"}, here + "/sessions": {"PUT", "PATCH"}, here + "/texts": {"GET", "PUT"},
		"/v1/communities": {"PUT", "DELETE", "OPTIONS"}, "/v1/founding": {"POST", "OPTIONS"},
		"/log/" + v.Community + "/keys": {"POST", "OPTIONS"},
	} {
		for _, method := range methods {
			wantProblem(t, method+" "+target, request(method, target), 404, decider.ErrOperation.Code)
		}
	}
	patterns := map[string]bool{"http nowhere": true}
	for _, route := range g.Routes() {
		patterns["http "+route] = true
	}
	request(http.MethodGet, here+"/records/motion/"+typed)
	for _, span := range recorder.Spans() {
		if strings.HasPrefix(span.Name(), "http ") && !patterns[span.Name()] || strings.Contains(span.Name(), "13800000000") {
			t.Errorf("span %q", span.Name())
		}
	}
}

// TestEdgeHeaders: every answer, a refusal too, tells browsers how to take it; only the public log may be read by other pages.
func TestEdgeHeaders(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	here := "/v1/communities/" + v.Community
	err := neighbourhood.Eventually(t.Context(), "founding archived", func() error {
		_, err := v.First.Raw(t.Context(), "/log/"+v.Community+"/tile/0/000.p/1")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, target, token string
		status                int
		media, cache, cors    string
	}{
		{"GET", "/v1/communities", "", 200, "application/json; charset=utf-8", "no-store", ""},
		{"GET", here, "", 200, "application/json; charset=utf-8", "no-cache", ""},
		{"GET", here + "/records/community/main", "", 200, "application/json; charset=utf-8", "no-cache", ""},
		{"HEAD", here + "/records/community/main", "", 200, "application/json; charset=utf-8", "no-cache", ""},
		{"GET", here + "/inbox", v.First.Token, 200, "application/json; charset=utf-8", "no-store", ""},
		{"GET", here + "/blocks", v.First.Token, 200, "application/octet-stream", "no-store", ""},
		{"GET", "/log/" + v.Community + "/tile/0/000.p/1", "", 200, "application/octet-stream", "max-age=31536000, immutable", "*"},
		{"GET", "/log/" + v.Community + "/tile/0/x", "", 404, "application/problem+json", "no-store", ""},
		{"GET", here + "/inbox", "", 401, "application/problem+json", "no-store", ""},
		{"GET", "/" + typed, "", 404, "application/problem+json", "no-store", ""},
		{"POST", here + "/topics", "", 400, "application/problem+json", "no-store", ""},
		{"DELETE", here + "/sessions", "", 204, "", "", ""},
	} {
		w := ask(t, g, c.method, c.target, c.token, "", func(r *http.Request) { r.Header.Set("Origin", "https://elsewhere.example") })
		h := w.Header()
		if w.Code != c.status || h.Get("Content-Type") != c.media || h.Get("Cache-Control") != c.cache ||
			h.Get("Access-Control-Allow-Origin") != c.cors || h.Get("Access-Control-Allow-Credentials") != "" {
			t.Errorf("%s %s: %d %v", c.method, c.target, w.Code, h)
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s %s: %s is %q", c.method, c.target, name, got)
			}
		}
		if c.status == 401 || c.status == 404 {
			if h.Get("Content-Language") != "en" || h.Get("Vary") != "Accept-Language" {
				t.Errorf("%s %s: language %q, vary %q", c.method, c.target, h.Get("Content-Language"), h.Get("Vary"))
			}
		}
	}
}

// TestEdgeHead: over a real connection HEAD answers as GET does, without a body.
func TestEdgeHead(t *testing.T) {
	e := newEdge(t)
	server := httptest.NewServer(e.gateway(nil))
	t.Cleanup(server.Close)
	v := e.found(e.serve(e.gateway(nil)))
	here := "/v1/communities/" + v.Community
	for target, status := range map[string]int{here: 200, here + "/inbox": 401, "/x": 404} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodHead, server.URL+target, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || response.Body.Close() != nil || response.StatusCode != status || len(body) != 0 {
			t.Errorf("HEAD %s: %d, %d bytes, %v", target, response.StatusCode, len(body), err)
		}
	}
}

// TestEdgeBodies: every route that takes a body has a bound, and one byte below it is taken.
func TestEdgeBodies(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	here := "/v1/communities/" + v.Community
	for _, c := range []struct {
		target string
		max    int
		within string // the code at the bound
	}{
		{"/v1/communities", op.BodyBytesMax, "founding.signature"}, {here + "/topics", op.BodyBytesMax, "not_after.malformed"},
		{here + "/sessions", 4 << 10, "sign_in.malformed"}, {here + "/hosted-keys", 4 << 10, "sign_in.malformed"},
		{here + "/texts?subject=" + v.First.Member, 64 << 10, ""},
	} {
		for size, want := range map[int]string{c.max: c.within, c.max + 1: "body.too_large", 8 << 20: "body.too_large"} {
			w := ask(t, g, http.MethodPost, c.target, v.First.Token, strings.Repeat(" ", size), nil)
			if got := outcome(t, c.target, w); got != want || want == "body.too_large" && w.Code != 413 {
				t.Errorf("%s with %d bytes: %d %s, want %s", c.target, size, w.Code, got, want)
			}
			chunked := ask(t, g, http.MethodPost, c.target, v.First.Token, "", func(r *http.Request) {
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(bytes.Repeat([]byte(" "), size))), -1
			})
			if got := outcome(t, c.target, chunked); got != want {
				t.Errorf("%s with %d bytes in chunks: %s, want %s", c.target, size, got, want)
			}
		}
		broken := ask(t, g, http.MethodPost, c.target, v.First.Token, "", func(r *http.Request) { r.Body = io.NopCloser(brokenBody{}) })
		if broken.Code != 400 {
			t.Errorf("%s broken off: %d %s", c.target, broken.Code, broken.Body)
		}
	}
}

// brokenBody is a body that ends before it should.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestEdgeTimes: nobody waits longer than the gateway's limit, and nobody is there is said at once.
func TestEdgeTimes(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(nil)
	v := e.found(e.serve(g))
	short := e.gateway(func(c *gateway.Config) { c.Timeout = 100 * time.Millisecond })
	target := "/v1/communities/" + v.Community + "/records/motion?min_index=4611686018427387904"
	began := time.Now()
	wantProblem(t, "a position that will never be", ask(t, short, http.MethodGet, target, "", "", nil), 504, "request.timeout")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	deserted, err := bus.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		deserted.Shutdown()
		deserted.WaitForShutdown()
	})
	nc, err := deserted.Dial(bus.Gateway, nats.Name("alone"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	alone := e.gateway(func(c *gateway.Config) { c.Bus = nc })
	here := "/v1/communities/" + v.Community
	body := memberJSON(v.First.Member)
	for _, c := range []struct{ method, target, token string }{
		{"GET", "/v1/founding", ""}, {"GET", "/v1/communities", ""}, {"GET", here, ""}, {"GET", here + "/records/motion", ""},
		{"POST", here + "/sessions", ""}, {"GET", here + "/blocks", operatorToken}, {"GET", "/log/" + v.Community + "/checkpoint", ""},
		{"GET", here + "/inbox", operatorToken},
	} {
		w := ask(t, alone, c.method, c.target, c.token, body, nil)
		wantProblem(t, c.method+" "+c.target, w, 503, "service.unavailable")
		if w.Header().Get("Retry-After") == "" {
			t.Errorf("%s: when to come back is not said", c.target)
		}
	}
	// Whether somebody is a member is not known while nobody can be asked: they must not be told that they are none.
	w := ask(t, alone, http.MethodPost, here+"/hosted-keys", v.First.Token, memberJSON(client.NewID()), nil)
	if code := outcome(t, "host a key", w); code == "member.not_active" {
		t.Errorf("host a key: %s", code)
	}
}

// TestEdgeConfig: what cannot work is said at the start.
func TestEdgeConfig(t *testing.T) {
	for name, change := range map[string]func(*gateway.Config){
		"two owners of a kind": func(c *gateway.Config) { c.Models = append(c.Models, c.Models[0]) },
		"keys below a file":    func(c *gateway.Config) { c.HostedDir = "/dev/null/x" },
	} {
		cfg := gateway.Config{Models: process.Models(), HostedDir: t.TempDir()}
		change(&cfg)
		if g, err := gateway.New(cfg); err == nil || g != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestEdgeOperatorToken: without one configured, an empty token opens nothing.
func TestEdgeOperatorToken(t *testing.T) {
	e := newEdge(t)
	g := e.gateway(func(c *gateway.Config) { c.OperatorToken = "" })
	v := e.found(e.serve(g))
	inbox := "/v1/communities/" + v.Community + "/inbox"
	good := v.First.Token
	for _, header := range []string{"Bearer ", "Bearer", "", "bearer " + good, "Basic " + good, good, "Bearer  " + good} {
		w := ask(t, g, http.MethodGet, inbox, "", "", func(r *http.Request) { r.Header["Authorization"] = []string{header} })
		if w.Code != 401 {
			t.Errorf("%q: %d", header, w.Code)
		}
	}
	if w := ask(t, g, http.MethodGet, inbox, v.First.Token, "", nil); w.Code != 200 {
		t.Errorf("a session: %d", w.Code)
	}
	var list struct{ Communities []string }
	w := ask(t, g, http.MethodGet, "/v1/communities", "", "", nil)
	if err := json.Unmarshal(w.Body.Bytes(), &list); err != nil || len(list.Communities) != 1 || list.Communities[0] != v.Community {
		t.Errorf("communities: %s", w.Body)
	}
}

// TestEdgeLimits: who is over their limit is told so before anybody else is asked, and the development's own machine is not counted.
func TestEdgeLimits(t *testing.T) {
	e := newEdge(t)
	v := e.found(e.serve(e.gateway(nil)))
	nc, err := e.server.Dial(bus.Gateway)
	if err != nil {
		t.Fatal(err)
	}
	g := e.gateway(func(c *gateway.Config) {
		two := gateway.Rate{PerMinute: 1, Burst: 2}
		c.Bus, c.Limits.Address = nc, gateway.Rates{Reads: two, Writes: two, SignIns: two, Streams: two}
	})
	here := "/v1/communities/" + v.Community
	x := &callers{village: v, open: g, devices: map[string]*client.Device{"offA": v.First.Device}}
	post := func() *httptest.ResponseRecorder {
		body := []byte(`{"unit":"` + client.NewID() + `","areaCentiM2":"1"}`)
		return ask(t, g, http.MethodPost, here+"/units", "", string(body), func(r *http.Request) {
			x.signed("offA", "community.register_unit", body)(r)
			afar(r)
		})
	}
	for range 2 {
		if w := ask(t, g, http.MethodGet, here+"/records/org", "", "", afar); w.Code != 200 {
			t.Errorf("a read: %d", w.Code)
		}
		if w := post(); w.Code != 201 {
			t.Errorf("a write: %d %s", w.Code, w.Body)
		}
	}
	nc.Close() // from here on there is nobody to be asked
	for what, w := range map[string]*httptest.ResponseRecorder{
		"a read": ask(t, g, http.MethodGet, here+"/records/org", "", "", afar), "a write": post(),
		"nowhere": ask(t, g, http.MethodGet, "/"+typed, "", "", afar),
	} {
		wantProblem(t, what, w, 429, gateway.ErrRate.Code)
		if w.Header().Get("Retry-After") != "60" || w.Header().Get("RateLimit") == "" || w.Header().Get("RateLimit-Policy") == "" {
			t.Errorf("%s: %v", what, w.Header())
		}
	}
	if w := ask(t, g, http.MethodGet, here+"/records/org", "", "", nil); w.Code != 503 || w.Header().Get("RateLimit") != "" {
		t.Errorf("the machine itself: %d", w.Code)
	}
}
