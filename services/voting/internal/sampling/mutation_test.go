package sampling_test

import (
	"testing"

	"renlin.dev/pkg/mutation"
)

// Why a check that is wrong is not noticed.
const (
	checkedBefore = "the label's length was checked before"
	drawRefuses   = "Draw refuses the same"
)

var excuses = []mutation.Excuse{
	{"audit.go", "draws, err := newWeighted(seed, a.Label, weights)\n\tif «err != nil» {", checkedBefore},
	{"sampling.go", "over == 0 || x «<» -over {", "one number in 2^64 is meant"},
	{"sampling.go", "if err != nil || «size < 0» ||", "of less than nothing, nothing and more is too many"},
	{"sampling.go", "if «g.Size < 0» || g", drawRefuses},
	{"sampling.go", "|| «g.Size > PopulationMax» {", drawRefuses},
}

// TestMutations makes every check of samples, and of audits by them, wrong once.
func TestMutations(t *testing.T) {
	mutation.Prove(t, []mutation.Package{
		{Dir: ".", Stages: []string{"."}, Flags: []string{"-rapid.nofailfile", "-rapid.seed=1"}},
	}, excuses)
}
