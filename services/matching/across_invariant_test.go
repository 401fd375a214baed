package matching_test

import (
	"testing"

	"pgregory.net/rapid"

	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/across"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// crossings plays random lives of two communities, between which whatever is carried may be lost, late, repeated or out of order.
type crossings struct {
	home, office *shore
	needs        []string // at home
	referrals    []string
	providers    []string // at the office
	assignments  []string
	mail         []letter
	late         map[string]bool // referrals that had lapsed before their word came
}

// letter is something carried, which may be delivered at any time and as often as one likes.
type letter struct {
	to        *shore
	operation string
	taking    *matchingv1.TakeUp
	bringing  *matchingv1.BringReferral
	settling  *matchingv1.SettleReferral
}

// TestCrossingsInvariant: whatever is lost, repeated, late or out of order, nothing is lost, held twice or counted twice on either side,
// and in the end both say the same of what was served.
func TestCrossingsInvariant(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := &crossings{late: map[string]bool{}}
		c.home, c.office = two(t)
		c.office.Now += rapid.Int64Range(-60*minute, 60*minute).Draw(t, "skew")
		for i, who := range servers[:2] {
			c.providers = append(c.providers, c.office.provider(who, int32(10+i), rapid.Int64Range(1, 4).Draw(t, "capacity")))
		}
		for range rapid.IntRange(5, 40).Draw(t, "steps") {
			c.step(t)
			c.check(t)
		}
		c.end(t)
	})
}

func (c *crossings) step(t *rapid.T) {
	switch rapid.IntRange(0, 11).Draw(t, "deed") {
	case 0, 1:
		c.needs = append(c.needs, c.home.need(rapid.SampledFrom(residents).Draw(t, "asker"), rapid.Int64Range(1, 4).Draw(t, "quantity")))
	case 2, 3:
		c.refer(t)
	case 4, 5:
		c.post()
		c.deliver(t)
	case 6, 7:
		c.plan(t)
	case 8, 9:
		c.answer(t)
	case 10:
		later := rapid.SampledFrom([]int64{minute, 60 * minute, 20 * 60 * minute, 2 * day}).Draw(t, "later")
		pass(later, c.home, c.office)
	default:
		if len(c.needs) > 0 {
			c.home.Try("olga", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: rapid.SampledFrom(c.needs).Draw(t, "withdrawn")})
		}
	}
}

func (c *crossings) refer(t *rapid.T) {
	if len(c.needs) == 0 {
		return
	}
	body := &matchingv1.ReferNeed{
		Need: rapid.SampledFrom(c.needs).Draw(t, "referred"), Peer: c.office.id, Quantity: rapid.Int64Range(0, 2).Draw(t, "so much"),
	}
	commit, err := c.home.Submit(c.home.Input("gwen", "matching.refer_need", body))
	if err == nil {
		c.referrals = append(c.referrals, commit.ID.NewAggregate())
	}
}

// post takes along whatever either side has to say by now.
func (c *crossings) post() {
	c.mail = nil
	for _, id := range c.referrals {
		c.mail = append(c.mail, letter{to: c.office, operation: "matching.take_up", taking: c.office.takingUp(c.home, id)},
			letter{to: c.office, operation: "matching.bring_referral", bringing: c.office.bringingReferral(c.home, id)},
			letter{to: c.office, operation: "matching.take_up", taking: &matchingv1.TakeUp{
				Uptake: across.UptakeID(c.home.id, id), Text: text("as it was brought"),
			}})
		if u := c.office.uptake(c.home, id); u != nil && u.Closed {
			c.mail = append(c.mail, letter{to: c.home, operation: "matching.settle_referral", settling: c.home.settling(c.office, id)})
		}
	}
}

func (c *crossings) deliver(t *rapid.T) {
	if len(c.mail) == 0 {
		return
	}
	l := rapid.SampledFrom(c.mail).Draw(t, "letter")
	switch {
	case l.settling != nil:
		c.settle(l.settling)
	case l.bringing != nil:
		l.to.Try("fay", l.operation, l.bringing)
	default:
		l.to.Try("olga", l.operation, l.taking)
	}
}

func (c *crossings) settle(body *matchingv1.SettleReferral) {
	was := c.home.referral(body.GetReferral()).State
	got := c.home.Try("fay", "matching.settle_referral", body)
	if got == "" && was == across.Settled {
		c.home.Fatalf("a word counted twice")
	}
	if got == "" && was == across.Lapsed {
		c.late[body.GetReferral()] = true
	}
}

