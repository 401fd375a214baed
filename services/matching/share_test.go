package matching_test

import (
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// bounding is the rulebook with a bound on what one organisation is given.
func bounding(thousandths, free uint32) *communityv1.Rulebook {
	book := rulebook()
	book.Version, book.Matching.ShareMaxThousandths, book.Matching.ShareFreeUnits = 2, thousandths, free
	return book
}

// kitchen registers a provider of an organisation, so many squares east of the origin.
func (w *world) kitchen(org, member string, east int32, capacity int64) string {
	w.Helper()
	p := id("kitchen of " + member)
	w.Fact("provider/"+p, &matchingv1.ProviderRegistered{
		Org: id(org), Member: id(member), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{East: east}, RadiusCells: 20},
	})
	w.Fact(supply.OfferPath(p, "meal"), &matchingv1.OfferPublished{Capacity: capacity})
	return p
}

// TestShare: of eight meals that wait a half may go to one organisation, whoever signs, whatever the plan says of itself, and however many
// providers it has.
func TestShare(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name              string
		thousandths, free uint32
		plan              func(w *world, n, a, b, c string) *matchingv1.AdoptPlan
		want              string
	}{
		{"no bound", 0, 0, func(w *world, n, a, b, _ string) *matchingv1.AdoptPlan { return w.plan(match(n, 4, a), match(n, 4, b)) }, ""},
		{"a half", 500, 1, func(w *world, n, a, _, _ string) *matchingv1.AdoptPlan { return w.plan(match(n, 4, a)) }, ""},
		{"more than a half", 500, 1, func(w *world, n, a, _, _ string) *matchingv1.AdoptPlan { return w.plan(match(n, 5, a)) }, "plan.share"},
		{"of two providers", 500, 1, func(w *world, n, a, b, _ string) *matchingv1.AdoptPlan {
			return w.plan(match(n, 4, a), match(n, 1, b))
		}, "plan.share"},
		{"a half each", 500, 1, func(w *world, n, a, _, c string) *matchingv1.AdoptPlan { return w.plan(match(n, 4, a), match(n, 4, c)) }, ""},
		{"a volunteer counts as one", 500, 1, func(w *world, n, _, _, c string) *matchingv1.AdoptPlan {
			return w.plan(match(n, 5, c))
		}, "plan.share"},
		{"what is free", 1, 5, func(w *world, n, a, _, _ string) *matchingv1.AdoptPlan { return w.plan(match(n, 5, a)) }, ""},
		{"more than is free", 1, 5, func(w *world, n, a, _, _ string) *matchingv1.AdoptPlan { return w.plan(match(n, 6, a)) }, "plan.share"},
		{"ten are free where nothing is said", 1, 0, func(w *world, n, a, _, _ string) *matchingv1.AdoptPlan {
			return w.plan(match(n, 8, a))
		}, ""},
		{"who stands by is not counted", 500, 1, func(w *world, n, a, _, c string) *matchingv1.AdoptPlan {
			return w.plan(match(n, 4, a, c), match(n, 4, c, a))
		}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Adopt(bounding(c.thousandths, c.free))
			n := w.need("ann", 8)
			plan := c.plan(w, n, w.kitchen("hall", "bob", 1, 9), w.kitchen("hall", "cat", 1, 9), w.provider("eve", 1, 9))
			if got := w.Try("olga", "matching.adopt_plan", plan); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestShareIsProposed: what is proposed under the bound serves what others cannot, says why the rest waits, is proved optimal, and the next
// plan goes on.
func TestShareIsProposed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Adopt(bounding(500, 1))
	n := w.need("ann", 8)
	near, far := w.kitchen("hall", "bob", 1, 20), w.kitchen("school", "cat", 5, 1)
	plan, _ := w.proposed()
	got := map[string]int64{}
	for _, m := range plan.GetMatches() {
		got[m.GetProviders()[0]] += m.GetQuantity()
	}
	if got[near] != 4 || got[far] != 1 || len(plan.GetUnserved()) != 1 ||
		plan.GetUnserved()[0].GetShortage() != matchingv1.Shortage_SHORTAGE_SHARE || plan.GetClaim() != matchingv1.Claim_CLAIM_OPTIMAL {
		t.Fatalf("%v", plan)
	}
	if refused := w.Try("olga", "matching.adopt_plan", plan); refused != "" {
		t.Fatal(refused)
	}
	if s := w.needState(n); s.Waiting != 3 || s.Shortage != matchingv1.Shortage_SHORTAGE_SHARE {
		t.Errorf("%+v", s)
	}
	if next, _ := w.proposed(); len(next.GetMatches()) == 0 {
		t.Errorf("nobody goes on: %v", next)
	}
}

// TestShareIsKept: whatever there is, what is proposed under a bound is taken as optimal, also by who reads the record without the rules'
// code; no plan gives anybody more than their share, and in the end nobody waits who could be served.
func TestShareIsKept(t *testing.T) {
	t.Parallel()
	bit := 0
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		thousandths, free := rapid.Uint32Range(1, 900).Draw(t, "share"), rapid.Uint32Range(1, 4).Draw(t, "free")
		w.Adopt(bounding(thousandths, free))
		for range rapid.IntRange(1, 6).Draw(t, "needs") {
			asker := rapid.SampledFrom([]string{"ann", "fay", "dan"}).Draw(t, "asker")
			w.Do("need", asker, "matching.raise_need", &matchingv1.RaiseNeed{
				Skill: "meal", Quantity: rapid.Int64Range(1, 6).Draw(t, "quantity"),
				Cell: &matchingv1.Cell{East: rapid.Int32Range(-8, 8).Draw(t, "east")}, Text: text("x"),
			})
		}
		for _, who := range servers {
			east, capacity := rapid.Int32Range(-5, 5).Draw(t, "place"), rapid.Int64Range(1, 9).Draw(t, "capacity")
			if org := rapid.SampledFrom([]string{"", "hall", "school"}).Draw(t, "org"); org == "" {
				w.provider(who, east, capacity)
			} else {
				w.kitchen(org, who, east, capacity)
			}
		}
		for turn := 0; ; turn++ {
			plan, _ := w.proposed()
			if plan == nil {
				break
			}
			if turn > 40 {
				t.Fatal("something is left to plan each time")
			}
			waits, given := int64(0), map[string]int64{}
			named := map[string]bool{}
			for _, u := range plan.GetUnserved() {
				named[u.GetNeed()] = true
				if u.GetShortage() == matchingv1.Shortage_SHORTAGE_SHARE {
					bit++
				}
			}
			for _, m := range plan.GetMatches() {
				named[m.GetNeed()] = true
				p := decider.Peek[supply.Provider](w.State, "provider/"+m.GetProviders()[0])
				given[p.Party(m.GetProviders()[0])] += m.GetQuantity()
			}
			for n := range named {
				waits += w.needState(n).Waiting
			}
			for party, q := range given {
				if q > max(int64(free), waits*int64(thousandths)/1000) {
					t.Fatalf("%s is given %d of %d", party, q, waits)
				}
			}
			if _, err := w.Submit(w.Input("olga", "matching.adopt_plan", plan)); err != nil {
				t.Fatalf("refused: %v: %v", err, plan)
			}
			w.later(minute)
		}
		if found := w.read(); len(found) > 0 {
			t.Fatalf("found %v", found)
		}
	})
	if bit == 0 {
		t.Error("the bound never bit: the test says nothing")
	}
}

// TestShareProofsThatFail: under a bound that bites, a plan is no more optimal with other prices than without one.
func TestShareProofsThatFail(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(p *matchingv1.AdoptPlan){
		"no price":        func(p *matchingv1.AdoptPlan) { p.Prices = nil },
		"too high":        func(p *matchingv1.AdoptPlan) { p.Prices[0].Price += 1_000_000 },
		"too low":         func(p *matchingv1.AdoptPlan) { p.Prices[0].Price-- },
		"less than could": func(p *matchingv1.AdoptPlan) { p.Matches[0].Quantity--; p.Unserved[0].Quantity++ },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.Adopt(bounding(500, 1))
			w.need("ann", 8)
			w.kitchen("hall", "bob", 1, 20)
			w.kitchen("hall", "cat", 2, 20)
			plan, _ := w.proposed()
			if len(plan.GetMatches()) != 1 || len(plan.GetPrices()) != 1 || len(plan.GetUnserved()) != 1 {
				t.Fatalf("%v", plan)
			}
			spoil(plan)
			if got := w.Try("olga", "matching.adopt_plan", plan); got != "plan.not_optimal" {
				t.Errorf("%q", got)
			}
		})
	}
}
