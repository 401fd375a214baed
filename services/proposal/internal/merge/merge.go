// Package merge holds the rules of merging topics: who may propose it, who must agree, and how it is carried out.
//
// Who raised one of some topics of a matter, or a convener, may propose that they go on as one of them. It takes the consent of
// everybody who raised one of them or one that was merged into them before, each by their own signature; whoever proposes and is one
// of these has given theirs. No mandate covers it: a helper consents for nobody. Who is no longer a member is not waited for, nor
// asked again if they come back after the last consent. One who declines ends the proposal; so does who proposed it, and its time,
// which the rulebook sets, seven days where it does not. From the last consent on nothing stops it: the rule itself carries it out,
// or, where one of the topics has been withdrawn, taken or merged meanwhile, says why it has failed.
//
// The merged topics are closed and point to the one that goes on. Their supporters are its supporters from then on, each once. The
// threshold counts distinct people over all open topics of a matter, so merging neither reaches it nor undoes it. A topic that has
// received others can no longer be withdrawn by its author alone, because others' support stands behind it. There is no splitting off
// again: who has seconded the topic since has seconded the whole. Whoever wants theirs back on its own raises it anew.
//
// A proposal is aggregate merge/<id>; a consent stands on merge/<id>/merge-consent/<member>, so that nobody who consents waits for
// another; member/<id>/merging/<topic> holds the one open proposal by which a member would merge topics into that one, so that
// nobody is flooded with them.
package merge

import (
	"strings"

	"renlin.dev/pkg/decider"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// State is where a proposal to merge stands.
type State string

// The states of a proposal. All but Open are final.
const (
	Open      State = "open"
	Completed State = "completed"
	Declined  State = "declined"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
	Failed    State = "failed"
)

// Merge is aggregate merge/<id>. Times are milliseconds since the Unix epoch.
type Merge struct {
	Matter     string   `json:"matter"`
	Into       string   `json:"into"`
	Topics     []string `json:"topics"`
	Authors    []string `json:"authors"` // whose consent it takes
	ProposedBy string   `json:"proposed_by"`
	ProposedAt int64    `json:"proposed_at"`
	ExpiresAt  int64    `json:"expires_at"`
	State      State    `json:"state"`
	EndedAt    int64    `json:"ended_at,omitempty"`
	DeclinedBy string   `json:"declined_by,omitempty"`
	FailedFor  string   `json:"failed_for,omitempty"` // a fault's code
}

// Clone is shallow: Evolve replaces the lists whole.
func (m *Merge) Clone() *Merge { dup := *m; return &dup }

// Consent is aggregate merge/<id>/merge-consent/<member>.
type Consent struct {
	Member      string `json:"member"`
	ConsentedAt int64  `json:"consented_at"`
}

// Listed is aggregate member/<id>/merging/<topic>: the member's last proposal to merge topics into that one.
type Listed struct {
	Merge string `json:"merge"`
}

// Path names a proposal's aggregate.
func Path(id string) string { return "merge/" + id }

// ConsentPath names the aggregate of an author's consent.
func ConsentPath(id, member string) string { return "merge/" + id + "/merge-consent/" + member }

// ListedPath names the aggregate of a member's open proposal for a topic.
func ListedPath(member, into string) string { return "member/" + member + "/merging/" + into }

// Index is the open proposals with their authors, folded for the policy that carries them out.
type Index struct {
	Open map[string][]string `json:"open"`
}

// Kinds registers the aggregates of this package and the index.
func Kinds(m *decider.Model) {
	decider.Kind("merge", true, evolveMerge)(m)
	decider.Kind("merge-consent", true, evolveConsent)(m)
	decider.Kind("merging", true, evolveListed)(m)
	decider.Derived(func() *Index { return &Index{Open: map[string][]string{}} }, fold)(m)
}

func evolveMerge(m *Merge, e decider.Event) {
	end := func(s State) { m.State, m.EndedAt = s, e.Time }
	switch b := e.Body.(type) {
	case *proposalv1.MergeProposed:
		*m = Merge{
			Matter: b.GetMatter(), Into: b.GetInto(), Topics: b.GetTopics(), Authors: b.GetAuthors(), ProposedBy: e.Actor, ProposedAt: e.Time,
			ExpiresAt: b.GetExpiresAt(), State: Open,
		}
	case *proposalv1.MergeCompleted:
		end(Completed)
	case *proposalv1.MergeDeclined:
		end(Declined)
		m.DeclinedBy = b.GetBy()
	case *proposalv1.MergeWithdrawn:
		end(Withdrawn)
	case *proposalv1.MergeExpired:
		end(Expired)
	case *proposalv1.MergeFailed:
		end(Failed)
		m.FailedFor = b.GetReason()
	}
}

func evolveConsent(c *Consent, e decider.Event) {
	if _, ok := e.Body.(*proposalv1.MergeConsented); ok {
		*c = Consent{Member: e.Aggregate[strings.LastIndexByte(e.Aggregate, '/')+1:], ConsentedAt: e.Time}
	}
}

func evolveListed(l *Listed, e decider.Event) {
	if b, ok := e.Body.(*proposalv1.OpenMergeListed); ok {
		l.Merge = b.GetMerge()
	}
}

func fold(x *Index, e decider.Event) {
	switch b := e.Body.(type) {
	case *proposalv1.MergeProposed:
		x.Open[strings.TrimPrefix(e.Aggregate, "merge/")] = b.GetAuthors()
	case *proposalv1.MergeCompleted, *proposalv1.MergeDeclined, *proposalv1.MergeWithdrawn, *proposalv1.MergeExpired, *proposalv1.MergeFailed:
		delete(x.Open, strings.TrimPrefix(e.Aggregate, "merge/"))
	}
}
