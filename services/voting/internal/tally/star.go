package tally

// Duel is the run-off of STAR between the two options with the greatest sums of points.
type Duel struct {
	// Options are the two, the greater sum first; Scores are their sums. One alone has no duel.
	Options [2]uint32
	Scores  [2]int64
	// For is the weight of the ballots that give more to each than to the other; Even is that of those that give both the same.
	For  [2]int64
	Even int64
}

// star finds the two options with the greatest sums and lets the ballots decide between them: each counts for the one that it gives
// more points. If that is even, the greater sum wins, and if those are equal too, the order decides. An option with no points takes
// no part.
func star(scores []int64, blocs []bloc, order Order) (winners []uint32, duel *Duel, ties []Tie) {
	winners, ties = settled(order, func(pick *picker) []uint32 {
		left := append([]int64(nil), scores...)
		var two []uint32
		for range 2 {
			best := greatest(left)
			if left[best[0]] <= 0 {
				break
			}
			o := pick.first(best, Tie{Total: left[best[0]]})
			two = append(two, o)
			left[o] = -1
		}
		if len(two) < 2 {
			return append([]uint32{}, two...)
		}
		d := fight([2]uint32{two[0], two[1]}, scores, blocs)
		if pick.at < 0 {
			duel = &d
		}
		return []uint32{d.winner(pick)}
	})
	return winners, duel, ties
}

// fight counts the ballots between the two.
func fight(two [2]uint32, scores []int64, blocs []bloc) Duel {
	d := Duel{Options: two, Scores: [2]int64{scores[two[0]], scores[two[1]]}}
	for _, b := range blocs {
		var given [2]int64
		for i, o := range b.choices {
			for side := range two {
				if o == two[side] {
					given[side] = b.given(i)
				}
			}
		}
		switch {
		case given[0] > given[1]:
			d.For[0] += b.weight
		case given[1] > given[0]:
			d.For[1] += b.weight
		default:
			d.Even += b.weight
		}
	}
	return d
}

// winner decides the duel.
func (d Duel) winner(pick *picker) uint32 {
	switch {
	case d.For[0] > d.For[1]:
		return d.Options[0]
	case d.For[1] > d.For[0]:
		return d.Options[1]
	case d.Scores[0] != d.Scores[1]:
		return d.Options[0] // the greater sum stands first
	}
	return pick.first(d.Options[:], Tie{Total: d.For[0]})
}
