package pollcheck_test

import (
	"testing"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

var seated = func(option uint32, figure string, completes bool) *votingv1.CountStep {
	return &votingv1.CountStep{Options: []uint32{option}, Figures: []string{figure}, Won: []uint32{option}, Completion: completes}
}

// sharedPolls are honest open polls by ranks against each other, and by what is shared in proportion. Voters' areas are 9000, 7000, 9000,
// 7000, 9000, 7000, 9000.
var sharedPolls = map[string]func(testing.TB) *record{
	// a beats b by 3, b beats c by 4, c beats a by 3: there are chains of 3 both ways, but from c to b one of 3 against 4.
	"open schulze": openBy("open schulze", communityv1.Method_METHOD_SCHULZE, nil, question("a", "b", "c"), []marked{
		{[]uint32{0, 1, 2}, nil}, {[]uint32{1, 2, 0}, nil}, {[]uint32{2, 0, 1}, nil}, {[]uint32{0, 1}, nil}, {[]uint32{1, 2}, nil},
	}, &votingv1.Tally{
		Valid: 5, ValidHeads: 5, ValidAreaCentiM2: 41000, Winners: []uint32{0}, Ties: []*votingv1.Tie{{Options: []uint32{0, 1}}},
		Totals: []*votingv1.OptionTotal{named(0, 4, 32000, 0), named(1, 5, 41000, 0), named(2, 4, 34000, 0)},
		Steps: []*votingv1.CountStep{
			{Options: []uint32{0, 1}, Figures: []string{"3", "2"}, Won: []uint32{0}},
			{Options: []uint32{0, 2}, Figures: []string{"2", "3"}, Won: []uint32{2}},
			{Options: []uint32{1, 2}, Figures: []string{"4", "1"}, Won: []uint32{1}},
		},
	}),
	// Nobody ranks anything: every comparison is even, and nobody wins.
	"open schulze, silent": openBy("open schulze, silent", communityv1.Method_METHOD_SCHULZE, nil, question("a", "b"), []marked{
		{}, {}, {}, {},
	}, &votingv1.Tally{
		Valid: 4, Abstained: 4, Totals: []*votingv1.OptionTotal{named(0, 0, 0, 0), named(1, 0, 0, 0)},
		Steps: []*votingv1.CountStep{{Options: []uint32{0, 1}, Figures: []string{"0", "0"}}}, Result: votingv1.Result_RESULT_REJECTED,
	}),
	// Of 6 the quota is 2. a has 3 and passes a third of each on; d goes; c has one, a third, and one more.
	"open stv": openBy("open stv", communityv1.Method_METHOD_STV, &communityv1.BallotRules{Seats: 2}, question("a", "b", "c", "d"), []marked{
		{[]uint32{0, 1}, nil}, {[]uint32{0, 1}, nil}, {[]uint32{0, 2}, nil}, {[]uint32{1}, nil}, {[]uint32{2}, nil}, {[]uint32{3, 2}, nil},
	}, &votingv1.Tally{
		Valid: 6, ValidHeads: 6, ValidAreaCentiM2: 48000, Winners: []uint32{0, 2},
		Totals: []*votingv1.OptionTotal{named(0, 3, 25000, 0), named(1, 3, 23000, 0), named(2, 3, 25000, 0), named(3, 1, 7000, 0)},
		Steps: []*votingv1.CountStep{
			{Options: []uint32{0, 1, 2, 3}, Figures: []string{"3", "1", "1", "1"}, Won: []uint32{0}},
			{Options: []uint32{1, 2, 3}, Figures: []string{"5/3", "4/3", "1"}, Out: []uint32{3}},
			{Options: []uint32{1, 2}, Figures: []string{"5/3", "7/3"}, Won: []uint32{2}},
		},
	}),
	// Three for a and b, two for c: after a, b adds half of 3, and c adds 2.
	"open proportional": openBy("open proportional", communityv1.Method_METHOD_PROPORTIONAL_APPROVAL, &communityv1.BallotRules{Seats: 2},
		question("a", "b", "c", "d"), threeAndTwo, &votingv1.Tally{
			Valid: 5, ValidHeads: 5, ValidAreaCentiM2: 41000, Winners: []uint32{0, 2}, Totals: threeAndTwoTotals,
			Steps: []*votingv1.CountStep{seated(0, "3", false), seated(2, "2", false)},
			Ties:  []*votingv1.Tie{{Options: []uint32{0, 1}, Value: "3"}},
		}),
	// Each has 2/5. The three pay 1/3 each for a and have 1/15 left; then nobody can pay, and those for c would carry the least.
	"open shares": openBy("open shares", communityv1.Method_METHOD_EQUAL_SHARES, &communityv1.BallotRules{Seats: 2},
		question("a", "b", "c", "d"), threeAndTwo, &votingv1.Tally{
			Valid: 5, ValidHeads: 5, ValidAreaCentiM2: 41000, Winners: []uint32{0, 2}, Totals: threeAndTwoTotals,
			Steps: []*votingv1.CountStep{seated(0, "1/3", false), seated(2, "1/10", true)},
			Ties:  []*votingv1.Tie{{Options: []uint32{0, 1}, Value: "1/3"}},
		}),
	// Each has 200, by which b is bought, and a would fit. With 300, which is 100 raises, a is as cheap as b, and all is spent.
	"open budget by shares": openBy("open budget by shares", communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, &communityv1.BallotRules{
		Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL, Utility: communityv1.Utility_UTILITY_COST,
		Completion: communityv1.Completion_COMPLETION_ADD_ONE,
	}, priced(1000, 600, 400, 500), []marked{
		{[]uint32{0}, nil}, {[]uint32{0}, nil}, {[]uint32{1}, nil}, {[]uint32{1}, nil}, {[]uint32{2}, nil},
	}, &votingv1.Tally{
		Valid: 5, ValidHeads: 5, ValidAreaCentiM2: 41000, Winners: []uint32{0, 1}, CostFen: 1000,
		Totals: []*votingv1.OptionTotal{named(0, 2, 16000, 2), named(1, 2, 16000, 2), named(2, 1, 9000, 1)},
		Steps:  []*votingv1.CountStep{seated(0, "300", false), seated(1, "200", false)},
	}),
	// Each point of three is worth 100. a is bought by its nine points for 600; b and c have one each, and there is money for one of them.
	"open budget by shares, greedy": openBy("open budget by shares, greedy", communityv1.Method_METHOD_BUDGET_EQUAL_SHARES,
		&communityv1.BallotRules{
			Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsSumMax: 3, Utility: communityv1.Utility_UTILITY_CARDINALITY,
			Completion: communityv1.Completion_COMPLETION_GREEDY,
		}, priced(1000, 600, 400, 300), []marked{
			{[]uint32{0}, []int64{3}}, {[]uint32{0}, []int64{3}}, {[]uint32{0}, []int64{3}}, {[]uint32{1}, []int64{1}}, {[]uint32{2}, []int64{1}},
		}, &votingv1.Tally{
			Valid: 5, ValidHeads: 5, ValidAreaCentiM2: 41000, Winners: []uint32{0, 1}, CostFen: 1000,
			Totals: []*votingv1.OptionTotal{named(0, 3, 25000, 9), named(1, 1, 7000, 1), named(2, 1, 9000, 1)},
			Steps:  []*votingv1.CountStep{seated(0, "200/3", false)}, Ties: []*votingv1.Tie{{Options: []uint32{1, 2}, Total: 1}},
		}),
}

var (
	threeAndTwo = []marked{
		{[]uint32{0, 1}, nil}, {[]uint32{1, 0}, nil}, {[]uint32{0, 1}, nil}, {[]uint32{2}, nil}, {[]uint32{2}, nil},
	}
	threeAndTwoTotals = []*votingv1.OptionTotal{named(0, 3, 25000, 3), named(1, 3, 25000, 3), named(2, 2, 16000, 2), named(3, 0, 0, 0)}
)

var sharedForgeries = []forgery{
	{"another winner", "open schulze", "result.winners", counted(func(t *votingv1.Tally) { t.Winners[0] = 1 })},
	{"a tie that is not told", "open schulze", "result.ties", counted(func(t *votingv1.Tally) { t.Ties, t.TieBroken = nil, false })},
	{"a tie of one more", "open schulze", "result.ties", counted(func(t *votingv1.Tally) { t.Ties[0].Options = []uint32{0, 1, 2} })},
	{"a comparison turned", "open schulze", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps[1].Won[0] = 0 })},
	{"a rank that scores", "open schulze", "count.totals", counted(func(t *votingv1.Tally) { t.Totals[0].Score++ })},
	{"a winner whom nobody ranked", "open schulze, silent", "result.differs", counted(func(t *votingv1.Tally) {
		t.Result, t.Winners = votingv1.Result_RESULT_CHOSEN, []uint32{0}
	})},
	{"another seat", "open stv", "result.winners", counted(func(t *votingv1.Tally) { t.Winners[1] = 1 })},
	{"a surplus that is rounded", "open stv", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps[1].Figures[0] = "1" })},
	{"another one out", "open stv", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps[1].Out[0] = 2 })},
	{"elected in another step", "open stv", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps[0].Won = nil })},
	{"the greater number", "open proportional", "result.winners", counted(func(t *votingv1.Tally) { t.Winners[1] = 1 })},
	{"another gain", "open proportional", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps[1].Figures[0] = "3/2" })},
	{"a tie of another gain", "open proportional", "result.ties", counted(func(t *votingv1.Tally) { t.Ties[0].Value = "2" })},
	{"both of the three", "open shares", "result.winners", counted(func(t *votingv1.Tally) { t.Winners[1] = 1 })},
	{"no completion", "open shares", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps[1].Completion = false })},
	{"a project less", "open budget by shares", "result.winners", counted(func(t *votingv1.Tally) {
		t.Winners, t.CostFen = t.Winners[1:], 400
	})},
	{"shares that were not raised", "open budget by shares", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps = t.Steps[1:] })},
	{"the other for what is left", "open budget by shares, greedy", "result.winners", counted(func(t *votingv1.Tally) {
		t.Winners, t.CostFen = []uint32{0, 2}, 900
	})},
	{"a tie that is not told", "open budget by shares, greedy", "result.ties",
		counted(func(t *votingv1.Tally) { t.Ties, t.TieBroken = nil, false })},
	{"a payment for all points", "open budget by shares, greedy", "steps.differ",
		counted(func(t *votingv1.Tally) { t.Steps[0].Figures[0] = "200" })},
	{"another comparison in secret", "secret run-off", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps[1].Figures[0] = "3" })},
	{"no steps in secret", "secret stars", "steps.differ", counted(func(t *votingv1.Tally) { t.Steps = nil })},
}
