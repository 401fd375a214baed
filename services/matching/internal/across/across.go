// Package across holds how a need is served by another community, such as a street office: what one community refers, and what another
// takes up.
//
// Nothing is ever on two records at once by agreement, because there is none. What is referred is held here by a fact of this record, and
// the other community takes it up by a fact of its own that rests on the first one's proof; what came of it there is a fact there, whose
// proof is carried back and ends the hold, once. Who carries proofs does not matter: whatever is lost, repeated, late or out of order is
// refused, or comes to the same.
//
//	here:  waits → referred ─────────────────────────────→ settled, or lapsed and waits again
//	there:            └ proof → taken up → closed ─ proof ┘
//
// So that nobody is helped twice, time is a lease. A referral names until when it may be served, and what is taken up is a need there with
// that end: nobody is assigned, nobody accepts and nothing is brought from then on, by the other community's own rule and clock, and what
// came of it is closed once and for all. Here it is held some time longer, so that a word on its way can come. Only then does it wait
// again. If the word comes later still, what was served there is taken from what waits here; what of it was already assigned again is said
// as a number.
//
// A referral says what is needed, where and how urgently, and nothing of whom it is for. A community is known by keys that officers of two
// organisations have registered. What was taken up is not referred onward. What has been brought here waits for somebody to take it up or
// to decline it; what cannot be asked for here is declined by the rule itself.
//
// Capacity goes the same way, with the parts changed over: what a provider offers here is held, and lent to another community, which plans
// with it as with its own until the loan's time; then nobody there asks for it any more, and the word that it has ended is carried back
// and frees it, once. Without that word the hold ends some time later.
//
//	here:  offered → lent ────────────────────────────────→ settled, or lapsed, and offered again
//	there:            └ proof → brought → taken → closed ─ proof ┘
//
// Who answers for it there an officer there says: a member whom they can ask. Where more of the same is lent, another member answers for
// it, so that nobody is several.
package across

