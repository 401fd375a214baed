package supply

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
	"renlin.dev/services/aid/internal/terms"
)

// OperationMiss is the policy that records an arrival that nobody received in time.
const OperationMiss = "aid.miss_arrival"

func knownRoom(v *decider.View, category, unit string, quantity int64) bool {
	t := terms.Of(v)
	return t.Category(category) && t.Unit(unit) && terms.Quantity(quantity)
}

// roomsMax bounds what an organisation declares.
const roomsMax = 100

// Declare says what an organisation can take in. What it had promised room for and has no more room for is alarmed: it still comes.
func Declare(v *decider.View, cmd *decider.Command, body *aidv1.DeclareCapacity) ([]decider.Change, error) {
	org, ok := beneficiary.Officer(v, cmd)
	if !ok {
		return nil, ErrOffice
	}
	if len(body.GetCapacities()) > roomsMax {
		return nil, ErrWords
	}
	var rooms []Room
	for _, c := range body.GetCapacities() {
		if !knownRoom(v, c.GetCategory(), c.GetUnit(), c.GetQuantity()) {
			return nil, ErrWords
		}
		rooms = append(rooms, roomOf(c))
	}
	changes := []decider.Change{decider.On(capacityPath(org), &aidv1.CapacityDeclared{Capacities: body.GetCapacities()})}
	if c, ok := decider.Get[Capacity](v, capacityPath(org)); ok {
		for _, id := range c.unheld(rooms) {
			changes = append(changes, decider.On(arrivalPath(id), alarm(v, aidv1.ArrivalAlarm_ARRIVAL_ALARM_NO_ROOM)))
		}
	}
	return changes, nil
}

// alarm is the fact that an arrival needs somebody.
func alarm(v *decider.View, why aidv1.ArrivalAlarm) *aidv1.ArrivalAlarmRaised {
	return &aidv1.ArrivalAlarmRaised{Alarm: why, EscalatedTo: casework.Above(v)}
}

// dueMax is how far ahead something is announced: what comes later than that alarms nobody before it is forgotten.
const dueMax = 366 * 24 * terms.Hour

// Announce says that something comes. It is written down with nobody to take it in, too: what comes, comes; but then with an alarm.
func Announce(v *decider.View, cmd *decider.Command, body *aidv1.AnnounceArrival) ([]decider.Change, error) {
	org, ok := beneficiary.Officer(v, cmd)
	load := body.GetLoad()
	switch {
	case !ok:
		return nil, ErrOffice
	case !knownRoom(v, load.GetCategory(), load.GetUnit(), load.GetQuantity()):
		return nil, ErrWords
	case body.GetDue() <= cmd.Time || body.GetDue() > cmd.Time+dueMax:
		return nil, ErrDue
	}
	id := cmd.ID.NewAggregate()
	events := []proto.Message{&aidv1.ArrivalAnnounced{Load: load, Due: body.GetDue(), By: cmd.Actor, Org: org}}
	var changes []decider.Change
	c, declared := decider.Get[Capacity](v, capacityPath(body.GetReceiver()))
	switch {
	case body.GetReceiver() == "":
		events = append(events, alarm(v, aidv1.ArrivalAlarm_ARRIVAL_ALARM_NOBODY))
	case !declared || c.full() || !c.holds(roomOf(load)):
		events = append(events, alarm(v, aidv1.ArrivalAlarm_ARRIVAL_ALARM_NO_ROOM))
	default:
		events = append(events, &aidv1.ReceiverNamed{Org: body.GetReceiver()})
		changes = append(changes, decider.On(capacityPath(body.GetReceiver()), &aidv1.CapacityTaken{Arrival: id, Capacity: load}))
	}
	if len(changes) == 0 {
		waiting := stillWaiting(v, cmd.Time, org)
		if len(waiting) >= waitingMax {
			return nil, ErrWaiting
		}
		changes = append(changes, decider.On(announcingPath(org), &aidv1.WaitingArrivalsListed{Arrivals: append(waiting, id)}))
	}
	return append(changes, decider.On(arrivalPath(id), events...)), nil
}

// waitingMax is how many arrivals that one organisation announced have nobody: each is looked for a place again and again.
const waitingMax = 100

// stillWaiting gives those arrivals of an organisation's that wait for somebody who takes them in.
func stillWaiting(v *decider.View, now int64, org string) (waiting []string) {
	list, ok := decider.Get[Announcing](v, announcingPath(org))
	if !ok {
		return nil
	}
	for _, id := range list.Arrivals {
		a, ok := decider.Get[Arrival](v, arrivalPath(id))
		if ok && a.Receiver == "" && !a.Received && a.Due > now {
			waiting = append(waiting, id)
		}
	}
	return waiting
}

// names tells whether the author may say who takes an arrival in: an officer of who announced it, of who was to take it in, or of the
// government.
func (a *Arrival) names(v *decider.View, cmd *decider.Command) bool {
	org, ok := beneficiary.Officer(v, cmd)
	if !ok {
		return false
	}
	o, known := decider.Get[standing.Org](v, "org/"+org)
	return org == a.Org || org == a.Receiver || known && o.Kind == communityv1.OrgKind_ORG_KIND_GOVERNMENT
}

