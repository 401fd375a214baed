package poll

import "renlin.dev/pkg/fault"

// Faults of secret polls.
var (
	ErrMethodSecret = fault.New(fault.Invalid, "secret_poll.method",
		"Ballots of this method cannot be counted in secret here.", "此类计票方法在此不能用于秘密表决。")
)
