package standing

import (
	"maps"
	"slices"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// AreaCentiM2Max bounds a unit's area, 10 km², so that the areas of a thousand million units add up within an int64.
const AreaCentiM2Max = 1_000_000_000

// Unit is aggregate unit/<id>: a flat or shop.
type Unit struct {
	AreaCentiM2 int64  `json:"area_centi_m2"`
	Owner       string `json:"owner,omitempty"` // member
	Import      string `json:"import,omitempty"`
	Label       string `json:"label,omitempty"` // vault reference
}

// UnitKind registers units; own only in the community service.
func UnitKind(own bool) decider.Part { return decider.Kind("unit", own, evolveUnit) }

func evolveUnit(u *Unit, e decider.Event) {
	switch b := e.Body.(type) {
	case *communityv1.UnitRegistered:
		*u = Unit{AreaCentiM2: b.GetAreaCentiM2(), Import: b.GetImport(), Label: b.GetLabel().GetRef()}
	case *communityv1.UnitAssigned:
		u.Owner = b.GetOwner()
	}
}

// Roster is who counts and who owns what, folded for policies: the base of thresholds and rolls. Whom the founding admitted
// (founders, holders of polls' keys) stands for an organisation and counts nowhere; an officer who lives here too is admitted as a
// resident like everyone else. Units count only where UnitKind is registered too.
type Roster struct {
	Active  map[string]bool     `json:"active"`  // residents with standing
	Pending map[string][]string `json:"pending"` // import -> members whose standing waits for it
	Revoked map[string]bool     `json:"revoked"` // so that an import's completion does not bring a revoked member back
	Units   map[string]Unit     `json:"units"`
	Imports map[string]bool     `json:"imports"` // completed
}

// RosterPart registers the roster; the model must register Kinds as well.
func RosterPart() decider.Part { return decider.Derived(NewRoster, (*Roster).Fold) }

// NewRoster gives the roster of an empty record.
func NewRoster() *Roster {
	return &Roster{
		Active: map[string]bool{}, Pending: map[string][]string{}, Revoked: map[string]bool{},
		Units: map[string]Unit{}, Imports: map[string]bool{},
	}
}

// Fold takes one event in.
func (r *Roster) Fold(e decider.Event) {
	id := e.Aggregate[len(chain.Collection(e.Aggregate))+1:]
	switch b := e.Body.(type) {
	case *communityv1.MemberAdmitted:
		if e.Author == chain.AuthorGenesis {
			return // stands for an organisation; see Roster
		}
		if b.GetImport() == "" || r.Imports[b.GetImport()] {
			r.Active[id] = true
		} else {
			r.Pending[b.GetImport()] = append(r.Pending[b.GetImport()], id)
		}
	case *communityv1.MemberRevoked:
		delete(r.Active, id)
		r.Revoked[id] = true
	case *communityv1.ImportCompleted:
		r.Imports[id] = true
		for _, m := range r.Pending[id] {
			if !r.Revoked[m] {
				r.Active[m] = true
			}
		}
		delete(r.Pending, id)
	case *communityv1.ImportAbandoned:
		delete(r.Pending, id)
	case *communityv1.UnitRegistered, *communityv1.UnitAssigned:
		u := r.Units[id]
		evolveUnit(&u, e)
		r.Units[id] = u
	}
}

// Voter is one entry of a roll: a member with the weights they vote with, and where the area comes from.
type Voter struct {
	Member      string `json:"member"`
	Heads       int64  `json:"heads"`
	AreaCentiM2 int64  `json:"area_centi_m2"`
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
}

// Roll gives the weights of an electorate as the roster stands: for members one head each, for owners one head each however many
// units, and the areas of their units added (司法解释 法释〔2009〕7号 arts 8-9). A unit of an import counts once that is complete.
func (r *Roster) Roll(electorate communityv1.Electorate) map[string]Voter {
	roll := map[string]Voter{}
	switch electorate {
	case communityv1.Electorate_ELECTORATE_MEMBERS:
		// any order: each member has an entry of their own.
		for id := range r.Active {
			roll[id] = Voter{Member: id, Heads: 1}
		}
	case communityv1.Electorate_ELECTORATE_OWNERS:
	default:
		return roll
	}
	for _, id := range slices.Sorted(maps.Keys(r.Units)) {
		u := r.Units[id]
		if !r.Active[u.Owner] || !r.effective(u) {
			continue
		}
		v := roll[u.Owner]
		roll[u.Owner] = Voter{
			Member: u.Owner, Heads: 1, AreaCentiM2: v.AreaCentiM2 + u.AreaCentiM2,
			Units: append(v.Units, Share{Unit: id, AreaCentiM2: u.AreaCentiM2}),
		}
	}
	return roll
}

// All gives the whole of an electorate, which is more than its roll: a quorum is of all, so nobody reaches one by taking others off the
// roll. The area is every unit's. The heads are for members the active ones; for owners every owner, active or not, and one more for
// all units without an owner together, as the law counts a developer's unsold stock.
func (r *Roster) All(electorate communityv1.Electorate) Whole {
	var all Whole
	owners := map[string]bool{} // the empty name is the unsold stock's
	// any order: sums do not depend on it.
	for _, u := range r.Units {
		if r.effective(u) {
			all.AreaCentiM2 += u.AreaCentiM2
			owners[u.Owner] = true
		}
	}
	switch electorate {
	case communityv1.Electorate_ELECTORATE_MEMBERS:
		all.Heads = int64(len(r.Active))
	case communityv1.Electorate_ELECTORATE_OWNERS:
		all.Heads = int64(len(owners))
	}
	return all
}

func (r *Roster) effective(u Unit) bool { return u.Import == "" || r.Imports[u.Import] }
