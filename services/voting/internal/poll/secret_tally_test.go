package poll

import (
	"crypto/sha256"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/secretballot"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
	"renlin.dev/services/voting/internal/tally"
)

const (
	heads = communityv1.Measure_MEASURE_HEADS
	area  = communityv1.Measure_MEASURE_AREA
)

// plain is a poll whose ballots the test can see: what it says in secret is compared with what it says openly.
type plain struct {
	rules    *communityv1.PollRules
	question *proposalv1.Motion
	roll     *votingv1.Roll
	weights  []tally.Weight
	choices  [][]int64 // as the selections of the shape
	shape    secretballot.Shape
	bare     bool // of exact totals, those of heads alone are opened
}

func drawPlain(t *rapid.T) *plain { return drawPoll(t, false) }

// drawPoll draws a poll, or one whose requirements are judged together.
func drawPoll(t *rapid.T, together bool) *plain {
	w := &plain{rules: &communityv1.PollRules{Ballot: &communityv1.BallotRules{}}, question: &proposalv1.Motion{}}
	method, level := communityv1.Method_METHOD_YES_NO, communityv1.Secrecy_SECRECY_TOTALS
	if !together {
		method = rapid.SampledFrom([]communityv1.Method{
			method, communityv1.Method_METHOD_SINGLE, communityv1.Method_METHOD_APPROVAL, communityv1.Method_METHOD_SCORE,
		}).Draw(t, "method")
	}
	w.rules.Method = method
	if together {
		level = communityv1.Secrecy_SECRECY_PASS_FAIL
	} else if method == communityv1.Method_METHOD_YES_NO {
		level = rapid.SampledFrom([]communityv1.Secrecy{
			level, communityv1.Secrecy_SECRECY_INTERVAL, communityv1.Secrecy_SECRECY_PASS_FAIL,
		}).Draw(t, "level")
	} else {
		for i := range rapid.IntRange(2, 4).Draw(t, "options") {
			w.question.Options = append(w.question.Options, &proposalv1.Option{Code: strconv.Itoa(12 - i)})
		}
	}
	w.rules.Secrecy = &communityv1.SecrecyRules{Secrecy: level, IntervalWidth: rapid.Int64Range(1, 9).Draw(t, "width")}
	one := true // a majority is of yes, or of one winner
	switch method {
	case communityv1.Method_METHOD_APPROVAL:
		w.rules.Ballot.OptionsMin = rapid.Uint32Range(0, 2).Draw(t, "least")
		w.rules.Ballot.Seats = rapid.Uint32Range(1, 3).Draw(t, "seats")
		one = w.rules.Ballot.Seats == 1
	case communityv1.Method_METHOD_SCORE:
		w.rules.Ballot.PointsMax, one = 3, false
	}
	for range rapid.IntRange(1, 4).Draw(t, "requirements") {
		w.rules.Requirements = append(w.rules.Requirements, drawSecretRequirement(t, one, checkFigures, w.rules))
	}
	for w.rules.Secrecy.Together = together; together && !mayJudgeTogether(w.rules); {
		w.rules.Requirements = append(w.rules.Requirements, drawSecretRequirement(t, one, checkFigures, w.rules))
	}
	var err error
	if w.shape, err = shapeOf(w.question, w.rules); err != nil {
		t.Fatal(err)
	}
	w.roll = &votingv1.Roll{AllHeads: 60, AllAreaCentiM2: 600}
	ofArea := func(r *communityv1.Requirement) bool {
		return r.GetOf() == communityv1.Of_OF_YES && r.GetMeasure() == area
	}
	w.bare = level == communityv1.Secrecy_SECRECY_TOTALS && !slices.ContainsFunc(w.rules.Requirements, ofArea) && rapid.Bool().Draw(t, "bare")
	ways := choicesOf(w.shape)
	for range rapid.IntRange(0, 12).Draw(t, "voters") {
		w.weights = append(w.weights, tally.Weight{
			Heads: rapid.Int64Range(0, 2).Draw(t, "heads"), Area: rapid.Int64Range(0, 30).Draw(t, "area"),
		})
		w.choices = append(w.choices, rapid.SampledFrom(ways).Draw(t, "choice"))
	}
	return w
}

