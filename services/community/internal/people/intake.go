package people

import (
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// Faults of a roster import.
var (
	ErrImportExists  = fault.New(fault.Refused, "import.exists", "This import id is in use already.", "该导入编号已被使用。")
	ErrImportUnknown = fault.New(fault.NotFound, "import.unknown", "There is no such import.", "没有该导入任务。")
	ErrImportOrg     = fault.New(fault.Forbidden, "import.other_org", "The import is another organisation's.", "该导入任务属于其他组织。")
	ErrImportClosed  = fault.New(fault.Refused, "import.closed", "The import is over.", "该导入任务已结束。")
	ErrImportRows    = fault.New(fault.Invalid, "import.rows", "The number of rows is out of bounds.", "行数超出范围。")
	ErrImportMany    = fault.New(fault.Refused, "import.too_many", "These are more rows than were announced.", "行数超过了事先声明的数量。")
	ErrImportShort   = fault.New(fault.Refused, "import.incomplete", "Rows are still missing.", "尚有行未导入。")
	ErrRowUnit       = fault.New(fault.Invalid, "import.row_unit", "A row gives an area or a label without a unit.", "有行填写了面积或门牌但没有房屋。")
	ErrRowFurther    = fault.New(fault.Invalid, "import.row_further",
		"A row for a further unit must name a unit and a member who is known already, and no profile.",
		"补充房屋的行须指明房屋和已知成员，且不得含个人资料。")
)

const (
	importRowsMax = 100_000
	// rowsMax keeps a command with its effects within one commit.
	rowsMax = 200
)

// BeginImport is the rule of opening a roster import.
func BeginImport(v *decider.View, cmd *decider.Command, body *communityv1.BeginImport) ([]decider.Change, error) {
	org, err := officer(v, cmd)
	if err != nil {
		return nil, err
	}
	if err := need("import", body.GetImport(), "org", body.GetOrg()); err != nil {
		return nil, err
	}
	switch {
	case body.GetOrg() != org:
		return nil, ErrImportOrg
	case body.GetRows() == 0 || body.GetRows() > importRowsMax:
		return nil, ErrImportRows
	case v.Exists("import/" + body.GetImport()):
		return nil, ErrImportExists
	}
	return []decider.Change{decider.On("import/"+body.GetImport(),
		&communityv1.ImportBegun{Rows: body.GetRows(), Org: org, By: cmd.Actor})}, nil
}

// openImport finds an import of the actor's organisation that is under way. Any of its officers may go on with what one began.
func openImport(v *decider.View, cmd *decider.Command, id string) (*standing.Import, error) {
	org, err := officer(v, cmd)
	if err != nil {
		return nil, err
	}
	if err := need("import", id); err != nil {
		return nil, err
	}
	i, ok := decider.Get[standing.Import](v, "import/"+id)
	switch {
	case !ok:
		return nil, ErrImportUnknown
	case i.Org != org:
		return nil, ErrImportOrg
	case i.Completed || i.Abandoned:
		return nil, ErrImportClosed
	}
	return i, nil
}

// ImportRows is the rule of staging rows.
func ImportRows(v *decider.View, cmd *decider.Command, body *communityv1.ImportRows) ([]decider.Change, error) {
	i, err := openImport(v, cmd, body.GetImport())
	if err != nil {
		return nil, err
	}
	n := len(body.GetRows())
	if n == 0 || n > rowsMax {
		return nil, ErrImportRows
	}
	if uint64(i.Staged)+uint64(n) > uint64(i.Announced) {
		return nil, ErrImportMany
	}
	s := &staging{v: v, id: body.GetImport(), org: i.Org, members: map[string]bool{}, units: map[string]bool{}}
	for at, row := range body.GetRows() {
		if err := s.row(row); err != nil {
			return nil, fault.Of(err).WithInt("row", int64(at))
		}
	}
	return append(s.changes, decider.On("import/"+body.GetImport(), &communityv1.RowsImported{Rows: uint32(n)})), nil
}

// staging is one command's rows on their way.
type staging struct {
	v              *decider.View
	id, org        string
	members, units map[string]bool
	changes        []decider.Change
}

func (s *staging) row(r *communityv1.ImportRow) error {
	if err := need("member", r.GetMember()); err != nil {
		return err
	}
	person := s.admit
	if r.GetFurtherUnit() {
		person = s.known
	}
	if err := person(r); err != nil {
		return err
	}
	if r.GetUnit() == "" {
		if r.GetAreaCentiM2() != 0 || r.GetLabel() != nil {
			return ErrRowUnit
		}
		return nil
	}
	return s.unit(r)
}

func (s *staging) admit(r *communityv1.ImportRow) error {
	if r.GetProfile() != nil {
		if err := standing.CheckText(r.GetProfile()); err != nil {
			return err
		}
	}
	if s.members[r.GetMember()] || s.v.Exists("member/"+r.GetMember()) {
		return ErrMemberExists
	}
	s.members[r.GetMember()] = true
	s.changes = append(s.changes, decider.On("member/"+r.GetMember(),
		&communityv1.MemberAdmitted{Profile: r.GetProfile(), AdmittedBy: s.org, Import: s.id}))
	return nil
}

// known is a row's member who stands in an earlier row of this import, or has standing already.
func (s *staging) known(r *communityv1.ImportRow) error {
	if r.GetUnit() == "" || r.GetProfile() != nil {
		return ErrRowFurther
	}
	if s.members[r.GetMember()] {
		return nil
	}
	if m, ok := decider.Get[standing.Member](s.v, "member/"+r.GetMember()); ok && m.Import == s.id && !m.Revoked {
		return nil
	}
	if _, err := standing.Active(s.v, r.GetMember()); err != nil {
		return ErrRowFurther
	}
	return nil
}

func (s *staging) unit(r *communityv1.ImportRow) error {
	if err := checkUnit(r.GetAreaCentiM2(), r.GetLabel()); err != nil {
		return err
	}
	if s.units[r.GetUnit()] || s.v.Exists("unit/"+r.GetUnit()) {
		return ErrUnitExists
	}
	s.units[r.GetUnit()] = true
	s.changes = append(s.changes, decider.On("unit/"+r.GetUnit(),
		&communityv1.UnitRegistered{AreaCentiM2: r.GetAreaCentiM2(), Label: r.GetLabel(), Import: s.id},
		&communityv1.UnitAssigned{Owner: r.GetMember()}))
	return nil
}

// CompleteImport is the rule of making a roster effective, all at once.
func CompleteImport(v *decider.View, cmd *decider.Command, body *communityv1.CompleteImport) ([]decider.Change, error) {
	i, err := openImport(v, cmd, body.GetImport())
	if err != nil {
		return nil, err
	}
	if i.Staged != i.Announced {
		return nil, ErrImportShort.WithInt("staged", int64(i.Staged)).WithInt("announced", int64(i.Announced))
	}
	return []decider.Change{decider.On("import/"+body.GetImport(), &communityv1.ImportCompleted{})}, nil
}

// AbandonImport is the rule of dropping what was staged. Its ids stay used.
func AbandonImport(v *decider.View, cmd *decider.Command, body *communityv1.AbandonImport) ([]decider.Change, error) {
	if _, err := openImport(v, cmd, body.GetImport()); err != nil {
		return nil, err
	}
	return []decider.Change{decider.On("import/"+body.GetImport(), &communityv1.ImportAbandoned{})}, nil
}
