package audit

import "renlin.dev/pkg/telemetry/metrics"

// What an audit measures.
var (
	definitionArchived = metrics.Definition{
		Name: "renlin_audit_archived_commits", Help: "Commits in the archive.", Labels: []string{"community"},
	}
	definitionTiles = metrics.Definition{
		Name: "renlin_audit_tiles_commits", Help: "Commits in the Merkle tiles, which checkpoints are made of.", Labels: []string{"community"},
	}
	definitionAuthors = metrics.Definition{
		Name: "renlin_audit_authors_checked_blocks", Help: "Blocks whose authors' signatures were checked.", Labels: []string{"community"},
	}
	definitionPlans = metrics.Definition{
		Name: "renlin_audit_checked_plans", Labels: []string{"community"},
		Help: "Plans on the record that call themselves optimal, and were held against all that waited and was free.",
	}
	definitionWrongPlans = metrics.Definition{
		Name: "renlin_audit_wrong_plans", Help: "Plans among them that are not what they say; the record page and the log name them.",
		Labels: []string{"community"},
	}
	definitionWrongPlan = metrics.Definition{
		Name: "renlin_audit_wrong_plan_timestamp_seconds", Help: "When the newest of those was adopted, since the Unix epoch; 0 for none.",
		Labels: []string{"community"},
	}
	definitionStopped = metrics.Definition{
		Name: "renlin_audit_stopped", Help: "1 when the audit has found that something is not what it was; the log says what.",
		Labels: []string{"community"},
	}
	definitionTrouble = metrics.Definition{
		Name: "renlin_audit_troubles", Help: "Works of the audit that do not get on just now, such as for a full disk.",
		Labels: []string{"community"},
	}
	definitionFindings = metrics.Definition{
		Name: "renlin_audit_findings_total", Help: "Times that something was not what it was, by the work that met it.",
		Labels: []string{"work"},
	}
	definitionPasses = metrics.Definition{
		Name: "renlin_audit_reread_passes_total", Help: "Complete readings of a whole record from its beginning, all well.",
	}
	definitionReread = metrics.Definition{
		Name: "renlin_audit_reread_timestamp_seconds", Help: "When the last complete reading ended, since the Unix epoch; 0 before.",
		Labels: []string{"community"},
	}
)

// meter is where an audit counts. Its zero value counts nothing.
type meter struct {
	findings metrics.Counter
	passes   metrics.Count
}

// forgetting is what stands for the gauges among an audit's closers.
type forgetting func()

// Close implements io.Closer.
func (f forgetting) Close() error {
	f()
	return nil
}

// measure shows the community's gauges until the audit is closed.
func (a *Audit) measure() {
	m := a.cfg.Metrics
	a.meter = meter{findings: m.Counter(definitionFindings), passes: m.Counter(definitionPasses).With()}
	for _, work := range []string{"follow", "build", "authors", "reread", "plans"} {
		a.meter.findings.With(work)
	}
	guarded := func(read func() float64) func() float64 {
		return func() float64 {
			a.mu.Lock()
			defer a.mu.Unlock()
			return read()
		}
	}
	a.closers = append(a.closers, forgetting(m.Watches(map[*metrics.Definition]func() float64{
		&definitionArchived:   func() float64 { return float64(a.archive.Commits()) },
		&definitionTiles:      func() float64 { return float64(a.tiles.Size()) },
		&definitionAuthors:    guarded(func() float64 { return float64(a.authors) }),
		&definitionTrouble:    guarded(func() float64 { return float64(len(a.trouble)) }),
		&definitionPlans:      guarded(func() float64 { return float64(a.plans.Checked) }),
		&definitionWrongPlans: guarded(func() float64 { return float64(a.plans.Wrong) }),
		&definitionWrongPlan:  guarded(func() float64 { return float64(a.plans.wrongAt) / 1000 }),
		&definitionStopped: guarded(func() float64 {
			if a.stopped != nil {
				return 1
			}
			return 0
		}),
		&definitionReread: guarded(func() float64 {
			if a.reread.Ended.IsZero() {
				return 0
			}
			return float64(a.reread.Ended.UnixMilli()) / 1000
		}),
	}, a.cfg.Community)))
}
