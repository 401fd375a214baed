package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/VictoriaMetrics/metricsql"
	"go.yaml.in/yaml/v3"

	"renlin.dev/pkg/fault"
)

const (
	alertsFile    = "../../deploy/alerts/renlin.yml"
	alertsPlayed  = "../../deploy/alerts/renlin_test.yml"
	dashboardsDir = "../../deploy/dashboards"
)

// rule is one alert as Prometheus reads it.
type rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// rulesFile is a file of them.
type rulesFile struct {
	Groups []struct {
		Name  string `yaml:"name"`
		Rules []rule `yaml:"rules"`
	} `yaml:"groups"`
}

// readYAML reads a file of which every key must be known.
func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", filepath.Base(file), err)
	}
	if err := d.Decode(new(any)); !errors.Is(err, io.EOF) {
		t.Fatalf("%s: more than one document", filepath.Base(file))
	}
}

// panel is what a dashboard shows in one place; rows hold more of them.
type panel struct {
	Title   string `json:"title"`
	Type    string `json:"type"`
	Targets []struct {
		Expr   string `json:"expr"`
		Legend string `json:"legendFormat"`
	} `json:"targets"`
	Panels []panel `json:"panels"`
}

// fromPrometheus are the metrics and labels that nobody here defines: Prometheus adds them to whatever it collects.
var (
	fromPrometheus = []string{"up"}
	addedLabels    = []string{"job", "instance"}
)

// catalogue is what queries may ask for.
type catalogue struct {
	labels map[string][]string        // metric, as it is collected -> its labels
	values map[string]map[string]bool // label -> the values that are shown
}

// newCatalogue reads what a pilot shows, and adds the kinds of faults that the loop did not meet.
func newCatalogue(t *testing.T, m *measured) *catalogue {
	t.Helper()
	c := &catalogue{labels: map[string][]string{}, values: map[string]map[string]bool{"kind": {}, "job": {"renlin": true}}}
	for _, name := range fromPrometheus {
		c.labels[name] = nil
	}
	for kind := fault.Internal; kind <= fault.Timeout; kind++ {
		c.values["kind"][kind.String()] = true
	}
	for _, l := range m.listed {
		suffixes := []string{""}
		if l.Kind == "histogram" {
			suffixes = []string{"_bucket", "_sum", "_count"}
		}
		for _, suffix := range suffixes {
			c.labels[l.Name+suffix] = append([]string{"le"}, l.Labels...)
		}
	}
	families, err := m.registry.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "renlin_") {
			c.labels[f.GetName()] = nil
		}
		for _, one := range f.GetMetric() {
			for _, l := range one.GetLabel() {
				if c.values[l.GetName()] == nil {
					c.values[l.GetName()] = map[string]bool{}
				}
				c.values[l.GetName()][l.GetValue()] = true
			}
		}
	}
	return c
}

// placeholders are what Grafana puts durations in the place of.
var placeholders = strings.NewReplacer("$__rate_interval", "5m", "$__range", "1h")

// check parses a query and holds its metrics, labels and their values against the catalogue. It answers the labels that its result may
// have.
func (c *catalogue) check(t *testing.T, where, query string) (labels []string) {
	t.Helper()
	expr, err := metricsql.Parse(placeholders.Replace(query))
	if err != nil {
		t.Errorf("%s: %v", where, err)
		return nil
	}
	var grouped []string
	metricsql.VisitAll(expr, func(e metricsql.Expr) {
		switch e := e.(type) {
		case *metricsql.MetricExpr:
			for _, filters := range e.LabelFilterss {
				labels = append(labels, c.selector(t, where, filters)...)
			}
		case *metricsql.AggrFuncExpr:
			grouped = append(grouped, e.Modifier.Args...)
		case *metricsql.BinaryOpExpr:
			grouped = append(append(grouped, e.GroupModifier.Args...), e.JoinModifier.Args...)
		}
	})
	for _, label := range grouped {
		if !slices.Contains(labels, label) && !slices.Contains(addedLabels, label) {
			t.Errorf("%s: groups by %s, which none of its metrics has", where, label)
		}
	}
	return labels
}

