package poll

import "renlin.dev/pkg/fault"

// Faults of papers.
var (
	ErrPaperless = fault.New(fault.Refused, "paper.not_allowed",
		"This poll's rules do not allow ballots on paper.", "该项表决的规则不允许使用纸质选票。")
	ErrPaperNone = fault.New(fault.Invalid, "paper.none", "Name between one and 200 papers.", "请列出一至二百张纸质选票。")
	ErrPaperID   = fault.New(fault.Invalid, "paper.commitment_malformed",
		"A paper's commitment is missing or malformed.", "纸质选票的承诺值缺失或格式不符。")
	ErrPaperTwice = fault.New(fault.Invalid, "paper.voter_twice",
		"One request gives a voter one paper at most.", "同一请求中每位投票人最多一张纸质选票。")
	ErrPaperUnlisted = fault.New(fault.Refused, "paper.voter_unlisted",
		"This person was not on the roll when it was sealed for this poll.", "本次表决封存名册时此人不在名册上。")
	ErrPaperMany = fault.New(fault.Refused, "paper.too_many",
		"No further paper can be issued to this voter.", "不能再向该投票人发放纸质选票。")
	ErrSerialTaken = fault.New(fault.Refused, "paper.serial_taken",
		"This serial stands on another paper of the poll.", "该编号已用于本次表决的另一张纸质选票。")
	ErrPaperUnknown = fault.New(fault.NotFound, "paper.unknown", "No such paper was issued to this voter.", "未向该投票人发放过此纸质选票。")
	ErrPaperVoided  = fault.New(fault.Refused, "paper.voided", "This paper has been voided.", "该纸质选票已作废。")
	ErrPaperUsed    = fault.New(fault.Refused, "paper.used",
		"This paper has been entered to the end.", "该纸质选票已录入完毕。")
	ErrPaperEntered = fault.New(fault.Refused, "paper.entered",
		"This paper has been entered once; enter it as the second operator.", "该纸质选票已录入一次，请以第二录入人身份录入。")
	ErrPaperFresh = fault.New(fault.Refused, "paper.not_entered",
		"This paper has not been entered yet; enter it as the first operator.", "该纸质选票尚未录入，请以第一录入人身份录入。")
	ErrPaperOperator = fault.New(fault.Forbidden, "paper.operator_refused",
		"Papers are entered by officers and grid workers of an organisation.", "纸质选票由组织的工作人员或网格员录入。")
	ErrPaperOwn = fault.New(fault.Forbidden, "paper.own",
		"Nobody enters their own paper.", "任何人不得录入自己的纸质选票。")
	ErrPaperConvener = fault.New(fault.Forbidden, "paper.convener_refused",
		"Whoever called the poll enters no papers in it.", "表决的发起人不得录入该项表决的纸质选票。")
	ErrSameOperator = fault.New(fault.Forbidden, "paper.same_operator",
		"You have entered this paper before; somebody else must enter it.", "您已录入过该纸质选票，须由他人再次录入。")
	ErrSameOrg = fault.New(fault.Forbidden, "paper.same_organisation",
		"The second entry must be made for another organisation.", "第二次录入须由另一组织的人员进行。")
	ErrThirdOrg = fault.New(fault.Forbidden, "paper.third_organisation",
		"The third entry is made by a third person of one of the two organisations.", "第三次录入须由前两个组织之一的第三人进行。")
	ErrPaperProof = fault.New(fault.Refused, "paper.serial_wrong",
		"This is not the paper's code; read it again.", "纸质选票上的编码不符，请重新扫描。")
	ErrPaperMark = fault.New(fault.Invalid, "paper.mark_malformed",
		"The entry's mark is missing or malformed.", "录入的标记缺失或格式不符。")
	ErrPaperEvidence = fault.New(fault.Invalid, "paper.evidence_missing",
		"The picture of the paper is missing.", "缺少纸质选票的影像。")
	ErrPaperCopied = fault.New(fault.Refused, "paper.box_copied",
		"An entry must seal what was read anew; this box is that of another entry.", "每次录入须重新密封所读内容；该密封选票来自另一次录入。")
	ErrStation = fault.New(fault.Invalid, "ballot.station",
		"A kiosk or a door is named only where an officer is present, in a poll that counts by channel.",
		"仅在按渠道计票且有工作人员在场时才可注明自助机或上门。")
)

// Faults of the checks after the count.
var (
	ErrSampleNone = fault.New(fault.Refused, "sample.none",
		"There is nothing to draw from in this poll.", "该项表决没有可供抽查的选票。")
	ErrSampleDrawn = fault.New(fault.Refused, "sample.drawn", "The samples are drawn already.", "样本已经抽取。")
	ErrSampleBlock = fault.New(fault.Invalid, "sample.block",
		"The samples are drawn by the block that holds the tally, and by no other.", "样本只能依据载有计票结果的区块抽取。")
	ErrSampleAwaited = fault.New(fault.Refused, "sample.not_drawn", "The samples are not drawn yet.", "样本尚未抽取。")
	ErrSampleOutside = fault.New(fault.Refused, "sample.outside",
		"This voter is not in the sample.", "该投票人不在样本中。")
	ErrAuditor = fault.New(fault.Forbidden, "audit.auditor_refused",
		"Who checks a paper must be an auditor of an organisation that did not enter it.",
		"核查纸质选票的须为未参与录入的组织的监督人员。")
	ErrCompared = fault.New(fault.Refused, "audit.compared", "This paper is compared already.", "该纸质选票已经核对。")
	ErrAnswer   = fault.New(fault.Invalid, "call_back.answer_missing", "Say what the voter answered.", "请注明投票人的答复。")
	ErrAnswered = fault.New(fault.Refused, "call_back.answered", "This voter has answered already.", "该投票人已经答复。")
)
