package tally

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSilence: who did not vote takes part or joins the side that has more in every measure that is asked for, if they were told; where
// nobody voted, nobody's silence counts.
func TestSilence(t *testing.T) {
	t.Parallel()
	roll := Roll{"a": both(1, 50), "b": both(1, 20), "c": both(1, 20), "d": both(0, 0)}
	yes, no, abstain := []uint32{Yes}, []uint32{No}, []uint32{Abstain}
	majority := func(m Measure) Requirement {
		return Requirement{Measure: m, Numerator: 1, Denominator: 2, Strict: true, Base: BaseParticipants, Of: PartOption}
	}
	quorum := Requirement{Measure: Heads, Numerator: 1, Denominator: 2, Base: BaseAll, Of: PartParticipants, Quorum: true}
	inBoth := []Requirement{majority(Heads), majority(Area)}
	for name, tt := range map[string]struct {
		silence      Silence
		silent       Weight
		requirements []Requirement
		answers      [][]uint32 // of a, b, c
		want         Figures
		at           Standpoint
	}{
		"absent": {
			SilenceAbsent, both(9, 90), nil, [][]uint32{yes, no, yes},
			Figures{Participants: both(3, 90), Valid: both(3, 90), Option: both(2, 70)}, Standpoint{},
		},
		"takes part": {
			SilenceTakesPart, both(9, 90), nil, [][]uint32{yes, no, yes},
			Figures{Participants: both(12, 180), Valid: both(3, 90), Option: both(2, 70)}, Standpoint{},
		},
		"joins yes, by heads where nothing is asked for": {
			SilenceJoins, both(9, 90), nil, [][]uint32{no, yes, yes},
			Figures{Participants: both(12, 180), Valid: both(12, 180), Option: both(11, 130)}, Standpoint{true, Yes},
		},
		"joins no": {
			SilenceJoins, both(9, 90), []Requirement{quorum, majority(Area)}, [][]uint32{no, yes, yes},
			Figures{Participants: both(12, 180), Valid: both(12, 180), Option: both(2, 40)}, Standpoint{true, No},
		},
		"the measures contradict each other": {
			SilenceJoins, both(9, 90), inBoth, [][]uint32{no, yes, yes},
			Figures{Participants: both(12, 180), Valid: both(3, 90), Option: both(2, 40)}, Standpoint{},
		},
		"nobody has more": {
			SilenceJoins, both(9, 90), nil, [][]uint32{abstain, yes, no},
			Figures{Participants: both(12, 180), Valid: both(2, 40), Option: both(1, 20)}, Standpoint{},
		},
		"nobody has more in one of two": {
			SilenceJoins, both(9, 90), inBoth, [][]uint32{abstain, yes, no},
			Figures{Participants: both(12, 180), Valid: both(2, 40), Option: both(1, 20)}, Standpoint{},
		},
		"nobody voted": {SilenceJoins, both(9, 90), nil, nil, Figures{}, Standpoint{}},
		"nobody was silent": {
			SilenceJoins, Weight{}, nil, [][]uint32{yes},
			Figures{Participants: both(1, 50), Valid: both(1, 50), Option: both(1, 50)}, Standpoint{},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := Poll{Method: MethodYesNo, All: both(20, 400), Requirements: tt.requirements}
			p.Turnout = Turnout{Silence: tt.silence, Silent: tt.silent}
			var ballots []Ballot
			for i, choices := range tt.answers {
				ballots = append(ballots, Ballot{Voter: string(rune('a' + i)), Choices: choices})
			}
			res, err := p.Count(ballots, roll)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.All = p.All
			if diff := cmp.Diff(tt.want, res.Figures); diff != "" || res.Silent != tt.at {
				t.Errorf("%s, %+v", diff, res.Silent)
			}
		})
	}
}

