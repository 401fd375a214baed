package pollcheck

import (
	"slices"

	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// pairs are the comparisons of every two options by rankings.
type pairs struct {
	over     [][]int64 // what the ballots weigh together that put one above the other
	unbeaten []int
	silent   bool // nobody ranked anything
}

// compared compares, an option that a ballot leaves out being below all that it names, and finds the options that no other has a stronger
// chain of victories to than it has back (Schulze, winning votes).
func compared(heaps []heap, n int) *pairs {
	p := &pairs{over: make([][]int64, n), silent: len(heaps) == 0}
	for a := range p.over {
		p.over[a] = make([]int64, n)
	}
	for _, h := range heaps {
		below := make([]bool, n)
		for o := range below {
			below[o] = true
		}
		for _, a := range h.options {
			below[a] = false
			for b := range n {
				if below[b] {
					p.over[a][b] += h.weight
				}
			}
		}
	}
	chain := make([][]int64, n)
	for a := range chain {
		chain[a] = make([]int64, n)
		for b := range chain {
			if p.over[a][b] > p.over[b][a] {
				chain[a][b] = p.over[a][b]
			}
		}
	}
	for again := true; again; { // until no chain is made stronger by being joined to another
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
	p.unbeaten = slices.DeleteFunc(upTo(n), func(a int) bool {
		return slices.ContainsFunc(upTo(n), func(b int) bool { return chain[b][a] > chain[a][b] })
	})
	return p
}

// strongest is the unbeaten option. Every comparison is a step, of the preferred option against the other.
func (p *pairs) strongest(u *umpire) []int {
	for i, a := range u.order {
		for _, b := range u.order[i+1:] {
			step := &votingv1.CountStep{Options: numbers([]int{a, b}), Figures: []string{decimal(p.over[a][b]), decimal(p.over[b][a])}}
			switch {
			case p.over[a][b] > p.over[b][a]:
				step.Won = step.GetOptions()[:1]
			case p.over[a][b] < p.over[b][a]:
				step.Won = step.GetOptions()[1:]
			}
			u.note(step)
		}
	}
	if p.silent {
		return nil
	}
	return []int{u.first(p.unbeaten, broken{})}
}
