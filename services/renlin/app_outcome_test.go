package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	communityv1 "renlin.dev/proto/renlin/community/v1"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// pressSaying uses the first button that says something.
func (a inApp) pressSaying(words string) {
	a.Helper()
	const named = `[...document.querySelectorAll(".taro_page:last-child .button")].find((e) => e.innerText.includes(%WORDS%))`
	find := strings.ReplaceAll(named, "%WORDS%", "'"+words+"'")
	read(a.tab, chromedp.Poll[bool](find+" !== undefined"))
	read(a.tab, chromedp.Evaluate[bool]("("+find+").id = 'said', true"))
	a.press("#said")
}

// TestObjectInBrowser: who doubts a count says so in the app, once, while the rules let them; what was typed outlives a reload. The receipt
// goes to another device by the link that its code holds, and the public page checks it there.
func TestObjectInBrowser(t *testing.T) {
	b := browser(t)
	b.language("zh-CN")
	address, _ := startPilot(t)
	n, err := neighbourhood.Found(t.Context(), client.New(address), neighbourhood.Plan{
		Name:       "Objections",
		First:      &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_RESIDENTS_COMMITTEE, Name: "Committee"},
		Second:     &communityv1.Org{Kind: communityv1.OrgKind_ORG_KIND_GOVERNMENT, Name: "Street office"},
		FirstRoles: []communityv1.Role{communityv1.Role_ROLE_CONVENER},
		Rulebook: func(firstOrg string) *communityv1.Rulebook {
			book := directRulebook(firstOrg)
			for _, m := range book.GetMatters() {
				m.Poll.ObjectionSeconds = 3600
			}
			return book
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	voters := admitVoters(t, n, 2)
	poll, state := openPoll(t, n)
	a := inApp{b, n, address, poll, state, voters}
	a.enter(voters[0])
	a.to("poll&id=" + poll)
	a.press("#option-0")
	a.press("#cast")
	a.says("选票已密封投出")
	mustCast(t, voters[1], poll, state, no)
	tallyOf(t, n, poll)
	a.to("poll&id=" + poll)
	a.do(chromedp.WaitVisible("#field-objection"), chromedp.SendKeys("#field-objection", "少算了一张"))
	a.do(chromedp.Reload(), chromedp.WaitVisible("#field-objection"))
	read(a.tab, chromedp.Poll[bool](`document.querySelector("#field-objection").value === "少算了一张"`))
	a.picture("outcome-objection")
	a.press("#object")
	a.says("您的异议已记录")
	if _, err := n.First.Record(t.Context(), "poll/"+poll+"/objection/"+voters[0].Member, 0, &struct{}{}); err != nil {
		t.Errorf("no objection: %v", err)
	}
	a.to("receipts")
	a.pressSaying("显示二维码")
	a.do(chromedp.WaitVisible("svg.code"))
	a.picture("outcome-code")
	link := read(a.tab, chromedp.Evaluate[string](`document.querySelector(".link[target]").href`))
	a.do(chromedp.Navigate(link))
	a.says("回执有效")
	if left := read(a.tab, chromedp.Evaluate[string](`location.hash`)); left != "" {
		t.Errorf("the receipt stays in the address: %s", left)
	}
	a.picture("outcome-receipt")
}

// TestOutcomeInBrowser: what came of a vote is told in the app: the minutes, the result, and what was done.
func TestOutcomeInBrowser(t *testing.T) {
	b := browser(t)
	b.language("zh-CN")
	address, _ := startPilot(t)
	quiet := func(string, ...any) {}
	x, err := neighbourhood.FoundExample(t.Context(), client.New(address), quiet)
	if err != nil {
		t.Fatal(err)
	}
	loop, err := x.PlayLoop(t.Context(), quiet)
	if err != nil {
		t.Fatal(err)
	}
	a := inApp{b, x.Neighbourhood, address, loop.Poll, nil, x.Residents}
	a.enter(a.voters[0])
	a.to("poll&id=" + loop.Poll)
	a.says("后来怎样了")
	a.says("已办完")
	a.picture("outcome-done")
	a.to("deliberation&id=" + loop.Deliberation)
	a.says("会议纪要")
	a.picture("outcome-minutes")
}

// TestMergeInBrowser: two residents have raised the same; one proposes to merge, the other is told at home and agrees. What was typed in a
// request for help is there again after the app was closed.
func TestMergeInBrowser(t *testing.T) {
	a := newInApp(t)
	var topics [2]string
	for i, d := range a.voters {
		topics[i] = a.made(d, "topic", "proposal.post", "topics", &proposalv1.PostTopic{
			Matter: neighbourhood.MatterGreening, Text: a.sealed(d, d.Member),
		})
	}
	a.enter(a.voters[0])
	a.to("topic&id=" + topics[0])
	a.press("#merge")
	a.press("#merge-" + topics[1])
	a.picture("merge-propose")
	a.press("#merge-send")
	a.says("有人提议合并议题")
	a.picture("merge-proposed")
	a.to("aid")
	a.do(chromedp.WaitVisible("#field-aid-words"), chromedp.SendKeys("#field-aid-words", "腿脚不便"))
	a.do(chromedp.Navigate("about:blank"))
	a.to("aid")
	read(a.tab, chromedp.Poll[bool](`document.querySelector("#field-aid-words")?.value === "腿脚不便"`))
	read(a.tab, chromedp.Evaluate[bool](`localStorage.clear(), true`))
	a.enter(a.voters[1])
	a.says("有人提议合并您的议题")
	a.to("topic&id=" + topics[1])
	a.press("#merge-yes")
	a.says("已并入另一个议题")
	a.picture("merge-merged")
}