func (c *catalogue) selector(t *testing.T, where string, filters []metricsql.LabelFilter) []string {
	t.Helper()
	if len(filters) == 0 || filters[0].Label != "__name__" || filters[0].IsRegexp || filters[0].IsNegative {
		t.Errorf("%s: selects without a metric's name", where)
		return nil
	}
	labels, known := c.labels[filters[0].Value]
	if !known {
		t.Errorf("%s: there is no metric %s", where, filters[0].Value)
	}
	for _, f := range filters[1:] {
		if !slices.Contains(labels, f.Label) && !slices.Contains(addedLabels, f.Label) {
			t.Errorf("%s: %s has no label %s", where, filters[0].Value, f.Label)
		}
		for value := range strings.SplitSeq(f.Value, "|") {
			if !c.values[f.Label][value] && value != "other" {
				t.Errorf("%s: %s is never %q", where, f.Label, value)
			}
		}
	}
	return labels
}

// named finds the labels that a text of an alert or a dashboard shows.
var named = regexp.MustCompile(`\{\{\s*(?:\$labels\.)?([a-z_]+)\s*\}\}`)

// texts holds the labels that a text names against those of its query.
func texts(t *testing.T, where, text string, labels []string) {
	t.Helper()
	for _, m := range named.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(labels, m[1]) && !slices.Contains(addedLabels, m[1]) {
			t.Errorf("%s: its text shows the label %s, which its query has not", where, m[1])
		}
	}
}

// checkAlerts: every rule asks for what a pilot shows, tells a person what to do, and is played once with trouble.
func checkAlerts(t *testing.T, c *catalogue) {
	var file rulesFile
	readYAML(t, alertsFile, &file)
	played, err := os.ReadFile(alertsPlayed)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			labels := c.check(t, r.Alert, r.Expr)
			if names[r.Alert] || !strings.HasPrefix(r.Alert, "Renlin") {
				t.Errorf("%s: not a name of its own", r.Alert)
			}
			names[r.Alert] = true
			for _, part := range []string{"summary", "runbook"} {
				texts(t, r.Alert, r.Annotations[part], labels)
				if !strings.HasSuffix(strings.TrimSpace(r.Annotations[part]), ".") {
					t.Errorf("%s: its %s is no sentence", r.Alert, part)
				}
			}
			if severity := r.Labels["severity"]; severity != "page" && severity != "ticket" {
				t.Errorf("%s: severity %q", r.Alert, severity)
			}
			if !bytes.Contains(played, []byte(`{labels: 'ALERTS{alertname="`+r.Alert+`"`)) {
				t.Errorf("%s: is not played in %s", r.Alert, filepath.Base(alertsPlayed))
			}
		}
	}
	if len(names) == 0 {
		t.Error("no alerts")
	}
}

// checkDashboards: every panel asks for what a pilot shows, and every metric of ours is on one.
func checkDashboards(t *testing.T, c *catalogue, m *measured) {
	files, err := filepath.Glob(filepath.Join(dashboardsDir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	var all strings.Builder
	var show func(where string, panels []panel)
	show = func(where string, panels []panel) {
		for _, p := range panels {
			if p.Type != "row" && len(p.Targets) == 0 {
				t.Errorf("%s: %q shows nothing", where, p.Title)
			}
			for _, target := range p.Targets {
				labels := c.check(t, where+", "+p.Title, target.Expr)
				texts(t, where+", "+p.Title, target.Legend, labels)
				all.WriteString(target.Expr + "\n")
			}
			show(where, p.Panels)
		}
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var board struct {
			Panels []panel `json:"panels"`
		}
		if err := json.Unmarshal(raw, &board); err != nil {
			t.Fatalf("%s: %v", filepath.Base(file), err)
		}
		show(filepath.Base(file), board.Panels)
	}
	for _, l := range m.listed {
		if !strings.Contains(all.String(), l.Name) {
			t.Errorf("%s is on no dashboard", l.Name)
		}
	}
}

// TestAlertsPlayed has Prometheus' own tool read the rules and play them.
func TestAlertsPlayed(t *testing.T) {
	t.Parallel()
	tool, err := exec.LookPath("promtool")
	if err != nil {
		if os.Getenv("RENLIN_CI") != "" {
			t.Fatal("no promtool (Debian's prometheus), and this is where the alerts are played")
		}
		t.Skip("no promtool (Debian's prometheus): the alerts are not played")
	}
	for _, args := range [][]string{
		{"check", "config", "../../deploy/prometheus.yml"}, {"check", "rules", alertsFile}, {"test", "rules", alertsPlayed},
	} {
		if out, err := exec.CommandContext(t.Context(), tool, args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args[:2], " "), err, out)
		}
	}
}
