package voting_test

import (
	"slices"
	"testing"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// ranked are the places of the complete rankings of three options, in the order of a dictionary.
const (
	redGreenBlue = iota
	redBlueGreen
	greenRedBlue
	greenBlueRed
	blueRedGreen
	blueGreenRed
	rankings
)

// colours are three options, the codes of which are not in their order.
func colours() *proposalv1.Motion {
	return &proposalv1.Motion{Title: "Colour", Text: "Which?", BudgetFen: 3, Options: []*proposalv1.Option{
		{Code: "2", Title: "red", CostFen: 1}, {Code: "1", Title: "green", CostFen: 2}, {Code: "3", Title: "blue", CostFen: 2},
	}}
}

func rankedRules(r *communityv1.PollRules) *communityv1.PollRules {
	r.Method, r.Requirements = communityv1.Method_METHOD_INSTANT_RUNOFF, r.Requirements[:1]
	r.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_ORDINAL, OptionsMin: 3}
	return r
}

func ranking(t *testing.T, place int) []int64 {
	t.Helper()
	choice, err := secretballot.OneOfChoice(rankings, place)
	if err != nil {
		t.Fatal(err)
	}
	return choice
}

func oneOfSix(t *testing.T) secretballot.Shape {
	t.Helper()
	shape, err := secretballot.OneOf(rankings)
	if err != nil {
		t.Fatal(err)
	}
	return shape
}

// given ballots that are rankings, when the poll closes, then what is to be opened is how many there are of each, by heads alone.
func TestFillingsAreAddedUp(t *testing.T) {
	t.Parallel()
	seats := sameSeats("a", 12, 1, 50)
	rules := rankedRules(secretRules(exact))
	b := called(t, rules, colours(), seats...)
	b.openFor(60_000, seats, oneOfSix(t))
	for i, s := range seats {
		b.must(b.cast(s.name, ranking(t, i%4-1)...)) // the first is blank
	}
	two := ranking(t, 1)
	two[3] = 1
	if _, _, err := b.election.Encrypt(nil, secretballot.Voter{}, two); err == nil {
		t.Error("a ballot of two rankings can be made")
	}
	got := b.close()
	if got.GetSecrecy() != exact || len(got.GetTotals()) != rankings || got.GetLeak()[0].GetReport().GetRefused() != "" {
		t.Fatalf("%v", got)
	}
	if n := b.decrypt(got.GetTotals()); !slices.Equal(n, []int64{3, 3, 3, 0, 0, 0}) {
		t.Errorf("totals %v", n)
	}
}

// The largest ballot that there is, one of all complete rankings of five options, is taken and added up.
func TestLargestFillings(t *testing.T) {
	t.Parallel()
	seats := sameSeats("a", 6, 1, 50)
	rules := rankedRules(secretRules(exact))
	rules.Ballot.OptionsMin = 5
	shape, err := secretballot.OneOf(secretballot.OneOfMax)
	if err != nil {
		t.Fatal(err)
	}
	b := called(t, rules, optionsOf(5), seats...)
	b.openFor(60_000, seats, shape)
	for i, s := range seats {
		choice, err := secretballot.OneOfChoice(secretballot.OneOfMax, 20*i)
		if err != nil {
			t.Fatal(err)
		}
		b.must(b.cast(s.name, choice...))
	}
	got := b.close()
	if got.GetSecrecy() != exact || len(got.GetTotals()) != secretballot.OneOfMax {
		t.Fatalf("%v, %d totals", got.GetSecrecy(), len(got.GetTotals()))
	}
	for i, n := range b.decrypt(got.GetTotals()) {
		if want := int64(1); (i%20 == 0) != (n == want) {
			t.Errorf("total %d: %d", i, n)
		}
	}
}

// A secret run-off is decided from the rankings that were opened: by first places red leads, and green is out; blue wins by those who had
// green first.
func TestSecretRunoff(t *testing.T) {
	t.Parallel()
	rules := rankedRules(closedRules(levelTotals))
	of := func(n, place int) []secretBallot { return slices.Repeat([]secretBallot{{10_00, ranking(t, place)}}, n) }
	c := newClosed(t, rules, colours(), oneOfSix(t),
		slices.Concat(of(4, redGreenBlue), of(3, blueGreenRed), of(2, greenBlueRed), of(1, -1))...)
	c.tallied(t, levelTotals, nil, nil)
	for i := range 2 {
		if err := c.once(t, i); err != nil {
			t.Fatal(err)
		}
	}
	got := c.poll(c.id).Tally
	if got.GetResult() != chosen || !slices.Equal(got.GetWinners(), []uint32{2}) || got.GetAbstained() != 1 || got.GetValidHeads() != 9 {
		t.Errorf("tally %v", got)
	}
	if len(got.GetSteps()) != 2 || !slices.Equal(got.GetSteps()[0].GetOut(), []uint32{1}) ||
		!slices.Equal(got.GetSteps()[1].GetFigures(), []string{"4", "5"}) {
		t.Errorf("steps %v", got.GetSteps())
	}
	r := got.GetSecret().GetLeak()
	if r.GetRefused() != "" || !r.GetExact() || r.GetPosteriorMicros() != 400_000 || r.GetAnonymityMin() != 10 {
		t.Errorf("leak %v", r)
	}
}

// A secret budget of approvals is decided from the projects' totals: red and green are had for three.
func TestSecretBudget(t *testing.T) {
	t.Parallel()
	rules := closedRules(levelTotals)
	rules.Method, rules.Requirements = communityv1.Method_METHOD_BUDGET_GREEDY, rules.Requirements[:1]
	rules.Ballot = &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_APPROVAL}
	shape, err := secretballot.Approval(3, 0, 3)
	if err != nil {
		t.Fatal(err)
	}
	of := func(n int, choice ...int64) []secretBallot { return slices.Repeat([]secretBallot{{10_00, choice}}, n) }
	c := newClosed(t, rules, colours(), shape, slices.Concat(of(4, 1, 0, 1), of(3, 0, 1, 0), of(2, 0, 1, 0), of(1, 0, 0, 0))...)
	c.tallied(t, levelTotals, nil, nil)
	for i := range 2 {
		if err := c.once(t, i); err != nil {
			t.Fatal(err)
		}
	}
	got := c.poll(c.id).Tally
	if got.GetResult() != chosen || !slices.Equal(got.GetWinners(), []uint32{1, 0}) || got.GetCostFen() != 3 ||
		got.GetTotals()[1].GetScore() != 5 || got.GetValidHeads() != 0 {
		t.Errorf("tally %v", got)
	}
}
