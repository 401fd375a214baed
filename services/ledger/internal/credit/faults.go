package credit

import "renlin.dev/pkg/fault"

// Refusals about work and credits. Policies lapse with the same codes.
var (
	// ErrWork: there is no such work.
	ErrWork = fault.New(fault.NotFound, "work.unknown", "There is no such work.", "没有该项服务记录。")
	// ErrMinutes: work lasts from a minute to a day.
	ErrMinutes = fault.New(fault.Invalid, "work.minutes", "Work lasts from one minute to one day.", "服务时长须在一分钟至一天之间。")
	// ErrOneself: nobody works for themselves.
	ErrOneself = fault.New(fault.Refused, "work.own_household",
		"Credits come from work for somebody of another household.", "只有为其他住户的人服务才能获得积分。")
	// ErrUnhoused: the register does not say where one of the two lives.
	ErrUnhoused = fault.New(fault.Refused, "work.no_household",
		"Work is confirmed once the register says in which household each of the two lives.", "双方均已登记所属住户后，方可确认服务。")
	// ErrNotAsked: only whoever was worked for can tell.
	ErrNotAsked = fault.New(fault.Forbidden, "work.not_asked",
		"Only the person who was worked for can confirm or decline this.", "只有被服务的人可以确认或否认。")
	// ErrEnded: it has been answered.
	ErrEnded = fault.New(fault.Refused, "work.answered", "This work has been confirmed or declined already.", "该项服务已被确认或否认。")
	// ErrLate: the time for answering is over.
	ErrLate = fault.New(fault.Refused, "work.late", "The time for confirming this work is over.", "该项服务的确认期限已过。")
	// ErrTaker: credits are spent with members and with organisations that offer terms.
	ErrTaker = fault.New(fault.Refused, "credits.not_taken",
		"Credits can be given to an active member, or to an organisation that has said what it takes them for.",
		"积分只能给有效成员，或给已公布收取条件的组织。")
	// ErrTerms: the terms are other ones by now.
	ErrTerms = fault.New(fault.Refused, "terms.changed", "The terms have changed; please read them again.", "收取条件已变更，请重新阅读。")
	// ErrTermsText: terms can be read.
	ErrTermsText = fault.New(fault.Invalid, "terms.unreadable", "The terms are empty.", "收取条件为空。")
	// ErrTermsOrg: an organisation's terms are its own officer's to offer.
	ErrTermsOrg = fault.New(fault.Forbidden, "terms.not_your_org",
		"Only an officer of the organisation itself says what it takes credits for.", "只有本组织的负责人可以公布收取积分的条件。")
	// ErrNone: nothing of the account has ended.
	ErrNone = fault.New(fault.Refused, "credits.none_ended", "None of these credits have ended.", "没有到期的积分。")
	// ErrPattern: there is no such pattern.
	ErrPattern = fault.New(fault.NotFound, "pattern.unknown", "There is no such pattern.", "没有该条疑点。")
	// ErrAssessed: there is a finding.
	ErrAssessed = fault.New(fault.Refused, "pattern.assessed", "This has been looked into already.", "该疑点已有结论。")
	// ErrFinding: a finding says something.
	ErrFinding = fault.New(fault.Invalid, "pattern.finding", "Please say what was found.", "请选择结论。")
	// ErrConcerned: nobody looks into what they are part of.
	ErrConcerned = fault.New(fault.Forbidden, "pattern.concerned", "Nobody looks into what concerns themselves.", "任何人不得审查涉及本人的疑点。")
)
