package sampling

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// readSeed reads a seed of the vectors.
func readSeed(t *testing.T, text string) Seed {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(Seed{}) {
		t.Fatalf("seed %q: %v", text, err)
	}
	return Seed(raw)
}

// Samples are those of docs/format/sampling.json, which another program drew after docs/format.md. Vectors are only added.
func TestSampleVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "docs", "format", "sampling.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Samples []struct {
			Name, Seed, Label string
			Size              int
			Places            []int
		}
		Weighted []struct {
			Name, Seed, Label string
			Weights           []string
			Places            []int
		}
	}
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors.Samples) < 5 || len(vectors.Weighted) < 3 {
		t.Fatalf("%d and %d vectors", len(vectors.Samples), len(vectors.Weighted))
	}
	for _, v := range vectors.Samples {
		got, err := Draw(readSeed(t, v.Seed), v.Label, v.Size, len(v.Places))
		if err != nil || !slices.Equal(got, v.Places) {
			t.Errorf("%s: %v, %v", v.Name, got, err)
		}
	}
	for _, v := range vectors.Weighted {
		var weights []int64
		for _, text := range v.Weights {
			w, err := strconv.ParseInt(text, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			weights = append(weights, w)
		}
		draws, err := newWeighted(readSeed(t, v.Seed), v.Label, weights)
		if err != nil {
			t.Fatal(err)
		}
		var got []int
		for range v.Places {
			got = append(got, draws.next())
		}
		if !slices.Equal(got, v.Places) {
			t.Errorf("%s: %v", v.Name, got)
		}
	}
}

// A sample has no place twice, begins with every smaller sample, and is another one for another label or seed.
func TestSampleGrows(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 200).Draw(t, "size")
		many := rapid.IntRange(0, size).Draw(t, "many")
		seed := Seed(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed"))
		whole, err := Draw(seed, "x", size, size)
		if err != nil {
			t.Fatal(err)
		}
		part, err := Draw(seed, "x", size, many)
		if err != nil || !slices.Equal(part, whole[:many]) {
			t.Fatalf("%v does not begin %v, %v", part, whole, err)
		}
		sorted := slices.Sorted(slices.Values(whole))
		for i, place := range sorted {
			if i != place {
				t.Fatalf("drawn %v", whole)
			}
		}
		if size < 40 {
			return // by chance they might be the same
		}
		if other, _ := Draw(seed, "y", size, size); slices.Equal(other, whole) {
			t.Fatal("another label has the same sample")
		}
		seed[31] ^= 1
		if other, _ := Draw(seed, "x", size, size); slices.Equal(other, whole) {
			t.Fatal("another seed has the same sample")
		}
	})
}

// Every place is drawn about equally often: 40,000 draws of one in eight lie within six standard deviations of 5,000.
func TestSampleIsFair(t *testing.T) {
	t.Parallel()
	var counts [8]int
	for i := range 40_000 {
		places, err := Draw(Seed{}, strconv.Itoa(i), 8, 1)
		if err != nil {
			t.Fatal(err)
		}
		counts[places[0]]++
	}
	for place, n := range counts {
		if n < 5000-400 || n > 5000+400 {
			t.Errorf("place %d: %d times", place, n)
		}
	}
}

func TestCallBack(t *testing.T) {
	t.Parallel()
	groups := []Group{{"a", 0}, {"b", 1}, {"c", 20}, {"d", 21}, {"e", 400}, {"c", 20}}
	for _, c := range []struct {
		permille int
		want     []int
	}{{0, []int{0, 0, 0, 0, 0, 0}}, {50, []int{0, 1, 1, 2, 20, 1}}, {1, []int{0, 1, 1, 1, 1, 1}}, {1000, []int{0, 1, 20, 21, 400, 20}}} {
		called, err := CallBack(Seed{7}, "poll", groups, c.permille)
		if err != nil {
			t.Fatal(err)
		}
		var sizes []int
		for _, places := range called {
			sizes = append(sizes, len(places))
		}
		if diff := cmp.Diff(c.want, sizes); diff != "" {
			t.Errorf("%d permille: %s", c.permille, diff)
		}
		if !slices.Equal(called[2], called[5]) {
			t.Errorf("the same group has two samples: %v", called)
		}
	}
	whole, _ := Draw(Seed{7}, "poll/e", 400, 400)
	if called, _ := CallBack(Seed{7}, "poll", groups, 50); !slices.Equal(called[4], whole[:20]) {
		t.Errorf("a group's sample is not that of its label: %v", called[4])
	}
}

func TestSampleMalformed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", labelBytesMax+1)
	for name, err := range map[string]error{
		"more than there are": second(Draw(Seed{}, "x", 5, 6)),
		"fewer than none":     second(Draw(Seed{}, "x", 5, -1)),
		"too large":           second(Draw(Seed{}, "x", PopulationMax+1, 1)),
		"a long label":        second(Draw(Seed{}, long, 5, 1)),
		"a share above all":   second(CallBack(Seed{}, "x", nil, 1001)),
		"a share below none":  second(CallBack(Seed{}, "x", nil, -1)),
		"a group below none":  second(CallBack(Seed{}, "x", []Group{{"a", -1}}, 10)),
		"a long group":        second(CallBack(Seed{}, "x", []Group{{long, 1}}, 10)),
	} {
		if !errors.Is(err, ErrSample) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// second is the error of a call.
func second[T any](_ T, err error) error { return err }
