package book_test

import (
	"testing"

	"renlin.dev/pkg/mutation"
)

var excuses = []mutation.Excuse{
	{"rules.go", "if «!ok» || a.Kind != Envelope", "the fact that it follows made the account, if nothing else did"},
}

// TestMutations makes every check of accounts and entries wrong once.
func TestMutations(t *testing.T) {
	mutation.Prove(t, []mutation.Package{
		{Dir: ".", Stages: []string{"."}},
		{Dir: "../../", Stages: []string{"."}, Flags: []string{"-rapid.nofailfile", "-rapid.seed=1"}},
	}, excuses)
}
