package gateway

import (
	"context"
	"net/http"
	"time"

	"renlin.dev/pkg/fault"
)

// answer is a ResponseWriter that remembers what became of its request. It belongs to the goroutine that serves the request.
type answer struct {
	http.ResponseWriter
	began  time.Time
	now    func() time.Time
	took   time.Duration // until the answer began: a stream goes on for as long as somebody listens
	status int
	fault  *fault.Fault
}

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status, a.took = status, a.now().Sub(a.began)
		a.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.ResponseWriter.Write(b)
}

// Unwrap is for http.ResponseController.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

// NoteFault implements op.FaultNoter.
func (a *answer) NoteFault(f *fault.Fault) { a.fault = f }

// err gives the fault as an error, nil when there is none.
func (a *answer) err() error {
	if a.fault == nil {
		return nil
	}
	return a.fault
}

// tell writes one line about a request: its pattern, never its address. Only where the failure is our own does the cause stand there:
// that of a refusal may quote what somebody sent.
func (g *Gateway) tell(ctx context.Context, pattern string, a *answer) {
	if a.status == 0 { // what net/http sends for a handler that sent nothing
		a.status, a.took = http.StatusOK, a.now().Sub(a.began)
	}
	log := g.cfg.Log.With("route", pattern, "status", a.status, "took", g.cfg.Now().Sub(a.began))
	switch f := a.fault; {
	case f == nil:
		log.InfoContext(ctx, "request answered")
	case f.Kind == fault.Internal:
		log.ErrorContext(ctx, "request failed", "err", f)
	default:
		log.InfoContext(ctx, "request refused", "fault", f.Code)
	}
}
