package supply

import (
	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// Load is measured in thousandths of the capacity and smoothed: each minute it moves an eighth of the way to what is taken. An offer
// becomes overloaded at the upper mark and stays so down to the lower, so that it does not flicker.
const (
	wholePermille  = 1000
	overloadEnter  = 900
	overloadLeave  = 700
	loadStepMillis = 60_000
	loadParts      = 8
	// loadStepsMax is after how many steps there is nothing left to smooth: 1000 * (7/8)^64 is less than one.
	loadStepsMax = 64
)

// Offer is aggregate provider/<id>/offer/<skill>: what a provider can serve of a skill at once, and what of it is taken.
type Offer struct {
	Capacity    int64 `json:"capacity"`
	From        int64 `json:"from,omitempty"`
	Until       int64 `json:"until,omitempty"`
	Taken       int64 `json:"taken"`
	Standby     int64 `json:"standby"`
	PublishedAt int64 `json:"published_at"`
	// Stock is behind an offer of goods, whose capacity is what lies there, and Handed what was handed out of it so far.
	Stock  string `json:"stock,omitempty"`
	Handed int64  `json:"handed,omitempty"`
	// LoadPermille is the smoothed load as of LoadAt; see load.
	LoadPermille int64 `json:"load_permille"`
	LoadAt       int64 `json:"load_at"`
	Overloaded   bool  `json:"overloaded,omitempty"` // as of LoadAt
	// Noted says that the record has it as overloaded; see NoteLoad.
	Noted bool `json:"noted,omitempty"`
}

func evolveOffer(o *Offer, e decider.Event) {
	if o.LoadAt == 0 {
		o.LoadAt = e.Time
	}
	o.settle(e.Time)
	switch b := e.Body.(type) {
	case *matchingv1.OfferPublished:
		o.Capacity, o.From, o.Until, o.PublishedAt = b.GetCapacity(), b.GetFrom(), b.GetUntil(), e.Time
		o.Stock = b.GetStock()
	case *matchingv1.CapacityMoved:
		o.Taken += b.GetTaken()
		o.Standby += b.GetStandby()
		o.Handed += b.GetHanded()
		if b.GetHanded() != 0 { // it is gone, and lies there no more
			o.Capacity = max(0, o.Capacity-b.GetHanded())
		}
	case *matchingv1.OfferOverloaded:
		o.Noted = true
	case *matchingv1.OfferRelieved:
		o.Noted = false
	}
}

// settle brings the smoothed load to a time; what is left of a step is kept for the next.
func (o *Offer) settle(now int64) {
	steps := (now - o.LoadAt) / loadStepMillis
	if steps <= 0 {
		return
	}
	o.LoadPermille, o.Overloaded = o.load(now)
	o.LoadAt += steps * loadStepMillis
}

// load gives the smoothed load at a time, and whether that is too much.
func (o *Offer) load(now int64) (permille int64, overloaded bool) {
	permille = o.LoadPermille
	for range min((now-o.LoadAt)/loadStepMillis, loadStepsMax) {
		permille = o.smoothed(permille)
	}
	return permille, o.tooMuch(permille)
}

// smoothed is the load a step later.
func (o *Offer) smoothed(permille int64) int64 {
	taken := int64(0)
	switch {
	case o.Capacity > 0:
		taken = min(o.Taken*wholePermille/o.Capacity, 2*wholePermille)
	case o.Taken > 0:
		taken = 2 * wholePermille
	}
	return ((loadParts-1)*permille + taken) / loadParts
}

// tooMuch tells whether a load is, for an offer that has been overloaded or not so far.
func (o *Offer) tooMuch(permille int64) bool {
	switch {
	case o.Stock != "": // goods do not tire
		return false
	case permille >= overloadEnter:
		return true
	case permille <= overloadLeave:
		return false
	}
	return o.Overloaded
}

// Conduct is aggregate conduct/<provider>: how a provider has answered. It is shown to nobody as it is.
type Conduct struct {
	Accepted  int64 `json:"accepted"`
	Refused   int64 `json:"refused"`
	Lapsed    int64 `json:"lapsed"`
	Missed    int64 `json:"missed"`
	Failed    int64 `json:"failed"`
	Completed int64 `json:"completed"`
	// Silent is how often in a row it did not answer, or did not do what it had accepted. A yes ends no row: only what came of it does.
	Silent int64 `json:"silent"`
	// OpenUntil is until when it is asked nothing, because it was silent too often.
	OpenUntil int64 `json:"open_until,omitempty"`
}

// The breaker opens after so many silences in a row, for so long; then one thing is tried at a time, until something is done or refused.
const (
	silentMax          = 3
	RestMillis         = 30 * 60 * 1000
	reliabilityPrior   = 4 // of
	reliabilityPriorOf = 5
)

func evolveConduct(c *Conduct, e decider.Event) {
	b, ok := e.Body.(*matchingv1.AnswerCounted)
	if !ok {
		return
	}
	silent, heard := false, false
	switch b.GetConduct() {
	case matchingv1.Conduct_CONDUCT_ACCEPTED:
		c.Accepted++
	case matchingv1.Conduct_CONDUCT_REFUSED:
		c.Refused++
		heard = true
	case matchingv1.Conduct_CONDUCT_COMPLETED:
		c.Completed++
		heard = true
	case matchingv1.Conduct_CONDUCT_LAPSED:
		c.Lapsed++
		silent = true
	case matchingv1.Conduct_CONDUCT_MISSED:
		c.Missed++
		silent = true
	case matchingv1.Conduct_CONDUCT_FAILED:
		c.Failed++
		silent = true
	}
	switch {
	case heard:
		c.Silent, c.OpenUntil = 0, 0
	case silent:
		if c.Silent++; c.Silent >= silentMax {
			c.OpenUntil = e.Time + RestMillis
		}
	}
}

// Reliability gives how likely it is, in thousandths, that a provider who is asked accepts and then completes: the product of two rates,
// each drawn towards four of five while little is known. A refusal is no failure, but whoever is asked next has lost time.
func (c *Conduct) Reliability() int64 {
	asked := c.Accepted + c.Refused + c.Lapsed
	accepts := (c.Accepted + reliabilityPrior) * wholePermille / (asked + reliabilityPriorOf)
	begun := c.Completed + c.Missed + c.Failed
	completes := (c.Completed + reliabilityPrior) * wholePermille / (begun + reliabilityPriorOf)
	return accepts * completes / wholePermille
}
