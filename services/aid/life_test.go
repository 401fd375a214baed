package aid_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
	"renlin.dev/services/aid/internal/casework"
)

// The whole way: each of the four quantities is what its own hand said, and the closing rests on the person's word.
func TestWholeWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.closed()
	c := w.aidCase(id)
	if c.Asked != 20 || c.Approved != 15 || c.Delivered != 15 || c.Acknowledged != 14 {
		t.Errorf("asked %d, approved %d, delivered %d, acknowledged %d", c.Asked, c.Approved, c.Delivered, c.Acknowledged)
	}
	if c.State != casework.Closed || len(c.Missed) != 0 || c.Worker != "" {
		t.Errorf("state %s, missed %v, worker %q", c.State, c.Missed, c.Worker)
	}
	if open := w.file(annFile).Openings; len(open) != 0 {
		t.Errorf("the file stands open after the closing: %+v", open)
	}
	if done := w.pass(60 * day); slices.Contains(done, "ServiceClockMissed") {
		t.Errorf("a closed case missed a time: %v", done)
	}
}

// The file stands open to whoever works on the case, and to whoever brings help in two parts only.
func TestFileOpens(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, order := w.ordered()
	want := map[string]struct {
		reader string
		fields int
	}{c: {id("wes"), 5}, order: {id("vic"), 2}}
	open := w.file(annFile).Openings
	for _, o := range open {
		if o.Reader != want[o.For].reader || len(o.Fields) != want[o.For].fields {
			t.Errorf("open to %s for %s: %v", o.Reader, o.For, o.Fields)
		}
	}
	if len(open) != 2 {
		t.Errorf("%d openings", len(open))
	}
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: order}, "vic") // a volunteer changes their mind
	if open := w.file(annFile).Openings; len(open) != 1 || open[0].Reader != id("wes") {
		t.Errorf("after the volunteer declined: %+v", open)
	}
	if s := w.aidCase(c).State; s != casework.Planned {
		t.Errorf("the case is %s", s)
	}
	w.do("aid.order", &aidv1.OrderWork{Case: c, Member: id("bob"), Quantity: 15}, "wes") // all of it can be ordered again
}

// Service clocks of the citizens' hotline: what is not answered in a day and not resolved in seven stands on the record, and goes up.
func TestClocks(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.requested()
	if done := w.pass(day - 1); len(done) != 0 {
		t.Fatalf("too early: %v", done)
	}
	if done := w.pass(1); !slices.Equal(done, []string{"ServiceClockMissed"}) {
		t.Fatalf("after a day: %v", done)
	}
	if done := w.pass(6 * day); !slices.Equal(done, []string{"ServiceClockMissed"}) {
		t.Fatalf("after a week: %v", done)
	}
	missed := w.aidCase(c).Missed
	if len(missed) != 2 || missed[0].Clock != aidv1.ServiceClock_SERVICE_CLOCK_ANSWER ||
		missed[1].Clock != aidv1.ServiceClock_SERVICE_CLOCK_RESOLVE {
		t.Errorf("missed %+v", missed)
	}
	last := w.Log[len(w.Log)-1].Changes[0].Events[0]
	var said aidv1.ServiceClockMissed
	if err := proto.Unmarshal(last.Body, &said); err != nil || said.GetEscalatedTo() != id("street") {
		t.Errorf("goes up to %q, %v", said.GetEscalatedTo(), err)
	}
}

// A delivery that nobody confirms is a finding.
func TestUnconfirmed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.delivered()
	w.pass(3 * day)
	if missed := w.aidCase(c).Missed; len(missed) != 1 || missed[0].Clock != aidv1.ServiceClock_SERVICE_CLOCK_CONFIRM {
		t.Errorf("missed %+v", missed)
	}
}

