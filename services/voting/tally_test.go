package voting_test

import (
	"crypto/rand"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/testing/protocmp"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/poll"
)

// ballots tells who chose what, in the order of casting.
type given struct {
	voter  string
	choice *votingv1.Choice
}

func pick(options ...uint32) *votingv1.Choice { return &votingv1.Choice{Options: options} }

func points(options []uint32, pts ...int64) *votingv1.Choice {
	return &votingv1.Choice{Options: options, Points: pts}
}

// held is a poll of owners, one flat each, in which some ballots were cast.
func held(t *testing.T, rules *communityv1.PollRules, q *proposalv1.Motion, voters []string, ballots []given) (*world, string) {
	t.Helper()
	w := newWorld(t)
	w.admit(voters...)
	for _, n := range voters {
		w.unit("flat of "+n, n, 100_00)
	}
	p := w.motion("roof", rules, q)
	w.open(p)
	for _, b := range ballots {
		w.must(w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id(b.voter), Box: w.seal(p, b.voter, b.choice)}, b.voter))
	}
	return w, p
}

// ofOptions are rules without requirements.
func ofOptions(m communityv1.Method, b *communityv1.BallotRules) *communityv1.PollRules {
	r := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	r.Method, r.Requirements, r.Ballot = m, nil, b
	return r
}

func budgetOf(budget int64, costs ...int64) *proposalv1.Motion {
	q := &proposalv1.Motion{Title: "Budget", BudgetFen: budget}
	for i, c := range costs {
		q.Options = append(q.Options, &proposalv1.Option{Code: string(rune('a' + i)), CostFen: c})
	}
	return q
}

const (
	single    = communityv1.Method_METHOD_SINGLE
	approval  = communityv1.Method_METHOD_APPROVAL
	greedy    = communityv1.Method_METHOD_BUDGET_GREEDY
	noSkip    = communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP
	chosen    = votingv1.Result_RESULT_CHOSEN
	passed    = votingv1.Result_RESULT_PASSED
	rejected  = votingv1.Result_RESULT_REJECTED
	noQuorum  = votingv1.Result_RESULT_NO_QUORUM
	formOne   = communityv1.BallotForm_BALLOT_FORM_CHOOSE_ONE
	formSet   = communityv1.BallotForm_BALLOT_FORM_APPROVAL
	formPurse = communityv1.BallotForm_BALLOT_FORM_CUMULATIVE
	formRank  = communityv1.BallotForm_BALLOT_FORM_ORDINAL
)

