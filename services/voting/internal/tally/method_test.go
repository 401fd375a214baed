package tally

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestMethodContradictions: a rule whose parts do not go together is refused, whatever else is in order.
func TestMethodContradictions(t *testing.T) {
	t.Parallel()
	for method, form := range methodForms() {
		good := Poll{Method: method, Form: form}
		if method == MethodBudgetShares {
			good.Utility = UtilityCost
		}
		if err := good.Check(); err != nil {
			t.Errorf("%s: %v", method, err)
		}
		for _, kind := range []Kind{KindApproval, KindChooseOne, KindCumulative, KindScoring, KindOrdinal, KindQuadratic} {
			p := good
			p.Form.Kind, p.Form.PointsMax, p.Form.PointsSumMax = kind, 5, 5
			if err := p.Check(); errors.Is(err, ErrRuleUnfit) == slices.Contains(fits[method].kinds, kind) {
				t.Errorf("%s with %s: %v", method, kind, err)
			}
		}
		shares := method == MethodBudgetShares
		budget := shares || method == MethodBudget
		for name, c := range map[string]struct {
			change func(*Poll)
			want   error
		}{
			"a tie rule of elsewhere":   {func(p *Poll) { p.TieRule = "coin" }, ErrRuleMalformed},
			"an order without a seed":   {func(p *Poll) { p.Order = Order{0, 1, 2} }, ErrRuleMalformed},
			"an order of other options": {func(p *Poll) { p.TieRule, p.Order = TieBySeed, Order{1, 0} }, ErrRuleMalformed},
			"a seed still to come":      {func(p *Poll) { p.TieRule = TieBySeed }, nil},
			"a utility of elsewhere":    {func(p *Poll) { p.Utility = "joy" }, ErrRuleMalformed},
			"the other utility":         {func(p *Poll) { p.Utility = UtilityCardinality }, unfitUnless(shares)},
			"a completion of elsewhere": {func(p *Poll) { p.Completion = "luck" }, ErrRuleUnfit},
			"completion by raises":      {func(p *Poll) { p.Completion = CompletionAddOneGreedy }, unfitUnless(shares)},
			"completion by Phragmén":    {func(p *Poll) { p.Completion = CompletionPhragmen }, unfitUnless(method == MethodShares)},
			"a raise without raises":    {func(p *Poll) { p.Raise = 5 }, ErrRuleUnfit},
			"a raise below zero":        {func(p *Poll) { p.Raise = -5 }, ErrRuleMalformed},
			"several winners":           {func(p *Poll) { p.Seats = 2 }, unfitUnless(fits[method].seats)},
			"money":                     {func(p *Poll) { p.Budget.Budget = 9 }, unfitUnless(budget)},
			"money that stops":          {func(p *Poll) { p.Budget = Budget{Budget: 9, NoSkip: true} }, unfitUnless(method == MethodBudget)},
		} {
			p := good
			if c.change(&p); name == "a utility of elsewhere" && p.Utility == good.Utility {
				continue
			}
			if err := p.Check(); !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
				t.Errorf("%s with %s: %v, want %v", method, name, err, c.want)
			}
		}
	}
}

// unfitUnless is what a part that only some methods have is refused with.
func unfitUnless(fits bool) error {
	if fits {
		return nil
	}
	return ErrRuleUnfit
}

func TestMethodBounds(t *testing.T) {
	t.Parallel()
	set, ranks := Form{Kind: KindApproval, Options: 1001}, Form{Kind: KindOrdinal, Options: 1001}
	monster, few := Form{Kind: KindApproval, Options: 1_000_000}, Form{Kind: KindApproval, Options: 50}
	shares := func(costs []int64) Poll {
		return Poll{Method: MethodBudgetShares, Utility: UtilityCost, Form: Form{Kind: KindApproval, Options: 1, Costs: costs}}
	}
	cases := map[string]struct {
		poll Poll
		want error
	}{
		"a million options":            {Poll{Method: MethodApproval, Form: monster}, ErrRuleMalformed},
		"approval of a thousand":       {Poll{Method: MethodApproval, Form: set}, nil},
		"run-off of a thousand":        {Poll{Method: MethodRunoff, Form: ranks}, ErrOptionsMany},
		"Borda of a thousand":          {Poll{Method: MethodBorda, Form: ranks}, ErrOptionsMany},
		"stv of a thousand":            {Poll{Method: MethodSTV, Form: ranks}, ErrOptionsMany},
		"committee of a thousand":      {Poll{Method: MethodPhragmen, Form: set}, ErrOptionsMany},
		"Schulze of 201":               {Poll{Method: MethodSchulze, Form: Form{Kind: KindOrdinal, Options: 201}}, ErrOptionsMany},
		"Schulze of 200":               {Poll{Method: MethodSchulze, Form: Form{Kind: KindOrdinal, Options: 200}}, nil},
		"101 seats":                    {Poll{Method: MethodSeqPAV, Form: Form{Kind: KindApproval, Options: 500}, Seats: 101}, ErrRuleMalformed},
		"more seats than options":      {Poll{Method: MethodShares, Form: Form{Kind: KindApproval, Options: 5}, Seats: 6}, ErrRuleMalformed},
		"13 seats by maximin support":  {Poll{Method: MethodMaximin, Form: few, Seats: 13}, ErrCommitteeTooLarge},
		"equal shares without costs":   {shares(nil), ErrRuleMalformed},
		"equal shares of a cost below": {shares([]int64{-1}), ErrAmountNegative},
	}
	for name, c := range cases {
		if err := c.poll.Check(); !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	p := Poll{Method: MethodSchulze, Form: Form{Kind: KindOrdinal, Options: 2}, TieRule: TieBySeed}
	if _, err := p.Count(nil, nil); !errors.Is(err, ErrOrderMissing) {
		t.Errorf("counted without the seed: %v", err)
	}
}

// sets answers the winners as a set.
func sets(r Result) []uint32 { return slices.Sorted(slices.Values(r.Winners)) }

// TestScale: weights in another unit give the same winners.
func TestScale(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		poll, roll, ballots := pollCase(t)
		poll.Requirements = nil
		first, err := poll.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		times := rapid.Int64Range(2, 1000).Draw(t, "times")
		for voter, w := range roll {
			roll[voter] = both(w.Heads*times, w.Area*times)
		}
		second, err := poll.Count(ballots, roll)
		if diff := cmp.Diff(sets(first), sets(second)); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

// TestWeightIsNumbers: a voter of weight n is as n voters of weight one who say the same. Raises alone are counted by voters.
func TestWeightIsNumbers(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		poll, roll, ballots := pollCase(t)
		poll.Requirements = nil
		if poll.Completion == CompletionAddOne || poll.Completion == CompletionAddOneGreedy {
			return
		}
		first, err := poll.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		many, each := []Ballot{}, Roll{}
		for _, b := range ballots {
			for i := range roll[b.Voter].Of(poll.Measure) {
				one := Ballot{Voter: b.Voter + strconv.FormatInt(i, 10), Choices: b.Choices, Points: b.Points}
				many, each[one.Voter] = append(many, one), both(1, 1)
			}
		}
		second, err := poll.Count(many, each)
		if diff := cmp.Diff(sets(first), sets(second)); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
	})
}

