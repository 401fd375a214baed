package sim

import (
	"os"
	"strconv"
)

// The variables of the environment that say how much is played.
const (
	envSeed = "RENLIN_SEED" // one seed, to play a failure again
	envCI   = "RENLIN_CI"   // any value: as many seeds as CI plays
)

// How many seeds are played.
const (
	seedsQuick = 200
	seedsCI    = 10_000
)

// T is what Check needs of a *testing.T.
type T interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Check plays many seeds on all processors and fails with the first that goes wrong, whose number it prints. RENLIN_SEED plays
// that one, RENLIN_CI ten thousand.
func Check(t T, cfg Config) {
	t.Helper()
	if s := os.Getenv(envSeed); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("%s: %v", envSeed, err)
		}
		report(t, Run(cfg, seed))
		return
	}
	seeds := uint64(seedsQuick)
	if os.Getenv(envCI) != "" {
		seeds = seedsCI
	}
	bad, total := Search(cfg, 1, seeds)
	t.Logf("%d seeds, %d commands, %d commits in %d blocks, faults %v, answers %v",
		total.Seeds, total.Commands, total.Commits, total.Blocks, total.Faults, total.Answers)
	if bad != nil {
		report(t, bad)
	}
}

// report fails the test with what a seed brought to light.
func report(t T, o *Outcome) {
	t.Helper()
	t.Logf("seed %d: %d commands, %d commits, faults %v, answers %v, head %s", o.Seed, o.Commands, o.Commits, o.Faults, o.Answers, o.Head)
	for i, v := range o.Violations {
		if i == 10 {
			t.Errorf("and %d more", len(o.Violations)-i)
			break
		}
		t.Errorf("%s=%d: %s", envSeed, o.Seed, v)
	}
}
