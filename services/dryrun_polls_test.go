package services_test

import (
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/dryrun"
)

// heldAgainst reads a record's only poll, with some commits withheld, and holds it against rules.
func heldAgainst(t *testing.T, w *forge.World, rules *communityv1.PollRules, withheld func(commit *chain.Commit) bool) dryrun.Outcome {
	t.Helper()
	r := dryrun.NewRecord(voting.Model())
	for _, b := range w.Record.Blocks {
		commits := make([][]byte, len(b.Commits))
		for i, raw := range b.Commits {
			c, err := chain.DecodeCommit(raw)
			if err != nil {
				t.Fatal(err)
			}
			if withheld == nil || !withheld(c) {
				commits[i] = raw
			}
		}
		s := chain.Sealed{}
		s.Time = b.Time
		r.Block(&s, commits)
	}
	all, err := dryrun.Against(rules, r.Past(""))
	if err != nil || len(all) != 1 {
		t.Fatalf("%d polls, %v", len(all), err)
	}
	return all[0]
}

// heldAgainstItself wants a poll to be by its own rules what it was, and not to be counted by its ballots where one of them is missing.
func heldAgainstItself(t *testing.T, w *forge.World, rules *communityv1.PollRules) {
	t.Helper()
	if o := heldAgainst(t, w, rules, nil); !o.Comparable || o.Differs || o.Was != o.Would {
		t.Errorf("against its own rules: %+v", o)
	}
	first := true
	o := heldAgainst(t, w, rules, func(c *chain.Commit) bool {
		was := first && c.Service == "voting" && c.Author != chain.AuthorPolicy && len(c.Changes[0].Events) > 0 &&
			c.Changes[0].Events[0].Type == "renlin.voting.v1.BallotCast"
		first = first && !was
		return was
	})
	if o.Differs || o.Comparable && o.Would != o.Was || !o.Comparable && o.Unlike.Code != "dryrun.withheld" {
		t.Errorf("with a ballot withheld: %+v", o)
	}
	if other := heldAgainst(t, w, &communityv1.PollRules{
		Electorate: rules.GetElectorate(), Method: communityv1.Method_METHOD_YES_NO, Requirements: rules.GetRequirements(),
	}, nil); other.Comparable || other.Unlike.Code != "dryrun.method" {
		t.Errorf("against a vote on yes or no: %+v", other)
	}
}