// An order that comes to nothing does not hide that what another brought is unconfirmed.
func TestUnconfirmedBehindAnOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.approved()
	bring := func(member string, n int64) string {
		order := w.do("aid.order", &aidv1.OrderWork{Case: c, Member: id(member), Quantity: n}, "wes")
		w.do("aid.answer_order", &aidv1.AnswerOrder{Order: order, Accept: true}, member)
		return order
	}
	w.do("aid.visit", visit(bring("vic", 5), 5), "vic")
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: bring("bob", 5)}, "bob")
	if s := w.aidCase(c).State; s != casework.Visited {
		t.Errorf("the case is %s", s)
	}
	bring("bob", 5)
	if done := w.pass(3 * day); !slices.Contains(done, "ServiceClockMissed") {
		t.Errorf("nobody confirmed: %v", done)
	}
}

// Who has two offices judges for neither where one of them has a hand in the case; and who asked does not approve.
func TestTwoOffices(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.approved()
	w.do("aid.appeal", &aidv1.AppealCase{Case: c, Text: text("too little")}, "ann")
	w.Fact("member/"+id("odin"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_GRID_WORKER, Org: id("committee")})
	if got := w.try("aid.decide_appeal", &aidv1.DecideAppeal{Case: c, Reason: text("x")}, "odin"); got != "appeal.not_independent" {
		t.Errorf("judged by an officer who works for who has the case: %q", got)
	}
	w = newWorld(t)
	w.register()
	ask := asks(ordinary)
	ask.Channel = aidv1.RequestChannel_REQUEST_CHANNEL_PHONE
	c = w.do("aid.request", ask, "otto")
	w.do("aid.assign", &aidv1.AssignCase{Case: c, Worker: id("wes")}, "wes")
	if got := w.try("aid.refuse", &aidv1.RefuseAid{Case: c, Reason: text("x")}, "otto"); got != "aid_case.not_supervisor" {
		t.Errorf("refused by who asked: %q", got)
	}
}

// Whoever had their file erased can have another.
func TestAnotherFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register()
	again := &aidv1.RegisterBeneficiary{Beneficiary: id("another"), Member: id("ann")}
	if got := w.try("aid.register", again, "ann"); got != "beneficiary.one_file" {
		t.Errorf("a second file: %q", got)
	}
	w.Fact("subject/"+annFile, &vaultv1.SubjectErased{By: id("ann")})
	w.do("aid.register", again, "ann")
}

// An appeal stops the times and the closing; rejected, they go on where they stood; upheld, the case begins again.
func TestAppeal(t *testing.T) {
	t.Parallel()
	for _, upheld := range []bool{false, true} {
		w := newWorld(t)
		c := w.approved()
		before := *w.aidCase(c)
		w.do("aid.appeal", &aidv1.AppealCase{Case: c, Text: text("too little")}, "ann")
		for operation, body := range map[string]proto.Message{
			"aid.order": &aidv1.OrderWork{Case: c, Member: id("vic"), Quantity: 1}, "aid.close": &aidv1.CloseCase{Case: c},
		} {
			if got := w.try(operation, body, "wes"); got != "aid_case.under_appeal" {
				t.Errorf("%s while it is appealed: %q", operation, got)
			}
		}
		if done := w.pass(6 * day); len(done) != 1 || done[0] != "Lapsed" { // the answer's timer; the case had been answered
			t.Errorf("while it is appealed: %v", done)
		}
		w.do("aid.decide_appeal", &aidv1.DecideAppeal{Case: c, Upheld: upheld, Reason: text("reason")}, "odin")
		after := w.aidCase(c)
		if upheld {
			if after.State != casework.Requested || after.Rounds != 2 || after.ResolveBy != w.Now+7*day || after.Approved != 15 {
				t.Errorf("upheld: %+v", after)
			}
			continue
		}
		if after.State != casework.Planned || after.ResolveBy != before.ResolveBy+6*day {
			t.Errorf("rejected: %s, resolve by %d, want %d", after.State, after.ResolveBy, before.ResolveBy+6*day)
		}
		if got := w.try("aid.appeal", &aidv1.AppealCase{Case: c, Text: text("again")}, "ann"); got != "appeal.judged" {
			t.Errorf("once more: %q", got)
		}
	}
}

