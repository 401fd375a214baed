package leak

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"renlin.dev/services/voting/internal/tally"
)

// figures are a histogram as figures, which the meter counts one by one.
func (h Histogram) figures() Publication {
	p := Publication{Choices: h.Ways}
	for way := range h.Ways {
		f := Figure{Measure: h.Measure, Width: 1, Points: make([]int64, h.Ways)}
		f.Points[way] = 1
		p.Figures = append(p.Figures, f)
	}
	return p
}

// given a small roll, when a histogram is measured, then it is what the meter counts of as many figures where all weigh the same, and not
// less otherwise; before the opening, and after the close with the ballots of any voters.
func TestHistogramIsItsFigures(t *testing.T) {
	t.Parallel()
	refused := cmpopts.IgnoreFields(Report{}, "Refused")
	rapid.Check(t, func(t *rapid.T) {
		classes := drawRoll(t, 6)
		measure := rapid.SampledFrom([]tally.Measure{tally.Heads, tally.Area}).Draw(t, "measure")
		h := Histogram{Measure: measure, Ways: rapid.IntRange(2, 4).Draw(t, "ways")}
		limits := DefaultLimits()
		limits.AnonymityMin = 1
		limits.PosteriorMax = Ratio{rapid.Int64Range(11, 19).Draw(t, "of twenty"), 20}
		result := make([]int64, h.Ways)
		for _, c := range classes {
			for range c.Took {
				result[rapid.IntRange(0, h.Ways-1).Draw(t, "way")] += c.Weight.Of(h.Measure)
			}
		}
		before, err := BeforeHistogram(classes, h, limits)
		want, err2 := Before(classes, h.figures(), limits)
		compare(t, "before", before, want, err, err2, refused)
		after, err := AfterHistogram(classes, h, result, limits)
		want, err2 = After(classes, h.figures(), result, limits)
		compare(t, "after", after, want, err, err2, refused)
	})
}

// compare holds a report against the exact one.
func compare(t *rapid.T, when string, got, want Report, err, err2 error, options ...cmp.Option) {
	switch {
	case err != nil || err2 != nil:
		t.Fatalf("%s: %v, %v", when, err, err2)
	case !want.Exact:
		t.Fatalf("%s: the roll is too large to compare", when)
	case got.Exact:
		if diff := cmp.Diff(want, got, options...); diff != "" || !errors.Is(got.Refused, want.Refused) {
			t.Fatalf("%s: %s\n%v, want %v", when, diff, got.Refused, want.Refused)
		}
		return
	}
	for i, c := range got.Classes {
		w := want.Classes[i]
		if c.PosteriorMicros < w.PosteriorMicros || c.ChanceMicros < w.ChanceMicros || c.AnonymityMin != w.AnonymityMin {
			t.Fatalf("%s: %+v is less than %+v", when, c, w)
		}
	}
	if got.ChanceMicros < want.ChanceMicros || got.PosteriorMicros < want.PosteriorMicros || got.Refused == nil && want.Refused != nil {
		t.Fatalf("%s: %+v is less than %+v", when, got, want)
	}
}

func TestHistogramRefused(t *testing.T) {
	t.Parallel()
	heads := func(ways int) Histogram { return Histogram{tally.Heads, ways} }
	roll := []Class{{Weight: tally.Weight{Heads: 1}, Voters: 10, Took: 10}}
	joint := append([]Class{{Weight: tally.Weight{Heads: 2}, Voters: 10, Took: 10}}, roll...)
	few := []Class{{Weight: tally.Weight{Heads: 1}, Voters: 4, Took: 4}}
	for name, c := range map[string]struct {
		classes []Class
		h       Histogram
		result  []int64
		err     error // of the question
		refused error // of what is to be published
	}{
		"all rankings of five":                {roll, heads(121), append(make([]int64, 119), 6, 4), nil, nil},
		"too many ways":                       {roll, heads(122), make([]int64, 122), ErrPublication, nil},
		"one way":                             {roll, heads(1), []int64{10}, ErrPublication, nil},
		"of one mind":                         {roll, heads(3), []int64{10, 0, 0}, nil, ErrPinned},
		"one too many":                        {roll, heads(3), []int64{10, 1, 0}, ErrResult, nil},
		"one too few":                         {roll, heads(3), []int64{5, 4, 0}, ErrResult, nil},
		"below nothing":                       {roll, heads(3), []int64{11, -1, 0}, ErrResult, nil},
		"a way too few":                       {roll, heads(3), []int64{5, 5}, ErrResult, nil},
		"half a voter":                        {joint[:1], heads(2), []int64{9, 11}, ErrResult, nil},
		"unequal":                             {joint, heads(4), []int64{7, 8, 8, 7}, nil, nil},
		"unequal, the heavy ones of one mind": {joint, heads(3), []int64{4, 25, 1}, nil, ErrUnshown},
		"a few":                               {few, heads(3), []int64{1, 1, 2}, nil, ErrFew},
		"nobody":                              {nil, heads(3), []int64{0, 0, 0}, nil, nil},
	} {
		report, err := AfterHistogram(c.classes, c.h, c.result, DefaultLimits())
		if !errors.Is(err, c.err) || !errors.Is(report.Refused, c.refused) {
			t.Errorf("%s: %v, %v", name, err, report.Refused)
		}
		if _, err := BeforeHistogram(c.classes, c.h, DefaultLimits()); errors.Is(c.err, ErrPublication) && err == nil {
			t.Errorf("%s: measured before", name)
		}
	}
}

// BenchmarkHistogram measures the worst that is admitted: all rankings of five options, by 100,000 voters, alike or in 440 weights.
func BenchmarkHistogram(b *testing.B) {
	alike := []Class{{Weight: tally.Weight{Heads: 1}, Voters: VotersMax, Took: VotersMax}}
	var unequal []Class
	for n := range int64(440) {
		unequal = append(unequal, Class{Weight: tally.Weight{Heads: n + 1}, Voters: n + 1, Took: n + 1})
	}
	for name, classes := range map[string][]Class{"alike": alike, "unequal": unequal} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := BeforeHistogram(classes, Histogram{tally.Heads, WaysMax}, DefaultLimits()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
