package across

import "renlin.dev/pkg/fault"

// Refusals about other communities, and what is referred to them. Policies lapse with the same codes.
var (
	ErrPeerUnknown = fault.New(fault.NotFound, "peer.unknown",
		"This community is not known here, or no longer.", "本社区未登记该社区，或登记已取消。")
	// ErrPeerPolicy: no policy, or not one of that community's log.
	ErrPeerPolicy = fault.New(fault.Invalid, "peer.policy",
		"The keys of another community are a policy that names its own log and no other.", "其他社区的密钥须以策略给出，且只能写明该社区自己的日志。")
	ErrPeerKey = fault.New(fault.Invalid, "peer.key",
		"Please give the key that the other community's founding names.", "请填写该社区创立时写明的密钥。")
	ErrPeerTwoOrgs = fault.New(fault.Forbidden, "peer.second_org",
		"Whose word counts here is said by officers of two organisations.", "须由两个组织的负责人共同登记其他社区。")
	// ErrReferOnward: it was taken up of another community itself.
	ErrReferOnward = fault.New(fault.Refused, "referral.onward",
		"What was taken up of another community is not referred onward.", "从其他社区承接的需求不得再转介。")
	ErrReferQuantity = fault.New(fault.Refused, "referral.quantity",
		"No more can be referred than waits.", "转介数量不得超过待满足的数量。")
	// ErrReferTime: over already, or too far away.
	ErrReferTime = fault.New(fault.Invalid, "referral.time",
		"The time for serving it elsewhere ends after now, within thirty days, and not after the need itself.",
		"异地办理的期限须晚于当前、不超过三十天，且不晚于需求本身的期限。")
	ErrReferralUnknown = fault.New(fault.NotFound, "referral.unknown", "There is no such referral.", "没有该转介。")
	ErrSettled         = fault.New(fault.Refused, "referral.settled",
		"What came of this referral is on the record already.", "该转介的结果已经记录。")
	// ErrNotHeld: it ended, or its time is not over.
	ErrNotHeld = fault.New(fault.Refused, "referral.not_held",
		"This referral has ended, or there is time left.", "该转介已结束，或尚未到期。")
	// ErrProof: the proof does not show it.
	ErrProof = fault.New(fault.Refused, "proof.not_held",
		"The proof does not show that this stands on the other community's record.", "该证明不能表明此事记录在对方社区的链上。")
	// ErrSurplus: the proof holds more than it needs, and what is on a record stays there.
	ErrSurplus = fault.New(fault.Invalid, "proof.surplus",
		"The proof holds more than is needed; please trim it first.", "该证明含有多余内容，请先精简。")
	// ErrNotCarried: the commit says nothing of the kind.
	ErrNotCarried = fault.New(fault.Invalid, "proof.other_fact",
		"What the proof is of says nothing about this.", "所证明的记录与此事无关。")
	// ErrElsewhere: it is meant for another community.
	ErrElsewhere = fault.New(fault.Refused, "proof.elsewhere",
		"What the proof is of is meant for another community.", "所证明的记录是写给另一社区的。")
	ErrTakenUp = fault.New(fault.Refused, "uptake.made",
		"This has been taken up or declined already.", "此事已被承接或谢绝。")
	// ErrDecline: a reason and words, or neither.
	ErrDecline = fault.New(fault.Invalid, "uptake.decline",
		"Please either decline with a reason, or take it up with what whoever serves must know.",
		"请说明谢绝的理由，或承接并附上服务者须知。")
	ErrOutcome = fault.New(fault.Refused, "referral.outcome",
		"What came of it does not add up to what was referred.", "办理结果与转介数量不符。")
	// ErrUptakeOpen: there is something left to do, and time.
	ErrUptakeOpen = fault.New(fault.Refused, "uptake.open",
		"There is still time, and something to be served.", "期限未到，且尚有未满足的部分。")
	ErrUptakeUnknown = fault.New(fault.NotFound, "uptake.unknown", "There is no such thing to be taken up.", "没有该待承接事项。")
	// ErrCarriedTwice: it names what was brought, and carries something besides.
	ErrCarriedTwice = fault.New(fault.Invalid, "uptake.carried",
		"Please name what was brought, or carry a proof, and not both.", "请指明已送达的转介，或附上证明，二者择一。")
	ErrLendQuantity = fault.New(fault.Refused, "loan.quantity",
		"No more can be lent than is offered and free.", "出借数量不得超过供给中空闲的数量。")
	// ErrLendTime: over already, too far away, or not offered for so long.
	ErrLendTime = fault.New(fault.Invalid, "loan.time",
		"A loan ends after now, within thirty days, and not after the offer itself.",
		"出借的期限须晚于当前、不超过三十天，且不晚于供给本身的期限。")
	// ErrLendOnward: it is lent by another community itself.
	ErrLendOnward = fault.New(fault.Refused, "loan.onward",
		"What another community lends is not lent onward.", "从其他社区借用的供给不得再出借。")
	// ErrLendGoods: what lies in a stock is handed out here.
	ErrLendGoods = fault.New(fault.Refused, "loan.of_goods",
		"Goods of a stock are not lent; please refer the need here instead.", "库存物资不出借，请改为将需求转介到本社区。")
	ErrLoanUnknown = fault.New(fault.NotFound, "loan.unknown", "There is no such loan.", "没有该出借。")
	// ErrLoanSettled: its end is on the record.
	ErrLoanSettled = fault.New(fault.Refused, "loan.settled",
		"That this loan has ended is on the record already.", "该出借已结束并已记录。")
	// ErrLoanNotHeld: it ended, or its time is not over.
	ErrLoanNotHeld = fault.New(fault.Refused, "loan.not_held", "This loan has ended, or there is time left.", "该出借已结束，或尚未到期。")
	// ErrBorrowingUnknown: nobody has brought it here.
	ErrBorrowingUnknown = fault.New(fault.NotFound, "borrowing.unknown", "Nothing of this kind is lent to this community.", "没有借给本社区的该供给。")
	// ErrBrought: it is here, be it taken, given back or neither.
	ErrBrought = fault.New(fault.Refused, "borrowing.made", "This has been brought here already.", "该出借已送达本社区。")
	// ErrBorrowed: it was taken, or given back.
	ErrBorrowed = fault.New(fault.Refused, "borrowing.taken",
		"This has been taken or given back already.", "该出借已被借用或已归还。")
	// ErrBorrowingEnded: the recall finds that it has ended here.
	ErrBorrowingEnded = fault.New(fault.Refused, "borrowing.ended", "This loan has ended here already.", "该出借在本社区已经结束。")
	ErrLoanOver       = fault.New(fault.Refused, "borrowing.over", "The time of this loan is over.", "该出借的期限已过。")
	// ErrBorrowingOpen: there is time, and its provider serves.
	ErrBorrowingOpen = fault.New(fault.Refused, "borrowing.open", "There is still time, and its provider serves.", "期限未到，且仍在服务。")
)
