package sim_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/internal/toy"
	"renlin.dev/pkg/decider/internal/toy/toyv1"
	"renlin.dev/pkg/decider/sim"
)

// watchers is a crowd that follows the record and can be made to complain.
type watchers struct {
	crowd
	blocks, signed int
	rest           int64
	atBlock        int
	missing        bool
}

func (w *watchers) Block(b *chain.Block) []string {
	w.blocks++
	if w.blocks == w.atBlock {
		return []string{"this block"}
	}
	return nil
}

func (w *watchers) Rest(now int64) []string {
	w.rest = now
	if w.missing {
		return []string{"something is missing"}
	}
	return nil
}

// Sign makes signatures that nobody checks for good.
func (w *watchers) Sign(_ *rand.Rand, c *chain.Signed, _ chain.Hash) {
	w.signed++
	c.Signatures[0].Sig = make([]byte, 64)
}

func played(change func(*watchers, *sim.Config)) (*watchers, *sim.Outcome) {
	w := &watchers{}
	cfg := config()
	cfg.Workload = func() sim.Workload { return w }
	change(w, &cfg)
	return w, sim.Run(cfg, 1)
}

// TestWatcherIsHeard: it sees every block, and what it complains about fails the play.
func TestWatcherIsHeard(t *testing.T) {
	t.Parallel()
	w, o := played(func(*watchers, *sim.Config) {})
	if len(o.Violations) > 0 || w.blocks != o.Blocks || w.rest == 0 || w.signed > 0 {
		t.Errorf("%d of %d blocks seen, rest at %d, %d signed: %v", w.blocks, o.Blocks, w.rest, w.signed, o.Violations)
	}
	_, o = played(func(w *watchers, _ *sim.Config) { w.atBlock = 9 })
	if !slices.Equal(o.Violations, []string{"this block"}) || o.Blocks != 9 {
		t.Errorf("after %d blocks: %v", o.Blocks, o.Violations)
	}
	if _, o := played(func(w *watchers, _ *sim.Config) { w.missing = true }); !slices.Equal(o.Violations, []string{"something is missing"}) {
		t.Errorf("at rest: %v", o.Violations)
	}
}

// TestTimeLeaps to what is due on a far day, and the watcher is asked about the end of all days.
func TestTimeLeaps(t *testing.T) {
	t.Parallel()
	const day = 24 * 3600_000
	far := decider.InPolicy[*toyv1.Posted](func(right decider.Reaction) decider.Reaction {
		return func(v *decider.View, e decider.Event) []decider.Demand {
			out := right(v, e)
			for i := range out {
				out[i].Due += 100 * day
			}
			return out
		}
	})
	play := func(days int64) (*watchers, *sim.Outcome) {
		return played(func(_ *watchers, cfg *sim.Config) {
			cfg.Models[1], cfg.LeapMS = decider.Plant(cfg.Models[1], far), days*day
		})
	}
	w1, short := play(99)
	w2, long := play(101)
	if len(short.Violations) > 0 || len(long.Violations) > 0 || w2.rest-w1.rest != 2*day {
		t.Errorf("at %d and %d: %v %v", w1.rest, w2.rest, short.Violations, long.Violations)
	}
	if long.Commits <= short.Commits {
		t.Errorf("%d commits with a leap to what is due, %d with one that ends before", long.Commits, short.Commits)
	}
}

// TestSignaturesAreChecked where they are made, by the services that take commands.
func TestSignaturesAreChecked(t *testing.T) {
	t.Parallel()
	w, o := played(func(_ *watchers, cfg *sim.Config) { cfg.Signed = func(seed uint64) bool { return seed == 1 } })
	if w.signed == 0 || o.Commits > 0 || len(o.Violations) == 0 { // it is never founded
		t.Errorf("%d commands were signed badly, %d commits were made: %v", w.signed, o.Commits, o.Violations)
	}
}

// TestJudgesHaveTheirOwnRules: what services do that have a bug is found by whoever has none.
func TestJudgesHaveTheirOwnRules(t *testing.T) {
	t.Parallel()
	_, o := played(func(_ *watchers, cfg *sim.Config) {
		cfg.Judges = toy.Models()
		cfg.Models[1] = decider.Plant(cfg.Models[1], decider.InPolicy[*toyv1.Seconded](func(right decider.Reaction) decider.Reaction {
			return func(v *decider.View, e decider.Event) []decider.Demand {
				out := right(v, e)
				for i := range out {
					out[i].Body.(*toyv1.Convene).Members++
				}
				return out
			}
		}))
	})
	if len(o.Violations) == 0 || !strings.Contains(o.Violations[0], "policy.differs") {
		t.Errorf("found: %v", o.Violations)
	}
}
