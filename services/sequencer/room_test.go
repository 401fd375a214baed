package sequencer

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/natstest"
)

var errShort = errors.New("room is short")

// While there is no room, who would write is told so by name, and what asks for no block is answered. Then writing goes on by itself.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	var short atomic.Bool
	cfg := configOf(t, natstest.Run(t))
	cfg.Room = func() error {
		if short.Load() {
			return errShort
		}
		return nil
	}
	tap := tapInto(&cfg)
	s := foundedOn(t, cfg)
	first := commitOf(t, "1", "a", 1)
	mustAppend(t, s, first)
	tap.hold()
	underway := put(t, s, "proposal", appendOf(commitOf(t, "2", "b", 1)))
	settled(t, s)
	staged := put(t, s, "proposal", appendOf(commitOf(t, "3", "c", 1)))
	settled(t, s)
	short.Store(true)
	late := put(t, s, "proposal", appendOf(commitOf(t, "4", "d", 1)))
	settled(t, s)
	tap.release()
	for what, p := range map[string]*ask{"under way": underway, "staged": staged} {
		if f := p.reply(t).Fault; f != nil {
			t.Errorf("what was %s: %v", what, f)
		}
	}
	wantFault(t, late.reply(t).Fault, fault.ErrFull)
	_, err := s.Append(t.Context(), "proposal", appendOf(commitOf(t, "5", "e", 1)))
	wantFault(t, err, fault.ErrFull)
	if info := s.Info(); info.State != StateFull || info.Reason != "" || info.Size != 4 {
		t.Errorf("%+v", info)
	}
	if _, err := s.Append(t.Context(), "proposal", &chain.Request{Ask: chain.AskCheck, Reads: []chain.Read{{Key: "topic/e"}}}); err != nil {
		t.Errorf("a check asks for no room: %v", err)
	}
	short.Store(false)
	mustAppend(t, s, commitOf(t, "5", "e", 1))
	if reply := mustAppend(t, s, first); !reply.Repeated {
		t.Error("written twice")
	}
	if info := s.Info(); info.State != StateWriting || info.Size != 5 {
		t.Errorf("%+v", info)
	}
}

// JetStream's own bound is told by the same name, is no difference, and is tried again after a while.
func TestServerHasNoRoom(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t, func(o *server.Options) { o.JetStreamMaxStore = 64 << 10 }))
	clock := newHandClock()
	cfg.Clock = clock
	tap := tapInto(&cfg)
	s := foundedOn(t, cfg)
	var err error
	n := 0
	for ; n < 20 && err == nil; n++ {
		id := string(rune('a' + n))
		_, err = s.Append(t.Context(), "proposal", appendOf(draft{id: id, topic: id, time: clock.ms(), padding: 8 << 10}.encode(t)))
	}
	wantFault(t, err, chain.ErrRetry) // whoever was in the block asks again, and then is told why
	again := appendOf(draft{id: "again", topic: "again", time: clock.ms()}.encode(t))
	_, err = s.Append(t.Context(), "proposal", again)
	wantFault(t, err, fault.ErrFull)
	if info := s.Info(); info.State != StateFull || info.Size != uint64(n) {
		t.Errorf("after %d tries: %+v", n, info)
	}
	sent, _ := tap.figures()
	_, err = s.Append(t.Context(), "proposal", again)
	wantFault(t, err, fault.ErrFull)
	if now, _ := tap.figures(); now != sent {
		t.Error("JetStream was asked again at once")
	}
	clock.pass(2 * time.Second)
	_, err = s.Append(t.Context(), "proposal", appendOf(draft{id: "later", topic: "later", time: clock.ms(), padding: 60 << 10}.encode(t)))
	wantFault(t, err, chain.ErrRetry)
	if now, _ := tap.figures(); now != sent+1 {
		t.Error("JetStream was not asked again")
	}
}

func TestDiskRoom(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, row := range map[string]struct {
		room Room
		full bool
	}{
		"enough":               {DiskRoom(1, dir), false},
		"more than any disk":   {DiskRoom(1<<62, dir), true},
		"one of two":           {DiskRoom(1, dir, dir+"/absent"), true},
		"nothing to look at":   {DiskRoom(1 << 62), false},
		"a directory not here": {DiskRoom(0, dir+"/absent"), true},
	} {
		if err := row.room(); (err != nil) != row.full {
			t.Errorf("%s: %v", name, err)
		}
	}
}
