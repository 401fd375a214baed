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
	// ErrOneHand: a helper would act on both sides, or gain by what they do for another.
	ErrOneHand = fault.New(fault.Forbidden, "work.one_hand",
		"A helper reports or confirms no work done for or by themselves or their household, and gives them none of the credits.",
		"受托人不得代为申报或确认涉及本人或同住家人的服务，也不得将积分转给本人、家人或其任职组织。")
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
	// ErrNothingMade: the work brought nothing that could be taken back.
	ErrNothingMade = fault.New(fault.Refused, "clawback.nothing_made", "This work has brought no credits.", "该项服务未产生积分。")
	// ErrFoundBefore: there was a finding about this work.
	ErrFoundBefore = fault.New(fault.Refused, "clawback.found_before",
		"There has been a finding about this work already, and there is only one.", "该项服务已有过认定，不得重复认定。")
	// ErrSameOrg: whoever judges is of an organisation that has a part in it.
	ErrSameOrg = fault.New(fault.Forbidden, "clawback.same_org",
		"This is for an organisation in which none of those concerned has an office, and not the one that made the finding.",
		"须由当事各方均未任职、且非原认定方的组织办理。")
	// ErrNoClawback: nothing was found about this work.
	ErrNoClawback = fault.New(fault.NotFound, "clawback.unknown", "Nothing was found about this work.", "该项服务没有相关认定。")
	// ErrNotConcerned: only the two who worked and confirmed may appeal.
	ErrNotConcerned = fault.New(fault.Forbidden, "clawback.not_concerned",
		"Only the one who worked and the one who confirmed it may appeal.", "只有服务者和确认者本人可以申诉。")
	// ErrAppealed: there was an appeal, or it is over.
	ErrAppealed = fault.New(fault.Refused, "clawback.appealed",
		"There has been an appeal already, or the matter is closed.", "已提出申诉，或该事项已办结。")
	// ErrNoAppeal: there is no appeal to decide.
	ErrNoAppeal = fault.New(fault.Refused, "clawback.no_appeal", "There is no appeal that waits for a decision.", "没有待决定的申诉。")
	// ErrAppealLate: the time for it is over.
	ErrAppealLate = fault.New(fault.Refused, "clawback.late", "The time for this is over.", "期限已过。")
	// ErrAppealTime: there is time left for an appeal.
	ErrAppealTime = fault.New(fault.Refused, "clawback.not_due", "There is time left for an appeal.", "申诉期限未满。")
)
