package sim

import (
	"cmp"
	"os"
	"strconv"
)

// The variables of the environment that say how much is played.
const (
	envSeed  = "RENLIN_SEED"  // one seed, to play a failure again
	envSeeds = "RENLIN_SEEDS" // so many seeds
	envCI    = "RENLIN_CI"    // any value: as many seeds as CI plays
	envLong  = "RENLIN_LONG"  // any value, with RENLIN_CI: as many as are played before a release
)

// Seeds says how many seeds are played. Zero means 200, 10,000, and as many as in CI.
type Seeds struct{ Quick, CI, Long uint64 }

// count gives the number for this run.
func (s Seeds) count() uint64 {
	n, err := strconv.ParseUint(os.Getenv(envSeeds), 10, 64)
	switch {
	case err == nil && n > 0:
		return n
	case os.Getenv(envCI) == "":
		return cmp.Or(s.Quick, 200)
	case os.Getenv(envLong) == "":
		return cmp.Or(s.CI, 10_000)
	}
	return cmp.Or(s.Long, s.CI, 10_000)
}

// T is what Check needs of a *testing.T.
type T interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Check plays many seeds on all processors and fails with the first that goes wrong, whose number it prints. RENLIN_SEED plays
// that one, RENLIN_CI as many as CI plays, RENLIN_SEEDS any other number.
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
	bad, total := Search(cfg, 1, cfg.Seeds.count())
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
