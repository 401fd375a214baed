package aid_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	aidv1 "renlin.dev/proto/renlin/aid/v1"
	vaultv1 "renlin.dev/proto/renlin/vault/v1"
)

// refusal is a row: at a stage somebody sends something, and is told why not.
type refusal struct {
	name, who, operation string
	body                 func(w *world) proto.Message
	want                 string
}

func refuse(t *testing.T, rows []refusal) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			body := r.body(w)
			if got := w.try(r.operation, body, r.who); got != r.want {
				t.Errorf("%q, want %q", got, r.want)
			}
		})
	}
}

// altered is ann's request, changed.
func altered(change func(*aidv1.RequestAid)) func(*world) proto.Message {
	return func(w *world) proto.Message {
		w.register()
		body := asks(ordinary)
		change(body)
		return body
	}
}

func TestRequestRefused(t *testing.T) {
	t.Parallel()
	channel := func(c aidv1.RequestChannel) func(*world) proto.Message {
		return altered(func(r *aidv1.RequestAid) { r.Channel = c })
	}
	refuse(t, []refusal{
		{"by a neighbour", "bob", "aid.request", altered(func(*aidv1.RequestAid) {}), "aid_case.channel"},
		{"by a worker as if by her", "wes", "aid.request", altered(func(*aidv1.RequestAid) {}), "aid_case.channel"},
		{"by her as if by a worker", "ann", "aid.request", channel(aidv1.RequestChannel_REQUEST_CHANNEL_PHONE), "aid_case.channel"},
		{"by an officer without a device", "hosted", "aid.request", channel(aidv1.RequestChannel_REQUEST_CHANNEL_PHONE), "aid_case.channel"},
		{"as if by a sensor", "wes", "aid.request", channel(aidv1.RequestChannel_REQUEST_CHANNEL_SENSOR), "aid_case.channel"},
		{"by no way", "ann", "aid.request", channel(0), "aid_case.channel"},
		{"for nobody", "ann", "aid.request", altered(func(r *aidv1.RequestAid) { r.Beneficiary = "" }), "beneficiary.incomplete"},
		{"for a stranger", "ann", "aid.request", altered(func(r *aidv1.RequestAid) { r.Beneficiary = id("x") }), "beneficiary.unknown"},
		{"of an unknown kind", "ann", "aid.request", altered(func(r *aidv1.RequestAid) { r.Category = "gold" }), "aid_case.category"},
		{"in an unknown unit", "ann", "aid.request", altered(func(r *aidv1.RequestAid) { r.Unit = "bushel" }), "aid_case.unit"},
		{"of no urgency", "ann", "aid.request", altered(func(r *aidv1.RequestAid) { r.Urgency = 0 }), "aid_case.urgency"},
		{"of nothing", "ann", "aid.request", altered(func(r *aidv1.RequestAid) { r.Quantity = 0 }), "aid_case.quantity"},
		{"of less than nothing", "ann", "aid.request", altered(func(r *aidv1.RequestAid) { r.Quantity = -1 }), "aid_case.quantity"},
		{"of everything", "ann", "aid.request", altered(func(r *aidv1.RequestAid) { r.Quantity = 1 << 62 }), "aid_case.quantity"},
		{"without words", "ann", "aid.request", altered(func(r *aidv1.RequestAid) { r.Text = nil }), "text.malformed"},
		{"after the file was erased", "ann", "aid.request", func(w *world) proto.Message {
			w.register()
			w.Fact("subject/"+annFile, &vaultv1.SubjectErased{By: id("ann")})
			return asks(ordinary)
		}, "beneficiary.erased"},
		{"by a worker, by telephone", "wes", "aid.request", channel(aidv1.RequestChannel_REQUEST_CHANNEL_PHONE), ""},
		{"by the proxy", "pam", "aid.request", channel(aidv1.RequestChannel_REQUEST_CHANNEL_HELPER), ""},
		{"by the helper", "hal", "aid.request", altered(func(r *aidv1.RequestAid) {
			r.Channel, r.Principal, r.Mandate = aidv1.RequestChannel_REQUEST_CHANNEL_HELPER, id("ann"), id("mandate")
		}), ""},
	})
}

