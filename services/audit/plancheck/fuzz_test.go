package plancheck_test

import (
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/chain"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/audit/plancheck"
)

// FuzzRecord: whatever a commit holds, it is read or counts as withheld, and a plan that names what is not there is found out or left
// unchecked; nothing falls over.
func FuzzRecord(f *testing.F) {
	f.Add([]byte(nil), []byte(`{}`), uint64(0))
	f.Add([]byte{1}, []byte(`{"matches":[{"need":"n","quantity":"1","providers":["p"]}]}`), uint64(1))
	f.Add([]byte{1}, []byte(`{"unserved":[{"need":"n","quantity":"-1"}],"leftOut":[{"skill":"meal","needs":7}]}`), uint64(1))
	f.Fuzz(func(t *testing.T, raw, body []byte, base uint64) {
		c := plancheck.New()
		c.Add(0, raw)
		c.Block(0, 1, chain.Hash{})
		c.Add(1, commit(t, body, base))
		c.Block(1, 1, chain.Hash{1})
		for _, p := range c.Report().Plans {
			if p.Unchecked && len(p.Findings) > 0 {
				t.Errorf("not checked, and found out: %+v", p)
			}
		}
	})
}

// commit is one that raises a need, offers to serve it, and then adopts a plan that somebody signed; nil, as if withheld, for a plan that
// is too large for any commit.
func commit(t *testing.T, plan []byte, base uint64) []byte {
	t.Helper()
	command, err := (&chain.Signed{Suite: chain.SuiteNone, Operation: "matching.adopt_plan", Contract: 1, Body: plan}).Encode(nil)
	if err != nil {
		return nil
	}
	asked := &matchingv1.AdoptPlan{}
	_ = protojson.Unmarshal(plan, asked) // what cannot be read is read by nobody
	c := &chain.Commit{Service: "matching", Time: 1, Command: command}
	for _, e := range []struct {
		path string
		body proto.Message
	}{
		{"need/n", &matchingv1.NeedRaised{Skill: "meal", Quantity: 1}},
		{"plan/p", &matchingv1.PlanAdopted{
			Claim: matchingv1.Claim_CLAIM_OPTIMAL, Base: base, Seed: make([]byte, 32), LeftOut: asked.GetLeftOut(), PlannedAt: asked.GetPlannedAt(),
		}},
		{"provider/p", &matchingv1.ProviderRegistered{Member: "m"}},
		{"provider/p/offer/meal", &matchingv1.OfferPublished{Capacity: 1}},
	} {
		encoded, err := proto.Marshal(e.body)
		if err != nil {
			t.Fatal(err)
		}
		c.Changes = append(c.Changes, chain.Change{Aggregate: e.path, Version: 1, Events: []chain.Event{
			{Type: string(e.body.ProtoReflect().Descriptor().FullName()), Body: encoded},
		}})
	}
	raw, err := c.Encode()
	if err != nil {
		return nil
	}
	return raw
}

// TestCodes: every finding has a code of its own, below plan.
func TestCodes(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, code := range plancheck.Codes() {
		if seen[code] || code[:5] != "plan." {
			t.Errorf("%s", code)
		}
		seen[code] = true
	}
}
