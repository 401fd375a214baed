package supply

import (
	"strings"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// Provider is this service's view of aggregate provider/<id>: whose it is, and whether it serves.
type Provider struct {
	Org     string `json:"org,omitempty"`
	Retired bool   `json:"retired,omitempty"`
}

func evolveProvider(p *Provider, e decider.Event) {
	switch b := e.Body.(type) {
	case *matchingv1.ProviderRegistered:
		*p = Provider{Org: b.GetOrg()}
	case *matchingv1.ProviderRetired:
		p.Retired = true
	}
}

// Offer is this service's view of aggregate provider/<id>/offer/<skill>: what assignments have of it, and have handed out so far.
type Offer struct {
	Taken   int64 `json:"taken"`
	Standby int64 `json:"standby"`
	Handed  int64 `json:"handed"`
}

func evolveOffer(o *Offer, e decider.Event) {
	if b, ok := e.Body.(*matchingv1.CapacityMoved); ok {
		o.Taken, o.Standby, o.Handed = o.Taken+b.GetTaken(), o.Standby+b.GetStandby(), o.Handed+b.GetHanded()
	}
}

// offerOf gives what assignments have of a stock; nothing, where it stands behind no offer.
func offerOf(v *decider.View, s *stock.Stock) Offer {
	if s.Provider == "" {
		return Offer{}
	}
	return offerAt(v, s.Provider, s.Skill)
}

func offerAt(v *decider.View, provider, skill string) Offer {
	if o, ok := decider.Get[Offer](v, stock.OfferPath(provider, skill)); ok {
		return *o
	}
	return Offer{}
}

// OfferStock has what is free of a stock stand as an offer. Matching's own rule makes the offer follow it.
func OfferStock(v *decider.View, cmd *decider.Command, body *aidv1.OfferStock) ([]decider.Change, error) {
	s, err := ours(v, cmd, body.GetStock())
	if err != nil {
		return nil, err
	}
	p, ok := decider.Get[Provider](v, "provider/"+body.GetProvider())
	switch {
	case !ok || p.Org != s.Org || p.Retired:
		return nil, ErrProvider
	case !knownSkill(v, body.GetSkill()):
		return nil, ErrSkill
	}
	offered := decider.On(stock.Path(body.GetStock()), &aidv1.StockOffered{Provider: body.GetProvider(), Skill: body.GetSkill()})
	if s.Provider == body.GetProvider() && s.Skill == body.GetSkill() {
		return []decider.Change{offered}, nil
	}
	claim := stock.ClaimPath(body.GetProvider(), body.GetSkill())
	if s.Provider != "" || v.Exists(claim) {
		return nil, ErrBehind
	}
	if o := offerAt(v, body.GetProvider(), body.GetSkill()); o.Taken != 0 || o.Standby != 0 { // it was promised of something else
		return nil, ErrOfferTaken
	}
	return []decider.Change{offered, decider.On(claim, &aidv1.OfferClaimed{Stock: body.GetStock()})}, nil
}

// knownSkill tells whether the rulebook lists a skill; one that is not listed nobody can ask for.
func knownSkill(v *decider.View, code string) bool {
	book, ok := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	if !ok {
		return false
	}
	for _, s := range book.Book.GetMatching().GetSkills() {
		if s.GetCode() == code {
			return code != ""
		}
	}
	return false
}

// Withhold has nothing more of a stock stand as an offer. What nobody has answered for yet matching's rule gives to others.
func Withhold(v *decider.View, cmd *decider.Command, body *aidv1.WithholdStock) ([]decider.Change, error) {
	s, err := ours(v, cmd, body.GetStock())
	switch {
	case err != nil:
		return nil, err
	case s.Provider == "" || s.Withheld:
		return nil, ErrNotOffered
	}
	return []decider.Change{decider.On(stock.Path(body.GetStock()), &aidv1.StockWithheld{})}, nil
}

// OperationBook is the policy that books at a stock what an assignment took, gave back or handed out.
const OperationBook = "aid.book_stock"

// OnCapacityMoved demands that. An assignment asks a provider once and is over with it once, so each of the two purposes comes once.
func OnCapacityMoved(v *decider.View, e decider.Event, b *matchingv1.CapacityMoved) []decider.Demand {
	provider, skill, ok := stock.OfferOf(e.Aggregate)
	if !ok || b.GetTaken() == 0 {
		return nil
	}
	claim, ok := decider.Get[stock.Claim](v, stock.ClaimPath(provider, skill))
	if !ok {
		return nil
	}
	word := "/taken"
	if b.GetTaken() < 0 {
		word = "/given"
	}
	return []decider.Demand{{
		Purpose: "book-stock/" + claim.Stock + "/" + b.GetAssignment() + word, Operation: OperationBook,
		Body: &aidv1.BookStock{
			Stock: claim.Stock, Assignment: b.GetAssignment(), Taken: b.GetTaken(), Handed: b.GetHanded(),
		},
	}}
}

// Book books it. It stands at the offer already, and whoever decides on the stock looks there; so this is never refused, and comes in any
// order.
func Book(v *decider.View, _ *decider.Command, body *aidv1.BookStock) ([]decider.Change, error) {
	s, ok := decider.Get[stock.Stock](v, stock.Path(body.GetStock()))
	if !ok {
		return nil, ErrStock
	}
	if body.GetOrder() != "" {
		return released(v, s, body)
	}
	moved := func(m aidv1.StockMove, n int64) *aidv1.StockMoved {
		return &aidv1.StockMoved{Move: m, Quantity: n, Assignment: body.GetAssignment()}
	}
	if n := body.GetTaken(); n > 0 {
		return []decider.Change{decider.On(stock.Path(body.GetStock()), moved(aidv1.StockMove_STOCK_MOVE_RESERVE, n))}, nil
	}
	var events []proto.Message
	if n := body.GetHanded(); n > 0 {
		events = append(events, moved(aidv1.StockMove_STOCK_MOVE_ISSUE, n))
	}
	if n := -body.GetTaken() - body.GetHanded(); n > 0 {
		events = append(events, moved(aidv1.StockMove_STOCK_MOVE_RELEASE, n))
	}
	return []decider.Change{decider.On(stock.Path(body.GetStock()), events...)}, nil
}

// arrivalOf gives the id in an arrival's path; ok is false for a fact that some record has elsewhere.
func arrivalOf(path string) (id string, ok bool) { return strings.CutPrefix(path, "arrival/") }
