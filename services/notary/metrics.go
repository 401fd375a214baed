package notary

import (
	"renlin.dev/pkg/merkle"
	"renlin.dev/pkg/telemetry/metrics"
)

// What a notary measures.
var (
	definitionSteps = metrics.Definition{
		Name: "renlin_notary_steps_total", Help: "Steps of the notary, one an interval, by what went wrong: nothing is ok.",
		Labels: []string{"outcome"},
	}
	definitionSize = metrics.Definition{
		Name: "renlin_checkpoint_size_commits", Help: "Commits that the newest published checkpoint covers.", Labels: []string{"community"},
	}
	definitionAge = metrics.Definition{
		Name:   "renlin_checkpoint_age_seconds",
		Help:   "Time since a published checkpoint was last seen to cover the whole log; up to the interval while all is well.",
		Labels: []string{"community"},
	}
	definitionInterval = metrics.Definition{
		Name: "renlin_checkpoint_interval_seconds", Help: "How often the notary takes a step.", Labels: []string{"community"},
	}
	definitionWitnesses = metrics.Definition{
		Name: "renlin_checkpoint_witnesses", Help: "Witnesses that are asked to cosign.", Labels: []string{"community"},
	}
	definitionMissing = metrics.Definition{
		Name: "renlin_checkpoint_cosignatures_missing", Help: "Cosignatures that the newest signed checkpoint lacks, of all witnesses asked.",
		Labels: []string{"community"},
	}
)

// measure shows the community's gauges until the notary is closed.
func (n *Notary) measure() {
	n.covered, n.steps = n.cfg.Now(), n.cfg.Metrics.Counter(definitionSteps)
	for _, outcome := range []string{outcomeOf(nil), "stopped", "forked", "shrunk", "quorum", "other"} {
		n.steps.With(outcome) // an alert sees a first time only if there was a time before
	}
	guarded := func(read func() float64) func() float64 {
		return func() float64 {
			n.mu.Lock()
			defer n.mu.Unlock()
			return read()
		}
	}
	forget := n.cfg.Metrics.Watches(map[*metrics.Definition]func() float64{
		&definitionSize: func() float64 {
			c, err := merkle.Peek(n.Checkpoint())
			if err != nil {
				return 0 // none is published yet
			}
			return float64(c.Size)
		},
		&definitionAge:       guarded(func() float64 { return max(n.cfg.Now().Sub(n.covered), 0).Seconds() }),
		&definitionInterval:  func() float64 { return n.cfg.Interval.Seconds() },
		&definitionWitnesses: func() float64 { return float64(len(n.cfg.Witnesses)) },
		&definitionMissing:   guarded(func() float64 { return float64(n.missing) }),
	}, n.cfg.Community)
	inner := n.close
	n.close = func() error {
		forget()
		return inner()
	}
}

// outcomeOf is the label for what became of a step.
func outcomeOf(err error) string {
	if kind := kindOf(err); kind != "" {
		return kind
	}
	return "ok"
}

// counted notes what became of a step.
func (n *Notary) counted(err error) {
	n.steps.With(outcomeOf(err)).Add(1)
	missing := 0
	for _, got := range n.got {
		if !got && n.pending != nil {
			missing++
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.missing = missing
	if err == nil {
		n.covered = n.cfg.Now()
	}
}
