// Package fullplan is the whole of a plan as bytes: the network of needs and offers that it was worked out on, what flows, the potentials
// of all nodes, and what it costs. Whoever has them checks in one look at each arc that no cheaper plan exists, and reads why a need is
// served by whom, and what everything scarce is worth; see docs/format.md, section 25.
//
// The bytes follow from the record and what the plan says, so whoever has the record makes them again: their digest in the plan holds the
// planner's network against everybody's. Nothing here solves anything.
package fullplan

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Format names the form of the bytes.
const Format = "renlin/full-plan/1"

// BytesMax bounds them. A plan whose network is larger has no digest and is proved by its prices alone.
const BytesMax = 512 << 10

// Margin is a cost and the second cost, which tells apart what costs the same.
type Margin [2]int64

// Plus adds two.
func (a Margin) Plus(b Margin) Margin { return Margin{a[0] + b[0], a[1] + b[1]} }

func (a Margin) minus(b Margin) Margin { return Margin{a[0] - b[0], a[1] - b[1]} }

func (a Margin) times(n int64) Margin { return Margin{a[0] * n, a[1] * n} }

// Less compares the costs, and where they are the same the second ones.
func (a Margin) Less(b Margin) bool { return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] }

// Plan is a full plan.
type Plan struct {
	Format string `json:"format"`
	// Base is how many commits it has looked at, and Seed the hash of the block there, in hex.
	Base      uint64  `json:"base"`
	Seed      string  `json:"seed"`
	PlannedAt int64   `json:"planned_at"`
	Skills    []Skill `json:"skills"` // ascending
}

// Skill is the network of one skill.
type Skill struct {
	Skill string `json:"skill"`
	// Objective is what all that flows costs, and all that is left.
	Objective Margin  `json:"objective"`
	Needs     []Need  `json:"needs"`  // that the plan names, ascending
	Offers    []Offer `json:"offers"` // that could serve one of them, ascending
	Shares    []Share `json:"shares"` // of which there is no more, ascending
	Arcs      []Arc   `json:"arcs"`   // ascending by need and offer
}

// Need is a need with what a unit of it costs at the margin, its potential.
type Need struct {
	Need    string `json:"need"`
	Waiting int64  `json:"waiting"`
	Left    int64  `json:"left"`
	Leaving Margin `json:"leaving"` // what leaving a unit costs
	Value   Margin `json:"value"`
}

// Offer is a provider's offer with what one more unit of it is worth, its potential. Free is 0 where it is full or does not answer.
type Offer struct {
	Provider string `json:"provider"`
	Party    string `json:"party"`
	Free     int64  `json:"free"`
	Price    Margin `json:"price"`
}

// Share is what the rulebook leaves to one organisation, or a volunteer of their own, where it is all given, with what one more unit of it
// is worth. That is in the prices of all its offers.
type Share struct {
	Party string `json:"party"`
	Most  int64  `json:"most"`
	Price Margin `json:"price"`
}

// Arc says that an offer may serve a need: their places in the lists, what a unit costs and its second cost, and how many flow.
type Arc [5]int64

func (a Arc) need() int64  { return a[0] }
func (a Arc) offer() int64 { return a[1] }
func (a Arc) cost() Margin { return Margin{a[2], a[3]} }
func (a Arc) flow() int64  { return a[4] }

// Errors of bytes.
var (
	// ErrMalformed says that bytes are no full plan, or are not written as one is.
	ErrMalformed = errors.New("no full plan")
	// ErrTooLarge says that a plan's network is too large for one.
	ErrTooLarge = errors.New("network is too large for a full plan")
)

// Encode gives the bytes, of which there is one form only, and their digest.
func (p *Plan) Encode() ([]byte, [sha256.Size]byte, error) {
	raw, err := json.Marshal(p)
	switch {
	case err != nil:
		return nil, [sha256.Size]byte{}, fmt.Errorf("encode full plan: %w", err)
	case len(raw) > BytesMax || !p.bounded():
		return nil, [sha256.Size]byte{}, ErrTooLarge
	}
	return raw, sha256.Sum256(raw), nil
}

// Decode reads bytes that are written just so.
func Decode(raw []byte) (*Plan, error) {
	if len(raw) > BytesMax {
		return nil, ErrTooLarge
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	p := &Plan{}
	if err := d.Decode(p); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	if p.Format != Format || !p.bounded() || !p.ordered() {
		return nil, ErrMalformed
	}
	if again, err := json.Marshal(p); err != nil || !bytes.Equal(again, raw) {
		return nil, fmt.Errorf("%w: it is not written as one is", ErrMalformed)
	}
	return p, nil
}

// Bounds of numbers, so that no sum overflows: a plan names at most a hundred needs.
const (
	unitsMax = 1 << 20
	costMax  = 1 << 34
	tieMax   = 1 << 51
	needsMax = 100
)

func (a Margin) bounded() bool {
	return a[0] >= 0 && a[0] <= costMax && a[1] >= -tieMax && a[1] <= tieMax
}

// unitBounded is bounded for what is multiplied by units.
func (a Margin) unitBounded() bool { return a.bounded() && a[1] >= 0 && a[1] <= 1<<26 }

func units(n int64) bool { return n >= 0 && n <= unitsMax }

func (p *Plan) bounded() bool {
	needs := 0
	for i := range p.Skills {
		s := &p.Skills[i]
		needs += len(s.Needs)
		if needs > needsMax || slices.ContainsFunc(s.Needs, func(n Need) bool {
			return !units(n.Waiting) || !units(n.Left) || !n.Leaving.unitBounded() || !n.Value.bounded()
		}) || slices.ContainsFunc(s.Offers, func(o Offer) bool { return !units(o.Free) || !o.Price.bounded() }) ||
			slices.ContainsFunc(s.Shares, func(h Share) bool { return !h.Price.bounded() }) ||
			slices.ContainsFunc(s.Arcs, func(a Arc) bool {
				return a.need() < 0 || a.need() >= int64(len(s.Needs)) || a.offer() < 0 || a.offer() >= int64(len(s.Offers)) ||
					!a.cost().unitBounded() || !units(a.flow())
			}) {
			return false
		}
	}
	return true
}

// ordered tells whether each list is there and ascends, and so names nothing twice.
func (p *Plan) ordered() bool {
	if p.Skills == nil || !ascends(p.Skills, func(a, b Skill) int { return strings.Compare(a.Skill, b.Skill) }) {
		return false
	}
	for i := range p.Skills {
		s := &p.Skills[i]
		if s.Needs == nil || s.Offers == nil || s.Shares == nil || s.Arcs == nil ||
			!ascends(s.Needs, func(a, b Need) int { return strings.Compare(a.Need, b.Need) }) ||
			!ascends(s.Offers, func(a, b Offer) int { return strings.Compare(a.Provider, b.Provider) }) ||
			!ascends(s.Shares, func(a, b Share) int { return strings.Compare(a.Party, b.Party) }) ||
			!ascends(s.Arcs, func(a, b Arc) int { return slices.Compare(a[:2], b[:2]) }) {
			return false
		}
	}
	return true
}

func ascends[T any](list []T, compare func(a, b T) int) bool {
	for i := 1; i < len(list); i++ {
		if compare(list[i-1], list[i]) >= 0 {
			return false
		}
	}
	return true
}