func TestMethods(t *testing.T) {
	t.Parallel()
	three := budgetOf(0, 0, 0, 0)
	majority := ofOptions(single, nil)
	majority.Requirements = yesNo(communityv1.Electorate_ELECTORATE_OWNERS).Requirements
	set := &communityv1.BallotRules{Form: formSet}
	cases := map[string]struct {
		rules   *communityv1.PollRules
		q       *proposalv1.Motion
		ballots []given
		result  votingv1.Result
		winners []uint32
		cost    int64
		scores  []int64
		tie     bool
	}{
		"single choice": {
			ofOptions(single, nil), three, []given{{"ann", pick(1)}, {"bob", pick(1)}, {"cyn", pick(2)}}, chosen, []uint32{1}, 0, nil, false,
		},
		"single choice, a tie": {
			ofOptions(single, nil), three, []given{{"ann", pick(2)}, {"bob", pick(1)}}, chosen, []uint32{1}, 0, nil, true,
		},
		"single choice with majority": {
			majority, three, []given{{"ann", pick(1)}, {"bob", pick(1)}, {"cyn", pick(2)}}, chosen, []uint32{1}, 0, nil, false,
		},
		"single choice without": {
			majority, three, []given{{"ann", pick(1)}, {"bob", pick(0)}, {"cyn", pick(2)}}, rejected, nil, 0, nil, true,
		},
		"single choice, too few":     {majority, three, []given{{"ann", pick(1)}}, noQuorum, nil, 0, nil, false},
		"single choice, all abstain": {ofOptions(single, nil), three, []given{{"ann", pick()}}, rejected, nil, 0, nil, false},
		"approval": {
			ofOptions(approval, nil), three, []given{{"ann", pick(1, 2)}, {"bob", pick(2)}, {"cyn", pick(0)}},
			chosen, []uint32{2}, 0, []int64{1, 1, 2}, false,
		},
		"approval, too few for anybody": {
			ofOptions(approval, &communityv1.BallotRules{ScoreMin: 3}), three, []given{{"ann", pick(1, 2)}, {"bob", pick(2)}},
			rejected, nil, 0, []int64{0, 1, 2}, false,
		},
		"approval, just enough": {
			ofOptions(approval, &communityv1.BallotRules{ScoreMin: 2}), three, []given{{"ann", pick(1, 2)}, {"bob", pick(2)}},
			chosen, []uint32{2}, 0, []int64{0, 1, 2}, false,
		},
		"nobody came": {ofOptions(greedy, set), budgetOf(10, 1, 1), nil, noQuorum, nil, 0, []int64{0, 0}, false},
		"budget passes over what does not fit": {
			ofOptions(greedy, set), budgetOf(10, 6, 6, 4), []given{{"ann", pick(0, 1)}, {"bob", pick(0, 1)}, {"cyn", pick(0, 2)}},
			chosen, []uint32{0, 2}, 10, []int64{3, 2, 1}, false,
		},
		"budget stops at what does not fit": {
			ofOptions(noSkip, set), budgetOf(10, 6, 6, 4), []given{{"ann", pick(0, 1)}, {"bob", pick(0, 1)}, {"cyn", pick(0, 2)}},
			chosen, []uint32{0}, 6, []int64{3, 2, 1}, false,
		},
		"budget in the order in which they won": {
			ofOptions(greedy, &communityv1.BallotRules{Form: formOne}), budgetOf(10, 5, 5),
			[]given{{"ann", pick(1)}, {"bob", pick(1)}, {"cyn", pick(0)}}, chosen, []uint32{1, 0}, 10, []int64{1, 2}, false,
		},
		"budget, nothing can be had": {
			ofOptions(greedy, set), budgetOf(1, 5, 5), []given{{"ann", pick(1)}}, rejected, nil, 0, []int64{0, 1}, false,
		},
		"budget, too few points": {
			ofOptions(greedy, &communityv1.BallotRules{Form: formSet, ScoreMin: 2}), budgetOf(10, 5, 5),
			[]given{{"ann", pick(1)}, {"bob", pick(0, 1)}}, chosen, []uint32{1}, 5, []int64{1, 2}, false,
		},
		"budget by points": {
			ofOptions(greedy, &communityv1.BallotRules{Form: formPurse, PointsSumMax: 10}), budgetOf(5, 5, 5),
			[]given{{"ann", points([]uint32{0, 1}, 1, 9)}, {"bob", points([]uint32{0}, 8)}}, chosen, []uint32{0}, 5, []int64{9, 9}, true,
		},
		"budget by rank": {
			ofOptions(greedy, &communityv1.BallotRules{Form: formRank, OptionsMax: 2}), budgetOf(5, 5, 5),
			[]given{{"ann", pick(1, 0)}, {"bob", pick(1)}}, chosen, []uint32{1}, 5, []int64{1, 2}, false,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := held(t, c.rules, c.q, []string{"ann", "bob", "cyn", "dan", "eve", "fay"}, c.ballots)
			got := w.count(p)
			if got.GetResult() != c.result || got.GetCostFen() != c.cost || got.GetTieBroken() != c.tie {
				t.Errorf("got %v, cost %d, tie %v", got.GetResult(), got.GetCostFen(), got.GetTieBroken())
			}
			if (len(got.GetTies()) > 0) != c.tie {
				t.Errorf("ties %v", got.GetTies())
			}
			if diff := cmp.Diff(c.winners, got.GetWinners()); diff != "" {
				t.Errorf("winners (-want +got):\n%s", diff)
			}
			for i, s := range c.scores {
				if got.GetTotals()[i].GetScore() != s {
					t.Errorf("option %d has %d points, want %d", i, got.GetTotals()[i].GetScore(), s)
				}
			}
			w.wait(20_000)
			if adopted := w.poll(p).Adopted; adopted != (c.result == chosen) {
				t.Errorf("adopted %v", adopted)
			}
		})
	}
}

