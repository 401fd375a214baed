package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/daemon"
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/pkg/telemetry/otlp"
	"renlin.dev/pkg/telemetry/teltest/otlptest"
	"renlin.dev/services/carrier"
	"renlin.dev/services/renlin/internal/neighbourhood"
	"renlin.dev/services/renlin/internal/process"
)

var updateMetrics = flag.Bool("update-metrics", false, "write docs/METRICS.md anew")

const metricsDoc = "../../docs/METRICS.md"

// measured is what a pilot says of itself after it has played the whole loop.
type measured struct {
	registry *metrics.Registry
	listed   []metrics.Listed
	text     []byte          // as Prometheus would collect it
	families map[string]bool // that have at least one series
}

// measure plays the whole loop in a pilot, has it refuse something too, and collects.
func measure(t *testing.T) *measured {
	t.Helper()
	cfg := testPilot(t)
	env := daemon.Env{Log: slog.New(slog.DiscardHandler), Metrics: cfg.metrics}
	ctx, stop, err := daemon.Traced(t.Context(), "pilot", otlp.Config{Endpoint: otlptest.New(t).URL}, 1, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	cfg.mqtt.Listen = "127.0.0.1:0"
	address, _ := watchPilot(t, ctx, cfg, io.Discard)
	ends := filepath.Join(cfg.data, "carrier") // a community that there is not shows as much as one that there is
	if err := carrier.Add(ends, carrier.End{URL: address, Community: client.NewID(), Member: client.NewID()}); err != nil {
		t.Fatal(err)
	}
	token := filepath.Join(cfg.data, "token")
	if code, _, stderr := renlin(t, "demo", "-http", address, "-token", token); code != exitDone {
		t.Fatalf("demo: exit %d, %s", code, stderr)
	}
	raw, err := os.ReadFile(token)
	if err != nil {
		t.Fatal(err)
	}
	caughtUp(t, cfg.metrics)
	m := &measured{registry: cfg.metrics, listed: cfg.metrics.List(), families: map[string]bool{}}
	m.text = scrape(t, address, strings.TrimSpace(string(raw)))
	families, err := cfg.metrics.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		m.families[f.GetName()] = true
	}
	return m
}

