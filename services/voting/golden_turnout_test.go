package voting_test

import (
	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// turnoutEvents are the golden events of polls whose rules speak of turnout, or count by households and weight classes.
func turnoutEvents(
	roll *votingv1.Roll, tally *votingv1.Tally, rules *communityv1.PollRules, q *proposalv1.Motion,
) map[string]proto.Message {
	rules, roll, tally = proto.CloneOf(rules), proto.CloneOf(roll), proto.CloneOf(tally)
	rules.Turnout = &communityv1.TurnoutRules{
		NonVoters: communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY, AbstentionsAbsent: true, LateQuorumWithinSeconds: 10,
		LateQuorumExtensionSeconds: 20, ExtensionRoundsMax: 2, ExtensionSeconds: 30, ResubmissionSeconds: 40, RecountObjectionsMin: 3,
		Channel: id("channel"), WeightClasses: []*communityv1.WeightClass{{AreaFromCentiM2: 90_00, Weight: 2}},
		ProxyShareNumerator: 1, ProxyShareDenominator: 10,
	}
	rules.Requirements[0].Measure, rules.Requirements[1].Measure = communityv1.Measure_MEASURE_HOUSEHOLDS, communityv1.Measure_MEASURE_WEIGHT
	measured := func(n int64) *votingv1.Measured { return &votingv1.Measured{Households: n, Weight: 2 * n} }
	roll.Measured, roll.AllMeasured = measured(2), measured(3)
	tally.ParticipantsMeasured, tally.ValidMeasured, tally.Totals[0].Measured = measured(2), measured(1), measured(1)
	tally.CastBy = &votingv1.CastBy{Helper: &votingv1.CastShare{Ballots: 1, Heads: 1, AreaCentiM2: 100, Measured: measured(1)}}
	tally.Turnout = &votingv1.Turnout{
		AbstentionsAbsent: true, NonVoters: communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY, Delivered: 2, Heads: 2, AreaCentiM2: 200,
		Measured: measured(2), Undelivered: 1, Joined: true, Option: 1, Warning: "未投票者随多数。",
		InequalitiesWithout: tally.Inequalities[:1], ResultWithout: noQuorum,
	}
	recount := &votingv1.Recount{Objections: 3, Same: true, Digest: fixedKey(9)}
	poll, opened := "poll/"+id("poll"), int64(1_700_000_000_000)
	return map[string]proto.Message{
		poll + " 01-called-turnout": &votingv1.PollCalled{
			Matter: "roof", Motion: id("motion"), Question: q, Rules: rules, OpensBy: opened + 600_000,
		},
		poll + " 05-opened-measured":                  &votingv1.PollOpened{Roll: roll, OpenedAt: opened, ClosesAt: opened + 60_000},
		poll + "/proxy/" + id("helper") + " 06-proxy": &votingv1.ProxyCounted{Voter: id("member"), Heads: 1, AreaCentiM2: 100},
		poll + " 06-deadline":                         &votingv1.DeadlineReached{ClosesAt: opened + 60_000},
		poll + " 06-extended":                         &votingv1.PollExtended{Reason: noVotes, ClosesAt: opened + 90_000, Rounds: 1},
		poll + " 06-extended-late":                    &votingv1.PollExtended{Reason: lateQuorum, ClosesAt: opened + 110_000, Rounds: 1},
		poll + " 10-tallied-turnout":                  &votingv1.TallyRecorded{Tally: tally, ObjectionsUntil: opened + 150_000},
		poll + " 11-recounted":                        &votingv1.BallotsRecounted{Recount: recount},
		"question/" + id("question") + " 13-failed":   &votingv1.QuestionFailed{Poll: id("poll"), Until: opened + 999_000},
		poll + " 12-certified-turnout": &votingv1.CertificateIssued{
			Motion: id("motion"), Roll: roll, Tally: tally, Objections: 3, Recount: recount, Extensions: 2,
		},
	}
}
