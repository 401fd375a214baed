package alerts

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/VictoriaMetrics/metricsql"
)

// element is one value with its labels. The metric's name is no label here: no rule keeps it.
type element struct {
	labels map[string]string
	value  float64
}

// errBeyond says that a query uses what is not understood here.
var errBeyond = errors.New("the query uses what is not understood here")

// understand walks a rule's query, refuses what evaluate would not know, and notes what it asks for.
func (r *rule) understand() (err error) {
	metricsql.VisitAll(r.expr, func(e metricsql.Expr) {
		known := true
		switch e := e.(type) {
		case *metricsql.MetricExpr:
			known = len(e.LabelFilterss) == 1 && e.LabelFilterss[0][0].Label == "__name__" && !e.LabelFilterss[0][0].IsRegexp
			if known {
				r.metrics = append(r.metrics, e.LabelFilterss[0][0].Value)
			}
		case *metricsql.RollupExpr:
			known = e.Step == nil && e.At == nil
		case *metricsql.FuncExpr:
			known = slices.Contains([]string{"rate", "increase", "changes", "histogram_quantile", "time"}, e.Name)
		case *metricsql.AggrFuncExpr:
			known = aggregates[e.Name] != nil && (e.Modifier.Op == "by" || e.Modifier.Op == "") && len(e.Args) == 1
		case *metricsql.BinaryOpExpr:
			_, set := sets[e.Op]
			known = (set || operators[e.Op] != nil) && e.GroupModifier.Op != "ignoring" && e.JoinModifier.Op != "group_left" && !e.Bool &&
				len(e.JoinModifier.Args) == 0
		case *metricsql.NumberExpr, *metricsql.ModifierExpr, *metricsql.DurationExpr:
		default:
			known = false
		}
		if !known {
			err = fmt.Errorf("%w: %s", errBeyond, e.AppendString(nil))
		}
	})
	return err
}

// evaluation is a question at a moment.
type evaluation struct {
	store *store
	at    time.Time
}

// vector evaluates what gives values with labels.
func (e *evaluation) vector(expr metricsql.Expr) []element {
	switch x := expr.(type) {
	case *metricsql.MetricExpr:
		return e.instant(x, e.at)
	case *metricsql.RollupExpr:
		if m, ok := x.Expr.(*metricsql.MetricExpr); ok && x.Window == nil {
			return e.instant(m, e.at.Add(-time.Duration(x.Offset.Duration(1))*time.Millisecond))
		}
	case *metricsql.FuncExpr:
		return e.function(x)
	case *metricsql.AggrFuncExpr:
		return e.aggregate(x)
	case *metricsql.BinaryOpExpr:
		return e.binary(x)
	}
	return nil
}

// selected finds the series of a metric that pass its filters.
func (e *evaluation) selected(m *metricsql.MetricExpr) (out []*series) {
	filters := m.LabelFilterss[0]
	all := e.store.by[filters[0].Value]
	for _, key := range slices.Sorted(maps.Keys(all)) {
		one := all[key]
		if !slices.ContainsFunc(filters[1:], func(f metricsql.LabelFilter) bool { return !passes(f, one.labels[f.Label]) }) {
			out = append(out, one)
		}
	}
	return out
}

func passes(f metricsql.LabelFilter, value string) bool {
	same := value == f.Value
	if f.IsRegexp {
		same = regexp.MustCompile("^(?:" + f.Value + ")$").MatchString(value) // it was parsed at the start
	}
	return same != f.IsNegative
}

func (e *evaluation) instant(m *metricsql.MetricExpr, at time.Time) (out []element) {
	for _, one := range e.selected(m) {
		v, ok := one.now(at)
		if at.Before(e.store.began) && one.first { // what was there when we began to look was there before
			v, ok = one.value, true
		}
		if ok {
			out = append(out, element{one.labels, v})
		}
	}
	return out
}

