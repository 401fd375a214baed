package sequencer

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/natstest"
)

// pair is a write that failed in one of two ways: what was sent is on the record, or it is not. Whoever sent it cannot tell, is told
// so, and sends it again.
type pair struct {
	name      string
	persisted bool
	breaks    func(w *lostWorld)
}

type lostWorld struct {
	srv   *natstest.Server
	s     *Sequencer
	tap   *tap
	cable *cable
	clock *handClock
}

// timeout lets the time for the acknowledgement pass.
func (w *lostWorld) timeout() { w.clock.pass(w.s.cfg.PublishTimeout + time.Millisecond) }

var pairs = []pair{
	{"the acknowledgement is lost", true, func(w *lostWorld) { w.tap.set(func() { w.tap.deaf = 1 }) }},
	{"the block is lost", false, func(w *lostWorld) { w.tap.set(func() { w.tap.swallow = 1 }) }},
	{"publishing fails", false, func(w *lostWorld) { w.tap.set(func() { w.tap.fail = errors.New("no room") }) }},
	{"the connection breaks behind the block", true, func(w *lostWorld) { w.cable.set(trapAnswer) }},
	{"the connection breaks before the block", false, func(w *lostWorld) { w.cable.set(trapBlock) }},
}

func TestFailedAndPersistedOrNot(t *testing.T) {
	t.Parallel()
	for _, row := range pairs {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			w := newLostWorld(t)
			raw := draft{id: "1", topic: "a", time: w.clock.ms()}.encode(t)
			row.breaks(w)
			a := put(t, w.s, "proposal", appendOf(raw))
			follower := put(t, w.s, "proposal", appendOf(draft{id: "2", topic: "a", version: 2, time: w.clock.ms()}.encode(t)))
			settledOrAway(w.s)
			if row.persisted { // the server stores it in its own time, and the clock here may be quicker
				awaitStored(t, w.srv, w.s.Info().Community, 2)
			}
			w.timeout()
			wantFault(t, a.verdict(t).Fault, chain.ErrRetry)
			wantFault(t, follower.verdict(t).Fault, chain.ErrRetry) // judged upon it, or in the same block
			if got := len(recordOf(t, w.srv, w.s.Info().Community)) > 1; got != row.persisted {
				t.Fatalf("the block is on the record: %v", got)
			}
			reply := insist(t, w.s, raw)
			checkReceipt(t, reply, raw, 1)
			if row.persisted && !reply.Repeated {
				t.Error("what stood on the record was not answered as a repeat")
			}
			insist(t, w.s, draft{id: "3", topic: "b", time: w.clock.ms()}.encode(t))
			if count := countOf(t, w.srv, w.s, raw); count != 1 {
				t.Errorf("the command stands %d times on the record", count)
			}
		})
	}
}

// insist sends the same bytes until it is known what became of them.
func insist(tb testing.TB, s *Sequencer, raw []byte) *chain.Reply {
	tb.Helper()
	for {
		reply, err := s.Append(tb.Context(), "proposal", appendOf(raw))
		if err == nil {
			return reply
		}
		wantFault(tb, err, chain.ErrRetry)
	}
}

func newLostWorld(t *testing.T) *lostWorld {
	t.Helper()
	w := &lostWorld{srv: natstest.Run(t), clock: newHandClock()}
	cfg := configOf(t, w.srv)
	cfg.Clock, cfg.PublishTimeout = w.clock, time.Second // a commit's own time must not get too old meanwhile
	w.cable = cableInto(&cfg, w.srv)
	w.tap = tapInto(&cfg)
	w.s = openOn(t, cfg)
	if _, err := w.s.Found(t.Context(), genesisAt(t, 1, w.clock.ms())); err != nil {
		t.Fatal(err)
	}
	return w
}

// settledOrAway waits until the loop has looked at what was put, or is busy with a lost connection.
func settledOrAway(s *Sequencer) {
	for range 2 {
		select {
		case s.control <- func() {}:
		case <-s.done:
		}
	}
}

// awaitStored returns when the stream holds so many blocks.
func awaitStored(tb testing.TB, srv *natstest.Server, community string, blocks uint64) {
	tb.Helper()
	js := srv.JetStream(tb)
	for stored := uint64(0); stored < blocks; {
		stream, err := js.Stream(tb.Context(), chain.StreamName(community))
		if err != nil {
			tb.Fatal(err)
		}
		stored = stream.CachedInfo().State.LastSeq
	}
}

