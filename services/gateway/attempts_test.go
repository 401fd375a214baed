package gateway

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"
	"time"

	"renlin.dev/pkg/fault"
)

func someone(n int) attempt {
	return attempt{community: "here", account: sha256.Sum256(fmt.Append(nil, n))}
}

// TestAttemptsWait: a few failures are free, each further one doubles the wait up to a bound, and success or rest forgives.
func TestAttemptsWait(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(0)
	a := newAttempts(func() time.Time { return now })
	account, member := someone(1), attempt{community: "here", member: "ann"}
	for n := 1; n <= 40; n++ {
		if err := a.check(account, member); err != nil {
			t.Fatalf("before failure %d: %v", n, err)
		}
		a.fail(account, member)
		for who, longest := range map[attempt]time.Duration{account: waitAccountMax, member: waitMemberMax} {
			want := time.Duration(0)
			if n >= attemptsFree {
				want = min(time.Second<<min(n-attemptsFree, 20), longest)
			}
			start := now
			now = start.Add(max(want-1, 0))
			if err := a.check(who); (err == nil) != (want == 0) || err != nil && !errors.Is(err, ErrLockedOut) {
				t.Errorf("failure %d, just before %v: %v", n, want, err)
			}
			now = start.Add(want)
			if err := a.check(who); err != nil {
				t.Errorf("failure %d, after %v: %v", n, want, err)
			}
			now = start
		}
		now = now.Add(waitAccountMax)
	}
	if a.check(someone(2), attempt{community: "there", member: "ann"}) != nil {
		t.Error("somebody else must wait")
	}
	a.fail(account)
	a.succeed(account)
	if err := a.check(account); err != nil {
		t.Errorf("after success: %v", err)
	}
	now = now.Add(attemptsRest + 1)
	a.fail(member)
	if got := a.failed[member].count; got != 1 {
		t.Errorf("after a rest: %d failures", got)
	}
}

// TestAttemptsAreBounded: a flood of others does not free the one who must wait longest.
func TestAttemptsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(0)
	a := newAttempts(func() time.Time { return now })
	for range attemptsFree + 5 {
		a.fail(someone(-1))
	}
	for n := range attemptsMax + 100 {
		a.fail(someone(n))
	}
	if len(a.failed) > attemptsMax {
		t.Errorf("%d are remembered", len(a.failed))
	}
	if err := a.check(someone(-1)); !errors.Is(err, ErrLockedOut) {
		t.Errorf("the one who must wait: %v", err)
	}
	now = now.Add(attemptsRest + 1)
	a.fail(someone(-2))
	if len(a.failed) != 1 {
		t.Errorf("after a rest %d are remembered", len(a.failed))
	}
}

// TestTickets: an account's newest only, in its community, in its time, to one request at a time.
func TestTickets(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(0)
	s := newTickets(Config{Now: func() time.Time { return now }, Entropy: rand.Reader})
	at := place{"here", identity{1}}
	open := func() []byte {
		secret, err := s.open("wechat", at)
		if err != nil || len(secret) < 40 {
			t.Fatalf("%q, %v", secret, err)
		}
		sum := sha256.Sum256([]byte(secret))
		return sum[:]
	}
	first := open()
	got, back, err := s.take("here", first)
	if err != nil || got.place != at || got.provider != "wechat" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, _, err := s.take("here", first); !errors.Is(err, fault.ErrBusy) {
		t.Errorf("while another binds: %v", err)
	}
	back()
	if _, back, err = s.take("here", first); err != nil {
		t.Fatalf("again: %v", err)
	}
	back()
	refused := func(what, community string, digest []byte) {
		t.Helper()
		if _, _, err := s.take(community, digest); !errors.Is(err, ErrTicket) {
			t.Errorf("%s: %v", what, err)
		}
	}
	refused("elsewhere", "there", first)
	refused("no digest", "here", nil)
	second := open()
	refused("the one before", "here", first)
	now = now.Add(ticketLifetime - 1)
	if _, back, err = s.take("here", second); err != nil {
		t.Errorf("at the last moment: %v", err)
	}
	back()
	now = now.Add(1)
	refused("too late", "here", second)
	third := open()
	s.forget(at)
	refused("after unbinding", "here", third)
}

// TestTicketsAreBounded: when all are in use there is none, and those that have run out make room.
func TestTicketsAreBounded(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(0)
	s := newTickets(Config{Now: func() time.Time { return now }, Entropy: rand.Reader})
	for n := range ticketsMax {
		if _, err := s.open("wechat", place{"here", someone(n).account}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.open("wechat", place{"here", someone(-1).account}); !errors.Is(err, fault.ErrBusy) {
		t.Errorf("one too many: %v", err)
	}
	if _, err := s.open("wechat", place{"here", someone(0).account}); err != nil {
		t.Errorf("in the place of one's own: %v", err)
	}
	now = now.Add(ticketLifetime)
	if _, err := s.open("wechat", place{"here", someone(-1).account}); err != nil || len(s.live) != 1 || len(s.by) != 1 {
		t.Errorf("when all have run out: %v, %d are live", err, len(s.live))
	}
	s.cfg.Entropy = broken{}
	if secret, err := s.open("wechat", place{"here", identity{}}); !errors.Is(err, fault.ErrInternal) || secret != "" {
		t.Errorf("without randomness: %q, %v", secret, err)
	}
}
