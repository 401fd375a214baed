package carrier

import (
	"renlin.dev/pkg/telemetry/metrics"
	"renlin.dev/services/carrier/internal/desk"
)

// What a carrier measures.
var (
	definitionLetters = metrics.Definition{
		Name: "renlin_carrier_letters_total", Labels: []string{"kind", "outcome"},
		Help: "Tries to carry something from one community's record to another's, by what became of them.",
	}
	definitionBehind = metrics.Definition{
		Name: "renlin_carrier_behind_seconds", Labels: []string{"community"},
		Help: "For how long a community's record cannot be read, or something of it is not carried though it could be; 0 while there is nothing.",
	}
	definitionRefused = metrics.Definition{
		Name: "renlin_carrier_refused_letters", Labels: []string{"community"},
		Help: "Things of a community's record that another community refuses, for people to see to.",
	}
)

// meter is where a carrier counts.
type meter struct {
	registry *metrics.Registry
	letters  metrics.Counter
	watched  map[string]func()
}

func newMeter(m *metrics.Registry) meter {
	out := meter{registry: m, letters: m.Counter(definitionLetters), watched: map[string]func(){}}
	for _, k := range desk.Kinds {
		out.letters.With(string(k), string(sent))
	}
	return out
}

func (m meter) tried(k desk.Kind, o outcome) { m.letters.With(string(k), string(o)).Add(1) }

// watch shows a community from now on.
func (m meter) watch(c *Carrier, community string) {
	if m.watched[community] != nil {
		return
	}
	behind := m.registry.Watch(definitionBehind, func() float64 {
		since := c.standing(community).behindSince
		if since.IsZero() {
			return 0
		}
		return max(0, c.cfg.Now().Sub(since).Seconds())
	}, community)
	refused := m.registry.Watch(definitionRefused, func() float64 { return float64(c.standing(community).refused) }, community)
	m.watched[community] = func() { behind(); refused() }
}

// forget shows nothing any more.
func (m meter) forget() {
	for community, end := range m.watched { // any order
		end()
		delete(m.watched, community)
	}
}
