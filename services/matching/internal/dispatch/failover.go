package dispatch

import (
	"strings"

	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

// idOf gives the id in the name of the aggregate that a fact is on. A forged commit may have it on another one: then nothing follows from
// it.
func idOf(e decider.Event, prefix string) (id string, ok bool) {
	return strings.CutPrefix(e.Aggregate, prefix)
}

// OnOffered sets the timer of an answer.
func OnOffered(_ *decider.View, e decider.Event, body *matchingv1.AssignmentOffered) []decider.Demand {
	id, ok := idOf(e, "assignment/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: "lapse/" + id + "/" + body.GetProvider(), Operation: "matching.lapse",
		Body: &matchingv1.LapseAssignment{Assignment: id, Provider: body.GetProvider()}, Due: body.GetUntil(),
	}}
}

// Lapse says that a provider has not answered in time.
func Lapse(v *decider.View, cmd *decider.Command, body *matchingv1.LapseAssignment) ([]decider.Change, error) {
	a, err := find(v, body.GetAssignment())
	if err != nil {
		return nil, err
	}
	c := a.candidate(body.GetProvider())
	if c == nil || c.Part != Asked {
		return nil, ErrAnswered
	}
	f, id := newFacts(v, cmd.Time), body.GetAssignment()
	f.say(Path(id), &matchingv1.AssignmentLapsed{Provider: c.Provider})
	f.move(id, c.Provider, a.Skill, -a.Quantity, 0)
	f.count(id, c.Provider, matchingv1.Conduct_CONDUCT_LAPSED)
	return f.changes, nil
}

// MissCheckIn says that a provider who had accepted has fallen silent. Every later sign of life has another deadline, so an earlier timer
// finds that there was one.
func MissCheckIn(v *decider.View, cmd *decider.Command, body *matchingv1.MissCheckIn) ([]decider.Change, error) {
	a, err := find(v, body.GetAssignment())
	if err != nil {
		return nil, err
	}
	c := a.holder()
	if c == nil || a.CheckInBy != body.GetCheckInBy() {
		return nil, ErrSignOfLife
	}
	f, id := newFacts(v, cmd.Time), body.GetAssignment()
	f.say(Path(id), &matchingv1.CheckInMissed{Provider: c.Provider})
	f.move(id, c.Provider, a.Skill, -a.Quantity, 0)
	f.count(id, c.Provider, matchingv1.Conduct_CONDUCT_MISSED)
	return f.changes, nil
}

// standIn demands that the next one is asked. A candidate drops out once for each cause, so the purpose never comes round again; the
// cause is in it because what was demanded for one may lapse, such as too little capacity for who has said yes meanwhile, and another
// comes later.
func standIn(e decider.Event, provider string, cause matchingv1.Cause) []decider.Demand {
	id, ok := idOf(e, "assignment/")
	if !ok {
		return nil
	}
	return standInFor(id, provider, cause)
}

func standInFor(id, provider string, cause matchingv1.Cause) []decider.Demand {
	word := strings.ToLower(strings.TrimPrefix(cause.String(), "CAUSE_"))
	return []decider.Demand{{
		Purpose: "stand-in/" + id + "/" + provider + "/" + word, Operation: "matching.stand_in",
		Body: &matchingv1.StandIn{Assignment: id, Provider: provider, Cause: cause},
	}}
}

// OnRefused has the next one asked.
func OnRefused(_ *decider.View, e decider.Event, body *matchingv1.AssignmentRefused) []decider.Demand {
	cause := matchingv1.Cause_CAUSE_REFUSED
	if body.GetGivenUp() {
		cause = matchingv1.Cause_CAUSE_FAILED
	}
	return standIn(e, body.GetProvider(), cause)
}

// OnLapsed has the next one asked.
func OnLapsed(_ *decider.View, e decider.Event, body *matchingv1.AssignmentLapsed) []decider.Demand {
	return standIn(e, body.GetProvider(), matchingv1.Cause_CAUSE_LAPSED)
}

// OnMissed has the next one asked.
func OnMissed(_ *decider.View, e decider.Event, body *matchingv1.CheckInMissed) []decider.Demand {
	return standIn(e, body.GetProvider(), matchingv1.Cause_CAUSE_MISSED)
}

// OnRetired has others asked for everything that a provider was asked or served.
func OnRetired(v *decider.View, e decider.Event, _ *matchingv1.ProviderRetired) (demands []decider.Demand) {
	provider, ok := idOf(e, "provider/")
	if !ok {
		return nil
	}
	for _, h := range decider.DerivedOf[Index](v).Parties[provider] {
		demands = append(demands, standInFor(h.Assignment, provider, matchingv1.Cause_CAUSE_RETIRED)...)
	}
	return demands
}

