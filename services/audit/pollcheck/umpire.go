package pollcheck

import (
	"cmp"
	"slices"
	"strconv"

	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// selected is who wins, which ties decided it or were not tried, and by which steps it came about.
type selected struct {
	winners []uint32
	ties    []broken
	steps   []*votingv1.CountStep
	trials  int
	long    bool // it would take too long to find out, and nothing of it is known
}

// umpire breaks ties by the order in which a poll prefers options; in a trial it answers otherwise at one of them.
type umpire struct {
	order   []int // options, the preferred one first
	places  []int // of the options in it
	turn    int   // that of the trial; -1 for none
	instead int
	broken  []broken
	steps   []*votingv1.CountStep
}

// broken is a tie that was, the preferred option first, and what each had. Where options that stand equal have not the same, values are
// what each had, and any of these may be told.
type broken struct {
	options []int
	total   int64
	value   string
	values  []string
}

// told tells whether a tie of the tally is this one.
func (b broken) told(t *votingv1.Tie) bool {
	return slices.Equal(t.GetOptions(), numbers(b.options)) && t.GetTotal() == b.total &&
		(t.GetValue() == b.value || slices.Contains(b.values, t.GetValue()))
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

// note keeps a step of the true count.
func (u *umpire) note(step *votingv1.CountStep) {
	if u.turn < 0 {
		u.steps = append(u.steps, step)
	}
}

// trialsMax is how often a count is made again to find out which ties decided; those that are not reached are told as if they had.
const trialsMax = 64

// umpire is that of the true count.
func (c *checking) umpire() *umpire {
	u := &umpire{order: c.preferred(), turn: -1}
	u.places = make([]int, len(u.order))
	for place, o := range u.order {
		u.places[o] = place
	}
	return u
}

// umpired counts, and finds out which ties decided, by answering otherwise at each of them.
func (c *checking) umpired(count func(*umpire) []int) *selected {
	first := c.umpire()
	winners := count(first)
	out := &selected{winners: numbers(winners), steps: first.steps}
	for turn, tie := range first.broken {
		decided := false
		for _, option := range tie.options {
			if decided || out.trials == trialsMax {
				decided = true
				break
			}
			out.trials++
			decided = !sameSet(winners, count(&umpire{order: first.order, places: first.places, turn: turn, instead: option}))
		}
		if decided {
			out.ties = append(out.ties, tie)
		}
	}
	return out
}

func sameSet(a, b []int) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
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

func without(list []int, one int) []int {
	return slices.DeleteFunc(slices.Clone(list), func(o int) bool { return o == one })
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// descending orders options by a figure, the greatest first, and equal ones as they stood.
func descending(options []int, figure func(o int) int64) []int {
	return sortedCopy(options, func(a, b int) int { return cmp.Compare(figure(b), figure(a)) })
}
