package plan

import (
	"slices"

	"renlin.dev/pkg/flow"
)

// Event is one thing that happens; exactly one of its fields is set.
type Event struct {
	// Open is a new need; Close is the id of one that is done or withdrawn; Wait says that one has waited longer.
	Open  *Need
	Close string
	Wait  *Waited
	// Fail and Restore are about a provider, or about all of an organisation's.
	Fail, Restore *Who
	// Capacity says how much a provider can do from now on.
	Capacity *Able
}

// Waited is for how many steps of the clock a need has been open now.
type Waited struct {
	Need    string
	Waiting int64
}

// Who is a provider, or an organisation.
type Who struct{ Provider, Organisation string }

// Able is a provider's new capacity.
type Able struct {
	Provider string
	Capacity int64
}

// set answers how many fields of an event are set.
func (e *Event) set() int {
	n := 0
	for _, is := range []bool{e.Open != nil, e.Close != "", e.Wait != nil, e.Fail != nil, e.Restore != nil, e.Capacity != nil} {
		if is {
			n++
		}
	}
	return n
}

// Settled says what an event took.
type Settled struct {
	// Primary and Standby are the work in each network.
	Primary, Standby flow.Settled
}

// Provisional says that the plan is not finished: Finish it.
func (s Settled) Provisional() bool { return s.Primary.Provisional || s.Standby.Provisional }

// Left is of how many units a provisional plan does not know yet who serves them, or stands by for them: it promises those to nobody,
// though it may show them with a provider who has no place for them.
func (s Settled) Left() int64 { return s.Primary.Left + s.Standby.Left }

// Apply lets an event happen and makes the plan a cheapest one again, within limit arcs looked at in each network (0: whatever it takes).
// An event that is refused for what it says, and a need that network P has no room for, have changed nothing. After any other error, which
// only sums beyond what is exact can cause, the plan is of no use: make it anew.
func (pl *Plan) Apply(e Event, limit int) (Settled, error) {
	if e.set() != 1 {
		return Settled{}, ErrEvent
	}
	var err error
	switch {
	case e.Open != nil:
		return pl.open(*e.Open, limit)
	case e.Close != "":
		err = pl.close(e.Close)
	case e.Wait != nil:
		err = pl.wait(*e.Wait)
	case e.Fail != nil:
		err = pl.stand(*e.Fail, true)
	case e.Restore != nil:
		err = pl.stand(*e.Restore, false)
	case e.Capacity != nil:
		err = pl.able(*e.Capacity)
	}
	if err != nil {
		return Settled{}, err
	}
	return pl.settle(nil, limit)
}

// Finish makes a provisional plan a cheapest one, whatever it takes.
func (pl *Plan) Finish() (Settled, error) { return pl.settle(nil, 0) }

// settle brings P, then B behind it, to a cheapest flow. A new need is put into B when P has decided about it.
func (pl *Plan) settle(opened *need, limit int) (done Settled, err error) {
	done.Primary, err = settled(pl.p.w, limit, func() (bool, error) { return pl.p.price(pl, 0) })
	if err != nil {
		return done, err
	}
	needs, providers := pl.p.follow()
	if pl.b == nil {
		return done, nil
	}
	if opened != nil {
		if err := pl.b.open(pl, opened); err != nil {
			return done, err
		}
	}
	if err := pl.b.follow(pl, needs, providers); err != nil {
		return done, err
	}
	done.Standby, err = settled(pl.b.w, limit, func() (bool, error) { return pl.b.price(pl, 0) })
	return done, err
}

func (pl *Plan) open(n Need, limit int) (Settled, error) {
	entry, err := pl.addNeed(n)
	if err != nil {
		return Settled{}, err
	}
	if err := pl.p.open(pl, entry); err != nil {
		pl.needs = pl.needs[:len(pl.needs)-1]
		delete(pl.needAt, n.ID)
		// the network is as it was, but only settling it shows that
		if _, lost := pl.settle(nil, limit); lost != nil {
			return Settled{}, lost
		}
		return Settled{}, err
	}
	return pl.settle(entry, limit)
}

// at answers an open need.
func (pl *Plan) at(id string) (*need, error) {
	if n := pl.needAt[id]; n != nil {
		return n, nil
	}
	return nil, ErrNoNeed
}

func (pl *Plan) close(id string) error {
	n, err := pl.at(id)
	if err != nil {
		return err
	}
	if pl.b != nil {
		if err := pl.b.close(n); err != nil {
			return err
		}
	}
	n.open = false
	delete(pl.needAt, id)
	if pl.closed++; 2*pl.closed > len(pl.needs) {
		pl.needs = slices.DeleteFunc(pl.needs, func(n *need) bool { return !n.open })
		pl.closed = 0
	}
	return pl.p.close(n)
}

func (pl *Plan) wait(w Waited) error {
	n, err := pl.at(w.Need)
	if err != nil {
		return err
	}
	if w.Waiting < 0 {
		return ErrNeed.With("field", "waiting")
	}
	n.Waiting = w.Waiting
	return pl.p.w.SetCost(n.p.unserved, n.unserved())
}

// stand lets providers fail, or come back.
func (pl *Plan) stand(who Who, failed bool) error {
	var about []*provider
	for _, p := range pl.providers {
		if who.Provider == "" && who.Organisation != "" && p.Organisation == who.Organisation {
			about = append(about, p)
		}
	}
	if p := pl.provideAt[who.Provider]; p != nil && who.Organisation == "" {
		about = append(about, p)
	}
	if about == nil {
		return ErrNoProvider
	}
	for _, p := range about {
		p.failed = failed
		if err := pl.bound(p); err != nil {
			return err
		}
	}
	return nil
}

func (pl *Plan) able(a Able) error {
	p := pl.provideAt[a.Provider]
	if p == nil {
		return ErrNoProvider
	}
	if a.Capacity < 0 || a.Capacity > CapacityMax {
		return ErrProvider.With("field", "capacity")
	}
	p.Capacity = a.Capacity
	return pl.bound(p)
}

// bound tells both networks how much a provider can do. In B that is looked at again when P has decided what it is used for.
func (pl *Plan) bound(p *provider) error {
	if err := pl.p.w.SetBounds(p.pArc, 0, p.place()); err != nil {
		return err
	}
	if pl.b == nil {
		return nil
	}
	return pl.b.w.SetBounds(p.bArc, 0, pl.free(p))
}
