package matching_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// player does what anybody could do, sensible or not, and then nothing may be out of order.
type player struct {
	*world
	needs, providers, assignments []string
}

var servers = []string{"bob", "cat", "dan", "eve"}

// TestInvariants plays random lives and checks after every step that nothing is lost, taken twice or promised twice.
func TestInvariants(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := &player{world: newWorld(t)}
		for _, who := range servers {
			p.providers = append(p.providers, p.provider(who, int32(len(p.providers)), rapid.Int64Range(1, 4).Draw(t, "capacity")))
		}
		mode := &matchingv1.SetMode{Mode: matchingv1.Mode_MODE_EMERGENCY, Until: start + 1000*minute}
		if rapid.Bool().Draw(t, "emergency") {
			if _, err := p.Submit(p.Input("olga", "matching.set_mode", mode, "otto")); err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(5, 40).Draw(t, "steps") {
			p.step(t)
			p.check(t)
		}
		for range 2 * len(servers) { // each in turn is asked, and says nothing
			p.later(4 * 24 * 60 * minute)
			p.check(t)
		}
		p.done(t)
	})
}

// step does one thing; most of what is refused is meant to be.
func (p *player) step(t *rapid.T) {
	server := rapid.IntRange(0, len(servers)-1).Draw(t, "server")
	who, provider := servers[server], p.providers[server]
	switch rapid.IntRange(0, 11).Draw(t, "deed") {
	case 0, 1:
		p.needs = append(p.needs, p.need(rapid.SampledFrom([]string{"ann", "fay"}).Draw(t, "asker"), rapid.Int64Range(1, 5).Draw(t, "quantity")))
	case 2, 3:
		p.adopt(t)
	case 4:
		p.later(rapid.SampledFrom([]int64{0, minute, 10 * minute, 70 * minute}).Draw(t, "later"))
	case 5:
		p.Try(who, "matching.publish_offer", &matchingv1.PublishOffer{
			Provider: provider, Skill: "meal", Capacity: rapid.Int64Range(0, 4).Draw(t, "capacity"),
		})
	case 6:
		p.Settle()
	case 7:
		if len(p.needs) > 0 {
			p.Try("olga", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: rapid.SampledFrom(p.needs).Draw(t, "need")})
		}
	default:
		p.answer(t, who, provider)
	}
}

