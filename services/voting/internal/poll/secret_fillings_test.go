package poll

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

// optionsOf are options whose codes are not in their order, so that a number of the count is not an option's index.
func optionsOf(costs ...int64) *proposalv1.Motion {
	q := &proposalv1.Motion{BudgetFen: 9}
	for i, cost := range costs {
		q.Options = append(q.Options, &proposalv1.Option{Code: strconv.Itoa(12 - i), CostFen: cost})
	}
	return q
}

func totalsOf(method communityv1.Method, b *communityv1.BallotRules) *communityv1.PollRules {
	return &communityv1.PollRules{
		Method: method, Ballot: b, Secrecy: &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_TOTALS},
	}
}

// filled is a secret poll that is counted by fillings, and the ballots of which the test sees.
type filled struct {
	*plain
	all []*votingv1.Choice
}

func drawFilled(t *rapid.T) *filled {
	b := &communityv1.BallotRules{}
	method := rapid.SampledFrom([]communityv1.Method{
		communityv1.Method_METHOD_STAR, communityv1.Method_METHOD_BORDA, communityv1.Method_METHOD_INSTANT_RUNOFF,
		communityv1.Method_METHOD_SCHULZE, communityv1.Method_METHOD_STV, communityv1.Method_METHOD_QUADRATIC,
		communityv1.Method_METHOD_PROPORTIONAL_APPROVAL, communityv1.Method_METHOD_EQUAL_SHARES,
		communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP,
	}).Draw(t, "method")
	costs := rapid.SliceOfN(rapid.Int64Range(0, 6), 2, 4).Draw(t, "costs")
	switch method {
	case communityv1.Method_METHOD_STAR:
		b.PointsMax, costs = rapid.Int64Range(1, 2).Draw(t, "points"), costs[:min(3, len(costs))]
	case communityv1.Method_METHOD_QUADRATIC:
		b.PointsSumMax = rapid.Int64Range(1, 6).Draw(t, "credits")
	case communityv1.Method_METHOD_BUDGET_GREEDY, communityv1.Method_METHOD_BUDGET_GREEDY_NO_SKIP:
		b.Form = rapid.SampledFrom([]communityv1.BallotForm{formOne, formPurse, formApproval}).Draw(t, "form")
		b.ScoreMin = rapid.Int64Range(0, 2).Draw(t, "least score")
		if b.Form == formPurse {
			b.PointsSumMax = rapid.Int64Range(1, 3).Draw(t, "purse")
		}
		if b.Form == formApproval {
			b.CostSumMaxFen = rapid.Int64Range(7, 9).Draw(t, "dearest")
		}
	case communityv1.Method_METHOD_BORDA, communityv1.Method_METHOD_STV, communityv1.Method_METHOD_PROPORTIONAL_APPROVAL,
		communityv1.Method_METHOD_EQUAL_SHARES:
		b.Seats = rapid.Uint32Range(0, 2).Draw(t, "seats")
	}
	if b.Form != formOne {
		b.OptionsMin = rapid.Uint32Range(0, 1).Draw(t, "least")
	}
	w := &plain{rules: totalsOf(method, b), question: optionsOf(costs...), bare: true}
	for range rapid.IntRange(0, 2).Draw(t, "requirements") {
		w.rules.Requirements = append(w.rules.Requirements, drawSecretRequirement(t, false, checkFigures, w.rules))
	}
	all, err := fillingsOf(w.question, w.rules)
	if err != nil {
		t.Fatal(err)
	}
	if w.shape, err = shapeOf(w.question, w.rules); err != nil {
		t.Fatal(err)
	}
	w.roll = &votingv1.Roll{AllHeads: 60, AllAreaCentiM2: 600}
	for range rapid.IntRange(0, 12).Draw(t, "voters") {
		w.weights = append(w.weights, tally.Weight{
			Heads: rapid.Int64Range(0, 2).Draw(t, "heads"), Area: rapid.Int64Range(0, 30).Draw(t, "area"),
		})
		choice, err := secretballot.OneOfChoice(len(all), rapid.IntRange(-1, len(all)-1).Draw(t, "filling"))
		if err != nil {
			t.Fatal(err)
		}
		w.choices = append(w.choices, choice)
	}
	return &filled{w, all}
}

