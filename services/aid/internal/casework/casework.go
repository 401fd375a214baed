// Package casework holds the rules of a case: from a request for help to its closing.
//
// A request names a file, a kind of help and an amount. Somebody takes the case on, assesses it, plans with the person; an officer who does
// not work on it approves an amount; members and organisations are asked to bring parts of it, and say at each visit what they brought; the
// person says what came. What was asked, approved, delivered and acknowledged are four numbers, and none is ever made out of another.
//
//	requested → assessed → planned → ordered → visited → acknowledged → closed
//
// A case is closed only on the word of the person, of who speaks for them, or of a call-back by an organisation that had no hand in it. It
// may be referred to another organisation, which must accept; refused, with a reason; taken back; appealed, which stops its times and its
// closing until yet another organisation has decided; reopened. Where consent is missing nothing goes on, except in danger, and then the
// record says so.
//
// An order may be carried out in rounds: one is due at a time, its end sets the next, and one that nobody kept is on the record. Whoever
// was asked may give it up, a pause may be made: what is expected is expected until somebody says that it is not.
// Every order has a time by which it must be answered; then it ends by itself and what it asked for can be asked of somebody else. What a
// refusal or an appeal has interrupted goes on with the time that was left.
//
// Every time has a demand that comes due: if what it waits for has not happened by then, ServiceClockMissed stands on the record and names
// to whom it goes up. Nobody can leave that out.
package casework

import (
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid/internal/beneficiary"
)

// State is where a case stands.
type State string

// The states of a case.
const (
	Requested    State = "requested"
	Referred     State = "referred"
	Assessed     State = "assessed"
	Planned      State = "planned"
	Ordered      State = "ordered"
	Visited      State = "visited"
	Acknowledged State = "acknowledged"
	Closed       State = "closed"
	Refused      State = "refused"
	Withdrawn    State = "withdrawn"
)

// Work is an order of the case.
type Work struct {
	Order     string `json:"order"`
	Quantity  int64  `json:"quantity"`
	Delivered int64  `json:"delivered"`
	Ended     bool   `json:"ended,omitempty"`
}

// Missed is a time that was not kept.
type Missed struct {
	Clock    aidv1.ServiceClock `json:"clock"`
	Deadline int64              `json:"deadline"`
}

// Case is aggregate aid-case/<id>. Times are milliseconds since the Unix epoch, quantities whole numbers of the unit.
type Case struct {
	Beneficiary string               `json:"beneficiary"`
	Channel     aidv1.RequestChannel `json:"channel"`
	By          string               `json:"by"`
	Category    string               `json:"category"`
	Urgency     aidv1.Urgency        `json:"urgency"`
	Unit        string               `json:"unit"`
	State       State                `json:"state"`
	// Texts are all that was said, oldest first.
	Texts []beneficiary.Text `json:"texts"`

	Asked        int64 `json:"asked"`
	Approved     int64 `json:"approved"`
	Delivered    int64 `json:"delivered"`
	Acknowledged int64 `json:"acknowledged"`

	Worker     string   `json:"worker,omitempty"`
	Org        string   `json:"org,omitempty"`
	Orgs       []string `json:"orgs,omitempty"` // that ever had the case, in the order in which they got it
	ApprovedBy string   `json:"approved_by,omitempty"`
	ReferredTo string   `json:"referred_to,omitempty"`
	Before     State    `json:"before,omitempty"` // the referral
	Hops       uint32   `json:"hops,omitempty"`
	Works      []Work   `json:"works,omitempty"`
	Deliverers []string `json:"deliverers,omitempty"` // organisations that brought something
	// Hands are the members who ever worked on it, decided about it or brought something, whatever they are now.
	Hands []string `json:"hands,omitempty"`

	// Confirmed and Settled are what the person or a call-back has said since the last delivery.
	Confirmed bool `json:"confirmed,omitempty"`
	// Spoken: it was the person, or who speaks for them.
	Spoken  bool `json:"spoken,omitempty"`
	Settled bool `json:"settled,omitempty"`
	// WithoutConsent: something was done in danger before anybody could be asked.
	WithoutConsent bool `json:"without_consent,omitempty"`

	RequestedAt int64    `json:"requested_at"`
	AnswerBy    int64    `json:"answer_by"`
	ResolveBy   int64    `json:"resolve_by"`
	ConfirmBy   int64    `json:"confirm_by,omitempty"`
	Missed      []Missed `json:"missed,omitempty"`
	EndedAt     int64    `json:"ended_at,omitempty"`
	Rounds      uint32   `json:"rounds"`

	// AppealUntil is for how long a refusal or closing may be appealed, AppealedAt since when an appeal waits; Judged, that what was decided
	// last has been judged.
	AppealUntil int64 `json:"appeal_until,omitempty"`
	AppealedAt  int64 `json:"appealed_at,omitempty"`
	DecideBy    int64 `json:"decide_by,omitempty"`
	Judged      bool  `json:"judged,omitempty"`

	// Involved are the members who may read this record, ascending, and InvolvedOrgs the organisations whose officers may; the gateway
	// shows it to nobody else. Whoever the person is, their file tells.
	Involved     []string `json:"involved"`
	InvolvedOrgs []string `json:"involved_orgs"`
}