// An appeal that nobody decides is a finding too.
func TestAppealUndecided(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.approved()
	w.do("aid.appeal", &aidv1.AppealCase{Case: c, Text: text("too little")}, "ann")
	w.pass(7 * day)
	if missed := w.aidCase(c).Missed; len(missed) != 1 || missed[0].Clock != aidv1.ServiceClock_SERVICE_CLOCK_APPEAL {
		t.Errorf("missed %+v", missed)
	}
}

// In danger nobody waits for consent, and the record says that nobody was asked.
func TestDanger(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register()
	c := w.do("aid.request", asks(danger), "ann")
	w.do("aid.assign", &aidv1.AssignCase{Case: c, Worker: id("wes")}, "wes")
	w.do("aid.assess", &aidv1.AssessCase{Case: c, Urgency: danger, Findings: text("fell")}, "wes")
	w.do("aid.plan", &aidv1.PlanCase{Case: c, Plan: text("go")}, "wes")
	w.do("aid.approve", &aidv1.ApproveAid{Case: c, Quantity: 1}, "otto")
	w.do("aid.order", &aidv1.OrderWork{Case: c, Member: id("vic"), Quantity: 1}, "wes")
	if !w.aidCase(c).WithoutConsent {
		t.Error("the record does not say that nobody was asked")
	}
}

// A referral must be accepted; until then who received it first leads.
func TestReferral(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.assessed()
	refer := func() {
		w.do("aid.refer", &aidv1.ReferCase{Case: c, Org: id("volunteers"), Reason: text("they cook")}, "wes")
	}
	refer()
	w.do("aid.answer_referral", &aidv1.AnswerReferral{Case: c}, "olga")
	if got := w.aidCase(c); got.State != casework.Assessed || got.Org != id("committee") {
		t.Errorf("declined: %s of %s", got.State, got.Org)
	}
	refer()
	w.do("aid.answer_referral", &aidv1.AnswerReferral{Case: c, Accept: true}, "olga")
	got := w.aidCase(c)
	if got.State != casework.Requested || got.Org != id("volunteers") || got.Worker != "" || got.Hops != 1 {
		t.Errorf("accepted: %+v", got)
	}
	if open := w.file(annFile).Openings; len(open) != 0 {
		t.Errorf("the file stands open to who had the case before: %+v", open)
	}
	if refused := w.try("aid.assign", &aidv1.AssignCase{Case: c, Worker: id("wendy")}, "wendy"); refused != "aid_case.other_org" {
		t.Errorf("taken on by the old organisation: %q", refused)
	}
	w.do("aid.assign", &aidv1.AssignCase{Case: c, Worker: id("xena")}, "xena")
	w.do("aid.refuse", &aidv1.RefuseAid{Case: c, Reason: text("no need")}, "olga")
	w.do("aid.appeal", &aidv1.AppealCase{Case: c, Text: text("there is")}, "ann")
	uphold := &aidv1.DecideAppeal{Case: c, Upheld: true, Reason: text("x")}
	if got := w.try("aid.decide_appeal", uphold, "otto"); got != "appeal.not_independent" {
		t.Errorf("judged by who had the case first: %q", got)
	}
	w.do("aid.decide_appeal", uphold, "odin")
}

// Refused, appealed and upheld: another organisation's word sets it going again.
func TestRefusalIsAppealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.assessed()
	w.do("aid.refuse", &aidv1.RefuseAid{Case: c, Reason: text("no need")}, "otto")
	w.do("aid.appeal", &aidv1.AppealCase{Case: c, Text: text("there is"), Principal: id("ann"), Mandate: id("mandate")}, "hal")
	uphold := &aidv1.DecideAppeal{Case: c, Upheld: true, Reason: text("x")}
	if got := w.try("aid.decide_appeal", uphold, "otto"); got != "appeal.not_independent" {
		t.Errorf("judged by who refused: %q", got)
	}
	w.do("aid.decide_appeal", uphold, "olga")
	if s := w.aidCase(c).State; s != casework.Requested {
		t.Errorf("state %s", s)
	}
}

