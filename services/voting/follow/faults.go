package follow

import "renlin.dev/pkg/fault"

// What the voting service has told otherwise than the record says. While it does, nothing is done for the poll: who is told two stories
// about what they are to open opens nothing.
var (
	ErrPollUnknown = fault.New(fault.Refused, "told.poll_unknown",
		"The voting service tells of a poll that is not on the record.", "投票服务所称的表决不在记录中。")
	ErrPollOther = fault.New(fault.Refused, "told.poll_other",
		"The voting service tells another question, other rules or another roll of this poll than the record.",
		"投票服务所称的议题、规则或名册与记录不符。")
	ErrTrustees = fault.New(fault.Refused, "told.trustees",
		"The voting service names other trustees of this poll than the record.", "投票服务所称的开票受托人与记录不符。")
	ErrThreshold = fault.New(fault.Refused, "told.threshold",
		"The voting service says that another number of trustees can open this poll than the record.", "投票服务所称的开启所需开票受托人数与记录不符。")
	ErrWords = fault.New(fault.Refused, "told.words",
		"The voting service tells other words of this poll's trustees than the record.", "投票服务所转述的开票受托人消息与记录不符。")
	ErrKey = fault.New(fault.Refused, "told.key",
		"The voting service tells another key of this poll than the record.", "投票服务所称的表决公钥与记录不符。")
	ErrClosed = fault.New(fault.Refused, "told.closed",
		"The voting service says that this poll is closed, and the record says that it is not.", "投票服务称表决已截止，而记录并非如此。")
	ErrSums = fault.New(fault.Refused, "told.sums",
		"The voting service asks for other sums of this poll than the record.", "投票服务所要求开启的合计与记录不符。")
	ErrRoster = fault.New(fault.Refused, "told.roster",
		"The voting service tells another list of credentials of this poll than the record.", "投票服务所称的凭证名单与记录不符。")
	ErrBallotMissing = fault.New(fault.Refused, "told.ballot_missing",
		"The voting service leaves out a ballot that is on the record.", "投票服务遗漏了记录中的一张选票。")
	ErrBallotInvented = fault.New(fault.Refused, "told.ballot_invented",
		"The voting service tells of a ballot that is not on the record.", "投票服务所称的一张选票不在记录中。")
	ErrBallotOther = fault.New(fault.Refused, "told.ballot_other",
		"The voting service tells another ballot of a credential than the record.", "投票服务所称的某凭证选票与记录不符。")
)

// What it has told the registrar otherwise.
var (
	ErrRegistrar = fault.New(fault.Refused, "told.registrar",
		"The voting service names another registrar of this poll than the record.", "投票服务所称的登记人与记录不符。")
	ErrEnded = fault.New(fault.Refused, "told.registration_ended",
		"The voting service says that registration for this poll is over, and the record says that it is not.",
		"投票服务称登记已结束，而记录并非如此。")
	ErrListed = fault.New(fault.Refused, "told.listed",
		"The voting service says that other credentials of this poll are listed than the record.", "投票服务所称已列出的凭证与记录不符。")
	ErrVoterMissing = fault.New(fault.Refused, "told.voter_missing",
		"The voting service leaves out a voter whose registration is on the record.", "投票服务遗漏了记录中已登记的投票人。")
	ErrVoterInvented = fault.New(fault.Refused, "told.voter_invented",
		"The voting service tells of a voter whose registration is not on the record.", "投票服务所称的投票人登记不在记录中。")
	ErrVoterOther = fault.New(fault.Refused, "told.voter_other",
		"The voting service tells another registration or another weight of a voter than the record.",
		"投票服务所称的投票人登记或权重与记录不符。")
	ErrOver = fault.New(fault.Refused, "told.over",
		"The voting service says that this poll needs its registrar no more, and the record says that it does.",
		"投票服务称该表决已无需登记人，而记录并非如此。")
)

// Told lists what a voting service can be found out by, in the order of this file.
var Told = []*fault.Fault{
	ErrPollUnknown, ErrPollOther, ErrTrustees, ErrThreshold, ErrWords, ErrKey, ErrClosed, ErrSums, ErrRoster, ErrBallotMissing,
	ErrBallotInvented, ErrBallotOther, ErrRegistrar, ErrEnded, ErrListed, ErrVoterMissing, ErrVoterInvented, ErrVoterOther, ErrOver,
}