// TestRefusedBeforeCounting: what cannot be counted is refused as such, by whichever door it comes.
func TestRefusedBeforeCounting(t *testing.T) {
	t.Parallel()
	two := []Ballot{{Voter: "a", Choices: []uint32{0}}, {Voter: "b", Choices: []uint32{0}}}
	one := two[:1]
	spoilt := []Ballot{two[0], {Voter: "b", Choices: []uint32{9}}}
	voters := func(t Turnout) Poll { return Poll{Method: MethodYesNo, Turnout: t} }
	heads := func(a, b int64) Roll { return Roll{"a": {Heads: a}, "b": {Heads: b}} }
	set := func(options uint32) Form { return Form{Kind: KindApproval, Options: options} }
	ranked := Form{Kind: KindOrdinal, Options: 3}
	scored := Form{Kind: KindScoring, Options: 2, PointsMax: 1 << 62}
	shares := func(budget, raise int64) Poll {
		return Poll{
			Method: MethodBudgetShares, Utility: UtilityCost, Completion: CompletionAddOne, Budget: Budget{Budget: budget}, Raise: raise,
			Form: Form{Kind: KindApproval, Options: 1, Costs: []int64{1}},
		}
	}
	for name, tt := range map[string]struct {
		poll    Poll
		ballots []Ballot
		roll    Roll
		want    error
	}{
		"silence of elsewhere":     {voters(Turnout{Silence: "sleeps"}), nil, nil, ErrRuleMalformed},
		"silence that weighs less": {voters(Turnout{Silent: both(0, -1)}), nil, nil, ErrWeightNegative},
		"nothing to join": {
			Poll{Method: MethodApproval, Form: set(2), Turnout: Turnout{Silence: SilenceJoins}}, nil, nil, ErrRuleUnfit,
		},
		"too many silent": {
			voters(Turnout{Silence: SilenceTakesPart, Silent: both(math.MaxInt64, 0)}), one, nil, ErrSumOverflow,
		},
		"too many with one spoilt":   {Poll{Method: MethodYesNo}, spoilt, heads(math.MaxInt64, 1), ErrSumOverflow},
		"somebody unlisted":          {Poll{Method: MethodYesNo}, one, Roll{}, ErrVoterUnlisted},
		"somebody unlisted, options": {Poll{Method: MethodApproval, Form: set(2)}, one, Roll{}, ErrVoterUnlisted},
		"too many to add up":         {Poll{Method: MethodYesNo}, two, heads(math.MaxInt64, 1), ErrSumOverflow},
		"too many households": {
			Poll{Method: MethodYesNo}, two, Roll{"a": {Households: math.MaxInt64}, "b": {Households: 1}}, ErrSumOverflow,
		},
		"too great classes": {Poll{Method: MethodYesNo}, two, Roll{"a": {Classes: math.MaxInt64}, "b": {Classes: 1}}, ErrSumOverflow},
		"points that do not fit": {Poll{Method: MethodScore, Form: scored}, []Ballot{
			{Voter: "a", Choices: []uint32{0}, Points: []int64{1 << 62}}, {Voter: "b", Choices: []uint32{0}, Points: []int64{1 << 62}},
		}, nil, ErrSumOverflow},
		"a majority of points": {Poll{Method: MethodScore, Form: scored, Requirements: []Requirement{
			{Measure: Heads, Numerator: 1, Denominator: 2, Base: BaseParticipants, Of: PartOption},
		}}, one, nil, ErrRuleUnfit},
		"more for shares than there may be":     {shares(9, 1), one, heads(moneyMax+1, 0), ErrSumOverflow},
		"as much for shares as there may be":    {shares(9, 1), one, heads(moneyMax, 0), nil},
		"a budget greater than there may be":    {shares(moneyMax+1, 1), one, nil, ErrSumOverflow},
		"a budget as great as there may be":     {shares(moneyMax, 1), one, nil, nil},
		"a budget below nothing":                {shares(-1, 1), nil, nil, ErrAmountNegative},
		"a raise that does not fit":             {shares(9, math.MaxInt64), two, nil, ErrSumOverflow},
		"a committee of more than there may be": {Poll{Method: MethodPhragmen, Form: set(2)}, one, heads(moneyMax+1, 0), ErrSumOverflow},
		"a committee of as many as may be":      {Poll{Method: MethodPhragmen, Form: set(2)}, one, heads(moneyMax, 0), nil},
		"satisfaction that does not fit":        {Poll{Method: MethodPAV, Seats: 12, Form: set(13)}, one, heads(1<<59, 0), ErrSumOverflow},
		"one seat where there are no several":   {Poll{Method: MethodRunoff, Seats: 1, Form: ranked}, nil, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := tt.poll.Count(tt.ballots, tt.roll); !errors.Is(err, tt.want) || (tt.want == nil) != (err == nil) {
				t.Errorf("count: %v, want %v", err, tt.want)
			}
			none := func(string) bool { return false }
			if _, err := tt.poll.Stands(tt.ballots, tt.roll, none); !errors.Is(err, tt.want) || (tt.want == nil) != (err == nil) {
				t.Errorf("stands: %v, want %v", err, tt.want)
			}
		})
	}
	some := func(voter string) bool { return voter == "b" }
	if _, err := (Poll{Method: MethodYesNo}).Stands(two, Roll{"a": both(1, 0)}, some); !errors.Is(err, ErrVoterUnlisted) {
		t.Errorf("one who is unlisted and left out: %v", err)
	}
	for _, completion := range []Completion{CompletionAddOne, CompletionAddOneGreedy} {
		p := shares(9, 5)
		if p.Completion = completion; p.Check() != nil {
			t.Errorf("a raise with %s: %v", completion, p.Check())
		}
	}
}

