package pollcheck

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// stalls are a market in which everybody has the same purse, and gives points to projects.
func stalls(money int64, costs []int64, says ...[]int64) *search {
	m := &market{
		heaps: make([]heap, len(says)), weight: int64(len(says)), buyers: make([][]buyer, len(costs)), worth: func(int) int64 { return 1 },
		till: till{money: money, cost: func(o int) int64 { return costs[o] }},
	}
	for i, points := range says {
		for o, n := range points {
			if n > 0 {
				m.buyers[o] = append(m.buyers[o], buyer{i, 1, n})
			}
		}
	}
	places := upTo(len(costs))
	return &search{market: m, step: m.weight, umpire: func() *umpire { return &umpire{order: places, places: places, turn: -1} }}
}

// TestMayEnd: a band is looked at more closely where a count may end in it, and not where it surely does not.
func TestMayEnd(t *testing.T) {
	t.Parallel()
	// The second project leaves too little for anything, the first does not, as the third, which nobody can pay, fits.
	unlike := []int64{8, 10, 9}
	alike := []int64{8, 12, 9}
	many, points := make([]int64, branchesMax+6), make([]int64, branchesMax+6)
	for o := range many {
		many[o], points[o] = 1, int64(o+1)
	}
	many, points = append(many, 5), append(points, 1)
	for name, tt := range map[string]struct {
		search   *search
		from, to int64
		want     bool
	}{
		"what nobody can pay fits":   {stalls(10, []int64{10}, []int64{1}), 5, 5, false},
		"it can be paid to the fen":  {stalls(10, []int64{10}, []int64{1}), 10, 10, true},
		"it can be paid by some":     {stalls(10, []int64{10}, []int64{1}), 5, 12, true},
		"more is bought than can be": {stalls(10, []int64{8, 8}, []int64{1, 0}, []int64{0, 1}), 16, 16, true},
		"of two the cheaper a point": {stalls(17, unlike, []int64{2, 1, 0}, []int64{0, 1, 0}, []int64{0, 0, 1}), 24, 24, false},
		"perhaps not the cheaper":    {stalls(17, unlike, []int64{2, 1, 0}, []int64{0, 1, 0}, []int64{0, 0, 1}), 21, 26, true},
		"any of two that are alike":  {stalls(17, alike, []int64{2, 1, 0}, []int64{0, 2, 0}, []int64{0, 0, 1}), 24, 24, true},
		"any of two, after another": {
			stalls(18, []int64{8, 12, 9, 1}, []int64{2, 1, 0, 0}, []int64{0, 2, 0, 0}, []int64{0, 0, 1, 0}, []int64{0, 0, 0, 1}), 32, 32, true,
		},
		"many, one after another": {stalls(100, many, points), branchesMax + 6, branchesMax + 6, false},
	} {
		if got := tt.search.band(tt.from, tt.to).mayEnd(); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestMayEndAtItsLimits: where too much would have to be looked at, a count may end.
func TestMayEndAtItsLimits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		branches, glances int
		want              bool
	}{{0, 0, false}, {branchesMax, glancesMax, false}, {branchesMax + 1, 0, true}, {0, glancesMax + 1, true}} {
		b := stalls(10, []int64{10}, []int64{1}).band(5, 5) // it fits, and nobody can pay it
		*b.branches, b.glances = tt.branches, tt.glances
		if got := b.mayEnd(); got != tt.want {
			t.Errorf("%+v: %v", tt, got)
		}
	}
	for _, tt := range []struct {
		glances, looked int
		want            bool
	}{{glancesMax, pursesMax, false}, {glancesMax + 1, 0, true}, {0, pursesMax + 1, true}} {
		s := stalls(10, []int64{10}, []int64{1})
		s.glances, s.looked = tt.glances, tt.looked
		long := s.long()
		if raises, ends := s.first(0, 0); long != tt.want || ends == tt.want || raises != 0 {
			t.Errorf("%+v: %v, %d raises, %v", tt, long, raises, ends)
		}
	}
}

