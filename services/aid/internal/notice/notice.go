// Package notice holds the rules of policy notices: that those whom a policy concerns come to know of it, and that this can be shown.
//
// An officer publishes a notice with words that everybody may read, and says whom it concerns: every resident, who owns or lives in some
// units, the files of those for whom some help was asked, or those on a sealed list. Who that is, is found by the rule on the record as it
// stands at that moment, and fixed: so many, and just these. Of a sealed list the record holds only the number and the root of a tree over
// keys, one for each person on it; only the office knows whose they are, so nobody reads in the record who is ill, poor or alone.
//
// That a notice came is shown for each of them: by their own word, a helper's or who speaks for them, by the code of a sealed list, or by
// those who brought it, as package delivery says. Whom it has not reached in its time is counted on the record, and that goes up; officers
// see who they are.
package notice

import (
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/delivery"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	votingv1 "renlin.dev/proto/renlin/voting/v1"
)

// Notice is aggregate policy-notice/<id>. Times are milliseconds since the Unix epoch.
type Notice struct {
	Kind        string            `json:"kind"`
	Scope       aidv1.NoticeScope `json:"scope"`
	Units       []string          `json:"units,omitempty"`
	Category    string            `json:"category,omitempty"`
	Title       string            `json:"title"`
	Text        string            `json:"text"`
	Org         string            `json:"org"`
	By          string            `json:"by"`
	PublishedAt int64             `json:"published_at"`
	ReachBy     int64             `json:"reach_by"`
	// Sealed says that whom it concerns is fixed: so many, under this root.
	Sealed bool   `json:"sealed,omitempty"`
	Count  uint32 `json:"count"`
	Root   []byte `json:"root,omitempty"`
	// Missed is how many it had not reached in its time, and to whom that went up.
	Missed      uint32 `json:"missed,omitempty"`
	EscalatedTo string `json:"escalated_to,omitempty"`
}

// Clone is shallow: Evolve replaces lists whole.
func (n *Notice) Clone() *Notice { dup := *n; return &dup }

// Proof is what shows that a notice came.
type Proof struct {
	Channel  votingv1.DeliveryChannel `json:"channel"`
	At       int64                    `json:"at"`
	Evidence string                   `json:"evidence,omitempty"` // vault reference
	By       []string                 `json:"by,omitempty"`
}

// Addressee is aggregate policy-notice/<id>/addressee/<member, file or entry>: how the notice came to somebody, and how it did not.
type Addressee struct {
	Proofs []Proof `json:"proofs,omitempty"`
	Failed []Proof `json:"failed,omitempty"`
}

// Clone is shallow: Evolve replaces the lists whole.
func (a *Addressee) Clone() *Addressee { dup := *a; return &dup }

// sought tells whether two persons together have looked for them.
func (a *Addressee) sought() bool {
	var by [][]string
	for _, f := range a.Failed {
		by = append(by, f.By)
	}
	return delivery.Sought(by)
}

// spoken tells whether they themselves, or who speaks for them, have said that they have it.
func (a *Addressee) spoken() bool {
	return slices.ContainsFunc(a.Proofs, func(p Proof) bool { return p.Channel <= votingv1.DeliveryChannel_DELIVERY_CHANNEL_HELPER })
}

// Path names a notice's aggregate.
func Path(id string) string { return "policy-notice/" + id }

func addresseePath(notice, id string) string { return Path(notice) + "/addressee/" + id }

// Kinds registers the aggregates of this package.
func Kinds(m *decider.Model) {
	decider.Kind("policy-notice", true, evolve)(m)
	decider.Kind("addressee", true, evolveAddressee)(m)
	decider.Kind("publishing", true, func(p *Publishing, e decider.Event) {
		if b, ok := e.Body.(*aidv1.OpenNoticesListed); ok {
			p.Notices = b.GetNotices()
		}
	})(m)
}

// Publishing is aggregate publishing/<organisation>: its notices of which something was still recorded at the last one, that one included.
// So how many there are is counted without looking at all that ever were.
type Publishing struct {
	Notices []string `json:"notices"`
}

// Clone is shallow: Evolve replaces the list whole.
func (p *Publishing) Clone() *Publishing { dup := *p; return &dup }

func publishingPath(org string) string { return "publishing/" + org }

func evolve(n *Notice, e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.PolicyNoticePublished:
		*n = Notice{
			Kind: b.GetKind(), Scope: b.GetScope(), Units: b.GetUnits(), Category: b.GetCategory(), Title: b.GetTitle(), Text: b.GetText(),
			Org: b.GetOrg(), By: b.GetBy(), PublishedAt: e.Time, ReachBy: b.GetReachBy(),
		}
	case *aidv1.AddresseesSealed:
		n.Sealed, n.Count, n.Root = true, b.GetCount(), b.GetRoot()
	case *aidv1.AddresseesMissed:
		n.Missed, n.EscalatedTo = b.GetCount(), b.GetEscalatedTo()
	}
}

func evolveAddressee(a *Addressee, e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.PolicyNoticeReached:
		a.Proofs = append(slices.Clone(a.Proofs), Proof{
			Channel: b.GetChannel(), At: b.GetAt(), Evidence: b.GetEvidence().GetRef(), By: b.GetBy(),
		})
	case *aidv1.PolicyNoticeAttempted:
		a.Failed = append(slices.Clone(a.Failed), Proof{Channel: b.GetChannel(), At: b.GetAt(), By: b.GetBy()})
	}
}

// Spoken tells, for questions, whether somebody whom a notice concerns has confirmed it.
func Spoken(s *decider.State, notice, id string) bool {
	a := decider.Peek[Addressee](s, addresseePath(notice, id))
	return a != nil && a.spoken()
}