// TestSeatsAtTheBound: every election of a committee takes as many seats as it may, and no more.
func TestSeatsAtTheBound(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		method         Method
		options, seats uint32
		want           error
	}{
		{MethodSTV, 3, 3, nil}, {MethodSTV, 3, 4, ErrRuleMalformed}, {MethodSTV, 200, 100, nil}, {MethodSTV, 200, 101, ErrRuleMalformed},
		{MethodSeqPAV, 3, 3, nil}, {MethodSeqPAV, 3, 4, ErrRuleMalformed}, {MethodSeqPAV, 200, 101, ErrRuleMalformed},
		{MethodPhragmen, 3, 3, nil}, {MethodPhragmen, 3, 4, ErrRuleMalformed}, {MethodPhragmen, 200, 101, ErrRuleMalformed},
		{MethodShares, 3, 3, nil}, {MethodShares, 3, 4, ErrRuleMalformed}, {MethodShares, 200, 101, ErrRuleMalformed},
		{MethodMaximin, 3, 3, nil}, {MethodMaximin, 3, 4, ErrCommitteeTooLarge},
		{MethodMaximin, 20, MaximinSeatsMax, nil}, {MethodMaximin, 20, MaximinSeatsMax + 1, ErrCommitteeTooLarge},
		{MethodPAV, 13, PAVSeatsMax, nil}, {MethodPAV, 14, PAVSeatsMax + 1, ErrCommitteeTooLarge}, {MethodPAV, 3, 4, ErrRuleMalformed},
	} {
		kind := KindApproval
		if tt.method == MethodSTV {
			kind = KindOrdinal
		}
		err := Poll{Method: tt.method, Seats: tt.seats, Form: Form{Kind: kind, Options: tt.options}}.Check()
		if !errors.Is(err, tt.want) || (tt.want == nil) != (err == nil) {
			t.Errorf("%s, %d of %d: %v, want %v", tt.method, tt.seats, tt.options, err, tt.want)
		}
	}
	for options := uint32(1); options <= 300; options++ {
		for seats := uint32(1); seats <= min(options, PAVSeatsMax); seats++ {
			want := new(big.Int).Binomial(int64(options), int64(seats))
			if over := big.NewInt(PAVCommitteesMax + 1); want.Cmp(over) > 0 {
				want = over
			}
			if n := committees(options, seats); n != want.Int64() {
				t.Errorf("%d of %d: %d committees, want %v", seats, options, n, want)
			}
		}
	}
	if checkPAV(PAVCommitteesMax, 1) != nil || checkPAV(PAVCommitteesMax+1, 1) == nil {
		t.Error("as many committees as may be compared are not taken, or more are")
	}
}

