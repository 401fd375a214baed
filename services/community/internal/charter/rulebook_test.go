package charter_test

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/fault"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

type (
	rulebook    = communityv1.Rulebook
	matter      = communityv1.Matter
	pollRules   = communityv1.PollRules
	requirement = communityv1.Requirement
	ballotRules = communityv1.BallotRules
)

const known = "org"

func orgKnown(id string) bool { return id == known }

// share is one inequality.
func share(m communityv1.Measure, of communityv1.Of, base communityv1.Base, num, den int64) *requirement {
	return &requirement{
		Measure: m, Of: of, Base: base, Numerator: num, Denominator: den, Quorum: of == communityv1.Of_OF_PARTICIPANTS,
	}
}

const (
	heads, area       = communityv1.Measure_MEASURE_HEADS, communityv1.Measure_MEASURE_AREA
	present, yes      = communityv1.Of_OF_PARTICIPANTS, communityv1.Of_OF_YES
	all, participants = communityv1.Base_BASE_ALL, communityv1.Base_BASE_PARTICIPANTS
)

// good is a rulebook with an owners' double majority and a budget.
func good() *rulebook {
	owners := &pollRules{
		Electorate: communityv1.Electorate_ELECTORATE_OWNERS, Method: communityv1.Method_METHOD_YES_NO,
		VotingSeconds: 15 * 24 * 3600, KeyPublishSeconds: 3600, ObjectionSeconds: 7 * 24 * 3600, ExecutionDelaySeconds: 3600,
		ExecutionExpirySeconds: 90 * 24 * 3600, VetoSeconds: 3600,
		Requirements: []*requirement{
			share(heads, present, all, 2, 3), share(area, present, all, 2, 3),
			share(heads, yes, participants, 3, 4), share(area, yes, participants, 3, 4),
		},
	}
	budget := &pollRules{
		Electorate: communityv1.Electorate_ELECTORATE_MEMBERS, Method: communityv1.Method_METHOD_BUDGET_GREEDY,
		VotingSeconds: 1, KeyPublishSeconds: 1,
		Ballot:       &ballotRules{Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsSumMax: 10},
		Requirements: []*requirement{share(heads, present, all, 1, 10)},
	}
	return &rulebook{Version: 1, OpenTopicsMax: 3, InviteSeconds: 7 * 24 * 3600, Matters: []*matter{
		{
			Code: "works", Title: "工程", ThresholdMembers: 3, ThresholdNumerator: 1, ThresholdDenominator: 20,
			DeliberationSeconds: 86400, Poll: owners, DirectConvener: known,
		},
		{Code: "budget", Title: "参与式预算", ThresholdMembers: 1, DeliberationSeconds: 1, Poll: budget},
	}}
}

