// Package alerts evaluates the alert rules of deploy/alerts over what the parts measure, for an operator who has no Prometheus.
//
// The rules, in plain words:
//
//   - There is one file of rules: the one that Prometheus reads. What it says is said here too, in Chinese beside (chinese.json).
//   - Queries mean here what they mean there: the file that Prometheus' own tool plays (renlin_test.yml) is played here as well, and must
//     come to the same. A query that uses more than is understood here is an error at every start, not one that never fires.
//   - What was measured is kept for as long as a rule looks back, and bounded; it is lost with the process. So this watches everybody but
//     itself: that the gateway answers, somebody else must look at.
package alerts

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/VictoriaMetrics/metricsql"
	"go.yaml.in/yaml/v3"

	"renlin.dev/pkg/telemetry/metrics"
)

// rulesFile is deploy/alerts/renlin.yml; a test compares.
//
//go:embed rules.yml
var rulesFile []byte

//go:embed chinese.json
var chineseFile []byte

// State says how a rule stands.
type State string

// The states of a rule.
const (
	Well    State = "well"
	Pending State = "pending" // its condition holds, not yet for long enough
	Firing  State = "firing"
	Unknown State = "unknown" // nothing of what it asks for is measured
)

// Text is a sentence in both languages.
type Text struct{ Chinese, English string }

// Instance is one thing that a rule fires for.
type Instance struct {
	Summary Text
	Since   time.Time
	State   State
}

// Alert is a rule and how it stands.
type Alert struct {
	Name      string
	Severity  string // page or ticket
	State     State
	Runbook   Text
	About     Text // what it looks for, where it does not fire
	Instances []Instance
}

// rule is one of the file's.
type rule struct {
	name, severity   string
	expr             metricsql.Expr
	metrics          []string
	wait             time.Duration // how long the condition must hold
	summary, runbook Text

	active map[string]*active
	state  State
}

// active is a condition that holds.
type active struct {
	labels map[string]string
	value  float64
	since  time.Time
}

// Board holds rules and what was measured. It is safe for concurrent use.
type Board struct {
	mu    sync.Mutex // guards what follows
	rules []*rule
	store *store
}

// Open reads the rules, which are part of the program.
func Open() (*Board, error) { return open(rulesFile) }

func open(raw []byte) (*Board, error) {
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr         string
				For                 string
				Labels, Annotations map[string]string
			}
		}
	}
	d := yaml.NewDecoder(bytes.NewReader(raw))
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		return nil, fmt.Errorf("read alert rules: %w", err)
	}
	var chinese map[string]struct{ Summary, Runbook string }
	if err := json.Unmarshal(chineseFile, &chinese); err != nil {
		return nil, fmt.Errorf("read alerts in Chinese: %w", err)
	}
	b := &Board{}
	wanted := map[string]bool{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			out := &rule{
				name: r.Alert, severity: r.Labels["severity"], active: map[string]*active{}, state: Unknown,
				summary: Text{chinese[r.Alert].Summary, r.Annotations["summary"]},
				runbook: Text{chinese[r.Alert].Runbook, strings.TrimSpace(r.Annotations["runbook"])},
			}
			var err error
			if out.expr, err = metricsql.Parse(r.Expr); err != nil {
				return nil, fmt.Errorf("read rule %s: %w", r.Alert, err)
			}
			if r.For != "" {
				if out.wait, err = time.ParseDuration(r.For); err != nil {
					return nil, fmt.Errorf("read rule %s: %w", r.Alert, err)
				}
			}
			if err := out.understand(); err != nil {
				return nil, fmt.Errorf("read rule %s: %w", r.Alert, err)
			}
			for _, m := range out.metrics {
				wanted[m] = true
			}
			b.rules = append(b.rules, out)
		}
	}
	b.store = newStore(wanted)
	return b, nil
}

// Take takes everything that was measured at a moment, and judges every rule. Moments come in order.
func (b *Board) Take(at time.Time, samples []metrics.Sample) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.store.take(at, samples)
	for _, r := range b.rules {
		r.judge(&evaluation{store: b.store, at: at}, at)
	}
}

// judge evaluates a rule, and notes since when its condition holds.
func (r *rule) judge(e *evaluation, at time.Time) {
	known := slices.ContainsFunc(r.metrics, func(name string) bool { return e.store.has(name, at) })
	if !known {
		r.state, r.active = Unknown, map[string]*active{}
		return
	}
	now := map[string]*active{}
	for _, el := range e.vector(r.expr) {
		key := keyOf(el.labels)
		a := r.active[key]
		if a == nil {
			a = &active{labels: el.labels, since: at}
		}
		a.value = el.value
		now[key] = a
	}
	r.active, r.state = now, Well
	for _, a := range now { // any order: the worst is found
		switch {
		case at.Sub(a.since) >= r.wait:
			r.state = Firing
		case r.state == Well:
			r.state = Pending
		}
	}
}

// Now tells how every rule stands, those that fire first.
func (b *Board) Now() []Alert {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Alert
	for _, r := range b.rules {
		a := Alert{Name: r.name, Severity: r.severity, State: r.state, Runbook: r.runbook, About: r.summary.plain()}
		for _, i := range r.active { // any order: sorted below
			state := Pending
			if b.store.last.Sub(i.since) >= r.wait {
				state = Firing
			}
			a.Instances = append(a.Instances, Instance{r.summary.filled(i), i.since, state})
		}
		slices.SortFunc(a.Instances, func(x, y Instance) int { return strings.Compare(x.Summary.English, y.Summary.English) })
		out = append(out, a)
	}
	rank := map[State]int{Firing: 0, Pending: 1, Unknown: 2, Well: 3}
	slices.SortStableFunc(out, func(x, y Alert) int { return rank[x.State] - rank[y.State] })
	return out
}

// Last tells when something was measured last; zero if never.
func (b *Board) Last() time.Time {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.store.last
}
