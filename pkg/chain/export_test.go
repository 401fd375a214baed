package chain

import "runtime"

// DecodeReplies and what bounds a client, for tests.
var DecodeReplies = decodeReplies

// Limits of the client.
const (
	FlightsMax = flightsMax
	CallsMax   = callsMax
)

// AwaitWaiting returns when so many calls wait.
func (c *Client) AwaitWaiting(n int) {
	for {
		c.mu.Lock()
		waiting := len(c.waiting)
		c.mu.Unlock()
		if waiting >= n {
			return
		}
		runtime.Gosched()
	}
}
