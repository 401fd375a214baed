package services_test

import (
	"fmt"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// intake is the ledger's own count of an import of needs.
type intake struct {
	by       string
	rows     uint32
	raised   uint32 // rows that were raised or dropped
	complete bool
}

// intake takes the facts of an import. Needs that a rule raises are counted by the part that they stand beside.
func (h *helpWanted) intake(l *ledger, f *fact) {
	id := splitPath(f.path)[1]
	i := h.imports[id]
	if b, ok := f.body.(*matchingv1.NeedRowsCounted); ok {
		if i == nil {
			i = &intake{by: f.Actor}
			h.imports[id] = i
		}
		l.must(f, i.by == f.Actor && b.GetBy() == f.Actor && !i.complete, "rows of another's import, or of one that is complete")
		_, officer := l.people[f.Actor].roles[communityv1.Role_ROLE_OFFICER]
		_, worker := l.people[f.Actor].roles[communityv1.Role_ROLE_GRID_WORKER]
		l.must(f, officer || worker, "an import by somebody without an office")
		i.rows += b.GetRows()
		return
	}
	if i == nil {
		l.complain(f, "an import that nobody began")
		return
	}
	switch b := f.body.(type) {
	case *matchingv1.NeedImportCompleted:
		l.must(f, i.by == f.Actor && !i.complete && b.GetRows() == i.rows, "an import is completed twice, by another, or in part")
		i.complete = true
	case *matchingv1.StagedNeedsRaised:
		i.raised += b.GetRaised() + uint32(len(b.GetDropped()))
		l.must(f, i.complete && i.raised <= i.rows, "rows are raised twice, or before their import is complete")
		h.raised += int64(b.GetRaised())
	}
}

// imports has an officer bring several needs at once, mostly as they come next, and complete what was begun.
func (c *crowd) imports() *deed {
	officer, ok := c.office(communityv1.Role_ROLE_OFFICER)
	if !ok {
		return nil
	}
	id := idFor(fmt.Sprint("import ", c.r.IntN(4), officer))
	rows := uint32(0)
	if i := c.help.imports[id]; i != nil {
		rows = i.rows
	}
	if rows > 0 && c.chance(400) {
		return c.by(officer, "matching.complete_import", &matchingv1.CompleteNeedImport{Import: id, Rows: rows})
	}
	b := &matchingv1.StageNeeds{Import: id, First: rows}
	for range 1 + c.r.IntN(3) {
		row := &matchingv1.NeedRow{Skill: "meal", Quantity: 1 + int64(c.r.IntN(3)), Cell: cellOf(c), Text: textFor("soup")}
		if who, ok := c.member(); ok && c.chance(400) {
			row.Beneficiary, row.Priority = who, uint32(c.r.IntN(9))
		}
		if c.chance(300) {
			row.Until = c.now + 1000
		}
		b.Rows = append(b.Rows, row)
	}
	return c.by(officer, "matching.stage_needs", b)
}
