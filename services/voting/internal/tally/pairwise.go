package tally

import "slices"

// Pairwise is every comparison of two options.
type Pairwise struct {
	// Over[a][b] is the weight of the rankings that put a above b. An option that a ranking leaves out stands below all that it names,
	// and equal with the others left out.
	Over [][]int64
	// Paths, of Schulze, are the strongest paths: Paths[a][b] is the greatest weight such that from a to b there is a way of victories, each
	// of that many votes at least. Nil for other methods.
	Paths [][]int64
	// Halves, of Copeland, are two points for every comparison an option wins and one for every one that is even. Nil for other methods.
	Halves []int64
	// Unbeaten, of Schulze, are the options that no other has a stronger path to than they have to it.
	Unbeaten []uint32
}

// CondorcetOptionsMax bounds the options of Schulze and Copeland: the comparisons grow with their square and the paths with their
// cube.
const CondorcetOptionsMax = 200

// Compare compares every two options.
func Compare(options uint32, rankings []Ranking) (Pairwise, error) {
	if options > CondorcetOptionsMax {
		return Pairwise{}, ErrOptionsMany.WithInt("options_max", CondorcetOptionsMax)
	}
	if _, err := checkRankings(options, rankings); err != nil {
		return Pairwise{}, err
	}
	p := Pairwise{Over: square(options)}
	ranked := make([]int64, options) // the weight of the rankings that name an option
	for _, r := range rankings {
		for t, tier := range r.Tiers {
			for _, a := range tier {
				ranked[a] += r.Weight
				// Over[a][b] is corrected below: here it counts only where b is named, above or beside.
				for _, upper := range r.Tiers[:t+1] {
					for _, b := range upper {
						p.Over[a][b] -= r.Weight
					}
				}
			}
		}
	}
	for a := range p.Over {
		for b := range p.Over {
			p.Over[a][b] += ranked[a]
		}
		p.Over[a][a] = 0
	}
	return p, nil
}

// square answers a matrix of zeros.
func square(n uint32) [][]int64 {
	rows, cells := make([][]int64, n), make([]int64, int(n)*int(n))
	for i := range rows {
		rows[i] = cells[i*int(n) : (i+1)*int(n)]
	}
	return rows
}

// beats tells whether more weight puts a above b than b above a.
func (p Pairwise) beats(a, b uint32) bool { return p.Over[a][b] > p.Over[b][a] }

// CondorcetWinner answers the option that beats every other one, if there is one.
func (p Pairwise) CondorcetWinner() (winner uint32, exists bool) {
	for a := range uint32(len(p.Over)) {
		wins := 0
		for b := range uint32(len(p.Over)) {
			if p.beats(a, b) {
				wins++
			}
		}
		if wins == len(p.Over)-1 {
			return a, true
		}
	}
	return 0, false
}

// schulze finds the strongest paths and who is unbeaten by them. A path is as strong as its weakest victory, and a victory as strong
// as the weight that is for the victor (winning votes).
func (p Pairwise) schulze() Pairwise {
	n := uint32(len(p.Over))
	p.Paths = square(n)
	for a := range n {
		for b := range n {
			if p.beats(a, b) {
				p.Paths[a][b] = p.Over[a][b]
			}
		}
	}
	for via := range n {
		for a := range n {
			if a == via {
				continue
			}
			for b := range n {
				if b != a && b != via {
					p.Paths[a][b] = max(p.Paths[a][b], min(p.Paths[a][via], p.Paths[via][b]))
				}
			}
		}
	}
	p.Unbeaten = []uint32{}
	for a := range n {
		unbeaten := true
		for b := range n {
			unbeaten = unbeaten && p.Paths[a][b] >= p.Paths[b][a]
		}
		if unbeaten {
			p.Unbeaten = append(p.Unbeaten, a)
		}
	}
	return p
}

// Schulze answers the winner by the strongest paths; of several unbeaten ones, whom the order prefers. If no ranking puts anybody above
// anybody, nobody wins.
func Schulze(options uint32, rankings []Ranking, order Order) ([]uint32, Pairwise, []Tie, error) {
	p, err := Compare(options, rankings)
	if err != nil {
		return nil, Pairwise{}, nil, err
	}
	if err := order.check(options); err != nil {
		return nil, Pairwise{}, nil, err
	}
	p = p.schulze()
	if silent(rankings) {
		return []uint32{}, p, nil, nil
	}
	winners, ties := settled(order, func(pick *picker) []uint32 { return []uint32{pick.first(p.Unbeaten, Tie{})} })
	return winners, p, ties, nil
}

// Copeland answers the option with the most victories, an even comparison being half of one; of equals, whom the order prefers.
func Copeland(options uint32, rankings []Ranking, order Order) ([]uint32, Pairwise, []Tie, error) {
	p, err := Compare(options, rankings)
	if err != nil {
		return nil, Pairwise{}, nil, err
	}
	if err := order.check(options); err != nil {
		return nil, Pairwise{}, nil, err
	}
	p.Halves = make([]int64, options)
	for a := range options {
		for b := range options {
			switch {
			case p.beats(a, b):
				p.Halves[a] += 2
			case a != b && !p.beats(b, a):
				p.Halves[a]++
			}
		}
	}
	if silent(rankings) {
		return []uint32{}, p, nil, nil
	}
	winners, ties := settled(order, func(pick *picker) []uint32 {
		best := greatest(p.Halves)
		return []uint32{pick.first(best, Tie{Total: p.Halves[best[0]]})}
	})
	return winners, p, ties, nil
}

// silent tells whether no ranking of any weight names anybody.
func silent(rankings []Ranking) bool {
	return !slices.ContainsFunc(rankings, func(r Ranking) bool { return r.Weight > 0 && len(r.Tiers) > 0 })
}

// greatest answers the options with the greatest total, ascending.
func greatest(totals []int64) []uint32 {
	var best []uint32
	for o, total := range totals {
		switch {
		case len(best) > 0 && total < totals[best[0]]:
			continue
		case len(best) > 0 && total > totals[best[0]]:
			best = best[:0]
		}
		best = append(best, uint32(o))
	}
	return best
}

// Borda answers the points of all options: each ranking gives an option a point for every option that it puts below it. Of n options the
// first of a ranking so gets n-1, the next one less, and one that is left out nothing, however few are named; this is the variant
// that gives nothing for silence. Options held equal get no point over each other.
func Borda(options uint32, rankings []Ranking) ([]int64, error) {
	if _, err := checkRankings(options, rankings); err != nil {
		return nil, err
	}
	points := make([]int64, options)
	for _, r := range rankings {
		below := int64(options)
		for _, tier := range r.Tiers {
			below -= int64(len(tier))
			for _, o := range tier {
				given, ok1 := mulChecked(r.Weight, below)
				sum, ok2 := addChecked(points[o], given)
				if !ok1 || !ok2 {
					return nil, ErrSumOverflow
				}
				points[o] = sum
			}
		}
	}
	return points, nil
}
