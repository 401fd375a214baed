package topic

import (
	"math"
	"math/bits"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	chainv1 "renlin.dev/proto/renlin/chain/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
)

// TakenMax bounds the topics that one deliberation takes. The oldest go first; if the rest still has enough support, the next round
// follows at once.
const TakenMax = 100

// Needed gives the number of distinct active supporters that convenes a deliberation: the greater of the fixed number and the share of
// the active members, rounded up, and never less than one. A share without a denominator is no share.
func Needed(m *communityv1.Matter, active int) uint32 {
	share := shareOf(m.GetThresholdNumerator(), m.GetThresholdDenominator(), active)
	return max(1, m.GetThresholdMembers(), share)
}

// shareOf is ceil(numerator*active/denominator) without overflow; more than anyone can reach becomes the greatest number there is.
func shareOf(numerator, denominator int64, active int) uint32 {
	if numerator <= 0 || denominator <= 0 {
		return 0
	}
	hi, lo := bits.Mul64(uint64(numerator), uint64(active))
	lo, carry := bits.Add64(lo, uint64(denominator)-1, 0)
	if hi += carry; hi >= uint64(denominator) {
		return math.MaxUint32
	}
	quotient, _ := bits.Div64(hi, lo, uint64(denominator))
	return uint32(min(quotient, math.MaxUint32))
}

// OnPosted asks whether the matter has enough support now.
func OnPosted(v *decider.View, _ decider.Event, body *proposalv1.TopicPosted) []decider.Demand {
	return Reached(v, body.GetMatter())
}

// OnSeconded asks whether the matter has enough support now.
func OnSeconded(v *decider.View, _ decider.Event, body *proposalv1.TopicSeconded) []decider.Demand {
	return Reached(v, body.GetMatter())
}

// OnConvened asks whether the topics that were not taken have enough support for another round.
func OnConvened(v *decider.View, _ decider.Event, body *proposalv1.DeliberationConvened) []decider.Demand {
	return Reached(v, body.GetMatter())
}

// OnLapsed opens the next round when a convening lapsed: whoever still has enough support need not wait for anyone.
func OnLapsed(v *decider.View, _ decider.Event, body *chainv1.Lapsed) []decider.Demand {
	matter, _, ok := parseConvene(body.GetPurpose())
	if !ok {
		return nil
	}
	return Reached(v, matter)
}

// OnStanding asks again for every matter, because a fact about membership or the rulebook can change both sides of the comparison: a
// revocation lowers the base, a re-admission brings a supporter back, a new rulebook sets another threshold.
func OnStanding[E proto.Message](v *decider.View, _ decider.Event, _ E) []decider.Demand {
	book, ok := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	if !ok {
		return nil
	}
	var demands []decider.Demand
	for _, m := range book.Book.GetMatters() {
		demands = append(demands, Reached(v, m.GetCode())...)
	}
	return demands
}

// Reached demands the next round of a matter when its open topics have enough distinct active supporters at this position.
func Reached(v *decider.View, code string) []decider.Demand {
	support := decider.DerivedOf[Index](v).Matters[code]
	book, ok := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	if !ok || support == nil {
		return nil
	}
	rules := book.Matter(code)
	if rules == nil {
		return nil
	}
	roster := decider.DerivedOf[standing.Roster](v)
	needed := Needed(rules, len(roster.Active))
	if len(support.Supporters) < int(needed) {
		return nil // not even with those who have left
	}
	supporters := uint32(0)
	// any order: a count of those who are active.
	for member := range support.Supporters {
		if roster.Active[member] {
			supporters++
		}
	}
	if supporters < needed {
		return nil
	}
	round := support.RoundsOver + 1
	return []decider.Demand{{
		Purpose: convenePurpose(code, round), Operation: "proposal.convene",
		Body: &proposalv1.ConveneDeliberation{
			Matter: code, Round: round, Topics: support.Open[:min(len(support.Open), TakenMax)],
			Supporters: supporters, Threshold: needed, ActiveMembers: uint32(len(roster.Active)),
		},
	}}
}
