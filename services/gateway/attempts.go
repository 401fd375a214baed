package gateway

import (
	"sync"
	"time"

	"renlin.dev/pkg/fault"
)

// ErrLockedOut: too many attempts that failed.
var ErrLockedOut = fault.New(fault.TooMany, "attempts.too_many",
	"Too many attempts have failed; please wait a little, or sign in by an enrolled device.", "失败次数过多，请稍后再试，或使用已登记的设备登录。")

const (
	attemptsFree = 5 // failures that cost nothing
	attemptsMax  = 20_000
	attemptsRest = time.Hour // after so long without a failure all is forgiven
	// The longest waits. A member's is short: whoever has a platform's account can fail in anybody's name, and must not keep a member from
	// using their code. A signed sign-in asks for no wait at all: a signature cannot be guessed.
	waitMemberMax  = time.Minute
	waitAccountMax = 15 * time.Minute
)

// attempt is who failed: an account, or in whose name.
type attempt struct {
	community string
	account   identity
	member    string
}

// failures of one of them.
type failures struct {
	count int
	last  time.Time
}

// attempts makes those wait who try to bind by codes that are not theirs: each failure beyond the first few doubles the wait.
type attempts struct {
	now func() time.Time

	mu     sync.Mutex // guards failed
	failed map[attempt]failures
}

func newAttempts(now func() time.Time) *attempts {
	return &attempts{now: now, failed: map[attempt]failures{}}
}

// wait is how long after its last failure an attempt must rest.
func (f failures) wait(who attempt) time.Duration {
	if f.count < attemptsFree {
		return 0
	}
	longest := waitAccountMax
	if who.member != "" {
		longest = waitMemberMax
	}
	return min(time.Second<<min(f.count-attemptsFree, 20), longest)
}

// check refuses whoever must still wait.
func (a *attempts) check(all ...attempt) error {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, who := range all {
		f := a.failed[who]
		if left := f.last.Add(f.wait(who)).Sub(now); left > 0 {
			return ErrLockedOut.WithInt("seconds", int64((left+time.Second-1)/time.Second))
		}
	}
	return nil
}

// fail notes that they failed. What was noted of others is forgotten after a rest, and when there is no room, the one whose wait ends
// first.
func (a *attempts) fail(all ...attempt) {
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, who := range all {
		f := a.failed[who]
		if now.Sub(f.last) > attemptsRest {
			f = failures{}
		}
		if f.count == 0 && len(a.failed) >= attemptsMax {
			a.makeRoom(now)
		}
		a.failed[who] = failures{count: f.count + 1, last: now}
	}
}

// makeRoom forgets those who have rested, or else the one whose wait ends first. The caller holds mu.
func (a *attempts) makeRoom(now time.Time) {
	var first attempt
	var ends time.Time
	for who, f := range a.failed { // any order: of several whose waits end at the same moment any may go
		if now.Sub(f.last) > attemptsRest {
			delete(a.failed, who)
			continue
		}
		if end := f.last.Add(f.wait(who)); ends.IsZero() || end.Before(ends) {
			first, ends = who, end
		}
	}
	if len(a.failed) >= attemptsMax {
		delete(a.failed, first)
	}
}

// succeed forgives.
func (a *attempts) succeed(all ...attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, who := range all {
		delete(a.failed, who)
	}
}