// The certificate says between which options a tie was decided, in the order in which they were preferred, and at which total.
func TestTiesAreWrittenOut(t *testing.T) {
	t.Parallel()
	coded := func(q *proposalv1.Motion, codes ...string) *proposalv1.Motion {
		for i, c := range codes {
			q.Options[i].Code = c
		}
		return q
	}
	set := &communityv1.BallotRules{Form: formSet}
	for name, c := range map[string]struct {
		rules   *communityv1.PollRules
		q       *proposalv1.Motion
		ballots []given
		want    []*votingv1.Tie
	}{
		"no tie": {ofOptions(single, nil), budgetOf(0, 0, 0), []given{{"ann", pick(1)}}, nil},
		"three of four": {
			ofOptions(single, nil), coded(budgetOf(0, 0, 0, 0, 0), "z", "10", "x", "9"),
			[]given{{"ann", pick(0)}, {"bob", pick(1)}, {"cyn", pick(3)}}, []*votingv1.Tie{{Options: []uint32{3, 1, 0}, Total: 1}},
		},
		"approvals": {
			ofOptions(approval, nil), budgetOf(0, 0, 0), []given{{"ann", pick(1, 0)}, {"bob", pick(0, 1)}},
			[]*votingv1.Tie{{Options: []uint32{0, 1}, Total: 2}},
		},
		"a budget that has room for both": {ofOptions(greedy, set), budgetOf(10, 5, 5), []given{{"ann", pick(0, 1)}}, nil},
		"two ties of a budget": {
			ofOptions(greedy, set), budgetOf(10, 6, 6, 4, 4),
			[]given{{"ann", pick(0, 1)}, {"bob", pick(0, 1, 2, 3)}},
			[]*votingv1.Tie{{Options: []uint32{0, 1}, Total: 2}, {Options: []uint32{2, 3}, Total: 1}},
		},
		"points": {
			ofOptions(greedy, &communityv1.BallotRules{Form: formPurse, PointsSumMax: 9}), budgetOf(5, 5, 5),
			[]given{{"ann", points([]uint32{0}, 7)}, {"bob", points([]uint32{1}, 7)}}, []*votingv1.Tie{{Options: []uint32{0, 1}, Total: 7}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, p := held(t, c.rules, c.q, []string{"ann", "bob", "cyn"}, c.ballots)
			w.count(p)
			w.wait(20_000)
			certificate := w.events(poll.Path(p))[0].(*votingv1.CertificateIssued)
			if diff := cmp.Diff(c.want, certificate.GetTally().GetTies(), protocmp.Transform(), cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("ties (-want +got):\n%s", diff)
			}
			if certificate.GetTally().GetTieBroken() != (len(c.want) > 0) {
				t.Error("tie_broken says something else")
			}
		})
	}
}

// Ties go by the options' codes, numbers by value, wherever the question puts them.
func TestTiesGoByCode(t *testing.T) {
	t.Parallel()
	q := &proposalv1.Motion{Title: "t", Options: []*proposalv1.Option{{Code: "b"}, {Code: "10"}, {Code: "a"}, {Code: "9"}}}
	w, p := held(t, ofOptions(single, nil), q, []string{"ann", "bob", "cyn", "dan"},
		[]given{{"ann", pick(0)}, {"bob", pick(1)}, {"cyn", pick(2)}, {"dan", pick(3)}})
	if got := w.count(p); len(got.GetWinners()) != 1 || got.GetWinners()[0] != 3 || !got.GetTieBroken() {
		t.Errorf("winners %v, want the option with code 9", got.GetWinners())
	}
}

// Options keep the question's indexes on ballots and in the tally, whatever their codes.
func TestOptionsOutOfCodeOrder(t *testing.T) {
	t.Parallel()
	q := &proposalv1.Motion{Title: "t", BudgetFen: 9, Options: []*proposalv1.Option{
		{Code: "c", CostFen: 1}, {Code: "a", CostFen: 5}, {Code: "b", CostFen: 8},
	}}
	w, p := held(t, ofOptions(greedy, &communityv1.BallotRules{Form: formSet}), q, []string{"ann", "bob", "cyn"},
		[]given{{"ann", pick(0, 2)}, {"bob", pick(2)}, {"cyn", pick(2, 1)}})
	got := w.count(p)
	if diff := cmp.Diff([]uint32{2, 0}, got.GetWinners()); diff != "" || got.GetCostFen() != 9 {
		t.Errorf("cost %d, winners (-want +got):\n%s", got.GetCostFen(), diff)
	}
	for i, want := range []int64{1, 1, 3} {
		if got.GetTotals()[i].GetOption() != uint32(i) || got.GetTotals()[i].GetScore() != want {
			t.Errorf("option %d: %v", i, got.GetTotals()[i])
		}
	}
}