// countOf verifies the whole stream and counts how often a command stands on it.
func countOf(tb testing.TB, srv *natstest.Server, s *Sequencer, raw []byte) (count int) {
	tb.Helper()
	id := idOf(tb, raw)
	for _, c := range recordOf(tb, srv, s.Info().Community) {
		if idOf(tb, c) == id {
			count++
		}
	}
	return count
}

// recordOf reads and verifies a community's whole stream and gives its commits.
func recordOf(tb testing.TB, srv *natstest.Server, community string) (commits [][]byte) {
	tb.Helper()
	stream, err := srv.JetStream(tb).Stream(tb.Context(), chain.StreamName(community))
	if err != nil {
		tb.Fatal(err)
	}
	var prev *chain.Sealed
	for n := range stream.CachedInfo().State.LastSeq {
		raw, err := chain.ReadBlock(tb.Context(), stream, n)
		if err != nil {
			tb.Fatal(err)
		}
		b, err := chain.VerifyBlock(raw, prev)
		if err != nil {
			tb.Fatal(err)
		}
		commits, prev = append(commits, b.Commits...), &b.Sealed
	}
	return commits
}

// While the outcome of a publish is unknown, the stream is made anew by somebody who is master of the server. No connection breaks,
// and it is noticed all the same.
func TestStreamIsMadeAnewMeanwhile(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		keep int // so many blocks; -1: there is no stream any more
		why  string
	}{
		"deleted":                    {-1, "stream is missing, 3 blocks were acknowledged"},
		"empty":                      {0, "stream holds 0 blocks, 3 were acknowledged"},
		"cut":                        {2, "stream holds 2 blocks, 3 were acknowledged"},
		"another block at the end":   {3, "block 2 of the stream is not the one that was acknowledged"},
		"another block and one more": {4, "block 2 of the stream is not the one that was acknowledged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLostWorld(t)
			for i := range 2 {
				mustAppend(t, w.s, draft{id: fmt.Sprint(i), topic: fmt.Sprint(i), time: w.clock.ms()}.encode(t))
			}
			w.tap.set(func() { w.tap.swallow = 1 })
			a := put(t, w.s, "proposal", appendOf(draft{id: "x", topic: "x", time: w.clock.ms()}.encode(t)))
			settledOrAway(w.s)
			remake(t, w, row.keep)
			w.timeout()
			wantFault(t, a.verdict(t).Fault, chain.ErrRetry)
			wait(t, w.s.done, "end of the loop")
			if reason := w.s.Info().Reason; !strings.Contains(reason, row.why) {
				t.Errorf("stopped because %q", reason)
			}
		})
	}
}

// After a refused publish, and after a reconnect, the stream's configuration is looked at again too: somebody may have changed it.
func TestStreamIsLoosenedMeanwhile(t *testing.T) {
	t.Parallel()
	for name, happens := range map[string]func(*lostWorld, *late){
		"a refused publish": func(_ *lostWorld, l *late) { l.deliver(t) },
		"a reconnect":       func(w *lostWorld, _ *late) { w.cable.cut() },
	} {
		t.Run(name, func(t *testing.T) {
			w := newLostWorld(t)
			l := w.tap.delayOne()
			a := put(t, w.s, "proposal", appendOf(draft{id: "1", topic: "a", time: w.clock.ms()}.encode(t)))
			wait(t, l.caught, "block")
			w.timeout()
			wantFault(t, a.verdict(t).Fault, chain.ErrRetry)
			settledOrAway(w.s)
			loose := streamConfig(w.s.Info().Community, 1)
			loose.MaxMsgs = 1000
			if _, err := w.srv.JetStream(t).UpdateStream(t.Context(), loose); err != nil {
				t.Fatal(err)
			}
			happens(w, l)
			raw := draft{id: "2", topic: "b", time: w.clock.ms()}.encode(t)
			_, err := w.s.Append(t.Context(), "proposal", appendOf(raw))
			for tries := 0; (err == nil || errors.Is(err, chain.ErrRetry)) && tries < 20_000; tries++ { // until it is noticed
				_, err = w.s.Append(t.Context(), "proposal", appendOf(raw))
			}
			wantFault(t, err, chain.ErrStopped)
			if reason := w.s.Info().Reason; !strings.Contains(reason, "it limits the number of messages") {
				t.Errorf("stopped because %q", reason)
			}
		})
	}
}

