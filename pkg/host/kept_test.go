package host_test

import (
	"bytes"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/host"
)

// TestKept: what is kept is answered without another look until a commit comes, each question by itself; refusals and what is too large are
// not kept, nor what may not be.
func TestKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var looks atomic.Int64
	members := func(s *decider.State, question []byte) ([]byte, error) {
		looks.Add(1)
		switch string(question) {
		case "bad":
			return nil, errTwice
		case "large":
			return bytes.Repeat([]byte("x"), 1<<20), nil
		}
		return fmt.Appendf(nil, "%s %d", question, len(s.Members("member"))), nil
	}
	w.host(func(c *host.Config) {
		c.Looks, c.Kept = map[string]host.Look{"often": members, "seldom": members}, []string{"often"}
	})
	ask := func(name, question, want string, looked int64) {
		t.Helper()
		before := looks.Load()
		answer, err := w.call.Look(t.Context(), w.community, service, name, []byte(question))
		if refused := question == "bad"; refused != errors.Is(err, errTwice) || !refused && string(answer) != want {
			if len(answer) < 100 {
				t.Errorf("%s %s: %s, %v, want %s", name, question, answer, err, want)
			}
		}
		if n := looks.Load() - before; n != looked {
			t.Errorf("%s %s: looked %d times, want %d", name, question, n, looked)
		}
	}
	w.enter("ann")
	w.names("member") // by then it is folded
	ask("often", "a", "a 1", 1)
	ask("often", "a", "a 1", 0)
	ask("often", "b", "b 1", 1)
	ask("often", "a", "a 1", 0)
	ask("seldom", "a", "a 1", 1)
	ask("seldom", "a", "a 1", 1)
	for range 2 {
		ask("often", "bad", "", 1)
	}
	for range 2 {
		ask("often", "large", string(bytes.Repeat([]byte("x"), 1<<20)), 1)
	}
	w.enter("bob")
	w.names("member")
	ask("often", "a", "a 2", 1)
	ask("often", "a", "a 2", 0)
	for n := range 100 { // as many as are kept, and more
		ask("often", fmt.Sprint(n), fmt.Sprint(n, " 2"), 1)
	}
	ask("often", "0", "0 2", 0)
	ask("often", "99", "99 2", 1)
}
