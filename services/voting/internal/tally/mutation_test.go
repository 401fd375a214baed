package tally_test

import (
	"testing"

	"renlin.dev/pkg/mutation"
)

// Why a check that is wrong is not noticed.
const (
	countedBefore = "the same ballots were counted just before, by which the error would have been found"
	partOfAll     = "it is a part of the participants, whose sum fits"
	shortcut      = "it only saves time: what follows comes to the same"
)

var excuses = []mutation.Excuse{
	{"alike.go", "if «a.Weight == 0» {", shortcut},
	{"ballot.go", "«n > uint64(f.Options)» {", "more choices than options name one twice, or one that there is not"},
	{"bloc.go", "weight, err := roll.weigh(b.Voter)\n\t\tif «err != nil» {", countedBefore},
	{"bloc.go", "addChecked(blocs[at].weight, one.weight); «!ok» {", partOfAll},
	{"bloc.go", "if «slices.IsSorted(b.choices)» {", shortcut},
	{"bloc.go", "blocs, _, err := p.blocs(ballots, roll)\n\tif «err != nil» {", countedBefore},
	{"equalshares.go", "blocs, voters, err := p.blocs(ballots, roll)\n\tif «err != nil» {", countedBefore},
	{"method.go", "case «len(f.kinds) > 0» && !slices", "the only method without kinds, yes or no, has returned before"},
	{"method.go", "case len(f.kinds) «>» 0 && !slices", "the only method without kinds, yes or no, has returned before"},
	{"method.go", "case «MethodPAV»:\n\t\treturn checkPAV", "the count itself refuses the same, and a poll is checked by counting nothing"},
	{"method.go", "case MethodStar:\n\t\tblocs, _, err := p.blocs(ballots, roll)\n\t\tif «err != nil» {", countedBefore},
	{"method.go", "rankings, err := p.rankings(ballots, roll)\n\tif «err != nil» {", countedBefore},
	{"method.go", "func (p Poll) committee(res *Result, ballots []Ballot, roll Roll) error {\n" +
		"\tblocs, _, err := p.blocs(ballots, roll)\n\tif «err != nil» {", countedBefore},
	{"order.go", "|| «len(slices.Compact(sorted)) != len(o)» ||", "what is taken out leaves a zero at the end, which is not the last place"},
	{"pairwise.go", "if «a == via» {", shortcut},
	{"pav.go", "if err := checkPAV(c.options, c.seats); «err != nil» {", "the check of the method's bounds refuses the same before"},
	{"pav.go", "whole, ok = addChecked(whole, b.weight); «!ok» {", partOfAll},
	{"poll.go", "if err := p.decide(&res, nil, nil); «err != nil» {",
		"the methods that can be judged so look at nothing else, and their order was checked"},
	{"poll.go", "s.Without, err = p.Count(rest, roll); «err != nil» {", "less than what was counted just before"},
	{"shares.go", "if «points == 1» {", shortcut},
	{"shares.go", "if «len(options) == 1» {", shortcut},
	{"tally.go", "if a < 0 || «b < 0» || a", "the greatest number less one below zero wraps, so that any sum is found too great"},
	{"totals.go", "weight, good, «good» && abstains(b))", "what is not good is asked for first"},
	{"totals.go", "if «err != nil» || !good {", partOfAll},
	{"turnout.go", "f.Option, err = f.Option.Plus(p.Turnout.Silent); «err != nil» {", partOfAll},
	{"totals.go", "t.Options[o].Plus(weight); «err != nil» {", partOfAll},
}

// TestMutations makes every check of the counting rules wrong once.
func TestMutations(t *testing.T) {
	mutation.Prove(t, []mutation.Package{
		{Dir: ".", Stages: []string{"."}, Flags: []string{"-rapid.nofailfile", "-rapid.seed=1"}},
		{Dir: "../../", Stages: []string{"."}, Flags: []string{"-rapid.nofailfile", "-rapid.seed=1"}},
	}, excuses)
}
