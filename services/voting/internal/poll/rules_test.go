package poll

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"testing"

	"renlin.dev/pkg/secretballot"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

const (
	headsOf      = communityv1.Measure_MEASURE_HEADS
	areaOf       = communityv1.Measure_MEASURE_AREA
	householdsOf = communityv1.Measure_MEASURE_HOUSEHOLDS
)

func asked(m communityv1.Measure, of communityv1.Of, base communityv1.Base, numerator, denominator int64, strict, quorum bool,
) *communityv1.Requirement {
	return &communityv1.Requirement{
		Measure: m, Of: of, Base: base, Numerator: numerator, Denominator: denominator, Strict: strict, Quorum: quorum,
	}
}

// TestComparable: votes of one electorate, with every measure that the other rules ask for, are judged by these, but yes or no by nothing
// else.
func TestComparable(t *testing.T) {
	t.Parallel()
	rules := func(change func(r *communityv1.PollRules)) *communityv1.PollRules {
		r := &communityv1.PollRules{
			Method: communityv1.Method_METHOD_YES_NO, Electorate: communityv1.Electorate_ELECTORATE_OWNERS,
			Turnout: &communityv1.TurnoutRules{Channel: "one"},
		}
		change(r)
		return r
	}
	same := func(*communityv1.PollRules) {}
	byHousehold := func(r *communityv1.PollRules) {
		r.Requirements = append(r.Requirements, asked(householdsOf, communityv1.Of_OF_YES, communityv1.Base_BASE_ALL, 1, 2, true, false))
	}
	channel := func(r *communityv1.PollRules) { r.Turnout.Channel = "two" }
	method := func(r *communityv1.PollRules) { r.Method = communityv1.Method_METHOD_SINGLE }
	electorate := func(r *communityv1.PollRules) { r.Electorate = communityv1.Electorate_ELECTORATE_MEMBERS }
	for name, tt := range map[string]struct {
		was, would func(r *communityv1.PollRules)
		want       Likeness
	}{
		"the same":                        {same, same, Like},
		"both by households":              {byHousehold, byHousehold, Like},
		"households were known":           {byHousehold, same, Like},
		"households were not known":       {same, byHousehold, UnlikeMeasures},
		"another channel":                 {same, channel, UnlikePeople},
		"another method":                  {same, method, UnlikeMethod},
		"it was another method":           {method, same, UnlikeMethod},
		"another electorate":              {same, electorate, UnlikePeople},
		"another method for the same all": {method, method, Like}, // what was filled in is compared by Recount
	} {
		if got := Comparable(rules(tt.was), rules(tt.would), &votingv1.Tally{}); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestRejudged: what a poll's own rules put in or left out of those who took part is taken back before others judge.
func TestRejudged(t *testing.T) {
	t.Parallel()
	r := &communityv1.PollRules{
		Method:       communityv1.Method_METHOD_YES_NO,
		Requirements: []*communityv1.Requirement{asked(headsOf, communityv1.Of_OF_YES, communityv1.Base_BASE_PARTICIPANTS, 1, 2, true, false)},
	}
	tallied := func(change func(*votingv1.Tally)) *votingv1.CertificateIssued {
		c := &votingv1.CertificateIssued{Roll: &votingv1.Roll{AllHeads: 20}, Tally: &votingv1.Tally{
			ParticipantsHeads: 6, Totals: []*votingv1.OptionTotal{{Heads: 3}, {Option: 1, Heads: 2}, {Option: 2, Heads: 1}},
		}}
		change(c.GetTally())
		return c
	}
	for name, tt := range map[string]struct {
		change      func(*votingv1.Tally)
		left, right string
		overflows   bool
	}{
		"as it is": {func(*votingv1.Tally) {}, "2*3", "1*6", false},
		"abstentions were absent": {func(t *votingv1.Tally) {
			t.ParticipantsHeads, t.Turnout = 5, &votingv1.Turnout{AbstentionsAbsent: true}
		}, "2*3", "1*6", false},
		"the silent took part": {func(t *votingv1.Tally) {
			t.ParticipantsHeads, t.Turnout = 10, &votingv1.Turnout{NonVoters: communityv1.NonVoters_NON_VOTERS_TAKE_PART, Heads: 4}
		}, "2*3", "1*6", false},
		"more than fits": {func(t *votingv1.Tally) { t.Totals[0].Heads = math.MaxInt64 }, "", "", true},
		"more abstentions than fit": {func(t *votingv1.Tally) {
			t.ParticipantsHeads, t.Turnout = math.MaxInt64, &votingv1.Turnout{AbstentionsAbsent: true}
		}, "", "", true},
	} {
		lines, _, err := Rejudge(r, tallied(tt.change))
		switch {
		case tt.overflows:
			if !errors.Is(err, tally.ErrSumOverflow) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil || lines[0].GetLeft() != tt.left || lines[0].GetRight() != tt.right:
			t.Errorf("%s: %v, %v", name, lines, err)
		}
	}
	if _, _, err := Rejudge(&communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO, Requirements: []*communityv1.Requirement{{}}},
		tallied(func(*votingv1.Tally) {})); err == nil {
		t.Error("rules that say nothing judge")
	}
}

// TestRulesOfAPoll: what rules and questions must not be, at their bounds.
func TestRulesOfAPoll(t *testing.T) {
	t.Parallel()
	good := func() *communityv1.PollRules {
		return &communityv1.PollRules{
			Electorate: communityv1.Electorate_ELECTORATE_OWNERS, Method: communityv1.Method_METHOD_SINGLE, VotingSeconds: 1, KeyPublishSeconds: 1,
		}
	}
	for name, change := range map[string]func(r *communityv1.PollRules){
		"a seed without trustees":      func(r *communityv1.PollRules) { r.TieRule = communityv1.TieRule_TIE_RULE_SEED },
		"secrecy that is none":         func(r *communityv1.PollRules) { r.Secrecy = &communityv1.SecrecyRules{TrusteesMin: 2} },
		"secrecy of elsewhere":         func(r *communityv1.PollRules) { r.Secrecy = &communityv1.SecrecyRules{Secrecy: 99} },
		"no time to vote":              func(r *communityv1.PollRules) { r.VotingSeconds = 0 },
		"no time to publish":           func(r *communityv1.PollRules) { r.KeyPublishSeconds = 0 },
		"yes or no, nothing asked":     func(r *communityv1.PollRules) { r.Method = communityv1.Method_METHOD_YES_NO },
		"an electorate of elsewhere":   func(r *communityv1.PollRules) { r.Electorate = 99 },
		"an electorate that is unsaid": func(r *communityv1.PollRules) { r.Electorate = 0 },
	} {
		r := good()
		if change(r); checkRules(r) == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if err := checkRules(good()); err != nil {
		t.Error(err)
	}
	ask := func(options int, change func(q *proposalv1.Motion)) error {
		q := &proposalv1.Motion{Title: "t"}
		for i := range options {
			q.Options = append(q.Options, &proposalv1.Option{Code: strconv.Itoa(i)})
		}
		change(q)
		return checkQuestion(q, communityv1.Method_METHOD_SINGLE)
	}
	same := func(*proposalv1.Motion) {}
	for name, err := range map[string]error{
		"too many options":     ask(optionsMax+1, same),
		"no option":            ask(0, same),
		"less than no money":   ask(2, func(q *proposalv1.Motion) { q.BudgetFen = -1 }),
		"no code":              ask(2, func(q *proposalv1.Motion) { q.Options[1].Code = "" }),
		"one code twice":       ask(2, func(q *proposalv1.Motion) { q.Options[1].Code = "0" }),
		"a cost below nothing": ask(2, func(q *proposalv1.Motion) { q.Options[1].CostFen = -1 }),
		"no title":             ask(2, func(q *proposalv1.Motion) { q.Title = "" }),
	} {
		if !errors.Is(err, ErrQuestion) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ask(optionsMax, same); err != nil {
		t.Error(err)
	}
}

// TestCountableAtTheBound: no score can overflow, even if everybody gives one option all that they may.
func TestCountableAtTheBound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		heads, most int64
		want        bool
	}{{1 << 62, 1, true}, {1 << 62, 2, false}, {1 << 62, 8, false}, {1<<62 - 1, 2, true}, {3, math.MaxInt64 / 3, true}} {
		p := &Poll{Rules: &communityv1.PollRules{Ballot: &communityv1.BallotRules{PointsMax: tt.most}}}
		for _, roll := range []*votingv1.Roll{
			{Heads: tt.heads}, {AreaCentiM2: tt.heads}, {Measured: &votingv1.Measured{Households: tt.heads}},
			{Measured: &votingv1.Measured{Weight: tt.heads}},
		} {
			if countable(p, roll) != tt.want {
				t.Errorf("%d times %d is not %v", tt.heads, tt.most, tt.want)
			}
		}
	}
}

// TestTurnoutAtTheBound: when a quorum came late, whose silence counts, and what holds where there is no quorum to reach.
func TestTurnoutAtTheBound(t *testing.T) {
	t.Parallel()
	late := func(within uint32, already bool, at, closes int64) bool {
		rules := &communityv1.PollRules{Turnout: &communityv1.TurnoutRules{LateQuorumWithinSeconds: within}}
		p := &Poll{Late: already, ClosesAt: closes, Rules: rules}
		return (&Sealed{QuorumAt: at}).lateQuorum(p)
	}
	if !late(10, false, 90_000, 100_000) || late(10, false, 89_999, 100_000) || late(10, true, 95_000, 100_000) ||
		late(0, false, 100_000, 100_000) || late(10, false, 0, 10_000) {
		t.Error("a late quorum is told wrongly")
	}
	for n, want := range map[communityv1.NonVoters]bool{
		communityv1.NonVoters_NON_VOTERS_UNSPECIFIED: false, communityv1.NonVoters_NON_VOTERS_ABSENT: false,
		communityv1.NonVoters_NON_VOTERS_TAKE_PART: true, communityv1.NonVoters_NON_VOTERS_JOIN_MAJORITY: true,
	} {
		s := &Sealed{Rules: &communityv1.PollRules{Turnout: &communityv1.TurnoutRules{NonVoters: n}}, Delivered: map[string]bool{"a": true}}
		if s.counts("a") != want || s.counts("b") {
			t.Errorf("%s: %v, %v", n, s.counts("a"), s.counts("b"))
		}
	}
	if !quorumHolds(&communityv1.PollRules{}, tally.Weight{}, tally.Weight{Heads: 9}) {
		t.Error("rules without a quorum have one to reach")
	}
	broken := &communityv1.PollRules{Requirements: []*communityv1.Requirement{{Quorum: true}}}
	if quorumHolds(broken, tally.Weight{Heads: 9}, tally.Weight{Heads: 9}) {
		t.Error("a quorum that nobody can judge is reached")
	}
	if (&Poll{}).late(5) || !(&Poll{OpensBy: 5}).late(5) || (&Poll{OpensBy: 5}).late(4) || !(&Poll{Lapsed: "x"}).late(0) {
		t.Error("when a poll can be opened is told wrongly")
	}
	if (&Poll{Rules: &communityv1.PollRules{}}).failed("p", 1) != nil {
		t.Error("a question is blocked where no rule says so")
	}
	resubmits := &communityv1.PollRules{Turnout: &communityv1.TurnoutRules{ResubmissionSeconds: 9}}
	if (&Poll{Rules: resubmits, Appeal: "m", Question: &proposalv1.Motion{}}).failed("p", 1) != nil ||
		(&Poll{Rules: resubmits, Question: &proposalv1.Motion{}}).failed("p", 1) == nil {
		t.Error("an appeal blocks its question, or a vote does not")
	}
}

// TestOrderOfCodes: numbers by value, before everything else.
func TestOrderOfCodes(t *testing.T) {
	t.Parallel()
	sorted := []string{"01", "1", "9", "10", "1a", "old"}
	for i, a := range sorted {
		for j, b := range sorted {
			if got := compareCodes(a, b); (got < 0) != (i < j) || (got > 0) != (i > j) {
				t.Errorf("%s and %s: %d", a, b, got)
			}
		}
	}
}

// TestWrongMinByHand: how many papers must be wrong for another result.
func TestWrongMinByHand(t *testing.T) {
	t.Parallel()
	yes, participants := communityv1.Of_OF_YES, communityv1.Base_BASE_PARTICIPANTS
	for name, tt := range map[string]struct {
		rules  *communityv1.PollRules
		papers []string
		want   uint32
	}{
		"no papers":      {&communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO}, nil, 0},
		"another method": {&communityv1.PollRules{Method: communityv1.Method_METHOD_SINGLE}, []string{"a"}, 1},
		"nothing asked":  {&communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO}, []string{"a"}, 1},
		"rules of turnout": {&communityv1.PollRules{
			Method: communityv1.Method_METHOD_YES_NO, Turnout: &communityv1.TurnoutRules{},
			Requirements: []*communityv1.Requirement{asked(headsOf, yes, participants, 1, 2, true, false)},
		}, []string{"a"}, 1},
		// 2*7 > 1*10: four between the sides; a wrong head moves them by three.
		"a majority of heads": {&communityv1.PollRules{
			Method:       communityv1.Method_METHOD_YES_NO,
			Requirements: []*communityv1.Requirement{asked(headsOf, yes, participants, 1, 2, true, false)},
		}, []string{"a", "b", "c"}, 2},
		// 2*700 > 1*1000: 400 between the sides; a wrong paper of 100 moves them by 300, so that two of the heaviest are enough.
		"a majority of area": {&communityv1.PollRules{
			Method:       communityv1.Method_METHOD_YES_NO,
			Requirements: []*communityv1.Requirement{asked(areaOf, yes, participants, 1, 2, true, false)},
		}, []string{"a", "b", "c"}, 2},
		// 2*10 >= 1*20 holds with nothing between: one beyond, and a wrong head moves by two.
		"a quorum of all": {&communityv1.PollRules{
			Method: communityv1.Method_METHOD_YES_NO,
			Requirements: []*communityv1.Requirement{
				asked(headsOf, communityv1.Of_OF_PARTICIPANTS, communityv1.Base_BASE_ALL, 1, 2, false, true),
			},
		}, []string{"a", "b", "c"}, 1},
		// 2*7 against 1*8 valid: six between, three a head.
		"a majority of the valid": {&communityv1.PollRules{
			Method:       communityv1.Method_METHOD_YES_NO,
			Requirements: []*communityv1.Requirement{asked(headsOf, yes, communityv1.Base_BASE_VALID, 1, 2, true, false)},
		}, []string{"a", "b", "c"}, 2},
		// 1*7 against 0: not even all three come so far.
		"too far": {&communityv1.PollRules{
			Method:       communityv1.Method_METHOD_YES_NO,
			Requirements: []*communityv1.Requirement{asked(headsOf, yes, communityv1.Base_BASE_ALL, 1, 100, true, false)},
		}, []string{"a"}, 0},
	} {
		p := &Poll{Rules: tt.rules, Roll: &votingv1.Roll{AllHeads: 20, AllAreaCentiM2: 2000}, Tally: &votingv1.Tally{
			ParticipantsHeads: 10, ParticipantsAreaCentiM2: 1000, ValidHeads: 8, ValidAreaCentiM2: 800,
			Totals: []*votingv1.OptionTotal{{Heads: 7, AreaCentiM2: 700}},
		}}
		s := &Sealed{Papers: &Filed{OnPaper: tt.papers}, Roll: map[string]standing.Voter{
			"a": {Heads: 1, AreaCentiM2: 100}, "b": {Heads: 1, AreaCentiM2: 100}, "c": {Heads: 1, AreaCentiM2: 1},
		}}
		if got := wrongMin(p, s); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

// TestExhaustive: every ballot of a shape says exactly one of its options.
func TestExhaustive(t *testing.T) {
	t.Parallel()
	one, err := secretballot.Approval(3, 1, 1)
	if err != nil || !exhaustive(one) {
		t.Error("one of three is not", err)
	}
	for name, change := range map[string]func(s *secretballot.Shape){
		"none, too":    func(s *secretballot.Shape) { s.Sums[0].Lo = 0 },
		"two, too":     func(s *secretballot.Shape) { s.Sums[0].Hi = 2 },
		"not all":      func(s *secretballot.Shape) { s.Sums[0].Terms = s.Sums[0].Terms[:2] },
		"one twofold":  func(s *secretballot.Shape) { s.Sums[0].Terms[1].Coefficient = 2 },
		"a total less": func(s *secretballot.Shape) { s.Totals = s.Totals[:2] },
	} {
		s := one
		s.Sums = []secretballot.Sum{one.Sums[0]}
		s.Sums[0].Terms = slices.Clone(one.Sums[0].Terms)
		if change(&s); exhaustive(s) {
			t.Error(name)
		}
	}
}
