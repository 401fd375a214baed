package poll

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"math"
	"strconv"
	"testing"

	"renlin.dev/pkg/ballot"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// TestPollOf: only what lies below a poll belongs to one.
func TestPollOf(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"poll/x": "x", "poll/x/ballot/y": "x", "member/x": "", "polls/x": "", "question/x": "", "": "",
	} {
		if got := pollOf(path); got != want {
			t.Errorf("%q is of the poll %q, want %q", path, got, want)
		}
	}
}

// TestCountRefuses: what cannot be counted is no tally, at whichever step that shows.
func TestCountRefuses(t *testing.T) {
	t.Parallel()
	part := &communityv1.TurnoutRules{NonVoters: communityv1.NonVoters_NON_VOTERS_TAKE_PART}
	for name, tt := range map[string]struct {
		says   string
		turns  *communityv1.TurnoutRules
		change func(p *Poll, s *Sealed)
		want   error // nil where it is counted
	}{
		"as it is":             {"yyn!", part, func(*Poll, *Sealed) {}, nil},
		"without the key":      {"yyn!", part, func(p *Poll, _ *Sealed) { p.PrivateKey = nil }, ballot.ErrKey},
		"by rules of no kind":  {"yyn!", part, func(p *Poll, _ *Sealed) { p.Rules.Method = 0 }, tally.ErrRuleMalformed},
		"too much silence":     {"y!!!", part, weighing(math.MaxInt64 / 2), tally.ErrSumOverflow},
		"too much that voted":  {"yyyn", &communityv1.TurnoutRules{}, weighing(math.MaxInt64 / 2), tally.ErrSumOverflow},
		"much that did not":    {"y...", part, weighing(math.MaxInt64 / 2), nil},
		"a requirement of air": {"yy", part, func(p *Poll, _ *Sealed) { p.Rules.Requirements[0].Denominator = 0 }, tally.ErrRuleMalformed},
	} {
		id, p, s := room(t, tt.says, equal, tt.turns)
		tt.change(p, s)
		out, err := Count(id, p, s)
		if !errors.Is(err, tt.want) || (out == nil) != (tt.want != nil) {
			t.Errorf("%s: %v, %v", name, out, err)
		}
		if _, err := Count(id, p, nil); !errors.Is(err, ErrUncounted) {
			t.Errorf("%s, forgotten: %v", name, err)
		}
	}
}

// weighing gives every voter an area.
func weighing(area int64) func(p *Poll, s *Sealed) {
	return func(p *Poll, s *Sealed) {
		for id, v := range s.Roll { // any order: each entry is written under its own key
			v.AreaCentiM2 = area
			s.Roll[id] = v
		}
		p.Roll.AllAreaCentiM2 = math.MaxInt64
	}
}

