package metrics_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/telemetry/metrics"
)

var (
	requests = metrics.Definition{Name: "renlin_test_requests_total", Help: "Requests.", Labels: []string{"operation", "outcome"}}
	took     = metrics.Definition{
		Name: "renlin_test_duration_seconds", Help: "Time.", Labels: []string{"operation"}, Buckets: []float64{.1, 1},
	}
	size    = metrics.Definition{Name: "renlin_test_size_commits", Help: "Commits.", Labels: []string{"part", "community"}}
	errTest = fault.New(fault.Refused, "ballot.closed", "The poll is closed.", "表决已经截止。")
)

// shown gives the lines about this test's metrics, as Prometheus would collect them.
func shown(t testing.TB, m *metrics.Registry) string {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("collect: %d %s", w.Code, w.Body)
	}
	var out strings.Builder
	for line := range strings.Lines(w.Body.String()) {
		if strings.Contains(line, "renlin_test_") && !strings.HasPrefix(line, "#") {
			out.WriteString(line)
		}
	}
	return out.String()
}

func TestShowsWhatWasMeasured(t *testing.T) {
	t.Parallel()
	m := metrics.New("test")
	code, kind := metrics.Outcome(errTest)
	m.Counter(requests).With("cast", code).Add(2)
	m.Counter(requests).With("cast", kind).Add(1)
	ok, _ := metrics.Outcome(nil)
	m.Counter(requests).With("cast", ok) // shows as 0
	m.Histogram(took).With("cast").Observe(.5)
	forget := m.Watch(size, func() float64 { return 7 }, "a", "c1")
	m.Watch(size, func() float64 { return 8 }, "b", "c1")
	want := `renlin_test_duration_seconds_bucket{operation="cast",le="0.1"} 0
renlin_test_duration_seconds_bucket{operation="cast",le="1"} 1
renlin_test_duration_seconds_bucket{operation="cast",le="+Inf"} 1
renlin_test_duration_seconds_sum{operation="cast"} 0.5
renlin_test_duration_seconds_count{operation="cast"} 1
renlin_test_requests_total{operation="cast",outcome="ballot.closed"} 2
renlin_test_requests_total{operation="cast",outcome="ok"} 0
renlin_test_requests_total{operation="cast",outcome="refused"} 1
renlin_test_size_commits{community="c1",part="a"} 7
renlin_test_size_commits{community="c1",part="b"} 8
`
	if diff := cmp.Diff(want, shown(t, m)); diff != "" {
		t.Error(diff)
	}
	again := m.Watch(size, func() float64 { return 9 }, "a", "c1") // as after a failure
	forget()                                                       // of the one before, which must not take the new one away
	if got := shown(t, m); !strings.Contains(got, `part="a"} 9`) || strings.Contains(got, `part="a"} 7`) {
		t.Errorf("watched anew: %s", got)
	}
	again()
	if got := shown(t, m); strings.Contains(got, `part="a"`) || !strings.Contains(got, `part="b"} 8`) {
		t.Errorf("forgotten: %s", got)
	}
	var names []string
	for _, l := range m.List() {
		names = append(names, l.Name+" "+l.Kind)
	}
	if diff := cmp.Diff([]string{
		"renlin_build_info gauge", "renlin_test_duration_seconds histogram", "renlin_test_requests_total counter",
		"renlin_test_size_commits gauge",
	}, names); diff != "" {
		t.Error(diff)
	}
}

