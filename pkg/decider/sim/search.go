package sim

import (
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Totals are sums over seeds.
type Totals struct {
	Seeds, Commands, Commits, Blocks int
	Faults, Answers                  map[string]int
}

func (s *Totals) add(o *Outcome) {
	s.Seeds++
	s.Commands += o.Commands
	s.Commits += o.Commits
	s.Blocks += o.Blocks
	for k, n := range o.Faults {
		s.Faults[k] += n
	}
	for k, n := range o.Answers {
		s.Answers[k] += n
	}
}

// gcPercent lets the heap of a play grow before it is swept: it holds little that lives long, and is thrown away whole. A play of more
// commands than longPlay holds much.
const (
	gcPercent = 800
	longPlay  = 10_000
)

// Search plays seeds from one on, on all processors, and answers the lowest that goes wrong; nil when none does.
func Search(cfg Config, from, seeds uint64) (*Outcome, *Totals) {
	var next atomic.Uint64
	var mu sync.Mutex
	var workers sync.WaitGroup
	var bad *Outcome
	sum := &Totals{Faults: map[string]int{}, Answers: map[string]int{}}
	next.Store(from)
	if cfg.Commands <= longPlay {
		defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	}
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
