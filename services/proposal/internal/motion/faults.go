package motion

import "renlin.dev/pkg/fault"

// Refusals about motions, vetoes and executions. Policies lapse with the same codes.
var (
	// ErrTitle: a motion without a title or text.
	ErrTitle = fault.New(fault.Invalid, "motion.untitled", "A motion needs a title and a text.", "方案需要标题和正文。")
	// ErrTooLarge: the motion would not fit into the record together with what follows from it.
	ErrTooLarge = fault.New(fault.TooLarge, "motion.too_large", "This motion is too long.", "方案内容过长。")
	// ErrNoRules: the rulebook does not say how a poll of the matter is held.
	ErrNoRules = fault.New(fault.Refused, "motion.no_rules",
		"The community's rules do not say how to vote on this.", "社区规约未规定此类事项的表决方式。")
	// ErrYesNo: a question of yes or no has neither options nor a budget.
	ErrYesNo = fault.New(fault.Invalid, "motion.yes_no",
		"This is decided by yes or no, without options or a budget.", "此类事项只表决是否同意，不设选项和预算。")
	// ErrOptionsFew: nothing to choose between, or fewer options than a ballot must name.
	ErrOptionsFew = fault.New(fault.Invalid, "motion.options_few", "The motion has too few options.", "方案的选项过少。")
	// ErrOptionsMany: more options than anyone can choose between.
	ErrOptionsMany = fault.New(fault.Invalid, "motion.options_many", "The motion has too many options.", "方案的选项过多。")
	// ErrOption: an option without a code or title.
	ErrOption = fault.New(fault.Invalid, "option.untitled", "Every option needs a code and a title.", "每个选项都需要编号和标题。")
	// ErrOptionDoubled: two options of one code.
	ErrOptionDoubled = fault.New(fault.Invalid, "option.doubled", "Two options have the same code.", "有两个选项编号相同。")
	// ErrCost: only what is paid from a budget costs something, and then it does cost something.
	ErrCost = fault.New(fault.Invalid, "option.cost", "An option's cost is not possible here.", "选项的费用不符合要求。")
	// ErrBudget: a budget poll needs a budget, any other has none.
	ErrBudget = fault.New(fault.Invalid, "motion.budget", "The motion's budget is not possible here.", "方案的预算不符合要求。")

	// ErrUnknown: there is no such motion.
	ErrUnknown = fault.New(fault.NotFound, "motion.unknown", "There is no such motion.", "没有该方案。")
	// ErrResolved: the vote on the motion is over already.
	ErrResolved = fault.New(fault.Refused, "motion.resolved", "This motion has already been decided.", "该方案已有表决结果。")
	// ErrNotAdopted: the motion was not adopted, or not yet.
	ErrNotAdopted = fault.New(fault.Refused, "motion.not_adopted", "This motion has not been adopted.", "该方案尚未通过。")

	// ErrVetoLate: the time for a veto is over.
	ErrVetoLate = fault.New(fault.Refused, "veto.late", "The time for a veto is over.", "否决期限已过。")
	// ErrVetoGiven: the motion stands under a veto.
	ErrVetoGiven = fault.New(fault.Refused, "veto.given", "This motion has already been vetoed.", "该方案已被否决过。")
	// ErrVetoUsed: a guardian has one veto in a matter.
	ErrVetoUsed = fault.New(fault.Refused, "veto.used", "You have already used your veto in this matter.", "您在此类事项中的否决权已使用。")

	// ErrVetoLapsed: the seven days of a veto are over, and with them its appeal.
	ErrVetoLapsed = fault.New(fault.Refused, "veto.lapsed", "The veto has lapsed.", "该否决已失效。")
	// ErrNotVetoed: there is no veto to decide about.
	ErrNotVetoed = fault.New(fault.Refused, "veto.missing", "This motion is not under a veto.", "该方案未被否决。")
	// ErrAppealDecided: the appeal has been resolved, whatever it said.
	ErrAppealDecided = fault.New(fault.Refused, "appeal.decided", "The appeal against this veto is over.", "对该否决的复决已经结束。")
	// ErrAppealQuorum: too few took part in the appeal for it to decide anything. Nobody is refused with it: it is the reason on record.
	ErrAppealQuorum = fault.New(fault.Refused, "appeal.no_quorum",
		"Too few took part in the vote on the veto; it decides nothing.", "参与复决的人数不足，复决无结果。")
	// ErrStopped: the veto stands, by the electorate's own vote.
	ErrStopped = fault.New(fault.Refused, "motion.stopped",
		"The residents voted that the veto stands; this will not be carried out.", "经复决，否决成立，该方案不再执行。")

	// ErrNotDue: the delay is not over, or a veto has moved its end.
	ErrNotDue = fault.New(fault.Refused, "execution.not_due", "It is too early to carry this out.", "尚未到执行时间。")
	// ErrOpened: the execution was opened before.
	ErrOpened = fault.New(fault.Refused, "execution.opened", "This is already being carried out.", "该方案已进入执行。")
	// ErrNotOpen: the motion is not in force.
	ErrNotOpen = fault.New(fault.Refused, "execution.not_open", "This motion is not in force yet.", "该方案尚未生效。")
	// ErrDone: the motion was carried out.
	ErrDone = fault.New(fault.Refused, "execution.done", "This motion has been carried out.", "该方案已执行完毕。")
	// ErrExpired: the time for carrying the motion out is over.
	ErrExpired = fault.New(fault.Refused, "execution.expired", "The time for carrying this out is over.", "执行期限已过。")
	// ErrOutcome: a report says neither done nor failed.
	ErrOutcome = fault.New(fault.Invalid, "execution.outcome_missing", "Please say whether it was done or failed.", "请说明执行成功或失败。")
)
