package matching_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/supply"
)

func intakeSamples() map[string]sample {
	i := "need-import/" + id("import")
	row := &matchingv1.NeedRow{
		Skill: "meal", Quantity: 2, Cell: &matchingv1.Cell{East: 3, North: -4}, From: start, Until: start + 1, Languages: []string{"zh"},
		Attestations: []string{"female"}, Text: text("soup"), Beneficiary: id("ann"), Priority: 7, Vulnerable: true,
	}
	return map[string]sample{
		"NeedRowsCounted-1":     {i, &matchingv1.NeedRowsCounted{Rows: 100, By: id("olga")}},
		"NeedsStaged-1":         {i + "/staged/0", &matchingv1.NeedsStaged{Rows: []*matchingv1.NeedRow{row}}},
		"NeedImportCompleted-1": {i, &matchingv1.NeedImportCompleted{Rows: 100}},
		"StagedNeedsRaised-1": {i + "/staged/0", &matchingv1.StagedNeedsRaised{
			Raised: 99, Dropped: []*matchingv1.NeedRowDropped{{Row: 7, Reason: "matching.window"}},
		}},
	}
}

// row is a need of somebody who is no member, changed as a test likes.
func row(change func(r *matchingv1.NeedRow)) *matchingv1.NeedRow {
	r := &matchingv1.NeedRow{Skill: "meal", Quantity: 2, Cell: &matchingv1.Cell{East: 1}, Text: text("soup")}
	if change != nil {
		change(r)
	}
	return r
}

func stage(name string, first uint32, rows ...*matchingv1.NeedRow) *matchingv1.StageNeeds {
	return &matchingv1.StageNeeds{Import: id(name), First: first, Rows: rows}
}

func complete(name string, rows uint32) *matchingv1.CompleteNeedImport {
	return &matchingv1.CompleteNeedImport{Import: id(name), Rows: rows}
}

// TestStage: who may, in which order, and which rows are refused.
func TestStage(t *testing.T) {
	t.Parallel()
	const op = "matching.stage_needs"
	one := func(change func(r *matchingv1.NeedRow)) func(w *world) proto.Message {
		return func(*world) proto.Message { return stage("i", 0, row(change)) }
	}
	begun := func(then proto.Message) func(w *world) proto.Message {
		return func(w *world) proto.Message {
			w.Do("", "olga", op, stage("i", 0, row(nil)))
			return then
		}
	}
	facts := []string{"need-import: NeedRowsCounted", "staged: NeedsStaged"}
	play(t, []scenario{
		{name: "an officer", given: one(nil), who: "olga", operation: op, then: facts},
		{name: "a grid worker", given: one(nil), who: "gwen", operation: op, then: facts},
		{name: "a resident", given: one(nil), who: "ann", operation: op, refused: "role.missing"},
		{name: "what comes next", given: begun(stage("i", 1, row(nil))), who: "olga", operation: op, then: facts},
		{name: "the same again", given: begun(stage("i", 0, row(nil))), who: "olga", operation: op, refused: "need_import.order"},
		{name: "a gap", given: begun(stage("i", 2, row(nil))), who: "olga", operation: op, refused: "need_import.order"},
		{name: "another's", given: begun(stage("i", 1, row(nil))), who: "otto", operation: op, refused: "need_import.other"},
		{name: "after the end", given: func(w *world) proto.Message {
			w.Do("", "olga", op, stage("i", 0, row(nil)))
			w.Do("", "olga", "matching.complete_import", complete("i", 1))
			return stage("i", 1, row(nil))
		}, who: "olga", operation: op, refused: "need_import.complete"},
		{name: "nothing", given: func(*world) proto.Message { return stage("i", 0) }, who: "olga", operation: op, refused: "need_import.rows"},
		{name: "too much at once", given: func(*world) proto.Message {
			rows := make([]*matchingv1.NeedRow, 101)
			for i := range rows {
				rows[i] = row(nil)
			}
			return stage("i", 0, rows...)
		}, who: "olga", operation: op, refused: "need_import.rows"},
		{name: "no such skill", given: one(func(r *matchingv1.NeedRow) { r.Skill = "gold" }), who: "olga", operation: op,
			refused: "skill.unknown"},
		{name: "no place", given: one(func(r *matchingv1.NeedRow) { r.Cell = nil }), who: "olga", operation: op, refused: "matching.cell"},
		{name: "too late", given: one(func(r *matchingv1.NeedRow) { r.Until = start }), who: "olga", operation: op, refused: "matching.window"},
		{name: "no words", given: one(func(r *matchingv1.NeedRow) { r.Text = nil }), who: "olga", operation: op, refused: "text.malformed"},
		{name: "no member", given: one(func(r *matchingv1.NeedRow) { r.Beneficiary = id("nobody") }), who: "olga", operation: op,
			refused: "member.not_active"},
		{name: "urgent, for a member", given: one(func(r *matchingv1.NeedRow) { r.Beneficiary, r.Priority = id("ann"), 9 }), who: "olga",
			operation: op, then: facts},
		{name: "urgent beyond the scale", given: one(func(r *matchingv1.NeedRow) { r.Beneficiary, r.Priority = id("ann"), 10 }), who: "olga",
			operation: op, refused: "need.priority"},
		{name: "urgent, for nobody", given: one(func(r *matchingv1.NeedRow) { r.Priority = 9 }), who: "olga", operation: op,
			refused: "need.own_assessment"},
		{name: "urgent, for oneself", given: one(func(r *matchingv1.NeedRow) { r.Beneficiary, r.Priority = id("olga"), 9 }), who: "olga",
			operation: op, refused: "need.own_assessment"},
		{name: "vulnerable and not assessed", given: one(func(r *matchingv1.NeedRow) { r.Beneficiary, r.Vulnerable = id("ann"), true }),
			who: "olga", operation: op, refused: "need.priority"},
	})
}

