package audit

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// fact is an event on an aggregate.
type fact struct {
	path string
	body proto.Message
}

// ruledCommit gives a commit of matching's that a rule demanded.
func ruledCommit(name string, body []byte, facts ...fact) []byte {
	s := chain.Signed{Operation: "matching.adopt_plan", IdempotencyKey: name, Body: body}
	c := chain.Commit{
		Author: chain.AuthorPolicy, ID: must(s.ID(chain.AuthorPolicy, "matching")), Service: "matching", Command: must(s.Encode(nil)),
	}
	for _, f := range facts {
		c.Changes = append(c.Changes, chain.Change{Aggregate: f.path, Version: 1, Events: []chain.Event{
			{Type: string(f.body.ProtoReflect().Descriptor().FullName()), Body: must(proto.Marshal(f.body))},
		}})
	}
	return must(c.Encode())
}

// planned adds a need of two, who would serve one if anybody does, and so many plans, each of which leaves both: that is optimal where
// nobody serves.
func (r *record) planned(plans int, served bool) *record {
	facts := []fact{{"need/n", &matchingv1.NeedRaised{Skill: "meal", Quantity: 2}}}
	if served {
		facts = append(facts, fact{"provider/p", &matchingv1.ProviderRegistered{Member: "m"}},
			fact{"provider/p/offer/meal", &matchingv1.OfferPublished{Capacity: 1}})
	}
	r.block(ruledCommit("given", nil, facts...))
	for i := range plans {
		seed := r.head.Hash()
		body := must(protojson.Marshal(&matchingv1.AdoptPlan{Unserved: []*matchingv1.Unserved{{Need: "n", Quantity: 2}}}))
		r.block(ruledCommit(fmt.Sprint(i), body, fact{fmt.Sprintf("plan/p%d", i), &matchingv1.PlanAdopted{
			Claim: matchingv1.Claim_CLAIM_OPTIMAL, Base: r.size(), Seed: seed[:],
		}}))
	}
	return r
}

// TestPlansAreHeldAgainstTheRecord: a plan that calls itself optimal and is not is a finding that everybody is shown, before and after a
// start, and stops nothing; one that is optimal is counted.
func TestPlansAreHeldAgainstTheRecord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		served bool
		plans  int
		wrong  uint64
		shown  int
	}{
		"well":           {false, 2, 0, 0},
		"wrong":          {true, 1, 1, 1},
		"more than fits": {true, 25, 25, planFindingsMax},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRecord(1, 1).planned(c.plans, c.served)
			cfg := configOf(t, r, streamOf(r))
			a, halts := running(t, cfg)
			await(t, "all plans", func() bool { return a.State(t.Context()).Plans.Blocks == uint64(len(r.blocks)) })
			s := a.State(t.Context())
			if p := s.Plans; p.Checked != uint64(c.plans) || p.Wrong != c.wrong || p.Unchecked != 0 || len(p.Findings) != c.shown {
				t.Fatalf("%+v", p)
			}
			if s.Stopped != "" || len(s.Trouble) > 0 || len(halts) > 0 || a.Ready(t.Context()) != nil {
				t.Errorf("it stops: %+v", s)
			}
			if c.wrong > 0 {
				last := s.Plans.Findings[c.shown-1]
				if last.Code != "plan.cheaper_offer" || last.Plan != fmt.Sprintf("p%d", c.plans-1) || last.English == "" || last.Chinese == "" {
					t.Errorf("%+v", last)
				}
			}
			again := openOn(t, configOf(t, r, streamOf(r)))
			mustFeed(t, again, r)
			if err := again.checkNewPlans(t.Context()); err != nil {
				t.Fatal(err)
			}
			if p := again.plansSeen(); p.Wrong != c.wrong || p.Checked != uint64(c.plans) {
				t.Errorf("after a start: %+v", p)
			}
		})
	}
}
