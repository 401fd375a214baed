package sim_test

import (
	"testing"

	"renlin.dev/pkg/decider/internal/flaw"
	"renlin.dev/pkg/decider/sim"
)

// planted are the bugs that the play must find, each within so many seeds.
var planted = []struct {
	name  string
	flaw  flaw.Set
	plain bool // it stands in the plain sequencer
	seeds uint64
}{
	{"repeats are judged anew", flaw.RepeatsJudgedAnew, false, 20},
	{"a lane decides upon what was sent", flaw.DecidesUponSent, false, 200},
	{"a conflict is decided again without folding", flaw.StaleWithoutFold, false, 100},
	{"a refusal is not confirmed", flaw.RefusalUnconfirmed, false, 50},
	{"a refusal upon a batch is not held", flaw.BatchUnheld, false, 200},
	{"a demand is dropped when it fails", flaw.PolicyDropped, false, 200},
	{"policies run on a later view", flaw.ReactsAfterBlock, false, 100},
	{"collections are not noted", flaw.CollectionsUnnoted, false, 20},
	{"a batch changes the state itself", flaw.OverlayShared, false, 100},
	{"a snapshot forgets what is owed", flaw.SnapshotWithoutOwed, false, 50},
	{"a snapshot forgets commands", flaw.SnapshotWithoutIDs, false, 50},
	{"acknowledged before fsync", flaw.AckBeforeSync, false, 100},
	{"replies leave before the publish", flaw.RepliesBeforePublish, false, 50},
	{"a second sequencer is not fenced", flaw.Unfenced, false, 50},
	{"a deposed sequencer answers checks", flaw.Unlooked, false, 400},
	{"read sets are not checked", flaw.ReadsUnchecked, true, 50},
	{"versions are not checked", flaw.VersionsUnchecked, true, 50},
	{"collections are not checked", flaw.CollectionsUnchecked, true, 200},
	{"commands are forgotten at a restart", flaw.IDsForgotten, true, 400},
	{"expired commands are taken", flaw.ExpiredTaken, true, 50},
	{"windows are not checked", flaw.WindowsUnchecked, true, 200},
	{"time runs backwards", flaw.TimeBackwards, true, 50},
}

// focus names the faults that bring out bugs which are rarely seen among all of them.
var focus = map[flaw.Set][]string{
	flaw.Unlooked:     {"rival sequencer"},
	flaw.IDsForgotten: {"rival sequencer", "instance is late"},
}

func TestPlantedBugsAreFound(t *testing.T) {
	t.Parallel()
	for _, p := range planted {
		cfg := config()
		cfg.Flaws, cfg.Plain, cfg.Faults = p.flaw, p.plain, focus[p.flaw]
		bad, _ := sim.Search(cfg, 1, p.seeds)
		if bad == nil {
			t.Errorf("%s: not found in %d seeds", p.name, p.seeds)
			continue
		}
		t.Logf("%s: found by seed %d: %s", p.name, bad.Seed, bad.Violations[0])
	}
}

func TestPlainSequencerAgrees(t *testing.T) {
	t.Parallel()
	cfg := config()
	cfg.Plain = true
	if bad, _ := sim.Search(cfg, 1, 50); bad != nil {
		t.Errorf("seed %d: %s", bad.Seed, bad.Violations[0])
	}
}
