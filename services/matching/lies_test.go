package matching_test

import (
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/decider"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/matching/internal/dispatch"
	"renlin.dev/services/matching/internal/supply"
)

// proven gives a plan that says that it is optimal, without prices.
func (w *world) proven(matches ...*matchingv1.Match) *matchingv1.AdoptPlan {
	p := w.plan(matches...)
	for _, m := range p.Matches {
		m.Reason = 0
	}
	p.Claim, p.Block = matchingv1.Claim_CLAIM_OPTIMAL, w.State.Head().Encode()
	return p
}

// mode has two organisations set a mode for an hour.
func (w *world) mode(m matchingv1.Mode) {
	w.Helper()
	if _, err := w.Submit(w.Input("olga", "matching.set_mode", &matchingv1.SetMode{Mode: m, Until: w.Now + 60*minute}, "otto")); err != nil {
		w.Fatalf("%v", err)
	}
}

// TestIdleOffer: what a plan takes itself is no load yet, however long the offer has been idle: neither does that hide the cheaper offer
// from the proof, nor does it stop an honest proposal.
func TestIdleOffer(t *testing.T) {
	t.Parallel()
	idle := func() (w *world, many, one string) {
		w = newWorld(t)
		many, one = w.need("ann", 19), w.need("dan", 1)
		w.Do("", "gwen", "matching.assess_need", &matchingv1.AssessNeed{Need: many, Priority: 5})
		return w, many, one
	}
	w, many, one := idle()
	bob, cat := w.provider("bob", 0, 20), w.provider("cat", 9, 5)
	w.later(120 * minute)
	if got := w.Try("olga", "matching.adopt_plan", w.proven(match(many, 19, bob), match(one, 1, cat))); got != "plan.not_optimal" {
		t.Errorf("the far one in place of the near one, which has room: %q", got)
	}
	w, _, _ = idle()
	w.provider("bob", 0, 20)
	w.later(120 * minute)
	plan, _ := w.proposed()
	if got := w.Try("olga", "matching.adopt_plan", plan); got != "" || len(plan.GetMatches()) != 2 {
		t.Errorf("an honest proposal: %q, %v", got, plan)
	}
}

// TestUnproved: a program shows that its plan is optimal, and prices stand on the record only where they were held against something.
func TestUnproved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, bob, cat := w.need("ann", 1), w.provider("bob", 0, 5), w.provider("cat", 9, 5)
	priced := w.plan(match(n, 1, bob))
	priced.Prices = []*matchingv1.ShadowPrice{price(bob, 1<<39)}
	if got := w.Try("olga", "matching.adopt_plan", priced); got != "plan.price" {
		t.Errorf("a price of a provisional plan: %q", got)
	}
	for _, mode := range []matchingv1.Mode{matchingv1.Mode_MODE_EMERGENCY, matchingv1.Mode_MODE_VETO} {
		w.mode(mode)
		if got := w.Try("robo", "matching.adopt_plan", w.plan(match(n, 1, cat))); got != "plan.unproved" {
			t.Errorf("a program's provisional plan in %s: %q", mode, got)
		}
	}
	plan, _ := w.proposed()
	if got := w.Try("robo", "matching.adopt_plan", plan); got != "" {
		t.Errorf("a program's proof: %q", got)
	}
}

// TestReservedNoMore: whoever has said while objections were waited for that they can do less is not asked for more.
func TestReservedNoMore(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, bob := w.need("ann", 5), w.provider("bob", 0, 5)
	w.mode(matchingv1.Mode_MODE_VETO)
	a := w.Do("assignment", "robo", "matching.adopt_plan", w.proven(match(n, 5, bob)))
	w.offer("bob", bob, "meal", 1)
	w.later(31 * minute)
	if got := w.assignment(a); got.State != dispatch.Released || w.offerState(bob).Taken != 0 || w.needState(n).Waiting != 5 {
		t.Errorf("%+v %+v", got, w.offerState(bob))
	}
}

