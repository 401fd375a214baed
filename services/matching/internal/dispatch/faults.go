package dispatch

import "renlin.dev/pkg/fault"

// Refusals about plans.
var (
	// ErrPlanEmpty: a plan that says nothing, or too much at once.
	ErrPlanEmpty = fault.New(fault.Invalid, "plan.size",
		"A plan matches or leaves unserved at least one need, and at most one hundred at once.", "一个方案须涉及一项以上、一百项以下的需求。")
	ErrPlanClaim = fault.New(fault.Invalid, "plan.claim",
		"A plan says of itself that it is provisional, or that it is optimal.", "方案须说明其为暂定或最优。")
	ErrPlanOld = fault.New(fault.Refused, "plan.old",
		"The plan was reckoned too long ago, or for a time to come.", "方案的计算时间过早或晚于当前时间。")
	// ErrPlanBlob: a digest or a text of a plan that does not call itself optimal.
	ErrPlanBlob = fault.New(fault.Invalid, "plan.blob",
		"Only a plan that calls itself optimal has a full plan behind it.", "只有自称最优的方案才有完整方案。")
	// ErrPlanBlock: no block, another community's, one of a time to come, or one beside a plan that rests on none.
	ErrPlanBlock = fault.New(fault.Invalid, "plan.block",
		"An optimal plan carries the signed header of the last block that it looked at, whose hash is its seed; other plans carry none.",
		"最优方案须附其所读到的最后一个区块的签名区块头，其哈希即为种子；其他方案不得附带。")
	ErrPlanLeftOut = fault.New(fault.Invalid, "plan.left_out",
		"What an optimal plan leaves for the next one is said once for each skill for which it names needs, and is at least one need.",
		"最优方案留待下次的需求，须就其涉及的每种服务各说明一次，且至少一项。")
	// ErrPlanAdvice: what no human signed is advice only.
	ErrPlanAdvice = fault.New(fault.Forbidden, "plan.advice_only",
		"At present every plan takes the signature of an officer or a grid worker.", "目前每个方案均须由负责人或网格员签名。")
	// ErrPlanUnproved: nobody has looked at it, and nothing holds it against what is cheaper.
	ErrPlanUnproved = fault.New(fault.Forbidden, "plan.unproved",
		"A plan that no officer or grid worker signs must show by its prices that it is optimal.", "未经负责人或网格员签名的方案，须以价格证明其最优。")
	ErrPlanMatch = fault.New(fault.Invalid, "plan.match",
		"A match names a quantity, one who serves, and at most eight who stand by, each of another organisation and another person's.",
		"每项匹配须写明数量、一个承接方和至多八个备份，且分属不同组织、由不同成员负责。")
	// ErrPlanReason: the choice of who is not the nearest of those named is free, and is explained.
	ErrPlanReason = fault.New(fault.Invalid, "plan.reason",
		"Who is asked first although another one of those named is nearer in place or time is preferred for a reason; please choose one.",
		"首位承接方在地点或时间上并非所列各方中最近者时，请选择原因。")
	// ErrPlanQuantity: more than waits.
	ErrPlanQuantity = fault.New(fault.Refused, "plan.quantity",
		"The plan serves more of a need than still waits.", "方案的满足量超过该需求的待满足量。")
	ErrPlanShortage = fault.New(fault.Invalid, "plan.shortage",
		"What a plan leaves unserved has a quantity and a reason, once for each need.", "方案未满足的需求须各写明一次数量和原因。")
	ErrPlanPrice = fault.New(fault.Invalid, "plan.price",
		"A price in the plan is below nothing, too large, there twice, or in a plan that is only provisional.", "方案中的价格为负、过大、重复，或方案仅为暂定。")
	// ErrPlanShare: the detail says at which need, and with whom.
	ErrPlanShare = fault.New(fault.Refused, "plan.share",
		"The plan gives one organisation more of a skill than the share that the rulebook leaves to each.", "方案分给同一组织的某种服务超过规约允许的份额。")
	// ErrNotOptimal: the detail says which condition does not hold, and where.
	ErrNotOptimal = fault.New(fault.Refused, "plan.not_optimal",
		"The plan's prices do not show that it is the cheapest.", "方案的价格不能证明其成本最低。")
	ErrMode = fault.New(fault.Invalid, "mode.unknown",
		"A mode is advice, veto or emergency, with an end that the rules allow.", "派单方式须为建议、异议期或应急，且期限须符合规约。")
	ErrModeTwoOrgs = fault.New(fault.Forbidden, "mode.second_org",
		"To have plans carried out without a human takes officers of two organisations.", "无需人工签署即执行方案，须由两个组织的负责人共同决定。")
	ErrModeOver = fault.New(fault.Refused, "mode.not_over", "This mode does not end now.", "该派单方式尚未到期或已更换。")
)

