package main

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/abroad"
	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	"renlin.dev/pkg/op"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// shore is one of two communities of a running pilot, and how the other one knows it.
type shore struct {
	*neighbourhood.Neighbourhood
	t     *testing.T
	known *abroad.Log
	keys  *matchingv1.RegisterPeer
}

func newShore(t *testing.T, g *client.Gateway, name string, kind communityv1.OrgKind) *shore {
	t.Helper()
	n, err := neighbourhood.Found(t.Context(), g, neighbourhood.Plan{
		Name:     name,
		First:    &communityv1.Org{Kind: kind, Name: name},
		Second:   &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_OWNERS_COMMITTEE, Name: "Second of " + name},
		Rulebook: neighbourhood.ExampleRulebook, FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
		SecondRoles: []communityv1.Role{communityv1.Role_ROLE_GUARDIAN},
	})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := n.Policy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	known, err := abroad.ReadLog(n.Community, policy)
	if err != nil {
		t.Fatal(err)
	}
	return &shore{n, t, known, &matchingv1.RegisterPeer{
		Community: n.Community, FoundingKey: n.EpochKey, Policy: policy, Middle: &matchingv1.Cell{},
	}}
}

// do sends a command that must be taken.
func (s *shore) do(who *client.Device, operation, route string, body proto.Message) *op.Answer {
	s.t.Helper()
	answer, err := who.Do(s.t.Context(), operation, route, body)
	if err != nil {
		s.t.Fatalf("%s: %v", operation, err)
	}
	return answer
}

// knows has officers of two organisations register the other community.
func (s *shore) knows(other *shore) {
	s.t.Helper()
	if _, err := s.First.Do(s.t.Context(), "matching.register_peer", "peers", other.keys, s.Second.Key); err != nil {
		s.t.Fatal(err)
	}
}

// carry takes along the commit that has a fact on an aggregate of a kind.
func (s *shore) carry(kind, fact string) (commit, proof []byte) {
	s.t.Helper()
	commit, proof, err := neighbourhood.Carry(s.t.Context(), s.First.Device, s.known, func(c *chain.Commit) bool {
		for _, change := range c.Changes {
			for _, e := range change.Events {
				if chain.KindOf(change.Aggregate) == kind && strings.HasSuffix(e.Type, "."+fact) {
					return true
				}
			}
		}
		return false
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return commit, proof
}

func (s *shore) words() *communityv1.Text {
	s.t.Helper()
	sealed, err := s.First.PutText(s.t.Context(), s.First.Member, "soup, at the gate")
	if err != nil {
		s.t.Fatal(err)
	}
	return neighbourhood.Text(sealed)
}

// serve has the office's second officer bring what a need asks for, and the first ask whether it has arrived.
func (s *shore) serve(need string) {
	s.t.Helper()
	provider := made(s.do(s.Second.Device, "matching.register_provider", "providers", &matchingv1.RegisterProvider{
		Member: s.Second.Member, Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 9},
	}), "provider")
	s.do(s.Second.Device, "matching.publish_offer", "providers/"+provider+"/offers", &matchingv1.PublishOffer{
		Provider: provider, Skill: "meal", Capacity: 5,
	})
	assignment := made(s.do(s.First.Device, "matching.adopt_plan", "plans", &matchingv1.AdoptPlan{
		Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: time.Now().Add(-time.Minute).UnixMilli(),
		Matches: []*matchingv1.Match{{Need: need, Quantity: 2, Providers: []string{provider}}},
	}), "assignment")
	at := "assignments/" + assignment
	s.do(s.Second.Device, "matching.accept", at+"/acceptance", &matchingv1.AcceptAssignment{Assignment: assignment, Provider: provider})
	s.do(s.Second.Device, "matching.complete", at+"/completion", &matchingv1.CompleteAssignment{Assignment: assignment, Quantity: 2})
	s.do(s.First.Device, "matching.confirm", at+"/confirmation", &matchingv1.ConfirmAssignment{Assignment: assignment, Quantity: 2})
}

// TestAcross: two communities of one process; what the one has nobody for, the other serves, and both records say the same.
func TestAcross(t *testing.T) {
	address, _ := startPilot(t)
	g := client.New(address)
	home := newShore(t, g, "Home", communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE)
	office := newShore(t, g, "Street office", communityv1.OrgKind_ORG_KIND_GOVERNMENT)
	home.knows(office)
	office.knows(home)
	need := made(home.do(home.First.Device, "matching.raise_need", "needs", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 2, Cell: &matchingv1.Cell{}, Text: home.words(),
	}), "need")
	referral := made(home.do(home.Second.Device, "matching.refer_need", "needs/"+need+"/referrals", &matchingv1.ReferNeed{
		Need: need, Peer: office.Community,
	}), "referral")
	commit, proof := home.carry("referral", "ReferralMade")
	there := made(office.do(office.First.Device, "matching.take_up", "uptakes", &matchingv1.TakeUp{
		Peer: home.Community, Commit: commit, Proof: proof, Text: office.words(),
	}), "need")
	office.serve(there)
	commit, proof = office.carry("uptake", "UptakeClosed")
	settled := home.do(home.First.Device, "matching.settle_referral", "referrals/"+referral+"/settlement", &matchingv1.SettleReferral{
		Referral: referral, Commit: commit, Proof: proof,
	})
	var n struct {
		Served, Waiting, Referred int64
	}
	if _, err := home.First.Record(t.Context(), "need/"+need, settled.Position, &n); err != nil {
		t.Fatal(err)
	}
	if n.Served != 2 || n.Waiting != 0 || n.Referred != 0 {
		t.Errorf("what was served there is here: %+v", n)
	}
}
