package leak

import (
	"errors"
	"testing"

	"renlin.dev/services/voting/internal/tally"
)

// flats is a class of which everybody takes part.
func flats(many, area int64) Class {
	return Class{tally.Weight{Heads: 1, Area: area}, many, many}
}

// distinct are flats of which no two are equal, each so much larger than the one before.
func distinct(many int, least, more int64) []Class {
	var classes []Class
	for i := range int64(many) {
		classes = append(classes, flats(1, least+i*more))
	}
	return classes
}

// doubling are flats of which each is twice as large as the one before.
func doubling(many int) []Class {
	var classes []Class
	for i := range many {
		classes = append(classes, flats(1, 1<<i))
	}
	return classes
}

// totals publishes sums in both measures for yes and no, of yes, no and abstain; the rest follows from who took part.
func totals(width int64) Publication {
	yes, no := []int64{1, 0, 0}, []int64{0, 1, 0}
	return Publication{Choices: 3, Figures: []Figure{
		{tally.Area, yes, width, 0}, {tally.Heads, yes, width, 0}, {tally.Area, no, width, 0}, {tally.Heads, no, width, 0},
	}}
}

// passing publishes whether yes reaches a share of those who took part, in both measures.
func passing(classes []Class, numerator, denominator int64, together bool) Publication {
	var area, heads int64
	for _, c := range classes {
		area, heads = area+c.Took*c.Weight.Area, heads+c.Took*c.Weight.Heads
	}
	yes := []int64{denominator, 0, 0}
	return Publication{Choices: 3, Together: together, Figures: []Figure{
		{tally.Area, yes, 0, numerator * area}, {tally.Heads, yes, 0, numerator * heads},
	}}
}

// estate is 2,000 areas between 50 and 150 m², each of five flats.
func estate() []Class {
	var classes []Class
	for i := range int64(2000) {
		classes = append(classes, flats(5, 5000+5*i))
	}
	return classes
}

func TestBeforeOpening(t *testing.T) {
	t.Parallel()
	shop := append([]Class{flats(1, 500037)}, flats(40, 8950))
	equal, many := []Class{flats(40, 8950)}, []Class{flats(10000, 9000)}
	absent := []Class{{tally.Weight{Heads: 1, Area: 8950}, 40, 0}}
	small := []Class{{tally.Weight{Heads: 1, Area: 8950}, 40, 4}}
	three := []Class{flats(3000, 7000), flats(4000, 9000), flats(3000, 12000)}
	cases := map[string]struct {
		classes []Class
		p       Publication
		want    error
		exact   bool
		set     int64
	}{
		"a unique shop among equal flats, totals":      {shop, totals(1), ErrFew, true, 1},
		"a unique shop, interval narrower than it":     {shop, totals(100000), ErrPinned, true, 41},
		"a unique shop, pass or fail":                  {shop, passing(shop, 1, 2, false), ErrPinned, true, 41},
		"everybody equal, totals":                      {equal, totals(1), nil, true, 40},
		"everybody equal, interval":                    {equal, totals(100), nil, true, 40},
		"everybody equal, pass or fail":                {equal, passing(equal, 3, 4, false), nil, true, 40},
		"24 distinct areas, totals":                    {distinct(24, 5000, 37), totals(1), ErrFew, false, 1},
		"24 distinct areas, pass or fail":              {distinct(24, 5000, 37), passing(distinct(24, 5000, 37), 1, 2, true), nil, true, 24},
		"a class of one":                               {append(equal[:1:1], flats(1, 8951)), totals(1), ErrFew, true, 1},
		"a class of four":                              {append(equal[:1:1], flats(4, 8951)), totals(1), ErrFew, true, 4},
		"a class of one that nobody can tell by heads": {append(equal[:1:1], flats(1, 8951)), headsOnly(), nil, true, 41},
		"nobody takes part":                            {absent, totals(1), nil, true, 0},
		"nobody on the roll":                           {nil, totals(1), nil, true, 0},
		"four take part, pass or fail":                 {small, passing(small, 1, 2, false), ErrFew, true, 4},
		"ten equal, passes if all agree": {
			[]Class{flats(10, 9000)}, passing([]Class{flats(10, 9000)}, 1, 1, false), ErrPinned, true, 10,
		},
		"ten thousand equal, out of reach":      {many, passing(many, 11, 10, false), nil, false, 10000},
		"ten thousand equal, sure":              {many, passing(many, 0, 1, true), nil, false, 10000},
		"ten thousand equal, totals":            {many, totals(1), nil, false, 10000},
		"ten thousand equal, pass or fail":      {many, passing(many, 3, 4, false), nil, false, 10000},
		"three sizes, totals":                   {three, totals(1), nil, false, 3000},
		"three sizes, more than half":           {three, passing(three, 1, 2, true), nil, false, 10000},
		"three sizes, which requirement failed": {three, passing(three, 1, 2, false), ErrUnshown, false, 10000},
		"2,000 areas, totals":                   {estate(), totals(1), ErrUnshown, false, 5},
		"2,000 areas, more than half":           {estate(), passing(estate(), 1, 2, true), nil, false, 10000},
		"2,000 areas, three quarters":           {estate(), passing(estate(), 3, 4, true), nil, false, 10000},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := Before(c.classes, c.p, DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			if !errors.Is(r.Refused, c.want) || r.Exact != c.exact || r.AnonymityMin != c.set || len(r.Classes) != len(c.classes) {
				t.Errorf("refused %v, exact %v, set %d, posterior %d, chance %d", r.Refused, r.Exact, r.AnonymityMin, r.PosteriorMicros, r.ChanceMicros)
			}
		})
	}
}

