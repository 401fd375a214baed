package community_test

import (
	"fmt"
	"math"
	"testing"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	"renlin.dev/services/community"
	"renlin.dev/services/community/internal/people"
)

type (
	registerUnit  = communityv1.RegisterUnit
	assignUnit    = communityv1.AssignUnit
	formHousehold = communityv1.FormHousehold
	beginImport   = communityv1.BeginImport
	importRows    = communityv1.ImportRows
	importRow     = communityv1.ImportRow
)

// The largest areas of ten million units add up without overflow.
func TestAreasAddUp(t *testing.T) {
	t.Parallel()
	if int64(standing.AreaCentiM2Max) > math.MaxInt64/1_000_000_000 {
		t.Fatal("a thousand million units overflow")
	}
}

func TestUnits(t *testing.T) {
	t.Parallel()
	unit := func(area int64) *registerUnit {
		return &registerUnit{Unit: id("u"), AreaCentiM2: area, Label: text("1-101")}
	}
	there := func(w *world) { w.do(community.OpRegisterUnit, unit(8950), ann) }
	bad := unit(1)
	bad.Label.Ref = ""
	staged := func(complete bool) func(*world) {
		return func(w *world) {
			w.do(community.OpBeginImport, &beginImport{Import: id("i"), Rows: 1, Org: id("residents")}, ann)
			w.do(community.OpImportRows, &importRows{Import: id("i"), Rows: []*importRow{{Member: id(gus), Unit: id("u"), AreaCentiM2: 1}}}, ann)
			if complete {
				w.do(community.OpCompleteImport, &communityv1.CompleteImport{Import: id("i")}, ann)
			}
		}
	}
	gone := func(w *world) { there(w); w.do(community.OpRevokeMember, &revokeMember{Member: id(eve)}, eve) }
	assign := &assignUnit{Unit: id("u"), Owner: id(eve)}
	assigned, registered := []string{"unit/" + id("u") + ": UnitAssigned"}, []string{"unit/" + id("u") + ": UnitRegistered"}
	house := func(members ...string) *formHousehold {
		h := &formHousehold{Household: id("h"), Unit: id("u")}
		for _, m := range members {
			h.Members = append(h.Members, id(m))
		}
		return h
	}
	assignTo := func(who string) *assignUnit { return &assignUnit{Unit: id("u"), Owner: id(who)} }
	assignSeen := func(version uint64) *assignUnit {
		return &assignUnit{Unit: id("u"), Owner: id(eve), ExpectedVersion: version}
	}
	houseSeen := func(version uint64) *formHousehold {
		h := house(eve)
		h.ExpectedVersion = version
		return h
	}
	crowd := house()
	for i := range 33 {
		crowd.Members = append(crowd.Members, id(fmt.Sprint(i)))
	}
	full := house()
	formed := []string{"household/" + id("h") + ": HouseholdFormed"}
	run(t, []attempt{
		{name: "registered", op: community.OpRegisterUnit, body: unit(8950), by: []string{ann}, facts: registered},
		{name: "no area", op: community.OpRegisterUnit, body: unit(0), by: []string{ann}, facts: registered},
		{name: "largest", op: community.OpRegisterUnit, body: unit(standing.AreaCentiM2Max), by: []string{ann}, facts: registered},
		{name: "larger", op: community.OpRegisterUnit, body: unit(standing.AreaCentiM2Max + 1), by: []string{ann}, want: people.ErrUnitArea},
		{name: "less than nothing", op: community.OpRegisterUnit, body: unit(-1), by: []string{ann}, want: people.ErrUnitArea},
		{name: "half a label", op: community.OpRegisterUnit, body: bad, by: []string{ann}, want: standing.ErrText},
		{name: "without id", op: community.OpRegisterUnit, body: &registerUnit{AreaCentiM2: 1}, by: []string{ann}, want: people.ErrMissing},
		{name: "by a member", op: community.OpRegisterUnit, body: unit(1), by: []string{eve}, want: standing.ErrRole},
		{name: "twice", given: there, op: community.OpRegisterUnit, body: unit(1), by: []string{ann}, want: people.ErrUnitExists},
		{name: "twice by a roster", given: staged(false), op: community.OpRegisterUnit, body: unit(1), by: []string{ann},
			want: people.ErrUnitExists},

		{name: "assigned as seen", given: there, op: community.OpAssignUnit, body: assignSeen(1), by: []string{bob}, facts: assigned},
		{name: "assigned as never was", given: there, op: community.OpAssignUnit, body: assignSeen(2), by: []string{bob}, want: decider.ErrStale},
		{name: "assigned as seen too long ago", given: func(w *world) { there(w); w.do(community.OpAssignUnit, assignTo(fay), ann) },
			op: community.OpAssignUnit, body: assignSeen(1), by: []string{bob}, want: decider.ErrStale},
		{name: "formed as seen", given: func(w *world) { there(w); w.do(community.OpFormHousehold, house(eve, fay), ann) },
			op: community.OpFormHousehold, body: houseSeen(1), by: []string{ann}, facts: formed},
		{name: "formed as seen too long ago", given: func(w *world) {
			there(w)
			w.do(community.OpFormHousehold, house(eve, fay), ann)
			w.do(community.OpFormHousehold, house(fay), ann)
		}, op: community.OpFormHousehold, body: houseSeen(1), by: []string{ann}, want: decider.ErrStale},
		{name: "formed as seen, where there is none", given: there, op: community.OpFormHousehold, body: houseSeen(1), by: []string{ann},
			want: decider.ErrStale},

		{name: "assigned", given: there, op: community.OpAssignUnit, body: assign, by: []string{bob}, facts: assigned},
		{name: "assigned again", given: func(w *world) { there(w); w.do(community.OpAssignUnit, assign, ann) },
			op: community.OpAssignUnit, body: assign,
			by: []string{ann}, want: people.ErrOwnerSame},
		{name: "sold", given: func(w *world) { there(w); w.do(community.OpAssignUnit, assign, ann) }, op: community.OpAssignUnit,
			body: &assignUnit{Unit: id("u"), Owner: id(fay)}, by: []string{ann}, facts: assigned},
		{name: "no unit", op: community.OpAssignUnit, body: assign, by: []string{ann}, want: people.ErrUnitUnknown},
		{name: "unit not named", op: community.OpAssignUnit, body: &assignUnit{Owner: id(eve)}, by: []string{ann}, want: people.ErrMissing},
		{name: "owner not named", given: there, op: community.OpAssignUnit, body: &assignUnit{Unit: id("u")}, by: []string{ann},
			want: people.ErrMissing},
		{name: "to nobody", given: there, op: community.OpAssignUnit, body: &assignUnit{Unit: id("u"), Owner: id(gus)},
			by: []string{ann}, want: standing.ErrNotActive},
		{name: "to one who left", given: gone, op: community.OpAssignUnit, body: assign, by: []string{ann}, want: standing.ErrNotActive},
		{name: "staged unit", given: staged(false), op: community.OpAssignUnit, body: assign, by: []string{ann}, want: people.ErrUnitNotActive},
		{name: "imported unit", given: staged(true), op: community.OpAssignUnit, body: assign, by: []string{ann}, facts: assigned},
		{name: "assigned by a member", given: there, op: community.OpAssignUnit, body: assign, by: []string{eve}, want: standing.ErrRole},

		{name: "household", given: there, op: community.OpFormHousehold, body: house(eve, fay), by: []string{ann}, facts: formed},
		{name: "household replaced", given: func(w *world) { there(w); w.do(community.OpFormHousehold, house(eve), ann) },
			op:   community.OpFormHousehold,
			body: house(fay), by: []string{ann}, facts: formed},
		{name: "household of 32", given: func(w *world) {
			there(w)
			full.Members = full.Members[:0]
			for i := range 32 {
				w.admit(fmt.Sprint("p", i))
				full.Members = append(full.Members, id(fmt.Sprint("p", i)))
			}
		}, op: community.OpFormHousehold, body: full, by: []string{ann}, facts: formed},
		{name: "household of none", given: there, op: community.OpFormHousehold, body: house(), by: []string{ann}, want: people.ErrHousehold},
		{name: "household of 33", given: there, op: community.OpFormHousehold, body: crowd, by: []string{ann}, want: people.ErrHousehold},
		{name: "household with one twice", given: there, op: community.OpFormHousehold, body: house(eve, eve), by: []string{ann},
			want: people.ErrHousehold},
		{name: "household with nobody", given: there, op: community.OpFormHousehold, body: house(eve, gus), by: []string{ann},
			want: standing.ErrNotActive},
		{name: "household with an empty id", given: there, op: community.OpFormHousehold,
			body: &formHousehold{Household: id("h"), Unit: id("u"), Members: []string{""}}, by: []string{ann}, want: decider.ErrField},
		{name: "household nowhere", op: community.OpFormHousehold, body: house(eve), by: []string{ann}, want: people.ErrUnitUnknown},
		{name: "household without id", given: there, op: community.OpFormHousehold,
			body: &formHousehold{Unit: id("u"), Members: []string{id(eve)}},
			by:   []string{ann}, want: people.ErrMissing},
		{name: "household in a staged unit", given: staged(false), op: community.OpFormHousehold, body: house(eve), by: []string{ann},
			want: people.ErrUnitNotActive},
		{name: "household by a member", given: there, op: community.OpFormHousehold, body: house(eve), by: []string{eve}, want: standing.ErrRole},
	})
}

