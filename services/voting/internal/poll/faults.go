package poll

import "renlin.dev/pkg/fault"

// Faults of calling a poll.
var (
	ErrUnknown = fault.New(fault.NotFound, "poll.unknown", "There is no such poll.", "没有该项表决。")
	ErrExists  = fault.New(fault.Refused, "poll.exists", "This poll has been called already.", "该项表决已经发起。")
	ErrMatter  = fault.New(fault.Invalid, "poll.matter_unknown", "The rulebook does not know this matter.", "规约中没有该类事项。")
	ErrDirect  = fault.New(fault.Forbidden, "poll.not_direct",
		"In this matter nobody may call a poll without a motion.", "该类事项不得在没有方案的情况下直接发起表决。")
	ErrConvener = fault.New(fault.Forbidden, "poll.convener_refused",
		"Only a convener of the organisation that the rulebook names may call a poll in this matter.",
		"仅规约指定组织的召集人可就该类事项发起表决。")
	ErrRulesGiven = fault.New(fault.Invalid, "poll.rules_given",
		"A convener's poll follows the rulebook; the request must name no motion and no rules of its own.",
		"召集人发起的表决须依照规约，请求中不得指定方案或另立规则。")
	ErrResubmitted = fault.New(fault.Refused, "poll.resubmitted",
		"This question failed not long ago; by the rules it is not put to the vote again yet.", "该议案不久前未获通过，按规约在期限内不得再次提交表决。")
	ErrRules = fault.New(fault.Invalid, "poll.rules_malformed",
		"A poll could not be held by these rules.", "按此规则无法进行表决。")
	ErrQuestion = fault.New(fault.Invalid, "poll.question_malformed",
		"The question does not fit the way in which this matter is decided.", "表决内容与该类事项的表决方式不符。")
)

// Faults of a poll's key.
var (
	ErrHolder = fault.New(fault.Forbidden, "poll_key.holder_refused",
		"Only the two key holders of the community may do this.", "仅本社区的两名密钥保管人可执行此操作。")
	ErrSameHolder = fault.New(fault.Forbidden, "poll_key.same_holder",
		"The key must be held by another organisation than the one that offered it.", "密钥须由提供方以外的另一组织保管。")
	ErrKeyOffered = fault.New(fault.Refused, "poll_key.offered", "The poll has a key already.", "该项表决已有密钥。")
	ErrKeyAwaited = fault.New(fault.Refused, "poll_key.not_offered", "No key has been offered for the poll yet.", "该项表决尚未提供密钥。")
	ErrKeyUnheld  = fault.New(fault.Refused, "poll_key.not_held", "The poll's key is not held by both yet.", "该项表决的密钥尚未由双方保管。")
	ErrKeyRefused = fault.New(fault.Refused, "poll_key.refused",
		"The sealed copies of the poll's key were refused.", "该项表决的密钥副本均被拒绝。")
	ErrKeyHeld   = fault.New(fault.Refused, "poll_key.held", "The poll's key is held already.", "该项表决的密钥已由双方保管。")
	ErrKeyWeak   = fault.New(fault.Invalid, "poll_key.weak", "This key protects nothing.", "该密钥不具备保护作用。")
	ErrKeyReused = fault.New(fault.Refused, "poll_key.reused", "This key has served another poll.", "该密钥已用于另一项表决。")
	ErrWrapped   = fault.New(fault.Invalid, "poll_key.wrapped_size",
		"The sealed copy of the key has the wrong size.", "密钥密封副本的长度不符。")
	ErrKeyMismatch = fault.New(fault.Refused, "poll_key.mismatch", "This is not the poll's key.", "这不是该项表决的密钥。")
	ErrPublished   = fault.New(fault.Refused, "poll_key.published", "The poll's key is published already.", "该项表决的密钥已经公布。")
)

// Faults of a key that is divided among trustees.
var (
	ErrNoCeremony = fault.New(fault.Refused, "trustees.none", "This poll's key is not divided among trustees.", "该项表决的密钥并非由开票受托人分持。")
	ErrTrustee    = fault.New(fault.Forbidden, "trustees.stranger",
		"Only the trustees of this poll may do this, each for themselves.", "仅本次表决的开票受托人本人可执行此操作。")
	ErrTrusteesFew = fault.New(fault.Refused, "trustees.too_few",
		"Too few trustees are left to make the poll's key, or all are of one organisation.", "可参与生成表决密钥的开票受托人过少，或均来自同一组织。")
	ErrTrusteesSilent = fault.New(fault.Refused, "trustees.silent",
		"The trustees did not make the poll's key in time.", "开票受托人未能按时生成该项表决的密钥。")
	ErrRoundOver       = fault.New(fault.Refused, "trustees.round_over", "This round of making the key is over.", "本轮密钥生成已经结束。")
	ErrPart            = fault.New(fault.Refused, "trustees.part", "What was said in making this key does not hold.", "生成该密钥的过程记录未通过核验。")
	ErrShare           = fault.New(fault.Refused, "trustees.share", "This poll's key cannot be read.", "无法读取该项表决的密钥。")
	ErrNonceCommitment = fault.New(fault.Invalid, "trustees.nonce_commitment",
		"With the first word, and with no other, each trustee commits to a number of their own for breaking ties.",
		"各开票受托人须在且仅在第一步就其本人用于破除平局的数值作出承诺。")
	ErrNonce = fault.New(fault.Refused, "trustees.nonce",
		"This is not what the trustee committed to for breaking ties.", "这不是该开票受托人为破除平局所承诺的数值。")
	ErrShareSecret = fault.New(fault.Forbidden, "trustees.secret_poll",
		"In a secret poll no share of the key may be published.", "秘密表决不得公布密钥份额。")
	ErrKeyDivided = fault.New(fault.Refused, "poll_key.divided",
		"This poll's key is made by its trustees together.", "该项表决的密钥由开票受托人共同生成。")
)

