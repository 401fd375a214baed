package rules

import (
	"cmp"
	"fmt"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// What holds of money and credits where a rulebook says nothing.
const (
	daySeconds            = 24 * 60 * 60
	holdSecondsDefault    = 30 * daySeconds
	thirdFromFenDefault   = 50_000_00
	confirmSecondsDefault = daySeconds
	weekMinutesDefault    = 600
	pairPermilleDefault   = 250
	pairFreeDefault       = 600
	creditDaysDefault     = 730
	workSecondsDefault    = 30 * daySeconds
	dividendDaysDefault   = 90
	splitDaysDefault      = 30
	appealSecondsDefault  = 14 * daySeconds
	decideSecondsDefault  = 30 * daySeconds
	permilleAll           = 1000
)

// CompleteLedger puts what holds by itself where a rulebook says nothing about money and credits, so that what is explained and what is
// done is the same. What it says 0 of, there is none of.
func CompleteLedger(given *communityv1.LedgerRules) *communityv1.LedgerRules {
	r := &communityv1.LedgerRules{}
	if given != nil {
		r = proto.CloneOf(given)
	}
	r.HoldSeconds = cmp.Or(r.HoldSeconds, holdSecondsDefault)
	r.ThirdFromFen = cmp.Or(r.ThirdFromFen, thirdFromFenDefault)
	r.EmergencyConfirmSeconds = cmp.Or(r.EmergencyConfirmSeconds, confirmSecondsDefault)
	r.WeekMinutesMax = cmp.Or(r.WeekMinutesMax, weekMinutesDefault)
	r.PairPermilleMax = cmp.Or(r.PairPermilleMax, pairPermilleDefault)
	r.PairFreeMinutes = cmp.Or(r.PairFreeMinutes, pairFreeDefault)
	r.CreditDays = cmp.Or(r.CreditDays, creditDaysDefault)
	r.WorkConfirmSeconds = cmp.Or(r.WorkConfirmSeconds, workSecondsDefault)
	r.DividendDays = cmp.Or(r.DividendDays, dividendDaysDefault)
	r.SplitDays = cmp.Or(r.SplitDays, splitDaysDefault)
	r.AppealSeconds = cmp.Or(r.AppealSeconds, appealSecondsDefault)
	r.AppealDecideSeconds = cmp.Or(r.AppealDecideSeconds, decideSecondsDefault)
	return r
}

// yuan tells a sum.
func yuan(fen int64) string {
	if fen%100 == 0 {
		return fmt.Sprint(fen / 100)
	}
	return fmt.Sprintf("%d.%02d", fen/100, fen%100)
}

// percent tells thousandths.
func percent(permille uint32) string {
	if permille%10 == 0 {
		return fmt.Sprintf("%d%%", permille/10)
	}
	return fmt.Sprintf("%d.%d%%", permille/10, permille%10)
}

// worded puts a length of time into both languages.
func worded(seconds uint32, english, chinese string) Text {
	t := duration(seconds)
	return Text{fmt.Sprintf(english, t.English), fmt.Sprintf(chinese, t.Chinese)}
}

// ExplainLedger tells every rule about money, credits and dividends, those that hold where the rulebook says nothing among them.
func ExplainLedger(given *communityv1.LedgerRules) []Line {
	r := CompleteLedger(given)
	var l lines
	explainMoney(&l, r)
	explainCredits(&l, r)
	explainDividends(&l, r)
	return l
}

func explainMoney(l *lines, r *communityv1.LedgerRules) {
	l.add("third_from_fen", "A payment takes two persons of two organisations; from %s yuan on a third agrees, of a third organisation.",
		"每笔款项须由两个组织的两人经办；%s元以上（含）须第三个组织的第三人同意。", yuan(r.GetThirdFromFen()))
	l.add("split_days", "Payments out of one budget to the same payee, or for the same household, count together for %d days: splitting them "+
		"does not avoid the third person.", "同一预算在%d天内支付给同一收款方或用于同一户的款项合并计算，拆分付款不能避开第三人。", r.GetSplitDays())
	l.both("hold_seconds", worded(r.GetHoldSeconds(), "Money that waits for approval is free again after %s.", "等待批准的款项在%s后自动解除占用。"))
	if r.GetEmergencyMaxFen() == 0 {
		l.add("emergency_max_fen", "Nothing is ever paid on one person's word alone.", "任何款项都不得仅凭一人经办即支付。")
		return
	}
	l.add("emergency_max_fen", "In an emergency one officer may pay up to %s yuan out of a budget before a second person agrees.",
		"紧急情况下，一名负责人可先从一项预算中支付累计不超过%s元，再由第二人确认。", yuan(r.GetEmergencyMaxFen()))
	l.both("emergency_confirm_seconds", worded(r.GetEmergencyConfirmSeconds(),
		"If the second person has not agreed within %s, the budget pays nothing until they have.", "第二人在%s内未确认的，该预算暂停支付，直至确认。"))
}

func explainCredits(l *lines, r *communityv1.LedgerRules) {
	l.add("credits", "An hour of work is one credit, whatever the work was. Credits are never exchanged for money, and nobody needs any "+
		"to be helped.", "一小时服务为一个积分，不分工种。积分不能兑换现金，接受帮扶也不需要积分。")
	l.add("week_minutes_max", "Work brings at most %d minutes of credits a week.", "每人每周最多由服务获得%d分钟积分。", r.GetWeekMinutesMax())
	l.add("pair_permille_max", "Beyond the first %d minutes, at most %s of what somebody has earned may rest on one person's word.",
		"超过最初%d分钟后，一人所得积分中由同一人确认的不得超过%s。", r.GetPairFreeMinutes(), percent(r.GetPairPermilleMax()))
	l.both("work_confirm_seconds", worded(r.GetWorkConfirmSeconds(), "Whoever was helped has %s to confirm the work.", "被服务的人须在%s内确认。"))
	l.add("credit_days", "Credits end after %d days, at the end of that week, the oldest first, and go to the pool of all.",
		"积分在%d天后的当周周末到期，先到期的先用，到期后归入公共积分池。", r.GetCreditDays())
	l.both("appeal_seconds", worded(r.GetAppealSeconds(),
		"Credits are taken back only after an auditor's finding; whoever it concerns may appeal within %s.", "收回积分须经监督人员认定；当事人可在%s内申诉。"))
	l.both("appeal_decide_seconds", worded(r.GetAppealDecideSeconds(),
		"A third organisation decides the appeal within %s; if none does, nothing is taken back.", "申诉由第三方组织在%s内决定；逾期未决定的，不予收回。"))
}

func explainDividends(l *lines, r *communityv1.LedgerRules) {
	if r.GetDividendPoolPermille() == 0 {
		l.add("dividend_pool_permille", "There are no dividends in credits.", "不分配积分红利。")
	} else {
		l.add("dividend_pool_permille", "A dividend gives out %s of the pool: %s of that to all residents alike, the rest by confirmed work.",
			"每次红利分出公共积分池的%s，其中%s由全体成员均分，其余按已确认的服务分配。", percent(r.GetDividendPoolPermille()),
			percent(r.GetDividendEqualPermille()))
	}
	if r.GetMoneyDividendPermille() == 0 {
		l.add("money_dividend_permille", "There are no dividends in money.", "不分配现金红利。")
	} else {
		l.add("money_dividend_permille", "A dividend in money gives out %s of its budget: %s of that to all residents alike, the rest by "+
			"confirmed work.", "每次现金红利分出专项预算的%s，其中%s由全体成员均分，其余按已确认的服务分配。", percent(r.GetMoneyDividendPermille()),
			percent(r.GetMoneyEqualPermille()))
	}
	if r.GetDividendPoolPermille()+r.GetMoneyDividendPermille() > 0 {
		l.add("dividend_days", "Between two dividends of a kind there are at least %d days.", "同类红利两次之间至少间隔%d天。", r.GetDividendDays())
	}
}

// ledgerCheck is one thing that is looked for in the rules about money and credits, which are complete.
type ledgerCheck struct {
	severity Severity
	code     string
	field    string
	found    func(r *communityv1.LedgerRules) bool
	english  string
	chinese  string
}

// LintLedger lists what is to be said of the rules about money and credits, errors first.
func LintLedger(given *communityv1.LedgerRules) []Finding {
	var out []Finding
	r := CompleteLedger(given)
	for _, c := range ledgerChecks {
		if c.found(r) {
			out = append(out, Finding{c.severity, c.code, c.field, Text{c.english, c.chinese}})
		}
	}
	return out
}

var ledgerChecks = []ledgerCheck{
	{
		Error, "money.emergency_third", "emergency_max_fen",
		func(r *communityv1.LedgerRules) bool { return r.GetEmergencyMaxFen() >= r.GetThirdFromFen() },
		"In an emergency one person alone could pay as much as otherwise takes three.", "紧急情况下一人可支付的金额，达到了平时须三人同意的金额。",
	},
	{
		Error, "dividend.no_share", "dividend_equal_permille",
		func(r *communityv1.LedgerRules) bool {
			return r.GetDividendPoolPermille() == 0 && r.GetDividendEqualPermille() > 0
		},
		"The rules say how a dividend is divided, but not that there is any.", "规定了积分红利如何分配，却没有规定分出多少。",
	},
	{
		Error, "dividend.no_money_share", "money_equal_permille",
		func(r *communityv1.LedgerRules) bool {
			return r.GetMoneyDividendPermille() == 0 && r.GetMoneyEqualPermille() > 0
		},
		"The rules say how a dividend in money is divided, but not that there is any.", "规定了现金红利如何分配，却没有规定分出多少。",
	},
	{
		Warning, "money.split_short", "split_days", func(r *communityv1.LedgerRules) bool { return r.GetSplitDays() < 7 },
		"Payments that are a week apart do not count together, so a large one is easily split.", "相隔一周的付款不合并计算，大额付款容易被拆分。",
	},
	{
		Warning, "money.hold_short", "hold_seconds", func(r *communityv1.LedgerRules) bool { return r.GetHoldSeconds() < daySeconds },
		"A payment may lapse before a second person has had a day to look at it.", "第二人可能还没有一天时间复核，款项占用就已失效。",
	},
	{
		Warning, "money.confirm_long", "emergency_confirm_seconds",
		func(r *communityv1.LedgerRules) bool {
			return r.GetEmergencyMaxFen() > 0 && r.GetEmergencyConfirmSeconds() > 7*daySeconds
		},
		"An emergency payment may stand on one person's word for more than a week.", "紧急支付可能仅凭一人经办持续一周以上。",
	},
	{
		Warning, "credits.one_word", "pair_free_minutes",
		func(r *communityv1.LedgerRules) bool {
			return r.GetPairFreeMinutes() > r.GetWeekMinutesMax() || r.GetPairPermilleMax() == permilleAll
		},
		"More than a week's credits, or all of them, may rest on one person's word: two who agree make credits of nothing.",
		"一周以上乃至全部积分都可由同一人确认：两人串通即可凭空产生积分。",
	},
	{
		Warning, "credits.end_early", "credit_days",
		func(r *communityv1.LedgerRules) bool {
			return r.GetDividendPoolPermille() > 0 && r.GetCreditDays() < r.GetDividendDays()
		},
		"Credits of a dividend end before the next one may come.", "红利所分的积分在下次分红之前就会到期。",
	},
	{
		Warning, "dividend.all", "dividend_pool_permille",
		func(r *communityv1.LedgerRules) bool { return r.GetDividendPoolPermille() == permilleAll },
		"A dividend empties the pool.", "一次红利会分光公共积分池。",
	},
	{
		Warning, "dividend.work_alone", "money_equal_permille",
		func(r *communityv1.LedgerRules) bool {
			return r.GetMoneyDividendPermille() > 0 && r.GetMoneyEqualPermille() == 0
		},
		"Whoever cannot work gets nothing of a dividend in money.", "无法提供服务的成员分不到现金红利。",
	},
	{
		Warning, "clawback.appeal_short", "appeal_seconds",
		func(r *communityv1.LedgerRules) bool { return r.GetAppealSeconds() < 3*daySeconds },
		"There are less than three days to appeal against a clawback.", "对收回积分的申诉期不足三天。",
	},
}
