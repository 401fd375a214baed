package notice

import "renlin.dev/pkg/fault"

// Refusals about policy notices.
var (
	// ErrUnknown: there is no such notice.
	ErrUnknown = fault.New(fault.NotFound, "policy_notice.unknown", "There is no such notice.", "没有该政策告知。")
	// ErrOfficer: no officer by a device of their own.
	ErrOfficer = fault.New(fault.Forbidden, "policy_notice.officer",
		"A policy notice is published by an officer with a device of their own.", "政策告知须由负责人使用本人设备发布。")
	// ErrKind: the rulebook does not know it.
	ErrKind = fault.New(fault.Invalid, "policy_notice.kind", "The rulebook knows no notices of this kind.", "规约中没有这类告知。")
	// ErrWords: no words, which everybody must be able to read.
	ErrWords = fault.New(fault.Invalid, "policy_notice.words", "A notice needs a title and a text.", "告知须有标题和正文。")
	// ErrScope: whom it concerns cannot be found by this.
	ErrScope = fault.New(fault.Invalid, "policy_notice.scope",
		"Please say whom it concerns: everyone, up to 200 units, a kind of help, or a sealed list; one of them, and nothing else.",
		"请说明告知对象：全体居民、不超过二百个专有部分、某类帮扶的档案，或一份封存名单，只选其一。")
	// ErrList: too few on a sealed list to hide anybody, or no list.
	ErrList = fault.New(fault.Invalid, "policy_notice.list",
		"A sealed list has its root, and at least as many entries as the rulebook's least group; fill it up with entries of your own.",
		"封存名单须有根值，且条目数不得少于规约规定的最小人数，不足的请以本组织的条目补足。")
	// ErrReach: its time has passed, or is too far ahead.
	ErrReach = fault.New(fault.Invalid, "policy_notice.time",
		"By when it must have reached everybody lies between now and ninety days ahead.", "送达期限须在现在至九十天之内。")
	// ErrRollCall: one that could not be answered in a crisis.
	ErrRollCall = fault.New(fault.Invalid, "policy_notice.roll_call",
		"A roll-call is for everyone or for some units, and ends within a day.", "平安点名的对象须为全体居民或若干专有部分，并在一天之内截止。")
	// ErrUnseen: nobody is known to be safe by a letter.
	ErrUnseen = fault.New(fault.Refused, "policy_notice.unseen",
		"That somebody is safe is recorded by whoever met them or spoke to them, and by no letter or board.",
		"平安须由见到本人或与本人通话的工作人员登记，信件和公告不能作为依据。")
	// ErrNotAddressed: it does not concern them.
	ErrNotAddressed = fault.New(fault.Refused, "policy_notice.not_addressed",
		"This notice did not concern this person when it was published.", "该告知发布时的对象不包括此人。")
	// ErrEntry: not on the list.
	ErrEntry = fault.New(fault.Forbidden, "policy_notice.not_on_list",
		"This code is not on the sealed list of this notice.", "该代码不在此告知的封存名单上。")
	// ErrConfirmed: it is known.
	ErrConfirmed = fault.New(fault.Refused, "policy_notice.confirmed",
		"It is on the record already that this notice came.", "已有该告知送达的记录。")
	// ErrNotTheirs: nobody's to say but the person's.
	ErrNotTheirs = fault.New(fault.Forbidden, "policy_notice.not_person",
		"Only the person or who speaks for them says that it came.", "只有本人或其代理人、受托人可以确认收到。")
	// ErrAttempts: none, or too many at once.
	ErrAttempts = fault.New(fault.Invalid, "policy_notice.attempts", "Name between one and 100 attempts, each person once.",
		"请列出一至一百条送达记录，每人一条。")
	// ErrBringer: neither an officer nor a grid worker.
	ErrBringer = fault.New(fault.Forbidden, "policy_notice.bringer",
		"Deliveries are recorded by one or two officers or grid workers with devices of their own.", "送达须由一至两名负责人或网格员使用本人设备登记。")
	// ErrOwn: nobody for themselves.
	ErrOwn = fault.New(fault.Forbidden, "policy_notice.own",
		"Nobody records a delivery to themselves or to whom they speak for; please confirm it instead.", "不得登记向本人或被代理人的送达，请直接确认收到。")
	// ErrMany: enough.
	ErrMany = fault.New(fault.Refused, "policy_notice.too_many", "No further failed attempt is recorded for this person.",
		"不能再为此人登记未成功的送达。")
	// ErrSealed: it is fixed whom it concerns.
	ErrSealed = fault.New(fault.Refused, "policy_notice.sealed", "Whom it concerns is fixed already.", "该告知的对象已经确定。")
	// ErrKept: everybody has it.
	ErrKept = fault.New(fault.Refused, "policy_notice.kept", "Everybody had this in time.", "该告知已按时全部送达。")
	// ErrPlenty: more than everybody can be asked to keep.
	ErrPlenty = fault.New(fault.Refused, "policy_notice.plenty",
		"Your organisation has published 20 notices within a day, or 200 of its notices are not over yet; please wait.",
		"本组织一天内已发布二十份告知，或尚未结束的告知已达二百份，请稍后再发布。")
	// ErrOver: long after its time.
	ErrOver = fault.New(fault.Refused, "policy_notice.over",
		"This notice has been over for thirty days; nothing more is recorded of it.", "该告知的期限已过三十天，不再登记。")
)
