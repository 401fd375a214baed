package pollcheck

import (
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

const (
	committee = communityv1.Method_METHOD_PROPORTIONAL_APPROVAL
	stars     = communityv1.Method_METHOD_STAR
)

// TestByFilling: which secret polls are counted by how ballots were filled in, and which of these by points.
func TestByFilling(t *testing.T) {
	t.Parallel()
	const greedy, noSkip = communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP
	const one, approvals = communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE, communityv1.BallotForm_BALLOT_FORM_APPROVAL
	const ordinal = communityv1.BallotForm_BALLOT_FORM_ORDINAL
	for i, v := range []struct {
		m                communityv1.Method
		form             communityv1.BallotForm
		most             int64
		filled, pointing bool
	}{
		{stars, 0, 0, true, true}, {communityv1.Method_METHOD_QUADRATIC, 0, 0, true, true}, {committee, 0, 0, true, false},
		{committee, purse, 0, true, false}, {communityv1.Method_METHOD_EQUAL_SHARES, 0, 0, true, false},
		{communityv1.Method_METHOD_BORDA, 0, 0, true, false}, {communityv1.Method_METHOD_STV, purse, 0, true, false},
		{communityv1.Method_METHOD_YES_NO, 0, 0, false, false}, {communityv1.Method_METHOD_APPROVAL, approvals, 5, false, false},
		{greedy, one, 0, true, false}, {greedy, purse, 0, true, true}, {noSkip, purse, 0, true, true}, {greedy, approvals, 5, true, false},
		{greedy, approvals, 0, false, false}, {greedy, ordinal, 5, false, false}, {greedy, ordinal, 0, false, false},
	} {
		r := secretRules(v.m)
		r.Ballot = &communityv1.BallotRules{Form: v.form, CostSumMaxFen: v.most}
		c := alone(r)
		if _, pointing := c.pointed(); c.byFilling() != v.filled || v.filled && pointing != v.pointing {
			t.Errorf("%d: %s, %s: by filling %v, by points %v", i, v.m, v.form, c.byFilling(), pointing)
		}
		if r.Secrecy = nil; alone(r).byFilling() {
			t.Errorf("%d: an open poll is counted by filling", i)
		}
	}
}

// TestFillingsFew: what leads to no ballot is not gone into, so that few ways are found among many options, and what has too many ways, or
// takes too long, is left.
func TestFillingsFew(t *testing.T) {
	t.Parallel()
	costing := func(n int, cost func(o int) int64) []int64 {
		list := make([]int64, n)
		for o := range list {
			list[o] = cost(o)
		}
		return list
	}
	same := func(int) int64 { return 1 }
	for i, v := range []struct {
		m     communityv1.Method
		b     *communityv1.BallotRules
		costs []int64
		ways  int // 0 for too many
	}{
		{stars, &communityv1.BallotRules{OptionsMax: 1, PointsMax: 1}, costing(40, same), 40},
		{stars, &communityv1.BallotRules{OptionsMax: 1, PointsMax: 3}, costing(40, same), 120},
		{stars, &communityv1.BallotRules{OptionsMax: 1, PointsMax: 1, CostSumMaxFen: 1}, costing(40, same), 40},
		{stars, &communityv1.BallotRules{PointsMax: 1, CostSumMaxFen: 1}, costing(40, same), 40},
		{stars, &communityv1.BallotRules{PointsMin: fillingsTriedMax, PointsMax: fillingsTriedMax}, costing(1, same), 1},
		{stars, &communityv1.BallotRules{PointsMin: fillingsTriedMax + 1, PointsMax: fillingsTriedMax + 1}, costing(1, same), -1},
		{committee, &communityv1.BallotRules{OptionsMax: 1}, costing(40, same), 40},
		{committee, &communityv1.BallotRules{CostSumMaxFen: 1}, costing(40, same), 40},
		{committee, &communityv1.BallotRules{}, costing(40, same), 0},
		{committee, &communityv1.BallotRules{OptionsMax: 1}, costing(secretballot.OneOfMax, same), secretballot.OneOfMax},
		{committee, &communityv1.BallotRules{OptionsMax: 1}, costing(secretballot.OneOfMax+1, same), 0},
		{committee, &communityv1.BallotRules{OptionsMin: 2, OptionsMax: 1}, costing(40, same), -1},
		// Only the first twenty are cheap enough for twenty to be named.
		{committee, &communityv1.BallotRules{OptionsMin: 20, CostSumMaxFen: 20}, costing(40, func(o int) int64 { return int64(1 + o/20) }), 1},
		{communityv1.Method_METHOD_BORDA, &communityv1.BallotRules{OptionsMin: 3}, costing(3, same), 6},
		{communityv1.Method_METHOD_BORDA, &communityv1.BallotRules{OptionsMin: 2, OptionsMax: 2}, costing(4, same), 12},
		{communityv1.Method_METHOD_BORDA, &communityv1.BallotRules{}, costing(9, same), 0},
	} {
		r := secretRules(v.m)
		r.Ballot = v.b
		q := optioned(len(v.costs))
		for o, cost := range v.costs {
			q.Options[o].CostFen = cost
		}
		all, err := aloneAbout(q, r).fillings()
		if len(all) != max(v.ways, 0) || (err != nil) != (v.ways == 0) {
			t.Errorf("%d: %s, %v: %d ways, %v", i, v.m, v.b, len(all), err)
		}
	}
}

// TestBounded: how many options are named, and what they cost.
func TestBounded(t *testing.T) {
	t.Parallel()
	for i, v := range []struct {
		b    *communityv1.BallotRules
		n    int
		want bool
	}{
		{&communityv1.BallotRules{}, 0, false}, {&communityv1.BallotRules{}, 1, true}, {&communityv1.BallotRules{}, 3, true},
		{&communityv1.BallotRules{OptionsMin: 2}, 1, false}, {&communityv1.BallotRules{OptionsMin: 2}, 2, true},
		{&communityv1.BallotRules{OptionsMax: 2}, 2, true}, {&communityv1.BallotRules{OptionsMax: 2}, 3, false},
		{&communityv1.BallotRules{CostSumMaxFen: 4}, 2, true}, {&communityv1.BallotRules{CostSumMaxFen: 4}, 3, false},
	} {
		r := secretRules(committee)
		r.Ballot = v.b
		q := optioned(3)
		for _, o := range q.GetOptions() {
			o.CostFen = 2
		}
		if got := aloneAbout(q, r).bounded(upTo(v.n)); got != v.want {
			t.Errorf("%d: %d of %v: %v", i, v.n, v.b, got)
		}
	}
}

// TestFillingsTried: it is looked so long, and no longer. Of all but one part of the options every one must be named, and one of that
// part, which costs more: behind the first of these every step is taken once, and behind the part once for each of it.
func TestFillingsTried(t *testing.T) {
	t.Parallel()
	for i, v := range []struct {
		m                  communityv1.Method
		first, one, behind int
		ok                 bool
	}{
		{committee, 57, 118, 168, true}, {committee, 58, 118, 168, false}, {stars, 117, 118, 108, true}, {stars, 118, 118, 108, false},
	} {
		n := v.first + 1 + v.behind
		r := secretRules(v.m)
		r.Ballot = &communityv1.BallotRules{OptionsMin: uint32(n), CostSumMaxFen: int64(n + 1), PointsMax: 1}
		q := optioned(n - 1 + v.one)
		for o := range q.GetOptions() {
			q.Options[o].CostFen = 1
			if o >= v.first && o < v.first+v.one {
				q.Options[o].CostFen = 2
			}
		}
		all, err := aloneAbout(q, r).fillings()
		if (err == nil) != v.ok || v.ok && len(all) != v.one {
			t.Errorf("%d: %d ways, %v", i, len(all), err)
		}
	}
}

// TestHeardFillings: of a poll whose ways are not known, or not opened, nobody knows what was chosen.
func TestHeardFillings(t *testing.T) {
	t.Parallel()
	one := span{1, 1}
	for i, v := range []struct {
		options int
		known   map[sumName]span
		want    bool
	}{
		{40, nil, false}, {2, nil, false}, {2, map[sumName]span{{headsMeasure, 0}: one, {headsMeasure, 1}: {}}, false},
		{2, map[sumName]span{{headsMeasure, 0}: one, {headsMeasure, 1}: {}, {headsMeasure, 2}: {0, 1}}, false},
		{2, map[sumName]span{{headsMeasure, 0}: one, {headsMeasure, 1}: {}, {headsMeasure, 2}: {}}, true},
	} {
		c := aloneAbout(optioned(v.options), secretRules(committee))
		c.weights, c.known = map[string]weight{chain.KeyID([]byte{1}): {heads: 1}}, v.known
		c.all = []*secretBallot{{said: &said{}, key: []byte{1}, counts: true}}
		if n := c.heardFillings(); n.shown[headsMeasure] != v.want || (n.choice != nil) != v.want {
			t.Errorf("%d: told %v, %+v", i, n.shown, n.choice)
		}
	}
}
