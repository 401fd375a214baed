// Package metrics counts and measures what a process does, for Prometheus to collect: a thin layer over its client library.
//
// Its rules, in plain words:
//
//   - No registry is global. A main or a test makes one and hands it over; a nil *Registry measures nothing, at next to no cost.
//   - A metric is defined once, by the package that measures it, as a Definition: name, help, labels. Names begin with renlin_, units are
//     base units and stand at the end. docs/METRICS.md lists them all, and a test compares.
//   - A label's value is from a closed set: an operation, a route's pattern, a fault's code, a part of the process. It is never an
//     address, a person, or anything that somebody typed. Communities are the one open set, and stand on gauges only.
//   - Series are bounded all the same: beyond the bound a metric's further values count together, as "other"; of further communities'
//     gauges the greatest counts.
//   - Gauges are looked at when somebody collects; nothing is computed for nobody.
package metrics

import (
	"cmp"
	"fmt"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Definition says what a metric is.
type Definition struct {
	Name, Help string
	// Labels name what tells its series apart. There are at most labelsMax.
	Labels []string
	// Buckets are the upper bounds of a histogram; nil gives those of Durations.
	Buckets []float64
}

const (
	labelsMax = 4
	// seriesMax bounds the series of one counter; a histogram, each of whose series is a dozen, has a quarter of it.
	seriesMax = 1024
	// communitiesMax bounds the communities that have gauges of their own, each of which is some thirty series in a pilot.
	communitiesMax = 100
)

// other is the value of every label beyond the bound.
const other = "other"

// LabelCommunity is the label that is bounded by communitiesMax.
const LabelCommunity = "community"

// Durations are the buckets of what takes from a fraction of a millisecond to a request's time limit.
var Durations = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Registry holds the metrics of one process. It is safe for concurrent use.
type Registry struct {
	prom *prometheus.Registry

	mu          sync.Mutex // guards what follows
	families    map[string]*family
	communities map[string]bool
}

// family is one metric with its series.
type family struct {
	Definition
	kind      string
	registry  *Registry
	counter   *prometheus.CounterVec
	histogram *prometheus.HistogramVec
	gauge     *prometheus.Desc

	mu         sync.RWMutex // guards what follows
	counters   map[[labelsMax]string]prometheus.Counter
	histograms map[[labelsMax]string]prometheus.Observer
	watched    []*watched
}

// definitionBuild is the one metric that this package has itself.
var definitionBuild = Definition{
	Name: "renlin_build_info", Help: "Always 1; says which program runs, and as which service.", Labels: []string{"service", "revision", "go"},
}

// New makes the registry of one process, with what every process tells of itself: build, memory, goroutines, open files.
func New(service string) *Registry {
	r := &Registry{prom: prometheus.NewRegistry(), families: map[string]*family{}, communities: map[string]bool{}}
	r.prom.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{ReportErrors: false}),
	)
	r.Watch(definitionBuild, func() float64 { return 1 }, service, revision(), runtime.Version())
	return r
}

// revision names the source that the program was built from; a star after it means that the source had been changed.
func revision() string {
	name, changed := "unknown", ""
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return name
	}
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			name = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = "*"
		}
	}
	return name + changed
}

// collectTimeoutMax bounds one collection, and collectionsMax how many go on at once.
const (
	collectTimeoutMax = 10 * time.Second
	collectionsMax    = 4
)

// Handler answers with everything measured, in Prometheus' text format. Who may ask is for the caller to decide.
func (r *Registry) Handler() http.Handler {
	if r == nil {
		return http.NotFoundHandler()
	}
	return promhttp.HandlerFor(r.prom, promhttp.HandlerOpts{MaxRequestsInFlight: collectionsMax, Timeout: collectTimeoutMax})
}

// Gatherer gives what the handler shows, for tests.
func (r *Registry) Gatherer() prometheus.Gatherer { return r.prom }

// Listed is a metric of a registry.
type Listed struct {
	Definition
	Kind string // counter, histogram or gauge
}

// List gives every metric that was defined here, measured yet or not, by name.
func (r *Registry) List() []Listed {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []Listed
	for _, f := range r.families { // any order: sorted below
		out = append(out, Listed{f.Definition, f.kind})
	}
	slices.SortFunc(out, func(a, b Listed) int { return cmp.Compare(a.Name, b.Name) })
	return out
}

// family finds a metric, defining it at the first time. Two definitions of one name are a mistake of the programmer.
func (r *Registry) family(d Definition, kind string) *family {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f := r.families[d.Name]; f != nil {
		if f.kind != kind || f.Help != d.Help || !slices.Equal(f.Labels, d.Labels) {
			panic("metric " + d.Name + " is defined twice")
		}
		return f
	}
	if !strings.HasPrefix(d.Name, "renlin_") || d.Help == "" || len(d.Labels) > labelsMax {
		panic("metric " + d.Name + " has no good definition")
	}
	f := &family{
		Definition: d, kind: kind, registry: r,
		counters: map[[labelsMax]string]prometheus.Counter{}, histograms: map[[labelsMax]string]prometheus.Observer{},
	}
	r.families[d.Name] = f
	switch kind {
	case kindCounter:
		f.counter = prometheus.NewCounterVec(prometheus.CounterOpts{Name: d.Name, Help: d.Help}, d.Labels)
		r.prom.MustRegister(f.counter)
	case kindHistogram:
		if f.Buckets == nil {
			f.Buckets = Durations
		}
		f.histogram = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: d.Name, Help: d.Help, Buckets: f.Buckets}, d.Labels)
		r.prom.MustRegister(f.histogram)
	default:
		f.gauge = prometheus.NewDesc(d.Name, d.Help, d.Labels, nil)
		r.prom.MustRegister(f)
	}
	return f
}

// The kinds of metrics.
const (
	kindCounter   = "counter"
	kindHistogram = "histogram"
	kindGauge     = "gauge"
)

// key makes a series' key; a number of values that is not the labels' is a mistake of the programmer.
func (f *family) key(values []string) (key [labelsMax]string) {
	if len(values) != len(f.Labels) {
		panic(fmt.Sprintf("metric %s has %d labels, got %d values", f.Name, len(f.Labels), len(values)))
	}
	copy(key[:], values)
	return key
}

// series finds a series, or makes it, or gives the one that stands for all that came too late. keys is guarded by the family's lock.
func series[M any](f *family, keys map[[labelsMax]string]M, bound int, values []string, fresh func(values ...string) M) M {
	key := f.key(values)
	f.mu.RLock()
	m, ok := keys[key]
	f.mu.RUnlock()
	if ok {
		return m
	}
	return begin(f, keys, bound, key, fresh)
}

// begin is series for what was not there a moment ago.
func begin[M any](
	f *family, keys map[[labelsMax]string]M, bound int, key [labelsMax]string, fresh func(values ...string) M,
) M {
	f.mu.Lock()
	defer f.mu.Unlock()
	if m, ok := keys[key]; ok {
		return m
	}
	if len(keys) >= bound {
		for i := range f.Labels {
			key[i] = other
		}
		if m, ok := keys[key]; ok {
			return m
		}
	}
	m := fresh(key[:len(f.Labels)]...)
	keys[key] = m
	return m
}
