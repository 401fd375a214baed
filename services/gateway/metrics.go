package gateway

import (
	"net/http"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/op"
	"renlin.dev/pkg/telemetry/metrics"
)

// What the edge measures. A route's label is its pattern, never the address; who is turned away for asking too often shows as kind
// too_many.
var (
	definitionRequests = metrics.Definition{
		Name: "renlin_http_requests_total", Help: "HTTP requests, by route and what became of them.",
		Labels: []string{"route", "outcome", "kind"},
	}
	definitionDuration = metrics.Definition{
		Name: "renlin_http_request_duration_seconds", Help: "Time from an HTTP request's arrival until its answer begins.",
		Labels: []string{"route"},
	}
	definitionSessions = metrics.Definition{
		Name: "renlin_gateway_sessions", Help: "Sessions that are open, some of which may have run out and not been missed yet.",
	}
)

// ErrMetrics: only the operator reads what the system measures of itself.
var ErrMetrics = fault.New(fault.Forbidden, "metrics.operator_only",
	"Only the operator of this system may read its measurements.", "只有本系统的运维方可以读取运行指标。")

// meter is where the gateway counts. Its zero value counts nothing.
type meter struct {
	requests  metrics.Counter
	durations metrics.Histogram
}

func (g *Gateway) measure() {
	m := g.cfg.Metrics
	g.meter = meter{requests: m.Counter(definitionRequests), durations: m.Histogram(definitionDuration)}
	m.Watch(definitionSessions, func() float64 {
		g.sessions.mu.Lock()
		defer g.sessions.mu.Unlock()
		return float64(len(g.sessions.live))
	})
}

// note counts a request that was answered.
func (m *meter) note(pattern string, a *answer) {
	code, kind := metrics.Outcome(a.err())
	m.requests.With(pattern, code, kind).Add(1)
	m.durations.With(pattern).Observe(a.took.Seconds())
}

// metrics shows what is measured to whoever has the operator's token, as Prometheus can: the edge may be reached from everywhere, and a
// proxy on this machine makes everybody local. A daemon's health address shows the same without, to whoever is let near it.
func (g *Gateway) metrics(w http.ResponseWriter, r *http.Request) {
	if who, err := g.sessions.of(r, ""); err != nil || !who.operator {
		op.WriteFault(w, r, ErrMetrics)
		return
	}
	g.cfg.Metrics.Handler().ServeHTTP(w, r)
}
