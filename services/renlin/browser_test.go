package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"google.golang.org/protobuf/proto"

	"renlin.dev/pkg/client"
	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
	"renlin.dev/services/renlin/internal/neighbourhood"
)

// tab is a page in a real browser, for a test.
type tab struct {
	*testing.T
	ctx context.Context
}

// browser opens a real Chromium. Without one the test is left out, except where .ci/run has installed it and says so.
// Where RENLIN_BROWSER is 0 it is left out as well: .ci/run tests pages in a run of their own.
func browser(t *testing.T) *tab {
	t.Helper()
	path, err := exec.LookPath("chromium")
	switch {
	case os.Getenv("RENLIN_BROWSER") == "0":
		t.Skip("RENLIN_BROWSER=0: pages are not tested in this run")
	case err != nil && os.Getenv("RENLIN_BROWSER") == "1":
		t.Fatal("there is no chromium, and RENLIN_BROWSER=1 asks for one")
	case err != nil:
		t.Skip("there is no chromium here")
	}
	options := append(
		chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(2*time.Minute),
	)
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 15*time.Minute)
	t.Cleanup(cancel)
	b := &tab{t, ctx}
	protocol(b, log.Enable, cdp.Empty{})
	protocol(b, runtime.Enable, cdp.Empty{})
	err = chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("a script failed: %s", e.ExceptionDetails.Text)
		case *log.EventEntryAdded: // what the policy of contents forbids is told here; that there is no network is what a test wants
			if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
				t.Errorf("the browser says: %s", e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

// protocol gives the browser a command of its protocol.
func protocol[P, R any](b *tab, c cdp.Command[P, R], params P) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, c, params); err != nil {
		b.Fatal(err)
	}
}

// read runs an action that answers something.
func read[T any](b *tab, action chromedp.Action[T]) T {
	b.Helper()
	out, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

// picture keeps one of the page, where RENLIN_SHOTS names a directory for them: they are to be looked at.
func (b *tab) picture(name string) {
	b.Helper()
	dir := os.Getenv("RENLIN_SHOTS")
	if dir == "" {
		return
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), read(b, chromedp.FullScreenshot(100)), 0o644); err != nil {
		b.Fatal(err)
	}
}

// language sets what the browser prefers.
func (b *tab) language(tag string) {
	b.Helper()
	protocol(b, network.Enable, network.EnableParams{})
	protocol(b, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: network.Headers{"Accept-Language": tag}})
}

// faced is a pilot with a community in which a poll was held, and the receipt of a ballot in it.
type faced struct {
	*neighbourhood.Neighbourhood
	voters                            []*client.Device
	address, community, poll, receipt string
}

func newFaced(t *testing.T) faced {
	t.Helper()
	address, _ := startPilot(t)
	n, voters := foundVoters(t, address, 3)
	poll, state := openPoll(t, n)
	first, err := neighbourhood.Cast(t.Context(), voters[0], poll, state.BoxKey, yes)
	if err != nil {
		t.Fatal(err)
	}
	mustCast(t, voters[1], poll, state, no)
	mustCast(t, voters[2], poll, state, no)
	tallyOf(t, n, poll)
	openTheBooks(t, n, voters[0].Member)
	if _, err := awaitProof(t.Context(), voters[0], first.Index); err != nil {
		t.Fatal(err)
	}
	return faced{n, voters, address, n.Community, poll, base64.StdEncoding.EncodeToString(first.Receipt)}
}

