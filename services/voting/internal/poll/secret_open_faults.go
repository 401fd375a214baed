package poll

import "renlin.dev/pkg/fault"

// Faults of opening the sums of a secret poll.
var (
	ErrSecretNot = fault.New(fault.Refused, "secret_poll.not",
		"This poll is not secret: its trustees publish their shares of the key.", "该项表决不是秘密表决：由开票受托人公布密钥份额。")
	ErrTotalsAwaited = fault.New(fault.Refused, "secret_poll.totals_awaited",
		"The ballots of this poll are not added up yet.", "该项表决的选票尚未加总。")
	ErrTotalsNone = fault.New(fault.Refused, "secret_poll.totals_none",
		"In this poll there is nothing left for the trustees to open.", "该项表决没有仍需开票受托人打开的内容。")
	ErrTotalsLevel = fault.New(fault.Refused, "secret_poll.totals_level",
		"The totals of this poll are opened in another way.", "该项表决的合计须以另一种方式打开。")
	ErrTotalsDone = fault.New(fault.Refused, "secret_poll.totals_done",
		"This trustee has done their part for this poll already.", "该开票受托人已完成本次表决中其应完成的部分。")
	ErrTotalsProved = fault.New(fault.Refused, "secret_poll.totals_proved",
		"What is to be proved of this poll's totals is proved already.", "关于该项表决合计的证明已经完成。")
	ErrTotalsNumber = fault.New(fault.Invalid, "secret_poll.totals_number",
		"There must be one part for each total that is to be opened, in their order.", "每个待打开的合计须按顺序各对应一份内容。")
	ErrTotalsReaders = fault.New(fault.Invalid, "secret_poll.totals_readers",
		"Every trustee must be able to read the hidden part of a total, or one alone could hold up the result.",
		"合计的隐藏部分须能由每位开票受托人读取，否则一人即可拖延结果。")
	ErrTotalsFew = fault.New(fault.Refused, "secret_poll.totals_few",
		"Not enough trustees have done their part for anything to be proved.", "完成工作的开票受托人人数不足，尚无法证明。")
	ErrTotalsClaim = fault.New(fault.Invalid, "secret_poll.totals_claim",
		"What is proved of a total must be between which of the poll's thresholds it lies, and nothing else.",
		"关于合计只能证明其位于本次表决的哪两个门槛之间，不得证明其他内容。")
	ErrFiguresHidden = fault.New(fault.Invalid, "secret_poll.figures_hidden",
		"These rules ask for a figure that stays hidden in a secret poll.", "该规则要求的某一数据在秘密表决中不会公开。")
	ErrSumsDiffer = fault.New(fault.Refused, "secret_poll.sums_differ",
		"The sums that are to be opened are not those of the ballots.", "待打开的合计与选票的合计不符。")
	ErrSumsMore = fault.New(fault.Refused, "secret_poll.sums_more",
		"More is to be opened than the poll's rules allow.", "待打开的内容超出本次表决规则允许的范围。")
	ErrSumsForeign = fault.New(fault.Refused, "secret_poll.sums_foreign",
		"The poll as it was told is not the one that the ballots are bound to.", "所告知的表决内容与选票所绑定的表决不符。")
	ErrSumsFew = fault.New(fault.Refused, "secret_poll.sums_few",
		"So few ballots are to be added up that the sum would not hide them.", "加总的选票过少，合计不足以隐藏各张选票。")
)