// drawSecretRequirement draws one that a secret poll can have by a rule.
func drawSecretRequirement(
	t *rapid.T, one bool, check func(*communityv1.PollRules) error, rules *communityv1.PollRules,
) *communityv1.Requirement {
	for {
		r := &communityv1.Requirement{
			Measure: rapid.SampledFrom([]communityv1.Measure{heads, area}).Draw(t, "measure"), Denominator: 4,
			Numerator: rapid.Int64Range(0, 3).Draw(t, "numerator"), Strict: rapid.Bool().Draw(t, "strict"),
			Of: communityv1.Of_OF_PARTICIPANTS, Base: communityv1.Base_BASE_ALL, Quorum: rapid.Bool().Draw(t, "quorum"),
		}
		if one && rapid.Bool().Draw(t, "of yes") {
			r.Of = communityv1.Of_OF_YES
			r.Base = rapid.SampledFrom([]communityv1.Base{
				communityv1.Base_BASE_ALL, communityv1.Base_BASE_PARTICIPANTS, communityv1.Base_BASE_VALID,
			}).Draw(t, "base")
			if r.Base == communityv1.Base_BASE_VALID {
				r.Numerator = max(r.Numerator, 1) // no rulebook asks for nothing, of which nobody has a share if all abstain
			}
		}
		if check(&communityv1.PollRules{
			Method: rules.Method, Secrecy: rules.Secrecy, Ballot: rules.Ballot, Requirements: []*communityv1.Requirement{r},
		}) == nil {
			return r
		}
	}
}

// openly counts the same ballots as those of an open poll.
func (w *plain) openly(t *rapid.T) *votingv1.Tally {
	c, err := newCount(w.question, w.rules, w.roll, nil)
	if err != nil {
		t.Fatal(err)
	}
	out := &votingv1.Tally{Ballots: uint32(len(w.choices)), StandsWithoutHosted: true, InvalidBallots: &votingv1.InvalidBallots{}}
	roll, ballots := tally.Roll{}, []tally.Ballot{}
	for i, choice := range w.choices {
		voter, said := strconv.Itoa(i), &votingv1.Choice{}
		roll[voter] = w.weights[i]
		for o, n := range choice {
			if n == 0 {
				continue
			}
			said.Options = append(said.Options, uint32(o))
			if w.rules.Method == communityv1.Method_METHOD_SCORE {
				said.Points = append(said.Points, n)
			}
		}
		ballots = append(ballots, c.ballotOf(voter, said))
	}
	if err := c.decide(out, ballots, roll); err != nil {
		t.Fatal(err)
	}
	return out
}

// secretly counts them as those of a secret poll whose trustees have done their work.
func (w *plain) secretly(encrypted *votingv1.EncryptedTally) (*votingv1.Tally, error) {
	p := &Poll{Question: w.question, Rules: w.rules, Roll: w.roll, Secret: &Secret{Encrypted: encrypted}}
	c := &Credentials{Rows: map[string]Credential{}, Last: map[string]Sent{}}
	for i, weight := range w.weights {
		key := sha256.Sum256([]byte{byte(i)})
		c.Rows[chain.KeyID(key[:])] = Credential{Key: key[:], Weight: weight}
		c.Last[chain.KeyID(key[:])] = Sent{Ballot: key[:]}
	}
	known := &found{}
	if encrypted.GetTogether() {
		known = w.judged(encrypted.GetTotals())
		return p.countFrom(known, &Sealed{Secret: c})
	}
	for _, total := range encrypted.GetTotals() {
		n := w.total(total.GetMeasure(), total.GetOption())
		if encrypted.GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS {
			known.spans = append(known.spans, span{n, n})
			continue
		}
		low, high := between(thresholds(total), uint64(total.GetBound()), uint64(n))
		known.spans = append(known.spans, span{int64(low), int64(high)})
	}
	return p.countFrom(known, &Sealed{Secret: c})
}

// judged is what one verdict about all totals tells of them.
func (w *plain) judged(totals []*votingv1.EncryptedTotal) *found {
	known, asked := &found{together: votingv1.Together_TOGETHER_REACHED}, 0
	for _, t := range totals {
		if needed(t) > 0 {
			asked++
		}
		if w.total(t.GetMeasure(), t.GetOption()) < needed(t) {
			known.together = votingv1.Together_TOGETHER_SHORT
		}
	}
	for _, t := range totals {
		s := span{0, t.GetBound()}
		switch {
		case known.together == votingv1.Together_TOGETHER_REACHED:
			s.low = needed(t)
		case asked == 1 && needed(t) > 0:
			s.high = needed(t) - 1
		}
		known.spans = append(known.spans, s)
	}
	return known
}

func (w *plain) total(m communityv1.Measure, option uint32) (n int64) {
	for i, choice := range w.choices {
		n += w.weights[i].Of(measures[m]) * choice[option]
	}
	return n
}

