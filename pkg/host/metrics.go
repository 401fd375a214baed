package host

import "renlin.dev/pkg/telemetry/metrics"

// What a host measures of each community.
var (
	definitionPosition = metrics.Definition{
		Name: "renlin_fold_position_commits", Help: "Commits folded; behind renlin_sequencer_size_commits by the service's lag.",
		Labels: []string{"service", "community"},
	}
	definitionProjected = metrics.Definition{
		Name: "renlin_projection_position_commits", Help: "Commits in the projection that people's pages come from.",
		Labels: []string{"service", "community"},
	}
	definitionOwed = metrics.Definition{
		Name: "renlin_reactions_overdue", Help: "What the rules demand, is due, and is not on the record yet.",
		Labels: []string{"service", "community"},
	}
	definitionOldest = metrics.Definition{
		Name: "renlin_reactions_overdue_oldest_seconds", Help: "For how long the oldest of the overdue is due, by block time or clock.",
		Labels: []string{"service", "community"},
	}
	definitionWriting = metrics.Definition{
		Name: "renlin_projection_write_duration_seconds", Help: "Time to write one block's changes into the projection.",
		Labels: []string{"service"},
	}
)

// measure shows a community's gauges until forget is called.
func (t *tenant) measure(m *metrics.Registry) (forget func()) {
	t.writing = m.Histogram(definitionWriting).With(t.cfg.Model.Service)
	return m.Watches(map[*metrics.Definition]func() float64{
		&definitionPosition:  func() float64 { return float64(t.runner.Position()) },
		&definitionProjected: func() float64 { return float64(t.projected.Load()) },
		&definitionOwed:      func() float64 { return float64(t.runner.Owed().Count) },
		&definitionOldest:    func() float64 { return float64(t.runner.Owed().OldestMS) / 1000 },
	}, t.cfg.Model.Service, t.community)
}
