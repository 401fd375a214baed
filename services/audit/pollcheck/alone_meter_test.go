package pollcheck

import (
	"testing"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// yesFigure is the yes in heads: exactly, or whether it reaches so much.
func yesFigure(width, least int64) figure {
	return figure{measure: headsMeasure, points: []int64{1, 0, 0}, width: width, least: least}
}

// ones are so many voters of one head.
func ones(n int64) crowd { return crowd{{weight{heads: 1}, n}} }

// TestMeterLimits: what has too many choices, figures or sums is left, and what just fits is not.
func TestMeterLimits(t *testing.T) {
	t.Parallel()
	for _, v := range []struct {
		choices, figures int
		want             bool
	}{{choicesMax, figuresMax, true}, {choicesMax + 1, 1, false}, {1, figuresMax + 1, false}} {
		if got := (&publication{choices: v.choices, figures: make([]figure, v.figures)}).fits(); got != v.want {
			t.Errorf("%d choices, %d figures: %v", v.choices, v.figures, got)
		}
	}
	p := &publication{choices: 3, figures: []figure{yesFigure(1, 0)}}
	work := 0
	p.filled(ones(5), -1, &work)
	for over, want := range []bool{true, false} {
		spent := waysMax - work + over
		if got := p.filled(ones(5), -1, &spent); (got != nil) != want {
			t.Errorf("%d more than may be looked at: %v", over, got != nil)
		}
	}
	// Of n voters n*(n+1) sums are looked at, and of all but one n*(n-1).
	if p.reckon(ones(500), nil) == nil || p.reckon(ones(501), nil) != nil {
		t.Error("500 are not reckoned, or 501 are")
	}
}

// TestMeterCoarse: whether anything but whether sums are reached is told, and what is told together.
func TestMeterCoarse(t *testing.T) {
	t.Parallel()
	reached, two := yesFigure(0, 2), yesFigure(0, 3)
	for i, v := range []struct {
		p    publication
		want bool
	}{
		{publication{}, true}, {publication{figures: []figure{reached}}, true}, {publication{figures: []figure{reached, yesFigure(1, 0)}}, false},
		{publication{ways: 3}, false},
	} {
		if got := v.p.coarse(); got != v.want {
			t.Errorf("%d: %v", i, got)
		}
	}
	p := publication{figures: []figure{reached, two}}
	if got := p.seen(sums{2, 2}); got != (sums{1, 0}) {
		t.Errorf("apart %v", got)
	}
	p.together = true
	if p.seen(sums{2, 2}) != (sums{0}) || p.seen(sums{2, 3}) != (sums{1}) {
		t.Errorf("together %v, %v", p.seen(sums{2, 2}), p.seen(sums{2, 3}))
	}
	if p := (&publication{choices: 3, figures: []figure{yesFigure(1, 0)}}); p.reckon(ones(2), &sums{3}) != nil {
		t.Error("three of two have said yes")
	}
}

// TestMeterSpread: who weighs nothing, and what else one weighs, is no matter where heads alone are told.
func TestMeterSpread(t *testing.T) {
	t.Parallel()
	p := &publication{ways: 2}
	of := func(heads, area, took int64) kind { return kind{weight{heads: heads, area: area}, took} }
	for i, v := range []struct {
		who    crowd
		voters int64 // as many as so many of one head tell; negative if it is not reckoned
	}{
		{crowd{of(1, 50, 1), of(1, 70, 2)}, 3}, {crowd{of(0, 50, 4), of(1, 70, 2)}, 2}, {crowd{of(1, 50, 2), of(0, 70, 4)}, 2},
		{crowd{of(1, 50, 2), of(2, 50, 1)}, -1}, {crowd{of(0, 50, 2)}, 0}, {crowd{}, 0},
	} {
		want := p.reckon(ones(max(0, v.voters)), nil)
		if v.voters < 0 {
			want = nil
		}
		if got := p.reckon(v.who, nil); !got.equals(want) {
			t.Errorf("%d: %+v, want %+v", i, got, want)
		}
	}
	for _, only := range []*sums{nil, {}} {
		if got := p.reckon(crowd{}, only); got == nil || got.posterior.RatString() != "1/2" || got.chance.Sign() != 0 {
			t.Errorf("of nobody: %+v", got)
		}
	}
}

// TestMeterRefused: why figures must not be published, and at which they may.
func TestMeterRefused(t *testing.T) {
	t.Parallel()
	const small, pinned, unsure = "leak.class_small", "leak.voter_pinned", "leak.not_shown_safe"
	for i, v := range []struct {
		hidden, posterior, chance int64
		exact, byChance           bool
		answers                   int64
		want                      string
	}{
		{0, million, million, true, true, 2, ""}, {4, 0, 0, true, false, 1, small}, {5, 0, 0, true, false, 1, ""},
		{5, pinnedAbove, 0, true, false, 1, ""}, {5, pinnedAbove + 1, 0, true, false, 1, pinned},
		{5, pinnedAbove + 1, 0, false, false, 1, unsure}, {5, pinnedAbove + 1, 0, true, true, 1, ""},
		{5, 0, chanceMax + 1, true, true, 1, pinned}, {5, 0, chanceMax + 1, false, true, 1, unsure}, {5, 0, chanceMax, true, true, 1, ""},
		{5, 0, chanceMax + 1, true, false, 1, ""}, {5, 0, chanceMax + 1, false, false, 2, pinned}, {5, 0, chanceMax, false, false, 2, ""},
		{4, million, million, true, true, 2, small},
	} {
		p := &publication{answers: v.answers}
		got := p.refused(&votingv1.LeakReport{
			AnonymityMin: v.hidden, PosteriorMicros: v.posterior, ChanceMicros: v.chance, Exact: v.exact,
		}, anonymous, v.byChance)
		if got != v.want {
			t.Errorf("%d: %q, want %q", i, got, v.want)
		}
	}
}

// TestLeakPublications: what becomes known at each level.
func TestLeakPublications(t *testing.T) {
	t.Parallel()
	const yesNo, single, score = communityv1.Method_METHOD_YES_NO, communityv1.Method_METHOD_SINGLE, communityv1.Method_METHOD_SCORE
	const approval, shares = communityv1.Method_METHOD_APPROVAL, communityv1.Method_METHOD_BUDGET_EQUAL_SHARES
	for i, v := range []struct {
		m                      communityv1.Method
		options, least, most   int
		none                   bool
		ways, choices, figures int
	}{
		{yesNo, 0, 0, 0, false, 0, 3, 2}, {single, 3, 0, 0, false, 0, 4, 3}, {approval, 3, 1, 0, false, 0, 7, 3},
		{approval, 7, 0, 3, false, 0, choicesMax, 7}, {approval, 7, 1, 0, false, 0, choicesMax + 1, 0}, {approval, 9, 0, 0, false, 0, 2, 1},
		{score, 9, 0, 0, false, 0, 4, 1}, {committee, 2, 0, 0, false, 4, 0, 0}, {committee, 40, 0, 0, true, 0, 0, 0},
		{shares, 2, 0, 0, true, 0, 0, 0},
	} {
		r := secretRules(v.m)
		r.Ballot = &communityv1.BallotRules{OptionsMin: uint32(v.least), OptionsMax: uint32(v.most), PointsMax: 3}
		p := aloneAbout(optioned(v.options), r).ofTotals()
		if (p == nil) != v.none || p != nil && (p.ways != v.ways || p.choices != v.choices || len(p.figures) != v.figures) {
			t.Errorf("%d: %s of %d options: %+v", i, v.m, v.options, p)
		}
	}
}

// TestLeakLevels: which levels can be considered, of what so many weigh who take part.
func TestLeakLevels(t *testing.T) {
	t.Parallel()
	const yesNo, totals = communityv1.Method_METHOD_YES_NO, communityv1.Secrecy_SECRECY_TOTALS
	const inInterval, passing = communityv1.Secrecy_SECRECY_INTERVAL, communityv1.Secrecy_SECRECY_PASS_FAIL
	const participants, valid = communityv1.Base_BASE_PARTICIPANTS, communityv1.Base_BASE_VALID
	for i, v := range []struct {
		m     communityv1.Method
		level communityv1.Secrecy
		width int64
		base  communityv1.Base
		want  []communityv1.Secrecy
	}{
		{yesNo, totals, 0, participants, []communityv1.Secrecy{totals, passing}},
		{yesNo, totals, 2, participants, []communityv1.Secrecy{totals, inInterval, passing}},
		{yesNo, totals, 2, valid, []communityv1.Secrecy{totals}}, {yesNo, passing, 2, participants, []communityv1.Secrecy{passing}},
		{yesNo, inInterval, 0, participants, []communityv1.Secrecy{passing}}, {yesNo, passing, 0, valid, nil},
		{communityv1.Method_METHOD_SINGLE, totals, 2, participants, []communityv1.Secrecy{totals}},
	} {
		r := half(v.m)
		r.Requirements[0].Base = v.base
		r.Secrecy = &communityv1.SecrecyRules{Secrecy: v.level, IntervalWidth: v.width}
		list := aloneAbout(optioned(3), r).levelsFor(weight{heads: 9})
		for k, p := range list {
			if k >= len(v.want) || p.level != v.want[k] {
				t.Errorf("%d: %s is the level %d", i, p.level, k)
			}
		}
		if len(list) != len(v.want) {
			t.Errorf("%d: %d levels", i, len(list))
		}
	}
	r := half(yesNo)
	r.Secrecy = &communityv1.SecrecyRules{Secrecy: inInterval, IntervalWidth: 2}
	for part, want := range map[int64]bool{2 * intervalsMax: true, 2*intervalsMax + 2: false} {
		if got := alone(r).ofYes(inInterval, weight{heads: part}); (got != nil) != want {
			t.Errorf("intervals of %d: %v", part, got)
		}
	}
}