// plan has something of what was taken up assigned.
func (c *crossings) plan(t *rapid.T) {
	needs := c.office.State.Members("need")
	if len(needs) == 0 {
		return
	}
	plan := c.office.plan(match(rapid.SampledFrom(needs).Draw(t, "need there"), rapid.Int64Range(1, 2).Draw(t, "planned"),
		rapid.Permutation(c.providers).Draw(t, "order")...))
	if _, err := c.office.Submit(c.office.Input("olga", "matching.adopt_plan", plan)); err == nil {
		c.assignments = c.office.State.Members("assignment")
	}
}

func (c *crossings) answer(t *rapid.T) {
	if len(c.assignments) == 0 {
		return
	}
	a, i := rapid.SampledFrom(c.assignments).Draw(t, "assignment"), rapid.IntRange(0, 1).Draw(t, "server")
	c.office.Try(servers[i], "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: c.providers[i]})
	if rapid.Bool().Draw(t, "brings") {
		c.office.Try(servers[i], "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1})
	}
	if rapid.Bool().Draw(t, "confirms") {
		arrived := rapid.Int64Range(0, 1).Draw(t, "arrived")
		c.office.Try("gwen", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: arrived})
	}
	if rapid.Bool().Draw(t, "closes") {
		c.office.Settle()
	}
}

// check holds both sides against what must always be so.
func (c *crossings) check(t *rapid.T) {
	held := map[string]int64{}
	for _, id := range c.referrals {
		r, u := c.home.referral(id), c.office.uptake(c.home, id)
		if r.State == across.Held {
			held[r.Need] += r.Quantity
		}
		if r.State == across.Settled && (u == nil || !u.Closed || u.Served != r.Served) {
			t.Fatalf("settled as what nobody has closed: %+v, %+v", r, u)
		}
		if u != nil && u.Need != "" && u.Served > c.office.needState(u.Need).Acknowledged {
			t.Fatalf("told as served though nobody has confirmed it: %+v", u)
		}
		if r.Twice > 0 && !c.late[id] {
			t.Fatalf("served twice though the word came in time: %+v", r)
		}
	}
	for _, id := range c.needs {
		n := c.home.needState(id)
		sum(t, n)
		if n.Referred != held[id] {
			t.Fatalf("held is %d, the referrals say %d", n.Referred, held[id])
		}
	}
	for _, id := range c.office.State.Members("need") {
		sum(t, c.office.needState(id))
	}
	for _, id := range c.assignments {
		a := c.office.assignment(id)
		if n := c.office.needState(a.Need); a.DoneAt >= n.Until {
			t.Fatalf("served after its time: %+v", a)
		}
	}
}

func sum(t *rapid.T, n *supply.Need) {
	if min(n.Waiting, n.Matched, n.Referred, n.Served, n.Dropped) < 0 ||
		n.Waiting+n.Matched+n.Referred+n.Served+n.Dropped != n.Quantity {
		t.Fatalf("something of a need is lost or counted twice: %+v", n)
	}
}

// end lets all times pass and every word come, and then both sides say the same.
func (c *crossings) end(t *rapid.T) {
	for range 4 {
		pass(10*day, c.home, c.office)
	}
	for _, id := range c.office.State.Members("uptake") {
		if u := decider.Peek[across.Uptake](c.office.State, across.UptakePath(id)); !u.Closed {
			t.Fatalf("an uptake never ends: %+v", u)
		}
	}
	for _, id := range c.assignments {
		switch s := c.office.assignment(id).State; s {
		case dispatch.Done, dispatch.Confirmed, dispatch.Released:
		default:
			t.Fatalf("an assignment of what is over is %s", s)
		}
	}
	c.post()
	served := map[string]int64{}
	for _, l := range c.mail {
		if l.settling != nil {
			c.settle(l.settling)
		}
	}
	c.check(t)
	for _, id := range c.referrals {
		r := c.home.referral(id)
		if r.State == across.Held {
			t.Fatalf("held for ever: %+v", r)
		}
		served[r.Need] += r.Served - r.Twice
	}
	for _, id := range c.needs {
		if n := c.home.needState(id); n.Served != served[id] {
			t.Fatalf("served is %d, there it was %d", n.Served, served[id])
		}
	}
}
