package supply

import (
	"strconv"
	"strings"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/stock"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// OperationFollow is the policy by which an offer of goods says what lies in the stock behind it.
const OperationFollow = "matching.follow_stock"

// lies gives what stands as an offer of a stock that has handed out so much: what is there that no work order has, as far as an offer can
// say it.
func lies(s *stock.Stock, handed int64) int64 { return min(s.Offered(handed), quantityMax) }

// ofGoods gives an offer with what lies in the stock behind it at this moment: what is decided on it conflicts with whatever moves the
// stock, so nothing is promised that a work order has, or that was thrown away a moment ago.
func (o *Offer) ofGoods(v *decider.View) *Offer {
	if o.Stock == "" {
		return o
	}
	dup := *o
	dup.Capacity = 0
	if s, ok := decider.Get[stock.Stock](v, stock.Path(o.Stock)); ok {
		dup.Capacity = lies(s, o.Handed)
	}
	return &dup
}

// OfGoods tells whether a stock stands behind an offer, be it not yet on the record that the offer follows it.
func OfGoods(v *decider.View, provider, skill string) bool {
	return v.Exists(stock.ClaimPath(provider, skill))
}

// followed tells whether an offer says what lies in the stock behind it.
func followed(v *decider.View, id string, s *stock.Stock, p *Provider) bool {
	o, ok := decider.Get[Offer](v, stock.OfferPath(s.Provider, s.Skill))
	return ok && o.Stock == id && o.PublishedAt >= p.RegisteredAt && o.Capacity == lies(s, o.Handed)
}

// follow demands that the offer says what lies in a stock now.
func follow(v *decider.View, e decider.Event) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "stock/")
	if !ok {
		return nil
	}
	s, ok := decider.Get[stock.Stock](v, e.Aggregate)
	if !ok || s.Provider == "" {
		return nil
	}
	p, ok := decider.Get[Provider](v, ProviderPath(s.Provider))
	if !ok || followed(v, id, s, p) {
		return nil
	}
	return []decider.Demand{{
		Purpose:   "follow-stock/" + id + "/" + strconv.FormatUint(v.Version(e.Aggregate), 10),
		Operation: OperationFollow, Body: &matchingv1.FollowStock{Stock: id},
	}}
}

// OnStockOffered has the offer follow its stock from the beginning, and again after the provider had retired.
func OnStockOffered(v *decider.View, e decider.Event, _ *aidv1.StockOffered) []decider.Demand {
	return follow(v, e)
}

// OnStockWithheld has it say that nothing more is there.
func OnStockWithheld(v *decider.View, e decider.Event, _ *aidv1.StockWithheld) []decider.Demand {
	return follow(v, e)
}

// OnStockMoved has it say what is there now; what assignments took and handed out the offer knows before the stock does.
func OnStockMoved(v *decider.View, e decider.Event, _ *aidv1.StockMoved) []decider.Demand {
	return follow(v, e)
}

// OnStockCounted has it say what was found.
func OnStockCounted(v *decider.View, e decider.Event, _ *aidv1.StockCounted) []decider.Demand {
	return follow(v, e)
}

// Follow publishes what lies in a stock as the offer before which it stands. Whatever moved the stock meanwhile is in it.
func Follow(v *decider.View, _ *decider.Command, body *matchingv1.FollowStock) ([]decider.Change, error) {
	id := body.GetStock()
	s, ok := decider.Get[stock.Stock](v, stock.Path(id))
	if !ok || s.Provider == "" {
		return nil, ErrStockUnknown
	}
	p, ok := decider.Get[Provider](v, ProviderPath(s.Provider))
	switch {
	case !ok:
		return nil, ErrProviderUnknown
	case p.Retired:
		return nil, ErrRetired
	case followed(v, id, s, p):
		return nil, ErrFollowed
	}
	path, handed := stock.OfferPath(s.Provider, s.Skill), int64(0)
	if o, ok := decider.Get[Offer](v, path); ok {
		handed = o.Handed
	}
	return []decider.Change{decider.On(path, &matchingv1.OfferPublished{Capacity: lies(s, handed), Stock: id})}, nil
}
