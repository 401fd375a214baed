package tally

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"slices"

	"renlin.dev/pkg/fault"
)

// ErrOrderMissing refuses a count whose ties a seed decides, while the seed is not there.
var ErrOrderMissing = fault.New(fault.Invalid, "order.missing",
	"Ties of this poll are decided by a seed, and the seed is not known yet.", "该表决的平局由种子决定，而种子尚未公布。")

// TieRule is how options that stand equal are put in order.
type TieRule string

// The tie rules. The empty one is TieByCode.
const (
	TieByCode TieRule = "code"
	TieBySeed TieRule = "seed"
)

// SeedBytes is how long a seed is. One length only, so that no two pairs of seed and code can be written alike.
const SeedBytes = 32

// Order is how options that stand equal are put in order: Order[o] is the place of option o, and the lesser place is preferred. The nil
// Order is by ascending id.
type Order []uint32

// OrderBySeed answers the order that a seed gives to the options: ascending by SHA-256(seed ‖ code of the option). Nobody can choose
// a code that comes first without knowing the seed, and the seed is made public only after the ballots are cast.
func OrderBySeed(seed []byte, codes []string) (Order, error) {
	if len(seed) != SeedBytes {
		return nil, ErrRuleMalformed
	}
	type drawn struct {
		hash   [sha256.Size]byte
		option uint32
	}
	lots := make([]drawn, len(codes))
	for o, code := range codes {
		lots[o] = drawn{sha256.Sum256(slices.Concat(seed, []byte(code))), uint32(o)}
	}
	slices.SortFunc(lots, func(a, b drawn) int {
		return cmp.Or(bytes.Compare(a.hash[:], b.hash[:]), cmp.Compare(a.option, b.option))
	})
	order := make(Order, len(codes))
	for place, lot := range lots {
		if place > 0 && lot.hash == lots[place-1].hash {
			return nil, ErrRuleMalformed // two options of one code
		}
		order[lot.option] = uint32(place)
	}
	return order, nil
}

// check refuses an order that is no permutation of the options.
func (o Order) check(options uint32) error {
	if o == nil {
		return nil
	}
	sorted := slices.Sorted(slices.Values(o))
	if options == 0 || uint32(len(o)) != options || len(slices.Compact(sorted)) != len(o) || sorted[len(sorted)-1] != options-1 {
		return ErrRuleMalformed
	}
	return nil
}

// compare orders two options, the preferred one first.
func (o Order) compare(a, b uint32) int {
	if o == nil {
		return cmp.Compare(a, b)
	}
	return cmp.Compare(o[a], o[b])
}

// Tie is a set of options that stood equal where an order was needed, and was broken by the poll's Order.
type Tie struct {
	// Options are in that order, so the first was preferred.
	Options []uint32 `json:"options"`
	// Total is what each of them had, where that is a whole number.
	Total int64 `json:"total"`
	// Value is what each of them had, as a fraction, where Total cannot say it.
	Value string `json:"value,omitempty"`
	// Decisive says that another order among them would have given other winners. In counts of many rounds that is: another choice
	// at this place, and all others by the same order, would have.
	Decisive bool `json:"decisive"`
	// Untested says that there were too many ties to try them all, and that Decisive says nothing about this one.
	Untested bool `json:"untested,omitempty"`
}

// trialsMax bounds how often an election is counted again to find which ties were decisive.
const trialsMax = 64

// picker breaks the ties of one count and keeps them.
type picker struct {
	order Order
	// at and instead: in a trial, the tie of that number falls to another option than the order says. at is -1 in the true count.
	at      int
	instead uint32
	ties    []Tie
}

// first answers the preferred one of options that stand equal; one alone is no tie. The figures of the tie are the caller's.
func (p *picker) first(options []uint32, figures Tie) uint32 { return p.pick(options, figures, false) }

// last answers the one that is preferred least.
func (p *picker) last(options []uint32, figures Tie) uint32 { return p.pick(options, figures, true) }

func (p *picker) pick(options []uint32, figures Tie, last bool) uint32 {
	if len(options) == 1 {
		return options[0]
	}
	figures.Options = slices.SortedFunc(slices.Values(options), p.order.compare)
	p.ties = append(p.ties, figures)
	switch {
	case p.at == len(p.ties)-1:
		return p.instead
	case last:
		return figures.Options[len(options)-1]
	}
	return figures.Options[0]
}

// settled runs a count that breaks ties as it goes, and then runs it again with every other choice at every tie, so that each tie is
// reported with word on whether it was decisive.
func settled(order Order, count func(*picker) []uint32) (winners []uint32, ties []Tie) {
	truth := &picker{order: order, at: -1}
	winners = count(truth)
	ties = truth.ties
	set := slices.Sorted(slices.Values(winners))
	trials := 0
	for i := range ties {
		for _, option := range ties[i].Options {
			if trials == trialsMax {
				ties[i].Untested = !ties[i].Decisive
				break
			}
			trials++
			other := count(&picker{order: order, at: i, instead: option})
			if !slices.Equal(set, slices.Sorted(slices.Values(other))) {
				ties[i].Decisive = true
				break
			}
		}
	}
	return winners, ties
}
