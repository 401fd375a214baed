package voting_test

import (
	"fmt"
	"slices"
	"testing"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// said is one voter's ballot.
type said struct {
	options []uint32
	points  []int64
}

// said times n.
func times(n int, s said) []said { return slices.Repeat([]said{s}, n) }

// methodCase is a poll by one method: five options of which the first three are in question, and what comes out.
type methodCase struct {
	method  communityv1.Method
	ballot  *communityv1.BallotRules
	ballots []said
	winners []uint32
	steps   int
	scores  []int64 // of the first options; nil where there are none
}

// methodCases: the same voters, asked in different ways. In the first rankings most people prefer 1 to every other in pairs, 0 has the most
// first places, and 2 the fewest.
func methodCases() map[string]methodCase {
	ranks := &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL}
	score := &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_SCORE, PointsMax: 5}
	approve := func(seats uint32) *communityv1.BallotRules {
		return &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL, Seats: seats}
	}
	seats := func(b *communityv1.BallotRules, n uint32) *communityv1.BallotRules {
		return &communityv1.BallotRules{Form: b.Form, PointsMax: b.PointsMax, Seats: n}
	}
	ranked := slices.Concat(
		times(4, said{options: []uint32{0, 1, 2}}), times(3, said{options: []uint32{1, 2, 0}}), times(2, said{options: []uint32{2, 1, 0}}),
	)
	points := slices.Concat(
		times(4, said{[]uint32{0, 1}, []int64{5, 3}}), times(5, said{[]uint32{1, 0, 2}, []int64{4, 1, 3}}),
	)
	approved := slices.Concat(times(6, said{options: []uint32{0, 1}}), times(3, said{options: []uint32{2}}))
	return map[string]methodCase{
		"score":          {communityv1.Method_METHOD_SCORE, score, points, []uint32{1}, 0, []int64{25, 32, 15}},
		"score, two":     {communityv1.Method_METHOD_SCORE, seats(score, 2), points, []uint32{1, 0}, 0, []int64{25, 32, 15}},
		"star":           {communityv1.Method_METHOD_STAR, score, points, []uint32{1}, 1, []int64{25, 32, 15}},
		"borda":          {communityv1.Method_METHOD_BORDA, ranks, ranked, []uint32{1}, 0, []int64{4*4 + 5*2, 4*3 + 3*4 + 2*3, 4*2 + 3*3 + 2*4}},
		"instant runoff": {communityv1.Method_METHOD_INSTANT_RUNOFF, ranks, ranked, []uint32{1}, 4, nil},
		"schulze":        {communityv1.Method_METHOD_SCHULZE, ranks, ranked, []uint32{1}, 10, nil},
		"quadratic": {communityv1.Method_METHOD_QUADRATIC, &communityv1.BallotRules{
			Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsSumMax: 9,
		}, slices.Concat(times(2, said{[]uint32{0}, []int64{3}}), times(3, said{[]uint32{1, 2}, []int64{2, 2}}), []said{
			{[]uint32{0}, []int64{4}}, // dearer than the purse: an invalid ballot
		}), []uint32{0}, 0, []int64{6, 6, 6}},
		"stv, two": {communityv1.Method_METHOD_STV, seats(ranks, 2), ranked, []uint32{0, 1}, 0, nil},
		"proportional approval, three": {
			communityv1.Method_METHOD_PROPORTIONAL_APPROVAL, approve(3), approved, []uint32{0, 1, 2}, 3, []int64{6, 6, 3},
		},
		"equal shares, two": {communityv1.Method_METHOD_EQUAL_SHARES, approve(2), approved, []uint32{0, 1}, 2, []int64{6, 6, 3}},
		"approval, two":     {communityv1.Method_METHOD_APPROVAL, approve(2), approved, []uint32{0, 1}, 0, []int64{6, 6, 3}},
	}
}

var fiveOptions = &proposalv1.Motion{Title: "Which?", Text: "One or more.", Options: []*proposalv1.Option{
	{Code: "1", Title: "a"}, {Code: "2", Title: "b"}, {Code: "3", Title: "c"}, {Code: "4", Title: "d"}, {Code: "5", Title: "e"},
}}

