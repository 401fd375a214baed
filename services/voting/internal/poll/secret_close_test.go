package poll

import (
	"bytes"
	"crypto/rand"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/secretballot"
	keys "renlin.dev/pkg/secretballot/trustee"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/voting/internal/leak"
	"renlin.dev/services/voting/internal/tally"
)

func drawWeight(t *rapid.T, name string, least tally.Weight) tally.Weight {
	more := rapid.Int64Range(0, 40)
	return tally.Weight{
		Heads: least.Heads + more.Draw(t, name), Area: least.Area + more.Draw(t, name), Households: least.Households + more.Draw(t, name),
		Classes: least.Classes + more.Draw(t, name),
	}
}

func drawRequirement(t *rapid.T, r *communityv1.PollRules) *communityv1.Requirement {
	q := &communityv1.Requirement{
		Measure: communityv1.Measure(rapid.Int32Range(1, 4).Draw(t, "measure")), Of: communityv1.Of(rapid.Int32Range(1, 2).Draw(t, "of")),
		Base: communityv1.Base(rapid.Int32Range(1, 3).Draw(t, "base")), Denominator: rapid.Int64Range(1, 9).Draw(t, "denominator"),
		Strict: rapid.Bool().Draw(t, "strict"), Quorum: rapid.Bool().Draw(t, "quorum"),
	}
	if q.Numerator = rapid.Int64Range(0, q.Denominator).Draw(t, "numerator"); q.Numerator == q.Denominator {
		q.Strict = false
	}
	if q.Of == communityv1.Of_OF_PARTICIPANTS {
		q.Base = communityv1.Base_BASE_ALL
	}
	r.Requirements = append(r.Requirements, q)
	return q
}

// The threshold of a requirement is exactly where the count begins to say that it holds, and a poll is hopeless exactly if no yes that
// those who took part could say would carry it.
func TestLeastYesIsWhereTheCountTurns(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := &communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO}
		for range rapid.IntRange(1, 3).Draw(t, "requirements") {
			if q := drawRequirement(t, r); q.Base == communityv1.Base_BASE_VALID {
				q.Base = communityv1.Base_BASE_PARTICIPANTS
			}
		}
		took := drawWeight(t, "took", tally.Weight{})
		all := drawWeight(t, "all", took)
		holds := func(q *communityv1.Requirement, yes int64) bool {
			f := tally.Figures{All: all, Participants: took, Valid: took, Option: tally.Weight{}}
			switch q.GetMeasure() {
			case communityv1.Measure_MEASURE_HEADS:
				f.Option.Heads = yes
			case communityv1.Measure_MEASURE_AREA:
				f.Option.Area = yes
			case communityv1.Measure_MEASURE_HOUSEHOLDS:
				f.Option.Households = yes
			default:
				f.Option.Classes = yes
			}
			out, err := tally.Evaluate([]tally.Requirement{requirementOf(q)}, f)
			if err != nil {
				t.Fatal(err)
			}
			return out.Inequalities[0].Holds
		}
		carried := true
		for _, q := range r.GetRequirements() {
			most := took.Of(measures[q.GetMeasure()])
			carried = carried && holds(q, most)
			if q.GetOf() != communityv1.Of_OF_YES {
				continue
			}
			least, known := leastYes(r, q, took, all)
			if !known {
				t.Fatalf("the threshold of %v is not known", q)
			}
			for yes := range most + 1 {
				if holds(q, yes) != (yes >= least) {
					t.Fatalf("%v: %d of %d, least %d", q, yes, most, least)
				}
			}
		}
		if took != (tally.Weight{}) && hopeless(r, took, all) == carried {
			t.Fatalf("%v: hopeless is %v, and it can be carried: %v", r.GetRequirements(), !carried, carried)
		}
	})
}