// openTheBooks has money come into a fund, a budget be made of a part of it, and a neighbour be paid.
func openTheBooks(t *testing.T, n *neighbourhood.Neighbourhood, neighbour string) {
	t.Helper()
	make := func(kind, operation, path string, body proto.Message) string {
		answer, err := n.First.Do(t.Context(), operation, path, body)
		if err != nil {
			t.Fatal(operation, err)
		}
		for _, changed := range answer.Changed {
			if id, ok := strings.CutPrefix(changed, kind+"/"); ok && !strings.Contains(id, "/") {
				return id
			}
		}
		t.Fatalf("%s makes no %s", operation, kind)
		return ""
	}
	open := func(kind ledgerv1.AccountKind, name, owner, fund string) string {
		body := &ledgerv1.OpenAccount{Kind: kind, Name: name, Owner: owner, Fund: fund}
		if fund != "" {
			body.Until = time.Now().Add(90 * 24 * time.Hour).UnixMilli()
		}
		return make("account", "ledger.open", "accounts", body)
	}
	source := open(ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, "街道拨款", "", "")
	fund := open(ledgerv1.AccountKind_ACCOUNT_KIND_FUND, "维修资金", "", "")
	lamps := open(ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, "楼道路灯", "", fund)
	ramp := open(ledgerv1.AccountKind_ACCOUNT_KIND_ENVELOPE, "三号楼坡道", "", fund)
	payee := open(ledgerv1.AccountKind_ACCOUNT_KIND_PAYEE, "", neighbour, "")
	for _, move := range []struct {
		from, to string
		fen      int64
	}{{source, fund, 8_600_00}, {fund, lamps, 3_200_00}, {fund, ramp, 1_850_00}, {lamps, payee, 2_134_50}} {
		sealed, err := n.First.PutText(t.Context(), n.First.Member, "款项")
		if err != nil {
			t.Fatal(err)
		}
		transfer := make("transfer", "ledger.propose", "transfers", &ledgerv1.ProposeTransfer{
			Lines: []*ledgerv1.Line{{From: move.from, To: move.to, Amount: move.fen}}, Purpose: neighbourhood.Text(sealed), PostWhenApproved: true,
		})
		approve := &ledgerv1.ApproveTransfer{Transfer: transfer}
		if _, err := n.Second.Do(t.Context(), "ledger.approve", "transfers/"+transfer+"/approvals", approve); err != nil {
			t.Fatal(err)
		}
	}
}

func (f faced) url(path string) string { return f.address + "/c/" + f.community + path }

// pages are those of a community, as its navigation names them, and one of a poll.
func (f faced) pages() map[string]string {
	return map[string]string{
		"overview": "", "decisions": "/decisions", "poll": "/decisions/" + f.poll, "rules": "/rules", "money": "/money", "holdings": "/holdings",
		"notices": "/notices", "help": "/help", "record": "/record", "proof": "/proof", "receipt": "/receipt",
	}
}

// TestPagesInBrowser walks every page in a real browser, in both languages: at the width of a small telephone, which is also that of a
// large screen at 400 %, nothing has to be pushed sideways; everything that can be used is reached by the tabulator key alone, is seen to
// be, and is large enough; what is read stands out from its ground; without scripts the page says as much.
func TestPagesInBrowser(t *testing.T) {
	b := browser(t)
	f := newFaced(t)
	for _, tag := range []string{"zh-CN", "en"} {
		b.language(tag)
		for name, path := range f.pages() { // any order: they do not depend on each other
			at := tag + " " + name
			b.do(chromedp.EmulateViewport(320, 640), chromedp.Navigate(f.url(path)), chromedp.WaitVisible("footer"))
			if wide := read(b, chromedp.Evaluate[int](`document.documentElement.scrollWidth - window.innerWidth`)); wide > 0 {
				t.Errorf("%s: %d pixels too wide at 320", at, wide)
			}
			lang, title := read(b, chromedp.Evaluate[string](`document.documentElement.lang`)), read(b, chromedp.Title())
			if lang != tag || !strings.Contains(title, "·") {
				t.Errorf("%s: language %q, title %q", at, lang, title)
			}
			b.picture(name + "-" + tag + "-320")
			b.do(chromedp.EmulateViewport(1280, 900))
			b.picture(name + "-" + tag + "-1280")
			b.legible(at)
			b.tabsThrough(at)
		}
	}
}

