package casework

import (
	"encoding/json"
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/beneficiary"
)

// Index is which cases concern whom, folded for the question that shows somebody theirs. No rule reads it. What one is in it is looked at
// anew when it is shown, so that nobody sees a case that is no longer theirs.
type Index struct {
	// ByFile are the cases of a file, in the order of the record; ByMember the cases that a member ever worked on.
	ByFile   map[string][]string `json:"by_file"`
	ByMember map[string][]string `json:"by_member"`
	// Spoken are the files for which a member may ever have spoken, Orders what a member is to bring, and is asked to.
	Spoken map[string][]string `json:"spoken"`
	Orders map[string][]string `json:"orders"`
	Doer   map[string]string   `json:"doer"` // of such an order
}

// IndexPart registers the index.
func IndexPart() decider.Part {
	return decider.Derived(func() *Index {
		return &Index{ByFile: map[string][]string{}, ByMember: map[string][]string{}, Spoken: map[string][]string{},
			Orders: map[string][]string{}, Doer: map[string]string{}}
	}, (*Index).fold)
}

func (x *Index) fold(e decider.Event) {
	id := e.Aggregate[strings.LastIndexByte(e.Aggregate, '/')+1:]
	switch b := e.Body.(type) {
	case *aidv1.BeneficiaryRegistered:
		note(x.Spoken, b.GetMember(), id)
	case *aidv1.ProxyNamed:
		note(x.Spoken, b.GetProxy(), id)
	case *aidv1.AidRequested:
		note(x.ByFile, b.GetBeneficiary(), id)
		note(x.ByMember, b.GetBy(), id)
	case *aidv1.CaseAssigned:
		note(x.ByMember, b.GetWorker(), id)
	case *aidv1.WorkOrdered:
		note(x.ByMember, b.GetMember(), b.GetCase())
		x.carries(id, b.GetMember())
	case *aidv1.OrderAccepted:
		x.carries(id, b.GetMember())
	case *aidv1.OrderDeclined, *aidv1.OrderLapsed:
		x.carries(id, "")
	case *aidv1.WorkDelivered:
		if b.GetEnded() {
			x.carries(id, "")
		}
	}
}

// carries says whose an order is now; empty for nobody's.
func (x *Index) carries(order, member string) {
	if before := x.Doer[order]; before != "" {
		x.Orders[before] = slices.DeleteFunc(x.Orders[before], func(id string) bool { return id == order })
		delete(x.Doer, order)
	}
	if member != "" {
		x.Orders[member], x.Doer[order] = append(x.Orders[member], order), member
	}
}

func note(list map[string][]string, key, id string) {
	if key != "" && !slices.Contains(list[key], id) {
		list[key] = append(list[key], id)
	}
}

// MineQuestion asks for the cases that concern a member now, by descending id: those below one, or all where that is empty.
type MineQuestion struct {
	Member string `json:"member"`
	Before string `json:"before,omitempty"`
	Limit  int    `json:"limit"`
}

// Mine is one of them, as it stands.
type Mine struct {
	Case      string        `json:"case"`
	As        string        `json:"as"` // person, proxy, worker, author or doer
	State     State         `json:"state"`
	Urgency   aidv1.Urgency `json:"urgency"`
	ResolveBy int64         `json:"resolve_by"`
}

// AnswerMine gives a member's cases.
func AnswerMine(s *decider.State, question []byte) ([]byte, error) {
	var q MineQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	x := decider.PeekDerived[Index](s)
	var all []string
	for _, file := range x.Spoken[q.Member] {
		all = append(all, x.ByFile[file]...)
	}
	all = append(all, x.ByMember[q.Member]...)
	slices.SortFunc(all, func(a, b string) int { return strings.Compare(b, a) })
	out := []Mine{}
	for _, id := range slices.Compact(all) {
		c := decider.Peek[Case](s, Path(id))
		if c == nil || q.Before != "" && id >= q.Before {
			continue
		}
		if as := c.as(s, q.Member); as != "" {
			out = append(out, Mine{Case: id, As: as, State: c.State, Urgency: c.Urgency, ResolveBy: c.ResolveBy})
		}
		if len(out) == q.Limit {
			break
		}
	}
	return json.Marshal(out)
}

// as says what a member is in a case now; empty for nothing.
func (c *Case) as(s *decider.State, member string) string {
	b := decider.Peek[beneficiary.Beneficiary](s, beneficiary.Path(c.Beneficiary))
	switch {
	case b != nil && member == b.Member:
		return "person"
	case b != nil && member == b.Proxy:
		return "proxy"
	case member == c.Worker:
		return "worker"
	case member == c.By:
		return "author"
	}
	for _, w := range c.Works {
		if o := decider.Peek[Order](s, OrderPath(w.Order)); o != nil && !o.Ended && o.Member == member {
			return "doer"
		}
	}
	return ""
}
