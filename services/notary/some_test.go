package notary

import (
	"slices"
	"testing"
)

// Given a stream of so many checkpoints, when some of them are asked for, then they are the newest and some from the first on, each once,
// ascending, and never more than twice a dozen.
func TestSomeCheckpoints(t *testing.T) {
	t.Parallel()
	for last := range uint64(500) {
		got := places(last)
		if len(got) > 2*someMax || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != len(got) {
			t.Fatalf("of %d: %v", last, got)
		}
		for n := range min(last, someMax) {
			if !slices.Contains(got, last-n) {
				t.Fatalf("of %d the %d. newest is missing: %v", last, n, got)
			}
		}
		if last > 0 && got[0] != 1 {
			t.Fatalf("of %d the first is missing: %v", last, got)
		}
		if len(got) > 0 && got[len(got)-1] != last {
			t.Fatalf("of %d: %v", last, got)
		}
	}
}
