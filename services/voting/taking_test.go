package voting_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/voting"
	"renlin.dev/services/voting/internal/poll"
)

// taking asks how many take part.
func (w *world) taking(p string) (out poll.Taking) {
	w.t.Helper()
	raw, err := voting.AnswerTaking(w.state, []byte(p))
	if err == nil {
		err = json.Unmarshal(raw, &out)
	}
	if err != nil {
		w.t.Fatalf("taking: %v", err)
	}
	return out
}

// Given an open poll, when ballots come, then it is told how many and how much of the quorum there is, never what for: a ballot of the
// same voter counts once, and what they change in it changes nothing. Before it opens, once it is closed, and of a poll that there is not,
// nothing is told.
func TestTakingPart(t *testing.T) {
	t.Parallel()
	untold := poll.Taking{Quorums: []poll.Quorum{}}
	w, p := six(t, turnout(&communityv1.TurnoutRules{}))
	is := func(when string, want poll.Taking) {
		t.Helper()
		if diff := cmp.Diff(want, w.taking(p)); diff != "" {
			t.Errorf("%s: %s", when, diff)
		}
	}
	rules := w.poll(p).Rules
	told := func(cast int, holds bool) poll.Taking {
		out := poll.Taking{Told: true, Voters: 6, Cast: cast, Quorums: []poll.Quorum{}}
		for _, r := range rules.GetRequirements() {
			if r.GetQuorum() {
				out.Quorums = append(out.Quorums, poll.Quorum{
					Measure: r.GetMeasure(), Have: int64(cast), All: 6, Numerator: r.GetNumerator(), Denominator: r.GetDenominator(),
					Strict: r.GetStrict(), Holds: holds,
				})
			}
		}
		return out
	}
	if len(told(0, false).Quorums) != 1 {
		t.Fatalf("these rules ask for another quorum: %v", rules.GetRequirements())
	}
	is("nobody yet", told(0, false))
	w.must(w.vote(p, "o0", yes))
	is("one", told(1, false))
	w.must(w.vote(p, "o0", no))
	is("the same one otherwise", told(1, false))
	w.must(w.vote(p, "o1", no))
	is("two", told(2, true))
	other := w.motion("door", rules, question)
	if diff := cmp.Diff(untold, w.taking(other)); diff != "" {
		t.Errorf("before it opens: %s", diff)
	}
	if diff := cmp.Diff(untold, w.taking(id("nonesuch"))); diff != "" {
		t.Errorf("of no poll: %s", diff)
	}
	w.count(p)
	is("counted", untold)
}

// Given rules by which the silence of those takes part whom the notice provably reached, when it has reached some, then they are on the
// meter beside those who voted, and are not told as ballots.
func TestSilenceTakesPart(t *testing.T) {
	t.Parallel()
	w, p := noticed(t, announced(), "app", "hand", "voter")
	w.must(w.acknowledge(p, "app"))
	w.wait(100_000)
	w.settle()
	got := w.taking(p)
	if !got.Told || got.Voters != 3 || got.Cast != 0 || got.Silent != 1 || len(got.Quorums) != 1 || got.Quorums[0].Have != 1 {
		t.Errorf("one is silent: %+v", got)
	}
	w.must(w.vote(p, "app", yes))
	w.must(w.vote(p, "hand", yes))
	if got = w.taking(p); got.Cast != 2 || got.Silent != 0 || got.Quorums[0].Have != 2 {
		t.Errorf("two voted: %+v", got)
	}
}