// headsOnly publishes how many voted yes, of yes and no.
func headsOnly() Publication {
	return Publication{Choices: 2, Figures: []Figure{{tally.Heads, []int64{1, 0}, 1, 0}}}
}

// forOrNot asks the same, an abstention being no choice of its own.
func forOrNot(p Publication) Publication {
	out := Publication{Choices: 2, Together: p.Together}
	for _, f := range p.Figures {
		f.Points = f.Points[:2]
		out.Figures = append(out.Figures, f)
	}
	return out
}

func TestAfterClosing(t *testing.T) {
	t.Parallel()
	ten, many := []Class{flats(10, 9000)}, []Class{flats(10000, 9000)}
	shop := []Class{flats(1, 500037), flats(40, 8950)}
	three := []Class{flats(3000, 7000), flats(4000, 9000), flats(3000, 12000)}
	twelve := []int64{0b010110010111, 7, 0b101001101000, 5}
	cases := map[string]struct {
		classes   []Class
		p         Publication
		result    []int64
		want      error
		exact     bool
		posterior int64 // zero where it is too long to work out by hand
	}{
		"all said yes":                             {ten, headsOnly(), []int64{10}, ErrPinned, true, 1_000_000},
		"nobody said yes":                          {ten, headsOnly(), []int64{0}, ErrPinned, true, 1_000_000},
		"nine of ten said yes":                     {ten, headsOnly(), []int64{9}, nil, true, 900_000},
		"half said yes":                            {ten, headsOnly(), []int64{5}, nil, true, 500_000},
		"a third said each":                        {ten, totals(1), []int64{27000, 3, 36000, 4}, nil, true, 400_000},
		"all of twenty thousand said yes":          {[]Class{flats(20000, 9000)}, headsOnly(), []int64{20000}, ErrUnshown, false, 1_000_000},
		"nine tenths of twenty thousand said yes":  {[]Class{flats(20000, 9000)}, headsOnly(), []int64{18000}, nil, false, 900_000},
		"areas whose every sum is another":         {doubling(12), forOrNot(totals(1)), twelve, ErrFew, true, 1_000_000},
		"a landslide passes":                       {ten, passing(ten, 9, 10, false), []int64{1, 1}, nil, true, 904_762},
		"it passes if all agree":                   {ten, passing(ten, 1, 1, false), []int64{1, 1}, ErrPinned, true, 1_000_000},
		"a landslide of ten thousand passes":       {many, passing(many, 3, 4, false), []int64{1, 1}, nil, false, 777_778},
		"half of ten thousand pass":                {many, passing(many, 1, 2, false), []int64{1, 1}, nil, false, 600_000},
		"ten thousand fail":                        {many, passing(many, 1, 2, true), []int64{0}, nil, false, 375_013},
		"the shop decides, of three choices":       {shop, passing(shop, 1, 2, false), []int64{0, 1}, nil, true, 540_783},
		"the shop decides, for or not":             {shop, forOrNot(passing(shop, 1, 2, false)), []int64{0, 1}, ErrPinned, true, 1_000_000},
		"three sizes pass by more than half":       {three, passing(three, 1, 2, false), []int64{1, 1}, nil, false, 0},
		"three sizes: heads are reached, area not": {three, passing(three, 1, 2, false), []int64{0, 1}, ErrUnshown, false, 1_000_000},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := After(c.classes, c.p, c.result, DefaultLimits())
			if err != nil {
				t.Fatal(err)
			}
			if !errors.Is(r.Refused, c.want) || r.Exact != c.exact || c.posterior > 0 && r.PosteriorMicros != c.posterior {
				t.Errorf("refused %v, exact %v, posterior %d", r.Refused, r.Exact, r.PosteriorMicros)
			}
		})
	}
}