// Clone is shallow: Evolve replaces lists whole.
func (c *Case) Clone() *Case { dup := *c; return &dup }

// Order is aggregate work-order/<id>.
type Order struct {
	Case        string `json:"case"`
	Beneficiary string `json:"beneficiary"`
	Member      string `json:"member,omitempty"` // who was asked, or goes
	Org         string `json:"org,omitempty"`
	Quantity    int64  `json:"quantity"`
	Delivered   int64  `json:"delivered"`
	Due         int64  `json:"due"`
	AnswerBy    int64  `json:"answer_by,omitempty"`
	Accepted    bool   `json:"accepted,omitempty"`
	Ended       bool   `json:"ended,omitempty"`
	Lapsed      bool   `json:"lapsed,omitempty"` // nobody answered
	// Involved and InvolvedOrgs as in Case.
	Involved     []string `json:"involved"`
	InvolvedOrgs []string `json:"involved_orgs"`
}

// Clone is shallow: Evolve replaces lists whole.
func (o *Order) Clone() *Order { dup := *o; return &dup }

// Visit is aggregate work-order/<id>/visit/<id>.
type Visit struct {
	Outcome  aidv1.VisitOutcome `json:"outcome"`
	Quantity int64              `json:"quantity"`
	Evidence beneficiary.Text   `json:"evidence"`
	By       string             `json:"by"`
	At       int64              `json:"at"`
	// Pictures stand beside the evidence, under the same key.
	Pictures []standing.Picture `json:"pictures,omitempty"`
	// Involved as in Case.
	Involved []string `json:"involved"`
}

// Clone is shallow: Evolve replaces the list whole.
func (s *Visit) Clone() *Visit { dup := *s; return &dup }

// Path names a case's aggregate.
func Path(id string) string { return "aid-case/" + id }

// OrderPath names a work order's aggregate.
func OrderPath(id string) string { return "work-order/" + id }

// Kinds registers the aggregates of this package.
func Kinds(m *decider.Model) {
	decider.Kind("aid-case", true, evolve)(m)
	decider.Kind("work-order", true, evolveOrder)(m)
	decider.Kind("visit", true, evolveVisit)(m)
	decider.Kind("rounds", true, evolveRounds)(m)
}

// Ended tells whether nothing happens on the case any more.
func (c *Case) Ended() bool { return c.State == Closed || c.State == Refused || c.State == Withdrawn }

// onTheWay tells whether an order is open.
func (c *Case) onTheWay() bool {
	return slices.ContainsFunc(c.Works, func(w Work) bool { return !w.Ended })
}

// committed is what is ordered or brought: of an order that ended only what it brought.
func (c *Case) committed() (sum int64) {
	for _, w := range c.Works {
		if w.Ended {
			sum += w.Delivered
		} else {
			sum += w.Quantity
		}
	}
	return sum
}

// took notes that a member had a hand in the case.
func (c *Case) took(member string) {
	if member != "" && !slices.Contains(c.Hands, member) {
		c.Hands = append(slices.Clone(c.Hands), member)
	}
}

// given gives the case to an organisation.
func (c *Case) given(org string) {
	c.Org = org
	if !slices.Contains(c.Orgs, org) {
		c.Orgs = append(slices.Clone(c.Orgs), org)
	}
}

// hand tells whether an organisation has the case or ever had it, was asked to take it, or brought something.
func (c *Case) hand(org string) bool {
	return org == "" || slices.Contains(c.Orgs, org) || org == c.ReferredTo || slices.Contains(c.Deliverers, org)
}
