// Package stock holds what a stock of goods comes to: one thing of one organisation's, in whole numbers, alike in every service that
// looks at one.
//
// A stock says what is on hand, of that what is reserved, and what was received, handed out and thrown away since it was opened. What is
// free of it may stand as an offer: then work orders and assignments take from the same goods, by two services, and each looks at what the
// other has taken before it promises anything. What assignments took stands at the offer at once, and is booked here by the rule a
// moment later; nothing is reckoned with twice meanwhile, because what is booked is known.
package stock

import (
	"crypto/sha256"
	"slices"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
)

// Reserved is what of a stock is promised to a work order or an assignment.
type Reserved struct {
	Order      string `json:"order,omitempty"`
	Assignment string `json:"assignment,omitempty"`
	Quantity   int64  `json:"quantity"`
}

// Stock is aggregate stock/<id>.
type Stock struct {
	Org      string `json:"org"`
	Category string `json:"category"`
	Unit     string `json:"unit"`
	OnHand   int64  `json:"on_hand"`
	Reserved int64  `json:"reserved"`
	Received int64  `json:"received"`
	Issued   int64  `json:"issued"`
	Expired  int64  `json:"expired"`
	// Corrected is the sum of what countings have found too much or too little.
	Corrected    int64      `json:"corrected"`
	CountedAt    int64      `json:"counted_at,omitempty"`
	Reservations []Reserved `json:"reservations,omitempty"`

	// Provider and Skill are the offer as which what is free stands, for good; nothing more of it does while it is withheld.
	Provider string `json:"provider,omitempty"`
	Skill    string `json:"skill,omitempty"`
	Withheld bool   `json:"withheld,omitempty"`
	// Held and Handed are the parts of Reserved and of Issued that are booked for assignments.
	Held   int64 `json:"held"`
	Handed int64 `json:"handed"`
}

// Clone is shallow: Evolve replaces the list whole.
func (s *Stock) Clone() *Stock { dup := *s; return &dup }

// Claim is aggregate stock-offer/<hash>: which stock stands behind an offer.
type Claim struct {
	Stock string `json:"stock"`
}

// Path names a stock's aggregate.
func Path(id string) string { return "stock/" + id }

// ClaimPath names the aggregate of which stock stands behind a provider's offer of a skill.
func ClaimPath(provider, skill string) string {
	sum := sha256.Sum256([]byte("stock-offer/" + provider + "/" + skill))
	return "stock-offer/" + chain.ShortID(sum[:])
}

// OfferPath names the aggregate of that offer, which is matching's.
func OfferPath(provider, skill string) string { return "provider/" + provider + "/offer/" + skill }

// OfferOf gives the provider and the skill in an offer's path; ok is false for what is none.
func OfferOf(path string) (provider, skill string, ok bool) {
	parts := strings.Split(path, "/")
	if len(parts) != 4 || parts[0] != "provider" || parts[2] != "offer" {
		return "", "", false
	}
	return parts[1], parts[3], true
}

// Kinds registers stocks and what they stand behind; own only in the aid service.
func Kinds(own bool) decider.Part {
	return func(m *decider.Model) {
		decider.Kind("stock", own, evolve)(m)
		decider.Kind("stock-offer", own, func(c *Claim, e decider.Event) {
			if b, ok := e.Body.(*aidv1.OfferClaimed); ok {
				c.Stock = b.GetStock()
			}
		})(m)
	}
}

func evolve(s *Stock, e decider.Event) {
	switch b := e.Body.(type) {
	case *aidv1.StockOpened:
		*s = Stock{Org: b.GetOrg(), Category: b.GetCategory(), Unit: b.GetUnit()}
	case *aidv1.StockCounted:
		s.OnHand, s.Corrected, s.CountedAt = b.GetQuantity(), s.Corrected+b.GetDifference(), e.Time
	case *aidv1.StockOffered:
		s.Provider, s.Skill, s.Withheld = b.GetProvider(), b.GetSkill(), false
	case *aidv1.StockWithheld:
		s.Withheld = true
	case *aidv1.StockMoved:
		s.move(b)
	}
}

func (s *Stock) move(b *aidv1.StockMoved) {
	n := b.GetQuantity()
	switch b.GetMove() {
	case aidv1.StockMove_STOCK_MOVE_RECEIVE:
		s.OnHand, s.Received = s.OnHand+n, s.Received+n
	case aidv1.StockMove_STOCK_MOVE_EXPIRE:
		s.OnHand, s.Expired = s.OnHand-n, s.Expired+n
	case aidv1.StockMove_STOCK_MOVE_RESERVE:
		s.reserve(b, n)
	case aidv1.StockMove_STOCK_MOVE_RELEASE:
		s.reserve(b, -n)
	case aidv1.StockMove_STOCK_MOVE_ISSUE:
		s.reserve(b, -n)
		s.OnHand, s.Issued = s.OnHand-n, s.Issued+n
		if b.GetAssignment() != "" {
			s.Handed += n
			s.found()
		}
	}
}

// found corrects what was handed out though a counting had not found it: it was on its way, and there after all.
func (s *Stock) found() {
	if s.OnHand < 0 {
		s.Corrected, s.OnHand = s.Corrected-s.OnHand, 0
	}
}

// reserve books a promise, or that it is over. What is booked for an assignment may come in any order: what is over before it began is
// less than nothing meanwhile.
func (s *Stock) reserve(b *aidv1.StockMoved, n int64) {
	s.Reserved += n
	if b.GetAssignment() != "" {
		s.Held += n
	}
	list := slices.Clone(s.Reservations)
	i := slices.IndexFunc(list, func(r Reserved) bool { return r.Order == b.GetOrder() && r.Assignment == b.GetAssignment() })
	if i < 0 {
		i, list = len(list), append(list, Reserved{Order: b.GetOrder(), Assignment: b.GetAssignment()})
	}
	list[i].Quantity += n
	s.Reservations = slices.DeleteFunc(list, func(r Reserved) bool { return r.Quantity == 0 })
}

// For gives what is promised to a work order.
func (s *Stock) For(order string) int64 {
	for _, r := range s.Reservations {
		if r.Order == order && r.Assignment == "" {
			return r.Quantity
		}
	}
	return 0
}

// Unbooked gives what assignments have handed out, of so much that the offer says, and that is not booked here yet.
func (s *Stock) Unbooked(handed int64) int64 { return handed - s.Handed }

// There gives what lies there that no work order has: what assignments may take, or have taken already. Handed is what the offer says
// that assignments have handed out so far. It is below nothing where a counting found less than was promised.
func (s *Stock) There(handed int64) int64 {
	return s.OnHand - (s.Reserved - s.Held) - s.Unbooked(handed)
}

// Offered gives what of it stands as an offer: all of what is there, be it taken or not, unless it is withheld.
func (s *Stock) Offered(handed int64) int64 {
	if s.Withheld || s.Provider == "" {
		return 0
	}
	return max(0, s.There(handed))
}
