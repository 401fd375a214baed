package group

import "math/bits"

// straussMax is the number of terms up to which the library's own method (Straus) is the faster one.
const straussMax = 190

// MSM answers the sum of scalars[i]·points[i], in variable time: for published values only. Short scalars cost less: a sum with 128-bit
// coefficients half as much, one with small weights a few additions a term.
//
// It is Pippenger's method. The scalars are cut into signed digits of some bits each; of every digit's place the points are added up by
// digit, so that a term costs one addition a place, and the sums by digit are then weighted by running totals.
func MSM(scalars []*Scalar, points []*Element) *Element {
	if len(scalars) != len(points) {
		panic("group.MSM: scalars and points do not pair")
	}
	raw := make([][ScalarBytes]byte, len(scalars))
	bitLen := 0
	for i, s := range scalars {
		raw[i] = [ScalarBytes]byte(s.Bytes())
		bitLen = max(bitLen, lengthOf(&raw[i]))
	}
	if len(points) <= straussMax && bitLen > 64 {
		return NewElement().VarTimeMultiScalarMult(scalars, points)
	}
	width := widthFor(len(points), bitLen)
	places := bitLen/width + 1 // one more than the digits, for the carry
	digits := make([]int32, len(points)*places)
	for i := range raw {
		cut(digits[i*places:][:places], &raw[i], width)
	}
	sum := NewElement()
	buckets := make([]Element, 1<<(width-1))
	used := make([]bool, len(buckets))
	for place := places - 1; place >= 0; place-- {
		for range width {
			sum.Add(sum, sum)
		}
		fill(buckets, used, digits[place:], places, points)
		sum.Add(sum, weigh(buckets, used))
	}
	return sum
}

// lengthOf is the number of bits of a scalar.
func lengthOf(s *[ScalarBytes]byte) int {
	for i := ScalarBytes - 1; i >= 0; i-- {
		if s[i] != 0 {
			return 8*i + bits.Len8(s[i])
		}
	}
	return 0
}

// widthFor is the number of bits of a digit for which the additions are fewest: terms and two for each bucket, at each place.
func widthFor(terms, bitLen int) int {
	best, least := 1, 0
	for width := 1; width <= 15; width++ {
		adds := (bitLen/width + 1) * (terms + 2<<(width-1))
		if least == 0 || adds < least {
			best, least = width, adds
		}
	}
	return best
}

// cut writes a scalar as signed digits of width bits, the lowest place first, each from -2^(width-1) to 2^(width-1).
func cut(digits []int32, s *[ScalarBytes]byte, width int) {
	carry := int32(0)
	for place := range digits {
		digit := carry
		for bit := range width {
			at := place*width + bit
			if at < 8*ScalarBytes {
				digit += int32(s[at/8]>>(at%8)&1) << bit
			}
		}
		carry = 0
		if digit > 1<<(width-1) {
			digit -= 1 << width
			carry = 1
		}
		digits[place] = digit
	}
}

// fill adds every point to the bucket of its digit: bucket d-1 for the digits d and -d. Digits of one place lie stride apart.
func fill(buckets []Element, used []bool, digits []int32, stride int, points []*Element) {
	clear(used)
	for i, point := range points {
		digit := digits[i*stride]
		at := digit - 1
		if digit < 0 {
			at = -digit - 1
		}
		switch {
		case digit == 0:
		case !used[at] && digit > 0:
			buckets[at].Set(point)
			used[at] = true
		case !used[at]:
			buckets[at].Negate(point)
			used[at] = true
		case digit > 0:
			buckets[at].Add(&buckets[at], point)
		default:
			buckets[at].Subtract(&buckets[at], point)
		}
	}
}

// weigh answers the sum of (d+1)·buckets[d]: each bucket is in as many running totals as its digit says.
func weigh(buckets []Element, used []bool) *Element {
	running, sum := NewElement(), NewElement()
	for at := len(buckets) - 1; at >= 0; at-- {
		if used[at] {
			running.Add(running, &buckets[at])
		}
		sum.Add(sum, running)
	}
	return sum
}