func TestRulebookAccepted(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rulebook){
		"as it is":           func(*rulebook) {},
		"a share of nothing": func(b *rulebook) { b.Matters[1].ThresholdDenominator = 5 },
		"all must agree": func(b *rulebook) {
			b.Matters[0].Poll.Requirements[2] = share(heads, yes, all, 1, 1)
		},
		"no expiry": func(b *rulebook) { b.Matters[0].Poll.ExecutionExpirySeconds = 0 },
		"trustees and a seed": func(b *rulebook) {
			open(b.Matters[0]).TrusteesMin = 9
			b.Matters[0].Poll.TieRule = communityv1.TieRule_TIE_RULE_SEED
		},
		"secret, with a bound on helpers": func(b *rulebook) {
			secrecy := hidden(b.Matters[0])
			secrecy.TrusteesMin, secrecy.AnonymityMin = 2, 5
			b.Matters[0].Poll.Requirements = []*communityv1.Requirement{share(heads, yes, all, 1, 2)}
			b.Matters[0].Poll.Turnout = &communityv1.TurnoutRules{ProxyShareNumerator: 1, ProxyShareDenominator: 5}
		},
		"on paper": func(b *rulebook) {
			b.Matters[0].Poll.Paper = &communityv1.PaperRules{OperatorPermilleMax: 500, CallBackPermille: 50}
		},
		"on audited paper": func(b *rulebook) {
			b.Matters[0].Poll.AppealVotingSeconds = 3600
			b.Matters[0].Poll.Paper = &communityv1.PaperRules{RiskLimitPermille: 50, AuditSeconds: 7*24*3600 - 3601}
		},
		"an appeal just in time": func(b *rulebook) { b.Matters[0].Poll.AppealVotingSeconds = 7*24*3600 - 1 },
		"no quorum":              func(b *rulebook) { b.Matters[1].Poll.Requirements = nil },
		"no convener":            func(b *rulebook) { b.Matters[0].DirectConvener = "" },
		"single choice with a majority": func(b *rulebook) {
			b.Matters[0].Poll.Method = communityv1.Method_METHOD_SINGLE
			b.Matters[0].Poll.Ballot = &ballotRules{Form: communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE, OptionsMin: 1, OptionsMax: 1}
		},
		"approval without any requirement": func(b *rulebook) {
			b.Matters[0].Poll.Method, b.Matters[0].Poll.Requirements = communityv1.Method_METHOD_APPROVAL, nil
			b.Matters[0].Poll.Ballot = &ballotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL, OptionsMax: 3}
		},
		"budget by approval with a purse": func(b *rulebook) {
			b.Matters[1].Poll.Ballot = &ballotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL, CostSumMaxFen: 100, ScoreMin: 5}
		},
		"budget without skipping, ordinal": func(b *rulebook) {
			b.Matters[1].Poll.Method = communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP
			b.Matters[1].Poll.Ballot = &ballotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL, OptionsMin: 3, OptionsMax: 3}
		},
		"points of one choice, cumulative": func(b *rulebook) {
			b.Matters[1].Poll.Ballot = &ballotRules{
				Form: communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, PointsSumMax: 9, PointsMin: 2, PointsMax: 2,
			}
		},
		"points of one choice, ordinal": func(b *rulebook) {
			b.Matters[1].Poll.Ballot = &ballotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL, PointsMax: 10}
		},
		"bounds themselves": func(b *rulebook) {
			const year = 366 * 24 * 3600
			b.OpenTopicsMax, b.InviteSeconds = 1000, 90*24*3600
			m := b.Matters[0]
			m.ThresholdMembers, m.ThresholdNumerator, m.ThresholdDenominator, m.DeliberationSeconds = 10_000_000, 1_000_000, 1_000_000, year
			p := m.Poll
			p.VotingSeconds, p.KeyPublishSeconds, p.ObjectionSeconds, m.MergeSeconds = year, year, year, year
			p.ExecutionDelaySeconds, p.VetoSeconds, p.ExecutionExpirySeconds = year, year, 10*year
			p.Requirements[0] = share(heads, present, all, 1, 1_000_000)
		},
		"as many matters as may be": func(b *rulebook) {
			m := b.Matters[1]
			b.Matters = nil
			for i := range 64 {
				next := proto.Clone(m).(*matter)
				next.Code = strings.Repeat("a", i%8+1) + strings.Repeat("b", i/8)
				b.Matters = append(b.Matters, next)
			}
		},
		"as many requirements as differ": func(b *rulebook) {
			p := b.Matters[0].Poll
			p.Requirements = nil
			for _, m := range []communityv1.Measure{heads, area} {
				for _, base := range []communityv1.Base{all, participants, communityv1.Base_BASE_VALID} {
					p.Requirements = append(p.Requirements, share(m, yes, base, 1, 2))
				}
				p.Requirements = append(p.Requirements, share(m, present, all, 1, 2))
			}
		},
		"at least so many, without a most": func(b *rulebook) { b.Matters[1].Poll.Ballot.OptionsMin = 2 },
		"budget by one choice": func(b *rulebook) {
			b.Matters[1].Poll.Ballot = &ballotRules{Form: communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE}
		},
	} {
		b := good()
		change(b)
		if err := charter.CheckRulebook(b, 1, orgKnown); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// spoilt is a rulebook with one slip, and what is said of it.
type spoilt struct {
	name  string
	spoil func(*rulebook)
	want  *fault.Fault
	field string
}

func TestRulebookRefused(t *testing.T) {
	t.Parallel()
	cases := slices.Concat(slipsOfBook(), slipsOfMatter(), slipsOfPaper(), slipsOfAid(), slipsOfNotice(), slipsOfTurnout(),
		slipsOfBallot(), slipsOfRequirement())
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := good()
			c.spoil(b)
			err := charter.CheckRulebook(b, 1, orgKnown)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			if got := fault.Of(err).Detail["field"]; got != c.field {
				t.Fatalf("names %q, want %q", got, c.field)
			}
		})
	}
	if err := charter.CheckRulebook(nil, 1, orgKnown); !errors.Is(err, charter.ErrRulebookEmpty) {
		t.Errorf("no rulebook: %v", err)
	}
}

