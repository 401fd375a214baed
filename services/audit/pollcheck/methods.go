package pollcheck

import (
	"slices"
	"strconv"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// decided is who wins by open ballots, and how that came about.
type decided struct {
	winners []int
	ties    []*votingv1.Tie // those that decided, or of which that was not tried
	cost    int64
	steps   []*votingv1.CountStep
}

// chooser breaks the ties of one count as they come. A trial breaks one of them another way.
type chooser struct {
	met     []*votingv1.Tie
	at      int // number of the tie that falls to another; -1 for none
	instead int
}

// one gives the first of options that stand equal, or the last. They stand in the order in which they are preferred.
func (h *chooser) one(equal []int, total int64, last bool) int {
	if len(equal) == 1 {
		return equal[0]
	}
	h.met = append(h.met, &votingv1.Tie{Options: numbers(equal), Total: total})
	switch {
	case len(h.met)-1 == h.at:
		return h.instead
	case last:
		return equal[len(equal)-1]
	}
	return equal[0]
}

// trials is how many other ways ties are broken to see whether they decided.
const trials = 64

// decisive counts, and then again with every tie broken another way, until that gives other winners.
func decisive(count func(*chooser) []int) (winners []int, ties []*votingv1.Tie) {
	truth := &chooser{at: -1}
	winners = count(truth)
	left := trials
	for i, tie := range truth.met {
		for _, o := range tie.GetOptions() {
			if left == 0 { // whether it decided nobody knows
				ties = append(ties, tie)
				break
			}
			left--
			if !sameSet(winners, count(&chooser{at: i, instead: int(o)})) {
				ties = append(ties, tie)
				break
			}
		}
	}
	return winners, ties
}

func sameSet(a, b []int) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}

// decide finds the winners of open ballots by the poll's method.
func (c *checking) decide(n *openCount) decided {
	var d decided
	switch m := c.rules.GetMethod(); {
	case m == communityv1.Method_METHOD_STAR:
		d.winners, d.ties = decisive(func(h *chooser) []int { return c.star(n, h, &d) })
	case m == communityv1.Method_METHOD_INSTANT_RUNOFF:
		d.winners, d.ties = decisive(func(h *chooser) []int { return c.runoff(n, h, &d) })
	case c.spends():
		c.spend(n, &d)
	default:
		totals := func(o int) int64 { return n.options[o][0].heads }
		if n.scores != nil && m != communityv1.Method_METHOD_APPROVAL {
			totals = func(o int) int64 { return n.scores[o] }
		}
		d.winners, d.ties = c.greatest(totals)
	}
	return d
}

// greatest are the options with the greatest totals that are more than nothing, as many as there are seats, and the tie that was broken for
// the last one.
func (c *checking) greatest(totals func(o int) int64) ([]int, []*votingv1.Tie) {
	ranked := sortedCopy(c.preferred(), func(a, b int) int {
		switch {
		case totals(a) > totals(b):
			return -1
		case totals(a) < totals(b):
			return 1
		}
		return 0
	})
	ranked = slices.DeleteFunc(ranked, func(o int) bool { return totals(o) <= 0 })
	seats := max(1, int(c.rules.GetBallot().GetSeats()))
	if seats >= len(ranked) {
		return ranked, nil
	}
	if last := totals(ranked[seats]); totals(ranked[seats-1]) == last {
		equal := slices.DeleteFunc(slices.Clone(ranked), func(o int) bool { return totals(o) != last })
		return ranked[:seats], []*votingv1.Tie{{Options: numbers(equal), Total: last}}
	}
	return ranked[:seats], nil
}

