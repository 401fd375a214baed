package supply

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/aid/internal/beneficiary"
	"renlin.dev/services/aid/internal/casework"
	"renlin.dev/services/aid/internal/terms"
)

// Refusals about stocks and arrivals.
var (
	// ErrStock: there is no such stock.
	ErrStock = fault.New(fault.NotFound, "stock.unknown", "There is no such stock.", "没有该库存。")
	// ErrOtherOrg: another organisation's.
	ErrOtherOrg = fault.New(fault.Forbidden, "stock.other_org", "This stock is another organisation's.", "该库存属于其他组织。")
	// ErrMove: no move that there is, or of nothing.
	ErrMove = fault.New(fault.Invalid, "stock.move", "Please say what is moved, how much, and for which work order.", "请说明库存变动的种类、数量和所属工单。")
	// ErrShort: more than is there, or free.
	ErrShort = fault.New(fault.Refused, "stock.short", "There is not that much, or it is promised.", "库存不足或已被预留。")
	// ErrUnreserved: more than is reserved for this order.
	ErrUnreserved = fault.New(fault.Refused, "stock.unreserved", "That much is not reserved for this work order.", "该工单没有预留这么多。")
	// ErrWords: what the rulebook does not know.
	ErrWords = fault.New(fault.Invalid, "supply.words",
		"Please name a thing and a unit that the rulebook knows, and a quantity.", "请填写规约中已有的物品类别和计量单位，以及数量。")
	// ErrOffice: neither a worker nor an officer, by a device of their own.
	ErrOffice = fault.New(fault.Forbidden, "supply.office",
		"This is for a grid worker or officer with a device of their own.", "此事须由网格员或负责人使用本人设备办理。")
	// ErrArrival: there is no such arrival.
	ErrArrival = fault.New(fault.NotFound, "arrival.unknown", "There is no such arrival.", "没有该批到货。")
	// ErrReceived: it has come.
	ErrReceived = fault.New(fault.Refused, "arrival.received", "This has been received already.", "该批物资已经接收。")
	// ErrReceiver: somebody else takes it in.
	ErrReceiver = fault.New(fault.Forbidden, "arrival.receiver",
		"Only the organisation that takes it in says what has come.", "只有指定的接收组织可以登记到货。")
	// ErrNames: nobody who may say who takes it in.
	ErrNames = fault.New(fault.Forbidden, "arrival.names",
		"Who takes this in is said by the organisation that announced it, the one that was to take it in, or the government.",
		"接收组织由发布到货的组织、原接收组织或政府指定。")
	// ErrRoom: no room.
	ErrRoom = fault.New(fault.Refused, "arrival.no_room", "This organisation has not said that it has the room.", "该组织没有申报足够的接收能力。")
	// ErrDue: it is over, or too far ahead.
	ErrDue = fault.New(fault.Invalid, "arrival.due",
		"This time has passed, or is more than a year ahead.", "该时间已过，或在一年以后。")
	// ErrKept: it was received.
	ErrKept = fault.New(fault.Refused, "arrival.kept", "This was received in time.", "该批物资已按时接收。")
)

// OperationMiss is the policy that records an arrival that nobody received in time.
const OperationMiss = "aid.miss_arrival"

func knownRoom(v *decider.View, category, unit string, quantity int64) bool {
	t := terms.Of(v)
	return t.Category(category) && t.Unit(unit) && terms.Quantity(quantity)
}

// Open opens a stock.
func Open(v *decider.View, cmd *decider.Command, body *aidv1.OpenStock) ([]decider.Change, error) {
	org, ok := beneficiary.Worker(v, cmd)
	if !ok {
		return nil, ErrOffice
	}
	if !knownRoom(v, body.GetCategory(), body.GetUnit(), 1) {
		return nil, ErrWords
	}
	return []decider.Change{decider.On(stockPath(cmd.ID.NewAggregate()), &aidv1.StockOpened{
		Org: org, Category: body.GetCategory(), Unit: body.GetUnit(),
	})}, nil
}

