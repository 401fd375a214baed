package main

import (
	"strconv"
	"testing"

	"github.com/chromedp/chromedp"

	ledgerv1 "renlin.dev/proto/renlin/ledger/v1"
)

// fills sets a control by its id, as typing would, and tells whoever listens.
func (o *worktop) fills(id, value string) {
	o.Helper()
	o.until(`(() => { const e = document.getElementById(` + strconv.Quote(id) + `); if (!e) return false;
	  e.value = ` + strconv.Quote(value) + `; if (e.value !== ` + strconv.Quote(value) + `) return false;
	  e.dispatchEvent(new Event("input", { bubbles: true })); e.dispatchEvent(new Event("change", { bubbles: true })); return true; })()`)
}

// beside opens a further tab of the same browser, in which another person of the example signs in by their own key. What a tab holds of a
// session is its own.
func (o *worktop) beside(who person) *worktop {
	o.Helper()
	ctx, cancel := chromedp.NewContext(o.ctx)
	o.Cleanup(cancel)
	b := *o
	b.tab = &tab{o.T, ctx}
	b.language("zh-CN")
	b.do(chromedp.EmulateViewport(1280, 900), chromedp.Navigate(o.address+"/console/"))
	b.signsInAs(who)
	return &b
}

// signsInAs takes a person's key over from the file of the example.
func (o *worktop) signsInAs(who person) {
	o.Helper()
	o.press("试用：以示例社区的人物登录")
	o.do(chromedp.SetUploadFiles("#people", []string{o.exampleFile()}))
	o.until(`(() => { const e = [...document.querySelectorAll(".ways button")]
	  .find((e) => e.textContent.includes(` + strconv.Quote(who.Member[:8]) + `));
	  e?.focus(); return !!e && document.activeElement === e; })()`)
	o.do(chromedp.KeyEvent("\r"))
	o.appears("nav")
}

// account opens an account for money by the first officer's own device.
func (o *worktop) account(body *ledgerv1.OpenAccount) string {
	o.Helper()
	a, err := o.actsAs(o.first()).Do(o.T.Context(), "ledger.open", "accounts", body)
	if err != nil {
		o.Fatal(err)
	}
	return o.made(a, "account")
}

// TestPaymentTakesTwoInBrowser: an officer proposes a payment in one tab, and is told there that they cannot check it themselves. In
// another tab, with a key of their own, an officer of another organisation finds it, is told before the purpose opens that this will be
// recorded, and agrees: the first tab shows it as carried out, and the money has moved.
func TestPaymentTakesTwoInBrowser(t *testing.T) {
	o := newWorktop(t, 1280, 900)
	source := o.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_SOURCE, Name: "街道拨款 / Grant"})
	fund := o.account(&ledgerv1.OpenAccount{Kind: ledgerv1.AccountKind_ACCOUNT_KIND_FUND, Name: "互助资金 / Mutual aid"})
	o.goes("ledger")
	o.says("没有等您复核的款项")
	o.fills("from", source)
	o.fills("to", fund)
	o.fills("amount", "1234.50")
	o.fills("purpose", "冬季互助启动款")
	o.press("签名并提出")
	o.says("已提出，等待另一组织的负责人复核")
	o.press("街道拨款 → 互助资金")
	o.says("您不能复核自己的提议")
	o.picture("console-transfer-maker-1280")
	other := o.beside(o.second())
	other.goes("ledger")
	other.says("街道拨款 → 互助资金")
	other.picture("console-ledger-checker-1280")
	other.press("街道拨款 → 互助资金")
	other.press("打开：用途")
	other.says("记录会先写明")
	other.picture("console-sealed-warning-1280")
	other.press("记录并打开")
	other.says("冬季互助启动款")
	other.press("复核并同意")
	other.says("已复核")
	o.says("已划转")
	o.goes("ledger")
	o.says("¥1,234.50")
	o.picture("console-ledger-1280")
	var moved struct{ Balance int64 }
	if _, err := o.actsAs(o.first()).Record(t.Context(), "account/"+fund, 0, &moved); err != nil || moved.Balance != 1234_50 {
		t.Errorf("the fund has %d: %v", moved.Balance, err)
	}
}

// TestMoneyAtPhoneWidthInBrowser: the screens of money and holdings are useful on a telephone of 360 pixels, and by the keyboard alone.
func TestMoneyAtPhoneWidthInBrowser(t *testing.T) {
	o := newWorktop(t, 360, 740)
	o.goes("ledger")
	o.press("开立账户")
	o.fills("account-name", "互助资金 / Mutual aid")
	o.press("签名并开立")
	o.says("收入 ¥0.00")
	o.goes("holdings")
	o.fills("name", "小区活动室 / Community room")
	o.fills("papers", "竣工移交清单")
	o.press("签名并登记")
	o.says("已记录")
	for _, screen := range []string{"ledger", "holdings", "disclosure", "indicators", "inquiries", "cases", "matching"} {
		o.walks(screen)
	}
}

// walks looks at a screen at the width of the window: nothing is too wide, everything can be read and be reached by the keyboard.
func (o *worktop) walks(screen string) {
	o.Helper()
	o.goes(screen)
	o.until(`!!document.querySelector("main h1") && !document.querySelector("main [aria-busy]")`)
	const wide = `document.documentElement.scrollWidth <= window.innerWidth ? [] : [...document.querySelectorAll("main *")]
	  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > window.innerWidth).map((e) => e.outerHTML.slice(0, 120))`
	for _, e := range read(o.tab, chromedp.Evaluate[[]string](wide)) {
		o.Errorf("%s: too wide: %s", screen, e)
	}
	o.picture("console-" + screen + "-360")
	o.legible(screen)
	o.tabsThrough(screen)
}
