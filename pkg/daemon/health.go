package daemon

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"sync"
	"time"

	"renlin.dev/pkg/fault"
)

// The states of a part, as /readyz shows them.
const stateStarting, stateReady, stateStopping = "starting", "ready", "stopping"

// checkTimeoutMax bounds all checks of one question together.
const checkTimeoutMax = 2 * time.Second

// Health knows who in the process is ready. It is safe for concurrent use.
type Health struct {
	mu     sync.Mutex
	states map[string]string                          // of the group's services; guarded by mu
	checks map[string]func(ctx context.Context) error // of whoever registered; guarded by mu
}

// NewHealth knows nobody yet, and is therefore ready.
func NewHealth() *Health {
	return &Health{states: map[string]string{}, checks: map[string]func(context.Context) error{}}
}

// Register adds a check under a constant name: the process is ready while it answers nil. It is called for each question and must
// look, not work.
func (h *Health) Register(name string, check func(ctx context.Context) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.checks[name] = check
}

// set notes the state of a service of the group.
func (h *Health) set(name, state string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.states[name] = state
}

// Ready asks everybody, and answers for each name "ready", a service's state, or the code of the fault that a check answered.
func (h *Health) Ready(ctx context.Context) (ready bool, parts map[string]string) {
	ctx, cancel := context.WithTimeout(ctx, checkTimeoutMax)
	defer cancel()
	h.mu.Lock()
	parts, checks := maps.Clone(h.states), maps.Clone(h.checks)
	h.mu.Unlock()
	for name, check := range checks { // outside the lock: a check may take its time
		if err := check(ctx); err != nil {
			parts[name] = fault.Of(err).Code
		} else if parts[name] == "" {
			parts[name] = stateReady
		}
	}
	ready = true
	for _, state := range parts {
		ready = ready && state == stateReady
	}
	return ready, parts
}

// Handler answers /healthz, which is 200 as long as the process can answer at all, and /readyz, which is 200 or 503 with the state of
// each part. Both are JSON and tell names and codes only.
func (h *Health) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]any{"alive": true})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ready, parts := h.Ready(r.Context())
		status := http.StatusOK
		if !ready {
			status = http.StatusServiceUnavailable
		}
		answer(w, status, map[string]any{"ready": ready, "parts": parts})
	})
	return mux
}

// answer writes a small JSON body. A client that has gone is nobody's error.
func answer(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
