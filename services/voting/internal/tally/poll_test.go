package tally

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestPollCount(t *testing.T) {
	t.Parallel()
	half := Requirement{Measure: Heads, Numerator: 1, Denominator: 2, Strict: true, Base: BaseValid, Of: PartOption}
	quorum := Requirement{Measure: Heads, Numerator: 2, Denominator: 3, Base: BaseAll, Of: PartParticipants, Quorum: true}
	five := both(5, 0)
	one, approval := Form{Kind: KindChooseOne, Options: 3}, Form{Kind: KindApproval, Options: 3}
	costs := Form{Kind: KindApproval, Options: 3, Costs: []int64{4, 3, 3}}
	cases := map[string]struct {
		poll    Poll
		ballots []Ballot
		winners []uint32
		verdict Verdict
	}{
		"yes": {
			Poll{Method: MethodYesNo, Requirements: []Requirement{half, quorum}, All: five},
			voters([]uint32{Yes}, []uint32{Yes}, []uint32{No}, []uint32{Abstain}), nil, Passed,
		},
		"no": {
			Poll{Method: MethodYesNo, Requirements: []Requirement{half, quorum}, All: five},
			voters([]uint32{Yes}, []uint32{No}, []uint32{Abstain}, nil), nil, Rejected,
		},
		"too few": {
			Poll{Method: MethodYesNo, Requirements: []Requirement{half, quorum}, All: five},
			voters([]uint32{Yes}, []uint32{Yes}, []uint32{Yes}), nil, NoQuorum,
		},
		"single choice":            {Poll{Method: MethodSingle, Form: one}, voters([]uint32{2}, []uint32{1}, []uint32{2}), []uint32{2}, ""},
		"single choice, no winner": {Poll{Method: MethodSingle, Form: one}, voters(nil), []uint32{}, ""},
		"the winner has the majority": {
			Poll{Method: MethodSingle, Form: one, Requirements: []Requirement{half}, All: five},
			voters([]uint32{2}, []uint32{1}, []uint32{2}), []uint32{2}, Passed,
		},
		"the winner has no majority": {
			Poll{Method: MethodSingle, Form: one, Requirements: []Requirement{half}, All: five},
			voters([]uint32{2}, []uint32{1}, []uint32{2}, []uint32{0}), []uint32{2}, Rejected,
		},
		"nobody ahead, nothing passed": {
			Poll{Method: MethodSingle, Form: one, Requirements: []Requirement{half}, All: five}, voters(nil, nil), []uint32{}, Rejected,
		},
		"approval, two seats": {
			Poll{Method: MethodApproval, Form: approval, Seats: 2, Requirements: []Requirement{quorum}, All: both(3, 0)},
			voters([]uint32{0, 2}, []uint32{2, 1, 0}), []uint32{0, 2}, Passed,
		},
		"budget": {
			Poll{Method: MethodBudget, Form: costs, Budget: Budget{Budget: 7}},
			voters([]uint32{1, 2}, []uint32{0, 1}, []uint32{1}), []uint32{1, 0}, "",
		},
		"run-off": {
			Poll{Method: MethodRunoff, Form: Form{Kind: KindOrdinal, Options: 3}},
			voters([]uint32{0}, []uint32{0}, []uint32{1, 2}, []uint32{2, 1}, []uint32{2}), []uint32{2}, "",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := c.poll.Check(); err != nil {
				t.Fatal(err)
			}
			got, err := c.poll.Count(c.ballots, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.winners, got.Winners); diff != "" || got.Outcome.Verdict != c.verdict {
				t.Errorf("verdict %q, want %q\n%s", got.Outcome.Verdict, c.verdict, diff)
			}
		})
	}
}