// TestNamesOfOptionsDoNotMatter: options given other ids, and the order with them, give the same winners under their other ids.
func TestNamesOfOptionsDoNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		poll, roll, ballots := pollCase(t)
		poll.Requirements = nil
		if poll.Method == MethodYesNo {
			return
		}
		poll.TieRule, poll.Order = TieBySeed, rapid.Permutation([]uint32{0, 1, 2}).Draw(t, "order")
		first, err := poll.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		to := rapid.Permutation([]uint32{0, 1, 2}).Draw(t, "ids")
		other := poll
		other.Order, other.Form.Costs = make(Order, 3), make([]int64, 3)
		for o := range poll.Order {
			other.Order[to[o]] = poll.Order[o]
			if poll.Form.Costs != nil {
				other.Form.Costs[to[o]] = poll.Form.Costs[o]
			}
		}
		if poll.Form.Costs == nil {
			other.Form.Costs = nil
		}
		var renamed []Ballot
		for _, b := range ballots {
			r := Ballot{Voter: b.Voter, Points: b.Points}
			for _, o := range b.Choices {
				if o < 3 {
					o = to[o]
				}
				r.Choices = append(r.Choices, o)
			}
			renamed = append(renamed, r)
		}
		second, err := other.Count(renamed, roll)
		if err != nil {
			t.Fatal(err)
		}
		want := []uint32{}
		for _, o := range first.Winners {
			want = append(want, to[o])
		}
		if diff := cmp.Diff(want, second.Winners); diff != "" {
			t.Fatal(diff)
		}
	})
}

// TestMoreSupportNeverHarms: a winner wins still when a voter puts it first, approves it as well, or gives it more, in the methods that
// promise this.
func TestMoreSupportNeverHarms(t *testing.T) {
	t.Parallel()
	methods := []Method{
		MethodSingle, MethodApproval, MethodScore, MethodStar, MethodBorda, MethodSchulze, MethodCopeland, MethodPAV, MethodQuadratic,
		MethodBudget,
	}
	rapid.Check(t, func(t *rapid.T) {
		poll, roll, ballots := pollCase(t)
		poll.Requirements = nil
		if !slices.Contains(methods, poll.Method) || len(ballots) == 0 {
			return
		}
		first, err := poll.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		if len(first.Winners) == 0 {
			return
		}
		winner := first.Winners[0]
		i := rapid.IntRange(0, len(ballots)-1).Draw(t, "voter")
		changed := slices.Clone(ballots)
		changed[i] = supporting(poll.Form, ballots[i], winner)
		second, err := poll.Count(changed, roll)
		if err != nil || !slices.Contains(second.Winners, winner) {
			t.Fatalf("%d loses by %+v instead of %+v, %v", winner, changed[i], ballots[i], err)
		}
	})
}

// supporting is a ballot that supports an option more and leaves all else as it was, or the same ballot where that cannot be.
func supporting(f Form, b Ballot, winner uint32) Ballot {
	if !f.Good(b) {
		return b
	}
	at := slices.Index(b.Choices, winner)
	more := Ballot{Voter: b.Voter, Choices: slices.Clone(b.Choices), Points: slices.Clone(b.Points)}
	switch {
	case f.Kind == KindOrdinal && at >= 0:
		more.Choices = slices.Insert(slices.Delete(more.Choices, at, at+1), 0, winner)
	case f.Kind == KindOrdinal:
		more.Choices = slices.Insert(more.Choices, 0, winner)
	case f.Kind == KindChooseOne:
		more.Choices = []uint32{winner}
	case at >= 0 && len(more.Points) > 0:
		more.Points[at]++
	case at < 0 && (len(more.Points) > 0 || len(b.Choices) == 0 && f.Kind != KindApproval):
		more.Choices, more.Points = append(more.Choices, winner), append(more.Points, 1)
	case at < 0:
		more.Choices = append(more.Choices, winner)
	}
	if !f.Good(more) {
		return b
	}
	return more
}
