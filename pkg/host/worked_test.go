package host_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/host"
)

// workshop counts how often members are counted. Questions are "KEY LEAST"; whoever asks for "slow" waits until it is let go.
type workshop struct {
	things, worked atomic.Int64
	begun, goOn    chan struct{}
}

func (s *workshop) config(c *host.Config) {
	c.Worked = map[string]host.Worked{"count": {
		Begin: func(state *decider.State, question []byte) (*host.Work, error) {
			key, _, _ := strings.Cut(string(question), " ")
			n := len(state.Members("member"))
			if key == "bad" {
				return nil, errTwice
			}
			return &host.Work{Things: int(s.things.Load()), Finish: func() ([]byte, error) {
				s.worked.Add(1)
				switch key {
				case "slow":
					s.begun <- struct{}{}
					<-s.goOn
				case "panic":
					panic("as planned")
				}
				return fmt.Append(nil, key, " ", n), nil
			}}, nil
		},
		Same: func(question []byte) (key string, least uint64, err error) {
			key, text, _ := strings.Cut(string(question), " ")
			if text != "" {
				least, err = strconv.ParseUint(text, 10, 64)
			}
			return key, least, err
		},
	}}
}

// TestWorked: an answer is worked out anew when a commit has come; where there was much to look at it is good for a while, but not for
// whoever wants to see a position that it has not; refusals and failures are not kept.
func TestWorked(t *testing.T) {
	t.Parallel()
	w, s := newWorld(t), &workshop{}
	w.host(s.config)
	ask := func(question, want string, worked int64) {
		t.Helper()
		before := s.worked.Load()
		answer, err := w.call.Look(t.Context(), w.community, service, "count", []byte(question))
		if got := string(answer); err != nil && want != "" || got != want {
			t.Errorf("%s: %s, %v, want %s", question, got, err, want)
		}
		if n := s.worked.Load() - before; n != worked {
			t.Errorf("%s: worked %d times, want %d", question, n, worked)
		}
	}
	w.enter("ann")
	w.names("member") // by then it is folded
	ask("a", "a 1", 1)
	ask("a", "a 1", 0)
	ask("b", "b 1", 1)
	for range 2 {
		ask("bad", "", 0)
		ask("panic", "", 1)
	}
	ask("a no number", "", 0)
	w.enter("bob")
	w.names("member")
	s.things.Store(1 << 40)
	ask("a", "a 2", 1)
	w.enter("cat")
	w.names("member")
	ask("a", "a 2", 0)
	ask("a 3", "a 2", 0)
	ask("a 4", "a 3", 1)
	ask("a", "a 3", 0)
}

// TestWorkedBeside: whoever asks the same while an answer is worked out gets that one, and meanwhile commands go on.
func TestWorkedBeside(t *testing.T) {
	t.Parallel()
	w, s := newWorld(t), &workshop{begun: make(chan struct{}), goOn: make(chan struct{})}
	s.things.Store(1 << 40) // so that whoever comes late gets it too
	w.host(s.config)
	w.enter("ann")
	w.names("member")
	const askers = 8
	answers := make(chan string, askers)
	ask := func() {
		answer, err := w.call.Look(t.Context(), w.community, service, "count", []byte("slow"))
		answers <- fmt.Sprintf("%s %v", answer, err)
	}
	go ask()
	<-s.begun
	w.enter("bob")
	w.names("member")
	for range askers - 1 {
		go ask()
	}
	short, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.call.Look(short, w.community, service, "count", []byte("slow")); !errors.Is(err, fault.ErrTimeout) {
		t.Errorf("who waits no longer: %v", err)
	}
	close(s.goOn)
	for range askers {
		select {
		case <-s.begun:
			t.Error("it was worked out twice")
		case got := <-answers:
			if got != "slow 1 <nil>" {
				t.Error(got)
			}
		}
	}
}