// TestPollMeasure: what orders the options is the poll's measure, in every method.
func TestPollMeasure(t *testing.T) {
	t.Parallel()
	roll := Roll{"a": both(1, 900), "b": both(1, 10), "c": both(1, 10)}
	ballots := voters([]uint32{1}, []uint32{0}, []uint32{0})
	polls := map[Method]Poll{
		MethodSingle:   {Form: Form{Kind: KindChooseOne, Options: 2}},
		MethodApproval: {Form: Form{Kind: KindApproval, Options: 2}},
		MethodBudget:   {Form: Form{Kind: KindApproval, Options: 2, Costs: []int64{1, 1}}, Budget: Budget{Budget: 1}},
		MethodRunoff:   {Form: Form{Kind: KindOrdinal, Options: 2}},
	}
	for method, poll := range polls {
		poll.Method = method
		for measure, want := range map[Measure]uint32{"": 0, Heads: 0, Area: 1} {
			poll.Measure = measure
			if got, err := poll.Count(ballots, roll); err != nil || !slices.Equal(got.Winners, []uint32{want}) {
				t.Errorf("%s by %q: %v, %v, want %d", method, measure, got.Winners, err, want)
			}
		}
	}
}

func TestPollCheckRefuses(t *testing.T) {
	t.Parallel()
	yes := []Requirement{{Measure: Heads, Numerator: 1, Denominator: 2, Base: BaseValid, Of: PartOption}}
	one, approval, ordinal := Form{Kind: KindChooseOne, Options: 2}, Form{Kind: KindApproval, Options: 2}, Form{Kind: KindOrdinal, Options: 2}
	costs := Form{Kind: KindApproval, Options: 2, Costs: []int64{1, 2}}
	cases := map[string]struct {
		poll Poll
		want error
	}{
		"no method":                    {Poll{Form: one}, ErrRuleMalformed},
		"no form":                      {Poll{Method: MethodSingle}, ErrRuleMalformed},
		"unknown measure":              {Poll{Method: MethodYesNo, Measure: "votes"}, ErrRuleMalformed},
		"single choice by approval":    {Poll{Method: MethodSingle, Form: approval}, ErrRuleUnfit},
		"approval by choosing one":     {Poll{Method: MethodApproval, Form: one}, ErrRuleUnfit},
		"run-off without an order":     {Poll{Method: MethodRunoff, Form: approval}, ErrRuleUnfit},
		"budget without costs":         {Poll{Method: MethodBudget, Form: approval}, ErrRuleMalformed},
		"a negative budget":            {Poll{Method: MethodBudget, Form: costs, Budget: Budget{Budget: -1}}, ErrAmountNegative},
		"majority of a budget":         {Poll{Method: MethodBudget, Form: costs, Requirements: yes}, ErrRuleUnfit},
		"majority of a run-off":        {Poll{Method: MethodRunoff, Form: ordinal, Requirements: yes}, ErrRuleUnfit},
		"majority of several winners":  {Poll{Method: MethodApproval, Form: approval, Seats: 2, Requirements: yes}, ErrRuleUnfit},
		"a requirement that is broken": {Poll{Method: MethodYesNo, Requirements: []Requirement{{}}}, ErrRuleMalformed},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if err := c.poll.Check(); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

func TestStands(t *testing.T) {
	t.Parallel()
	half := []Requirement{{Measure: Heads, Numerator: 1, Denominator: 2, Strict: true, Base: BaseParticipants, Of: PartOption}}
	quorum := []Requirement{{Measure: Heads, Numerator: 1, Denominator: 2, Base: BaseAll, Of: PartParticipants, Quorum: true}}
	yesNo := Poll{Method: MethodYesNo, Requirements: half, All: both(9, 0)}
	quorate := Poll{Method: MethodYesNo, Requirements: quorum, All: both(4, 0)}
	single := Poll{Method: MethodSingle, Form: Form{Kind: KindChooseOne, Options: 2}}
	budget := Poll{
		Method: MethodBudget, Form: Form{Kind: KindApproval, Options: 2, Costs: []int64{1, 1}}, Budget: Budget{Budget: 2, ScoreMin: 1},
	}
	cases := map[string]struct {
		poll    Poll
		ballots []Ballot
		hosted  string
		same    bool
	}{
		"nobody is hosted":             {yesNo, voters([]uint32{Yes}, []uint32{Yes}, []uint32{No}), "", true},
		"still passed":                 {yesNo, voters([]uint32{Yes}, []uint32{Yes}, []uint32{No}), "c", true},
		"a tie without it":             {yesNo, voters([]uint32{Yes}, []uint32{Yes}, []uint32{No}), "a", false},
		"still rejected":               {yesNo, voters([]uint32{Yes}, []uint32{No}, []uint32{No}), "c", true},
		"all are hosted":               {yesNo, voters([]uint32{Yes}, []uint32{Yes}), "ab", false},
		"the quorum hangs on it":       {quorate, voters([]uint32{No}, nil), "b", false},
		"the same winner":              {single, voters([]uint32{1}, []uint32{1}, []uint32{0}, []uint32{1}), "a", true},
		"another winner":               {single, voters([]uint32{1}, []uint32{1}, []uint32{0}), "a", false}, // a tie, which 0 wins
		"the same set, in other order": {budget, voters([]uint32{1}, []uint32{1}, []uint32{0}, []uint32{0}, []uint32{0}), "cd", true},
		"another set":                  {budget, voters([]uint32{1}, []uint32{0}), "a", false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := c.poll.Stands(c.ballots, nil, func(voter string) bool { return slices.Contains([]rune(c.hosted), rune(voter[0])) })
			if err != nil || got.Same != c.same || got.LeftOut != len(c.hosted) {
				t.Errorf("same %v, left out %d, %v; want %v, %d", got.Same, got.LeftOut, err, c.same, len(c.hosted))
			}
		})
	}
	if _, err := (Poll{}).Stands(nil, nil, nil); !errors.Is(err, ErrRuleMalformed) {
		t.Errorf("a poll that is none stands: %v", err)
	}
}

// methodForms are all methods of polls on options, each with a form of three options that goes with it.
func methodForms() map[Method]Form {
	costs := []int64{2, 3, 4}
	set, ranks := Form{Kind: KindApproval, Options: 3}, Form{Kind: KindOrdinal, Options: 3}
	score := Form{Kind: KindScoring, Options: 3, PointsMax: 4}
	return map[Method]Form{
		MethodSingle: {Kind: KindChooseOne, Options: 3}, MethodApproval: set, MethodScore: score, MethodStar: score, MethodBorda: ranks,
		MethodRunoff: ranks, MethodSchulze: ranks, MethodCopeland: ranks, MethodSTV: ranks, MethodPAV: set, MethodSeqPAV: set,
		MethodPhragmen: set, MethodShares: set, MethodMaximin: set, MethodQuadratic: {Kind: KindQuadratic, Options: 3, PointsSumMax: 9},
		MethodBudget:       {Kind: KindApproval, Options: 3, Costs: costs},
		MethodBudgetShares: {Kind: KindCumulative, Options: 3, Costs: costs, PointsSumMax: 5},
	}
}

// pollCase draws a poll, a roll and ballots, spoilt and blank ones among them.
func pollCase(t *rapid.T) (Poll, Roll, []Ballot) {
	forms := methodForms()
	poll := Poll{
		Method:       rapid.SampledFrom(append(slices.Sorted(maps.Keys(forms)), MethodYesNo)).Draw(t, "method"),
		Measure:      rapid.SampledFrom([]Measure{Heads, Area}).Draw(t, "measure"),
		Requirements: OwnersOrdinary(),
	}
	poll.Form = forms[poll.Method]
	if poll.Method != MethodYesNo && poll.Method != MethodSingle && poll.Method != MethodApproval {
		poll.Requirements = poll.Requirements[:2]
	}
	if fits[poll.Method].seats && poll.Method != MethodApproval {
		poll.Seats = rapid.Uint32Range(0, 3).Draw(t, "seats")
	}
	switch poll.Method {
	case MethodBudget:
		poll.Budget = Budget{Budget: 6, NoSkip: rapid.Bool().Draw(t, "noskip")}
	case MethodBudgetShares:
		poll.Budget = Budget{Budget: 6}
		poll.Utility = rapid.SampledFrom([]Utility{UtilityCost, UtilityCardinality}).Draw(t, "utility")
	}
	if completions := fits[poll.Method].completions; completions != nil {
		poll.Completion = rapid.SampledFrom(completions).Draw(t, "completion")
	}
	if poll.Method != MethodYesNo && rapid.Bool().Draw(t, "seeded") {
		poll.TieRule, poll.Order = TieBySeed, rapid.Permutation([]uint32{0, 1, 2}).Draw(t, "order")
	}
	roll := Roll{}
	var ballots []Ballot
	var weights []Weight
	for i := range rapid.IntRange(0, 7).Draw(t, "voters") {
		voter := string(rune('a' + i))
		roll[voter] = Weight{Heads: rapid.Int64Range(0, 2).Draw(t, "heads"), Area: rapid.Int64Range(0, 5).Draw(t, "area")}
		weights = append(weights, roll[voter])
		if rapid.IntRange(0, 3).Draw(t, "votes") > 0 {
			b := Ballot{Voter: voter, Choices: rapid.SliceOfN(rapid.Uint32Range(0, 3), 0, 3).Draw(t, "choices")}
			if n := len(b.Choices); slices.Contains([]Kind{KindScoring, KindCumulative, KindQuadratic}, poll.Form.Kind) && n > 0 {
				b.Points = rapid.SliceOfN(rapid.Int64Range(0, 3), n, n).Draw(t, "points")
			}
			ballots = append(ballots, b)
		}
	}
	var err error
	if poll.All, err = Sum(weights); err != nil {
		t.Fatal(err)
	}
	return poll, roll, ballots
}

func TestPollIgnoresTheOrderOfBallots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		poll, roll, ballots := pollCase(t)
		first, err := poll.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		second, err := poll.Count(rapid.Permutation(ballots).Draw(t, "shuffled"), roll)
		if diff := cmp.Diff(first, second); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
		sum := Weight{}
		for _, part := range []Weight{first.Totals.Valid, first.Totals.Abstained, first.Totals.Spoilt} {
			sum = both(sum.Heads+part.Heads, sum.Area+part.Area)
		}
		if sum != first.Totals.Participants || first.Totals.Cast != len(ballots) {
			t.Fatalf("parts %v, participants %v", sum, first.Totals.Participants)
		}
	})
}