// openly counts the same ballots as those of an open poll.
func (w *filled) openly(t *rapid.T) *votingv1.Tally {
	c, err := newCount(w.question, w.rules, w.roll, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := &votingv1.Tally{Ballots: uint32(len(w.choices)), StandsWithoutHosted: true, InvalidBallots: &votingv1.InvalidBallots{}}
	roll, ballots := tally.Roll{}, []tally.Ballot{}
	for i, choice := range w.choices {
		voter, said := strconv.Itoa(i), &votingv1.Choice{}
		if at := slices.Index(choice, 1); at >= 0 {
			said = w.all[at]
		}
		roll[voter], ballots = w.weights[i], append(ballots, c.ballotOf(voter, said))
	}
	if err := c.decide(out, ballots, roll); err != nil {
		t.Fatal(err)
	}
	return out
}

// A poll of which only how many filled their ballots in in each way was opened says what the same ballots say when they lie open: winners,
// every step of the count, ties, totals, abstentions.
func TestFillingsCountIsTheOpenCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawFilled(t)
		want := w.openly(t)
		secret, err := w.secretly(w.encrypted())
		if err != nil {
			t.Fatal(err)
		}
		if slices.ContainsFunc(w.weights, func(w tally.Weight) bool { return w.Heads != 1 }) {
			want.Abstained = 0
		}
		want.ValidAreaCentiM2 = 0
		for _, o := range want.Totals {
			o.AreaCentiM2 = 0
		}
		secret.Secret = nil
		if diff := cmp.Diff(want, secret, protocmp.Transform()); diff != "" {
			t.Fatalf("open and secret count differ:\n%s", diff)
		}
	})
}

// Where nothing was opened it is said what everybody can reckon, and what nobody can is withheld.
func TestFillingsCountOfNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawFilled(t)
		secret, err := w.secretly(&votingv1.EncryptedTally{Ballots: uint32(len(w.choices))})
		if err != nil {
			t.Fatal(err)
		}
		open := w.openly(t)
		if secret.Result != votingv1.Result_RESULT_WITHHELD && secret.Result != open.Result {
			t.Fatalf("result %v, openly %v", secret.Result, open.Result)
		}
		if len(secret.Winners) > 0 && !slices.Equal(secret.Winners, open.Winners) { // projects are had even if nobody has a say
			t.Fatalf("winners %v, openly %v", secret.Winners, open.Winners)
		}
		sum, _ := tally.Sum(w.weights)
		if (sum == tally.Weight{}) != (len(secret.Totals) > 0) {
			t.Fatalf("totals %v", secret.Totals)
		}
		if sum.Heads > 0 && (len(secret.Ties) > 0 || secret.TieBroken) {
			t.Fatalf("ties %v of what nobody has opened", secret.Ties)
		}
	})
}

// Below the quorum nothing is opened, and then of nothing there are no ties that decided.
func TestNoTiesOfNothing(t *testing.T) {
	t.Parallel()
	const greedy = communityv1.Method_METHOD_BUDGET_GREEDY
	for name, c := range map[string]struct {
		rules *communityv1.PollRules
		costs []int64
	}{
		"a budget":             {totalsOf(greedy, &communityv1.BallotRules{Form: formApproval}), []int64{6, 6, 6}},
		"a budget by fillings": {totalsOf(greedy, &communityv1.BallotRules{Form: formOne}), []int64{6, 6, 6}},
		"a run-off of many": {
			totalsOf(communityv1.Method_METHOD_INSTANT_RUNOFF, &communityv1.BallotRules{OptionsMax: 1}), make([]int64, 40),
		},
	} {
		c.rules.Requirements = []*communityv1.Requirement{{
			Measure: heads, Of: communityv1.Of_OF_PARTICIPANTS, Base: communityv1.Base_BASE_ALL, Numerator: 1, Denominator: 2, Quorum: true,
		}}
		w := &plain{rules: c.rules, question: optionsOf(c.costs...), roll: &votingv1.Roll{AllHeads: 9}, weights: []tally.Weight{{Heads: 1}}}
		out, err := w.secretly(&votingv1.EncryptedTally{Ballots: 1, Secrecy: communityv1.Secrecy_SECRECY_TOTALS})
		if err != nil {
			t.Fatal(err)
		}
		if out.Result != votingv1.Result_RESULT_NO_QUORUM || len(out.Ties) > 0 || out.TieBroken {
			t.Errorf("%s: %v, ties %v", name, out.Result, out.Ties)
		}
	}
}

