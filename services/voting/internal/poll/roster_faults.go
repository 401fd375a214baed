package poll

import "renlin.dev/pkg/fault"

// Faults of rules by which no secret poll can be held.
var (
	ErrSecretSeed = fault.New(fault.Invalid, "secret_poll.tie_seed",
		"Ties of secret polls are broken by the options' codes: the numbers that would make a seed are published with shares of the key.",
		"秘密表决的平局按选项编号决定：用于产生随机种子的数值须与密钥份额一同公布。")
	ErrSecretSilence = fault.New(fault.Invalid, "secret_poll.silence",
		"Who has voted in a secret poll is not known by name, so nothing can be made of the others' silence.",
		"秘密表决不以姓名记录投票人，无法就未投票者作出认定。")
	ErrSecretMoves   = fault.New(fault.Invalid, "secret_poll.moves", "The close of a secret poll does not move.", "秘密表决的截止时间不能延后。")
	ErrSecretRecount = fault.New(fault.Invalid, "secret_poll.recount",
		"Ballots that nobody opens are not counted again: anybody checks the proofs at any time.", "未逐张开启的选票不重新计票：任何人可随时核验证明。")
	ErrSecretPoints = fault.New(fault.Invalid, "secret_poll.points",
		"A secret ballot's points have a most for each option, and no other bounds.", "秘密选票的打分只规定每项最高分，不设其他限制。")
	ErrSecretHours = fault.New(fault.Invalid, "secret_poll.hours",
		"Voters need time to register, and then to contest the list of credentials.", "须给投票人留出登记时间，以及对凭证名单提出质疑的时间。")
	ErrSecretInterval = fault.New(fault.Invalid, "secret_poll.interval", "An interval needs a width.", "公布区间须规定宽度。")
	ErrSecretSealed   = fault.New(fault.Invalid, "secret_poll.sealed_method",
		"Hiding the totals, too, is for yes-or-no votes.", "连总数也不公布的做法仅适用于赞成与否的表决。")
	ErrSecretTogether = fault.New(fault.Invalid, "secret_poll.together",
		"Only where pass or fail of yes or no is published, and two or more requirements count the yes, are they judged together.",
		"只有仅公布是否通过的赞成与否表决，且有两项以上要求以赞成票计算时，才能合并判定。")
	ErrSecretBase = fault.New(fault.Invalid, "secret_poll.sealed_base",
		"What counts as enough would depend on how many abstain, which is to stay hidden.", "是否达到要求取决于弃权数，而弃权数须保密。")
	ErrSecretMany = fault.New(fault.Invalid, "secret_poll.figures_many",
		"This poll's result has more figures than what they betray can be measured of.", "该表决结果的数据过多，无法评估其泄露风险。")
)

// Faults of registering. ErrRegistrarNone and ErrRegisteredNone are why a poll lapses.
var (
	ErrRegistrarNone = fault.New(fault.Refused, "registration.no_registrar",
		"The community has nobody who could register voters for a secret poll.", "本社区尚未指定秘密表决的登记人。")
	ErrRegistrationBegun = fault.New(fault.Refused, "registration.begun",
		"Registration for this poll has begun already.", "该项表决的登记已经开始。")
	ErrRegistrationAwaited = fault.New(fault.Refused, "registration.not_begun",
		"Registration for this poll has not begun yet.", "该项表决的登记尚未开始。")
	ErrRegistrationOver = fault.New(fault.Refused, "registration.over",
		"Registration for this poll is over.", "该项表决的登记已经结束。")
	ErrRegistrationUnderWay = fault.New(fault.Refused, "registration.under_way",
		"Voters are still registering for this poll.", "该项表决的登记尚在进行。")
	ErrRegistrationForeign = fault.New(fault.Forbidden, "registration.not_yours",
		"Voters register, and contest the list of credentials, each for themselves and alone, or by a helper who names the mandate.",
		"登记及对凭证名单提出质疑，须由投票人本人单独办理，或由注明委托的受托人办理。")
	ErrRegistrationKey = fault.New(fault.Forbidden, "registration.key_too_new",
		"This device was enrolled after the roll was sealed; register with one that you had before.",
		"此设备在名册封存之后登记，请使用此前已登记的设备。")
	ErrCommitment = fault.New(fault.Invalid, "registration.commitment_size",
		"This is not what a credential is committed to by.", "凭证承诺的长度不符。")
	ErrReceipt = fault.New(fault.Refused, "registration.receipt",
		"This is not the registrar's receipt for this credential of yours.", "这不是登记人就您的该凭证出具的回执。")
	ErrRegisteredNone = fault.New(fault.Refused, "registration.nobody",
		"Nobody has registered for this secret poll.", "没有人登记参加该项秘密表决。")
	ErrUnregistered = fault.New(fault.Refused, "registration.missing",
		"You have not registered for this poll.", "您没有登记参加该项表决。")
)