// Each of the rulebook's bounds makes a ballot outside it invalid.
func TestBallotBounds(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		rules     *communityv1.BallotRules
		good, bad *votingv1.Choice
	}{
		"fewest options":  {&communityv1.BallotRules{Form: formSet, OptionsMin: 2}, pick(0, 1), pick(0)},
		"most options":    {&communityv1.BallotRules{Form: formSet, OptionsMax: 2}, pick(0, 1), pick(0, 1, 2)},
		"an option twice": {&communityv1.BallotRules{Form: formSet}, pick(0, 1), pick(0, 0)},
		"no such option":  {&communityv1.BallotRules{Form: formSet}, pick(2), pick(3)},
		"a huge number":   {&communityv1.BallotRules{Form: formSet}, pick(2), pick(1<<32 - 1)},
		"most points": {
			&communityv1.BallotRules{Form: formPurse, PointsSumMax: 5}, points([]uint32{0, 1}, 2, 3), points([]uint32{0, 1}, 3, 3),
		},
		"least points of one choice": {
			&communityv1.BallotRules{Form: formPurse, PointsSumMax: 5, PointsMin: 2}, points([]uint32{0, 1}, 2, 3), points([]uint32{0, 1}, 4, 1),
		},
		"most points of one choice": {
			&communityv1.BallotRules{Form: formPurse, PointsSumMax: 5, PointsMax: 3}, points([]uint32{0, 1}, 2, 3), points([]uint32{0, 1}, 4, 1),
		},
		"most points of a rank": {
			&communityv1.BallotRules{Form: formRank, PointsMax: 10}, points([]uint32{0, 1}, 10, 3), points([]uint32{0, 1}, 11, 3),
		},
		"points that overflow": {
			&communityv1.BallotRules{Form: formPurse, PointsSumMax: 5}, points([]uint32{0}, 5), points([]uint32{0, 1}, 1<<62, 1<<62),
		},
		"points below zero": {
			&communityv1.BallotRules{Form: formPurse, PointsSumMax: 5}, points([]uint32{0, 1}, 5, 0), points([]uint32{0, 1}, 6, -1),
		},
		"points without options": {&communityv1.BallotRules{Form: formPurse, PointsSumMax: 5}, pick(0), points(nil, 1)},
		"points where none are":  {&communityv1.BallotRules{Form: formSet}, pick(0), points([]uint32{0}, 1)},
		"cost":                   {&communityv1.BallotRules{Form: formSet, CostSumMaxFen: 30}, pick(0, 1), pick(1, 2)},
		"two of one":             {&communityv1.BallotRules{Form: formOne}, pick(0), pick(0, 1)},
		"ranks":                  {&communityv1.BallotRules{Form: formRank, OptionsMax: 2}, pick(1, 0), pick(0, 1, 2)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			q := budgetOf(100, 10, 20, 30)
			q.Options[0].Code = "z" // so that numbers by code are not the indexes
			w, p := held(t, ofOptions(greedy, c.rules), q, []string{"ann", "bob"}, []given{{"ann", c.good}, {"bob", c.bad}})
			if got := w.count(p); got.GetValid() != 1 || got.GetInvalidBallots().GetOutsideRules() != 1 {
				t.Errorf("%d valid, %v", got.GetValid(), got.GetInvalidBallots())
			}
		})
	}
}

// A ballot that is no good is counted as invalid, takes part, and stops nothing.
func TestInvalidBallots(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	voters := []string{"ann", "bob", "cyn", "dan", "eve", "fay", "gil"}
	w.admit(voters...)
	for _, n := range voters {
		w.unit("flat of "+n, n, 10_00)
	}
	rules := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
	p, other := w.motion("roof", rules, question), w.motion("garden", rules, question)
	w.open(p)
	w.open(other)
	cast := func(voter string, sealed []byte) {
		w.must(w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id(voter), Box: sealed}, voter))
	}
	cast("ann", w.seal(p, "ann", pick(0)))
	cast("bob", w.seal(p, "ann", pick(0)))     // a copy of another's would be the same
	cast("cyn", w.seal(other, "cyn", pick(0))) // sealed to another poll's key
	cast("dan", misplaced(t, w, p, other))     // sealed to this poll's key, but for another poll
	cast("eve", w.seal(p, "eve", pick(3)))     // no such answer
	cast("fay", w.seal(p, "fay", pick(0, 1)))  // two answers
	cast("gil", malformed(t, w, p, id("gil"))) // no choice at all
	got := w.count(p)
	want := &votingv1.InvalidBallots{Unopened: 1, Misplaced: 2, Malformed: 1, OutsideRules: 2}
	if diff := cmp.Diff(want, got.GetInvalidBallots(), protocmp.Transform()); diff != "" {
		t.Errorf("reasons (-want +got):\n%s", diff)
	}
	if got.GetBallots() != 7 || got.GetValid() != 1 || got.GetInvalid() != 6 || got.GetParticipantsHeads() != 7 || got.GetValidHeads() != 1 {
		t.Errorf("tally %v", got)
	}
	if got.GetResult() != rejected {
		t.Errorf("one yes among seven who took part: %v", got.GetResult())
	}
}

