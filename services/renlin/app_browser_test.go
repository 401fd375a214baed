package main

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// appScreens are those that a resident without any special part comes to, by their names in an address.
var appScreens = []string{
	"today", "inbox", "topics", "raise", "polls", "me", "receipts", "outbox", "profile", "data", "settings", "answer",
}

// helpScreens are those of helping and being helped, as far as they open by themselves.
var helpScreens = []string{"ask", "needs", "offer", "aid", "credits", "books", "helpers", "rounds", "safe", "intake", "rollcall"}

// inApp is a resident who uses the app in a browser, in a community with an open poll.
type inApp struct {
	*tab
	*neighbourhood.Neighbourhood
	address, poll string
	state         *neighbourhood.PollState
	voters        []*client.Device
}

func newInApp(t *testing.T) inApp {
	t.Helper()
	b := browser(t)
	b.language("zh-CN")
	address, _ := startPilot(t)
	n, voters := foundBy(t, address, 2, patientRulebook)
	poll, state := openPoll(t, n)
	return inApp{b, n, address, poll, state, voters}
}

// press uses a control by keyboard, as soon as it is there.
func (a inApp) press(selector string) {
	a.Helper()
	a.do(chromedp.WaitVisible(selector), chromedp.Focus(selector), chromedp.KeyEvent("\r"))
}

// says waits until the screen says something.
func (a inApp) says(words string) {
	a.Helper()
	read(a.tab, chromedp.Poll[bool](fmt.Sprintf(`document.body.innerText.includes(%q)`, words), chromedp.WithPollingTimeout(2*time.Minute)))
}

// to opens a screen by its address.
func (a inApp) to(screen string) {
	a.Helper()
	a.do(chromedp.Navigate(a.address+"/app/#/pages/screen/index?name="+screen), chromedp.WaitVisible(".face .title"))
}

// enter signs a voter in, with their key, as on the pilot's own machine.
func (a inApp) enter(d *client.Device) {
	a.Helper()
	a.do(
		chromedp.EmulateViewport(390, 844), chromedp.Navigate(a.address+"/app/"), chromedp.WaitVisible("#field-machine-member"),
		chromedp.SendKeys("#field-machine-member", d.Member), chromedp.SendKeys("#field-machine-seed", hex.EncodeToString(d.Key.Seed())),
	)
	a.press("#machine-enter")
	a.do(chromedp.WaitVisible(".tabs"))
}

