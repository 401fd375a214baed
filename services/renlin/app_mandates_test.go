package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/fault"
)

// accepts has a helper accept in the app what somebody has just asked of them.
func (a inApp) accepts(helper *client.Device) {
	a.Helper()
	a.anew(helper)
	a.says("有一项委托等您处理")
	a.to("helpers")
	a.pressNamed("接受委托")
	a.says("有效")
}

// TestMandateInBrowser: from granting to use to revoking. A member lets a neighbour raise topics; the neighbour raises one for them, and
// the screen names both; the member is told, takes it back, and ends the mandate, after which the neighbour is offered nothing any more.
func TestMandateInBrowser(t *testing.T) {
	a := newInApp(t)
	principal, helper := a.voters[0], a.voters[1]
	a.enter(principal)
	a.to("helpers")
	a.types("grant-helper", helper.Member)
	a.press("#act-TOPICS")
	a.press("#act-SECONDS")
	a.picture("mandate-grant")
	a.press("#grant-send")
	a.says("对方接受后生效")
	a.accepts(helper)
	a.to("raise")
	a.press(".choices .button")
	a.pressNamed("为 " + onScreen(principal.Member))
	a.says("以受托人身份为成员")
	a.types("topic", "楼道灯坏了，走路看不清")
	a.picture("mandate-raise")
	a.press("#raise")
	a.says("议题已提交")
	if err := helper.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	topics, err := helper.Records(t.Context(), "topic", "", 0)
	if err != nil || len(topics.Records) != 1 {
		t.Fatalf("topics: %v %v", topics, err)
	}
	id := strings.TrimPrefix(topics.Records[0].Path, "topic/")
	var topic struct{ Author, State string }
	stands := func(author, state string) {
		t.Helper()
		if _, err := helper.Record(t.Context(), "topic/"+id, 0, &topic); err != nil || topic.Author != author || topic.State != state {
			t.Errorf("the topic: %+v, %v", topic, err)
		}
	}
	stands(principal.Member, "open")
	a.anew(principal)
	a.says("受托人替您办了 1 件事")
	a.to("inbox")
	a.says("受托人已代您提出议题")
	a.says("委托人 " + onScreen(principal.Member))
	a.picture("mandate-told")
	a.press("#acted-right")
	a.press("#undo-" + id)
	read(a.tab, chromedp.Poll[bool](`!document.querySelector("[id^=undo-]")`))
	stands(principal.Member, "withdrawn")
	a.to("helpers")
	a.pressNamed("看办了哪些事")
	a.says("提出议题")
	a.pressNamed("立即结束委托")
	a.says("已结束")
	a.picture("mandate-ended")
	a.anew(helper)
	a.to("raise")
	a.do(chromedp.WaitVisible(".choices .button"))
	a.to("helpers")
	a.says("已结束")
	a.to("raise")
	a.do(chromedp.WaitVisible(".choices .button"))
	if said := read(a.tab, chromedp.Text("body")); strings.Contains(said, "为谁办理") {
		t.Errorf("after the end it is still offered: %s", said)
	}
}

// TestWrittenProxyInBrowser: in one poll, by a written delegation that is sealed, a helper casts the ballot of whom they help, who is told
// and may vote anew.
func TestWrittenProxyInBrowser(t *testing.T) {
	a := newInApp(t)
	principal, helper := a.voters[0], a.voters[1]
	a.enter(principal)
	a.to("helpers")
	a.types("grant-helper", helper.Member)
	a.press("#act-BALLOTS")
	a.press("#grant-poll-" + a.poll)
	a.types("grant-written", "委托对方在本次表决中投同意")
	a.press("#grant-send")
	a.says("对方接受后生效")
	a.accepts(helper)
	a.to("poll&id=" + a.poll)
	a.pressNamed("为 " + onScreen(principal.Member))
	a.says("以受托人身份为成员")
	a.press("#option-0")
	a.picture("mandate-vote")
	a.press("#cast")
	a.says("您所代办的成员已有选票在记录中")
	if err := principal.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := a.record(principal, "poll/"+a.poll+"/ballot/"+principal.Member); err == nil {
		_, err = a.record(principal, "poll/"+a.poll+"/ballot/"+helper.Member)
		wantFault(t, "the helper's own ballot", err, fault.NotFound, "record.unknown")
	} else {
		t.Errorf("the ballot: %v", err)
	}
	a.anew(principal)
	a.to("inbox")
	a.says("受托人已代您投票")
	a.pressNamed("自己投票取代")
	a.press(onTop("#option-1"))
	a.press(onTop("#cast"))
	a.says("选票已密封投出")
	mustCast(t, helper, a.poll, a.state, no)
	tally := tallyOf(t, a.Neighbourhood, a.poll)
	if tally.GetBallots() != 2 || tally.GetReplaced() != 1 || tally.GetTotals()[0].GetHeads() != 0 {
		t.Errorf("each one word, the voter's own for theirs: %v", tally)
	}
}
