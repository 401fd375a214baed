package tally

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strconv"
	"testing"
)

// belenios runs the counting part of another voting system, if it is installed (Debian: belenios-tool).
func belenios(t *testing.T, ballots [][]int, out any, args ...string) {
	t.Helper()
	tool, err := exec.LookPath("belenios-tool")
	if err != nil {
		t.Skip("NOT COMPARED with an independent count: belenios-tool is not installed (apt-get install belenios-tool)")
	}
	in, err := json.Marshal(ballots)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), tool, append([]string{"method"}, args...)...)
	cmd.Stdin = bytes.NewReader(in)
	text, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", args, err)
	}
	if err := json.Unmarshal(text, out); err != nil {
		t.Fatal(err)
	}
}

// TestSchulzeByBelenios: the same comparisons, the same strengths of paths, and of the unbeaten those that it names. It ranks victories
// of equal votes by the votes against them, which we do not, so it may name fewer.
func TestSchulzeByBelenios(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 40 {
		n := 2 + random.IntN(5)
		var ballots [][]int
		var rankings []Ranking
		for range 1 + random.IntN(12) {
			ranks := make([]int, n)
			for o := range ranks {
				ranks[o] = 1 + random.IntN(n)
			}
			r := Ranking{Weight: 1}
			for rank := 1; rank <= n; rank++ {
				var tier []uint32
				for o, at := range ranks {
					if at == rank {
						tier = append(tier, uint32(o))
					}
				}
				if len(tier) > 0 {
					r.Tiers = append(r.Tiers, tier)
				}
			}
			ballots, rankings = append(ballots, ranks), append(rankings, r)
		}
		var theirs struct {
			Raw       [][]int64    `json:"raw"`
			Beatpaths [][][2]int64 `json:"beatpaths"`
			Winners   [][]uint32   `json:"winners"`
		}
		belenios(t, ballots, &theirs, "schulze", "--nchoices="+strconv.Itoa(n), "--blank-allowed=false")
		_, p, _, err := Schulze(uint32(n), rankings, nil)
		if err != nil {
			t.Fatal(err)
		}
		for a := range p.Over {
			for b := range p.Over {
				if a != b && (p.Over[a][b] != theirs.Raw[a][b] || p.Paths[a][b] != theirs.Beatpaths[a][b][0]) {
					t.Fatalf("%v: %d over %d: %d and %d, theirs %d and %d", ballots, a, b, p.Over[a][b], p.Paths[a][b],
						theirs.Raw[a][b], theirs.Beatpaths[a][b])
				}
			}
		}
		for _, w := range theirs.Winners[0] {
			if !slices.Contains(p.Unbeaten, w) {
				t.Fatalf("%v: they name %v, we %v", ballots, theirs.Winners[0], p.Unbeaten)
			}
		}
	}
}

// TestTransferableByBelenios compares the elected where the two rules are the same. Theirs rounds the quota up to a whole ballot: so every
// ballot is given a thousand times, and one is next to nothing. Theirs elects one at a time, and who is next may receive until then: so
// elections in which two have the quota at once are left out, and those with ties.
func TestTransferableByBelenios(t *testing.T) {
	t.Parallel()
	const times = 1000
	random := rand.New(rand.NewPCG(3, 4))
	compared := 0
	for range 40 {
		n, seats := 3+random.IntN(3), 1+random.IntN(3)
		var ballots [][]int
		var rankings []Ranking
		for range 3 + random.IntN(9) {
			order := random.Perm(n)[:1+random.IntN(n)]
			ranks := make([]int, n) // 0 is not ranked
			r := Ranking{Weight: times}
			for place, o := range order {
				ranks[o] = place + 1
				r.Tiers = append(r.Tiers, []uint32{uint32(o)})
			}
			rankings = append(rankings, r)
			for range times {
				ballots = append(ballots, ranks)
			}
		}
		got, err := SingleTransferable(uint32(n), uint32(min(seats, n)), rankings, nil)
		if err != nil {
			t.Fatal(err)
		}
		two := slices.ContainsFunc(got.Stages[:len(got.Stages)-1], func(s Stage) bool { return len(s.Elected) > 1 })
		if two || len(got.Ties) > 0 || len(got.Winners) < seats {
			continue
		}
		var theirs struct {
			Winners []uint32 `json:"winners"`
		}
		belenios(t, ballots, &theirs, "stv", "--nseats="+strconv.Itoa(seats))
		compared++
		if !slices.Equal(slices.Sorted(slices.Values(theirs.Winners)), slices.Sorted(slices.Values(got.Winners))) {
			t.Errorf("%v for %d seats: theirs %v, ours %+v", rankings, seats, theirs.Winners, got)
		}
	}
	if compared < 10 {
		t.Errorf("only %d elections compared", compared)
	}
}
