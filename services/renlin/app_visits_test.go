package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	aidv1 "renlin.dev/proto/renlin/aid/v1"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// orders has a grid worker take a resident's case on, and takes five orders on, of a meal each.
func (a inApp) orders(person, worker *client.Device) (orders []string) {
	a.Helper()
	role := &communityv1.GrantRole{Member: worker.Member, Role: communityv1.Role_ROLE_GRID_WORKER, Org: a.First.Org}
	if _, err := a.First.Do(a.Context(), "community.grant_role", "members/"+worker.Member+"/roles", role); err != nil {
		a.Fatal(err)
	}
	file := client.NewID()
	a.made(person, "", "aid.register", "beneficiaries", &aidv1.RegisterBeneficiary{Beneficiary: file, Member: person.Member})
	for _, p := range []aidv1.ConsentPurpose{
		aidv1.ConsentPurpose_CONSENT_PURPOSE_CASE_WORK, aidv1.ConsentPurpose_CONSENT_PURPOSE_DELIVERY,
	} {
		a.made(person, "", "aid.give_consent", "beneficiaries/"+file+"/consents", &aidv1.GiveConsent{Beneficiary: file, Purpose: p})
	}
	id := a.made(person, "aid-case", "aid.request", "aid-cases", &aidv1.RequestAid{
		Beneficiary: file, Channel: aidv1.RequestChannel_REQUEST_CHANNEL_SELF, Category: "food", Unit: "meal", Quantity: 5,
		Urgency: aidv1.Urgency_URGENCY_ORDINARY, Text: a.sealed(person, file),
	})
	at := "aid-cases/" + id
	a.made(worker, "", "aid.assign", at+"/assignment", &aidv1.AssignCase{Case: id, Worker: worker.Member})
	words := a.sealed(worker, file)
	a.made(worker, "", "aid.assess", at+"/assessment", &aidv1.AssessCase{Case: id, Urgency: aidv1.Urgency_URGENCY_ORDINARY, Findings: words})
	a.made(worker, "", "aid.plan", at+"/plan", &aidv1.PlanCase{Case: id, Plan: words})
	a.made(a.First.Device, "", "aid.approve", at+"/approval", &aidv1.ApproveAid{Case: id, Quantity: 5})
	for range 5 {
		order := a.made(worker, "work-order", "aid.order", at+"/work-orders", &aidv1.OrderWork{Case: id, Member: worker.Member, Quantity: 1})
		a.made(worker, "", "aid.answer_order", "work-orders/"+order+"/answer", &aidv1.AnswerOrder{Order: order, Accept: true})
		orders = append(orders, order)
	}
	slices.Sort(orders)
	return orders
}

// TestVisitsInBrowser: five forms of visits are written without a network, and the app is opened anew without one; with a network they become
// five records, and after reloading they do not become more.
func TestVisitsInBrowser(t *testing.T) {
	a := newInApp(t)
	a.do(chromedp.EmulateViewport(390, 844))
	worker := admitVoters(t, a.Neighbourhood, 1)[0]
	orders := a.orders(a.voters[0], worker)
	a.enter(worker)
	a.to("rounds")
	a.says("吃饭")
	a.do(chromedp.WaitVisible("#field-building"), chromedp.SendKeys("#field-building", "3"))
	a.press("#building-keep")
	a.says("3 号楼")
	a.picture("help-rounds")
	for _, order := range orders { // read while there is a network, as one does before setting out
		a.goes("visit&id="+order, "#field-visit-said")
	}
	a.filesKept()
	a.network(false)
	for i, order := range orders {
		a.goes("rounds", "#field-scan")
		a.goes("visit&id="+order, "#field-visit-said")
		a.do(chromedp.SendKeys(onTop("#field-visit-said"), fmt.Sprint("送到 ", i)))
		a.press(onTop("#visit-send"))
		a.says("有网络后自动发送")
	}
	a.picture("help-visit-waiting")
	a.do(chromedp.Reload(), chromedp.WaitVisible(".face .title"))
	a.goes("outbox", ".title")
	read(a.tab, chromedp.Poll[bool](`document.querySelectorAll(`+quoted(onTop(".card"))+`).length === 5`))
	a.picture("help-visit-waiting-reloaded")
	if n := a.visits(worker, orders); n != 0 {
		t.Errorf("%d records without a network", n)
	}
	a.network(true)
	a.to("outbox")
	a.says("没有待发送的内容")
	a.picture("help-visits-sent")
	if n := a.visits(worker, orders); n != 5 {
		t.Errorf("five forms became %d records", n)
	}
	for range 2 {
		a.do(chromedp.Reload(), chromedp.WaitVisible(".face .title"))
		a.says("没有待发送的内容")
	}
	if n := a.visits(worker, orders); n != 5 {
		t.Errorf("after reloading there are %d records", n)
	}
}

// filesKept waits until the app's worker keeps all of its files.
func (a inApp) filesKept() {
	a.Helper()
	read(a.tab, chromedp.Evaluate[bool](`navigator.serviceWorker.ready.then((r) => !!r.active)`, chromedp.EvalAwaitPromise))
}

// onTop selects something of the screen that is seen: those below it are still there.
func onTop(selector string) string { return ".taro_router > .taro_page:last-child " + selector }

// goes changes the screen without loading the app again, which takes a network, and waits for something of it.
func (a inApp) goes(screen, selector string) {
	a.Helper()
	read(a.tab, chromedp.Evaluate[bool](fmt.Sprintf(`location.hash = "#/pages/screen/index?name=%s", true`, screen)))
	const there = `location.hash.includes(%q) && !!document.querySelector(%q)?.checkVisibility()`
	read(a.tab, chromedp.Poll[bool](fmt.Sprintf(there, screen, onTop(selector))))
}

// visits counts the visits that are on the record.
func (a inApp) visits(worker *client.Device, orders []string) (n int) {
	a.Helper()
	for _, order := range orders {
		var state struct {
			Delivered int64 `json:"delivered"`
		}
		raw, err := a.record(worker, "work-order/"+order)
		if err == nil {
			err = json.Unmarshal(raw, &state)
		}
		if err != nil {
			a.Fatal(err)
		}
		n += int(state.Delivered)
	}
	return n
}

func (a inApp) record(d *client.Device, path string) (raw json.RawMessage, err error) {
	soon, cancel := context.WithTimeout(a.Context(), time.Minute)
	defer cancel()
	_, err = d.Record(soon, path, 0, &raw)
	return raw, err
}
