package client

import "time"

// ResponseBytesMax is responseBytesMax.
const ResponseBytesMax = responseBytesMax

// Waits has a gateway's devices note their pauses instead of waiting.
func (g *Gateway) Waits(note func(time.Duration)) {
	g.after = func(d time.Duration) <-chan time.Time {
		note(d)
		over := make(chan time.Time)
		close(over)
		return over
	}
}
