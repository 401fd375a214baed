package runner

import (
	"time"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/telemetry/metrics"
)

// What a runner measures. How far it has come, and what it owes, whoever hosts it asks.
var (
	definitionCommands = metrics.Definition{
		Name: "renlin_commands_total", Help: "Commands judged, by operation and what became of them; repeated ones as kind repeated.",
		Labels: []string{"service", "operation", "outcome", "kind"},
	}
	definitionDuration = metrics.Definition{
		Name: "renlin_command_duration_seconds", Help: "Time from a command's arrival at its rules to its durable commit, or its refusal.",
		Labels: []string{"service", "operation"},
	}
	definitionDelay = metrics.Definition{
		Name: "renlin_fold_delay_seconds", Help: "Time from a block's own time to its being folded, at the record's end.",
		Labels: []string{"service"},
	}
)

type meter struct {
	service   string
	commands  metrics.Counter
	durations metrics.Histogram
	delay     metrics.Measure
}

func newMeter(m *metrics.Registry, model *decider.Model) meter {
	return meter{
		service: model.Service, commands: m.Counter(definitionCommands), durations: m.Histogram(definitionDuration),
		delay: m.Histogram(definitionDelay).With(model.Service),
	}
}

// command counts one that was judged. Operations are the model's own, a closed set.
func (m *meter) command(operation string, began time.Time, repeated bool, err error) {
	code, kind := metrics.Outcome(err)
	if repeated {
		kind = "repeated"
	}
	m.commands.With(m.service, operation, code, kind).Add(1)
	m.durations.With(m.service, operation).Observe(time.Since(began).Seconds())
}

// folded notes how late a block was folded. Two clocks may differ by a little: nothing is early.
func (m *meter) folded(ms int64) { m.delay.Observe(float64(max(ms, 0)) / 1000) }

// Owed tells what the rules demand and nobody has carried out yet though it is due.
type Owed struct {
	Count int
	// OldestMS is for how long the oldest of them is due, in block time or by the clock, whichever is further: block time stands still
	// while nothing is written.
	OldestMS int64

	at int64 // when it was looked at
}

// Owed gives what was owed a moment ago.
func (r *Runner) Owed() Owed {
	if o := r.owed.Load(); o != nil {
		return *o
	}
	return Owed{}
}

// owedEvery is how often the owner looks at what is owed, in ms.
const owedEvery = 500

// lookAtOwed notes what is owed for whoever asks. It belongs to the owner.
func (r *Runner) lookAtOwed() {
	now := r.now()
	if last := r.owed.Load(); last != nil && now-last.at < owedEvery && now >= last.at {
		return
	}
	next := &Owed{at: now}
	if head := r.inst.State().Head(); head != nil {
		now = max(now, head.Time)
	}
	for _, o := range r.inst.State().OwedNow(now) {
		next.Count++
		next.OldestMS = max(next.OldestMS, now-max(o.Due, o.Since))
	}
	r.owed.Store(next)
}