// TestOwnHousehold: an officer's own takes somebody of a second organisation who does not live there.
func TestOwnHousehold(t *testing.T) {
	t.Parallel()
	house := func(members ...string) *formHousehold {
		h := &formHousehold{Household: id("h"), Unit: id("u")}
		for _, m := range members {
			h.Members = append(h.Members, id(m))
		}
		return h
	}
	there := func(w *world) { w.do(community.OpRegisterUnit, &registerUnit{Unit: id("u")}, ann) }
	formed := []string{"household/" + id("h") + ": HouseholdFormed"}
	run(t, []attempt{
		{name: "household of one's own", given: there, op: community.OpFormHousehold, body: house(ann, fay), by: []string{ann},
			want: people.ErrTwoOrgs},
		{name: "household of one's own, by two", given: there, op: community.OpFormHousehold, body: house(ann, fay),
			by: []string{ann, bob}, facts: formed},
		{name: "household of both", given: there, op: community.OpFormHousehold, body: house(ann, bob), by: []string{ann, bob},
			want: people.ErrTwoOrgs},
		{name: "household that one leaves", given: func(w *world) { there(w); w.do(community.OpFormHousehold, house(ann, fay), bob) },
			op: community.OpFormHousehold, body: house(fay), by: []string{ann}, want: people.ErrTwoOrgs},
		{name: "household that another leaves", given: func(w *world) { there(w); w.do(community.OpFormHousehold, house(ann, fay), bob) },
			op: community.OpFormHousehold, body: house(fay), by: []string{bob}, facts: formed},
	})
}

