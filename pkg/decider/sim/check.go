package sim

import (
	"os"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
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

// Check plays many seeds on all processors and fails with the first that goes wrong, whose number it prints. RENLIN_SEED plays
// that one, RENLIN_CI ten thousand.
func Check(t *testing.T, cfg Config) {
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
		total.seeds, total.commands, total.commits, total.blocks, total.faults, total.answers)
	if bad != nil {
		report(t, bad)
	}
}

// report fails the test with what a seed brought to light.
func report(t *testing.T, o *Outcome) {
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

// totals are sums over seeds.
type totals struct {
	seeds, commands, commits, blocks int
	faults, answers                  map[string]int
}

func (s *totals) add(o *Outcome) {
	s.seeds++
	s.commands += o.Commands
	s.commits += o.Commits
	s.blocks += o.Blocks
	for k, n := range o.Faults {
		s.faults[k] += n
	}
	for k, n := range o.Answers {
		s.answers[k] += n
	}
}

// Search plays seeds from one on, on all processors, and answers the lowest that goes wrong; nil when none does.
func Search(cfg Config, from, seeds uint64) (*Outcome, *totals) {
	var next atomic.Uint64
	var mu sync.Mutex
	var workers sync.WaitGroup
	var bad *Outcome
	sum := &totals{faults: map[string]int{}, answers: map[string]int{}}
	next.Store(from)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				seed := next.Add(1) - 1
				mu.Lock()
				over := seed >= from+seeds || bad != nil
				mu.Unlock()
				if over {
					return
				}
				o := Run(cfg, seed)
				mu.Lock()
				sum.add(o)
				if len(o.Violations) > 0 && (bad == nil || o.Seed < bad.Seed) {
					bad = o
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return bad, sum
}
