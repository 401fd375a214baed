package aid_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/aid/internal/casework"
)

func (w *world) order(id string) *casework.Order {
	return decider.Peek[casework.Order](w.State, casework.OrderPath(id))
}

// An order that nobody answers ends by itself, goes up, and what it asked for can be asked of somebody else.
func TestOrderLapses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.approved()
	asked := w.do("aid.order", &aidv1.OrderWork{Case: c, Member: id("vic"), Quantity: 15}, "wes")
	if got := w.try("aid.order", &aidv1.OrderWork{Case: c, Member: id("bob"), Quantity: 1}, "wes"); got != "aid_case.over_approved" {
		t.Errorf("while it waits: %q", got)
	}
	if done := w.pass(day - 1); len(done) != 0 {
		t.Errorf("too early: %v", done)
	}
	if done := w.pass(1); !slices.Contains(done, "OrderLapsed") || !slices.Contains(done, "WorkEnded") {
		t.Errorf("nobody answered: %v", done)
	}
	if o := w.order(asked); !o.Ended || !o.Lapsed || w.aidCase(c).State != casework.Planned {
		t.Errorf("order %+v, case %s", o, w.aidCase(c).State)
	}
	if got := w.try("aid.answer_order", &aidv1.AnswerOrder{Order: asked, Accept: true}, "vic"); got != "work_order.ended" {
		t.Errorf("answered after that: %q", got)
	}
	again := w.do("aid.order", &aidv1.OrderWork{Case: c, Member: id("bob"), Quantity: 15}, "wes")
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: again, Accept: true}, "bob")
	if done := w.pass(2 * day); slices.Contains(done, "OrderLapsed") || w.order(again).Ended {
		t.Errorf("accepted in time: %v", done)
	}
}

// An order that is due sooner than it must be answered ends when it is due, and one in danger within minutes.
func TestOrderAnswerBy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.approved()
	o := w.do("aid.order", &aidv1.OrderWork{Case: c, Member: id("vic"), Quantity: 1, Due: w.Now + hour}, "wes")
	if by := w.order(o).AnswerBy; by != w.Now+hour {
		t.Errorf("to be answered within %d", by-w.Now)
	}
}

// Who takes an appeal back goes on where it stood, and does not appeal against the same again.
func TestAppealWithdrawn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.approved()
	before := w.aidCase(c).ResolveBy
	w.do("aid.appeal", &aidv1.AppealCase{Case: c, Text: text("too little")}, "ann")
	w.pass(2 * day)
	withdraw := &aidv1.WithdrawAppeal{Case: c}
	for _, who := range []string{"bob", "wes"} {
		if got := w.try("aid.withdraw_appeal", withdraw, who); got != "aid_case.not_person" {
			t.Errorf("by %s: %q", who, got)
		}
	}
	w.do("aid.withdraw_appeal", &aidv1.WithdrawAppeal{Case: c, Principal: id("ann"), Mandate: id("mandate")}, "hal")
	if got := w.aidCase(c); got.AppealedAt != 0 || got.ResolveBy != before+2*day {
		t.Errorf("case %+v, want %d", got, before+2*day)
	}
	if got := w.try("aid.withdraw_appeal", withdraw, "ann"); got != "appeal.none" {
		t.Errorf("twice: %q", got)
	}
	if got := w.try("aid.appeal", &aidv1.AppealCase{Case: c, Text: text("still")}, "ann"); got != "appeal.judged" {
		t.Errorf("again: %q", got)
	}
	if done := w.pass(7*day - 1); slices.Contains(done, "ServiceClockMissed") {
		t.Errorf("missed while it stood still: %v", done)
	}
	if done := w.pass(1); !slices.Contains(done, "ServiceClockMissed") {
		t.Errorf("it goes on: %v", done)
	}
}

// Refusing and reopening gives no more time than there was.
func TestReopeningGivesNoTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.assessed()
	began := w.Now
	w.pass(6 * day)
	w.do("aid.refuse", &aidv1.RefuseAid{Case: c, Reason: text("no")}, "otto")
	w.pass(3 * day)
	w.do("aid.reopen", &aidv1.ReopenCase{Case: c, Reason: text("after all")}, "otto")
	if by := w.aidCase(c).ResolveBy; by != w.Now+day {
		t.Errorf("%d of a day left", by-w.Now)
	}
	if done := w.pass(day); !slices.Contains(done, "ServiceClockMissed") {
		t.Errorf("after %d: %v", w.Now-began, done)
	}
	w.do("aid.refuse", &aidv1.RefuseAid{Case: c, Reason: text("no")}, "otto")
	w.do("aid.reopen", &aidv1.ReopenCase{Case: c, Reason: text("again")}, "otto")
	if by := w.aidCase(c).ResolveBy; by != w.Now+7*day {
		t.Errorf("what was missed stands, and a new time begins: %d", by-w.Now)
	}
}

