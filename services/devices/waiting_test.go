package devices_test

import (
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/fault"
)

// TestTriedAgain: what cannot be recorded just now is tried until it is, under one idempotency key; what is refused is told once.
func TestTriedAgain(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	name, password := s.enrol(1, byPassword)
	c, answers := s.device(name, password)
	s.mu.Lock()
	s.refuse = []*fault.Fault{fault.ErrUnavailable, fault.ErrInternal}
	s.mu.Unlock()
	s.await(c.Publish("signals/"+name, 1, false, fall))
	first, second, third := next(s, s.arrived), next(s, s.arrived), next(s, s.arrived)
	if first.IdempotencyKey != second.IdempotencyKey || second.IdempotencyKey != third.IdempotencyKey || first.NotAfter != third.NotAfter {
		t.Errorf("three commands: %s, %s, %s", first.IdempotencyKey, second.IdempotencyKey, third.IdempotencyKey)
	}
	if said := next(s, answers); !strings.HasPrefix(said, `{"recorded":true`) {
		t.Errorf("told %s", said)
	}
	s.mu.Lock()
	s.refuse = []*fault.Fault{fault.New(fault.Refused, "signal.too_many", "Too many.", "过多。")}
	s.mu.Unlock()
	s.await(c.Publish("signals/"+name, 1, false, fall))
	next(s, s.arrived)
	if said := next(s, answers); !strings.Contains(said, `"code":"signal.too_many"`) || !strings.Contains(said, `"zh":"过多。"`) {
		t.Errorf("told %s", said)
	}
}

// TestSurvives: what was acknowledged is on disk. An edge that is started anew has it recorded as soon as its device is back.
func TestSurvives(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	name, password := s.enrol(1, byPassword)
	c, _ := s.device(name, password)
	s.is(true)
	s.await(c.Publish("signals/"+name, 1, false, fall))
	before := next(s, s.arrived)
	s.stop()
	for len(s.arrived) > 0 {
		<-s.arrived
	}
	s.start()
	_, answers := s.device(name, password)
	s.is(false) // it listens by now
	if after := next(s, s.arrived); after.IdempotencyKey != before.IdempotencyKey {
		t.Errorf("another command: %s, %s", before.IdempotencyKey, after.IdempotencyKey)
	}
	next(s, answers)
}

// TestYesterdaysWord: that all was well yesterday is not recorded today, and its device is told; that somebody fell is.
func TestYesterdaysWord(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	name, password := s.enrol(1, byPassword)
	c, _ := s.device(name, password)
	s.is(true)
	s.await(c.Publish("signals/"+name, 1, false, `{"kind":"well"}`))
	s.await(c.Publish("signals/"+name, 1, false, fall))
	next(s, s.arrived)
	s.stop()
	s.mu.Lock()
	s.later = 11 * time.Hour
	s.mu.Unlock()
	s.start()
	_, answers := s.device(name, password)
	s.is(false) // it listens by now
	told := next(s, answers) + next(s, answers)
	if !strings.Contains(told, `"code":"command.expired"`) || !strings.Contains(told, `{"recorded":true`) {
		t.Errorf("told %s", told)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) != 1 || s.seen[0].Operation != "aid.send_signal" {
		t.Errorf("%d recorded", len(s.seen))
	}
}

// TestRoomForAlarms: whatever a device chatters while the record is not there, the alarm that was acknowledged before it is recorded, and
// the one after it too.
func TestRoomForAlarms(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	s.stop()
	var steps atomic.Int64 // a patient device: it keeps below what it may say in a second
	s.now = func() time.Time { return time.Now().Add(time.Duration(steps.Add(1)) * 10 * time.Second) }
	s.start()
	name, password := s.enrol(1, byPassword)
	c, answers := s.device(name, password)
	s.is(true)
	s.await(c.Publish("signals/"+name, 1, false, fall))
	for n := range 100 {
		s.await(c.Publish("signals/"+name, 1, false, `{"kind":"door","level":"warning"}`))
		if n < 32 {
			continue
		}
		if said := next(s, answers); !strings.Contains(said, `"code":"signal.flood"`) {
			t.Errorf("told %s", said)
		}
	}
	s.await(c.Publish("signals/"+name, 1, false, `{"kind":"smoke","level":"alarm"}`))
	s.is(false)
	recorded := func(kind string) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return slices.ContainsFunc(s.seen, func(c *chain.Signed) bool { return strings.Contains(string(c.Body), kind) })
	}
	for !recorded("FALL") || !recorded("SMOKE") {
		next(s, s.arrived)
	}
}

// TestSignedOff: of a device that the record has signed off nothing is taken any more, though it is connected, and it does not come back.
func TestSignedOff(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	name, password := s.enrol(1, byPassword)
	c, answers := s.device(name, password)
	s.mu.Lock()
	s.refuse = []*fault.Fault{fault.New(fault.Unauthenticated, "sensor.unknown", "Not here.", "无权。")}
	s.mu.Unlock()
	s.await(c.Publish("signals/"+name, 1, false, fall))
	next(s, s.arrived)
	if said := next(s, answers); !strings.Contains(said, `"code":"sensor.unknown"`) {
		t.Errorf("told %s", said)
	}
	s.enrol(1, `{"by_password":true,"revoked":true}`)
	if _, err := s.client(name, password, nil); err == nil {
		t.Error("it came back")
	}
}

// TestFlood: a device that speaks without end is cut down to what a device needs to say, and its alarm is heard all the same.
func TestFlood(t *testing.T) {
	t.Parallel()
	s := newStreet(t)
	name, password := s.enrol(1, byPassword)
	c, answers := s.device(name, password)
	const flood = 200
	for range flood {
		c.Publish("signals/"+name, 1, false, `{"kind":"door","level":"warning"}`)
		if said := next(s, answers); strings.Contains(said, "signal.flood") {
			break
		}
	}
	for len(s.arrived) > 0 {
		<-s.arrived
	}
	s.await(c.Publish("signals/"+name, 1, false, fall))
	if got := next(s, s.arrived); !strings.Contains(string(got.Body), "ALARM") {
		t.Errorf("arrived %s", got.Body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.seen) > flood/2 {
		t.Errorf("%d commands out of a flood", len(s.seen))
	}
}
