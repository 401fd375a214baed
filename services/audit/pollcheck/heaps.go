package pollcheck

import (
	"cmp"
	"math/big"
	"slices"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// selected is who wins, and which ties decided it.
type selected struct {
	winners []uint32
	ties    []*votingv1.Tie
}

// umpire breaks ties by the order in which a poll prefers options; in a trial it answers otherwise at one of them.
type umpire struct {
	places  []int // of the options
	turn    int   // that of the trial; -1 for none
	instead int
	broken  []broken
}

// broken is a tie that was, the preferred option first, and what each had.
type broken struct {
	options []int
	total   int64
	value   string
}

func (u *umpire) first(equal []int, had broken) int { return u.among(equal, had, false) }

func (u *umpire) last(equal []int, had broken) int { return u.among(equal, had, true) }

func (u *umpire) among(equal []int, had broken, last bool) int {
	if len(equal) == 1 {
		return equal[0]
	}
	had.options = sortedCopy(equal, u.prefers)
	u.broken = append(u.broken, had)
	switch {
	case u.turn == len(u.broken)-1:
		return u.instead
	case last:
		return had.options[len(equal)-1]
	}
	return had.options[0]
}

func (u *umpire) prefers(a, b int) int { return u.places[a] - u.places[b] }

// funded are the projects that there is money for, from the greatest score down: what does not fit is passed over, or ends it, as the rules
// say. A tie decided if another order could have had another one funded.
func (c *checking) funded(score func(o int) int64) (winners []uint32, ties []*votingv1.Tie) {
	options, left := c.question.GetOptions(), c.question.GetBudgetFen()
	stops := c.rules.GetMethod() == communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP
	ranked := sortedCopy(c.preferred(), func(a, b int) int { return cmp.Compare(score(b), score(a)) })
	ranked = slices.DeleteFunc(ranked, func(o int) bool { return score(o) < c.rules.GetBallot().GetScoreMin() })
	for stopped := false; len(ranked) > 0 && !stopped; {
		n := 1
		for n < len(ranked) && score(ranked[n]) == score(ranked[0]) {
			n++
		}
		before, fits, out, both := left, false, false, false
		for _, o := range ranked[:n] {
			alone, got := options[o].GetCostFen() <= before, !stopped && options[o].GetCostFen() <= left
			if got {
				winners, left = append(winners, uint32(o)), left-options[o].GetCostFen()
			} else {
				stopped = stops
			}
			fits, out, both = fits || alone, out || !got, both || alone && !got
		}
		if n > 1 && (both || stops && fits && out) {
			ties = append(ties, &votingv1.Tie{Options: numbers(ranked[:n]), Total: score(ranked[0])})
		}
		ranked = ranked[n:]
	}
	return winners, ties
}

// trialsMax is how often a count is made again to find out which ties decided; those that are not reached are told as if they had.
const trialsMax = 64

// umpired counts, and finds out which ties decided, by answering otherwise at each of them.
func (c *checking) umpired(count func(*umpire) []int) *selected {
	order := c.preferred()
	places := make([]int, len(order))
	for place, o := range order {
		places[o] = place
	}
	first := &umpire{places: places, turn: -1}
	winners := count(first)
	out, trials := &selected{winners: numbers(winners)}, 0
	for turn, tie := range first.broken {
		decided := false
		for _, option := range tie.options {
			if decided || trials == trialsMax {
				decided = true
				break
			}
			trials++
			again := count(&umpire{places: places, turn: turn, instead: option})
			decided = !slices.Equal(sortedCopy(again, cmp.Compare[int]), sortedCopy(winners, cmp.Compare[int]))
		}
		if decided {
			out.ties = append(out.ties, &votingv1.Tie{Options: numbers(tie.options), Total: tie.total, Value: tie.value})
		}
	}
	return out
}

// decideHeaps counts by the poll's method, and fills in what each option scores.
func (c *checking) decideHeaps(heaps []heap, scores []int64) *selected {
	n, seats := len(scores), max(1, int(c.rules.GetBallot().GetSeats()))
	for _, h := range heaps {
		for i, o := range h.options {
			switch {
			case c.rules.GetMethod() == communityv1.Method_METHOD_BORDA:
				scores[o] += h.weight * int64(n-1-i)
			case len(h.points) > 0:
				scores[o] += h.weight * h.points[i]
			case !c.ranks():
				scores[o] += h.weight
			}
		}
	}
	switch c.rules.GetMethod() {
	case communityv1.Method_METHOD_BORDA, communityv1.Method_METHOD_QUADRATIC:
		winners, ties := c.greatest(func(o int) int64 { return scores[o] })
		return &selected{numbers(winners), ties}
	case communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP:
		winners, ties := c.funded(func(o int) int64 { return scores[o] })
		return &selected{winners, ties}
	case communityv1.Method_METHOD_STAR:
		return c.umpired(func(u *umpire) []int { return star(heaps, scores, u) })
	case communityv1.Method_METHOD_INSTANT_RUNOFF:
		return c.umpired(func(u *umpire) []int { return runOff(heaps, n, u) })
	case communityv1.Method_METHOD_SCHULZE:
		return c.umpired(func(u *umpire) []int { return strongest(heaps, n, u) })
	case communityv1.Method_METHOD_STV:
		return c.umpired(func(u *umpire) []int { return transfer(heaps, n, seats, u) })
	case communityv1.Method_METHOD_PROPORTIONAL_APPROVAL:
		return c.umpired(func(u *umpire) []int { return proportional(heaps, n, seats, u) })
	case communityv1.Method_METHOD_EQUAL_SHARES:
		return c.umpired(func(u *umpire) []int { return share(heaps, n, seats, u) })
	}
	return nil
}

// extreme lists those of some options of which a figure is the greatest (sign 1) or the least (-1).
func extreme(options []int, sign int, compare func(a, b int) int) (best []int) {
	for _, o := range options {
		by := 0
		if len(best) > 0 {
			by = sign * compare(o, best[0])
		}
		switch {
		case by > 0:
			best = []int{o}
		case by == 0:
			best = append(best, o)
		}
	}
	return best
}

func upTo(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// star: of the two options with the most points that wins to which more ballots give more; otherwise the one with more points.
func star(heaps []heap, scores []int64, u *umpire) []int {
	left := slices.DeleteFunc(upTo(len(scores)), func(o int) bool { return scores[o] <= 0 })
	var two []int
	for len(left) > 0 && len(two) < 2 {
		best := extreme(left, 1, func(a, b int) int { return cmp.Compare(scores[a], scores[b]) })
		o := u.first(best, broken{total: scores[best[0]]})
		two, left = append(two, o), slices.DeleteFunc(left, func(x int) bool { return x == o })
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
	switch {
	case sides[0] > sides[1] || sides[0] == sides[1] && scores[two[0]] > scores[two[1]]:
		return two[:1]
	case sides[1] > sides[0]:
		return two[1:]
	}
	return []int{u.first(two, broken{total: sides[0]})}
}

// runOff: whoever is first on the fewest ballots is out, until two are left.
func runOff(heaps []heap, n int, u *umpire) []int {
	for standing := upTo(n); ; {
		sums := make([]int64, n)
		for _, h := range heaps {
			if at := slices.IndexFunc(h.options, func(o int) bool { return slices.Contains(standing, o) }); at >= 0 {
				sums[h.options[at]] += h.weight
			}
		}
		bySum := func(a, b int) int { return cmp.Compare(sums[a], sums[b]) }
		if len(standing) <= 2 {
			best := extreme(standing, 1, bySum)
			if sums[best[0]] == 0 {
				return nil
			}
			return []int{u.first(best, broken{total: sums[best[0]]})}
		}
		worst := extreme(standing, -1, bySum)
		out := u.last(worst, broken{total: sums[worst[0]]})
		standing = slices.DeleteFunc(standing, func(o int) bool { return o == out })
	}
}

// strongest: the option that no other has a stronger chain of victories to than it has back (Schulze, winning votes).
func strongest(heaps []heap, n int, u *umpire) []int {
	if len(heaps) == 0 {
		return nil
	}
	over := make([][]int64, n)
	for a := range over {
		over[a] = make([]int64, n)
		for b := range over {
			for _, h := range heaps {
				at, other := slices.Index(h.options, a), slices.Index(h.options, b)
				if at >= 0 && a != b && (other < 0 || at < other) {
					over[a][b] += h.weight
				}
			}
		}
	}
	chain := make([][]int64, n)
	for a := range chain {
		chain[a] = make([]int64, n)
		for b := range chain {
			if over[a][b] > over[b][a] {
				chain[a][b] = over[a][b]
			}
		}
	}
	for again := true; again; { // until no chain is made stronger by another link
		again = false
		for a := range n {
			for b := range n {
				for via := range n {
					if by := min(chain[a][via], chain[via][b]); a != b && by > chain[a][b] {
						chain[a][b], again = by, true
					}
				}
			}
		}
	}
	unbeaten := slices.DeleteFunc(upTo(n), func(a int) bool {
		return slices.ContainsFunc(upTo(n), func(b int) bool { return chain[b][a] > chain[a][b] })
	})
	return []int{u.first(unbeaten, broken{})}
}

// proportional: seat by seat the option that adds the most, a ballot of which k are seated adding 1/(k+1) of its weight.
func proportional(heaps []heap, n, seats int, u *umpire) (seated []int) {
	for len(seated) < seats {
		gains := make([]*big.Rat, n)
		for o := range gains {
			gains[o] = new(big.Rat)
		}
		for _, h := range heaps {
			k := int64(1)
			for _, o := range seated {
				if slices.Contains(h.options, o) {
					k++
				}
			}
			for _, o := range h.options {
				gains[o].Add(gains[o], big.NewRat(h.weight, k))
			}
		}
		open := slices.DeleteFunc(upTo(n), func(o int) bool { return gains[o].Sign() == 0 || slices.Contains(seated, o) })
		if len(open) == 0 {
			break
		}
		best := extreme(open, 1, func(a, b int) int { return gains[a].Cmp(gains[b]) })
		seated = append(seated, u.first(best, broken{value: gains[best[0]].RatString()}))
	}
	return seated
}
