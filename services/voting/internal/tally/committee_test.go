package tally

import (
	"errors"
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// approvalCase draws approvals of up to five options, weighed.
func approvalCase(t *rapid.T) (options, seats uint32, blocs []bloc) {
	options = rapid.Uint32Range(1, 5).Draw(t, "options")
	seats = rapid.Uint32Range(1, options).Draw(t, "seats")
	for range rapid.IntRange(0, 7).Draw(t, "blocs") {
		b := bloc{weight: rapid.Int64Range(0, 4).Draw(t, "weight")}
		for o := range options {
			if rapid.Bool().Draw(t, "approves") {
				b.choices = append(b.choices, o)
			}
		}
		if len(b.choices) > 0 {
			blocs = append(blocs, b)
		}
	}
	return options, seats, blocs
}

// satisfied is what a committee is worth by proportional approval, counted voter by voter.
func satisfied(blocs []bloc, committee []uint32) *big.Rat {
	sum := new(big.Rat)
	for _, b := range blocs {
		n := int64(0)
		for _, o := range b.choices {
			if slices.Contains(committee, o) {
				n++
				sum.Add(sum, big.NewRat(b.weight, n))
			}
		}
	}
	return sum
}

// subsets answers every set of options.
func subsets(options uint32) [][]uint32 {
	var all [][]uint32
	for mask := range 1 << options {
		set := []uint32{}
		for o := range options {
			if mask>>o&1 == 1 {
				set = append(set, o)
			}
		}
		all = append(all, set)
	}
	return all
}

// TestPAVByEveryCommittee: no committee is worth more, the worth is what it says, and it says so if another is worth as much.
func TestPAVByEveryCommittee(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options, seats, blocs := approvalCase(t)
		c := newCommittee(options, seats, blocs)
		picks, score, ties, err := c.pav(nil)
		if err != nil {
			t.Fatal(err)
		}
		mine := slices.Sorted(slices.Values(won(picks)))
		best, equal := satisfied(blocs, mine), 0
		if best.RatString() != score {
			t.Fatalf("%v is worth %s, not %s", mine, best, score)
		}
		for _, set := range subsets(options) {
			known := !slices.ContainsFunc(set, func(o uint32) bool { return c.support[o] == 0 })
			if len(set) > int(seats) || !known {
				continue
			}
			switch by := satisfied(blocs, set).Cmp(best); {
			case by > 0:
				t.Fatalf("%v is worth more than %v", set, mine)
			case by == 0 && len(set) == len(mine):
				equal++
			}
		}
		if (equal > 1) != (len(ties) > 0) {
			t.Fatalf("%d committees are best, ties %v", equal, ties)
		}
	})
}

// TestSequentialPAVBySatisfaction: each seat adds as much as any could.
func TestSequentialPAVBySatisfaction(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options, seats, blocs := approvalCase(t)
		c := newCommittee(options, seats, blocs)
		picks := c.sequentialPAV(&picker{at: -1})
		checkFilled(t, c, picks)
		for i := range picks {
			before := won(picks[:i])
			gain := func(o uint32) *big.Rat {
				return new(big.Rat).Sub(satisfied(blocs, append(slices.Clone(before), o)), satisfied(blocs, before))
			}
			mine := gain(picks[i].Option)
			for o := range options {
				if by := gain(o).Cmp(mine); !slices.Contains(before, o) && (by > 0 || by == 0 && o < picks[i].Option) {
					t.Fatalf("seat %d goes to %d, but %d adds %s", i+1, picks[i].Option, o, gain(o))
				}
			}
			if mine.RatString() != picks[i].Value {
				t.Fatalf("adds %s, says %s", mine, picks[i].Value)
			}
		}
	})
}

