package tally

import (
	"errors"
	"math"
	"slices"
	"testing"
)

func TestFormCheck(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		form Form
		good bool
	}{
		"approval":                       {Form{Kind: KindApproval, Options: 2}, true},
		"no options":                     {Form{Kind: KindApproval}, false},
		"too many options":               {Form{Kind: KindApproval, Options: OptionsMax + 1}, false},
		"unknown kind":                   {Form{Kind: "guess", Options: 2}, false},
		"no kind":                        {Form{Options: 2}, false},
		"more choices needed than there": {Form{Kind: KindApproval, Options: 2, ChoicesMin: 3}, false},
		"bounds crossed":                 {Form{Kind: KindApproval, Options: 9, ChoicesMin: 3, ChoicesMax: 2}, false},
		"choose one of two":              {Form{Kind: KindChooseOne, Options: 2, ChoicesMax: 2}, false},
		"cumulative needs a purse":       {Form{Kind: KindCumulative, Options: 2}, false},
		"cumulative":                     {Form{Kind: KindCumulative, Options: 2, PointsSumMax: 10}, true},
		"scoring needs a highest score":  {Form{Kind: KindScoring, Options: 2}, false},
		"scoring":                        {Form{Kind: KindScoring, Options: 2, PointsMax: 5}, true},
		"points crossed":                 {Form{Kind: KindScoring, Options: 2, PointsMin: 6, PointsMax: 5}, false},
		"negative points":                {Form{Kind: KindScoring, Options: 2, PointsMin: -1, PointsMax: 5}, false},
		"ordinal":                        {Form{Kind: KindOrdinal, Options: 2}, true},
		"costs of other options":         {Form{Kind: KindApproval, Options: 2, Costs: []int64{1}}, false},
		"a cost bound without costs":     {Form{Kind: KindApproval, Options: 2, CostSumMax: 5}, false},
		"a negative cost bound":          {Form{Kind: KindApproval, Options: 1, Costs: []int64{1}, CostSumMax: -1}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := c.form.Check()
			if (err == nil) != c.good || (err != nil && !errors.Is(err, ErrRuleMalformed)) {
				t.Errorf("got %v, want good %v", err, c.good)
			}
		})
	}
}

func TestFormGood(t *testing.T) {
	t.Parallel()
	approval := Form{Kind: KindApproval, Options: 3, ChoicesMin: 2, ChoicesMax: 2, Costs: []int64{5, 5, 6}, CostSumMax: 10}
	one := Form{Kind: KindChooseOne, Options: 3}
	cumulative := Form{Kind: KindCumulative, Options: 3, PointsSumMax: 2}
	scoring := Form{Kind: KindScoring, Options: 3, PointsMin: 1, PointsMax: 5}
	ordinal := Form{Kind: KindOrdinal, Options: 5, ChoicesMax: 3}
	cases := map[string]struct {
		form    Form
		choices []uint32
		points  []int64
		good    bool
	}{
		"blank is always good":               {approval, nil, nil, true},
		"blank with points":                  {scoring, nil, []int64{1}, false},
		"two of three":                       {approval, []uint32{1, 0}, nil, true},
		"too few":                            {approval, []uint32{1}, nil, false},
		"too many":                           {approval, []uint32{1, 0, 2}, nil, false},
		"doubled":                            {approval, []uint32{1, 1}, nil, false},
		"unknown option":                     {approval, []uint32{1, 3}, nil, false},
		"option of another world":            {approval, []uint32{1, math.MaxUint32}, nil, false},
		"too dear":                           {approval, []uint32{1, 2}, nil, false},
		"points where there are none":        {approval, []uint32{0, 1}, []int64{1, 1}, false},
		"one":                                {one, []uint32{2}, nil, true},
		"one and another":                    {one, []uint32{2, 1}, nil, false},
		"one with a heap of points":          {one, []uint32{2}, []int64{1000}, false},
		"purse spent":                        {cumulative, []uint32{2, 1}, []int64{1, 1}, true},
		"purse not spent":                    {cumulative, []uint32{2, 1}, []int64{1, 0}, true},
		"purse overdrawn":                    {cumulative, []uint32{2, 1}, []int64{2, 1}, false},
		"purse overdrawn by overflow":        {cumulative, []uint32{2, 1}, []int64{math.MaxInt64, math.MaxInt64}, false},
		"purse smaller than the choices":     {cumulative, []uint32{0, 1, 2}, nil, false},
		"purse, no points":                   {cumulative, []uint32{0, 1}, nil, true},
		"negative points make room for more": {cumulative, []uint32{2, 1}, []int64{9, -7}, false},
		"points for one of two":              {cumulative, []uint32{2, 1}, []int64{1}, false},
		"scores in range":                    {scoring, []uint32{0, 1}, []int64{5, 1}, true},
		"score too high":                     {scoring, []uint32{0}, []int64{6}, false},
		"score too low":                      {scoring, []uint32{0}, []int64{0}, false},
		"ranks":                              {ordinal, []uint32{4, 0, 2}, nil, true},
		"ranks with points":                  {ordinal, []uint32{4, 0, 2}, []int64{3, 2, 1}, true},
		"fewer ranks with top points":        {ordinal, []uint32{4, 0}, []int64{3, 2}, true},
		"equal points are no ranks":          {ordinal, []uint32{4, 0, 2}, []int64{3, 3, 3}, false},
		"rising points are no ranks":         {ordinal, []uint32{4, 0, 2}, []int64{1, 2, 3}, false},
		"above the highest rank":             {ordinal, []uint32{4, 0, 2}, []int64{4, 2, 1}, false},
		"below the lowest rank":              {ordinal, []uint32{4, 0, 2}, []int64{2, 1, 0}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if err := c.form.Check(); err != nil {
				t.Fatal(err)
			}
			if got := c.form.Good(Ballot{Choices: c.choices, Points: c.points}); got != c.good {
				t.Errorf("got %v, want %v", got, c.good)
			}
		})
	}
}

