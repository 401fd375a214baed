package count

import (
	"math"
	"strconv"
	"strings"
)

// placesMax bounds the decimals of an amount.
const placesMax = 6

// amount is a decimal number that is not negative, without trailing zeros after the point: digits * 10^-places.
type amount struct {
	digits int64
	places int
}

// parseAmount reads a decimal such as 350000, 4000.0 or 0.25. why is nil if it is good.
func parseAmount(s string) (a amount, why *reason) {
	if strings.HasPrefix(s, "-") {
		return amount{}, &whyNegative
	}
	whole, fraction, point := strings.Cut(s, ".")
	fraction = strings.TrimRight(fraction, "0")
	if !isDigits(whole) || (fraction != "" && !isDigits(fraction)) || len(fraction) > placesMax || (point && strings.HasSuffix(s, ".")) {
		return amount{}, &whyAmount
	}
	n, err := strconv.ParseInt(whole+fraction, 10, 64)
	if err != nil {
		return amount{}, &whyAmount
	}
	return amount{n, len(fraction)}, nil
}

// scale answers the amount in units of 10^-places, places being at least its own; ok is false if that does not fit.
func (a amount) scale(places int) (units int64, ok bool) {
	units = a.digits
	for range places - a.places {
		if units > math.MaxInt64/10 {
			return 0, false
		}
		units *= 10
	}
	return units, true
}

// FormatAmount writes units of 10^-places as an exact decimal.
func FormatAmount(units int64, places int) string {
	if units < 0 || places <= 0 {
		return strconv.FormatInt(units, 10)
	}
	s := strconv.FormatInt(units, 10)
	if len(s) <= places {
		s = strings.Repeat("0", places-len(s)+1) + s
	}
	return s[:len(s)-places] + "." + s[len(s)-places:]
}

// isDigits tells whether s is one or more decimal digits.
func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// parseCount reads a whole number from 0 to most, without sign or space.
func parseCount(s string, most int64) (n int64, why *reason) {
	if strings.HasPrefix(s, "-") && isDigits(s[1:]) {
		return 0, &whyNegative
	}
	if !isDigits(s) {
		return 0, &whyNumber
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n > most {
		return 0, &whyNumber
	}
	return n, nil
}

// compareIDs orders ids ascending: numbers by value and before everything else, equal numbers and the rest by bytes.
func compareIDs(a, b string) int {
	numberA, numberB := isDigits(a), isDigits(b)
	switch {
	case numberA && !numberB:
		return -1
	case numberB && !numberA:
		return 1
	case numberA:
		x, y := strings.TrimLeft(a, "0"), strings.TrimLeft(b, "0")
		if len(x) != len(y) {
			return len(x) - len(y)
		}
		if c := strings.Compare(x, y); c != 0 {
			return c
		}
	}
	return strings.Compare(a, b)
}
