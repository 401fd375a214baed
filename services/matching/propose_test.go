package matching_test

import (
	"encoding/json"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching"
	"renlin.dev/services/matching/internal/dispatch"
)

// proposed asks for a plan as of now; nil when there is nothing to plan.
func (w *world) proposed() (*matchingv1.AdoptPlan, *matching.ProposalAnswer) {
	w.Helper()
	question, err := json.Marshal(matching.ProposalQuestion{Now: w.Now})
	if err != nil {
		w.Fatalf("%v", err)
	}
	raw, err := matching.AnswerProposal(w.State, question)
	if err != nil {
		w.Fatalf("propose: %v", err)
	}
	answer, plan := &matching.ProposalAnswer{}, &matchingv1.AdoptPlan{}
	if err := json.Unmarshal(raw, answer); err != nil {
		w.Fatalf("%v", err)
	}
	if answer.Plan == "" {
		return nil, answer
	}
	if err := protojson.Unmarshal([]byte(answer.Plan), plan); err != nil {
		w.Fatalf("%v", err)
	}
	return plan, answer
}

// TestProposal: the nearer one serves, the other stands by, and the explanation says what the other would cost.
func TestProposal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, bob, cat := w.need("ann", 2), w.provider("bob", 1, 3), w.provider("cat", 3, 3)
	plan, answer := w.proposed()
	if plan.GetClaim() != matchingv1.Claim_CLAIM_OPTIMAL || !proto.Equal(plan.GetMatches()[0], match(n, 2, bob, cat)) {
		t.Fatalf("plan: %v", plan)
	}
	if why := answer.Why[0]; why.Next != cat || why.Extra != 1300 || why.Cost.Distance != 650 {
		t.Errorf("why: %+v", why)
	}
	a := w.Do("assignment", "olga", "matching.adopt_plan", plan)
	if got := w.assignment(a); got.State != dispatch.Offered || len(got.Candidates) != 2 {
		t.Errorf("assignment: %+v", got)
	}
	if again, _ := w.proposed(); again != nil {
		t.Errorf("planned again: %v", again)
	}
}

// TestProofsThatFail: a plan that calls itself optimal is refused when a price, a quantity or a match of it is changed.
func TestProofsThatFail(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]func(p *matchingv1.AdoptPlan, bob, cat string){
		"the dearer one":        func(p *matchingv1.AdoptPlan, bob, cat string) { p.Matches[0].Providers = []string{cat, bob} },
		"less than could be":    func(p *matchingv1.AdoptPlan, _, _ string) { p.Matches[1].Quantity-- },
		"no price of the full":  func(p *matchingv1.AdoptPlan, _, _ string) { p.Prices = nil },
		"a price of the free":   func(p *matchingv1.AdoptPlan, _, cat string) { p.Prices = append(p.Prices, price(cat, 1)) },
		"too high a price":      func(p *matchingv1.AdoptPlan, _, _ string) { p.Prices[0].Price += 1_000_000 },
		"left although wanted":  leaveSecond,
		"a part, and no remark": func(p *matchingv1.AdoptPlan, _, _ string) { p.Matches = p.Matches[:1]; p.Matches[0].Quantity = 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			near, far := w.need("ann", 2), w.Do("need", "dan", "matching.raise_need", &matchingv1.RaiseNeed{
				Skill: "meal", Quantity: 2, Cell: &matchingv1.Cell{East: 1}, Text: text("soup"),
			})
			bob, cat := w.provider("bob", 1, 2), w.provider("cat", -3, 5)
			plan, _ := w.proposed()
			if len(plan.GetMatches()) != 2 || len(plan.GetPrices()) != 1 || w.Try("olga", "matching.adopt_plan", proto.Clone(plan)) != "" {
				t.Fatalf("the plan itself: %v (%s, %s)", plan, near, far)
			}
			v := newWorld(t) // the same, with nothing adopted
			v.need("ann", 2)
			v.Do("need", "dan", "matching.raise_need", &matchingv1.RaiseNeed{
				Skill: "meal", Quantity: 2, Cell: &matchingv1.Cell{East: 1}, Text: text("soup"),
			})
			v.provider("bob", 1, 2)
			v.provider("cat", -3, 5)
			spoil(plan, bob, cat)
			if got := v.Try("olga", "matching.adopt_plan", plan); got != "plan.not_optimal" {
				t.Errorf("%q", got)
			}
		})
	}
}

func price(provider string, of int64) *matchingv1.ShadowPrice {
	return &matchingv1.ShadowPrice{Provider: provider, Skill: "meal", Price: of}
}

// leaveSecond leaves the second need unserved.
func leaveSecond(p *matchingv1.AdoptPlan, _, _ string) {
	p.Unserved = []*matchingv1.Unserved{{
		Need: p.Matches[1].Need, Quantity: p.Matches[1].Quantity, Shortage: matchingv1.Shortage_SHORTAGE_CAPACITY,
	}}
	p.Matches = p.Matches[:1]
}

// TestProposalsAreTaken: whatever there is, what is proposed is taken as optimal, and then nothing more is proposed.
func TestProposalsAreTaken(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		for range rapid.IntRange(1, 8).Draw(t, "needs") {
			asker := rapid.SampledFrom([]string{"ann", "fay", "bob"}).Draw(t, "asker")
			n := w.Do("need", asker, "matching.raise_need", &matchingv1.RaiseNeed{
				Skill: rapid.SampledFrom([]string{"meal", "errand"}).Draw(t, "skill"), Quantity: rapid.Int64Range(1, 6).Draw(t, "quantity"),
				Cell: &matchingv1.Cell{East: rapid.Int32Range(-12, 12).Draw(t, "east"), North: rapid.Int32Range(-3, 3).Draw(t, "north")},
				Text: text("x"),
			})
			if rapid.Bool().Draw(t, "assessed") {
				w.Do("need", "gwen", "matching.assess_need", &matchingv1.AssessNeed{
					Need: n, Priority: rapid.Uint32Range(1, 9).Draw(t, "priority"),
				})
			}
		}
		for _, who := range servers {
			p := w.provider(who, rapid.Int32Range(-5, 5).Draw(t, "place"), rapid.Int64Range(0, 5).Draw(t, "capacity"))
			if rapid.Bool().Draw(t, "errands") {
				w.offer(who, p, "errand", rapid.Int64Range(1, 5).Draw(t, "errands"))
			}
		}
		w.later(rapid.Int64Range(0, 300).Draw(t, "minutes") * minute)
		for range 3 {
			plan, _ := w.proposed()
			if plan == nil {
				return
			}
			c, err := w.Submit(w.Input("olga", "matching.adopt_plan", plan))
			if err != nil {
				t.Fatalf("refused: %v: %v", err, plan)
			}
			if planned := len(plan.GetMatches()); planned != countKind(c, "assignment") {
				t.Fatalf("%d matches, %d assignments", planned, countKind(c, "assignment"))
			}
		}
		t.Fatal("something is left to plan each time")
	})
}

func countKind(c *chain.Commit, kind string) (n int) {
	for _, ch := range c.Changes {
		if chain.KindOf(ch.Aggregate) == kind {
			n++
		}
	}
	return n
}