// A call-back by an organisation without a hand in it stands for the person's word.
func TestCallBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.delivered()
	call := &aidv1.RecordCallBack{Case: c, Quantity: 15, Settled: true, Text: text("all came")}
	for _, who := range []string{"otto", "olga"} { // one has the case, the other delivered
		if got := w.try("aid.call_back", call, who); got != "call_back.not_independent" {
			t.Errorf("by %s: %q", who, got)
		}
	}
	if got := w.try("aid.close", &aidv1.CloseCase{Case: c}, "wes"); got != "aid_case.unconfirmed" {
		t.Errorf("closed on the deliverer's word: %q", got)
	}
	w.do("aid.call_back", call, "odin")
	w.do("aid.close", &aidv1.CloseCase{Case: c}, "otto")
	w.do("aid.reopen", &aidv1.ReopenCase{Case: c, Reason: text("more is needed")}, "pam")
	if got := w.aidCase(c); got.State != casework.Requested || got.Rounds != 2 || got.Delivered != 15 || got.Confirmed {
		t.Errorf("reopened: %+v", got)
	}
}

// An order that nobody answers holds no case: the worker gives it up, and the person takes their request back.
func TestUnansweredOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.approved()
	order := w.do("aid.order", &aidv1.OrderWork{Case: c, Member: id("bob"), Quantity: 15}, "wes")
	decline := &aidv1.AnswerOrder{Order: order}
	for _, who := range []string{"wendy", "olga", "vic"} {
		if got := w.try("aid.answer_order", decline, who); got != "work_order.not_yours" {
			t.Errorf("given up by %s: %q", who, got)
		}
	}
	if got := w.try("aid.answer_order", &aidv1.AnswerOrder{Order: order, Accept: true}, "wes"); got != "work_order.not_yours" {
		t.Errorf("accepted for another: %q", got)
	}
	w.do("aid.answer_order", decline, "wes")
	order = w.do("aid.order", &aidv1.OrderWork{Case: c, Member: id("vic"), Quantity: 15}, "wes")
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: order, Accept: true}, "vic")
	if got := w.try("aid.answer_order", &aidv1.AnswerOrder{Order: order}, "wes"); got != "work_order.not_yours" {
		t.Errorf("taken from who is on the way: %q", got)
	}
	w.pass(20 * day)
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: order}, "otto")
	order = w.do("aid.order", &aidv1.OrderWork{Case: c, Member: id("bob"), Quantity: 15}, "wes")
	w.do("aid.withdraw", &aidv1.WithdrawAid{Case: c}, "ann")
	if got := w.aidCase(c); got.State != casework.Withdrawn || !got.Works[2].Ended {
		t.Errorf("case %+v", got)
	}
	if got := w.try("aid.answer_order", &aidv1.AnswerOrder{Order: order, Accept: true}, "bob"); got != "work_order.ended" {
		t.Errorf("accepted after all: %q", got)
	}
	if open := w.file(annFile).Openings; len(open) != 0 {
		t.Errorf("open %+v", open)
	}
}

