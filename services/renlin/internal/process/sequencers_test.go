package process

import (
	"errors"
	"testing"

	"renlin.dev/pkg/fault"
)

// Given a sequencer that has just started, when it is asked which communities there are, then it says that it cannot tell before it has
// looked, and afterwards names those that it knows and has not opened yet: nobody is told that there is no such community.
func TestCommunitiesOfASequencerThatStarts(t *testing.T) {
	t.Parallel()
	s := &Sequencers{listed: map[string]bool{}}
	if _, err := s.communities(t.Context(), nil); !errors.Is(err, fault.ErrUnavailable) {
		t.Errorf("before it has looked: %v", err)
	}
	s.known = []string{"east", "west"}
	hide := s.show("west")
	for _, want := range []string{
		`{"communities":["west"],"opening":["east"]}`, `{"communities":[],"opening":["east","west"]}`,
	} {
		if got, err := s.communities(t.Context(), nil); err != nil || string(got) != want {
			t.Errorf("%s, %v; want %s", got, err, want)
		}
		hide()
	}
}
