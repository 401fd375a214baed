package supply

import (
	"slices"
	"strconv"

	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
)

// OperationPlace is the policy that finds somebody with room for an arrival that has nobody.
const OperationPlace = "aid.place_arrival"

// Unplaced are the arrivals that have nobody with room for them, oldest first, folded for policies.
type Unplaced struct {
	Arrivals []string `json:"arrivals"`
}

// UnplacedPart registers them.
func UnplacedPart() decider.Part {
	return decider.Derived(func() *Unplaced { return &Unplaced{} }, (*Unplaced).fold)
}

func (u *Unplaced) fold(e decider.Event) {
	id, ok := arrivalOf(e.Aggregate)
	if !ok {
		return
	}
	switch b := e.Body.(type) {
	case *aidv1.ReceiverNamed, *aidv1.ArrivalReceived:
		u.Arrivals = slices.DeleteFunc(u.Arrivals, func(x string) bool { return x == id })
	case *aidv1.ArrivalAlarmRaised:
		if b.GetAlarm() == aidv1.ArrivalAlarm_ARRIVAL_ALARM_OVERDUE { // whoever it was for looks for it now, and no rule
			u.Arrivals = slices.DeleteFunc(u.Arrivals, func(x string) bool { return x == id })
		}
		if placeable(b.GetAlarm()) && !slices.Contains(u.Arrivals, id) {
			u.Arrivals = append(u.Arrivals, id)
		}
	}
}

// placeable tells whether an alarm is that nobody has room.
func placeable(a aidv1.ArrivalAlarm) bool {
	return a == aidv1.ArrivalAlarm_ARRIVAL_ALARM_NOBODY || a == aidv1.ArrivalAlarm_ARRIVAL_ALARM_NO_ROOM
}

// placing demands that somebody is found for an arrival, because of what stands on an aggregate now.
func placing(v *decider.View, id, because string) decider.Demand {
	return decider.Demand{
		Purpose:   "place-arrival/" + id + "/" + because + "/" + strconv.FormatUint(v.Version(because), 10),
		Operation: OperationPlace, Body: &aidv1.PlaceArrival{Arrival: id},
	}
}

// OnAlarm looks for somebody as soon as there is nobody.
func OnAlarm(v *decider.View, e decider.Event, b *aidv1.ArrivalAlarmRaised) []decider.Demand {
	id, ok := arrivalOf(e.Aggregate)
	if !ok || !placeable(b.GetAlarm()) || next(v, e.Time) != id {
		return nil
	}
	return []decider.Demand{placing(v, id, e.Aggregate)}
}

// OnDeclared looks again when somebody has said what room they have.
func OnDeclared(v *decider.View, e decider.Event, _ *aidv1.CapacityDeclared) []decider.Demand {
	return again(v, e)
}

// OnFreed looks again when somebody has room again.
func OnFreed(v *decider.View, e decider.Event, _ *aidv1.CapacityFreed) []decider.Demand {
	return again(v, e)
}

// OnTaken goes on to the next when one has found its place. So only one is looked for at a time, and whoever declares a room that nothing
// fits, be it a thousand times, has nobody do anything.
func OnTaken(v *decider.View, e decider.Event, _ *aidv1.CapacityTaken) []decider.Demand {
	return again(v, e)
}

func again(v *decider.View, e decider.Event) []decider.Demand {
	if !isCapacity(e.Aggregate) {
		return nil
	}
	id := next(v, e.Time)
	if id == "" {
		return nil
	}
	return []decider.Demand{placing(v, id, e.Aggregate)}
}

// next finds the oldest arrival that has nobody with room for it, though somebody has; empty for none.
func next(v *decider.View, now int64) string {
	waiting := decider.DerivedOf[Unplaced](v).Arrivals
	if len(waiting) == 0 {
		return ""
	}
	var orgs []string
	left, unheld := map[string]spare{}, map[string][]string{}
	for org, c := range decider.All[Capacity](v, "capacity") {
		unheld[org] = c.unheld(c.Rooms)
		if !c.full() {
			orgs, left[org] = append(orgs, org), c.spare()
		}
	}
	for _, id := range waiting {
		a, ok := decider.Get[Arrival](v, arrivalPath(id))
		if !ok || a.Due <= now || a.Receiver != "" && !slices.Contains(unheld[a.Receiver], id) {
			continue
		}
		if slices.ContainsFunc(orgs, func(org string) bool { return org != a.Receiver && left[org].holds(a.Load) }) {
			return id
		}
	}
	return ""
}

// Place gives an arrival to the organisation that has most room left for it, of several the first by id. Who said that they have the room
// has said so for this: they take it in, or say that they have less, and then it goes on. The alarm stands where nobody has any.
func Place(v *decider.View, _ *decider.Command, body *aidv1.PlaceArrival) ([]decider.Change, error) {
	a, ok := decider.Get[Arrival](v, arrivalPath(body.GetArrival()))
	switch {
	case !ok:
		return nil, ErrArrival
	case a.Received:
		return nil, ErrReceived
	}
	best, most := "", int64(-1)
	for org, c := range decider.All[Capacity](v, "capacity") {
		if org == a.Receiver {
			if !slices.Contains(c.unheld(c.Rooms), body.GetArrival()) {
				return nil, ErrPlaced
			}
			continue
		}
		if left := c.left(a.Load); left > most && !c.full() {
			best, most = org, left
		}
	}
	if best == "" {
		return nil, ErrRoom
	}
	return a.goesTo(body.GetArrival(), best), nil
}
