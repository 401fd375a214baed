package pollcheck_test

import (
	"slices"
	"testing"

	"renlin.dev/pkg/mutation"
)

// TestMutations makes every check of the second count of polls wrong once.
func TestMutations(t *testing.T) {
	mutation.Prove(t, []mutation.Package{
		{Dir: ".", Stages: []string{"."}, Flags: []string{"-rapid.nofailfile", "-rapid.seed=1"}},
	}, slices.Concat(pollExcuses, countExcuses))
}
