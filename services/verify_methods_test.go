package services_test

import (
	"crypto/rand"
	"fmt"
	randv2 "math/rand/v2"
	"testing"

	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/verify/forge"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/audit/pollcheck"
)

// methodRules are those of every method of open ballots that is counted by a second hand, and the options of a question.
var methodRules = []struct {
	method communityv1.Method
	rules  *communityv1.BallotRules
}{
	{communityv1.Method_METHOD_SINGLE, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE}},
	{communityv1.Method_METHOD_APPROVAL, &communityv1.BallotRules{Form: formApproval, Seats: 2, OptionsMax: 3}},
	{communityv1.Method_METHOD_SCORE, &communityv1.BallotRules{Form: formScore, PointsMax: 3, Seats: 2, ScoreMin: 2}},
	{communityv1.Method_METHOD_STAR, &communityv1.BallotRules{Form: formScore, PointsMax: 3, ScoreMin: 2}},
	{communityv1.Method_METHOD_BORDA, &communityv1.BallotRules{Form: formRanks, Seats: 2}},
	{communityv1.Method_METHOD_INSTANT_RUNOFF, &communityv1.BallotRules{Form: formRanks, OptionsMax: 4}},
	{communityv1.Method_METHOD_QUADRATIC, &communityv1.BallotRules{Form: formPurse, PointsSumMax: 9}},
	{communityv1.Method_METHOD_BUDGET_GREEDY, &communityv1.BallotRules{Form: formApproval, CostSumMaxFen: 900}},
	{communityv1.Method_METHOD_BUDGET_GREEDY, &communityv1.BallotRules{Form: formPurse, PointsSumMax: 5}},
	{communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP, &communityv1.BallotRules{Form: formRanks, OptionsMax: 3, ScoreMin: 2}},
	{communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP, &communityv1.BallotRules{Form: communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE}},
	{communityv1.Method_METHOD_SCHULZE, &communityv1.BallotRules{Form: formRanks}},
	{communityv1.Method_METHOD_STV, &communityv1.BallotRules{Form: formRanks, Seats: 2}},
	{communityv1.Method_METHOD_STV, &communityv1.BallotRules{Form: formRanks, Seats: 3, OptionsMax: 3}},
	{communityv1.Method_METHOD_PROPORTIONAL_APPROVAL, &communityv1.BallotRules{Form: formApproval, Seats: 3}},
	{communityv1.Method_METHOD_EQUAL_SHARES, &communityv1.BallotRules{Form: formApproval, Seats: 3}},
	{communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, &communityv1.BallotRules{Form: formApproval, Utility: utilityCost, Completion: addOne}},
	{communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, &communityv1.BallotRules{
		Form: formApproval, Utility: utilityCost, Completion: communityv1.Completion_COMPLETION_ADD_ONE_GREEDY,
	}},
	{communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, &communityv1.BallotRules{
		Form: formPurse, PointsSumMax: 5, Utility: communityv1.Utility_UTILITY_CARDINALITY,
		Completion: communityv1.Completion_COMPLETION_GREEDY, ScoreMin: 2,
	}},
	{communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, &communityv1.BallotRules{
		Form: formScore, PointsMax: 3, Utility: communityv1.Utility_UTILITY_CARDINALITY, Completion: addOne,
	}},
	{communityv1.Method_METHOD_BUDGET_EQUAL_SHARES, &communityv1.BallotRules{
		Form: communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE, Utility: utilityCost, Completion: communityv1.Completion_COMPLETION_NONE,
	}},
}

const (
	formApproval = communityv1.BallotForm_BALLOT_FORM_APPROVAL
	formScore    = communityv1.BallotForm_BALLOT_FORM_SCORE
	formRanks    = communityv1.BallotForm_BALLOT_FORM_ORDINAL
	formPurse    = communityv1.BallotForm_BALLOT_FORM_CUMULATIVE

	utilityCost = communityv1.Utility_UTILITY_COST
	addOne      = communityv1.Completion_COMPLETION_ADD_ONE
)

// methodPlays is how many polls of each are played.
const methodPlays = 12

// TestMethodsBySecondHand: by every such method, polls that the services count are found right by what was written from the format alone,
// with ballots outside of the rules, and ties, among them.
func TestMethodsBySecondHand(t *testing.T) {
	for i, m := range methodRules {
		t.Run(fmt.Sprint(i, m.method), func(t *testing.T) {
			t.Parallel()
			ties := 0
			for seed := range uint64(methodPlays) {
				tied := playMethod(t, randv2.New(randv2.NewPCG(seed, uint64(i))), m.method, m.rules)
				ties += tied
			}
			t.Logf("%d of %d were decided by a tie", ties, methodPlays)
		})
	}
}

