package tally

import (
	"cmp"
	"slices"

	"renlin.dev/pkg/fault"
)

// ErrAmountNegative refuses a budget or a cost below zero.
var ErrAmountNegative = fault.New(fault.Invalid, "amount.negative",
	"A budget or a project's cost is below zero.", "预算或项目费用为负数。")

// Budget is the rule of a participatory budget. Projects are considered from the greatest score down, equal scores by the poll's
// Order; one that fits into what is left of the budget is funded. What happens at one that does not fit is the difference
// between the two rules cities use: greedy passes over it and goes on, greedy-no-skip stops there.
type Budget struct {
	// Budget is in the same unit of money as the costs.
	Budget int64
	// ScoreMin: a project with a smaller score is not considered at all (so it stops nothing either). 0 lets every project in,
	// even one that nobody chose, as the cities' own counts do.
	ScoreMin int64
	// NoSkip chooses greedy-no-skip.
	NoSkip bool
}

// Fate is what became of a project.
type Fate string

// The fates.
const (
	Funded   Fate = "funded"
	TooDear  Fate = "too_dear"  // it did not fit into what was left
	Stopped  Fate = "stopped"   // the count had stopped before it (greedy-no-skip)
	BelowMin Fate = "below_min" // its score was below ScoreMin
)

// Award is one step of the count.
type Award struct {
	Option uint32
	Score  int64
	Cost   int64
	// Left is what was left of the budget after this step.
	Left int64
	Fate Fate
}

// Allocation is the result of a participatory budget.
type Allocation struct {
	// Winners are in the order in which they were funded.
	Winners []uint32
	Cost    int64
	Awards  []Award
	Ties    []Tie
}

// Allocate spends the budget by the scores; costs[o] and scores[o] belong to option o.
func (r Budget) Allocate(costs, scores []int64, order Order) (Allocation, error) {
	if len(scores) != len(costs) {
		return Allocation{}, ErrRuleMalformed
	}
	if err := order.check(uint32(len(costs))); err != nil {
		return Allocation{}, err
	}
	negative := r.Budget < 0
	for _, c := range costs {
		negative = negative || c < 0
	}
	if negative {
		return Allocation{}, ErrAmountNegative
	}
	options := make([]uint32, len(costs))
	for o := range options {
		options[o] = uint32(o)
	}
	return r.allocate(options, costs, scores, order), nil
}

// allocate spends the budget on some options; costs and scores stand beside them.
func (r Budget) allocate(options []uint32, costs, scores []int64, order Order) Allocation {
	steps := make([]Award, len(options))
	for i, o := range options {
		steps[i] = Award{Option: o, Score: scores[i], Cost: costs[i], Fate: Funded}
	}
	slices.SortFunc(steps, func(a, b Award) int { return cmp.Or(cmp.Compare(b.Score, a.Score), order.compare(a.Option, b.Option)) })
	a := Allocation{Winners: []uint32{}, Awards: make([]Award, 0, len(options))}
	left, stopped := r.Budget, false
	for _, step := range steps {
		switch {
		case step.Score < r.ScoreMin:
			step.Fate = BelowMin
		case stopped:
			step.Fate = Stopped
		case step.Cost > left:
			step.Fate = TooDear
			stopped = r.NoSkip
		default:
			left -= step.Cost
			a.Winners = append(a.Winners, step.Option)
		}
		step.Left = left
		a.Awards = append(a.Awards, step)
	}
	a.Cost = r.Budget - left
	a.Ties = r.ties(a.Awards)
	return a
}

// ties answers the groups of equal score that were still in the running, with exact word on whether their order mattered. Greedy: it
// did if and only if one that alone fitted into what was left before the group was not funded, because put first it would have been.
// Greedy-no-skip: if and only if one was not funded and one alone fitted; put first, the former stops the latter or is funded itself.
func (r Budget) ties(awards []Award) []Tie {
	var ties []Tie
	left := r.Budget
	for from := 0; from < len(awards); {
		to := from + 1
		for to < len(awards) && awards[to].Score == awards[from].Score {
			to++
		}
		group := awards[from:to]
		if group[0].Fate == BelowMin || group[0].Fate == Stopped {
			break
		}
		if len(group) > 1 {
			tie := Tie{Total: group[0].Score}
			var fits, out, fitsAndOut bool
			for _, step := range group {
				tie.Options = append(tie.Options, step.Option)
				fits = fits || step.Cost <= left
				out = out || step.Fate != Funded
				fitsAndOut = fitsAndOut || (step.Cost <= left && step.Fate != Funded)
			}
			tie.Decisive = fitsAndOut || (r.NoSkip && fits && out)
			ties = append(ties, tie)
		}
		left = group[len(group)-1].Left
		from = to
	}
	return ties
}
