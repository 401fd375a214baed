package group_test

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/secretballot/internal/group"
)

// naive is what MSM must answer.
func naive(scalars []*group.Scalar, points []*group.Element) *group.Element {
	sum := group.NewElement()
	for i := range points {
		sum.Add(sum, mul(scalars[i], points[i]))
	}
	return sum
}

// TestMSM: sums of every length and width agree with what multiplying and adding gives.
func TestMSM(t *testing.T) {
	t.Parallel()
	points := make([]*group.Element, 700)
	e := mul(random(t), group.Base())
	for i := range points {
		points[i] = group.NewElement().Add(e, group.Base())
		e = points[i]
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{0, 1, 2, 3, 189, 190, 191, 192, 300, 700}).Draw(t, "terms")
		byteLen := rapid.IntRange(0, 31).Draw(t, "bytes")
		raw := rapid.SliceOfN(rapid.Byte(), 32*n, 32*n).Draw(t, "scalars")
		negative := rapid.Bool().Draw(t, "negative")
		scalars := make([]*group.Scalar, n)
		for i := range scalars {
			var b [32]byte
			copy(b[:byteLen], raw[32*i:])
			if i%5 == 4 { // the extremes of a digit
				for j := range b[:byteLen] {
					b[j] = 0xff
				}
			}
			s, err := group.DecodeScalar(b[:])
			if err != nil {
				t.Fatal(err)
			}
			scalars[i] = s
			if negative && i%7 == 6 {
				scalars[i] = group.NewScalar().Negate(s)
			}
		}
		mine := append([]*group.Element(nil), points[:n]...)
		if n > 3 { // one point twice, one and its negative, and the neutral element
			mine[1], mine[2], mine[3] = mine[0], group.NewElement().Negate(mine[0]), group.NewElement()
		}
		if group.MSM(scalars, mine).Equal(naive(scalars, mine)) != 1 {
			t.Fatalf("%d terms of %d bytes: another sum", n, byteLen)
		}
	})
}

// BenchmarkMSM shows the cost a term, whole scalars and 128-bit ones.
func BenchmarkMSM(b *testing.B) {
	for _, n := range []int{16, 64, 128, 256, 1024, 16384} {
		scalars, points := make([]*group.Scalar, n), make([]*group.Element, n)
		for i := range points {
			scalars[i], points[i] = random(b), mul(random(b), group.Base())
		}
		b.Run("terms="+strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				group.MSM(scalars, points)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(n), "us/term")
		})
	}
}
