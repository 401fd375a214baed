package dryrun_test

import (
	"errors"
	"slices"
	"testing"

	"renlin.dev/pkg/rules"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/dryrun"
)

const (
	passed, rejected = votingv1.Result_RESULT_PASSED, votingv1.Result_RESULT_REJECTED
	noQuorum         = votingv1.Result_RESULT_NO_QUORUM
	takePart, join   = communityv1.NonVoters_NON_VOTERS_TAKE_PART, communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY
)

// vote is an owners' poll of a hundred heads of a hundred square metres each.
func vote(was votingv1.Result, yes, no, abstain, invalid int64, t *votingv1.Turnout) dryrun.Past {
	took := yes + no + abstain + invalid
	if t.GetAbstentionsAbsent() {
		took -= abstain
	}
	if t.GetNonVoters() == takePart || t.GetNonVoters() == join {
		took += t.GetHeads()
	}
	total := func(i uint32, n int64) *votingv1.OptionTotal {
		return &votingv1.OptionTotal{Option: i, Heads: n, AreaCentiM2: n * 100_00}
	}
	return dryrun.Past{
		Poll: "p", Title: "Roof", Rules: rules.Preset("owners-ordinary"),
		Certificate: &votingv1.CertificateIssued{
			Roll: &votingv1.Roll{AllHeads: 100, AllAreaCentiM2: 100 * 100_00},
			Tally: &votingv1.Tally{
				Result: was, ParticipantsHeads: took, ParticipantsAreaCentiM2: took * 100_00, Turnout: t,
				Totals: []*votingv1.OptionTotal{total(0, yes), total(1, no), total(2, abstain)},
			},
		},
	}
}

func TestAgainst(t *testing.T) {
	t.Parallel()
	ordinary, special, absent, silent := rules.Preset("owners-ordinary"), rules.Preset("owners-special"), rules.Preset("owners-ordinary"),
		rules.Preset("owners-ordinary")
	absent.Turnout = &communityv1.TurnoutRules{AbstentionsAbsent: true}
	silent.Turnout = &communityv1.TurnoutRules{NonVoters: join}
	told := func(n communityv1.NonVoters, heads int64) *votingv1.Turnout {
		return &votingv1.Turnout{NonVoters: n, Delivered: uint32(heads), Heads: heads, AreaCentiM2: heads * 100_00}
	}
	for _, c := range []struct {
		name  string
		rules *communityv1.PollRules
		past  dryrun.Past
		would votingv1.Result
		why   int // requirements
	}{
		{"the same rules", ordinary, vote(passed, 40, 27, 0, 0, nil), passed, 0},
		{"exactly three quarters", special, vote(passed, 60, 20, 0, 0, nil), passed, 0},
		{"less than three quarters", special, vote(passed, 59, 20, 0, 0, nil), rejected, 2},
		{"a spoilt ballot takes part", special, vote(passed, 60, 19, 0, 1, nil), passed, 0},
		{"abstentions take no part any more", absent, vote(rejected, 36, 31, 5, 0, nil), passed, 4},
		{"and break the quorum", absent, vote(rejected, 30, 20, 20, 0, nil), noQuorum, 2},
		{"abstentions take part again", ordinary, vote(passed, 36, 31, 5, 0, &votingv1.Turnout{AbstentionsAbsent: true}), rejected, 2},
		{"silence of which nothing is known", silent, vote(noQuorum, 40, 20, 0, 0, nil), noQuorum, 0},
		{"silence that is proved", silent, vote(noQuorum, 40, 20, 0, 0, told(communityv1.NonVoters_NON_VOTERS_ABSENT, 20)), passed, 4},
		{"silence counts no more", ordinary, vote(passed, 40, 20, 0, 0, told(join, 20)), noQuorum, 2},
	} {
		got, err := dryrun.Against(c.rules, []dryrun.Past{c.past})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		o := got[0]
		if !o.Comparable || o.Would != c.would || len(o.Why) != c.why || o.Differs != (c.would != o.Was) || o.Title != "Roof" {
			t.Errorf("%s: %+v", c.name, o)
		}
	}
}

func TestAgainstOthers(t *testing.T) {
	t.Parallel()
	longer, measured, budget := rules.Preset("owners-ordinary"), rules.Preset("owners-ordinary"), rules.Preset("owners-ordinary")
	longer.Turnout = &communityv1.TurnoutRules{ExtensionRoundsMax: 1, ExtensionSeconds: 1}
	measured.Requirements[0].Measure = communityv1.Measure_MEASURE_HOUSEHOLDS
	budget.Method = communityv1.Method_METHOD_BUDGET_GREEDY
	past := []dryrun.Past{vote(noQuorum, 1, 0, 0, 0, nil)}
	unlike := func(name string, r *communityv1.PollRules, past []dryrun.Past, want string) {
		got, err := dryrun.Against(r, past)
		if err != nil || got[0].Comparable || got[0].Differs || got[0].Unlike == nil || got[0].Unlike.Code != want {
			t.Errorf("%s: %+v (%v)", name, got, err)
		}
	}
	unlike("other people", rules.Preset("residents"), past, "dryrun.electorate")
	unlike("an unrecorded measure", measured, past, "dryrun.measures")
	unlike("another method", budget, past, "dryrun.method")
	ranked := []dryrun.Past{vote(noQuorum, 1, 0, 0, 0, nil)}
	ranked[0].Rules.Method = communityv1.Method_METHOD_INSTANT_RUNOFF
	unlike("a run-off of the past", longer, ranked, "dryrun.method")
	sealed := []dryrun.Past{vote(noQuorum, 1, 0, 0, 0, nil)}
	sealed[0].Rules, sealed[0].Certificate.Tally.Totals = rules.Preset("owners-ordinary-secret"), nil
	unlike("a sealed poll", longer, sealed, "dryrun.hidden")
	byHeads := []dryrun.Past{vote(noQuorum, 1, 0, 0, 0, nil)}
	byHeads[0].Rules.Secrecy = &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_TOTALS}
	byHeads[0].Rules.Requirements = slices.DeleteFunc(byHeads[0].Rules.Requirements, func(q *communityv1.Requirement) bool {
		return q.GetMeasure() == communityv1.Measure_MEASURE_AREA
	})
	unlike("totals of heads alone", longer, byHeads, "dryrun.hidden")
	if got, err := dryrun.Against(longer, past); err != nil || !got[0].Longer || got[0].Differs {
		t.Errorf("extended: %+v (%v)", got, err)
	}
	past[0].Certificate.Tally.Totals = nil
	if _, err := dryrun.Against(longer, past); !errors.Is(err, dryrun.ErrTotals) {
		t.Errorf("no totals: %v", err)
	}
	if got, err := dryrun.Against(longer, nil); err != nil || len(got) != 0 {
		t.Errorf("nothing: %v (%v)", got, err)
	}
}
