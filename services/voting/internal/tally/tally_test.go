package tally

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestLatest(t *testing.T) {
	t.Parallel()
	type cast struct {
		voter string
		n     int
	}
	cases := map[string]struct{ given, want []cast }{
		"nothing":                         {nil, []cast{}},
		"one":                             {[]cast{{"a", 1}}, []cast{{"a", 1}}},
		"a re-vote replaces":              {[]cast{{"a", 1}, {"a", 2}}, []cast{{"a", 2}}},
		"order of the first appearance":   {[]cast{{"a", 1}, {"b", 1}, {"a", 2}}, []cast{{"a", 2}, {"b", 1}}},
		"back to the first answer counts": {[]cast{{"a", 1}, {"a", 2}, {"a", 1}}, []cast{{"a", 1}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := Latest(c.given, func(v cast) string { return v.voter })
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestLatestIsLastOfEach(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		keys := rapid.SliceOf(rapid.IntRange(0, 5)).Draw(t, "keys")
		last := map[int]int{}
		events := make([][2]int, len(keys))
		for i, k := range keys {
			events[i] = [2]int{k, i}
			last[k] = i
		}
		got := Latest(events, func(e [2]int) int { return e[0] })
		if len(got) != len(last) {
			t.Fatalf("%d entries for %d keys", len(got), len(last))
		}
		for _, e := range got {
			if last[e[0]] != e[1] {
				t.Fatalf("key %d: entry %d, want the last, %d", e[0], e[1], last[e[0]])
			}
		}
	})
}

func TestSum(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		given []Weight
		want  Weight
		err   error
	}{
		"nobody":         {nil, Weight{}, nil},
		"both measures":  {[]Weight{both(1, 8950), both(1, 0), both(0, 50)}, both(2, 9000), nil},
		"largest":        {[]Weight{both(math.MaxInt64-1, 0), both(1, 0)}, both(math.MaxInt64, 0), nil},
		"overflow heads": {[]Weight{both(math.MaxInt64, 0), both(1, 0)}, Weight{}, ErrSumOverflow},
		"overflow area":  {[]Weight{both(0, math.MaxInt64), both(0, math.MaxInt64)}, Weight{}, ErrSumOverflow},
		"negative":       {[]Weight{both(1, 1), both(1, -1)}, Weight{}, ErrWeightNegative},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Sum(c.given)
			if got != c.want || !errors.Is(err, c.err) {
				t.Errorf("got %v, %v, want %v, %v", got, err, c.want, c.err)
			}
		})
	}
}

func TestCheckedArithmetic(t *testing.T) {
	t.Parallel()
	edges := rapid.OneOf(rapid.Int64Range(0, 100), rapid.Int64Range(math.MaxInt64-100, math.MaxInt64), rapid.Int64Range(0, math.MaxInt64),
		rapid.Int64Range(math.MaxInt32-5, math.MaxUint32+5))
	rapid.Check(t, func(t *rapid.T) {
		a, b := edges.Draw(t, "a"), edges.Draw(t, "b")
		product, ok := mulChecked(a, b)
		if fits := a == 0 || b <= math.MaxInt64/a; ok != fits || (ok && product != a*b) {
			t.Fatalf("%d*%d = %d, %v", a, b, product, ok)
		}
		sum, ok := addChecked(a, b)
		if fits := uint64(a)+uint64(b) <= math.MaxInt64; ok != fits || (ok && sum != a+b) {
			t.Fatalf("%d+%d = %d, %v", a, b, sum, ok)
		}
		if _, ok := mulChecked(-1-a, b); ok {
			t.Fatal("a negative factor is taken")
		}
		if _, ok := addChecked(a, -1-b); ok {
			t.Fatal("a negative summand is taken")
		}
	})
}

// voters makes ballots of voters a, b, c… from their choices.
func voters(choices ...[]uint32) []Ballot {
	ballots := make([]Ballot, len(choices))
	for i, c := range choices {
		ballots[i] = Ballot{Voter: string(rune('a' + i)), Choices: c}
	}
	return ballots
}

