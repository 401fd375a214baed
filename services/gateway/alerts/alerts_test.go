package alerts

import (
	"bytes"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/VictoriaMetrics/metricsql"
	"go.yaml.in/yaml/v3"

	"renlin.dev/pkg/telemetry/metrics"
)

// Given the rules that Prometheus reads, when they are compared with those of the program, then they are the same, and each has its two
// sentences in Chinese with the same values in them.
func TestRulesAreThoseOfPrometheus(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../deploy/alerts/renlin.yml")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, rulesFile) {
		t.Error("rules.yml is not deploy/alerts/renlin.yml: copy it")
	}
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	values := func(text string) []string {
		all := placeholders.FindAllString(text, -1)
		slices.Sort(all)
		return all
	}
	for _, r := range b.rules {
		for _, x := range []Text{r.summary, r.runbook} {
			if !strings.HasSuffix(x.Chinese, "。") || !slices.Equal(values(x.Chinese), values(x.English)) || strings.Contains(x.plain().English, "{{") {
				t.Errorf("%s: %q and %q", r.name, x.Chinese, x.English)
			}
		}
	}
}

// played is the file that promtool plays.
type played struct {
	Files []string      `yaml:"rule_files"`
	Every time.Duration `yaml:"evaluation_interval"`
	Tests []struct {
		Name   string
		Every  time.Duration                     `yaml:"interval"`
		Series []struct{ Series, Values string } `yaml:"input_series"`
		Asks   []struct {
			Expr     string
			Eval     string `yaml:"eval_time"`
			Expected []struct {
				Labels string
				Value  float64
			} `yaml:"exp_samples"`
		} `yaml:"promql_expr_test"`
	}
}

// sequence reads promtool's way to write what a series comes to; NaN is for what is not there.
func sequence(t *testing.T, text string) (out []float64) {
	t.Helper()
	number := func(s string) float64 {
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			t.Fatalf("values %q: %v", text, err)
		}
		return v
	}
	for part := range strings.FieldsSeq(text) {
		if part == "_" {
			out = append(out, math.NaN())
			continue
		}
		first, times, repeated := strings.Cut(part, "x")
		from, step, grows := strings.Cut(first, "+")
		v, by := number(from), 0.0
		if grows {
			by = number(step)
		}
		n := 0.0
		if repeated {
			n = number(times)
		}
		for i := 0.0; i <= n; i++ {
			out = append(out, v+by*i)
		}
	}
	return out
}

// selector reads a series' name and labels.
func selector(t *testing.T, text string) metrics.Sample {
	t.Helper()
	expr, err := metricsql.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	s := metrics.Sample{Labels: map[string]string{}}
	for _, f := range expr.(*metricsql.MetricExpr).LabelFilterss[0] {
		if f.Label == "__name__" {
			s.Name = f.Value
		} else {
			s.Labels[f.Label] = f.Value
		}
	}
	return s
}

// firing lists what fires, as ALERTS would be labelled.
func (b *Board) firing() (out []string) {
	for _, r := range b.rules {
		for _, a := range r.active { // any order: sorted by who compares
			if b.store.last.Sub(a.since) >= r.wait {
				labels := map[string]string{"alertname": r.name, "severity": r.severity, "alertstate": "firing"}
				for k, v := range a.labels {
					labels[k] = v
				}
				out = append(out, keyOf(labels))
			}
		}
	}
	slices.Sort(out)
	return out
}

// Given the series with which Prometheus' own tool plays every rule, when they are played here, then the same fires.
func TestPlayedAsPrometheusPlaysThem(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../../deploy/alerts/renlin_test.yml")
	if err != nil {
		t.Fatal(err)
	}
	var file played
	if err := yaml.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, test := range file.Tests {
		t.Run(test.Name, func(t *testing.T) {
			b, err := Open()
			if err != nil {
				t.Fatal(err)
			}
			var all [][]float64
			var of []metrics.Sample
			for _, s := range test.Series {
				all, of = append(all, sequence(t, s.Values)), append(of, selector(t, s.Series))
			}
			at := 0
			for _, ask := range test.Asks {
				until, err := time.ParseDuration(ask.Eval)
				if err != nil || test.Every != file.Every {
					t.Fatal(err, test.Every)
				}
				for ; time.Duration(at)*test.Every <= until; at++ {
					var now []metrics.Sample
					for i, values := range all {
						if at < len(values) && !math.IsNaN(values[at]) {
							s := of[i]
							s.Value = values[at]
							now = append(now, s)
						}
					}
					b.Take(time.Unix(0, 0).Add(time.Duration(at)*test.Every), now)
				}
				want := selector(t, ask.Expr).Labels["alertname"]
				var expected, got []string
				for _, e := range ask.Expected {
					expected = append(expected, keyOf(selector(t, e.Labels).Labels))
				}
				for _, key := range b.firing() {
					if want == "" || strings.Contains(key, "alertname\x00"+want+"\x00") {
						got = append(got, key)
					}
				}
				if !slices.Equal(got, expected) {
					t.Errorf("at %s fires %q, want %q", ask.Eval, got, expected)
				}
				asked++
			}
		})
	}
	if asked < 30 {
		t.Errorf("%d were played", asked)
	}
}

// Given a query with something that is not understood here, when the rules are read, then that is an error.
func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	t.Parallel()
	for _, expr := range []string{
		"predict_linear(renlin_x[5m], 60) > 1", "avg(renlin_x) > 1", "renlin_x > bool 1", "a + ignoring (b) c", `{job="x"}`, "x[5m:1m] > 1",
		"sum without (a) (x) > 1", "x @ 5 > 1", "topk(3, x) > 1",
	} {
		raw := "groups:\n- name: g\n  rules:\n  - alert: A\n    expr: '" + expr + "'\n"
		if _, err := open([]byte(raw)); err == nil {
			t.Errorf("%s is taken", expr)
		}
	}
}

// Given nothing measured, when the rules are asked, then none says that all is well; given too many series, then no more are kept.
func TestUnknownAndBounded(t *testing.T) {
	t.Parallel()
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	b.Take(time.Unix(0, 0), nil)
	for _, a := range b.Now() {
		if a.State != Unknown {
			t.Errorf("%s is %s", a.Name, a.State)
		}
	}
	for at := range 3 {
		var many []metrics.Sample
		for i := range seriesMax {
			many = append(many, metrics.Sample{Name: "renlin_audit_stopped", Labels: map[string]string{"community": strconv.Itoa(at*seriesMax + i)}})
		}
		b.Take(time.Unix(int64(at+1)*15, 0), many)
	}
	if b.store.count > seriesMax {
		t.Errorf("%d series", b.store.count)
	}
	b.Take(time.Unix(0, 0).Add(2*keptMax), nil)
	if b.store.count != 0 {
		t.Errorf("%d series are kept for ever", b.store.count)
	}
}
