package reporting

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestGini holds known values and what must always be so.
func TestGini(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []int64
		want   int64
	}{{nil, 0}, {[]int64{0, 0}, 0}, {[]int64{5, 5, 5}, 0}, {[]int64{0, 0, 0, 4}, 750}, {[]int64{1, 2, 3, 4}, 250}} {
		if got := Gini(c.values); got != c.want {
			t.Errorf("%v: %d, want %d", c.values, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, 1<<40), 1, 30).Draw(t, "values")
		g := Gini(values)
		if g < 0 || g >= whole || g != Gini(rapid.Permutation(values).Draw(t, "order")) {
			t.Fatalf("%d", g)
		}
		twice := slices.Concat(values, values)
		if Gini(twice) != g {
			t.Fatalf("twice the same people: %d, %d", Gini(twice), g)
		}
	})
}

// TestConcentration: one alone is all, equals share, and Burt's constraint of a broker is less than that of those whom it joins.
func TestConcentration(t *testing.T) {
	t.Parallel()
	d := []Delivery{
		{"a", "meal", "1", 5}, {"b", "meal", "1", 5}, {"b", "meal", "2", 5}, {"c", "meal", "2", 5}, {"c", "care", "2", 1},
	}
	if got := Concentration(d); got["care"] != 1000 || got["meal"] != 375 {
		t.Errorf("index: %v", got)
	}
	if got := Constraint(d); got["b"] != 500 || got["a"] != 1000 || got["c"] != 1000 {
		t.Errorf("constraint: %v", got)
	}
	if got := Constraint(d[:1]); len(got) != 0 {
		t.Errorf("nobody beside: %v", got)
	}
}

// TestGroups: small groups are told together, and fewer than five people nowhere, however much they need.
func TestGroups(t *testing.T) {
	t.Parallel()
	var needs []Served
	for i := range 5 {
		needs = append(needs, Served{Group: "1,1", Person: fmt.Sprint(i), Quantity: 2, Served: 1, WaitMinutes: 10})
	}
	needs = append(needs, Served{Group: "2,2", Person: "x", Vulnerable: true, Quantity: 1, WaitMinutes: 100})
	got := FairnessOf(needs)
	if len(got.Groups) != 1 || got.Groups[0].RatePermille != 500 || got.RatePermille != 454 || got.WaitP90MinutesVulnerable != 100 ||
		got.WaitP90Minutes != 10 {
		t.Errorf("%+v", got)
	}
	many := slices.Clone(needs)
	for i := range 4 {
		needs = append(needs, Served{Group: "3,3", Person: fmt.Sprint(i), Vulnerable: true, Quantity: 1, Served: 1})
		many = append(many, Served{Group: "3,3", Person: "y", Vulnerable: true, Quantity: 1, Served: 1})
	}
	if got := FairnessOf(many); len(got.Groups) != 1 {
		t.Errorf("the needs of two are told: %+v", got)
	}
	if got := FairnessOf(needs); len(got.Groups) != 2 || got.Groups[1].Name != "" || got.Groups[1].Needs != 5 {
		t.Errorf("%+v", got)
	}
}

// TestRedundancy: an organisation's assignments go to standbys of others who have room, each room once.
func TestRedundancy(t *testing.T) {
	t.Parallel()
	a, b, c := Party{"pa", "a"}, Party{"pb", "b"}, Party{"pc", "c"}
	held := []Held{
		{"1", "meal", 2, a, []Party{b}}, {"2", "meal", 2, a, []Party{b, c}}, {"3", "meal", 1, b, nil},
	}
	free := map[Offer]int64{{"pb", "meal"}: 2, {"pc", "meal"}: 1}
	got := RedundancyOf(held, free)
	if got.IndexPermille != 0 || got.Failures[0].Covered != 2 || got.Failures[0].Held != 4 || got.Failures[0].Sole[0] != "2" ||
		got.Failures[1].Sole[0] != "3" {
		t.Errorf("%+v", got)
	}
	if free[Offer{"pb", "meal"}] != 2 {
		t.Error("what was only imagined has been taken")
	}
	rapid.Check(t, func(t *rapid.T) {
		more := map[Offer]int64{{"pb", "meal"}: rapid.Int64Range(0, 9).Draw(t, "b"), {"pc", "meal"}: rapid.Int64Range(0, 9).Draw(t, "c")}
		r := RedundancyOf(held, more)
		for _, f := range r.Failures {
			if f.Covered < 0 || f.Covered > f.Held || f.Covered > more[Offer{"pb", "meal"}]+more[Offer{"pc", "meal"}] {
				t.Fatalf("%+v", f)
			}
		}
	})
}
