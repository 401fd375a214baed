package sampling

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/services/voting/internal/tally"
)

// chance is the exact chance, times most to the power of the draws, that an audit confirms when the papers add what actual says. It
// follows every sequence of draws.
func chance(t *rapid.T, a Assertion, risk Ratio, actual []int64) *big.Rat {
	most, weights, err := a.check(risk)
	if err != nil {
		t.Fatal(err)
	}
	var follow func(g game, draws int) *big.Rat
	follow = func(g game, draws int) *big.Rat {
		sum := new(big.Rat)
		if draws == a.drawsMax() {
			return sum
		}
		for place, weight := range weights {
			if weight == 0 {
				continue
			}
			next, here := g, new(big.Rat)
			verdict, err := next.play(a.Ballots[place], Found{Actual: actual[place]})
			switch {
			case err != nil:
				t.Fatal(err)
			case verdict == Confirmed:
				here.SetInt64(1)
			case verdict == GoOn:
				here = follow(next, draws+1)
			}
			sum.Add(sum, here.Mul(here, big.NewRat(weight, most)))
		}
		return sum
	}
	return follow(game{risk: risk, most: most, margin: a.Margin, won: big.NewInt(1), staked: big.NewInt(1)}, 0)
}

// Whatever the errors are, a wrong assertion is confirmed with a chance of at most the risk limit. Every sequence of draws is followed
// and the chances are added up exactly.
func TestRiskLimitHolds(t *testing.T) {
	t.Parallel()
	confirmed, closest := 0, new(big.Rat)
	rapid.Check(t, func(t *rapid.T) {
		a := Assertion{Label: "x"}
		var actual []int64
		over := int64(0)
		for range rapid.IntRange(1, 5).Draw(t, "ballots") {
			e := Entry{Least: rapid.Int64Range(-6, 0).Draw(t, "least")}
			e.Reported = e.Least + rapid.Int64Range(0, 9).Draw(t, "possible")
			at := e.Least + rapid.Int64Range(0, 12).Draw(t, "actual")
			a.Ballots, actual = append(a.Ballots, e), append(actual, at)
			over += e.Reported - at
		}
		if over <= 0 {
			return // the outcome is right by whatever margin
		}
		a.Margin = rapid.Int64Range(1, over).Draw(t, "margin") // the records overstate by this or more: it is wrong
		risk := Ratio{rapid.Int64Range(1, 9).Draw(t, "risk"), 10}
		got := chance(t, a, risk, actual)
		if got.Cmp(big.NewRat(risk.Numerator, risk.Denominator)) > 0 {
			t.Fatalf("wrong, and confirmed with a chance of %v", got)
		}
		if got.Sign() > 0 {
			confirmed++
			if ratio := got.Mul(got, big.NewRat(risk.Denominator, risk.Numerator)); ratio.Cmp(closest) > 0 {
				closest.Set(ratio)
			}
		}
	})
	// A rule that never confirms anything would keep every limit.
	if confirmed < 5 || closest.Cmp(big.NewRat(1, 2)) < 0 {
		t.Errorf("%d wrong results had a chance at all, the largest of %v of its limit", confirmed, closest)
	}
}

// audit compares papers, all right but for errors, until there is a verdict.
func audit(t *testing.T, a Assertion, seed Seed, risk Ratio, errs map[int]Found) (State, int) {
	t.Helper()
	found := map[int]Found{}
	for {
		s, err := a.Judge(seed, risk, found)
		if err != nil {
			t.Fatal(err)
		}
		if s.Verdict != GoOn {
			if len(s.Wanted) > 0 {
				t.Fatalf("%+v", s)
			}
			return s, len(found)
		}
		if len(s.Wanted) == 0 {
			t.Fatal("an audit goes on without wanting anything")
		}
		for _, place := range s.Wanted {
			if _, twice := found[place]; twice {
				t.Fatalf("place %d is wanted twice", place)
			}
			f, wrong := errs[place]
			if !wrong {
				f = Found{Actual: a.Ballots[place].Reported}
			}
			found[place] = f
		}
	}
}

