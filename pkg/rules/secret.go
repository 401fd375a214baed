package rules

import (
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Secret tells whether the ballots of a poll are never opened one by one.
func Secret(p *communityv1.PollRules) bool {
	return p.GetSecrecy().GetSecrecy() > communityv1.Secrecy_SECRECY_OPEN
}

// sealed tells whether not even the totals become known.
func sealed(p *communityv1.PollRules) bool {
	return p.GetSecrecy().GetSecrecy() > communityv1.Secrecy_SECRECY_TOTALS
}

// secretContradictions are what secret polls cannot do. What rests on single ballots, or on totals that stay hidden, is not there.
var secretContradictions = []check{
	{
		Error, "secret.method", "method",
		func(p *communityv1.PollRules) bool { return Secret(p) && !SecretMethod(p) },
		"Ballots of this method cannot be counted without opening them one by one.", "此类方法的选票不逐张开启就无法计票，不能用于秘密表决。",
	},
	{
		Error, "secret.fillings", "ballot",
		func(p *communityv1.PollRules) bool { return ByFilling(p) && neverFew(p) },
		"A secret ballot of this method may be filled in in at most 120 ways; with these bounds there are more even of the fewest options.",
		"按此计票方法，秘密选票最多允许120种填法；按所定限制，即使选项最少也会超出。",
	},
	{
		Error, "secret.sealed_method", "method",
		func(p *communityv1.PollRules) bool {
			return sealed(p) && p.GetMethod() != communityv1.Method_METHOD_YES_NO
		},
		"Hiding the totals, too, is for yes-or-no votes.", "连总数也不公布的做法仅适用于赞成与否的表决。",
	},
	{
		Error, "secret.sealed_base", "requirements",
		func(p *communityv1.PollRules) bool { return sealed(p) && majorityOf(p, communityv1.Base_BASE_VALID) },
		"A majority of the votes that do not abstain depends on how many abstain, which is to stay hidden.",
		"以未弃权票为基数的多数取决于弃权数，而弃权数须保密。",
	},
	{
		Error, "secret.abstentions", "turnout.abstentions_absent",
		func(p *communityv1.PollRules) bool { return Secret(p) && p.GetTurnout().GetAbstentionsAbsent() },
		"Whoever abstains is not to take part, but who abstains is to stay hidden.", "规则把弃权视为未参与，而谁弃权须保密。",
	},
	{
		Error, "secret.blank_base", "requirements",
		func(p *communityv1.PollRules) bool {
			several := p.GetMethod() == communityv1.Method_METHOD_APPROVAL || BudgetOfTotals(p)
			blank := p.GetMethod() == communityv1.Method_METHOD_SCORE || several && p.GetBallot().GetOptionsMin() == 0
			return Secret(p) && blank && majorityOf(p, communityv1.Base_BASE_VALID)
		},
		"A majority of the votes that do not abstain is not known where a blank ballot looks like any other.",
		"空白票与其他选票无从区分，不能以未弃权票为基数计算多数。",
	},
	{
		Error, "secret.score_min", "ballot.score_min",
		func(p *communityv1.PollRules) bool {
			return Secret(p) && p.GetMethod() == communityv1.Method_METHOD_SCORE && p.GetBallot().GetScoreMin() > 0
		},
		"A least score cannot be asked of a secret ballot's points.", "秘密打分不能设定最低当选分数。",
	},
	{
		Error, "secret.silence", "turnout.non_voters",
		func(p *communityv1.PollRules) bool { return Secret(p) && silenceCounts(p) },
		"Who has voted is known by pseudonyms alone, so nothing can be made of others' silence.", "投票情况仅以假名记录，无法就未投票者作出认定。",
	},
	{
		Error, "secret.moves", "turnout",
		func(p *communityv1.PollRules) bool {
			return Secret(p) && p.GetTurnout().GetLateQuorumWithinSeconds()+p.GetTurnout().GetExtensionRoundsMax() > 0
		},
		"The close of a secret poll does not move.", "秘密表决的截止时间不能延后。",
	},
	{
		Error, "secret.recount", "turnout.recount_objections_min",
		func(p *communityv1.PollRules) bool { return Secret(p) && p.GetTurnout().GetRecountObjectionsMin() > 0 },
		"Ballots that nobody opens are not counted again: anybody checks the proofs at any time.", "未逐张开启的选票不重新计票：任何人可随时核验证明。",
	},
	{
		Error, "secret.tie_seed", "tie_rule",
		func(p *communityv1.PollRules) bool {
			return Secret(p) && p.GetTieRule() == communityv1.TieRule_TIE_RULE_SEED
		},
		"Ties of secret polls are broken by the order of the options' codes.", "秘密表决的平局按选项编号顺序决定。",
	},
	{
		Error, "secret.points", "ballot",
		func(p *communityv1.PollRules) bool {
			return Secret(p) && (p.GetBallot().GetPointsMin() > 0 || p.GetBallot().GetPointsSumMax() > 0) && !ByFilling(p)
		},
		"A secret ballot's points have a most for each option, and no other bounds.", "秘密选票的打分只规定每项最高分，不设其他限制。",
	},
	{
		Error, "secret.hours", "secrecy",
		func(p *communityv1.PollRules) bool {
			return Secret(p) && (p.GetSecrecy().GetRegisterSeconds() == 0 || p.GetSecrecy().GetContestSeconds() == 0)
		},
		"Voters need time to register, and then to contest the list of credentials.", "须给投票人留出登记时间，以及对凭证名单提出质疑的时间。",
	},
	{
		Error, "secret.interval", "secrecy.interval_width",
		func(p *communityv1.PollRules) bool {
			level, width := p.GetSecrecy().GetSecrecy(), p.GetSecrecy().GetIntervalWidth()
			return level == communityv1.Secrecy_SECRECY_INTERVAL && width == 0 || level == communityv1.Secrecy_SECRECY_PASS_FAIL && width > 0
		},
		"An interval needs a width; where only pass or fail is told, there is no interval.", "公布区间须规定宽度；仅公布通过与否的，不存在区间。",
	},
	{
		Error, "secret.together", "secrecy.together",
		func(p *communityv1.PollRules) bool {
			passFail := p.GetSecrecy().GetSecrecy() == communityv1.Secrecy_SECRECY_PASS_FAIL
			return Secret(p) && p.GetSecrecy().GetTogether() && !(passFail && majorities(p) >= 2)
		},
		"Only where pass or fail is told, and two or more requirements count those who say yes, can they be judged together.",
		"只有仅公布是否通过，且有两项以上要求以赞成票计算时，才能合并判定。",
	},
}

// majorities counts the requirements of those who say yes.
func majorities(p *communityv1.PollRules) (n int) {
	for _, q := range p.GetRequirements() {
		if q.GetOf() == communityv1.Of_OF_YES {
			n++
		}
	}
	return n
}

// secretSurprises are warnings.
var secretSurprises = []check{
	{
		Warning, "secret.area", "requirements",
		func(p *communityv1.PollRules) bool {
			return p.GetSecrecy().GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS && by(p, communityv1.Measure_MEASURE_AREA)
		},
		"An exact total of areas can tell how single owners voted: if it would, the poll does not open, or less is published.",
		"准确的面积总数可能暴露个别业主的选择；如有此风险，表决将不予开始，或减少公布内容。",
	},
	{
		Warning, "secret.few_options", "method", ByFilling,
		"A secret poll by this method takes few options: a ballot may be filled in in at most 120 ways, such as all rankings of four options, " +
			"or complete ones of five.",
		"按此计票方法的秘密表决只能有少数选项：选票最多允许120种填法，如四个选项的全部排序，或五个选项的完整排序。",
	},
	{
		Warning, "secret.apart", "secrecy.together",
		func(p *communityv1.PollRules) bool {
			passFail := p.GetSecrecy().GetSecrecy() == communityv1.Secrecy_SECRECY_PASS_FAIL
			return passFail && !p.GetSecrecy().GetTogether() && majorities(p) >= 2
		},
		"Each requirement is told apart. In a poll of more than about a hundred owners with homes of several sizes this cannot be shown " +
			"to be safe, and such a poll does not open: have them judged together.",
		"各项要求分别公布结果。业主超过约一百人且房屋面积不一的，无法证明这样做不会泄露选票，表决将不予开始：建议合并判定。",
	},
	{
		Warning, "secret.coercion", "secrecy.secrecy", Secret,
		"A secret ballot does not protect a voter who is watched while voting, or who sells the vote and keeps the proof.",
		"秘密选票不能保护在他人监视下投票的人，也不能防止投票人留存凭据出售选票。",
	},
}