// All ways to fill a ballot in, in their order.
func TestFillings(t *testing.T) {
	t.Parallel()
	const (
		runoff, star, quadratic = communityv1.Method_METHOD_INSTANT_RUNOFF, communityv1.Method_METHOD_STAR, communityv1.Method_METHOD_QUADRATIC
		committee, greedy       = communityv1.Method_METHOD_PROPORTIONAL_APPROVAL, communityv1.Method_METHOD_BUDGET_GREEDY
	)
	costs := func(n int) []int64 { return make([]int64, n) }
	for name, c := range map[string]struct {
		method communityv1.Method
		ballot *communityv1.BallotRules
		costs  []int64
		want   string // or, where it would be long, how many
		err    error
	}{
		"rankings of two":            {runoff, nil, costs(2), "0 01 1 10", nil},
		"complete rankings of three": {runoff, &communityv1.BallotRules{OptionsMin: 3}, costs(3), "012 021 102 120 201 210", nil},
		"rankings of four":           {runoff, nil, costs(4), "64", nil},
		"complete ones of four":      {runoff, &communityv1.BallotRules{OptionsMin: 4}, costs(4), "24", nil},
		"rankings of five":           {runoff, nil, costs(5), "", ErrSecretFillings},
		"complete ones of five":      {runoff, &communityv1.BallotRules{OptionsMin: 5}, costs(5), "120", nil},
		"the best two of ten":        {runoff, &communityv1.BallotRules{OptionsMax: 2}, costs(10), "100", nil},
		"complete ones of six":       {runoff, &communityv1.BallotRules{OptionsMin: 6}, costs(6), "", ErrSecretFillings},
		"stars of two":               {star, &communityv1.BallotRules{PointsMax: 1}, costs(2), "1:1 0:1 0:1,1:1", nil},
		"stars of three":             {star, &communityv1.BallotRules{PointsMax: 3}, costs(3), "63", nil},
		"five stars of three":        {star, &communityv1.BallotRules{PointsMax: 5}, costs(3), "", ErrSecretFillings},
		"at least two stars":         {star, &communityv1.BallotRules{PointsMin: 2, PointsMax: 3}, costs(2), "8", nil},
		"four credits":               {quadratic, &communityv1.BallotRules{PointsSumMax: 4}, costs(2), "1:1 1:2 0:1 0:1,1:1 0:2", nil},
		"sixteen credits":            {quadratic, &communityv1.BallotRules{PointsSumMax: 16}, costs(3), "53", nil},
		"a purse without end":        {quadratic, &communityv1.BallotRules{PointsSumMax: 1 << 40}, costs(2), "", ErrSecretFillings},
		"a committee":                {committee, nil, costs(3), "0 01 012 02 1 12 2", nil},
		"a committee of many":        {committee, &communityv1.BallotRules{OptionsMax: 1}, costs(120), "120", nil},
		"a committee of more":        {committee, &communityv1.BallotRules{OptionsMax: 1}, costs(121), "", ErrSecretFillings},
		"all of twenty":              {committee, &communityv1.BallotRules{OptionsMin: 20}, costs(20), "1", nil},
		"all of more than there may": {committee, &communityv1.BallotRules{OptionsMin: 121}, costs(121), "", ErrSecretFillings},
		"a form of another method":   {committee, &communityv1.BallotRules{Form: formScore}, costs(2), "", tally.ErrRuleMalformed},
		"all but one of many":        {committee, &communityv1.BallotRules{OptionsMin: 118}, costs(119), "120", nil},
		"all but one of more":        {committee, &communityv1.BallotRules{OptionsMin: 119}, costs(120), "", ErrSecretFillings},
		"fifteen of sixteen":         {committee, &communityv1.BallotRules{OptionsMin: 15}, costs(16), "17", nil},
		"stars for eleven of twelve": {star, &communityv1.BallotRules{OptionsMin: 11, PointsMin: 3, PointsMax: 3}, costs(12), "13", nil},
		"one project":                {greedy, &communityv1.BallotRules{Form: formOne}, []int64{2, 1, 1}, "0 1 2", nil},
		"projects for three": {
			greedy, &communityv1.BallotRules{Form: formApproval, CostSumMaxFen: 3}, []int64{2, 1, 2}, "0 01 1 12 2", nil,
		},
	} {
		all, err := fillingsOf(optionsOf(c.costs...), totalsOf(c.method, c.ballot))
		if err != nil || c.err != nil {
			if fmt.Sprint(err) != fmt.Sprint(c.err) && (c.err == nil || !strings.HasPrefix(fmt.Sprint(err), "secret_poll.fillings_many")) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		said := strings.Join(written(all), " ")
		if said != c.want && strconv.Itoa(len(all)) != c.want {
			t.Errorf("%s: %d: %s", name, len(all), said)
		}
		for place, choice := range all {
			if n, at, err := filling(optionsOf(c.costs...), totalsOf(c.method, c.ballot), choice); at != place || n != len(all) || err != nil {
				t.Errorf("%s: %v is filling %d: %v", name, choice, at, err)
			}
		}
	}
}

// What leads to no ballot is not looked at, and the list is the one that is found by looking at everything.
func TestFillingsListIsWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawFilled(t)
		b, most := w.rules.GetBallot(), uint32(len(w.question.GetOptions()))
		if b.GetForm() == formOne {
			b.OptionsMin = rapid.Uint32Range(0, 1).Draw(t, "options at least")
		} else {
			b.OptionsMin = rapid.Uint32Range(0, most).Draw(t, "options at least")
			b.OptionsMax = rapid.Uint32Range(b.OptionsMin, most).Draw(t, "options at most")
		}
		if b.GetPointsSumMax() > 0 || b.GetPointsMax() > 0 {
			least := int64(2)
			if b.GetPointsMax() > 0 {
				least = min(least, b.GetPointsMax())
			}
			b.PointsMin = rapid.Int64Range(0, least).Draw(t, "points at least")
		}
		b.CostSumMaxFen = rapid.Int64Range(0, 9).Draw(t, "cost")
		c, err := newCount(w.question, w.rules, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		f := &fillings{count: c, options: uint32(len(c.order))}
		f.everything(nil, nil)
		looked, err := newFillings(w.question, w.rules)
		switch whole := strings.Join(written(f.list), " "); {
		case err != nil && len(f.list) > 0 && len(f.list) <= secretballot.OneOfMax:
			t.Fatalf("%v, of %s", err, whole)
		case err == nil && strings.Join(written(looked.list), " ") != whole:
			t.Fatalf("%v\n%v", written(looked.list), whole)
		case err == nil && looked.tried != len(looked.beginnings()):
			t.Fatalf("%d steps to %v, want %v", looked.tried, whole, looked.beginnings())
		}
	})
}

