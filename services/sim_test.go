package services_test

import (
	"testing"

	"renlin.dev/pkg/decider/sim"
)

// simulation plays the real services.
func simulation() sim.Config {
	return sim.Config{
		Models: models(), Workload: func() sim.Workload { return newCrowd() }, Commands: 330, PaceMS: 100,
		Seeds:  sim.Seeds{Quick: 40, CI: 10_000},
		Signed: func(seed uint64) bool { return seed%25 == 0 },
	}
}

// TestSimulation: whatever the network, the clocks, the disks and the people do, the real services keep their promises.
// RENLIN_SEED=n plays one seed again.
func TestSimulation(t *testing.T) {
	sim.Check(t, simulation())
}
