package metrics

import (
	"github.com/prometheus/client_golang/prometheus"

	"renlin.dev/pkg/fault"
)

// Counter counts events, told apart by its labels. The zero value counts nothing.
type Counter struct{ f *family }

// Counter gives the counter of a definition.
func (r *Registry) Counter(d Definition) Counter {
	if r == nil {
		return Counter{}
	}
	return Counter{r.family(d, kindCounter)}
}

// With gives one series, for those who count it often: a number is then added in a few nanoseconds. It shows from now on, as 0.
func (c Counter) With(values ...string) Count {
	if c.f == nil {
		return Count{}
	}
	return Count{series(c.f, c.f.counters, seriesMax, values, func(values ...string) prometheus.Counter {
		return c.f.counter.WithLabelValues(values...)
	})}
}

// Count is one series of a counter. The zero value counts nothing.
type Count struct{ c prometheus.Counter }

// Add counts n, which is not below 0.
func (c Count) Add(n int) {
	if c.c != nil {
		c.c.Add(float64(n))
	}
}

// Histogram measures, told apart by its labels. The zero value measures nothing.
type Histogram struct{ f *family }

// Histogram gives the histogram of a definition.
func (r *Registry) Histogram(d Definition) Histogram {
	if r == nil {
		return Histogram{}
	}
	return Histogram{r.family(d, kindHistogram)}
}

// With gives one series.
func (h Histogram) With(values ...string) Measure {
	if h.f == nil {
		return Measure{}
	}
	return Measure{series(h.f, h.f.histograms, seriesMax/4, values, func(values ...string) prometheus.Observer {
		return h.f.histogram.WithLabelValues(values...)
	})}
}

// Measure is one series of a histogram. The zero value measures nothing.
type Measure struct{ o prometheus.Observer }

// Observe takes one value.
func (m Measure) Observe(v float64) {
	if m.o != nil {
		m.o.Observe(v)
	}
}

// Measures tells whether anybody wants to know: the time need not be asked for nobody.
func (m Measure) Measures() bool { return m.o != nil }

// Outcome gives the two labels of what became of something: the code of its fault and the code's kind, or "ok" twice.
func Outcome(err error) (code, kind string) {
	f := fault.Of(err)
	if f == nil {
		return ok, ok
	}
	return f.Code, f.Kind.String()
}

const ok = "ok"
