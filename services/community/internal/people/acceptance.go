package people

import (
	"encoding/json"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// ErrMandateSettled: there is nothing to accept or decline.
var ErrMandateSettled = fault.New(fault.Refused, "mandate.settled",
	"This mandate does not wait for being accepted.", "该项委托无需接受，或已经接受。")

// AcceptMandate is the rule of taking a mandate on. It is the helper's own word by a device of their own, as every act under it will be;
// and what would make every such act refused refuses it too, so that nobody counts on a helper who cannot act.
func AcceptMandate(v *decider.View, cmd *decider.Command, body *communityv1.AcceptMandate) ([]decider.Change, error) {
	m, err := waiting(v, cmd, body.GetMandate())
	switch {
	case err != nil:
		return nil, err
	case cmd.Author == chain.AuthorHosted:
		return nil, standing.ErrMandateDevice
	}
	if _, err := standing.Active(v, m.Principal); err != nil {
		return nil, standing.ErrMandateEnded
	}
	if err := checkHelper(v, m.Helper, slices.Contains(m.Acts, communityv1.Act_ACT_BALLOTS)); err != nil {
		return nil, err
	}
	v.Window(0, m.Until)
	return []decider.Change{decider.On(standing.MandatePath(body.GetMandate()), &communityv1.MandateAccepted{})}, nil
}

// DeclineMandate is the rule of not taking a mandate on. Any key of the helper says it: who has lost their device must be able to refuse.
func DeclineMandate(v *decider.View, cmd *decider.Command, body *communityv1.DeclineMandate) ([]decider.Change, error) {
	if _, err := waiting(v, cmd, body.GetMandate()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(standing.MandatePath(body.GetMandate()), &communityv1.MandateDeclined{})}, nil
}

// waiting gives a mandate that waits for the actor's word whether they take it on.
func waiting(v *decider.View, cmd *decider.Command, id string) (*standing.Mandate, error) {
	m, ok := decider.Get[standing.Mandate](v, standing.MandatePath(id))
	switch {
	case !ok:
		return nil, standing.ErrMandateUnknown
	case m.Helper != cmd.Actor:
		return nil, standing.ErrMandateHelper
	case m.Ended(cmd.Time):
		return nil, ErrMandateGone
	case !m.Waits():
		return nil, ErrMandateSettled
	}
	return m, nil
}

// Concerns lists, by member, the mandates that they gave or were given, in the order of the record: past ones too. No rule reads it.
type Concerns struct {
	Mandates map[string][]string `json:"mandates"`
}

// ConcernsPart registers the list.
func ConcernsPart() decider.Part {
	return decider.Derived(func() *Concerns { return &Concerns{Mandates: map[string][]string{}} }, func(c *Concerns, e decider.Event) {
		if b, ok := e.Body.(*communityv1.MandateGranted); ok {
			id := e.Aggregate[len(chain.Collection(e.Aggregate))+1:]
			for _, member := range []string{b.GetPrincipal(), b.GetHelper()} {
				c.Mandates[member] = append(c.Mandates[member], id)
			}
		}
	})
}

// mandatesShown is how many mandates one answer lists.
const mandatesShown = 100

// AnswerMandates answers a standing.MandatesQuestion with a standing.MandatesPage. It reads the state, so it must run where its owner runs.
func AnswerMandates(s *decider.State, question []byte) ([]byte, error) {
	var q standing.MandatesQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	page, limit := standing.MandatesPage{Mandates: []standing.ConcernedMandate{}}, min(max(1, q.Limit), mandatesShown)
	list := decider.PeekDerived[Concerns](s).Mandates[q.Member]
	if at := slices.Index(list, q.Before); q.Before != "" {
		list = list[:max(0, at)]
	}
	for _, id := range slices.Backward(list) {
		m := decider.Peek[standing.Mandate](s, standing.MandatePath(id))
		if m == nil || q.Part != "" && m.PartOf(q.Member) != q.Part {
			continue
		}
		if len(page.Mandates) == limit {
			page.Next = page.Mandates[limit-1].Mandate
			break
		}
		page.Mandates = append(page.Mandates, standing.ConcernedMandate{
			Mandate: id, Terms: *m, Gone: !stands(s, m.Principal) || !stands(s, m.Helper),
		})
	}
	return json.Marshal(page)
}

// stands is standing.Active from outside a rule.
func stands(s *decider.State, member string) bool {
	m := decider.Peek[standing.Member](s, "member/"+member)
	if m == nil || m.Revoked {
		return false
	}
	if m.Import == "" {
		return true
	}
	i := decider.Peek[standing.Import](s, "import/"+m.Import)
	return i != nil && i.Completed
}
