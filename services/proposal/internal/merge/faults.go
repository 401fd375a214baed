package merge

import "renlin.dev/pkg/fault"

// Refusals about merging topics. Policies lapse with the same codes.
var (
	// ErrUnknown: there is no such proposal.
	ErrUnknown = fault.New(fault.NotFound, "merge.unknown", "There is no such proposal to merge topics.", "没有该合并提议。")
	// ErrTopics: no topics, one twice, or the one that would receive them among them.
	ErrTopics = fault.New(fault.Invalid, "merge.topics_malformed",
		"Please name the topics to be merged, each once, and another one that they go into.", "请列出要合并的议题，每个一次，且不含接收合并的议题。")
	// ErrMatter: the topics are of several matters.
	ErrMatter = fault.New(fault.Refused, "merge.matter_mixed",
		"Only topics of one kind can be merged.", "只能合并同一类事项的议题。")
	// ErrProposer: neither an author of one of the topics nor a convener with a device of their own.
	ErrProposer = fault.New(fault.Forbidden, "merge.proposer_refused",
		"Only who raised one of these topics, or a convener, may propose to merge them.", "只有这些议题的提出人或召集人可以提议合并。")
	// ErrListed: the member has an open proposal for the same topic.
	ErrListed = fault.New(fault.Refused, "merge.proposed",
		"You have an open proposal for this topic; it must end, or be withdrawn, first.", "您对该议题已有未结束的合并提议，请待其结束或先行撤回。")
	// ErrNotAsked: the merge does not depend on this member.
	ErrNotAsked = fault.New(fault.Forbidden, "merge.not_asked",
		"Only who raised one of these topics decides about merging them.", "只有这些议题的提出人可以对合并表态。")
	// ErrNotProposer: only who proposed a merge may take the proposal back.
	ErrNotProposer = fault.New(fault.Forbidden, "merge.not_yours",
		"Only who proposed it may withdraw a proposal to merge.", "只有提议人可以撤回合并提议。")
	// ErrConsented: one author consents once.
	ErrConsented = fault.New(fault.Refused, "merge.consent_given", "You have already agreed to this.", "您已同意该合并。")
	// ErrAgreed: the last consent is given; the rule carries the merge out.
	ErrAgreed = fault.New(fault.Refused, "merge.agreed",
		"Everyone has agreed; the topics are being merged.", "各方均已同意，议题正在合并。")
	// ErrCompleted, ErrDeclined, ErrWithdrawn, ErrExpired, ErrFailed: the proposal has ended, and how.
	ErrCompleted = fault.New(fault.Refused, "merge.completed", "These topics have been merged.", "议题已经合并。")
	ErrDeclined  = fault.New(fault.Refused, "merge.declined", "An author has declined this merge.", "有提出人不同意该合并。")
	ErrWithdrawn = fault.New(fault.Refused, "merge.withdrawn", "This proposal to merge was withdrawn.", "该合并提议已被撤回。")
	ErrExpired   = fault.New(fault.Refused, "merge.expired", "The time for agreeing to this merge is over.", "该合并提议已过期。")
	ErrFailed    = fault.New(fault.Refused, "merge.failed", "These topics could no longer be merged.", "这些议题已无法合并。")
)
