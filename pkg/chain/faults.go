package chain

import "renlin.dev/pkg/fault"

// What the sequencer may answer instead of a receipt. Each is for the deciding service first; a resident sees one only when the
// service could not mend it.
var (
	// ErrStale: something that the decision rested on has changed; Index names a commit to fold before deciding again.
	ErrStale = fault.New(fault.Conflict, "commit.stale",
		"Something changed at the same moment; please try again.", "数据刚刚发生变化，请重试。")
	// ErrReused: the idempotency key was used before for another command.
	ErrReused = fault.New(fault.Mismatch, "command.reused",
		"This request number was already used for something else.", "该请求编号已用于其他内容。")
	// ErrPartlyDone: some commits of an all-or-nothing request were written before, others not.
	ErrPartlyDone = fault.New(fault.Conflict, "request.partly_done",
		"Part of this was already done; please try again.", "其中一部分已完成，请重试。")
	// ErrExpired: the author allowed the command until an earlier time.
	ErrExpired = fault.New(fault.Refused, "command.expired",
		"This request is too old; please send it anew.", "该请求已过期，请重新发送。")
	// ErrNotAfter: the author's expiry lies further ahead than anyone remembers command ids.
	ErrNotAfter = fault.New(fault.Invalid, "command.not_after",
		"The request's expiry must lie within the next seven days.", "请求的有效期不得超过七天。")
	// ErrWindowEarly: the commit's window has not opened.
	ErrWindowEarly = fault.New(fault.Refused, "window.not_open", "It is too early for this.", "尚未到开始时间。")
	// ErrWindowLate: the commit's window has closed, such as a poll's deadline.
	ErrWindowLate = fault.New(fault.Refused, "window.closed", "The time for this is over.", "时间已过，无法提交。")
	// ErrSkewed: the deciding service's clock is more than two seconds from the sequencer's.
	ErrSkewed = fault.New(fault.Unavailable, "clock.skewed",
		"The clocks of our machines disagree; please try again soon.", "系统时钟不一致，请稍后再试。")
	// ErrKind: the service may not write an aggregate of that kind.
	ErrKind = fault.New(fault.Forbidden, "kind.not_yours", "This service may not record that.", "该服务无权记录此类内容。")
	// ErrMalformed: the request or a commit in it could not be read.
	ErrMalformed = fault.New(fault.Invalid, "commit.malformed", "The record could not be read.", "无法读取该记录。")
	// ErrTooLarge: a commit, or all commits of a request together, do not fit into one block.
	ErrTooLarge = fault.New(fault.TooLarge, "commit.too_large", "This is too large for one record.", "内容过大，无法一次记录。")
	// ErrBusy: the queue is full; nothing was written.
	ErrBusy = fault.New(fault.TooMany, "sequencer.busy", "Too much is waiting just now; please try again soon.", "当前请求过多，请稍后再试。")
	// ErrRetry: whether it was written is not known; the same request may be sent again and will not be done twice.
	ErrRetry = fault.New(fault.Unavailable, "sequencer.retry",
		"It is not certain that this was recorded; sending it again is safe.", "尚未确认是否已记录，可安全重试。")
	// ErrStopped: writing has stopped because the record differs from what was promised before.
	ErrStopped = fault.New(fault.Unavailable, "sequencer.stopped",
		"Writing has been stopped to protect the record; please tell the operator.", "为保护记录，写入已停止，请联系管理员。")
	// ErrUnknownID: no command of that id is remembered.
	ErrUnknownID = fault.New(fault.NotFound, "command.unknown", "No such request is on record.", "没有该请求的记录。")
)
