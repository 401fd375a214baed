package matching_test

import (
	"slices"
	"testing"

	"google.golang.org/protobuf/proto"

	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
)

// raise gives a command that asks for meals, changed.
func raise(change func(b *matchingv1.RaiseNeed)) func(w *world) proto.Message {
	return func(*world) proto.Message {
		b := &matchingv1.RaiseNeed{Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{}, Text: text("soup")}
		change(b)
		return b
	}
}

// TestNeeds: who may ask for what.
func TestNeeds(t *testing.T) {
	t.Parallel()
	const op = "matching.raise_need"
	row := func(name, refused string, change func(b *matchingv1.RaiseNeed)) scenario {
		return scenario{name: name, given: raise(change), who: "ann", operation: op, refused: refused}
	}
	raised := []string{"asking: OpenNeedsListed", "need: NeedRaised"}
	full := func(w *world) proto.Message {
		for range 20 {
			w.need("ann", 1)
		}
		return raise(func(*matchingv1.RaiseNeed) {})(w)
	}
	forBob := raise(func(b *matchingv1.RaiseNeed) { b.Beneficiary = id("bob") })
	play(t, []scenario{
		{name: "for oneself", given: raise(func(*matchingv1.RaiseNeed) {}), who: "ann", operation: op, then: raised},
		{name: "for another, by a grid worker", given: forBob, who: "gwen", operation: op, then: raised},
		{name: "for another, by a neighbour", given: forBob, who: "ann", operation: op, refused: "need.for_other"},
		{name: "one too many", given: full, who: "ann", operation: op, refused: "need.limit"},
		row("an unknown skill", "skill.unknown", func(b *matchingv1.RaiseNeed) { b.Skill = "poetry" }),
		row("nothing", "matching.quantity", func(b *matchingv1.RaiseNeed) { b.Quantity = 0 }),
		row("too much", "matching.quantity", func(b *matchingv1.RaiseNeed) { b.Quantity = 100_001 }),
		row("nowhere", "matching.cell", func(b *matchingv1.RaiseNeed) { b.Cell = nil }),
		row("off the map", "matching.cell", func(b *matchingv1.RaiseNeed) { b.Cell.North = -10_001 }),
		row("over before it begins", "matching.window", func(b *matchingv1.RaiseNeed) { b.From, b.Until = start+9, start+9 }),
		row("over", "matching.window", func(b *matchingv1.RaiseNeed) { b.Until = start }),
		row("an unknown language", "matching.code_unknown", func(b *matchingv1.RaiseNeed) { b.Languages = []string{"la"} }),
		row("an attestation twice", "matching.code_unknown", func(b *matchingv1.RaiseNeed) { b.Attestations = []string{"female", "female"} }),
		row("too long a list", "matching.list_long", func(b *matchingv1.RaiseNeed) { b.Excluded = slices.Repeat([]string{id("x")}, 21) }),
		row("no words", "text.malformed", func(b *matchingv1.RaiseNeed) { b.Text = nil }),
	})
}

// TestAssessment: how urgent it is, somebody else says.
func TestAssessment(t *testing.T) {
	t.Parallel()
	assess := func(who string, priority uint32) func(w *world) proto.Message {
		return func(w *world) proto.Message { return &matchingv1.AssessNeed{Need: w.need(who, 1), Priority: priority} }
	}
	gone := func(w *world) proto.Message {
		n := w.need("ann", 1)
		w.Do("need", "ann", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: n})
		return &matchingv1.AssessNeed{Need: n, Priority: 1}
	}
	const op = "matching.assess_need"
	play(t, []scenario{
		{name: "well", given: assess("ann", 9), who: "gwen", operation: op, then: []string{"need: NeedAssessed"}},
		{name: "of one's own", given: assess("gwen", 9), who: "gwen", operation: op, refused: "need.own_assessment"},
		{name: "off the scale", given: assess("ann", 10), who: "gwen", operation: op, refused: "need.priority"},
		{name: "by who asks", given: assess("ann", 9), who: "ann", operation: op, refused: "role.missing"},
		{name: "withdrawn", given: gone, who: "gwen", operation: op, refused: "need.withdrawn"},
	})
}

