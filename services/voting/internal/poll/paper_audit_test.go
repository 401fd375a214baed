package poll

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
)

// TestSampleSize: as many as are needed, and not one more, by the binomials themselves.
func TestSampleSize(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.IntRange(1, 300).Draw(t, "all")
		wrong := rapid.IntRange(1, all).Draw(t, "wrong")
		risk := rapid.Uint32Range(1, 999).Draw(t, "risk")
		within := func(n int) bool { // C(all-wrong, n) * 1000 <= risk * C(all, n)
			missed := new(big.Int).Binomial(int64(all-wrong), int64(n))
			drawn := new(big.Int).Binomial(int64(all), int64(n))
			return missed.Mul(missed, big.NewInt(1000)).Cmp(drawn.Mul(drawn, big.NewInt(int64(risk)))) <= 0
		}
		n := sampleSize(all, wrong, risk)
		if n > all || !within(n) || n > 0 && within(n-1) {
			t.Fatalf("%d of %d, %d wrong, risk %d", n, all, wrong, risk)
		}
	})
	if n := sampleSize(500, 0, 1); n != 0 {
		t.Errorf("%d are drawn though none matters", n)
	}
}

func TestShare(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]int{{0, 50, 0}, {1, 50, 1}, {20, 50, 1}, {21, 50, 2}, {100, 1000, 100}, {100, 0, 0}} {
		if got := share(c[0], uint32(c[1])); got != c[2] {
			t.Errorf("%d thousandths of %d are %d", c[1], c[0], got)
		}
	}
}

// TestDraw: who is drawn is drawn once and named in order, by the purpose and by the seed, and nobody is drawn out of nothing.
func TestDraw(t *testing.T) {
	t.Parallel()
	from := []string{"a", "b", "c", "d", "e"}
	seeds, purposes := map[string]bool{}, 0
	for i := range 100 {
		got, err := draw(chain.Hash{byte(i)}, "call-back", from, 2)
		if err != nil || len(got) != 2 || got[0] >= got[1] {
			t.Fatalf("drawn %v, %v", got, err)
		}
		seeds[got[0]+got[1]] = true
		if other, err := draw(chain.Hash{byte(i)}, "comparison", from, 2); err == nil && !slices.Equal(got, other) {
			purposes++
		}
	}
	if len(seeds) != 10 || purposes < 70 { // nine of ten differ by chance
		t.Errorf("%d of 10 pairs are drawn, %d of 100 differ by purpose", len(seeds), purposes)
	}
	if got, err := draw(chain.Hash{}, "", nil, 0); err != nil || got != nil {
		t.Errorf("of nobody: %v, %v", got, err)
	}
}

// TestNight: from ten in the evening until six in the morning in China, which is from two in the afternoon until ten at Greenwich.
func TestNight(t *testing.T) {
	t.Parallel()
	for hour := range int64(24) {
		if got := atNight(1_700_006_400_000/dayMS*dayMS + hour*hourMS); got != (hour >= 14 && hour < 22) {
			t.Errorf("%d o'clock at Greenwich: %v", hour, got)
		}
	}
}
