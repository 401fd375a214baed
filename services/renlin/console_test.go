package main

import (
	"crypto/ed25519"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"renlin.dev/pkg/client"
	"renlin.dev/pkg/standing"
	communityv1 "renlin.dev/proto/renlin/community/v1"
)

// worktop is a pilot with its example, and a browser that is an officer's device in it.
type worktop struct {
	*tab
	address   string
	community string
	data      string
	people    []person // of the example, as its file names them
}

// newWorktop starts a pilot and signs an officer in, by the link that the pilot has written.
func newWorktop(t *testing.T, width, height int64) *worktop {
	t.Helper()
	b := browser(t)
	cfg := testPilot(t)
	cfg.empty = false
	address, _ := watchPilot(t, t.Context(), cfg, io.Discard)
	o := &worktop{tab: b, address: address, data: cfg.data}
	raw, err := os.ReadFile(filepath.Join(cfg.data, "example.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &o.people); err != nil {
		t.Fatal(err)
	}
	o.community = o.people[0].Community
	link := invitationIn(t, cfg.data)
	b.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(address+"/console/"))
	o.press("中文")
	read(b, chromedp.Evaluate[bool](`location.href = `+strconv.Quote(link)+`; true`))
	o.press("登记本浏览器")
	o.appears("nav")
	return o
}

// invitationIn reads the link, which nobody but the user of this account may read.
func invitationIn(t *testing.T, data string) string {
	t.Helper()
	name := filepath.Join(data, consoleInvite)
	info, err := os.Stat(name)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the invitation's file: %v, %v", info, err)
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(raw))
}

// until waits for what an expression says; what the page says is told when it does not come.
func (o *worktop) until(expression string) {
	o.Helper()
	_, err := chromedp.Run(o.ctx, chromedp.Poll[bool](expression))
	if err != nil {
		o.picture("console-failed")
		o.Fatalf("%s: %v; the page says: %s", expression, err, read(o.tab, chromedp.Evaluate[string](`document.body.innerText`)))
	}
}

// appears waits for something that is seen.
func (o *worktop) appears(selector string) {
	o.Helper()
	o.until(`document.querySelector(` + strconv.Quote(selector) + `)?.checkVisibility()`)
}

// says waits until the page's main part says something.
func (o *worktop) says(words string) {
	o.Helper()
	o.until(`document.querySelector("main")?.innerText.includes(` + strconv.Quote(words) + `)`)
}

// press goes to a button or link by its words and presses Enter: a click could miss what moves.
func (o *worktop) press(words string) {
	o.Helper()
	o.until(`(() => { const e = [...document.querySelectorAll("button, a, summary")]
	  .find((e) => e.checkVisibility() && e.textContent.trim().startsWith(` + strconv.Quote(words) + `));
	  e?.focus(); return !!e && document.activeElement === e; })()`)
	o.do(chromedp.KeyEvent("\r"))
}

// goes leads to a place of the community.
func (o *worktop) goes(place string) {
	o.Helper()
	read(o.tab, chromedp.Evaluate[bool](`location.hash = "#/`+o.community+`/`+place+`"; true`))
}

// TestConsoleInBrowser: an officer opens the link that the pilot wrote down, and their browser is their device, with a key that not even
// the page can read. The code is gone from the address; the session outlasts a reload and ends with the sign-out; the key signs in again.
func TestConsoleInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	o.says("目前没有等待处理的事项")
	o.picture("console-today-1280")
	if at := read(o.tab, chromedp.Location()); strings.Contains(at, "invite") || !strings.Contains(at, o.community) {
		t.Errorf("the address is %s", at)
	}
	const unreadable = `new Promise((r) => { const q = indexedDB.open("renlin.console"); q.onsuccess = () => {
	  const g = q.result.transaction("devices").objectStore("devices").getAll();
	  g.onsuccess = () => r(g.result.length === 1 && g.result[0].key instanceof CryptoKey && !g.result[0].key.extractable); }; })`
	if !read(o.tab, chromedp.Evaluate[bool](unreadable, chromedp.EvalAwaitPromise)) {
		t.Error("the key in the browser can be read")
	}
	o.do(chromedp.Reload())
	o.appears("nav")
	o.goes("sessions")
	o.says("本次")
	o.picture("console-sessions-1280")
	o.press("退出")
	o.says("本浏览器中的社区")
	o.press("登录")
	o.appears("nav")
	o.says("登录与设备")
}

// TestInvitationInBrowser: an officer makes a one-time code for somebody whom another organisation has admitted. It is shown in their
// browser and nowhere else; with it the member enrols a device.
func TestInvitationInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	newcomer := client.NewID()
	if _, err := o.device(0).Do(t.Context(), "community.admit_member", "members", &communityv1.AdmitMember{Member: newcomer}); err != nil {
		t.Fatal(err)
	}
	o.goes("members/" + newcomer)
	o.says("邀请码须由另一组织发出")
	read(o.tab, chromedp.Evaluate[bool](`location.hash = "#/"; true`))
	o.takeOver(o.people, 1)
	o.goes("members/" + newcomer)
	o.press("生成邀请码")
	o.appears(".notice strong.mono")
	code := read(o.tab, chromedp.TextContent(".notice strong.mono"))
	o.picture("console-invitation-1280")
	o.usable("invitation")
	d := o.device(0)
	d.Member, d.Key = newcomer, ed25519.NewKeyFromSeed([]byte("a telephone of a newcomer, 32 b."))
	key, err := standing.CodeKey(d.Genesis, newcomer, code)
	if err != nil {
		t.Fatal(err)
	}
	enrol := &communityv1.EnrolKey{Member: newcomer, Key: d.Key.Public().(ed25519.PublicKey)}
	if _, err := d.Do(t.Context(), "community.enrol_key", "members/"+newcomer+"/keys", enrol, key); err != nil {
		t.Fatal(err)
	}
	o.says("邀请码已使用")
	if err := d.SignIn(t.Context()); err != nil {
		t.Fatal(err)
	}
}