// TestALaterBallotIsAllThatCounts: whatever a voter cast before, only the last ballot matters.
func TestALaterBallotIsAllThatCounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		poll, roll, ballots := pollCase(t)
		want, err := poll.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		var events []Ballot
		for _, b := range ballots {
			for range rapid.IntRange(0, 2).Draw(t, "earlier") {
				events = append(events, Ballot{Voter: b.Voter, Choices: []uint32{rapid.Uint32Range(0, 3).Draw(t, "choice")}})
			}
		}
		got, err := poll.Count(LatestBallots(append(events, ballots...)), roll)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

// TestABlankBallotNeverRescues: a further blank ballot never turns rejected into passed, in any method with a majority.
func TestABlankBallotNeverRescues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		poll, roll, ballots := pollCase(t)
		roll["new"] = Weight{Heads: rapid.Int64Range(0, 3).Draw(t, "heads"), Area: rapid.Int64Range(0, 9).Draw(t, "area")}
		var err error
		if poll.All, err = poll.All.Plus(roll["new"]); err != nil {
			t.Fatal(err)
		}
		before, err := poll.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		after, err := poll.Count(append(slices.Clone(ballots), Ballot{Voter: "new"}), roll)
		if err != nil {
			t.Fatal(err)
		}
		if before.Outcome.Verdict == Rejected && after.Outcome.Verdict == Passed {
			t.Fatal("a blank ballot turned rejected into passed")
		}
		if !slices.Equal(before.Winners, after.Winners) {
			t.Fatal("a blank ballot changed the winners")
		}
	})
}
