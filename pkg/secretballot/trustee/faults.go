package trustee

import "renlin.dev/pkg/fault"

// Why what a trustee published, or wants to publish, is refused. Detail "trustee" holds the index of whoever is meant.
var (
	// ErrMalformed: the bytes are not the one encoding of such a message.
	ErrMalformed = fault.New(fault.Invalid, "trustee.malformed",
		"This message of a trustee cannot be read.", "无法读取该保管人消息。")
	// ErrParameters: not 1 <= t <= n <= 9, or a purpose that does not exist.
	ErrParameters = fault.New(fault.Invalid, "trustee.parameters",
		"There must be one to nine trustees, and no more of them may be needed than there are.", "保管人须为一至九人，所需人数不得多于总人数。")
	// ErrStranger: no such index, 0 among them, or a key that is no trustee's.
	ErrStranger = fault.New(fault.Invalid, "trustee.stranger",
		"This is not one of the trustees.", "此人不是保管人之一。")
	// ErrDuplicate: this trustee has already published that.
	ErrDuplicate = fault.New(fault.Refused, "trustee.duplicate",
		"This trustee has already published this step.", "该保管人已发布过这一步。")
	// ErrKeyRepeated: two trustees with one key.
	ErrKeyRepeated = fault.New(fault.Invalid, "trustee.key_repeated",
		"Two trustees have the same key.", "两名保管人的密钥相同。")
	// ErrKeyNegated: a key that cancels another's.
	ErrKeyNegated = fault.New(fault.Invalid, "trustee.key_negated",
		"One trustee's key cancels another's.", "一名保管人的密钥会抵消另一名的密钥。")
	// ErrKeyVoid: the keys add up to the identity.
	ErrKeyVoid = fault.New(fault.Invalid, "trustee.key_void",
		"The trustees' keys add up to nothing.", "保管人的密钥相加后为零。")
	// ErrStep: a message of a step that has not begun, is over, or of a ceremony that has ended.
	ErrStep = fault.New(fault.Refused, "trustee.step",
		"This step of making the key is not due.", "生成密钥的这一步尚未开始或已经结束。")
	// ErrUncommitted: what is revealed is not what was committed to.
	ErrUncommitted = fault.New(fault.Invalid, "trustee.uncommitted",
		"What the trustee shows is not what they committed to.", "该保管人公开的内容与其先前承诺的不符。")
	// ErrDegree: not exactly t coefficients, so that more or fewer trustees than agreed would be needed.
	ErrDegree = fault.New(fault.Invalid, "trustee.degree",
		"The trustee's part would need another number of trustees than was agreed.", "该保管人的部分会改变约定的所需人数。")
	// ErrPossession: no proof that the trustee knows the secret of the key that they contribute, here and as this trustee.
	ErrPossession = fault.New(fault.Invalid, "trustee.possession",
		"The trustee does not prove to hold the key that they contribute.", "该保管人未能证明自己持有所提供的密钥。")
	// ErrPoint: not the one encoding of a point of prime order.
	ErrPoint = fault.New(fault.Invalid, "trustee.point",
		"The trustee's key for sealed boxes is not a proper key.", "该保管人用于密封选票的密钥不合规。")
	// ErrEnvelope: no proof that who sealed the envelope chose its key.
	ErrEnvelope = fault.New(fault.Invalid, "trustee.envelope",
		"The trustee does not prove to have sealed these shares themselves.", "该保管人未能证明这些份额由其本人密封。")
	// ErrShareFalse: the share that a dealer sent is not the one that they committed to.
	ErrShareFalse = fault.New(fault.Refused, "trustee.share_false",
		"A trustee sent another a share that is not the right one.", "一名保管人向另一名发送了错误的份额。")
	// ErrComplaintFalse: the complaint does not prove what it shows.
	ErrComplaintFalse = fault.New(fault.Refused, "trustee.complaint_false",
		"The complaint about a share does not prove what it shows.", "关于份额的申诉缺乏有效证明。")
	// ErrComplaintUnfounded: the share that is complained of is right.
	ErrComplaintUnfounded = fault.New(fault.Refused, "trustee.complaint_unfounded",
		"The share that is complained of is the right one.", "被申诉的份额其实是正确的。")
	// ErrAck: no proof that the trustee holds their share.
	ErrAck = fault.New(fault.Invalid, "trustee.ack",
		"The trustee does not prove to hold their share.", "该保管人未能证明自己持有份额。")
	// ErrSeal: not the keys that follow from the record.
	ErrSeal = fault.New(fault.Invalid, "trustee.seal",
		"These are not the keys that follow from what the trustees published.", "这些密钥与保管人公布的内容不符。")
	// ErrPurpose: secret ballots' shares are never given away, and open ballots are not decrypted one by one.
	ErrPurpose = fault.New(fault.Refused, "trustee.purpose",
		"The trustees' key was not made for this.", "保管人的密钥不是为此用途生成的。")
	// ErrPartial: no proof that the decryption was done with the trustee's share, for these sums.
	ErrPartial = fault.New(fault.Invalid, "trustee.partial",
		"The trustee's part of the decryption is not right.", "该保管人的解密部分不正确。")
	// ErrPublic: the sum hides nothing, so there is nothing that a trustee could do or prove about it.
	ErrPublic = fault.New(fault.Refused, "trustee.public",
		"This total is no secret: anyone reads it from the ballots, and no trustee is needed.",
		"该总数并非秘密：任何人均可由选票直接得出，无需保管人参与。")
	// ErrFew: fewer right parts than are needed.
	ErrFew = fault.New(fault.Refused, "trustee.few",
		"Not enough trustees have done their part.", "完成工作的保管人人数不足。")
	// ErrExposed: a published share that is not this trustee's.
	ErrExposed = fault.New(fault.Invalid, "trustee.exposed",
		"The share that the trustee publishes is not theirs.", "该保管人公布的份额不是其本人的份额。")
	// ErrBlinded: no proof that a blinded part was made with the trustee's share, for this total.
	ErrBlinded = fault.New(fault.Invalid, "trustee.blinded",
		"The trustee's hidden part of the total is not right.", "该保管人提供的总数隐藏部分不正确。")
	// ErrOpening: a blinded part was sent to a trustee in a way that does not open.
	ErrOpening = fault.New(fault.Invalid, "trustee.opening",
		"A trustee's hidden part of the total does not open.", "某保管人提供的总数隐藏部分无法打开。")
	// ErrBound: a threshold or a total outside of what the roll allows.
	ErrBound = fault.New(fault.Invalid, "trustee.bound",
		"The threshold lies outside of what the roll allows.", "门槛超出了名册允许的范围。")
	// ErrUntrue: the total is not what is to be said about it.
	ErrUntrue = fault.New(fault.Refused, "trustee.untrue",
		"This cannot be proved about the total, because it is not so.", "关于总数的这一说法不属实，无法证明。")
	// ErrVerdict: a proof about a sealed total does not hold.
	ErrVerdict = fault.New(fault.Invalid, "trustee.verdict",
		"The proof about the sealed total does not hold.", "关于密封总数的证明不成立。")
	// ErrTogether: totals that are not judged together, of two elections, or one of them twice.
	ErrTogether = fault.New(fault.Invalid, "trustee.together",
		"These are not the different totals of one poll that are judged together.", "这些不是须合并判定的同一表决的不同总数。")
)
