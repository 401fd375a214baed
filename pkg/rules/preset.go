package rules

import (
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

const day = 24 * 60 * 60

// presets are rules to begin with. The owners' are those of Civil Code art. 278: every matter needs owners with two thirds of heads and of
// area to take part, and more than half of both who do, or three quarters of both in its items 6 to 8. They are told 15 days before
// (Regulation on Property Management, art. 14).
var presets = map[string]*communityv1.PollRules{
	"owners-ordinary": owners(1, 2, true),
	"owners-special":  owners(3, 4, false),
	"residents": yesNo(communityv1.Electorate_ELECTORATE_MEMBERS,
		quorum(communityv1.Measure_MEASURE_HEADS, 1, 10), majority(communityv1.Measure_MEASURE_HEADS, 1, 2, true)),
	"owners-ordinary-secret": together(secret(owners(1, 2, true), communityv1.Secrecy_SECRECY_PASS_FAIL)),
	"owners-special-secret":  together(secret(owners(3, 4, false), communityv1.Secrecy_SECRECY_PASS_FAIL)),
	"residents-secret": secret(yesNo(communityv1.Electorate_ELECTORATE_MEMBERS,
		quorum(communityv1.Measure_MEASURE_HEADS, 1, 10), majority(communityv1.Measure_MEASURE_HEADS, 1, 2, true)),
		communityv1.Secrecy_SECRECY_TOTALS),
	"households": yesNo(communityv1.Electorate_ELECTORATE_HOUSEHOLDS,
		quorum(communityv1.Measure_MEASURE_HOUSEHOLDS, 1, 2), majority(communityv1.Measure_MEASURE_HOUSEHOLDS, 1, 2, true)),
}

// Presets names the presets, ascending.
func Presets() []string { return slices.Sorted(maps.Keys(presets)) }

// Preset gives a preset's rules; nil for none of that name.
func Preset(name string) *communityv1.PollRules {
	if presets[name] == nil {
		return nil
	}
	return proto.CloneOf(presets[name])
}

func owners(num, den int64, strict bool) *communityv1.PollRules {
	p := yesNo(communityv1.Electorate_ELECTORATE_OWNERS,
		quorum(communityv1.Measure_MEASURE_AREA, 2, 3), quorum(communityv1.Measure_MEASURE_HEADS, 2, 3),
		majority(communityv1.Measure_MEASURE_AREA, num, den, strict), majority(communityv1.Measure_MEASURE_HEADS, num, den, strict))
	p.Notice = &communityv1.NoticeRules{NoticeSeconds: 15 * day, ReminderSeconds: []uint32{3 * day, day}}
	p.AppealVotingSeconds = 0 // a veto lapses after seven days: an appeal that waits for a notice as long as this would come too late
	return p
}

// secret makes rules those of a secret poll. Owners' totals stay sealed, because areas tell people apart; residents' heads do not.
func secret(p *communityv1.PollRules, level communityv1.Secrecy) *communityv1.PollRules {
	p.Secrecy = &communityv1.SecrecyRules{Secrecy: level, TrusteesMin: 2, RegisterSeconds: 7 * day, ContestSeconds: 2 * day}
	p.AppealVotingSeconds = 0 // a veto lapses after seven days, and registration takes all of them
	return p
}

// together has the requirements of those who say yes judged by one verdict: of heads and area apart it could not be shown what they betray.
func together(p *communityv1.PollRules) *communityv1.PollRules {
	p.Secrecy.Together = true
	return p
}

func yesNo(who communityv1.Electorate, requirements ...*communityv1.Requirement) *communityv1.PollRules {
	return &communityv1.PollRules{
		Electorate: who, Method: communityv1.Method_METHOD_YES_NO, Requirements: requirements,
		VotingSeconds: 15 * day, KeyPublishSeconds: day, ObjectionSeconds: 7 * day,
		ExecutionDelaySeconds: 7 * day, ExecutionExpirySeconds: 365 * day, VetoSeconds: 7 * day, AppealVotingSeconds: 3 * day,
	}
}

func quorum(m communityv1.Measure, num, den int64) *communityv1.Requirement {
	return &communityv1.Requirement{
		Measure: m, Of: communityv1.Of_OF_PARTICIPANTS, Base: communityv1.Base_BASE_ALL, Numerator: num, Denominator: den, Quorum: true,
	}
}

func majority(m communityv1.Measure, num, den int64, strict bool) *communityv1.Requirement {
	return &communityv1.Requirement{
		Measure: m, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS, Numerator: num, Denominator: den, Strict: strict,
	}
}