// playMethod plays a poll, has it checked, and tells how many ties decided it.
func playMethod(t *testing.T, chance *randv2.Rand, method communityv1.Method, ballots *communityv1.BallotRules) int {
	t.Helper()
	rules := storyPoll()
	rules.Method, rules.Ballot = method, ballots
	rules.Requirements = []*communityv1.Requirement{{
		Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_PARTICIPANTS, Base: communityv1.Base_BASE_ALL,
		Numerator: 1, Denominator: 3, Quorum: true,
	}}
	founding := storyFounding()
	founding.GetRulebook().GetMatters()[0].Poll = rules
	w := settledAs(t, founding, residents...)
	question := &proposalv1.Motion{Title: "What first", Text: "One of these."}
	costs := method == communityv1.Method_METHOD_BUDGET_GREEDY || method == communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP ||
		method == communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
	if costs {
		question.BudgetFen = 1000
	}
	odd := method == communityv1.Method_METHOD_BUDGET_EQUAL_SHARES && chance.IntN(2) == 0
	if odd {
		question.BudgetFen += chance.Int64N(500)
	}
	for i := range 3 + chance.IntN(3) {
		option := &proposalv1.Option{Code: fmt.Sprint(12 - i), Title: fmt.Sprint("option ", i)}
		if costs {
			option.CostFen = int64(100 * (1 + chance.IntN(6)))
		}
		if costs && odd {
			option.CostFen += chance.Int64N(100)
		}
		question.Options = append(question.Options, option)
	}
	poll := putToVote(t, w, question)
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wrapped := make([]byte, ballot.KeyBytes+box.AnonymousOverhead)
	w.Do("voting.offer_key", &votingv1.OfferKey{Poll: poll, BoxKey: public[:], Wrapped: wrapped}, forge.Key("cat"))
	w.Do("voting.hold_key", &votingv1.HoldKey{Poll: poll, BoxKey: public[:]}, forge.Key("dan"))
	for _, name := range residents {
		sealed, err := ballot.Seal(rand.Reader, public[:], poll, forge.ID(name), anyChoice(chance, method, ballots, len(question.GetOptions())))
		if err != nil {
			t.Fatal(err)
		}
		w.Do("voting.cast", &votingv1.CastBallot{Poll: poll, Voter: forge.ID(name), Box: sealed}, forge.Key(name))
	}
	w.Pass(60_000)
	w.Do("voting.publish_key", &votingv1.PublishKey{Poll: poll, PrivateKey: private[:]}, forge.Key("dan"))
	w.Pass(10_000)
	w.Flush()
	heldAgainstItself(t, w, rules)
	return foundRight(t, w)
}

// putToVote puts a question to the vote, and names its poll.
func putToVote(t *testing.T, w *forge.World, question *proposalv1.Motion) string {
	t.Helper()
	topic := w.Do("proposal.post", &proposalv1.PostTopic{Matter: "works", Text: storyText("what first")}, forge.Key("eve"))
	for _, name := range []string{"fay", "gus"} {
		w.Do("proposal.second", &proposalv1.SecondTopic{Topic: topic.ID.NewAggregate()}, forge.Key(name))
	}
	w.Pass(1000)
	w.Do("proposal.close", &proposalv1.CloseDeliberation{
		Deliberation: w.State("proposal").Members("deliberation")[0], Minutes: "We agree.", Motion: question,
	}, forge.Key("ann"))
	return chain.PolicyID("voting", "poll/"+w.State("proposal").Members("motion")[0]).NewAggregate()
}

// anyChoice is mostly within the rules.
func anyChoice(
	chance *randv2.Rand, method communityv1.Method, rules *communityv1.BallotRules, options int,
) *votingv1.Choice {
	c := &votingv1.Choice{}
	named := chance.Perm(options)[:chance.IntN(options+1)]
	single := method == communityv1.Method_METHOD_SINGLE || rules.GetForm() == communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE
	if single && len(named) > 1 && chance.IntN(9) > 0 {
		named = named[:1]
	}
	for _, o := range named {
		c.Options = append(c.Options, uint32(o))
		switch {
		case rules.GetPointsMax() > 0:
			c.Points = append(c.Points, chance.Int64N(rules.GetPointsMax()+1))
		case rules.GetPointsSumMax() > 0 && method != communityv1.Method_METHOD_QUADRATIC:
			c.Points = append(c.Points, chance.Int64N(3))
		case rules.GetPointsSumMax() > 0:
			c.Points = append(c.Points, chance.Int64N(4))
		}
	}
	switch chance.IntN(20) {
	case 0:
		c.Options = append(c.Options, uint32(options))
	case 1:
		c.Points = append(c.Points, 1)
	}
	return c
}

// foundRight wants the only poll of a record to be found right, and checked to the end.
func foundRight(t *testing.T, w *forge.World) (ties int) {
	t.Helper()
	c := pollcheck.New(nil)
	tallied := false
	index := uint64(0)
	for _, b := range w.Record.Blocks {
		for _, raw := range b.Commits {
			c.Add(index, raw)
			index++
			commit, err := chain.DecodeCommit(raw)
			if err != nil {
				t.Fatal(err)
			}
			ties += tiesIn(t, commit, &tallied)
		}
	}
	r := c.Report()
	if len(r.Polls) != 1 || !tallied {
		t.Fatalf("%d polls, counted: %v", len(r.Polls), tallied)
	}
	for _, f := range r.Polls[0].Findings {
		t.Errorf("%s, commit %d, %s %s", f.Code, f.Index, f.At, f.Fault)
	}
	for _, check := range r.Polls[0].Checks {
		if check.State == pollcheck.Unchecked {
			t.Errorf("%s was not made: %s", check.Name, check.Why.English)
		}
	}
	return ties
}

func tiesIn(t *testing.T, commit *chain.Commit, tallied *bool) (ties int) {
	t.Helper()
	for _, change := range commit.Changes {
		for _, e := range change.Events {
			if e.Type == "renlin.voting.v1.TallyRecorded" {
				b := &votingv1.TallyRecorded{}
				if err := proto.Unmarshal(e.Body, b); err != nil {
					t.Fatal(err)
				}
				*tallied, ties = true, ties+len(b.GetTally().GetTies())
			}
		}
	}
	return ties
}
