package pollcheck

import (
	"cmp"
	"slices"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// greatest are the options with the greatest scores that are more than nothing, as many as there are seats, and the tie that was broken for
// the last one.
func (c *checking) greatest(score func(o int) int64) *selected {
	ranked := slices.DeleteFunc(descending(c.preferred(), score), func(o int) bool { return score(o) <= 0 })
	seats := max(1, int(c.rules.GetBallot().GetSeats()))
	if seats >= len(ranked) {
		return &selected{winners: numbers(ranked)}
	}
	out := &selected{winners: numbers(ranked[:seats])}
	if last := score(ranked[seats]); score(ranked[seats-1]) == last {
		equal := slices.DeleteFunc(ranked, func(o int) bool { return score(o) != last })
		out.ties = []broken{{options: equal, total: last}}
	}
	return out
}

// till is money for projects, from the greatest score down.
type till struct {
	score func(o int) int64
	cost  func(o int) int64
	money int64
	least int64 // a project of a lesser score is not looked at
	stops bool  // at the first that is too dear; otherwise that is passed over
}

// fund spends the money in an order, and tells the place behind the project at which it stopped.
func (t till) fund(order []int) (funded []int, stopped int) {
	left := t.money
	for i, o := range order {
		switch cost := t.cost(o); {
		case t.score(o) < t.least:
		case cost <= left:
			funded, left = append(funded, o), left-cost
		case t.stops:
			return funded, i + 1
		}
	}
	return funded, len(order)
}

// group is projects of the same score, and whether their order decided.
type group struct {
	broken
	decided bool
}

// spend funds projects, of which the preferred one comes first among equals. The order of equals decided if another of them, had it come
// first, would have given other winners.
func (t till) spend(preferred []int) (funded []int, groups []group) {
	order := descending(preferred, t.score)
	funded, stopped := t.fund(order)
	for from := 0; from < stopped; {
		to := from + 1
		for to < len(order) && t.score(order[to]) == t.score(order[from]) {
			to++
		}
		if t.score(order[from]) < t.least {
			break
		}
		if to-from > 1 {
			g := group{broken: broken{options: slices.Clone(order[from:to]), total: t.score(order[from])}}
			for i := from + 1; i < to && !g.decided; i++ {
				other := slices.Insert(slices.Delete(slices.Clone(order), i, i+1), from, order[i])
				again, _ := t.fund(other)
				g.decided = !sameSet(again, funded)
			}
			groups = append(groups, g)
		}
		from = to
	}
	return funded, groups
}

// funded are the projects that there is money for by their scores.
func (c *checking) funded(score func(o int) int64) *selected {
	t := c.till(score)
	t.stops = c.rules.GetMethod() == communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP
	funded, groups := t.spend(c.preferred())
	out := &selected{winners: numbers(funded)}
	for _, g := range groups {
		if g.decided {
			out.ties = append(out.ties, g.broken)
		}
	}
	return out
}

// till is the question's budget.
func (c *checking) till(score func(o int) int64) till {
	return till{
		score: score, cost: func(o int) int64 { return c.question.GetOptions()[o].GetCostFen() },
		money: c.question.GetBudgetFen(), least: c.rules.GetBallot().GetScoreMin(),
	}
}

// star: of the two options with the most points that wins to which more ballots give more; otherwise the one with more points.
func star(heaps []heap, scores []int64, u *umpire) []int {
	left := slices.DeleteFunc(upTo(len(scores)), func(o int) bool { return scores[o] <= 0 })
	var two []int
	for len(left) > 0 && len(two) < 2 {
		best := extreme(left, 1, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
		o := u.first(best, broken{total: scores[best[0]]})
		two, left = append(two, o), without(left, o)
	}
	if len(two) < 2 {
		return two
	}
	var sides [2]int64
	for _, h := range heaps {
		var given [2]int64
		for i, o := range h.options {
			for side := range two {
				if two[side] == o {
					given[side] = h.points[i]
				}
			}
		}
		if by := cmp.Compare(given[0], given[1]); by != 0 {
			sides[(1-by)/2] += h.weight
		}
	}
	winner := two[0]
	switch by := cmp.Or(cmp.Compare(sides[0], sides[1]), cmp.Compare(scores[two[0]], scores[two[1]])); {
	case by < 0:
		winner = two[1]
	case by == 0:
		winner = u.first(two, broken{total: sides[0]})
	}
	u.note(&votingv1.CountStep{
		Options: numbers(two), Figures: []string{decimal(sides[0]), decimal(sides[1])}, Won: []uint32{uint32(winner)},
	})
	return []int{winner}
}

// runOff: whoever is first on the fewest ballots is out, until two are left.
func runOff(heaps []heap, n int, u *umpire) []int {
	for standing := sortedCopy(upTo(n), u.prefers); ; {
		sums, stands := make([]int64, n), make([]bool, n)
		for _, o := range standing {
			stands[o] = true
		}
		for _, h := range heaps {
			if at := slices.IndexFunc(h.options, func(o int) bool { return stands[o] }); at >= 0 {
				sums[h.options[at]] += h.weight
			}
		}
		step := &votingv1.CountStep{Options: numbers(standing)}
		for _, o := range standing {
			step.Figures = append(step.Figures, decimal(sums[o]))
		}
		u.note(step)
		bySum := func(a, b int) int { return cmp.Compare(sums[a], sums[b]) }
		if len(standing) <= 2 {
			best := extreme(standing, 1, bySum)
			if len(best) == 0 || sums[best[0]] == 0 {
				return nil
			}
			return []int{u.first(best, broken{total: sums[best[0]]})}
		}
		worst := extreme(standing, -1, bySum)
		out := u.last(worst, broken{total: sums[worst[0]]})
		step.Out, standing = []uint32{uint32(out)}, without(standing, out)
	}
}
