package services_test

import (
	"os"
	"sync"
	"testing"

	"renlin.dev/pkg/decider/sim"
)

// simulation plays the real services.
func simulation() sim.Config {
	return sim.Config{
		Models: models(), Workload: func() sim.Workload { return newCrowd() }, Commands: 330, PaceMS: 100,
		LeapMS: 30 * 24 * 3600_000, // a veto lapses after seven days
		Seeds:  sim.Seeds{Quick: 40, CI: 10_000},
		Signed: func(seed uint64) bool { return seed%25 == 0 },
	}
}

// TestSimulation: whatever the network, the clocks, the disks and the people do, the real services keep their promises, and everything
// that can happen does. RENLIN_SEED=n plays one seed again.
func TestSimulation(t *testing.T) {
	cfg := simulation()
	var mu sync.Mutex
	var crowds []*ledger
	cfg.Workload = func() sim.Workload {
		c := newCrowd()
		mu.Lock()
		defer mu.Unlock()
		crowds = append(crowds, c.ledger)
		return c
	}
	sim.Check(t, cfg)
	happened := map[string]int{}
	for _, l := range crowds {
		for name, n := range l.happened { // any order: a sum
			happened[name] += n
		}
	}
	t.Logf("happened: %v", happened)
	commands := notEvents()
	for _, f := range files() {
		for i := range f.Messages().Len() {
			m := f.Messages().Get(i)
			if name := string(m.Name()); !commands[m.FullName()] && happened[name] == 0 && os.Getenv("RENLIN_SEED") == "" && !t.Failed() {
				t.Errorf("%s never happened", m.FullName())
			}
		}
	}
}
