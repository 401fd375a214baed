package poll

import (
	"crypto/rand"
	"fmt"
	"math"
	"slices"
	"testing"

	"golang.org/x/crypto/nacl/box"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// held is an open poll by some rules that is closed, with its key published, and the ballots that were cast; nil is a box that is none.
func held(
	tb interface{ Fatal(...any) }, q *proposalv1.Motion, r *communityv1.PollRules, said ...*votingv1.Choice,
) (string, *Poll, *Sealed) {
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	id := func(s string) string { h := chain.LeafHash([32]byte{}); copy(h[:], s); return chain.ShortID(h[:]) }
	s := &Sealed{Electorate: r.GetElectorate(), Rules: r, Roll: map[string]standing.Voter{}, Ballots: map[string]Box{}}
	for i, choice := range said {
		voter := id(fmt.Sprint("voter ", i))
		s.Roll[voter] = standing.Voter{Member: voter, Heads: 1, AreaCentiM2: 100_00}
		s.All.Heads, s.All.AreaCentiM2 = s.All.Heads+1, s.All.AreaCentiM2+100_00
		sealed := []byte("no box")
		if choice != nil {
			if sealed, err = ballot.Seal(rand.Reader, public[:], id("poll"), voter, choice); err != nil {
				tb.Fatal(err)
			}
		}
		s.cast(voter, 0, Box{Sealed: sealed})
	}
	roll, err := s.summary(1)
	if err != nil {
		tb.Fatal(err)
	}
	return id("poll"), &Poll{Question: q, Rules: r, Roll: roll, BoxKey: public[:], PrivateKey: private[:]}, s
}

// asVoted counts a poll and reads how its voters filled their ballots in.
func asVoted(
	tb interface{ Fatal(...any) }, q *proposalv1.Motion, r *communityv1.PollRules, said ...*votingv1.Choice,
) (*Voted, *votingv1.Tally) {
	id, p, s := held(tb, q, r, said...)
	t, err := Count(id, p, s)
	if err != nil {
		tb.Fatal(err)
	}
	v, err := HowVoted(id, p, s)
	if err != nil {
		tb.Fatal(err)
	}
	return v, t
}

// four are options of which each costs three, and there is money for six.
func four() *proposalv1.Motion {
	q := optionsOf(3, 3, 3, 3)
	q.BudgetFen = 6
	return q
}

func of(options ...uint32) *votingv1.Choice { return &votingv1.Choice{Options: options} }

func pointsOf(options []uint32, points ...int64) *votingv1.Choice {
	return &votingv1.Choice{Options: options, Points: points}
}

func times(n int, c *votingv1.Choice) []*votingv1.Choice {
	return slices.Repeat([]*votingv1.Choice{c}, n)
}

func ruled(method communityv1.Method, b *communityv1.BallotRules) *communityv1.PollRules {
	return &communityv1.PollRules{Method: method, Ballot: b, Requirements: []*communityv1.Requirement{
		requires(heads, communityv1.Of_OF_PARTICIPANTS, communityv1.Base_BASE_ALL, 1, 3, false),
	}}
}

// everyMethod has each method with each form of its ballots, by what voters do.
func everyMethod() map[string][]*communityv1.PollRules {
	const (
		cost, cardinality = communityv1.Utility_UTILITY_COST, communityv1.Utility_UTILITY_CARDINALITY
		addOne, greedy    = communityv1.Completion_COMPLETION_ADD_ONE, communityv1.Completion_COMPLETION_GREEDY
		budget, noSkip    = communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP
		shares            = communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
	)
	one, set := &communityv1.BallotRules{Form: formOne}, &communityv1.BallotRules{Form: formApproval}
	two := &communityv1.BallotRules{Form: formApproval, Seats: 2}
	ranks, twoRanks := &communityv1.BallotRules{Form: formRanks}, &communityv1.BallotRules{Form: formRanks, Seats: 2}
	score := &communityv1.BallotRules{Form: formScore, PointsMax: 5}
	purse := &communityv1.BallotRules{Form: formPurse, PointsSumMax: 9}
	spent := func(form communityv1.BallotForm, u communityv1.Utility, c communityv1.Completion) *communityv1.BallotRules {
		b := &communityv1.BallotRules{Form: form, Utility: u, Completion: c}
		if form == formScore {
			b.PointsMax = 5
		}
		if form == formPurse {
			b.PointsSumMax = 9
		}
		return b
	}
	return map[string][]*communityv1.PollRules{
		"yes or no": {ruled(communityv1.Method_METHOD_YES_NO, nil)},
		"one": {
			ruled(communityv1.Method_METHOD_SINGLE, one), ruled(budget, one), ruled(noSkip, one), ruled(shares, spent(formOne, cost, addOne)),
			ruled(communityv1.Method_METHOD_APPROVAL, &communityv1.BallotRules{Form: formApproval, OptionsMax: 1}),
		},
		"set": {
			ruled(communityv1.Method_METHOD_APPROVAL, set), ruled(communityv1.Method_METHOD_APPROVAL, two), ruled(budget, set),
			ruled(noSkip, set), ruled(shares, spent(formApproval, cost, addOne)), ruled(shares, spent(formApproval, cardinality, greedy)),
			ruled(communityv1.Method_METHOD_PROPORTIONAL_APPROVAL, two), ruled(communityv1.Method_METHOD_EQUAL_SHARES, two),
		},
		"ranks": {
			ruled(communityv1.Method_METHOD_BORDA, ranks), ruled(communityv1.Method_METHOD_INSTANT_RUNOFF, ranks),
			ruled(communityv1.Method_METHOD_SCHULZE, ranks), ruled(communityv1.Method_METHOD_STV, twoRanks),
		},
		"worths": {ruled(budget, ranks), ruled(noSkip, ranks)},
		"purse":  {ruled(budget, purse), ruled(shares, spent(formPurse, cardinality, greedy))},
		"scores": {
			ruled(communityv1.Method_METHOD_SCORE, score), ruled(communityv1.Method_METHOD_STAR, score),
			ruled(shares, spent(formScore, cardinality, addOne)),
		},
		"votes": {ruled(communityv1.Method_METHOD_QUADRATIC, purse)},
	}
}

// filledBallots are nine ballots of each kind, one of them blank, and one that is spoilt in every kind.
func filledBallots(kind string) []*votingv1.Choice {
	good := map[string][]*votingv1.Choice{
		"yes or no": slices.Concat(times(4, of(0)), times(3, of(1)), times(1, of(2))),
		"one":       slices.Concat(times(4, of(0)), times(3, of(1)), times(1, of(3))),
		"set":       slices.Concat(times(4, of(0, 1)), times(3, of(2)), times(1, of(1, 3))),
		"ranks":     slices.Concat(times(4, of(0, 1, 2)), times(3, of(1, 2, 0)), times(1, of(2, 1, 0, 3))),
		"worths": slices.Concat(times(4, pointsOf([]uint32{0, 1, 2}, 4, 3, 2)), times(3, pointsOf([]uint32{1, 2, 0}, 4, 3, 1)),
			times(1, pointsOf([]uint32{2, 1}, 4, 1))),
		"purse":  slices.Concat(times(4, pointsOf([]uint32{0, 1}, 5, 4)), times(3, pointsOf([]uint32{1, 2}, 3, 6)), times(1, of(3))),
		"scores": slices.Concat(times(4, pointsOf([]uint32{0, 1}, 5, 3)), times(4, pointsOf([]uint32{1, 0, 2}, 4, 1, 3))),
		"votes":  slices.Concat(times(2, pointsOf([]uint32{0}, 3)), times(6, pointsOf([]uint32{1, 2}, 2, 2))),
	}[kind]
	return append(good, of(), of(9), nil)
}

// TestEveryPairOfMethods: ballots of one method are counted by another exactly if voters do the same with both, or if an order stands on
// them; then the result is that of a poll that was held by the other from the start.
func TestEveryPairOfMethods(t *testing.T) {
	t.Parallel()
	compared := 0
	for was, methods := range everyMethod() { // any order: each pair is by itself
		for _, r := range methods {
			v, tally := asVoted(t, four(), r, filledBallots(was)...)
			if !v.Makes(tally) {
				t.Errorf("%v does not make its own tally", r)
			}
			for would, others := range everyMethod() { // any order: as above
				for _, other := range others {
					name := fmt.Sprintf("%v of %s by %v", r.GetMethod(), was, other)
					got, like, err := v.Recount(other, tally)
					if want := was == would || was == "worths" && would == "ranks"; err != nil || (like == Like) != want || !want && like != UnlikeMethod {
						t.Errorf("%s: %v, %v", name, like, err)
						continue
					} else if !want {
						continue
					}
					compared++
					said := filledBallots(was)
					if was != would { // without the worths
						for i, c := range said[:9] {
							said[i] = of(c.GetOptions()...)
						}
					}
					_, want := asVoted(t, four(), other, said...)
					if diff := sameOutcome(got, want); diff != "" {
						t.Errorf("%s: %s", name, diff)
					}
				}
			}
		}
	}
	if compared != 1+25+64+16+4+8+4+9+1 {
		t.Errorf("%d pairs are compared", compared)
	}
}

// sameOutcome tells in what two tallies of the same ballots differ.
func sameOutcome(got, want *votingv1.Tally) string {
	pick := func(t *votingv1.Tally) *votingv1.Tally {
		return &votingv1.Tally{
			Result: t.GetResult(), Winners: t.GetWinners(), CostFen: t.GetCostFen(), Totals: t.GetTotals(), Steps: t.GetSteps(),
			Inequalities: t.GetInequalities(), Ties: t.GetTies(), Invalid: t.GetInvalid(), Abstained: t.GetAbstained(),
		}
	}
	if a, b := pick(got), pick(want); !proto.Equal(a, b) {
		return fmt.Sprintf("%v, want %v", a, b)
	}
	return ""
}

// TestRecountRefuses: what other rules would have to know and nobody can tell has a reason of its own.
func TestRecountRefuses(t *testing.T) {
	t.Parallel()
	const approval, star = communityv1.Method_METHOD_APPROVAL, communityv1.Method_METHOD_STAR
	set := func(least, most uint32) *communityv1.PollRules {
		return ruled(approval, &communityv1.BallotRules{Form: formApproval, OptionsMin: least, OptionsMax: most})
	}
	score := func(least, most int64) *communityv1.PollRules {
		return ruled(star, &communityv1.BallotRules{Form: formScore, PointsMin: least, PointsMax: most})
	}
	seeded := func(r *communityv1.PollRules) *communityv1.PollRules {
		r.TieRule = communityv1.TieRule_TIE_RULE_SEED
		return r
	}
	single := ruled(communityv1.Method_METHOD_SINGLE, &communityv1.BallotRules{Form: formOne})
	nineSeats := ruled(communityv1.Method_METHOD_EQUAL_SHARES, &communityv1.BallotRules{Form: formApproval, Seats: 9})
	purse := func(most int64) *communityv1.PollRules {
		return ruled(communityv1.Method_METHOD_BUDGET_GREEDY, &communityv1.BallotRules{Form: formPurse, PointsSumMax: most})
	}
	worths := func(most int64) *communityv1.PollRules {
		return ruled(communityv1.Method_METHOD_BUDGET_GREEDY, &communityv1.BallotRules{Form: formRanks, PointsMax: most})
	}
	borda := func(most uint32) *communityv1.PollRules {
		return ruled(communityv1.Method_METHOD_BORDA, &communityv1.BallotRules{Form: formRanks, OptionsMax: most})
	}
	yesNo := func(least uint32) *communityv1.PollRules {
		return ruled(communityv1.Method_METHOD_YES_NO, &communityv1.BallotRules{OptionsMin: least})
	}
	sets, tie := filledBallots("set"), []*votingv1.Choice{of(0), of(1)}
	for name, c := range map[string]struct {
		was, would *communityv1.PollRules
		said       []*votingv1.Choice
		want       Likeness
	}{
		"more may be named":             {set(0, 2), set(0, 3), sets, Like},
		"fewer, and nobody named more":  {set(0, 3), set(0, 2), sets, Like},
		"more than some have named":     {set(0, 2), set(2, 2), sets, UnlikeLimits},
		"fewer than some have named":    {set(0, 3), set(0, 2), []*votingv1.Choice{of(0, 1, 2)}, UnlikeLimits},
		"what is good now was spoilt":   {set(0, 1), single, sets, Like},
		"another range of points":       {score(0, 5), score(0, 4), nil, UnlikeLimits},
		"another least of points":       {score(0, 5), score(1, 5), nil, UnlikeLimits},
		"more seats than options":       {set(0, 2), nineSeats, sets, UnlikeQuestion},
		"a tie that nobody could break": {set(0, 2), seeded(set(0, 2)), tie, UnlikeTie},
		"no tie":                        {set(0, 2), seeded(set(0, 2)), times(3, of(1)), Like},
		"a tie without a seed":          {seeded(set(0, 2)), seeded(set(0, 2)), tie, Like},
		"another purse":                 {purse(9), purse(8), nil, UnlikeLimits},
		"places worth less":             {worths(5), worths(4), nil, UnlikeLimits},
		"places worth as many as are":   {worths(3), worths(0), nil, UnlikeLimits},
		"the same, said otherwise":      {worths(4), worths(0), nil, Like},
		"places worth nothing":          {worths(5), borda(0), filledBallots("worths"), Like},
		"a first place is no approval":  {borda(1), single, tie, UnlikeMethod},
		"yes and no have no bounds":     {yesNo(0), yesNo(2), tie, Like},
	} {
		v, tally := asVoted(t, four(), c.was, c.said...)
		got, like, err := v.Recount(c.would, tally)
		if err != nil || like != c.want || (got != nil) != (like == Like) {
			t.Errorf("%s: %v, %v: %v", name, like, err, got)
		}
	}
	id, p, s := held(t, four(), set(0, 2))
	p.PrivateKey = nil
	if _, err := HowVoted(id, p, s); err == nil {
		t.Error("ballots are read without a key")
	}
	if _, err := HowVoted(id, p, nil); refusal(err) != ErrUncounted.Code {
		t.Errorf("without a book: %v", err)
	}
	if _, err := HowVoted(id, &Poll{Rules: totalsOf(approval, nil)}, s); refusal(err) != ErrUncounted.Code {
		t.Errorf("of a secret poll that has not begun: %v", err)
	}
}

// A poll's own seed breaks ties of rules that ask for one, and of no others.
func TestRecountBySeed(t *testing.T) {
	t.Parallel()
	code := ruled(communityv1.Method_METHOD_SINGLE, &communityv1.BallotRules{Form: formOne})
	seeded := proto.CloneOf(code)
	seeded.TieRule = communityv1.TieRule_TIE_RULE_SEED
	v, tally := asVoted(t, four(), code, of(0), of(1), of(2), of(3))
	won := map[uint32]bool{}
	for i := range 40 {
		v.seed = []byte{byte(i)}
		bySeed, like, err := v.Recount(seeded, tally)
		if err != nil || like != Like || !bySeed.GetTieBroken() {
			t.Fatal(like, err)
		}
		won[bySeed.GetWinners()[0]] = true
		byCode, _, err := v.Recount(code, tally)
		if err != nil || byCode.GetWinners()[0] != 3 { // the least code
			t.Fatalf("%v %v", byCode, err)
		}
	}
	if len(won) != 4 {
		t.Errorf("seeds let %v win", won)
	}
}

// A tally that other ballots make than are there is not theirs.
func TestMakes(t *testing.T) {
	t.Parallel()
	r := ruled(communityv1.Method_METHOD_APPROVAL, &communityv1.BallotRules{Form: formApproval})
	v, whole := asVoted(t, four(), r, filledBallots("set")...)
	for name, break_ := range map[string]func(t *votingv1.Tally, v *Voted){
		"a ballot is missing":   func(_ *votingv1.Tally, v *Voted) { v.answers = v.answers[1:] },
		"a blank one is":        func(t *votingv1.Tally, _ *Voted) { t.Ballots++ },
		"another total":         func(t *votingv1.Tally, _ *Voted) { t.Totals[0].Heads++ },
		"another has won":       func(t *votingv1.Tally, _ *Voted) { t.Winners = []uint32{2} },
		"another result":        func(t *votingv1.Tally, _ *Voted) { t.Result = votingv1.Result_RESULT_REJECTED },
		"rules that count none": func(_ *votingv1.Tally, v *Voted) { v.rules = &communityv1.PollRules{} },
		"nothing, by rules that count none": func(t *votingv1.Tally, v *Voted) {
			proto.Reset(t)
			v.answers, v.rules = nil, &communityv1.PollRules{}
		},
		"nothing, of which nothing is known": func(t *votingv1.Tally, v *Voted) {
			proto.Reset(t)
			v.answers = nil
		},
	} {
		tally, voted := proto.CloneOf(whole), *v
		voted.answers = slices.Clone(v.answers)
		break_(tally, &voted)
		if voted.Makes(tally) {
			t.Errorf("%s: not noticed", name)
		}
	}
}

// What a record says that no count could have said is an error, or no question for these rules, and never a result.
func TestRecountImpossible(t *testing.T) {
	t.Parallel()
	impossible := tally.ErrFiguresImpossible.Code
	r := ruled(communityv1.Method_METHOD_APPROVAL, &communityv1.BallotRules{Form: formApproval})
	would := proto.CloneOf(r)
	would.Requirements = append(would.Requirements, requires(heads, communityv1.Of_OF_YES, communityv1.Base_BASE_ALL, 1, 2, false))
	for name, c := range map[string]struct {
		change func(*Voted, *votingv1.Tally)
		want   Likeness
		err    string
	}{
		"as it is":  {func(*Voted, *votingv1.Tally) {}, Like, ""},
		"by totals": {func(v *Voted, _ *votingv1.Tally) { v.answers = nil }, Like, ""},
		"by rules that count none": {func(v *Voted, _ *votingv1.Tally) {
			v.rules = &communityv1.PollRules{}
		}, Like, tally.ErrRuleMalformed.Code},
		"a voter who is not listed": {func(v *Voted, _ *votingv1.Tally) {
			delete(v.weights, v.answers[0].voter)
		}, Like, tally.ErrVoterUnlisted.Code},
		"more than can be counted": {func(v *Voted, _ *votingv1.Tally) {
			for _, a := range v.answers[:2] {
				v.weights[a.voter] = tally.Weight{Heads: math.MaxInt64}
			}
		}, UnlikeQuestion, ""},
		"less than nobody took part": {func(v *Voted, t *votingv1.Tally) {
			v.answers, t.Turnout, t.ParticipantsHeads = nil, &votingv1.Turnout{AbstentionsAbsent: true}, -1
		}, UnlikeQuestion, ""},
		"more have won than all": {func(v *Voted, t *votingv1.Tally) {
			v.answers, t.Totals[0].Heads = nil, 99
		}, Like, impossible},
		"more fill in alike than took part": {func(v *Voted, _ *votingv1.Tally) {
			v.answers, v.ways, v.took = nil, []alike{{of(1), 3}}, tally.Weight{Heads: 2}
		}, Like, impossible},
	} {
		v, told := asVoted(t, four(), r, filledBallots("set")...)
		c.change(v, told)
		got, like, err := v.Recount(would, told)
		if refusal(err) != c.err || err == nil && (like != c.want || (got != nil) != (like == Like)) {
			t.Errorf("%s: %v, %v: %v", name, like, err, got)
		}
	}
}

// TestRecountAgrees: whatever voters said, rules make of it the same a second time; and votes on yes or no are the same by their ballots as
// by their totals.
func TestRecountAgrees(t *testing.T) {
	t.Parallel()
	all := everyMethod()
	kinds := []string{"yes or no", "one", "set", "ranks", "worths", "purse", "scores", "votes"}
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(kinds).Draw(t, "kind")
		r := proto.CloneOf(rapid.SampledFrom(all[kind]).Draw(t, "rules"))
		said := rapid.SliceOfN(rapid.SampledFrom(filledBallots(kind)), 0, 6).Draw(t, "ballots")
		r.Turnout = &communityv1.TurnoutRules{AbstentionsAbsent: rapid.Bool().Draw(t, "abstentions absent")}
		v, tally := asVoted(t, four(), r, said...)
		if !v.Makes(tally) {
			t.Fatal("not its own tally")
		}
		if kind != "yes or no" {
			return
		}
		other := proto.CloneOf(r)
		other.Requirements = append(other.Requirements, requires(rapid.SampledFrom([]communityv1.Measure{heads, area}).Draw(t, "measure"),
			communityv1.Of_OF_YES, rapid.SampledFrom([]communityv1.Base{
				communityv1.Base_BASE_ALL, communityv1.Base_BASE_PARTICIPANTS, communityv1.Base_BASE_VALID,
			}).Draw(t, "base"), 1, 2, rapid.Bool().Draw(t, "strict")))
		other.Turnout.AbstentionsAbsent = rapid.Bool().Draw(t, "abstentions absent then")
		byBallots, like, err := v.Recount(other, tally)
		if err != nil || like != Like {
			t.Fatal(like, err)
		}
		lines, result, err := Rejudge(other, &votingv1.CertificateIssued{Roll: v.roll, Tally: tally})
		if err != nil || result != byBallots.GetResult() || fmt.Sprint(lines) != fmt.Sprint(byBallots.GetInequalities()) {
			t.Fatalf("%v %v by totals, %v by ballots (%v)", result, lines, byBallots, err)
		}
	})
}