// Who has a hand in a case is no stranger who calls back, and does not answer for the person: what they did counts, not what they are now.
func TestHands(t *testing.T) {
	t.Parallel()
	settled := func(c string) *aidv1.AcknowledgeAid {
		return &aidv1.AcknowledgeAid{Case: c, Quantity: 15, Settled: true}
	}
	w := newWorld(t)
	c, _ := w.delivered()
	w.do("aid.name_proxy", &aidv1.NameProxy{Beneficiary: annFile, Proxy: id("vic")}, "ann")
	if got := w.try("aid.acknowledge", settled(c), "vic"); got != "aid_case.hand_speaks" {
		t.Errorf("by who brought it and is their proxy now: %q", got)
	}
	w.Fact("member/"+id("hal"), &communityv1.RoleGranted{Role: communityv1.Role_ROLE_GRID_WORKER, Org: id("committee")})
	helped := settled(c)
	helped.Principal, helped.Mandate = id("ann"), id("mandate")
	if got := w.try("aid.acknowledge", helped, "hal"); got != "aid_case.hand_speaks" {
		t.Errorf("under a mandate, for who has the case: %q", got)
	}
	w.Fact("member/"+id("otto"), &communityv1.RoleWithdrawn{Role: communityv1.Role_ROLE_OFFICER},
		&communityv1.RoleGranted{Role: communityv1.Role_ROLE_OFFICER, Org: id("street")})
	call := &aidv1.RecordCallBack{Case: c, Quantity: 15, Settled: true, Text: text("all came")}
	if got := w.try("aid.call_back", call, "otto"); got != "call_back.not_independent" {
		t.Errorf("by who approved it and is elsewhere now: %q", got)
	}
	w.do("aid.acknowledge", &aidv1.AcknowledgeAid{Case: c, Quantity: 3}, "ann")
	if got := w.try("aid.call_back", call, "odin"); got != "call_back.person_spoke" {
		t.Errorf("against her word: %q", got)
	}

	w = newWorld(t)
	c = w.approved()
	order := w.do("aid.order", &aidv1.OrderWork{Case: c, Org: id("volunteers"), Quantity: 15}, "wes")
	accept := &aidv1.AnswerOrder{Order: order, Accept: true, Member: id("odin")}
	if got := w.try("aid.answer_order", accept, "olga"); got != "work_order.doer" {
		t.Errorf("an officer of another organisation is sent: %q", got)
	}
	w.do("aid.answer_order", &aidv1.AnswerOrder{Order: order, Accept: true, Member: id("hal")}, "olga")
	helped.Case, helped.Quantity = c, 0
	if got := w.try("aid.acknowledge", helped, "hal"); got != "aid_case.hand_speaks" {
		t.Errorf("by the helper who is on the way: %q", got)
	}
}

// Two organisations name a proxy for who cannot, and for nobody else.
func TestProxyOfOneWithADevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.register()
	name := &aidv1.NameProxy{Beneficiary: annFile, Proxy: id("bob")}
	ring := "keyring/" + id("ann")
	w.Fact(ring, &communityv1.KeyKept{KeyId: id("hosted"), Hosted: true}, &communityv1.KeyKept{KeyId: id("device")})
	if got := w.try("aid.name_proxy", name, "otto", "olga"); got != "proxy.own_word" {
		t.Errorf("over her head: %q", got)
	}
	w.do("aid.name_proxy", name, "ann")
	w.Fact(ring, &communityv1.KeyDropped{KeyId: id("device")})
	w.do("aid.name_proxy", &aidv1.NameProxy{Beneficiary: annFile, Proxy: id("vic")}, "otto", "olga")
}

// Two files with one code are found; two organisations merge them, and take it back; nothing is lost.
func TestDuplicates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.requested()
	code := keyOf("code of ann")
	second, third := id("second file"), id("third file")
	w.do("aid.register", &aidv1.RegisterBeneficiary{Beneficiary: second, DedupCode: code}, "wes")
	w.do("aid.register", &aidv1.RegisterBeneficiary{Beneficiary: third, DedupCode: code}, "otto")
	if alike := w.file(third).Alike; !slices.Equal(alike, []string{second}) {
		t.Errorf("alike %v", alike)
	}
	merge := &aidv1.MergeBeneficiaries{Into: second, From: annFile}
	if got := w.try("aid.merge", merge, "otto"); got != "beneficiary.two_orgs" {
		t.Errorf("by one organisation: %q", got)
	}
	w.do("aid.merge", merge, "otto", "olga")
	if got := w.try("aid.request", asks(ordinary), "ann"); got != "beneficiary.merged" {
		t.Errorf("a request under the double: %q", got)
	}
	w.do("aid.withdraw", &aidv1.WithdrawAid{Case: c}, "ann") // what runs can be finished
	w.do("aid.unmerge", &aidv1.UnmergeBeneficiaries{From: annFile}, "olga", "odin")
	w.do("aid.request", asks(ordinary), "ann")
}
