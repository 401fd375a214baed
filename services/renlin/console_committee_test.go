package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/chain"
	"renlin.dev/pkg/client"
	proposalv1 "renlin.dev/proto/renlin/proposal/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// shownMax is how soon a consequence stands on a screen after what caused it was answered: the notice after the second that reaches the
// threshold, the substitute after a refusal. Only a machine with nothing else to do is held to it.
const shownMax = 2 * time.Second

// soon holds what is shown by now to shownMax.
func (b *tab) soon(what string, since time.Time) {
	b.Helper()
	took := time.Since(since)
	b.Logf("%s after %v", what, took)
	if took > shownMax && os.Getenv("RENLIN_CI") != "" {
		b.Errorf("%s after %v, at most %v", what, took, shownMax)
	}
}

// device is a person of the example with their telephone.
func (o *worktop) device(i int) *client.Device {
	o.Helper()
	p := o.people[i]
	seed, err := hex.DecodeString(p.Seed)
	if err != nil {
		o.Fatal(err)
	}
	genesis, err := chain.ParseHash(p.Genesis)
	if err != nil {
		o.Fatal(err)
	}
	d := &client.Device{
		Gateway: client.New(o.address), Community: p.Community, Genesis: genesis, Member: p.Member, Key: ed25519.NewKeyFromSeed(seed),
	}
	if err := d.SignIn(o.Context()); err != nil {
		o.Fatal(err)
	}
	return d
}

// fill writes into a field, as a hand would: the page hears of it.
func (o *worktop) fill(selector, words string) {
	o.Helper()
	o.appears(selector)
	of, value := strconv.Quote(selector), strconv.Quote(words)
	read(o.tab, chromedp.Evaluate[bool](`(() => { const e = document.querySelector(`+of+`); e.value = `+value+`;
	  for (const kind of ["input", "change"]) e.dispatchEvent(new Event(kind, { bubbles: true }));
	  return true; })()`))
}

