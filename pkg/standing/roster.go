package standing

import (
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

	// What polls of households, of organisations and of channels are made of. Households and channels count only where GroupKinds is
	// registered too.
	Households map[string]Household `json:"households,omitempty"`
	Delegates  map[string]string    `json:"delegates,omitempty"` // every organisation -> the member it has named, "" for none
	Channels   map[string][]string  `json:"channels,omitempty"`
	Founders   map[string]bool      `json:"founders,omitempty"` // with standing; they count in those polls alone
}

// RosterPart registers the roster; the model must register Kinds as well.
func RosterPart() decider.Part { return decider.Derived(NewRoster, (*Roster).Fold) }

// NewRoster gives the roster of an empty record.
func NewRoster() *Roster {
	return &Roster{
		Active: map[string]bool{}, Pending: map[string][]string{}, Revoked: map[string]bool{},
		Units: map[string]Unit{}, Imports: map[string]bool{},
		Households: map[string]Household{}, Delegates: map[string]string{}, Channels: map[string][]string{}, Founders: map[string]bool{},
	}
}

// Fold takes one event in.
func (r *Roster) Fold(e decider.Event) {
	id := e.Aggregate[len(chain.Collection(e.Aggregate))+1:]
	switch b := e.Body.(type) {
	case *communityv1.MemberAdmitted:
		if e.Author == chain.AuthorGenesis {
			r.Founders[id] = true // stands for an organisation; see Roster
			return
		}
		if b.GetImport() == "" || r.Imports[b.GetImport()] {
			r.Active[id] = true
		} else {
			r.Pending[b.GetImport()] = append(r.Pending[b.GetImport()], id)
		}
	case *communityv1.MemberRevoked:
		delete(r.Active, id)
		delete(r.Founders, id)
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
	default:
		r.foldGroups(id, e)
	}
}

func (r *Roster) foldGroups(id string, e decider.Event) {
	switch b := e.Body.(type) {
	case *communityv1.HouseholdFormed:
		r.Households[id] = Household{Unit: b.GetUnit(), Members: b.GetMembers()}
	case *communityv1.OrgAdmitted:
		r.Delegates[id] = ""
	case *communityv1.DelegateNamed:
		r.Delegates[id] = b.GetMember()
	case *communityv1.ChannelEstablished:
		r.Channels[id] = b.GetMembers()
	}
}
