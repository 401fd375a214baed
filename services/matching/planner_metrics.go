package matching

import (
	"time"

	"renlin.dev/pkg/telemetry/metrics"
)

// What a planner measures.
var (
	definitionPlans = metrics.Definition{
		Name: "renlin_plans_total", Help: "Plans that the operator's program sent by itself, by what became of them.",
		Labels: []string{"outcome"},
	}
	definitionPlanDuration = metrics.Definition{
		Name: "renlin_plan_duration_seconds", Help: "Time to look at what waits and to work a plan out.",
	}
	definitionPlanOverdue = metrics.Definition{
		Name: "renlin_plan_overdue_seconds", Labels: []string{"community"},
		Help: "For how long something waits that the program may plan and has not been able to; 0 while there is nothing.",
	}
)

// plannerMeter is where a planner counts.
type plannerMeter struct {
	registry *metrics.Registry
	plans    metrics.Counter
	worked   metrics.Measure
}

func newPlannerMeter(m *metrics.Registry) plannerMeter {
	meter := plannerMeter{registry: m, plans: m.Counter(definitionPlans), worked: m.Histogram(definitionPlanDuration).With()}
	meter.plans.With("ok")
	return meter
}

func (m plannerMeter) adopted() { m.plans.With("ok").Add(1) }

func (m plannerMeter) failed(err error) { m.plans.With(outcome(err)).Add(1) }

func (m plannerMeter) took(d time.Duration) { m.worked.Observe(d.Seconds()) }

// watch shows how long a community has waited, until the work for it ends.
func (m plannerMeter) watch(w *planning, community string) (forget func()) {
	return m.registry.Watch(definitionPlanOverdue, func() float64 { return w.overdue().Seconds() }, community)
}