func slipsOfBook() []spoilt {
	return []spoilt{
		{"no matter", func(b *rulebook) { b.Matters = nil }, charter.ErrRulebookEmpty, "matters"},
		{"too many matters", func(b *rulebook) { b.Matters = slices.Repeat(b.Matters, 33) }, charter.ErrRulebookLarge, "matters"},
		{"version", func(b *rulebook) { b.Version = 2 }, charter.ErrVersion, "version"},
		{"no topics", func(b *rulebook) { b.OpenTopicsMax = 0 }, charter.ErrNumber, "open_topics_max"},
		{"too many topics", func(b *rulebook) { b.OpenTopicsMax = 1001 }, charter.ErrNumber, "open_topics_max"},
		{"codes that never live", func(b *rulebook) { b.InviteSeconds = 0 }, charter.ErrDuration, "invite_seconds"},
		{"codes that never die", func(b *rulebook) { b.InviteSeconds = 90*24*3600 + 1 }, charter.ErrDuration, "invite_seconds"},
		{"code missing", func(b *rulebook) { b.Matters[1].Code = "" }, charter.ErrCode, "matters.1.code"},
		{"code twice", func(b *rulebook) { b.Matters[1].Code = b.Matters[0].Code }, charter.ErrCodeTwice, "matters.1.code"},
		{"matter missing", func(b *rulebook) { b.Matters[1] = nil }, charter.ErrCode, "matters.1.code"},
	}
}