// answer has a provider, or whoever was helped, answer something.
func (p *player) answer(t *rapid.T, who, provider string) {
	if len(p.assignments) == 0 {
		return
	}
	a := rapid.SampledFrom(p.assignments).Draw(t, "assignment")
	quantity := rapid.Int64Range(0, 3).Draw(t, "brought")
	deed := rapid.SampledFrom([]struct {
		who, op string
		body    proto.Message
	}{
		{who, "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider}},
		{who, "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider}},
		{who, "matching.refuse", &matchingv1.RefuseAssignment{Assignment: a, Provider: provider, Reason: matchingv1.Reason_REASON_ILL}},
		{who, "matching.start", &matchingv1.StartAssignment{Assignment: a}},
		{who, "matching.check_in", &matchingv1.CheckIn{Assignment: a}},
		{who, "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: quantity}},
		{"gwen", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: quantity}},
		{"gwen", "matching.overrule", &matchingv1.OverruleAssignment{Assignment: a, Reason: matchingv1.Reason_REASON_OTHER}},
		{who, "matching.retire_provider", &matchingv1.RetireProvider{Provider: provider}},
	}).Draw(t, "answer")
	p.Try(deed.who, deed.op, deed.body)
}

func reasoned(need string, quantity int64, providers ...string) *matchingv1.Match {
	m := match(need, quantity, providers...)
	m.Reason = matchingv1.Reason_REASON_OTHER
	return m
}

// adopt has a plan adopted that may ask for too much.
func (p *player) adopt(t *rapid.T) {
	if len(p.needs) == 0 {
		return
	}
	plan := p.plan()
	for range rapid.IntRange(1, 3).Draw(t, "matches") {
		some := rapid.Permutation(p.providers).Draw(t, "order")
		plan.Matches = append(plan.Matches, reasoned(
			rapid.SampledFrom(p.needs).Draw(t, "need"), rapid.Int64Range(1, 3).Draw(t, "quantity"),
			some[:rapid.IntRange(1, len(some)).Draw(t, "candidates")]...,
		))
	}
	for _, n := range p.needs {
		if rapid.IntRange(0, 9).Draw(t, "urgent") == 0 {
			p.Try("gwen", "matching.assess_need", &matchingv1.AssessNeed{Need: n, Priority: 9})
		}
	}
	before := map[string]*supply.Offer{}
	for _, id := range p.providers {
		before[id] = p.offerState(id)
	}
	c, err := p.Submit(p.Input("olga", "matching.adopt_plan", plan))
	if err != nil {
		return
	}
	for _, ch := range c.Changes {
		if chain.KindOf(ch.Aggregate) == "assignment" {
			p.assignments = append(p.assignments, ch.Aggregate[len("assignment/"):])
		}
	}
	for _, id := range p.providers { // nothing is taken, and nothing stands by, beyond what there is
		o, was := p.offerState(id), before[id]
		if o.Taken > max(o.Capacity, was.Taken) || o.Standby > max(3*o.Capacity, was.Standby) {
			t.Fatalf("a plan took what there is not: %+v", o)
		}
	}
}

// check holds the whole state against what must always be so.
func (p *player) check(t *rapid.T) {
	taken, standing := map[string]int64{}, map[string]int64{}
	matched := map[string]int64{}
	for _, id := range p.assignments {
		a := p.assignment(id)
		serving, waits := 0, 0
		for _, c := range a.Candidates {
			switch c.Part {
			case dispatch.Serving:
				serving++
				taken[c.Provider] += a.Quantity
			case dispatch.Asked, dispatch.Reserved:
				waits++
				taken[c.Provider] += a.Quantity
			case dispatch.Standby:
				standing[c.Provider] += a.Quantity
			}
		}
		switch a.State {
		case dispatch.Accepted, dispatch.Underway:
			if serving != 1 || waits > 0 {
				t.Fatalf("%d serve and %d are asked: %+v", serving, waits, a)
			}
			matched[a.Need] += a.Quantity
		case dispatch.Offered:
			owed := slices.ContainsFunc(p.State.OwedNow(p.Now), func(o *decider.Owed) bool { return o.Operation == "matching.stand_in" })
			if serving > 0 || waits == 0 && !owed {
				t.Fatalf("nobody is asked, and nobody will be: %+v", a)
			}
			matched[a.Need] += a.Quantity
		default:
			if serving+waits > 0 || standing[a.Candidates[0].Provider] < 0 {
				t.Fatalf("over, and still held: %+v", a)
			}
		}
	}
	for _, id := range p.providers {
		if o := p.offerState(id); o.Taken != taken[id] || o.Standby != standing[id] {
			t.Fatalf("offer says %d and %d, assignments %d and %d", o.Taken, o.Standby, taken[id], standing[id])
		}
	}
	for _, id := range p.needs {
		n := p.needState(id)
		if n.Waiting < 0 || n.Matched != matched[id] || n.Waiting+n.Matched+n.Served+n.Dropped != n.Quantity || n.Acknowledged > n.Served {
			t.Fatalf("need %+v, assignments hold %d", n, matched[id])
		}
		if n.State == supply.Withdrawn && n.Waiting+n.Matched > 0 {
			t.Fatalf("withdrawn, and still waiting: %+v", n)
		}
	}
}

// done: once every timer has run, nobody is asked any more and nothing is owed; what was accepted and not done has been given back.
func (p *player) done(t *rapid.T) {
	for _, id := range p.assignments {
		if a := p.assignment(id); a.State == dispatch.Offered || a.State == dispatch.Accepted || a.State == dispatch.Underway {
			t.Fatalf("left hanging: %+v", a)
		}
	}
	for _, id := range p.providers {
		if o := p.offerState(id); o.Noted {
			t.Fatalf("with nothing to do, and overloaded: %+v", o)
		}
	}
	if owed := p.Purposes(); len(owed) > 0 {
		t.Fatalf("still owed: %v", owed)
	}
}