// NameReceiver names another organisation for an arrival, which must have the room.
func NameReceiver(v *decider.View, cmd *decider.Command, body *aidv1.NameReceiver) ([]decider.Change, error) {
	a, ok := decider.Get[Arrival](v, arrivalPath(body.GetArrival()))
	switch {
	case !ok:
		return nil, ErrArrival
	case a.Received:
		return nil, ErrReceived
	case !a.names(v, cmd):
		return nil, ErrNames
	}
	c, ok := decider.Get[Capacity](v, capacityPath(body.GetOrg()))
	if !ok || body.GetOrg() == a.Receiver || !c.holds(a.Load) {
		return nil, ErrRoom
	}
	if c.full() {
		return nil, ErrFull
	}
	return a.goesTo(body.GetArrival(), body.GetOrg()), nil
}

// goesTo gives an arrival to an organisation that has the room; whoever was to take it in has theirs back.
func (a *Arrival) goesTo(id, org string) []decider.Change {
	changes := []decider.Change{
		decider.On(arrivalPath(id), &aidv1.ReceiverNamed{Org: org}),
		decider.On(capacityPath(org), &aidv1.CapacityTaken{Arrival: id, Capacity: &aidv1.Capacity{
			Category: a.Load.Category, Unit: a.Load.Unit, Quantity: a.Load.Quantity,
		}}),
	}
	if a.Receiver != "" {
		changes = append(changes, decider.On(capacityPath(a.Receiver), &aidv1.CapacityFreed{Arrival: id}))
	}
	return changes
}

// Receive says what has come, and puts it into a stock if one is named. Less than was announced raises an alarm.
func Receive(v *decider.View, cmd *decider.Command, body *aidv1.ReceiveArrival) ([]decider.Change, error) {
	a, ok := decider.Get[Arrival](v, arrivalPath(body.GetArrival()))
	switch {
	case !ok:
		return nil, ErrArrival
	case a.Received:
		return nil, ErrReceived
	case body.GetQuantity() < 0 || body.GetQuantity() > terms.QuantityMax:
		return nil, ErrWords
	}
	if org, ok := beneficiary.Worker(v, cmd); !ok || a.Receiver == "" || org != a.Receiver {
		return nil, ErrReceiver
	}
	if err := standing.CheckText(body.GetEvidence()); err != nil {
		return nil, err
	}
	missing := max(0, a.Load.Quantity-body.GetQuantity())
	events := []proto.Message{&aidv1.ArrivalReceived{
		Quantity: body.GetQuantity(), Missing: missing, Evidence: body.GetEvidence(), By: cmd.Actor,
	}}
	if missing > 0 {
		events = append(events, alarm(v, aidv1.ArrivalAlarm_ARRIVAL_ALARM_SHORT))
	}
	changes := []decider.Change{
		decider.On(arrivalPath(body.GetArrival()), events...),
		decider.On(capacityPath(a.Receiver), &aidv1.CapacityFreed{Arrival: body.GetArrival()}),
	}
	if body.GetStock() == "" || body.GetQuantity() == 0 {
		return changes, nil
	}
	into, err := a.stocked(v, cmd, body)
	return append(changes, into), err
}

// stocked puts what has come into a stock of whoever took it in.
func (a *Arrival) stocked(v *decider.View, cmd *decider.Command, body *aidv1.ReceiveArrival) (decider.Change, error) {
	s, err := ours(v, cmd, body.GetStock())
	switch {
	case err != nil:
		return decider.Change{}, err
	case s.Category != a.Load.Category || s.Unit != a.Load.Unit:
		return decider.Change{}, ErrThing
	case !roomFor(s):
		return decider.Change{}, ErrMove
	}
	return decider.On(stock.Path(body.GetStock()), &aidv1.StockMoved{
		Move: aidv1.StockMove_STOCK_MOVE_RECEIVE, Quantity: body.GetQuantity(), By: cmd.Actor, Arrival: body.GetArrival(),
	}), nil
}

// OnAnnounced sets the time of an arrival.
func OnAnnounced(_ *decider.View, e decider.Event, b *aidv1.ArrivalAnnounced) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "arrival/")
	if !ok {
		return nil
	}
	return []decider.Demand{{
		Purpose: "aid-arrival/" + id, Operation: OperationMiss, Due: b.GetDue(), Body: &aidv1.MissArrival{Arrival: id},
	}}
}

// Miss records that nobody has received it by its time.
func Miss(v *decider.View, _ *decider.Command, body *aidv1.MissArrival) ([]decider.Change, error) {
	a, ok := decider.Get[Arrival](v, arrivalPath(body.GetArrival()))
	switch {
	case !ok:
		return nil, ErrArrival
	case a.Received:
		return nil, ErrKept
	}
	return []decider.Change{
		decider.On(arrivalPath(body.GetArrival()), alarm(v, aidv1.ArrivalAlarm_ARRIVAL_ALARM_OVERDUE)),
	}, nil
}