// TestCompleteImport: only by who staged it, only all of it, only once.
func TestCompleteImport(t *testing.T) {
	t.Parallel()
	const op = "matching.complete_import"
	begun := func(then proto.Message) func(w *world) proto.Message {
		return func(w *world) proto.Message {
			w.Do("", "olga", "matching.stage_needs", stage("i", 0, row(nil)))
			return then
		}
	}
	play(t, []scenario{
		{name: "all of it", given: begun(complete("i", 1)), who: "olga", operation: op, then: []string{"need-import: NeedImportCompleted"}},
		{name: "more than came", given: begun(complete("i", 2)), who: "olga", operation: op, refused: "need_import.incomplete"},
		{name: "less than came", given: begun(complete("i", 0)), who: "olga", operation: op, refused: "need_import.incomplete"},
		{name: "another's", given: begun(complete("i", 1)), who: "otto", operation: op, refused: "need_import.other"},
		{name: "no such import", given: begun(complete("x", 1)), who: "olga", operation: op, refused: "need_import.unknown"},
		{name: "twice", given: func(w *world) proto.Message {
			w.Do("", "olga", "matching.stage_needs", stage("i", 0, row(nil)))
			w.Do("", "olga", op, complete("i", 1))
			return complete("i", 1)
		}, who: "olga", operation: op, refused: "need_import.complete"},
	})
}

// TestImport follows an import from its first part to its needs: nobody waits before it is complete, then all who still can do, each once.
func TestImport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Do("", "olga", "matching.stage_needs", stage("i", 0,
		row(func(r *matchingv1.NeedRow) { r.Beneficiary, r.Priority, r.Vulnerable = id("ann"), 8, true }),
		row(func(r *matchingv1.NeedRow) { r.Until = start + minute }),
		row(func(r *matchingv1.NeedRow) { r.Beneficiary = id("bob") }),
		row(nil),
	))
	w.Do("", "olga", "matching.stage_needs", stage("i", 4, row(func(r *matchingv1.NeedRow) { r.Beneficiary = id("ann") })))
	if got := w.later(2 * minute); len(got) != 0 || len(w.State.Members("need")) != 0 {
		t.Fatalf("before its completion: %v, %v", got, w.State.Members("need"))
	}
	w.Fact("member/"+id("bob"), &communityv1.MemberRevoked{})
	w.Do("", "olga", "matching.complete_import", complete("i", 5))
	if diff := cmp.Diff([]string{"matching.raise_staged", "matching.raise_staged"}, w.Settle()); diff != "" {
		t.Fatal(diff)
	}
	part := decider.Peek[supply.Staged](w.State, supply.StagedPath(id("i"), 0))
	want := &supply.Staged{Raised: 2, Done: true, Dropped: []supply.Dropped{
		{Row: 1, Reason: "matching.window"}, {Row: 2, Reason: "member.not_active"},
	}}
	if diff := cmp.Diff(want, part); diff != "" {
		t.Error(diff)
	}
	urgent, others := 0, 0
	for _, n := range w.State.Members("need") {
		switch got := w.needState(n); {
		case got.By != id("olga") || got.Waiting != 2 || got.State != supply.Open || got.Text != text("soup").GetRef():
			t.Errorf("need: %+v", got)
		case got.Priority == 8 && got.Vulnerable && got.Beneficiary == id("ann") && got.AssessedBy == id("olga"):
			urgent++
		case got.Priority == supply.PriorityUnassessed && got.AssessedBy == "":
			others++
		}
	}
	if urgent != 1 || others != 2 {
		t.Errorf("%d urgent and %d others", urgent, others)
	}
	if got := decider.Peek[supply.Asking](w.State, supply.AskingPath(id("ann"))); len(got.Needs) != 2 {
		t.Errorf("ann's needs: %v", got.Needs)
	}
	if decider.Peek[supply.Asking](w.State, supply.AskingPath(id("olga"))) != nil {
		t.Error("what is asked for people who are no members is counted as the officer's own")
	}
	if got := w.later(60 * minute); len(got) != 0 {
		t.Errorf("done once more: %v", got)
	}
}

