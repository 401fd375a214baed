package poll_test

import (
	"slices"
	"testing"

	"renlin.dev/pkg/mutation"
)

// TestMutations makes every check of the rules of polls wrong once.
func TestMutations(t *testing.T) {
	mutation.Prove(t, []mutation.Package{
		{Dir: ".", Stages: []string{"."}, Flags: []string{"-rapid.nofailfile", "-rapid.seed=1"}},
		{Dir: "../../", Stages: []string{"."}, Flags: []string{"-rapid.nofailfile", "-rapid.seed=1"}},
	}, slices.Concat(secretExcuses, openExcuses))
}
