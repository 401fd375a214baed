package reading

import (
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// Served is the service's view of an assignment: whose need it serves, who serves it now, and what shows that it was done.
type Served struct {
	Need   string      `json:"need"`
	Holder string      `json:"holder,omitempty"` // provider; from its yes until it drops out
	Texts  []NamedText `json:"texts,omitempty"`
}

// Clone is shallow: Evolve replaces the list whole.
func (s *Served) Clone() *Served { dup := *s; return &dup }

// Serving is the service's view of a provider: who answers for it, and what was attested of it.
type Serving struct {
	Member string      `json:"member"`
	Texts  []NamedText `json:"texts,omitempty"`
}

// Clone is shallow: Evolve replaces the list whole.
func (s *Serving) Clone() *Serving { dup := *s; return &dup }

func matchingKinds(m *decider.Model) {
	decider.Kind("need", false, evolveAsked)(m)
	decider.Kind("assignment", false, evolveServed)(m)
	decider.Kind("provider", false, evolveServing)(m)
}

// evolveAsked takes the words of a need as those of whoever is helped, who may have them erased.
func evolveAsked(n *Pictured, e decider.Event) {
	if b, ok := e.Body.(*matchingv1.NeedRaised); ok {
		*n = pictured(b.GetBeneficiary(), b.GetText(), b.GetPictures())
	}
}

func evolveServed(s *Served, e decider.Event) {
	switch b := e.Body.(type) {
	case *matchingv1.AssignmentPlanned:
		s.Need = b.GetNeed()
	case *matchingv1.AssignmentAccepted:
		s.Holder = b.GetProvider()
	case *matchingv1.AssignmentRefused:
		s.dropped(b.GetProvider())
	case *matchingv1.CheckInMissed:
		s.dropped(b.GetProvider())
	case *matchingv1.CandidateReleased:
		s.dropped(b.GetProvider())
	case *matchingv1.AssignmentDone:
		if b.GetEvidence().GetRef() != "" {
			s.Texts = append(slices.Clone(s.Texts), NamedText{Subject: e.Actor, Ref: b.GetEvidence().GetRef()})
		}
	}
}

func (s *Served) dropped(provider string) {
	if s.Holder == provider {
		s.Holder = ""
	}
}

func evolveServing(s *Serving, e decider.Event) {
	switch b := e.Body.(type) {
	case *matchingv1.ProviderRegistered:
		s.Member = b.GetMember()
	case *matchingv1.ProviderAttested:
		s.Texts = append(slices.Clone(s.Texts), NamedText{Subject: b.GetBy(), Ref: b.GetEvidence().GetRef()})
	}
}

// serves tells whether the reader is on their way: they answer for the provider that has taken the named assignment on and is not done
// with it.
func serves(v *decider.View, cmd *decider.Command, body *vaultv1.ReadText) bool {
	at := body.GetNamedBy()
	if chain.CheckAggregate(at) != nil || chain.KindOf(at) != "assignment" {
		return false
	}
	a, ok := decider.Get[Served](v, at)
	if !ok || a.Holder == "" {
		return false
	}
	p, ok := decider.Get[Serving](v, "provider/"+a.Holder)
	return ok && p.Member == cmd.Actor
}

// matched gives the texts that needs, providers and assignments name; an assignment names its need's words, too.
func matched(v *decider.View, at string, open scope) (texts []NamedText) {
	if !open.people && !open.served {
		return nil
	}
	switch kind, id, _ := strings.Cut(at, "/"); {
	case chain.KindOf(at) != kind: // below another aggregate
	case kind == "need" && open.people:
		if n, ok := decider.Get[Pictured](v, at); ok {
			texts = n.texts()
		}
	case kind == "provider" && open.people && id != "":
		if p, ok := decider.Get[Serving](v, at); ok {
			texts = p.Texts
		}
	case kind == "assignment":
		a, ok := decider.Get[Served](v, at)
		if !ok {
			return nil
		}
		if open.people {
			texts = a.Texts
		}
		if n, ok := decider.Get[Pictured](v, "need/"+a.Need); ok {
			texts = append(slices.Clone(texts), n.texts()...)
		}
	}
	return texts
}