// Every further method decides polls, from the call to the tally, and writes its steps out.
func TestFurtherMethods(t *testing.T) {
	t.Parallel()
	for name, c := range methodCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tally := decided(t, c, fiveOptions)
			if tally.GetResult() != votingv1.Result_RESULT_CHOSEN || !slices.Equal(tally.GetWinners(), c.winners) {
				t.Errorf("%v: %v, want %v", tally.GetResult(), tally.GetWinners(), c.winners)
			}
			if c.steps > 0 && len(tally.GetSteps()) != c.steps {
				t.Errorf("%d steps, want %d: %v", len(tally.GetSteps()), c.steps, tally.GetSteps())
			}
			for i, want := range c.scores {
				if got := tally.GetTotals()[i].GetScore(); got != want {
					t.Errorf("option %d has %d, want %d", i, got, want)
				}
			}
		})
	}
}

// decided calls a poll by a method, has everybody vote and gives the tally. A second judge finds nothing.
func decided(t *testing.T, c methodCase, question *proposalv1.Motion) *votingv1.Tally {
	t.Helper()
	w := newWorld(t)
	rules := yesNo(communityv1.Electorate_ELECTORATE_MEMBERS)
	rules.Method, rules.Ballot, rules.Requirements = c.method, c.ballot, nil
	for i := range c.ballots {
		w.admit(fmt.Sprint("voter ", i))
	}
	p := w.motion("roof", rules, question)
	w.open(p)
	for i, b := range c.ballots {
		voter := fmt.Sprint("voter ", i)
		sealed := w.seal(p, voter, &votingv1.Choice{Options: b.options, Points: b.points})
		w.must(w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id(voter), Box: sealed}, voter))
	}
	tally := w.count(p)
	if findings, _ := audited(t, w.commits, w.now); len(findings) != 0 {
		t.Errorf("judged again: %v", findings)
	}
	return tally
}

// A budget by equal shares leaves nobody out whose money is enough, where a greedy one spends all on what the most like.
func TestEqualSharesBudget(t *testing.T) {
	t.Parallel()
	question := &proposalv1.Motion{Title: "Works", Text: "Which?", BudgetFen: 900, Options: []*proposalv1.Option{
		{Code: "1", Title: "a", CostFen: 300}, {Code: "2", Title: "b", CostFen: 300}, {Code: "3", Title: "c", CostFen: 300},
		{Code: "4", Title: "d", CostFen: 300},
	}}
	c := methodCase{
		method: communityv1.Method_METHOD_BUDGET_EQUAL_SHARES,
		ballot: &communityv1.BallotRules{
			Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL, Utility: communityv1.Utility_UTILITY_COST,
			Completion: communityv1.Completion_COMPLETION_ADD_ONE,
		},
		ballots: slices.Concat(times(6, said{options: []uint32{0, 1, 2}}), times(3, said{options: []uint32{3}})),
	}
	tally := decided(t, c, question)
	if got := tally.GetWinners(); !slices.Equal(slices.Sorted(slices.Values(got)), []uint32{0, 1, 3}) || tally.GetCostFen() != 900 {
		t.Errorf("funded %v for %d, steps %v", got, tally.GetCostFen(), tally.GetSteps())
	}
	c.method, c.ballot = communityv1.Method_METHOD_BUDGET_GREEDY, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
	if got := decided(t, c, question).GetWinners(); !slices.Equal(got, []uint32{0, 1, 2}) {
		t.Errorf("greedy funds %v", got)
	}
}

// By a method whose ballots do not fit it no poll is called.
func TestMethodUnfit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		method communityv1.Method
		ballot *communityv1.BallotRules
	}{
		"nothing is known of the method": {99, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}},
		"ranks that are approvals": {communityv1.Method_METHOD_SCHULZE, &communityv1.BallotRules{
			Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL,
		}},
		"points without a most": {communityv1.Method_METHOD_SCORE, &communityv1.BallotRules{
			Form: communityv1.BallotForm_BALLOT_FORM_SCORE,
		}},
		"more seats than options": {communityv1.Method_METHOD_STV, &communityv1.BallotRules{
			Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL, Seats: 6,
		}},
		"shares of no budget": {communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, &communityv1.BallotRules{
			Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL,
		}},
	} {
		w := newWorld(t)
		rules := yesNo(communityv1.Electorate_ELECTORATE_MEMBERS)
		rules.Method, rules.Ballot, rules.Requirements = c.method, c.ballot, nil
		p := w.motion("roof", rules, fiveOptions)
		if lapses := w.state.Members("voting-lapse"); len(lapses) != 1 || w.lapsed() != "poll.rules_malformed" {
			t.Errorf("%s: %d lapses, %q, poll %s", name, len(lapses), w.lapsed(), p)
		}
	}
}