// TestFormOfMethod: a form that is none of the method's is refused, also where the method looks at no form.
func TestFormOfMethod(t *testing.T) {
	t.Parallel()
	two := &proposalv1.Motion{Title: "t", Options: []*proposalv1.Option{{Code: "a", CostFen: 1}, {Code: "b", CostFen: 1}}, BudgetFen: 1}
	const (
		yesNo, single = communityv1.Method_METHOD_YES_NO, communityv1.Method_METHOD_SINGLE
		budget        = communityv1.Method_METHOD_BUDGET_GREEDY
	)
	for name, tt := range map[string]struct {
		method communityv1.Method
		form   communityv1.BallotForm
		good   bool
	}{
		"yes or no":                      {yesNo, formUnsaid, true},
		"yes or no by approval":          {yesNo, formApproval, false},
		"one, unsaid":                    {single, formUnsaid, true},
		"one":                            {single, formOne, true},
		"one by ranks":                   {single, formRanks, false},
		"a budget by approval":           {budget, formApproval, true},
		"a budget of several, unsaid":    {budget, formUnsaid, false},
		"a budget by scores":             {budget, formScore, false},
		"a method that there is not":     {0, formUnsaid, false},
		"one that there is not, by some": {0, formOne, false},
	} {
		r := &communityv1.PollRules{Method: tt.method, Ballot: &communityv1.BallotRules{Form: tt.form}}
		if c, err := newCount(two, r, nil, nil); (err == nil) != tt.good || (c != nil) != tt.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestStepsAtTheBound: the steps of a count are on the record for up to sixty options.
func TestStepsAtTheBound(t *testing.T) {
	t.Parallel()
	for _, n := range []int{stepsOptionsMax, stepsOptionsMax + 1} {
		q := &proposalv1.Motion{Title: "t"}
		for i := range n {
			q.Options = append(q.Options, &proposalv1.Option{Code: strconv.Itoa(i)})
		}
		r := &communityv1.PollRules{Method: communityv1.Method_METHOD_INSTANT_RUNOFF}
		c, err := newCount(q, r, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := c.poll.Count([]tally.Ballot{{Voter: "a", Choices: []uint32{0, 1}}}, tally.Roll{"a": {Heads: 1}})
		if err != nil || len(res.Rounds) == 0 {
			t.Fatal(err)
		}
		if got := len(c.steps(res)) > 0; got != (n == stepsOptionsMax) {
			t.Errorf("of %d options the steps are there: %v", n, got)
		}
	}
}

// TestAuditTime: where nothing limits the risk there is no audit to wait for.
func TestAuditTime(t *testing.T) {
	t.Parallel()
	for risk, want := range map[uint32]int64{0: 0, 1: 40_007} {
		p := &Poll{Rules: &communityv1.PollRules{Paper: &communityv1.PaperRules{RiskLimitPermille: risk, AuditSeconds: 40}}}
		if got := p.auditUntil(7); got != want {
			t.Errorf("a risk limit of %d: until %d, want %d", risk, got, want)
		}
	}
}

// TestWrongMinAtTheBound: how many papers must be wrong, where one more or less, or another base, is another number.
func TestWrongMinAtTheBound(t *testing.T) {
	t.Parallel()
	const participants, valid = communityv1.Base_BASE_PARTICIPANTS, communityv1.Base_BASE_VALID
	asks := func(base communityv1.Base, numerator, denominator int64, strict bool) *communityv1.PollRules {
		return &communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO, Requirements: []*communityv1.Requirement{
			asked(headsOf, communityv1.Of_OF_YES, base, numerator, denominator, strict, false),
		}}
	}
	single := asks(participants, 1, 2, true)
	single.Method = communityv1.Method_METHOD_SINGLE
	secret := func() *communityv1.PollRules {
		r := asks(participants, 1, 2, true)
		r.Secrecy = &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_TOTALS}
		return r
	}
	const totals, passFail = communityv1.Secrecy_SECRECY_TOTALS, communityv1.Secrecy_SECRECY_PASS_FAIL
	for name, tt := range map[string]struct {
		rules *communityv1.PollRules
		level communityv1.Secrecy
		yes   []*votingv1.OptionTotal
		want  uint32
	}{
		"another method that asks for something": {single, 0, saidYes(7), 1},
		// 2*7 - 1*10 = 4; three a head: two.
		"a majority of who took part": {asks(participants, 1, 2, true), 0, saidYes(7), 2},
		// 2*8 - 1*10 = 6 between, which two papers move by just that, and then it does not hold any more.
		"a margin that is met exactly": {asks(participants, 1, 2, true), 0, saidYes(8), 2},
		// Of those who took part 1*7 - 1*10 = -3, and one beyond; of the valid 1*7 - 1*8 = -1, and one beyond; two a head.
		"all of who took part":   {asks(participants, 1, 1, true), 0, saidYes(7), 2},
		"all of the valid":       {asks(valid, 1, 1, true), 0, saidYes(7), 1},
		"opened totals":          {secret(), totals, saidYes(7), 2},
		"totals not opened":      {secret(), totals, nil, 1},
		"pass or fail":           {secret(), passFail, saidYes(7), 1},
		"pass or fail, no total": {secret(), passFail, nil, 1},
	} {
		p := &Poll{Rules: tt.rules, Roll: &votingv1.Roll{AllHeads: 20}, Tally: &votingv1.Tally{
			ParticipantsHeads: 10, ValidHeads: 8, Totals: tt.yes, Secret: &votingv1.SecretReport{Secrecy: tt.level},
		}}
		s := &Sealed{Papers: &Filed{OnPaper: []string{"a", "b", "c"}}, Roll: map[string]standing.Voter{
			"a": {Heads: 1}, "b": {Heads: 1}, "c": {Heads: 1},
		}}
		if got := wrongMin(p, s); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

func saidYes(n int64) []*votingv1.OptionTotal { return []*votingv1.OptionTotal{{Heads: n}} }

// TestDrawTooMany: nobody draws more than there are.
func TestDrawTooMany(t *testing.T) {
	t.Parallel()
	for many, want := range map[int]bool{2: true, 3: false} {
		got, err := draw(chain.Hash{}, "call-back", []string{"a", "b"}, many)
		if (err == nil) != want || want && len(got) != many {
			t.Errorf("%d of two: %v, %v", many, got, err)
		}
	}
}

// TestComparableSecret: of a secret poll only what it opened is judged by other rules.
func TestComparableSecret(t *testing.T) {
	t.Parallel()
	byHeads := asked(headsOf, communityv1.Of_OF_YES, communityv1.Base_BASE_ALL, 1, 2, true, false)
	byArea := asked(areaOf, communityv1.Of_OF_YES, communityv1.Base_BASE_ALL, 1, 2, true, false)
	rules := func(s communityv1.Secrecy, asks ...*communityv1.Requirement) *communityv1.PollRules {
		return &communityv1.PollRules{
			Method: communityv1.Method_METHOD_YES_NO, Requirements: asks, Secrecy: &communityv1.SecrecyRules{Secrecy: s},
		}
	}
	const open, totals = communityv1.Secrecy_SECRECY_OPEN, communityv1.Secrecy_SECRECY_TOTALS
	options := rules(totals, byHeads)
	options.Method = communityv1.Method_METHOD_SINGLE
	opened := &votingv1.Tally{Totals: saidYes(1)}
	for name, tt := range map[string]struct {
		was, would *communityv1.PollRules
		tally      *votingv1.Tally
		want       Likeness
	}{
		"the same":                     {rules(totals, byHeads), rules(totals, byHeads), opened, Like},
		"by open rules":                {rules(totals, byHeads, byArea), rules(open, byHeads), opened, Like},
		"by a measure more":            {rules(totals, byHeads), rules(totals, byHeads, byArea), opened, UnlikeHidden},
		"by another measure":           {rules(totals, byHeads), rules(totals, byArea), opened, UnlikeHidden},
		"totals that were not opened":  {rules(totals, byHeads), rules(totals, byHeads), &votingv1.Tally{}, UnlikeHidden},
		"an open poll by more":         {rules(open, byHeads), rules(totals, byHeads, byArea), opened, Like},
		"an open poll without a total": {rules(open, byHeads), rules(open, byHeads), &votingv1.Tally{}, Like},
		"no question of yes or no":     {options, options, &votingv1.Tally{}, Like}, // whether more is hidden Recount says
	} {
		if got := Comparable(tt.was, tt.would, tt.tally); got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}

// TestRejudgeImpossible: a certificate that contradicts itself is judged by nobody.
func TestRejudgeImpossible(t *testing.T) {
	t.Parallel()
	r := &communityv1.PollRules{
		Method:       communityv1.Method_METHOD_YES_NO,
		Requirements: []*communityv1.Requirement{asked(headsOf, communityv1.Of_OF_YES, communityv1.Base_BASE_ALL, 1, 2, true, false)},
	}
	c := &votingv1.CertificateIssued{Roll: &votingv1.Roll{AllHeads: 20}, Tally: &votingv1.Tally{ParticipantsHeads: 6, Totals: saidYes(7)}}
	if _, _, err := Rejudge(r, c); !errors.Is(err, tally.ErrFiguresImpossible) {
		t.Errorf("seven say yes of six who took part: %v", err)
	}
	c.Tally.ParticipantsHeads = 7
	if _, _, err := Rejudge(r, c); err != nil {
		t.Error(err)
	}
}

// TestOnSheet: who has cast nothing has nothing on a sheet, though what is on one has no number.
func TestOnSheet(t *testing.T) {
	t.Parallel()
	c := &Credentials{Last: map[string]Sent{"sheet": {}, "device": {Sequence: 1}}}
	if !c.onSheet("sheet") || c.onSheet("device") || c.onSheet("nobody") {
		t.Error("what is on a sheet is told wrongly")
	}
}

// TestShownChannel: a row says that there is a sheet, and not where it was given out.
func TestShownChannel(t *testing.T) {
	t.Parallel()
	for number := range votingv1.Channel_name {
		c, want := votingv1.Channel(number), votingv1.Channel_CHANNEL_UNSPECIFIED
		switch c {
		case votingv1.Channel_CHANNEL_PAPER, votingv1.Channel_CHANNEL_KIOSK, votingv1.Channel_CHANNEL_DOOR:
			want = votingv1.Channel_CHANNEL_PAPER
		case votingv1.Channel_CHANNEL_HELPER:
			want = c
		}
		if got := shownChannel(c); got != want {
			t.Errorf("%v is shown as %v, want %v", c, got, want)
		}
	}
}

// TestSignedBySheet: only a key of a sheet signs, and none by which everything is signed.
func TestSignedBySheet(t *testing.T) {
	t.Parallel()
	private := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, ed25519.SeedSize))
	key, input := []byte(private.Public().(ed25519.PublicKey)), []byte("input")
	proof := ed25519.Sign(private, input)
	weak := append([]byte{1}, make([]byte, 31)...)      // the neutral point
	universal := append([]byte{1}, make([]byte, 63)...) // signs whatever there is by it
	if !ed25519.Verify(weak, input, universal) {
		t.Fatal("the weak key's proof is none")
	}
	for name, tt := range map[string]struct {
		key, input, proof []byte
		want              bool
	}{
		"good":          {key, input, proof, true},
		"another input": {key, []byte("other"), proof, false},
		"another proof": {key, input, universal, false},
		"a short proof": {key, input, proof[:63], false},
		"a short key":   {key[:31], input, proof, false},
		"a long key":    {append(bytes.Clone(key), 0), input, proof, false},
		"no key":        {nil, input, proof, false},
		"a weak key":    {weak, input, universal, false},
	} {
		if got := signedBySheet(tt.key, tt.input, tt.proof); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestPaperVerdict: what the comparisons came to, at every bound.
func TestPaperVerdict(t *testing.T) {
	t.Parallel()
	const (
		confirmed, unfinished = votingv1.PaperVerdict_PAPER_VERDICT_CONFIRMED, votingv1.PaperVerdict_PAPER_VERDICT_UNFINISHED
		recounted, doubtful   = votingv1.PaperVerdict_PAPER_VERDICT_RECOUNTED, votingv1.PaperVerdict_PAPER_VERDICT_DOUBTFUL
	)
	for name, tt := range map[string]struct {
		recount                      bool
		compared, sampled, of, wrong uint32
		want                         votingv1.PaperVerdict
	}{
		"the sample":                       {false, 3, 3, 9, 0, confirmed},
		"less than the sample":             {false, 2, 3, 9, 0, unfinished},
		"the sample, which is all":         {false, 9, 9, 9, 0, confirmed},
		"less than a sample that is all":   {false, 8, 9, 9, 0, unfinished},
		"all are to be compared":           {true, 3, 3, 9, 1, unfinished},
		"all but one":                      {true, 8, 3, 9, 1, unfinished},
		"all, few wrong":                   {true, 9, 3, 9, 1, recounted},
		"all, as many wrong as it takes":   {true, 9, 3, 9, 2, doubtful},
		"all, and the sample was that too": {true, 9, 9, 9, 1, recounted},
	} {
		s := &Sample{WrongMin: 2, Recount: tt.recount}
		got := s.verdict(&votingv1.PaperAudit{Compared: tt.compared, Sampled: tt.sampled, Papers: tt.of, Differing: tt.wrong})
		if got != tt.want {
			t.Errorf("%s: %v, want %v", name, got, tt.want)
		}
	}
}
