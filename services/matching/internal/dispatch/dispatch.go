// Package dispatch holds who serves whom: plans, assignments with their standbys, timers, fail-over, and how far a plan needs a human.
//
// An assignment takes so much of one need and has candidates in order, each of another organisation. The first is asked; who says no, does
// not answer in time, gives up or falls silent drops out, and the rule itself asks the next one who still has room. When nobody is left the
// quantity goes back to the need and waits for the next plan. Each change of hands stands on the record with its cause.
//
//	planned → offered → accepted → underway → done → confirmed
//	              ↘ ↙ released
//
// While a candidate is asked or serves, the quantity is taken from its offer; while it stands by, the quantity stands by there. From the
// moment an assignment is done nobody stands by for it any more. So capacity is never promised twice, and nobody is helped twice.
//
// In an emergency two are asked at once for what is urgent. The first yes counts: both answers lie on the one aggregate, in one order.
package dispatch

import (
	"encoding/hex"
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// State is where an assignment stands.
type State string

// The states of an assignment; Confirmed and Released are final.
const (
	Planned   State = "planned"
	Offered   State = "offered"
	Accepted  State = "accepted"
	Underway  State = "underway"
	Done      State = "done"
	Confirmed State = "confirmed"
	Released  State = "released"
)

// Part is what a candidate has to do with an assignment.
type Part string

// The parts. All but the first four are over. Reserved is whoever will be asked first: its capacity is taken already.
const (
	Reserved Part = "reserved"
	Standby  Part = "standby"
	Asked    Part = "asked"
	Serving  Part = "serving"
	Refused  Part = "refused"
	Lapsed   Part = "lapsed"
	Missed   Part = "missed"
	GivenUp  Part = "given_up"
	Skipped  Part = "skipped"
	Thanked  Part = "thanked"
	Finished Part = "finished"
	LetGo    Part = "let_go" // by no word of its own, but for another's having been first
)

// Candidate is one of those who may serve an assignment.
type Candidate struct {
	Provider        string `json:"provider"`
	Org             string `json:"org"`
	Part            Part   `json:"part"`
	DistanceCost    int64  `json:"distance_cost"`
	ReliabilityCost int64  `json:"reliability_cost"`
	WindowCost      int64  `json:"window_cost"`
	// Until is by when it has to answer; only while it is asked.
	Until int64 `json:"until,omitempty"`
}

// Switch is one change of hands.
type Switch struct {
	At       int64            `json:"at"`
	Provider string           `json:"provider"`
	Cause    matchingv1.Cause `json:"cause"`
}

// Assignment is aggregate assignment/<id>. Times are milliseconds since the Unix epoch.
type Assignment struct {
	Need        string      `json:"need"`
	Plan        string      `json:"plan"`
	Skill       string      `json:"skill"`
	Quantity    int64       `json:"quantity"`
	Priority    uint32      `json:"priority"`
	Beneficiary string      `json:"beneficiary"`
	Candidates  []Candidate `json:"candidates"`
	State       State       `json:"state"`
	PlannedAt   int64       `json:"planned_at"`
	OpensAt     int64       `json:"opens_at,omitempty"`
	CheckInBy   int64       `json:"check_in_by,omitempty"`
	Delivered   int64       `json:"delivered"`
	DoneAt      int64       `json:"done_at,omitempty"`
	ConfirmBy   int64       `json:"confirm_by,omitempty"`
	// Unconfirmed says that nobody confirmed in time: somebody must ask.
	Unconfirmed  bool     `json:"unconfirmed,omitempty"`
	Acknowledged int64    `json:"acknowledged"`
	CalledBack   bool     `json:"called_back,omitempty"`
	Switches     []Switch `json:"switches,omitempty"`
	// ReleasedFor is why it ended without being done.
	ReleasedFor matchingv1.Cause  `json:"released_for,omitempty"`
	Reason      matchingv1.Reason `json:"reason,omitempty"`
	// Preferred and Overruled are what humans' choices have cost.
	Preferred *Preferred `json:"preferred,omitempty"`
	Overruled *Overruled `json:"overruled,omitempty"`
}

// Preferred is that another one than the cheapest was asked first.
type Preferred struct {
	Instead        string            `json:"instead"`
	Reason         matchingv1.Reason `json:"reason"`
	MoreMetres     int64             `json:"more_metres"`
	MoreWindowCost int64             `json:"more_window_cost,omitempty"`
}

// Overruled is that it was taken back.
type Overruled struct {
	Provider    string `json:"provider"`
	Next        string `json:"next,omitempty"` // who stood by
	MoreMetres  int64  `json:"more_metres"`
	DelayMillis int64  `json:"delay_millis"`
}

// Clone copies what Evolve writes into.
func (a *Assignment) Clone() *Assignment {
	dup := *a
	dup.Candidates, dup.Switches = slices.Clone(a.Candidates), slices.Clone(a.Switches)
	return &dup
}

// Plan is aggregate plan/<id>.
type Plan struct {
	Claim     matchingv1.Claim `json:"claim"`
	PlannedAt int64            `json:"planned_at"`
	AdoptedAt int64            `json:"adopted_at"`
	Objective int64            `json:"objective"`
	Matches   uint32           `json:"matches"`
	Unserved  uint32           `json:"unserved"`
	Blob      string           `json:"blob,omitempty"`
	By        string           `json:"by"`
	OpensAt   int64            `json:"opens_at,omitempty"`
	// Digest is that of the full plan, in hex.
	Digest string `json:"digest,omitempty"`
	// Prices are what one more unit of each scarce offer would save that the plan takes from; Scarce are those of offers that had nothing free
	// before, and Shares of what the rulebook leaves to one organisation.
	Prices []Price      `json:"prices,omitempty"`
	Scarce []Price      `json:"scarce,omitempty"`
	Shares []SharePrice `json:"shares,omitempty"`
}

// SharePrice is what one more unit of an organisation's share would save; of a volunteer's of their own it has the provider's id.
type SharePrice struct {
	Party string `json:"party"`
	Skill string `json:"skill"`
	Price int64  `json:"price"`
}

// Price is what one more unit of an offer would save.
type Price struct {
	Provider string `json:"provider"`
	Skill    string `json:"skill"`
	Price    int64  `json:"price"`
}

// Clone is shallow: Evolve replaces the lists whole.
func (p *Plan) Clone() *Plan { dup := *p; return &dup }

// Dispatching is aggregate mode/matching: how far a plan needs a human.
type Dispatching struct {
	Mode  matchingv1.Mode `json:"mode"`
	Until int64           `json:"until,omitempty"`
}

// ModePath names the one aggregate of the mode.
const ModePath = "mode/matching"

// Path names an assignment's aggregate.
func Path(id string) string { return "assignment/" + id }

// PlanPath names a plan's aggregate.
func PlanPath(id string) string { return "plan/" + id }

// Kinds registers the aggregates of this package.
func Kinds(m *decider.Model) {
	decider.Kind("assignment", true, evolveAssignment)(m)
	decider.Kind("plan", true, evolvePlan)(m)
	decider.Kind("mode", true, func(d *Dispatching, e decider.Event) {
		switch b := e.Body.(type) {
		case *matchingv1.ModeSet:
			*d = Dispatching{Mode: b.GetMode(), Until: b.GetUntil()}
		case *matchingv1.ModeEnded:
			*d = Dispatching{Mode: matchingv1.Mode_MODE_ADVICE}
		}
	})(m)
	decider.Derived(func() *Index { return &Index{Parties: map[string][]Holding{}} }, fold)(m)
	decider.Derived(newDesk, (*Desk).fold)(m)
}

func evolvePlan(p *Plan, e decider.Event) {
	b, ok := e.Body.(*matchingv1.PlanAdopted)
	if !ok {
		return
	}
	*p = Plan{
		Claim: b.GetClaim(), PlannedAt: b.GetPlannedAt(), AdoptedAt: e.Time, Objective: b.GetObjective(), Matches: b.GetMatches(),
		Unserved: b.GetUnserved(), Blob: b.GetBlob(), By: b.GetBy(), OpensAt: b.GetOpensAt(),
	}
	if d := b.GetDigest(); len(d) > 0 {
		p.Digest = hex.EncodeToString(d)
	}
	for _, s := range b.GetScarce() {
		p.Scarce = append(p.Scarce, Price{Provider: s.GetProvider(), Skill: s.GetSkill(), Price: s.GetPrice()})
	}
	for _, s := range b.GetShares() {
		p.Shares = append(p.Shares, SharePrice{Party: s.GetParty(), Skill: s.GetSkill(), Price: s.GetPrice()})
	}
	for _, s := range b.GetPrices() {
		p.Prices = append(p.Prices, Price{Provider: s.GetProvider(), Skill: s.GetSkill(), Price: s.GetPrice()})
	}
}

func evolveAssignment(a *Assignment, e decider.Event) {
	switch b := e.Body.(type) {
	case *matchingv1.AssignmentPlanned:
		*a = plannedOf(e.Time, b)
	case *matchingv1.AssignmentOffered:
		a.State = Offered
		a.part(b.GetProvider(), Asked, b.GetUntil())
		a.switched(e.Time, b.GetProvider(), b.GetCause())
	case *matchingv1.AssignmentAccepted:
		a.State, a.CheckInBy = Accepted, b.GetCheckInBy()
		a.part(b.GetProvider(), Serving, 0)
	case *matchingv1.AssignmentRefused:
		part := Refused
		if b.GetGivenUp() {
			part = GivenUp
		}
		a.dropOut(b.GetProvider(), part)
	case *matchingv1.AssignmentLapsed:
		a.dropOut(b.GetProvider(), Lapsed)
	case *matchingv1.CheckInMissed:
		a.dropOut(b.GetProvider(), Missed)
	case *matchingv1.CandidateSkipped:
		a.part(b.GetProvider(), Skipped, 0)
	case *matchingv1.CandidateReleased:
		a.released(b)
	case *matchingv1.AssignmentStarted:
		a.State, a.CheckInBy = Underway, b.GetCheckInBy()
	case *matchingv1.CheckedIn:
		a.CheckInBy = b.GetCheckInBy()
	case *matchingv1.AssignmentDone:
		a.State, a.Delivered, a.DoneAt, a.ConfirmBy, a.CheckInBy = Done, b.GetQuantity(), e.Time, b.GetConfirmBy(), 0
	case *matchingv1.AssignmentConfirmed:
		a.State, a.Acknowledged, a.CalledBack, a.Unconfirmed = Confirmed, b.GetQuantity(), b.GetCalledBack(), false
	case *matchingv1.ConfirmationMissed:
		a.Unconfirmed = true
	case *matchingv1.AssignmentReleased:
		a.State, a.ReleasedFor, a.Reason, a.CheckInBy = Released, b.GetCause(), b.GetReason(), 0
		if o := b.GetOverruled(); o != nil {
			a.Overruled = &Overruled{
				Provider: o.GetProvider(), Next: o.GetNext(), MoreMetres: o.GetMoreMetres(), DelayMillis: o.GetDelayMillis(),
			}
		}
	}
}

func plannedOf(at int64, b *matchingv1.AssignmentPlanned) Assignment {
	a := Assignment{
		Need: b.GetNeed(), Plan: b.GetPlan(), Skill: b.GetSkill(), Quantity: b.GetQuantity(), Priority: b.GetPriority(),
		Beneficiary: b.GetBeneficiary(), State: Planned, PlannedAt: at, OpensAt: b.GetOpensAt(),
	}
	for _, c := range b.GetCandidates() {
		a.Candidates = append(a.Candidates, Candidate{
			Provider: c.GetProvider(), Org: c.GetOrg(), Part: Standby, DistanceCost: c.GetDistanceCost(),
			ReliabilityCost: c.GetReliabilityCost(), WindowCost: c.GetWindowCost(),
		})
	}
	if p := b.GetPreferred(); p != nil {
		a.Preferred = &Preferred{
			Instead: p.GetInstead(), Reason: p.GetReason(), MoreMetres: p.GetMoreMetres(), MoreWindowCost: p.GetMoreWindowCost(),
		}
	}
	if len(a.Candidates) > 0 {
		a.Candidates[0].Part = Reserved
	}
	return a
}

// part gives a candidate another part.
func (a *Assignment) part(provider string, part Part, until int64) {
	for i := range a.Candidates {
		if a.Candidates[i].Provider == provider {
			a.Candidates[i].Part, a.Candidates[i].Until = part, until
		}
	}
}

// dropOut has a candidate drop out. If it was the one who serves, the assignment is on offer again.
func (a *Assignment) dropOut(provider string, part Part) {
	if c := a.candidate(provider); c != nil && c.Part == Serving && a.live() {
		a.State, a.CheckInBy = Offered, 0
	}
	a.part(provider, part, 0)
}

func (a *Assignment) released(b *matchingv1.CandidateReleased) {
	part := LetGo
	switch b.GetCause() {
	case matchingv1.Cause_CAUSE_TAKEN:
		part = Thanked
	case matchingv1.Cause_CAUSE_DONE:
		part = Finished
	}
	a.dropOut(b.GetProvider(), part)
}

func (a *Assignment) switched(at int64, provider string, cause matchingv1.Cause) {
	a.Switches = append(a.Switches, Switch{At: at, Provider: provider, Cause: cause})
}

// candidate finds one by its provider.
func (a *Assignment) candidate(provider string) *Candidate {
	for i := range a.Candidates {
		if a.Candidates[i].Provider == provider {
			return &a.Candidates[i]
		}
	}
	return nil
}

// holder gives who serves; nil while nobody does.
func (a *Assignment) holder() *Candidate {
	for i := range a.Candidates {
		if a.Candidates[i].Part == Serving {
			return &a.Candidates[i]
		}
	}
	return nil
}

// server gives who served what is done; the others who are through with it only stood by and were never asked.
func (a *Assignment) server() *Candidate {
	for i := range a.Candidates {
		c := &a.Candidates[i]
		if c.Part == Finished && slices.ContainsFunc(a.Switches, func(s Switch) bool { return s.Provider == c.Provider }) {
			return c
		}
	}
	return nil
}

// asked counts who has been asked and has not answered.
func (a *Assignment) asked() (n int) {
	for i := range a.Candidates {
		if a.Candidates[i].Part == Asked {
			n++
		}
	}
	return n
}

// live tells whether an assignment still holds something of its need.
func (a *Assignment) live() bool {
	switch a.State {
	case Planned, Offered, Accepted, Underway:
		return true
	}
	return false
}

// Holding is one part in one assignment.
type Holding struct {
	Assignment string `json:"assignment"`
	Skill      string `json:"skill"`
	Part       Part   `json:"part"`
	Quantity   int64  `json:"quantity"`
}

// Index lists, for each provider, what it is asked and what it serves, in the order in which that came about: what must change hands when
// it drops out. It is folded for policies.
type Index struct {
	Parties map[string][]Holding `json:"parties"`
	// Quantities are of the assignments that are live.
	Quantities map[string]Holding `json:"quantities"`
}

func fold(x *Index, e decider.Event) {
	id, of := strings.CutPrefix(e.Aggregate, "assignment/")
	if !of {
		return
	}
	switch b := e.Body.(type) {
	case *matchingv1.AssignmentPlanned:
		if x.Quantities == nil {
			x.Quantities = map[string]Holding{}
		}
		x.Quantities[id] = Holding{Assignment: id, Skill: b.GetSkill(), Quantity: b.GetQuantity()}
	case *matchingv1.AssignmentOffered:
		x.set(id, b.GetProvider(), Asked)
	case *matchingv1.AssignmentAccepted:
		x.set(id, b.GetProvider(), Serving)
	case *matchingv1.AssignmentRefused:
		x.drop(id, b.GetProvider())
	case *matchingv1.AssignmentLapsed:
		x.drop(id, b.GetProvider())
	case *matchingv1.CheckInMissed:
		x.drop(id, b.GetProvider())
	case *matchingv1.CandidateReleased:
		x.drop(id, b.GetProvider())
	case *matchingv1.AssignmentReleased, *matchingv1.AssignmentDone:
		delete(x.Quantities, id)
	}
}

func (x *Index) set(id, provider string, part Part) {
	for i := range x.Parties[provider] {
		if x.Parties[provider][i].Assignment == id {
			x.Parties[provider][i].Part = part
			return
		}
	}
	h := x.Quantities[id]
	h.Part = part
	x.Parties[provider] = append(x.Parties[provider], h)
}

func (x *Index) drop(id, provider string) {
	left := slices.DeleteFunc(slices.Clone(x.Parties[provider]), func(h Holding) bool { return h.Assignment == id })
	if len(left) == 0 {
		delete(x.Parties, provider)
		return
	}
	x.Parties[provider] = left
}
