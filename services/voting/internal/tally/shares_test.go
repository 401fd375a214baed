package tally

import (
	"math/big"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// plainVoter is a voter as the plain count of equal shares sees one.
type plainVoter struct {
	weight int64
	points map[uint32]int64
	left   *big.Rat // of a unit of weight
}

// plainShares is the method as it is told: every voter has a purse, every comparison is of fractions, nothing is remembered from one
// purchase to the next.
func plainShares(costs []int64, considered []bool, perCost bool, voters []plainVoter, money *big.Rat, order Order) []uint32 {
	weight := new(big.Rat)
	for _, v := range voters {
		weight.Add(weight, big.NewRat(v.weight, 1))
	}
	for i := range voters {
		voters[i].left = new(big.Rat).Quo(money, weight)
	}
	bought := []uint32{}
	for {
		best, bestRate, bestPay := -1, new(big.Rat), new(big.Rat)
		for o := range costs {
			if !considered[o] || slices.Contains(bought, uint32(o)) {
				continue
			}
			pay, can := plainPayment(costs[o], uint32(o), voters)
			if !can {
				continue
			}
			rate := new(big.Rat).Set(pay)
			if perCost && costs[o] > 0 {
				rate.Quo(rate, big.NewRat(costs[o], 1))
			}
			by := -1
			if best >= 0 {
				by = rate.Cmp(bestRate)
			}
			if by < 0 || by == 0 && order.compare(uint32(o), uint32(best)) < 0 {
				best, bestRate, bestPay = o, rate, pay
			}
		}
		if best < 0 {
			return bought
		}
		for i, v := range voters {
			due := new(big.Rat).Mul(bestPay, big.NewRat(v.points[uint32(best)], 1))
			if due.Cmp(v.left) > 0 {
				due = v.left
			}
			voters[i].left = new(big.Rat).Sub(v.left, due)
		}
		bought = append(bought, uint32(best))
	}
}

// plainPayment finds what is paid a point: the poorest pay all they have for as long as the rest, paying alike, would ask more of them.
func plainPayment(cost int64, option uint32, voters []plainVoter) (*big.Rat, bool) {
	var buyers []plainVoter
	all, points := new(big.Rat), new(big.Rat)
	for _, v := range voters {
		if n := v.points[option]; n > 0 && v.weight > 0 {
			buyers = append(buyers, v)
			all.Add(all, new(big.Rat).Mul(v.left, big.NewRat(v.weight, 1)))
			points.Add(points, new(big.Rat).Mul(big.NewRat(n, 1), big.NewRat(v.weight, 1)))
		}
	}
	rest := big.NewRat(cost, 1)
	if len(buyers) == 0 || all.Cmp(rest) < 0 {
		return nil, false
	}
	purse := func(v plainVoter) *big.Rat { return new(big.Rat).Quo(v.left, big.NewRat(v.points[option], 1)) }
	slices.SortFunc(buyers, func(a, b plainVoter) int { return purse(a).Cmp(purse(b)) })
	for _, v := range buyers {
		pay := new(big.Rat).Quo(rest, points)
		if pay.Cmp(purse(v)) <= 0 {
			return pay, true
		}
		rest.Sub(rest, new(big.Rat).Mul(v.left, big.NewRat(v.weight, 1)))
		points.Sub(points, new(big.Rat).Mul(big.NewRat(v.points[option], 1), big.NewRat(v.weight, 1)))
	}
	return new(big.Rat), true
}

// plainAddOne raises one by one and looks at every step.
func plainAddOne(p Poll, considered []bool, voters []plainVoter) (bought []uint32, raises int64) {
	run := func(raises int64) []uint32 {
		money := big.NewRat(p.Budget.Budget+raises*max(p.Raise, 1)*int64(len(voters)), 1)
		return plainShares(p.Form.Costs, considered, p.Utility == UtilityCost, voters, money, p.Order)
	}
	cost := func(options []uint32) (sum int64) {
		for _, o := range options {
			sum += p.Form.Costs[o]
		}
		return sum
	}
	for bought = run(0); ; raises++ {
		fits := false
		for o, c := range p.Form.Costs {
			fits = fits || considered[o] && !slices.Contains(bought, uint32(o)) && cost(bought)+c <= p.Budget.Budget
		}
		if !fits {
			return bought, raises
		}
		then := run(raises + 1)
		if cost(then) > p.Budget.Budget {
			return bought, raises
		}
		bought = then
	}
}

// sharesCase draws a budget. great makes money and weights so great that bounds in machine words are narrow.
func sharesCase(t *rapid.T, great bool) (Poll, Roll, []Ballot, []plainVoter) {
	n := rapid.IntRange(1, 5).Draw(t, "options")
	costMax, weightMax := int64(12), int64(3)
	if great {
		costMax, weightMax = 1_000_000_000, 1_000_000
	}
	p := Poll{
		Method: MethodBudgetShares, Measure: Area, Utility: rapid.SampledFrom([]Utility{UtilityCost, UtilityCardinality}).Draw(t, "utility"),
		Form: Form{
			Kind: KindCumulative, Options: uint32(n), PointsSumMax: 1 << 40,
			Costs: rapid.SliceOfN(rapid.Int64Range(0, costMax), n, n).Draw(t, "costs"),
		},
		Budget: Budget{Budget: rapid.Int64Range(0, 3*costMax).Draw(t, "budget"), ScoreMin: rapid.Int64Range(0, 2).Draw(t, "min")},
	}
	if rapid.Bool().Draw(t, "seeded") {
		all := []uint32{0, 1, 2, 3, 4}[:n]
		p.TieRule, p.Order = TieBySeed, rapid.Permutation(all).Draw(t, "order")
	}
	roll := Roll{}
	var ballots []Ballot
	var voters []plainVoter
	for i := range rapid.IntRange(1, 7).Draw(t, "voters") {
		v := plainVoter{weight: rapid.Int64Range(0, weightMax).Draw(t, "weight"), points: map[uint32]int64{}}
		b := Ballot{Voter: strconv.Itoa(i)}
		for o := range uint32(n) {
			if points := rapid.SampledFrom([]int64{0, 0, 1, 1, 1, 2, 7}).Draw(t, "points"); points > 0 {
				b.Choices, b.Points = append(b.Choices, o), append(b.Points, points)
				v.points[o] = points
			}
		}
		roll[b.Voter] = both(1, v.weight)
		ballots = append(ballots, b)
		if len(b.Choices) > 0 {
			voters = append(voters, v)
		}
	}
	return p, roll, ballots, voters
}

// plainly tells which options take part.
func plainly(p Poll, voters []plainVoter) ([]bool, int64) {
	considered, weight := make([]bool, len(p.Form.Costs)), int64(0)
	for _, v := range voters {
		weight += v.weight
	}
	for o, c := range p.Form.Costs {
		score := int64(0)
		for _, v := range voters {
			score += v.weight * v.points[uint32(o)]
		}
		considered[o] = score >= max(1, p.Budget.ScoreMin) && c <= p.Budget.Budget
	}
	return considered, weight
}

// TestEqualSharesByPlainCount holds the fast count to the plain one: purchases, order, raises and every completion.
func TestEqualSharesByPlainCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		great := rapid.Bool().Draw(t, "great")
		p, roll, ballots, voters := sharesCase(t, great)
		completions := []Completion{CompletionNone, CompletionGreedy, CompletionAddOne, CompletionAddOneGreedy}
		if great { // the plain count would raise a million times
			completions = completions[:2]
		}
		p.Completion = rapid.SampledFrom(completions).Draw(t, "completion")
		addOne := p.Completion == CompletionAddOne || p.Completion == CompletionAddOneGreedy
		considered, weight := plainly(p, voters)
		got, err := p.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		want, raises := []uint32{}, int64(0)
		if weight > 0 && addOne {
			want, raises = plainAddOne(p, considered, voters)
		} else if weight > 0 {
			money := big.NewRat(p.Budget.Budget, 1)
			want = plainShares(p.Form.Costs, considered, p.Utility == UtilityCost, voters, money, p.Order)
		}
		shared := make([]uint32, len(got.Shares.Picks))
		for i, pick := range got.Shares.Picks {
			shared[i] = pick.Option
		}
		if diff := cmp.Diff(want, shared); diff != "" || got.Shares.Raises != raises || got.Shares.Stopped {
			t.Fatalf("%d raises, want %d\n%s", got.Shares.Raises, raises, diff)
		}
		left := p.Budget.Budget
		for _, o := range got.Winners {
			left -= p.Form.Costs[o]
		}
		if left < 0 || left != p.Budget.Budget-got.Cost {
			t.Fatalf("%d of %d are left, cost %d", left, p.Budget.Budget, got.Cost)
		}
		greedy := p.Completion == CompletionGreedy || p.Completion == CompletionAddOneGreedy
		for o, in := range considered {
			if greedy && in && !slices.Contains(got.Winners, uint32(o)) && p.Form.Costs[o] <= left {
				t.Fatalf("the greedy completion left %d out though it still fits", o)
			}
		}
	})
}