// TestWrongOrders: an order that is none of the options is refused by every count that breaks ties.
func TestWrongOrders(t *testing.T) {
	t.Parallel()
	for _, order := range []Order{{}, {0, 1}, {0, 0, 2}, {0, 1, 3}, {0, 1, 2, 3}} {
		_, err1 := Budget{Budget: 1}.Allocate([]int64{1, 1, 1}, []int64{1, 1, 1}, order)
		_, _, _, err2 := Schulze(3, nil, order)
		_, _, _, err3 := Copeland(3, nil, order)
		_, err4 := InstantRunoff(3, nil, order)
		for i, err := range []error{err1, err2, err3, err4} {
			if !errors.Is(err, ErrRuleMalformed) {
				t.Errorf("%v, count %d: %v", order, i+1, err)
			}
		}
	}
	if (Order{}).check(0) == nil {
		t.Error("an order of nothing is taken")
	}
	if _, _, _, err := Copeland(0, nil, nil); !errors.Is(err, ErrRuleMalformed) {
		t.Error(err)
	}
	for _, rankings := range [][]Ranking{{ranks(1, 0, 0)}, {ranks(1, 2)}, {ranks(-1, 0)}} {
		if _, err := SingleTransferable(2, 1, rankings, nil); err == nil {
			t.Errorf("%v is counted", rankings)
		}
	}
}

// TestNobodyIsNamed: where no ranking of any weight names anybody, nobody wins.
func TestNobodyIsNamed(t *testing.T) {
	t.Parallel()
	for _, rankings := range [][]Ranking{nil, {{Weight: 1}}, {ranks(0, 1, 0)}} {
		schulze, _, _, err1 := Schulze(2, rankings, nil)
		copeland, _, _, err2 := Copeland(2, rankings, nil)
		if err1 != nil || err2 != nil || len(schulze) != 0 || len(copeland) != 0 {
			t.Errorf("%v: %v, %v, %v, %v", rankings, schulze, copeland, err1, err2)
		}
	}
	schulze, pairs, _, err := Schulze(2, []Ranking{ranks(1, 1, 0)}, nil)
	if winner, exists := pairs.CondorcetWinner(); err != nil || !slices.Equal(schulze, []uint32{1}) || winner != 1 || !exists {
		t.Errorf("%v, %d, %v, %v", schulze, winner, exists, err)
	}
	if _, err := Borda(3, []Ranking{ranks(1<<61, 0), ranks(1<<61, 0)}); !errors.Is(err, ErrSumOverflow) {
		t.Error(err)
	}
}

// TestArithmetic: at the bounds of what fits.
func TestArithmetic(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		reckon func(a, b int64) (int64, bool)
		a, b   int64
		want   int64
		ok     bool
	}{
		{addChecked, -1, 2, 0, false}, {addChecked, 2, -1, 0, false}, {addChecked, math.MaxInt64, 0, math.MaxInt64, true},
		{addChecked, math.MaxInt64, 1, 0, false}, {mulChecked, -1, 0, 0, false}, {mulChecked, 0, -1, 0, false},
		{mulChecked, math.MaxInt64, 1, math.MaxInt64, true}, {mulChecked, 1 << 32, 1 << 31, 0, false}, {mulChecked, 1 << 32, 1 << 32, 0, false},
	} {
		if got, ok := tt.reckon(tt.a, tt.b); got != tt.want || ok != tt.ok {
			t.Errorf("%d and %d: %d, %v", tt.a, tt.b, got, ok)
		}
	}
	for _, tt := range []struct {
		a, b, c, d int64
		want       bool
	}{
		{1, 2, 1, 2, false}, {1, 3, 1, 2, true}, {1 << 61, 16, 1 << 62, 16, true}, {1 << 62, 16, 1 << 61, 16, false},
		{1 << 62, 5, 1, 8, false}, {1, 1 << 62, 5, 8, true},
	} {
		if less(tt.a, tt.b, tt.c, tt.d) != tt.want {
			t.Errorf("%d/%d < %d/%d is not %v", tt.a, tt.b, tt.c, tt.d, tt.want)
		}
	}
	for _, tt := range []struct {
		payment, points, purse int64
		want                   bool
	}{{5, 1, 5, false}, {6, 1, 5, true}, {3, 2, 6, false}, {3, 2, 5, true}, {1 << 62, 8, 5, true}, {1 << 61, 8, 5, true}} {
		if dearer(tt.payment, tt.points, tt.purse) != tt.want {
			t.Errorf("%d points at %d from %d is not %v", tt.points, tt.payment, tt.purse, tt.want)
		}
	}
	costly := Form{Kind: KindApproval, Options: 2, Costs: []int64{math.MaxInt64, 1}, CostSumMax: math.MaxInt64}
	if costly.Good(Ballot{Choices: []uint32{0, 1}}) || !costly.Good(Ballot{Choices: []uint32{0}}) {
		t.Error("a cost that does not fit is taken, or one that does is not")
	}
	if all, ties := Winners([]int64{1, 2}, -1, nil); !slices.Equal(all, []uint32{1, 0}) || ties != nil {
		t.Error(all, ties)
	}
}