func TestWorkRefused(t *testing.T) {
	t.Parallel()
	at := func(stage func(*world) string, body func(c string) proto.Message) func(*world) proto.Message {
		return func(w *world) proto.Message { return body(stage(w)) }
	}
	requested, assessed, approved := (*world).requested, (*world).assessed, (*world).approved
	order := func(change func(*aidv1.OrderWork)) func(*world) proto.Message {
		return func(w *world) proto.Message {
			body := &aidv1.OrderWork{Case: w.approved(), Member: id("vic"), Quantity: 5}
			change(body)
			return body
		}
	}
	assign := func(worker string) func(c string) proto.Message {
		return func(c string) proto.Message { return &aidv1.AssignCase{Case: c, Worker: id(worker)} }
	}
	plan := func(c string) proto.Message { return &aidv1.PlanCase{Case: c, Plan: text("plan")} }
	approve := func(n int64) func(c string) proto.Message {
		return func(c string) proto.Message { return &aidv1.ApproveAid{Case: c, Quantity: n} }
	}
	refuse(t, []refusal{
		{"a worker takes it on for another", "wes", "aid.assign", at(requested, assign("wendy")), "aid_case.assignment"},
		{"an officer assigns another's worker", "otto", "aid.assign", at(requested, assign("xena")), "aid_case.assignment"},
		{"an officer assigns a resident", "otto", "aid.assign", at(requested, assign("bob")), "aid_case.assignment"},
		{"a resident takes it on", "bob", "aid.assign", at(requested, assign("bob")), "role.missing"},
		{"taken from a colleague", "wendy", "aid.assign", at(assessed, assign("wendy")), "aid_case.assignment"},
		{"given to a colleague by the officer", "otto", "aid.assign", at(assessed, assign("wendy")), ""},
		{"there is no such case", "wes", "aid.assign", at(func(*world) string { return id("x") }, assign("wes")), "aid_case.unknown"},
		{"another worker plans", "wendy", "aid.plan", at(assessed, plan), "aid_case.not_worker"},
		{"planned before it is assessed", "wes", "aid.plan", at(func(w *world) string {
			c := w.requested()
			w.do("aid.assign", &aidv1.AssignCase{Case: c, Worker: id("wes")}, "wes")
			return c
		}, plan), "aid_case.state"},
		{"planned without consent", "wes", "aid.plan", at(func(w *world) string {
			c := w.assessed()
			w.do("aid.withdraw_consent", &aidv1.WithdrawConsent{
				Beneficiary: annFile, Purpose: aidv1.ConsentPurpose_CONSENT_PURPOSE_CASE_WORK,
			}, "pam")
			return c
		}, plan), "consent.missing"},
		{"approved by the worker", "wes", "aid.approve", at(approved, approve(1)), "role.missing"},
		{"approved by another organisation", "olga", "aid.approve", at(approved, approve(1)), "aid_case.not_supervisor"},
		{"approved before there is a plan", "otto", "aid.approve", at(assessed, approve(1)), "aid_case.state"},
		{"less approved than is ordered", "otto", "aid.approve", at(func(w *world) string {
			c, _ := w.ordered()
			return c
		}, approve(14)), "aid_case.below_ordered"},
		{"more ordered than was approved", "wes", "aid.order", order(func(o *aidv1.OrderWork) { o.Quantity = 16 }), "aid_case.over_approved"},
		{"ordered of nobody", "wes", "aid.order", order(func(o *aidv1.OrderWork) { o.Member = "" }), "work_order.doer"},
		{"ordered of two", "wes", "aid.order", order(func(o *aidv1.OrderWork) { o.Org = id("volunteers") }), "work_order.doer"},
		{"ordered of no organisation", "wes", "aid.order", order(func(o *aidv1.OrderWork) { o.Member, o.Org = "", id("x") }), "work_order.doer"},
		{"ordered of herself", "wes", "aid.order", order(func(o *aidv1.OrderWork) { o.Member = id("ann") }), "aid_case.oneself"},
		{"ordered for yesterday", "wes", "aid.order", order(func(o *aidv1.OrderWork) { o.Due = start - 1 }), "work_order.due"},
		{"referred to oneself", "wes", "aid.refer", at(assessed, func(c string) proto.Message {
			return &aidv1.ReferCase{Case: c, Org: id("committee"), Reason: text("x")}
		}), "aid_case.org_unknown"},
		{"refused by its worker", "wes", "aid.refuse", at(assessed, func(c string) proto.Message {
			return &aidv1.RefuseAid{Case: c, Reason: text("x")}
		}), "role.missing"},
		{"refused without a reason", "otto", "aid.refuse", at(assessed, func(c string) proto.Message {
			return &aidv1.RefuseAid{Case: c}
		}), "text.malformed"},
		{"taken back while somebody is on the way", "ann", "aid.withdraw", at(func(w *world) string {
			c, _ := w.ordered()
			return c
		}, func(c string) proto.Message { return &aidv1.WithdrawAid{Case: c} }), "aid_case.orders_open"},
		{"appealed where nothing was decided", "ann", "aid.appeal", at(assessed, func(c string) proto.Message {
			return &aidv1.AppealCase{Case: c, Text: text("x")}
		}), "appeal.nothing"},
		{"appealed by a neighbour", "bob", "aid.appeal", at(approved, func(c string) proto.Message {
			return &aidv1.AppealCase{Case: c, Text: text("x")}
		}), "aid_case.not_person"},
		{"appealed too late", "ann", "aid.appeal", at(func(w *world) string {
			c := w.closed()
			w.pass(30 * day)
			return c
		}, func(c string) proto.Message { return &aidv1.AppealCase{Case: c, Text: text("x")} }), "appeal.nothing"},
	})
}

