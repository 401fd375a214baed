package payment

import "renlin.dev/pkg/fault"

// Refusals about transfers. Policies lapse with the same codes.
var (
	// ErrUnknown: there is no such transfer.
	ErrUnknown = fault.New(fault.NotFound, "transfer.unknown", "There is no such transfer.", "没有该笔转账。")
	// ErrLines: no lines or too many, one to itself, or the same one twice.
	ErrLines = fault.New(fault.Invalid, "transfer.lines_malformed",
		"Please name one to sixteen lines, each from one account to another, each pair once.",
		"请列出一至十六条转账明细，每条由一个账户转入另一账户，同一组合只列一次。")
	// ErrOfficer: whoever signs is an officer of no organisation.
	ErrOfficer = fault.New(fault.Forbidden, "transfer.no_org",
		"Only an officer of an organisation may do this.", "只有组织的负责人可以办理。")
	// ErrSameOrg: maker and checker are of one organisation.
	ErrSameOrg = fault.New(fault.Forbidden, "transfer.same_org",
		"A transfer is checked by an officer of another organisation than the one that proposed it.",
		"转账须由提出方以外的组织的负责人复核。")
	// ErrSigners: officers of too few organisations have signed.
	ErrSigners = fault.New(fault.Forbidden, "transfer.signers",
		"This takes the signatures of officers of two organisations, of a large sum those of three, none of whom live together.",
		"须由两个组织的负责人共同签名，大额的须三个组织，且签名人不得同住。")
	// ErrCheckedByOrg: two checkers are of one organisation.
	ErrCheckedByOrg = fault.New(fault.Forbidden, "transfer.checked_by_org",
		"An officer of your organisation has approved this already; the next word is another organisation's.",
		"贵组织的负责人已批准该笔转账，须再由其他组织的负责人复核。")
	// ErrRelated: whoever signs is, or lives with, whoever is paid.
	ErrRelated = fault.New(fault.Forbidden, "transfer.related",
		"Nobody moves money to themselves or to somebody they live with.", "任何人不得经办给本人或同住家人的款项。")
	// ErrOwnOrg: whoever signs has a role in the organisation that is paid.
	ErrOwnOrg = fault.New(fault.Forbidden, "transfer.own_org",
		"Nobody moves money to an organisation that they have a role in.", "任何人不得经办给自己任职组织的款项。")
	// ErrTogether: whoever signs lives with somebody who has signed.
	ErrTogether = fault.New(fault.Forbidden, "transfer.hands_together",
		"Nobody checks what somebody they live with has proposed or checked.", "任何人不得复核同住家人提出或复核的转账。")
	// ErrHousehold: the commitment to the household of somebody known by a pseudonym is missing or another one.
	ErrHousehold = fault.New(fault.Invalid, "transfer.household",
		"Whoever is paid under a pseudonym needs a sealed note of their household, the same one from everybody who signs.",
		"以化名收款的，须附其住户的密封承诺，且各经办人所附须一致。")
	// ErrUnneeded: a beneficiary or household where there is nobody whom it could be about.
	ErrUnneeded = fault.New(fault.Invalid, "transfer.household_unneeded",
		"A household is noted only where somebody is paid under a pseudonym.", "只有以化名收款的才需注明住户。")
	// ErrEmergency: emergencies are paid from one envelope, and correct nothing.
	ErrEmergency = fault.New(fault.Invalid, "transfer.emergency_malformed",
		"An emergency payment goes out of one budget to those who are paid, and corrects nothing.",
		"紧急支付须由一项预算支付给收款方，且不得用于更正。")
	// ErrEmergencyMax: too much of the envelope would have left on one person's word.
	ErrEmergencyMax = fault.New(fault.Refused, "transfer.emergency_exceeded",
		"More than the rules allow would leave this budget on one person's word; let a second person approve first.",
		"仅凭一人经办的金额将超过规约上限，请先由第二人批准。")
	// ErrEmergencyOpener: the maker has said alone who is paid.
	ErrEmergencyOpener = fault.New(fault.Forbidden, "transfer.emergency_opener",
		"An emergency payment goes to an account that somebody else has opened.", "紧急支付的收款账户须由他人开立。")
	// ErrApproved: the same checker twice, or more than it takes.
	ErrApproved = fault.New(fault.Refused, "transfer.approved", "This has been approved already.", "该笔转账已获批准。")
	// ErrMaker: the maker is no checker.
	ErrMaker = fault.New(fault.Forbidden, "transfer.own", "Nobody approves what they have proposed themselves.", "任何人不得批准自己提出的转账。")
	// ErrUnapproved: not enough have given their word.
	ErrUnapproved = fault.New(fault.Refused, "transfer.unapproved", "This has not been approved yet.", "该笔转账尚未获批准。")
	// ErrNotYours: only the maker's organisation gives up what is approved.
	ErrNotYours = fault.New(fault.Forbidden, "transfer.not_yours",
		"Once approved, a transfer is given up only by the organisation that proposed it.", "已获批准的转账只能由提出方组织撤销。")
	// ErrPosted, ErrVoided, ErrLapsed: the hold has ended, and how.
	ErrPosted = fault.New(fault.Refused, "transfer.posted", "This transfer has been carried out.", "该笔转账已执行。")
	ErrVoided = fault.New(fault.Refused, "transfer.voided", "This transfer was given up.", "该笔转账已撤销。")
	ErrLapsed = fault.New(fault.Refused, "transfer.lapsed", "The time for this transfer is over.", "该笔转账已过期。")
	// ErrNotDue: a hold has time left.
	ErrNotDue = fault.New(fault.Refused, "transfer.not_due", "This transfer has time left.", "该笔转账尚未到期。")
	// ErrAmounts: as many amounts as lines, none of them more than is on hold, and not all of them nothing.
	ErrAmounts = fault.New(fault.Invalid, "transfer.amounts_malformed",
		"Please name one amount for each line, none larger than what is on hold, and not all of them zero.",
		"请为每条明细各填一个数额，不得超过占用额，且不得全部为零。")
	// ErrCorrection: the other transfer has no such line, or not so much is left of it.
	ErrCorrection = fault.New(fault.Refused, "transfer.correction_exceeds",
		"A correction takes back lines of one transfer that was carried out, and no more than is left of them.",
		"更正只能退回某笔已执行转账的明细，且不得超过其剩余金额。")
	// ErrReturned: an emergency payment was taken back, so that nothing is left to confirm.
	ErrReturned = fault.New(fault.Refused, "transfer.returned", "All of this payment has been taken back.", "该笔支付已全部退回。")
	// ErrConfirmed: an emergency's checkers were in time.
	ErrConfirmed = fault.New(fault.Refused, "transfer.confirmed", "This payment has been confirmed.", "该笔支付已获确认。")
)