func slipsOfMatter() []spoilt {
	type m = matter
	row := func(name string, spoil func(*m), want *fault.Fault, field string) spoilt {
		return spoilt{name, func(b *rulebook) { spoil(b.Matters[0]) }, want, "matters.0." + field}
	}
	const year = 366 * 24 * 3600
	return []spoilt{
		row("title missing", func(m *m) { m.Title = "" }, charter.ErrTitle, "title"),
		row("title unseen", func(m *m) { m.Title = "a\x00b" }, charter.ErrTitle, "title"),
		row("threshold of none", func(m *m) { m.ThresholdMembers = 0 }, charter.ErrNumber, "threshold_members"),
		row("threshold of all China", func(m *m) { m.ThresholdMembers = 10_000_001 }, charter.ErrNumber, "threshold_members"),
		row("share above one", func(m *m) { m.ThresholdNumerator = 21 }, charter.ErrShare, "threshold_numerator"),
		row("share below zero", func(m *m) { m.ThresholdNumerator = -1 }, charter.ErrShare, "threshold_numerator"),
		row("share of zero", func(m *m) { m.ThresholdDenominator = 0 }, charter.ErrShare, "threshold_denominator"),
		row("share of less", func(m *m) { m.ThresholdDenominator = -20 }, charter.ErrShare, "threshold_denominator"),
		row("share too fine", func(m *m) { m.ThresholdDenominator = 1_000_001 }, charter.ErrShare, "threshold_denominator"),
		row("no deliberation", func(m *m) { m.DeliberationSeconds = 0 }, charter.ErrDuration, "deliberation_seconds"),
		row("endless deliberation", func(m *m) { m.DeliberationSeconds = year + 1 }, charter.ErrDuration, "deliberation_seconds"),
		row("stranger convenes", func(m *m) { m.DirectConvener = "x" }, charter.ErrConvener, "direct_convener"),
		row("no poll", func(m *m) { m.Poll = nil }, charter.ErrChoice, "poll.electorate"),
		row("no electorate", func(m *m) { m.Poll.Electorate = 0 }, charter.ErrChoice, "poll.electorate"),
		row("unknown electorate", func(m *m) { m.Poll.Electorate = 9 }, charter.ErrChoice, "poll.electorate"),
		row("no time to vote", func(m *m) { m.Poll.VotingSeconds = 0 }, charter.ErrDuration, "poll.voting_seconds"),
		row("endless voting", func(m *m) { m.Poll.VotingSeconds = math.MaxUint32 }, charter.ErrDuration, "poll.voting_seconds"),
		row("no time for the key", func(m *m) { m.Poll.KeyPublishSeconds = 0 }, charter.ErrDuration, "poll.key_publish_seconds"),
		row("endless wait for a key", func(m *m) { m.Poll.OpenWithinSeconds = year + 1 }, charter.ErrDuration, "poll.open_within_seconds"),
		row("endless key", func(m *m) { m.Poll.KeyPublishSeconds = year + 1 }, charter.ErrDuration, "poll.key_publish_seconds"),
		row("endless objection", func(m *m) { m.Poll.ObjectionSeconds = year + 1 }, charter.ErrDuration, "poll.objection_seconds"),
		row("endless delay", func(m *m) { m.Poll.ExecutionDelaySeconds = year + 1 }, charter.ErrDuration, "poll.execution_delay_seconds"),
		row("endless expiry", func(m *m) { m.Poll.ExecutionExpirySeconds = 10*year + 1 }, charter.ErrDuration, "poll.execution_expiry_seconds"),
		row("secrecy unsaid", func(m *m) { m.Poll.Secrecy = &communityv1.SecrecyRules{} }, charter.ErrChoice, "poll.secrecy.secrecy"),
		row("secrecy unheard of", func(m *m) { open(m).Secrecy = 9 }, charter.ErrChoice, "poll.secrecy.secrecy"),
		row("hides among too many", func(m *m) { hidden(m).AnonymityMin = 10_001 }, charter.ErrNumber, "poll.secrecy.anonymity_min"),
		row("registers for ever", func(m *m) { hidden(m).RegisterSeconds = year + 1 }, charter.ErrDuration, "poll.secrecy.register_seconds"),
		row("registers longer than a veto has", func(m *m) {
			hidden(m).RegisterSeconds, m.Poll.AppealVotingSeconds = 7*24*3600-120, 60
		}, charter.ErrDuration, "poll.secrecy.register_seconds"),
		row("contested for ever", func(m *m) { hidden(m).ContestSeconds = year + 1 }, charter.ErrDuration, "poll.secrecy.contest_seconds"),
		row("an interval below nothing", func(m *m) { hidden(m).IntervalWidth = -1 }, charter.ErrNumber, "poll.secrecy.interval_width"),
		row("contests an open roster", func(m *m) { open(m).ContestSeconds = 5 }, charter.ErrDuration, "poll.secrecy.contest_seconds"),
		row("ten trustees", func(m *m) { open(m).TrusteesMin = 10 }, charter.ErrNumber, "poll.secrecy.trustees_min"),
		row("hides what is open", func(m *m) { open(m).AnonymityMin = 5 }, charter.ErrNumber, "poll.secrecy.anonymity_min"),
		row("registers for an open poll", func(m *m) { open(m).RegisterSeconds = 5 }, charter.ErrDuration, "poll.secrecy.register_seconds"),
		row("requirements of an open poll together", func(m *m) { open(m).Together = true }, charter.ErrChoice, "poll.secrecy.together"),
		row("an interval of an open poll", func(m *m) { open(m).IntervalWidth = 5 }, charter.ErrNumber, "poll.secrecy.interval_width"),
		row("ties by nobody's seed", func(m *m) { m.Poll.TieRule = communityv1.TieRule_TIE_RULE_SEED }, charter.ErrChoice, "poll.tie_rule"),
		row("ties by what is not known", func(m *m) { open(m); m.Poll.TieRule = 7 }, charter.ErrChoice, "poll.tie_rule"),
		row("endless appeal", func(m *m) { m.Poll.AppealVotingSeconds = 7 * 24 * 3600 }, charter.ErrDuration, "poll.appeal_voting_seconds"),
		row("endless merge", func(m *m) { m.MergeSeconds = year + 1 }, charter.ErrDuration, "merge_seconds"),
		row("veto too late", func(m *m) { m.Poll.VetoSeconds = 3601 }, charter.ErrDuration, "poll.veto_seconds"),
		row("no method", func(m *m) { m.Poll.Method = 0 }, charter.ErrChoice, "poll.method"),
		row("unknown method", func(m *m) { m.Poll.Method = 99 }, charter.ErrChoice, "poll.method"),
	}
}

