package main

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/client"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	matchingv1 "renlin.dev/proto/renlin/matching/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// made does something by a device and answers what it made of a kind.
func (a inApp) made(d *client.Device, kind, operation, path string, body proto.Message) string {
	a.Helper()
	answer, err := d.Do(a.Context(), operation, path, body)
	if err != nil {
		a.Fatalf("%s: %v", operation, err)
	}
	for _, changed := range answer.Changed {
		if id, ok := strings.CutPrefix(changed, kind+"/"); ok && !strings.Contains(id, "/") {
			return id
		}
	}
	return ""
}

// sealed has the vault seal some words of somebody.
func (a inApp) sealed(d *client.Device, subject string) *communityv1.Text {
	a.Helper()
	err := d.SignIn(a.Context())
	if err != nil {
		a.Fatal(err)
	}
	text, err := d.PutText(a.Context(), subject, "几句话")
	if err != nil {
		a.Fatal(err)
	}
	return neighbourhood.Text(text)
}

// mine asks what concerns a member.
func (a inApp) mine(d *client.Device) (out struct{ Needs, Asked []string }) {
	a.Helper()
	if err := d.SignIn(a.Context()); err != nil {
		a.Fatal(err)
	}
	if err := d.Get(a.Context(), "/v1/communities/"+a.Community+"/matching/mine", &out); err != nil {
		a.Fatal(err)
	}
	return out
}

// TestAskInBrowser: in elder mode help is asked for in three taps, from home on, and nobody's place goes with it.
func TestAskInBrowser(t *testing.T) {
	a := newInApp(t)
	a.do(chromedp.EmulateViewport(390, 844))
	a.enter(a.voters[0])
	read(a.tab, chromedp.Evaluate[bool](`localStorage["renlin/settings"] = '{"language":"zh","elder":true,"phone":"12345"}', true`))
	a.do(chromedp.Navigate("about:blank"))
	a.to("today")
	a.says("请人帮忙")
	a.picture("help-elder-today")
	const tile = `[...document.querySelectorAll(".row")].find((e) => e.innerText.includes("请人帮忙")).id = "tile", true`
	read(a.tab, chromedp.Evaluate[bool](tile))
	a.press("#tile")
	a.press("#kind-meal")
	const above = `(document.querySelector("#ask-send")?.getBoundingClientRect().bottom ?? Infinity) <=
		document.querySelector(".taro_page:last-child .tabs").getBoundingClientRect().top`
	read(a.tab, chromedp.Poll[bool](above))
	a.picture("help-elder-ask")
	a.press("#ask-send")
	a.says("已发出")
	a.picture("help-elder-sent")
	needs := a.mine(a.voters[0]).Needs
	if len(needs) != 1 {
		t.Fatalf("three taps made %d needs", len(needs))
	}
	var need struct {
		Skill, Beneficiary string
		Quantity           int64
		Cell               struct{ East, North int32 }
	}
	if _, err := a.voters[0].Record(t.Context(), "need/"+needs[0], 0, &need); err != nil {
		t.Fatal(err)
	}
	if need.Skill != "meal" || need.Quantity != 1 || need.Beneficiary != a.voters[0].Member || need.Cell.East != 0 || need.Cell.North != 0 {
		t.Errorf("the need: %+v", need)
	}
}

// provides puts a member on the list of those who bring meals.
func (a inApp) provides(d *client.Device) string {
	a.Helper()
	reach := &matchingv1.Reach{Cell: &matchingv1.Cell{}, RadiusCells: 3, Languages: []string{"zh"}}
	provider := a.made(d, "provider", "matching.register_provider", "providers", &matchingv1.RegisterProvider{Member: d.Member, Reach: reach})
	a.made(d, "", "matching.publish_offer", "providers/"+provider+"/offers",
		&matchingv1.PublishOffer{Provider: provider, Skill: "meal", Capacity: 2})
	return provider
}

// TestReplacementInBrowser: whoever asked watches; the one who is asked first says no, and the screen says by itself who is asked now,
// and soon. That one says yes in the app, brings it, and it is confirmed.
func TestReplacementInBrowser(t *testing.T) {
	a := newInApp(t)
	a.do(chromedp.EmulateViewport(390, 844))
	asker, first := a.voters[0], a.voters[1]
	second := admitVoters(t, a.Neighbourhood, 1)[0]
	providers := []string{a.provides(first), a.provides(second)}
	need := a.made(asker, "need", "matching.raise_need", "needs", &matchingv1.RaiseNeed{
		Skill: "meal", Quantity: 1, Cell: &matchingv1.Cell{}, Languages: []string{"zh"}, Text: a.sealed(asker, asker.Member),
	})
	assignment := a.made(a.First.Device, "assignment", "matching.adopt_plan", "plans", &matchingv1.AdoptPlan{
		Claim: matchingv1.Claim_CLAIM_PROVISIONAL, PlannedAt: time.Now().UnixMilli() - 1000,
		Matches: []*matchingv1.Match{{Need: need, Quantity: 1, Providers: providers}},
	})
	a.enter(asker)
	a.to("need&id=" + need)
	a.says("正在询问 " + onScreen(providers[0]))
	a.says("为什么是这一位：由工作人员选定；在方案所列有余力的人中没有更近的。")
	a.picture("help-need-asked")
	a.made(first, "", "matching.refuse", "assignments/"+assignment+"/refusal", &matchingv1.RefuseAssignment{
		Assignment: assignment, Provider: providers[0], Reason: matchingv1.Reason_REASON_BUSY,
	})
	said := time.Now()
	a.says("已换下一位")
	a.says("正在询问 " + onScreen(providers[1]))
	a.soon("the replacement is shown", said)
	a.says("由备份接替")
	a.picture("help-need-replaced")
	read(a.tab, chromedp.Evaluate[bool](`localStorage.clear(), true`))
	a.enter(second)
	a.to("job&id=" + assignment)
	a.says("为什么是这一位")
	a.press("#accept")
	a.press("#start")
	a.do(chromedp.WaitVisible("#field-job-words"), chromedp.SendKeys("#field-job-words", "交到本人手里"))
	a.picture("help-job")
	a.press("#complete")
	a.says("已送到")
	read(a.tab, chromedp.Evaluate[bool](`localStorage.clear(), true`))
	a.enter(asker)
	a.to("job&id=" + assignment)
	a.press("#came-all")
	a.says("已确认")
	a.picture("help-confirmed")
	var served struct{ Served, Acknowledged int64 }
	if _, err := asker.Record(t.Context(), "need/"+need, 0, &served); err != nil || served.Served != 1 || served.Acknowledged != 1 {
		t.Errorf("the need: %+v, %v", served, err)
	}
}

// onScreen is an id's beginning as a screen shows it.
func onScreen(id string) string { return id[:4] + " " + id[4:8] }
