package pollcheck

// why is what a finding says: a code for programs, and a sentence for people in two languages.
type why struct {
	code string
	Words
	absence absence
}

// absence says which withheld commits could explain what seems to be wrong. Where there are such, it is no finding, and the check is
// unmade.
type absence int

const (
	never    absence = iota // what is there is wrong by itself
	ofPoll                  // something that is missing stands between the poll's call and its end
	ofRecord                // or anywhere before its end
)

func because(code, english, chinese string) *why {
	return &why{code: code, Words: Words{english, chinese}}
}

// unless gives a reason that something withheld could explain.
func (w *why) unless(a absence) *why {
	w.absence = a
	return w
}

// check is one row of the list: what is checked, in which words, by which function, and what it may find.
type check struct {
	name   string
	covers Words
	run    func(*checking)
	whys   []*why
}

// checks are all of them, in their order. Later ones use what earlier ones have found out.
var checks = []check{
	{"course", Words{"what happened in which order, and when: key, opening, ballots, close, count, certificate",
		"各步骤的先后与时间：密钥、开始、投票、截止、计票、证书"},
		(*checking).course, []*why{whyOrder, whyTwice, whyLate, whyVotingTime, whyEarly, whyClosed, whyObjections}},
	{"roll", Words{"the roll follows from who lives here and owns what; it is the same everywhere", "名册依据本记录中的成员与房产得出，且前后一致"},
		(*checking).checkRoll, []*why{whyRollRoot, whyRollSums, whyRollWhole, whyRollPosition, whyRollChanged}},
	{"ceremony", Words{"every word by which the trustees made the key", "保管人生成密钥的每一步"},
		(*checking).ceremony, []*why{whyTerms, whyTrustees, whyRound, whyContext, whyMessage, whySpeaker, whyNonce, whyBlame}},
	{"seal", Words{"the key follows from these words", "公钥由上述各步得出"}, (*checking).checkSeal, []*why{whySeal}},
	{"voters", Words{"whose ballots they are, and that these are on the roll", "投票人身份及其在名册上"},
		(*checking).voters, []*why{whyUnlisted, whyForeign}},
	{"notice", Words{"the notice, what proves each delivery of it, and how many it came to", "通知内容、每次送达的证明及送达人数"},
		(*checking).notices, []*why{whyNotice, whyDelivered, whyEvidence, whyInTime, whyNoticeReport}},
	{"papers", Words{"every paper from its issue to its last entry: two operators who read the same, and what came of it",
		"每张纸质选票从发出到最后一次录入：两名录入人读取一致及其结论"},
		(*checking).papers, []*why{whySheet, whyProof, whyOperators, whyAgreement, whyPaperCast, whyNight}},
	{"shares", Words{"what opens the ballots: published keys and shares, and who withheld theirs", "开票所用的密钥与份额，以及谁未公布"},
		(*checking).shares, []*why{whyShare, whyShareTrustee, whyShareNonce, whyShareEarly, whyShareMissing, whyShareFew, whyKeyWrong}},
	{"registration", Words{"every voter's registration and the registrar's receipt for it", "每位投票人的登记及登记人的回执"},
		(*checking).registration, []*why{
			whyRegistrar, whyRegisteredBy, whyRegisteredLate, whyReceipt, whyRegisteredNumber, whyRegisteredUnlisted,
		}},
	{"roster", Words{"the roster of credentials: who listed it, its order, its root, and that it weighs what those weigh who registered",
		"凭证名册：由谁列出、次序、根哈希，及其权重与登记人的权重一致"},
		(*checking).checkRoster, []*why{
			whyLister, whyListed, whyRowsMany, whyRosterRoot, whyRosterNumber, whyRosterWeights, whyContest, whyContested,
		}},
	{"election", Words{"what every ballot is bound to: question, rules, roll, roster, key", "选票所绑定的内容：议题、规则、名册、凭证名册与密钥"},
		(*checking).checkElection, []*why{whyElection}},
	{"ballots", Words{"every proof of every secret ballot, cast or challenged, and whose it is", "每张秘密选票（含受检选票）的全部证明及其归属"},
		(*checking).ballots, []*why{
			whyBallotUnlisted, whyBallotSigner, whyBallotPlace, whyBallotRefused, whySheetForeign, whySheetUnread, whySheetOperators,
			whySheetTwin, whySheetCast, whySheetNight,
		}},
	{"sequence", Words{"each credential's ballots are numbered without a gap", "每个凭证的选票编号连续无缺"},
		(*checking).sequence, []*why{whySequence}},
	{"weeding", Words{"no ballot of a credential is a copy of an earlier one, in whole or in part", "同一凭证的选票没有全部或部分抄自前一张"},
		(*checking).weeding, []*why{whyCopied}},
	{"challenged", Words{"what was opened for its voter opens, and is not counted", "受检选票确实能打开，且不计票"},
		(*checking).challenged, []*why{whyChallenge}},
	{"sums", Words{"the encrypted sums, added up again, and that no more was listed for opening than the rules allow", "重新相加的密文合计，且待开项目不超出规则"},
		(*checking).checkSums, []*why{whySumsBallots, whySumsDiffer, whySumsBound, whySumsList, whySumsNeedless, whySumsLevel, whySumsClaims,
			whySumsTogether}},
	{"parts", Words{"each trustee's part of the opening, and every proof in it", "每位保管人的解密部分及其证明"},
		(*checking).parts, []*why{whyPartTrustee, whyPartTwice, whyPartRefused, whyPartNumber, whyPartReaders, whyPartMissing}},
	{"opening", Words{"what the parts and proofs say of each total", "由解密部分与证明得出的各项合计"},
		(*checking).opening, []*why{whyOpeningFew, whyOpeningTotal, whyVerdictRefused, whyVerdictClaims, whyVerdictTrustee}},
	{"count", Words{"the count: ballots, participants, each option's totals", "计票：选票数、参与者、各选项合计"},
		(*checking).checkCount, []*why{
			whyCountBallots, whyCountInvalid, whyCountParticipants, whyCountValid, whyCountTotals, whyCountSecret, whySheetCounts,
		}},
	{"seed", Words{"the seed that breaks ties", "决定平局次序的种子"}, (*checking).checkSeed, []*why{whySeed}},
	{"result", Words{"every inequality with its integers, the winners, ties, and the result", "每条不等式、当选项、平局与结果"},
		(*checking).result, []*why{whyInequality, whyWinners, whyTies, whyResult}},
	{"steps", Words{"the steps of a count that takes some", "分步计票的各个步骤"}, (*checking).steps, []*why{whySteps}},
	{"turnout", Words{"who did not vote and counts all the same, because the notice is proved to have come",
		"因通知已证明送达而计入的未投票者"}, (*checking).turnout, []*why{whyTurnout}},
	{"channels", Words{"by which hand each ballot came, what replaced what, and whether the result stands without some",
		"每张选票的投票渠道、相互替换，以及剔除部分选票后结果是否不变"},
		(*checking).channels, []*why{whyChannel, whyReplaced, whyChannels, whyStands}},
	{"samples", Words{"whom to call back and which sheets to compare, drawn again, and what came of the audit of papers",
		"重新抽取回访对象和待核对的纸质选票，并重算纸质选票审计结果"},
		(*checking).samples, []*why{whySampleSeed, whySampleMargin, whySampleSmall, whySampleDrawn, whySampleOutside, whySampleRecount,
			whySampleHurried, whySampleResult}},
	{"certificate", Words{"the certificate says what was counted", "证书与计票结果一致"},
		(*checking).certificate, []*why{whyCertTally, whyCertRoll, whyCertWithheld, whyCertObjections, whyCertAdopted, whyCertMotion}},
	{"leak", Words{"what the publication tells of single voters", "公布内容对个人投票的泄露程度"}, (*checking).leak, []*why{
		whyLeakMissing, whyLeakLevels, whyLeakHidden, whyLeakFigures, whyLeakRefused, whyLeakTold,
	}},
}

// Reasons why a check is not made.
var (
	notShown     = Words{"Commits that it needs are withheld.", "所需记录未公开。"}
	notOurMethod = Words{"This method is counted again by the services' own rules only.", "该计票方法仅由系统自身规则复算。"}
	notInTime    = Words{"To count this budget again would take too long here.", "在此重新计算该预算耗时过长。"}
	notPaper     = Words{"Papers of secret polls are checked by the services' own rules only.", "秘密表决的纸质选票仅由系统自身规则复核。"}
	notSilence   = Words{"What follows from silence is checked by the services' own rules only.", "未投票者的处理仅由系统自身规则复核。"}
	notEarlier   = Words{"It rests on something that is wrong or could not be checked.", "其前提有误或无法核查。"}
)