// slipsOfPaper are of rules that are good but for one number.
func slipsOfPaper() []spoilt {
	row := func(name string, spoil func(p *communityv1.PollRules), want *fault.Fault, field string) spoilt {
		return spoilt{name, func(book *rulebook) {
			p := book.Matters[0].Poll
			p.Paper = &communityv1.PaperRules{
				OperatorPermilleMax: 1000, CallBackPermille: 1000, RiskLimitPermille: 999, AuditSeconds: 366 * 24 * 3600,
			}
			spoil(p)
		}, want, "matters.0.poll.paper" + field}
	}
	type r = communityv1.PollRules
	return []spoilt{
		row("an operator of more than all", func(p *r) { p.Paper.OperatorPermilleMax++ }, charter.ErrNumber, ".operator_permille_max"),
		row("more called back than all", func(p *r) { p.Paper.CallBackPermille++ }, charter.ErrNumber, ".call_back_permille"),
		row("a certain risk", func(p *r) { p.Paper.RiskLimitPermille++ }, charter.ErrNumber, ".risk_limit_permille"),
		row("an endless audit", func(p *r) { p.Paper.AuditSeconds++ }, charter.ErrDuration, ".audit_seconds"),
		row("an audit without time", func(p *r) { p.Paper.AuditSeconds = 0 }, charter.ErrDuration, ".audit_seconds"),
		row("time without an audit", func(p *r) { p.Paper.RiskLimitPermille = 0 }, charter.ErrDuration, ".audit_seconds"),
		row("an audit longer than a veto", func(p *r) { p.AppealVotingSeconds, p.Paper.AuditSeconds = 3600, 7*24*3600-3600 }, charter.ErrDuration,
			".audit_seconds"),
	}
}