// TestProviders: who registers, attests and speaks for whom.
func TestProviders(t *testing.T) {
	t.Parallel()
	register := func(org, member string) func(w *world) proto.Message {
		return func(*world) proto.Message {
			return &matchingv1.RegisterProvider{
				Org: org, Member: id(member), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 3},
			}
		}
	}
	attest := func(who string) func(w *world) proto.Message {
		return func(w *world) proto.Message {
			p := w.Do("provider", who, "matching.register_provider", register(id("office"), "eve")(w))
			return &matchingv1.AttestProvider{Provider: p, Attestations: []string{"first-aid"}, Evidence: text("paper")}
		}
	}
	offer := func(w *world) proto.Message {
		return &matchingv1.PublishOffer{Provider: w.provider("bob", 0, 1), Skill: "meal", Capacity: 2}
	}
	const reg, att, pub = "matching.register_provider", "matching.attest_provider", "matching.publish_offer"
	play(t, []scenario{
		{name: "oneself", given: register("", "ann"), who: "ann", operation: reg, then: []string{"provider: ProviderRegistered"}},
		{name: "a neighbour", given: register("", "bob"), who: "ann", operation: reg, refused: "provider.not_your_org"},
		{name: "of another organisation", given: register(id("owners"), "bob"), who: "olga", operation: reg, refused: "provider.not_your_org"},
		{name: "attested by another", given: attest("olga"), who: "otto", operation: att, then: []string{"provider: ProviderAttested"}},
		{name: "attested by its own", given: attest("olga"), who: "olga", operation: att, refused: "provider.own_attestation"},
		{name: "more to offer", given: offer, who: "bob", operation: pub, then: []string{"offer: OfferPublished"}},
		{name: "in another's name", given: offer, who: "ann", operation: pub, refused: "provider.not_yours"},
	})
}

// TestPlansThatBreakARule: nothing in a plan is believed.
func TestPlansThatBreakARule(t *testing.T) {
	t.Parallel()
	plan := func(change func(w *world, p *matchingv1.AdoptPlan, n, bob, cat string)) func(w *world) proto.Message {
		return func(w *world) proto.Message {
			n, bob, cat := w.need("ann", 2), w.provider("bob", 1, 2), w.provider("cat", 1, 2)
			p := w.plan(match(n, 2, bob, cat))
			change(w, p, n, bob, cat)
			return p
		}
	}
	row := func(name, refused string, change func(w *world, p *matchingv1.AdoptPlan, n, bob, cat string)) scenario {
		return scenario{name: name, given: plan(change), who: "olga", operation: "matching.adopt_plan", refused: refused}
	}
	type p = *matchingv1.AdoptPlan
	play(t, []scenario{
		row("more than waits", "plan.quantity", func(_ *world, p p, _, _, _ string) { p.Matches[0].Quantity = 3 }),
		row("twice", "plan.quantity", func(_ *world, p p, _, _, _ string) { p.Matches = append(p.Matches, p.Matches[0]) }),
		row("more than is free", "fit.full", func(w *world, p p, _, bob, _ string) { w.offer("bob", bob, "meal", 1) }),
		row("nobody", "plan.match", func(_ *world, p p, _, _, _ string) { p.Matches[0].Providers = nil }),
		row("one twice", "plan.match", func(_ *world, p p, _, bob, _ string) { p.Matches[0].Providers = []string{bob, bob} }),
		row("too far", "fit.distance", func(w *world, p p, _, _, _ string) { p.Matches[0].Providers = []string{w.provider("dan", 11, 2)} }),
		row("for oneself", "fit.own_need", func(w *world, p p, _, _, _ string) {
			p.Matches[0].Providers = []string{w.provider("ann", 0, 2)}
		}),
		row("withdrawn", "need.withdrawn", func(w *world, _ p, n, _, _ string) {
			w.Do("need", "ann", "matching.withdraw_need", &matchingv1.WithdrawNeed{Need: n})
		}),
		row("retired", "provider.retired", func(w *world, _ p, _, bob, _ string) {
			w.Do("provider", "bob", "matching.retire_provider", &matchingv1.RetireProvider{Provider: bob})
		}),
		row("stands by for too much", "fit.standby_full", func(w *world, p p, n, bob, cat string) {
			dan := w.provider("dan", 1, 100)
			for _, who := range []string{"dan", "eve", "fay"} {
				w.assigned(match(w.Do("need", "olga", "matching.raise_need", raiseFor(who)), 2, dan, cat))
			}
		}),
		row("too old", "plan.old", func(_ *world, p p, _, _, _ string) { p.PlannedAt -= 11 * minute }),
		row("for a time to come", "plan.old", func(_ *world, p p, _, _, _ string) { p.PlannedAt++ }),
		row("no claim", "plan.claim", func(_ *world, p p, _, _, _ string) { p.Claim = 0 }),
		row("nothing", "plan.size", func(_ *world, p p, _, _, _ string) { p.Matches = nil }),
		row("a digest of what proves nothing", "plan.blob", func(_ *world, p p, _, _, _ string) { p.Digest = keyOf("x") }),
		row("left for no reason", "plan.shortage", func(w *world, p p, n, _, _ string) {
			p.Matches, p.Unserved = nil, []*matchingv1.Unserved{{Need: n, Quantity: 1}}
		}),
	})
}

func raiseFor(who string) *matchingv1.RaiseNeed {
	b := &matchingv1.RaiseNeed{Skill: "meal", Quantity: 2, Cell: &matchingv1.Cell{}, Text: text("soup")}
	if who != "dan" {
		b.Beneficiary = id(who)
	} else {
		b.Beneficiary = id("ann")
	}
	return b
}

