package plan_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"renlin.dev/services/matching/internal/plan"
)

// TestOthersComeIn: when the organisation of all the cheapest fails, those serve, and stand by, who had no arc until then.
func TestOthersComeIn(t *testing.T) {
	var needs []plan.Need
	for i := range 41 {
		needs = append(needs, wants(fmt.Sprint("n", i), 1, 5))
	}
	var providers []plan.Provider
	for i := range 40 {
		providers = append(providers, can(fmt.Sprint("big", i), "big", 1))
	}
	for i := range 20 {
		p := can(fmt.Sprint("other", i), fmt.Sprint("other", i%2), 1)
		p.Cell = [2]int64{5, 0}
		providers = append(providers, p)
	}
	pl, err := plan.New(needs, providers, plan.Rules{Backups: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		event                     *plan.Event
		served, unserved, covered int64
	}{
		{nil, 41, 0, 41},
		{&plan.Event{Fail: &plan.Who{Organisation: "big"}}, 20, 21, 0},
		{&plan.Event{Fail: &plan.Who{Organisation: "other0"}}, 10, 31, 0},
		// nine of the others are free, three times over
		{&plan.Event{Restore: &plan.Who{Organisation: "big"}}, 41, 0, 27},
	} {
		if step.event != nil {
			if _, err := pl.Apply(*step.event, 0); err != nil {
				t.Fatal(err)
			}
		}
		if err := pl.Check(); err != nil {
			t.Fatal(err)
		}
		if got := pl.Totals(); got.Served != step.served || got.Unserved != step.unserved || got.Covered != step.covered {
			t.Fatalf("got %+v, want %+v", got, step)
		}
	}
}

// TestCandidatesDecideNothing: a plan that begins with one candidate a need is the plan that begins with all, arcs, standbys, and what the
// seed picks.
func TestCandidatesDecideNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var needs []plan.Need
		var providers []plan.Provider
		for i := range rapid.IntRange(0, 8).Draw(t, "providers") {
			providers = append(providers, drawProvider(t, fmt.Sprint("p", i)))
		}
		for i := range rapid.IntRange(0, 6).Draw(t, "needs") {
			needs = append(needs, drawNeed(t, fmt.Sprint("n", i)))
		}
		rules := plan.Rules{Backups: 2, Seed: []byte{1}, Candidates: 1_000}
		all, err := plan.New(needs, providers, rules)
		if err != nil {
			t.Fatal(err)
		}
		rules.Candidates = rapid.IntRange(1, 3).Draw(t, "candidates")
		few, err := plan.New(needs, providers, rules)
		if err != nil {
			t.Fatal(err)
		}
		if err := few.Check(); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(all.Totals(), few.Totals()) + cmp.Diff(all.Assignments(), few.Assignments()); diff != "" {
			t.Fatal(diff)
		}
	})
}
