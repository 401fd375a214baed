package reading

import (
	"slices"

	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Reading is aggregate reading/<id>: one text shown to one reader.
type Reading struct {
	Ref     string `json:"ref"`
	Subject string `json:"subject"`
	Reader  string `json:"reader"`
	Purpose string `json:"purpose"`
	NamedBy string `json:"named_by,omitempty"`
	ReadAt  int64  `json:"read_at"`
}

// Subject is aggregate subject/<member or unit>: it exists once everything of theirs was erased.
type Subject struct {
	By       string `json:"by"`
	ErasedAt int64  `json:"erased_at"`
}

// NamedText is whose text the record names, and which: the service's view of a statement.
type NamedText struct {
	Subject string `json:"subject"`
	Ref     string `json:"ref"`
}

// Pictured is a text with the photographs beside it, sealed under the same key: whoever may read the words may see them.
type Pictured struct {
	NamedText
	Pictures []string `json:"pictures,omitempty"`
}

// Clone is shallow: Evolve replaces the list whole.
func (p *Pictured) Clone() *Pictured { dup := *p; return &dup }

// texts gives the words and each picture.
func (p *Pictured) texts() []NamedText {
	out := []NamedText{p.NamedText}
	for _, ref := range p.Pictures {
		out = append(out, NamedText{Subject: p.Subject, Ref: ref})
	}
	return out
}

// pictured takes words and pictures out of a fact.
func pictured(subject string, words *communityv1.Text, pictures []*communityv1.Text) Pictured {
	out := Pictured{NamedText: NamedText{Subject: subject, Ref: words.GetRef()}}
	for _, p := range pictures {
		out.Pictures = append(out.Pictures, p.GetRef())
	}
	return out
}

// Topic is the service's view of a topic.
type Topic struct {
	Pictured
	Withdrawn bool `json:"withdrawn,omitempty"`
}

// Clone is shallow: Evolve replaces the list whole.
func (t *Topic) Clone() *Topic { dup := *t; return &dup }

// Motion is the service's view of a motion: the texts beside it.
type Motion struct {
	Texts []NamedText `json:"texts"`
}

// Delivery is the service's view of how a notice came to somebody, of a poll's to a voter or of a policy's: what shows it. Brought are
// proofs that whoever brought it sealed under their own id, because it came to somebody under whose id they may seal nothing.
type Delivery struct {
	Refs    []string    `json:"refs"`
	Brought []NamedText `json:"brought,omitempty"`
}

// Clone is shallow: Evolve replaces the lists whole.
func (d *Delivery) Clone() *Delivery { dup := *d; return &dup }

// Clone copies what Evolve writes into.
func (m *Motion) Clone() *Motion { return &Motion{Texts: slices.Clone(m.Texts)} }

// Kinds registers the service's own aggregates and its views of proposals and of help.
func Kinds() decider.Part {
	return func(m *decider.Model) {
		decider.Kind("reading", true, evolveReading)(m)
		decider.Kind("subject", true, evolveSubject)(m)
		decider.Kind("topic", false, evolveTopic)(m)
		decider.Kind("statement", false, evolveStatement)(m)
		decider.Kind("motion", false, evolveMotion)(m)
		decider.Kind("delivery", false, evolveDelivery)(m)
		decider.Kind("addressee", false, evolveDelivery)(m)
		aidKinds(m)
		matchingKinds(m)
		ledgerKinds(m)
		firstsPart(m)
	}
}

func evolveReading(r *Reading, e decider.Event) {
	if b, ok := e.Body.(*vaultv1.TextRead); ok {
		*r = Reading{
			Ref: b.GetRef(), Subject: b.GetSubject(), Reader: b.GetReader(), Purpose: b.GetPurpose().String(), NamedBy: b.GetNamedBy(),
			ReadAt: e.Time,
		}
	}
}

func evolveSubject(s *Subject, e decider.Event) {
	if b, ok := e.Body.(*vaultv1.SubjectErased); ok {
		*s = Subject{By: b.GetBy(), ErasedAt: e.Time}
	}
}

func evolveTopic(t *Topic, e decider.Event) {
	switch b := e.Body.(type) {
	case *proposalv1.TopicPosted:
		*t = Topic{Pictured: pictured(b.GetAuthor(), b.GetText(), b.GetPictures())}
	case *proposalv1.TopicWithdrawn:
		t.Withdrawn = true
	}
}

func evolveStatement(s *NamedText, e decider.Event) {
	if b, ok := e.Body.(*proposalv1.StatementSubmitted); ok {
		*s = NamedText{Subject: b.GetAuthor(), Ref: b.GetText().GetRef()}
	}
}

func evolveDelivery(d *Delivery, e decider.Event) {
	switch b := e.Body.(type) {
	case *votingv1.NoticeDelivered:
		if ref := b.GetEvidence().GetRef(); ref != "" {
			d.Refs = append(slices.Clone(d.Refs), ref)
		}
	case *aidv1.PolicyNoticeReached:
		ref := b.GetEvidence().GetRef()
		if ref == "" {
			return
		}
		d.Refs = append(slices.Clone(d.Refs), ref)
		for _, by := range b.GetBy() {
			d.Brought = append(slices.Clone(d.Brought), NamedText{Subject: by, Ref: ref})
		}
	}
}

func evolveMotion(m *Motion, e decider.Event) {
	add := func(subject string, t *communityv1.Text) {
		if t.GetRef() != "" {
			m.Texts = append(m.Texts, NamedText{Subject: subject, Ref: t.GetRef()})
		}
	}
	switch b := e.Body.(type) {
	case *proposalv1.MotionVetoed:
		add(b.GetGuardian(), b.GetReason())
	case *proposalv1.ExecutionReported:
		add(b.GetBy(), b.GetEvidence())
	}
}
