package metrics

import (
	"fmt"
	"math"
	"strconv"
)

// Sample is one value as Prometheus would store it: a histogram is one for each bucket, its sum and its count.
type Sample struct {
	Name   string            `json:"n"`
	Labels map[string]string `json:"l,omitempty"`
	Value  float64           `json:"v"`
}

// Samples looks at everything that is measured. What is no number is left out.
func (r *Registry) Samples() ([]Sample, error) {
	if r == nil {
		return nil, nil
	}
	families, err := r.prom.Gather()
	if err != nil {
		return nil, fmt.Errorf("collect: %w", err)
	}
	var out []Sample
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			add := func(suffix string, value float64, le string) {
				own := labels
				if le != "" {
					own = map[string]string{"le": le}
					for k, v := range labels { // any order: they are copied
						own[k] = v
					}
				}
				if !math.IsNaN(value) && !math.IsInf(value, 0) {
					out = append(out, Sample{f.GetName() + suffix, own, value})
				}
			}
			switch {
			case m.GetHistogram() != nil:
				h := m.GetHistogram()
				for _, b := range h.GetBucket() {
					add("_bucket", float64(b.GetCumulativeCount()), strconv.FormatFloat(b.GetUpperBound(), 'g', -1, 64))
				}
				add("_bucket", float64(h.GetSampleCount()), "+Inf")
				add("_sum", h.GetSampleSum(), "")
				add("_count", float64(h.GetSampleCount()), "")
			case m.GetCounter() != nil:
				add("", m.GetCounter().GetValue(), "")
			case m.GetGauge() != nil:
				add("", m.GetGauge().GetValue(), "")
			}
		}
	}
	return out, nil
}