// encrypted is what would be listed for the trustees.
func (w *plain) encrypted() *votingv1.EncryptedTally {
	e := &votingv1.EncryptedTally{Secrecy: w.rules.GetSecrecy().GetSecrecy(), Ballots: uint32(len(w.choices))}
	part, _ := tally.Sum(w.weights)
	figures := tally.Figures{All: tally.Weight{Heads: w.roll.AllHeads, Area: w.roll.AllAreaCentiM2}, Participants: part}
	for _, m := range []communityv1.Measure{heads, area} {
		if m == area && w.bare {
			continue
		}
		for o := range w.shape.Totals {
			t := &votingv1.EncryptedTotal{Measure: m, Option: uint32(o), Bound: part.Of(measures[m]) * 3}
			if e.Secrecy != communityv1.Secrecy_SECRECY_TOTALS {
				if o != 0 {
					continue
				}
				for _, r := range w.rules.Requirements {
					least, some := requirementOf(r).Least(figures)
					if some && r.GetOf() == communityv1.Of_OF_YES && r.GetMeasure() == m {
						t.Claims = append(t.Claims, &votingv1.TotalClaim{Threshold: least})
					}
				}
				if len(t.Claims) > 0 && w.rules.GetSecrecy().GetTogether() {
					e.Together, t.Claims = true, []*votingv1.TotalClaim{{Threshold: needed(t)}}
				}
				width := w.rules.GetSecrecy().GetIntervalWidth()
				for n := width; e.Secrecy == communityv1.Secrecy_SECRECY_INTERVAL && n <= t.Bound; n += width {
					t.Claims = append(t.Claims, &votingv1.TotalClaim{Threshold: n})
				}
			}
			e.Totals = append(e.Totals, t)
		}
	}
	return e
}

// A poll of which only totals were opened, or only thresholds proved, says what the same ballots say when they lie open, in every field
// that both publish; and it never says less than the result.
func TestSecretCountIsTheOpenCount(t *testing.T) {
	t.Parallel()
	for _, together := range []bool{false, true} {
		rapid.Check(t, func(t *rapid.T) { drawPoll(t, together).alike(t) })
	}
}

// alike compares what is said openly with what is said in secret.
func (w *plain) alike(t *rapid.T) {
	open := w.openly(t)
	secret, err := w.secretly(w.encrypted())
	if err != nil {
		t.Fatal(err)
	}
	want, exact := open, w.rules.GetSecrecy().GetSecrecy() == communityv1.Secrecy_SECRECY_TOTALS
	if several := slices.ContainsFunc(w.weights, func(w tally.Weight) bool { return w.Heads != 1 }); several || !exact {
		want.Abstained = 0
	}
	if !exact && len(w.weights) > 0 && secret.Totals == nil {
		want.Totals, want.ValidHeads, want.ValidAreaCentiM2 = nil, 0, 0
		if secret.Secret.GetTogether() == votingv1.Together_TOGETHER_SHORT {
			silence(t, want, secret)
		}
		hide(want, secret)
	}
	if w.bare {
		want.ValidAreaCentiM2 = 0
		for _, o := range want.Totals {
			o.AreaCentiM2 = 0
		}
	}
	// A blank ballot cannot be told from others, nor how many name what has points.
	scores, several := w.rules.Method == communityv1.Method_METHOD_SCORE, w.rules.Method == communityv1.Method_METHOD_APPROVAL
	if scores || several && w.rules.Ballot.OptionsMin == 0 {
		want.Abstained, want.ValidHeads, want.ValidAreaCentiM2 = 0, 0, 0
	}
	if w.rules.Method == communityv1.Method_METHOD_SCORE {
		for _, o := range want.Totals {
			o.Heads, o.AreaCentiM2 = 0, 0
		}
	}
	secret.Secret = nil
	if diff := cmp.Diff(want, secret, protocmp.Transform()); diff != "" {
		t.Fatalf("open and secret count differ:\n%s", diff)
	}
}

// silence takes out what a verdict about all totals together does not tell: which of the requirements of yes hold. Something is asked of
// them that fails, or else nothing would be short.
func silence(t *rapid.T, want, secret *votingv1.Tally) {
	failed := slices.ContainsFunc(want.Inequalities, func(l *votingv1.Inequality) bool { return !l.GetHolds() })
	want.Inequalities = slices.DeleteFunc(want.Inequalities, func(l *votingv1.Inequality) bool {
		said := slices.ContainsFunc(secret.Inequalities, func(other *votingv1.Inequality) bool {
			return proto.Equal(other.GetRequirement(), l.GetRequirement())
		})
		return !said && l.GetRequirement().GetOf() == communityv1.Of_OF_YES
	})
	if !failed {
		t.Fatal("all holds, and something is said to be short")
	}
}

