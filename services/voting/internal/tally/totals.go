package tally

import (
	"cmp"
	"slices"
)

// Totals are the exact sums of a count.
type Totals struct {
	// Options[o] is the weight of the ballots that name option o; spoilt ballots name nothing.
	Options []Weight
	// Scores[o] is the same with each ballot's points multiplied in; without points it equals Options.
	Scores []Weight
	// Participants = Valid + Abstained + Spoilt.
	Participants, Valid, Abstained, Spoilt Weight
	// Cast is how many ballots were counted, whatever they weigh; AbstainedCount and SpoiltCount are parts of it.
	Cast, AbstainedCount, SpoiltCount int
}

// Count adds up the ballots under the form. They must be the latest of each voter (LatestBallots).
func Count(form Form, ballots []Ballot, roll Roll) (Totals, error) {
	return count(form, ballots, roll, func(b Ballot) bool { return len(b.Choices) == 0 })
}

// CountYesNo adds up a yes/no/abstain question: exactly one of Yes, No and Abstain, or a blank ballot, which abstains too.
func CountYesNo(ballots []Ballot, roll Roll) (Totals, error) {
	abstains := func(b Ballot) bool { return len(b.Choices) == 0 || b.Choices[0] == Abstain }
	return count(Form{Kind: KindChooseOne, Options: 3}, ballots, roll, abstains)
}

// count is the loop of every count. abstains is asked about good ballots only.
func count(form Form, ballots []Ballot, roll Roll, abstains func(Ballot) bool) (Totals, error) {
	if err := form.Check(); err != nil {
		return Totals{}, err
	}
	t := Totals{Options: make([]Weight, form.Options), Scores: make([]Weight, form.Options)}
	seen := make(map[string]struct{}, len(ballots))
	for _, b := range ballots {
		if _, doubled := seen[b.Voter]; doubled {
			return Totals{}, ErrBallotDoubled
		}
		seen[b.Voter] = struct{}{}
		weight, err := roll.weigh(b.Voter)
		if err != nil {
			return Totals{}, err
		}
		good := form.Good(b)
		if err := t.add(b, weight, good, good && abstains(b)); err != nil {
			return Totals{}, err
		}
	}
	return t, nil
}

// add books one ballot.
func (t *Totals) add(b Ballot, weight Weight, good, abstains bool) error {
	var err error
	t.Cast++
	if t.Participants, err = t.Participants.Plus(weight); err != nil {
		return err
	}
	// The three parts cannot overflow where their sum did not.
	switch {
	case !good:
		t.SpoiltCount++
		t.Spoilt, err = t.Spoilt.Plus(weight)
	case abstains:
		t.AbstainedCount++
		t.Abstained, err = t.Abstained.Plus(weight)
	default:
		t.Valid, err = t.Valid.Plus(weight)
	}
	if err != nil || !good {
		return err
	}
	for i, o := range b.Choices {
		if t.Options[o], err = t.Options[o].Plus(weight); err != nil {
			return err
		}
		given, err := weight.times(b.points(i))
		if err != nil {
			return err
		}
		if t.Scores[o], err = t.Scores[o].Plus(given); err != nil {
			return err
		}
	}
	return nil
}

// in answers the weights in one measure.
func in(m Measure, weights []Weight) []int64 {
	out := make([]int64, len(weights))
	for i, w := range weights {
		out[i] = w.Of(m)
	}
	return out
}

// ranked answers all options, the greatest total first and equal ones by the order.
func ranked(totals []int64, order Order) []uint32 {
	all := make([]uint32, len(totals))
	for i := range all {
		all[i] = uint32(i)
	}
	slices.SortFunc(all, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(totals[b], totals[a]), order.compare(a, b))
	})
	return all
}

// Winners answers the seats options with the greatest totals, the greatest first, and the tie that was broken at the last seat, if
// there was one. An option that nobody named does not win, so there may be fewer winners than seats.
func Winners(totals []int64, seats int, order Order) ([]uint32, []Tie) {
	all := ranked(totals, order)
	last := 0
	for last < len(all) && totals[all[last]] > 0 {
		last++
	}
	all = all[:last]
	if seats < 0 || seats >= len(all) {
		return all, nil
	}
	winners := slices.Clone(all[:seats])
	if seats == 0 || totals[all[seats-1]] != totals[all[seats]] {
		return winners, nil
	}
	tie := Tie{Total: totals[all[seats]], Decisive: true}
	for _, o := range all {
		if totals[o] == tie.Total {
			tie.Options = append(tie.Options, o)
		}
	}
	return winners, []Tie{tie}
}
