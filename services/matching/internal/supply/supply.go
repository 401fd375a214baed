// Package supply holds what is asked for and what is offered: needs, providers, their offers, and how they have answered so far; and says
// whether a provider may serve a need, what that costs, and what it costs to serve it not.
//
// Places are cells of a grid and no addresses; whoever is helped and whoever serves are named by opaque ids. How urgent a need is an
// officer says, not who asks. Who may care for whom is said by attestations: a skill or a need requires some, and an officer of another
// organisation than the provider's has to have seen them.
//
// Of each need, what was asked for is at any time the sum of what waits, what assignments have taken, what is held for another community,
// what has been served, and what was withdrawn or ran out of time; nothing of it is ever lost or counted twice. Of each offer, what is
// taken never exceeds its capacity at the time of taking, and what stands by never exceeds a stated multiple of it. An offer of goods
// follows the stock behind it, which is another service's: what is decided on it rests on what lies there at that moment.
package supply

import (
	"slices"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/stock"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// State is where a need stands.
type State string

// The states of a need. An open one may be served altogether; only what comes back waits again.
const (
	Open      State = "open"
	Withdrawn State = "withdrawn"
	Expired   State = "expired"
)

// PriorityUnassessed is that of a need that no officer has looked at yet.
const PriorityUnassessed = 3

// PriorityUrgent is from which on a need is urgent: in an emergency two are asked for it at once, and no need that nobody has assessed
// outweighs it by its age.
const PriorityUrgent = 7

// Cell is a square of the community's grid.
type Cell struct {
	East  int32 `json:"east"`
	North int32 `json:"north"`
}

// Need is aggregate need/<id>. Times are milliseconds since the Unix epoch.
type Need struct {
	Skill        string   `json:"skill"`
	Quantity     int64    `json:"quantity"`
	Cell         Cell     `json:"cell"`
	From         int64    `json:"from,omitempty"`
	Until        int64    `json:"until,omitempty"`
	Languages    []string `json:"languages,omitempty"`
	Attestations []string `json:"attestations,omitempty"`
	Excluded     []string `json:"excluded,omitempty"`
	// ExcludedMembers and ExcludedOrgs are who stands behind the excluded providers.
	ExcludedMembers []string `json:"excluded_members,omitempty"`
	ExcludedOrgs    []string `json:"excluded_orgs,omitempty"`
	Text            string   `json:"text"` // vault reference
	// Pictures stand beside the words, under the same key.
	Pictures    []standing.Picture `json:"pictures,omitempty"`
	Beneficiary string             `json:"beneficiary"`
	By          string             `json:"by"`
	Helped      bool               `json:"helped,omitempty"`     // raised by a helper under a mandate
	Suggestion  string             `json:"suggestion,omitempty"` // out of which it was made
	Uptake      string             `json:"uptake,omitempty"`     // what was taken up of another community; Until is its end then
	RaisedAt    int64              `json:"raised_at"`

	State      State  `json:"state"`
	Priority   uint32 `json:"priority"`
	Vulnerable bool   `json:"vulnerable,omitempty"`
	AssessedBy string `json:"assessed_by,omitempty"`
	// Quantity is the sum of these five.
	Waiting  int64 `json:"waiting"`
	Matched  int64 `json:"matched"`
	Referred int64 `json:"referred,omitempty"` // held for another community
	Served   int64 `json:"served"`
	Dropped  int64 `json:"dropped"` // withdrawn, or out of time
	// Acknowledged is so much of what was served as whoever was helped has confirmed.
	Acknowledged int64 `json:"acknowledged"`
	// Live are the assignments that have taken of it and are not done, ascending.
	Live []string `json:"live,omitempty"`
	// WaitingSince is when all of it that waits began to: since then its cost grows.
	WaitingSince int64 `json:"waiting_since,omitempty"`
	// Shortage is why the last plan has nobody for it.
	Shortage matchingv1.Shortage `json:"shortage,omitempty"`
	// Screening is why it was withdrawn, if it was looked into, and SameAs the need that asks for the same.
	Screening matchingv1.Screening `json:"screening,omitempty"`
	SameAs    string               `json:"same_as,omitempty"`
	// ServedAfter sums, over the units served, how long each waited.
	ServedAfter int64 `json:"served_after,omitempty"`
	// Passed are providers that it has gone past: who said no, was silent, or was taken off it.
	Passed []Passed `json:"passed,omitempty"`
}

// Passed is a provider that a need has gone past, until a time; 0 for good.
type Passed struct {
	Provider string `json:"provider"`
	Until    int64  `json:"until,omitempty"`
}

// Clone is shallow: Evolve replaces the lists whole.
func (n *Need) Clone() *Need { dup := *n; return &dup }

// Provider is aggregate provider/<id>.
type Provider struct {
	Org          string    `json:"org,omitempty"`
	Member       string    `json:"member"`
	Cell         Cell      `json:"cell"`
	RadiusCells  uint32    `json:"radius_cells"`
	Languages    []string  `json:"languages,omitempty"`
	Attested     []Attests `json:"attested,omitempty"`
	RegisteredAt int64     `json:"registered_at"`
	Retired      bool      `json:"retired,omitempty"`
	// Borrowing is the loan of another community that it is; Org is that community then.
	Borrowing string `json:"borrowing,omitempty"`
}

// Attests is what one organisation has seen of a provider.
type Attests struct {
	Org   string   `json:"org"`
	Codes []string `json:"codes"`
}

// Clone is shallow: Evolve replaces the lists whole.
func (p *Provider) Clone() *Provider { dup := *p; return &dup }

// Party gives for whom a provider serves: its organisation, or itself.
func (p *Provider) Party(id string) string {
	if p.Org != "" {
		return p.Org
	}
	return id
}

// Asking is aggregate asking/<member>: the needs of a member that were open at the last one, that one included.
type Asking struct {
	Needs []string `json:"needs"`
}

// Clone is shallow: Evolve replaces the list whole.
func (a *Asking) Clone() *Asking { dup := *a; return &dup }

// NeedPath names a need's aggregate.
func NeedPath(id string) string { return "need/" + id }

// ProviderPath names a provider's aggregate.
func ProviderPath(id string) string { return "provider/" + id }

// OfferPath names the aggregate of what a provider offers of a skill.
func OfferPath(provider, skill string) string { return "provider/" + provider + "/offer/" + skill }

// ConductPath names the aggregate of how a provider has answered.
func ConductPath(provider string) string { return "conduct/" + provider }

// AskingPath names the aggregate of a member's open needs.
func AskingPath(member string) string { return "asking/" + member }

// Kinds registers the aggregates of this package.
func Kinds(m *decider.Model) {
	decider.Kind("need", true, evolveNeed)(m)
	decider.Kind("asking", true, func(a *Asking, e decider.Event) {
		if b, ok := e.Body.(*matchingv1.OpenNeedsListed); ok {
			a.Needs = b.GetNeeds()
		}
	})(m)
	decider.Kind("provider", true, evolveProvider)(m)
	decider.Kind("offer", true, evolveOffer)(m)
	decider.Kind("conduct", true, evolveConduct)(m)
	decider.Kind("suggestion", true, evolveSuggestion)(m)
	stock.Kinds(false)(m)
}

func evolveNeed(n *Need, e decider.Event) {
	switch b := e.Body.(type) {
	case *matchingv1.NeedRaised:
		*n = Need{
			Skill: b.GetSkill(), Quantity: b.GetQuantity(), Cell: CellOf(b.GetCell()), From: b.GetFrom(), Until: b.GetUntil(),
			Languages: b.GetLanguages(), Attestations: b.GetAttestations(), Excluded: b.GetExcluded(), Text: b.GetText().GetRef(),
			Beneficiary: b.GetBeneficiary(), By: b.GetBy(), Helped: b.GetMandate() != "", RaisedAt: e.Time,
			ExcludedMembers: b.GetExcludedMembers(), ExcludedOrgs: b.GetExcludedOrgs(), Suggestion: b.GetSuggestion(), Uptake: b.GetUptake(),
			State: Open, Priority: PriorityUnassessed, Waiting: b.GetQuantity(), WaitingSince: max(e.Time, b.GetFrom()),
			Pictures: standing.PicturesOf(b.GetPictures()),
		}
	case *matchingv1.NeedAssessed:
		n.Priority, n.Vulnerable, n.AssessedBy = b.GetPriority(), b.GetVulnerable(), b.GetBy()
	case *matchingv1.NeedMatched:
		n.Waiting -= b.GetQuantity()
		n.Matched += b.GetQuantity()
		n.Live = slices.Sorted(slices.Values(append(slices.Clone(n.Live), b.GetAssignment())))
		n.Shortage = 0
	case *matchingv1.NeedUnserved:
		n.Shortage = b.GetShortage()
	case *matchingv1.NeedReturned:
		n.Matched -= b.GetQuantity()
		n.returns(b.GetQuantity())
		n.passes(b.GetPassed())
		n.ended(b.GetAssignment())
	case *matchingv1.NeedServed:
		n.Matched -= b.GetQuantity()
		n.Served += b.GetQuantity()
		n.ServedAfter += b.GetQuantity() * max(0, e.Time-n.WaitingSince)
		n.ended(b.GetAssignment())
	case *matchingv1.NeedAcknowledged:
		n.Acknowledged += b.GetQuantity()
		n.Served -= b.GetShort()
		n.returns(b.GetShort())
	case *matchingv1.NeedReferred:
		n.Waiting -= b.GetQuantity()
		n.Referred += b.GetQuantity()
	case *matchingv1.NeedReferralEnded:
		n.referralEnded(b, e.Time)
	case *matchingv1.NeedWithdrawn:
		n.State, n.Dropped, n.Waiting = Withdrawn, n.Dropped+n.Waiting, 0
		n.Screening, n.SameAs = b.GetScreening(), b.GetSameAs()
	case *matchingv1.NeedExpired:
		n.State, n.Dropped, n.Waiting = Expired, n.Dropped+b.GetQuantity(), n.Waiting-b.GetQuantity()
	}
}

// returns has so much wait again, unless nobody waits for it any more. It keeps its place: the time it has waited counts from the
// beginning.
func (n *Need) returns(quantity int64) {
	if n.State == Open {
		n.Waiting += quantity
		return
	}
	n.Dropped += quantity
}

// referralEnded takes in what came of a referral. A word that comes late is about what waits again already, or is dropped.
func (n *Need) referralEnded(b *matchingv1.NeedReferralEnded, at int64) {
	switch {
	case !b.GetLate():
		n.Referred -= b.GetServed() + b.GetReturned()
		n.returns(b.GetReturned())
	case n.State == Open:
		n.Waiting -= b.GetServed()
	default:
		n.Dropped -= b.GetServed()
	}
	n.Served += b.GetServed()
	n.ServedAfter += b.GetServed() * max(0, at-n.WaitingSince)
}

// Unserved is how much of it nobody serves or has served.
func (n *Need) Unserved() int64 {
	if n.State == Open {
		return n.Waiting
	}
	return n.Dropped
}

// passes notes whom the need has gone past; what is said of one later replaces what was said before.
func (n *Need) passes(passed []*matchingv1.Passed) {
	for _, p := range passed {
		n.Passed = append(slices.DeleteFunc(slices.Clone(n.Passed), func(old Passed) bool { return old.Provider == p.GetProvider() }),
			Passed{Provider: p.GetProvider(), Until: p.GetUntil()})
	}
}

func (n *Need) ended(assignment string) {
	n.Live = slices.DeleteFunc(slices.Clone(n.Live), func(id string) bool { return id == assignment })
}

func evolveProvider(p *Provider, e decider.Event) {
	reach := func(r *matchingv1.Reach) {
		p.Cell, p.RadiusCells, p.Languages = CellOf(r.GetCell()), r.GetRadiusCells(), r.GetLanguages()
	}
	switch b := e.Body.(type) {
	case *matchingv1.ProviderRegistered:
		*p = Provider{Org: b.GetOrg(), Member: b.GetMember(), RegisteredAt: e.Time, Borrowing: b.GetBorrowing()}
		reach(b.GetReach())
	case *matchingv1.ProviderMoved:
		reach(b.GetReach())
	case *matchingv1.ProviderAttested:
		others := slices.DeleteFunc(slices.Clone(p.Attested), func(a Attests) bool { return a.Org == b.GetOrg() })
		if len(b.GetAttestations()) > 0 {
			others = append(others, Attests{Org: b.GetOrg(), Codes: b.GetAttestations()})
		}
		slices.SortFunc(others, func(a, b Attests) int { return strings.Compare(a.Org, b.Org) })
		p.Attested = others
	case *matchingv1.ProviderRetired:
		p.Retired = true
	}
}

// CellOf reads a square.
func CellOf(c *matchingv1.Cell) Cell { return Cell{East: c.GetEast(), North: c.GetNorth()} }

// attested tells whether some organisation has seen it.
func (p *Provider) attested(code string) bool {
	return slices.ContainsFunc(p.Attested, func(a Attests) bool { return slices.Contains(a.Codes, code) })
}
