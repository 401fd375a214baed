package tally

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// A part fulfils a requirement if and only if it is at least the least.
func TestLeast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := Requirement{
			Measure: rapid.SampledFrom([]Measure{Heads, Area}).Draw(t, "measure"), Of: PartOption, Strict: rapid.Bool().Draw(t, "strict"),
			Base:        rapid.SampledFrom([]Base{BaseAll, BaseParticipants, BaseValid}).Draw(t, "base"),
			Denominator: rapid.Int64Range(1, math.MaxInt64).Draw(t, "denominator"),
		}
		r.Numerator = rapid.Int64Range(0, r.Denominator).Draw(t, "numerator")
		if r.Check() != nil {
			t.Skip("nothing could fulfil it")
		}
		n := rapid.Int64Range(0, math.MaxInt64).Draw(t, "whole")
		whole := Weight{Heads: n, Area: n}
		f := Figures{All: whole, Participants: whole, Valid: whole}
		least, some := r.Least(f)
		if some == (n == 0) || least > n {
			t.Fatalf("of %d: %d, %v", n, least, some)
		}
		if !some {
			return
		}
		for _, part := range []int64{least - 1, least, 0, n} {
			if part < 0 {
				continue
			}
			f.Option = Weight{Heads: part, Area: part}
			if holds := r.judge(f).Holds; holds != (part >= least) {
				t.Fatalf("%d of %d: %v, and the least is %d", part, n, holds, least)
			}
		}
	})
}

// Whoever knows the totals alone comes to the same result.
func TestJudgeIsCount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := Poll{
			Method: rapid.SampledFrom([]Method{MethodYesNo, MethodSingle, MethodApproval, MethodScore}).Draw(t, "method"),
			Form:   Form{Kind: KindChooseOne, Options: 3}, All: Weight{Heads: 99, Area: 999},
			Requirements: []Requirement{{
				Measure: Heads, Numerator: 1, Denominator: 20, Base: BaseAll, Of: PartParticipants, Quorum: true,
			}},
		}
		switch p.Method {
		case MethodApproval:
			p.Form.Kind, p.Seats = KindApproval, 2
		case MethodScore:
			p.Form.Kind, p.Form.PointsMax = KindScoring, 5
		}
		var ballots []Ballot
		roll := Roll{}
		for i := range rapid.IntRange(0, 9).Draw(t, "voters") {
			b := Ballot{Voter: string(rune('a' + i)), Choices: []uint32{rapid.Uint32Range(0, 2).Draw(t, "choice")}}
			if p.Method == MethodScore {
				b.Points = []int64{rapid.Int64Range(0, 5).Draw(t, "points")}
			}
			roll[b.Voter] = Weight{Heads: rapid.Int64Range(0, 3).Draw(t, "heads"), Area: rapid.Int64Range(0, 9).Draw(t, "area")}
			ballots = append(ballots, b)
		}
		want, err := p.Count(ballots, roll)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Judge(want.Totals)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestJudgeRefuses(t *testing.T) {
	t.Parallel()
	three := make([]Weight, 3)
	score := Form{Kind: KindScoring, Options: 3, PointsMax: 5}
	for name, c := range map[string]struct {
		poll   Poll
		totals Totals
		want   error
	}{
		"a method that looks at ballots": {
			Poll{Method: MethodSchulze, Form: Form{Kind: KindOrdinal, Options: 3}}, Totals{Options: three}, ErrRuleUnfit,
		},
		"a rule that contradicts itself": {Poll{Method: MethodSingle, Form: score}, Totals{Options: three}, ErrRuleUnfit},
		"too few options":                {Poll{Method: MethodYesNo}, Totals{Options: three[:2]}, ErrFiguresImpossible},
		"no scores":                      {Poll{Method: MethodScore, Form: score}, Totals{Options: three}, ErrFiguresImpossible},
	} {
		if _, err := c.poll.Judge(c.totals); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
