package sampling

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"renlin.dev/services/voting/internal/tally"
)

// Given what is as large as may be, when a sample is drawn or an audit judged, then it is not refused; and what is larger is.
func TestLimits(t *testing.T) {
	t.Parallel()
	longest := strings.Repeat("x", labelBytesMax)
	population := make([]Entry, PopulationMax)
	more := append(population[:PopulationMax:PopulationMax], Entry{})
	for name, c := range map[string]struct{ err, want error }{
		"the longest label":       {second(Draw(Seed{}, longest, 5, 1)), nil},
		"the largest group":       {second(CallBack(Seed{}, "x", []Group{{"a", PopulationMax}}, 0)), nil},
		"a group too large":       {second(CallBack(Seed{}, "x", []Group{{"a", PopulationMax + 1}}, 0)), ErrSample},
		"a long label of weights": {second(newWeighted(Seed{}, longest+"x", []int64{1})), ErrSample},
		"every ballot there is":   {judged(Assertion{Label: longest, Margin: 1, Ballots: population}), nil},
		"a ballot more":           {judged(Assertion{Margin: 1, Ballots: more}), ErrAssertion},
		"an assertion's long one": {judged(Assertion{Label: longest + "x", Margin: 1}), ErrAssertion},
		"all that fits": {judged(Assertion{
			Margin: 1, Ballots: []Entry{{Reported: math.MaxInt64 - 1}, {Reported: 1}},
		}), nil},
		"one more than fits": {judged(Assertion{Margin: 1, Ballots: []Entry{{Reported: math.MaxInt64}, {Reported: 1}}}), ErrAssertion},
	} {
		if !errors.Is(c.err, c.want) {
			t.Errorf("%s: %v", name, c.err)
		}
	}
}

func judged(a Assertion) error { return second(a.Judge(Seed{}, Ratio{1, 20}, nil)) }

// Given a game in which one paper that is right wins just what the risk limit asks for, when that is compared, then it is confirmed.
func TestConfirmedAtTheLimit(t *testing.T) {
	t.Parallel()
	a := Assertion{Margin: 1, Ballots: []Entry{{Reported: 1}, {Reported: 1}}}
	found := map[int]Found{0: {Actual: 1}, 1: {Actual: 1}}
	if s, err := a.Judge(Seed{}, Ratio{1, 2}, found); err != nil || s.Verdict != Confirmed || s.Draws != 1 {
		t.Errorf("%+v, %v", s, err)
	}
	if s, err := a.Judge(Seed{}, Ratio{1, 3}, found); err != nil || s.Verdict == Confirmed && s.Draws == 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

// Given a finding that cannot be, on a paper that is drawn after one that nobody has compared, when it is said what is wanted, then nothing
// is asked for behind it: the audit ends there.
func TestNothingIsWantedBehindTheImpossible(t *testing.T) {
	t.Parallel()
	a := Assertion{Margin: 1}
	weights := []int64{}
	for range 12 {
		a.Ballots, weights = append(a.Ballots, Entry{Reported: 1}), append(weights, 1)
	}
	draws, err := newWeighted(Seed{}, a.Label, weights)
	if err != nil {
		t.Fatal(err)
	}
	first, other := draws.next(), draws.next()
	for other == first {
		other = draws.next()
	}
	s, err := a.Judge(Seed{}, Ratio{9, 10}, map[int]Found{other: {Actual: -1}})
	if err != nil || !slices.Equal(s.Wanted, []int{first}) {
		t.Errorf("%+v, %v", s, err)
	}
}

// Given figures that do not fit, or no requirement at all, when a claim is made, then it is refused.
func TestClaimsThatDoNotFit(t *testing.T) {
	t.Parallel()
	huge := tally.Requirement{
		Measure: tally.Heads, Of: tally.PartOption, Base: tally.BaseAll, Numerator: 1, Denominator: 1 << 62,
	}
	heavy := tally.Weight{Heads: 8}
	for name, err := range map[string]error{
		"a ballot":            second(Adds(huge, true, heavy, VoteFor)),
		"a ballot of a claim": second(Claim("x", huge, tally.Figures{All: heavy}, []Paper{{heavy, VoteFor}})),
		"the margin":          second(Claim("x", huge, tally.Figures{All: heavy, Participants: heavy, Valid: heavy, Option: heavy}, nil)),
	} {
		if !errors.Is(err, ErrAssertion) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Claim("x", tally.Requirement{}, tally.Figures{}, nil); err == nil {
		t.Error("nothing was asked for, and it is a claim")
	}
}
