package alerts

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"renlin.dev/pkg/telemetry/metrics"
)

const (
	// keptMax is longer than any rule looks back.
	keptMax = 21 * time.Minute
	// lookback is how old a value may be that stands for now, as in Prometheus.
	lookback = 5 * time.Minute
	// seriesMax bounds what is kept, some 80 points each.
	seriesMax = 20_000
)

// point is one measured value; NaN says that the series had ended.
type point struct {
	at    time.Time
	value float64
}

// series is what one metric with its labels came to.
type series struct {
	labels map[string]string
	points []point
	first  bool    // it was there at the first look
	value  float64 // which it had then
}

// store keeps what rules ask for.
type store struct {
	wanted map[string]bool
	by     map[string]map[string]*series // metric, labels
	count  int
	began  time.Time
	last   time.Time
}

func newStore(wanted map[string]bool) *store {
	return &store{wanted: wanted, by: map[string]map[string]*series{}}
}

// keyOf names a set of labels.
func keyOf(labels map[string]string) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		out.WriteString(name + "\x00" + labels[name] + "\x00")
	}
	return out.String()
}

func (s *store) take(at time.Time, samples []metrics.Sample) {
	if s.began.IsZero() {
		s.began = at
	}
	s.last = at
	for _, m := range samples {
		if !s.wanted[m.Name] {
			continue
		}
		all := s.by[m.Name]
		if all == nil {
			all = map[string]*series{}
			s.by[m.Name] = all
		}
		key := keyOf(m.Labels)
		one := all[key]
		if one == nil {
			if s.count >= seriesMax {
				continue
			}
			one = &series{labels: m.Labels, first: at.Equal(s.began), value: m.Value}
			all[key] = one
			s.count++
		}
		if n := len(one.points); n == 0 || one.points[n-1].at.Before(at) {
			one.points = append(one.points, point{at, m.Value})
		}
	}
	s.settle(at)
}

// settle marks what was not measured this time as ended, and forgets what is too old.
func (s *store) settle(at time.Time) {
	for _, all := range s.by { // any order: they do not depend on each other
		for key, one := range all { // any order: they do not depend on each other
			if n := len(one.points); one.points[n-1].at.Before(at) && !math.IsNaN(one.points[n-1].value) {
				one.points = append(one.points, point{at, math.NaN()})
			}
			from, _ := slices.BinarySearchFunc(one.points, at.Add(-keptMax), func(p point, t time.Time) int { return p.at.Compare(t) })
			if from > 16 || from == len(one.points) {
				one.points = slices.Clone(one.points[from:])
			}
			if len(one.points) == 0 {
				delete(all, key)
				s.count--
			}
		}
	}
}

// has tells whether anything of a metric is measured.
func (s *store) has(name string, at time.Time) bool {
	for _, one := range s.by[name] { // any order: one is enough
		if _, ok := one.now(at); ok {
			return true
		}
	}
	return false
}

// now gives the value at a moment; none if the series had ended.
func (s *series) now(at time.Time) (float64, bool) {
	n := s.upTo(at)
	if n == 0 || !s.points[n-1].at.After(at.Add(-lookback)) || math.IsNaN(s.points[n-1].value) {
		return 0, false
	}
	return s.points[n-1].value, true
}

// upTo counts the points that are not after a moment.
func (s *series) upTo(at time.Time) int {
	n, found := slices.BinarySearchFunc(s.points, at, func(p point, t time.Time) int { return p.at.Compare(t) })
	if found {
		n++
	}
	return n
}

// window gives the points after one moment up to another, without marks of an end.
func (s *series) window(from, to time.Time) []point {
	var out []point
	for _, p := range s.points[s.upTo(from):s.upTo(to)] {
		if !math.IsNaN(p.value) {
			out = append(out, p)
		}
	}
	return out
}