// usable holds a screen to what every screen must be: nothing to be pushed sideways, contrast, sizes, and all of it by keyboard.
func (o *worktop) usable(screen string) {
	o.Helper()
	if wide := read(o.tab, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`)); wide > 0 {
		o.Errorf("%s: %d pixels too wide", screen, wide)
	}
	o.legible(screen)
	o.tabsThrough(screen)
}

// raise has residents post two topics and second them, the last second apart: it reaches the threshold.
func (o *worktop) raise() (last func()) {
	o.Helper()
	var topics []string
	for i, words := range []string{"把 3 号楼前的空地改成菜园和长椅", "小广场的树荫太少"} {
		d := o.device(2 + i)
		sealed, err := d.PutText(o.Context(), d.Member, words)
		if err != nil {
			o.Fatal(err)
		}
		answer, err := d.Do(o.Context(), "proposal.post", "topics",
			&proposalv1.PostTopic{Matter: neighbourhood.MatterGreening, Text: neighbourhood.Text(sealed)})
		if err != nil {
			o.Fatal(err)
		}
		for _, path := range answer.Changed {
			if id, ok := strings.CutPrefix(path, "topic/"); ok && !strings.Contains(id, "/") {
				topics = append(topics, id)
			}
		}
	}
	second := func(d *client.Device) {
		o.Helper()
		path := "topics/" + topics[0] + "/seconds"
		if _, err := d.Do(o.Context(), "proposal.second", path, &proposalv1.SecondTopic{Topic: topics[0]}); err != nil {
			o.Fatal(err)
		}
	}
	second(o.device(4))
	d := o.device(5)
	return func() { second(d) }
}

// TestCommitteeInBrowser: the second that reaches the threshold makes the notice appear on the committee's screen by itself and at once;
// the convener reads what was said, closes with minutes and a motion, and sees the poll that the rule calls, its rules, and no count.
func TestCommitteeInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	last := o.raise()
	o.goes("topics")
	o.says("绿化与公共空间")
	o.says("现有 3 人支持，需要 4 人")
	o.press("打开文字") // of either of the two
	o.until(`document.querySelectorAll("main .words").length === 1`)
	o.press("打开文字")
	o.says("把 3 号楼前的空地改成菜园和长椅")
	o.picture("console-topics-1280")
	o.usable("topics")
	o.goes("")
	o.says("目前没有等待处理的事项")
	o.until(`document.querySelector("footer")?.innerText.includes("本页随记录实时更新")`) // until its stream is up, the page asks every three seconds
	last()
	began := time.Now()
	o.says("协商会议：")
	o.soon("the notice appears", began)
	o.picture("console-notice-1280")
	o.press("协商会议：")
	o.says("门槛")
	o.picture("console-deliberation-1280")
	o.usable("deliberation")
	o.fill("#minutes", "讨论了菜园、长椅与树荫；多数赞成先装长椅。")
	o.fill("#title", "3 号楼前空地改建")
	o.fill("#text", "先装四张长椅，并在东侧种三棵树。")
	o.press("公布纪要并提出方案")
	o.says("查看由此形成的方案")
	o.press("查看由此形成的方案")
	o.says("先装四张长椅")
	o.picture("console-motion-1280")
	o.press("查看表决")
	o.says("本次表决的规则")
	o.says("投票进行中")
	o.says("截止前不计票")
	if text := read(o.tab, chromedp.Text("main")); strings.Contains(text, "票数") {
		t.Errorf("before the close the page tells of votes: %s", text)
	}
	o.picture("console-poll-1280")
	o.usable("poll")
	for screen, says := range map[string]string{ // any order: they do not depend on each other
		"rules": "第 1 版", "members": "接纳成员", "mandates": "全部委托", "invites": "已使用", "polls": "3 号楼前空地改建", "motions": "已付表决",
	} {
		o.goes(screen)
		o.says(says)
		o.until(`!document.querySelector("[aria-busy=true]")`)
		o.picture("console-" + screen + "-1280")
		o.usable(screen)
	}
}

// takeOver has the browser take somebody over out of a pilot's file of people.
func (o *worktop) takeOver(people []person, i int) {
	o.Helper()
	raw, err := json.Marshal(people[i : i+1])
	if err != nil {
		o.Fatal(err)
	}
	name := filepath.Join(o.TempDir(), "people.json")
	if err := os.WriteFile(name, raw, 0o600); err != nil {
		o.Fatal(err)
	}
	read(o.tab, chromedp.Evaluate[bool](`location.hash = "#/"; true`))
	o.press("试用")
	o.do(chromedp.SetUploadFiles("#people", []string{name}))
	if people[i].What == "officer" {
		o.press("任职者")
	} else {
		o.press("居民")
	}
	o.appears("nav")
}

// TestPollInBrowser, on a screen of 360 pixels: an officer whom the rulebook lets call polls reads the rules, writes the question and calls
// one; nobody sees a count before the close; then the certificate stands there with its inequalities. A resident is refused what is for
// officers, with the code of the refusal.
func TestPollInBrowser(t *testing.T) {
	b := browser(t)
	address, _ := startPilot(t)
	n, voters := foundVoters(t, address, 3)
	o := &worktop{tab: b, address: address, community: n.Community}
	of := func(d *client.Device, what string) person {
		return person{
			Community: n.Community, Genesis: n.Genesis.String(), Member: d.Member, What: what, Seed: hex.EncodeToString(d.Key.Seed()),
		}
	}
	o.people = []person{of(n.First.Device, "officer"), of(voters[0], "resident")}
	b.do(chromedp.EmulateViewport(360, 740), chromedp.Navigate(address+"/console/"))
	o.press("中文")
	o.picture("console-start-360")
	o.usable("start")
	o.takeOver(o.people, 0)
	o.goes("polls/new")
	o.says("将适用的规则")
	o.fill("#title", "楼前装长椅吗")
	o.fill("#text", "是否在 3 号楼前安装四张长椅？")
	o.picture("console-poll-new-360")
	o.usable("poll-new")
	o.press("签名并发起")
	o.says("截止前不计票")
	o.says("投票进行中")
	at := read(b, chromedp.Location())
	poll := at[strings.LastIndex(at, "/")+1:]
	state, err := n.AwaitPoll(t.Context(), n.First.Device, poll, "open", func(p *neighbourhood.PollState) bool { return p.Roll != nil })
	if err != nil {
		t.Fatal(err)
	}
	o.says("已有 0 人投票，名册上共 3 人")
	mustCast(t, voters[0], poll, state, yes)
	mustCast(t, voters[1], poll, state, yes)
	o.says("截止前不计票")
	o.says("已有 2 人投票，名册上共 3 人")
	o.says("本次表决由您发起")
	o.picture("console-taking-360")
	o.usable("taking part")
	mustCast(t, voters[2], poll, state, no)
	o.until(`document.getElementById("certificate")?.textContent === "证书"`)
	o.says("2*3 >= 1*3 满足")
	o.says("选票从何而来")
	o.picture("console-certificate-360")
	o.usable("certificate")
	o.press("菜单")
	o.picture("console-menu-360")
	b.do(chromedp.EmulateViewport(320, 640)) // a large screen at 400 %
	for _, screen := range []string{"", "topics", "polls/" + poll, "rules", "members", "members/" + n.Second.Member, "mandates", "sessions"} {
		o.goes(screen)
		o.until(`!document.querySelector("[aria-busy=true]")`)
		if wide := read(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`)); wide > 0 {
			t.Errorf("%s: %d pixels too wide at 320", screen, wide)
		}
	}
	o.takeOver(o.people, 1)
	o.goes("invites")
	o.says("代码 role.missing")
	o.picture("console-refused-360")
}
