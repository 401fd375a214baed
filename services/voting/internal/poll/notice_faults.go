package poll

import "renlin.dev/pkg/fault"

// Faults of notices and their delivery.
var (
	ErrNoticeIssued = fault.New(fault.Refused, "notice.issued", "The poll's notice is issued already.", "该项表决的通知已经发出。")
	ErrNoticeNone   = fault.New(fault.Refused, "notice.none",
		"No notice of this poll has been issued.", "该项表决尚未发出通知。")
	ErrNoticeOther = fault.New(fault.Mismatch, "notice.other",
		"This is not the notice that was issued for this poll; please read it again.", "这不是该项表决所发出的通知，请重新阅读。")
	ErrNoticeClosed = fault.New(fault.Refused, "notice.closed",
		"The poll is closed; how its notice was delivered can no longer be recorded.", "表决已经结束，不能再登记通知送达情况。")
	ErrNoticeAcknowledged = fault.New(fault.Refused, "notice.acknowledged",
		"It is on the record already that you have this notice.", "您已确认收到该通知。")
	ErrNoticeKey = fault.New(fault.Forbidden, "notice.key_too_new",
		"This device or mandate came after the roll was sealed; the notice must be brought to the voter in another way.",
		"此设备或委托在名册封存之后才登记，通知须以其他方式送达投票人。")
	ErrNoticeConvener = fault.New(fault.Forbidden, "notice.convener",
		"Whoever called the poll does not say who has its notice.", "表决的发起人不得登记或代为确认通知的送达。")
	ErrDeliveryNone    = fault.New(fault.Invalid, "delivery.none", "Name between one and 200 deliveries.", "请列出一至二百条送达记录。")
	ErrDeliveryBringer = fault.New(fault.Forbidden, "delivery.bringer_refused",
		"Deliveries are recorded by one or two officers or grid workers.", "送达须由一至两名工作人员或网格员登记。")
	ErrDeliveryOwn = fault.New(fault.Forbidden, "delivery.own",
		"Nobody records a delivery to themselves; please acknowledge the notice instead.", "不得登记向本人的送达，请直接确认收到通知。")
	ErrDeliveryTwice = fault.New(fault.Invalid, "delivery.voter_twice",
		"One request records one delivery for a voter at most.", "同一请求中每位投票人最多一条送达记录。")
	ErrDeliveryUnlisted = fault.New(fault.Refused, "delivery.voter_unlisted",
		"This person was not on the roll when it was sealed for the poll.", "封存该项表决的名册时此人不在名册上。")
	ErrDelivered = fault.New(fault.Refused, "delivery.proved",
		"It is on the record already that this voter has the notice.", "已有记录证明通知已送达该投票人。")
	ErrDeliveryMany = fault.New(fault.Refused, "delivery.too_many",
		"No further failed attempt is recorded for this voter.", "不能再为该投票人登记未成功的送达。")
)
