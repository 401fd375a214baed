package registrar

import (
	"errors"

	"renlin.dev/pkg/fault"
)

// Why a credential is not taken.
var (
	ErrUnreadable = fault.New(fault.Invalid, "credential.unreadable",
		"The registrar cannot read what was sent: it is sealed for somebody else, or is no credential.",
		"登记人无法读取所提交的内容：它是封给他人的，或不是投票凭证。")
	ErrOthers = fault.New(fault.Forbidden, "credential.of_another",
		"This credential is for another poll, or for another voter than the one who is signed in.", "该投票凭证属于另一次表决，或属于当前登录者以外的投票人。")
	ErrWeak = fault.New(fault.Invalid, "credential.weak", "Anybody could sign with this credential; please make another.",
		"任何人都能用该投票凭证签名，请重新生成。")
	ErrNotRegistering = fault.New(fault.Refused, "credential.not_registering",
		"This registrar takes no credentials for this poll: registration has not begun, is over, or is another registrar's.",
		"该登记人目前不接受本次表决的投票凭证：登记尚未开始、已经结束，或由其他登记人负责。")
	ErrMany = fault.New(fault.Refused, "credential.too_many",
		"You have sent as many credentials for this poll as anybody may.", "您为本次表决提交的投票凭证数量已达上限。")
	ErrManyBrought = fault.New(fault.Refused, "credential.too_many_brought",
		"As many credentials have been brought for this voter as others may bring; the voter's own device can still send one.",
		"他人为该投票人送交的投票凭证数量已达上限；投票人仍可用本人设备送交。")
	ErrTaken = fault.New(fault.Refused, "credential.taken",
		"Another voter has sent this very credential; please make another.", "该投票凭证已由其他投票人提交，请重新生成。")
)

// What is wrong at the registrar's own place: for the operator, and nobody else's business.
var (
	errLost    = errors.New("credential of a voter who has registered is not in the store")
	errListed  = errors.New("record lists other credentials than the store has")
	errDamaged = errors.New("store's file is damaged")
	errPollID  = errors.New("poll id is not one")
)