// network takes the page's network away, and gives it back.
func (a inApp) network(there bool) {
	a.Helper()
	protocol(a.tab, offline, map[string]any{"offline": !there, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
}

// TestVoteInBrowser: a resident votes in the app. With the network cut between two taps it is one ballot; the receipt holds, and a changed
// one does not; nobody sees a count before the close.
func TestVoteInBrowser(t *testing.T) {
	a := newInApp(t)
	a.enter(a.voters[0])
	a.says("有一项表决等您投票")
	a.picture("app-today")
	a.to("poll&id=" + a.poll)
	a.press("#option-0")
	a.picture("app-poll")
	a.network(false)
	read(a.tab, chromedp.Evaluate[bool](`(() => { const e = document.querySelector("#cast"); e.click(); e.click(); return true; })()`))
	a.says("有网络后自动发送")
	a.press("#cast")
	a.says("有网络后自动发送")
	a.picture("app-poll-waiting")
	if said := read(a.tab, chromedp.Text("body")); strings.Contains(said, " 票") {
		t.Errorf("a count before the close: %s", said)
	}
	a.network(true)
	a.to("outbox")
	a.says("没有待发送的内容")
	a.to("poll&id=" + a.poll)
	a.says("您的选票已在记录中")
	a.picture("app-poll-voted")
	a.to("receipts")
	a.says("核对无误")
	a.picture("app-receipts")
	a.onPaper("app receipts", "核对无误")
	receipt := read(a.tab, chromedp.Evaluate[string](`JSON.parse(localStorage["renlin/receipts"])[0].receipt`))
	other := strings.Replace(receipt, receipt[90:94], "AAAA", 1)
	a.do(chromedp.SendKeys("#field-receipt", other))
	a.press("#check")
	a.says("校验失败")
	mustCast(t, a.voters[1], a.poll, a.state, no)
	tally := tallyOf(t, a.Neighbourhood, a.poll)
	if tally.GetBallots() != 2 || tally.GetReplaced() != 0 || tally.GetInvalid() != 0 || tally.GetTotals()[0].GetHeads() != 1 {
		t.Errorf("taps became other ballots: %v", tally)
	}
	a.to("poll&id=" + a.poll)
	a.says("结果")
	a.picture("app-poll-result")
	a.onPaper("app result", "结果", "1 票")
}

// TestTalkInBrowser: a resident raises a topic, a neighbour supports it, and the words are read back from the vault.
func TestTalkInBrowser(t *testing.T) {
	a := newInApp(t)
	a.enter(a.voters[0])
	a.to("raise")
	a.press(".choices .button")
	a.do(chromedp.SendKeys("#field-topic", "公交站没有长椅"))
	a.do(chromedp.Reload(), chromedp.WaitVisible("#field-topic"))
	if draft := read(a.tab, chromedp.Value("#field-topic")); draft != "公交站没有长椅" {
		t.Errorf("after reloading the draft is %q", draft)
	}
	a.press(".choices .button")
	a.press("#raise")
	a.says("议题已提交")
	a.picture("app-raise")
	if err := a.voters[1].SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	topics, err := a.voters[1].Records(t.Context(), "topic", "", 0)
	if err != nil || len(topics.Records) != 1 {
		t.Fatalf("topics: %v %v", topics, err)
	}
	id := strings.TrimPrefix(topics.Records[0].Path, "topic/")
	read(a.tab, chromedp.Evaluate[bool](`localStorage.clear(), true`))
	a.enter(a.voters[1])
	a.to("topic&id=" + id)
	a.says("公交站没有长椅")
	a.press("#second")
	a.says("您已支持这个议题")
	a.picture("app-topic")
	a.to("topics")
	a.says("征集支持")
	a.picture("app-topics")
}

// TestAppInBrowser walks the screens at the width of a small telephone, which is also a large screen at 400 %, in both languages and in
// elder mode: nothing is pushed sideways, what is read stands out, all is reached by keyboard, and in elder mode everything is as large
// as it must be.
func TestAppInBrowser(t *testing.T) {
	a := newInApp(t)
	a.enter(a.voters[0])
	a.walk(append(appScreens, "poll&id="+a.poll))
}

// TestAppOfHelpInBrowser walks the screens of helping and being helped in the same way.
func TestAppOfHelpInBrowser(t *testing.T) {
	a := newInApp(t)
	a.enter(a.voters[0])
	a.walk(helpScreens)
}

func (a inApp) walk(screens []string) {
	a.Helper()
	for _, mode := range []struct {
		name, settings string
		text, target   int
	}{
		{"zh", `{"language":"zh","elder":false,"phone":"12345"}`, 16, 44},
		{"en", `{"language":"en","elder":false,"phone":""}`, 16, 44},
		{"elder", `{"language":"zh","elder":true,"phone":"12345"}`, 24, 60},
	} {
		read(a.tab, chromedp.Evaluate[bool](fmt.Sprintf(`localStorage["renlin/settings"] = %q, true`, mode.settings)))
		for _, screen := range screens {
			at := mode.name + " " + screen
			a.do(chromedp.Navigate("about:blank"), chromedp.EmulateViewport(320, 640))
			a.to(screen)
			if screen == "welcome" {
				a.do(chromedp.WaitVisible("#enrol"))
			}
			read(a.tab, chromedp.Poll[bool](`!document.querySelector(".main [aria-busy=true]")`))
			a.measure(at, mode.text, mode.target)
			if mode.name == "elder" {
				for _, tight := range read(a.tab, chromedp.Evaluate[[]string](tightInApp)) {
					a.Errorf("%s: %s", at, tight)
				}
			}
			a.do(chromedp.EmulateViewport(390, 844))
			a.picture("app-" + mode.name + "-" + strings.Split(screen, "&")[0])
		}
	}
}

// measure holds what the page shows at 320 px to widths, contrast, keyboard and sizes.
func (a inApp) measure(at string, text, target int) {
	a.Helper()
	if wide := read(a.tab, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`)); wide > 0 {
		a.Errorf("%s: %d pixels too wide at 320", at, wide)
	}
	a.legible(at)
	for _, small := range read(a.tab, chromedp.Evaluate[[]string](fmt.Sprintf(smallInApp, text, target))) {
		a.Errorf("%s: %s", at, small)
	}
	a.tabsThrough(at)
}

// smallInApp finds text below a size and targets below another, in CSS pixels.
const smallInApp = `(() => {
  const bad = [];
  for (const e of document.querySelectorAll(".face *")) {
    if (!e.checkVisibility() || ![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const size = parseFloat(getComputedStyle(e).fontSize);
    if (size < %[1]d) bad.push(size + " px of text: " + e.textContent.trim().slice(0, 30));
  }
  for (const e of document.querySelectorAll(".face a, .face button, .face input, .face textarea")) {
    const r = e.getBoundingClientRect();
    const small = e.checkVisibility() && (r.height < %[2]d || r.width < %[2]d);
    if (small) bad.push(r.width + " by " + r.height + " px: " + (e.textContent || e.id).trim().slice(0, 30));
  }
  return bad;
})()`

// tightInApp finds, for elder mode, lines that are lower than 1.3 of their letters, and paragraphs and rows that follow each other with
// less room between them than 1.3 times what is between two lines.
const tightInApp = `(() => {
  const bad = [];
  const px = (e, what) => parseFloat(getComputedStyle(e)[what]);
  for (const e of document.querySelectorAll(".face *")) {
    if (!e.checkVisibility() || ![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
    const ratio = px(e, "lineHeight") / px(e, "fontSize");
    if (!(ratio >= 1.3 - 0.001)) bad.push("lines of " + ratio.toFixed(2) + ": " + e.textContent.trim().slice(0, 30));
  }
  for (const e of document.querySelectorAll(".face p + p, .face li + li, .face .row + .row, .face .button + .button")) {
    const before = e.previousElementSibling;
    if (!e.checkVisibility() || !before.checkVisibility() || e.classList.contains("hint")) continue;
    const a = before.getBoundingClientRect(), b = e.getBoundingClientRect(), gap = b.top - a.bottom;
    if (b.top < a.bottom - 1) continue; // beside each other
    const lines = px(e, "lineHeight") - px(e, "fontSize");
    if (gap + 0.5 < 1.3 * lines) bad.push(gap.toFixed(1) + " px before: " + e.textContent.trim().slice(0, 30));
  }
  return bad;
})()`
