package supply

import (
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// That an offer is overloaded comes about by time alone, so it takes a timer to stand on the record: whatever changes how much is taken
// sets one for when the load will have crossed the next mark if nothing else happens. If something does, that timer finds nothing to say.

// turns gives when the load will have crossed the mark that the record does not know of yet; 0 for never, as things are.
func (o *Offer) turns() int64 {
	permille := o.LoadPermille
	for step := range int64(loadStepsMax) {
		permille = o.smoothed(permille)
		if o.tooMuch(permille) != o.Noted {
			return o.LoadAt + (step+1)*loadStepMillis
		}
	}
	return 0
}

// Excess is how much of what is taken is more than an overloaded offer is left with: what is over the lower mark.
func (o *Offer) Excess() int64 { return o.Taken - o.Capacity*overloadLeave/wholePermille }

// turning demands that the next crossing is noted.
func turning(v *decider.View, e decider.Event) []decider.Demand {
	parts := strings.Split(e.Aggregate, "/") // a forged commit may have it on another aggregate
	if len(parts) != 4 || parts[0] != "provider" || parts[2] != "offer" {
		return nil
	}
	o, ok := decider.Get[Offer](v, e.Aggregate)
	if !ok {
		return nil
	}
	at := o.turns()
	if at == 0 {
		return nil
	}
	return []decider.Demand{{
		Purpose: "load/" + parts[1] + "/" + parts[3] + "/" + strconv.FormatInt(at, 10), Operation: "matching.note_load",
		Body: &matchingv1.NoteLoad{Provider: parts[1], Skill: parts[3]}, Due: at,
	}}
}

// OnPublished sets the timer of the next crossing.
func OnPublished(v *decider.View, e decider.Event, _ *matchingv1.OfferPublished) []decider.Demand {
	return turning(v, e)
}

// OnCapacityMoved sets it anew.
func OnCapacityMoved(v *decider.View, e decider.Event, _ *matchingv1.CapacityMoved) []decider.Demand {
	return turning(v, e)
}

// OnOverloaded sets that of the way back.
func OnOverloaded(v *decider.View, e decider.Event, _ *matchingv1.OfferOverloaded) []decider.Demand {
	return turning(v, e)
}

// OnRelieved sets that of the next time.
func OnRelieved(v *decider.View, e decider.Event, _ *matchingv1.OfferRelieved) []decider.Demand {
	return turning(v, e)
}

// NoteLoad puts on the record that an offer has become overloaded, or is so no more.
func NoteLoad(v *decider.View, cmd *decider.Command, body *matchingv1.NoteLoad) ([]decider.Change, error) {
	path := OfferPath(body.GetProvider(), body.GetSkill())
	o, ok := decider.Get[Offer](v, path)
	if !ok {
		return nil, ErrNotOffered
	}
	permille, overloaded := o.load(cmd.Time)
	switch {
	case overloaded == o.Noted:
		return nil, ErrLoadSame
	case overloaded:
		return []decider.Change{decider.On(path, &matchingv1.OfferOverloaded{LoadPermille: permille})}, nil
	}
	return []decider.Change{decider.On(path, &matchingv1.OfferRelieved{LoadPermille: permille})}, nil
}