// heads are many papers of one head each, of which some are for.
func heads(many, yes int) []Paper {
	var papers []Paper
	for i := range many {
		p := Paper{tally.Weight{Heads: 1, Area: 9000}, VoteAgainst}
		if i < yes {
			p.Recorded = VoteFor
		}
		papers = append(papers, p)
	}
	return papers
}

// figures adds up papers, and phones' ballots.
func figures(papers []Paper, phoneYes, phoneNo tally.Weight) tally.Figures {
	f := tally.Figures{Option: phoneYes, Valid: plus(phoneYes, phoneNo)}
	f.Participants = f.Valid
	for _, p := range papers {
		f.Participants = plus(f.Participants, p.Weight)
		if p.Recorded != VoteAbstain {
			f.Valid = plus(f.Valid, p.Weight)
		}
		if p.Recorded == VoteFor {
			f.Option = plus(f.Option, p.Weight)
		}
	}
	f.All = f.Participants
	return f
}

func plus(a, b tally.Weight) tally.Weight {
	return tally.Weight{Heads: a.Heads + b.Heads, Area: a.Area + b.Area}
}

var half = tally.Requirement{
	Measure: tally.Heads, Numerator: 1, Denominator: 2, Strict: true, Base: tally.BaseParticipants, Of: tally.PartOption,
}

func TestAudit(t *testing.T) {
	t.Parallel()
	risk, none := Ratio{5, 100}, tally.Weight{}
	special := tally.OwnersSpecial()[3]
	papers := func(p []Paper) []Paper { return p }
	missing := map[int]Found{}
	worst := map[int]Found{}
	for i := range 500 {
		missing[i], worst[i] = Found{Missing: true}, Found{Actual: -1}
	}
	cases := map[string]struct {
		r         tally.Requirement
		papers    []Paper
		yes, no   tally.Weight
		errs      map[int]Found
		want      Verdict
		drawsMost int
	}{
		"a landslide of 500":                   {half, heads(500, 450), none, none, nil, Confirmed, 8},
		"a clear result of 500":                {half, heads(500, 300), none, none, nil, Confirmed, 30},
		"a narrow result of 500":               {half, heads(500, 251), none, none, nil, FullCount, 0},
		"half is not more than half":           {half, heads(500, 250), none, none, nil, FullCount, 0},
		"a clear failure":                      {half, heads(500, 50), none, none, nil, Confirmed, 20},
		"three quarters, exactly":              {special, heads(400, 300), none, none, nil, FullCount, 0},
		"three quarters, clearly":              {special, heads(400, 380), none, none, nil, Confirmed, 20},
		"one ballot":                           {half, heads(1, 1), none, none, nil, FullCount, 0}, // to count it is as little work
		"no ballots on paper":                  {half, nil, tally.Weight{Heads: 3}, none, nil, Confirmed, 0},
		"papers that cannot matter":            {half, heads(10, 10), tally.Weight{Heads: 100}, none, nil, Confirmed, 0},
		"papers that can":                      {half, heads(10, 10), tally.Weight{Heads: 100}, tally.Weight{Heads: 99}, nil, Confirmed, 4},
		"all papers missing":                   {half, heads(500, 450), none, none, missing, FullCount, 1},
		"all papers say no":                    {half, heads(500, 500), none, none, worst, FullCount, 1},
		"a quorum of papers that exist":        {tally.OwnersOrdinary()[1], heads(500, 200), none, none, nil, Confirmed, 20},
		"a quorum of papers that do not exist": {tally.OwnersOrdinary()[1], heads(500, 200), none, none, missing, FullCount, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a, err := Claim(name, c.r, figures(papers(c.papers), c.yes, c.no), c.papers)
			if err != nil {
				t.Fatal(err)
			}
			s, compared := audit(t, a, Seed{1, 2, 3}, risk, c.errs)
			if s.Verdict != c.want || s.Draws > c.drawsMost || compared > max(len(c.papers), 0) {
				t.Errorf("%+v after %d comparisons", s, compared)
			}
		})
	}
}