// Nothing is called hopeless that depends on what the ballots say.
func TestHopelessOnlyIfKnown(t *testing.T) {
	t.Parallel()
	every := func(base communityv1.Base) []*communityv1.Requirement {
		return []*communityv1.Requirement{{
			Measure: communityv1.Measure_MEASURE_HEADS, Of: communityv1.Of_OF_YES, Base: base, Numerator: 1, Denominator: 1,
		}}
	}
	yes, valid := every(communityv1.Base_BASE_PARTICIPANTS), every(communityv1.Base_BASE_VALID)
	absent := &communityv1.TurnoutRules{AbstentionsAbsent: true}
	took, all := tally.Weight{Area: 3}, tally.Weight{Heads: 9, Area: 9} // nobody of any head, so what is asked of heads is asked of nothing
	for name, c := range map[string]struct {
		rules *communityv1.PollRules
		want  bool
	}{
		"a share of nothing":            {&communityv1.PollRules{Requirements: yes}, true},
		"what is valid is not known":    {&communityv1.PollRules{Requirements: valid}, false},
		"nor who abstained":             {&communityv1.PollRules{Requirements: yes, Turnout: absent}, false},
		"of all it is known":            {&communityv1.PollRules{Requirements: every(communityv1.Base_BASE_ALL), Turnout: absent}, true},
		"of options none is the yes":    {&communityv1.PollRules{Requirements: yes, Method: communityv1.Method_METHOD_SINGLE}, false},
		"nothing is asked, so all goes": {&communityv1.PollRules{}, false},
	} {
		if c.rules.Method == communityv1.Method_METHOD_UNSPECIFIED {
			c.rules.Method = communityv1.Method_METHOD_YES_NO
		}
		if got := hopeless(c.rules, took, all); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The ways to fill in a ballot are those that the shape allows, as trying all says.
func TestChoicesAreThoseThatTheShapeAllows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 5).Draw(t, "options")
		shape, err := secretballot.Score(n, rapid.IntRange(1, 3).Draw(t, "points"))
		if rapid.Bool().Draw(t, "approval") {
			most := rapid.IntRange(1, n).Draw(t, "most")
			shape, err = secretballot.Approval(n, rapid.IntRange(0, most).Draw(t, "least"), most)
		}
		if err != nil {
			t.Fatal(err)
		}
		allowed := 0
		for choice := make([]int64, n); choice != nil; choice = following(choice, shape.Selections) {
			ok := !slices.ContainsFunc(shape.Sums, func(s secretballot.Sum) bool {
				return termsOf(s.Terms, choice) < s.Lo || termsOf(s.Terms, choice) > s.Hi
			})
			listed := slices.ContainsFunc(choicesOf(shape), func(c []int64) bool { return slices.Equal(c, choice) })
			if ok {
				allowed++
			}
			if len(choicesOf(shape)) <= leak.ChoicesMax && ok != listed {
				t.Fatalf("%v of %v: allowed %v, listed %v", choice, shape, ok, listed)
			}
		}
		if got := len(choicesOf(shape)); got != min(allowed, leak.ChoicesMax+1) {
			t.Fatalf("%d choices, %d listed", allowed, got)
		}
	})
}

// following is the next choice in a dictionary's order, nil after the last.
func following(choice, most []int64) []int64 {
	next := slices.Clone(choice)
	for i := range next {
		if next[i]++; next[i] <= most[i] {
			return next
		}
		next[i] = 0
	}
	return nil
}

