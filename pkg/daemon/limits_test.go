package daemon

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestServerHasLimits: every wait for a client has an end, and headers have a bound.
func TestServerHasLimits(t *testing.T) {
	t.Parallel()
	s := newServer(t.Context(), http.NotFoundHandler())
	for name, limit := range map[string]time.Duration{
		"header": s.ReadHeaderTimeout, "request": s.ReadTimeout, "answer": s.WriteTimeout, "idle": s.IdleTimeout,
	} {
		if limit <= 0 || limit > 2*time.Minute {
			t.Errorf("%s: %v", name, limit)
		}
	}
	running := httptest.NewUnstartedServer(s.Handler)
	running.Config = s
	running.Start()
	defer running.Close()
	for size, want := range map[int]int{1 << 10: 404, 64 << 10: http.StatusRequestHeaderFieldsTooLarge} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, running.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Long", strings.Repeat("x", size))
		response, err := running.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil || response.Body.Close() != nil || response.StatusCode != want {
			t.Errorf("%d bytes of headers: %d, %v", size, response.StatusCode, err)
		}
	}
}
