package supply

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/fault"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// Many needs at once: rows are staged in parts, one behind the other, by one officer or grid worker; when they say that all are there, the
// import is complete, and the rule raises each part. What is staged and never completed is nobody's need.
//
// A row names the member who is helped, or nobody: then it is for somebody who is no member, and whoever imports answers for them, so that
// they are not the one to say how urgent it is. Such needs are not among a member's own, and not bounded by their number.

// Bounds of an import.
const (
	importRowsMax = 100_000
	// partRowsMax keeps what a part's needs rest on, each member's own open needs among it, within one commit.
	partRowsMax = 100
)

// NeedImport is aggregate need-import/<id>.
type NeedImport struct {
	By     string `json:"by"`
	Staged uint32 `json:"staged"` // rows
	// Parts are where the parts begin, ascending.
	Parts     []uint32 `json:"parts"`
	Completed bool     `json:"completed,omitempty"`
}

// Clone is shallow: Evolve replaces the list whole.
func (i *NeedImport) Clone() *NeedImport { dup := *i; return &dup }

// Staged is aggregate need-import/<id>/staged/<first>: a part that waits for its import's completion, and then what became of it.
type Staged struct {
	Rows    []Row     `json:"rows,omitempty"` // until they are raised
	Raised  uint32    `json:"raised"`
	Done    bool      `json:"done,omitempty"`
	Dropped []Dropped `json:"dropped,omitempty"`
}

// Clone is shallow: Evolve replaces the lists whole.
func (s *Staged) Clone() *Staged { dup := *s; return &dup }

// Row is a need that is staged.
type Row struct {
	Skill        string   `json:"skill"`
	Quantity     int64    `json:"quantity"`
	Cell         Cell     `json:"cell"`
	From         int64    `json:"from,omitempty"`
	Until        int64    `json:"until,omitempty"`
	Languages    []string `json:"languages,omitempty"`
	Attestations []string `json:"attestations,omitempty"`
	Text         Words    `json:"text"`
	Beneficiary  string   `json:"beneficiary,omitempty"`
	Priority     uint32   `json:"priority,omitempty"`
	Vulnerable   bool     `json:"vulnerable,omitempty"`
}

// Words are a text in the vault.
type Words struct {
	Ref         string `json:"ref"`
	LengthBytes uint32 `json:"length_bytes"`
	Commitment  []byte `json:"commitment"`
}

// Dropped is a row that could not be raised any more, and why.
type Dropped struct {
	Row    uint32 `json:"row"`
	Reason string `json:"reason"`
}

// NeedImportPath names the aggregate of an import.
func NeedImportPath(id string) string { return "need-import/" + id }

// StagedPath names the aggregate of a part of an import, by how many rows stand before it.
func StagedPath(id string, first uint32) string {
	return NeedImportPath(id) + "/staged/" + strconv.FormatUint(uint64(first), 10)
}

// Intake registers the aggregates of imports.
func Intake(m *decider.Model) {
	decider.Kind("need-import", true, evolveImport)(m)
	decider.Kind("staged", true, evolveStaged)(m)
}

func evolveImport(i *NeedImport, e decider.Event) {
	switch b := e.Body.(type) {
	case *matchingv1.NeedRowsCounted:
		i.By = b.GetBy()
		i.Parts = append(slices.Clone(i.Parts), i.Staged)
		i.Staged += b.GetRows()
	case *matchingv1.NeedImportCompleted:
		i.Completed = true
	}
}

func evolveStaged(s *Staged, e decider.Event) {
	switch b := e.Body.(type) {
	case *matchingv1.NeedsStaged:
		s.Rows = nil
		for _, r := range b.GetRows() {
			s.Rows = append(s.Rows, Row{
				Skill: r.GetSkill(), Quantity: r.GetQuantity(), Cell: CellOf(r.GetCell()), From: r.GetFrom(), Until: r.GetUntil(),
				Languages: r.GetLanguages(), Attestations: r.GetAttestations(), Beneficiary: r.GetBeneficiary(),
				Text:     Words{Ref: r.GetText().GetRef(), LengthBytes: r.GetText().GetLengthBytes(), Commitment: r.GetText().GetCommitment()},
				Priority: r.GetPriority(), Vulnerable: r.GetVulnerable(),
			})
		}
	case *matchingv1.StagedNeedsRaised:
		s.Rows, s.Raised, s.Done, s.Dropped = nil, b.GetRaised(), true, nil
		for _, d := range b.GetDropped() {
			s.Dropped = append(s.Dropped, Dropped{Row: d.GetRow(), Reason: d.GetReason()})
		}
	}
}