func TestCount(t *testing.T) {
	t.Parallel()
	roll := Roll{"a": both(1, 9000), "b": both(1, 0), "c": both(0, 5000), "d": both(1, 100)}
	form := Form{Kind: KindApproval, Options: 3, ChoicesMax: 2}
	cases := map[string]struct {
		form    Form
		ballots []Ballot
		roll    Roll
		want    Totals
		err     error
	}{
		"nobody voted": {form, nil, roll, Totals{Options: make([]Weight, 3), Scores: make([]Weight, 3)}, nil},
		"weights in every measure, zero among them": {
			form, voters([]uint32{0, 1}, []uint32{1}, []uint32{1}), roll,
			Totals{
				Options: []Weight{both(1, 9000), both(2, 14000), {}}, Scores: []Weight{both(1, 9000), both(2, 14000), {}},
				Participants: both(2, 14000), Valid: both(2, 14000), Cast: 3,
			}, nil,
		},
		"blank takes part and is not valid": {
			form, voters([]uint32{0}, nil), roll,
			Totals{
				Options: []Weight{both(1, 9000), {}, {}}, Scores: []Weight{both(1, 9000), {}, {}},
				Participants: both(2, 9000), Valid: both(1, 9000), Abstained: both(1, 0), Cast: 2, AbstainedCount: 1,
			}, nil,
		},
		"spoilt ballots stop nothing": {
			form, voters([]uint32{0, 1, 2}, []uint32{3}, []uint32{1, 1}, []uint32{2}), roll,
			Totals{
				Options: []Weight{{}, {}, both(1, 100)}, Scores: []Weight{{}, {}, both(1, 100)},
				Participants: both(3, 14100), Valid: both(1, 100), Spoilt: both(2, 14000), Cast: 4, SpoiltCount: 3,
			}, nil,
		},
		"a nil roll gives one head": {
			form, voters([]uint32{2}), nil,
			Totals{
				Options: []Weight{{}, {}, both(1, 0)}, Scores: []Weight{{}, {}, both(1, 0)}, Participants: both(1, 0), Valid: both(1, 0), Cast: 1,
			}, nil,
		},
		"not on the roll":    {form, []Ballot{{Voter: "z", Choices: []uint32{0}}}, roll, Totals{}, ErrVoterUnlisted},
		"twice":              {form, []Ballot{{Voter: "a"}, {Voter: "b"}, {Voter: "a"}}, roll, Totals{}, ErrBallotDoubled},
		"negative weight":    {form, voters([]uint32{0}), Roll{"a": both(1, -1)}, Totals{}, ErrWeightNegative},
		"overflow":           {form, voters(nil, nil), Roll{"a": both(math.MaxInt64, 0), "b": both(1, 0)}, Totals{}, ErrSumOverflow},
		"form of no options": {Form{Kind: KindApproval}, nil, nil, Totals{}, ErrRuleMalformed},
		"points overflow": {
			Form{Kind: KindScoring, Options: 2, PointsMax: 10}, []Ballot{{Voter: "a", Choices: []uint32{1}, Points: []int64{3}}},
			Roll{"a": both(math.MaxInt64/2, 0)}, Totals{}, ErrSumOverflow,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := Count(c.form, c.ballots, c.roll)
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if diff := cmp.Diff(c.want, got); err == nil && diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCountYesNo(t *testing.T) {
	t.Parallel()
	ballots := voters([]uint32{Yes}, []uint32{No}, []uint32{Abstain}, nil, []uint32{Yes, No}, []uint32{7}, []uint32{Yes})
	got, err := CountYesNo(ballots, nil)
	want := Totals{
		Options: []Weight{both(2, 0), both(1, 0), both(1, 0)}, Scores: []Weight{both(2, 0), both(1, 0), both(1, 0)},
		Participants: both(7, 0), Valid: both(3, 0), Abstained: both(2, 0), Spoilt: both(2, 0), Cast: 7, AbstainedCount: 2, SpoiltCount: 2,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

// tied is one tie.
func tied(total int64, decisive bool, options ...uint32) []Tie {
	return []Tie{{Options: options, Total: total, Decisive: decisive}}
}

func TestWinners(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		totals []int64
		seats  int
		want   []uint32
		ties   []Tie
	}{
		"one":                           {[]int64{1, 5, 3}, 1, []uint32{1}, nil},
		"greatest first":                {[]int64{1, 5, 3}, 2, []uint32{1, 2}, nil},
		"tie for the seat":              {[]int64{5, 1, 5}, 1, []uint32{0}, tied(5, true, 0, 2)},
		"tie above the seat is none":    {[]int64{5, 5, 1}, 2, []uint32{0, 1}, nil},
		"three for two seats":           {[]int64{4, 9, 4, 4}, 3, []uint32{1, 0, 2}, tied(4, true, 0, 2, 3)},
		"nobody named, nobody wins":     {[]int64{0, 0}, 1, []uint32{}, nil},
		"fewer named than seats":        {[]int64{0, 2, 0}, 2, []uint32{1}, nil},
		"no seats":                      {[]int64{2, 2}, 0, []uint32{}, nil},
		"as many as there are":          {[]int64{2, 2}, 2, []uint32{0, 1}, nil},
		"the whole of 63 bits in order": {[]int64{math.MaxInt64 - 1, math.MaxInt64}, 1, []uint32{1}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got, ties := Winners(c.totals, c.seats, nil)
			if diff := cmp.Diff(c.want, got) + cmp.Diff(c.ties, ties); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// both is a weight in heads and area.
func both(heads, area int64) Weight { return Weight{Heads: heads, Area: area} }