// checkFilled holds every election to the same: as many seats as there are, or all whom anybody supports, and nobody twice.
func checkFilled(t *rapid.T, c committee, picks []Pick) {
	t.Helper()
	supported := len(c.open(nil))
	if options := slices.Sorted(slices.Values(won(picks))); len(slices.Compact(options)) != min(int(c.seats), supported) {
		t.Fatalf("%v for %d seats, %d are supported", options, c.seats, supported)
	}
}

// byMoney fills the seats left by the same election told otherwise. Everybody earns alike as time goes by; as soon as those who support an
// option have one together, they buy it and have nothing left. since is when each bloc last had nothing. It answers the buying times too.
func byMoney(c committee, elected []uint32, since []*big.Rat) (_ []uint32, times []string) {
	for len(elected) < min(int(c.seats), len(c.open(nil))) {
		best, when := uint32(0), (*big.Rat)(nil)
		for o := range c.options {
			if slices.Contains(elected, o) || c.support[o] == 0 {
				continue
			}
			// Together they have Σ w·(time - since); it is one at this time.
			at := big.NewRat(1, 1)
			for i, b := range c.blocs {
				if slices.Contains(b.choices, o) {
					at.Add(at, new(big.Rat).Mul(since[i], big.NewRat(b.weight, 1)))
				}
			}
			at.Quo(at, big.NewRat(c.support[o], 1))
			if when == nil || at.Cmp(when) < 0 {
				best, when = o, at
			}
		}
		for i, b := range c.blocs {
			if slices.Contains(b.choices, best) {
				since[i] = when
			}
		}
		elected, times = append(elected, best), append(times, when.RatString())
	}
	return elected, times
}

func TestPhragmenAsMoney(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newCommittee(approvalCase(t))
		picks := c.phragmen(nil, nil, &picker{at: -1}, false)
		checkFilled(t, c, picks)
		want, times := byMoney(c, []uint32{}, slices.Repeat([]*big.Rat{new(big.Rat)}, len(c.blocs)))
		if diff := cmp.Diff(want, won(picks)); diff != "" {
			t.Fatal(diff)
		}
		for i, pick := range picks {
			if pick.Value != times[i] {
				t.Fatalf("seat %d at %s, by money at %s", i+1, pick.Value, times[i])
			}
		}
	})
}

// supportable tells whether the blocs can give every option of a committee so much support, num/denom each, by sending weight along
// ways that lead from a bloc to an option (a flow, in units of 1/denom).
func supportable(blocs []bloc, committee []uint32, num, denom int64) bool {
	room, lack := make([]int64, len(blocs)), make([]int64, len(committee))
	for i, b := range blocs {
		room[i] = b.weight * denom
	}
	for j := range lack {
		lack[j] = num
	}
	sent := make([][]int64, len(blocs))
	for i := range sent {
		sent[i] = make([]int64, len(committee))
	}
	// draw gets up to need more for option j: from a bloc with room, or from another option that then draws elsewhere.
	var draw func(j int, need int64, been map[int]bool) int64
	draw = func(j int, need int64, been map[int]bool) int64 {
		been[j] = true
		for i, b := range blocs {
			if !slices.Contains(b.choices, committee[j]) {
				continue
			}
			if got := min(need, room[i]); got > 0 {
				room[i] -= got
				sent[i][j] += got
				return got
			}
			for k := range committee {
				if amount := min(need, sent[i][k]); !been[k] && amount > 0 {
					if got := draw(k, amount, been); got > 0 {
						sent[i][k] -= got
						sent[i][j] += got
						return got
					}
				}
			}
		}
		return 0
	}
	for j := range committee {
		for lack[j] > 0 {
			got := draw(j, lack[j], map[int]bool{})
			if got == 0 {
				return false
			}
			lack[j] -= got
		}
	}
	return true
}