func slipsOfBallot() []spoilt {
	type b = ballotRules
	on := func(i int) func(string, func(*b), *fault.Fault, string) spoilt {
		return func(name string, spoil func(*b), want *fault.Fault, field string) spoilt {
			return spoilt{name, func(book *rulebook) {
				if book.Matters[i].Poll.Ballot == nil {
					book.Matters[i].Poll.Ballot = &b{}
				}
				spoil(book.Matters[i].Poll.Ballot)
			}, want, "matters." + strconv.Itoa(i) + ".poll.ballot" + field}
		}
	}
	yesNo, budget := on(0), on(1)
	single := func(name string, ballot *b, want *fault.Fault, field string) spoilt {
		return spoilt{name, func(book *rulebook) {
			p := book.Matters[0].Poll
			p.Method, p.Ballot = communityv1.Method_METHOD_SINGLE, ballot
		}, want, "matters.0.poll.ballot." + field}
	}
	const one, approval = communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE, communityv1.BallotForm_BALLOT_FORM_APPROVAL
	return []spoilt{
		yesNo("yes or no with a form", func(b *b) { b.Form = approval }, charter.ErrMethod, ""),
		yesNo("yes or no with points", func(b *b) { b.PointsSumMax = 1 }, charter.ErrMethod, ""),
		yesNo("yes or no with least points", func(b *b) { b.PointsMin = 1 }, charter.ErrMethod, ""),
		yesNo("yes or no with most points", func(b *b) { b.PointsMax = 1 }, charter.ErrMethod, ""),
		yesNo("yes or no with options", func(b *b) { b.OptionsMin = 1 }, charter.ErrMethod, ""),
		single("a single choice without a form", nil, charter.ErrMethod, "form"),
		single("a single choice of many", &b{Form: approval}, charter.ErrMethod, "form"),
		single("a single choice of at least two", &b{Form: one, OptionsMin: 2}, charter.ErrNumber, "options_min"),
		single("a single choice of up to two", &b{Form: one, OptionsMax: 2}, charter.ErrNumber, "options_max"),
		single("a single choice with a purse", &b{Form: one, CostSumMaxFen: 1}, charter.ErrMethod, "cost_sum_max_fen"),
		single("a single choice with points", &b{Form: one, PointsSumMax: 1}, charter.ErrMethod, "points_sum_max"),
		budget("a budget without a form", func(b *b) { b.Form = 0 }, charter.ErrMethod, ".form"),
		budget("a budget of no known form", func(b *b) { b.Form = 99 }, charter.ErrMethod, ".form"),
		budget("more than the most", func(b *b) { b.OptionsMin, b.OptionsMax = 3, 2 }, charter.ErrNumber, ".options_min"),
		budget("points without a purse", func(b *b) { b.PointsSumMax = 0 }, charter.ErrNumber, ".points_sum_max"),
		budget("less than no points", func(b *b) { b.PointsSumMax = -1 }, charter.ErrNumber, ".points_sum_max"),
		budget("points for approvals", func(b *b) { b.Form = approval }, charter.ErrMethod, ".points_sum_max"),
		budget("one choice less than no points", func(b *b) { b.PointsMin = -1 }, charter.ErrNumber, ".points_min"),
		budget("one choice at most less than none", func(b *b) { b.PointsMax = -1 }, charter.ErrNumber, ".points_max"),
		budget("least above most", func(b *b) { b.PointsMin, b.PointsMax = 3, 2 }, charter.ErrNumber, ".points_max"),
		budget("least points for approvals", func(b *b) {
			b.Form, b.PointsSumMax, b.PointsMin = approval, 0, 1
		}, charter.ErrMethod, ".points_max"),
		budget("most points for approvals", func(b *b) {
			b.Form, b.PointsSumMax, b.PointsMax = approval, 0, 1
		}, charter.ErrMethod, ".points_max"),
		budget("less than no cost", func(b *b) { b.CostSumMaxFen = -1 }, charter.ErrNumber, ".cost_sum_max_fen"),
		budget("less than no score", func(b *b) { b.ScoreMin = -1 }, charter.ErrNumber, ".score_min"),
		{"an approval without its form", func(book *rulebook) {
			book.Matters[1].Poll.Method = communityv1.Method_METHOD_APPROVAL
		}, charter.ErrMethod, "matters.1.poll.ballot.form"},
	}
}

