// Package cost says what it costs to serve and not to serve, for plans of a community and of a file alike. Only proportions mean anything:
// a metre costs 1.3, and everything else is how many metres one would go to avoid it.
//
// What a distance or a window is each of the two reads from what it has: a record has squares of 500 metres and no addresses, a file has
// cells of 100.
package cost

const (
	metreTenths = 13
	unreliable  = 2   // for each promise of a thousand that is not kept
	language    = 800 // that nobody insists on
	shortWindow = 150 // where only a part of the time that is asked for agrees
	unserved    = 10_000
	waitingBase = 10
	// StepMillis is one of the steps by which a need that waits grows dearer to leave: a tenth of what it cost at first. Ten of them are four
	// hours.
	StepMillis = 24 * 60 * 1000
)

// Distance is what so many metres cost.
func Distance(metres int64) int64 { return metres * metreTenths / 10 }

// Reliability is what so many promises of a thousand that are kept cost, for those that are not.
func Reliability(permille int64) int64 { return unreliable * (1000 - permille) }

// Language is what it costs to be served in another language than one asked for.
func Language() int64 { return language }

// Window is what it costs that the time is short.
func Window() int64 { return shortWindow }

// Unserved is what a unit of a need costs that nobody serves: more the more urgent it is, and the more steps it has waited, so that nobody
// waits for ever behind others.
func Unserved(priority, steps int64) int64 { return unserved * priority * (waitingBase + steps) }
