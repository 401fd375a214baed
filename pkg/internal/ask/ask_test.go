package ask_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"renlin.dev/pkg/internal/ask"
	"renlin.dev/pkg/natstest"
)

// answering answers every request on a subject after it was told to.
func answering(t *testing.T, nc *nats.Conn, subject string) (arrived <-chan *nats.Msg) {
	t.Helper()
	got := make(chan *nats.Msg, 8)
	if _, err := nc.ChanSubscribe(subject, got); err != nil {
		t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		t.Fatal(err)
	}
	return got
}

func TestAnswer(t *testing.T) {
	t.Parallel()
	s := natstest.Run(t)
	got := answering(t, s.Connect(t), "q")
	go func() {
		if err := (<-got).Respond([]byte("a")); err != nil {
			t.Error(err)
		}
	}()
	m, err := ask.Request(t.Context(), s.Connect(t), &nats.Msg{Subject: "q"})
	if err != nil || string(m.Data) != "a" {
		t.Fatalf("%v, %v", m, err)
	}
	if _, err := ask.Request(t.Context(), s.Connect(t), &nats.Msg{Subject: "nobody"}); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("nobody there: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := ask.Request(ctx, s.Connect(t), &nats.Msg{Subject: "q"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("no answer in time: %v", err)
	}
}

// TestLost: whoever waits when the server goes away, or the connection is closed, is told at once.
func TestLost(t *testing.T) {
	t.Parallel()
	for name, lose := range map[string]func(s *natstest.Server, nc *nats.Conn){
		"server": func(s *natstest.Server, _ *nats.Conn) { s.Restart(t) },
		"close":  func(_ *natstest.Server, nc *nats.Conn) { nc.Close() },
	} {
		s := natstest.Run(t)
		got, nc := answering(t, s.Connect(t), "q"), s.Connect(t)
		end := make(chan error, 1)
		go func() {
			_, err := ask.Request(t.Context(), nc, &nats.Msg{Subject: "q"})
			end <- err
		}()
		<-got
		lose(s, nc)
		if err := <-end; !errors.Is(err, ask.ErrLost) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWaitsForAConnection: a request made while the server is away is answered when it is back.
func TestWaitsForAConnection(t *testing.T) {
	t.Parallel()
	s := natstest.Run(t)
	got, nc := answering(t, s.Connect(t), "q"), s.Connect(t)
	away := nc.StatusChanged(nats.RECONNECTING)
	s.Stop()
	<-away
	end := make(chan error, 1)
	go func() {
		_, err := ask.Request(t.Context(), nc, &nats.Msg{Subject: "q"})
		end <- err
	}()
	go func() { _ = (<-got).Respond(nil) }()
	s.Restart(t)
	if err := <-end; err != nil && !errors.Is(err, nats.ErrNoResponders) {
		t.Error(err) // whoever answers may come back after whoever asks
	}
}