// What is measured of each level: figures by measure and option, without those that follow from others.
func TestLevels(t *testing.T) {
	t.Parallel()
	half := func(m communityv1.Measure) *communityv1.Requirement {
		return &communityv1.Requirement{
			Measure: m, Of: communityv1.Of_OF_YES, Base: communityv1.Base_BASE_PARTICIPANTS, Numerator: 1, Denominator: 2, Strict: true,
		}
	}
	both := []*communityv1.Requirement{half(communityv1.Measure_MEASURE_AREA), half(communityv1.Measure_MEASURE_HEADS)}
	took := tally.Weight{Heads: 9, Area: 20}
	yesNo, err := secretballot.Approval(3, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	free, err := secretballot.Approval(20, 0, 20)
	if err != nil {
		t.Fatal(err)
	}
	yes := []int64{1, 0, 0}
	for name, c := range map[string]struct {
		rules *communityv1.PollRules
		shape secretballot.Shape
		want  []level
	}{
		"yes or no": {
			&communityv1.PollRules{Method: communityv1.Method_METHOD_YES_NO, Requirements: both, Secrecy: &communityv1.SecrecyRules{
				Secrecy: communityv1.Secrecy_SECRECY_TOTALS, IntervalWidth: 5,
			}}, yesNo, []level{
				{secrecy: communityv1.Secrecy_SECRECY_TOTALS, answers: 1, publication: leak.Publication{Choices: 3, Figures: []leak.Figure{
					{Measure: tally.Heads, Points: []int64{0, 0, 1}, Width: 1}, {Measure: tally.Heads, Points: []int64{0, 1, 0}, Width: 1},
					{Measure: tally.Area, Points: []int64{0, 0, 1}, Width: 1}, {Measure: tally.Area, Points: []int64{0, 1, 0}, Width: 1},
				}}},
				{secrecy: communityv1.Secrecy_SECRECY_INTERVAL, answers: 1, publication: leak.Publication{Choices: 3, Figures: []leak.Figure{
					{Measure: tally.Heads, Points: yes, Width: 5}, // 5 ends an interval, so the threshold tells no more
					{Measure: tally.Area, Points: yes, Width: 5}, {Measure: tally.Area, Points: yes, AtLeast: 11},
				}}},
				{secrecy: communityv1.Secrecy_SECRECY_PASS_FAIL, answers: 1, publication: leak.Publication{Choices: 3, Figures: []leak.Figure{
					{Measure: tally.Heads, Points: yes, AtLeast: 5}, {Measure: tally.Area, Points: yes, AtLeast: 11},
				}}},
			},
		},
		"options, each by itself": {
			&communityv1.PollRules{Method: communityv1.Method_METHOD_APPROVAL, Secrecy: &communityv1.SecrecyRules{
				Secrecy: communityv1.Secrecy_SECRECY_TOTALS, IntervalWidth: 5,
			}}, free, []level{
				{secrecy: communityv1.Secrecy_SECRECY_TOTALS, answers: 20, publication: leak.Publication{Choices: 2, Figures: []leak.Figure{
					{Measure: tally.Heads, Points: []int64{0, 1}, Width: 1},
				}}},
			},
		},
	} {
		got := levels(c.rules, c.shape, took, took)
		if !slices.EqualFunc(got, c.want, sameLevel) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func sameLevel(a, b level) bool {
	return a.secrecy == b.secrecy && a.answers == b.answers && a.publication.Choices == b.publication.Choices && a.refused == b.refused &&
		slices.EqualFunc(a.publication.Figures, b.publication.Figures, func(x, y leak.Figure) bool {
			return x.Measure == y.Measure && slices.Equal(x.Points, y.Points) && x.Width == y.Width && x.AtLeast == y.AtLeast
		})
}

// Of many answers each may pin a voter: what is safe of one is not of a hundred.
func TestManyAnswersAddUp(t *testing.T) {
	t.Parallel()
	one := level{answers: 1, publication: leak.Publication{Choices: 2, Figures: []leak.Figure{
		{Measure: tally.Heads, Points: []int64{0, 1}, Width: 1},
	}}}
	classes := []leak.Class{{Weight: tally.Weight{Heads: 1}, Voters: 10, Took: 10}}
	alone := one.measure(classes, leak.DefaultLimits())
	if alone.GetRefused() != "" || alone.GetChanceMicros() == 0 {
		t.Fatalf("one answer: %v", alone)
	}
	hundred := one
	hundred.answers = 100
	got := hundred.measure(classes, leak.DefaultLimits())
	if got.GetRefused() != leak.ErrPinned.Code || got.GetChanceMicros() != 100*alone.GetChanceMicros() {
		t.Errorf("a hundred: %v", got)
	}
	hundred.answers = 100_000_000
	if got := hundred.measure(classes, leak.DefaultLimits()); got.GetChanceMicros() != micros {
		t.Errorf("more than certain: %v", got)
	}
	wide := level{answers: 1, publication: leak.Publication{Choices: leak.ChoicesMax + 1}}
	if got := wide.measure(classes, leak.DefaultLimits()); got.GetRefused() != leak.ErrPublication.Code {
		t.Errorf("what cannot be measured: %v", got)
	}
}

// Every mark of a ballot is among the numbers that are remembered of it, whatever its shape.
func TestDrawnHoldsEveryMark(t *testing.T) {
	t.Parallel()
	key, err := keys.NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	shapes := map[string]func() (secretballot.Shape, error){
		"yes or no": func() (secretballot.Shape, error) { return secretballot.Approval(3, 1, 1) },
		"approval":  func() (secretballot.Shape, error) { return secretballot.Approval(12, 0, 11) }, // with ciphertexts that fill the sum
		"scores":    func() (secretballot.Shape, error) { return secretballot.Score(4, 7) },
	}
	for name, make := range shapes {
		shape, err := make()
		if err != nil {
			t.Fatal(err)
		}
		e, err := secretballot.NewElection([32]byte{1}, key.Public().Bytes(), shape)
		if err != nil {
			t.Fatal(err)
		}
		choice := slices.Repeat([]int64{0}, len(shape.Selections))
		choice[0] = 1
		raw, _, err := e.Encrypt(rand.Reader, secretballot.Voter{Sequence: 1}, choice)
		if err != nil {
			t.Fatal(err)
		}
		ballot, err := e.Decode(raw)
		if err != nil {
			t.Fatal(err)
		}
		for _, mark := range ballot.Marks() {
			one := SecretBallot{}
			one.sent(1, raw)
			found := false
			for at := 0; at < len(one.Drawn); at += len(mark) {
				found = found || bytes.Equal(one.Drawn[at:at+len(mark)], mark[:])
			}
			if !found {
				t.Errorf("%s: a mark is not remembered", name)
			}
		}
	}
	if got := drawn([]byte{1}); len(got) != 0 {
		t.Errorf("of nothing %v is remembered", got)
	}
}