func TestShift(t *testing.T) {
	t.Parallel()
	r, err := After([]Class{flats(10, 9000)}, headsOnly(), []int64{10}, DefaultLimits())
	if err != nil || r.Classes[0].ShiftCentibits != 100 || r.Classes[0].ChanceMicros != 1_000_000 {
		t.Errorf("%+v, %v", r, err) // from a half to certainty is one bit
	}
	for _, c := range []struct {
		micros  int64
		choices int
		want    int64
	}{{500_000, 2, 0}, {1_000_000, 3, 159}, {1_000_000, 64, 600}, {750_000, 2, 59}, {500_001, 2, 1}} {
		if got := centibits(c.micros, c.choices); got != c.want {
			t.Errorf("%d of %d choices: %d", c.micros, c.choices, got)
		}
	}
}

// The ladder of what tells less and less is climbed down to the first rung that holds.
func TestChoose(t *testing.T) {
	t.Parallel()
	classes := append(distinct(5, 20000, 1), flats(40, 8950))
	ladder := []Publication{totals(1), totals(100000), passing(classes, 1, 2, false), passing(classes, 1, 2, true)}
	reports, place, err := Choose(classes, ladder, DefaultLimits())
	if err != nil || place != len(reports)-1 || !errors.Is(reports[0].Refused, ErrFew) || reports[place].Refused != nil {
		t.Errorf("%d of %d, %v", place, len(reports), err)
	}
	one := []Class{flats(1, 9000)}
	if reports, place, err = Choose(one, ladder[:2], DefaultLimits()); err != nil || place != -1 || len(reports) != 2 {
		t.Errorf("%d of %d, %v", place, len(reports), err)
	}
}

func TestMalformed(t *testing.T) {
	t.Parallel()
	good, p, l := []Class{flats(5, 10)}, headsOnly(), DefaultLimits()
	wide := p
	wide.Figures = []Figure{{tally.Area, []int64{1 << 40, 0}, 1, 0}}
	for name, c := range map[string]struct {
		classes []Class
		p       Publication
		limits  Limits
		want    error
	}{
		"a class twice":         {[]Class{good[0], good[0]}, p, l, ErrRoll},
		"more than the roll":    {[]Class{{good[0].Weight, 5, 6}}, p, l, ErrRoll},
		"a weight below zero":   {[]Class{{tally.Weight{Heads: -1}, 5, 5}}, p, l, ErrRoll},
		"too many voters":       {[]Class{flats(VotersMax, 1), flats(1, 2)}, p, l, ErrRoll},
		"too many classes":      {distinct(ClassesMax+1, 1, 1), p, l, ErrRoll},
		"sums that do not fit":  {[]Class{flats(5, 1<<30)}, wide, l, ErrRoll},
		"one choice":            {good, Publication{Choices: 1}, l, ErrPublication},
		"points short":          {good, Publication{Choices: 2, Figures: []Figure{{tally.Area, []int64{1}, 1, 0}}}, l, ErrPublication},
		"points below zero":     {good, Publication{Choices: 2, Figures: []Figure{{tally.Area, []int64{1, -1}, 1, 0}}}, l, ErrPublication},
		"an unknown measure":    {good, Publication{Choices: 2, Figures: []Figure{{"feet", []int64{1, 0}, 1, 0}}}, l, ErrPublication},
		"totals and together":   {good, Publication{Choices: 2, Figures: p.Figures, Together: true}, l, ErrPublication},
		"nothing together":      {good, Publication{Choices: 2, Together: true}, l, ErrPublication},
		"interval and bound":    {good, Publication{Choices: 2, Figures: []Figure{{tally.Area, []int64{1, 0}, 5, 5}}}, l, ErrPublication},
		"no limits":             {good, p, Limits{}, ErrPublication},
		"a posterior of a half": {good, p, Limits{5, Ratio{1, 2}, Ratio{0, 1}}, ErrPublication},
	} {
		if _, err := Before(c.classes, c.p, c.limits); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The largest question is answered in about a second: ten thousand voters with two thousand areas, each level once.
func BenchmarkEstate(b *testing.B) {
	classes := estate()
	for name, p := range map[string]Publication{
		"totals": totals(1), "interval": totals(100000), "pass": passing(classes, 3, 4, false), "verdict": passing(classes, 3, 4, true),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Before(classes, p, DefaultLimits()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
