package aid_test

import (
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	"renlin.dev/services/aid"
	"renlin.dev/services/aid/internal/casework"
)

// everybody who may try something.
var everybody = []string{"ann", "pam", "hal", "vic", "bob", "wes", "wendy", "otto", "olga", "odin", "xena", "hosted"}

// likely is who would send what, so that something comes of it now and then.
var likely = map[string]string{
	"aid.assign": "wes", "aid.assess": "wes", "aid.plan": "wes", "aid.order": "wes", "aid.close": "wes", "aid.approve": "otto",
	"aid.visit": "vic", "aid.answer_order": "vic", "aid.acknowledge": "ann", "aid.call_back": "odin", "aid.decide_appeal": "odin",
}

// play is a case at which everybody tries everything, in any order.
type play struct {
	*world
	id     string
	orders []string
	// confirmed is what the person, or a call-back, has said last that is not overtaken by a delivery.
	confirmed bool
}

// attempts are what is tried; what leads on more often than what does not.
var attempts = []string{
	"aid.assign", "aid.assess", "aid.plan", "aid.approve", "aid.order", "aid.answer_order", "aid.visit", "aid.acknowledge", "aid.call_back",
	"aid.close", "aid.assign", "aid.order", "aid.answer_order", "aid.visit", "aid.acknowledge", "aid.close", "aid.appeal", "aid.decide_appeal",
	"aid.reopen", "aid.refer", "aid.answer_referral", "aid.refuse", "aid.withdraw", "aid.withdraw_appeal",
}

// attempt sends one thing drawn at random, and follows what the record must be able to show for it.
func (p *play) attempt(t *rapid.T) {
	name := rapid.SampledFrom(attempts).Draw(t, "what")
	who := rapid.SampledFrom(everybody).Draw(t, "who")
	if usual := likely[name]; usual != "" && rapid.IntRange(0, 3).Draw(t, "usual") > 0 {
		who = usual
	}
	n := rapid.Int64Range(-1, 12).Draw(t, "quantity")
	yes := rapid.Bool().Draw(t, "yes")
	order := ""
	if len(p.orders) > 0 {
		order = rapid.SampledFrom(p.orders).Draw(t, "order")
	}
	words := text("words")
	things := map[string]proto.Message{
		"aid.assign": &aidv1.AssignCase{Case: p.id, Worker: id(who)}, "aid.plan": &aidv1.PlanCase{Case: p.id, Plan: words},
		"aid.assess":  &aidv1.AssessCase{Case: p.id, Urgency: aidv1.Urgency(1 + (n+1)%4), Findings: words},
		"aid.approve": &aidv1.ApproveAid{Case: p.id, Quantity: n}, "aid.refuse": &aidv1.RefuseAid{Case: p.id, Reason: words},
		"aid.refer":           &aidv1.ReferCase{Case: p.id, Org: id("volunteers"), Reason: words},
		"aid.answer_referral": &aidv1.AnswerReferral{Case: p.id, Accept: yes},
		"aid.order":           &aidv1.OrderWork{Case: p.id, Member: id("vic"), Quantity: n},
		"aid.answer_order":    &aidv1.AnswerOrder{Order: order, Accept: yes}, "aid.close": &aidv1.CloseCase{Case: p.id},
		"aid.visit":         &aidv1.RecordVisit{Order: order, Outcome: 1, Quantity: n, Evidence: words, Last: yes},
		"aid.acknowledge":   &aidv1.AcknowledgeAid{Case: p.id, Quantity: n, Settled: yes},
		"aid.call_back":     &aidv1.RecordCallBack{Case: p.id, Quantity: n, Settled: yes, Text: words},
		"aid.appeal":        &aidv1.AppealCase{Case: p.id, Text: words},
		"aid.decide_appeal": &aidv1.DecideAppeal{Case: p.id, Upheld: yes, Reason: words},
		"aid.reopen":        &aidv1.ReopenCase{Case: p.id, Reason: words}, "aid.withdraw": &aidv1.WithdrawAid{Case: p.id},
		"aid.withdraw_appeal": &aidv1.WithdrawAppeal{Case: p.id},
	}
	c, err := p.send(name, things[name], who)
	if err != nil {
		return
	}
	before := p.confirmed
	switch name {
	case "aid.order":
		p.orders = append(p.orders, c.ID.NewAggregate())
	case "aid.visit":
		p.confirmed = false
	case "aid.acknowledge", "aid.call_back":
		p.confirmed = yes
		if who != "ann" && who != "pam" && name == "aid.acknowledge" {
			t.Fatalf("%s acknowledged", who)
		}
	case "aid.close":
		if !before {
			t.Fatalf("closed by %s, and nobody has said that it is settled", who)
		}
	case "aid.reopen":
		p.confirmed = false
	case "aid.decide_appeal":
		p.confirmed = p.confirmed && !yes
	}
}

