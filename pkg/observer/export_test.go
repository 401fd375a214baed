package observer

import "time"

// Crash has what is called die at a line.
func (o *Observer) Crash(at func(line string) error) { o.crash = at }

// AheadMax is how far a record's time may be ahead.
const AheadMax = aheadMax

// How often, and for how long, a record may seem too short.
const (
	ShortLooksMax = shortLooksMax
	ShortTimeMax  = shortTimeMax
)

// At has an observer take what is told for the time.
func (o *Observer) At(now func() time.Time) { o.now = now }
