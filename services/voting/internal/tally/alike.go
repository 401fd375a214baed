package tally

import "strconv"

// Alike is all ballots that were filled in alike: one of them, whose voter is nobody, and what they weigh together in the poll's measure.
type Alike struct {
	Ballot Ballot
	Weight int64
}

// CountAlike counts a poll of which it is known what those ballots weigh together that are filled in alike, and not whose they are, such
// as a secret poll. No two are alike, none is blank, and took is what all weigh who took part: who is in none of them has abstained. What
// it answers is what Count does of the same ballots, but that it knows no figures of options in other measures than the poll's, nor how
// many ballots were cast. A count that gives every ballot the same, whatever it weighs, cannot be made so.
func (p Poll) CountAlike(all []Alike, took Weight) (Result, error) {
	p, err := p.ready()
	switch {
	case err != nil:
		return Result{}, err
	case p.Method == MethodYesNo, p.Method == MethodBudgetShares:
		return Result{}, ErrRuleUnfit
	}
	roll, ballots := Roll{}, make([]Ballot, 0, len(all))
	for i, a := range all {
		if a.Weight < 0 || !p.Form.Good(a.Ballot) || len(a.Ballot.Choices) == 0 {
			return Result{}, ErrFiguresImpossible
		}
		if a.Weight == 0 {
			continue // nobody did
		}
		var weight Weight
		weight.Set(p.Measure, a.Weight)
		a.Ballot.Voter = strconv.Itoa(i)
		roll[a.Ballot.Voter], ballots = weight, append(ballots, a.Ballot)
	}
	var res Result
	if res.Totals, err = Count(p.Form, ballots, roll); err != nil {
		return Result{}, err
	}
	rest := took.Of(p.Measure) - res.Totals.Valid.Of(p.Measure)
	if rest < 0 {
		return Result{}, ErrFiguresImpossible
	}
	res.Totals.Participants, res.Totals.Cast = took, 0
	res.Totals.Abstained.Set(p.Measure, rest)
	if err := p.decide(&res, ballots, roll); err != nil {
		return Result{}, err
	}
	return p.judge(res)
}
