package leak

import (
	"errors"
	"strconv"
	"testing"

	"renlin.dev/services/voting/internal/tally"
)

// owners are so many heads with homes of five sizes, as many of each.
func owners(many int64) (classes []Class) {
	for _, area := range []int64{62_50, 75_00, 89_30, 104_80, 128_00} {
		classes = append(classes, flats(many/5, area))
	}
	return classes
}

// turnout is how many in a hundred of each class take part.
func turnout(classes []Class, percent int64) []Class {
	for i := range classes {
		classes[i].Took = classes[i].Voters * percent / 100
	}
	return classes
}

// A share of heads and of area, up to three quarters: judged together it may be published in polls of any size, before the opening and
// after the close, whatever the result; more than half apart cannot be shown to be safe from about a hundred owners on.
func TestOwnersTogether(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		many  int64
		apart error
		exact bool
	}{{30, nil, true}, {100, ErrUnshown, false}, {300, ErrUnshown, false}, {5000, ErrUnshown, false}} {
		t.Run(strconv.FormatInt(c.many, 10), func(t *testing.T) {
			t.Parallel()
			for _, percent := range []int64{100, 70} {
				classes := turnout(owners(c.many), percent)
				r, err := Before(classes, passing(classes, 1, 2, false), DefaultLimits())
				if err != nil || !errors.Is(r.Refused, c.apart) {
					t.Errorf("apart, %d%%: refused %v, %v", percent, r.Refused, err)
				}
				for _, share := range []Ratio{{1, 2}, {2, 3}, {3, 4}} {
					together := passing(classes, share.Numerator, share.Denominator, true)
					r, err = Before(classes, together, DefaultLimits())
					if err != nil || r.Refused != nil || r.Exact != c.exact || r.AnonymityMin < c.many*percent/100-5 {
						t.Errorf("%v together, %d%%: %+v, %v", share, percent, r, err)
					}
					for _, result := range []int64{0, 1} {
						after, err := After(classes, together, []int64{result}, DefaultLimits())
						if err != nil || after.Refused != nil || after.PosteriorMicros > r.PosteriorMicros {
							t.Errorf("%v together, %d%%, published %d: %+v, %v", share, percent, result, after, err)
						}
					}
				}
			}
		})
	}
}

// One owner of a mall among homes of three hundred sizes, and some small homes of two heads each: a bound would go through the mall in
// steps of a small one. It is given up before that, and what was not shown to be safe is refused.
func TestOwnersOfAMall(t *testing.T) {
	t.Parallel()
	classes := []Class{flats(1, 5_000_000), {tally.Weight{Heads: 2, Area: 1200}, 5, 5}}
	for i := range int64(300) {
		classes = append(classes, flats(2, 5000+i*11_000/300))
	}
	for _, share := range []Ratio{{1, 2}, {3, 4}} {
		m, err := newMeter(classes, passing(classes, share.Numerator, share.Denominator, true), DefaultLimits())
		if err != nil {
			t.Fatal(err)
		}
		r := m.report(m.boundBefore(), false, true)
		if m.looked > lookedMax || !errors.Is(r.Refused, ErrUnshown) {
			t.Errorf("%v: looked at %d, %v", share, m.looked, r.Refused)
		}
	}
	m, err := newMeter(estate(), passing(estate(), 3, 4, true), DefaultLimits())
	if err != nil {
		t.Fatal(err)
	}
	if m.boundBefore(); m.looked == 0 || m.looked > lookedMax/10 {
		t.Errorf("an estate: looked at %d", m.looked)
	}
}

// BenchmarkOwners is what is asked before a poll opens.
func BenchmarkOwners(b *testing.B) {
	for _, many := range []int64{30, 100, 300, 1000, 5000} {
		classes := owners(many)
		for name, p := range map[string]Publication{
			"half apart": passing(classes, 1, 2, false), "half": passing(classes, 1, 2, true), "three quarters": passing(classes, 3, 4, true),
		} {
			b.Run(name+"/"+strconv.FormatInt(many, 10), func(b *testing.B) {
				for b.Loop() {
					r, err := Before(classes, p, DefaultLimits())
					if err != nil {
						b.Fatal(err)
					}
					b.ReportMetric(float64(r.PosteriorMicros), "micros")
				}
			})
		}
	}
}