// TestRootsAreTold: sums of roots that are equal, and that are not.
func TestRootsAreTold(t *testing.T) {
	t.Parallel()
	if !rootsOf(2, 2).equals(rootsOf(8)) || rootsOf(2).equals(rootsOf(3)) || rootsOf(2, 2).equals(rootsOf(2)) {
		t.Error("what is equal is told wrongly")
	}
	if rootsOf(2, 2).Compare(rootsOf(2)) != 1 || rootsOf(2, 2).Compare(rootsOf(8)) != 0 {
		t.Error("what is greater is told wrongly")
	}
	if _, square := squareRoot(big.NewRat(2, 1)); square {
		t.Error("two is a square")
	}
}

// TestDuel: the duel of STAR is won by more ballots, then by more points, then by the order, which alone is a tie.
func TestDuel(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		duel Duel
		want uint32
		ties int
	}{
		{Duel{Options: [2]uint32{1, 0}, Scores: [2]int64{5, 5}, For: [2]int64{2, 1}}, 1, 0},
		{Duel{Options: [2]uint32{1, 0}, Scores: [2]int64{5, 4}, For: [2]int64{1, 2}}, 0, 0},
		{Duel{Options: [2]uint32{1, 0}, Scores: [2]int64{5, 4}, For: [2]int64{2, 2}}, 1, 0},
		{Duel{Options: [2]uint32{1, 0}, Scores: [2]int64{5, 5}, For: [2]int64{2, 2}}, 0, 1},
	} {
		pick := &picker{at: -1}
		if got := tt.duel.winner(pick); got != tt.want || len(pick.ties) != tt.ties {
			t.Errorf("%+v: %d, %v", tt.duel, got, pick.ties)
		}
	}
}

// TestRulesAtTheBound: as many requirements as there may be, and each item of article 278.
func TestRulesAtTheBound(t *testing.T) {
	t.Parallel()
	most := slices.Repeat([]Requirement{OwnersOrdinary()[0]}, requirementsMax)
	figures := Figures{All: both(1, 1), Participants: both(1, 1)}
	if _, err := Evaluate(most, figures); err != nil {
		t.Error(err)
	}
	if _, err := Evaluate(append(most, most[0]), figures); !errors.Is(err, ErrRuleMalformed) {
		t.Error(err)
	}
	for item, want := range map[int][]Requirement{5: OwnersOrdinary(), 6: OwnersSpecial(), 8: OwnersSpecial(), 9: OwnersOrdinary()} {
		if got, err := OwnersItem(item); err != nil || !slices.Equal(got, want) {
			t.Errorf("item %d: %v, %v", item, got, err)
		}
	}
	few := Totals{Options: make([]Weight, 2)}
	if _, err := (Poll{Method: MethodApproval, Form: Form{Kind: KindApproval, Options: 2}}).Judge(few); err != nil {
		t.Error(err)
	}
}