// TestHeardInTime: a program's plan is written while the mode holds that hears it, or not at all.
func TestHeardInTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n, bob := w.need("ann", 1), w.provider("bob", 0, 5)
	w.mode(matchingv1.Mode_MODE_EMERGENCY)
	w.Now += 60*minute - 1
	c, err := w.Submit(w.Input("robo", "matching.adopt_plan", w.proven(match(n, 1, bob))))
	if err != nil || c.WindowUntil != w.Now+1 {
		t.Errorf("%v: written until %d, the mode holds until %d", err, c.WindowUntil, w.Now+1)
	}
}

// TestExcludedForGood: who is excluded does not come back as another provider, of their own or of the same organisation.
func TestExcludedForGood(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	team := func(member string) string {
		p := w.Do("provider", "olga", "matching.register_provider", &matchingv1.RegisterProvider{
			Org: id("office"), Member: id(member), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 10},
		})
		w.offer("olga", p, "meal", 1)
		return p
	}
	bob, eve := w.provider("bob", 0, 1), team("eve")
	n := w.Do("need", "ann", "matching.raise_need", raise(func(b *matchingv1.RaiseNeed) { b.Excluded = []string{bob, eve} })(w))
	for name, again := range map[string]string{"himself": bob, "for the office": team("bob"), "the office": team("fay")} {
		if got := w.Try("olga", "matching.adopt_plan", w.plan(match(n, 1, again))); got != "fit.excluded" {
			t.Errorf("%s: %q", name, got)
		}
	}
	nobody := raise(func(b *matchingv1.RaiseNeed) { b.Excluded = []string{id("nobody")} })(w)
	if got := w.Try("ann", "matching.raise_need", nobody); got != "provider.unknown" {
		t.Errorf("who is unknown cannot be excluded, and whoever asks is told so: %q", got)
	}
}

// TestOnePersonIsOne: nobody is several providers, for themselves or for an organisation, nor stands behind themselves; and whoever comes
// again has the record that they had, and what they offered before no more.
func TestOnePersonIsOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	forOffice := &matchingv1.RegisterProvider{
		Org: id("office"), Member: id("bob"), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 10},
	}
	forHimself := &matchingv1.RegisterProvider{Member: id("bob"), Reach: forOffice.Reach}
	n, bob := w.need("ann", 1), w.provider("bob", 0, 2)
	office := w.Do("provider", "olga", "matching.register_provider", forOffice)
	w.offer("olga", office, "meal", 2)
	if own, org := w.Try("bob", "matching.register_provider", forHimself), w.Try("olga", "matching.register_provider", forOffice); own !=
		"provider.registered" || org != own {
		t.Errorf("a second time: %q, %q", own, org)
	}
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(n, 1, bob, office))); got != "plan.match" {
		t.Errorf("one person stands behind themselves: %q", got)
	}
	if plan, _ := w.proposed(); len(plan.GetMatches()[0].GetProviders()) != 1 {
		t.Errorf("proposed: %v", plan)
	}
	a := w.assigned(match(n, 1, bob))
	w.later(11 * minute)
	w.Do("", "bob", "matching.retire_provider", &matchingv1.RetireProvider{Provider: bob})
	if again := w.Do("provider", "bob", "matching.register_provider", forHimself); again != bob {
		t.Errorf("comes again as %s, was %s", again, bob)
	}
	if c := decider.Peek[supply.Conduct](w.State, supply.ConductPath(bob)); c == nil || c.Lapsed != 1 {
		t.Errorf("%s: conduct %+v", a, c)
	}
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(n, 1, bob))); got != "fit.not_offered" {
		t.Errorf("what was offered before: %q", got)
	}
	w.offer("bob", bob, "meal", 2)
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(n, 1, bob))); got != "" {
		t.Errorf("offered anew: %q", got)
	}
}

