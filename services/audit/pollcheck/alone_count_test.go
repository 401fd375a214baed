package pollcheck

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// given is what a voter says.
type given struct {
	voter   string
	weight  int64
	options []uint32
	points  []int64
}

// counts opens and counts ballots.
func (c *checking) counts(list ...given) *checking {
	c.weights, c.voted, c.choices = map[string]weight{}, nil, []choice{}
	for _, g := range list {
		c.voted, c.weights[g.voter] = append(c.voted, g.voter), weight{heads: g.weight}
		c.choices = append(c.choices, choice{Choice: &votingv1.Choice{Options: g.options, Points: g.points}})
	}
	c.open = c.countOpen(everybody)
	c.results.count = &c.open.count
	return c
}

func tallied(t *votingv1.Tally) said { return saying(&votingv1.TallyRecorded{Tally: t}) }

// noneCounted is the tally of a question that nobody has answered.
func noneCounted(change func(t *votingv1.Tally)) said {
	t := &votingv1.Tally{Totals: []*votingv1.OptionTotal{{Option: 0}, {Option: 1}, {Option: 2}}}
	change(t)
	return tallied(t)
}

func right(*votingv1.Tally) {}

// TestCountAlone: what is counted, where it can be.
func TestCountAlone(t *testing.T) {
	t.Parallel()
	yesNo := func() *communityv1.PollRules { return openRules(communityv1.Method_METHOD_YES_NO) }
	silent := yesNo()
	silent.Turnout = &communityv1.TurnoutRules{NonVoters: communityv1.NonVoters_NON_VOTERS_TAKE_PART}
	known := func(c *checking) { c.choices, c.weights = []choice{}, map[string]weight{} }
	opened, closed := saying(&votingv1.PollOpened{}).in(4), saying(&votingv1.PollClosed{}).in(8)
	hiding := func(i uint64) func(c *checking) {
		return func(c *checking) {
			known(c)
			c.hidden = hidden{i}
		}
	}
	of := func(change func(t *votingv1.Tally)) *checking {
		return alone(yesNo(), opened, closed, noneCounted(change).in(9)).having(known)
	}
	wrong := func(b *votingv1.InvalidBallots) func(t *votingv1.Tally) {
		return func(t *votingv1.Tally) { t.InvalidBallots = b }
	}
	run := (*checking).checkCount
	ask(t, []asking{
		{"not counted", alone(yesNo()).having(known), run, "none"},
		{"counted", of(right), run, "holds"},
		{"no ballot was opened", alone(yesNo(), noneCounted(right)).having(func(c *checking) { c.weights = map[string]weight{} }), run,
			"unchecked"},
		{"no roll", alone(yesNo(), noneCounted(right)).having(func(c *checking) { c.choices = []choice{} }), run, "unchecked"},
		{"a ballot may be hidden", alone(yesNo(), opened, closed, noneCounted(right).in(9)).having(hiding(6)), run, "unchecked"},
		{"something is hidden before", alone(yesNo(), opened, closed, noneCounted(right).in(9)).having(hiding(2)), run, "holds"},
		{"a delivery may be hidden", alone(silent, opened, closed, noneCounted(right).in(9)).having(hiding(2)), run, "unchecked"},
		{"no method", alone(openRules(0), opened, closed, noneCounted(right).in(9)).having(known), run, "unchecked"},
		{"an option more", of(func(t *votingv1.Tally) { t.Totals = append(t.Totals, &votingv1.OptionTotal{Option: 3}) }), run,
			"fails count.totals"},
		{"an option less", of(func(t *votingv1.Tally) { t.Totals = t.Totals[:2] }), run, "fails count.totals"},
		{"one unopened", of(wrong(&votingv1.InvalidBallots{Unopened: 1})), run, "fails count.invalid"},
		{"one misplaced", of(wrong(&votingv1.InvalidBallots{Misplaced: 1})), run, "fails count.invalid"},
		{"one malformed", of(wrong(&votingv1.InvalidBallots{Malformed: 1})), run, "fails count.invalid"},
		{"one outside the rules", of(wrong(&votingv1.InvalidBallots{OutsideRules: 1})), run, "fails count.invalid"},
		{"one unequal", of(wrong(&votingv1.InvalidBallots{Unequal: 1})), run, "fails count.invalid"},
		{"one invalid for no reason", of(func(t *votingv1.Tally) { t.Invalid = 1 }), run, "fails count.invalid"},
	})
}