func TestImport(t *testing.T) {
	t.Parallel()
	begin := &beginImport{Import: id("i"), Rows: 2, Org: id("residents")}
	begun := func(w *world) { w.do(community.OpBeginImport, begin, ann) }
	rows := func(r ...*importRow) *importRows { return &importRows{Import: id("i"), Rows: r} }
	row := func(name string) *importRow {
		return &importRow{Member: id(name), Profile: text(name), Unit: id("u" + name), AreaCentiM2: 100, Label: text("l")}
	}
	further := func(name, unit string) *importRow {
		return &importRow{Member: id(name), FurtherUnit: true, Unit: id(unit), AreaCentiM2: 5}
	}
	spoil := func(f func(*importRow)) *importRows { r := row(gus); f(r); return rows(r) }
	full := func(w *world) { begun(w); w.do(community.OpImportRows, rows(row(gus), further(gus, "x")), ann) }
	after := func(op string) func(*world) {
		return func(w *world) {
			full(w)
			if op == community.OpCompleteImport {
				w.do(op, &communityv1.CompleteImport{Import: id("i")}, ann)
			} else {
				w.do(op, &communityv1.AbandonImport{Import: id("i")}, ann)
			}
		}
	}
	begins, stages := community.OpBeginImport, community.OpImportRows
	complete, abandon := &communityv1.CompleteImport{Import: id("i")}, &communityv1.AbandonImport{Import: id("i")}
	one := []string{"import/" + id("i") + ": RowsImported", "member/" + id(gus) + ": MemberAdmitted",
		"unit/" + id("ugus") + ": UnitRegistered UnitAssigned"}
	run(t, []attempt{
		{name: "begun", op: begins, body: begin, by: []string{ann}, facts: []string{"import/" + id("i") + ": ImportBegun"}},
		{name: "begun by a member", op: begins, body: begin, by: []string{eve}, want: standing.ErrRole},
		{name: "begun for another organisation", op: begins, body: begin, by: []string{bob}, want: people.ErrImportOrg},
		{name: "begun twice", given: begun, op: begins, body: begin, by: []string{ann}, want: people.ErrImportExists},
		{name: "of no rows", op: begins, body: &beginImport{Import: id("i"), Org: id("residents")}, by: []string{ann},
			want: people.ErrImportRows},
		{name: "of too many rows", op: begins, body: &beginImport{Import: id("i"), Rows: 100_001, Org: id("residents")},
			by: []string{ann}, want: people.ErrImportRows},
		{name: "of as many rows as may be", op: begins, body: &beginImport{Import: id("i"), Rows: 100_000, Org: id("residents")},
			by: []string{ann}, facts: []string{"import/" + id("i") + ": ImportBegun"}},
		{name: "without id", op: begins, body: &beginImport{Rows: 1, Org: id("residents")}, by: []string{ann}, want: people.ErrMissing},
		{name: "without organisation", op: begins, body: &beginImport{Import: id("i"), Rows: 1}, by: []string{ann}, want: people.ErrMissing},

		{name: "a row", given: begun, op: stages, body: rows(row(gus)), by: []string{ann}, facts: one},
		{name: "a row by a colleague", given: func(w *world) { begun(w); w.officer(eve, "residents") }, op: stages,
			body: rows(row(gus)), by: []string{eve}, facts: one},
		{name: "a row without a unit", given: begun, op: stages, body: rows(&importRow{Member: id(gus)}), by: []string{ann},
			facts: []string{"import/" + id("i") + ": RowsImported", "member/" + id(gus) + ": MemberAdmitted"}},
		{name: "a further unit in the same request", given: begun, op: stages, body: rows(row(gus), further(gus, "x")), by: []string{ann},
			facts: append([]string{"unit/" + id("x") + ": UnitRegistered UnitAssigned"}, one...)},
		{name: "a further unit of an earlier row", given: func(w *world) { begun(w); w.do(stages, rows(row(gus)), ann) }, op: stages,
			body: rows(further(gus, "x")),
			by:   []string{ann}, facts: []string{"import/" + id("i") + ": RowsImported", "unit/" + id("x") + ": UnitRegistered UnitAssigned"}},
		{name: "a further unit of a member", given: begun, op: stages, body: rows(further(eve, "x")), by: []string{ann},
			facts: []string{"import/" + id("i") + ": RowsImported", "unit/" + id("x") + ": UnitRegistered UnitAssigned"}},
		{name: "a further unit of nobody", given: begun, op: stages, body: rows(further(gus, "x")), by: []string{ann},
			want: people.ErrRowFurther},
		{name: "a further unit with a profile", given: begun, op: stages, body: spoil(func(r *importRow) { r.FurtherUnit = true }),
			by: []string{ann}, want: people.ErrRowFurther},
		{name: "a further unit that is none", given: begun, op: stages, body: rows(&importRow{Member: id(eve), FurtherUnit: true}),
			by: []string{ann}, want: people.ErrRowFurther},
		{name: "a further unit of one who was removed", given: func(w *world) {
			begun(w)
			w.do(stages, rows(row(gus)), ann)
			w.do(community.OpRevokeMember, &revokeMember{Member: id(gus)}, ann, bob)
		}, op: stages, body: rows(further(gus, "x")), by: []string{ann}, want: people.ErrRowFurther},
		{name: "no rows", given: begun, op: stages, body: rows(), by: []string{ann}, want: people.ErrImportRows},
		{name: "more than announced", given: begun, op: stages, body: rows(row("a"), row("b"), row("c")), by: []string{ann},
			want: people.ErrImportMany},
		{name: "more than announced, later", given: full, op: stages, body: rows(row("a")), by: []string{ann}, want: people.ErrImportMany},
		{name: "a member of the community", given: begun, op: stages, body: spoil(func(r *importRow) { r.Member = id(eve) }),
			by: []string{ann}, want: people.ErrMemberExists},
		{name: "a member twice", given: begun, op: stages, body: rows(row(gus), &importRow{Member: id(gus)}), by: []string{ann},
			want: people.ErrMemberExists},
		{name: "a unit twice", given: begun, op: stages, body: rows(row(gus), &importRow{Member: id(fay + "2"), Unit: id("ugus")}),
			by: []string{ann}, want: people.ErrUnitExists},
		{name: "a unit that is there", given: func(w *world) {
			begun(w)
			w.do(community.OpRegisterUnit, &registerUnit{Unit: id("ugus")}, bob)
		}, op: stages, body: rows(row(gus)), by: []string{ann}, want: people.ErrUnitExists},
		{name: "no member", given: begun, op: stages, body: spoil(func(r *importRow) { r.Member = "" }), by: []string{ann},
			want: people.ErrMissing},
		{name: "half a profile", given: begun, op: stages, body: spoil(func(r *importRow) { r.Profile.Ref = "" }), by: []string{ann},
			want: standing.ErrText},
		{name: "half a label", given: begun, op: stages, body: spoil(func(r *importRow) { r.Label.LengthBytes = 0 }),
			by: []string{ann}, want: standing.ErrText},
		{name: "too large an area", given: begun, op: stages,
			body: spoil(func(r *importRow) { r.AreaCentiM2 = standing.AreaCentiM2Max + 1 }), by: []string{ann}, want: people.ErrUnitArea},
		{name: "an area of nothing", given: begun, op: stages, body: spoil(func(r *importRow) { r.Unit, r.Label = "", nil }),
			by: []string{ann}, want: people.ErrRowUnit},
		{name: "a label of nothing", given: begun, op: stages, body: spoil(func(r *importRow) { r.Unit, r.AreaCentiM2 = "", 0 }),
			by: []string{ann}, want: people.ErrRowUnit},
		{name: "before the beginning", op: stages, body: rows(row(gus)), by: []string{ann}, want: people.ErrImportUnknown},
		{name: "of no import", op: stages, body: &importRows{Rows: []*importRow{row(gus)}}, by: []string{ann}, want: people.ErrMissing},
		{name: "by another organisation", given: begun, op: stages, body: rows(row(gus)), by: []string{bob}, want: people.ErrImportOrg},
		{name: "by a member", given: begun, op: stages, body: rows(row(gus)), by: []string{eve}, want: standing.ErrRole},
		{name: "after completion", given: after(community.OpCompleteImport), op: stages, body: rows(row("a")), by: []string{ann},
			want: people.ErrImportClosed},

		{name: "completed", given: full, op: community.OpCompleteImport, body: complete, by: []string{ann},
			facts: []string{"import/" + id("i") + ": ImportCompleted"}},
		{name: "completed too early", given: func(w *world) { begun(w); w.do(stages, rows(row(gus)), ann) },
			op: community.OpCompleteImport, body: complete,
			by: []string{ann}, want: people.ErrImportShort},
		{name: "completed by another organisation", given: full, op: community.OpCompleteImport, body: complete, by: []string{bob},
			want: people.ErrImportOrg},
		{name: "completed by a member", given: full, op: community.OpCompleteImport, body: complete, by: []string{eve}, want: standing.ErrRole},
		{name: "completed twice", given: after(community.OpCompleteImport), op: community.OpCompleteImport, body: complete,
			by: []string{ann}, want: people.ErrImportClosed},
		{name: "completed once abandoned", given: after(community.OpAbandonImport), op: community.OpCompleteImport, body: complete,
			by: []string{ann}, want: people.ErrImportClosed},
		{name: "abandoned", given: begun, op: community.OpAbandonImport, body: abandon, by: []string{ann},
			facts: []string{"import/" + id("i") + ": ImportAbandoned"}},
		{name: "abandoned once completed", given: after(community.OpCompleteImport), op: community.OpAbandonImport, body: abandon,
			by: []string{ann}, want: people.ErrImportClosed},
		{name: "abandoned by another organisation", given: full, op: community.OpAbandonImport, body: abandon, by: []string{bob},
			want: people.ErrImportOrg},
		{name: "abandoned, unknown", op: community.OpAbandonImport, body: abandon, by: []string{ann}, want: people.ErrImportUnknown},
	})
}

