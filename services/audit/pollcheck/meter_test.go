package pollcheck

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// byHand goes through every way to fill in every ballot.
func byHand(p *publication, who crowd, only *sums) *reckoned {
	var all []weight
	for _, k := range who {
		for range k.took {
			all = append(all, k.weight)
		}
	}
	cells, made, whole := map[sums]int64{}, map[sums]map[[2]int]int64{}, int64(0)
	row := make([]int, len(all))
	var fill func(at int, sum sums)
	fill = func(at int, sum sums) {
		if at < len(all) {
			for row[at] = 0; row[at] < p.choices; row[at]++ {
				next := sum
				for f, by := range p.added(row[at], all[at]) {
					next[f] += by
				}
				fill(at+1, next)
			}
			return
		}
		seen := p.seen(sum)
		if only != nil && seen != *only {
			return
		}
		cells[seen], whole = cells[seen]+1, whole+1
		if made[seen] == nil {
			made[seen] = map[[2]int]int64{}
		}
		for voter, choice := range row {
			made[seen][[2]int{voter, choice}]++
		}
	}
	fill(0, sums{})
	if whole == 0 {
		return nil
	}
	out := &reckoned{new(big.Rat), new(big.Rat)}
	for seen, choices := range made {
		pinned := false
		for _, n := range choices {
			sure := big.NewRat(n, cells[seen])
			pinned = pinned || sure.Cmp(big.NewRat(19, 20)) > 0
			if sure.Cmp(out.posterior) > 0 {
				out.posterior = sure
			}
		}
		if pinned {
			out.chance.Add(out.chance, big.NewRat(cells[seen], whole))
		}
	}
	return out
}

func aCrowd(t *rapid.T, most int) (who crowd) {
	for range rapid.IntRange(1, most).Draw(t, "voters") {
		w := weight{heads: rapid.Int64Range(0, 2).Draw(t, "heads"), area: rapid.SampledFrom([]int64{50, 62, 90}).Draw(t, "area")}
		who = who.with(w)
	}
	who.sort()
	return who
}

func (a *reckoned) equals(b *reckoned) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.posterior.Cmp(b.posterior) == 0 && a.chance.Cmp(b.chance) == 0
}

// TestReckon: what is counted by sums is what is found by going through all ways.
func TestReckon(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		who := aCrowd(t, 5)
		p := &publication{choices: rapid.IntRange(2, 3).Draw(t, "choices"), answers: 1}
		for range rapid.IntRange(0, 2).Draw(t, "figures") {
			f := figure{measure: rapid.SampledFrom([]communityv1.Measure{1, 2}).Draw(t, "measure")}
			for range p.choices {
				f.points = append(f.points, rapid.Int64Range(0, 2).Draw(t, "points"))
			}
			if rapid.Bool().Draw(t, "told") {
				f.width = rapid.Int64Range(1, 60).Draw(t, "width")
			} else {
				f.least = rapid.Int64Range(0, 300).Draw(t, "least")
			}
			p.figures = append(p.figures, f)
		}
		p.together = p.coarse() && len(p.figures) > 0 && rapid.Bool().Draw(t, "together")
		if got, want := p.reckon(who, nil), byHand(p, who, nil); !got.equals(want) {
			t.Fatalf("%+v: %+v, by hand %+v", p, got, want)
		}
		var sum sums
		for _, k := range who {
			for range k.took {
				for f, by := range p.added(rapid.IntRange(0, p.choices-1).Draw(t, "choice"), k.weight) {
					sum[f] += by
				}
			}
		}
		only := p.seen(sum)
		if got, want := p.reckon(who, &only), byHand(p, who, &only); !got.equals(want) {
			t.Fatalf("%+v, %v: %+v, by hand %+v", p, only, got, want)
		}
	})
}

// TestSpread: how many chose each way tells what exact sums of every way would.
func TestSpread(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ways, voters := rapid.IntRange(2, 4).Draw(t, "ways"), rapid.Int64Range(1, 6).Draw(t, "voters")
		each := rapid.Int64Range(1, 3).Draw(t, "each")
		who, p, q := crowd{{weight{heads: each}, voters}}, &publication{ways: ways}, &publication{choices: ways, answers: 1}
		for way := range ways {
			f := figure{measure: communityv1.Measure_MEASURE_HEADS, points: make([]int64, ways), width: 1}
			f.points[way] = 1
			q.figures = append(q.figures, f)
		}
		if got, want := p.reckon(who, nil), byHand(q, who, nil); !got.equals(want) {
			t.Fatalf("%+v, by hand %+v", got, want)
		}
		var sum sums
		most := int64(0)
		for range voters {
			way := rapid.IntRange(0, ways-1).Draw(t, "way")
			sum[way] += each
			most = max(most, sum[way])
		}
		if got, want := p.reckon(who, &sums{most}), byHand(q, who, &sum); !got.equals(want) {
			t.Fatalf("%v: %+v, by hand %+v", sum, got, want)
		}
		if p.hidden(who) != voters || q.hidden(who) != voters {
			t.Fatal("who weighs the same is hidden among all")
		}
	})
	two := &publication{ways: 3}
	if two.reckon(crowd{{weight{heads: 1}, 2}, {weight{heads: 2}, 1}}, nil) != nil {
		t.Error("voters of two weights are reckoned as one")
	}
}

// TestReckonMuch: what would take long is left.
func TestReckonMuch(t *testing.T) {
	t.Parallel()
	p := &publication{choices: 3}
	for i := range 2 {
		points := make([]int64, 3)
		points[i] = 1
		p.figures = append(p.figures, figure{measure: communityv1.Measure_MEASURE_HEADS, points: points, width: 1})
	}
	if p.reckon(crowd{{weight{heads: 1}, 30}}, nil) == nil {
		t.Error("thirty are not reckoned")
	}
	if p.reckon(crowd{{weight{heads: 1}, 4000}}, nil) != nil {
		t.Error("four thousand are reckoned")
	}
}
