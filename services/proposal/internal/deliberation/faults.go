package deliberation

import "renlin.dev/pkg/fault"

// Refusals about deliberations.
var (
	// ErrUnknown: there is no such deliberation.
	ErrUnknown = fault.New(fault.NotFound, "deliberation.unknown", "There is no such deliberation.", "没有该协商会议。")
	// ErrClosed: the deliberation was closed.
	ErrClosed = fault.New(fault.Refused, "deliberation.closed", "This deliberation is closed.", "该协商会议已结束。")
	// ErrOver: the deliberation's time is over, whether or not anything has closed it yet.
	ErrOver = fault.New(fault.Refused, "deliberation.over", "The time of this deliberation is over.", "该协商会议时间已到。")
	// ErrStatement: there is no such statement in the deliberation.
	ErrStatement = fault.New(fault.NotFound, "statement.unknown", "There is no such statement.", "没有该条意见。")
	// ErrAttitude: a reaction says neither agree nor disagree nor pass.
	ErrAttitude = fault.New(fault.Invalid, "reaction.empty",
		"Please choose agree, disagree or pass.", "请选择赞成、反对或跳过。")
	// ErrReactionOwn: a helper's reaction does not replace the member's own.
	ErrReactionOwn = fault.New(fault.Refused, "reaction.own_stands",
		"The member has reacted themselves; a helper cannot change that.", "成员本人已作出回应，受托人不得更改。")
	// ErrMinutes: a deliberation is not closed without minutes.
	ErrMinutes = fault.New(fault.Invalid, "minutes.missing", "Please write the minutes first.", "请先填写会议纪要。")
)
