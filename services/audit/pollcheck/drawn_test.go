package pollcheck

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"os"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
)

// given the released samples, when they are drawn here, then they are the same.
func TestDrawnVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Samples []struct {
			Name, Seed, Label string
			Size              int
			Places            []int
		}
	}
	raw, err := os.ReadFile("../../../docs/format/sampling.json")
	if err == nil {
		err = json.Unmarshal(raw, &file)
	}
	if err != nil || len(file.Samples) == 0 {
		t.Fatal(err)
	}
	for _, v := range file.Samples {
		seed, err := hex.DecodeString(v.Seed)
		if err != nil {
			t.Fatal(err)
		}
		var list, want []string
		for place := range v.Size {
			list = append(list, fmt.Sprintf("%07d", place))
		}
		for _, place := range v.Places {
			want = append(want, list[place])
		}
		slices.Sort(want)
		if got := drawnFrom(chain.Hash(seed), v.Label, list, len(v.Places)); !slices.Equal(got, want) {
			t.Errorf("%s: %v", v.Name, got)
		}
	}
}

// TestSampleLeast: with so many drawn the chance to draw none that is wrong is within the risk, with one fewer it is not.
func TestSampleLeast(t *testing.T) {
	t.Parallel()
	missed := func(all, wrong, n int) *big.Rat {
		chance := big.NewRat(1, 1)
		for i := range n {
			chance.Mul(chance, big.NewRat(int64(max(0, all-wrong-i)), int64(all-i)))
		}
		return chance
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.IntRange(1, 60).Draw(t, "all")
		wrong := rapid.IntRange(1, all).Draw(t, "wrong")
		risk := rapid.Uint32Range(1, 999).Draw(t, "risk")
		n, limit := sampleLeast(all, wrong, risk), big.NewRat(int64(risk), 1000)
		if n < 1 || missed(all, wrong, n).Cmp(limit) > 0 || missed(all, wrong, n-1).Cmp(limit) <= 0 {
			t.Fatalf("%d of %d", n, all)
		}
	})
	if n := sampleLeast(9, 0, 1); n != 0 {
		t.Errorf("%d are drawn where none matters", n)
	}
}

// TestMeant: the last number of 64 bits is as good as every other where the size is a power of two, and else it means nothing.
func TestMeant(t *testing.T) {
	t.Parallel()
	last := new(big.Int).SetUint64(math.MaxUint64)
	for _, tt := range []struct {
		before, size int64
		place        int
		ok           bool
	}{{0, 8, 7, true}, {0, 3, 0, false}, {1, 3, 2, true}, {0, 10, 0, false}, {5, 10, 0, false}, {6, 10, 9, true}, {15, 10, 0, true}} {
		place, ok := meant(new(big.Int).Sub(last, big.NewInt(tt.before)), tt.size)
		if place != tt.place || ok != tt.ok {
			t.Errorf("%+v: %d, %v", tt, place, ok)
		}
	}
}