// TestSeriesAreBounded: however many values a label takes, there are no more series than the bound and one; what came later counts
// together, and of later communities' gauges the greatest is shown.
func TestSeriesAreBounded(t *testing.T) {
	t.Parallel()
	const many = 3000
	m := metrics.New("test")
	for i := range many {
		m.Counter(requests).With(fmt.Sprint("op", i), "ok").Add(1)
		m.Histogram(took).With(fmt.Sprint("op", i)).Observe(1)
		m.Watch(size, func() float64 { return float64(i) }, "a", fmt.Sprint("community", i))
	}
	var sum float64
	for name, bound := range map[string]int{requests.Name: 1024 + 1, took.Name: 256 + 1, size.Name: 100 + 1} {
		series, last := 0, ""
		families, err := m.Gatherer().Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() != name {
				continue
			}
			series = len(f.GetMetric())
			for _, one := range f.GetMetric() {
				sum += one.GetCounter().GetValue() + float64(one.GetHistogram().GetSampleCount())
				for _, l := range one.GetLabel() {
					if l.GetValue() == "other" && l.GetName() != "outcome" {
						last = fmt.Sprint(one.GetCounter().GetValue(), one.GetHistogram().GetSampleCount(), one.GetGauge().GetValue())
					}
				}
			}
		}
		if series != bound || last == "" {
			t.Errorf("%s: %d series, want %d, the last stands for %q", name, series, bound, last)
		}
		if name == size.Name && last != fmt.Sprint(0, 0, many-1) {
			t.Errorf("of the communities that came too late is shown %s", last)
		}
	}
	if sum != 2*many {
		t.Errorf("%v of %d events are counted", sum, 2*many)
	}
}

func TestNobodyMeasures(t *testing.T) {
	t.Parallel()
	var m *metrics.Registry
	m.Counter(requests).With("a", "b").Add(1)
	m.Histogram(took).With("a").Observe(1)
	m.Watch(size, func() float64 { panic("looked for nobody") }, "a", "b")()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusNotFound {
		t.Errorf("answers %d", w.Code)
	}
}

func TestMistakesPanic(t *testing.T) {
	t.Parallel()
	for name, mistake := range map[string]func(m *metrics.Registry){
		"no prefix": func(m *metrics.Registry) { m.Counter(metrics.Definition{Name: "x_total", Help: "x"}) },
		"no help":   func(m *metrics.Registry) { m.Counter(metrics.Definition{Name: "renlin_x_total"}) },
		"many labels": func(m *metrics.Registry) {
			m.Counter(metrics.Definition{Name: "renlin_x", Help: "x", Labels: make([]string, 5)})
		},
		"twice":        func(m *metrics.Registry) { m.Counter(requests); m.Histogram(requests) },
		"few values":   func(m *metrics.Registry) { m.Counter(requests).With("a") },
		"few values 2": func(m *metrics.Registry) { m.Watch(size, func() float64 { return 0 }, "a") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("nobody noticed")
				}
			}()
			mistake(metrics.New("test"))
		})
	}
}

// TestAtOnce counts, watches, forgets and collects from many goroutines: for the race detector, and nothing may be lost.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	m := metrics.New("test")
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 200 {
				m.Counter(requests).With("a", fmt.Sprint(i%4)).Add(1)
				forget := m.Watch(size, func() float64 { return 1 }, "a", fmt.Sprint(g))
				if i%50 == 0 {
					shown(t, m)
				}
				forget()
			}
		})
	}
	wg.Wait()
	for i := range 4 {
		if want := fmt.Sprintf("outcome=\"%d\"} 400\n", i); !strings.Contains(shown(t, m), want) {
			t.Errorf("lacks %s", want)
		}
	}
}

// BenchmarkCost says what one observation costs, beside the bare client library's in the same run: found by its labels, and kept.
func BenchmarkCost(b *testing.B) {
	m := metrics.New("bench")
	bare := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "x"}, []string{"operation", "outcome"})
	kept, hist := m.Counter(requests).With("a", "b"), m.Histogram(took).With("a")
	var nobody *metrics.Registry
	for _, c := range []struct {
		name string
		run  func()
	}{
		{"counter-bare", func() { bare.WithLabelValues("a", "b").Inc() }},
		{"counter-found", func() { m.Counter(requests).With("a", "b").Add(1) }},
		{"counter-kept", func() { kept.Add(1) }},
		{"histogram-kept", func() { hist.Observe(.5) }},
		{"nobody", func() { nobody.Counter(requests).With("a", "b").Add(1) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.run()
			}
		})
	}
}
