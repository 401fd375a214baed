package poll_test

import "renlin.dev/pkg/mutation"

// Why a wrong check of open polls, of papers and of rosters is not noticed.
const (
	countedBefore = "it counts less than was counted just before, by which the error would have been found"
	readBefore    = "what was read from a record or a command can be written again"
)

var openExcuses = []mutation.Excuse{
	{"count.go", "if err := c.withoutSilent(out, ballots, roll); «err != nil» {", countedBefore},
	{"count.go", "c.standsWithout(out, ballots, roll, hosted); «err != nil» {", countedBefore},
	{"count.go", "c.standsWithout(out, ballots, roll, helped); «err != nil» {", countedBefore},
	{"count.go", "if err := c.decide(without, rest, roll); «err != nil» {", countedBefore},
	{"count.go", "if «len(rest) == len(ballots)» {", "it only saves time: the same ballots give the same result"},
	{"silent.go", "if err := bare.decide(without, ballots, roll); «err != nil» {", countedBefore},
	{"paper.go", "cast && last.Paper «>» number:", "a sheet that was cast is entered by nobody again, so no ballot is of its number"},
	{"paper_audit.go", "out.Compared, err = draw(seed, b.GetPoll()+\"/comparison\", f.OnPaper, n)\n\t}\n\tif «err != nil» {",
		"of any number some are drawn that are no more"},
	{"paper_audit.go", "s, err := chain.DecodeSealed(header)\n\tif «err != nil» ||",
		"what is no header is read as one of no commits, which holds no tally"},
	{"roster.go", "if «bytes.Equal(row.Key, b.GetKey())» && row.Channel == shownChannel",
		"a key that is not listed has a row that weighs nothing, and a voter weighs a head at least; two keys of one id nobody finds"},
	{"sheet.go", "case «!ok» || row.Channel != votingv1.Channel_CHANNEL_PAPER:", "a key that is not listed has a row that is on no sheet"},
	{"turnout.go", "first, err := encodeTally(p.Tally)\n\tif «err != nil» {", readBefore},
	{"turnout.go", "again, err := encodeTally(b.GetTally())\n\tif «err != nil» {", readBefore},
}
