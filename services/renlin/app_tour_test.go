package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// What is kept on the device of whoever wants the app so.
const (
	inChinese = `{"language":"zh","elder":false,"phone":"12345"}`
	inEnglish = `{"language":"en","elder":false,"phone":"12345"}`
	forElders = `{"language":"zh","elder":true,"phone":"12345"}`
)

// patientRulebook is the direct one, with deliberations that do not end while they are looked at.
func patientRulebook(firstOrg string) *communityv1.Rulebook {
	book := directRulebook(firstOrg)
	for _, m := range book.GetMatters() {
		m.DeliberationSeconds = 3600
	}
	return book
}

// view is what one person sees in the app. Who nobody is sees the way in.
type view struct {
	who     *client.Device
	screens []string
}

// furnish puts something on the record for each screen that shows one thing, and tells who sees them: somebody who has asked for meals and
// been brought some, and the neighbour who brings them and visits.
func (a inApp) furnish() (seen, worked view) {
	a.Helper()
	asker, others := a.voters[0], admitVoters(a.T, a.Neighbourhood, 3)
	worker := others[0]
	for _, d := range append(others, a.voters...) {
		if err := d.SignIn(a.Context()); err != nil {
			a.Fatal(err)
		}
	}
	lift := a.made(others[1], "topic", "proposal.post", "topics",
		&proposalv1.PostTopic{Matter: neighbourhood.MatterLift, Text: a.sealed(others[1], others[1].Member)})
	orders := a.orders(asker, worker)
	var order struct{ Case string }
	if _, err := worker.Record(a.Context(), "work-order/"+orders[0], 0, &order); err != nil {
		a.Fatal(err)
	}
	providers := []string{a.provides(worker), a.provides(others[2])}
	need, brought := a.planned(asker, providers)
	a.brings(worker, providers[0], brought)
	_, offered := a.planned(a.voters[1], providers)
	seen = view{asker, []string{
		"deliberation&id=" + a.convened(others), "topic&id=" + lift, "poll&id=" + a.poll, "need&id=" + need, "job&id=" + brought,
		"case&id=" + order.Case,
	}}
	return seen, view{worker, []string{"rounds", "visit&id=" + orders[0], "job&id=" + offered}}
}

// planned has somebody ask for a meal, and a plan say who brings it.
func (a inApp) planned(asker *client.Device, providers []string) (need, assignment string) {
	a.Helper()
	need = a.made(asker, "need", "matching.raise_need", "needs", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{}, Languages: []string{"zh"}, Text: a.sealed(asker, asker.Member),
	})
	return need, a.made(a.First.Device, "assignment", "matching.adopt_plan", "plans", &matchingv1.AdoptPlan{
		Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: time.Now().UnixMilli() - 1000,
		Matches: []*matchingv1.Match{{Need: need, Quantity: 1, Providers: providers}},
	})
}

// brings has a provider bring what they were asked for; nobody has confirmed it yet.
func (a inApp) brings(d *client.Device, provider, assignment string) {
	a.Helper()
	at := "assignments/" + assignment
	a.made(d, "", "matching.accept", at+"/acceptance", &matchingv1.AcceptAssignment{Assignment: assignment, Provider: provider})
	a.made(d, "", "matching.start", at+"/departure", &matchingv1.StartAssignment{Assignment: assignment})
	a.made(d, "", "matching.complete", at+"/completion",
		&matchingv1.CompleteAssignment{Assignment: assignment, Quantity: 1, Evidence: a.sealed(d, d.Member)})
}

