package people

import (
	"slices"

	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of units and households.
var (
	ErrUnitExists    = fault.New(fault.Refused, "unit.exists", "This unit id is in use already.", "该房屋编号已被使用。")
	ErrUnitArea      = fault.New(fault.Invalid, "unit.area", "The area must lie between 0 and 10,000,000 square metres.", "面积须在0至1000万平方米之间。")
	ErrUnitNotActive = fault.New(fault.Refused, "unit.not_active", "The unit's roster has not been completed.", "该房屋所在的名册尚未完成导入。")
	ErrOwnerSame     = fault.New(fault.Refused, "unit.owner_same", "This member owns the unit already.", "该成员已是此房屋的业主。")
	ErrHousehold     = fault.New(fault.Invalid, "household.members", "A household has 1 to 32 members, each once.", "一户须有1至32名成员，不得重复。")
)

const householdMax = 32

// checkUnit refuses an area beyond what sums can bear, and a label that is no reference.
func checkUnit(area int64, label *communityv1.Text) error {
	if area < 0 || area > standing.AreaCentiM2Max {
		return ErrUnitArea
	}
	if label != nil {
		return standing.CheckText(label)
	}
	return nil
}

// RegisterUnit is the rule of recording one unit.
func RegisterUnit(v *decider.View, cmd *decider.Command, body *communityv1.RegisterUnit) ([]decider.Change, error) {
	if _, err := officer(v, cmd); err != nil {
		return nil, err
	}
	if err := need("unit", body.GetUnit()); err != nil {
		return nil, err
	}
	if err := checkUnit(body.GetAreaCentiM2(), body.GetLabel()); err != nil {
		return nil, err
	}
	if v.Exists("unit/" + body.GetUnit()) {
		return nil, ErrUnitExists
	}
	return []decider.Change{decider.On("unit/"+body.GetUnit(),
		&communityv1.UnitRegistered{AreaCentiM2: body.GetAreaCentiM2(), Label: body.GetLabel()})}, nil
}

// effectiveUnit finds a unit that counts.
func effectiveUnit(v *decider.View, id string) (*standing.Unit, error) {
	u, ok := decider.Get[standing.Unit](v, "unit/"+id)
	if !ok {
		return nil, ErrUnitUnknown
	}
	if u.Import != "" {
		if i, ok := decider.Get[standing.Import](v, "import/"+u.Import); !ok || !i.Completed {
			return nil, ErrUnitNotActive
		}
	}
	return u, nil
}

// AssignUnit is the rule of a unit's owner.
func AssignUnit(v *decider.View, cmd *decider.Command, body *communityv1.AssignUnit) ([]decider.Change, error) {
	if _, err := officer(v, cmd); err != nil {
		return nil, err
	}
	if err := need("unit", body.GetUnit(), "owner", body.GetOwner()); err != nil {
		return nil, err
	}
	u, err := effectiveUnit(v, body.GetUnit())
	if err == nil {
		err = v.Expect("unit/"+body.GetUnit(), body.GetExpectedVersion())
	}
	if err != nil {
		return nil, err
	}
	if u.Owner == body.GetOwner() {
		return nil, ErrOwnerSame
	}
	if _, err := standing.Active(v, body.GetOwner()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On("unit/"+body.GetUnit(), &communityv1.UnitAssigned{Owner: body.GetOwner()})}, nil
}

// FormHousehold is the rule of who lives in a unit; a later list replaces an earlier one. With whom officers live decides what money they
// may have a hand in, so their own household takes a second organisation.
func FormHousehold(v *decider.View, cmd *decider.Command, body *communityv1.FormHousehold) ([]decider.Change, error) {
	if _, err := officer(v, cmd); err != nil {
		return nil, err
	}
	if err := need("household", body.GetHousehold(), "unit", body.GetUnit()); err != nil {
		return nil, err
	}
	members := body.GetMembers()
	if len(members) == 0 || len(members) > householdMax {
		return nil, ErrHousehold
	}
	if _, err := effectiveUnit(v, body.GetUnit()); err != nil {
		return nil, err
	}
	if err := v.Expect("household/"+body.GetHousehold(), body.GetExpectedVersion()); err != nil {
		return nil, err
	}
	for i, id := range members {
		if slices.Contains(members[:i], id) {
			return nil, ErrHousehold
		}
		if _, err := standing.Active(v, id); err != nil {
			return nil, err
		}
	}
	concerned := members
	if old, ok := decider.Get[standing.Household](v, "household/"+body.GetHousehold()); ok {
		concerned = slices.Concat(members, old.Members)
	}
	if slices.Contains(concerned, cmd.Actor) {
		if _, err := twoOrganisations(v, cmd, concerned...); err != nil {
			return nil, err
		}
	}
	return []decider.Change{decider.On("household/"+body.GetHousehold(),
		&communityv1.HouseholdFormed{Unit: body.GetUnit(), Members: members})}, nil
}
