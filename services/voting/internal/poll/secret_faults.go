package poll

import "renlin.dev/pkg/fault"

// Faults of secret polls.
var (
	ErrMethodSecret = fault.New(fault.Invalid, "secret_poll.method",
		"Ballots of this method cannot be counted in secret here.", "此类计票方法在此不能用于秘密表决。")
	ErrSecretFillings = fault.New(fault.Invalid, "secret_poll.fillings_many",
		"A secret ballot of this method may be filled in in at most 120 ways, such as all rankings of four options; this poll has more.",
		"按此计票方法，秘密选票最多允许120种填法（如四个选项的全部排序），本次表决超出了该上限。")
)
