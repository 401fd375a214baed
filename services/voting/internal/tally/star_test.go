package tally

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

// TestStarByHand counts STAR from the points alone.
func TestStarByHand(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const options = 4
		var points [][options]int64
		var ballots []Ballot
		for i := range rapid.IntRange(0, 6).Draw(t, "voters") {
			var given [options]int64
			b := Ballot{Voter: strconv.Itoa(i)}
			for o := range given {
				given[o] = rapid.Int64Range(0, 5).Draw(t, "points")
				b.Choices, b.Points = append(b.Choices, uint32(o)), append(b.Points, given[o])
			}
			points, ballots = append(points, given), append(ballots, b)
		}
		p := Poll{Method: MethodStar, Form: Form{Kind: KindScoring, Options: options, PointsMax: 5}}
		got, err := p.Count(ballots, nil)
		if err != nil {
			t.Fatal(err)
		}
		var sums [options]int64
		for _, given := range points {
			for o, n := range given {
				sums[o] += n
			}
		}
		order := []uint32{0, 1, 2, 3}
		slices.SortStableFunc(order, func(a, b uint32) int { return int(sums[b] - sums[a]) })
		order = slices.DeleteFunc(order, func(o uint32) bool { return sums[o] == 0 })
		want := order[:min(1, len(order))]
		if len(order) > 1 {
			first, second := 0, 0
			for _, given := range points {
				switch a, b := given[order[0]], given[order[1]]; {
				case a > b:
					first++
				case b > a:
					second++
				}
			}
			if second > first {
				want = order[1:2]
			}
			if d := got.Duel; d.For != [2]int64{int64(first), int64(second)} || d.Even != int64(len(points)-first-second) {
				t.Fatalf("%+v, by hand %d : %d", d, first, second)
			}
		}
		if !slices.Equal(want, got.Winners) {
			t.Fatalf("%v wins, by hand %v of %v", got.Winners, want, sums)
		}
	})
}

// TestQuadraticPrices: n votes for one option cost n*n of the purse.
func TestQuadraticPrices(t *testing.T) {
	t.Parallel()
	f := Form{Kind: KindQuadratic, Options: 3, PointsSumMax: 25}
	for name, c := range map[string]struct {
		choices []uint32
		points  []int64
		good    bool
	}{
		"the whole purse":   {[]uint32{0, 1}, []int64{4, 3}, true},
		"one credit more":   {[]uint32{0, 1, 2}, []int64{4, 3, 1}, false},
		"all on one":        {[]uint32{2}, []int64{5}, true},
		"one vote too many": {[]uint32{2}, []int64{6}, false},
		"below zero":        {[]uint32{2}, []int64{-5}, false},
		"past 63 bits":      {[]uint32{2}, []int64{1 << 32}, false},
		"without points":    {[]uint32{0, 1, 2}, nil, true},
	} {
		if got := f.Good(Ballot{Choices: c.choices, Points: c.points}); got != c.good {
			t.Errorf("%s: %v", name, got)
		}
	}
	f.PointsSumMax = 2
	if f.Good(Ballot{Choices: []uint32{0, 1, 2}}) {
		t.Error("three votes without points for a purse of two")
	}
	f.PointsSumMax = 0
	if f.Check() == nil {
		t.Error("no purse")
	}
	// Many who care a little outweigh one who cares a lot.
	ballots := []Ballot{{"a", []uint32{0}, []int64{5}}, {"b", []uint32{1}, []int64{3}}, {"c", []uint32{1, 2}, []int64{3, 4}}}
	p := Poll{Method: MethodQuadratic, Form: Form{Kind: KindQuadratic, Options: 3, PointsSumMax: 25}}
	got, err := p.Count(ballots, nil)
	if err != nil || !slices.Equal(got.Winners, []uint32{1}) || !slices.Equal(got.Points, []int64{5, 6, 4}) {
		t.Errorf("%v, %v, %v", got.Winners, got.Points, err)
	}
}
