package rules_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// TestLintSecret: each thing that a secret poll cannot do is said, and is no matter in an open one.
func TestLintSecret(t *testing.T) {
	t.Parallel()
	const always = "secret.coercion"
	totals, interval := communityv1.Secrecy_SECRECY_TOTALS, communityv1.Secrecy_SECRECY_INTERVAL
	passFail := communityv1.Secrecy_SECRECY_PASS_FAIL
	for _, c := range []struct {
		name   string
		level  communityv1.Secrecy
		change func(*pollRules)
		want   string
	}{
		{"totals", totals, plain, ""},
		{"totals of an approval", totals, func(p *pollRules) {
			p.Method, p.Requirements[1].Base = communityv1.Method_METHOD_APPROVAL, communityv1.Base_BASE_ALL
		}, ""},
		{"totals of one choice", totals, method(communityv1.Method_METHOD_SINGLE), ""},
		{"totals of points", totals, func(p *pollRules) {
			p.Method, p.Requirements[1].Base = communityv1.Method_METHOD_SCORE, communityv1.Base_BASE_ALL
		}, ""},
		{"a run-off", totals, method(communityv1.Method_METHOD_INSTANT_RUNOFF), "secret.few_options"},
		{"a complete ranking of six", totals, func(p *pollRules) {
			p.Method, p.Ballot = communityv1.Method_METHOD_SCHULZE, &communityv1.BallotRules{OptionsMin: 6}
		}, "secret.fillings secret.few_options"},
		{"ten stars", totals, func(p *pollRules) {
			p.Method, p.Ballot = communityv1.Method_METHOD_STAR, &communityv1.BallotRules{PointsMax: 10}
		}, "secret.few_options"},
		{"eleven stars", totals, func(p *pollRules) {
			p.Method, p.Ballot = communityv1.Method_METHOD_STAR, &communityv1.BallotRules{PointsMax: 11}
		}, "secret.fillings secret.few_options"},
		{"a hundred credits", totals, func(p *pollRules) {
			p.Method, p.Ballot = communityv1.Method_METHOD_QUADRATIC, &communityv1.BallotRules{PointsSumMax: 100}
		}, "secret.few_options"},
		{"two hundred credits", totals, func(p *pollRules) {
			p.Method, p.Ballot = communityv1.Method_METHOD_QUADRATIC, &communityv1.BallotRules{PointsSumMax: 200}
		}, "secret.fillings secret.few_options"},
		{"a committee", totals, method(communityv1.Method_METHOD_EQUAL_SHARES), "secret.few_options"},
		{"a hidden run-off", passFail, func(p *pollRules) {
			p.Method, p.Requirements[1].Base = communityv1.Method_METHOD_INSTANT_RUNOFF, communityv1.Base_BASE_ALL
		}, "secret.sealed_method secret.few_options"},
		{"a budget of approvals", totals, func(p *pollRules) {
			p.Method, p.Requirements[1].Base = communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Base_BASE_ALL
			p.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
		}, ""},
		{"a budget of points", totals, func(p *pollRules) {
			p.Method = communityv1.Method_METHOD_BUDGET_GREEDY
			p.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsSumMax: 3}
		}, "secret.few_options"},
		{"equal shares of a budget", totals, method(communityv1.Method_METHOD_BUDGET_EQUAL_SHARES), "secret.method"},
		{"a budget", totals, method(communityv1.Method_METHOD_BUDGET_GREEDY), "secret.method"},
		{"totals of those who do not abstain", totals, base(communityv1.Base_BASE_VALID), ""},
		{"pass or fail of those who do not abstain", passFail, base(communityv1.Base_BASE_VALID), "secret.sealed_base"},
		{"pass or fail of all", passFail, base(communityv1.Base_BASE_ALL), ""},
		{"pass or fail of an approval", passFail, func(p *pollRules) {
			p.Method, p.Requirements[1].Base = communityv1.Method_METHOD_APPROVAL, communityv1.Base_BASE_ALL
		}, "secret.sealed_method"},
		{"abstentions that nobody knows", totals, func(p *pollRules) { p.Turnout.AbstentionsAbsent = true }, "secret.abstentions"},
		{"a share of ballots that are not blank", totals, func(p *pollRules) {
			p.Method, p.Requirements[1].Base = communityv1.Method_METHOD_APPROVAL, communityv1.Base_BASE_VALID
		}, "secret.blank_base"},
		{"the same, where none may be blank", totals, func(p *pollRules) {
			p.Method, p.Requirements[1].Base = communityv1.Method_METHOD_APPROVAL, communityv1.Base_BASE_VALID
			p.Ballot = &communityv1.BallotRules{OptionsMin: 1}
		}, ""},
		{"a least score", totals, func(p *pollRules) {
			p.Method, p.Requirements[1].Base = communityv1.Method_METHOD_SCORE, communityv1.Base_BASE_ALL
			p.Ballot = &communityv1.BallotRules{ScoreMin: 1}
		}, "secret.score_min"},
		{"an interval of no width", interval, func(p *pollRules) {
			p.Secrecy.IntervalWidth, p.Requirements[1].Base = 0, communityv1.Base_BASE_ALL
		}, "secret.interval"},
		{"totals, or else intervals", totals, func(p *pollRules) { p.Secrecy.IntervalWidth = 5 }, ""},
		{"a width of no interval", passFail, func(p *pollRules) {
			p.Secrecy.IntervalWidth, p.Requirements[1].Base = 5, communityv1.Base_BASE_ALL
		}, "secret.interval"},
		{"together", passFail, yesTwice(true), ""},
		{"together, of one requirement", passFail, func(p *pollRules) {
			p.Secrecy.Together, p.Requirements[1].Base = true, communityv1.Base_BASE_ALL
		}, "secret.together"},
		{"together, of totals", totals, yesTwice(true), "secret.together"},
		{"together, of intervals", interval, yesTwice(true), "secret.together"},
		{"apart", passFail, yesTwice(false), "secret.apart"},
		{"silence", totals, func(p *pollRules) {
			p.Turnout.NonVoters, p.Notice = communityv1.NonVoters_NON_VOTERS_TAKE_PART, &communityv1.NoticeRules{Warning: "w"}
		}, "secret.silence"},
		{"a late quorum", totals, func(p *pollRules) {
			p.Turnout.LateQuorumWithinSeconds, p.Turnout.LateQuorumExtensionSeconds = 60, 60
		}, "secret.moves"},
		{"extensions", totals, func(p *pollRules) { p.Turnout.ExtensionRoundsMax, p.Turnout.ExtensionSeconds = 1, 60 }, "secret.moves"},
		{"a recount", totals, func(p *pollRules) { p.Turnout.RecountObjectionsMin = 1 }, "secret.recount"},
		{"a bound on helpers", totals, func(p *pollRules) {
			p.Turnout.ProxyShareNumerator, p.Turnout.ProxyShareDenominator = 1, 5
		}, ""},
		{"a seed", totals, func(p *pollRules) { p.TieRule = communityv1.TieRule_TIE_RULE_SEED }, "secret.tie_seed"},
		{"a purse", totals, func(p *pollRules) { p.Ballot = &communityv1.BallotRules{PointsSumMax: 5} }, "secret.points"},
		{"least points", totals, func(p *pollRules) { p.Ballot = &communityv1.BallotRules{PointsMin: 1} }, "secret.points"},
		{"no time to register", totals, func(p *pollRules) { p.Secrecy.RegisterSeconds = 0 }, "secret.hours"},
		{"no time to contest", totals, func(p *pollRules) { p.Secrecy.ContestSeconds = 0 }, "secret.hours"},
		{"totals of areas", totals, func(p *pollRules) { p.Requirements[1].Measure = communityv1.Measure_MEASURE_AREA }, "secret.area"},
	} {
		p := quiet()
		p.Secrecy = &communityv1.SecrecyRules{Secrecy: c.level, RegisterSeconds: 60, ContestSeconds: 60}
		if c.level == interval {
			p.Secrecy.IntervalWidth = 5
		}
		c.change(p)
		var got []string
		for code := range strings.FieldsSeq(codes(p)) {
			if strings.HasPrefix(code, "secret.") && code != always {
				got = append(got, code)
			}
		}
		if strings.Join(got, " ") != c.want || !strings.Contains(codes(p), always) {
			t.Errorf("%s: %q, want %q", c.name, codes(p), c.want)
		}
		p.Secrecy.Secrecy = communityv1.Secrecy_SECRECY_OPEN
		if got := codes(p); strings.Contains(got, "secret.") {
			t.Errorf("%s, open: %q", c.name, got)
		}
	}
}

func plain(*pollRules) {}

func base(b communityv1.Base) func(*pollRules) {
	return func(p *pollRules) { p.Requirements[1].Base = b }
}

func method(m communityv1.Method) func(*pollRules) {
	return func(p *pollRules) { p.Method = m }
}

// yesTwice asks two things of those who say yes.
func yesTwice(together bool) func(*pollRules) {
	return func(p *pollRules) {
		p.Requirements[1].Base = communityv1.Base_BASE_ALL
		again := proto.CloneOf(p.Requirements[1])
		again.Measure, again.Denominator = communityv1.Measure_MEASURE_HOUSEHOLDS, again.Denominator+1
		p.Requirements, p.Secrecy.Together = append(p.Requirements, again), together
	}
}
