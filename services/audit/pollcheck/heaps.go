package pollcheck

import (
	"encoding/binary"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// heap is all ballots that were filled in alike, and what they weigh together in heads.
type heap struct {
	filling
	weight int64
}

// heaper gathers ballots that name something into heaps, in the order in which the first of each comes. Those of no weight are in none.
type heaper struct {
	heaps  []heap
	places map[string]int
	named  int64 // ballots that name something, those of no weight too
}

func (h *heaper) add(options []uint32, points []int64, weight int64) {
	h.named++
	if weight <= 0 {
		return
	}
	var key []byte
	f := filling{points: points}
	for i, o := range options {
		f.options = append(f.options, int(o))
		key = binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(key, o), uint64(points[i]))
	}
	at, known := h.places[string(key)]
	if !known {
		if h.places == nil {
			h.places = map[string]int{}
		}
		at = len(h.heaps)
		h.places[string(key)], h.heaps = at, append(h.heaps, heap{filling: f})
	}
	h.heaps[at].weight += weight
}

// election is what the winners of a poll with options follow from.
type election struct {
	heaps []heap
	named int64 // ballots that name something
	// scores are what each option has by itself, by heads.
	scores []int64
}

// bordered gives every option a point for each option that a ballot puts below it.
func bordered(heaps []heap, n int) []int64 {
	points := make([]int64, n)
	for _, h := range heaps {
		for place, o := range h.options {
			points[o] += int64(n-1-place) * h.weight
		}
	}
	return points
}

// scored are what the options score by heaps alone.
func (c *checking) scored(heaps []heap, n int) []int64 {
	scores := make([]int64, n)
	switch {
	case c.rules.GetMethod() == communityv1.Method_METHOD_BORDA:
		return bordered(heaps, n)
	case c.ranks():
		return scores
	}
	for _, h := range heaps {
		for i, o := range h.options {
			given := int64(1)
			if len(h.points) > 0 {
				given = h.points[i]
			}
			scores[o] += given * h.weight
		}
	}
	return scores
}

// choose finds the winners by the poll's method.
func (c *checking) choose(e election) *selected {
	n, seats := len(e.scores), max(1, int(c.rules.GetBallot().GetSeats()))
	score := func(o int) int64 { return e.scores[o] }
	switch c.rules.GetMethod() {
	case communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP:
		return c.funded(score)
	case communityv1.Method_METHOD_BUDGET_EQUAL_SHARES:
		return c.bought(e)
	case communityv1.Method_METHOD_STAR:
		return c.umpired(func(u *umpire) []int { return star(e.heaps, e.scores, u) })
	case communityv1.Method_METHOD_INSTANT_RUNOFF:
		return c.umpired(func(u *umpire) []int { return runOff(e.heaps, n, u) })
	case communityv1.Method_METHOD_SCHULZE:
		p := compared(e.heaps, n)
		return c.umpired(func(u *umpire) []int { return p.strongest(u) })
	case communityv1.Method_METHOD_STV:
		return c.umpired(func(u *umpire) []int { return transfer(e.heaps, n, seats, u) })
	case communityv1.Method_METHOD_PROPORTIONAL_APPROVAL:
		return c.umpired(func(u *umpire) []int { return proportional(e.heaps, n, seats, u) })
	case communityv1.Method_METHOD_EQUAL_SHARES:
		return c.umpired(func(u *umpire) []int { return share(e.heaps, n, seats, u) })
	}
	return c.greatest(score)
}