func slipsOfRequirement() []spoilt {
	type q = requirement
	row := func(name string, i int, spoil func(*q), want *fault.Fault, field string) spoilt {
		return spoilt{name, func(b *rulebook) { spoil(b.Matters[0].Poll.Requirements[i]) }, want,
			"matters.0.poll.requirements." + strconv.Itoa(i) + field}
	}
	const list = "matters.0.poll.requirements"
	return []spoilt{
		row("no measure", 0, func(r *q) { r.Measure = 0 }, charter.ErrChoice, ".measure"),
		row("unknown measure", 0, func(r *q) { r.Measure = 5 }, charter.ErrChoice, ".measure"),
		row("no base", 2, func(r *q) { r.Base = 0 }, charter.ErrChoice, ".base"),
		row("no sum", 2, func(r *q) { r.Of = 0 }, charter.ErrChoice, ".of"),
		row("a quorum of yes", 2, func(r *q) { r.Quorum = true }, charter.ErrRequirement, ".quorum"),
		row("participants of themselves", 0, func(r *q) { r.Base = participants }, charter.ErrRequirement, ".base"),
		row("nothing", 0, func(r *q) { r.Numerator = 0 }, charter.ErrShare, ".numerator"),
		row("less than nothing", 0, func(r *q) { r.Numerator = -2 }, charter.ErrShare, ".numerator"),
		row("both below zero", 0, func(r *q) { r.Numerator, r.Denominator = -2, -3 }, charter.ErrShare, ".denominator"),
		row("more than all", 0, func(r *q) { r.Numerator = 4 }, charter.ErrShare, ".numerator"),
		row("of zero", 0, func(r *q) { r.Denominator = 0 }, charter.ErrShare, ".denominator"),
		row("too fine", 0, func(r *q) { r.Denominator = math.MaxInt64 }, charter.ErrShare, ".denominator"),
		row("above all", 2, func(r *q) { r.Numerator, r.Denominator, r.Strict = 5, 5, true }, charter.ErrUnreachable, ".strict"),
		row("twice", 3, func(r *q) { r.Measure = heads }, charter.ErrTwice, ""),
		{"too many", func(b *rulebook) {
			b.Matters[0].Poll.Requirements = slices.Repeat(b.Matters[0].Poll.Requirements, 5)
		}, charter.ErrRulebookLarge, list},
		{"no majority", func(b *rulebook) {
			b.Matters[0].Poll.Requirements = b.Matters[0].Poll.Requirements[:2]
		}, charter.ErrMajorityMissing, list},
		{"a budget with a majority", func(b *rulebook) {
			b.Matters[1].Poll.Requirements[0] = share(heads, yes, all, 1, 2)
		}, charter.ErrRequirement, "matters.1.poll.requirements.0.of"},
		{"a requirement missing", func(b *rulebook) { b.Matters[1].Poll.Requirements[0] = nil }, charter.ErrChoice,
			"matters.1.poll.requirements.0.measure"},
	}
}

func TestCheckPublished(t *testing.T) {
	t.Parallel()
	for _, ok := range []string{"a", "韧邻 社区", "Köln – №1", strings.Repeat("x", 120)} {
		if err := charter.CheckPublished(ok); err != nil {
			t.Errorf("%q: %v", ok, err)
		}
	}
	for _, bad := range []string{"", " ", "　", "a\nb", "a\u200bb", "\u202eabc", "\xff", "a\ue000", "\ufeffa"} {
		if err := charter.CheckPublished(bad); !errors.Is(err, charter.ErrPublished) {
			t.Errorf("%q passes", bad)
		}
	}
}

func FuzzRulebook(f *testing.F) {
	raw, err := proto.Marshal(good())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := &rulebook{}
		if proto.Unmarshal(raw, b) != nil || charter.CheckRulebook(b, b.GetVersion(), orgKnown) != nil {
			return
		}
		for _, m := range b.GetMatters() {
			if m.GetPoll().GetVotingSeconds() == 0 || m.GetThresholdMembers() == 0 {
				t.Fatal("a rulebook that cannot run passes")
			}
			for _, r := range m.GetPoll().GetRequirements() {
				if r.GetDenominator() <= 0 || r.GetNumerator() <= 0 || r.GetNumerator() > r.GetDenominator() {
					t.Fatal("a share that is none passes")
				}
			}
		}
	})
}

// hidden gives a matter's polls trustees and secret ballots.
func hidden(m *communityv1.Matter) *communityv1.SecrecyRules {
	m.Poll.Secrecy = &communityv1.SecrecyRules{
		Secrecy: communityv1.Secrecy_SECRECY_TOTALS, RegisterSeconds: 60, ContestSeconds: 60,
	}
	return m.Poll.Secrecy
}

// open gives a matter's polls trustees and open ballots.
func open(m *communityv1.Matter) *communityv1.SecrecyRules {
	m.Poll.Secrecy = &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_OPEN}
	return m.Poll.Secrecy
}
