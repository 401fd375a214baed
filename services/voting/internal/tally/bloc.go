package tally

import (
	"encoding/binary"
	"slices"
)

// bloc is all ballots that say the same, with their weight taken together. Counts that go through the ballots again and again go
// through blocs: what voters of one mind do, they do alike.
type bloc struct {
	choices []uint32
	points  []int64
	weight  int64
}

// given answers what the bloc gives to its i-th choice.
func (b bloc) given(i int) int64 {
	if len(b.points) > 0 {
		return b.points[i]
	}
	return 1
}

// blocs gathers the good ballots in the poll's measure. An abstention takes no part in the choice between options, so blank ballots are
// left out as bad ones are. voters is how many ballots the blocs are.
func (p Poll) blocs(ballots []Ballot, roll Roll) (blocs []bloc, voters int64, err error) {
	place := map[string]int{}
	for _, b := range ballots {
		if len(b.Choices) == 0 || !p.Form.Good(b) {
			continue
		}
		weight, err := roll.weigh(b.Voter)
		if err != nil {
			return nil, 0, err
		}
		voters++
		one := bloc{b.Choices, b.Points, weight.Of(p.Measure)}
		if p.Form.Kind != KindOrdinal {
			one = one.sorted()
		}
		key := one.key()
		at, known := place[key]
		if !known {
			place[key] = len(blocs)
			blocs = append(blocs, one)
			continue
		}
		var ok bool
		if blocs[at].weight, ok = addChecked(blocs[at].weight, one.weight); !ok {
			return nil, 0, ErrSumOverflow
		}
	}
	return blocs, voters, nil
}

// sorted brings the choices into ascending order, their points with them: in a set no order means anything.
func (b bloc) sorted() bloc {
	if slices.IsSorted(b.choices) {
		return b
	}
	by := make([]int, len(b.choices))
	for i := range by {
		by[i] = i
	}
	slices.SortFunc(by, func(i, j int) int { return int(b.choices[i]) - int(b.choices[j]) })
	out := bloc{choices: make([]uint32, len(by)), weight: b.weight}
	if len(b.points) > 0 {
		out.points = make([]int64, len(by))
	}
	for i, from := range by {
		out.choices[i] = b.choices[from]
		if out.points != nil {
			out.points[i] = b.points[from]
		}
	}
	return out
}

// key is equal for two blocs that say the same, and only for them.
func (b bloc) key() string {
	key := make([]byte, 0, 4*len(b.choices)+8*len(b.points))
	for _, o := range b.choices {
		key = binary.BigEndian.AppendUint32(key, o)
	}
	if len(b.points) > 0 {
		key = append(key, 0) // a length that no list of choices alone has
		for _, n := range b.points {
			key = binary.BigEndian.AppendUint64(key, uint64(n))
		}
	}
	return string(key)
}

// rankings answers the good ballots as rankings, those of one mind taken together.
func (p Poll) rankings(ballots []Ballot, roll Roll) ([]Ranking, error) {
	blocs, _, err := p.blocs(ballots, roll)
	if err != nil {
		return nil, err
	}
	rankings := make([]Ranking, len(blocs))
	for i, b := range blocs {
		rankings[i] = Rank(Ballot{Choices: b.choices}, b.weight)
	}
	return rankings, nil
}
