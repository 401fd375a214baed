package poll

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/leak"
	"renlin.dev/services/voting/internal/tally"
)

// What the rules of a secret poll cannot ask for is refused by name.
func TestCheckSecret(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		level  communityv1.Secrecy
		change func(*communityv1.PollRules)
		want   string
	}{
		"totals":       {totals, func(*communityv1.PollRules) {}, ""},
		"pass or fail": {passFail, func(*communityv1.PollRules) {}, ""},
		"a method of single ballots": {totals, func(r *communityv1.PollRules) {
			r.Method = communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
		}, ErrMethodSecret.Code},
		"points at least": {totals, func(r *communityv1.PollRules) {
			r.Method, r.Ballot = communityv1.Method_METHOD_SCORE, &communityv1.BallotRules{PointsMax: 3, PointsMin: 1}
		}, ErrSecretPoints.Code},
		"points to be shared out": {totals, func(r *communityv1.PollRules) {
			r.Method, r.Ballot = communityv1.Method_METHOD_SCORE, &communityv1.BallotRules{PointsMax: 3, PointsSumMax: 4}
		}, ErrSecretPoints.Code},
		"points to be shared out, by fillings": {totals, func(r *communityv1.PollRules) {
			r.Method, r.Ballot = communityv1.Method_METHOD_QUADRATIC, &communityv1.BallotRules{PointsSumMax: 4}
		}, ""},
		"options, and thresholds": {passFail, func(r *communityv1.PollRules) {
			r.Method = communityv1.Method_METHOD_SINGLE
		}, ErrSecretSealed.Code},
		"together, and one of yes": {passFail, func(r *communityv1.PollRules) {
			r.Secrecy.Together, r.Requirements = true, r.Requirements[:2]
		}, ErrSecretTogether.Code},
		"together, and two of yes": {passFail, func(r *communityv1.PollRules) { r.Secrecy.Together = true }, ""},
		"together, and totals":     {totals, func(r *communityv1.PollRules) { r.Secrecy.Together = true }, ErrSecretTogether.Code},
		"together, and options": {passFail, func(r *communityv1.PollRules) {
			r.Secrecy.Together, r.Method = true, communityv1.Method_METHOD_SINGLE
		}, ErrSecretTogether.Code},
	} {
		r := closedRules(c.level)
		c.change(r)
		if got := refusal(checkSecret(r)); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// A question of a secret poll is one whose ballots fit and whose result the meter can look at.
func TestCheckSecretQuestion(t *testing.T) {
	t.Parallel()
	const yes, participants = communityv1.Of_OF_YES, communityv1.Of_OF_PARTICIPANTS
	approval := func(least, most uint32) *communityv1.BallotRules {
		return &communityv1.BallotRules{OptionsMin: least, OptionsMax: most}
	}
	requirements := func(of communityv1.Of, n int) (list []*communityv1.Requirement) {
		return slices.Repeat([]*communityv1.Requirement{requires(heads, of, communityv1.Base_BASE_ALL, 1, 2, false)}, n)
	}
	rules := func(level communityv1.Secrecy, m communityv1.Method, b *communityv1.BallotRules, list []*communityv1.Requirement,
	) *communityv1.PollRules {
		return &communityv1.PollRules{Method: m, Ballot: b, Requirements: list, Secrecy: &communityv1.SecrecyRules{Secrecy: level}}
	}
	const yesNo, several = communityv1.Method_METHOD_YES_NO, communityv1.Method_METHOD_APPROVAL
	const equal = communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
	for name, c := range map[string]struct {
		rules   *communityv1.PollRules
		options int
		want    string
	}{
		"an open poll":                    {rules(open, equal, nil, nil), 2, ""},
		"a secret one of the same":        {rules(totals, equal, nil, nil), 2, ErrMethodSecret.Code},
		"as large as any":                 {rules(totals, several, nil, nil), 127, ""},
		"larger than a command":           {rules(totals, several, nil, nil), 128, secretballot.ErrShapeSize.Code + " 36864"},
		"larger than any ballot":          {rules(totals, several, nil, nil), 400, secretballot.ErrShapeSize.Code + " 65536"},
		"more figures than the meter":     {rules(totals, several, approval(0, 1), nil), 9, ErrSecretMany.Code},
		"as many choices as the meter":    {rules(totals, several, approval(0, 3), nil), 7, ""}, // 1 + 7 + 21 + 35
		"more choices than the meter":     {rules(totals, several, approval(0, 4), nil), 7, ErrSecretMany.Code},
		"as many figures as the meter":    {rules(totals, several, approval(0, 1), nil), 8, ""},
		"many that ask for who took part": {rules(passFail, yesNo, nil, requirements(participants, 9)), 0, ""},
		"as many of yes as the meter":     {rules(passFail, yesNo, nil, requirements(yes, leak.FiguresMax)), 0, ""},
		"one more of yes":                 {rules(passFail, yesNo, nil, requirements(yes, leak.FiguresMax+1)), 0, ErrSecretMany.Code},
		"intervals, of as many":           {rules(interval, yesNo, nil, requirements(yes, leak.FiguresMax)), 0, ErrSecretMany.Code},
	} {
		q := &proposalv1.Motion{}
		for i := range c.options {
			q.Options = append(q.Options, &proposalv1.Option{Code: fmt.Sprint(i)})
		}
		err := checkSecretQuestion(q, c.rules)
		got := refusal(err)
		if got == secretballot.ErrShapeSize.Code {
			got += " " + detail(err, "bytes_max")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// The meter looks at as many choices as it can, and at no figure of more; and at as many intervals as fit on the record.
func TestLevelsAtTheirLimits(t *testing.T) {
	t.Parallel()
	for options, figures := range map[int]int{leak.ChoicesMax - 1: leak.ChoicesMax - 1, leak.ChoicesMax: 0} { // or none of them
		shape, err := secretballot.Approval(options, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		r := &communityv1.PollRules{Method: communityv1.Method_METHOD_SINGLE}
		if got := levelOfTotals(r, shape); got.publication.Choices != options+1 || len(got.publication.Figures) != figures {
			t.Errorf("%d options: %d choices, %d figures", options, got.publication.Choices, len(got.publication.Figures))
		}
	}
	for area, want := range map[int64]error{5*intervalsMax + 4: nil, 5*intervalsMax + 5: ErrIntervals} {
		took := tally.Weight{Heads: 9, Area: area}
		if got := levelOfYes(closedRules(interval), interval, took, took); got.refused != want {
			t.Errorf("of an area of %d: %v", area, got.refused)
		}
	}
}

// Of what is judged together the greatest threshold decides in each measure, and where nothing is needed there is none.
func TestClaims(t *testing.T) {
	t.Parallel()
	const yes, all = communityv1.Of_OF_YES, communityv1.Base_BASE_ALL
	took := tally.Weight{Heads: 8, Area: 12}
	r := together()
	r.Requirements = []*communityv1.Requirement{
		requires(heads, yes, all, 3, 10, false), requires(heads, yes, all, 5, 10, false), requires(heads, yes, all, 5, 10, false),
		requires(area, yes, all, 0, 10, false),
	}
	whole := tally.Weight{Heads: 10, Area: 20}
	for name, c := range map[string]struct {
		level communityv1.Secrecy
		in    communityv1.Measure
		want  []int64
	}{
		"together":                     {passFail, heads, []int64{5}},
		"together, and nothing needed": {passFail, area, nil},
		"each, and intervals":          {interval, heads, []int64{3, 5}},
		"intervals alone":              {interval, area, []int64{5, 10}},
	} {
		if got := claims(r, c.level, c.in, took, whole); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
	apart := closedRules(passFail)
	apart.Requirements = r.Requirements
	if got := claims(apart, passFail, heads, took, whole); !slices.Equal(got, []int64{3, 5}) {
		t.Errorf("apart: %v", got)
	}
}

// What became known of the ballots is what was opened, and how each total compares with each threshold.
func TestPublished(t *testing.T) {
	t.Parallel()
	claimed := func(m communityv1.Measure, thresholds ...int64) *votingv1.EncryptedTotal {
		total := &votingv1.EncryptedTotal{Measure: m, Bound: 80}
		for _, n := range thresholds {
			total.Claims = append(total.Claims, &votingv1.TotalClaim{Threshold: n})
		}
		return total
	}
	sealed := []*votingv1.EncryptedTotal{claimed(heads, 5), claimed(area, 41)}
	figure := func(m tally.Measure, option int, width, least int64) leak.Figure {
		f := leak.Figure{Measure: m, Points: []int64{0, 0, 0}, Width: width, AtLeast: least}
		f.Points[option] = 1
		return f
	}
	choices := [][]int64{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	for name, c := range map[string]struct {
		tally  *votingv1.EncryptedTally
		spans  []span
		want   leak.Publication
		result []int64
	}{
		"totals, without what follows": {
			&votingv1.EncryptedTally{Secrecy: totals, Totals: []*votingv1.EncryptedTotal{
				{Measure: heads}, {Measure: heads, Option: 1}, {Measure: heads, Option: 2},
			}}, []span{{3, 3}, {2, 2}, {1, 1}},
			leak.Publication{Figures: []leak.Figure{figure(tally.Heads, 0, 1, 0), figure(tally.Heads, 1, 1, 0)}}, []int64{3, 2},
		},
		"thresholds": {
			&votingv1.EncryptedTally{Secrecy: passFail, Totals: sealed}, []span{{5, 80}, {0, 40}},
			leak.Publication{Figures: []leak.Figure{figure(tally.Heads, 0, 0, 5), figure(tally.Area, 0, 0, 41)}}, []int64{1, 0},
		},
		"intervals": {
			&votingv1.EncryptedTally{Secrecy: interval, Totals: []*votingv1.EncryptedTotal{claimed(heads, 5, 7)}}, []span{{5, 6}},
			leak.Publication{Figures: []leak.Figure{figure(tally.Heads, 0, 5, 0), figure(tally.Heads, 0, 0, 7)}}, []int64{1, 0},
		},
		"together, and reached": {
			&votingv1.EncryptedTally{Secrecy: passFail, Totals: sealed, Together: true}, []span{{5, 80}, {41, 80}},
			leak.Publication{Figures: []leak.Figure{figure(tally.Heads, 0, 0, 5), figure(tally.Area, 0, 0, 41)}, Together: true}, []int64{1},
		},
		"together, and short": {
			&votingv1.EncryptedTally{Secrecy: passFail, Totals: sealed, Together: true}, []span{{0, 80}, {0, 80}},
			leak.Publication{Figures: []leak.Figure{figure(tally.Heads, 0, 0, 5), figure(tally.Area, 0, 0, 41)}, Together: true}, []int64{0},
		},
		"together, and nothing": {&votingv1.EncryptedTally{Secrecy: passFail, Together: true}, nil, leak.Publication{}, nil},
	} {
		c.want.Choices = 3
		got, result := published(c.tally, closedRules(c.tally.Secrecy), choices, &found{spans: c.spans})
		if diff := cmp.Diff(c.want, got); diff != "" || !slices.Equal(result, c.result) {
			t.Errorf("%s: %v, want %v\n%s", name, result, c.result, diff)
		}
	}
}

// What the meter cannot measure after the close is refused in the report, and what has no ballots is an error.
func TestLeaked(t *testing.T) {
	t.Parallel()
	rows := func(n int) (list []Credential) {
		return slices.Repeat([]Credential{{Weight: tally.Weight{Heads: 1}}}, n)
	}
	runoff := totalsOf(communityv1.Method_METHOD_INSTANT_RUNOFF, nil)
	filled, tooMuch := make([]span, 15), make([]span, 15) // of three options there are as many ways, more than the meter takes figures
	filled[0], filled[1], tooMuch[0] = span{4, 4}, span{3, 3}, span{9, 9}
	histogram := &votingv1.EncryptedTally{Secrecy: totals}
	for o := range filled {
		histogram.Totals = append(histogram.Totals, &votingv1.EncryptedTotal{Measure: heads, Option: uint32(o)})
	}
	yes := &votingv1.EncryptedTally{Secrecy: totals, Totals: []*votingv1.EncryptedTotal{{Measure: heads}}}
	for name, c := range map[string]struct {
		rules *communityv1.PollRules
		tally *votingv1.EncryptedTally
		spans []span
		want  string
		err   string
	}{
		"totals":           {closedRules(totals), yes, []span{{4, 4}}, "", ""},
		"one that is more": {closedRules(totals), yes, []span{{9, 9}}, leak.ErrResult.Code, ""},
		"a method without ballots": {&communityv1.PollRules{
			Method: communityv1.Method_METHOD_BUDGET_EQUAL_SHARES,
		}, yes, []span{{4, 4}}, "", ErrMethodSecret.Code},
		"fillings":                  {runoff, histogram, filled, "", ""},
		"fillings of more than all": {runoff, histogram, tooMuch, leak.ErrResult.Code, ""},
	} {
		p := &Poll{Question: optionsOf(0, 0, 0), Rules: c.rules, Secret: &Secret{Encrypted: c.tally}}
		report, err := p.leaked(rows(8), &found{spans: c.spans})
		if report.GetRefused() != c.want || refusal(err) != c.err {
			t.Errorf("%s: %v, %v", name, report, err)
		}
	}
	// Of eight voters four have filled theirs in alike, and one has left it blank.
	p := &Poll{Question: optionsOf(0, 0, 0), Rules: runoff, Secret: &Secret{Encrypted: histogram}}
	got, err := p.leaked(rows(8), &found{spans: filled})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.leakedFillings(rows(8), &found{spans: filled}, limitsOf(runoff)), got, protocmp.Transform()); diff != "" {
		t.Error(diff)
	}
	if got.GetPosteriorMicros() != 500_000 {
		t.Errorf("four of eight are alike, and it is said %v", got)
	}
}

// What cannot be judged is an error, from below and from above; and who abstained is said only where it is known.
func TestHeardSaysNoMore(t *testing.T) {
	t.Parallel()
	c, err := newCount(&proposalv1.Motion{}, closedRules(totals), &votingv1.Roll{AllHeads: 9, AllAreaCentiM2: 90}, nil)
	if err != nil {
		t.Fatal(err)
	}
	part := tally.Weight{Heads: 3, Area: 30}
	good := tally.Totals{Options: []tally.Weight{part, {}, {}}, Scores: make([]tally.Weight, 3), Participants: part, Valid: part}
	bad := good
	bad.Options = []tally.Weight{{Heads: 4, Area: 30}, {}, {}} // more than all who took part
	for name, tt := range map[string]struct {
		low, high tally.Totals
		want      string
	}{
		"good":           {good, good, ""},
		"bad from below": {bad, good, tally.ErrFiguresImpossible.Code},
		"bad from above": {good, bad, tally.ErrFiguresImpossible.Code},
	} {
		h := &heard{low: tt.low, high: tt.high, exact: map[tally.Measure]bool{tally.Heads: true}}
		err := h.decide(c, &votingv1.Tally{}, totals, votingv1.Together_TOGETHER_UNSPECIFIED)
		if refusal(err) != tt.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	one, two := []Credential{{Weight: tally.Weight{Heads: 1}}}, []Credential{{Weight: tally.Weight{Heads: 2}}}
	for name, tt := range map[string]struct {
		valid, exact bool
		rows         []Credential
		want         uint32
	}{
		"all is known":         {true, true, one, 5},
		"blank looks the same": {false, true, one, 0},
		"heads are not known":  {true, false, one, 0},
		"one of two heads":     {true, true, two, 0},
	} {
		h := &heard{valid: tt.valid, exact: map[tally.Measure]bool{tally.Heads: tt.exact}}
		h.low.Abstained.Heads = 5
		if got := h.abstained(tt.rows); got != tt.want {
			t.Errorf("%s: %d", name, got)
		}
	}
}

// Only secret polls have credentials, and only what is sealed is.
func TestSecretIsSecret(t *testing.T) {
	t.Parallel()
	for level, want := range map[communityv1.Secrecy]bool{0: false, open: false, totals: true, interval: true, passFail: true} {
		if got := newCredentials(&communityv1.PollRules{Secrecy: &communityv1.SecrecyRules{Secrecy: level}}); (got != nil) != want {
			t.Errorf("%v: %v", level, got)
		}
	}
	for name, c := range map[string]struct {
		secret *Secret
		want   bool
	}{"none": {nil, false}, "listed": {&Secret{}, false}, "sealed": {&Secret{Root: []byte{1}}, true}} {
		if got := c.secret.sealed(); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	for level, want := range map[communityv1.Secrecy]bool{totals: false, interval: false, passFail: true} {
		r := together()
		if got := judgedTogether(r, level); got != want {
			t.Errorf("%v: together %v", level, got)
		}
		r.Secrecy.Together = false
		if judgedTogether(r, level) {
			t.Errorf("%v: together, and the rules do not say so", level)
		}
	}
}

// Ballots are bound to what can be written down.
func TestElectionIsWritten(t *testing.T) {
	t.Parallel()
	p := &Poll{
		Question: &proposalv1.Motion{Title: "a"}, Rules: closedRules(totals), Ceremony: &Ceremony{}, Secret: &Secret{Roll: &votingv1.Roll{}},
	}
	one, err := p.electionID(pollID)
	if err != nil || len(one) != sha256.Size {
		t.Fatalf("%x, %v", one, err)
	}
	p.Question = &proposalv1.Motion{Title: "b"}
	if other, err := p.electionID(pollID); err != nil || bytes.Equal(one, other) {
		t.Errorf("another question: %v", err)
	}
	p.Question = &proposalv1.Motion{Title: "\xff"}
	if _, err := p.electionID(pollID); err == nil {
		t.Error("what is no text is taken")
	}
}