// TestMaximinByFlow: the least support that is claimed can be given, and a little more cannot; and no other option would leave more.
func TestMaximinByFlow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options, seats, blocs := approvalCase(t)
		c := newCommittee(options, seats, blocs)
		picks := c.maximin(&picker{at: -1})
		checkFilled(t, c, picks)
		for i, pick := range picks {
			value, _ := new(big.Rat).SetString(pick.Value)
			num, denom := value.Num().Int64(), value.Denom().Int64()
			committee := won(picks[:i+1])
			const fine = 1000
			if !supportable(blocs, committee, num, denom) || supportable(blocs, committee, num*fine+1, denom*fine) {
				t.Fatalf("%v cannot have %s each, or can have more", committee, pick.Value)
			}
			for o := range options {
				other := append(won(picks[:i]), o)
				if !slices.Contains(won(picks[:i]), o) && supportable(blocs, other, num*fine+1, denom*fine) {
					t.Fatalf("with %d instead of %d all have more than %s", o, pick.Option, pick.Value)
				}
			}
		}
	})
}

// TestSharesOfACommitteeByPlainCount: equal shares of seats are the same as of a budget, in the plain count.
func TestSharesOfACommitteeByPlainCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		options, seats, blocs := approvalCase(t)
		c := newCommittee(options, seats, blocs)
		var all []plainVoter
		var weight int64
		costs, considered := make([]int64, options), make([]bool, options)
		for o := range costs {
			costs[o], considered[o] = 1, c.support[o] > 0
		}
		for _, b := range c.blocs {
			v := plainVoter{weight: b.weight, points: map[uint32]int64{}}
			for _, o := range b.choices {
				v.points[o] = 1
			}
			weight += b.weight
			all = append(all, v)
		}
		if weight == 0 {
			return
		}
		want := plainShares(costs, considered, false, all, big.NewRat(int64(seats), 1), nil)
		bare := c.equalShares(weight, CompletionNone, &picker{at: -1})
		if diff := cmp.Diff(want, won(bare)); diff != "" {
			t.Fatal(diff)
		}
		for _, completion := range []Completion{CompletionPhragmen, CompletionApproval} {
			picks := c.equalShares(weight, completion, &picker{at: -1})
			checkFilled(t, c, picks)
			own := slices.ContainsFunc(picks[len(bare):], func(p Pick) bool { return !p.Completion })
			if !slices.Equal(bare, picks[:len(bare)]) || own {
				t.Fatalf("%s changes what was bought: %v, %v", completion, bare, picks)
			}
			if completion == CompletionPhragmen { // who has money left has it from before the beginning
				since := make([]*big.Rat, len(all))
				for i, v := range all {
					since[i] = new(big.Rat).Neg(v.left)
				}
				want, _ = byMoney(c, want, since)
				if diff := cmp.Diff(want, won(picks)); diff != "" {
					t.Fatal(diff)
				}
			}
		}
	})
}

func TestPAVRefuses(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		options, seats uint32
		want           error
	}{
		"small":                  {20, 3, nil},
		"many committees":        {100, 3, ErrCommitteeTooLarge},
		"the last that is taken": {39, 3, nil},
		"one option more":        {41, 3, ErrCommitteeTooLarge},
		"many seats":             {13, 13, ErrCommitteeTooLarge},
		"all but one":            {12, 11, nil},
		"a thousand":             {1000, 1, nil},
		"more seats than there":  {3, 4, ErrRuleMalformed},
	}
	for name, c := range cases {
		p := Poll{Method: MethodPAV, Form: Form{Kind: KindApproval, Options: c.options}, Seats: c.seats}
		if err := p.Check(); !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	roll := Roll{}
	for i := range 3 {
		roll[strconv.Itoa(i)] = Weight{Heads: 1 << 59}
	}
	p := Poll{Method: MethodPAV, Form: Form{Kind: KindApproval, Options: 12}, Seats: 6}
	ballots := []Ballot{{Voter: "0", Choices: []uint32{1}}, {Voter: "1", Choices: []uint32{1}}}
	if _, err := p.Count(ballots, roll); !errors.Is(err, ErrSumOverflow) {
		t.Errorf("a weight that no satisfaction can hold: %v", err)
	}
}
