package reporting

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/figures"
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
		{"a", "meal", "1", "x", 5}, {"b", "meal", "1", "x", 5}, {"b", "meal", "2", "y", 5}, {"c", "meal", "2", "y", 5},
		{"c", "care", "2", "y", 1},
	}
	if got := Concentration(d, 1); got["care"] != 1000 || got["meal"] != 375 {
		t.Errorf("index: %v", got)
	}
	if got := Concentration(d, 2); got["care"] != figures.Held || got["meal"] != 375 {
		t.Errorf("that one person was given care is told: %v", got)
	}
	if got := Constraint(d).Of; got["b"] != 500 || got["a"] != 1000 || got["c"] != 1000 {
		t.Errorf("constraint: %v", got)
	}
	if got := Constraint(d[:1]).Of; len(got) != 0 {
		t.Errorf("nobody beside: %v", got)
	}
}

// TestConstraintOfMany: beyond forty parties the constraint is reckoned otherwise and comes to the same, and whom it leaves out it counts.
func TestConstraintOfMany(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var d []Delivery
		for range rapid.IntRange(1, 60).Draw(t, "deliveries") {
			d = append(d, Delivery{
				Party: fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "party")), Square: fmt.Sprint(rapid.IntRange(0, 5).Draw(t, "square")),
				Quantity: rapid.Int64Range(1, 9).Draw(t, "quantity"),
			})
		}
		parties, tie, _ := ties(d)
		want, got := exact(parties, tie), fixed(parties, tie)
		for _, p := range parties {
			if _, is := got[p]; want[p]-got[p] < 0 || want[p]-got[p] > 1 || is != (want[p] > 0) {
				t.Fatalf("%s: %d, and exactly %d", p, got[p], want[p])
			}
		}
	})
	var many []Delivery
	for i := range partiesMax + 3 { // each meets the next one in a square of theirs
		party := fmt.Sprintf("%03d", i)
		many = append(many, Delivery{Party: party, Square: fmt.Sprint(i), Quantity: int64(i + 1)},
			Delivery{Party: party, Square: fmt.Sprint(i + 1), Quantity: int64(i + 1)})
	}
	got := Constraint(many)
	if _, is := got.Of["003"]; got.LeftOut != 3 || len(got.Of) != partiesMax || !is {
		t.Errorf("%d are told, %d left out", len(got.Of), got.LeftOut)
	}
}

// TestGroups: small groups are told together, and fewer than five people nowhere, however much they need.
func TestGroups(t *testing.T) {
	t.Parallel()
	var needs []Served
	for i := range 12 {
		needs = append(needs, Served{Group: fmt.Sprint(i / 6), Person: fmt.Sprint(i), Quantity: 2, Served: 1, WaitMinutes: 10})
	}
	one := append(slices.Clone(needs), Served{Group: "2", Person: "x", Vulnerable: true, Quantity: 8, WaitMinutes: 100})
	if got, without := FairnessOf(one, 5), FairnessOf(needs, 5); got.WaitP90MinutesVulnerable != figures.Held || got.RatePermille != 500 ||
		got.GiniPermille != without.GiniPermille || got.WaitP90Minutes != 10 {
		t.Errorf("one person is told: %+v", got)
	}
	few, many := slices.Clone(one), slices.Clone(one)
	for i := range 4 {
		few = append(few, Served{Group: "3", Person: "y", Vulnerable: true, Quantity: 1, Served: 1})
		many = append(many, Served{Group: "3", Person: fmt.Sprint("y", i), Vulnerable: true, Quantity: 1, Served: 1})
	}
	if got := FairnessOf(few, 5); slices.ContainsFunc(got.Groups, func(g Group) bool { return g.Vulnerable }) {
		t.Errorf("the needs of two are told: %+v", got)
	}
	got := FairnessOf(many, 5)
	last := got.Groups[len(got.Groups)-1]
	if !last.Vulnerable || last.Name != "" || last.Needs != 5 || last.Served != 4 || last.Quantity != 12 {
		t.Errorf("five small ones together: %+v", got)
	}
	if got := FairnessOf(nil, 5); got.RatePermille != figures.Held || len(got.Groups) != 0 {
		t.Errorf("nobody: %+v", got)
	}
}

// sizes gives of how many people each group consists, by hand; under no name those of squares that are not told.
func sizes(needs []Served, told Fairness) map[kind]int64 {
	people := map[kind]map[string]bool{}
	for _, n := range needs {
		k := kind{n.Group, n.Vulnerable}
		if !slices.ContainsFunc(told.Groups, func(g Group) bool { return g.Name == n.Group && g.Vulnerable == n.Vulnerable }) {
			k.name = ""
		}
		if people[k] == nil {
			people[k] = map[string]bool{}
		}
		people[k][n.Person] = true
	}
	out := map[kind]int64{}
	for k, p := range people {
		out[k] = int64(len(p))
	}
	return out
}

