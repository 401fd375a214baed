package sequencer

import (
	"strings"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/chain/order"
	"renlin.dev/pkg/natstest"
)

// timed founds a community whose sequencer goes by a clock of the test.
func timed(t *testing.T) (*Sequencer, *handClock, Config) {
	t.Helper()
	cfg := configOf(t, natstest.Run(t))
	clock := newHandClock()
	cfg.Clock = clock
	s := openOn(t, cfg)
	if _, err := s.Found(t.Context(), genesisAt(t, 1, clock.ms())); err != nil {
		t.Fatal(err)
	}
	return s, clock, cfg
}

func TestExpiryWindowAndSkew(t *testing.T) {
	t.Parallel()
	s, clock, _ := timed(t)
	clock.pass(time.Hour)
	now := clock.ms()
	for name, row := range map[string]struct {
		d    draft
		want error // nil: it is written
	}{
		"expires now":                 {draft{notAfter: now}, chain.ErrExpired},
		"expires in a moment":         {draft{notAfter: now + 1}, nil},
		"lives as long as can be":     {draft{notAfter: now + order.NotAfterMax}, nil},
		"lives too long":              {draft{notAfter: now + order.NotAfterMax + 1}, chain.ErrNotAfter},
		"window opens in a moment":    {draft{from: now + 1, until: now + 9}, chain.ErrWindowEarly},
		"window opens now":            {draft{from: now, until: now + 9}, nil},
		"window closes now":           {draft{from: now - 9, until: now}, chain.ErrWindowLate},
		"window closes in a moment":   {draft{from: now - 9, until: now + 1}, nil},
		"its clock is two seconds on": {draft{time: now + order.SkewMax}, nil},
		"and more":                    {draft{time: now + order.SkewMax + 1}, chain.ErrSkewed},
		"two seconds behind":          {draft{time: now - order.SkewMax}, nil},
		"and more than that":          {draft{time: now - order.SkewMax - 1}, chain.ErrSkewed},
	} {
		d := row.d
		d.id = name
		d.topic = strings.ReplaceAll(name, " ", "-")
		if d.time == 0 {
			d.time = now
		}
		reply, err := s.Append(t.Context(), "proposal", appendOf(d.encode(t)))
		switch {
		case row.want != nil:
			wantFault(t, err, row.want)
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case reply.Receipts[0].Time != now:
			t.Errorf("%s: block time %d, want %d", name, reply.Receipts[0].Time, now)
		}
	}
}

// Ids are remembered longer than any command may live, so one that has expired still gets its receipt.
func TestRepeatAfterExpiry(t *testing.T) {
	t.Parallel()
	s, clock, cfg := timed(t)
	d := draft{id: "1", topic: "a", time: clock.ms(), notAfter: clock.ms() + 1000}
	raw := d.encode(t)
	mustAppend(t, s, raw)
	clock.pass(order.NotAfterMax * time.Millisecond)
	mustAppend(t, s, draft{id: "2", topic: "b", time: clock.ms()}.encode(t))
	if reply := mustAppend(t, s, raw); !reply.Repeated {
		t.Error("written twice")
	}
	s.Close()
	if reply := mustAppend(t, openOn(t, cfg), raw); !reply.Repeated {
		t.Error("written twice after a restart")
	}
}

func TestClocksPart(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		wall, mono time.Duration
		stops      bool
	}{
		"time passes":                    {time.Hour, time.Hour, false},
		"a step within two seconds":      {1900 * time.Millisecond, 0, false},
		"a step back within two seconds": {-1900 * time.Millisecond, 0, false},
		"a step on":                      {2100 * time.Millisecond, 0, true},
		"a step back":                    {-2100 * time.Millisecond, 0, true},
		"a step after a month":           {30*24*time.Hour + 3*time.Second, 30 * 24 * time.Hour, true},
		"the machine has slept":          {time.Hour, time.Minute, true},
		"a day back":                     {-24 * time.Hour, time.Second, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, clock, _ := timed(t)
			before := clock.ms()
			clock.move(row.wall, row.mono)
			_, err := s.Append(t.Context(), "proposal", appendOf(draft{id: "1", topic: "a", time: max(clock.ms(), before)}.encode(t)))
			if !row.stops {
				if err != nil {
					t.Errorf("it stopped: %v", err)
				}
				return
			}
			wantFault(t, err, chain.ErrStopped)
			if info := s.Info(); info.State != StateStopped || !strings.Contains(info.Reason, "wall clock") || info.Size != 1 {
				t.Errorf("%+v", info)
			}
		})
	}
}

// The wall clock goes back a little, or by much while the sequencer is down: block time stays where it was.
func TestBlockTimeNeverRunsBackwards(t *testing.T) {
	t.Parallel()
	s, clock, cfg := timed(t)
	clock.pass(time.Minute)
	top := clock.ms()
	mustAppend(t, s, draft{id: "1", topic: "a", time: top}.encode(t))
	clock.move(-1500*time.Millisecond, 0)
	for i, id := range []string{"2", "3"} {
		reply := mustAppend(t, s, draft{id: id, topic: "a", version: uint64(i + 2), time: clock.ms()}.encode(t))
		if reply.Receipts[0].Time != top {
			t.Errorf("block time %d, want it to stay at %d", reply.Receipts[0].Time, top)
		}
	}
	s.Close()
	clock.move(-time.Hour, 0)
	s = openOn(t, cfg)
	fourth := draft{id: "4", topic: "b", time: clock.ms(), notAfter: top + 600_000}
	_, err := s.Append(t.Context(), "proposal", appendOf(fourth.encode(t)))
	wantFault(t, err, chain.ErrSkewed) // an hour behind the record: nothing is written until the clock is right
	if reply := mustAppend(t, s, draft{id: "5", topic: "b", time: top}.encode(t)); reply.Receipts[0].Time != top {
		t.Errorf("block time %d, want %d", reply.Receipts[0].Time, top)
	}
}

// A deadline holds for what waits: the block under way lasts until the window of the next has closed.
func TestWindowClosesWhileItWaits(t *testing.T) {
	t.Parallel()
	cfg := configOf(t, natstest.Run(t))
	clock := newHandClock()
	cfg.Clock = clock
	tap := tapInto(&cfg)
	s := openOn(t, cfg)
	if _, err := s.Found(t.Context(), genesisAt(t, 1, clock.ms())); err != nil {
		t.Fatal(err)
	}
	tap.await(t)
	tap.hold()
	first := put(t, s, "proposal", appendOf(draft{id: "1", topic: "a", time: clock.ms()}.encode(t)))
	tap.await(t)
	deadline := clock.ms() + 100
	inTime := put(t, s, "proposal", appendOf(draft{id: "2", topic: "b", time: clock.ms(), until: deadline}.encode(t)))
	settled(t, s)
	clock.pass(time.Second)
	late := put(t, s, "proposal", appendOf(draft{id: "3", topic: "c", time: clock.ms(), until: deadline}.encode(t)))
	settled(t, s)
	tap.release()
	if f := first.reply(t).Fault; f != nil {
		t.Error(f)
	}
	r := inTime.reply(t)
	if r.Fault != nil || r.Receipts[0].Time >= deadline {
		t.Errorf("what came in time: %+v", r)
	}
	if r := late.reply(t); r.Fault == nil && r.Receipts[0].Time >= deadline {
		t.Errorf("written after its window: %+v", r)
	}
}
