package pollcheck

import (
	"fmt"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// aBudget draws a budget by equal shares and its ballots.
func aBudget(t *rapid.T) (*checking, election) {
	c := &checking{poll: &poll{
		question: &proposalv1.Motion{BudgetFen: rapid.Int64Range(0, 400).Draw(t, "budget")},
		rules: &communityv1.PollRules{
			Method: communityv1.Method_METHOD_BUDGET_EQUAL_SHARES,
			Ballot: &communityv1.BallotRules{
				Utility:    communityv1.Utility(rapid.IntRange(1, 2).Draw(t, "utility")),
				Completion: communityv1.Completion(rapid.IntRange(1, 4).Draw(t, "completion")),
				ScoreMin:   rapid.Int64Range(0, 2).Draw(t, "least"),
			},
		},
	}}
	projects := rapid.IntRange(1, 5).Draw(t, "projects")
	for o := range projects {
		c.question.Options = append(c.question.Options, &proposalv1.Option{
			Code: fmt.Sprint(projects - o), CostFen: rapid.Int64Range(0, 300).Draw(t, "cost"),
		})
	}
	var h heaper
	for range rapid.IntRange(0, 6).Draw(t, "voters") {
		var options []uint32
		var points []int64
		for o := range projects {
			if n := rapid.Int64Range(-1, 3).Draw(t, "points"); n >= 0 {
				options, points = append(options, uint32(o)), append(points, n)
			}
		}
		h.add(options, points, rapid.Int64Range(0, 3).Draw(t, "weight"))
	}
	return c, election{heaps: h.heaps, named: h.named, scores: c.scored(h.heaps, projects)}
}

// TestRaised: the raise that is found in bands is the one that is found by trying one after another.
func TestRaised(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, e := aBudget(t)
		m := c.market(e)
		want := m.till.money
		for m.weight > 0 && e.named > 0 {
			bought := m.run(want, c.umpire())
			if m.cost(bought) > m.till.money {
				want -= e.named
				break
			}
			if !m.fits(bought) {
				break
			}
			want += e.named
		}
		if got := c.raised(c.market(e), e.named); got != want {
			t.Fatalf("%d fen are shared, found %d", want, got)
		}
	})
}

// TestBought: nobody pays more than they have, what is bought is paid for in full, and in the end it is within the budget.
func TestBought(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c, e := aBudget(t)
		s := c.bought(e)
		cost := c.cost(s.winners)
		if s.long || cost > c.question.GetBudgetFen() {
			t.Fatalf("%d fen are spent of %d", cost, c.question.GetBudgetFen())
		}
		for _, step := range s.steps {
			o := int(step.GetOptions()[0])
			payment, ok := new(big.Rat).SetString(step.GetFigures()[0])
			if !ok || payment.Sign() < 0 {
				t.Fatalf("%s is paid a point", step.GetFigures()[0])
			}
			most := new(big.Rat)
			for _, b := range c.market(e).buyers[o] {
				most.Add(most, new(big.Rat).Mul(payment, big.NewRat(b.points*b.weight, 1)))
			}
			if most.Cmp(big.NewRat(c.question.GetOptions()[o].GetCostFen(), 1)) < 0 {
				t.Fatalf("project %d is not paid for", o)
			}
		}
	})
}

// TestMarketOfLargeNumbers: what has no room in a word is not counted, and nothing is said of it.
func TestMarketOfLargeNumbers(t *testing.T) {
	t.Parallel()
	for _, change := range []func(c *checking, h *heaper){
		func(c *checking, _ *heaper) { c.question.BudgetFen = moneyMax + 1 },
		func(c *checking, _ *heaper) { c.question.BudgetFen = -1 },
		func(c *checking, _ *heaper) { c.question.Options[0].CostFen = -1 },
		func(_ *checking, h *heaper) { h.add([]uint32{0}, []int64{pointsMax + 1}, 1) },
		func(_ *checking, h *heaper) { h.add([]uint32{0}, []int64{1}, weightMax) },
	} {
		c := &checking{poll: &poll{
			question: &proposalv1.Motion{BudgetFen: 10, Options: []*proposalv1.Option{{Code: "a", CostFen: 10}}},
			rules: &communityv1.PollRules{
				Method: communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, Ballot: &communityv1.BallotRules{},
			},
		}}
		h := &heaper{}
		h.add([]uint32{0}, []int64{1}, 1)
		of := func() election { return election{heaps: h.heaps, named: h.named, scores: c.scored(h.heaps, 1)} }
		if s := c.choose(of()); s.long || len(s.winners) != 1 {
			t.Fatalf("%+v", s)
		}
		change(c, h)
		if s := c.choose(of()); !s.long {
			t.Errorf("%+v", s)
		}
	}
}