// TestNothingTold: no figure is of fewer people than the least; what is held back can be given to anybody else who is without a figure
// changing; and the whole says nothing that its groups do not.
func TestNothingTold(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.Int64Range(2, 5).Draw(t, "least")
		var needs []Served
		for range rapid.IntRange(0, 40).Draw(t, "needs") {
			needs = append(needs, Served{
				Group: fmt.Sprint(rapid.IntRange(1, 4).Draw(t, "square")), Person: fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "person")),
				Vulnerable: rapid.Bool().Draw(t, "vulnerable"), Quantity: rapid.Int64Range(1, 9).Draw(t, "quantity"),
				WaitMinutes: rapid.Int64Range(0, 99).Draw(t, "wait"),
			})
		}
		told := FairnessOf(needs, least)
		people, total := sizes(needs, told), Group{}
		for _, g := range told.Groups {
			if people[kind{g.Name, g.Vulnerable}] < least {
				t.Fatalf("%d people are told: %+v", people[kind{g.Name, g.Vulnerable}], told)
			}
			total.merge(&g)
		}
		if len(told.Groups) > 0 && told.RatePermille != share(total.Served, total.Quantity) {
			t.Fatalf("the whole tells more than its groups: %+v", told)
		}
		var hidden []int
		for i, n := range needs {
			if !slices.ContainsFunc(told.Groups, func(g Group) bool { return g.Name == n.Group && g.Vulnerable == n.Vulnerable }) {
				hidden = append(hidden, i)
			}
		}
		for _, i := range hidden {
			for _, j := range hidden {
				a, b := needs[i], needs[j]
				if a.Vulnerable != b.Vulnerable {
					continue
				}
				other := slices.Clone(needs)
				other[i].Quantity, other[i].Served, other[i].WaitMinutes = b.Quantity, b.Served, b.WaitMinutes
				other[j].Quantity, other[j].Served, other[j].WaitMinutes = a.Quantity, a.Served, a.WaitMinutes
				if got := FairnessOf(other, least); !reflect.DeepEqual(got, told) {
					t.Fatalf("who had what can be told: %+v, %+v", told, got)
				}
			}
		}
	})
}

// TestShortages: why so much waits is told of no fewer people than the least, and of no reason that stands alone beside the others.
func TestShortages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		least := rapid.Int64Range(2, 5).Draw(t, "least")
		var waiting []Waiting
		people, units := map[string]map[string]bool{}, map[string]int64{}
		for range rapid.IntRange(0, 30).Draw(t, "waiting") {
			w := Waiting{
				Person: fmt.Sprint(rapid.IntRange(0, 12).Draw(t, "person")), Why: rapid.SampledFrom([]string{"skill", "time", "share"}).Draw(t, "why"),
				Units: rapid.Int64Range(1, 9).Draw(t, "units"),
			}
			if people[w.Why] == nil {
				people[w.Why] = map[string]bool{}
			}
			people[w.Why][w.Person] = true
			units[w.Why] += w.Units
			waiting = append(waiting, w)
		}
		told := Shortages(waiting, least)
		few, reasons, together := map[string]bool{}, 0, int64(0)
		for why, who := range people {
			if _, is := told[why]; !is {
				reasons, together = reasons+1, together+units[why]
				maps.Copy(few, who)
			} else if int64(len(who)) < least || told[why] != units[why] {
				t.Fatalf("%s tells %d people: %v", why, len(who), told)
			}
		}
		got, is := told[Few]
		if is != (int64(len(few)) >= least) || got != 0 && got != together || reasons == 1 && len(people) > 1 {
			t.Fatalf("%d reasons of %d people are held back: %v of %v", reasons, len(few), told, units)
		}
	})
}

// TestRedundancy: an organisation's assignments go to standbys of others who have room, each room once.
func TestRedundancy(t *testing.T) {
	t.Parallel()
	a, b, c := Party{"pa", "a"}, Party{"pb", "b"}, Party{"pc", "c"}
	held := []Held{
		{"1", "x", "meal", 2, a, []Party{b}}, {"2", "y", "meal", 2, a, []Party{b, c}}, {"3", "z", "meal", 1, b, nil},
	}
	free := map[Offer]int64{{"pb", "meal"}: 2, {"pc", "meal"}: 1}
	none := func(string, []Held, map[Offer]int64) (int64, bool) { return 0, true }
	got := RedundancyOf(held, free, none)
	if got.IndexPermille != 0 || got.Failures[0].Covered != 2 || got.Failures[0].Held != 4 || got.Failures[0].Sole[0] != "2" ||
		got.Failures[1].Sole[0] != "3" {
		t.Errorf("%+v", got)
	}
	if free[Offer{"pb", "meal"}] != 2 {
		t.Error("what was only imagined has been taken")
	}
	var asked []string
	got = RedundancyOf(held, free, func(org string, rest []Held, left map[Offer]int64) (int64, bool) {
		asked = append(asked, org)
		if org == "a" && (len(rest) != 1 || rest[0].Need != "y" || left[Offer{"pb", "meal"}] != 0 || left[Offer{"pc", "meal"}] != 1) {
			t.Errorf("of %s is left %+v, %v", org, rest, left)
		}
		return 1, org == "a"
	})
	first, second := got.Failures[0], got.Failures[1]
	if !slices.Equal(asked, []string{"a", "b"}) || first.Replanned != 1 || first.Unreckoned || !second.Unreckoned || second.Replanned != 0 ||
		got.ReplannedPermille != 0 || got.IndexPermille != 0 {
		t.Errorf("with the next plan: %v, %+v", asked, got)
	}
	rapid.Check(t, func(t *rapid.T) {
		more := map[Offer]int64{{"pb", "meal"}: rapid.Int64Range(0, 9).Draw(t, "b"), {"pc", "meal"}: rapid.Int64Range(0, 9).Draw(t, "c")}
		r := RedundancyOf(held, more, none)
		for _, f := range r.Failures {
			if f.Covered < 0 || f.Covered > f.Held || f.Covered > more[Offer{"pb", "meal"}]+more[Offer{"pc", "meal"}] {
				t.Fatalf("%+v", f)
			}
		}
	})
}
