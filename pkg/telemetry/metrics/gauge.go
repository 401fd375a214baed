package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// watched is one gauge's series: read when somebody collects.
type watched struct {
	values []string
	read   func() float64
}

// Watch shows what read gives as a gauge, until forget is called. read runs whenever somebody collects, at the same time as everything
// else: it must look, not work. A series that is watched already is watched anew: whoever begins again after a failure need not know
// whether the first has ended.
func (r *Registry) Watch(d Definition, read func() float64, values ...string) (forget func()) {
	if r == nil {
		return func() {}
	}
	f := r.family(d, kindGauge)
	values = r.bounded(d, values)
	f.key(values) // judges their number
	w := &watched{values, read}
	f.mu.Lock()
	defer f.mu.Unlock()
	if !slices.Contains(values, other) { // where several count together, each stays
		f.watched = slices.DeleteFunc(f.watched, func(old *watched) bool { return slices.Equal(old.values, values) })
	}
	f.watched = append(f.watched, w)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.watched = slices.DeleteFunc(f.watched, func(old *watched) bool { return old == w })
	}
}

// Watches shows several gauges of the same labels until forget is called.
func (r *Registry) Watches(gauges map[*Definition]func() float64, values ...string) (forget func()) {
	var all []func()
	for d, read := range gauges { // any order: each has a name of its own
		all = append(all, r.Watch(*d, read, values...))
	}
	return func() {
		for _, forget := range all {
			forget()
		}
	}
}

// bounded puts "other" in the place of a community beyond the bound. Who was first stays, in all metrics alike.
func (r *Registry) bounded(d Definition, values []string) []string {
	at := slices.Index(d.Labels, LabelCommunity)
	values = slices.Clone(values)
	if at < 0 || at >= len(values) {
		return values
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch community := values[at]; {
	case r.communities[community]:
	case len(r.communities) >= communitiesMax:
		values[at] = other
	default:
		r.communities[community] = true
	}
	return values
}

// Describe implements prometheus.Collector for gauges.
func (f *family) Describe(out chan<- *prometheus.Desc) { out <- f.gauge }

// Collect implements prometheus.Collector for gauges. Of several with the same values, the greatest is shown.
func (f *family) Collect(out chan<- prometheus.Metric) {
	f.mu.RLock()
	all := slices.Clone(f.watched)
	f.mu.RUnlock()
	greatest := map[[labelsMax]string]float64{}
	for _, w := range all { // outside the lock: a look may take its time
		key, value := f.key(w.values), w.read()
		if was, ok := greatest[key]; !ok || value > was {
			greatest[key] = value
		}
	}
	for key, value := range greatest { // any order: the registry sorts
		out <- prometheus.MustNewConstMetric(f.gauge, prometheus.GaugeValue, value, key[:len(f.Labels)]...)
	}
}
