package casework

import "renlin.dev/pkg/fault"

// Refusals about requests for help and what follows from them. Policies lapse with the same codes.
var (
	// ErrUnknown: there is no such case.
	ErrUnknown = fault.New(fault.NotFound, "aid_case.unknown", "There is no such case.", "没有该帮扶个案。")
	// ErrChannel: it did not come by this way.
	ErrChannel = fault.New(fault.Forbidden, "aid_case.channel",
		"A request is made by the person, by who speaks for them, or by a grid worker or officer; please name the way it came.",
		"求助须由本人、其代理人或受托人，或网格员、负责人提出，并如实注明来源。")
	// ErrCategory, ErrUnit, ErrUrgency, ErrQuantity: what the rulebook does not know.
	ErrCategory = fault.New(fault.Invalid, "aid_case.category", "The rulebook knows no help of this kind.", "规约中没有这类帮扶。")
	ErrUnit     = fault.New(fault.Invalid, "aid_case.unit", "The rulebook knows no such unit.", "规约中没有该计量单位。")
	ErrUrgency  = fault.New(fault.Invalid, "aid_case.urgency", "Please say how urgent it is.", "请注明紧急程度。")
	ErrQuantity = fault.New(fault.Invalid, "aid_case.quantity", "This quantity is not possible here.", "此处数量不合理。")
	// ErrState: the case is somewhere else.
	ErrState = fault.New(fault.Refused, "aid_case.state", "The case is not at a point where this can be done.", "个案当前阶段不能进行此操作。")
	// ErrEnded: nothing happens on it any more.
	ErrEnded = fault.New(fault.Refused, "aid_case.ended", "This case has ended; it can be reopened or asked for anew.", "该个案已结束，可重新开启或另行求助。")
	// ErrSuspended: an appeal waits.
	ErrSuspended = fault.New(fault.Refused, "aid_case.under_appeal",
		"This case is under appeal; it waits for that.", "该个案正在申诉，须待申诉处理完毕。")
	// ErrNotWorker: another's case.
	ErrNotWorker = fault.New(fault.Forbidden, "aid_case.not_worker",
		"Only who works on this case may do this.", "只有该个案的工作人员可以这样做。")
	// ErrNotSupervisor: no officer of its organisation, or its own worker.
	ErrNotSupervisor = fault.New(fault.Forbidden, "aid_case.not_supervisor",
		"This is for an officer of the organisation that has the case, who neither asked for it nor works on it.",
		"此事须由承办组织中既未提出求助也不经办该个案的负责人办理。")
	// ErrNotPerson: nobody's to say but the person's.
	ErrNotPerson = fault.New(fault.Forbidden, "aid_case.not_person",
		"Only the person or who speaks for them may say this.", "只有本人或其代理人、受托人可以这样做。")
	// ErrOneself: nobody decides about their own.
	ErrOneself = fault.New(fault.Forbidden, "aid_case.oneself",
		"Nobody works on, approves or delivers help to themselves.", "任何人不得承办、批准或配送给自己的帮扶。")
	// ErrHousehold: who lives with the person decides nothing about them.
	ErrHousehold = fault.New(fault.Forbidden, "aid_case.household",
		"Whoever lives with the person neither approves, refuses nor judges, and does not call back.",
		"与本人同住者不得审批、拒绝、处理申诉或进行回访。")
	// ErrAssign: not somebody who can work on it.
	ErrAssign = fault.New(fault.Forbidden, "aid_case.assignment",
		"A grid worker takes a case on for themselves; an officer assigns it to a grid worker or officer of their own organisation.",
		"网格员只能自行承接；负责人只能指派给本组织的网格员或负责人。")
	// ErrOtherOrg: another organisation has it.
	ErrOtherOrg = fault.New(fault.Forbidden, "aid_case.other_org", "Another organisation has this case.", "该个案由其他组织承办。")
	// ErrOrg: no such organisation.
	ErrOrg = fault.New(fault.NotFound, "aid_case.org_unknown", "There is no such other organisation.", "没有该组织，或该组织已承办此个案。")
	// ErrNotApproved: more than was granted.
	ErrNotApproved = fault.New(fault.Refused, "aid_case.over_approved",
		"No more can be ordered than has been approved.", "不能超过批准的数量安排工单。")
	// ErrOrdered: less than is under way.
	ErrOrdered = fault.New(fault.Refused, "aid_case.below_ordered",
		"No less can be approved than has been ordered or brought.", "批准数量不能少于已安排或已送达的数量。")
	// ErrOnTheWay: an order is open.
	ErrOnTheWay = fault.New(fault.Refused, "aid_case.orders_open",
		"Somebody is still on the way for this case.", "该个案仍有未完成的工单。")
	// ErrUnconfirmed: nobody said that it is settled.
	ErrUnconfirmed = fault.New(fault.Refused, "aid_case.unconfirmed",
		"A case is closed only when the person, or a call-back, has said that it is settled.", "须经本人确认或回访确认办结后，方可结案。")
	// ErrCallBack: an organisation that had a hand in it.
	ErrCallBack = fault.New(fault.Forbidden, "call_back.not_independent",
		"A call-back is made by an officer of an organisation that neither has the case nor delivered.",
		"回访须由既未承办也未配送的组织的负责人进行。")
	// ErrSpoken: the person has said it.
	ErrSpoken = fault.New(fault.Refused, "call_back.person_spoke",
		"The person has answered since the last delivery; their word stands.", "送达后本人已作答复，以本人的答复为准。")
	// ErrHandSpeaks: who has a hand in a case does not say for the person how it was.
	ErrHandSpeaks = fault.New(fault.Forbidden, "aid_case.hand_speaks",
		"Whoever works on the case, brought something or has an office that did does not answer for the person.",
		"经办、配送人员及相关组织的任职者不得代本人答复。")
	// ErrNothingToAppeal: nothing was decided, or its time is over.
	ErrNothingToAppeal = fault.New(fault.Refused, "appeal.nothing",
		"There is nothing that can be appealed, or no longer.", "没有可申诉的事项，或申诉期已过。")
	// ErrAppealed: it was judged.
	ErrAppealed = fault.New(fault.Refused, "appeal.judged", "This has been appealed and judged already.", "该事项已申诉并作出处理。")
	// ErrNoAppeal: none waits.
	ErrNoAppeal = fault.New(fault.Refused, "appeal.none", "There is no appeal to decide.", "没有待处理的申诉。")
	// ErrJudge: an organisation that had a hand in it.
	ErrJudge = fault.New(fault.Forbidden, "appeal.not_independent",
		"An appeal is decided by an officer of an organisation that neither has the case nor delivered.",
		"申诉须由既未承办也未配送的组织的负责人处理。")
	// ErrClock: the time was kept, or another one holds.
	ErrClock = fault.New(fault.Refused, "aid_clock.kept", "This time was kept, or has moved.", "该时限已按时完成或已变更。")
	// ErrOrderUnknown: there is no such order.
	ErrOrderUnknown = fault.New(fault.NotFound, "work_order.unknown", "There is no such work order.", "没有该工单。")
	// ErrOrderEnded: nothing more comes of it.
	ErrOrderEnded = fault.New(fault.Refused, "work_order.ended", "This work order has ended.", "该工单已结束。")
	// ErrOrderAnswered: it was accepted.
	ErrOrderAnswered = fault.New(fault.Refused, "work_order.accepted", "This work order has been accepted.", "该工单已被接受。")
	// ErrOrderUnanswered: nobody has accepted it.
	ErrOrderUnanswered = fault.New(fault.Refused, "work_order.unaccepted",
		"A work order must be accepted before it is carried out.", "工单须先接受后执行。")
	// ErrNotYourOrder: somebody else was asked.
	ErrNotYourOrder = fault.New(fault.Forbidden, "work_order.not_yours",
		"This work order was given to somebody else.", "该工单未指派给您。")
	// ErrDoer: nobody, two, or somebody without standing.
	ErrDoer = fault.New(fault.Invalid, "work_order.doer",
		"A work order names one active member or one organisation; of an organisation it says who goes.",
		"工单须指明一名有效成员或一个组织；组织接受时须指明前往人员。")
	// ErrDue: it is over.
	ErrDue = fault.New(fault.Invalid, "work_order.due", "This time has passed.", "该时间已过。")
	// ErrRounds: no rounds that anybody could keep.
	ErrRounds = fault.New(fault.Invalid, "rounds.malformed",
		"Rounds are an hour to 31 days apart, at most 400, with at least five minutes to be late, and bring something each time.",
		"轮次间隔须在一小时至三十一天之间，最多四百次，宽限不少于五分钟，每次须有数量。")
	// ErrRoundsLong: the order ends before.
	ErrRoundsLong = fault.New(fault.Invalid, "rounds.beyond_order",
		"The last round is later than the time of its work order.", "最后一次晚于工单的期限。")
	// ErrRoundsRun: there are some.
	ErrRoundsRun = fault.New(fault.Refused, "rounds.run", "This work order has rounds already.", "该工单已安排轮次。")
	// ErrRoundsUnknown: there are none.
	ErrRoundsUnknown = fault.New(fault.NotFound, "rounds.unknown", "This work order has no rounds.", "该工单没有安排轮次。")
	// ErrRoundsOver: nobody is expected any more.
	ErrRoundsOver = fault.New(fault.Refused, "rounds.over", "These rounds are over.", "这些轮次已经结束。")
	// ErrRoundKept: somebody came, or another one is due.
	ErrRoundKept = fault.New(fault.Refused, "round.kept", "This round was kept, or has moved.", "该次已完成或已变更。")
	// ErrPause: over, or too long.
	ErrPause = fault.New(fault.Invalid, "rounds.pause", "A pause ends between now and 62 days ahead.", "暂停须在现在至六十二天之内结束。")
	// ErrNotPaused: they run.
	ErrNotPaused = fault.New(fault.Refused, "rounds.not_paused", "These rounds are not paused.", "这些轮次没有暂停。")
	// ErrOutcome: what came of a visit does not fit what was brought.
	ErrOutcome = fault.New(fault.Invalid, "visit.outcome",
		"Please say what came of the visit, and how much was brought if anything.", "请注明走访结果；如有送达，请注明数量。")
)