// TestSeedAlone: the seed is asked for where the rules or the tally say something of one.
func TestSeedAlone(t *testing.T) {
	t.Parallel()
	const seeded = communityv1.TieRule_TIE_RULE_SEED
	ties := func(r *communityv1.PollRules, rule communityv1.TieRule, s *communityv1.SecrecyRules) *communityv1.PollRules {
		r.TieRule, r.Secrecy = rule, s
		return r
	}
	trusted := &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_OPEN}
	secret := &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_TOTALS}
	of := func(rule communityv1.TieRule, s *communityv1.SecrecyRules, said []byte) *checking {
		return alone(ties(openRules(2), rule, s), tallied(&votingv1.Tally{TieSeed: said}))
	}
	follows := func(c *checking) { c.seed = []byte{1} }
	run := (*checking).checkSeed
	ask(t, []asking{
		{"not counted", alone(ties(openRules(2), seeded, nil)), run, "none"},
		{"no rule, no seed", of(0, nil, nil), run, "none"},
		{"no rule, a seed", of(0, nil, []byte{1}), run, "fails seed.differs"},
		{"a rule, and no seed that there is", of(seeded, nil, nil).having(follows), run, "fails seed.differs"},
		{"a rule, and the seed", of(seeded, nil, []byte{1}).having(follows), run, "holds"},
		{"trustees whose key is not known", of(seeded, trusted, []byte{1}), run, "unchecked"},
		{"in secret there is none", of(seeded, secret, nil), run, "holds"},
		{"key holders have none", of(seeded, nil, nil), run, "holds"},
	})
}

// TestPreferred: a seed orders options by what it and their codes hash to.
func TestPreferred(t *testing.T) {
	t.Parallel()
	c := aloneAbout(optioned(6), openRules(2))
	if got := c.preferred(); !slices.IsSorted(got) {
		t.Errorf("%v by code", got)
	}
	c.seed = []byte("a seed")
	place := func(o int) []byte {
		sum := sha256.Sum256(append([]byte("a seed"), c.question.GetOptions()[o].GetCode()...))
		return sum[:]
	}
	got := c.preferred()
	if slices.IsSorted(got) || !slices.IsSortedFunc(got, func(a, b int) int { return bytes.Compare(place(a), place(b)) }) {
		t.Errorf("%v by the seed", got)
	}
}

// TestPicked: a ballot is called invalid for its own reason.
func TestPicked(t *testing.T) {
	t.Parallel()
	c := alone(openRules(communityv1.Method_METHOD_YES_NO))
	of := func(options ...uint32) choice { return choice{Choice: &votingv1.Choice{Options: options}} }
	for i, v := range []struct {
		choice
		want *votingv1.InvalidBallots
		good bool
		says int
	}{
		{choice{nil, errUnequal}, &votingv1.InvalidBallots{Unequal: 1}, false, 0},
		{choice{nil, ballot.ErrUnopened}, &votingv1.InvalidBallots{Unopened: 1}, false, 0},
		{choice{nil, ballot.ErrMisplaced}, &votingv1.InvalidBallots{Misplaced: 1}, false, 0},
		{choice{nil, errors.New("another")}, &votingv1.InvalidBallots{Malformed: 1}, false, 0},
		{of(3), &votingv1.InvalidBallots{OutsideRules: 1}, false, 0},
		{of(0, 1), &votingv1.InvalidBallots{OutsideRules: 1}, false, 0},
		{of(), &votingv1.InvalidBallots{}, true, 0},
		{of(2), &votingv1.InvalidBallots{}, true, 0},
		{of(1), &votingv1.InvalidBallots{}, true, 1},
	} {
		var wrong votingv1.InvalidBallots
		picked, _, good := c.picked(v.choice, &wrong)
		if good != v.good || len(picked) != v.says || !proto.Equal(&wrong, v.want) {
			t.Errorf("%d: %v, %v, %v", i, picked, good, &wrong)
		}
	}
}

