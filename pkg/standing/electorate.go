package standing

import (
	"maps"
	"slices"

	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Voter is one entry of a roll: a member with the weights they vote with, and where the area comes from.
type Voter struct {
	Member      string `json:"member"`
	Heads       int64  `json:"heads"`
	AreaCentiM2 int64  `json:"area_centi_m2"`
	// Households are those whose representative the voter is.
	Households int64 `json:"households,omitempty"`
	// Weight is that of the basis's weight classes.
	Weight int64 `json:"weight,omitempty"`
	// Units are ascending by unit; their areas add up to AreaCentiM2.
	Units []Share `json:"units,omitempty"`
}

// Share is what one unit adds to a voter's area.
type Share struct {
	Unit        string `json:"unit"`
	AreaCentiM2 int64  `json:"area_centi_m2"`
}

// Whole is what a share of all is a share of.
type Whole struct {
	Heads       int64 `json:"heads"`
	AreaCentiM2 int64 `json:"area_centi_m2"`
	Households  int64 `json:"households,omitempty"`
	Weight      int64 `json:"weight,omitempty"`
}

// Basis says of whom a roll is made, and by what they are weighed. The zero value makes a roll of nobody.
type Basis struct {
	Electorate communityv1.Electorate
	// Channel is that of ELECTORATE_CHANNEL.
	Channel string
	// Classes ascend by area; a unit has the weight of the last class whose area it reaches, and below the first of them none.
	Classes []*communityv1.WeightClass
	// Measured says that households and weights are asked for; otherwise there are none of either.
	Measured bool
}

// weightOf gives the weight of a unit by the basis's classes.
func (b Basis) weightOf(u Unit) int64 {
	var weight int64
	for _, c := range b.Classes {
		if u.AreaCentiM2 >= c.GetAreaFromCentiM2() {
			weight = c.GetWeight()
		}
	}
	return weight
}

// Roll gives the weights of a basis as the roster stands.
//
//   - Members: one head each, and what they own.
//   - Owners: one head each however many units, and the areas of their units added (司法解释 法释〔2009〕7号 arts 8-9).
//   - Households: one head for each household, which its first listed active member casts, and the weight of its unit.
//   - Organisations: one head for each, which the delegate it has named casts.
//   - A channel: one head for each active member who belongs to it.
//
// A unit of an import counts once that is complete. A member or owner also has the households that they represent in the same way.
func (r *Roster) Roll(b Basis) map[string]Voter {
	roll := r.measuredRoll(b)
	if b.Measured {
		return roll
	}
	// any order: each entry is written under its own key.
	for id, v := range roll {
		v.Households, v.Weight = 0, 0
		roll[id] = v
	}
	return roll
}

func (r *Roster) measuredRoll(b Basis) map[string]Voter {
	roll := map[string]Voter{}
	switch b.Electorate {
	case communityv1.Electorate_ELECTORATE_MEMBERS:
		// any order: each member has an entry of their own.
		for id := range r.Active {
			roll[id] = Voter{Member: id, Heads: 1}
		}
		r.addUnits(roll, b)
	case communityv1.Electorate_ELECTORATE_OWNERS:
		r.addUnits(roll, b)
	case communityv1.Electorate_ELECTORATE_HOUSEHOLDS:
		// any order: what one household adds does not depend on the others.
		for _, h := range r.Households {
			if id := r.representative(h); id != "" {
				v := roll[id]
				roll[id] = Voter{Member: id, Heads: v.Heads + 1, Households: v.Households + 1, Weight: v.Weight + b.weightOf(r.Units[h.Unit])}
			}
		}
		return roll
	case communityv1.Electorate_ELECTORATE_ORGANISATIONS:
		// any order: each organisation adds one head.
		for _, id := range r.Delegates {
			if r.stands(id) {
				roll[id] = Voter{Member: id, Heads: roll[id].Heads + 1}
			}
		}
		return roll
	case communityv1.Electorate_ELECTORATE_CHANNEL:
		for _, id := range r.Channels[b.Channel] {
			if r.stands(id) {
				roll[id] = Voter{Member: id, Heads: 1}
			}
		}
		return roll
	}
	// any order: what one household adds does not depend on the others.
	for _, h := range r.Households {
		if v, listed := roll[r.representative(h)]; listed {
			v.Households++
			roll[v.Member] = v
		}
	}
	return roll
}

// addUnits gives every active owner what they own.
func (r *Roster) addUnits(roll map[string]Voter, b Basis) {
	for _, id := range slices.Sorted(maps.Keys(r.Units)) {
		u := r.Units[id]
		if !r.Active[u.Owner] || !r.effective(u) {
			continue
		}
		v := roll[u.Owner]
		roll[u.Owner] = Voter{
			Member: u.Owner, Heads: 1, AreaCentiM2: v.AreaCentiM2 + u.AreaCentiM2, Weight: v.Weight + b.weightOf(u),
			Units: append(v.Units, Share{Unit: id, AreaCentiM2: u.AreaCentiM2}),
		}
	}
}

// representative gives the first listed active member of a household; empty for none.
func (r *Roster) representative(h Household) string {
	for _, id := range h.Members {
		if r.Active[id] {
			return id
		}
	}
	return ""
}

// stands tells whether somebody can vote for more than themselves: a resident, or one whom the founding admitted for an organisation.
func (r *Roster) stands(id string) bool { return r.Active[id] || r.Founders[id] }

// All gives the whole of a basis, which is more than its roll: a quorum is of all, so nobody reaches one by taking others off the
// roll. In polls of members and owners the area and the weight are every unit's. The heads are for members the active ones; for owners
// every owner, active or not, and one more for all units without an owner together, as the law counts a developer's unsold stock; for
// households and organisations every one of them, represented or not; for a channel whoever of it is active. The households are all.
func (r *Roster) All(b Basis) Whole {
	all := Whole{Households: int64(len(r.Households))}
	owners := map[string]bool{} // the empty name is the unsold stock's
	// any order: sums do not depend on it.
	for _, u := range r.Units {
		if r.effective(u) {
			all.AreaCentiM2 += u.AreaCentiM2
			all.Weight += b.weightOf(u)
			owners[u.Owner] = true
		}
	}
	switch b.Electorate {
	case communityv1.Electorate_ELECTORATE_MEMBERS:
		all.Heads = int64(len(r.Active))
	case communityv1.Electorate_ELECTORATE_OWNERS:
		all.Heads = int64(len(owners))
	case communityv1.Electorate_ELECTORATE_HOUSEHOLDS:
		all = Whole{Heads: all.Households, Households: all.Households}
		// any order: sums do not depend on it.
		for _, h := range r.Households {
			all.Weight += b.weightOf(r.Units[h.Unit])
		}
	case communityv1.Electorate_ELECTORATE_ORGANISATIONS:
		all = Whole{Heads: int64(len(r.Delegates))}
	case communityv1.Electorate_ELECTORATE_CHANNEL:
		all = Whole{Heads: int64(len(r.Roll(b)))}
	}
	if !b.Measured {
		all.Households, all.Weight = 0, 0
	}
	return all
}

func (r *Roster) effective(u Unit) bool { return u.Import == "" || r.Imports[u.Import] }
