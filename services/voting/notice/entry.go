package notice

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Limits of an entry. An area has at most areaDigitsMax digits at the entry's finest place, so that the sum of partsMax of them fits 63
// bits.
const (
	entriesMax    = 10_000
	partsMax      = 1_000
	textBytesMax  = 4_096
	headsMax      = 1_000_000_000
	areaDigitsMax = 15
)

// The kinds of categories.
const (
	kindFor = iota
	kindAgainst
	kindAbstain
	kindOption
	kindInvalid
	kindSilent
)

// decimal is a number that is not negative, exactly as published: digits * 10^-places.
type decimal struct {
	text   string
	digits int64
	places int
	line   int
}

// entry is one published result.
type entry struct {
	name        string
	path        string // of the entry in the file
	matter      string
	item        int // as the entry says by number, 0 for not
	all, part   measure
	places      int // the finest place of an area
	categories  []category
	silent      *category // notified, did not vote, counted with the majority
	finals      []final
	winner      int // index of the winning category, -1 where there are no options
	winnerField string
	result      string
}

// measure is heads and area, and their shares if they are published beside them.
type measure struct {
	field string
	// heads is -1 where none are published, area nil.
	heads             int64
	area              *decimal
	headsPct, areaPct *decimal
	names             measureNames
}

// measureNames are the names of a measure's fields.
type measureNames struct{ heads, area, headsPct, areaPct string }

// category is what some of those who took part answered.
type category struct {
	measure
	kind     int
	label    string
	channels []int64 // nil for none published
}

// final is what the notice gives as a category's figures in the end.
type final struct {
	measure
	category int
}

// parseDecimal reads digits with or without a point; a sign, an exponent and any space are none.
func parseDecimal(text string) (d decimal, why *reason) {
	if strings.HasPrefix(text, "-") {
		return decimal{}, &whyNegative
	}
	whole, fraction, point := strings.Cut(text, ".")
	if !isDigits(whole) || point && !isDigits(fraction) || len(text) > textBytesMax {
		return decimal{}, &whyDecimal
	}
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return decimal{}, &whyDecimal
	}
	return decimal{text: text, digits: n, places: len(fraction)}, nil
}

// isDigits tells whether s is one or more decimal digits.
func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// trimmed leaves zeros at the end out, which say how finely was measured and not how much.
func (d decimal) trimmed() decimal {
	for d.places > 0 && d.digits%10 == 0 {
		d.digits, d.places = d.digits/10, d.places-1
	}
	return d
}

// units answers the decimal in units of 10^-places; ok is false if they are finer than that or too many.
func (d decimal) units(places int) (n int64, ok bool) {
	d = d.trimmed()
	if d.places > places {
		return 0, false
	}
	for ; d.places < places; d.places++ {
		if d.digits > math.MaxInt64/10 {
			return 0, false
		}
		d.digits *= 10
	}
	return d.digits, true
}

// areas calls f with every published area.
func (e *entry) areas(f func(m *measure)) {
	each := func(m *measure) {
		if m.area != nil {
			f(m)
		}
	}
	each(&e.all)
	each(&e.part)
	for i := range e.categories {
		each(&e.categories[i].measure)
	}
	if e.silent != nil {
		each(&e.silent.measure)
	}
	for i := range e.finals {
		each(&e.finals[i].measure)
	}
}

// units answers the area in the entry's units; the reader has seen that it fits.
func (e *entry) units(d *decimal) int64 {
	n, _ := d.units(e.places)
	return n
}

// majority answers the category that most heads chose, -1 where two are equal. Invalid votes choose nothing.
func (e *entry) majority() int {
	best, tied := -1, false
	for i, c := range e.categories {
		switch {
		case c.kind == kindInvalid:
		case best < 0 || c.heads > e.categories[best].heads:
			best, tied = i, false
		case c.heads == e.categories[best].heads:
			tied = true
		}
	}
	if tied {
		return -1
	}
	return best
}

// place answers where a category of a kind is, -1 for none.
func (e *entry) place(kind int) int {
	return slices.IndexFunc(e.categories, func(c category) bool { return c.kind == kind })
}