// Refusals about assignments. Policies lapse with the same codes.
var (
	ErrUnknown = fault.New(fault.NotFound, "assignment.unknown", "There is no such assignment.", "没有该派单。")
	// ErrNotAsked: the provider is not, or no longer, asked.
	ErrNotAsked = fault.New(fault.Refused, "assignment.not_asked",
		"This assignment is not, or no longer, offered to this provider.", "该派单未发给此提供方，或已失效。")
	// ErrTaken: another one who was asked too has been first.
	ErrTaken = fault.New(fault.Refused, "assignment.taken",
		"Somebody else has taken this already; thank you.", "该派单已由他人承接，谢谢您。")
	ErrLate   = fault.New(fault.Refused, "assignment.late", "The time to answer is over.", "回应时间已过。")
	ErrReason = fault.New(fault.Invalid, "assignment.reason", "Please choose a reason.", "请选择原因。")
	// ErrNotServing: nobody serves it at present, or another one does.
	ErrNotServing = fault.New(fault.Refused, "assignment.not_serving",
		"This provider does not serve this assignment at present.", "该提供方目前并未承接此派单。")
	ErrStarted   = fault.New(fault.Refused, "assignment.started", "This is on the way already.", "该派单已在途中。")
	ErrDelivered = fault.New(fault.Invalid, "assignment.delivered",
		"What was brought cannot be less than nothing, or more than was taken on.", "完成数量不得为负，也不得超过承接数量。")
	ErrNothingDone = fault.New(fault.Invalid, "assignment.nothing_done",
		"Who brings nothing gives the assignment up, so that the next one is asked.", "未能提供任何服务的，请放弃该派单，以便改派他人。")
	ErrNotDone = fault.New(fault.Refused, "assignment.not_done",
		"This has not been done, or has been confirmed already.", "该派单尚未完成或已经确认。")
	ErrNotHelped = fault.New(fault.Forbidden, "assignment.not_helped",
		"Only the person helped confirms, or an officer or a grid worker who has asked them.", "只有受助人，或回访过受助人的负责人、网格员可以确认。")
	// ErrOwnWork: who did it does not confirm it, and neither does who works for the same organisation.
	ErrOwnWork = fault.New(fault.Forbidden, "assignment.own_work",
		"Nobody confirms or overrules what they or their organisation serve.", "任何人不得确认或收回由本人或其组织承接的派单。")
	ErrEnded    = fault.New(fault.Refused, "assignment.ended", "This assignment is over.", "该派单已经结束。")
	ErrNotOpen  = fault.New(fault.Refused, "assignment.open", "This assignment has been offered already.", "该派单已经发出。")
	ErrAnswered = fault.New(fault.Refused, "assignment.answered",
		"The provider has answered, or has dropped out already.", "该提供方已回应或已退出。")
	ErrSignOfLife = fault.New(fault.Refused, "assignment.alive",
		"There has been a sign of life, or nobody is awaited.", "已收到报到，或无需报到。")
	// ErrStillAsked: nobody is left to ask, and somebody has not answered yet.
	ErrStillAsked = fault.New(fault.Refused, "assignment.still_asked",
		"Nobody else stands by, and another provider is still asked.", "已无其他备份，另一提供方仍在回应期内。")
	// ErrUptakeOver: it is another community's, where it waits again, or will.
	ErrUptakeOver = fault.New(fault.Refused, "uptake.over",
		"This is another community's, and the time in which it can be served here is over.", "此需求来自其他社区，可在本社区办理的期限已过。")
	ErrNotOwner = fault.New(fault.Forbidden, "need.not_yours",
		"Only who raised a need, the person helped, or an officer may withdraw it.", "只有提出人、受助人或负责人可以撤回需求。")
)