// raise gives the row as a command of one need would have it.
func (r *Row) raise() *matchingv1.RaiseNeed {
	return &matchingv1.RaiseNeed{
		Skill: r.Skill, Quantity: r.Quantity, Cell: &matchingv1.Cell{East: r.Cell.East, North: r.Cell.North}, From: r.From, Until: r.Until,
		Languages: r.Languages, Attestations: r.Attestations, Beneficiary: r.Beneficiary,
		Text: &communityv1.Text{Ref: r.Text.Ref, LengthBytes: r.Text.LengthBytes, Commitment: r.Text.Commitment},
	}
}

// Stage takes a part of an import, each row of which could be raised now. Rows come in order, so that whoever was interrupted can go on
// where it stopped and nothing comes twice.
func Stage(v *decider.View, cmd *decider.Command, body *matchingv1.StageNeeds) ([]decider.Change, error) {
	i, there := decider.Get[NeedImport](v, NeedImportPath(body.GetImport()))
	if !there {
		i = &NeedImport{By: cmd.Actor}
	}
	n := len(body.GetRows())
	switch {
	case body.GetImport() == "" || n == 0 || n > partRowsMax || int64(i.Staged)+int64(n) > importRowsMax:
		return nil, ErrImportRows
	case i.By != cmd.Actor:
		return nil, ErrImportOther
	case i.Completed:
		return nil, ErrImportComplete
	case body.GetFirst() != i.Staged:
		return nil, ErrImportOrder.WithInt("staged", int64(i.Staged))
	}
	for at, row := range body.GetRows() {
		if err := checkRow(v, cmd, row); err != nil {
			return nil, fault.Of(err).WithInt("row", int64(at))
		}
	}
	return []decider.Change{
		decider.On(NeedImportPath(body.GetImport()), &matchingv1.NeedRowsCounted{Rows: uint32(n), By: cmd.Actor}),
		decider.On(StagedPath(body.GetImport(), body.GetFirst()), &matchingv1.NeedsStaged{Rows: body.GetRows()}),
	}, nil
}

func checkRow(v *decider.View, cmd *decider.Command, r *matchingv1.NeedRow) error {
	if r.GetCell() == nil {
		return ErrCell
	}
	raise := &matchingv1.RaiseNeed{
		Skill: r.GetSkill(), Quantity: r.GetQuantity(), Cell: r.GetCell(), From: r.GetFrom(), Until: r.GetUntil(),
		Languages: r.GetLanguages(), Attestations: r.GetAttestations(), Text: r.GetText(),
	}
	if err := checkRaise(v, cmd, raise); err != nil {
		return err
	}
	who := cmp.Or(r.GetBeneficiary(), cmd.Actor)
	if _, err := standing.Active(v, who); err != nil {
		return err
	}
	switch {
	case r.GetPriority() > PriorityMax || r.GetVulnerable() && r.GetPriority() == 0:
		return ErrPriority
	case r.GetPriority() > 0 && who == cmd.Actor:
		return ErrAssessOwn
	}
	return nil
}

// CompleteIntake has an import take effect.
func CompleteIntake(v *decider.View, cmd *decider.Command, body *matchingv1.CompleteNeedImport) ([]decider.Change, error) {
	i, there := decider.Get[NeedImport](v, NeedImportPath(body.GetImport()))
	switch {
	case !there:
		return nil, ErrImportUnknown
	case i.By != cmd.Actor:
		return nil, ErrImportOther
	case i.Completed:
		return nil, ErrImportComplete
	case i.Staged != body.GetRows():
		return nil, ErrImportShort.WithInt("staged", int64(i.Staged))
	}
	return []decider.Change{decider.On(NeedImportPath(body.GetImport()), &matchingv1.NeedImportCompleted{Rows: i.Staged})}, nil
}

