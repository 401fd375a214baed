package topic

import "renlin.dev/pkg/fault"

// Refusals about topics.
var (
	// ErrMatter: the rulebook does not know the matter.
	ErrMatter = fault.New(fault.Invalid, "topic.matter_unknown",
		"The community's rules do not know this kind of subject.", "社区规约中没有此类事项。")
	// ErrLimit: the author has as many open topics in the matter as the rulebook allows.
	ErrLimit = fault.New(fault.Refused, "topic.limit",
		"You have as many open topics of this kind as the rules allow.", "您在此类事项中的议题数已达上限。")
	// ErrUnknown: there is no such topic.
	ErrUnknown = fault.New(fault.NotFound, "topic.unknown", "There is no such topic.", "没有该议题。")
	// ErrTaken: a deliberation has taken the topic up.
	ErrTaken = fault.New(fault.Refused, "topic.taken",
		"This topic is already being deliberated.", "该议题已进入协商会议。")
	// ErrWithdrawn: its author took the topic back.
	ErrWithdrawn = fault.New(fault.Refused, "topic.withdrawn", "This topic was withdrawn.", "该议题已被撤回。")
	// ErrMerged: the topic goes on as another one.
	ErrMerged = fault.New(fault.Refused, "topic.merged",
		"This topic was merged into another one.", "该议题已并入另一议题。")
	// ErrJoined: others' topics were merged into this one.
	ErrJoined = fault.New(fault.Refused, "topic.joined",
		"Others have merged their topics into this one, so it can no longer be withdrawn.", "他人的议题已并入该议题，不能再撤回。")
	// ErrJoinedMany: a topic has received as many as it can.
	ErrJoinedMany = fault.New(fault.Refused, "topic.joined_many",
		"These are too many topics to be merged into one.", "合并为一个议题的议题数过多。")
	// ErrNotAuthor: only who raised a topic may take it back.
	ErrNotAuthor = fault.New(fault.Forbidden, "topic.not_yours",
		"Only its author may withdraw a topic.", "只有提出人可以撤回议题。")
	// ErrOwn: raising a topic already counts as support for it.
	ErrOwn = fault.New(fault.Refused, "second.own",
		"You raised this topic yourself, which already counts.", "这是您自己提出的议题，已计入支持。")
	// ErrHelperOwn: a helper's own topic gains nothing by the helper's hand.
	ErrHelperOwn = fault.New(fault.Forbidden, "second.helpers_own",
		"You raised this topic; those whom you help can second it by themselves only.", "该议题由您提出，您所代办的人须亲自附议。")
	// ErrWithdrawOwn: what the member raised themselves only they take back.
	ErrWithdrawOwn = fault.New(fault.Forbidden, "topic.own_stands",
		"The member raised this topic themselves; a helper cannot withdraw it.", "该议题由成员本人提出，受托人不得撤回。")
	// ErrSeconded: one member supports a topic once.
	ErrSeconded = fault.New(fault.Refused, "second.given", "You already support this topic.", "您已附议过该议题。")
)
