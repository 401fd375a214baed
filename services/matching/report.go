package matching

import (
	"cmp"
	"encoding/json"
	"fmt"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/reporting"
	"renlin.dev/services/matching/internal/supply"
)

// ReportAnswer is how fairly and how safely a community is served. Names are of organisations, and of volunteers who serve for themselves
// by the ids of their providers; nothing in it is about how one of them has answered.
type ReportAnswer struct {
	Fairness   reporting.Fairness   `json:"fairness"`
	Redundancy reporting.Redundancy `json:"redundancy"`
	// HHIPermille is by skill, of what was delivered; ConstraintPermille by organisation, but for so many as were left out.
	HHIPermille        map[string]int64 `json:"hhi_permille"`
	ConstraintPermille map[string]int64 `json:"constraint_permille"`
	ConstraintLeftOut  int64            `json:"constraint_left_out,omitempty"`
	// Unserved counts the units that wait, by why the last plan had nobody for them.
	Unserved map[string]int64 `json:"unserved"`
	// Least is of how many people a group has to consist to be told.
	Least int64 `json:"least"`
}

// groupMin is where the rulebook does not say how small a group may be that statistics tell.
const groupMin = 5

// AnswerReport works the report out, as JSON. The question has the time, as a plan's.
func AnswerReport(s *decider.State, question []byte) ([]byte, error) {
	return Begin(BeginReport).answer(s, question)
}

// BeginReport begins one.
func BeginReport(s *decider.State, question []byte) (things int, finish func() ([]byte, error), err error) {
	var q ProposalQuestion
	if err := json.Unmarshal(question, &q); err != nil {
		return 0, nil, err
	}
	least := int64(groupMin)
	if book := decider.Peek[standing.Rulebook](s, standing.RulebookPath); book != nil {
		least = int64(cmp.Or(book.Book.GetAid().GetGroupMin(), groupMin))
	}
	var served []reporting.Served
	var waiting []reporting.Waiting
	needs := map[string]*supply.Need{}
	for _, id := range s.Members("need") {
		n := decider.Peek[supply.Need](s, supply.NeedPath(id))
		if n == nil || n.State == supply.Withdrawn {
			continue
		}
		needs[id] = n
		served = append(served, reporting.Served{
			Group: squareOf(n), Person: n.Beneficiary, Vulnerable: n.Vulnerable, Quantity: n.Quantity, Served: n.Served,
			WaitMinutes: waited(n, q.Now),
		})
		if n.Waiting > 0 {
			waiting = append(waiting, reporting.Waiting{Person: n.Beneficiary, Why: shortageWord(n.Shortage), Units: n.Waiting})
		}
	}
	held, deliveries := assignmentsOf(s, needs)
	free, in := freeOf(s), inputOf(s, q.Now)
	replan := replanning(in, openOf(needs, held), free)
	things = len(served) + len(held) + len(deliveries) + min(len(free)*in.Things(), replanPairsMax)
	return things, func() ([]byte, error) {
		out := ReportAnswer{Least: least}
		out.Fairness, out.Unserved = reporting.FairnessOf(served, least), reporting.Shortages(waiting, least)
		constraint := reporting.Constraint(deliveries)
		out.Redundancy = reporting.RedundancyOf(held, free, replan)
		out.HHIPermille = reporting.Concentration(deliveries, least)
		out.ConstraintPermille, out.ConstraintLeftOut = constraint.Of, constraint.LeftOut
		return json.Marshal(out)
	}, nil
}

// openOf copies the needs that somebody holds something of, as far as they are open.
func openOf(needs map[string]*supply.Need, held []reporting.Held) map[string]*supply.Need {
	out := map[string]*supply.Need{}
	for _, h := range held {
		if n := needs[h.Need]; n != nil && n.State == supply.Open && out[h.Need] == nil {
			out[h.Need] = n.Clone()
		}
	}
	return out
}

func squareOf(n *supply.Need) string { return fmt.Sprintf("%d,%d", n.Cell.East, n.Cell.North) }

// waited is a need's mean wait: what is served waited until then, what is not has waited until now.
func waited(n *supply.Need, now int64) int64 {
	const minuteMillis = 60_000
	open := n.Waiting + n.Matched + n.Referred
	if n.Served+open == 0 {
		return 0
	}
	return (n.ServedAfter + open*max(0, now-n.WaitingSince)) / (n.Served + open) / minuteMillis
}

// shortageWord is a reason in small letters, "waiting" where no plan has looked yet.
func shortageWord(x matchingv1.Shortage) string {
	return map[matchingv1.Shortage]string{
		matchingv1.Shortage_SHORTAGE_SKILL: "skill", matchingv1.Shortage_SHORTAGE_DISTANCE: "distance",
		matchingv1.Shortage_SHORTAGE_TIME: "time", matchingv1.Shortage_SHORTAGE_PERSON: "person",
		matchingv1.Shortage_SHORTAGE_CAPACITY: "capacity", matchingv1.Shortage_SHORTAGE_ANSWER: "answer",
		matchingv1.Shortage_SHORTAGE_SHARE:       "share",
		matchingv1.Shortage_SHORTAGE_UNSPECIFIED: "waiting",
	}[x]
}

// assignmentsOf gives who holds what, and what was delivered.
func assignmentsOf(s *decider.State, needs map[string]*supply.Need) (held []reporting.Held, deliveries []reporting.Delivery) {
	for _, id := range s.Members("assignment") {
		a := decider.Peek[dispatch.Assignment](s, dispatch.Path(id))
		if a == nil {
			continue
		}
		h := reporting.Held{Assignment: id, Need: a.Need, Skill: a.Skill, Quantity: a.Quantity}
		for _, c := range a.Candidates {
			p := reporting.Party{Provider: c.Provider, Org: c.Org}
			switch c.Part {
			case dispatch.Serving, dispatch.Asked, dispatch.Reserved:
				if h.Holder.Provider == "" {
					h.Holder = p
				}
			case dispatch.Standby:
				h.Standbys = append(h.Standbys, p)
			case dispatch.Finished:
				if n := needs[a.Need]; n != nil && a.Delivered > 0 && (a.State == dispatch.Done || a.State == dispatch.Confirmed) && !stoodBy(a, c) {
					deliveries = append(deliveries, reporting.Delivery{
						Party: c.Org, Skill: a.Skill, Square: squareOf(n), Person: n.Beneficiary, Quantity: a.Delivered,
					})
				}
			}
		}
		if h.Holder.Provider != "" {
			held = append(held, h)
		}
	}
	return held, deliveries
}

// stoodBy tells whether a candidate of an assignment that is done was never asked: whoever served it was asked last of all.
func stoodBy(a *dispatch.Assignment, c dispatch.Candidate) bool {
	for _, s := range a.Switches {
		if s.Provider == c.Provider {
			return false
		}
	}
	return true
}

// freeOf gives what each offer has left.
func freeOf(s *decider.State) map[reporting.Offer]int64 {
	out := map[reporting.Offer]int64{}
	for _, id := range s.Members("provider") {
		if p := decider.Peek[supply.Provider](s, supply.ProviderPath(id)); p == nil || p.Retired {
			continue
		}
		for _, skill := range s.Members(supply.ProviderPath(id) + "/offer") {
			if o := decider.Peek[supply.Offer](s, supply.OfferPath(id, skill)); o != nil {
				out[reporting.Offer{Provider: id, Skill: skill}] = max(0, o.Capacity-o.Taken)
			}
		}
	}
	return out
}