// Faults of opening, closing and what follows.
var (
	ErrLapsed = fault.New(fault.Refused, "poll.lapsed",
		"The poll did not open in time and will not open any more.", "该项表决未能按时开始，已经失效。")
	ErrOpened    = fault.New(fault.Refused, "poll.opened", "The poll has been opened already.", "该项表决已经开始。")
	ErrNotOpen   = fault.New(fault.Refused, "poll.not_open", "The poll has not been opened yet.", "该项表决尚未开始。")
	ErrExtended  = fault.New(fault.Refused, "poll.extended", "The close of the poll has been moved.", "该项表决的截止时间已经延后。")
	ErrClosed    = fault.New(fault.Refused, "poll.closed", "The poll is closed already.", "该项表决已经结束。")
	ErrNotClosed = fault.New(fault.Refused, "poll.not_closed",
		"The poll is not closed yet; its key must not be published.", "该项表决尚未结束，不得公布密钥。")
	ErrRollEmpty = fault.New(fault.Refused, "roll.empty", "Nobody has a vote in this poll.", "该项表决没有享有表决权的人。")
	ErrRollLarge = fault.New(fault.Refused, "roll.overflow",
		"The roll's weights add up to more than can be counted.", "名册的权重之和超出可计数的范围。")
	ErrRollUnlisted = fault.New(fault.Forbidden, "roll.unlisted",
		"You were not on the roll when it was sealed for this poll.", "本次表决封存名册时您不在名册上。")
	ErrTallyMissing   = fault.New(fault.Refused, "tally.missing", "The poll is not counted yet.", "该项表决尚未计票。")
	ErrTallied        = fault.New(fault.Refused, "tally.recorded", "The poll is counted already.", "该项表决已经计票。")
	ErrUncounted      = fault.New(fault.Refused, "tally.impossible", "The poll could not be counted.", "该项表决无法计票。")
	ErrCertified      = fault.New(fault.Refused, "certificate.issued", "The poll's certificate is issued already.", "该项表决的结果证书已经签发。")
	ErrRecounted      = fault.New(fault.Refused, "recount.recorded", "The ballots have been counted again already.", "该项表决已经重新计票。")
	ErrRecountAwaited = fault.New(fault.Refused, "recount.missing",
		"So many have objected that the ballots are counted again before the certificate.", "异议人数已达规定，须先重新计票再签发结果证书。")
	ErrObjectionLate = fault.New(fault.Refused, "objection.closed",
		"The time for objections is over.", "异议期已经结束。")
	ErrObjected = fault.New(fault.Refused, "objection.raised", "You have objected to this tally already.", "您已对该计票结果提出异议。")
)

// Faults of casting.
var (
	ErrBallotForeign = fault.New(fault.Forbidden, "ballot.not_yours",
		"A ballot can be cast by its voter only, or by a helper who names the mandate.", "选票只能由投票人本人投出，或由受托人依所注明的委托代投。")
	ErrBallotClosed = fault.New(fault.Refused, "ballot.closed",
		"The poll is closed; the ballot was not accepted.", "表决已经结束，选票未被接受。")
	ErrBallotSize = fault.New(fault.Invalid, "ballot.box_size", "The sealed ballot has a size that no ballot has.", "密封选票的长度不符。")
	ErrBallotKey  = fault.New(fault.Forbidden, "ballot.key_too_new",
		"This device was enrolled after the roll was sealed; with it you can vote in person only.",
		"此设备在名册封存之后登记，您只能在工作人员见证下现场投票。")
	ErrBallotStands = fault.New(fault.Refused, "ballot.in_person_stands",
		"You have voted in person; only another vote in person can replace it.", "您已现场投票，只能以再次现场投票更改。")
	ErrBallotOwn = fault.New(fault.Refused, "ballot.own_stands",
		"The voter has voted themselves; a helper's ballot cannot replace that.", "投票人已亲自投票，受托人不得更改。")
	ErrBallotMandate = fault.New(fault.Forbidden, "ballot.mandate_too_new",
		"This mandate or this device came after the roll was sealed; the voter can vote by themselves.",
		"此委托或此设备在名册封存之后才登记，请投票人亲自投票。")
	ErrBallotConvener = fault.New(fault.Forbidden, "ballot.helper_convened",
		"Whoever called the poll may not cast others' ballots in it.", "表决的发起人不得在该项表决中代他人投票。")
	ErrBallotProxyShare = fault.New(fault.Refused, "ballot.proxy_share",
		"With this ballot you would cast more of the votes for others than one helper may.", "加上这一票，您代他人投出的票将超过一名受托人可代投的上限。")
	ErrBallotCosigner = fault.New(fault.Forbidden, "ballot.cosigner_refused",
		"The second signature on a ballot must be an officer's.", "选票上的第二个签名须为工作人员的签名。")
)