// TestBoundsHold: what a bloc has left lies between its bounds, to the end of the spree.
func TestBoundsHold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, roll, ballots, voters := sharesCase(t, rapid.Bool().Draw(t, "great"))
		considered, weight := plainly(p, voters)
		if weight == 0 {
			return
		}
		blocs, _, err := p.blocs(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		s := newMarket(p.Form.Costs, considered, true, blocs, weight).spend(p.Budget.Budget, &picker{at: -1})
		_, purses := s.accounts()
		for i, purse := range purses {
			scaled := new(big.Rat).Mul(purse, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), s.places)))
			if big.NewRat(s.low[i], 1).Cmp(scaled) > 0 || big.NewRat(s.top[i], 1).Cmp(scaled) < 0 {
				t.Fatalf("after %v bloc %d has %s, not between %d and %d", s.bought, i, scaled, s.low[i], s.top[i])
			}
		}
	})
}

// TestEqualSharesAreFair: voters who support the same options, and whose shares together could pay them all, get all of them, when what an
// option is worth is its cost or all cost the same.
func TestEqualSharesAreFair(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p, roll, ballots, voters := sharesCase(t, false)
		p.Completion = CompletionNone
		for _, v := range voters { // points would say that some is worth more
			for o := range v.points {
				v.points[o] = 1
			}
		}
		for i := range ballots {
			ballots[i].Points = nil
		}
		p.Utility, p.Budget.ScoreMin = UtilityCost, 0
		considered, weight := plainly(p, voters)
		got, err := p.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		// A group that agrees on one option at least, and can pay it from its shares: one of them gets some option that it supports.
		for o, in := range considered {
			var group []plainVoter
			together := int64(0)
			for _, v := range voters {
				if v.points[uint32(o)] > 0 && v.weight > 0 {
					group = append(group, v)
					together += v.weight
				}
			}
			if !in || together*p.Budget.Budget < p.Form.Costs[o]*weight {
				continue
			}
			served := slices.ContainsFunc(group, func(v plainVoter) bool {
				return slices.ContainsFunc(got.Winners, func(w uint32) bool { return v.points[w] > 0 })
			})
			if !served {
				t.Fatalf("those who support %d could pay it, and nobody of them has anything", o)
			}
		}
	})
}

