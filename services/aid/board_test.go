package aid_test

import (
	"encoding/json"
	"slices"
	"testing"

	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid"
	"renlin.dev/services/aid/internal/casework"
)

// board asks what an organisation's officer, or a worker who is none, has to do.
func (w *world) board(org string, officer bool, limit int) (out casework.Board) {
	w.Helper()
	q := casework.BoardQuestion{Orgs: []string{id(org)}, Limit: limit}
	if officer {
		q.Officer = id(org)
	}
	asked, err := json.Marshal(q)
	if err != nil {
		w.Fatalf("encode question: %v", err)
	}
	answer, err := aid.AnswerBoard(w.State, asked)
	if err == nil {
		err = json.Unmarshal(answer, &out)
	}
	if err != nil {
		w.Fatalf("board: %v", err)
	}
	return out
}

// why says why a case is on an organisation's board.
func (w *world) why(org string, officer bool, c string) string {
	w.Helper()
	rows := w.board(org, officer, 100).Cases
	if i := slices.IndexFunc(rows, func(r casework.Row) bool { return r.Case == c }); i >= 0 {
		return rows[i].Why
	}
	return ""
}

// A case is on the board of whoever has something to do about it, from the request on until it has ended.
func TestBoard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.requested()
	for _, org := range []string{"committee", "volunteers", "street"} {
		if got := w.why(org, false, c); got != "nobodys" {
			t.Errorf("nobody has it: at %s %q", org, got)
		}
	}
	row := w.board("committee", true, 100).Cases[0]
	if row.Clock != aidv1.ServiceClock_SERVICE_CLOCK_ANSWER || row.Due != w.aidCase(c).AnswerBy || row.Asked == 0 {
		t.Errorf("row %+v", row)
	}
	w.do("aid.assign", &aidv1.AssignCase{Case: c, Worker: id("wes")}, "wes")
	if ours, theirs := w.why("committee", false, c), w.why("volunteers", true, c); ours != "ours" || theirs != "" {
		t.Errorf("the committee has it: there %q, elsewhere %q", ours, theirs)
	}
	w.agree()
	w.do("aid.refer", &aidv1.ReferCase{Case: c, Org: id("volunteers"), Reason: text("they cook")}, "wes")
	if got := w.why("volunteers", true, c); got != "to_us" {
		t.Errorf("referred: %q", got)
	}
	w.do("aid.answer_referral", &aidv1.AnswerReferral{Case: c}, "olga")
	w.pass(60 * day)
	rows := w.board("committee", true, 100).Cases
	if len(rows) != 1 || len(rows[0].Missed) == 0 || rows[0].Clock != 0 {
		t.Errorf("too late: %+v", rows)
	}
	if above, other := w.why("street", true, c), w.why("street", false, c); above != "above" || other != "" {
		t.Errorf("what was missed goes up: %q, to no officer %q", above, other)
	}
	w.do("aid.withdraw", &aidv1.WithdrawAid{Case: c}, "ann")
	if got := w.board("committee", true, 100); len(got.Cases) != 0 {
		t.Errorf("ended: %+v", got)
	}
}

// An appeal is before every officer, and those whose times are nearest come first.
func TestBoardOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.approved()
	w.do("aid.appeal", &aidv1.AppealCase{Case: c, Text: text("too little")}, "ann")
	if officer, worker := w.why("volunteers", true, c), w.why("volunteers", false, c); officer != "appeal" || worker != "" {
		t.Errorf("appealed: to an officer %q, to a worker %q", officer, worker)
	}
	first := w.do("aid.request", asks(danger), "ann")
	if got := w.board("committee", true, 1); len(got.Cases) != 1 || got.Cases[0].Case != first || got.More != 1 {
		t.Errorf("first %+v", got)
	}
}

// What was brought waits for a call on the board of each officer without a hand in it, with the words by which the person is reached, until
// somebody has spoken. Whoever has a hand in it, works for such an organisation, or is no officer has no such row.
func TestBoardOfCallBacks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.delivered()
	w.do("aid.amend_file", &aidv1.AmendFile{Beneficiary: annFile, File: &aidv1.FileField{
		Field: aidv1.Field_FIELD_CONTACT, Text: text("by telephone"),
	}}, "wes")
	ask := func(member string, orgs ...string) *casework.Row {
		t.Helper()
		q := casework.BoardQuestion{Orgs: orgs, Officer: orgs[0], Member: id(member), Limit: 100}
		asked, err := json.Marshal(q)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := aid.AnswerBoard(w.State, asked)
		if err != nil {
			t.Fatal(err)
		}
		var out casework.Board
		if err := json.Unmarshal(answer, &out); err != nil {
			t.Fatal(err)
		}
		if i := slices.IndexFunc(out.Cases, func(r casework.Row) bool { return r.Case == c && r.Why == "call_back" }); i >= 0 {
			return &out.Cases[i]
		}
		return nil
	}
	row := ask("odin", id("street"))
	if row == nil || row.Call == nil || row.Call.Beneficiary != annFile || row.Call.Contact == nil || row.Call.Contact.Ref == "" {
		t.Fatalf("who may call: %+v", row)
	}
	if row.Clock != aidv1.ServiceClock_SERVICE_CLOCK_CONFIRM || row.Delivered == 0 {
		t.Errorf("what waits: %+v", row)
	}
	for name, got := range map[string]*casework.Row{ // any order: they do not depend on each other
		"whose case it is":          ask("otto", id("committee")),
		"who brought it":            ask("olga", id("volunteers")),
		"who works for one of them": ask("odin", id("street"), id("volunteers")),
		"the person":                ask("ann", id("street")),
		"their proxy":               ask("pam", id("street")),
		"who worked on it":          ask("wes", id("street")),
		"who is no officer":         ask("odin", ""),
	} {
		if got != nil {
			t.Errorf("%s is to call: %+v", name, got)
		}
	}
	w.do("aid.acknowledge", &aidv1.AcknowledgeAid{Case: c, Quantity: 14}, "ann")
	if got := ask("odin", id("street")); got != nil {
		t.Errorf("they have spoken: %+v", got)
	}
}

// What is carried out again and again stands beside its case, for whose case it is and for nobody else, until it ends.
func TestBoardOfRepeats(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, order := w.daily()
	of := func(org string, officer bool) []casework.Recurring {
		t.Helper()
		for _, r := range w.board(org, officer, 100).Cases {
			if r.Case == c {
				return r.Repeats
			}
		}
		return nil
	}
	w.pass(3 * day)
	got := of("committee", false)
	if len(got) != 1 || got[0].Order != order || got[0].InRow != 2 || got[0].Missed != 2 || got[0].Next <= w.Now-day || got[0].Left != 13 {
		t.Fatalf("repeats %+v", got)
	}
	if theirs := of("street", true); theirs != nil {
		t.Errorf("another's: %+v", theirs)
	}
	w.do("aid.end_rounds", &aidv1.EndRounds{Order: order}, "wes")
	if got := of("committee", false); got != nil {
		t.Errorf("ended: %+v", got)
	}
}
