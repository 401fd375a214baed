package op

import (
	"time"

	"renlin.dev/pkg/telemetry/metrics"
)

// What a service measures of the requests that come to it over the bus.
var (
	definitionRequests = metrics.Definition{
		Name: "renlin_requests_total", Help: "Requests over the bus, by service, sort, and what became of them.",
		Labels: []string{"service", "request", "outcome", "kind"},
	}
	definitionDuration = metrics.Definition{
		Name: "renlin_request_duration_seconds", Help: "Time from a request's arrival at a service to its answer.",
		Labels: []string{"service", "request"},
	}
)

// meter is where a service counts. Its zero value counts nothing.
type meter struct {
	requests  metrics.Counter
	durations metrics.Histogram
}

func newMeter(m *metrics.Registry) meter {
	return meter{requests: m.Counter(definitionRequests), durations: m.Histogram(definitionDuration)}
}

// note counts a request that was worked on.
func (m *meter) note(service, request string, began time.Time, err error) {
	m.turnedAway(service, request, err)
	m.durations.With(service, request).Observe(time.Since(began).Seconds())
}

// turnedAway counts one that nobody worked on.
func (m *meter) turnedAway(service, request string, err error) {
	code, kind := metrics.Outcome(err)
	m.requests.With(service, request, code, kind).Add(1)
}