// hide takes out what thresholds do not tell: the figures of yes.
func hide(want, secret *votingv1.Tally) {
	for i, line := range want.Inequalities {
		if i < len(secret.Inequalities) && secret.Inequalities[i].Left == "" && line.GetRequirement().GetOf() == communityv1.Of_OF_YES {
			line.Left, line.Right = "", ""
		}
	}
}

// Where nothing was opened it is said what everybody can reckon, and that is true; what nobody can, is withheld.
func TestSecretCountOfNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := drawPlain(t)
		secret, err := w.secretly(&votingv1.EncryptedTally{Ballots: uint32(len(w.choices))})
		if err != nil {
			t.Fatal(err)
		}
		open := w.openly(t)
		if secret.Result != votingv1.Result_RESULT_WITHHELD && secret.Result != open.Result {
			t.Fatalf("result %v, openly %v", secret.Result, open.Result)
		}
		if sum, _ := tally.Sum(w.weights); sum == (tally.Weight{}) && secret.Result != open.Result {
			t.Fatalf("nobody took part, and the result is %v", secret.Result)
		}
		for _, line := range secret.Inequalities {
			same := func(other *votingv1.Inequality) bool {
				return cmp.Equal(other.Requirement, line.Requirement, protocmp.Transform()) && other.Holds == line.Holds
			}
			if !slices.ContainsFunc(open.Inequalities, same) {
				t.Fatalf("%v is said, and is not so", line)
			}
		}
	})
}

// What cannot be found is not counted as if it were.
func TestSecretCountUnfound(t *testing.T) {
	t.Parallel()
	w := &plain{
		rules: &communityv1.PollRules{
			Method: communityv1.Method_METHOD_YES_NO, Secrecy: &communityv1.SecrecyRules{Secrecy: communityv1.Secrecy_SECRECY_PASS_FAIL},
			Requirements: []*communityv1.Requirement{{
				Measure: heads, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS, Numerator: 1, Denominator: 2,
			}},
		},
		question: &proposalv1.Motion{}, roll: &votingv1.Roll{AllHeads: 9, AllAreaCentiM2: 9},
		weights: []tally.Weight{{Heads: 1}, {Heads: 1}, {Heads: 1}}, choices: [][]int64{{1, 0, 0}, {0, 1, 0}, {0, 1, 0}},
	}
	listed := func(option uint32, thresholds ...int64) *votingv1.EncryptedTally {
		total := &votingv1.EncryptedTotal{Measure: heads, Option: option, Bound: 3}
		for _, n := range thresholds {
			total.Claims = append(total.Claims, &votingv1.TotalClaim{Threshold: n})
		}
		return &votingv1.EncryptedTally{Secrecy: communityv1.Secrecy_SECRECY_PASS_FAIL, Ballots: 3, Totals: []*votingv1.EncryptedTotal{total}}
	}
	for name, c := range map[string]struct {
		encrypted *votingv1.EncryptedTally
		want      votingv1.Result
		err       error
	}{
		"the threshold that matters": {listed(0, 2), votingv1.Result_RESULT_REJECTED, nil},
		"another one":                {listed(0, 1), 0, ErrUncounted},
		"another option":             {listed(1, 2), 0, ErrUncounted},
		"one more, too":              {listed(0, 1, 2), votingv1.Result_RESULT_REJECTED, nil},
	} {
		got, err := w.secretly(c.encrypted)
		if err != c.err || got.GetResult() != c.want {
			t.Errorf("%s: %v, %v", name, got.GetResult(), err)
		}
	}
}