// Faults of the list of credentials. ErrRosterMissing, ErrRosterWrong and ErrRosterContested are why a poll lapses, and findings against
// the registrar.
var (
	ErrRegistrar = fault.New(fault.Forbidden, "credentials.not_registrar",
		"Only the registrar of this poll may list its credentials, with the key that signs the receipts.",
		"仅本次表决的登记人可使用签署回执的密钥公布凭证名单。")
	ErrRosterLate = fault.New(fault.Refused, "credentials.late",
		"The time for listing this poll's credentials is over.", "公布本次表决凭证名单的时间已过。")
	ErrRosterRows = fault.New(fault.Invalid, "credentials.rows",
		"A part of the list has from 1 to 200 credentials.", "每次公布的凭证须为 1 至 200 份。")
	ErrRosterRow = fault.New(fault.Invalid, "credentials.row",
		"A credential is a key of 32 bytes, with weights that are not below zero.", "凭证须为 32 字节的公钥，权重不得为负。")
	ErrRosterOrder = fault.New(fault.Invalid, "credentials.order",
		"Credentials are listed ascending by key, each once, so that their order tells nothing.",
		"凭证须按公钥升序逐一列出，不得重复，以免次序透露信息。")
	ErrRosterMany = fault.New(fault.Refused, "credentials.many",
		"More credentials are listed than voters have registered.", "公布的凭证多于已登记的投票人。")
	ErrRosterSealed = fault.New(fault.Refused, "credentials.sealed",
		"The list of this poll's credentials is complete already.", "该项表决的凭证名单已经公布完毕。")
	ErrRosterAwaited = fault.New(fault.Refused, "credentials.not_sealed",
		"The list of this poll's credentials is not complete yet.", "该项表决的凭证名单尚未公布完毕。")
	ErrRosterMissing = fault.New(fault.Refused, "credentials.missing",
		"The registrar did not list the credentials in time.", "登记人未按时公布凭证名单。")
	ErrRosterWrong = fault.New(fault.Refused, "credentials.wrong",
		"The weights of the listed credentials are not those of the voters who registered.", "所公布凭证的权重与已登记投票人的权重不符。")
	ErrRosterContested = fault.New(fault.Refused, "credentials.contested",
		"A voter has shown that their credential is not listed, or not with their weight.", "有投票人证明其凭证未列入名单或权重有误。")
	ErrContestOver = fault.New(fault.Refused, "credentials.contest_over",
		"The time for contesting the list of credentials is over.", "对凭证名单提出质疑的时间已过。")
	ErrContestOpening = fault.New(fault.Refused, "credentials.contest_opening",
		"This is not the credential that you have registered.", "这不是您所登记的凭证。")
	ErrContestUnfounded = fault.New(fault.Refused, "credentials.contest_unfounded",
		"Your credential is listed, with your weight.", "您的凭证已列入名单，权重无误。")
)