// The first state names how many to begin with: by hand, the least n with (1-margin/most)^n at most 5 %.
func TestAuditBegins(t *testing.T) {
	t.Parallel()
	// 1,000 papers, 600 for: margin 2·600-1000 = 200, a paper for can be overstated by 2, one against by none: most 1,200. (5/6)^17 =
	// 4.5 %.
	a, err := Claim("x", half, figures(heads(1000, 600), tally.Weight{}, tally.Weight{}), heads(1000, 600))
	if err != nil || a.Margin != 200 {
		t.Fatalf("%d, %v", a.Margin, err)
	}
	s, compared := audit(t, a, Seed{}, Ratio{5, 100}, nil)
	if s.Verdict != Confirmed || s.Draws != 17 || compared > 17 {
		t.Errorf("%+v after %d", s, compared)
	}
	// A single vote for that was an abstention costs half of what the draws before it won, and so more draws.
	start, err := a.Judge(Seed{}, Ratio{5, 100}, nil)
	if err != nil || start.Verdict != GoOn || start.Draws != 0 {
		t.Fatalf("%+v, %v", start, err)
	}
	half := map[int]Found{start.Wanted[0]: {Actual: 0}}
	if s, _ = audit(t, a, Seed{}, Ratio{5, 100}, half); s.Verdict != Confirmed || s.Draws <= 17 {
		t.Errorf("with an error: %+v", s)
	}
}

// For each way to record a few weighted papers and each truth: if the requirement's answer was wrong, the margin is used up; if it was
// right, it is not. So the assertion is wrong just when the result is.
func TestClaimIsTheResult(t *testing.T) {
	t.Parallel()
	votes := []Vote{VoteFor, VoteAgainst, VoteAbstain}
	rapid.Check(t, func(t *rapid.T) {
		r := tally.Requirement{
			Measure: rapid.SampledFrom([]tally.Measure{tally.Heads, tally.Area}).Draw(t, "measure"), Strict: rapid.Bool().Draw(t, "strict"),
			Base: rapid.SampledFrom([]tally.Base{tally.BaseAll, tally.BaseParticipants, tally.BaseValid}).Draw(t, "base"),
			Of:   tally.PartOption, Denominator: rapid.Int64Range(2, 5).Draw(t, "denominator"),
		}
		r.Numerator = rapid.Int64Range(0, r.Denominator-1).Draw(t, "numerator")
		if r.Base == tally.BaseAll && rapid.Bool().Draw(t, "quorum") {
			r.Of = tally.PartParticipants
		}
		var recorded, actual []Paper
		for range rapid.IntRange(1, 6).Draw(t, "papers") {
			w := tally.Weight{Heads: 1, Area: rapid.Int64Range(1, 9).Draw(t, "area")}
			recorded = append(recorded, Paper{w, rapid.SampledFrom(votes).Draw(t, "recorded")})
			actual = append(actual, Paper{w, rapid.SampledFrom(votes).Draw(t, "actual")})
		}
		phone := tally.Weight{Heads: 1, Area: 5}
		said, truth := figures(recorded, phone, phone), figures(actual, phone, phone)
		a, err := Claim("x", r, said, recorded)
		if err != nil {
			t.Fatal(err)
		}
		holds, holdsTruly := holds(t, r, said), holds(t, r, truth)
		over := int64(0)
		for i, e := range a.Ballots {
			adds, err := Adds(r, holds, actual[i].Weight, actual[i].Recorded)
			if err != nil || adds < e.Least {
				t.Fatalf("adds %d, least %d, %v", adds, e.Least, err)
			}
			over += e.Reported - adds
		}
		// A base of zero holds nothing, whatever the sides say; an audit of one ends in a full count.
		if truth.Valid == (tally.Weight{}) || said.Valid == (tally.Weight{}) {
			return
		}
		if wrong := holds != holdsTruly; wrong != (over >= a.Margin) || a.Margin <= 0 {
			t.Fatalf("wrong %v, but overstated by %d of %d", wrong, over, a.Margin)
		}
	})
}

func holds(t *rapid.T, r tally.Requirement, f tally.Figures) bool {
	out, err := tally.Evaluate([]tally.Requirement{r}, f)
	if err != nil {
		t.Fatal(err)
	}
	return out.Inequalities[0].Holds
}