// ours finds a stock of the author's organisation.
func ours(v *decider.View, cmd *decider.Command, id string) (*Stock, error) {
	s, ok := decider.Get[Stock](v, stockPath(id))
	if !ok {
		return nil, ErrStock
	}
	if org, ok := beneficiary.Worker(v, cmd); !ok || org != s.Org {
		return nil, ErrOtherOrg
	}
	return s, nil
}

// Move moves a part of a stock.
func Move(v *decider.View, cmd *decider.Command, body *aidv1.MoveStock) ([]decider.Change, error) {
	s, err := ours(v, cmd, body.GetStock())
	if err != nil {
		return nil, err
	}
	n := body.GetQuantity()
	if !terms.Quantity(n) || s.Received > 1_000*terms.QuantityMax { // so that no sum leaves 64 bits
		return nil, ErrMove
	}
	bound := false
	switch body.GetMove() {
	case aidv1.StockMove_STOCK_MOVE_RECEIVE:
	case aidv1.StockMove_STOCK_MOVE_EXPIRE:
		if n > s.OnHand-s.Reserved {
			return nil, ErrShort
		}
	case aidv1.StockMove_STOCK_MOVE_RESERVE:
		bound = true
		if n > s.OnHand-s.Reserved {
			return nil, ErrShort
		}
	case aidv1.StockMove_STOCK_MOVE_RELEASE, aidv1.StockMove_STOCK_MOVE_ISSUE:
		bound = true
		if n > s.reserved(body.GetOrder()) {
			return nil, ErrUnreserved
		}
		if body.GetMove() == aidv1.StockMove_STOCK_MOVE_ISSUE && n > s.OnHand {
			return nil, ErrShort
		}
	default:
		return nil, ErrMove
	}
	if bound != v.Exists(casework.OrderPath(body.GetOrder())) {
		return nil, ErrMove
	}
	return []decider.Change{decider.On(stockPath(body.GetStock()), &aidv1.StockMoved{
		Move: body.GetMove(), Quantity: n, Order: body.GetOrder(), By: cmd.Actor,
	})}, nil
}

// Count says what really lies there, be it less than is promised: then nothing more is, until it is there again.
func Count(v *decider.View, cmd *decider.Command, body *aidv1.CountStock) ([]decider.Change, error) {
	s, err := ours(v, cmd, body.GetStock())
	if err != nil {
		return nil, err
	}
	if n := body.GetQuantity(); n < 0 || n > terms.QuantityMax {
		return nil, ErrMove
	}
	if err := standing.CheckText(body.GetEvidence()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On(stockPath(body.GetStock()), &aidv1.StockCounted{
		Quantity: body.GetQuantity(), Difference: body.GetQuantity() - s.OnHand, Evidence: body.GetEvidence(), By: cmd.Actor,
	})}, nil
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
	case !declared || !c.holds(roomOf(load)):
		events = append(events, alarm(v, aidv1.ArrivalAlarm_ARRIVAL_ALARM_NO_ROOM))
	default:
		events = append(events, &aidv1.ReceiverNamed{Org: body.GetReceiver()})
		changes = append(changes, decider.On(capacityPath(body.GetReceiver()), &aidv1.CapacityTaken{Arrival: id, Capacity: load}))
	}
	return append(changes, decider.On(arrivalPath(id), events...)), nil
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
	changes := []decider.Change{
		decider.On(arrivalPath(body.GetArrival()), &aidv1.ReceiverNamed{Org: body.GetOrg()}),
		decider.On(capacityPath(body.GetOrg()), &aidv1.CapacityTaken{Arrival: body.GetArrival(), Capacity: &aidv1.Capacity{
			Category: a.Load.Category, Unit: a.Load.Unit, Quantity: a.Load.Quantity,
		}}),
	}
	if a.Receiver != "" {
		changes = append(changes, decider.On(capacityPath(a.Receiver), &aidv1.CapacityFreed{Arrival: body.GetArrival()}))
	}
	return changes, nil
}

// Receive says what has come. Less than was announced raises an alarm.
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
	return []decider.Change{
		decider.On(arrivalPath(body.GetArrival()), events...),
		decider.On(capacityPath(a.Receiver), &aidv1.CapacityFreed{Arrival: body.GetArrival()}),
	}, nil
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
