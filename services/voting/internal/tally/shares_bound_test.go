package tally

import (
	"math"
	"testing"
)

// TestEnough: how many raises it takes until a support can pay a cost, at the bounds of what fits a word.
func TestEnough(t *testing.T) {
	t.Parallel()
	const never = math.MaxInt64
	for name, tt := range map[string]struct {
		weight, budget, step int64
		cost, support        int64
		want                 int64
	}{
		"one more for each":              {2, 10, 2, 6, 1, 1},
		"one unit more":                  {1, 10, 1, 11, 1, 1},
		"two, of two each":               {1, 10, 2, 13, 1, 2},
		"just two, of two each":          {1, 10, 2, 14, 1, 2},
		"as much as there may be":        {2, 9, 1, moneyMax / 2, 1, moneyMax - 1 - 9},
		"all that there may be":          {1, 9, 1, moneyMax, 1, moneyMax - 9},
		"more than there may be":         {1, 9, 1, moneyMax + 1, 1, never},
		"more than a word with a sign":   {16, 9, 1, 1 << 59, 1, never},
		"just more than a word":          {32, 9, 1, 1 << 59, 1, never},
		"far more than a word":           {1 << 59, 9, 1, 1 << 59, 1, never},
		"a word more than all the votes": {1 << 40, 9, 1, 1 << 59, 1 << 20, never},
	} {
		r := raising{market: &market{weight: tt.weight}, budget: tt.budget, step: tt.step}
		if got := r.enough(tt.cost, tt.support); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	r := raising{market: &market{weight: 2}, budget: 10, step: 2}
	if got := r.enough(5, 1); got > 1 {
		t.Errorf("what can be paid now takes %d raises", got)
	}
}

// dear is a budget of which one voter in two wants something that costs so much, and the other what nobody can pay.
func dear(cost, budget int64) (Poll, []Ballot, Roll) {
	return Poll{
			Method: MethodBudgetShares, Form: Form{Kind: KindApproval, Options: 2, Costs: []int64{cost, moneyMax}}, Utility: UtilityCost,
			Completion: CompletionAddOne, Budget: Budget{Budget: budget},
		}, []Ballot{{Voter: "a", Choices: []uint32{0}}, {Voter: "b", Choices: []uint32{1}}},
		Roll{"a": {Heads: 1}, "b": {Heads: 1}}
}

// TestRaisesUntilAllMoney: money is raised up to all that there may be, and not beyond.
func TestRaisesUntilAllMoney(t *testing.T) {
	t.Parallel()
	const budget = moneyMax - 10
	for cost, want := range map[int64]Shares{
		moneyMax / 2:     {Raises: 5}, // both have as much as it costs when there is twice that, but for one unit all that there may be
		moneyMax/2 + 1:   {Raises: 0, Stopped: true},
		moneyMax/2 - 1:   {Raises: 4},
		moneyMax / 2 / 2: {Raises: 0},
	} {
		poll, ballots, roll := dear(cost, budget)
		res, err := poll.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		if got := res.Shares; got.Raises != want.Raises || got.Stopped != want.Stopped || (len(got.Picks) == 1) == want.Stopped {
			t.Errorf("a cost of %d: %+v, want %+v", cost, got, want)
		}
	}
}

// TestRaisesStop: who may count anew so often stops there, and where nothing is left to buy nobody counts anew.
func TestRaisesStop(t *testing.T) {
	t.Parallel()
	blocs := []bloc{{choices: []uint32{0}, weight: 1}, {choices: []uint32{1}, weight: 1}, {choices: []uint32{2}, weight: 1}}
	m := newMarket([]int64{4, 5, 6}, []bool{true, true, true}, false, blocs, 3)
	r := raising{market: m, budget: 15, step: 3}
	if got := r.most(); got != raisesMax {
		t.Errorf("it may be counted anew %d times", got)
	}
	r.budget = 9 // for three, who then have four, five and six
	for most, want := range map[int64]Shares{
		0: {Raises: 0, Stopped: true}, 1: {Raises: 1, Stopped: true}, 2: {Raises: 2},
	} {
		if raises, stopped := r.raise(most); raises != want.Raises || stopped != want.Stopped {
			t.Errorf("at most %d: %d, stopped %v; want %+v", most, raises, stopped, want)
		}
	}
}

// TestSharesAtTheBound: of weights as great as can be, the bounds of what each has left are so wide that only the exact amounts tell what
// can be paid.
func TestSharesAtTheBound(t *testing.T) {
	t.Parallel()
	const half = 1 << 58
	for support, want := range map[int64]int{half - 1: 0, half: 1, half + 1: 1} {
		poll, ballots, roll := dear(5, 10)
		poll.Completion = CompletionNone
		roll["a"], roll["b"] = Weight{Heads: support}, Weight{Heads: 2*half - support}
		res, err := poll.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(res.Winners); got != want {
			t.Errorf("%d of %d buy %d", support, int64(2*half), got)
		}
	}
}
