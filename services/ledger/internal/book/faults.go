package book

import "renlin.dev/pkg/fault"

// Refusals about accounts and amounts. Policies lapse with the same codes.
var (
	// ErrUnknown: there is no such account.
	ErrUnknown = fault.New(fault.NotFound, "account.unknown", "There is no such account.", "没有该账户。")
	// ErrKind: an account of this kind is not opened by anybody, or the command names what this kind does not have.
	ErrKind = fault.New(fault.Invalid, "account.malformed",
		"This does not fit the kind of account.", "所填内容与账户类型不符。")
	// ErrName: funds, envelopes and sources have a name that can be read, payees have none.
	ErrName = fault.New(fault.Invalid, "account.name",
		"Funds, budgets and sources need a name that can be read; accounts of those who are paid have none.",
		"资金、预算和来源账户须有可读的名称；收款方账户不写名称。")
	// ErrFund: an envelope is part of a fund.
	ErrFund = fault.New(fault.Refused, "account.fund_unknown", "A budget is part of a fund; please name one.", "预算须属于某项资金，请指明。")
	// ErrTerm: an envelope ends after it begins, in the future, and not in another age.
	ErrTerm = fault.New(fault.Invalid, "account.term",
		"A budget must end after it begins, in the future, and within ten years.", "预算须在起始之后、未来且十年之内结束。")
	// ErrAmount: amounts are above zero and not beyond what can be counted.
	ErrAmount = fault.New(fault.Invalid, "amount.out_of_bounds",
		"An amount must be above zero and not larger than can be counted.", "金额必须大于零且不超过可记数的上限。")
	// ErrCurrency: money and credits never meet.
	ErrCurrency = fault.New(fault.Refused, "account.currency_mixed",
		"Money and credits cannot be exchanged for each other.", "钱款与积分不能相互兑换。")
	// ErrWay: amounts do not go from accounts of the one kind to those of the other.
	ErrWay = fault.New(fault.Refused, "account.way_closed",
		"Money comes from a source into a fund, from a fund into a budget, and only from a budget to whoever is paid.",
		"钱款由来源进入资金，由资金进入预算，且只能由预算支付给收款方。")
	// ErrDividend: an envelope for dividends pays nothing else.
	ErrDividend = fault.New(fault.Refused, "envelope.dividends_only",
		"This budget is for dividends, which the rulebook's formula gives out, and pays nothing else.",
		"该预算专用于按规约公式分红，不得作其他支付。")
	// ErrShort: not enough is free.
	ErrShort = fault.New(fault.Refused, "account.short",
		"There is not enough in the account that has not been promised already.", "账户中未被占用的余额不足。")
	// ErrFull: an account would hold more than can be counted.
	ErrFull = fault.New(fault.Refused, "account.full", "This account cannot take so much.", "该账户无法容纳这一数额。")
	// ErrNotPaying: the envelope does not pay at this time.
	ErrNotPaying = fault.New(fault.Refused, "envelope.not_paying",
		"This budget pays only between its beginning and its end.", "该预算只在起止时间内支付。")
	// ErrSuspended: the envelope waits for a checker's word on what has left it.
	ErrSuspended = fault.New(fault.Refused, "envelope.suspended",
		"This budget pays nothing until an emergency payment has been confirmed by a second person.", "在紧急支付获第二人确认之前，该预算暂停支付。")
	// ErrNotEnded: the envelope has not ended yet.
	ErrNotEnded = fault.New(fault.Refused, "envelope.not_ended", "This budget has not ended yet.", "该预算尚未到期。")
	// ErrEmpty: nothing is left to return.
	ErrEmpty = fault.New(fault.Refused, "envelope.empty", "Nothing is left in this budget.", "该预算已无余额。")
)
