package poll_test

import "renlin.dev/pkg/mutation"

// secretExcuses are the mutations of what is secret about polls that no test can notice.
var secretExcuses = []mutation.Excuse{
	{"secret_fillings.go", "f.many() || «uint32(len(begun)) >= f.most()» {",
		"missing says the same of every further option, so that this only saves time: of one of 120 options all but a thirtieth"},
	{"secret_fillings.go", "uint32(len(begun)) «>=» f.most() {", "as above"},
	{"secret_fillings.go", "case «!ordinal && uint32(len(begun))+f.options-o < f.poll.Form.ChoicesMin»:",
		"of what is left out here missing says the same of each, so that this only saves time"},
	{"secret_fillings.go", "len(f.list) > secretballot.OneOfMax || «f.tried > fillingsTriedMax»",
		"a net: every step leads to a ballot, which is tested, so that the list is too long before so many steps are taken"},
	{"secret_fillings.go", "f.tried «>» fillingsTriedMax", "as above: so many steps are never taken"},
	{"secret_close.go", "if «err != nil» || out.Verdict != tally.Passed {", "with an error comes an empty outcome, which has not passed"},
	{"secret_rules.go", "case size «>» ballotBytesMax:",
		"a ballot is one byte and then points and scalars of 32 bytes each, so that none has exactly 36 KiB"},
}