func (e *evaluation) function(f *metricsql.FuncExpr) (out []element) {
	if f.Name == "histogram_quantile" {
		q, _ := e.scalar(f.Args[0])
		return quantiles(q, e.vector(f.Args[1]))
	}
	r, ok := f.Args[0].(*metricsql.RollupExpr)
	if !ok {
		return nil
	}
	m, ok := r.Expr.(*metricsql.MetricExpr)
	if !ok || r.Window == nil {
		return nil
	}
	window := time.Duration(r.Window.Duration(1)) * time.Millisecond
	to := e.at.Add(-time.Duration(r.Offset.Duration(1)) * time.Millisecond)
	for _, one := range e.selected(m) {
		points := one.window(to.Add(-window), to)
		if f.Name == "changes" {
			if len(points) > 0 {
				out = append(out, element{one.labels, changes(points)})
			}
			continue
		}
		if grown, ok := increase(points, to.Add(-window), to); ok {
			if f.Name == "rate" {
				grown /= window.Seconds()
			}
			out = append(out, element{one.labels, grown})
		}
	}
	return out
}

func changes(points []point) (n float64) {
	for i := 1; i < len(points); i++ {
		if points[i].value != points[i-1].value {
			n++
		}
	}
	return n
}

// increase is Prometheus' own: what a counter has grown by, resets made good, carried on to the window's ends as far as the points lie
// near them.
func increase(points []point, from, to time.Time) (float64, bool) {
	if len(points) < 2 {
		return 0, false
	}
	first, last := points[0], points[len(points)-1]
	grown := last.value - first.value
	for i := 1; i < len(points); i++ {
		if points[i].value < points[i-1].value {
			grown += points[i-1].value
		}
	}
	sampled := last.at.Sub(first.at).Seconds()
	average := sampled / float64(len(points)-1)
	start, end := first.at.Sub(from).Seconds(), to.Sub(last.at).Seconds()
	if start >= average*1.1 {
		start = average / 2
	}
	if grown > 0 && first.value >= 0 {
		start = min(start, sampled*(first.value/grown)) // it was not below 0 before
	}
	if end >= average*1.1 {
		end = average / 2
	}
	return grown * (sampled + start + end) / sampled, true
}

// quantiles reads a quantile out of the buckets of each histogram.
func quantiles(q float64, buckets []element) (out []element) {
	type histogram struct {
		labels map[string]string
		le     []float64
		n      map[float64]float64
	}
	all := map[string]*histogram{}
	for _, b := range buckets {
		le, err := strconv.ParseFloat(b.labels["le"], 64)
		if err != nil {
			continue
		}
		labels := maps.Clone(b.labels)
		delete(labels, "le")
		key := keyOf(labels)
		if all[key] == nil {
			all[key] = &histogram{labels: labels, n: map[float64]float64{}}
		}
		all[key].le, all[key].n[le] = append(all[key].le, le), b.value
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		h := all[key]
		slices.Sort(h.le)
		top := h.le[len(h.le)-1]
		if len(h.le) < 2 || !math.IsInf(top, 1) || h.n[top] == 0 {
			continue // nothing was measured
		}
		out = append(out, element{h.labels, within(q*h.n[top], h.le, h.n)})
	}
	return out
}

// within finds where in the buckets a rank lies, evenly spread inside each.
func within(rank float64, le []float64, n map[float64]float64) float64 {
	i := slices.IndexFunc(le, func(bound float64) bool { return n[bound] >= rank })
	if i < 0 || i == len(le)-1 {
		return le[len(le)-2]
	}
	low, before := 0.0, 0.0
	if i > 0 {
		low, before = le[i-1], n[le[i-1]]
	}
	if n[le[i]] == before {
		return le[i]
	}
	return low + (le[i]-low)*(rank-before)/(n[le[i]]-before)
}

var aggregates = map[string]func(a, b float64) float64{
	"sum": func(a, b float64) float64 { return a + b }, "max": math.Max, "min": math.Min,
}

func (e *evaluation) aggregate(a *metricsql.AggrFuncExpr) (out []element) {
	at := map[string]int{}
	for _, el := range e.vector(a.Args[0]) {
		labels := only(el.labels, a.Modifier.Args)
		key := keyOf(labels)
		if i, ok := at[key]; ok {
			out[i].value = aggregates[a.Name](out[i].value, el.value)
			continue
		}
		at[key] = len(out)
		out = append(out, element{labels, el.value})
	}
	return out
}

// only keeps the labels that are named.
func only(labels map[string]string, names []string) map[string]string {
	out := map[string]string{}
	for _, name := range names {
		if v, ok := labels[name]; ok {
			out[name] = v
		}
	}
	return out
}