// holds looks at what must always be so.
func (p *play) holds(t *rapid.T) {
	c := p.aidCase(p.id)
	ordered, delivered, open := int64(0), int64(0), 0
	for _, w := range c.Works {
		delivered += w.Delivered
		if w.Ended {
			ordered += w.Delivered
		} else {
			ordered, open = ordered+w.Quantity, open+1
		}
	}
	switch {
	case c.Acknowledged > c.Delivered || c.Delivered != delivered || delivered > ordered || ordered > c.Approved:
		t.Fatalf("acknowledged %d, delivered %d of %d, ordered %d, approved %d", c.Acknowledged, c.Delivered, delivered, ordered, c.Approved)
	case c.Ended() && (open > 0 || c.Worker != ""):
		t.Fatalf("%s, with %d orders open and %q at work", c.State, open, c.Worker)
	case c.Approved > 0 && c.ApprovedBy == id("ann"):
		t.Fatal("approved by the person")
	}
	for _, o := range p.file(annFile).Openings {
		if o.For == p.id && c.Ended() {
			t.Fatalf("the file stands open to %q for a case that is %s", o.Reader, c.State)
		}
	}
}

// TestAnybodyTriesAnything: whatever anybody sends in whatever order, the four quantities stand in their order, nothing is closed that
// nobody said is settled, and no file stays open after its case.
func TestAnybodyTriesAnything(t *testing.T) {
	t.Parallel()
	closed := 0
	rapid.Check(t, func(t *rapid.T) {
		p := &play{world: newWorld(t)}
		if rapid.Bool().Draw(t, "delivered") {
			p.id, _ = p.delivered()
		} else {
			p.id = p.approved()
		}
		for range rapid.IntRange(20, 80).Draw(t, "steps") {
			if rapid.IntRange(0, 9).Draw(t, "time") == 0 {
				p.pass(rapid.Int64Range(1, 3*day).Draw(t, "passes"))
			}
			before := p.aidCase(p.id).State
			p.attempt(t)
			p.holds(t)
			if now := p.aidCase(p.id).State; now == casework.Closed && now != before {
				closed++
			}
		}
	})
	if closed == 0 {
		t.Error("no case was ever closed: nothing is tried here")
	}
}

// FuzzCommand: no body makes a rule panic, and what is accepted can be written and folded.
func FuzzCommand(f *testing.F) {
	w := newWorld(f)
	c, order := w.ordered()
	seeds := map[string]proto.Message{
		"aid.request": asks(ordinary), "aid.visit": visit(order, 3), "aid.approve": &aidv1.ApproveAid{Case: c, Quantity: 20},
		"aid.order":            &aidv1.OrderWork{Case: c, Member: id("vic"), Quantity: 1, Due: -1},
		"aid.declare_capacity": &aidv1.DeclareCapacity{Capacities: []*aidv1.Capacity{{Category: "food", Unit: "meal", Quantity: 1 << 62}}},
	}
	var names []string
	for _, o := range aid.Model().Operations() {
		if !o.Policy {
			names = append(names, o.Name)
		}
	}
	for i, name := range names {
		raw := []byte("{}")
		if body := seeds[name]; body != nil {
			raw, _ = protojson.Marshal(body)
		}
		f.Add(uint8(i), uint8(i), raw)
	}
	f.Fuzz(func(t *testing.T, operation, who uint8, raw []byte) {
		s := &chain.Signed{
			Suite: chain.SuiteIntl, Operation: names[int(operation)%len(names)], Contract: 1, Body: raw, IdempotencyKey: "fuzz",
			Signatures: []chain.Signature{{Key: keyOf(everybody[int(who)%len(everybody)])}},
		}
		v := w.State.Judge(&decider.Input{Signed: s, ID: chain.CommandID{1}, Time: w.Now})
		if v.Err != nil {
			return
		}
		if _, err := v.Commit.Encode(); err != nil {
			t.Fatalf("accepted and cannot be written: %v", err)
		}
	})
}