// misplaced seals dan's choice for another poll to this poll's key.
func misplaced(t *testing.T, w *world, p, other string) []byte {
	t.Helper()
	b, err := ballot.Seal(rand.Reader, w.poll(p).BoxKey, other, id("dan"), pick(0))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// malformed seals bytes that are no choice.
func malformed(t *testing.T, w *world, p, voter string) []byte {
	t.Helper()
	pub, priv, err := box.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	var nonce [24]byte
	plain := append([]byte(p+voter), 0xff, 0xff, 0xff)
	return box.Seal(append(append([]byte{}, pub[:]...), nonce[:]...), plain, &nonce, (*[32]byte)(w.poll(p).BoxKey), priv)
}

// Where options are chosen, the result stands only if the same ones are.
func TestChoiceStandsWithoutHosted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		hosted uint32
		stands bool
	}{"the same option": {0, true}, "another option": {1, false}} {
		w := newWorld(t)
		w.admit("ann")
		for _, n := range []string{"old", "older"} {
			w.fact("community", decider.On("member/"+id(n), &communityv1.MemberAdmitted{AdmittedBy: id(orgOne)}))
			w.enrol(n, "gateway for "+n, true)
		}
		for _, n := range []string{"old", "older", "ann"} {
			w.unit("flat of "+n, n, 10_00)
		}
		p := w.motion("roof", ofOptions(single, nil), budgetOf(0, 0, 0))
		w.open(p)
		w.must(w.vote(p, "ann", []uint32{0}, officer))
		for _, n := range []string{"old", "older"} {
			sealed := w.seal(p, n, pick(c.hosted))
			w.must(w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id(n), Box: sealed}, "gateway for "+n))
		}
		got := w.count(p)
		if got.GetHosted() != 2 || got.GetInPerson() != 1 || got.GetResult() != chosen || got.GetStandsWithoutHosted() != c.stands {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The certificate tells how many ballots came by hosted key, and whether the result would be another without them.
func TestStandsWithoutHosted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		others []given
		stands bool
	}{
		"stands":           {[]given{{"ann", pick(0)}, {"bob", pick(0)}, {"cyn", pick(1)}}, true},
		"does not":         {[]given{{"ann", pick(0)}, {"bob", pick(1)}}, false},
		"fails either way": {[]given{{"ann", pick(1)}, {"bob", pick(1)}}, true},
		"nobody else came": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.fact("community", decider.On("member/"+id("old"), &communityv1.MemberAdmitted{AdmittedBy: id(orgOne)}))
			w.enrol("old", "gateway", true)
			w.admit("ann", "bob", "cyn")
			for _, n := range []string{"old", "ann", "bob", "cyn"} {
				w.unit("flat of "+n, n, 10_00)
			}
			rules := yesNo(communityv1.Electorate_ELECTORATE_OWNERS)
			rules.Requirements = rules.Requirements[1:] // no quorum
			p := w.motion("roof", rules, question)
			w.open(p)
			for _, b := range c.others {
				w.must(w.vote(p, b.voter, b.choice.GetOptions()))
			}
			w.must(w.send("voting.cast", &votingv1.CastBallot{Poll: p, Voter: id("old"), Box: w.seal(p, "old", pick(0))}, "gateway"))
			got := w.count(p)
			if got.GetHosted() != 1 || got.GetStandsWithoutHosted() != c.stands {
				t.Errorf("hosted %d, stands %v", got.GetHosted(), got.GetStandsWithoutHosted())
			}
		})
	}
}
