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
		Models: models(), Workload: func() sim.Workload { return newCrowd() }, PaceMS: 130,
		LeapMS: 30 * 24 * 3600_000, // a veto lapses after seven days
		Seeds:  sim.Seeds{Quick: 150, CI: 3_000, Long: 10_000},
		Signed: func(seed uint64) bool { return seed%25 == 0 },
	}
}

// tally sums up over plays what happened in them.
type tally struct {
	mu       sync.Mutex
	happened map[string]int
}

func (t *tally) add(happened map[string]int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, n := range happened { // any order: a sum
		t.happened[name] += n
	}
}

// watched is a crowd whose play adds to a tally at its end.
type watched struct {
	*crowd
	into *tally
}

// Rest adds what happened.
func (w *watched) Rest(now int64) []string {
	w.into.add(w.happened)
	return w.crowd.Rest(now)
}

// TestSimulation: whatever the network, the clocks, the disks and the people do, the real services keep their promises, and everything
// that can happen does. RENLIN_SEED=n plays one seed again.
func TestSimulation(t *testing.T) {
	cfg := simulation()
	all := &tally{happened: map[string]int{}}
	cfg.Workload = func() sim.Workload { return &watched{newCrowd(), all} }
	sim.Check(t, cfg)
	t.Logf("happened: %v", all.happened)
	if t.Failed() || os.Getenv("RENLIN_SEED") != "" {
		return
	}
	commands := notEvents()
	for _, f := range files() {
		if f.Package() == "renlin.aid.v1" { // TestSimulationOfNeeds plays them
			continue
		}
		if f.Path() == "renlin/ledger/v1/clawback.proto" { // TestSimulationOfMoney plays them
			continue
		}
		if f.Path() == "renlin/matching/v1/across.proto" { // it takes two communities: TestCrossingsInvariant of matching plays them
			continue
		}
		if f.Path() == "renlin/matching/v1/loans.proto" { // it takes two as well: TestLoansInvariant of matching plays them
			continue
		}
		for i := range f.Messages().Len() {
			if f.Messages().Get(i).Name() == "MotionUsed" { // few motions come into force in a play: TestSimulationOfMoney plays it
				continue
			}
			if f.Messages().Get(i).Name() == "OfferOverloaded" || f.Messages().Get(i).Name() == "OfferRelieved" {
				continue // a load is smoothed over minutes, and a play is over in seconds: TestSimulationOfRush plays them
			}
			if m := f.Messages().Get(i); !commands[m.FullName()] && all.happened[string(m.Name())] == 0 {
				t.Errorf("%s never happened", m.FullName())
			}
		}
	}
}