// convened has three neighbours and the second voter raise and support a topic until the rule convenes a deliberation, and one of them say
// something.
func (a inApp) convened(others []*client.Device) (deliberation string) {
	a.Helper()
	topic := made(postTopic(a.T, others[0]), "topic")
	for _, d := range []*client.Device{others[1], others[2], a.voters[1]} {
		a.made(d, "", "proposal.second", "topics/"+topic+"/seconds", &proposalv1.SecondTopic{Topic: topic})
	}
	err := neighbourhood.Eventually(a.Context(), "deliberation", func() error {
		var t struct{ Deliberation string }
		if _, err := others[0].Record(a.Context(), "topic/"+topic, 0, &t); err != nil {
			return err
		}
		if deliberation = t.Deliberation; deliberation == "" {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil {
		a.Fatal(err)
	}
	a.made(others[1], "", "proposal.submit", "deliberations/"+deliberation+"/statements",
		&proposalv1.SubmitStatement{Deliberation: deliberation, Text: a.sealed(others[1], others[1].Member)})
	return deliberation
}

// tour leads through the app as several people see it, one screen after another.
func (a inApp) tour(settings string, views []view, look func(screen string)) {
	a.Helper()
	for _, v := range views {
		a.do(chromedp.Navigate(a.address+"/app/"), chromedp.WaitVisible(".face .title"))
		read(a.tab, chromedp.Evaluate[bool](fmt.Sprintf(`localStorage.clear(); localStorage["renlin/settings"] = %q; true`, settings)))
		if v.who != nil {
			a.enter(v.who)
		} else {
			a.do(chromedp.Navigate("about:blank"), chromedp.Navigate(a.address+"/app/"), chromedp.WaitVisible("#enrol"))
		}
		for _, screen := range v.screens {
			a.do(chromedp.EmulateViewport(360, 740))
			if v.who != nil {
				a.turns(screen)
			}
			look(strings.Split(screen, "&")[0])
		}
	}
}

// turns goes to a screen without loading the app again, and waits until it is there with what it reads.
func (a inApp) turns(screen string) {
	a.Helper()
	const top = `document.querySelector(".taro_router > .taro_page:last-child")`
	read(a.tab, chromedp.Evaluate[bool](top+`.dataset.before = "1"; location.hash = `+quoted("#/pages/screen/index?name="+screen)+`; true`))
	read(a.tab, chromedp.Poll[bool](`((e) => e && !e.dataset.before && e.querySelector(".title")?.checkVisibility() &&
	  !e.querySelector(".main [aria-busy=true]"))(`+top+`)`, chromedp.WithPollingTimeout(2*time.Minute)))
}

// everything is all that the app has, by who sees it.
func (a inApp) everything() []view {
	a.Helper()
	seen, worked := a.furnish()
	seen.screens = append(seen.screens, append(appScreens, helpScreens...)...)
	return []view{{screens: []string{"welcome"}}, seen, worked}
}

// TestAppOfOneThingInBrowser walks the way in, and the screens of one topic, deliberation, poll, need, job, case and visit, as the others
// are walked: width, contrast, keyboard, and in elder mode sizes, height of lines and gaps.
func TestAppOfOneThingInBrowser(t *testing.T) {
	a := newInApp(t)
	seen, worked := a.furnish()
	a.do(chromedp.Navigate(a.address+"/app/"), chromedp.WaitVisible("#enrol"))
	a.walk([]string{"welcome"})
	for _, v := range []view{seen, worked} {
		read(a.tab, chromedp.Evaluate[bool](`localStorage.clear(), true`))
		a.enter(v.who)
		a.walk(v.screens)
	}
}

// TestAxeOfAppInBrowser: axe-core finds nothing on any screen of the app, in either language and in elder mode.
func TestAxeOfAppInBrowser(t *testing.T) {
	a := newInApp(t)
	all := a.everything()
	for name, settings := range map[string]string{"zh": inChinese, "en": inEnglish, "elder": forElders} { // any order: each is by itself
		a.tour(settings, all, func(screen string) { a.axe(name + " " + screen) })
	}
}

// TestZoomOfAppInBrowser: each screen of the app at 200 % and 400 %, and with letters twice as large; and whoever hears it is told what
// everything is.
func TestZoomOfAppInBrowser(t *testing.T) {
	a := newInApp(t)
	all := a.everything()
	for name, settings := range map[string]string{"zh": inChinese, "en": inEnglish} { // any order: each is by itself
		a.tour(settings, all, func(screen string) {
			at := "app " + name + " " + screen
			a.ordered(at)
			a.enlarged(at)
			if screen == "topic" && name == "en" {
				a.press("#second") // what became of it is said by itself
				a.aloud("It is on the record")
			}
		})
	}
}