func TestEqualSharesStepByStep(t *testing.T) {
	t.Parallel()
	// Two thirds like 0 and 1, one third likes 2: the money is shared as the people are.
	ballots := voters([]uint32{0, 1}, []uint32{0, 1}, []uint32{2})
	p := Poll{
		Method: MethodBudgetShares, Utility: UtilityCardinality, Form: Form{Kind: KindApproval, Options: 3, Costs: []int64{40, 50, 30}},
		Budget: Budget{Budget: 90},
	}
	p.Completion = CompletionNone
	got, err := p.Count(ballots, nil)
	if err != nil {
		t.Fatal(err)
	}
	picks := []Pick{{Option: 0, Value: "20", Supporters: 2}, {Option: 2, Value: "30", Supporters: 1}}
	diff := cmp.Diff([]uint32{0, 2}, got.Winners) + cmp.Diff(picks, got.Shares.Picks)
	if diff != "" || got.Cost != 70 || got.Shares.Left != 20 {
		t.Errorf("cost %d, left %d\n%s", got.Cost, got.Shares.Left, diff)
	}
	// With 15 more for each of the three, 0 and 1 can be paid by their two, and 2 no less; but that is more than there is.
	p.Completion = CompletionAddOne
	if got, err = p.Count(ballots, nil); err != nil || got.Shares.Raises != 0 || got.Cost != 70 {
		t.Errorf("%+v, %v", got.Shares, err)
	}
	// With a cheaper 1 that fits into what is left, greed funds it at once, and so do raises when its two can pay it.
	p.Form.Costs[1] = 20
	for completion, raises := range map[Completion]int64{CompletionNone: 0, CompletionAddOne: 0, CompletionGreedy: 0} {
		p.Completion = completion
		if got, err = p.Count(ballots, nil); err != nil || got.Shares.Raises != raises || len(got.Winners) != 3 {
			t.Errorf("%s: %v, %+v, %v", completion, got.Winners, got.Shares, err)
		}
	}
	p.Form.Costs[1], p.Form.Costs[0] = 19, 50 // 0 leaves its two 5 each, and 1 must wait for 4.5 more
	p.Budget.Budget = 99
	for completion, raises := range map[Completion]int64{CompletionAddOne: 2, CompletionGreedy: 0, CompletionAddOneGreedy: 2} {
		p.Completion, p.Form.Costs[2] = completion, 30
		p.Utility = UtilityCost
		if got, err = p.Count(ballots, nil); err != nil || got.Shares.Raises != raises || len(got.Winners) != 3 || got.Cost != 99 {
			t.Errorf("%s: %v, cost %d, %+v, %v", completion, got.Winners, got.Cost, got.Shares, err)
		}
	}
}

