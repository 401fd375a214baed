package tally

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

// rootsOf sums the square roots of whole numbers.
func rootsOf(radicands ...int64) (r Roots) {
	for _, n := range radicands {
		r.Add(big.NewRat(n, 1))
	}
	return r
}

func TestRootsCompare(t *testing.T) {
	t.Parallel()
	third := rootsOf(2)
	third.Add(big.NewRat(8, 9)) // 2/3·√2
	cases := map[string]struct {
		a, b Roots
		want int
	}{
		"nothing":                       {Roots{}, rootsOf(0), 0},
		"√2+√8 = √18":                   {rootsOf(2, 8), rootsOf(18), 0},
		"√2+√8+√3 = √18+√3":             {rootsOf(2, 8, 3), rootsOf(18, 3), 0},
		"3·√2 = √18":                    {rootsOf(2, 2, 2), rootsOf(18), 0},
		"√2+√3 is not √10":              {rootsOf(2, 3), rootsOf(10), -1},
		"√1+√4 = √9":                    {rootsOf(1, 4), rootsOf(9), 0},
		"fractions":                     {third, rootsOf(2), 1},
		"√2+√(8/9) = √(50/9)":           {third, func() (r Roots) { r.Add(big.NewRat(50, 9)); return r }(), 0},
		"two that differ far behind":    {rootsOf(10, 13, 20, 31, 48), rootsOf(5, 12, 23, 30, 58), 0}, // the sign is found below
		"the same in another order":     {rootsOf(7, 5, 3), rootsOf(3, 7, 5), 0},
		"one root more":                 {rootsOf(7, 5, 3), rootsOf(3, 7), 1},
		"the same root, another number": {rootsOf(7, 7), rootsOf(7, 7, 7), -1},
	}
	for name, c := range cases {
		if name == "two that differ far behind" {
			low1, _ := c.a.Between(400)
			low2, _ := c.b.Between(400)
			c.want = low1.Cmp(low2)
		}
		if got := c.a.Compare(c.b); got != c.want || c.b.Compare(c.a) != -c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestRootsBetween: the bounds hold the sum between them, are near, and comparing by them is the same as comparing far finer ones.
func TestRootsBetween(t *testing.T) {
	t.Parallel()
	draw := rapid.SliceOfN(rapid.Int64Range(0, 40), 0, 5)
	rapid.Check(t, func(t *rapid.T) {
		a, b := rootsOf(draw.Draw(t, "a")...), rootsOf(draw.Draw(t, "b")...)
		low, top := a.Between(64)
		finer, _ := a.Between(640)
		finer.Rsh(finer, 576)
		if low.Cmp(finer) > 0 || top.Cmp(finer) < 0 || new(big.Int).Sub(top, low).Cmp(big.NewInt(20)) > 0 {
			t.Fatalf("%s is not just between %s and %s", finer, low, top)
		}
		one, _ := a.Between(2000)
		two, _ := b.Between(2000)
		want := one.Cmp(two)
		if new(big.Int).Abs(new(big.Int).Sub(one, two)).Cmp(big.NewInt(100)) < 0 {
			want = 0
		}
		if got := a.Compare(b); got != want {
			t.Fatalf("%d, want %d", got, want)
		}
	})
}
