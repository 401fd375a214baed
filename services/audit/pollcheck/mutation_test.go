package pollcheck_test

import (
	"testing"

	"renlin.dev/pkg/mutation"
)

// TestMutations makes every check of the second count of polls wrong once.
func TestMutations(t *testing.T) {
	mutation.Prove(t, []mutation.Package{
		{Dir: ".", Stages: []string{"."}, Flags: []string{"-rapid.nofailfile", "-rapid.seed=1"}},
	}, countExcuses)
}
