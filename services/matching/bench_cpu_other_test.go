//go:build !unix

package matching_test

import "time"

// started is when this process was.
var started = time.Now()

// processor is how long this process has run, where nothing tells how much of that it was given.
func processor() time.Duration { return time.Since(started) }