// TestPagesWithoutScriptsInBrowser: without scripts every page says what it says with them. Only the check of a receipt takes one, which
// that page says, with the command that does the same.
func TestPagesWithoutScriptsInBrowser(t *testing.T) {
	b := browser(t)
	f := newFaced(t)
	b.language("zh-CN")
	visit := func() map[string]string {
		out := map[string]string{}
		for name, path := range f.pages() { // any order: they do not depend on each other
			b.do(chromedp.Navigate(f.url(path)), chromedp.WaitVisible("footer"))
			out[name] = read(b, chromedp.TextContent("main"))
		}
		return out
	}
	scriptsOff := func(off bool) {
		protocol(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: off})
	}
	with := visit()
	scriptsOff(true)
	without := visit()
	scriptsOff(false)
	again := visit() // the record goes on meanwhile, and what is said of a poll may have become less
	scriptsOff(true)
	for name, want := range map[string][]string{ // any order: they do not depend on each other
		"poll": {"2*"}, "record": {"见证", "签名"}, "receipt": {"核验回执需要启用脚本", "renlin verify -receipt"}, "rules": {"绿化"}, "money": {"维修资金"},
	} {
		for _, words := range want {
			if !strings.Contains(without[name], words) || name != "receipt" && !strings.Contains(with[name], words) {
				t.Errorf("%s: without scripts the page says %q, with them %q", name, without[name], with[name])
			}
		}
	}
	for name, said := range without { // any order: they do not depend on each other
		if len(said) < min(len(with[name]), len(again[name]))*9/10 {
			t.Errorf("%s: without scripts %q is left of %q", name, said, with[name])
		}
	}
	b.do(chromedp.Navigate(f.url("/receipt")), chromedp.WaitVisible("noscript pre"))
	b.picture("receipt-without-scripts")
	b.do(chromedp.Navigate(f.url("/record")), chromedp.WaitVisible("footer"))
	b.picture("record-without-scripts")
}

// legible measures the contrast of every text with what is behind it, as WCAG 2.2 reckons it, and the size of what can be used.
func (b *tab) legible(at string) {
	b.Helper()
	const measure = `(() => {
	  const rgb = (c) => c.match(/[\d.]+/g).map(Number);
	  const light = (c) => { const line = (v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
	    const [r, g, b] = rgb(c).map((v) => line(v / 255));
	    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	  const ground = (e) => {
	    for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if ((rgb(c)[3] ?? 1) === 1) return c; }
	    return "rgb(255,255,255)"; };
	  const bad = [];
	  for (const e of document.querySelectorAll("body *")) {
	    if (!e.checkVisibility() || ![...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim())) continue;
	    const a = light(getComputedStyle(e).color), b = light(ground(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
	    if (ratio < 4.5) bad.push(ratio.toFixed(2) + " " + e.textContent.trim().slice(0, 40));
	  }
	  for (const e of document.querySelectorAll("a, button, input, textarea, select")) {
	    const r = e.getBoundingClientRect();
	    if (e.checkVisibility() && r.width > 0 && (r.height < 24 || r.width < 24)) bad.push("small " + e.textContent.trim().slice(0, 40));
	  }
	  return bad;
	})()`
	for _, bad := range read(b, chromedp.Evaluate[[]string](measure)) {
		b.Errorf("%s: %s", at, bad)
	}
}