// TestRaisesSkipWhatCannotMatter: one voter alone likes something dear; the raises come to it without counting a million times.
func TestRaisesSkipWhatCannotMatter(t *testing.T) {
	t.Parallel()
	ballots := voters([]uint32{0}, []uint32{0}, []uint32{0}, []uint32{1})
	p := Poll{
		Method: MethodBudgetShares, Utility: UtilityCost, Completion: CompletionAddOne,
		Form: Form{Kind: KindApproval, Options: 2, Costs: []int64{30, 100_000_000}}, Budget: Budget{Budget: 100_000_040},
	}
	got, err := p.Count(ballots, nil)
	if err != nil || got.Shares.Raises != 100_000_000-25_000_010 || got.Shares.Stopped || !slices.Equal(got.Winners, []uint32{0, 1}) {
		t.Errorf("%v, %+v, %v", got.Winners, got.Shares, err)
	}
	// Two such voters come to their options at once, and both together are too dear: the count ends one raise before.
	ballots = append(ballots, Ballot{Voter: "z", Choices: []uint32{2}})
	p.Form.Options, p.Form.Costs, p.Budget.Budget = 3, []int64{30, 100_000_000, 100_000_000}, 100_000_050
	got, err = p.Count(ballots, nil)
	want := int64(100_000_000 - 20_000_010 - 1)
	if err != nil || !slices.Equal(got.Winners, []uint32{0}) || got.Shares.Left != 100_000_020 || got.Shares.Raises != want {
		t.Errorf("%v, %+v, %v", got.Winners, got.Shares, err)
	}
}
