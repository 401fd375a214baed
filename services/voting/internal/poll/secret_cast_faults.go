package poll

import "renlin.dev/pkg/fault"

// Faults of casting in secret, and of what follows from the close; those of a ballot's bytes and proofs are in package secretballot.
var (
	ErrNotSecret = fault.New(fault.Refused, "poll.not_secret",
		"In this poll ballots are not cast in secret, but under the voter's name.", "本次表决并非秘密表决，须以投票人本人名义投票。")
	ErrSecret = fault.New(fault.Refused, "poll.secret",
		"This poll is secret: a ballot is cast by a credential, on a device or on a sheet, and never under anybody's name.",
		"本次为秘密表决：须以匿名凭证通过设备或纸面凭证投票，不得具名投票。")
	ErrCredentialUnlisted = fault.New(fault.Forbidden, "credential.unlisted",
		"This credential is not one of those that may vote in this poll.", "该匿名凭证不在本次表决的凭证名册上。")
	ErrBallotOnPaper = fault.New(fault.Refused, "secret_ballot.on_paper",
		"This credential is on a sheet: it votes by what two operators read there, and not from a device.",
		"该凭证为纸面凭证，须由两名录入人据纸面录入投票，不得通过设备投票。")
	ErrBallotSequence = fault.New(fault.Refused, "secret_ballot.sequence",
		"The ballots of a credential are numbered without a gap; this is not the next one.", "同一凭证的选票须依次编号，此票并非下一张。")
	ErrBallotsMany = fault.New(fault.Refused, "secret_ballot.many",
		"This credential has sent as many ballots as one may in a poll.", "该凭证在本次表决中提交的选票已达上限。")
	ErrIntervals = fault.New(fault.Refused, "secret_poll.intervals_many",
		"The intervals of this poll are too narrow for its total to be proved to lie in one.", "本次表决规定的区间过窄，无法证明合计所在区间。")
	ErrEncrypted = fault.New(fault.Refused, "encrypted_tally.recorded",
		"The ballots of this poll are added up already.", "该项表决的加密选票已经汇总。")
)