// Nothing of a roster has effect before it is complete; then all of it has.
func TestImportTakesEffectAtOnce(t *testing.T) {
	t.Parallel()
	w := founded(t)
	w.do(community.OpBeginImport, &beginImport{Import: id("i"), Rows: 2, Org: id("residents")}, ann)
	w.do(community.OpImportRows, &importRows{Import: id("i"), Rows: []*importRow{{Member: id(eve)}}}, ann)
	w.refuse(standing.ErrNotActive, community.OpInviteMembers, invites(eve), bob)
	w.refuse(people.ErrImportShort, community.OpCompleteImport, &communityv1.CompleteImport{Import: id("i")}, ann)
	w.do(community.OpImportRows, &importRows{Import: id("i"), Rows: []*importRow{{Member: id(fay)}}}, ann)
	w.do(community.OpCompleteImport, &communityv1.CompleteImport{Import: id("i")}, ann)
	w.do(community.OpInviteMembers, invites(eve, fay), bob)
	w.refuse(people.ErrInviteOrg, community.OpInviteMembers, invites(eve), ann) // admitted by the importing organisation
	w.again()
}

// A request of 200 full rows with all its effects fits into one commit.
func TestImportTwoHundredRows(t *testing.T) {
	t.Parallel()
	w := founded(t)
	w.do(community.OpBeginImport, &beginImport{Import: id("i"), Rows: 201, Org: id("residents")}, ann)
	body := &importRows{Import: id("i")}
	for i := range 201 {
		name := fmt.Sprintf("p%03d", i)
		label := text("x")
		label.LengthBytes = standing.TextBytesMax
		body.Rows = append(body.Rows, &importRow{
			Member: id(name), Profile: label, Unit: id("u" + name), AreaCentiM2: standing.AreaCentiM2Max, Label: label,
		})
	}
	w.refuse(people.ErrImportRows, community.OpImportRows, body, ann)
	body.Rows = body.Rows[:200]
	c := w.do(community.OpImportRows, body, ann)
	raw, err := c.Encode()
	if err != nil || len(raw) > chain.CommitBytesMax {
		t.Fatalf("%d bytes, %v", len(raw), err)
	}
	t.Logf("200 rows make a commit of %d bytes, of which the command has %d", len(raw), len(c.Command))
}