// TestCare: a skill that requires an attestation is served by nobody without it, and by whom another organisation attests it.
func TestCare(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.provider("bob", 0, 1)
	w.offer("bob", bob, "care", 1)
	n := w.Do("need", "ann", "matching.raise_need", raise(func(b *matchingv1.RaiseNeed) { b.Skill = "care" })(w))
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(n, 1, bob))); got != "fit.not_attested" {
		t.Errorf("%s", got)
	}
	if plan, _ := w.proposed(); len(plan.GetMatches()) != 0 || plan.GetUnserved()[0].GetShortage() != matchingv1.Shortage_SHORTAGE_PERSON {
		t.Errorf("proposed: %v", plan)
	}
	w.Do("provider", "otto", "matching.attest_provider", &matchingv1.AttestProvider{
		Provider: bob, Attestations: []string{"first-aid"}, Evidence: text("paper"),
	})
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(n, 1, bob))); got != "" {
		t.Errorf("%s", got)
	}
}

// TestBreakerAndOverload: three silences open the breaker for half an hour; long at the limit is overloaded until there is room.
func TestBreakerAndOverload(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bob := w.provider("bob", 1, 5)
	for range 3 {
		w.assigned(match(w.need("ann", 1), 1, bob))
		w.later(10 * minute)
	}
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(w.need("ann", 1), 1, bob))); got != "fit.silent" {
		t.Errorf("after three silences: %q", got)
	}
	w.later(30 * minute)
	a := w.assigned(match(w.need("ann", 1), 1, bob))
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(w.need("ann", 1), 1, bob))); got != "fit.silent" {
		t.Errorf("a second thing at a time: %q", got)
	}
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: bob})
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(w.need("ann", 1), 1, bob))); got != "fit.silent" {
		t.Errorf("after a yes alone: %q", got)
	}
	w.Do("", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1})
	w.Do("", "ann", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: 1})
	a = w.assigned(match(w.need("ann", 1), 1, bob))
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: bob})
	b := w.assigned(match(w.need("dan", 4), 4, bob))
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: b, Provider: bob})
	w.Now += 30 * minute
	w.Do("", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1})
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(w.need("eve", 1), 1, bob))); got != "fit.overloaded" {
		t.Errorf("after half an hour at the limit: %q", got)
	}
	w.Do("", "bob", "matching.complete", &matchingv1.CompleteAssignment{Assignment: b, Quantity: 4})
	w.Now += 5 * minute
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(w.need("eve", 1), 1, bob))); got != "" {
		t.Errorf("with room again: %q", got)
	}
}

// TestModes: two organisations, and an end.
func TestModes(t *testing.T) {
	t.Parallel()
	mode := func(m matchingv1.Mode, until int64) func(w *world) proto.Message {
		return func(*world) proto.Message { return &matchingv1.SetMode{Mode: m, Until: until} }
	}
	const op, emergency, hours = "matching.set_mode", matchingv1.Mode_MODE_EMERGENCY, 60 * minute
	play(t, []scenario{
		{name: "alone", given: mode(emergency, start+hours), who: "olga", operation: op, refused: "mode.second_org"},
		{name: "with a neighbour", given: mode(emergency, start+hours), who: "olga", cosigner: "ann", operation: op, refused: "mode.second_org"},
		{name: "two", given: mode(emergency, start+72*hours), who: "olga", cosigner: "otto", operation: op, then: []string{"mode: ModeSet"}},
		{name: "too long", given: mode(emergency, start+72*hours+1), who: "olga", cosigner: "otto", operation: op, refused: "mode.unknown"},
		{name: "no end", given: mode(emergency, 0), who: "olga", cosigner: "otto", operation: op, refused: "mode.unknown"},
		{name: "none", given: mode(0, start+hours), who: "olga", cosigner: "otto", operation: op, refused: "mode.unknown"},
	})
}

// TestHelper: a helper under a mandate asks and confirms for a member, and who serves confirms nothing by another's hand.
func TestHelper(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mandate := id("mandate")
	w.Fact("mandate/"+mandate, &communityv1.MandateGranted{
		Principal: id("ann"), Helper: id("fay"), Acts: []communityv1.Act{communityv1.Act_ACT_NEEDS}, From: start, Until: start + 1000*minute,
	})
	n := w.Do("need", "fay", "matching.raise_need", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{}, Text: text("soup"), Principal: id("ann"), Mandate: mandate,
	})
	if got := w.needState(n); got.Beneficiary != id("ann") || !got.Helped {
		t.Errorf("need: %+v", got)
	}
	fay := w.provider("fay", 1, 1)
	a := w.assigned(match(n, 1, fay))
	w.Do("", "fay", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: fay})
	w.Do("", "fay", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1})
	confirm := &matchingv1.ConfirmAssignment{Assignment: a, Quantity: 1, Principal: id("ann"), Mandate: mandate}
	if got := w.Try("fay", "matching.confirm", confirm); got != "assignment.own_work" {
		t.Errorf("who served confirms for whom they helped: %q", got)
	}
	if got := w.Try("ann", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: 1}); got != "" {
		t.Errorf("%q", got)
	}
}