// TestOwnOrganisation: an organisation does not say of its own work that it was done, nor takes from others what it would get itself.
func TestOwnOrganisation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	team := w.Do("provider", "olga", "matching.register_provider", &matchingv1.RegisterProvider{
		Org: id("office"), Member: id("bob"), Reach: &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 10},
	})
	w.offer("olga", team, "meal", 5)
	cat := w.provider("cat", 0, 5)
	behind := w.assigned(match(w.need("dan", 1), 1, cat, team))
	over := &matchingv1.OverruleAssignment{Assignment: behind, Reason: matchingv1.Reason_REASON_OTHER}
	for _, who := range []string{"olga", "gwen"} {
		if got := w.Try(who, "matching.overrule", over); got != "assignment.own_work" {
			t.Errorf("%s overrules: %q", who, got)
		}
	}
	if got := w.Try("otto", "matching.overrule", over); got != "" {
		t.Errorf("another organisation overrules: %q", got)
	}
	a := w.assigned(match(w.need("ann", 2), 2, team))
	w.Do("", "olga", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: team})
	w.Do("", "olga", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 2})
	for _, who := range []string{"olga", "gwen"} {
		if got := w.Try(who, "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: 2}); got != "assignment.own_work" {
			t.Errorf("%s confirms: %q", who, got)
		}
	}
	if got := w.Try("otto", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a, Quantity: 2}); got != "" {
		t.Errorf("another organisation confirms: %q", got)
	}
}

// TestOldNeedsKeepNobodyWaiting: needs that nobody can serve, however many and however old, are no reason to propose nothing for others;
// and those that nobody has assessed do not come before what is urgent by growing old.
func TestOldNeedsKeepNobodyWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, who := range []string{"ann", "bob", "cat", "dan"} {
		for range 20 {
			w.Do("need", who, "matching.raise_need", raise(func(b *matchingv1.RaiseNeed) { b.Cell.East = 5000 })(w))
		}
	}
	eve := w.provider("eve", 0, 1)
	plan, _ := w.proposed()
	if got := w.Try("olga", "matching.adopt_plan", plan); got != "" || len(plan.GetUnserved()) != 80 {
		t.Fatalf("%q, %v", got, plan)
	}
	w.Admit("hal")
	w.need("hal", 1)
	w.later(6 * 24 * 60 * minute)
	urgent := w.need("fay", 1)
	w.Do("", "gwen", "matching.assess_need", &matchingv1.AssessNeed{Need: urgent, Priority: 7})
	if plan, _ = w.proposed(); len(plan.GetMatches()) != 1 || !proto.Equal(plan.GetMatches()[0], match(urgent, 1, eve)) {
		t.Errorf("proposed: %v", plan)
	}
}

// TestOneLargeNeed: a need that takes more providers than a plan has lines is left out, and the others of its skill are served.
func TestOneLargeNeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range 110 {
		who := fmt.Sprint("volunteer ", i)
		w.Admit(who)
		w.provider(who, 0, 1)
	}
	w.need("ann", 100_000)
	w.later(60 * minute)
	n := w.need("fay", 1)
	plan, _ := w.proposed()
	if len(plan.GetMatches()) != 1 || plan.GetMatches()[0].GetNeed() != n {
		t.Fatalf("proposed: %v", plan)
	}
	if got := w.Try("olga", "matching.adopt_plan", plan); got != "" {
		t.Errorf("%q", got)
	}
}