// TestForm: what ballots each method asks for.
func TestForm(t *testing.T) {
	t.Parallel()
	const greedy, shares = communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
	for _, v := range []struct {
		m    communityv1.Method
		b    communityv1.BallotForm
		want form
	}{
		{greedy, communityv1.BallotForm_BALLOT_FORM_ORDINAL, formRanks}, {greedy, communityv1.BallotForm_BALLOT_FORM_SCORE, formUnknown},
		{communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP, communityv1.BallotForm_BALLOT_FORM_CUMULATIVE, formPurse},
		{shares, communityv1.BallotForm_BALLOT_FORM_ORDINAL, formUnknown}, {shares, communityv1.BallotForm_BALLOT_FORM_SCORE, formScores},
		{communityv1.Method_METHOD_SCHULZE, 0, formRanks}, {communityv1.Method_METHOD_QUADRATIC, 0, formQuadratic}, {0, 0, formUnknown},
	} {
		r := openRules(v.m)
		r.Ballot = &communityv1.BallotRules{Form: v.b}
		if got := alone(r).form(); got != v.want {
			t.Errorf("%s, %s: %d", v.m, v.b, got)
		}
	}
}

// TestWithinRules: what a ballot may name, and how many points it may give.
func TestWithinRules(t *testing.T) {
	t.Parallel()
	const yesNo, single, approval = communityv1.Method_METHOD_YES_NO, communityv1.Method_METHOD_SINGLE, communityv1.Method_METHOD_APPROVAL
	const score, quadratic = communityv1.Method_METHOD_SCORE, communityv1.Method_METHOD_QUADRATIC
	const greedy = communityv1.Method_METHOD_BUDGET_GREEDY
	purse := communityv1.BallotForm_BALLOT_FORM_CUMULATIVE
	for i, v := range []struct {
		m       communityv1.Method
		b       *communityv1.BallotRules
		options []uint32
		points  []int64
		want    bool
	}{
		{approval, &communityv1.BallotRules{OptionsMin: 2}, []uint32{0}, nil, false},
		{approval, &communityv1.BallotRules{OptionsMin: 2}, []uint32{0, 1}, nil, true},
		{approval, &communityv1.BallotRules{OptionsMin: 2}, nil, nil, true},
		{approval, &communityv1.BallotRules{OptionsMax: 2}, []uint32{0, 1, 2}, nil, false},
		{approval, nil, []uint32{1, 1}, nil, false}, {approval, nil, []uint32{3}, nil, false},
		{approval, &communityv1.BallotRules{CostSumMaxFen: 5}, []uint32{0, 1}, nil, true},
		{approval, &communityv1.BallotRules{CostSumMaxFen: 4}, []uint32{0, 1}, nil, false},
		{yesNo, &communityv1.BallotRules{CostSumMaxFen: 1, OptionsMin: 2}, []uint32{1}, nil, true},
		{yesNo, nil, []uint32{1}, []int64{1}, false}, {single, nil, []uint32{1}, []int64{1}, false},
		{approval, nil, []uint32{1}, []int64{1}, false}, {single, nil, []uint32{0, 1}, nil, false},
		{score, nil, []uint32{0, 1}, []int64{1}, false}, {score, nil, []uint32{0, 1}, []int64{1, 2}, true},
		{score, nil, []uint32{0, 1}, nil, true},
		{greedy, &communityv1.BallotRules{Form: purse, PointsSumMax: 2}, []uint32{0, 1}, nil, true},
		{greedy, &communityv1.BallotRules{Form: purse, PointsSumMax: 1}, []uint32{0, 1}, nil, false},
		{quadratic, &communityv1.BallotRules{PointsSumMax: 2}, []uint32{0, 1}, nil, true},
		{quadratic, &communityv1.BallotRules{PointsSumMax: 1}, []uint32{0, 1}, nil, false},
		{quadratic, &communityv1.BallotRules{PointsSumMax: 4}, []uint32{0}, []int64{2}, true},
		{quadratic, &communityv1.BallotRules{PointsSumMax: 3}, []uint32{0}, []int64{2}, false},
		{score, &communityv1.BallotRules{PointsMin: -5}, []uint32{0}, []int64{-1}, false},
		{score, &communityv1.BallotRules{PointsMin: 2}, []uint32{0}, []int64{1}, false},
		{score, &communityv1.BallotRules{PointsMax: 2}, []uint32{0}, []int64{3}, false},
		{score, &communityv1.BallotRules{PointsMax: 2}, []uint32{0}, []int64{2}, true},
		{score, nil, []uint32{0, 1}, []int64{1 << 62, 1 << 62}, false}, {score, nil, []uint32{0, 1}, []int64{1 << 62, 1<<62 - 1}, true},
	} {
		r := openRules(v.m)
		r.Ballot = v.b
		q := optioned(3)
		q.Options[0].CostFen, q.Options[1].CostFen = 2, 3
		c := aloneAbout(q, r)
		if v.m == yesNo {
			c.question = &proposalv1.Motion{}
		}
		if got := c.within(v.options) && c.affords(v.options, v.points); got != v.want {
			t.Errorf("%d: %s, %v: %v %v is %v", i, v.m, v.b, v.options, v.points, got)
		}
	}
}

