package sequencer

import (
	"fmt"
	"time"
)

// Clock gives the wall clock and a clock that only runs forward, read at one moment.
type Clock interface {
	Now() (wall time.Time, monotonic time.Duration)
}

type realClock struct{ start time.Time }

func machineClock() Clock { return realClock{start: time.Now()} }

// Now reads both clocks of the machine: Go's Time carries the monotonic one, which time.Since uses.
func (c realClock) Now() (time.Time, time.Duration) {
	now := time.Now()
	return now, now.Sub(c.start)
}

// clockStepMax is how far wall and monotonic clock may part. A clock that is being disciplined does not part them: the kernel slews both
// alike, so only a step does, or a machine that slept.
const clockStepMax = 2 * time.Second

// watchdog notices when somebody moves the wall clock. It belongs to the loop.
type watchdog struct {
	clock Clock
	wall  time.Time
	mono  time.Duration
}

func newWatchdog(c Clock) *watchdog {
	wall, mono := c.Now()
	return &watchdog{clock: c, wall: wall.Round(0), mono: mono}
}

// now gives the time in ms since the Unix epoch, or an error when the clocks have parted since the start.
func (w *watchdog) now() (int64, error) {
	wall, mono := w.clock.Now()
	passed := mono - w.mono
	apart := wall.Round(0).Sub(w.wall) - passed // Round strips the monotonic reading, so that Sub sees the wall clock alone
	if apart.Abs() > clockStepMax {
		return 0, fmt.Errorf("sequencer: wall clock has moved by %v against the monotonic clock", apart.Round(time.Millisecond))
	}
	return wall.UnixMilli(), nil
}
