package rules

import (
	"fmt"
	"strings"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Line is one rule in words.
type Line struct {
	// Field is the rule, from the poll's rules downwards, such as "requirements.0".
	Field string `json:"field"`
	Text
}

// lines collects them.
type lines []Line

func (l *lines) add(field, english, chinese string, args ...any) {
	*l = append(*l, Line{field, Text{fmt.Sprintf(english, args...), fmt.Sprintf(chinese, args...)}})
}

// both adds a line whose words differ in the two languages.
func (l *lines) both(field string, t Text) { *l = append(*l, Line{field, t}) }

// Explain tells every rule of a poll that says something. What is not set and means nothing is not told.
func Explain(p *communityv1.PollRules) []Line {
	var l lines
	l.both("electorate", electorates[p.GetElectorate()])
	l.both("method", methods[p.GetMethod()])
	explainBallot(&l, p.GetBallot())
	for i, r := range p.GetRequirements() {
		l.both(fmt.Sprint("requirements.", i), requirement(r))
	}
	if len(p.GetRequirements()) == 0 {
		l.add("requirements", "No quorum and no majority is asked for.", "不要求法定人数，也不要求多数比例。")
	}
	explainTimes(&l, p)
	explainTurnout(&l, p)
	explainNotice(&l, p.GetNotice())
	explainPaper(&l, p.GetPaper())
	explainSecrecy(&l, p.GetSecrecy())
	if p.GetTieRule() == communityv1.TieRule_TIE_RULE_SEED {
		l.add("tie_rule", "Ties are broken by a seed that nobody knew before the ballots were cast.", "平局由投票前无人知晓的随机种子决定。")
	} else {
		l.add("tie_rule", "Ties are broken by the order of the options' codes.", "平局按选项编号顺序决定。")
	}
	return l
}

var electorates = map[communityv1.Electorate]Text{
	communityv1.Electorate_ELECTORATE_UNSPECIFIED: {"It is left open who votes.", "未规定由谁投票。"},
	communityv1.Electorate_ELECTORATE_MEMBERS: {
		"Every active member votes, with one head each.",
		"每名有效成员均可投票，每人一票。",
	},
	communityv1.Electorate_ELECTORATE_OWNERS: {
		"Every owner votes, with one head each however many flats, and the areas added.",
		"每名业主均可投票，不论房屋多少人数均计一人，面积合并计算。",
	},
	communityv1.Electorate_ELECTORATE_HOUSEHOLDS: {
		"Every household votes, by its first listed active member.",
		"每户一票，由户内名单上第一位有效成员投出。",
	},
	communityv1.Electorate_ELECTORATE_ORGANISATIONS: {
		"Every organisation votes, by the delegate it has named.",
		"每个组织一票，由其指定的代表投出。",
	},
	communityv1.Electorate_ELECTORATE_CHANNEL: {
		"Every active member of one channel votes, with one head each.",
		"某一通道的每名有效成员均可投票，每人一票。",
	},
}

var methods = map[communityv1.Method]Text{
	communityv1.Method_METHOD_UNSPECIFIED: {"It is left open how ballots are counted.", "未规定计票方法。"},
	communityv1.Method_METHOD_YES_NO:      {"The vote is yes, no or abstain.", "表决为赞成、反对或弃权。"},
	communityv1.Method_METHOD_SINGLE: {
		"Each voter chooses one option; the one with the most votes wins.",
		"每人选一项，得票最多者当选。",
	},
	communityv1.Method_METHOD_APPROVAL: {
		"Each voter approves of any options; the most approved win.",
		"每人可赞成多项，赞成最多者当选。",
	},
	communityv1.Method_METHOD_BUDGET_GREEDY: {
		"Projects are funded by support; one that does not fit is passed over.",
		"项目按支持度拨款，放不下的项目跳过。",
	},
	communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP: {
		"Projects are funded by support, until one does not fit.",
		"项目按支持度拨款，遇到放不下的项目即停止。",
	},
	communityv1.Method_METHOD_SCORE: {
		"Each voter gives options points; the greatest sums win.",
		"每人为选项打分，总分最高者当选。",
	},
	communityv1.Method_METHOD_STAR: {
		"Each voter gives options points; of the two greatest sums the one wins that more voters gave more.",
		"每人为选项打分，总分前两名中被更多人打更高分者当选。",
	},
	communityv1.Method_METHOD_BORDA: {
		"Each voter ranks options; a higher rank gives more points.",
		"每人为选项排序，名次越前得分越多。",
	},
	communityv1.Method_METHOD_INSTANT_RUNOFF: {
		"Each voter ranks options; the option with the fewest first places goes, until one is left.",
		"每人为选项排序，首选最少者逐轮淘汰，直至剩一项。",
	},
	communityv1.Method_METHOD_SCHULZE: {
		"Each voter ranks options; they are compared in pairs, by the strongest paths.",
		"每人为选项排序，两两比较，按最强路径决定。",
	},
	communityv1.Method_METHOD_QUADRATIC: {
		"Each voter spends credits; n votes for an option cost n times n.",
		"每人分配积点，为一项投n票花费n的平方个积点。",
	},
	communityv1.Method_METHOD_BUDGET_EQUAL_SHARES: {
		"Each voter has an equal share of the budget, and supporters pay for projects together.",
		"每人平分预算份额，由支持者共同为项目出资。",
	},
	communityv1.Method_METHOD_STV: {
		"A committee is elected by the single transferable vote.",
		"以单记可转移票制选举委员会。",
	},
	communityv1.Method_METHOD_PROPORTIONAL_APPROVAL: {
		"A committee is elected by proportional approval.",
		"以比例赞成票制选举委员会。",
	},
	communityv1.Method_METHOD_EQUAL_SHARES: {"A committee is elected by equal shares.", "以均等份额制选举委员会。"},
}

var (
	measures = map[communityv1.Measure]Text{
		communityv1.Measure_MEASURE_HEADS: {"heads", "人数"}, communityv1.Measure_MEASURE_AREA: {"area", "面积"},
		communityv1.Measure_MEASURE_HOUSEHOLDS: {"households", "户数"}, communityv1.Measure_MEASURE_WEIGHT: {"weight", "权重"},
	}
	bases = map[communityv1.Base]Text{
		communityv1.Base_BASE_ALL: {
			"all there are",
			"全体"}, communityv1.Base_BASE_PARTICIPANTS: {"those who take part", "参与表决者"},
		communityv1.Base_BASE_VALID: {"the valid votes that do not abstain", "未弃权的有效票"},
	}
)

// requirement tells one inequality.
func requirement(r *communityv1.Requirement) Text {
	m, base := measures[r.GetMeasure()], bases[r.GetBase()]
	share := fmt.Sprintf("%d/%d", r.GetNumerator(), r.GetDenominator())
	atLeast, reach := Text{"at least " + share, share + "以上（含）"}, "达到"
	if r.GetStrict() {
		atLeast, reach = Text{"more than " + share, share + "（不含）"}, "超过"
	}
	what, who := "Majority", Text{"the yes, or the winner,", "赞成方（或胜出选项）"}
	zh := "多数"
	switch {
	case r.GetQuorum():
		what, zh = "Quorum", "法定人数"
	case r.GetOf() == communityv1.Of_OF_PARTICIPANTS:
		what, zh = "Turnout", "参与率"
	}
	if r.GetOf() == communityv1.Of_OF_PARTICIPANTS {
		who = Text{"those who take part", "参与表决者"}
	}
	return Text{
		fmt.Sprintf("%s: in %s, %s must have %s of %s.", what, m.English, who.English, atLeast.English, base.English),
		fmt.Sprintf("%s：按%s计，%s须%s%s的%s。", zh, m.Chinese, who.Chinese, reach, base.Chinese, atLeast.Chinese),
	}
}

func explainTimes(l *lines, p *communityv1.PollRules) {
	for _, d := range []struct {
		field   string
		seconds uint32
		english string
		chinese string
	}{
		{
			"open_within_seconds", p.GetOpenWithinSeconds(), "A poll that is not open within %s lapses.",
			"表决在%s内未能开始即失效。",
		},
		{"voting_seconds", p.GetVotingSeconds(), "The vote lasts %s.", "表决期为%s。"},
		{
			"key_publish_seconds", p.GetKeyPublishSeconds(), "The poll's key must be published within %s of the close.",
			"结束后%s内须公布表决密钥。",
		},
		{
			"objection_seconds", p.GetObjectionSeconds(), "Objections may be raised for %s after the count.",
			"计票后%s内可提出异议。",
		},
		{
			"execution_delay_seconds", p.GetExecutionDelaySeconds(), "A decision comes into force %s after its certificate.",
			"决定在结果证书签发%s后生效。",
		},
		{
			"execution_expiry_seconds", p.GetExecutionExpirySeconds(), "A decision must be carried out within %s.",
			"决定须在%s内执行。",
		},
		{"veto_seconds", p.GetVetoSeconds(), "A guardian may veto for %s.", "监督人可在%s内否决。"},
		{
			"appeal_voting_seconds", p.GetAppealVotingSeconds(), "An appeal against a veto is voted on for %s.",
			"对否决的申诉表决期为%s。",
		},
	} {
		if d.seconds > 0 {
			t := duration(d.seconds)
			l.both(d.field, Text{fmt.Sprintf(d.english, t.English), fmt.Sprintf(d.chinese, t.Chinese)})
		}
	}
	if p.GetCloseWhenComplete() {
		l.add("close_when_complete", "The poll closes as soon as everybody has voted.", "所有人投票后立即结束。")
	}
}

// duration tells seconds in the greatest units that fit exactly.
func duration(seconds uint32) Text {
	if seconds == 0 {
		return Text{"no time", "零秒"}
	}
	var en, zh []string
	for _, u := range []struct {
		seconds            uint32
		one, many, chinese string
	}{
		{24 * 60 * 60, "day", "days", "天"}, {60 * 60, "hour", "hours", "小时"}, {60, "minute", "minutes", "分钟"}, {1, "second", "seconds", "秒"},
	} {
		n := seconds / u.seconds
		seconds %= u.seconds
		switch {
		case n == 1:
			en = append(en, "1 "+u.one)
		case n > 1:
			en = append(en, fmt.Sprint(n, " ", u.many))
		}
		if n > 0 {
			zh = append(zh, fmt.Sprint(n, u.chinese))
		}
	}
	return Text{strings.Join(en, " "), strings.Join(zh, "")}
}