// remake makes the stream anew with the first two blocks and others behind, so many in all.
func remake(t *testing.T, w *lostWorld, keep int) {
	t.Helper()
	js, community := w.srv.JetStream(t), w.s.Info().Community
	stream, err := js.Stream(t.Context(), chain.StreamName(community))
	if err != nil {
		t.Fatal(err)
	}
	var blocks [][]byte
	for n := range uint64(3) {
		blocks = append(blocks, must(chain.ReadBlock(t.Context(), stream, n)))
	}
	other := resealed(t, blocks[2], epochKey, func(h *chain.Header, _ [][]byte) { h.Time++ })
	if err := js.DeleteStream(t.Context(), chain.StreamName(community)); err != nil || keep < 0 {
		return
	}
	for { // the server is still putting the old one away
		_, err := js.CreateStream(t.Context(), streamConfig(community, 1))
		var refusal *jetstream.APIError
		if err == nil {
			break
		}
		if !errors.As(err, &refusal) {
			t.Fatal(err)
		}
	}
	for _, raw := range append(blocks[:2:2], other, other)[:keep] {
		if _, err := js.Publish(t.Context(), chain.BlockSubject(community), raw); err != nil {
			t.Fatal(err)
		}
	}
}

// A block that was given up may still arrive: before the next one, or behind it.
func TestGivenUpBlockArrivesLate(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		w := newLostWorld(t)
		late := w.tap.delayOne()
		raw := draft{id: "1", topic: "a", time: w.clock.ms()}.encode(t)
		a := put(t, w.s, "proposal", appendOf(raw))
		wait(t, late.caught, "block")
		w.timeout()
		wantFault(t, a.verdict(t).Fault, chain.ErrRetry)
		settledOrAway(w.s) // the stream was read, and ends where it did
		other := draft{id: "2", topic: "b", time: w.clock.ms()}.encode(t)
		if first {
			late.deliver(t)
			_, err := w.s.Append(t.Context(), "proposal", appendOf(other))
			wantFault(t, err, chain.ErrRetry) // our own block stands there: the stream is read again, and nothing is lost
		} else {
			mustAppend(t, w.s, other)
			late.deliver(t)
		}
		mustAppend(t, w.s, other)
		reply := mustAppend(t, w.s, raw)
		if reply.Repeated != first {
			t.Errorf("late block first %v: repeated %v", first, reply.Repeated)
		}
		if n := len(recordOf(t, w.srv, w.s.Info().Community)); n != 3 {
			t.Errorf("%d commits, want 3", n)
		}
	}
}

// The connection is lost, the stream is read anew, and only then the server comes to what was sent before. That is our own block and
// not another sequencer's.
func TestBlockArrivesAfterReconnect(t *testing.T) {
	t.Parallel()
	w := newLostWorld(t)
	late := w.tap.delayOne()
	raw := draft{id: "1", topic: "a", time: w.clock.ms()}.encode(t)
	a := put(t, w.s, "proposal", appendOf(raw))
	wait(t, late.caught, "block")
	w.cable.cut()
	wantFault(t, a.verdict(t).Fault, chain.ErrRetry)
	settledOrAway(w.s)
	late.deliver(t)
	insist(t, w.s, draft{id: "2", topic: "b", time: w.clock.ms()}.encode(t))
	if reply := insist(t, w.s, raw); !reply.Repeated {
		t.Error("the late block was written twice")
	}
	if info := w.s.Info(); info.State != StateWriting {
		t.Errorf("%+v", info)
	}
}

// The server is away for a while: who asks meanwhile waits or is told so, nothing is lost, and it goes on by itself.
func TestServerGoesAway(t *testing.T) {
	t.Parallel()
	srv := natstest.Run(t)
	s := foundedOn(t, configOf(t, srv))
	mustAppend(t, s, commitOf(t, "1", "a", 1))
	srv.Stop()
	raw := commitOf(t, "2", "a", 2)
	a := put(t, s, "proposal", appendOf(raw))
	srv.Restart(t)
	if f := a.verdict(t).Fault; f != nil {
		wantFault(t, f, chain.ErrRetry)
	}
	checkReceipt(t, insist(t, s, raw), raw, 2)
	if info := s.Info(); info.State != StateWriting || info.Size != 3 {
		t.Errorf("%+v", info)
	}
}