func TestDeliveryRefused(t *testing.T) {
	t.Parallel()
	at := func(change func(*aidv1.RecordVisit)) func(*world) proto.Message {
		return func(w *world) proto.Message {
			_, order := w.ordered()
			body := visit(order, 5)
			change(body)
			return body
		}
	}
	acknowledge := func(n int64) func(*world) proto.Message {
		return func(w *world) proto.Message {
			c, _ := w.delivered()
			return &aidv1.AcknowledgeAid{Case: c, Quantity: n, Settled: true}
		}
	}
	refuse(t, []refusal{
		{"by somebody else", "bob", "aid.visit", at(func(*aidv1.RecordVisit) {}), "work_order.not_yours"},
		{"by the worker", "wes", "aid.visit", at(func(*aidv1.RecordVisit) {}), "work_order.not_yours"},
		{"more than was ordered", "vic", "aid.visit", at(func(v *aidv1.RecordVisit) { v.Quantity = 16 }), "aid_case.quantity"},
		{"nothing, and delivered", "vic", "aid.visit", at(func(v *aidv1.RecordVisit) { v.Quantity = 0 }), "visit.outcome"},
		{"nobody there, and something left", "vic", "aid.visit", at(func(v *aidv1.RecordVisit) {
			v.Outcome = aidv1.VisitOutcome_VISIT_OUTCOME_ABSENT
		}), "visit.outcome"},
		{"of no outcome", "vic", "aid.visit", at(func(v *aidv1.RecordVisit) { v.Outcome = 0 }), "visit.outcome"},
		{"of an outcome nobody knows", "vic", "aid.visit", at(func(v *aidv1.RecordVisit) { v.Outcome, v.Quantity = 99, 0 }), "visit.outcome"},
		{"without evidence", "vic", "aid.visit", at(func(v *aidv1.RecordVisit) { v.Evidence = nil }), "text.malformed"},
		{"of no order", "vic", "aid.visit", at(func(v *aidv1.RecordVisit) { v.Order = id("x") }), "work_order.unknown"},
		{"before it was accepted", "vic", "aid.visit", func(w *world) proto.Message {
			return visit(w.do("aid.order", &aidv1.OrderWork{Case: w.approved(), Member: id("vic"), Quantity: 5}, "wes"), 5)
		}, "work_order.unaccepted"},
		{"after it ended", "vic", "aid.visit", func(w *world) proto.Message {
			_, order := w.delivered()
			return visit(order, 1)
		}, "work_order.ended"},
		{"nobody was there", "vic", "aid.visit", at(func(v *aidv1.RecordVisit) {
			v.Outcome, v.Quantity = aidv1.VisitOutcome_VISIT_OUTCOME_ABSENT, 0
		}), ""},
		{"more acknowledged than came", "ann", "aid.acknowledge", acknowledge(16), "aid_case.quantity"},
		{"acknowledged by who brought it", "vic", "aid.acknowledge", acknowledge(15), "aid_case.not_person"},
		{"acknowledged by a neighbour's helper", "hal", "aid.acknowledge", acknowledge(15), "aid_case.not_person"},
		{"acknowledged by the proxy", "pam", "aid.acknowledge", acknowledge(3), ""},
	})
}
