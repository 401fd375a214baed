package motion

import (
	"testing"

	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// TestClone: what is decided upon a copy never shows in the original, even where the list of reports has room to grow in place.
func TestClone(t *testing.T) {
	t.Parallel()
	report := func(by string) decider.Event {
		return decider.Event{Meta: &decider.Meta{Time: 1}, Body: &proposalv1.ExecutionReported{By: by}}
	}
	original := &Motion{Reports: make([]Report, 0, 8)}
	evolveMotion(original, report("first"))
	dup := original.Clone()
	evolveMotion(dup, report("in the copy"))
	evolveMotion(original, report("in the original"))
	if got := dup.Reports[1].By; got != "in the copy" {
		t.Errorf("the copy's second report is by %q", got)
	}
	if got := original.Reports[1].By; got != "in the original" {
		t.Errorf("the original's second report is by %q", got)
	}
}