// TestBreakerStaysOpen: a yes alone, a word that it was done and nothing that arrived, and retiring from what was accepted are no way to
// be asked again and again.
func TestBreakerStaysOpen(t *testing.T) {
	t.Parallel()
	conduct := func(w *world, provider string) supply.Conduct {
		return *decider.Peek[supply.Conduct](w.State, supply.ConductPath(provider))
	}
	accepted := func(w *world, n, who, provider string) string {
		a := w.assigned(match(n, 1, provider))
		w.Do("", who, "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: provider})
		return a
	}
	w := newWorld(t)
	n, bob, cat, dan := w.need("ann", 1), w.provider("bob", 0, 5), w.provider("cat", 0, 5), w.provider("dan", 0, 5)
	for range 3 {
		accepted(w, n, "bob", bob)
		w.later(70 * minute)
	}
	if got := conduct(w, bob); got.Missed != 3 || got.Silent != 3 || got.OpenUntil <= w.Now-10*minute {
		t.Errorf("accepts and is not seen: %+v", got)
	}
	for range 3 {
		a := accepted(w, n, "cat", cat)
		if got := w.Try("cat", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a}); got != "assignment.nothing_done" {
			t.Errorf("nothing is done: %q", got)
		}
		w.Do("", "cat", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1})
		w.Do("", "ann", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a})
	}
	if got := w.Try("olga", "matching.adopt_plan", w.plan(match(n, 1, cat))); got != "fit.silent" || conduct(w, cat).Failed != 3 {
		t.Errorf("says that it was done: %q, %+v", got, conduct(w, cat))
	}
	a := accepted(w, n, "dan", dan)
	w.Do("", "dan", "matching.retire_provider", &matchingv1.RetireProvider{Provider: dan})
	w.Settle()
	if got := conduct(w, dan); got.Failed != 1 || w.assignment(a).State != dispatch.Released {
		t.Errorf("retires: %+v", got)
	}
}

// TestTimeOfTheNeed: signs of life are due from when the need begins to a while after its end, and when it is over nothing of it waits
// again.
func TestTimeOfTheNeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const hours = 60 * minute
	n := w.Do("need", "ann", "matching.raise_need", raise(func(b *matchingv1.RaiseNeed) {
		b.From, b.Until = w.Now+48*hours, w.Now+50*hours
	})(w))
	bob := w.provider("bob", 0, 5)
	a := w.assigned(match(n, 1, bob))
	w.Do("", "bob", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: bob})
	if w.later(48 * hours); w.assignment(a).State != dispatch.Accepted {
		t.Errorf("missed before it begins: %+v", w.assignment(a))
	}
	for range 5 {
		w.Try("bob", "matching.check_in", &matchingv1.CheckIn{Assignment: a})
		w.later(50 * minute)
	}
	if got := w.assignment(a); got.State != dispatch.Released || w.needState(n).Waiting != 0 {
		t.Errorf("held by signs of life: %+v %+v", got, w.needState(n))
	}
	short := w.Do("need", "ann", "matching.raise_need", raise(func(b *matchingv1.RaiseNeed) { b.Until = w.Now + hours })(w))
	cat := w.provider("cat", 0, 5)
	a = w.assigned(match(short, 1, cat))
	w.Do("", "cat", "matching.accept", &matchingv1.AcceptAssignment{Assignment: a, Provider: cat})
	w.Do("", "cat", "matching.complete", &matchingv1.CompleteAssignment{Assignment: a, Quantity: 1})
	w.later(61 * minute)
	w.Do("", "ann", "matching.confirm", &matchingv1.ConfirmAssignment{Assignment: a})
	if got := w.needState(short); got.Waiting != 0 || got.Dropped != 1 || got.State != supply.Expired {
		t.Errorf("waits after its end: %+v", got)
	}
}

// TestForgedPlaces: a fact on an aggregate on which no rule puts it brings nobody down who reads the record.
func TestForgedPlaces(t *testing.T) {
	t.Parallel()
	for aggregate, event := range map[string]proto.Message{
		"offer/x": &matchingv1.OfferPublished{Capacity: 1}, "mode/a": &matchingv1.AssignmentOffered{Provider: "p", Until: 1},
		"mode/b": &matchingv1.NeedRaised{Until: 1}, "mode/c": &matchingv1.ProviderRetired{}, "mode/d": &matchingv1.AssignmentLapsed{},
		"mode/e": &matchingv1.AssignmentDone{}, "mode/f": &matchingv1.CheckedIn{CheckInBy: 1},
		"mode/g": &matchingv1.AssignmentPlanned{OpensAt: 1},
	} {
		w := newWorld(t)
		w.Fact(aggregate, event)
		if owed := w.Purposes(); len(owed) != 0 {
			t.Errorf("%s: %v", aggregate, owed)
		}
	}
}