// TestFits: what somebody supports, and is not bought, fits into what is left up to the last fen.
func TestFits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		money  int64
		bought []int
		want   bool
	}{{10, nil, true}, {10, []int{1}, false}, {10, []int{0}, false}, {11, []int{0}, true}, {11, []int{0, 1}, false}} {
		// Of the third project nobody is in favour.
		if got := stalls(tt.money, []int64{4, 7, 0}, []int64{1, 1, 0}).fits(tt.bought); got != tt.want {
			t.Errorf("%d fen, %v bought: %v", tt.money, tt.bought, got)
		}
	}
}

// priceless is a budget by equal shares of which every voter names some projects.
func priceless(budget int64, costs []int64, says ...[]int64) (*checking, election) {
	c := &checking{poll: &poll{
		question: &proposalv1.Motion{BudgetFen: budget},
		rules:    &communityv1.PollRules{Method: communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, Ballot: &communityv1.BallotRules{}},
	}}
	for o, cost := range costs {
		c.question.Options = append(c.question.Options, &proposalv1.Option{Code: string(rune('a' + o)), CostFen: cost})
	}
	var h heaper
	for _, points := range says {
		var options []uint32
		var given []int64
		for o, n := range points {
			if n > 0 {
				options, given = append(options, uint32(o)), append(given, n)
			}
		}
		h.add(options, given, 1)
	}
	return c, election{heaps: h.heaps, named: h.named, scores: c.scored(h.heaps, len(costs))}
}

// TestRaisedTo: how much money is shared in the end, where nobody could try one raise after another, or could be mistaken.
func TestRaisedTo(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		budget int64
		costs  []int64
		says   [][]int64
		want   int64
	}{
		// The second names what is too dear for all.
		"five thousand million raises": {1e10, []int64{1e10, 2e10}, [][]int64{{1, 0}, {0, 1}}, 2e10},
		// With a raise the first would be cheaper a point than the second, and leave more; nothing fits before, as nobody wants the third.
		"of no raise":           {10, []int64{6, 5, -1, 11}, [][]int64{{2, 1, 0, 0}, {0, 0, 0, 1}}, 10},
		"nobody names anything": {10, []int64{6}, nil, 10},
	} {
		c, e := priceless(tt.budget, tt.costs, tt.says...)
		if got := c.raised(c.market(e), e.named); got != tt.want {
			t.Errorf("%s: %d fen", name, got)
		}
	}
	c, _ := priceless(10, []int64{6})
	if got := c.raised(c.market(election{named: 1, scores: make([]int64, 1)}), 1); got != 10 {
		t.Errorf("who weighs nothing shares %d fen", got)
	}
}

// TestPer: fractions are compared as such, whatever the size of their products.
func TestPer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(rapid.Int64Range(0, 4), rapid.Int64Range(0, 1<<62))
		a, c := part.Draw(t, "a"), part.Draw(t, "c")
		whole := rapid.OneOf(rapid.Int64Range(1, 4), rapid.Int64Range(1, 1<<62))
		b, d := whole.Draw(t, "b"), whole.Draw(t, "d")
		if got, want := per(a, b, c, d), big.NewRat(a, b).Cmp(big.NewRat(c, d)); got != want {
			t.Fatalf("%d, not %d", got, want)
		}
	})
	if per(1, 2, 2, 4) != 0 || per(1, 2, 2, 3) != -1 || per(2, 3, 1, 2) != 1 {
		t.Error("small ones")
	}
}

// TestPaid: nobody gives more than they have, and what is paid a point is rounded as it was asked for.
func TestPaid(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		cost   int64
		purses []int64
		up     bool
		want   int64
	}{
		{10, []int64{100, 100}, false, 5}, {11, []int64{100, 100}, false, 5}, {11, []int64{100, 100}, true, 6},
		{10, []int64{2, 100}, false, 8}, {10, []int64{2, 3}, false, 5}, {0, []int64{1, 1}, true, 0},
	} {
		b := stalls(0, []int64{tt.cost}, []int64{1}, []int64{1}).band(0, 0)
		if got := b.payment(0, tt.cost, tt.purses, tt.up); got != tt.want {
			t.Errorf("%+v: %d", tt, got)
		}
	}
	for _, tt := range [][4]int64{{3, 1, 2, 1}, {3, 2, 2, 0}, {4, 2, 2, 0}, {5, 1 << 62, 4, 0}} {
		if got := left(tt[0], tt[1], tt[2]); got != tt[3] {
			t.Errorf("%v: %d is left", tt, got)
		}
	}
}
