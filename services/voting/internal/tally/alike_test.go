package tally

import (
	"errors"
	"math"
	"testing"
)

// What cannot have been cast is not counted as if it had been.
func TestCountAlikeRefuses(t *testing.T) {
	t.Parallel()
	ballot := func(options ...uint32) Ballot { return Ballot{Choices: options} }
	runoff := Poll{Method: MethodRunoff, Form: Form{Kind: KindOrdinal, Options: 3}}
	took := Weight{Heads: 5, Area: 70}
	for name, c := range map[string]struct {
		poll Poll
		all  []Alike
		want error
	}{
		"all abstain":         {runoff, nil, nil},
		"some abstain":        {runoff, []Alike{{ballot(1, 0), 3}, {ballot(2), 1}}, nil},
		"nobody abstains":     {runoff, []Alike{{ballot(1, 0), 3}, {ballot(2), 2}}, nil},
		"more than took part": {runoff, []Alike{{ballot(1, 0), 3}, {ballot(2), 3}}, ErrFiguresImpossible},
		"fewer than nobody":   {runoff, []Alike{{ballot(1, 0), -1}}, ErrFiguresImpossible},
		"blank":               {runoff, []Alike{{ballot(), 1}}, ErrFiguresImpossible},
		"spoilt":              {runoff, []Alike{{ballot(3), 0}}, ErrFiguresImpossible},
		"a question":          {Poll{Method: MethodYesNo}, nil, ErrRuleUnfit},
		"money for each ballot": {Poll{
			Method: MethodBudgetShares, Utility: UtilityCost, Form: Form{Kind: KindApproval, Options: 2, Costs: []int64{1, 1}},
		}, nil, ErrRuleUnfit},
		"no such method": {Poll{Method: "lots"}, nil, ErrRuleMalformed},
	} {
		res, err := c.poll.CountAlike(c.all, took)
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		var valid int64
		for _, a := range c.all {
			valid += a.Weight
		}
		if sums := res.Totals; err == nil && (sums.Participants != took || sums.Valid.Heads != valid || sums.Abstained.Heads != 5-valid) {
			t.Errorf("%s: totals %v", name, res.Totals)
		}
	}
}

// What counting itself cannot reckon is refused, though all ballots can be added up.
func TestCountAlikeOverflow(t *testing.T) {
	t.Parallel()
	committee := Poll{Method: MethodSeqPAV, Seats: 2, Form: Form{Kind: KindApproval, Options: 3}}
	_, err := committee.CountAlike([]Alike{{Ballot{Choices: []uint32{0, 1}}, math.MaxInt64 / 2}}, Weight{Heads: math.MaxInt64})
	if !errors.Is(err, ErrSumOverflow) {
		t.Error(err)
	}
}