// Where the papers could just make the result wrong, or nothing is claimed, or the same paper comes up again.
func TestAuditAtItsEdges(t *testing.T) {
	t.Parallel()
	risk := Ratio{5, 100}
	all := Assertion{"x", 4, []Entry{{2, 0}, {2, 0}}} // wrong if each paper is as wrong as can be
	if s, compared := audit(t, all, Seed{}, risk, nil); s.Verdict != Confirmed || compared != 1 {
		t.Errorf("margin of all: %+v after %d", s, compared)
	}
	if s, _ := audit(t, all, Seed{}, risk, map[int]Found{0: {Actual: 0}, 1: {Actual: 0}}); s.Verdict != FullCount {
		t.Errorf("margin of all, all wrong: %+v", s)
	}
	better := map[int]Found{0: {Actual: 900}, 1: {Actual: 900}}
	for _, margin := range []int64{0, -1} {
		if s, err := (Assertion{"x", margin, []Entry{{2, 0}, {2, 0}}}).Judge(Seed{}, risk, better); err != nil || s.Verdict != FullCount {
			t.Errorf("margin %d: %+v, %v", margin, s, err)
		}
	}
	papers := heads(12, 10)
	a, err := Claim("x", half, figures(papers, tally.Weight{}, tally.Weight{}), papers)
	if err != nil {
		t.Fatal(err)
	}
	again := false
	for seed := range byte(20) {
		s, compared := audit(t, a, Seed{seed}, Ratio{5, 100}, nil)
		if again = again || compared < s.Draws; s.Verdict != Confirmed {
			t.Errorf("%+v", s)
		}
	}
	if !again {
		t.Error("no paper came up again in twenty audits")
	}
}

func TestTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		verdicts []Verdict
		want     Verdict
	}{
		{[]Verdict{Confirmed, Confirmed}, Confirmed}, {[]Verdict{Confirmed, GoOn}, GoOn}, {[]Verdict{GoOn, FullCount}, FullCount},
		{[]Verdict{FullCount, Confirmed}, FullCount}, {[]Verdict{Confirmed}, Confirmed}, {nil, FullCount},
	} {
		if got := Together(c.verdicts...); got != c.want {
			t.Errorf("%v: %s", c.verdicts, got)
		}
	}
}

func TestAuditMalformed(t *testing.T) {
	t.Parallel()
	a := Assertion{"x", 1, []Entry{{2, 0}}}
	risk := Ratio{5, 100}
	place := map[int]Found{0: {Actual: -1}}
	for i, c := range []struct {
		a     Assertion
		risk  Ratio
		found map[int]Found
		want  error
	}{
		{a, Ratio{0, 100}, nil, ErrRisk},
		{a, Ratio{1, 1}, nil, ErrRisk},
		{a, Ratio{}, nil, ErrRisk},
		{a, risk, place, ErrFound},
		{Assertion{"x", 1, []Entry{{0, 1}}}, risk, nil, ErrAssertion},
		{Assertion{"x", 1, []Entry{{math.MaxInt64, -1}}}, risk, nil, ErrAssertion},
		{Assertion{"x", 1, []Entry{{math.MaxInt64, 0}, {1, 0}}}, risk, nil, ErrAssertion},
		{Assertion{fmt.Sprintf("%0200d", 0), 1, nil}, risk, nil, ErrAssertion},
	} {
		if _, err := c.a.Judge(Seed{}, c.risk, c.found); !errors.Is(err, c.want) {
			t.Errorf("case %s: %v", strconv.Itoa(i), err)
		}
	}
	papers := []Paper{{tally.Weight{Heads: 1}, "maybe"}}
	if _, err := Claim("x", half, figures(papers, tally.Weight{}, tally.Weight{}), papers); !errors.Is(err, ErrAssertion) {
		t.Errorf("an unknown vote: %v", err)
	}
	if _, err := Adds(half, true, tally.Weight{}, "maybe"); !errors.Is(err, ErrFound) {
		t.Errorf("an unknown vote was found: %v", err)
	}
}