// OnPublished has others asked for so much of what a provider has not answered for as its new capacity no longer holds, the newest first.
func OnPublished(v *decider.View, e decider.Event, body *matchingv1.OfferPublished) (demands []decider.Demand) {
	if strings.Count(e.Aggregate, "/") != 3 { // provider/<id>/offer/<skill>
		return nil
	}
	offer, ok := decider.Get[supply.Offer](v, e.Aggregate)
	if !ok {
		return nil
	}
	return relieve(v, e.Aggregate, offer.Taken, offer.Taken-body.GetCapacity())
}

// OnOverloaded has others asked for what an offer that has become overloaded has not answered for, the newest first, until no more is left
// than it can have and come to rest. The only thing that it has stays with it: nothing else keeps it from that.
func OnOverloaded(v *decider.View, e decider.Event, _ *matchingv1.OfferOverloaded) (demands []decider.Demand) {
	if strings.Count(e.Aggregate, "/") != 3 {
		return nil
	}
	offer, ok := decider.Get[supply.Offer](v, e.Aggregate)
	if !ok {
		return nil
	}
	return relieve(v, e.Aggregate, offer.Taken-1, offer.Excess())
}

// relieve has others asked for so much of what an offer has not answered for, the newest first; nothing of which there is more than most.
func relieve(v *decider.View, offer string, most, over int64) (demands []decider.Demand) {
	provider, skill := partsOf(offer)
	held := decider.DerivedOf[Index](v).Parties[provider]
	for i := len(held) - 1; i >= 0 && over > 0; i-- {
		if held[i].Part != Asked || held[i].Skill != skill || held[i].Quantity > most {
			continue
		}
		over, most = over-held[i].Quantity, most-held[i].Quantity
		demands = append(demands, standInFor(held[i].Assignment, provider, matchingv1.Cause_CAUSE_OVERLOADED)...)
	}
	return demands
}

// StandIn asks whoever stands by next and still can. When nobody does, and nobody who was asked has yet to answer, what the assignment
// held waits again.
func StandIn(v *decider.View, cmd *decider.Command, body *matchingv1.StandIn) ([]decider.Change, error) {
	id := body.GetAssignment()
	a, err := find(v, id)
	if err != nil {
		return nil, err
	}
	gone := a.candidate(body.GetProvider())
	if gone == nil || a.State == Planned || !a.live() {
		return nil, ErrEnded
	}
	need, err := supply.FindNeed(v, a.Need)
	if err != nil {
		return nil, err
	}
	f, local := newFacts(v, cmd.Time), a.Clone()
	switch gone.Part {
	case Asked, Serving: // it was not its own word: it retired, or has less capacity
		if body.GetCause() == matchingv1.Cause_CAUSE_OVERLOADED && gone.Part == Serving {
			return nil, ErrAnswered
		}
		f.thank(id, a, *gone, body.GetCause())
		if gone.Part == Serving { // to retire from what was accepted is to give it up
			f.count(id, gone.Provider, matchingv1.Conduct_CONDUCT_FAILED)
		}
		local.dropOut(gone.Provider, LetGo)
	default: // by its own word, for which another one is asked once
		withdrawn := body.GetCause() == matchingv1.Cause_CAUSE_RETIRED || body.GetCause() == matchingv1.Cause_CAUSE_OVERLOADED
		if withdrawn || a.holder() != nil { // of two who were asked, the other one may have accepted meanwhile
			return nil, ErrAnswered
		}
	}
	if f.askNext(id, local, need, body.GetCause(), cmd.Time+f.rules.OfferMillis(emergency(v, cmd.Time))) {
		return f.changes, nil
	}
	if local.asked() > 0 {
		if len(f.changes) == 0 {
			return nil, ErrStillAsked
		}
		return f.changes, nil
	}
	f.release(id, local, body.GetCause(), 0, "")
	return f.changes, nil
}

// OnPlanned sets the timer of an assignment that waits for objections.
func OnPlanned(_ *decider.View, e decider.Event, body *matchingv1.AssignmentPlanned) []decider.Demand {
	if body.GetOpensAt() == 0 {
		return nil
	}
	id, ok := idOf(e, "assignment/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: "open/" + id, Operation: "matching.open", Body: &matchingv1.OpenAssignment{Assignment: id}, Due: body.GetOpensAt(),
	}}
}

// Open offers an assignment against which nobody has objected.
func Open(v *decider.View, cmd *decider.Command, body *matchingv1.OpenAssignment) ([]decider.Change, error) {
	a, err := find(v, body.GetAssignment())
	switch {
	case err != nil:
		return nil, err
	case !a.live():
		return nil, ErrEnded
	case a.State != Planned:
		return nil, ErrNotOpen
	}
	need, err := supply.FindNeed(v, a.Need)
	if err != nil {
		return nil, err
	}
	f := newFacts(v, cmd.Time)
	f.open(body.GetAssignment(), a.Clone(), need)
	return f.changes, nil
}