// TestCameBy: each way shows in who signed, and says so.
func TestCameBy(t *testing.T) {
	t.Parallel()
	const device, hosted = chain.AuthorDevice, chain.AuthorHosted
	const door, kiosk = votingv1.Channel_CHANNEL_DOOR, votingv1.Channel_CHANNEL_KIOSK
	for i, v := range []struct {
		paper  bool // the rules know of it
		author chain.Author
		keys   int
		b      *votingv1.BallotCast
		want   bool
	}{
		{false, device, 1, &votingv1.BallotCast{}, true}, {false, device, 1, &votingv1.BallotCast{Paper: 1, InPerson: true}, false},
		{false, device, 1, &votingv1.BallotCast{Channel: votingv1.Channel_CHANNEL_DEVICE}, false},
		{true, device, 1, &votingv1.BallotCast{Paper: 1, InPerson: true, Channel: votingv1.Channel_CHANNEL_PAPER}, true},
		{true, device, 1, &votingv1.BallotCast{Paper: 1, Channel: votingv1.Channel_CHANNEL_PAPER}, false},
		{true, device, 2, &votingv1.BallotCast{InPerson: true, Channel: door}, true},
		{true, device, 2, &votingv1.BallotCast{InPerson: true, Channel: kiosk}, true},
		{true, device, 1, &votingv1.BallotCast{Channel: door}, false}, {true, device, 1, &votingv1.BallotCast{Channel: kiosk}, false},
		{true, device, 2, &votingv1.BallotCast{InPerson: true, Channel: votingv1.Channel_CHANNEL_IN_PERSON}, true},
		{true, device, 2, &votingv1.BallotCast{InPerson: true, Channel: votingv1.Channel_CHANNEL_DEVICE}, false},
		{true, device, 2, &votingv1.BallotCast{Channel: votingv1.Channel_CHANNEL_DEVICE}, false},
		{true, device, 1, &votingv1.BallotCast{Mandate: "m", Channel: votingv1.Channel_CHANNEL_HELPER}, true},
		{true, hosted, 1, &votingv1.BallotCast{Hosted: true, Channel: votingv1.Channel_CHANNEL_HOSTED}, true},
		{true, hosted, 1, &votingv1.BallotCast{Channel: votingv1.Channel_CHANNEL_DEVICE}, false},
		{true, device, 1, &votingv1.BallotCast{Channel: votingv1.Channel_CHANNEL_DEVICE}, true},
	} {
		r := openRules(1)
		if v.paper {
			r.Paper = &communityv1.PaperRules{}
		}
		if got := alone(r).cameBy(&said{author: v.author, keys: make([][]byte, v.keys)}, v.b); got != v.want {
			t.Errorf("%d: %v is %v", i, v.b, got)
		}
	}
}
