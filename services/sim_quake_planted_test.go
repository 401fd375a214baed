package services_test

import (
	"slices"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/decider/sim"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// leavingOut takes what a rule says of one type out of what it decides, once in each decision.
func leavingOut[E any](right decider.Rule) decider.Rule {
	return func(v *decider.View, cmd *decider.Command) ([]decider.Change, error) {
		changes, err := right(v, cmd)
		for i, ch := range changes {
			for k, e := range ch.Events {
				if _, is := e.(E); !is {
					continue
				}
				if len(ch.Events) == 1 {
					return slices.Delete(changes, i, i+1), err
				}
				changes[i].Events = slices.Delete(slices.Clone(ch.Events), k, k+1)
				return changes, err
			}
		}
		return changes, err
	}
}

// plantedQuake are mistakes in the rules of matching, which everybody has who judges by them.
var plantedQuake = []planted{
	{"somebody is asked for another cause than there was", "matching",
		decider.InPolicy[*matchingv1.AssignmentRefused](demanding(func(d decider.Demand) (decider.Demand, bool) {
			d.Body.(*matchingv1.StandIn).Cause = matchingv1.Cause_CAUSE_LAPSED
			return d, true
		})), false, 2},
	{"after a refusal nobody is asked", "matching",
		decider.InPolicy[*matchingv1.AssignmentRefused](demanding(func(d decider.Demand) (decider.Demand, bool) { return d, false })), false, 2},
	{"who has fallen silent is not missed", "matching",
		decider.InPolicy[*matchingv1.AssignmentAccepted](demanding(func(d decider.Demand) (decider.Demand, bool) { return d, false })), false, 3},
	{"of what was imported a row is lost", "matching",
		decider.InRule("matching.raise_staged", leavingOut[*matchingv1.NeedRaised]), false, 2},
	{"what somebody serves waits for another", "matching", decider.InKind("need", without[*matchingv1.NeedMatched]), false, 2},
	{"what was not brought is forgotten", "matching",
		decider.InRule("matching.complete", leavingOut[*matchingv1.NeedReturned]), false, 3},
	{"what an assignment gives back is gone", "matching",
		decider.InRule("matching.stand_in", leavingOut[*matchingv1.NeedReturned]), false, 3},
	{"who is full is given more", "matching", decider.InKind("offer", without[*matchingv1.CapacityMoved]), false, 2},
}

// TestSimulationFindsLostNeeds: each of these mistakes is found by the replay of an earthquake, within so many seeds.
func TestSimulationFindsLostNeeds(t *testing.T) {
	t.Parallel()
	reports := replayed(t, 36)
	for _, p := range plantedQuake {
		cfg := quakeOf(reports, &tally{happened: map[string]int{}})
		at := slices.IndexFunc(cfg.Models, func(m *decider.Model) bool { return m.Service == p.service })
		cfg.Models[at] = decider.Plant(cfg.Models[at], p.bug)
		bad, total := sim.Search(cfg, 1, p.seeds)
		if bad == nil {
			t.Errorf("%s: not found in %d seeds", p.name, p.seeds)
			continue
		}
		t.Logf("%s: found by seed %d, among %d: %s", p.name, bad.Seed, total.Seeds, bad.Violations[0])
	}
}
