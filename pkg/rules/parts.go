package rules

import (
	"fmt"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

var forms = map[communityv1.BallotForm]Text{
	communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE: {"A ballot names one option.", "每张选票选一项。"},
	communityv1.BallotForm_BALLOT_FORM_APPROVAL:   {"A ballot names a set of options.", "每张选票可选多项。"},
	communityv1.BallotForm_BALLOT_FORM_CUMULATIVE: {
		"A ballot divides points among options.",
		"每张选票将分数分配给各选项。",
	},
	communityv1.BallotForm_BALLOT_FORM_ORDINAL: {
		"A ballot ranks options from best to worst.",
		"每张选票将选项从优到劣排序。",
	},
	communityv1.BallotForm_BALLOT_FORM_SCORE: {
		"A ballot gives each option points by itself.",
		"每张选票为每个选项分别打分。",
	},
}

var utilities = map[communityv1.Utility]Text{
	communityv1.Utility_UTILITY_COST: {
		"A funded project is worth its cost to whoever supports it.",
		"获拨款项目对支持者的价值等于其费用。",
	},
	communityv1.Utility_UTILITY_CARDINALITY: {
		"Every funded project is worth the same to whoever supports it.",
		"每个获拨款项目对支持者的价值相同。",
	},
}

var completions = map[communityv1.Completion]Text{
	communityv1.Completion_COMPLETION_NONE: {"What is left of the budget is left over.", "剩余预算不再分配。"},
	communityv1.Completion_COMPLETION_ADD_ONE: {
		"Shares are raised by one fen at a time as long as the result can be paid.",
		"逐分提高每人份额，直至预算不足。",
	},
	communityv1.Completion_COMPLETION_GREEDY: {
		"What is left of the budget is spent by support.",
		"剩余预算按支持度分配。",
	},
	communityv1.Completion_COMPLETION_ADD_ONE_GREEDY: {
		"Shares are raised by one fen at a time, and what is left then is spent by support.",
		"先逐分提高份额，剩余部分再按支持度分配。",
	},
}

func explainBallot(l *lines, b *communityv1.BallotRules) {
	if t, ok := forms[b.GetForm()]; ok {
		l.both("ballot.form", t)
	}
	for _, n := range []struct {
		field            string
		n                int64
		english, chinese string
	}{
		{"options_min", int64(b.GetOptionsMin()), "A ballot names at least %d options.", "每张选票至少选%d项。"},
		{"options_max", int64(b.GetOptionsMax()), "A ballot names at most %d options.", "每张选票至多选%d项。"},
		{"points_min", b.GetPointsMin(), "A chosen option is given at least %d points.", "所选选项至少得%d分。"},
		{"points_max", b.GetPointsMax(), "An option is given at most %d points.", "每个选项至多得%d分。"},
		{"points_sum_max", b.GetPointsSumMax(), "A ballot gives at most %d points in all.", "每张选票总分至多%d分。"},
		{"score_min", b.GetScoreMin(), "An option below %d cannot win.", "得分低于%d的选项不能胜出。"},
		{"seats", int64(b.GetSeats()), "There are %d seats.", "共有%d个席位。"},
	} {
		if n.n > 0 {
			l.add("ballot."+n.field, n.english, n.chinese, n.n)
		}
	}
	if fen := b.GetCostSumMaxFen(); fen > 0 {
		l.add("ballot.cost_sum_max_fen", "The options of a ballot cost at most %d.%02d yuan together.",
			"每张选票所选项目费用合计至多%d.%02d元。", fen/100, fen%100)
	}
	if t, ok := utilities[b.GetUtility()]; ok {
		l.both("ballot.utility", t)
	}
	if t, ok := completions[b.GetCompletion()]; ok {
		l.both("ballot.completion", t)
	}
}

func explainTurnout(l *lines, p *communityv1.PollRules) {
	t := p.GetTurnout()
	if t.GetAbstentionsAbsent() {
		l.add("turnout.abstentions_absent", "Whoever abstains does not take part, as if they had not voted.", "弃权视为未参与表决。")
	} else {
		l.add("turnout.abstentions_absent", "Whoever abstains takes part, but is for nothing.", "弃权视为参与表决，但不支持任何一方。")
	}
	switch t.GetNonVoters() {
	case communityv1.NonVoters_NON_VOTERS_TAKE_PART:
		l.add("turnout.non_voters", "Whoever does not vote takes part and abstains, if the notice with its warning provably reached them.",
			"经证明已收到载明后果的通知而未投票者，视为参与表决并弃权。")
	case communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY:
		l.add("turnout.non_voters", "Whoever does not vote joins the majority, if the notice with its warning provably reached them.",
			"经证明已收到载明后果的通知而未投票者，视为随多数。")
	default:
		l.add("turnout.non_voters", "Whoever does not vote takes no part.", "未投票者视为未参与表决。")
	}
	explainClose(l, t)
	if t.GetChannel() != "" {
		l.add("turnout.channel", "The channel is %s.", "通道为%s。", t.GetChannel())
	}
	for i, c := range t.GetWeightClasses() {
		from := c.GetAreaFromCentiM2()
		l.add(fmt.Sprint("turnout.weight_classes.", i), "A flat of %d.%02d square metres or more weighs %d.", "面积%d.%02d平方米及以上的房屋权重为%d。",
			from/100, from%100, c.GetWeight())
	}
	if den := t.GetProxyShareDenominator(); den > 0 {
		l.add("turnout.proxy_share_numerator", "One helper casts for others at most %d/%d of all.", "一名受托人代投的票至多占全体的%d/%d。",
			t.GetProxyShareNumerator(), den)
	}
}

// explainClose tells what happens around the close.
func explainClose(l *lines, t *communityv1.TurnoutRules) {
	if t.GetLateQuorumWithinSeconds() > 0 {
		within, by := duration(t.GetLateQuorumWithinSeconds()), duration(t.GetLateQuorumExtensionSeconds())
		l.both("turnout.late_quorum_within_seconds", Text{
			"When a quorum is first reached within " + within.English + " of the close, the close moves once, by " + by.English + ".",
			"截止前" + within.Chinese + "内才达到法定人数的，截止时间延后一次，延后" + by.Chinese + "。",
		})
	}
	if n := t.GetExtensionRoundsMax(); n > 0 {
		by := duration(t.GetExtensionSeconds())
		l.both("turnout.extension_rounds_max", Text{
			fmt.Sprintf("Without a quorum at the close the vote is extended by %s, at most %d times.", by.English, n),
			fmt.Sprintf("截止时未达到法定人数的，延长%s，至多%d次。", by.Chinese, n),
		})
	}
	if t.GetResubmissionSeconds() > 0 {
		d := duration(t.GetResubmissionSeconds())
		l.both("turnout.resubmission_seconds", Text{
			"A question that failed is not put to the vote again for " + d.English + ".", "未获通过的议案在" + d.Chinese + "内不得再次提交表决。",
		})
	}
	if n := t.GetRecountObjectionsMin(); n > 0 {
		l.add("turnout.recount_objections_min", "Objections of %d voters have the ballots counted again.", "有%d名投票人提出异议的，重新计票。", n)
	}
}

func explainNotice(l *lines, n *communityv1.NoticeRules) {
	if n.GetNoticeSeconds() > 0 {
		d := duration(n.GetNoticeSeconds())
		l.both("notice.notice_seconds", Text{
			"The poll opens " + d.English + " after its notice at the earliest.", "通知发出" + d.Chinese + "后方可开始表决。",
		})
	}
	for i, s := range n.GetReminderSeconds() {
		d := duration(s)
		l.both(fmt.Sprint("notice.reminder_seconds.", i), Text{
			"Who has not voted is reminded " + d.English + " before the close.", "截止前" + d.Chinese + "提醒未投票者。",
		})
	}
	if n.GetWarning() != "" {
		l.add("notice.warning", "The notice says what becomes of those who do not vote.", "通知中载明未投票的后果。")
	}
}

func explainPaper(l *lines, p *communityv1.PaperRules) {
	if p == nil {
		return
	}
	l.add("paper", "Ballots may be cast on paper.", "可使用纸质选票。")
	for _, n := range []struct {
		field            string
		n                uint32
		english, chinese string
	}{
		{
			"operator_permille_max", p.GetOperatorPermilleMax(), "One operator enters at most %d in 1,000 paper ballots.",
			"一名录入员至多录入纸质选票的千分之%d。",
		},
		{
			"call_back_permille", p.GetCallBackPermille(), "%d in 1,000 helped and paper voters are called back.",
			"对千分之%d的代办和纸质投票人进行回访。",
		},
		{
			"risk_limit_permille", p.GetRiskLimitPermille(), "An audit lets a wrong result pass with a chance of %d in 1,000 at most.",
			"审计放过错误结果的概率至多为千分之%d。",
		},
	} {
		if n.n > 0 {
			l.add("paper."+n.field, n.english, n.chinese, n.n)
		}
	}
	if p.GetAuditSeconds() > 0 {
		d := duration(p.GetAuditSeconds())
		l.both("paper.audit_seconds", Text{"The audit takes " + d.English + " at most.", "审计至多" + d.Chinese + "。"})
	}
}

var secrecies = map[communityv1.Secrecy]Text{
	communityv1.Secrecy_SECRECY_OPEN: {
		"Ballots are sealed until the close, and open for everybody then.",
		"选票在截止前密封，截止后公开。",
	},
	communityv1.Secrecy_SECRECY_TOTALS: {
		"Ballots stay secret; the exact totals become known.",
		"选票保密，仅公布准确总数。",
	},
	communityv1.Secrecy_SECRECY_INTERVAL: {
		"Ballots stay secret; it becomes known in which interval the totals lie.",
		"选票保密，仅公布总数所在区间。",
	},
	communityv1.Secrecy_SECRECY_PASS_FAIL: {
		"Ballots stay secret; it becomes known whether it passed.",
		"选票保密，仅公布是否通过。",
	},
}

func explainSecrecy(l *lines, s *communityv1.SecrecyRules) {
	t, ok := secrecies[s.GetSecrecy()]
	if !ok {
		l.add("secrecy", "Two key holders open the ballots after the close, and everybody can read them then.", "截止后由两名密钥保管人开启选票，届时公开。")
		return
	}
	l.both("secrecy.secrecy", t)
	if n := s.GetTrusteesMin(); n > 0 {
		l.add("secrecy.trustees_min", "%d trustees must act together.", "须有%d名受托保管人共同行动。", n)
	}
	if n := s.GetAnonymityMin(); n > 0 {
		l.add("secrecy.anonymity_min", "A ballot hides among %d at least.", "每张选票至少隐藏于%d张之中。", n)
	}
	if s.GetTogether() {
		l.add("secrecy.together", "What is asked of those who say yes is judged together: if it fails, nobody learns which part of it did.",
			"对赞成票的各项要求合并判定：未通过时，任何人都不知道是哪一项未达到。")
	}
	if n := s.GetIntervalWidth(); n > 0 {
		l.add("secrecy.interval_width", "An interval is %d wide.", "区间宽度为%d。", n)
	}
	if s.GetRegisterSeconds() > 0 {
		d := duration(s.GetRegisterSeconds())
		l.both("secrecy.register_seconds", Text{
			"Voters may register for " + d.English + " before the poll opens.", "表决开始前" + d.Chinese + "内可登记。",
		})
	}
	if s.GetContestSeconds() > 0 {
		d := duration(s.GetContestSeconds())
		l.both("secrecy.contest_seconds", Text{
			"The list of credentials may be contested for " + d.English + ".", "凭证名单公布后" + d.Chinese + "内可提出质疑。",
		})
	}
}