// caughtUp waits until every service shows that it has folded, and audit that it has archived, as many commits as the sequencer shows.
func caughtUp(t *testing.T, m *metrics.Registry) {
	t.Helper()
	behind := map[string]int{ // metric -> who shows it for each community
		"renlin_fold_position_commits": len(process.Models()), "renlin_projection_position_commits": len(process.Models()),
		"renlin_audit_archived_commits": 1,
		"renlin_audit_tiles_commits":    1, "renlin_checkpoint_size_commits": 1,
	}
	err := neighbourhood.Eventually(t.Context(), "every part", func() error {
		sizes, shown := map[string]float64{}, map[string]int{}
		families, err := m.Gatherer().Gather()
		if err != nil {
			return err
		}
		each := func(visit func(name, community string, value float64)) {
			for _, f := range families {
				for _, one := range f.GetMetric() {
					for _, l := range one.GetLabel() {
						if l.GetName() == metrics.LabelCommunity {
							visit(f.GetName(), l.GetValue(), one.GetGauge().GetValue())
						}
					}
				}
			}
		}
		each(func(name, community string, value float64) {
			if name == "renlin_sequencer_size_commits" {
				sizes[community] = value
			}
		})
		each(func(name, community string, value float64) {
			if sizes[community] == value {
				shown[name]++
			}
		})
		for name, each := range behind { // any order: all must be there
			if len(sizes) == 0 || shown[name] != each*len(sizes) {
				return fmt.Errorf("%s: %d of %d series are at the end of %d records", name, shown[name], each*len(sizes), len(sizes))
			}
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// scrape reads /metrics as Prometheus does.
func scrape(t *testing.T, address, token string) []byte {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || !strings.HasPrefix(response.Header.Get("Content-Type"), "text/plain") {
		t.Fatalf("collect: %d %s, %v", response.StatusCode, response.Header.Get("Content-Type"), err)
	}
	return text
}

// metricsIntro begins docs/METRICS.md.
const metricsIntro = `# What is measured

Every metric of Renlin's own, as a running pilot defines them; the test writes this page
(` + "`go test ./services/renlin -run TestMetrics -update-metrics`" + `) and fails when it is not as it says. Beside them stand Go's
and the process's own: ` + "`go_*`" + ` and ` + "`process_*`" + `.

They are read at ` + "`/metrics`" + ` in Prometheus' text format: on a daemon's health address by whoever reaches it, on the
gateway's or the pilot's HTTP address with the operator's token ([ACCESS.md](ACCESS.md)). Alerts and dashboards that use them are in
[deploy/alerts](../deploy/alerts) and [deploy/dashboards](../deploy/dashboards); [deploy/prometheus.yml](../deploy/prometheus.yml) is an
example of what collects them.

Traces go to any collector that takes OTLP over HTTP: ` + "`renlin pilot -otlp http://127.0.0.1:4318 -trace-ratio 0.1`" + `, and in a
daemon's configuration ` + "`\"otlp\": {\"endpoint\": \"http://127.0.0.1:4318\"}, \"trace_ratio\": 0.1`" + `,
with ` + "`headers_file`" + ` for a collector that wants a password. All daemons take the same ratio, or traces have holes.

A label's value comes from a closed set: operations, patterns of routes, codes and kinds of faults ("ok" when there was none), parts of
the process; communities stand on gauges only. Each metric has at most 1024 series (a histogram 256), each process gauges of at most 100
communities; what comes later counts together as "other". Nothing that anybody typed, and nobody's id, is in them.

| metric | kind | labels | meaning |
|---|---|---|---|
`

// page writes docs/METRICS.md.
func (m *measured) page() []byte {
	var out bytes.Buffer
	out.WriteString(metricsIntro)
	for _, l := range m.listed {
		fmt.Fprintf(&out, "| `%s` | %s | %s | %s |\n", l.Name, l.Kind, strings.Join(l.Labels, ", "), l.Help)
	}
	return out.Bytes()
}

// TestMetrics plays the whole loop in a pilot and collects what it measures: each metric is documented, has a value, is named as
// Prometheus asks, and stands on a dashboard; alerts and dashboards ask for nothing else.
func TestMetrics(t *testing.T) {
	m := measure(t)
	c := newCatalogue(t, m)
	t.Run("page", func(t *testing.T) { checkPage(t, m) })
	t.Run("alerts", func(t *testing.T) { checkAlerts(t, c) })
	t.Run("dashboards", func(t *testing.T) { checkDashboards(t, c, m) })
}

// checkPage: docs/METRICS.md is what the program says, and every metric has a value.
func checkPage(t *testing.T, m *measured) {
	page := m.page()
	if *updateMetrics {
		if err := os.WriteFile(metricsDoc, page, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := os.ReadFile(metricsDoc)
	if err != nil || !bytes.Equal(doc, page) {
		t.Errorf("docs/METRICS.md is not what the program says (-update-metrics writes it anew): %v", err)
	}
	for _, l := range m.listed {
		if !m.families[l.Name] {
			t.Errorf("%s has no value after the whole loop: nobody measures it", l.Name)
		}
	}
	for name := range m.families {
		if strings.HasPrefix(name, "renlin_") && !bytes.Contains(doc, []byte("`"+name+"`")) {
			t.Errorf("%s is shown and not documented", name)
		}
	}
	problems, err := promlint.New(bytes.NewReader(m.text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "renlin_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
	if len(m.text) > 1<<20 {
		t.Errorf("a pilot with two communities shows %d bytes", len(m.text))
	}
}