// Who takes a case over must look in a time of their own; the time for help goes on.
func TestTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.assessed()
	resolve := w.aidCase(c).ResolveBy
	w.pass(3 * day)
	w.do("aid.refer", &aidv1.ReferCase{Case: c, Org: id("volunteers"), Reason: text("theirs")}, "wes")
	w.do("aid.answer_referral", &aidv1.AnswerReferral{Case: c, Accept: true}, "olga")
	if got := w.aidCase(c); got.AnswerBy != w.Now+day || got.ResolveBy != resolve {
		t.Errorf("case %+v", got)
	}
	if done := w.pass(day); !slices.Contains(done, "ServiceClockMissed") {
		t.Errorf("nobody looked: %v", done)
	}
}

// A little that was brought, of which the person says that it settles nothing, is no help that came in time.
func TestTrifle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, order := w.ordered()
	w.do("aid.visit", visit(order, 1), "vic")
	w.do("aid.acknowledge", &aidv1.AcknowledgeAid{Case: c, Quantity: 1}, "ann")
	done := w.pass(7 * day)
	if !slices.Contains(done, "ServiceClockMissed") || w.aidCase(c).Missed[0].Clock != aidv1.ServiceClock_SERVICE_CLOCK_RESOLVE {
		t.Errorf("%v, %+v", done, w.aidCase(c).Missed)
	}
	w = newWorld(t)
	c, order = w.ordered()
	w.do("aid.visit", visit(order, 1), "vic")
	w.do("aid.acknowledge", &aidv1.AcknowledgeAid{Case: c, Quantity: 1, Settled: true}, "ann")
	if done := w.pass(7 * day); slices.Contains(done, "ServiceClockMissed") {
		t.Errorf("settled: %v", done)
	}
}

// What is joined with a file that was erased would be lost with it.
func TestMergeErased(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register()
	second := id("second file")
	w.do("aid.register", &aidv1.RegisterBeneficiary{Beneficiary: second}, "wes")
	w.Fact("subject/"+annFile, &vaultv1.SubjectErased{By: id("ann")})
	for _, m := range []*aidv1.MergeBeneficiaries{{From: second, Into: annFile}, {From: annFile, Into: second}} {
		if got := w.try("aid.merge", m, "otto", "olga"); got != "beneficiary.erased" {
			t.Errorf("merged with a file that was erased: %q", got)
		}
	}
}

// Who lives with the person neither decides about their help nor judges it, as far as the file says who they are.
func TestHousehold(t *testing.T) {
	t.Parallel()
	together := func(w *world, who string) {
		w.Fact("unit/"+id("flat"), &communityv1.UnitRegistered{})
		w.Fact("household/"+id("home"), &communityv1.HouseholdFormed{Unit: id("flat"), Members: []string{id("ann"), id(who)}})
	}
	refuse(t, []refusal{
		{"approves", "otto", "aid.approve", func(w *world) proto.Message {
			c := w.approved()
			together(w, "otto")
			return &aidv1.ApproveAid{Case: c, Quantity: 16}
		}, "aid_case.household"},
		{"refuses", "otto", "aid.refuse", func(w *world) proto.Message {
			c := w.assessed()
			together(w, "otto")
			return &aidv1.RefuseAid{Case: c, Reason: text("no")}
		}, "aid_case.household"},
		{"calls back", "odin", "aid.call_back", func(w *world) proto.Message {
			c, _ := w.delivered()
			together(w, "odin")
			return &aidv1.RecordCallBack{Case: c, Quantity: 15, Settled: true, Text: text("fine")}
		}, "aid_case.household"},
		{"judges", "odin", "aid.decide_appeal", func(w *world) proto.Message {
			c := w.approved()
			w.do("aid.appeal", &aidv1.AppealCase{Case: c, Text: text("too little")}, "ann")
			together(w, "odin")
			return &aidv1.DecideAppeal{Case: c, Upheld: true, Reason: text("yes")}
		}, "aid_case.household"},
		{"lives with somebody else", "otto", "aid.approve", func(w *world) proto.Message {
			c := w.approved()
			w.Fact("household/"+id("home"), &communityv1.HouseholdFormed{Unit: id("flat"), Members: []string{id("bob"), id("otto")}})
			return &aidv1.ApproveAid{Case: c, Quantity: 16}
		}, ""},
	})
}