// star takes the two with the most points, and of these whom more ballots give more.
func (c *checking) star(n *openCount, h *chooser, d *decided) []int {
	var two []int
	for range 2 {
		best := n.most(func(o int) (int64, bool) { return n.scores[o], n.scores[o] > 0 && !slices.Contains(two, o) })
		if len(best) == 0 {
			return two
		}
		two = append(two, h.one(best, n.scores[best[0]], false))
	}
	var each [2]int64
	for _, v := range n.votes {
		var gave [2]int64
		for k, o := range v.options {
			if at := slices.Index(two, int(o)); at >= 0 {
				gave[at] = v.points[k]
			}
		}
		switch {
		case gave[0] > gave[1]:
			each[0] += v.heads
		case gave[1] > gave[0]:
			each[1] += v.heads
		}
	}
	winner := two[0]
	switch {
	case each[1] > each[0]:
		winner = two[1]
	case each[0] == each[1] && n.scores[two[0]] == n.scores[two[1]]:
		winner = h.one(n.most(func(o int) (int64, bool) { return 0, slices.Contains(two, o) }), each[0], false)
	}
	if h.at < 0 {
		d.steps = []*votingv1.CountStep{{
			Options: numbers(two), Figures: []string{decimal(each[0]), decimal(each[1])}, Won: numbers([]int{winner}),
		}}
	}
	return []int{winner}
}

// most are the options with the most of something, in the order in which they are preferred.
func (n *openCount) most(of func(o int) (n int64, takesPart bool)) (best []int) {
	var top int64
	for _, o := range n.preferred {
		switch n, takesPart := of(o); {
		case !takesPart:
		case len(best) == 0 || n > top:
			best, top = []int{o}, n
		case n == top:
			best = append(best, o)
		}
	}
	return best
}

// runoff takes out the option for which the fewest ballots count, each counting for the first of its options that is left, until two are
// left.
func (c *checking) runoff(n *openCount, h *chooser, d *decided) []int {
	gone, place := make([]bool, len(n.options)), make([]int, len(n.votes))
	for left := len(n.options); ; left-- {
		totals := make([]int64, len(n.options))
		for i, v := range n.votes {
			for place[i] < len(v.options) && gone[v.options[place[i]]] {
				place[i]++
			}
			if place[i] < len(v.options) {
				totals[v.options[place[i]]] += v.heads
			}
		}
		step := &votingv1.CountStep{}
		for _, o := range n.preferred {
			if !gone[o] {
				step.Options, step.Figures = append(step.Options, uint32(o)), append(step.Figures, decimal(totals[o]))
			}
		}
		if h.at < 0 {
			d.steps = append(d.steps, step)
		}
		if left <= 2 {
			best := n.most(func(o int) (int64, bool) { return totals[o], totals[o] > 0 && !gone[o] })
			if len(best) == 0 {
				return nil
			}
			return []int{h.one(best, totals[best[0]], false)}
		}
		fewest := n.most(func(o int) (int64, bool) { return -totals[o], !gone[o] })
		out := h.one(fewest, totals[fewest[0]], true)
		step.Out, gone[out] = []uint32{uint32(out)}, true
	}
}

// spend funds projects from the greatest score down while there is money for them. A tie decided if another of its projects, had it come
// first, would have given other winners.
func (c *checking) spend(n *openCount, d *decided) {
	order := sortedCopy(n.preferred, func(a, b int) int {
		switch {
		case n.scores[a] > n.scores[b]:
			return -1
		case n.scores[a] < n.scores[b]:
			return 1
		}
		return 0
	})
	var stopped int
	d.winners, d.cost, stopped = c.fund(n, order)
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && n.scores[order[to]] == n.scores[order[from]] {
			to++
		}
		if from >= stopped || n.scores[order[from]] < c.rules.GetBallot().GetScoreMin() {
			return
		}
		for i := from; i < to && to-from > 1; i++ {
			other := slices.Delete(slices.Clone(order), i, i+1)
			other = slices.Insert(other, from, order[i])
			if funded, _, _ := c.fund(n, other); !sameSet(funded, d.winners) {
				d.ties = append(d.ties, &votingv1.Tie{Options: numbers(order[from:to]), Total: n.scores[order[from]]})
				break
			}
		}
		from = to
	}
}

// fund spends the budget in an order. It stops at the first project that is too dear where the rules say so, and tells the place behind it.
func (c *checking) fund(n *openCount, order []int) (winners []int, cost int64, stopped int) {
	for i, o := range order {
		price := c.question.GetOptions()[o].GetCostFen()
		switch {
		case n.scores[o] < c.rules.GetBallot().GetScoreMin():
		case price <= c.question.GetBudgetFen()-cost:
			winners, cost = append(winners, o), cost+price
		case c.rules.GetMethod() == communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP:
			return winners, cost, i + 1
		}
	}
	return winners, cost, len(order)
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