func TestCheckFigures(t *testing.T) {
	t.Parallel()
	valid := []*communityv1.Requirement{{Base: communityv1.Base_BASE_VALID}}
	rules := func(level communityv1.Secrecy, change func(*communityv1.PollRules)) *communityv1.PollRules {
		r := &communityv1.PollRules{Method: communityv1.Method_METHOD_APPROVAL, Secrecy: &communityv1.SecrecyRules{Secrecy: level}}
		change(r)
		return r
	}
	for name, c := range map[string]struct {
		rules *communityv1.PollRules
		want  error
	}{
		"an open poll": {rules(communityv1.Secrecy_SECRECY_OPEN, func(r *communityv1.PollRules) {
			r.Turnout = &communityv1.TurnoutRules{AbstentionsAbsent: true}
		}), nil},
		"totals": {rules(totals, func(*communityv1.PollRules) {}), nil},
		"abstentions are absent": {rules(totals, func(r *communityv1.PollRules) {
			r.Turnout = &communityv1.TurnoutRules{AbstentionsAbsent: true}
		}), ErrFiguresHidden},
		"a quorum of yes": {rules(totals, func(r *communityv1.PollRules) {
			r.Requirements = []*communityv1.Requirement{{Of: communityv1.Of_OF_YES, Quorum: true}}
		}), ErrFiguresHidden},
		"a quorum of all": {rules(totals, func(r *communityv1.PollRules) {
			r.Requirements = []*communityv1.Requirement{{Of: communityv1.Of_OF_PARTICIPANTS, Quorum: true}}
		}), nil},
		"a share of the valid": {rules(totals, func(r *communityv1.PollRules) { r.Requirements = valid }), ErrFiguresHidden},
		"a share of the valid, where ballots are counted by how they are filled in": {rules(totals, func(r *communityv1.PollRules) {
			r.Method, r.Requirements = communityv1.Method_METHOD_INSTANT_RUNOFF, valid
		}), ErrFiguresHidden},
		"a share of the valid, none of them blank": {rules(totals, func(r *communityv1.PollRules) {
			r.Requirements, r.Ballot = valid, &communityv1.BallotRules{OptionsMin: 1}
		}), nil},
		"a share of the valid, of one option": {rules(totals, func(r *communityv1.PollRules) {
			r.Method, r.Requirements = communityv1.Method_METHOD_SINGLE, valid
		}), nil},
		"a share of the valid of which only thresholds are proved": {rules(passFail, func(r *communityv1.PollRules) {
			r.Method, r.Requirements = communityv1.Method_METHOD_YES_NO, valid
		}), ErrFiguresHidden},
		"so many must name it, and it has points": {rules(totals, func(r *communityv1.PollRules) {
			r.Method, r.Ballot = communityv1.Method_METHOD_SCORE, &communityv1.BallotRules{ScoreMin: 1}
		}), ErrFiguresHidden},
		"so many must name it": {rules(totals, func(r *communityv1.PollRules) { r.Ballot = &communityv1.BallotRules{ScoreMin: 1} }), nil},
	} {
		if err := checkFigures(c.rules); err != c.want {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// All ways to fill a ballot in, and no more of them than are looked at.
func TestChoicesOf(t *testing.T) {
	t.Parallel()
	of := func(s secretballot.Shape, err error) secretballot.Shape {
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, c := range map[string]struct {
		shape secretballot.Shape
		want  int
	}{
		"yes, no, abstain":    {of(secretballot.Approval(3, 1, 1)), 3},
		"one of four or none": {of(secretballot.Approval(4, 0, 1)), 5},
		"two of four":         {of(secretballot.Approval(4, 2, 2)), 6},
		"points":              {of(secretballot.Score(2, 2)), 9},
		"one of very many":    {of(secretballot.Approval(400, 0, 1)), 65},
		"many of very many":   {of(secretballot.Approval(400, 200, 200)), 65},
	} {
		got := choicesOf(c.shape)
		if len(got) != c.want {
			t.Errorf("%s: %d ways, want %d", name, len(got), c.want)
		}
		seen := map[string]bool{}
		for _, choice := range got {
			seen[string(encode(choice))] = true
		}
		if len(seen) != len(got) {
			t.Errorf("%s: a way stands twice", name)
		}
	}
}

func encode(choice []int64) (out []byte) {
	for _, n := range choice {
		out = strconv.AppendInt(append(out, ' '), n, 10)
	}
	return out
}

func TestBetween(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		thresholds              []uint64
		bound, value, low, high uint64
	}{
		{nil, 9, 4, 0, 9},
		{[]uint64{5}, 9, 4, 0, 4},
		{[]uint64{5}, 9, 5, 5, 9},
		{[]uint64{3, 5}, 9, 4, 3, 4},
		{[]uint64{3, 5, 9}, 9, 9, 9, 9},
	} {
		if low, high := between(c.thresholds, c.bound, c.value); low != c.low || high != c.high {
			t.Errorf("%v: from %d to %d", c, low, high)
		}
	}
	claims := func(n ...int64) (out []*votingv1.TotalClaim) {
		for _, n := range n {
			out = append(out, &votingv1.TotalClaim{Threshold: n})
		}
		return out
	}
	if got := thresholds(&votingv1.EncryptedTotal{Bound: 9, Claims: claims(0, 5, 3, 10, 5, -1, 9)}); !slices.Equal(got, []uint64{3, 5, 9}) {
		t.Errorf("thresholds %v", got)
	}
}
