// Package supply holds the rules of stocks, and of help that arrives from outside.
//
// A stock is one thing of one organisation's, in whole numbers: what is on hand, of that what is reserved for work orders, and what was
// received, handed out and thrown away since it was opened. Nothing is promised that is promised already, and nothing handed out that is
// not there. Who counts says what really lies there, and the difference stands on the record beside it. What is free of a stock can stand
// as an offer in matching, which follows it: an assignment reserves, what it hands out is booked, and work orders get nothing that an
// assignment has.
//
// Whatever arrives has a named organisation that takes it in and has said that it has the room; where there is none, where it has no room,
// where nobody has received it by its time or less has come than was announced, an alarm stands on the record and goes up; and where
// somebody else has said that they have the room, the rule itself names them. So the last mile is never nobody's. What is received goes
// straight into a stock, if one is named.
package supply

import (
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
)

// Room is how much of one thing an organisation can take in.
type Room struct {
	Category string `json:"category"`
	Unit     string `json:"unit"`
	Quantity int64  `json:"quantity"`
}

// Taken is what of it is promised to an arrival.
type Taken struct {
	Arrival string `json:"arrival"`
	Room    Room   `json:"room"`
}

// Capacity is aggregate capacity/<organisation>.
type Capacity struct {
	Rooms []Room  `json:"rooms"`
	Taken []Taken `json:"taken,omitempty"`
}

// Clone is shallow: Evolve replaces lists whole.
func (c *Capacity) Clone() *Capacity { dup := *c; return &dup }

// Arrival is aggregate arrival/<id>.
type Arrival struct {
	Load     Room                 `json:"load"`
	Due      int64                `json:"due"`
	By       string               `json:"by"`
	Org      string               `json:"org"` // that announced it
	Receiver string               `json:"receiver,omitempty"`
	Received bool                 `json:"received,omitempty"`
	Came     int64                `json:"came"`
	Missing  int64                `json:"missing"`
	Alarms   []aidv1.ArrivalAlarm `json:"alarms,omitempty"`
}

// Clone is shallow: Evolve replaces the list whole.
func (a *Arrival) Clone() *Arrival { dup := *a; return &dup }

func capacityPath(org string) string { return "capacity/" + org }
func arrivalPath(id string) string   { return "arrival/" + id }

func isCapacity(path string) bool { return strings.HasPrefix(path, "capacity/") }

// Kinds registers the aggregates of this package.
func Kinds(m *decider.Model) {
	stock.Kinds(true)(m)
	decider.Kind("provider", false, evolveProvider)(m)
	decider.Kind("offer", false, evolveOffer)(m)
	decider.Kind("capacity", true, evolveCapacity)(m)
	decider.Kind("arrival", true, evolveArrival)(m)
	decider.Kind("announcing", true, func(a *Announcing, e decider.Event) {
		if b, ok := e.Body.(*aidv1.WaitingArrivalsListed); ok {
			a.Arrivals = b.GetArrivals()
		}
	})(m)
}

// Announcing is aggregate announcing/<organisation>: what it announced that had nobody at the last time, that one included. So how many
// there are is counted without looking at all that ever came.
type Announcing struct {
	Arrivals []string `json:"arrivals"`
}

// Clone is shallow: Evolve replaces the list whole.
func (a *Announcing) Clone() *Announcing { dup := *a; return &dup }

func announcingPath(org string) string { return "announcing/" + org }

func roomOf(c *aidv1.Capacity) Room {
	return Room{Category: c.GetCategory(), Unit: c.GetUnit(), Quantity: c.GetQuantity()}
}

func evolveCapacity(c *Capacity, e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.CapacityDeclared:
		c.Rooms = nil
		for _, r := range b.GetCapacities() {
			c.Rooms = append(c.Rooms, roomOf(r))
		}
	case *aidv1.CapacityTaken:
		c.Taken = append(slices.Clone(c.Taken), Taken{Arrival: b.GetArrival(), Room: roomOf(b.GetCapacity())})
	case *aidv1.CapacityFreed:
		c.Taken = slices.DeleteFunc(slices.Clone(c.Taken), func(t Taken) bool { return t.Arrival == b.GetArrival() })
	}
}

// spare is what room is left of each thing; less than nothing where more is promised than there is.
type spare map[Room]int64

func (s spare) add(r Room, sign int64) {
	s[Room{Category: r.Category, Unit: r.Unit}] += sign * r.Quantity
}

// left gives what would be left beside a load.
func (s spare) left(load Room) int64 {
	return s[Room{Category: load.Category, Unit: load.Unit}] - load.Quantity
}

func (s spare) holds(load Room) bool { return s.left(load) >= 0 }

// spare gives what room is left beside what is promised.
func (c *Capacity) spare() spare {
	s := spare{}
	for _, r := range c.Rooms {
		s.add(r, 1)
	}
	for _, t := range c.Taken {
		s.add(t.Room, -1)
	}
	return s
}

// holds tells whether there is room for a load beside what is promised.
func (c *Capacity) holds(load Room) bool { return c.left(load) >= 0 }

// left gives what room is left beside what is promised and a load; less than nothing where it does not fit.
func (c *Capacity) left(load Room) int64 { return c.spare().left(load) }

// takenMax is how many arrivals one organisation is promised to: whoever declares less says of each what becomes of it, in one commit.
const takenMax = 500

// full tells whether no further arrival is promised room, however small it is.
func (c *Capacity) full() bool { return len(c.Taken) >= takenMax }

// unheld gives the arrivals, oldest first, for which other rooms would no longer have place beside those before them.
func (c *Capacity) unheld(rooms []Room) (arrivals []string) {
	then := (&Capacity{Rooms: rooms}).spare()
	for _, t := range c.Taken {
		if !then.holds(t.Room) {
			arrivals = append(arrivals, t.Arrival)
			continue
		}
		then.add(t.Room, -1)
	}
	return arrivals
}

func evolveArrival(a *Arrival, e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.ArrivalAnnounced:
		*a = Arrival{Load: roomOf(b.GetLoad()), Due: b.GetDue(), By: b.GetBy(), Org: b.GetOrg()}
	case *aidv1.ReceiverNamed:
		a.Receiver = b.GetOrg()
	case *aidv1.ArrivalReceived:
		a.Received, a.Came, a.Missing = true, b.GetQuantity(), b.GetMissing()
	case *aidv1.ArrivalAlarmRaised:
		a.Alarms = append(slices.Clone(a.Alarms), b.GetAlarm())
	}
}