// tabsThrough presses the tabulator key until it has come round, and holds that it stood at everything that can be used, visibly.
func (b *tab) tabsThrough(at string) {
	b.Helper()
	const usable = `(() => [...document.querySelectorAll("a[href], button, input, textarea, select, summary, [tabindex='0']")]
	  .filter((e) => e.checkVisibility() && !e.disabled).length)()`
	const stop = `(() => { const e = document.activeElement; if (!e || e === document.body) return ""; window.stops.add(e);
	  const s = getComputedStyle(e); return s.outlineStyle === "none" || s.outlineWidth === "0px" ? e.outerHTML.slice(0, 80) : ""; })()`
	all, reached := 0, 0
	for range 3 { // what comes while the keys are pressed, because it was still being read, is walked to anew
		read(b, chromedp.Evaluate[bool](`window.stops = new Set(); document.activeElement?.blur(); true`))
		all = read(b, chromedp.Evaluate[int](usable))
		for range all + 2 {
			b.do(chromedp.KeyEvent("\t"))
			if unseen := read(b, chromedp.Evaluate[string](stop)); unseen != "" {
				b.Errorf("%s: nobody sees that the keyboard is at %s", at, unseen)
			}
		}
		reached = read(b, chromedp.Evaluate[int](`window.stops.size`))
		same := read(b, chromedp.Evaluate[bool](`[...window.stops].every((e) => e.isConnected)`))
		if same && read(b, chromedp.Evaluate[int](usable)) == all {
			break
		}
	}
	if reached != all {
		stops := read(b, chromedp.Evaluate[[]string](`[...window.stops].map((e) => e.outerHTML.slice(0, 60))`))
		b.Errorf("%s: the keyboard reaches %d of %d: %q", at, reached, all, stops)
	}
}

// checked has the page check a text, and gives the outcome and its last step.
func (b *tab) checked(text string) (verdict, last string) {
	b.Helper()
	set := fmt.Sprintf(`document.getElementById("receipt").value = %q; document.getElementById("verdict").textContent = "";
	  document.getElementById("steps").replaceChildren(); true`, text)
	read(b, chromedp.Evaluate[bool](set))
	// By keyboard: a click goes to a place on the screen, and as the last outcome vanishes the button moves away from under it.
	b.do(chromedp.Focus("#check [type=submit]"), chromedp.KeyEvent("\r"))
	// The log is asked after the receipt holds: its answer, or that there is none, is a further step.
	read(b, chromedp.Poll[bool](`!!document.querySelector("#verdict.bad:not(:empty)") || !!document.querySelector("#steps li:nth-child(5)")`))
	return read(b, chromedp.TextContent("#verdict")), read(b, chromedp.TextContent("#steps li:last-child"))
}

// offline takes the page's network away. The protocol calls it deprecated; what replaces it is not in every Chromium that Debian has.
var offline = cdp.Command[map[string]any, cdp.Empty]{Method: "Network.emulateNetworkConditions"}

// TestReceiptInBrowser: the page checks a receipt against the log; then, without any network, it checks it again; and where a byte is not
// what it was, it says which step failed.
func TestReceiptInBrowser(t *testing.T) {
	b := browser(t)
	f := newFaced(t)
	b.language("zh-CN")
	b.do(chromedp.Navigate(f.url("/receipt")), chromedp.WaitVisible("#receipt"))
	verdict, _ := b.checked(f.receipt)
	steps := read(b, chromedp.TextContent("#steps"))
	if !strings.Contains(verdict, "回执有效") || !strings.Contains(verdict, "1 个见证方") || !strings.Contains(steps, "日志状态已签名") {
		t.Errorf("%q, %q", verdict, steps)
	}
	b.picture("receipt-holds")
	protocol(b, network.SetCacheDisabled, network.SetCacheDisabledParams{CacheDisabled: true}) // the proof may be kept for a second
	protocol(b, offline, map[string]any{"offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1})
	verdict, last := b.checked(f.receipt)
	if !strings.Contains(verdict, "回执有效") || !strings.Contains(last, "无法查询公开日志") {
		t.Errorf("without a network: %q, %q", verdict, last)
	}
	raw, err := base64.StdEncoding.DecodeString(f.receipt)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[int]string{ // any order: each is checked anew
		0: "这不是回执", 5: "其他社区", 60: "签名无效", 150: "签名无效", 210: "路径不通向该区块",
	} {
		broken := append([]byte{}, raw...)
		broken[at] ^= 1
		if verdict, last := b.checked(base64.StdEncoding.EncodeToString(broken)); verdict != "校验失败。" || !strings.Contains(last, want) {
			t.Errorf("byte %d: %q, %q", at, verdict, last)
		}
	}
	b.picture("receipt-broken")
}
