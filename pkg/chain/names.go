package chain

import (
	"maps"
	"sync/atomic"
)

// Bounds of the names that are remembered. A record has few services and types of events, and short ones; whoever brings others wins
// nothing.
const (
	namesMax     = 1024
	nameBytesMax = 128
)

// names are those of services and of types of events, which stand in every commit and need not be made anew for each. The map is never
// written into: who adds a name makes a larger one.
var names atomic.Pointer[map[string]string]

// named gives a name's bytes as a string.
func named(b []byte) string {
	known := names.Load()
	if known != nil {
		if s, ok := (*known)[string(b)]; ok {
			return s
		}
	}
	s := string(b)
	if known == nil {
		names.CompareAndSwap(nil, &map[string]string{})
	} else if len(*known) < namesMax && len(s) <= nameBytesMax {
		more := maps.Clone(*known)
		more[s] = s
		names.CompareAndSwap(known, &more) // if another was faster, the next one adds it
	}
	return s
}