// everything lists the good ones of all lists or rows that there are.
func (f *fillings) everything(list []uint32, row []int64) {
	if f.pointed() && len(row) < int(f.options) {
		for n := range int64(7) {
			f.everything(nil, append(slices.Clone(row), n))
		}
		return
	}
	if f.pointed() {
		choice := &votingv1.Choice{}
		for o, n := range row {
			if n > 0 {
				choice.Options, choice.Points = append(choice.Options, uint32(o)), append(choice.Points, n)
			}
		}
		f.add(choice)
		return
	}
	f.add(&votingv1.Choice{Options: list})
	for o := range f.options {
		last := len(list) - 1
		if !slices.Contains(list, o) && (f.poll.Form.Kind == tally.KindOrdinal || last < 0 || list[last] < o) {
			f.everything(append(slices.Clone(list), o), nil)
		}
	}
}

func written(all []*votingv1.Choice) (out []string) {
	for _, c := range all {
		var b strings.Builder
		for i, o := range c.GetOptions() {
			if len(c.GetPoints()) == 0 {
				fmt.Fprint(&b, o)
				continue
			}
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, "%d:%d", o, c.GetPoints()[i])
		}
		out = append(out, b.String())
	}
	return out
}

// A choice is found as a voter may write it, or refused.
func TestFilling(t *testing.T) {
	t.Parallel()
	choice := func(points []int64, options ...uint32) *votingv1.Choice {
		return &votingv1.Choice{Options: options, Points: points}
	}
	star := totalsOf(communityv1.Method_METHOD_STAR, &communityv1.BallotRules{PointsMax: 2})
	runoff := totalsOf(communityv1.Method_METHOD_INSTANT_RUNOFF, nil)
	committee := totalsOf(communityv1.Method_METHOD_EQUAL_SHARES, nil)
	for name, c := range map[string]struct {
		rules  *communityv1.PollRules
		choice *votingv1.Choice
		want   int // -2: refused
	}{
		"blank":                  {star, choice(nil), -1},
		"points":                 {star, choice([]int64{2, 1}, 1, 0), 4},
		"no points for one":      {star, choice([]int64{2, 0}, 1, 0), 1},
		"without points":         {star, choice(nil, 1, 0), 3},
		"too many points":        {star, choice([]int64{3}, 1), -2},
		"points for nobody":      {star, choice([]int64{1}), -2},
		"points for one of two":  {star, choice([]int64{1}, 0, 1), -2},
		"points for one more":    {star, choice([]int64{1, 1}, 0), -2},
		"no points for anyone":   {star, choice([]int64{0, 0}, 0, 1), -2},
		"one twice":              {star, choice([]int64{1, 1}, 1, 1), -2},
		"one twice, for nothing": {star, choice([]int64{1, 0}, 1, 1), -2},
		"an order":               {runoff, choice(nil, 1, 0), 3},
		"another":                {runoff, choice(nil, 0, 1), 1},
		"an order with points":   {runoff, choice([]int64{2, 1}, 1, 0), -2},
		"no such option":         {runoff, choice(nil, 2), -2},
		"a set":                  {committee, choice(nil, 1, 0), 1},
		"a set with points":      {committee, choice([]int64{1, 1}, 1, 0), -2},
	} {
		_, at, err := filling(optionsOf(1, 1), c.rules, c.choice)
		if err != nil {
			at = -2
		}
		if at != c.want || err != nil && err != secretballot.ErrChoice {
			t.Errorf("%s: %d, %v", name, at, err)
		}
	}
	if _, _, err := filling(optionsOf(make([]int64, 9)...), runoff, choice(nil, 0)); refusal(err) != ErrSecretFillings.Code {
		t.Errorf("of too many: %v", err)
	}
}
