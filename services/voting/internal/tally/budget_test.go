package tally

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestAllocate(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		rule          Budget
		costs, scores []int64
		winners       []uint32
		cost          int64
		ties          []Tie
	}{
		"everything fits":     {Budget{Budget: 6}, []int64{1, 2, 3}, []int64{1, 3, 2}, []uint32{1, 2, 0}, 6, nil},
		"exactly the budget":  {Budget{Budget: 5}, []int64{2, 3, 1}, []int64{9, 8, 7}, []uint32{0, 1}, 5, nil},
		"greedy goes on":      {Budget{Budget: 5}, []int64{3, 4, 2}, []int64{9, 8, 7}, []uint32{0, 2}, 5, nil},
		"no-skip stops":       {Budget{Budget: 5, NoSkip: true}, []int64{3, 4, 2}, []int64{9, 8, 7}, []uint32{0}, 3, nil},
		"below the threshold": {Budget{Budget: 9, ScoreMin: 8}, []int64{3, 3, 3}, []int64{9, 8, 7}, []uint32{0, 1}, 6, nil},
		"the threshold stops nobody": {
			Budget{Budget: 9, ScoreMin: 8, NoSkip: true}, []int64{3, 99, 3}, []int64{9, 7, 8}, []uint32{0, 2}, 6, nil,
		},
		"nobody chose it":            {Budget{Budget: 9}, []int64{3}, []int64{0}, []uint32{0}, 3, nil},
		"nobody chose it, minimum 1": {Budget{Budget: 9, ScoreMin: 1}, []int64{3}, []int64{0}, []uint32{}, 0, nil},
		"no money":                   {Budget{}, []int64{3, 0}, []int64{1, 2}, []uint32{1}, 0, nil},
		"a tie by ascending id":      {Budget{Budget: 4}, []int64{3, 4}, []int64{5, 5}, []uint32{0}, 3, tied(5, true, 0, 1)},
		"a tie that decides nothing": {Budget{Budget: 7}, []int64{3, 4}, []int64{5, 5}, []uint32{0, 1}, 7, tied(5, false, 0, 1)},
		"a tie of two too dear":      {Budget{Budget: 2}, []int64{3, 4}, []int64{5, 5}, []uint32{}, 0, tied(5, false, 0, 1)},
		"no-skip: the dear one first": {
			Budget{Budget: 2, NoSkip: true}, []int64{3, 1}, []int64{5, 5}, []uint32{}, 0, tied(5, true, 0, 1),
		},
		"no-skip: the dear one last": {
			Budget{Budget: 2, NoSkip: true}, []int64{0, 3}, []int64{5, 5}, []uint32{0}, 0, tied(5, true, 0, 1),
		},
		"no-skip: a tie after the end is none": {
			Budget{Budget: 2, NoSkip: true}, []int64{3, 1, 1}, []int64{9, 5, 5}, []uint32{}, 0, nil,
		},
		"huge": {Budget{Budget: math.MaxInt64}, []int64{math.MaxInt64, 1}, []int64{2, 1}, []uint32{0}, math.MaxInt64, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := c.rule.Allocate(c.costs, c.scores, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.winners, got.Winners) + cmp.Diff(c.ties, got.Ties); diff != "" || got.Cost != c.cost {
				t.Errorf("cost %d, want %d\n%s", got.Cost, c.cost, diff)
			}
		})
	}
}

func TestAwardsTellEveryStep(t *testing.T) {
	t.Parallel()
	got, err := Budget{Budget: 10, ScoreMin: 2, NoSkip: true}.Allocate([]int64{6, 5, 4, 1}, []int64{9, 7, 8, 1}, nil)
	want := []Award{{0, 9, 6, 4, Funded}, {2, 8, 4, 0, Funded}, {1, 7, 5, 0, TooDear}, {3, 1, 1, 0, BelowMin}}
	if diff := cmp.Diff(want, got.Awards); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func TestAllocateRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		budget        int64
		costs, scores []int64
		want          error
	}{
		"negative budget": {-1, []int64{1}, []int64{1}, ErrAmountNegative},
		"negative cost":   {1, []int64{1, -1}, []int64{1, 1}, ErrAmountNegative},
		"lengths differ":  {1, []int64{1}, []int64{1, 1}, ErrRuleMalformed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := (Budget{Budget: c.budget}).Allocate(c.costs, c.scores, nil); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// budgetCase is a small election whose scores often tie.
func budgetCase(t *rapid.T) (rule Budget, costs, scores []int64) {
	n := rapid.IntRange(1, 6).Draw(t, "projects")
	costs = rapid.SliceOfN(rapid.Int64Range(0, 12), n, n).Draw(t, "costs")
	scores = rapid.SliceOfN(rapid.Int64Range(0, 3), n, n).Draw(t, "scores")
	rule.Budget = rapid.Int64Range(0, 30).Draw(t, "budget")
	rule.ScoreMin = rapid.Int64Range(0, 2).Draw(t, "min")
	rule.NoSkip = rapid.Bool().Draw(t, "noskip")
	return rule, costs, scores
}

func TestAllocateInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rule, costs, scores := budgetCase(t)
		got, err := rule.Allocate(costs, scores, nil)
		if err != nil {
			t.Fatal(err)
		}
		var cost int64
		won := map[uint32]bool{}
		for _, o := range got.Winners {
			cost += costs[o]
			won[o] = true
			if scores[o] < rule.ScoreMin {
				t.Fatalf("option %d won below the threshold", o)
			}
		}
		if cost > rule.Budget || cost != got.Cost || len(won) != len(got.Winners) || len(got.Awards) != len(costs) {
			t.Fatalf("cost %d of %d, reported %d", cost, rule.Budget, got.Cost)
		}
		for o := range costs {
			if !rule.NoSkip && !won[uint32(o)] && scores[o] >= rule.ScoreMin && costs[o] <= rule.Budget-cost {
				t.Fatalf("greedy left %d out though it still fits", o)
			}
		}
	})
}

// TestDecisiveByEveryOrder holds the word on ties against all orders: the winners are the same whatever the order among equals if and
// only if no tie is called decisive.
func TestDecisiveByEveryOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rule, costs, scores := budgetCase(t)
		got, err := rule.Allocate(costs, scores, nil)
		if err != nil {
			t.Fatal(err)
		}
		decisive := slices.ContainsFunc(got.Ties, func(tie Tie) bool { return tie.Decisive })
		outcomes := map[uint32]bool{}
		permute(len(costs), func(order []int) {
			if !slices.IsSortedFunc(order, func(a, b int) int { return int(scores[b] - scores[a]) }) {
				return
			}
			left, won := rule.Budget, uint32(0)
			for _, o := range order {
				if scores[o] < rule.ScoreMin {
					continue
				}
				if costs[o] <= left {
					left -= costs[o]
					won |= 1 << o
				} else if rule.NoSkip {
					break
				}
			}
			outcomes[won] = true
		})
		if decisive != (len(outcomes) > 1) {
			t.Fatalf("decisive %v, but the orders among equals give %d sets of winners", decisive, len(outcomes))
		}
	})
}

// permute calls f with every order of 0..n-1.
func permute(n int, f func([]int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var step func(int)
	step = func(k int) {
		if k == n {
			f(order)
			return
		}
		for i := k; i < n; i++ {
			order[k], order[i] = order[i], order[k]
			step(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	step(0)
}