// TestImportedNeeds: of somebody who is no member another says how urgent it is, and whoever answers for them does not serve them.
func TestImportedNeeds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Do("", "gwen", "matching.stage_needs", stage("i", 0, row(nil)))
	w.Do("", "gwen", "matching.complete_import", complete("i", 1))
	w.Settle()
	n := w.State.Members("need")[0]
	assess := &matchingv1.AssessNeed{Need: n, Priority: 9}
	if got := w.Try("gwen", "matching.assess_need", assess); got != "need.own_assessment" {
		t.Errorf("who imported says how urgent it is: %s", got)
	}
	w.Do("need", "olga", "matching.assess_need", assess)
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(n, 1, w.provider("gwen", 1, 3)))); got != "fit.own_need" {
		t.Errorf("who imported serves it: %s", got)
	}
	bob := w.provider("bob", 1, 3)
	a := w.assigned(match(n, 2, bob))
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: bob})
	w.Do("", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 2})
	w.Do("", "gwen", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: 2})
	if got := w.needState(n); got.Served != 2 || got.Acknowledged != 2 {
		t.Errorf("need: %+v", got)
	}
}

// TestImportInvariants: however parts and completions come, an import's needs are those of its rows, each once or dropped with a reason,
// nobody has more open needs of their own than the rules allow, and before its completion there are none.
func TestImportInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(t)
		staged, done := map[string]uint32{}, map[string]bool{}
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			name := rapid.SampledFrom([]string{"i", "j"}).Draw(t, "import")
			who := rapid.SampledFrom([]string{"olga", "olga", "gwen"}).Draw(t, "who")
			if rapid.IntRange(0, 4).Draw(t, "complete") == 0 {
				if w.Try(who, "matching.complete_import", complete(name, staged[name])) == "" {
					done[name] = true
				}
				w.Settle()
				continue
			}
			first := staged[name] + uint32(rapid.SampledFrom([]int{0, 0, 0, 1}).Draw(t, "gap"))
			rows := make([]*matchingv1.NeedRow, rapid.IntRange(1, 15).Draw(t, "rows"))
			for i := range rows {
				rows[i] = row(func(r *matchingv1.NeedRow) {
					r.Beneficiary = rapid.SampledFrom([]string{"", id("ann"), id("bob")}).Draw(t, "for")
					r.Until = rapid.SampledFrom([]int64{0, start + minute}).Draw(t, "until")
				})
			}
			if w.Try(who, "matching.stage_needs", stage(name, first, rows...)) == "" {
				staged[name] += uint32(len(rows))
			}
			w.later(rapid.SampledFrom([]int64{0, minute}).Draw(t, "later"))
		}
		var want, got uint32
		for name := range done { // any order: a sum
			want += staged[name]
		}
		got = uint32(len(w.State.Members("need")))
		for _, name := range []string{"i", "j"} {
			for _, first := range w.State.Members(supply.NeedImportPath(id(name)) + "/staged") {
				part := decider.Peek[supply.Staged](w.State, supply.NeedImportPath(id(name))+"/staged/"+first)
				got += uint32(len(part.Dropped))
				if part.Done != done[name] {
					t.Errorf("%s: a part that is raised %v of an import that is complete %v", name, part.Done, done[name])
				}
			}
		}
		if got != want {
			t.Errorf("%d needs and dropped rows of %d rows", got, want)
		}
		for _, who := range []string{"ann", "bob"} {
			if a := decider.Peek[supply.Asking](w.State, supply.AskingPath(id(who))); a != nil && len(a.Needs) > 20 {
				t.Errorf("%s has %d open needs", who, len(a.Needs))
			}
		}
	})
}