// OnImportCompleted demands that each part is raised.
func OnImportCompleted(v *decider.View, e decider.Event, _ *matchingv1.NeedImportCompleted) []decider.Demand {
	id, ok := strings.CutPrefix(e.Aggregate, "need-import/")
	i, there := decider.Get[NeedImport](v, e.Aggregate)
	if !ok || !there || strings.Contains(id, "/") { // a forged commit may have it on another aggregate
		return nil
	}
	var demands []decider.Demand
	for _, first := range i.Parts {
		demands = append(demands, decider.Demand{
			Purpose:   "raise-staged/" + id + "/" + strconv.FormatUint(uint64(first), 10),
			Operation: "matching.raise_staged", Body: &matchingv1.RaiseStaged{Import: id, First: first},
		})
	}
	return demands
}

// RaiseStaged raises what a part holds. A row that could be raised when it was staged and cannot now, because its time is over, its member
// has left or has as many open needs as the rules allow, is dropped with the reason, and does not keep the others back.
func RaiseStaged(v *decider.View, cmd *decider.Command, body *matchingv1.RaiseStaged) ([]decider.Change, error) {
	i, there := decider.Get[NeedImport](v, NeedImportPath(body.GetImport()))
	path := StagedPath(body.GetImport(), body.GetFirst())
	part, staged := decider.Get[Staged](v, path)
	switch {
	case !there || !i.Completed || !staged:
		return nil, ErrImportUnknown
	case part.Done:
		return nil, ErrImportComplete
	}
	r := raising{v: v, cmd: cmd, by: i.By, lists: map[string][]string{}}
	done := &matchingv1.StagedNeedsRaised{}
	for at := range part.Rows {
		if err := r.row(&part.Rows[at], NeedIDOf(body.GetImport(), int64(body.GetFirst())+int64(at))); err != nil {
			done.Dropped = append(done.Dropped, &matchingv1.NeedRowDropped{Row: uint32(at), Reason: fault.Of(err).Code})
			continue
		}
		done.Raised++
	}
	for _, who := range slices.Sorted(slices.Values(r.members)) {
		r.changes = append(r.changes, decider.On(AskingPath(who), &matchingv1.OpenNeedsListed{Needs: r.lists[who]}))
	}
	return append(r.changes, decider.On(path, done)), nil
}

// NeedIDOf names the need of a row of an import.
func NeedIDOf(id string, row int64) string {
	sum := sha256.Sum256([]byte("need-import/" + id + "/" + strconv.FormatInt(row, 10)))
	return chain.ShortID(sum[:])
}

// raising is one part's rows on their way.
type raising struct {
	v       *decider.View
	cmd     *decider.Command
	by      string
	members []string            // who are named and get a need
	lists   map[string][]string // of each of them, what is open
	changes []decider.Change
}

func (r *raising) row(row *Row, id string) error {
	body := row.raise()
	if err := checkRaise(r.v, r.cmd, body); err != nil {
		return err
	}
	who := cmp.Or(row.Beneficiary, r.by)
	if _, err := standing.Active(r.v, who); err != nil {
		return err
	}
	if row.Beneficiary != "" {
		open, known := r.lists[who]
		if !known {
			open = stillOpen(r.v, AskingPath(who))
		}
		if len(open) >= openMax {
			return ErrNeedLimit
		}
		if !known {
			r.members = append(r.members, who)
		}
		r.lists[who] = append(open, id)
	}
	change := decider.On(NeedPath(id), &matchingv1.NeedRaised{
		Skill: row.Skill, Quantity: row.Quantity, Cell: body.GetCell(), From: row.From, Until: row.Until, Languages: row.Languages,
		Attestations: row.Attestations, Text: body.GetText(), Beneficiary: who, By: r.by,
	})
	if row.Priority > 0 {
		change.Events = append(change.Events, &matchingv1.NeedAssessed{Priority: row.Priority, Vulnerable: row.Vulnerable, By: r.by})
	}
	r.changes = append(r.changes, change)
	return nil
}
