package dispatch

import (
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// Desk is what concerns a member, so that whoever asks for it does not go through all that ever was. It is folded for questions alone; no
// rule looks at it. Lists are ascending.
type Desk struct {
	// Providers are those for which a member answers.
	Providers map[string][]string `json:"providers"`
	// Confirm are assignments that are done and wait for the word of whoever was helped.
	Confirm map[string][]string `json:"confirm"`
	// Helped is who is helped by each assignment that is not over.
	Helped map[string]string `json:"helped"`
}

func newDesk() *Desk {
	return &Desk{Providers: map[string][]string{}, Confirm: map[string][]string{}, Helped: map[string]string{}}
}

// fold follows evolveAssignment: done is what waits for a word, confirmed and released what is over.
func (d *Desk) fold(e decider.Event) {
	if id, is := strings.CutPrefix(e.Aggregate, "provider/"); is {
		if b, registered := e.Body.(*matchingv1.ProviderRegistered); registered {
			enter(d.Providers, b.GetMember(), id)
		}
		return
	}
	id, is := strings.CutPrefix(e.Aggregate, "assignment/")
	if !is {
		return
	}
	switch b := e.Body.(type) {
	case *matchingv1.AssignmentPlanned:
		d.Helped[id] = b.GetBeneficiary()
	case *matchingv1.AssignmentDone:
		enter(d.Confirm, d.Helped[id], id)
	case *matchingv1.AssignmentConfirmed, *matchingv1.AssignmentReleased:
		strike(d.Confirm, d.Helped[id], id)
		delete(d.Helped, id)
	}
}

// enter puts an id into somebody's list, once.
func enter(lists map[string][]string, who, id string) {
	if at, there := slices.BinarySearch(lists[who], id); !there {
		lists[who] = slices.Insert(lists[who], at, id)
	}
}

// strike takes one out.
func strike(lists map[string][]string, who, id string) {
	at, there := slices.BinarySearch(lists[who], id)
	switch {
	case !there:
	case len(lists[who]) == 1:
		delete(lists, who)
	default:
		lists[who] = slices.Delete(lists[who], at, at+1)
	}
}
