package pollcheck

import (
	"fmt"
	"slices"
	"testing"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// TestReplacedAlone: which ballots replace which.
func TestReplacedAlone(t *testing.T) {
	t.Parallel()
	by := func(keys int, b *votingv1.BallotCast) said {
		return said{body: b, path: "ballot/v", actor: "v", keys: make([][]byte, keys)}
	}
	device, helper := by(1, &votingv1.BallotCast{}), by(1, &votingv1.BallotCast{Mandate: "m"})
	officer := by(2, &votingv1.BallotCast{InPerson: true})
	host := by(2, &votingv1.BallotCast{InPerson: true, Hosted: true})
	host.author = 2
	run := (*checking).channels
	of := func(before, now said) *checking { return alone(openRules(1), before, now) }
	ask(t, []asking{
		{"their own", of(device, device), run, "holds"},
		{"the voter's after a helper's", of(helper, device), run, "holds"},
		{"a helper's after a helper's", of(helper, helper), run, "holds"},
		{"a helper's after the voter's", of(device, helper), run, "fails channels.replaced"},
		{"an officer's after an officer's", of(officer, officer), run, "holds"},
		{"the voter's after an officer's", of(officer, device), run, "fails channels.replaced"},
		{"the voter's after a host's before an officer", of(host, device), run, "holds"},
		{"in a secret poll nothing is looked at", alone(secretRules(1), device, device), run, "none"},
	})
}

// half asks for more than half of the heads that take part to say yes.
func half(m communityv1.Method) *communityv1.PollRules {
	return &communityv1.PollRules{Method: m, Requirements: []*communityv1.Requirement{{
		Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS, Numerator: 1,
		Denominator: 2, Strict: true,
	}}}
}

// TestReportsAlone: two helpers' ballots make the majority, so that the result does not stand without them.
func TestReportsAlone(t *testing.T) {
	t.Parallel()
	helped := func(voter string) said {
		return said{body: &votingv1.BallotCast{Mandate: "m"}, path: "ballot/" + voter, actor: voter, keys: make([][]byte, 1)}
	}
	own := helped("a")
	own.body = &votingv1.BallotCast{}
	of := func(change func(t *votingv1.Tally)) *checking {
		tally := &votingv1.Tally{StandsWithoutHosted: true, CastBy: &votingv1.CastBy{
			Device: &votingv1.CastShare{Ballots: 1, Heads: 1}, Hosted: &votingv1.CastShare{}, Helper: &votingv1.CastShare{Ballots: 2, Heads: 2},
		}}
		change(tally)
		c := alone(half(communityv1.Method_METHOD_YES_NO), own, helped("b"), helped("c"), tallied(tally))
		return c.counts(given{"a", 1, []uint32{1}, nil}, given{"b", 1, []uint32{0}, nil}, given{"c", 1, []uint32{0}, nil})
	}
	run := (*checking).channels
	ask(t, []asking{
		{"it does not stand", of(right), run, "holds"},
		{"it stands, it is said", of(func(t *votingv1.Tally) { t.CastBy.StandsWithoutHelpers = true }), run, "fails channels.stands"},
		{"it does not stand without hosts", of(func(t *votingv1.Tally) { t.StandsWithoutHosted = false }), run, "fails channels.stands"},
		{"a helper less", of(func(t *votingv1.Tally) { t.CastBy.Helper.Ballots = 1 }), run, "fails channels.report"},
		{"no helpers", of(func(t *votingv1.Tally) { t.CastBy = nil }), run, "fails channels.report"},
		{"channels", of(func(t *votingv1.Tally) { t.Channels = &votingv1.ChannelReport{} }), run, "fails channels.report"},
		{"nothing is counted", alone(half(communityv1.Method_METHOD_YES_NO), own, tallied(&votingv1.Tally{})), run, "unchecked"},
	})
}

// shared is a budget by equal shares.
func shared(b *communityv1.BallotRules, budget int64, costs ...int64) *checking {
	r := half(communityv1.Method_METHOD_BUDGET_EQUAL_SHARES)
	r.Ballot, r.Requirements = b, nil
	q := &proposalv1.Motion{BudgetFen: budget}
	for i, cost := range costs {
		q.Options = append(q.Options, &proposalv1.Option{Code: fmt.Sprint(i), CostFen: cost})
	}
	return aloneAbout(q, r, tallied(&votingv1.Tally{}))
}

var purse = communityv1.BallotForm_BALLOT_FORM_CUMULATIVE

// TestStandsLong: what takes too long with some ballots, or without them, is not said to stand or not.
func TestStandsLong(t *testing.T) {
	t.Parallel()
	but := func(who string) func(string) bool { return func(voter string) bool { return voter != who } }
	greatPoints := shared(&communityv1.BallotRules{Form: purse}, 10, 1).counts(
		given{"a", 1, []uint32{0}, []int64{1}}, given{"x", 1, []uint32{0}, []int64{pointsMax + 1}})
	if same, known := greatPoints.stands(everybody); !same || !known {
		t.Error("with all ballots it is what it is")
	}
	if _, known := greatPoints.stands(but("x")); known {
		t.Error("nobody knows what it is compared with")
	}
	if _, known := greatPoints.stands(but("a")); known {
		t.Error("nobody knows either")
	}
	// With x the dear project is paid for soon. Without, it would take more money to be raised than there is.
	const dear = 1_000_000_000_000
	raises := shared(&communityv1.BallotRules{
		Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL, Completion: communityv1.Completion_COMPLETION_ADD_ONE,
	}, dear+1, dear, 1).counts(
		given{"a", 1, []uint32{0}, nil}, given{"b", 1_000_000, []uint32{1}, nil}, given{"x", 1_000_000, []uint32{0}, nil})
	if s := raises.decide(raises.open); s.long || len(s.winners) != 2 {
		t.Fatalf("%+v", s)
	}
	if _, known := raises.stands(but("x")); known {
		t.Error("nobody knows what would be without x")
	}
	if same, known := raises.stands(but("a")); !same || !known {
		t.Error("without a it is the same")
	}
}

// TestLongAlone: of a count that takes too long neither result nor steps are looked at.
func TestLongAlone(t *testing.T) {
	t.Parallel()
	long := shared(&communityv1.BallotRules{Form: purse}, moneyMax+1, 1).counts(given{"a", 1, []uint32{0}, nil})
	question := alone(openRules(communityv1.Method_METHOD_YES_NO), noneCounted(right)).counts()
	single := aloneAbout(optioned(2), secretRules(communityv1.Method_METHOD_SINGLE), tallied(&votingv1.Tally{
		Steps: []*votingv1.CountStep{{}},
	}))
	single.results.count = &count{options: make([][2]weight, 2), points: make([][2]weight, 2), shown: map[communityv1.Measure]bool{1: true}}
	uncounted := alone(openRules(communityv1.Method_METHOD_YES_NO), noneCounted(right))
	ask(t, []asking{
		{"a long result", long, (*checking).result, "unchecked"},
		{"long steps", long, (*checking).steps, "unchecked"},
		{"no steps", question, (*checking).steps, "none"},
		{"steps of a secret poll that takes none", single, (*checking).steps, "fails steps.differ"},
		{"steps of what was not counted", uncounted, (*checking).steps, "none"},
	})
}

// TestSecretWinners: points decide where points are given; the least that a winner must have is asked of anything else.
func TestSecretWinners(t *testing.T) {
	t.Parallel()
	const score, approval = communityv1.Method_METHOD_SCORE, communityv1.Method_METHOD_APPROVAL
	of := func(n int64) [2]weight { return [2]weight{{heads: n}, {heads: n}} }
	for _, v := range []struct {
		m      communityv1.Method
		secret bool
		winner uint32
		least  int64
	}{{score, true, 1, 0}, {approval, true, 0, 9}} {
		r := secretRules(v.m)
		r.Ballot = &communityv1.BallotRules{ScoreMin: 9}
		c := aloneAbout(optioned(2), r)
		c.results.count = &count{options: [][2]weight{of(5), of(1)}, points: [][2]weight{of(1), of(3)}}
		var out outcome
		if c.winners(low, &out); !slices.Equal(out.winners, []uint32{v.winner}) || c.scoreMin() != v.least {
			t.Errorf("%s: %v win, of at least %d", v.m, out.winners, c.scoreMin())
		}
	}
	open := openRules(score)
	if open.Ballot = (&communityv1.BallotRules{ScoreMin: 9}); alone(open).scoreMin() != 9 {
		t.Error("open scores have a least one")
	}
}

// TestTieBrokenAlone: a tie that decided was broken, and nothing else.
func TestTieBrokenAlone(t *testing.T) {
	t.Parallel()
	of := func(second int64, change func(t *votingv1.Tally)) *checking {
		tally := &votingv1.Tally{Result: votingv1.Result_RESULT_CHOSEN, Winners: []uint32{0}}
		if second == 2 {
			tally.Ties, tally.TieBroken = []*votingv1.Tie{{Options: []uint32{0, 1}, Total: 2}}, true
		}
		change(tally)
		c := aloneAbout(optioned(2), openRules(communityv1.Method_METHOD_SINGLE), tallied(tally))
		return c.counts(given{"a", 2, []uint32{0}, nil}, given{"b", second, []uint32{1}, nil})
	}
	turned := func(t *votingv1.Tally) { t.TieBroken = !t.GetTieBroken() }
	run := (*checking).result
	ask(t, []asking{
		{"a tie", of(2, right), run, "holds"},
		{"a tie that was not broken", of(2, turned), run, "fails result.ties"},
		{"none", of(1, right), run, "holds"},
		{"none that was broken", of(1, turned), run, "fails result.ties"},
	})
}

// TestNoOptions: a question without options has no winner, by whatever method, and breaks nothing.
func TestNoOptions(t *testing.T) {
	t.Parallel()
	for m := range communityv1.Method_name {
		r := openRules(communityv1.Method(m))
		r.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
		c := aloneAbout(&proposalv1.Motion{}, r, tallied(&votingv1.Tally{})).counts(given{"a", 1, nil, nil})
		if out := c.outcome(low); r.GetMethod() != communityv1.Method_METHOD_YES_NO && out.result != votingv1.Result_RESULT_REJECTED {
			t.Errorf("%s: %s", r.GetMethod(), out.result)
		}
	}
}

// TestMarketAlone: what is left is spent only where the rules say so, and of projects that cost the same a point none is passed over.
func TestMarketAlone(t *testing.T) {
	t.Parallel()
	approvals := communityv1.BallotForm_BALLOT_FORM_APPROVAL
	for _, v := range []struct {
		completion communityv1.Completion
		want       []uint32
	}{
		{communityv1.Completion_COMPLETION_UNSPECIFIED, []uint32{0}}, {communityv1.Completion_COMPLETION_GREEDY, []uint32{0, 1}},
	} {
		// Each has 5 fen of 10. Two pay 3 each for the first; nobody alone can pay 4 for the second, for which there would be 4.
		c := shared(&communityv1.BallotRules{Form: approvals, Completion: v.completion}, 12, 6, 6).counts(
			given{"a", 1, []uint32{0}, nil}, given{"b", 1, []uint32{0}, nil}, given{"c", 1, []uint32{1}, nil})
		if got := c.decide(c.open); !slices.Equal(got.winners, v.want) {
			t.Errorf("%s: %v", v.completion, got.winners)
		}
	}
	// Everybody pays for one of three. The first is the cheapest; of the others, which cost the same, that one is bought next whose code
	// comes first.
	c := shared(&communityv1.BallotRules{Form: approvals, Utility: communityv1.Utility_UTILITY_CARDINALITY}, 30, 1, 2, 2)
	c.question.Options[1].Code = "9"
	c.counts(given{"a", 1, []uint32{0}, nil}, given{"b", 1, []uint32{1}, nil}, given{"c", 1, []uint32{2}, nil})
	var order []uint32
	for _, step := range c.decide(c.open).steps {
		order = append(order, step.GetOptions()...)
	}
	if !slices.Equal(order, []uint32{0, 2, 1}) {
		t.Errorf("bought as %v", order)
	}
}

// TestMethodsAlone: who has nothing wins nothing, and of what too few have named no order is tried.
func TestMethodsAlone(t *testing.T) {
	t.Parallel()
	c := aloneAbout(optioned(2), openRules(communityv1.Method_METHOD_STAR))
	if u := c.umpire(); !slices.Equal(star([]heap{{filling{[]int{0}, []int64{3}}, 1}}, []int64{3, 0}, u), []int{0}) || len(u.steps) > 0 {
		t.Error("an option without points comes second")
	}
	none := aloneAbout(&proposalv1.Motion{}, openRules(communityv1.Method_METHOD_INSTANT_RUNOFF))
	if got := runOff(nil, 0, none.umpire()); got != nil {
		t.Errorf("%v of none", got)
	}
	scores := []int64{3, 3, 1, 1}
	spends := till{score: func(o int) int64 { return scores[o] }, cost: func(int) int64 { return 1 }, money: 4, least: 2}
	if funded, groups := spends.spend([]int{0, 1, 2, 3}); !slices.Equal(funded, []int{0, 1}) || len(groups) != 1 {
		t.Errorf("%v are funded, %d groups are tried", funded, len(groups))
	}
}