import (
	"crypto/sha256"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// Peer is aggregate peer/<community id>: how another community is known here.
type Peer struct {
	FoundingKey  []byte      `json:"founding_key"`
	Policy       string      `json:"policy"`
	Middle       supply.Cell `json:"middle"`
	By           string      `json:"by"`
	With         string      `json:"with"`
	RegisteredAt int64       `json:"registered_at"`
	Forgotten    bool        `json:"forgotten,omitempty"`
}

// Clone is shallow: Evolve replaces the key whole.
func (p *Peer) Clone() *Peer { dup := *p; return &dup }

// State is where a referral stands.
type State string

// The states of a referral. One that has lapsed can still be settled, late.
const (
	Held    State = "held"
	Settled State = "settled"
	Lapsed  State = "lapsed"
)

// Referral is aggregate referral/<id>: what this community has referred to another one.
type Referral struct {
	Need      string `json:"need"`
	Peer      string `json:"peer"`
	Quantity  int64  `json:"quantity"`
	ServeBy   int64  `json:"serve_by"`
	HoldUntil int64  `json:"hold_until"`
	By        string `json:"by,omitempty"`
	MadeAt    int64  `json:"made_at"`
	State     State  `json:"state"`
	Served    int64  `json:"served"`
	// Twice is how much of it was served there, and served or assigned again here.
	Twice   int64             `json:"twice,omitempty"`
	Ending  matchingv1.Ending `json:"ending,omitempty"`
	EndedAt int64             `json:"ended_at,omitempty"`
}

// Uptake is aggregate uptake/<id>: what this community has taken up of another one.
type Uptake struct {
	Peer     string            `json:"peer"`
	Referral string            `json:"referral"`
	Need     string            `json:"need,omitempty"` // here; empty where it was declined at once
	Quantity int64             `json:"quantity"`
	ServeBy  int64             `json:"serve_by"`
	By       string            `json:"by,omitempty"`
	Closed   bool              `json:"closed,omitempty"`
	Served   int64             `json:"served"`
	Ending   matchingv1.Ending `json:"ending,omitempty"`
	// BroughtAt is when it was brought here, Asked what was; of what was taken up at once the need says it.
	BroughtAt int64  `json:"brought_at,omitempty"`
	Asked     *Asked `json:"asked,omitempty"`
}

// Clone is shallow: Evolve replaces what was asked whole.
func (u *Uptake) Clone() *Uptake { dup := *u; return &dup }

// Asked is what another community asks for, in the grid of this one.
type Asked struct {
	Skill        string      `json:"skill"`
	Cell         supply.Cell `json:"cell"`
	From         int64       `json:"from,omitempty"`
	Languages    []string    `json:"languages,omitempty"`
	Attestations []string    `json:"attestations,omitempty"`
	Priority     uint32      `json:"priority,omitempty"`
	Vulnerable   bool        `json:"vulnerable,omitempty"`
}

// PeerPath names the aggregate of another community.
func PeerPath(community string) string { return "peer/" + community }

// ReferralPath names a referral's aggregate.
func ReferralPath(id string) string { return "referral/" + id }

// UptakePath names an uptake's aggregate.
func UptakePath(id string) string { return "uptake/" + id }

// UptakeID names the one uptake of another community's referral.
func UptakeID(peer, referral string) string {
	sum := sha256.Sum256([]byte("uptake/" + peer + "/" + referral))
	return chain.ShortID(sum[:])
}

// Kinds registers the aggregates of this package.
func Kinds(m *decider.Model) {
	decider.Kind("peer", true, func(p *Peer, e decider.Event) {
		switch b := e.Body.(type) {
		case *matchingv1.PeerRegistered:
			*p = Peer{
				FoundingKey: b.GetFoundingKey(), Policy: b.GetPolicy(), Middle: supply.CellOf(b.GetMiddle()), By: b.GetBy(), With: b.GetWith(),
				RegisteredAt: e.Time,
			}
		case *matchingv1.PeerForgotten:
			p.Forgotten = true
		}
	})(m)
	decider.Kind("referral", true, func(r *Referral, e decider.Event) {
		switch b := e.Body.(type) {
		case *matchingv1.ReferralMade:
			*r = Referral{
				Need: b.GetNeed(), Peer: b.GetPeer(), Quantity: b.GetQuantity(), ServeBy: b.GetServeBy(), HoldUntil: b.GetHoldUntil(), By: b.GetBy(),
				MadeAt: e.Time, State: Held,
			}
		case *matchingv1.ReferralSettled:
			r.State, r.Served, r.Twice, r.Ending, r.EndedAt = Settled, b.GetServed(), b.GetTwice(), b.GetEnding(), e.Time
		case *matchingv1.ReferralLapsed:
			r.State, r.EndedAt = Lapsed, e.Time
		}
	})(m)
	decider.Kind("uptake", true, func(u *Uptake, e decider.Event) {
		switch b := e.Body.(type) {
		case *matchingv1.UptakeBrought:
			*u = Uptake{
				Peer: b.GetPeer(), Referral: b.GetReferral(), Quantity: b.GetQuantity(), ServeBy: b.GetServeBy(), BroughtAt: e.Time,
				Asked: &Asked{
					Skill: b.GetSkill(), Cell: supply.CellOf(b.GetCell()), From: b.GetFrom(), Languages: b.GetLanguages(),
					Attestations: b.GetAttestations(), Priority: b.GetPriority(), Vulnerable: b.GetVulnerable(),
				},
			}
		case *matchingv1.UptakeMade:
			*u = Uptake{
				Peer: b.GetPeer(), Referral: b.GetReferral(), Need: b.GetNeed(), Quantity: b.GetQuantity(), ServeBy: b.GetServeBy(), By: b.GetBy(),
				BroughtAt: u.BroughtAt,
			}
		case *matchingv1.UptakeClosed:
			u.Peer, u.Referral, u.Quantity = b.GetPeer(), b.GetReferral(), b.GetServed()+b.GetReturned()
			u.Closed, u.Served, u.Ending, u.Asked = true, b.GetServed(), b.GetEnding(), nil
		}
	})(m)
	loanKinds(m)
}

// carried finds the one fact of a type in a commit of another community's matching service, on an aggregate of a kind, and gives it with
// the aggregate's id.
func carried[E any](c *chain.Commit, kind string) (fact E, id string, ok bool) {
	for _, change := range c.Changes {
		rest, of := strings.CutPrefix(change.Aggregate, kind+"/")
		if !of || c.Service != "matching" {
			continue
		}
		for _, e := range change.Events {
			body, err := decider.DecodeEvent(e)
			if err != nil {
				continue
			}
			if b, is := body.(E); is {
				return b, rest, true
			}
		}
	}
	return fact, "", false
}
