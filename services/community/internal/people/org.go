package people

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community/internal/charter"
)

// Faults of organisations.
var (
	ErrOrgExists    = fault.New(fault.Refused, "org.exists", "This organisation id is in use already.", "该组织编号已被使用。")
	ErrOrgMalformed = fault.New(fault.Invalid, "org.malformed", "The organisation lacks an id, a kind or a name.", "组织缺少编号、类别或名称。")
)

// AdmitOrg is the rule of admitting an organisation: it will count as a second one, so two must want it.
func AdmitOrg(v *decider.View, cmd *decider.Command, body *communityv1.AdmitOrg) ([]decider.Change, error) {
	if _, err := twoOrganisations(v, cmd, ""); err != nil {
		return nil, err
	}
	o := body.GetOrg()
	if err := charter.CheckOrg(o); err != nil {
		return nil, ErrOrgMalformed.Because(err)
	}
	if v.Exists("org/" + o.GetId()) {
		return nil, ErrOrgExists
	}
	return []decider.Change{decider.On("org/"+o.GetId(), &communityv1.OrgAdmitted{Org: o})}, nil
}

// Amend is the rule of replacing the rulebook. What only a vote changes takes a motion as well.
func Amend(v *decider.View, cmd *decider.Command, body *communityv1.AmendRulebook) ([]decider.Change, error) {
	if _, err := twoOrganisations(v, cmd, ""); err != nil {
		return nil, err
	}
	if err := v.Expect(standing.RulebookPath, body.GetExpectedVersion()); err != nil {
		return nil, err
	}
	now, _ := decider.Get[standing.Rulebook](v, standing.RulebookPath)
	known := func(id string) bool { return v.Exists("org/" + id) }
	if err := charter.CheckRulebook(body.GetRulebook(), now.Book.GetVersion()+1, known); err != nil {
		return nil, err
	}
	used, err := voted(v, cmd, now.Book, body)
	if err != nil {
		return nil, err
	}
	adopted := decider.On(standing.RulebookPath, &communityv1.RulebookAdopted{Rulebook: body.GetRulebook()})
	return append([]decider.Change{adopted}, used...), nil
}