func TestPointsOfABallot(t *testing.T) {
	t.Parallel()
	choices := []uint32{2, 0}
	cases := map[string]struct {
		form   Form
		points []int64
		want   [3]int64
	}{
		"approvals":               {Form{Kind: KindApproval, Options: 3}, nil, [3]int64{1, 0, 1}},
		"points":                  {Form{Kind: KindCumulative, Options: 3, PointsSumMax: 9}, []int64{7, 2}, [3]int64{2, 0, 7}},
		"points left out":         {Form{Kind: KindCumulative, Options: 3, PointsSumMax: 9}, nil, [3]int64{1, 0, 1}},
		"ranks":                   {Form{Kind: KindOrdinal, Options: 3}, nil, [3]int64{1, 0, 1}},
		"ranks with their points": {Form{Kind: KindOrdinal, Options: 3}, []int64{3, 2}, [3]int64{2, 0, 3}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ballots := []Ballot{{Voter: "a", Choices: choices, Points: c.points}}
			got, err := Count(c.form, ballots, Roll{"a": both(2, 30)})
			if err != nil {
				t.Fatal(err)
			}
			for o, want := range c.want {
				if got.Scores[o] != (both(2*want, 30*want)) {
					t.Errorf("option %d: %v, want %d times the weight", o, got.Scores[o], want)
				}
			}
			if got.Options[2] != (both(2, 30)) {
				t.Errorf("points leak into the plain totals: %v", got.Options[2])
			}
		})
	}
}

// TestBlocsAreOfOneMind: ballots are taken together if they say the same, and only then.
func TestBlocsAreOfOneMind(t *testing.T) {
	t.Parallel()
	p := Poll{Measure: Area, Form: Form{Kind: KindScoring, Options: 3, PointsMax: math.MaxInt64}}
	ballots := []Ballot{
		{"a", []uint32{0, 1, 2}, nil},
		{"b", []uint32{0}, []int64{1<<32 + 2}}, // in bytes, the same three numbers
		{"c", []uint32{2, 1, 0}, nil},
		{"d", []uint32{1, 0}, []int64{5, 6}},
		{"e", []uint32{0, 1}, []int64{6, 5}},
		{"f", nil, nil},
		{"g", []uint32{7}, nil},
	}
	roll := Roll{}
	for i, b := range ballots {
		roll[b.Voter] = Weight{Heads: 1, Area: 1 << i}
	}
	blocs, voters, err := p.blocs(ballots, roll)
	if err != nil || voters != 5 {
		t.Fatalf("%d voters, %v", voters, err)
	}
	var weights []int64
	for _, b := range blocs {
		weights = append(weights, b.weight)
	}
	if !slices.Equal(weights, []int64{1 + 4, 2, 8 + 16}) {
		t.Errorf("weights %v", weights)
	}
	p.Form.Kind = KindOrdinal // where the order says something
	if blocs, _, err = p.blocs([]Ballot{{"a", []uint32{0, 1}, nil}, {"b", []uint32{1, 0}, nil}}, roll); err != nil || len(blocs) != 2 {
		t.Errorf("%v, %v", blocs, err)
	}
}
