// Package rules explains the rules of a poll to people, and finds where they contradict each other.
//
// In plain words: every rule that is set is told in one English and one Chinese sentence (Explain). What cannot work, or would not do what
// it says, is an error by which no rulebook is adopted; what works but may surprise is a warning (Lint). Both are functions of the rules
// alone, so that a resident, a committee and the community's own check are told the same. The presets are rules as data to begin with.
package rules

import (
	"slices"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Text is one statement in both languages.
type Text struct {
	English string `json:"english"`
	Chinese string `json:"chinese"`
}

// Severity tells what a finding is.
type Severity string

// The severities. With an error no rulebook is adopted.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Finding is something about rules that people should know before they adopt them.
type Finding struct {
	Severity Severity `json:"severity"`
	// Code names the finding for good.
	Code string `json:"code"`
	// Field is the rule it is about, from the poll's rules downwards, such as "turnout.non_voters".
	Field string `json:"field"`
	Text
}

// check is one thing that is looked for.
type check struct {
	severity Severity
	code     string
	field    string
	found    func(p *communityv1.PollRules) bool
	english  string
	chinese  string
}

// Lint lists what is to be said of a poll's rules, errors first.
func Lint(p *communityv1.PollRules) []Finding {
	var out []Finding
	for _, c := range slices.Concat(contradictions, secretContradictions, surprises, secretSurprises) {
		if c.found(p) {
			out = append(out, Finding{c.severity, c.code, c.field, Text{c.english, c.chinese}})
		}
	}
	return out
}

// contradictions are errors. Each of them is about rules that did not exist at first, so that no rulebook that was ever adopted is refused.
var contradictions = []check{
	{
		Error, "silence.no_warning", "notice.warning",
		func(p *communityv1.PollRules) bool { return silenceCounts(p) && p.GetNotice().GetWarning() == "" },
		"Those who do not vote count, but the notice would not warn them of it.", "规则把未投票者计入，通知中却没有告知这一后果。",
	},
	{
		Error, "silence.no_majority", "turnout.non_voters",
		func(p *communityv1.PollRules) bool {
			return joins(p) && p.GetMethod() != communityv1.Method_METHOD_YES_NO
		},
		"Those who do not vote are to join the majority, which only a yes-or-no vote has.", "未投票者随多数仅适用于赞成与否的表决。",
	},
	{
		Error, "area.no_owners", "requirements",
		func(p *communityv1.PollRules) bool {
			return by(p, communityv1.Measure_MEASURE_AREA) && !owns(p)
		},
		"A requirement counts area, but the voters stand for households, organisations or a channel and have no area.",
		"规则按面积计算，但投票人代表户、组织或通道，没有面积。",
	},
	{
		Error, "weight.no_units", "requirements",
		func(p *communityv1.PollRules) bool {
			return by(p, communityv1.Measure_MEASURE_WEIGHT) && !owns(p) && p.GetElectorate() != communityv1.Electorate_ELECTORATE_HOUSEHOLDS
		},
		"A requirement counts the weights of flats, but the voters stand for organisations or a channel and have none.",
		"规则按房屋权重计算，但投票人代表组织或通道，没有房屋。",
	},
	{
		Error, "weight.no_classes", "turnout.weight_classes",
		func(p *communityv1.PollRules) bool {
			return by(p, communityv1.Measure_MEASURE_WEIGHT) && !slices.ContainsFunc(p.GetTurnout().GetWeightClasses(),
				func(c *communityv1.WeightClass) bool { return c.GetWeight() > 0 })
		},
		"A requirement counts weight classes, but there is none with a weight.", "规则按权重档次计算，却没有设定任何有权重的档次。",
	},
	{
		Error, "households.none", "requirements",
		func(p *communityv1.PollRules) bool {
			return by(p, communityv1.Measure_MEASURE_HOUSEHOLDS) && !owns(p) && p.GetElectorate() != communityv1.Electorate_ELECTORATE_HOUSEHOLDS
		},
		"A requirement counts households, but the voters stand for organisations or a channel.", "规则按户计算，但投票人代表组织或通道。",
	},
	{
		Error, "channel.missing", "turnout.channel",
		func(p *communityv1.PollRules) bool {
			return p.GetElectorate() == communityv1.Electorate_ELECTORATE_CHANNEL && p.GetTurnout().GetChannel() == ""
		},
		"A channel votes, but the rules do not say which.", "由通道成员表决，却没有指明哪个通道。",
	},
	{
		Error, "late_quorum.half", "turnout.late_quorum_extension_seconds",
		func(p *communityv1.PollRules) bool {
			t := p.GetTurnout()
			return (t.GetLateQuorumWithinSeconds() == 0) != (t.GetLateQuorumExtensionSeconds() == 0)
		},
		"The guard against a late quorum needs both: how late is late, and how far the close moves.", "防止临近截止才达到法定人数的规则须同时规定时限和延长时间。",
	},
	{
		Error, "late_quorum.too_long", "turnout.late_quorum_within_seconds",
		func(p *communityv1.PollRules) bool {
			return p.GetTurnout().GetLateQuorumWithinSeconds() >= p.GetVotingSeconds()
		},
		"A quorum would be late at any time, because the guard begins with the vote or before it.", "防护时限不短于表决期，任何时候达到法定人数都会算作临近截止。",
	},
	{
		Error, "extension.half", "turnout.extension_seconds",
		func(p *communityv1.PollRules) bool {
			t := p.GetTurnout()
			return (t.GetExtensionRoundsMax() == 0) != (t.GetExtensionSeconds() == 0)
		},
		"Extensions need both: how often, and by how long.", "延长规则须同时规定次数和每次时长。",
	},
	{
		Error, "close.no_quorum", "requirements",
		func(p *communityv1.PollRules) bool {
			t := p.GetTurnout()
			return t.GetLateQuorumWithinSeconds()+t.GetExtensionRoundsMax() > 0 && !hasQuorum(p)
		},
		"The close moves for the sake of a quorum, but no quorum is asked for.", "规则为法定人数而延长表决期，却没有规定法定人数。",
	},
	{
		Error, "recount.no_objections", "turnout.recount_objections_min",
		func(p *communityv1.PollRules) bool {
			return p.GetTurnout().GetRecountObjectionsMin() > 0 && p.GetObjectionSeconds() == 0
		},
		"Objections are to have the ballots counted again, but there is no time to object.", "规定了因异议重新计票，却没有异议期。",
	},
}

// surprises are warnings.
var surprises = []check{
	{
		Warning, "silence.contested", "turnout.non_voters", joins,
		"That those who do not vote join the majority is contested in law; every certificate will say that it was so.",
		"未投票者随多数在法律上有争议；每份结果证书都将注明采用了该规则。",
	},
	{
		Warning, "silence.makes_quorum", "turnout.non_voters",
		func(p *communityv1.PollRules) bool { return silenceCounts(p) && hasQuorum(p) },
		"Delivering the notice alone can make the quorum, however few vote.", "只要送达通知就可能达到法定人数，不论实际投票人多少。",
	},
	{
		Warning, "silence.late_quorum", "turnout.late_quorum_within_seconds",
		func(p *communityv1.PollRules) bool {
			return silenceCounts(p) && p.GetTurnout().GetLateQuorumWithinSeconds() > 0
		},
		"The guard against a late quorum looks at ballots alone, not at those who count without voting.",
		"临近截止的防护只看实际投出的选票，不看未投票而被计入的人。",
	},
	{
		Warning, "abstention.is_no", "requirements",
		func(p *communityv1.PollRules) bool {
			return !p.GetTurnout().GetAbstentionsAbsent() && majorityOf(p, communityv1.Base_BASE_PARTICIPANTS)
		},
		"An abstention works as a no: the majority is of all who take part.", "弃权等于反对：多数以全部参与者为基数。",
	},
	{
		Warning, "abstention.breaks_quorum", "turnout.abstentions_absent",
		func(p *communityv1.PollRules) bool { return p.GetTurnout().GetAbstentionsAbsent() && hasQuorum(p) },
		"An abstention does not count towards the quorum, so whoever abstains helps to break it.", "弃权不计入法定人数，弃权可能导致达不到法定人数。",
	},
	{
		Warning, "absence.is_no", "requirements",
		func(p *communityv1.PollRules) bool { return majorityOf(p, communityv1.Base_BASE_ALL) },
		"Whoever does not vote works as a no: the majority is of all there are.", "不投票等于反对：多数以全体为基数。",
	},
	{
		Warning, "quorum.none", "requirements",
		func(p *communityv1.PollRules) bool { return !hasQuorum(p) && !majorityOf(p, communityv1.Base_BASE_ALL) },
		"There is no quorum: a single ballot can decide.", "没有法定人数要求：一张选票就可能决定结果。",
	},
	{
		Warning, "owners.below_law", "requirements",
		func(p *communityv1.PollRules) bool {
			return p.GetElectorate() == communityv1.Electorate_ELECTORATE_OWNERS && !lawful(p)
		},
		"For owners' joint decisions the Civil Code (art. 278) asks for two thirds of heads and area, and for more than half of both who vote.",
		"业主共同决定事项依《民法典》第二百七十八条须由人数和面积均占三分之二以上的业主参与表决，并经参与表决的人数和面积均过半数同意。",
	},
	{
		Warning, "area.members", "requirements",
		func(p *communityv1.PollRules) bool {
			return p.GetElectorate() == communityv1.Electorate_ELECTORATE_MEMBERS && by(p, communityv1.Measure_MEASURE_AREA)
		},
		"Members who own nothing have no area: in a requirement of area their votes weigh nothing.", "没有房产的成员没有面积，在按面积的要求中其选票没有权重。",
	},
	{
		Warning, "organisations.unrepresented", "electorate",
		func(p *communityv1.PollRules) bool {
			return p.GetElectorate() == communityv1.Electorate_ELECTORATE_ORGANISATIONS && hasQuorum(p)
		},
		"Organisations that have named nobody count in the quorum all the same.", "未指定代表的组织仍计入法定人数的基数。",
	},
	{
		Warning, "weight.unused", "turnout.weight_classes",
		func(p *communityv1.PollRules) bool {
			return len(p.GetTurnout().GetWeightClasses()) > 0 && !by(p, communityv1.Measure_MEASURE_WEIGHT)
		},
		"There are weight classes, but no requirement counts by them.", "设定了权重档次，但没有任何要求按其计算。",
	},
	{
		Warning, "channel.unused", "turnout.channel",
		func(p *communityv1.PollRules) bool {
			return p.GetTurnout().GetChannel() != "" && p.GetElectorate() != communityv1.Electorate_ELECTORATE_CHANNEL
		},
		"A channel is named, but others vote.", "指明了通道，但投票人并非该通道成员。",
	},
	{
		Warning, "objections.none", "objection_seconds",
		func(p *communityv1.PollRules) bool { return p.GetObjectionSeconds() == 0 },
		"Nobody has time to object to the count.", "没有对计票结果提出异议的时间。",
	},
}

func silenceCounts(p *communityv1.PollRules) bool {
	return joins(p) || p.GetTurnout().GetNonVoters() == communityv1.NonVoters_NON_VOTERS_TAKE_PART
}

func joins(p *communityv1.PollRules) bool {
	return p.GetTurnout().GetNonVoters() == communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY
}

// owns tells whether voters vote with what they own.
func owns(p *communityv1.PollRules) bool {
	switch p.GetElectorate() {
	case communityv1.Electorate_ELECTORATE_MEMBERS, communityv1.Electorate_ELECTORATE_OWNERS:
		return true
	}
	return false
}

func has(p *communityv1.PollRules, is func(*communityv1.Requirement) bool) bool {
	return slices.ContainsFunc(p.GetRequirements(), is)
}

func by(p *communityv1.PollRules, m communityv1.Measure) bool {
	return has(p, func(r *communityv1.Requirement) bool { return r.GetMeasure() == m })
}

func hasQuorum(p *communityv1.PollRules) bool {
	return has(p, func(r *communityv1.Requirement) bool { return r.GetQuorum() })
}

func majorityOf(p *communityv1.PollRules, base communityv1.Base) bool {
	return has(p, func(r *communityv1.Requirement) bool {
		return r.GetOf() == communityv1.Of_OF_YES && r.GetBase() == base
	})
}

// lawful tells whether both measures have a quorum of two thirds and a majority of more than half of the participants at least.
func lawful(p *communityv1.PollRules) bool {
	for _, m := range []communityv1.Measure{communityv1.Measure_MEASURE_HEADS, communityv1.Measure_MEASURE_AREA} {
		quorum := has(p, func(r *communityv1.Requirement) bool {
			return r.GetMeasure() == m && r.GetQuorum() && 3*r.GetNumerator() >= 2*r.GetDenominator()
		})
		majority := has(p, func(r *communityv1.Requirement) bool {
			above := 2*r.GetNumerator() > r.GetDenominator() || 2*r.GetNumerator() == r.GetDenominator() && r.GetStrict()
			return r.GetMeasure() == m && r.GetOf() == communityv1.Of_OF_YES && r.GetBase() != communityv1.Base_BASE_VALID && above
		})
		if !quorum || !majority {
			return false
		}
	}
	return true
}
