package credit

import (
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// Reports is which reported work concerns whom, folded for the question that shows somebody theirs. No rule reads it.
type Reports struct {
	// Asked is what waits for a member's word, in the order of the record, which is that of its ends. What ended without a word is let go when
	// the next is asked for.
	Asked map[string][]Waiting `json:"asked"`
	// Whom says of work that waits whose word that is.
	Whom map[string]string `json:"whom"`
	// Told is what a member reported lately, the newest last.
	Told map[string][]string `json:"told"`
}

// Waiting is work that waits for somebody's word until a time.
type Waiting struct {
	Work      string `json:"work"`
	ConfirmBy int64  `json:"confirm_by"`
}

// toldKept is how much of what a member reported is shown; all of it is on the record.
const toldKept = 100

// ReportsPart registers the fold.
func ReportsPart() decider.Part {
	return decider.Derived(func() *Reports {
		return &Reports{Asked: map[string][]Waiting{}, Whom: map[string]string{}, Told: map[string][]string{}}
	}, (*Reports).fold)
}

func (r *Reports) fold(e decider.Event) {
	id, ok := strings.CutPrefix(e.Aggregate, WorkPath(""))
	if !ok {
		return
	}
	switch b := e.Body.(type) {
	case *ledgerv1.WorkReported:
		r.late(b.GetCounterparty(), e.Time)
		r.Asked[b.GetCounterparty()] = append(r.Asked[b.GetCounterparty()], Waiting{Work: id, ConfirmBy: b.GetConfirmBy()})
		r.Whom[id] = b.GetCounterparty()
		told := append(r.Told[b.GetWorker()], id)
		if n := len(told); n > 2*toldKept { // twice as many, so that they are seldom moved
			told = slices.Clone(told[n-toldKept:])
		}
		r.Told[b.GetWorker()] = told
	case *ledgerv1.WorkConfirmed, *ledgerv1.WorkDeclined:
		r.drop(r.Whom[id], func(w Waiting) bool { return w.Work == id })
	}
}

// late lets go of what nobody can give a word on any more.
func (r *Reports) late(member string, now int64) {
	r.drop(member, func(w Waiting) bool { return w.ConfirmBy <= now })
}

func (r *Reports) drop(member string, out func(Waiting) bool) {
	left := []Waiting{}
	for _, w := range r.Asked[member] {
		if out(w) {
			delete(r.Whom, w.Work)
		} else {
			left = append(left, w)
		}
	}
	if r.Asked[member] = left; len(left) == 0 {
		delete(r.Asked, member)
	}
}
