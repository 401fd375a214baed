package poll

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// The Book needs the roster inside its own fold, to seal it at one event, and a derived value cannot see another. So the fold of
// standing.RosterPart stands here once more; a test holds the two to the same rolls over random histories.

func newRoster() standing.Roster {
	return standing.Roster{
		Active: map[string]bool{}, Pending: map[string][]string{}, Revoked: map[string]bool{},
		Units: map[string]standing.Unit{}, Imports: map[string]bool{},
	}
}

func foldRoster(r *standing.Roster, e decider.Event) {
	id := lastOf(e.Aggregate)
	switch b := e.Body.(type) {
	case *communityv1.MemberAdmitted:
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
	case *communityv1.UnitRegistered:
		r.Units[id] = standing.Unit{AreaCentiM2: b.GetAreaCentiM2(), Import: b.GetImport(), Label: b.GetLabel().GetRef()}
	case *communityv1.UnitAssigned:
		u := r.Units[id]
		u.Owner = b.GetOwner()
		r.Units[id] = u
	}
}
